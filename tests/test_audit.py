"""The Coq audit: nothing is admitted; its README and the ledger name what is there. `proofs/audit/run` compiles it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exactrg.claims import claims
from exactrg.claims.reach import AUDIT as AUDITED

AUDIT = Path(__file__).parent.parent / "proofs" / "audit"
SOURCES = sorted(AUDIT.glob("*.v"))
# What would let a proof pass that is none.
HOLES = re.compile(
    r"\b(Admitted|admit|give_up|Axioms?|Parameters?|Conjecture|bypass_check)\b|\bUnset +(Guard|Universe|Positivity)"
)


def code(path: Path) -> str:
    """Return a file without its comments (there are no nested ones)."""
    return re.sub(r"\(\*.*?\*\)", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_is_admitted(path):
    assert not HOLES.search(code(path))


def test_holes_are_found():
    assert HOLES.search("Proof. intros; admit. Admitted.") and HOLES.search("Axiom cheat : False.")
    assert not HOLES.search("Theorem admitted_states : True.")


def theorems() -> set[str]:
    """Return what the ledger calls the theorems: Mapping.C1 for C1 in Mapping.v."""
    return {
        f"{path.stem}.{name}"
        for path in SOURCES
        for name in re.findall(r"^ *Theorem ([A-Za-z0-9_]+)", code(path), re.MULTILINE)
    }


def test_the_readme_lists_every_theorem():
    listed = {
        f"{file.removesuffix('.v')}.{name}"
        for names, file in re.findall(
            r"^\| (`.*?) \| (\w+\.v) \|", (AUDIT / "README.md").read_text("utf-8"), re.MULTILINE
        )
        for name in re.findall(r"`(\w+)`", names)
    }
    assert theorems() == listed
    assert len(listed) > 30


def test_the_ledger_names_every_theorem_and_no_other():
    assert {claim.id: claim.audit for claim in claims() if claim.audit} == AUDITED
    assert {name for names in AUDITED.values() for name in names} == theorems()
    assert all(len(names) == len(set(names)) for names in AUDITED.values())


def test_the_command_compiles_every_file():
    modules = re.search(r'^modules="(.*?)"', (AUDIT / "run").read_text("utf-8"), re.MULTILINE)
    assert modules and sorted(modules[1].split()) == [path.stem for path in SOURCES]
