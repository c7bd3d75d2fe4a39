"""The Coq audit: nothing is admitted, and its README lists the theorems that are there. `proofs/audit/run` compiles it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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


def test_the_readme_lists_every_theorem():
    theorems = {
        f"{path.name}: {name}"
        for path in SOURCES
        for name in re.findall(r"^ *Theorem ([A-Za-z0-9_]+)", code(path), re.MULTILINE)
    }
    listed = {
        f"{file}: {name}"
        for names, file in re.findall(
            r"^\| (`.*?) \| (\w+\.v) \|", (AUDIT / "README.md").read_text("utf-8"), re.MULTILINE
        )
        for name in re.findall(r"`(\w+)`", names)
    }
    assert theorems == listed
    assert len(theorems) > 30


def test_the_command_compiles_every_file():
    modules = re.search(r'^modules="(.*?)"', (AUDIT / "run").read_text("utf-8"), re.MULTILINE)
    assert modules and sorted(modules[1].split()) == [path.stem for path in SOURCES]
