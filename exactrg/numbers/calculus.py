"""Exact derivatives with respect to a symbol: of field elements and of formal sums of logarithms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flint
import sympy

from .element import Element
from .field import ONE, ZERO, Field, Polynomial
from .logs import UNIT, Terms, add_terms


def element_derivative(value: Any, symbol: sympy.Symbol) -> Any:
    """Return d value / d symbol."""
    if not isinstance(value, Element):
        return ZERO
    one = value.field.one
    num = _poly_derivative(value.field, value.num, symbol)
    den = _poly_derivative(value.field, value.den, symbol)
    n, d = Element(value.field, value.num, one), Element(value.field, value.den, one)
    return (num * d - n * den) / (d * d)


def _poly_derivative(field: Field, poly: Any, symbol: sympy.Symbol) -> Any:
    """Chain rule over the generators: e^{J/d} has derivative e^{J/d}/d, and P^{1/d} has P^{1/d} P'/(d P)."""
    total: Any = ZERO
    for k, root in enumerate(field.roots):
        x = Element(field, poly.derivative(k) * field.context.gen(k), field.one)
        if root.base == symbol:
            total = total + x * flint.fmpq(1, root.degree)
        elif isinstance(root.base, Polynomial):
            base = root.base
            inner = _poly_derivative(base.field, base.poly, symbol)
            total = total + x * inner / Element(base.field, base.poly, base.field.one) * flint.fmpq(1, root.degree)
    return total


def derivative(terms: Mapping[Any, Any], symbol: sympy.Symbol) -> Terms:
    """d/d symbol of sum_a c_a log(a), term by term: c' log(a) + c a'/a."""
    result: Terms = {}
    for atom, c in terms.items():
        slope = element_derivative(c, symbol)
        if slope:
            add_terms(result, {atom: slope})
        if atom == symbol:
            add_terms(result, {UNIT: ONE}, c)
        elif isinstance(atom, Polynomial):
            value = Element(atom.field, atom.poly, atom.field.one)
            inner = element_derivative(value, symbol)
            if inner:
                add_terms(result, {UNIT: inner / value}, c)
    return result
