"""The exact field: fractions of polynomials in e^{symbol/d} and real roots of coprime bases, on python-flint.

A Boltzmann weight with exact couplings is a product of e^{J/d} for real symbols J, of positive rationals and of their
roots. A `Field` is generated over the rationals by finitely many such roots: transcendental ones (``e^{J/d}``) and
radicals ``base^{1/d}`` whose bases are positive, pairwise coprime and no perfect powers. Such radicals of integers and
of polynomials in symbols are independent (Siegel 1972, Kummer), so every polynomial has a unique form with each
radical's exponent below its degree, and ``==`` is a decision: no tolerance, no simplification. Nested radicals, such as
the e^K = sqrt(1 + sqrt(2)) of the critical square lattice, can depend on each other; `exactrg.numbers.nested` decides
those.

Where nothing has to be adjoined, elements are plain `flint.fmpq`; `Element` mixes with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm, prod
from typing import Any, TypeAlias

import flint
import sympy

from .coprime import coprime_base, integer_base, perfect_power_root, valuations
from .element import Element

Base: TypeAlias = "sympy.Symbol | int | Polynomial"
"""What a root is taken of: e^symbol, an integer above one, or a primitive polynomial."""

ZERO, ONE = flint.fmpq(0), flint.fmpq(1)


class Polynomial:
    """A primitive non-constant polynomial in the generators of a field, usable as a dictionary key.

    `Polynomial.minimal` writes it in the smallest field, so that equal polynomials are equal keys.

    Attributes
    ----------
    depth : int
        How deeply radicals of polynomials are nested in it.
    """

    __slots__ = ("_hash", "depth", "field", "poly")

    def __init__(self, field: Field, poly: Any) -> None:
        self.field = field
        self.poly = poly
        self.depth: int = max((base.depth + 1 for base in field.polynomial_radicals), default=0)
        size = len(poly)
        self._hash = hash((size, *(poly.monomial(k) for k in (0, size // 3, size // 2, size - 1))))

    @classmethod
    def minimal(cls, field: Field, poly: Any) -> Polynomial:
        """Write the polynomial with the generators that occur, each symbol's root of the lowest degree that serves."""
        strides, _ = poly.deflation_index()
        smaller, mapping, steps = _smaller_field(field, tuple(map(int, strides)))
        if smaller is field:
            return cls(field, poly)
        poly = _project(poly, smaller.context, mapping)
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

    def __reduce__(self) -> Any:
        return (_restore, (self.field, self.poly.to_dict()))

    def __repr__(self) -> str:
        return f"Polynomial({self.poly})"


def _restore(field: Field, poly: dict[Any, int]) -> Polynomial:
    """Rebuild a pickled polynomial."""
    return Polynomial(field, field.context.from_dict(poly))


@dataclass(frozen=True)
class Root:
    """The generator base**(1/degree), or e**(base/degree) for a symbol."""

    base: Base
    degree: int


def _root_order(root: Root) -> tuple[int, str, int]:
    """Order of generators: symbols by name, then integers, then polynomials."""
    base = root.base
    if isinstance(base, sympy.Symbol):
        return (0, f"{base.name} {sorted(base.assumptions0.items())}", getattr(base, "dummy_index", 0))
    return (1, "", base) if isinstance(base, int) else (2, f"{base.poly} in {base.field}", 0)


