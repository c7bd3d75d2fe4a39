"""Exact derivatives against numerical ones of 40 digits, and against identities."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import mpmath
import pytest
import sympy
from hypothesis import given
from oracle_numbers import J, K, Pair, positives

from exactrg import Exact

x, y = Exact(sympy.exp(J)), Exact(sympy.exp(K))


def slope(pair: Pair, symbol: Any, at: dict[Any, Any]) -> Any:
    """The numerical derivative of the pair's function."""
    return mpmath.diff(lambda t: pair.value({**at, symbol: t}), at[symbol])


@given(positives(depth=4), positives(depth=3), positives(depth=2))
def test_against_numbers(a: Pair, b: Pair, c: Pair) -> None:
    """Quotients, roots and logarithms, also with coefficients that depend on the symbol."""
    point = {J: Fraction(3, 2), K: Fraction(5, 7)}
    with mpmath.workdps(60):
        at = {s: mpmath.log(mpmath.mpf(e.numerator) / e.denominator) for s, e in point.items()}
        for pair in (a, a / b, (a + b).root(3), a.log(), b * a.log() - c * b.log() + a / c):
            for symbol in (J, K):
                exact = pair.exact.diff(symbol)
                ball = exact.ball(200, {s: flint.fmpq(e.numerator, e.denominator) for s, e in point.items()})
                got, expected = mpmath.mpf(ball.mid().str(60, radius=False)), slope(pair, symbol, at)
                assert abs(got - expected) < mpmath.mpf(10) ** -25 * (1 + abs(expected))


def test_rules() -> None:
    assert Exact(7).diff(J) == 0 and Exact(sympy.log(7)).diff(J) == 0
    assert Exact(J).diff(J) == 1 and Exact(J).diff(K) == 0
    assert (x / (x + y)).diff(J) == x * y / (x + y) ** 2
    assert (x / (x + y)).diff(K) == -x * y / (x + y) ** 2
    assert (x * J).diff(J) == x * J + x
    assert ((x + 1) * (x + y).log()).diff(J) == x * (x + y).log() + (x + 1) * x / (x + y)


@pytest.mark.parametrize("degree", [2, 3, 5])
def test_roots(degree: int) -> None:
    root = ((x**2 + y).log() / degree).exp()
    assert root.diff(J) == root * 2 * x**2 / (x**2 + y) / degree
    assert root.diff(K) == root * y / (x**2 + y) / degree
    assert (Exact(J) / degree).exp().diff(J) == (Exact(J) / degree).exp() / degree
    assert ((Exact(J) / degree).exp() + 1 / y).diff(K) == -1 / y


def test_root_of_a_root() -> None:
    inner = ((x + 1).log() / 2).exp()
    outer = ((inner + y).log() / 3).exp()
    assert outer.diff(J) == outer * (x / (2 * inner)) / (inner + y) / 3
    assert outer.diff(K) == outer * y / (inner + y) / 3
