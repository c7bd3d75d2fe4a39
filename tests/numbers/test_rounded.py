"""Ints and decimals of exact numbers, against fractions and mpmath."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, Pair, positives

from exactrg import Exact

log, sqrt = sympy.log, sympy.sqrt


@given(st.fractions(max_denominator=12) | st.integers(-(10**30), 10**30).map(Fraction))
def test_rationals_round_as_fractions_do(q: Fraction) -> None:
    x = Exact(q)
    assert (int(x), math.floor(x), math.ceil(x), round(x)) == (int(q), math.floor(q), math.ceil(q), round(q))


@given(positives(symbolic=False, depth=3), st.sampled_from([1, -7, 10**40]))
def test_numbers_against_mpmath(a: Pair, factor: int) -> None:
    x = a.exact.log() * factor
    with mpmath.workdps(90):
        number = mpmath.log(a.value({})) * factor
        expected = int(mpmath.floor(number + mpmath.mpf(10) ** -30 * (1 if x == 0 else 0)))
    assert math.floor(x) == expected and math.ceil(x) == -math.floor(-x)
    assert int(x) == (expected if x >= 0 else math.ceil(x)) and abs(2 * x - 2 * round(x)) <= 1


def test_integers_that_are_written_otherwise() -> None:
    for n in (-3, 0, 2):
        x = Exact(sqrt(3 + 2 * sqrt(2))) - sqrt(2) - 1 + n
        assert int(x) == math.floor(x) == math.ceil(x) == round(x) == n
    p, q = 998244353, 1000000007  # primes that nothing splits off
    for n in (-3, 0, 2):
        x = Exact(log(p * q)) - Exact(log(p)) - Exact(log(q)) + n
        assert int(x) == math.floor(x) == math.ceil(x) == round(x) == n
    half = Exact(sqrt(3 + 2 * sqrt(2))) / 2 - sqrt(2) / 2
    assert [round(half + n) for n in range(4)] == [0, 2, 2, 4]


def test_decimals() -> None:
    x = Exact(log(sympy.Rational(7, 2)))
    assert f"{x:.3f}" == "1.253" and f"{x:10.2e}" == "  1.25e+00" and f"{x:,}" == f"{float(x):,}"
    assert round(x, 3) == 1.253 and isinstance(round(x, 3), float) and isinstance(round(x), int)
    assert f"{x}" == str(x) and f"{Exact(J):>4}{Exact(2):<3}|" == "   J2  |" and f"{Exact(J):>4s}" == "   J"


@pytest.mark.parametrize("n", [2, sympy.Integer(2), Exact(2), -3, sympy.Integer(-3)])
def test_integer_powers_stay_exact(n: object) -> None:
    x = Exact(sympy.exp(J)) + 1
    expected = x * x if int(n) == 2 else 1 / (x * x * x)  # type: ignore[call-overload]
    assert isinstance(x**n, Exact) and x**n == expected
