"""The exact field: fractions of polynomials in e^{symbol/d} and real roots of coprime bases, on python-flint.

A Boltzmann weight with exact couplings is a product of e^{J/d} for real symbols J, of positive rationals and of their
roots. A `Field` is generated over the rationals by finitely many such roots: transcendental ones (``e^{J/d}``) and
radicals ``base^{1/d}`` whose bases are pairwise coprime and no perfect powers. Such radicals are independent (Siegel
1972 for integers, Kummer for polynomials), so every polynomial has a unique form with each radical's exponent below
its degree, and ``==`` is a decision: no tolerance, no simplification.

Where nothing has to be adjoined, elements are plain `flint.fmpq`; `Element` mixes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Any, TypeAlias

import flint
import sympy

from .coprime import coprime_base, integer_base, valuations

Base: TypeAlias = "sympy.Symbol | int | Polynomial"
"""What a root is taken of: e^symbol, an integer above one, or a primitive polynomial."""

ZERO, ONE = flint.fmpq(0), flint.fmpq(1)


class Polynomial:
    """A primitive non-constant polynomial in the generators of a field, usable as a dictionary key.

    `Polynomial.minimal` writes it in the smallest field, so that equal polynomials are equal keys.
    """

    __slots__ = ("_hash", "field", "poly")

    def __init__(self, field: Field, poly: Any) -> None:
        self.field = field
        self.poly = poly
        size = len(poly)
        self._hash = hash((size, *(poly.monomial(k) for k in (0, size // 3, size // 2, size - 1))))

    @classmethod
    def minimal(cls, field: Field, poly: Any) -> Polynomial:
        """Write the polynomial with the generators that occur, each symbol's root of the lowest degree that serves."""
        strides, _ = poly.deflation_index()
        kept, steps = [], []
        for k, (root, degree, stride) in enumerate(zip(field.roots, poly.degrees(), strides, strict=True)):
            if degree:
                kept.append(k)
                steps.append(gcd(root.degree, stride) if isinstance(root.base, sympy.Symbol) else 1)
        roots = tuple(
            Root(field.roots[k].base, field.roots[k].degree // step) for k, step in zip(kept, steps, strict=True)
        )
        if roots == field.roots:
            return cls(field, poly)
        smaller = Field.of(roots)
        poly = poly.project_to_context(smaller.context, {k: place for place, k in enumerate(kept)})
        return cls(smaller, poly if set(steps) <= {1} else poly.deflate(steps))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Polynomial):
            return NotImplemented
        return self._hash == other._hash and self.field.roots == other.field.roots and bool(self.poly == other.poly)

    def within(self, field: Field) -> Any:
        """Return the polynomial written in the generators of a larger field."""
        return field.convert_poly(self.poly, self.field)

    def __repr__(self) -> str:
        return f"Polynomial({self.poly})"


@dataclass(frozen=True)
class Root:
    """The generator base**(1/degree), or e**(base/degree) for a symbol."""

    base: Base
    degree: int


def _root_order(root: Root) -> tuple[int, str, int]:
    """Order of generators: symbols by name, then integers, then polynomials."""
    base = root.base
    if isinstance(base, sympy.Symbol):
        return (0, f"{base.name} {sorted(base.assumptions0.items())}", 0)
    return (1, "", base) if isinstance(base, int) else (2, str(base.poly), 0)


