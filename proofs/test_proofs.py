"""The scripts prove what the ledger pins, all of it, as plain Python and as notebooks; a false copy of one fails."""

from __future__ import annotations

import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from notebooks import executed

from exactrg.claims import claims
from exactrg.claims.formal_network import BOOK, STATEMENTS
from exactrg.claims.reach import PARTS, SCRIPTS
from exactrg.proof import Script

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("test_"))


@cache
def script(name: str) -> Script:
    proofs = runpy.run_path(str(HERE / f"{name}.py"))["proofs"]
    assert isinstance(proofs, Script)
    return proofs


@pytest.mark.parametrize("name", NAMES)
def test_a_script_proves_the_claims_that_the_ledger_says(name: str) -> None:
    proofs = script(name)
    assert proofs.pinned is STATEMENTS and proofs.pinned_book is BOOK
    parts = {(d.claim, d.part) for d in proofs.derivations if d.claim}
    assert parts == {(id, part) for id in SCRIPTS[name] for part in range(len(STATEMENTS[id]))}
    for d in proofs.derivations:
        if d.claim:
            assert d.statement == STATEMENTS[d.claim][d.part]
            expected = next(claim.expected for claim in claims() if claim.id == d.claim)
            assert d.rule != "counterexample" or expected == "refuted"


def test_every_pinned_statement_is_proved_and_every_claim_names_its_script() -> None:
    assert sorted(SCRIPTS) == NAMES
    derived = [id for ids in SCRIPTS.values() for id in ids]
    assert sorted(derived) == sorted(STATEMENTS) and len(derived) == len(set(derived))
    assert set(PARTS) <= set(derived)
    for claim in claims():
        assert bool(claim.derivation) == (claim.id in STATEMENTS)
        assert not claim.derivation or (HERE.parent / claim.derivation).is_file()


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
