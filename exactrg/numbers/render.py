"""From field elements and formal sums of logarithms to sympy expressions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from .element import Element
from .field import Field, Polynomial
from .logs import UNIT

# Beyond these sizes factoring costs more than a reader gains.
_MAX_TERMS, _MAX_GENERATORS, _MAX_DEGREE = 60, 6, 200


def length(terms: Mapping[Any, Any]) -> int:
    """Roughly how many characters `expression` would be printed in, without making it."""
    total = 0
    for atom, coefficient in terms.items():
        parts = [atom.poly] if isinstance(atom, Polynomial) else []
        parts += [coefficient.num, coefficient.den] if isinstance(coefficient, Element) else []
        numbers = [c for poly in parts for c in poly.coeffs()] + ([atom] if isinstance(atom, int) else [])
        numbers += [] if isinstance(coefficient, Element) else [coefficient.p, coefficient.q]
        total += sum(10 + int(c).bit_length() * 3 // 10 for c in numbers)
    return total


def expression(terms: Mapping[Any, Any]) -> Any:
    """Return sum_a coefficient_a * log(a) as a sympy expression, log(e^{4J} + 1) as 2 J + log(2 cosh(2 J))."""
    logs: dict[Any, Any] = {}
    rest = sympy.Integer(0)
    for atom, coefficient in terms.items():
        factor = element_expression(coefficient)
        if atom == UNIT:
            rest += factor
        elif isinstance(atom, sympy.Symbol):
            rest += factor * atom
        elif isinstance(atom, Polynomial):
            for poly, power in _factors(atom):
                shift, argument = _centred(atom.field, poly)
                rest += power * factor * shift
                for part, exponent in argument:
                    logs[part] = logs.get(part, 0) + power * exponent * factor
        else:
            logs[sympy.Integer(atom)] = logs.get(sympy.Integer(atom), 0) + factor
    return sympy.Add(rest, *(factor * sympy.log(argument) for argument, factor in logs.items()))


def _factors(atom: Polynomial) -> list[tuple[Any, int]]:
    """Irreducible factors with their powers, of a polynomial that is small and whose factors have positive terms."""
    sizes = (len(atom.poly), len(atom.field.roots), max(atom.poly.degrees()))
    limits = (_MAX_TERMS, _MAX_GENERATORS, _MAX_DEGREE)
    if any(size > limit for size, limit in zip(sizes, limits, strict=True)) or atom.field.radicals:
        return [(atom.poly, 1)]
    content, factors = atom.poly.factor()
    # A factor with a negative coefficient may be positive, but does not look so: e.g. x^2 - x + 1.
    if content != 1 or any(int(c) < 0 for poly, _ in factors for c in poly.coeffs()):
        return [(atom.poly, 1)]
    return [(poly, int(power)) for poly, power in factors]


def _centred(field: Field, poly: Any) -> tuple[Any, list[tuple[Any, int]]]:
    """Write a palindromic polynomial as e^shift times a sum of hyperbolic cosines: (shift, its factors).

    Other polynomials come back as they are, with shift zero.
    """
    terms = poly.to_dict()
    exponents = list(terms)
    total = tuple(a + b for a, b in zip(exponents[0], exponents[-1], strict=True))
    mirrored = all(terms.get(tuple(t - e for t, e in zip(total, key, strict=True))) == c for key, c in terms.items())
    if not mirrored or field.radicals or len(terms) > _MAX_TERMS:
        return sympy.Integer(0), [(_poly(field, poly), 1)]
    parts = []
    for key in exponents[: (len(exponents) + 1) // 2]:
        twice = tuple(2 * e - t for e, t in zip(key, total, strict=True))
        angle = _linear(field, twice)
        parts.append(sympy.Integer(int(terms[key])) * (2 * sympy.cosh(angle) if angle else 1))
    if len(parts) == 1:
        coefficient, cosine = parts[0].as_coeff_Mul()
        return _linear(field, total), [(coefficient, 1), (cosine, 1)]
    return _linear(field, total), [(sympy.Add(*parts), 1)]


def _linear(field: Field, twice: tuple[int, ...]) -> Any:
    """Half the combination of symbols that an exponent vector stands for."""
    return sympy.Add(
        *(sympy.Rational(int(e), 2 * root.degree) * root.base for e, root in zip(twice, field.roots, strict=True))
    )


def element_expression(value: Any) -> Any:
    """Return a field element as a sympy expression; a monomial denominator goes into the terms."""
    if isinstance(value, Element):
        value = value.reduced()
    if not isinstance(value, Element):
        return sympy.Rational(int(value.p), int(value.q))
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
