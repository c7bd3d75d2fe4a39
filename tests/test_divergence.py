"""Relative entropy: Eqs. 16 and 17, claims C3 and C4, against enumeration."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import oracle
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle import Step
from oracle_numbers import J, K
from oracle_systems import hamiltonians, polynomial, rational, rbms, systems

from exactrg import (
    DBN,
    RBM,
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    delta_f,
    exp,
    ising,
    kl_divergence,
    ring,
    trace_condition,
)
from exactrg.errors import EnumerationTooLarge, InputError, MixedKindsError, SiteError, ZeroWeightError
from exactrg.marginals import marginal_weight

SITES = [0, 1, 2]
weights = st.lists(st.integers(0, 4), min_size=4, max_size=4).filter(any)


def digits(value: Any) -> Any:
    """50 digits of an exact number."""
    return mpmath.mpf(value.ball(220).mid().str(60, radius=False))


def agree(found: Any, expected: Any) -> bool:
    with mpmath.workdps(50):
        return bool(abs(digits(found) - expected) < mpmath.mpf(10) ** -45)


@given(hamiltonians(SITES, most=3), hamiltonians(SITES, most=3))
def test_exact_divergence(g: dict[Any, Fraction], h: dict[Any, Fraction]) -> None:
    """Eq. 16 as an exact number: to 45 digits, and as e^{D KL} = prod (p/q)^{D p} where that is small."""
    p, q = polynomial(g, SITES), polynomial(h, SITES)
    left, right = oracle.weight(oracle.inverse(g), SITES), oracle.weight(oracle.inverse(h), SITES)
    found = kl_divergence(p, q)
    with mpmath.workdps(60):
        assert agree(found, oracle.kl(left, right))
    terms = oracle.kl_terms(left, right)
    common = math.lcm(*(x.denominator for x, _ in terms))
    if common < 2000:
        product = Fraction(1)
        for x, ratio in terms:
            product *= ratio ** int(x * common)
        assert (common * found).exp() == product
    assert (found == 0) == (oracle.normalised(left) == oracle.normalised(right))
    assert found >= 0
    floats = [SpinPolynomial({s: math.log(x) for s, x in f.items()}, SITES) for f in (g, h)]
    assert float(kl_divergence(*floats)) == pytest.approx(float(found), rel=1e-9, abs=1e-13)


@given(weights, weights)
def test_zero_weights(a: list[int], b: list[int]) -> None:
    """0 log 0 = 0, and infinity where q vanishes and p does not."""
    left = dict(zip(oracle.configurations([0, 1]), map(Fraction, a), strict=True))
    right = dict(zip(oracle.configurations([0, 1]), map(Fraction, b), strict=True))
    infinite = any(x and not right[s] for s, x in left.items())
    for kind in (int, float, object):
        values = [
            np.array([rational(Fraction(x)) if kind is object else x for x in w], dtype=kind).reshape(2, 2)
            for w in (a, b)
        ]
        found = kl_divergence(BoltzmannWeight([0, 1], values[0]), BoltzmannWeight([1, 0], values[1].T))
        if infinite:
            assert found == (math.inf if kind is float else sympy.oo)
        elif kind is float:
            assert found == pytest.approx(float(oracle.kl(left, right)), rel=1e-12, abs=1e-14) and found >= 0
        else:
            assert agree(found, oracle.kl(left, right))
            assert (found == 0) == (oracle.normalised(left) == oracle.normalised(right))


@given(rbms(n=3, m=2), st.data())
def test_visible_marginals(machine: tuple[RBM, dict[Any, Fraction]], data: st.DataObject) -> None:
    rbm, e = machine
    sites = list(rbm.visible)
    h = data.draw(hamiltonians(sites, most=3))
    P = oracle.weight(oracle.inverse(h), sites)
    p = oracle.marginal(oracle.weight(oracle.inverse(e), rbm.sites), range(len(sites)))
    H = polynomial(h, sites)
    with mpmath.workdps(60):
        assert agree(kl_divergence(H, rbm), oracle.kl(P, p)) and agree(kl_divergence(rbm, H), oracle.kl(p, P))
    assert kl_divergence(rbm, marginal_weight(rbm, "hidden")) == 0
    assert kl_divergence(DBN([rbm]), H) == kl_divergence(rbm, H)


@given(systems(n=2, m=2))
def test_jensen_gap(step: Step) -> None:
    """C3: KL(P || p) = -Delta F - E_P[log q], the expectation summed by hand."""
    H, E = polynomial(step.H, step.visible), polynomial(step.E, step.sites)
    T = RGOperator.from_energy(E, H)
    p = exp(-E).trace(step.hidden)
    P = oracle.normalised(step.data())
    mean = sum((rational(x) * Exact(step.q()[v]).log() for v, x in P.items()), Exact(0))
    assert kl_divergence(H, p) == -delta_f(T, H) - mean
    reverse = oracle.normalised(
        oracle.marginal(oracle.weight(oracle.inverse(step.E), step.sites), range(len(step.visible)))
    )
    mean = sum((rational(x) * Exact(step.q()[v]).log() for v, x in reverse.items()), Exact(0))
    assert kl_divergence(p, H) == mean + delta_f(T, H)


def test_counterexample_to_equation_8() -> None:
    """N = M = 1, H = 0: Delta F = 0 and KL = log 5 - 2 log 2."""
    w, d = sympy.log(2), sympy.log(sympy.Rational(8, 25))
    E = SpinPolynomial({(0, "h"): -w, (0,): -w, (): -d}, [0, "h"])
    H = SpinPolynomial({}, [0])
    T = RGOperator.from_energy(E, H)
    assert trace_condition(T).table.tolist() == [sympy.Rational(8, 5), sympy.Rational(2, 5)]
    assert delta_f(T, H) == 0
    assert kl_divergence(H, exp(-E).trace(["h"])) == sympy.log(5) - 2 * sympy.log(2)


def test_radicals_and_vanishing_divergence() -> None:
    """FACTS: N = 2, M = 1, e^{2K} = cosh 2w = 17/8: KL = 0 although q^2 = 17/2."""
    half = sympy.log(sympy.Rational(17, 8)) / 2
    H = SpinPolynomial({(0, 1): -half}, [0, 1])
    E = RBM([[sympy.log(2)], [-sympy.log(2)]])
    assert kl_divergence(H, E) != 0
    E = RBM([[sympy.log(2)], [sympy.log(2)]])
    assert kl_divergence(H, E) == 0 == kl_divergence(E, H)
    q = trace_condition(RGOperator.from_energy(E, H))
    assert all(Exact(x) ** 2 == sympy.Rational(17, 2) for x in q.table.reshape(-1))
    p = marginal_weight(E, "hidden").probability()
    assert p.table.tolist() == [
        [sympy.Rational(17, 50), sympy.Rational(4, 25)],
        [sympy.Rational(4, 25), sympy.Rational(17, 50)],
    ]


def test_symbols() -> None:
    H, G = ising(ring(3), J), SpinPolynomial({(0,): K}, [0, 1, 2])
    found = kl_divergence(H, G)
    x, y = flint.fmpq(3, 2), flint.fmpq(4, 5)
    factors = [
        {frozenset(s): Fraction(2, 3) for s in ((0, 1), (1, 2), (0, 2))},
        {frozenset({0}): Fraction(4, 5)},
    ]
    tables = [oracle.weight(oracle.inverse(f), [0, 1, 2]) for f in factors]
    with mpmath.workdps(60):
        ball = found.ball(220, {J: x, K: y})
        assert abs(mpmath.mpf(ball.mid().str(60, radius=False)) - oracle.kl(*tables)) < mpmath.mpf(10) ** -45
    assert kl_divergence(H, ising(ring(3), J)) == 0
    assert kl_divergence(H, H + K) == 0 and kl_divergence(G, H) != found


def test_order_of_sites_is_free() -> None:
    f = SpinPolynomial({(0, 1): 0.5, (0,): 1.0}, [0, 1])
    assert kl_divergence(f, SpinPolynomial(f.couplings, [1, 0])) == 0.0
    assert kl_divergence(f * 2, SpinPolynomial(f.couplings, [1, 0])) == kl_divergence(f * 2, f)


def test_large_float_energies() -> None:
    H = SpinPolynomial({(0, 1): -1000.0})
    assert kl_divergence(H, SpinPolynomial({}, [0, 1])) == pytest.approx(math.log(2), rel=1e-12)
    assert kl_divergence(SpinPolynomial({}, [0, 1]), H) == pytest.approx(1000 - math.log(2), rel=1e-12)
    assert kl_divergence(H, H) == 0.0


def test_bad_input() -> None:
    H = SpinPolynomial({(0,): 0.5})
    with pytest.raises(SiteError, match="the two distributions live on different sites"):
        kl_divergence(H, SpinPolynomial({(1,): 0.5}))
    with pytest.raises(MixedKindsError, match="a divergence mixes floats with exact couplings"):
        kl_divergence(H, SpinPolynomial({(0,): J}))
    with pytest.raises(
        InputError, match="a str is no distribution: expected an energy, an RBM, a DBN or a BoltzmannWeight"
    ):
        kl_divergence(H, "q")  # type: ignore[arg-type]
    with pytest.raises(ZeroWeightError, match="vanishes everywhere"):
        kl_divergence(BoltzmannWeight([0], [0.0, 0.0]), H)
    with pytest.raises(EnumerationTooLarge, match="over 1600 spins"):
        kl_divergence(ising(ring(1600), 0.5), ising(ring(1600), 0.4))


def test_infinity_is_of_the_kind_of_the_input() -> None:
    for one, kind in ((1, sympy.Expr), (1.0, float)):
        p, q = BoltzmannWeight([0], [one, one]), BoltzmannWeight([0], [one, 0 * one])
        assert isinstance(kl_divergence(p, q), kind) and kl_divergence(p, q) == sympy.oo
        assert kl_divergence(q, p) == (pytest.approx(np.log(2)) if kind is float else Exact(sympy.log(2)))
