"""From field elements and formal sums of logarithms to sympy expressions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from .field import Element, Field, Polynomial
from .logs import UNIT


def expression(terms: Mapping[Any, Any]) -> Any:
    """Return sum_a coefficient_a * log(a) as a sympy expression."""
    parts = []
    for atom, coefficient in terms.items():
        factor = element_expression(coefficient)
        if atom == UNIT:
            parts.append(factor)
        elif isinstance(atom, sympy.Symbol):
            parts.append(factor * atom)
        elif isinstance(atom, Polynomial):
            parts.append(factor * sympy.log(_poly(atom.field, atom.poly)))
        else:
            parts.append(factor * sympy.log(sympy.Integer(atom)))
    return sympy.Add(*parts)


def element_expression(value: Any) -> Any:
    """Return a field element as a sympy expression; a monomial denominator goes into the terms."""
    if not isinstance(value, Element):
        return sympy.Rational(int(value.p), int(value.q))
    value = value.reduced()
    if len(value.den) == 1:
        ((shift, divisor),) = value.den.to_dict().items()
        return _poly(value.field, value.num, shift, int(divisor))
    return _poly(value.field, value.num) / _poly(value.field, value.den)


def _poly(field: Field, poly: Any, shift: tuple[int, ...] | None = None, divisor: int = 1) -> Any:
    """Write a polynomial, divided by a monomial, as a sum of exponentials and roots."""
    parts = []
    for exponents, coefficient in poly.to_dict().items():
        exponent, factor = [], sympy.Rational(int(coefficient), divisor)
        for e, s, root in zip(exponents, shift or (0,) * len(exponents), field.roots, strict=True):
            if e != s:
                power = Fraction(int(e) - int(s), root.degree)
                rational = sympy.Rational(power.numerator, power.denominator)
                if isinstance(root.base, sympy.Symbol):
                    exponent.append(rational * root.base)
                elif isinstance(root.base, Polynomial):
                    factor *= _poly(root.base.field, root.base.poly) ** rational
                else:
                    factor *= sympy.Integer(root.base) ** rational
        parts.append(factor * sympy.exp(sympy.Add(*exponent)))
    return sympy.Add(*parts)