class Field:
    """The fraction field of Q[roots]; make one with `Field.of` or `common_field`.

    Attributes
    ----------
    roots : tuple of Root
    context : flint.fmpz_mpoly_ctx
        One generator for each root, in the same order.
    """

    def __init__(self, roots: tuple[Root, ...]) -> None:
        self.roots = roots
        self.index = {root.base: k for k, root in enumerate(roots)}
        self.context = flint.fmpz_mpoly_ctx.get(tuple(f"x{k}" for k in range(len(roots))), "lex")
        self.one = self.context.constant(1)
        self.integer_radicals = [r.base for r in roots if isinstance(r.base, int)]
        self.polynomial_radicals = [r.base for r in roots if isinstance(r.base, Polynomial)]
        self.radicals: list[tuple[int, int, Any]] = []
        for k, root in enumerate(roots):
            if isinstance(root.base, int):
                self.radicals.append((k, root.degree, self.context.constant(root.base)))
            elif isinstance(root.base, Polynomial):
                self.radicals.append((k, root.degree, root.base.within(self)))

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(roots: tuple[Root, ...]) -> Field:
        """Return the field of these roots, one object for one set of roots."""
        return Field(roots)

    def __or__(self, other: Field) -> Field:
        return self if self is other else _compositum(self, other)

    def reduce(self, poly: Any) -> Any:
        """Bring every radical's exponent below its degree: the unique form that makes ``==`` decide."""
        for k, degree, base in self.radicals:  # nothing to do for integers: they come with no radicals
            if poly.degrees()[k] < degree:
                continue
            parts: dict[int, dict[tuple[int, ...], int]] = {}
            for exponents, coefficient in poly.to_dict().items():
                quotient, rest = divmod(exponents[k], degree)
                parts.setdefault(quotient, {})[(*exponents[:k], rest, *exponents[k + 1 :])] = coefficient
            poly = self.context.constant(0)
            for quotient, part in parts.items():
                poly += self.context.from_dict(part) * base**quotient
            return self.reduce(poly)
        return poly

    def monomial(self, exponents: Mapping[int, int], coefficient: int = 1) -> Any:
        """Return the polynomial coefficient * prod x_k**exponents[k]."""
        vector = [0] * len(self.roots)
        for k, e in exponents.items():
            vector[k] = e
        return self.context.from_dict({tuple(vector): coefficient})

    def power(self, base: Base, exponent: Fraction) -> Any:
        """Return base**exponent (e**(symbol * exponent) for a symbol) as an element of this field."""
        if isinstance(base, sympy.Symbol):
            k = self.index[base]
            x = self.monomial({k: abs(int(exponent * self.roots[k].degree))})
            return Element(self, x, self.one) if exponent >= 0 else Element(self, self.one, x)
        if exponent.denominator == 1:
            e = int(exponent)
            if isinstance(base, int):
                return flint.fmpq(base) ** e
            x = base.within(self) ** abs(e)
            return Element(self, x, self.one) if e >= 0 else Element(self, self.one, x)
        value: Any = ONE
        radicals: list[Any] = self.integer_radicals if isinstance(base, int) else self.polynomial_radicals
        inside = [r if isinstance(r, int) else r.within(self) for r in radicals]
        for radical, valuation in zip(
            radicals, valuations(base if isinstance(base, int) else base.within(self), inside), strict=True
        ):
            k = self.index[radical]
            whole, rest = divmod(exponent * valuation, 1)
            value = value * self.power(radical, Fraction(whole))
            value = value * Element(self, self.monomial({k: int(rest * self.roots[k].degree)}), self.one)
        return value

    def convert_poly(self, poly: Any, source: Field) -> Any:
        """Write a polynomial of a smaller field in the generators of this one."""
        if source is self:
            return poly
        images, simple = _images(source, self)
        if simple is not None:
            mapping, powers = simple
            return poly.project_to_context(self.context, mapping).inflate(powers)
        converted: dict[tuple[int, ...], int] = {}
        width = len(self.roots)
        for exponents, coefficient in poly.to_dict().items():
            vector = [0] * width
            for e, (factor, image) in zip(exponents, images, strict=True):
                if e:
                    coefficient *= factor**e
                    for k, f in image:
                        vector[k] += f * e
            key = tuple(vector)
            converted[key] = converted.get(key, 0) + coefficient
        return self.reduce(self.context.from_dict(converted))

    def convert(self, element: Any) -> Any:
        """Write an element of a smaller field (or a rational) in the generators of this one."""
        if not isinstance(element, Element) or element.field is self:
            return element
        return Element(
            self, self.convert_poly(element.num, element.field), self.convert_poly(element.den, element.field)
        )

    def __repr__(self) -> str:
        return f"Field({', '.join(f'{r.base}**(1/{r.degree})' for r in self.roots)})"


_Image = tuple[int, list[tuple[int, int]]]


@lru_cache(maxsize=4096)
def _images(source: Field, target: Field) -> tuple[list[_Image], tuple[dict[int, int], list[int]] | None]:
    """Each root of ``source`` as (integer factor, exponents over the roots of ``target``).

    Where each image is a power of a generator of its own, also the renaming and the powers: flint does those fast.
    """
    images: list[_Image] = []
    for root in source.roots:
        image = target.power(root.base, Fraction(1, root.degree))
        if isinstance(image, Element):
            ((exponents, factor),) = image.num.to_dict().items()
            images.append((int(factor), [(k, e) for k, e in enumerate(exponents) if e]))
        else:
            images.append((int(image.p), []))
    powers = [1] * len(target.roots)
    mapping = {}
    for j, (factor, exponents) in enumerate(images):
        if factor != 1 or len(exponents) != 1:
            return images, None
        ((mapping[j], power),) = exponents
        powers[mapping[j]] = power
    return images, (mapping, powers) if len(set(mapping.values())) == len(mapping) else None


@lru_cache(maxsize=4096)
def _compositum(left: Field, right: Field) -> Field:
    """Return the smallest field of this kind that holds both."""
    return common_field((root.base, root.degree) for field in (left, right) for root in field.roots)


