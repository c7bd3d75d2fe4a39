"""Field elements as fractions: the operations against evaluation at a point, in and across fields."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import Exact
from exactrg.numbers.element import Element

J, K = sympy.symbols("J K", real=True)
POINT = {J: Fraction(3, 2), K: Fraction(5, 7)}

Valued = tuple[Any, Fraction]
"""An element, and its value where e^J = 3/2 and e^K = 5/7."""


def rational(x: Any) -> Fraction:
    x = flint.fmpq(x)
    return Fraction(int(x.p), int(x.q))


def value(element: Any) -> Fraction:
    """Evaluate numerator and denominator."""
    if not isinstance(element, Element):
        return rational(element)
    at = [POINT[root.base] for root in element.field.roots]

    def polynomial(poly: Any) -> Fraction:
        total = Fraction(0)
        for exponents, c in poly.to_dict().items():
            term = Fraction(int(c))
            for x, e in zip(at, exponents, strict=True):
                term *= x ** int(e)
            total += term
        return total

    return polynomial(element.num) / polynomial(element.den)


@st.composite
def elements(draw: Any) -> Valued:
    """Sums of monomials of one or both symbols, over such sums."""
    symbols = draw(st.sampled_from([[J], [K], [J, K]]))

    def total() -> tuple[Exact, Fraction]:
        exact, number = Exact(0), Fraction(0)
        for _ in range(draw(st.integers(1, 3))):
            c = draw(st.integers(1, 5))
            powers = [draw(st.integers(-1, 2)) for _ in symbols]
            exact = exact + c * Exact(sympy.exp(sum(p * s for p, s in zip(powers, symbols, strict=True))))
            for p, s in zip(powers, symbols, strict=True):
                c *= POINT[s] ** p
            number += c
        return exact, number

    (a, x), (b, y) = total(), total()
    return (a / b).element(), x / y


OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: -a,
    lambda a, b: a * a - a * b * 2 + b,
    lambda a, b: (a + b) / (a * b),
]


@settings(max_examples=25)
@given(elements(), elements())
def test_operations(x: Valued, y: Valued) -> None:
    (a, u), (b, v) = x, y
    assert value(a) == u
    for operation in OPERATIONS:
        assert value(operation(a, b)) == operation(u, v)
        if isinstance(a, Element):
            assert value(operation(a, flint.fmpq(3, 4))) == operation(u, Fraction(3, 4))
            assert value(operation(flint.fmpq(3, 4), a)) == operation(Fraction(3, 4), u)
            assert value(operation(2, a)) == operation(Fraction(2), u)
    for k in range(-3, 4):
        assert value(a**k) == u**k


@settings(max_examples=25)
@given(elements(), elements())
def test_equality_and_reduction(x: Valued, y: Valued) -> None:
    (a, u), (b, v) = x, y
    assert a == a and a * b == b * a and (a + b) - b == a and a * b / b == a and (a == b) == (b == a)
    if u != v:
        assert a != b and a - b
    assert not a - a and a + 1 != a and 2 * a != a
    product = a * b
    if isinstance(product, Element):
        reduced = product.reduced()
        assert value(reduced) == u * v and reduced == product
        if isinstance(reduced, Element):
            assert reduced.num.gcd(reduced.den).is_one()
        assert pickle.loads(pickle.dumps(product)) == product


def test_rational_elements_become_rationals() -> None:
    x = Exact(sympy.exp(J)).element()
    assert (x / x).reduced() == flint.fmpq(1) and not isinstance((x / x).reduced(), Element)
    assert ((2 * x + 2) / (-3 * x - 3)).reduced() == flint.fmpq(-2, 3)
    assert (x - x).reduced() == flint.fmpq(0) and (x - x) ** 0 == 1 and x**0 == 1 and (x - x) ** 2 == 0
    assert x / x == 1 and x != 1 and 1 - x == -(x - 1) and x + 1 == 1 + x


def test_what_is_no_number() -> None:
    x = Exact(sympy.exp(J)).element()
    assert x != object() and x != None and x != [1]  # noqa: E711
    for operation in (lambda: x + None, lambda: x * None, lambda: object() * x, lambda: None + x):
        with pytest.raises(TypeError):
            operation()
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)
    with pytest.raises(ZeroDivisionError, match="exact zero"):
        (x - x).inverse()
