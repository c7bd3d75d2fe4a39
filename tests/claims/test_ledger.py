"""What a claim is and how verdicts are reached: the logic of `decide`, on toy statements."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import exactrg
from exactrg import Claim, Verdict, verify
from exactrg.claims import claims
from exactrg.claims.ledger import VERDICTS, Cases, Count, decide, select
from exactrg.errors import InputError


@dataclass(frozen=True)
class Number:
    """A toy case."""

    value: int
    origin: str = "random"


NUMBERS = [Number(1, "symbolic"), Number(2), Number(3), Number(4, "given")]
DRAWN = Cases(count=0)


def toy(holds: Any = None, **fields_: Any) -> Claim:
    return Claim("toy", ("0",), "numbers", "proved", holds=holds, cases=lambda drawn: iter(NUMBERS), **fields_)


def test_a_statement_that_holds_everywhere_is_proved() -> None:
    verdict = decide(toy(lambda x: x.value < 9), DRAWN)
    assert (verdict.verdict, verdict.cases, verdict.counterexample) == ("proved", 4, "")
    assert verdict.decided_by == "symbols on 1 system; 2 random rational systems; 1 explicit example"


def test_measurements_are_reproduced_or_not_and_say_where_they_come_from() -> None:
    claim = replace(toy(lambda x: x.value > 0), outcomes=("reproduced", "not reproduced"))
    assert decide(claim, DRAWN).verdict == "reproduced"
    assert decide(replace(claim, holds=lambda x: x.value < 4), DRAWN).verdict == "not reproduced"
    count = Count()
    for label, source in (("seed 1", "command, day"), ("seed 2", "command, day"), ("seed 1", "other")):
        count.add(SimpleNamespace(origin="recorded", label=label, source=source))
    assert (count.total, count.given) == (3, 0)
    assert str(count) == "recorded run, seed 1, seed 2: command, day; recorded run, seed 1: other"


def test_the_first_failure_refutes() -> None:
    verdict = decide(toy(lambda x: x.value < 2), DRAWN)
    assert (verdict.verdict, verdict.cases, verdict.counterexample) == ("refuted", 2, str(Number(2)))
    assert not verdict.as_expected


def test_there_is_needs_one_case_and_is_refuted_only_by_all() -> None:
    found = decide(toy(lambda x: x.value == 3, exists=True), DRAWN)
    assert (found.verdict, found.cases, found.counterexample) == ("proved", 3, "")
    missing = decide(toy(lambda x: x.value == 9, exists=True), DRAWN)
    assert (missing.verdict, missing.cases, missing.counterexample) == ("refuted", 4, str(NUMBERS[0]))


@pytest.mark.parametrize("fault", ["incomplete", "ill-posed"])
def test_a_repaired_form_gives_the_fault(fault: str) -> None:
    verdict = decide(toy(lambda x: x.value > 1, repaired=lambda x: x.value > 0, fault=fault), DRAWN)
    assert (verdict.verdict, verdict.cases, verdict.counterexample) == (fault, 4, str(NUMBERS[0]))


def test_a_repaired_form_that_fails_too_is_refuted_where_it_fails() -> None:
    verdict = decide(toy(lambda x: x.value > 1, repaired=lambda x: x.value < 3), DRAWN)
    assert (verdict.verdict, verdict.cases, verdict.counterexample) == ("refuted", 3, str(Number(3)))


def test_a_statement_that_needs_no_repair_is_proved() -> None:
    assert decide(toy(lambda x: True, repaired=lambda x: False), DRAWN).verdict == "proved"


@pytest.mark.parametrize("id", ["8", "8-min", "5", "C5", "9-rbm"])
def test_the_expected_verdict_is_not_looked_at(id: str) -> None:
    (claim,) = (c for c in claims() if c.id == id)
    drawn = Cases(0, 6)
    for expected in VERDICTS:
        assert decide(replace(claim, expected=expected), drawn).verdict == claim.expected


def test_a_pending_claim_is_shown_and_not_decided() -> None:
    verdict = decide(Claim("toy", ("0",), "later", "pending"), DRAWN)
    assert (verdict.verdict, verdict.cases, verdict.as_expected) == ("pending", 0, True)


def test_an_error_in_a_check_is_no_verdict() -> None:
    def fails(x: Number) -> bool:
        raise InputError("broken")

    with pytest.raises(InputError, match="broken"):
        decide(toy(fails), DRAWN)


def test_count_names_what_was_decided() -> None:
    assert str(Count(symbolic=2, given=2)) == "symbols on 2 systems; 2 explicit examples"
    count = Count()
    count.add(object())
    assert (count.given, count.total) == (1, 1)


def test_every_equation_and_every_corrected_statement_is_there() -> None:
    ledger = claims()
    equations = {number for claim in ledger for number in claim.equation}
    assert {str(n) for n in range(1, 26)} <= equations
    assert {"text", "appendix B", "Fig. 2B", "Fig. 2C", "Fig. 3"} <= equations
    ids = [claim.id for claim in ledger]
    assert len(ids) == len(set(ids))
    assert {f"C{n}" for n in range(1, 13)} <= set(ids)


def test_every_claim_is_complete() -> None:
    for claim in claims():
        assert claim.expected in VERDICTS
        assert claim.statement.rstrip(")").endswith(".") and claim.scope
        assert isinstance(claim.equation, tuple) and all(isinstance(e, str) for e in claim.equation)
        if claim.expected in ("refuted", "incomplete", "ill-posed", "not reproduced"):
            assert claim.corrected, f"{claim.id} does not say what is true instead"
        if claim.expected == "pending":
            assert claim.holds is None
        else:
            assert claim.holds is not None and claim.formula and claim.functions, claim.id
        if claim.expected in ("incomplete", "ill-posed"):
            assert claim.repaired is not None and claim.fault == claim.expected


FIGURE_3 = [
    *("3B-C-paper", "3B-C-compact", "3B-D-paper", "3B-D-compact", "3D-size-paper", "3D-size-compact"),
    *("3D-paper", "3D-compact", "3-L1-paper", "3-L1-compact"),
    *("3-permuted-paper", "3-permuted-compact", "3-data-paper", "3-data-compact"),
    *("3E-paper", "3E-compact", "3E-spins-paper", "3E-spins-compact"),
]

FACTS = {
    **dict.fromkeys(["1", "2", "3", "4", "5-orders", "6", "7", "8-if", "8-lin-tegmark", "9"], "proved"),
    **dict.fromkeys(["10", "11", "12", "13", "14", "15", "16", "17", "B", "18", "19", "20"], "proved"),
    **dict.fromkeys(["21", "21-general", "22", "22-exact", "23", "24", "24-field", "25"], "proved"),
    **dict.fromkeys([f"C{n}" for n in range(1, 13)], "proved"),
    **dict.fromkeys(["8", "8-observables", "9-rbm", "17-capacity", "18-family", "C5-kl", "C10-converse"], "refuted"),
    "5": "incomplete",
    "8-min": "ill-posed",
}


def test_the_verdicts_of_facts() -> None:
    """The table of FACTS.md, up to what a later part of the project decides."""
    expected = {claim.id: claim.expected for claim in claims()}
    assert {id: expected.get(id) for id in FACTS} == FACTS


def test_public_fields_come_first() -> None:
    """Claim(id, equation, statement, expected, scope, corrected) and Verdict(...) of DESIGN.md."""
    assert [f.name for f in fields(Claim)][:6] == ["id", "equation", "statement", "expected", "scope", "corrected"]
    names = ["claim", "verdict", "decided_by", "cases", "seconds", "counterexample"]
    assert [f.name for f in fields(Verdict)] == names


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        ("C5", ["C5"]),
        (["C5", "1"], ["1", "C5"]),
        ("8", ["8", "8-if", "8-min", "8-observables", "8-lin-tegmark", "C5", "C5-kl", "C11"]),
        (8, ["8", "8-if", "8-min", "8-observables", "8-lin-tegmark", "C5", "C5-kl", "C11"]),
        ((11, 12), ["11", "12"]),
        ("Fig. 3", FIGURE_3),
        ([], []),
        (claims()[0], [claims()[0].id]),
        (np.int64(11), ["11"]),
        ([claims()[1], "C5", 1], ["1", claims()[1].id, "C5"]),
        ((claim for claim in claims() if claim.id == "C5"), ["C5"]),
    ],
)
def test_select(only: Any, ids: list[str]) -> None:
    assert [claim.id for claim in select(claims(), only)] == ids


def test_everything_is_selected_by_default() -> None:
    assert select(claims(), None) == list(claims())


@pytest.mark.parametrize("only", ["26", "c5", "", ["1", "Eq. 8"]])
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(only: Any) -> None:
    with pytest.raises(InputError, match=r"no claim or equation '.*': expected one of 1, 2, 3, .*C12"):
        verify(only)


@pytest.mark.parametrize("only", [8.0, True, object(), [8, None], [["C5"]], claims])
def test_what_names_no_claim_is_an_error_that_says_what_to_write(only: Any) -> None:
    with pytest.raises(InputError, match=r'write only=8, only="8-if" or only=\["C1", "C5"\]'):
        verify(only)


def test_verify_reports_each_verdict_as_it_is_reached() -> None:
    seen: list[Verdict] = []
    verdicts = verify(["23", "C11"], progress=seen.append)
    assert seen == verdicts and [v.claim.id for v in verdicts] == ["23", "C11"]


def test_the_module_is_the_function() -> None:
    module: Any = sys.modules["exactrg.claims"]
    assert vars(exactrg)["claims"] is module
    assert module() == module.claims() == claims() and isinstance(module(), tuple)
