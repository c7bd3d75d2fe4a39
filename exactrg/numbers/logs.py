"""Logarithms of field elements as formal sums over atoms, and back.

A formal sum ``{atom: coefficient}`` stands for sum_a coefficient_a * log(a). Atoms are real symbols (J is the log of
the generator e^J), integers above one, primitive polynomials, and `UNIT`, the log of e, whose coefficient is the
part without a logarithm. Coefficients are rationals or field elements.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import flint
import sympy

from ..errors import CouplingError
from .element import Element
from .field import ONE, Field, Polynomial, common_field
from .nested import rational_value
from .signs import sample_sign

UNIT: Final = "1"
"""The atom log(e) = 1."""

# Small primes are split off, so that what is left of equal factors cancels without any gcd; larger primes are never looked
# for. (flint's own trial division goes further for numbers of one word, and so would take n and 2 n apart differently.)
_SMALL_PRIMES = flint.fmpz(math.prod(sympy.primerange(174)))

Terms = dict[Any, Any]


def add_terms(terms: Terms, other: Mapping[Any, Any], factor: Any = ONE) -> None:
    """Add factor * other to terms in place, dropping what cancels to zero."""
    for atom, coefficient in other.items():
        total = coefficient * factor
        if atom in terms:
            total = terms[atom] + total
        if total:
            terms[atom] = total
        else:
            terms.pop(atom, None)


def log_terms(value: Any) -> Terms:
    """Return log(value) as a formal sum, for a value known to be positive (see `signs.require_positive`)."""
    terms: Terms = {}
    if isinstance(value, Element):
        value = value.reduced()
    if not isinstance(value, Element):
        add_terms(terms, _log_integer(value.p))
        add_terms(terms, _log_integer(value.q), -ONE)
        return terms
    field = value.field
    flip = sample_sign(field, value.num) < 0
    exponents = [0] * len(field.roots)
    for poly, power in ((value.num, 1), (value.den, -1)):
        poly = -poly if flip else poly
        # content * monomial * primitive polynomial
        common = poly.term_content()
        add_terms(terms, _log_integer(common.leading_coefficient()), flint.fmpq(power))
        exponents = [e + power * int(k) for e, k in zip(exponents, common.monomial(0), strict=True)]
        primitive = poly // common
        if not primitive.is_constant():
            add_terms(terms, {Polynomial.minimal(field, primitive): flint.fmpq(power)})
    for root, e in zip(field.roots, exponents, strict=True):
        if e:
            add_terms(terms, _log_base(root.base), flint.fmpq(e, root.degree))
    return terms


@lru_cache(maxsize=2**13)
def _log_integer(n: Any) -> Mapping[Any, Any]:
    """Return log n over small primes and what is left; the entries of a table share their denominators."""
    smooth, rough = ONE.p, flint.fmpz(n)
    while (common := rough.gcd(_SMALL_PRIMES)) != 1:
        smooth, rough = smooth * common, rough // common
    terms = {int(p): flint.fmpq(e) for p, e in smooth.factor()}
    if rough != 1:
        terms[int(rough)] = ONE
    return terms


def _log_base(base: Any) -> Mapping[Any, Any]:
    """Return the log of what a generator is a root of."""
    return _log_integer(base) if isinstance(base, int) else {base: ONE}


def exp_terms(terms: Mapping[Any, Any]) -> Any:
    """E to a formal sum with rational coefficients, as an element.

    Raises
    ------
    CouplingError
        If a coefficient is no rational number, or there is a part without a logarithm.
    """
    exponents = {atom: rational_exponent(atom, coefficient) for atom, coefficient in terms.items()}
    field = common_field((atom, e.denominator) for atom, e in exponents.items())
    value: Any = ONE
    for atom, e in exponents.items():
        value = value * field.power(atom, e)
    return value


def whole_multiple(terms: Mapping[Any, Any], most: int) -> Terms | None:
    """Return a positive multiple with integer coefficients, whose exponential needs no root.

    None if some coefficient is not rational, there is a part without a logarithm, or the exponential would multiply out
    to more than about ``most`` terms.
    """
    if UNIT in terms or any(isinstance(c, Element) for c in terms.values()):
        return None
    scale = math.lcm(*(int(c.q) for c in terms.values()))
    multiple = {atom: c * scale for atom, c in terms.items()}
    size = sum(abs(int(c)) * (len(atom.poly) if isinstance(atom, Polynomial) else 1) for atom, c in multiple.items())
    return multiple if size <= most else None


def rational_exponent(atom: Any, coefficient: Any) -> Fraction:
    """Return the coefficient of an atom in an exponent as a Fraction, or say why e^(...) is outside the ring."""
    if isinstance(coefficient, Element):
        coefficient = rational_value(coefficient)
        if coefficient is None:
            raise CouplingError(
                "the exponent has a coefficient that depends on the couplings; expected a rational number"
            )
    if atom == UNIT:
        raise CouplingError(
            f"e**({_shortened(coefficient)}) is not rational: write sympy.log(sympy.Rational(p, q)) for an exact coupling "
            f"with e**coupling = p/q,{_as_float(coefficient)} or a real Symbol"
        )
    return Fraction(int(coefficient.p), int(coefficient.q))


def _shortened(coefficient: Any) -> str:
    text = str(coefficient)
    return text if len(text) <= 60 else f"{text[:50]}...: {len(text)} characters"


def _as_float(coefficient: Any) -> str:
    try:
        return f" {int(coefficient.p) / int(coefficient.q)!r} for a float64 one,"
    except OverflowError:
        return ""


def symbols_of(terms: Mapping[Any, Any]) -> set[sympy.Symbol]:
    """Return all symbols that occur in atoms or coefficients, after cancellation."""
    found = set()
    for atom, coefficient in terms.items():
        if isinstance(atom, sympy.Symbol):
            found.add(atom)
        elif isinstance(atom, Polynomial):
            found |= _symbols_of_poly(atom.field, atom.poly)
        reduced = coefficient.reduced() if isinstance(coefficient, Element) else coefficient
        if isinstance(reduced, Element):
            found |= _symbols_of_poly(reduced.field, reduced.num) | _symbols_of_poly(reduced.field, reduced.den)
    return found


def _symbols_of_poly(field: Field, poly: Any) -> set[sympy.Symbol]:
    """Return the symbols behind the generators that occur."""
    found = set()
    for root, degree in zip(field.roots, poly.degrees(), strict=True):
        if degree and isinstance(root.base, sympy.Symbol):
            found.add(root.base)
        elif degree and isinstance(root.base, Polynomial):
            found |= _symbols_of_poly(root.base.field, root.base.poly)
    return found
