"""Decimation in a field: against sums over the removed spins, the invariant, and 1000 digits."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import example, given
from hypothesis import strategies as st
from oracle_systems import factors, log

from exactrg import Exact, decimate, decimate_in_field, decimated_hamiltonian, exp, ising, one_dimension, ring, trace
from exactrg.errors import FloatOverflowError, InputError, MixedKindsError

couplings = st.floats(-7, 2.8).flatmap(lambda e: st.sampled_from([0.0, 10.0**e, -(10.0**e)]))


def two_by_two(x: Fraction, y: Fraction, b: int) -> tuple[Fraction, Fraction, Fraction]:
    """Entries (++, +-, --) of V^b for e^K = x and e^h = y."""
    a, o, d = x * y, 1 / x, x / y
    A, O, D = Fraction(1), Fraction(0), Fraction(1)
    for _ in range(b):
        A, O, D = A * a + O * o, A * o + O * d, O * o + D * d
    return A, O, D


@given(factors, factors, st.integers(1, 6))
def test_the_block_is_the_power_of_the_transfer_matrix(x: Fraction, y: Fraction, b: int) -> None:
    K, h, log_A = decimate_in_field(log(x), log(y), b)
    up, off, down = two_by_two(x, y, b)
    assert log_A + K + h == log(up) and log_A - K == log(off) and log_A + K - h == log(down)


@given(factors, factors, st.integers(2, 4), st.integers(2, 4))
def test_rings_from_the_definition(x: Fraction, y: Fraction, b: int, m: int) -> None:
    K, h, log_A = decimate_in_field(log(x), log(y), b)
    coarse = decimated_hamiltonian(ising(ring(b * m), log(x), log(y)), range(0, b * m, b))
    assert coarse == ising(ring(m), K, h).relabel({k: b * k for k in range(m)}) - m * log_A
    exact = one_dimension.log_partition_function(b * m, log(x), log(y))
    assert exact == m * log_A + one_dimension.log_partition_function(m, K, h)
    assert exact == trace(exp(-coarse)).log()


@given(factors, factors, st.integers(1, 4), st.integers(1, 4))
def test_blocks_compose_and_keep_the_invariant(x: Fraction, y: Fraction, b: int, c: int) -> None:
    first = decimate_in_field(log(x), log(y), b)
    second, both = decimate_in_field(*first[:2], c), decimate_in_field(log(x), log(y), b * c)
    assert second[:2] == both[:2] and both[2] == c * first[2] + second[2]
    K, h = both[:2]
    assert (2 * K).exp() * (h.exp() - (-h).exp()) == Exact(sympy.Rational(x**2 * (y - 1 / y)))


@given(couplings, couplings, st.sampled_from([2, 3, 5, 8]))
@example(700.0, 700.0, 2)
@example(-700.0, 1.0, 3)
@example(1e-8, 0.0, 2)
def test_floats(K: float, h: float, b: int) -> None:
    got = decimate_in_field(K, h, b)
    with mpmath.workdps(4000):
        k, g = mpmath.mpf(K), mpmath.mpf(h)
        V = mpmath.matrix([[mpmath.exp(k + g), mpmath.exp(-k)], [mpmath.exp(-k), mpmath.exp(k - g)]]) ** b
        up, off, down = V[0, 0], V[0, 1], V[1, 1]
        expected = (mpmath.log(up * down / off**2) / 4, mpmath.log(up / down) / 2, mpmath.log(up * down * off**2) / 4)
        scale = 4e-16 * b * (1 + abs(K) + abs(h))
        for value, reference in zip(got, expected, strict=True):
            assert abs(value - reference) <= scale
        # Small couplings keep their digits: nothing cancels.
        assert abs(got[0] - expected[0]) <= 1e-12 * b * abs(expected[0]) + 1e-300
        assert abs(got[1] - expected[1]) <= 1e-12 * b * abs(expected[1]) + 1e-300


@given(couplings, st.integers(1, 6))
def test_no_field(K: float, b: int) -> None:
    coarse, h, log_A = decimate_in_field(K, 0.0, b)
    assert h == 0.0
    assert (coarse, log_A) == pytest.approx(decimate(K, b), rel=1e-12, abs=1e-300)


def test_the_printed_formula() -> None:
    K, h = sympy.symbols("K h", real=True)
    coarse, field, log_A = decimate_in_field(K, h)
    plus, minus, zero = sympy.cosh(2 * K + h), sympy.cosh(2 * K - h), sympy.cosh(h)
    assert coarse == sympy.log(plus * minus / zero**2) / 4
    assert field == h + sympy.log(plus / minus) / 2
    assert log_A == sympy.log(2) + sympy.log(plus * minus * zero**2) / 4
    assert field.subs(h, 0) == 0 and decimate_in_field(K, 0)[0] == decimate(K)[0]


def test_bad_input() -> None:
    with pytest.raises(InputError):
        decimate_in_field(0.3, 0.1, 0)
    with pytest.raises(MixedKindsError):
        decimate_in_field(0.3, sympy.log(2))
    with pytest.raises(FloatOverflowError):
        decimate_in_field(1e308, 1e308)
