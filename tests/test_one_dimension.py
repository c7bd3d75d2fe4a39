"""Eq. 24: against sums over the removed spins, enumerated in fractions; floats against 1000 digits; broken variants."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import assume, example, given
from hypothesis import strategies as st
from oracle_systems import factors, log, rational

from exactrg import (
    BoltzmannWeight,
    Exact,
    SpinPolynomial,
    decimate,
    decimated_chain,
    decimated_hamiltonian,
    decimated_ring,
    exp,
    ising,
    log_partition_function,
    rg_flow,
    ring,
)
from exactrg import one_dimension as one
from exactrg.errors import CouplingError, FloatOverflowError, InputError, NotPositiveError

J = sympy.Symbol("J", real=True)
blocks = st.integers(1, 5)
couplings = st.floats(-9, 3.2).flatmap(lambda e: st.sampled_from([10.0**e, -(10.0**e)]))


def summed_by_hand(n: int, x: Fraction, b: int, periodic: bool) -> BoltzmannWeight:
    """e^{-H} with e^J = x, summed over the spins that no multiple of b numbers, configuration by configuration."""
    kept = range(0, n, b)
    table: dict[tuple[int, ...], Fraction] = {}
    for spins in product((1, -1), repeat=n):
        bonds = sum(a * c for a, c in pairwise(spins)) + (spins[-1] * spins[0] if periodic else 0)
        key = tuple((1 - spins[i]) // 2 for i in kept)
        table[key] = table.get(key, Fraction(0)) + x**bonds
    rows = [rational(table[key]) for key in product((0, 1), repeat=len(kept))]
    return BoltzmannWeight(kept, sympy.Array(rows).reshape(*(2,) * len(kept)).tolist())


@given(st.integers(2, 9), factors, blocks)
def test_rings_of_any_length(n: int, x: Fraction, b: int) -> None:
    assert exp(-decimated_ring(n, log(x), b)) == summed_by_hand(n, x, b, periodic=True)


@given(st.integers(1, 9), factors, blocks)
def test_chains_of_any_length(n: int, x: Fraction, b: int) -> None:
    assert exp(-decimated_chain(n, log(x), b)) == summed_by_hand(n, x, b, periodic=False)


@given(st.integers(1, 8), st.integers(1, 40), factors)
def test_free_energies_agree_exactly_at_every_level(b: int, m: int, x: Fraction) -> None:
    K, n = Exact(log(x)), b * m + 2 * b
    coarse, log_A = decimate(K, b)
    assert one.log_partition_function(n, K) == n // b * log_A + one.log_partition_function(n // b, coarse)
    H = decimated_ring(n, K, b)
    assert one.log_partition_function(n, K) == log_partition_function(H)


@given(couplings, st.integers(2, 6), st.integers(2, 10))
def test_float_free_energies_agree_at_every_level(K: float, b: int, m: int) -> None:
    coarse, log_A = decimate(K, b)
    full = one.log_partition_function(m * b, K)
    assert full == pytest.approx(m * log_A + one.log_partition_function(m, coarse), rel=1e-13)


@given(couplings, st.sampled_from([2, 3, 4, 7, 50]))
@example(710.0, 2)
@example(-745.2, 3)
@example(1e-300, 2)
@example(5.935894956059769e-07, 2)
@example(0.5493061443340549, 2)  # tanh = 1/2
def test_floats_to_the_last_digits(K: float, b: int) -> None:
    coarse, log_A = decimate(K, b)
    with mpmath.workdps(3200):
        t = mpmath.tanh(mpmath.mpf(K)) ** b
        expected = mpmath.atanh(t)
        constant = b * mpmath.log(2 * mpmath.cosh(mpmath.mpf(K))) - mpmath.log(2 * mpmath.cosh(expected))
        assert abs(coarse - expected) <= 4e-16 * b * abs(expected) + 1e-307
        assert abs(log_A - constant) <= 4e-16 * abs(constant)


def test_the_strongest_couplings() -> None:
    for K in (1e4, 1e300, 4e307):
        assert decimate(K) == (K - math.log(2) / 2, K + math.log(2) / 2)
        assert decimate(-K)[0] == decimate(K)[0] and decimate(-K, 3)[0] == -decimate(K, 3)[0]
    with pytest.raises(FloatOverflowError, match="the constant of a block"):
        decimate(1e308, 3)


@given(factors, blocks, st.integers(1, 4))
def test_blocks_compose(x: Fraction, b: int, c: int) -> None:
    first, log_A = decimate(log(x), b)
    second, log_B = decimate(first, c)
    both, log_AB = decimate(log(x), b * c)
    assert second == both and log_AB == c * log_A + log_B


@given(couplings, blocks, st.integers(1, 4))
def test_blocks_compose_in_floats(K: float, b: int, c: int) -> None:
    first, log_A = decimate(K, b)
    second, log_B = decimate(first, c)
    both, log_AB = decimate(K, b * c)
    assert second == pytest.approx(both, rel=1e-14 * b * c) and log_AB == pytest.approx(c * log_A + log_B, rel=1e-14)


def test_two_steps_are_one_step_of_the_ring() -> None:
    H = ising(ring(24), J)
    twice = decimated_hamiltonian(decimated_hamiltonian(H, range(0, 24, 2)), range(0, 24, 6))
    assert twice == decimated_hamiltonian(H, range(0, 24, 6)) == decimated_ring(24, J, 6)


def test_the_flow_of_fig_2c() -> None:
    flow = rg_flow(J, 4)
    assert len(flow) == 5 and flow[0] == J
    t = sympy.tanh(J)
    for k, coupling in enumerate(flow):
        assert (2 * coupling).exp() == Exact((1 + t ** (2**k)) / (1 - t ** (2**k)))
    floats = rg_flow(1.0, 12)
    assert all(0 <= b < a for a, b in pairwise(floats) if a) and floats[-1] < 1e-100
    assert rg_flow(0.3, 0) == [0.3] and rg_flow(2, 1) == [2.0, decimate(2.0)[0]]
    assert rg_flow(-0.5, 2, b=3)[2] == pytest.approx(math.atanh(math.tanh(-0.5) ** 9))


def test_both_signs() -> None:
    assert decimate(-J)[0] == decimate(J)[0] and decimate(-J, 3)[0] == -decimate(J, 3)[0]
    assert decimate(J)[0] == sympy.log(sympy.cosh(2 * J)) / 2
    assert decimate(0.0) == (0.0, math.log(2)) and decimate(Exact(0)) == (0, sympy.log(2))
    assert decimate(J, 1) == (J, 0) and decimate(0.7, 1) == (0.7, 0.0)


@given(factors, st.integers(1, 6))
def test_the_correlation_length_shrinks_by_b(x: Fraction, b: int) -> None:
    assume(x != 1)
    coarse, _ = decimate(log(x), b)
    assert one.inverse_correlation_length(coarse) == b * one.inverse_correlation_length(log(x))
    t = abs((x * x - 1) / (x * x + 1))
    assert one.inverse_correlation_length(log(x)) == -log(t)
    assert float(one.correlation_length(log(x))) == pytest.approx(one.correlation_length(math.log(x)), rel=1e-12)


def test_correlation_lengths_at_both_ends() -> None:
    assert one.correlation_length(0.0) == 0.0 and one.correlation_length(Exact(0)) == 0
    assert one.inverse_correlation_length(0.0) == math.inf and one.inverse_correlation_length(Exact(0)) == sympy.oo
    assert one.correlation_length(300.0) == pytest.approx(math.exp(600.0) / 2, rel=1e-12)
    assert one.correlation_length(-300.0) == one.correlation_length(300.0)
    largest = math.log(2.4) / 2 + 308 * math.log(10) / 2  # e^{2J}/2 = 1.2e308
    assert one.correlation_length(largest) == pytest.approx(1.2e308, rel=1e-12)
    with pytest.raises(FloatOverflowError):
        one.correlation_length(largest + 0.25)
    with pytest.raises(FloatOverflowError):
        one.correlation_length(400.0)
    with pytest.raises(NotPositiveError):
        one.correlation_length(J)


@pytest.mark.parametrize("K", [1e-300, 1e-12, 1e-3, 0.3, 0.499999, 0.5, 0.500001, 1.0, 5.0, 300.0])
def test_correlation_lengths_to_the_last_digits(K: float) -> None:
    with mpmath.workdps(400):
        expected = float(-mpmath.log(mpmath.tanh(mpmath.mpf(K))))
    for coupling in (K, -K):
        assert one.inverse_correlation_length(coupling) == pytest.approx(expected, rel=4e-15)


def test_blocks_of_two_are_the_default() -> None:
    for n in (2, 5, 6):
        assert decimated_chain(n, J) == decimated_chain(n, J, 2) and decimated_ring(n, J) == decimated_ring(n, J, 2)
    with pytest.raises(InputError, match="n must be"):
        decimated_chain(0, J)
    with pytest.raises(InputError, match="b must be"):
        decimated_chain(3, J, 0)


def test_bad_input() -> None:
    for b in (0, -1, 2.0, True, "2", None):
        with pytest.raises(InputError, match="b must be"):
            decimate(0.3, b)  # type: ignore[arg-type]
    for coupling in (math.nan, math.inf, 1j, "J", sympy.Rational(1, 2), sympy.Symbol("J")):
        with pytest.raises(CouplingError):
            decimate(coupling)
    with pytest.raises(InputError, match="steps"):
        rg_flow(0.3, -1)
    with pytest.raises(InputError, match="n must be"):
        decimated_ring(1, 0.3)


def forgotten_constant(n: int, x: Any) -> SpinPolynomial:
    return decimated_ring(n, x) - decimated_ring(n, x).couplings[frozenset()]


def k_instead_of_2k(n: int, x: Any) -> SpinPolynomial:
    """(1/2) log cosh J between kept spins."""
    right = decimated_ring(n, x)
    wrong = -Exact(sympy.log(sympy.cosh(x)) / 2)
    return SpinPolynomial({S: wrong if S else c for S, c in right.couplings.items()}, right.sites)


def lost_double_bond(n: int, x: Any) -> SpinPolynomial:
    """Two kept spins joined once, as in networkx's cycle graph."""
    right = decimated_ring(n, x)
    return SpinPolynomial(
        {S: c / 2 if len(right.sites) == 2 and S else c for S, c in right.couplings.items()}, right.sites
    )


@pytest.mark.parametrize("wrong", [forgotten_constant, k_instead_of_2k, lost_double_bond])
def test_plausible_errors_are_caught(wrong: Callable[[int, Any], SpinPolynomial]) -> None:
    x = Fraction(3, 2)
    assert exp(-decimated_ring(4, log(x))) == summed_by_hand(4, x, 2, periodic=True)
    assert exp(-wrong(4, log(x))) != summed_by_hand(4, x, 2, periodic=True)
