"""The scripts prove what the ledger pins, all of it, as plain Python and as notebooks; a false copy of one fails."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from notebooks import executed

from exactrg.claims import claims
from exactrg.claims.derivations import derivations, verified
from exactrg.claims.formal_network import STATEMENTS
from exactrg.claims.reach import PARTS, SCRIPTS
from exactrg.proof import ProofError

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("test_"))


@pytest.mark.parametrize("name", NAMES)
def test_a_script_proves_the_claims_that_the_ledger_says(name: str) -> None:
    """Each derivation is checked again, against the ledger as it was before the script ran."""
    found = derivations(f"proofs/{name}.py")
    parts = {(d.claim, d.part) for d in found if d.claim}
    assert parts == {(id, part) for id in SCRIPTS[name] for part in range(len(STATEMENTS[id]))}
    for d in found:
        if d.claim:
            expected = next(claim.expected for claim in claims() if claim.id == d.claim)
            assert d.rule != "counterexample" or expected == "refuted"


HEADER = """
from exactrg.claims.formal import *
from exactrg.claims.formal_spins import *
from exactrg.proof import *
proofs = Script(STATEMENTS, BOOK)
"""
FORGED = {
    "derivations that nobody checked": """
        class Proofs:
            derivations = [Derivation("C11", k, STATEMENTS["C11"][k]) for k in (0, 1)]
        proofs = Proofs()
    """,
    "another ledger": """
        proofs = Script({"C11": (Statement(Sum(v, P(v)), "=", lift(1)),)}, BOOK)
        proofs.chain("C11", step(1))
    """,
    "another book": """
        book = {**BOOK, "kadanoff": Definition("kadanoff", (v, hs), Prod(j, lift(Fraction(1, 2))))}
        proofs = Script(STATEMENTS, book)
        proofs.chain("C11", step(1))
    """,
    "a derivation that says it has been checked": """
        class Checked(Derivation):
            def check(self, *ledger):
                return None
        class Proofs:
            derivations = [Checked("C11", k, STATEMENTS["C11"][k]) for k in (0, 1)]
        proofs = Proofs()
    """,
    "the ledger behind its back": """
        from exactrg.claims import formal
        was = dict(STATEMENTS)
        formal._pinned["C11"] = (Statement(Sum(v, P(v)), "=", lift(1)),)
        try:
            proofs.chain("C11", step(1))
        finally:
            formal._pinned.update(was)
    """,
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_script_is_not_believed(forged: str, tmp_path: Path) -> None:
    script = tmp_path / "forged.py"
    script.write_text(HEADER + dedent(FORGED[forged]), "utf-8")
    with pytest.raises(ProofError):
        verified(script)


@pytest.mark.parametrize("write", ["STATEMENTS['1'] = ()", "BOOK['q'] = BOOK['P']", "proofs.derivations += ('1',)"])
def test_a_script_writes_to_nothing_that_is_pinned(write: str, tmp_path: Path) -> None:
    script = tmp_path / "writes.py"
    script.write_text(HEADER + write, "utf-8")
    with pytest.raises((TypeError, AttributeError)):
        verified(script)


def test_every_pinned_statement_is_proved_and_every_claim_names_its_script() -> None:
    assert sorted(SCRIPTS) == NAMES
    derived = [id for ids in SCRIPTS.values() for id in ids]
    assert sorted(derived) == sorted(STATEMENTS) and len(derived) == len(set(derived))
    assert set(PARTS) <= set(derived)
    for claim in claims():
        assert bool(claim.derivation) == (claim.id in STATEMENTS)
        assert not claim.derivation or (HERE.parent / claim.derivation).is_file()


def test_the_readme_counts_what_is_trusted() -> None:
    page = (HERE / "README.md").read_text("utf-8")
    total, rest = re.search(r"What is trusted is ([\d,]+) lines(.*?)\. That", page, re.DOTALL).groups()  # type: ignore[union-attr]
    counted = {name: int(lines) for name, lines in re.findall(r"`(\w+\.py)` \((\d+)\)", rest)}
    kernel = HERE.parent / "exactrg" / "proof"
    assert counted == {name: len((kernel / name).read_text("utf-8").splitlines()) for name in counted}
    assert sum(counted.values()) == int(total.replace(",", "")) and max(counted.values()) < 300


def test_a_script_runs_as_plain_python_and_prints_what_it_proved() -> None:
    run = subprocess.run([sys.executable, str(HERE / "kadanoff.py")], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "proved C11: sum(h, kadanoff(v, h)) = 1",
        "proved C11: -log(sum(h, sum(v, kadanoff(v, h) * a(v)))) + log(Z) = 0",
    ]


def test_the_scripts_run_as_notebooks_and_a_false_copy_fails(tmp_path: Path) -> None:
    false = tmp_path / "false.py"
    right = (HERE / "mapping.py").read_text("utf-8")
    wrong = right.replace(
        'step(Sum(v, e(v, h) / Z_joint()), "e^{-H} cancels")', 'step(Sum(v, e(v, h) / Z()), "e^{-H} cancels")'
    )
    assert wrong != right
    false.write_text(wrong, "utf-8")
    *notebooks, error = executed([*(HERE / f"{name}.py" for name in NAMES), false])
    for name, notebook in zip(NAMES, notebooks, strict=True):
        assert not isinstance(notebook, Exception), f"{name}: {notebook}"
        outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
        rendered = [o["data"]["text/latex"] for o in outputs if "text/latex" in o.get("data", {})]
        assert rendered and all(text.startswith("$$") for text in rendered)
    assert "ProofError" in str(error) and "differ" in str(error)