class Field:
    """The fraction field of Q[roots]; make one with `Field.of` or `common_field`.

    Attributes
    ----------
    roots : tuple of Root
    context : flint.fmpz_mpoly_ctx
        One generator for each root, in the same order.
    radicals : dict
        Place of each radical among the roots -> its base as a polynomial in this field.
    nested : set of Polynomial
        Bases that have radicals themselves.
    """

    def __init__(self, roots: tuple[Root, ...]) -> None:
        self.roots = roots
        self.index = {root.base: k for k, root in enumerate(roots)}
        self.context = flint.fmpz_mpoly_ctx.get(tuple(f"x{k}" for k in range(len(roots))), "lex")
        self.one = self.context.constant(1)
        self.integer_radicals = [r.base for r in roots if isinstance(r.base, int)]
        self.polynomial_radicals = [r.base for r in roots if isinstance(r.base, Polynomial)]
        self.nested = {base for base in self.polynomial_radicals if base.field.radicals}
        # Converting the base of a radical may reduce the radicals below it: those are in there by then.
        self.radicals: dict[int, Any] = {}
        for number in self.integer_radicals:
            self.radicals[self.index[number]] = self.context.constant(number)
        for base in sorted(self.polynomial_radicals, key=lambda base: base.depth):
            self.radicals[self.index[base]] = base.within(self)

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(roots: tuple[Root, ...]) -> Field:
        """Return the field of these roots, one object for one set of roots."""
        return Field(roots)

    def __or__(self, other: Field) -> Field:
        return self if self is other else _compositum(self, other)

    def __reduce__(self) -> Any:
        return (Field.of, (self.roots,))

    def reduce(self, poly: Any) -> Any:
        """Bring every radical's exponent below its degree: the unique form that makes ``==`` decide."""
        for k, base in self.radicals.items():  # nothing to do for integers: they come with no radicals
            degree = self.roots[k].degree
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

    def vanishes(self, poly: Any) -> bool:
        """Decide whether a polynomial in the unique form is the zero function."""
        if poly.is_zero() or not self.nested:
            return bool(poly.is_zero())
        from .nested import vanishes

        return vanishes(self, poly)

    def monomial(self, exponents: Mapping[int, int], coefficient: int = 1) -> Any:
        """Return the polynomial coefficient * prod x_k**exponents[k]."""
        vector = [0] * len(self.roots)
        for k, e in exponents.items():
            vector[k] = e
        return self.context.from_dict({tuple(vector): coefficient})

    def power(self, base: Base, exponent: Fraction) -> Any:
        """Return base**exponent (e**(symbol * exponent) for a symbol) as an element of this field."""
        if isinstance(base, sympy.Symbol):
            return self._generator_power(base, exponent)
        if exponent.denominator == 1:
            e = int(exponent)
            if isinstance(base, int):
                return flint.fmpq(base) ** e
            x = self.reduce(base.within(self) ** abs(e))
            return Element(self, x, self.one) if e >= 0 else Element(self, self.one, x)
        value: Any = ONE
        for factor, multiplicity in self._split(base):
            whole, rest = divmod(exponent * multiplicity, 1)
            value = value * self.power(factor, Fraction(whole))
            if rest:
                value = value * self._generator_power(factor, rest)
        return value

    def _generator_power(self, base: Base, exponent: Fraction) -> Element:
        """Return a power of the generator that is a root of ``base``."""
        k = self.index[base]
        e = exponent * self.roots[k].degree
        assert e.denominator == 1, f"{self} has no {base}**({exponent})"
        x = self.monomial({k: abs(int(e))})
        return Element(self, x, self.one) if e >= 0 else Element(self, self.one, x)

    def _split(self, base: Any) -> list[tuple[Base, int]]:
        """Factors with multiplicities: those that have a radical here, and others, whose powers need none."""
        if isinstance(base, int):
            found = list(zip(self.integer_radicals, valuations(base, self.integer_radicals), strict=True))
            base //= prod(r**v for r, v in found)
            found.append(perfect_power_root(base))
            return [(r, v) for r, v in found if v and r > 1]
        content, poly = _primitive(base.within(self))
        factors = self._split(content)
        for radical in (r for r in self.polynomial_radicals if r.depth <= base.depth):
            inside = self.radicals[self.index[radical]]
            (v,) = valuations(poly, [inside])
            if v:
                factors.append((radical, v))
                poly //= inside**v
        factors += [(Polynomial(self, _positive(self, f)), int(m)) for f, m in poly.factor_squarefree()[1]]
        return factors

    def convert_poly(self, poly: Any, source: Field) -> Any:
        """Write a polynomial of a smaller field in the generators of this one."""
        if source is self:
            return poly
        images, simple = _images(source, self)
        if simple is not None:
            mapping, powers = simple
            return _project(poly, self.context, mapping).inflate(powers)
        return self.reduce(poly.compose(*images, ctx=self.context))

    def convert(self, element: Any) -> Any:
        """Write an element of a smaller field (or a rational) in the generators of this one."""
        if not isinstance(element, Element) or element.field is self:
            return element
        return Element(
            self, self.convert_poly(element.num, element.field), self.convert_poly(element.den, element.field)
        )

    def __repr__(self) -> str:
        return f"Field({', '.join(f'{r.base}**(1/{r.degree})' for r in self.roots)})"


def _project(poly: Any, context: Any, mapping: Mapping[int, int]) -> Any:
    """Rename the generators that occur, {old place: new place}."""
    # Flint ignores the mapping between fields of one number of generators, whose context is the same object.
    if poly.context() is context and any(old != new for old, new in mapping.items()):
        images = list(context.gens())
        for old, new in mapping.items():
            images[old] = context.gen(new)
        return poly.compose(*images, ctx=context)
    return poly.project_to_context(context, mapping)


@lru_cache(maxsize=4096)
def _images(source: Field, target: Field) -> tuple[list[Any], tuple[dict[int, int], list[int]] | None]:
    """Each root of ``source`` as a polynomial in the roots of ``target``.

    Where each image is a power of a generator of its own, also the renaming and the powers: flint does those fast.
    """
    images = []
    powers = [1] * len(target.roots)
    mapping: dict[int, int] = {}
    for j, root in enumerate(source.roots):
        image = target.power(root.base, Fraction(1, root.degree))
        images.append(image.num if isinstance(image, Element) else target.context.constant(image.p))
        places = [k for k, e in enumerate(images[-1].degrees()) if e > 0]
        if len(places) == 1 and images[-1] == target.monomial({places[0]: images[-1].degrees()[places[0]]}):
            mapping[j] = places[0]
            powers[places[0]] = images[-1].degrees()[places[0]]
    return images, (mapping, powers) if len(set(mapping.values())) == len(source.roots) else None


