"""README.md and proofs/LEDGER.md: what they say is generated from the ledger, runs, and exists."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import approx
import exactrg
from exactrg.claims import claims, tables

ROOT = Path(exactrg.__file__).parent.parent
if not (ROOT / "README.md").is_file():  # an installed package: the pages are beside the tests
    ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def section(title: str) -> str:
    """The text below a heading, up to the next one of its rank."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def resolve(name: str) -> Any:
    """A dotted public name of exactrg, or of approx if it says so."""
    value: Any = approx if name.startswith("approx.") else exactrg
    for part in name.removeprefix("approx.").split("."):
        value = getattr(value, part)
    return value


def test_the_table_is_generated() -> None:
    assert tables.insert_table(README, claims()) == README, "run: python -m exactrg.claims.tables"


def test_the_ledger_page_is_generated() -> None:
    page = (ROOT / "proofs" / "LEDGER.md").read_text("utf-8")
    assert page == tables.ledger_page(claims()), "run: python -m exactrg.claims.tables"


def test_two_commands_set_it_up() -> None:
    commands = re.findall(r"^```sh\n(.*?)^```$", section("Set-up"), flags=re.M | re.S)
    assert len(commands) == 2 == README.count("```sh")
    assert all(len(command.strip().splitlines()) == 1 for command in commands)
    assert "pip install" in commands[0] and commands[0].strip().endswith("exactrg verify")
    assert "pip install" in commands[1] and commands[1].strip().endswith("pytest")


def test_the_example_runs() -> None:
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert results.attempted >= 7 and results.failed == 0
    opening = re.search(r"```python\n(.*?)```", README, flags=re.S)
    assert opening is not None and opening.group(1).count(">>>") <= 10


def test_it_opens_with_what_it_is_for() -> None:
    words = README.split("## ")[0]
    assert words.startswith("# exactrg\n") and "1410.3831" in words and len(words) < 1500


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(((?!https?:)[^)]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.id)
def test_functions_of_a_claim_exist(claim: exactrg.Claim) -> None:
    for name in claim.functions:
        assert callable(resolve(name)), name


# The part of DESIGN.md's table of public names that is about exact objects: every name, with its arguments.
SIGNATURES = {
    "ring": "n",
    "chain": "n",
    "square": "L periodic=True",
    "rectangle": "Lx Ly periodic=True",
    "triangular": "L periodic=True",
    "diamond": "level",
    "SpinPolynomial": "couplings sites",
    "ising": "graph J h=0",
    "BoltzmannWeight": "sites table",
    "exp": "f",
    "log": "weight",
    "trace": "weight over=None",
    "RBM": "w b=None c=None constant=0 *visible=None *hidden=None",
    "DBN": "rbms",
    "RGOperator": "weight visible hidden",
    "RGOperator.from_energy": "E H",
    "RGOperator.from_conditional": "p",
    "RGOperator.energy": "self H",
    "RGOperator.log_trace": "self v",
    "rg_hamiltonian": "T H",
    "rbm_hamiltonian": "E over",
    "trace_condition": "T",
    "is_exact_rg": "T",
    "partition_function": "H",
    "log_partition_function": "H",
    "free_energy": "H",
    "delta_f": "T H",
    "expectation": "f H",
    "sample": "H n rng",
    "kl_divergence": "p q",
    "decimation": "sites keep *hidden=None",
    "majority": "blocks tie='random' *hidden=None",
    "kadanoff": "blocks p *hidden=None",
    "decorated_rbm": "H",
    "claims": "",
    "verify": "only=None *seed=0",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_public_names_take_the_arguments_of_the_design(name: str) -> None:
    parameters = inspect.signature(resolve(name)).parameters
    wanted = SIGNATURES[name].split()
    assert list(parameters)[: len(wanted)] == [w.lstrip("*").split("=")[0] for w in wanted]
    for argument in wanted:
        bare, _, default = argument.lstrip("*").partition("=")
        assert (parameters[bare].kind is inspect.Parameter.KEYWORD_ONLY) == argument.startswith("*"), argument
        if default:
            assert repr(parameters[bare].default) == default, argument
    extra = list(parameters.values())[len(wanted) :]
    assert all(p.default is not p.empty or p.kind is p.VAR_KEYWORD for p in extra), "more arguments without a default"


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (
            "SpinPolynomial",
            "couplings sites evaluate table relabel _repr_latex_ __add__ __sub__ __mul__ __rmul__ __neg__",
        ),
        ("BoltzmannWeight", "sites table couplings probability __mul__ __truediv__ __eq__"),
        ("RBM", "energy n_visible n_hidden visible hidden from_binary_units to_binary_units relabel"),
        ("DBN", "rbms receptive_fields"),
        ("RGOperator", "weight visible hidden energy from_energy from_conditional compose relabel log_trace"),
        ("Claim", "id equation statement expected scope corrected"),
        ("Verdict", "claim verdict decided_by cases seconds counterexample"),
    ],
)
def test_public_types_have_their_members(owner: str, names: str) -> None:
    cls = resolve(owner)
    members = {*dir(cls), *inspect.signature(cls).parameters, *getattr(cls, "__annotations__", {})}
    assert set(names.split()) <= members


def test_every_public_name_is_importable_and_listed() -> None:
    assert exactrg.__all__ == sorted(exactrg.__all__)
    for name in exactrg.__all__:
        assert resolve(name) is not None
    assert {name.split(".")[0] for name in SIGNATURES} | {"Claim", "Verdict"} <= set(exactrg.__all__)
    assert set(exactrg.__all__) <= set(dir(exactrg))


def test_lattices_are_networkx_graphs() -> None:
    assert isinstance(exactrg.square(2), nx.MultiGraph) and exactrg.square(2).number_of_edges() == 8
    assert exactrg.ring(2).number_of_edges() == 2
