"""Square roots that may have either sign."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K, Pair, positives

from exactrg import Exact
from exactrg.errors import NotPositiveError
from exactrg.numbers.roots import square_root


@given(positives(depth=4))
def test_positive_numbers(a: Pair) -> None:
    assert square_root(a.exact) ** 2 == a.exact


@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4))
def test_squares(coefficients: list[int]) -> None:
    a, b, c, d = coefficients
    x, y = Exact(sympy.exp(J)), Exact(sympy.exp(K / 2))
    z = (a * x + b * y / x + c) / (1 + y) + d * x * y
    if z != 0:
        assert square_root(z * z) in (z, -z)
        assert square_root(z * z * (2 + y)) ** 2 == z * z * (2 + y)


def test_hyperbolic_functions() -> None:
    x, y = Exact(sympy.sinh(J)), Exact(sympy.sinh(K))
    assert square_root(Exact(sympy.cosh(J)) ** 2 - 1) in (x, -x)
    assert square_root((x * y) ** 2 * Fraction(4, 9)) in (x * y * Fraction(2, 3), -x * y * Fraction(2, 3))


@pytest.mark.parametrize("value", [-1, 0, sympy.sinh(J), -(sympy.sinh(J) ** 2), sympy.sinh(J) ** 2 * sympy.sinh(K)])
def test_what_has_no_root(value: object) -> None:
    with pytest.raises(NotPositiveError):
        square_root(Exact(value))
