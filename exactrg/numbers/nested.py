"""Zero or not, where radicals are nested: sqrt(3 + 2 sqrt(2)) is 1 + sqrt(2), although both are in unique form.

A nested radical z = b^{1/d} is a root of t^d - b, which may be reducible over the field below. If a polynomial a(t)
vanishes at z, so does its gcd g with t^d - b, and t^d - b = g h has no double root: exactly one of g and h vanishes at z,
and a ball that excludes zero says which one does not. It is the same one at all values of the symbols, by continuity.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import flint

from ..errors import UndecidedError
from .element import Element
from .field import ONE, ZERO, Field, Polynomial
from .signs import ball, generator_ball, poly_ball, sample_points

Coefficients = list[Any]
"""A polynomial in t over the field below z, lowest power first; its leading coefficient is not zero."""


def vanishes(field: Field, poly: Any) -> bool:
    """Decide whether a polynomial in the unique form, not zero itself, is the zero function."""
    point = sample_points(field)[0]
    with flint.ctx.workprec(256):
        if not poly_ball(field, poly, point).contains(0):
            return False
    nested = [
        (root.base.depth, k)
        for k, (root, degree) in enumerate(zip(field.roots, poly.degrees(), strict=True))
        if degree and isinstance(root.base, Polynomial) and root.base in field.nested
    ]
    if not nested:
        return False
    _, k = max(nested)
    a = _trimmed(_coefficients(field, poly, k))
    m = [-Element(field, field.radicals[k], field.one), *[ZERO] * (field.roots[k].degree - 1), ONE]
    g = _gcd(m, a)
    if len(g) == 1:
        return False
    h, _ = _divmod(m, g)
    return _vanishing_factor(field, k, g, h) is g


def rational_value(value: Any) -> Any:
    """Return an element as a `flint.fmpq`, or None if it is not a rational number (of less than 100 bits, if nested)."""
    value = value.reduced()
    if not isinstance(value, Element):
        return value
    if not value.field.nested:
        return None
    with flint.ctx.workprec(512):
        middle = ball(value, sample_points(value.field)[0]).mid().man_exp()
    guess = Fraction(int(middle[0]) * Fraction(2) ** int(middle[1])).limit_denominator(2**100)
    guess = flint.fmpq(guess.numerator, guess.denominator)
    return guess if value == guess else None


def _coefficients(field: Field, poly: Any, k: int) -> Coefficients:
    """Write a polynomial as one in its k-th generator."""
    parts: list[dict[tuple[int, ...], int]] = [{} for _ in range(poly.degrees()[k] + 1)]
    for exponents, coefficient in poly.to_dict().items():
        parts[exponents[k]][(*exponents[:k], 0, *exponents[k + 1 :])] = coefficient
    return [Element(field, field.context.from_dict(part), field.one) for part in parts]


def _trimmed(a: Coefficients) -> Coefficients:
    """Drop leading coefficients that are zero, decided in the field below."""
    while a and not a[-1]:
        a = a[:-1]
    return a


def _divmod(a: Coefficients, b: Coefficients) -> tuple[Coefficients, Coefficients]:
    """Quotient and remainder of polynomials in t."""
    rest = list(a)
    quotient = [ZERO] * max(0, len(a) - len(b) + 1)
    for shift in reversed(range(len(quotient))):
        factor = _reduced(rest[shift + len(b) - 1] / b[-1])
        quotient[shift] = factor
        for i, c in enumerate(b):
            rest[shift + i] = _reduced(rest[shift + i] - factor * c)
    return quotient, _trimmed(rest[: len(b) - 1])


def _gcd(a: Coefficients, b: Coefficients) -> Coefficients:
    """Euclid's algorithm."""
    while b:
        a, b = b, _divmod(a, b)[1]
    return a


def _reduced(value: Any) -> Any:
    return value.reduced() if isinstance(value, Element) else value


def _vanishing_factor(field: Field, k: int, g: Coefficients, h: Coefficients) -> Coefficients:
    """Return the one of two polynomials, whose product vanishes at the k-th generator, that vanishes there."""
    for point in sample_points(field):
        precision = 128
        while precision <= 2**12:
            with flint.ctx.workprec(precision):
                z = generator_ball(field.roots[k], point)
                if _is_nonzero(g, z, point):
                    return h
                if _is_nonzero(h, z, point):
                    return g
            precision *= 2
    raise UndecidedError("could not decide a relation between nested radicals; write the couplings with fewer of them")


def _is_nonzero(a: Coefficients, z: Any, point: Mapping[Any, Any]) -> bool:
    """Whether a ball shows that a polynomial does not vanish at z."""
    value = sum((ball(c, point) * z**i for i, c in enumerate(a)), flint.arb(0))
    return not value.contains(0)
