"""A quick part of the mutation test of the kernel; all of it is `python -m exactrg.proof.mutation proofs`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from exactrg.claims.formal import BOOK, STATEMENTS, P, Z, a, h, v
from exactrg.proof import Definition, Script, Sum, Term, atom, gap, lift, log, numbers, real, step
from exactrg.proof import derivation as derivation_module
from exactrg.proof.mutation import all_mutants, collect, judge, main, mutants, really

(n,) = numbers("n")
PROOFS = Path(__file__).parents[2] / "proofs"


def test_the_kernel_accepts_no_wrong_mutant() -> None:
    report = judge(collect(PROOFS, per_derivation=4, seed=1))
    assert not report.accepted, str(report)
    kinds = {"step", "definition, in both", "definition, in the script", "end statement, in both"}
    assert kinds <= {*report.rejected} and report.total > 350
    assert report.equal.total() < report.total / 10


def test_a_kernel_that_accepts_everything_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(STATEMENTS, BOOK)
    script.chain("1", step(Sum(v, a(v)) / Z()), step(1))
    wrong = [
        m for m in all_mutants(script.derivations[0], STATEMENTS, BOOK) if m.kind in ("step", "end statement, in both")
    ]
    assert not judge(wrong).accepted
    monkeypatch.setattr(derivation_module, "chain", lambda s, *rest: s)
    assert len(judge(wrong).accepted) > len(wrong) / 2


def test_the_command_reports_and_returns_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kadanoff.py").write_text((PROOFS / "kadanoff.py").read_text("utf-8"), "utf-8")
    assert main([str(tmp_path), "--each", "10"]) == 0
    assert capsys.readouterr().out.endswith("20 mutants, 0 wrong ones accepted\n")


def test_mutants_are_small_changes_everywhere() -> None:
    made = set(mutants(Sum(v, a(v) * log(P(v))), {a(v).data[2]: [a(v), P(v)]}))
    assert {
        Sum(v, a(v)),
        Sum(v, log(P(v))),
        a(v) * log(P(v)),
        Sum(v, a(v) * gap(P(v))),
        Sum(v, a(v) * log(a(v))),
        Sum(v, P(v) * log(P(v))),
    } <= made
    assert Sum(v, a(v) * log(P(v))) not in made


def test_mutants_have_roots_of_what_may_be_negative() -> None:
    X = real("X")()
    (root,) = set(mutants(X, {}))
    assert root == (X**2) ** Term("mul", (lift(Fraction(1, 2)), lift(1), lift(1)))
    assert not really(root, "=", X, {})


def test_real_numbers_tell_right_from_wrong() -> None:
    f = atom("f", v.data[1], h.data[1])
    assert really(log(Z() ** 2), "=", 2 * log(Z()), BOOK)
    assert not really(Sum(v, h, f(v, h)), "=", Sum(v, f(v, h)), BOOK)
    assert really(lift(0), "<=", gap(Z()), BOOK) and not really(gap(Z()), "<=", lift(0), BOOK)
    assert really((1 / n) ** 2, "=", 1 / (n * n), {})  # 60 digits for whole numbers, too
    assert really(lift(1), "<", Definition("two", (), lift(2))(), {"two": Definition("two", (), lift(2))})
