"""From exact numbers to sympy: equal in value, and readable where it is short."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given
from oracle_numbers import J, K, Pair, positives

from exactrg import Exact
from exactrg.numbers.render import element_expression


@given(positives(depth=5), positives(depth=3))
def test_values(a: Pair, b: Pair) -> None:
    point = {J: sympy.Rational(3, 10), K: sympy.Rational(-7, 10)}
    at = {s: sympy.N(v, 60)._to_mpmath(200) for s, v in point.items()}
    for pair in (a, a.log(), b * a.log() + a, a / b - b):
        shown = sympy.N(pair.exact.to_sympy().subs(point), 30)
        assert abs(shown - sympy.Float(str(pair.value(at)), 30)) <= 1e-12 * (1 + abs(shown))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Exact(sympy.log(12)), "log(3) + 2*log(2)"),
        (Exact(sympy.log(sympy.cosh(2 * J)) / 2), "log(cosh(2*J))/2"),
        (Exact(sympy.log(2 * sympy.cosh(J - K))), "log(2) + log(cosh(J - K))"),
        (Exact(sympy.log((sympy.exp(2 * J) + 1) ** 2)), "2*J + 2*log(2) + 2*log(cosh(J))"),
        (Exact(sympy.exp(J) + sympy.exp(-J)), "exp(J) + exp(-J)"),
        (Exact(sympy.sqrt(8)), "2*sqrt(2)"),
        (Exact(sympy.log(1 + sympy.sqrt(2)) / 2), "log(1 + sqrt(2))/2"),
        (Exact(0), "0"),
    ],
    ids=str,
)
def test_readable(value: Exact, shown: str) -> None:
    assert value.to_sympy() == sympy.sympify(shown, locals={"J": J, "K": K})


def test_cancellation() -> None:
    x = Exact(sympy.exp(J))
    assert element_expression(((x + 1) ** 2 / (x + 1)).element()) == sympy.exp(J) + 1
    assert element_expression((x / x).element()) == 1
    assert (1 / (x + 1)).to_sympy() == 1 / (sympy.exp(J) + 1)
