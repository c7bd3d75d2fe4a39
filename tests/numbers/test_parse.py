"""From sympy expressions to exact numbers: what is inside, what is not, and what the errors say."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import pytest
import sympy
from oracle_numbers import J, K

from exactrg import Exact
from exactrg.errors import CouplingError, MixedKindsError, NotPositiveError

Rational, log, exp, sqrt = sympy.Rational, sympy.log, sympy.exp, sympy.sqrt
POINT = {J: Rational(3, 10), K: Rational(-7, 10)}

INSIDE = [
    sympy.cosh(J),
    sympy.sinh(2 * J) - sympy.cosh(J - K),
    sympy.tanh(J + K),
    sympy.coth(J),
    sympy.sech(J) * sympy.csch(K),
    sympy.atanh(sympy.tanh(J) ** 2),
    sympy.asinh(sympy.sinh(J)),
    sympy.acosh(Rational(17, 8)),
    sympy.acoth(3),
    log(sympy.cosh(2 * J)) / 2,
    log(sympy.cosh(2 * J + K) * sympy.cosh(2 * J - K) / sympy.cosh(K) ** 2) / 4,
    exp(log(sympy.cosh(J)) / 3),
    sqrt(exp(J) + 1) * Rational(3, 7) ** Rational(2, 3),
    log(1 + sqrt(exp(J) + 1)),
    log(1 + sqrt(2)) / 2,
    exp(J / 2 + log(3) / 3),
    exp(J) ** Rational(5, 2),
    (exp(J) + exp(K)) ** -3,
    J / 3 - 2 * K + log(Rational(4, 9)),
    exp(J) * log(1 + exp(K)),
    sympy.sqrt(sympy.cosh(J)) * J,
    2 ** (Rational(1, 3)) * J,
]


@pytest.mark.parametrize("expression", INSIDE, ids=str)
def test_inside(expression: Any) -> None:
    value = Exact(expression)
    difference = sympy.N((value.to_sympy() - expression).subs(POINT), 40)
    assert abs(difference) < 1e-35
    assert Exact(value) == value == expression


OUTSIDE = [
    *(sympy.pi, sympy.E, sympy.zeta(3), sympy.oo, log(log(3))),
    *(J * K, J**2, J**J, 2**J, sqrt(J), log(J), exp(J * K), exp(J**2), exp(exp(J)), exp(sqrt(2) * J)),
    *(sympy.Max(J, K), sympy.Abs(J), sympy.gamma(J + 5), sympy.Piecewise((J, J > 0), (K, True))),
]


@pytest.mark.parametrize("expression", OUTSIDE, ids=str)
def test_outside(expression: Any) -> None:
    with pytest.raises(CouplingError):
        Exact(expression)


@pytest.mark.parametrize(
    "expression", [sympy.I, sympy.I * J, exp(sympy.I * J), sympy.sqrt(-2), log(-1), sympy.zoo], ids=str
)
def test_not_real(expression: Any) -> None:
    with pytest.raises(
        CouplingError, match=r"is not real: expected a rational combination of real symbols, Symbol\('J', real=True\)"
    ):
        Exact(expression)


@pytest.mark.parametrize(
    "symbol", [sympy.Symbol("J"), sympy.Symbol("J", imaginary=True), sympy.Symbol("J", complex=True)]
)
def test_symbols_that_are_not_real(symbol: Any) -> None:
    for expression in (symbol, 2 * symbol + log(2), exp(symbol), sympy.cosh(symbol)):
        with pytest.raises(CouplingError, match=r"the symbol J is not declared real: write Symbol\('J', real=True\)"):
            Exact(expression)


def test_flint_rationals() -> None:
    assert Exact(flint.fmpq(3, 2)) == sympy.Rational(3, 2)


def test_floats() -> None:
    for value in (0.25, sympy.Float("0.25"), 0.25 * J, exp(0.25 * J), log(2) + 0.25):
        with pytest.raises(
            MixedKindsError, match=r"the float 0\.25.* write sympy\.Rational\(1, 4\) for it, or use floats only"
        ):
            Exact(value)
    with pytest.raises(MixedKindsError, match="write a finite number"):
        Exact(float("nan"))


@pytest.mark.parametrize("value", [Rational(1, 2), Fraction(1, 2), 1, Rational(-3, 7) + J])
def test_rational_without_a_logarithm(value: Any) -> None:
    with pytest.raises(
        CouplingError, match=r"is not rational: write sympy\.log\(sympy\.Rational\(p, q\)\).*float64.*Symbol"
    ):
        Exact(value).exp()


def test_not_positive() -> None:
    for expression in (log(exp(J) - 1), sqrt(exp(J) - 2), sympy.acosh(sympy.cosh(J))):
        with pytest.raises(NotPositiveError, match="positive"):
            Exact(expression)


def test_no_numbers() -> None:
    for value in (None, b"J", [1], 1 + 2j):
        with pytest.raises(CouplingError, match=f"is a {type(value).__name__}: expected"):
            Exact(value)