def common_field(roots: Iterable[tuple[Base, int]]) -> Field:
    """Field that holds base**(1/d) for every (base, d), with symbols' roots merged and radicals over a coprime base."""
    symbols: dict[Any, int] = {}
    integers: list[tuple[int, int]] = []
    polynomials: list[tuple[Polynomial, int]] = []
    for base, degree in roots:
        if isinstance(base, sympy.Symbol):
            symbols[base] = lcm(symbols.get(base, 1), degree)
        elif isinstance(base, int):
            if degree > 1:
                integers.append((base, degree))
        else:
            polynomials.append((base, degree))
            for root in base.field.roots:
                if isinstance(root.base, sympy.Symbol):
                    symbols[root.base] = lcm(symbols.get(root.base, 1), root.degree)
                else:
                    integers.append((root.base, root.degree))  # type: ignore[arg-type]
    generators = [Root(base, degree) for base, degree in symbols.items()]
    base_integers = integer_base(a for a, _ in integers)
    generators += _radicals(base_integers, [(valuations(a, base_integers), d) for a, d in integers])
    if any(degree > 1 for _, degree in polynomials):
        ground = Field.of(tuple(sorted(generators, key=_root_order)))
        rooted = [(p.within(ground), d) for p, d in polynomials if d > 1]
        squarefree = [f for p, _ in rooted for f, _ in p.factor_squarefree()[1]]
        factors = coprime_base(squarefree, lambda p, q: p.gcd(q), lambda p: p.is_constant())
        bases = [Polynomial(ground, f) for f in factors]
        generators += _radicals(bases, [(valuations(p, factors), d) for p, d in rooted])
    return Field.of(tuple(sorted(generators, key=_root_order)))


def _radicals(bases: Iterable[Base], requests: list[tuple[list[int], int]]) -> list[Root]:
    """Return the roots of the bases that all requested (valuations, degree) need, where one is needed at all."""
    needed = [lcm(*(d // gcd(d, v[k]) for v, d in requests)) for k, _ in enumerate(bases)]
    return [Root(base, degree) for base, degree in zip(bases, needed, strict=True) if degree > 1]


class Element:
    """A fraction num/den of polynomials; ``==`` decides equality (cross-multiplied, in the unique form).

    Fractions are not reduced eagerly: all entries of a table e^f share one monomial denominator, and sums of those
    need no gcd at all. `reduced` cancels.
    """

    __slots__ = ("den", "field", "num")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, field: Field, num: Any, den: Any) -> None:
        self.field = field
        self.num = num
        self.den = den

    def _with(self, other: Any, operation: Callable[[Element, Element], Any]) -> Any:
        """Apply an operation after lifting both operands to one field."""
        if not isinstance(other, Element):
            try:
                other = flint.fmpq(other)
            except TypeError:
                return NotImplemented
            constant = self.field.context.constant
            return operation(self, Element(self.field, constant(other.p), constant(other.q)))
        field = self.field | other.field
        return operation(field.convert(self), field.convert(other))

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Element) or other.field is not self.field:
            return self._with(other, Element.__mul__)
        a, b, c, d = self.num, self.den, other.num, other.den
        if len(b) > 1:
            g = b.gcd(c)
            if not g.is_one():
                b, c = b // g, c // g
        if len(d) > 1:
            g = d.gcd(a)
            if not g.is_one():
                d, a = d // g, a // g
        return Element(self.field, self.field.reduce(a * c), self.field.reduce(b * d))

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Element) or other.field is not self.field:
            return self._with(other, Element.__add__)
        a, b, c, d = self.num, self.den, other.num, other.den
        if b is d or b == d:
            return Element(self.field, a + c, b)
        g = b.gcd(d)
        b, d = b // g, d // g
        reduce = self.field.reduce
        return Element(self.field, reduce(a * d + c * b), reduce(reduce(b * d) * g))

    def __neg__(self) -> Element:
        return Element(self.field, -self.num, self.den)

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def inverse(self) -> Element:
        """Return 1/self; ZeroDivisionError for zero."""
        if self.num.is_zero():
            raise ZeroDivisionError("the inverse of an exact zero")
        return Element(self.field, self.den, self.num)

    def __truediv__(self, other: Any) -> Any:
        return self * (other.inverse() if isinstance(other, Element) else 1 / flint.fmpq(other))

    def __rtruediv__(self, other: Any) -> Any:
        return self.inverse() * other

    def __pow__(self, exponent: int) -> Any:
        base = self if exponent >= 0 else self.inverse()
        value = Element(self.field, self.field.one, self.field.one)
        for bit in bin(abs(exponent))[2:]:
            value = value * value
            if bit == "1":
                value = value * base
        return value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Element) or other.field is not self.field:
            result = self._with(other, Element.__eq__)
            return bool(result) if result is not NotImplemented else NotImplemented
        if self.den is other.den:
            return bool(self.num == other.num)
        reduce = self.field.reduce
        return bool(reduce(self.num * other.den) == reduce(other.num * self.den))

    __rmul__, __radd__ = __mul__, __add__

    def __bool__(self) -> bool:
        return not self.num.is_zero()

    def reduced(self) -> Element:
        """Cancel the gcd of numerator and denominator, and make the denominator's leading coefficient positive."""
        g = self.num.gcd(self.den)
        if int(self.den.leading_coefficient()) < 0:
            g = -g
        return self if g.is_one() else Element(self.field, self.num // g, self.den // g)

    def __repr__(self) -> str:
        return f"Element({self.num} / {self.den})"