@lru_cache(maxsize=4096)
def _smaller_field(field: Field, strides: tuple[int, ...]) -> tuple[Field, dict[int, int], list[int]]:
    """Field of the generators with a nonzero stride: itself, where they go in it, and by what to divide exponents."""
    occurring = []
    for k, (root, stride) in enumerate(zip(field.roots, strides, strict=True)):
        if stride:
            step = gcd(root.degree, stride) if isinstance(root.base, sympy.Symbol) else 1
            occurring.append((k, Root(root.base, root.degree // step)))
    roots = tuple(root for _, root in occurring)
    # A radical of a polynomial brings the generators of that polynomial with it.
    smaller = common_field(roots) if any(isinstance(root.base, Polynomial) for root in roots) else Field.of(roots)
    if smaller.roots == field.roots:
        return field, {}, []
    steps = [1] * len(smaller.roots)
    for k, root in occurring:
        place = smaller.index[root.base]
        steps[place] = field.roots[k].degree // smaller.roots[place].degree
    return smaller, {k: smaller.index[root.base] for k, root in occurring}, steps


@lru_cache(maxsize=4096)
def _compositum(left: Field, right: Field) -> Field:
    """Return the smallest field of this kind that holds both."""
    return common_field((root.base, root.degree) for field in (left, right) for root in field.roots)


def common_field(roots: Iterable[Any]) -> Field:
    """Field that holds base**(1/d) for every (base, d), with symbols' roots merged and radicals over a coprime base."""
    requests: dict[tuple[Base, int], None] = {}
    queue = [(root.base, root.degree) if isinstance(root, Root) else root for root in roots]
    while queue:
        request = queue.pop()
        if request not in requests:
            requests[request] = None
            if isinstance(request[0], Polynomial):
                queue += [(root.base, root.degree) for root in request[0].field.roots]
    symbols: dict[Any, int] = {}
    integers: list[tuple[int, int]] = []
    polynomials: dict[int, list[tuple[Polynomial, int]]] = {}
    for base, degree in requests:
        if isinstance(base, sympy.Symbol):
            symbols[base] = lcm(symbols.get(base, 1), degree)
        elif isinstance(base, Polynomial):
            if degree > 1:
                polynomials.setdefault(base.depth, []).append((base, degree))
        elif degree > 1:
            integers.append((base, degree))
    generators = [Root(base, degree) for base, degree in symbols.items()]
    base_integers = integer_base(a for a, _ in integers)
    generators += _radicals(base_integers, [(valuations(a, base_integers), d) for a, d in integers])
    for _, level in sorted(polynomials.items()):
        ground = Field.of(tuple(sorted(generators, key=_root_order)))
        primitive = []
        for base, degree in level:
            content, poly = _primitive(base.within(ground))
            if content > 1 and (content, degree) not in requests:
                return common_field([*requests, (content, degree)])
            primitive.append((poly, degree))
        squarefree = [f for p, _ in primitive for f, _ in p.factor_squarefree()[1]]
        factors = coprime_base(squarefree, lambda p, q: p.gcd(q), lambda p: p.is_constant())
        bases = [Polynomial.minimal(ground, _positive(ground, f)) for f in factors]
        generators += _radicals(bases, [(valuations(p, factors), d) for p, d in primitive])
    return Field.of(tuple(sorted(generators, key=_root_order)))


def _radicals(bases: Iterable[Base], requests: list[tuple[list[int], int]]) -> list[Root]:
    """Return the roots of the bases that all requested (valuations, degree) need, where one is needed at all."""
    needed = [lcm(*(d // gcd(d, v[k]) for v, d in requests)) for k, _ in enumerate(bases)]
    return [Root(base, degree) for base, degree in zip(bases, needed, strict=True) if degree > 1]


def _primitive(poly: Any) -> tuple[int, Any]:
    """Return an integer and the primitive polynomial whose product is the base of a radical, in a larger field.

    A larger field splits radicals: 12**(1/4) may be 2**(1/2) 3**(1/4) there, and 12**(1/2) + 2 gains the content 2.
    It gains no power of a generator: monomials go to different monomials, up to integers, and one without a radical to
    one without the parts of that radical.
    """
    content = poly.content()
    return int(content), poly // content


def _positive(field: Field, poly: Any) -> Any:
    """Return the polynomial or its negative, whichever is positive; it has the same sign everywhere."""
    from .signs import sample_sign

    return poly if sample_sign(field, poly) > 0 else -poly
