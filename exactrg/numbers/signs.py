"""Signs and ball values of field elements.

Numbers are evaluated in ball arithmetic, at rising precision until the ball leaves zero; that ends because zero is
decided first, in the field. With symbols, a polynomial is positive if all its coefficients are, or become so after
multiplication with a power of the sum of its monomials (Polya's theorem); signs that differ between two points refute
it. With one symbol and integer coefficients the roots decide. A symbol that sympy knows to be positive has e^J = 1 + t
with t > 0, and a negative one e^-J: the polynomial is written in t first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import flint
import sympy

from ..errors import NotPositiveError
from .element import Element
from .field import Field, Polynomial, Root

_POLYA_POWERS, _MAX_TERMS = 12, 3000
_POINTS = ((2, 3, 5, 7), (1, 1, 1, 1), (7, 1, 3, 1), (1, 9, 1, 2), (1, 50, 2, 30))


ANY_SIGN = frozenset((-1, 0, 1))


def sign(value: Any) -> int | None:
    """Return 1, 0 or -1 if the element has that sign for all values of its symbols, else None."""
    if not isinstance(value, Element):
        return (value > 0) - (value < 0)
    if not value:
        return 0
    num, den = _signs_of_poly(value.field, value.num), _signs_of_poly(value.field, value.den)
    return min(num) * min(den) if len(num) == len(den) == 1 else None


def possible_signs(value: Any) -> frozenset[int]:
    """Return signs that hold all those that the element has: {0, 1} if it is nonnegative and may vanish somewhere.

    Other than `sign`, this takes squares out: cosh J - 1 is one, (e^{J/2} - e^{-J/2})^2 / 2.
    """
    known = sign(value)
    if known is not None:
        return frozenset((known,))
    value = value.reduced()
    if not isinstance(value, Element):
        return frozenset((sign(value) or 0,))
    num, den = _signs_of_factors(value.field, value.num), _signs_of_factors(value.field, value.den)
    return frozenset(a * b for a in num for b in den if b)


def _signs_of_factors(field: Field, poly: Any) -> frozenset[int]:
    """Possible signs of a nonzero polynomial by its square-free factors: an even power is no negative number."""
    signs = _signs_of_poly(field, poly)
    if len(signs) < 3 or len(poly) > _MAX_TERMS:
        return signs
    content, factors = poly.factor_squarefree()
    signs = frozenset((1 if int(content) > 0 else -1,))
    for factor, power in factors:
        known = _signs_of_poly(field, factor)
        signs = frozenset(a * b ** int(power) for a in signs for b in known)
    return signs


def require_positive(value: Any, what: str | Callable[[], str], *, zero: bool = False) -> None:
    """Raise NotPositiveError unless the element is positive (or zero, where allowed) for all real symbols.

    ``what`` names the value in the message: a text, or a function that returns it where rendering the value is work.
    """
    known = sign(value)
    if known == 1 or (known == 0 and zero):
        return
    what = what() if callable(what) else what
    expected = "nonnegative" if zero else "positive"
    if known is not None:
        raise NotPositiveError(f"{what} is {'negative' if known else 'zero'}: expected a {expected} number")
    raise NotPositiveError(
        f"{what}: expected a number that is {expected} for all real values of its symbols; write it as a ratio of "
        "sums with positive coefficients of exponentials"
    )


def sample_sign(field: Field, poly: Any) -> int:
    """Sign of a nonzero polynomial at some point: its sign everywhere, if it has one."""
    if int(poly.leading_coefficient()) > 0 and all(int(c) > 0 for c in poly.coeffs()):
        return 1
    return next((s for point in sample_points(field) if (s := _numeric_sign(field, poly, point))), 1)


def sample_points(field: Field) -> list[dict[Any, Any]]:
    """Some assignments of positive rationals e^symbol to the symbols of a field."""
    symbols = [root.base for root in field.roots if isinstance(root.base, sympy.Symbol)]
    return [
        {s: exponential(s, flint.fmpq(point[k % len(point)], k // len(point) + 1)) for k, s in enumerate(symbols)}
        for point in _POINTS
    ]


def exponential(symbol: sympy.Symbol, number: Any) -> Any:
    """Return a value that e^symbol can have: a positive number, moved above one for a positive symbol, below for a negative."""
    side = _side(symbol)
    return number if not side else number + 1 if side > 0 else 1 / (number + 1)


def _side(symbol: Any) -> int:
    """1 or -1 if the symbol is declared to have no other sign, 0 otherwise."""
    return 1 if symbol.is_nonnegative else -1 if symbol.is_nonpositive else 0


def _signs_of_poly(field: Field, poly: Any) -> frozenset[int]:
    """Possible signs of a nonzero polynomial in the generators, all of which are positive; all three if undecided."""
    if len(signs := {int(c) > 0 for c in poly.coeffs()}) == 1:
        return frozenset((1 if signs.pop() else -1,))
    if len(known := _coefficient_signs(field, poly)) == 1:
        return frozenset(known)
    sampled = {_numeric_sign(field, poly, point) for point in sample_points(field)}
    if len(sampled) > 1:
        return ANY_SIGN
    before, (poly, edges) = poly, _beyond_one(field, poly)
    shifted = poly is not before
    if shifted and len(known := _coefficient_signs(field, poly)) == 1:
        return _with_edges(known, poly, edges)
    occurring = [k for k, degree in enumerate(poly.degrees()) if degree]
    if len(occurring) == 1 and isinstance(field.roots[occurring[0]].base, sympy.Symbol):
        return ANY_SIGN if _has_positive_root(poly) else _with_edges(sampled, poly, edges)
    # All samples agree: Polya's theorem turns strict positivity into positive coefficients.
    varies = [_varies(root) for root in field.roots]
    support = {tuple(e * v for e, v in zip(exponents, varies, strict=True)): 1 for exponents in poly.monoms()}
    factor = field.context.from_dict(support)
    for _ in range(_POLYA_POWERS):
        if len(poly) > _MAX_TERMS:
            break
        # Radicals of what is written in t would be reduced by what they were before: they stay as they are then.
        poly = poly * factor if shifted else field.reduce(poly * factor)
        if len(known := _coefficient_signs(field, poly)) == 1:
            return _with_edges(known, poly, edges)
    return ANY_SIGN


def _beyond_one(field: Field, poly: Any) -> tuple[Any, list[int]]:
    """Write 1 + t for e^{J/d} where J >= 0 (for e^{-J/d} where J <= 0), up to positive factors; and where t = 0 is allowed."""
    places, edges = [], []
    for k, (root, degree) in enumerate(zip(field.roots, poly.degrees(), strict=True)):
        symbol = root.base
        if not degree or not isinstance(symbol, sympy.Symbol) or not _side(symbol):
            continue
        if _side(symbol) < 0:
            mirrored = {(*e[:k], degree - e[k], *e[k + 1 :]): c for e, c in poly.to_dict().items()}
            poly = field.context.from_dict(mirrored)
        places.append(k)
        if not symbol.is_nonzero:
            edges.append(k)
    if places:
        poly = poly.compose(*(x + int(k in places) for k, x in enumerate(field.context.gens())), ctx=field.context)
    return poly, edges


def _with_edges(signs: set[int], poly: Any, edges: list[int]) -> frozenset[int]:
    """Signs of a polynomial whose terms have one, with zero if all of them vanish where the generators `edges` do."""
    vanish = all(any(exponents[k] for k in edges) for exponents in poly.monoms())
    return frozenset(signs | {0}) if vanish else frozenset(signs)


def _varies(root: Root) -> bool:
    """Whether a generator depends on symbols."""
    base = root.base
    return isinstance(base, sympy.Symbol) or (isinstance(base, Polynomial) and any(map(_varies, base.field.roots)))


def _coefficient_signs(field: Field, poly: Any) -> set[int]:
    """Signs of the coefficients, numbers with radicals, of the monomials in the generators that vary."""
    varies = [_varies(root) for root in field.roots]
    coefficients: dict[tuple[int, ...], dict[tuple[int, ...], int]] = {}
    for exponents, c in poly.to_dict().items():
        monomial = tuple(e for e, v in zip(exponents, varies, strict=True) if v)
        constant = tuple(0 if v else e for e, v in zip(exponents, varies, strict=True))
        coefficients.setdefault(monomial, {})[constant] = c
    parts = map(field.context.from_dict, coefficients.values())
    return {_numeric_sign(field, part, {}) for part in parts if not field.vanishes(part)}


def _has_positive_root(poly: Any) -> bool:
    """Whether a polynomial in one generator vanishes at some positive number; its complex roots are isolated."""
    coefficients: dict[int, int] = {sum(exponents): c for exponents, c in poly.to_dict().items()}
    dense = flint.fmpz_poly([coefficients.get(k, 0) for k in range(max(coefficients) + 1)])
    return any(root.imag == 0 and root.real > 0 for root, _ in dense.complex_roots())


def _numeric_sign(field: Field, poly: Any, exponentials: Mapping[Any, Any]) -> int:
    """Sign at one point, in balls; zero if it vanishes at that point as far as 4096 bits show."""
    precision = 64
    while precision <= 2**16:
        with flint.ctx.workprec(precision):
            value = poly_ball(field, poly, exponentials)
            if value > 0:
                return 1
            if value < 0:
                return -1
        if exponentials and precision >= 4096:
            return 0
        precision *= 2
    raise ArithmeticError("a nonzero algebraic number could not be separated from zero at 65536 bits")


def generator_ball(root: Root, exponentials: Mapping[Any, Any]) -> Any:
    """Return a generator's value where e^symbol = exponentials[symbol] (anything that `flint.arb` takes)."""
    if isinstance(root.base, sympy.Symbol):
        base = flint.arb(exponentials[root.base])
    elif isinstance(root.base, Polynomial):
        base = poly_ball(root.base.field, root.base.poly, exponentials)
    else:
        base = flint.arb(root.base)
    return base.root(root.degree)


def poly_ball(field: Field, poly: Any, exponentials: Mapping[Any, Any]) -> Any:
    """Return a ball that contains the polynomial's value."""
    generators = [
        generator_ball(root, exponentials) if degree > 0 else None
        for root, degree in zip(field.roots, poly.degrees(), strict=True)
    ]
    total = flint.arb(0)
    for exponents, coefficient in poly.to_dict().items():
        term = flint.arb(coefficient)
        for e, x in zip(exponents, generators, strict=True):
            if e:
                term *= x**e
        total += term
    return total


def ball(value: Any, exponentials: Mapping[Any, Any]) -> Any:
    """Return a ball that contains the element's value."""
    if isinstance(value, Element):
        return poly_ball(value.field, value.num, exponentials) / poly_ball(value.field, value.den, exponentials)
    return flint.arb(value)
