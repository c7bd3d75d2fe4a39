"""The verdicts, how many systems they rest on, and the counterexamples of FACTS.md, recomputed by hand or by the oracle."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from typing import Any

import pytest
import sympy
from oracle import Step, Surd, marginal, normalised, total, weight

from exactrg import Claim, Exact, Verdict, is_exact_rg, verify
from exactrg.claims import beyond, claims, theorems, variational_rg
from exactrg.claims.ledger import Cases, decide
from exactrg.claims.systems import System
from exactrg.errors import InputError

MEASURED = ("reproduced", "not reproduced")
FEWER_SYSTEMS = {
    "B": "no symbols: products of weights that are symbols leave the exact numbers (log times log)",
    "25-critical": "one number, 0.4352, for the two things that it may mean",
}


@cache
def full_run() -> dict[str, Verdict]:
    """`verify()`, once for this file."""
    return {v.claim.id: v for v in verify()}


def test_verify_reaches_the_verdicts_of_the_ledger() -> None:
    verdicts = full_run()
    assert list(verdicts) == [claim.id for claim in claims()]
    assert [v for v in verdicts.values() if not v.as_expected] == []


@pytest.mark.parametrize("seed", [1, 2])
def test_other_random_systems_give_the_same_verdicts(seed: int) -> None:
    """Without the symbols, which do not depend on the seed, wherever random systems carry a claim."""
    drawn = Cases(seed, 30)
    for claim in claims():
        if claim.outcomes == MEASURED:
            continue  # on records, which no seed changes
        if claim.expected != "refuted":
            claim = replace(claim, cases=partial(random_cases, claim))
        assert decide(claim, drawn).as_expected, claim.id


def random_cases(claim: Claim, drawn: Cases) -> list[Any]:
    return [case for case in claim.cases(drawn) if case.origin == "random"]


def test_verdicts_rest_on_symbols_and_200_random_systems() -> None:
    drawn = Cases(0)
    for id, verdict in full_run().items():
        if verdict.verdict == "pending" or id in FEWER_SYSTEMS or verdict.claim.outcomes == MEASURED:
            continue
        systems = list(verdict.claim.cases(drawn))
        origins = [case.origin for case in systems]
        if verdict.verdict == "refuted" and not verdict.claim.exists:
            # One counterexample is enough: an explicit one, or one with symbols.
            assert str(systems[verdict.cases - 1]) == verdict.counterexample
            assert origins[verdict.cases - 1] in ("given", "symbolic"), id
        else:
            assert origins.count("symbolic") >= 1 and origins.count("random") >= 200, id
            assert verdict.cases == len(origins), id  # and they were all decided


def test_what_is_false_comes_with_a_counterexample() -> None:
    for verdict in full_run().values():
        false = ("refuted", "incomplete", "ill-posed", "not reproduced")
        assert bool(verdict.counterexample) == (verdict.verdict in false)


def test_the_papers_equation_8_is_refuted_by_one_spin_of_each_kind() -> None:
    text = full_run()["8"].counterexample
    assert text.startswith("N = M = 1, H = 0, e^w = e^c = 2, e^d = 8/25: N=1, M=1, q = (8/5, 2/5), Delta F = 0")
    assert full_run()["C5"].verdict == "proved" and full_run()["8-if"].verdict == "proved"


# FACTS.md, by the oracle: spins (v..., h...), every coupling given as its exponential.

H = ("h", 0)
V, PAIR, HIDDEN, NONE = (frozenset(s) for s in ((0,), (0, H), (H,), ()))


def q_of(s: System) -> list[Any]:
    return [s.q.ring.value(x) for x in s.q.values.reshape(-1)]


def tables(step: Step) -> tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]:
    """P, q and p(v)."""
    n = len(step.visible)
    machine = weight({s: 1 / x for s, x in step.E.items()}, step.sites)
    return normalised(step.data()), step.q(), normalised(marginal(machine, range(n)))


def test_delta_f_alone_is_not_enough() -> None:
    """H = 0, T = w v h + c v + d: q = (8/5, 2/5), E_P[q] = 1, KL = log 5 - 2 log 2."""
    e = {PAIR: Fraction(1, 2), V: Fraction(1, 2), NONE: Fraction(25, 8)}  # E = -T
    _, q, p = tables(step := Step({}, e, [0], [H]))
    assert list(q.values()) == [Fraction(8, 5), Fraction(2, 5)]
    assert step.exp_delta_f() == 1 and list(p.values()) == [Fraction(4, 5), Fraction(1, 5)]
    first, _ = variational_rg._eq8_examples()
    assert q_of(first) == [sympy.Rational(8, 5), sympy.Rational(2, 5)]
    assert first.mean_q == 1 and first.delta_f == 0 and not is_exact_rg(first.T)
    # KL = (log(5/8) + log(5/2))/2 = log 5 - 2 log 2
    assert first.kl == sympy.log(5) - 2 * sympy.log(2) and first.kl > 0


def test_delta_f_alone_is_not_enough_without_a_constant_too() -> None:
    """H = -K v, e^K = 12, (e^-b, e^-c, e^-w) = (2, 8/3, 2): q = (17/18, 9)."""
    step = Step({V: Fraction(1, 12)}, {HIDDEN: Fraction(1, 2), V: Fraction(3, 8), PAIR: Fraction(1, 2)}, [0], [H])
    assert list(step.q().values()) == [Fraction(17, 18), 9] and step.exp_delta_f() == 1
    _, second = variational_rg._eq8_examples()
    assert q_of(second) == [sympy.Rational(17, 18), 9]
    assert second.delta_f == 0 and second.mean_q == 1 and second.kl > 0
    assert all(not f.couplings.get(frozenset()) for f in (second.H, second.energy))


def test_kl_alone_is_not_enough() -> None:
    """H = -K v1 v2, e^{2K} = 17/8, w1 = w2 = log 2: p = P = (17/50, 4/25), q^2 = 17/2."""
    bond, root = frozenset((0, 1)), Surd(Fraction(0), Fraction(1), Fraction(17, 8))
    two = Surd(Fraction(2), Fraction(0), Fraction(17, 8))
    E = {frozenset((0, H)): two, frozenset((1, H)): two}
    P, q, p = tables(Step({bond: 1 / root}, E, [0, 1], [H]))
    assert P == p and [x.a for x in P.values()] == [
        Fraction(17, 50),
        Fraction(4, 25),
        Fraction(4, 25),
        Fraction(17, 50),
    ]
    assert {x * x for x in q.values()} == {two * Fraction(17, 4)}
    s = theorems._kl_alone()
    assert s.kl == 0 and [x**2 for x in q_of(s)] == [sympy.Rational(17, 2)] * 4
    for distribution in (s.P, s.p_visible):
        assert [distribution.ring.value(x) for x in distribution.values.reshape(-1)[:2]] == [
            sympy.Rational(17, 50),
            sympy.Rational(4, 25),
        ]
    assert s.delta_f != 0


def test_the_converse_of_c10_fails() -> None:
    """W = 0, e^-c = 3, e^-b = 2, e^K = 5: q = (3/2, 25/6), and both hidden distributions are (4/5, 1/5)."""
    step = Step({V: Fraction(1, 5)}, {V: Fraction(1, 3), HIDDEN: Fraction(1, 2)}, [0], [H])
    P, q, _ = tables(step)
    assert list(q.values()) == [Fraction(3, 2), Fraction(25, 6)]
    up = marginal({s: P[s[:1]] * x / q[s[:1]] for s, x in step.e_T().items()}, [1])
    assert up == normalised(step.coarse()) and list(up.values()) == [Fraction(4, 5), Fraction(1, 5)]
    s = beyond._converse()
    assert q_of(s) == [sympy.Rational(3, 2), sympy.Rational(25, 6)]
    assert [s.p_hidden.ring.value(x) for x in s.p_hidden.values] == [sympy.Rational(4, 5), sympy.Rational(1, 5)]


def test_a_step_that_forgets_everything_is_exact() -> None:
    """T = -M log 2."""
    for s in list(variational_rg._forgetful_cases(Cases(0, 0)))[:3]:
        assert s.name == f"T = -{len(s.hidden)} log 2"
        assert set(q_of(s)) == {Exact(1)} and s.delta_f == 0
        assert {s.p_hidden.ring.value(x) for x in s.p_hidden.values.reshape(-1)} == {Exact(1) / 2 ** len(s.hidden)}


def test_lin_and_tegmark_keep_z_and_change_the_marginal() -> None:
    """E = H(v) + H(h) + K(v) + log Z~, with Z~ = Tr_v e^{-H-K}: N = 1, e^{-H} = (3, 1/3), e^{-K} = (2, 1/2)."""
    h, k = Fraction(1, 3), Fraction(1, 2)
    z_tilde = 3 * 2 + Fraction(1, 3) * Fraction(1, 2)
    step = Step({V: h}, {V: h * k, HIDDEN: h, NONE: z_tilde}, [0], [H])
    P, q, p = tables(step)
    assert step.exp_delta_f() == 1 and p != P and set(q.values()) != {1}
    assert total(step.coarse()) == total(step.data())


def test_checkerboard_numbers() -> None:
    """e^{16 K2} = cosh^2 4K and e^{16 K4} = (cosh 4K / cosh^4 2K)^2, from the four values of 2cosh(K s), e^K = 2."""
    x = Fraction(2)
    g = {s: x**s + x**-s for s in (0, 2, 4)}  # 2cosh(K s): log g = f0 + K2 (sum of pairs) + K4 (product)
    # Signs of the pairs' sum and of the product for s = 4, 2, 0: (6, 1), (0, -1), (-2, 1).
    cosh2, cosh4 = (x**2 + x**-2) / 2, (x**4 + x**-4) / 2
    e16_K2 = (g[4] / g[0]) ** 2
    assert e16_K2 == cosh4**2
    assert g[4] ** 2 * g[0] ** 6 / g[2] ** 8 == (cosh4 / cosh2**4) ** 2


def test_a_seed_is_an_int() -> None:
    for seed in ("a", 1.5, None):
        with pytest.raises(InputError, match=r"seed is .*: expected an int"):
            verify("8", seed=seed)  # type: ignore[arg-type]
