"""How far verdicts reach, and that tables say it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from exactrg.claims import claims, tables
from exactrg.claims.ledger import Cases, decide
from exactrg.claims.reach import RANDOM_ONLY, reach

LEDGER = {claim.id: claim for claim in claims()}
DRAWN = Cases(3, 6)


@pytest.mark.parametrize(
    ("id", "text"),
    [
        ("20", "proved for all sizes in proofs/mapping.py"),
        ("8", "settled for all sizes in proofs/exactness.py"),
        ("25-critical", "proved for all sizes in proofs/critical_point.py: log(1 + sqrt 2)/2 > 0.43525"),
        ("2B", "settled for all sizes in proofs/network.py"),
        ("5", "proved for all sizes in proofs/expansions.py: the constant is positive"),
        ("3B-C-paper", "measured, on the runs that are named"),
    ],
)
def test_reach_says_how_far(id: str, text: str) -> None:
    assert LEDGER[id].reach.startswith(text)


def test_reach_names_what_a_verdict_rests_on() -> None:
    verdict = decide(LEDGER["4"], DRAWN)
    assert reach(LEDGER["4"], verdict.decided_by) == "proved for all sizes in proofs/marginals.py"
    bare = replace(LEDGER["4"], derivation="")
    assert reach(bare, verdict.decided_by) == f"decided for these sizes ({verdict.decided_by})"
    assert reach(replace(LEDGER["2B"], derivation="")) == "settled by a counterexample"
    assert reach(replace(bare, holds=None)) == "pending"
    assert reach(replace(bare, outcomes=("reproduced", "not reproduced"))).startswith("measured")


def test_records_and_tables_say_it() -> None:
    verdict = decide(LEDGER["4"], DRAWN)
    record = tables.record(verdict)
    assert (record["reach"], record["derivation"]) == (LEDGER["4"].reach, "proofs/marginals.py")
    assert "Reach: proved for all sizes in proofs/marginals.py." in tables.ledger_page([LEDGER["4"]])
    audited = tables.record(replace(verdict, claim=LEDGER["C7"]))
    assert (audited["audit"], record["audit"]) == (["Mapping.C7", "Spins.C7_paper"], [])
    assert "Coq: `Mapping.C7`, `Spins.C7_paper`." in tables.ledger_page([LEDGER["C7"]])
    assert "Coq: `" not in tables.ledger_page([LEDGER["4"]])
    console = Console(width=250, record=True, file=io.StringIO())
    console.print(tables.terminal_table([verdict]))
    assert "all sizes" in console.export_text()


def test_every_claim_that_is_not_measured_has_a_derivation() -> None:
    assert all(claim.derivation or claim.outcomes != ("proved", "refuted") for claim in claims())


def test_claims_without_symbols_are_known() -> None:
    for id in RANDOM_ONLY:
        assert {getattr(case, "origin", "given") for case in LEDGER[id].cases(DRAWN)} == {"random"}
