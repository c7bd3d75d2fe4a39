"""The exact field: independence of radicals, conversions between fields, reduction, nested radicals."""

from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import product
from math import prod

import flint
import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_numbers import J, K, Pair, constant, positives

from exactrg import Exact
from exactrg.errors import NotPositiveError, UndecidedError
from exactrg.numbers import nested
from exactrg.numbers.field import Field, Polynomial, Root, common_field

small = st.integers(1, 12)


def root(x: object, degree: int) -> Exact:
    """The real root of a positive number, by its logarithm: sympy has no say in it."""
    return (Exact(x).log() / degree).exp()


def test_one_field_for_one_set_of_roots() -> None:
    field = common_field([(J, 2), (12, 2), (18, 3), (J, 3)])
    assert field is common_field([(18, 3), (J, 6), (12, 2)])
    # 12 = 2^2 3 and 18 = 2 3^2 split over the coprime base 2, 3.
    assert [(r.base, r.degree) for r in field.roots] == [(J, 6), (2, 3), (3, 6)]
    assert pickle.loads(pickle.dumps(field)) is field
    assert Field.of((Root(J, 1),)) | field is field


def test_rationals_need_no_field() -> None:
    assert common_field([(2, 1), (35, 1)]).roots == ()
    assert isinstance(Exact(sympy.exp(sympy.log(6) * 3)).element(), flint.fmpq)
    assert common_field([(4, 2), (27, 3)]).roots == ()


@given(st.lists(st.tuples(small, st.sampled_from([2, 3, 4])), min_size=1, max_size=3), st.data())
def test_no_relation_between_reduced_monomials(requests: list[tuple[int, int]], data: st.DataObject) -> None:
    """Independence over the rationals: an integer combination of different monomials is never zero."""
    field = common_field(requests)
    exponents = list(product(*(range(r.degree) for r in field.roots)))
    chosen = data.draw(st.dictionaries(st.sampled_from(exponents), st.integers(-9, 9).filter(bool), min_size=1))
    with flint.ctx.workprec(2000):
        value = flint.arb(0)
        for powers, c in chosen.items():
            term = flint.arb(c)
            for r, e in zip(field.roots, powers, strict=True):
                term *= flint.arb(r.base).root(r.degree) ** e
            value += term
        assert not value.contains(0)


@given(small, small, st.sampled_from([2, 3, 4]), st.sampled_from([2, 3]))
def test_products_of_roots(a: int, b: int, d: int, e: int) -> None:
    assert root(a, d) * root(b, d) == root(a * b, d)
    assert root(a, d) ** d == a
    assert root(root(a, d), e) == root(a, d * e)
    assert root(a**e, d * e) == root(a, d)
    assert root(a, d) * root(Fraction(1, a), d) == 1
    assert (root(a, d) == root(b, e)) == (a**e == b**d)


@given(positives(depth=3), positives(depth=2))
def test_roots_of_perfect_powers_keep_their_factor(a: Pair, b: Pair) -> None:
    """The root of a square is the number, not one: a factor without a radical must not get lost."""
    assert (a * a).root(2).exact == a.exact
    assert (a * a * b).root(2).exact == a.exact * b.root(2).exact
    assert (a * a * a * b * b).root(6).exact == a.root(2).exact * b.root(3).exact


def test_root_of_a_square_of_a_sum() -> None:
    assert Exact(sympy.sqrt(2 + 2 * sympy.cosh(2 * J))) == 2 * sympy.cosh(J)
    assert Exact(sympy.asinh(sympy.sinh(J))) == J
    with pytest.raises(NotPositiveError, match="for all real values"):
        Exact(sympy.sqrt(2 * sympy.cosh(2 * J) - 2))  # 2 |sinh J| is no analytic function


def test_negative_factors() -> None:
    """3 - 2 sqrt(2) is positive, and has a negative leading coefficient."""
    z = root(3 - 2 * root(2, 2), 2)
    assert z == root(2, 2) - 1
    assert float(z) == pytest.approx(0.41421356237309505, rel=1e-15)
    assert root((root(2, 2) - 3) * (root(3, 2) - 2), 2) ** 2 == (3 - root(2, 2)) * (2 - root(3, 2))


def test_critical_coupling_of_the_square_lattice() -> None:
    """e^K = sqrt(1 + sqrt(2)), and sinh 2K = 1."""
    up, down = root(1 + root(2, 2), 2), root(root(2, 2) - 1, 2)
    assert up * down == 1
    assert up != 1 and up - down != 0
    assert (up**2 - down**2) / 2 == 1
    assert up + down == root(2 * root(2, 2) + 2, 2)
    assert hash(up * down) == hash(1)
    assert (up * down - 1).sign() == 0 and (up - down).sign() == 1


@given(positives(depth=2), positives(depth=2))
def test_denesting(a: Pair, b: Pair) -> None:
    """sqrt(a + b + 2 sqrt(ab)) = sqrt(a) + sqrt(b): nested radicals that are not independent."""
    nested = (a + b + constant(2) * (a * b).root(2)).root(2)
    flat = a.root(2) + b.root(2)
    assert nested.exact == flat.exact
    assert nested.exact + Exact(sympy.Rational(1, 10**60)) != flat.exact
    assert 1 / (nested * nested).exact == 1 / (flat * flat).exact
    assert nested.exact.log() * 2 == (a + b + constant(2) * (a * b).root(2)).log().exact


@given(positives(symbolic=False, depth=3), positives(symbolic=False, depth=2))
def test_dependent_nested_roots(a: Pair, b: Pair) -> None:
    """sqrt(a - b) sqrt(a + b) = sqrt(a^2 - b^2), with a and b radicals themselves."""
    a, b = (a, b) if a.exact > b.exact else (b, a)
    if a.exact == b.exact:
        return
    assert (a - b).root(2).exact * (a + b).root(2).exact == (a * a - b * b).root(2).exact
    assert ((a - b) * (a - b) * (a - b)).root(3).exact == a.exact - b.exact
    assert 1 / (a.root(2) - b.root(2)).root(2).exact == ((a.root(2) + b.root(2)).root(2) / (a - b).root(2)).exact


def test_three_levels() -> None:
    x = root(1 + root(2 + root(3, 2), 2), 2)
    y = root(2 + root(3, 2), 2)
    assert y == (root(6, 2) + root(2, 2)) / 2
    assert x**2 - 1 == (root(6, 2) + root(2, 2)) / 2
    assert x == root(1 + (root(6, 2) + root(2, 2)) / 2, 2)
    assert x * y.log() != x


def test_nearly_zero_beside_nested_radicals(monkeypatch: pytest.MonkeyPatch) -> None:
    """What 256 bits do not tell from zero is decided by a gcd; where no ball tells the factors apart, it is said."""
    r = root(2, 2)
    x = root(1 + r, 2)
    with mpmath.workdps(200):
        near = [sympy.Rational(mpmath.nstr(value, 150)) for value in (mpmath.sqrt(2), mpmath.sqrt(1 + mpmath.sqrt(2)))]
    assert (x + r) - x != near[0] and (x + r) - x == r
    assert x != near[1] and x + r != near[0] + near[1]
    y = root(3 + 2 * r, 2) - 1
    monkeypatch.setattr(nested, "_is_nonzero", lambda *arguments: False)
    with pytest.raises(UndecidedError, match="a relation between nested radicals"):
        y - r


def test_conversion_splits_large_radicals() -> None:
    """sqrt(p^2 q) with primes that trial division does not find, met later by sqrt(p): what was primitive is no more."""
    p, q = 2**61 - 1, 2**89 - 1
    y = root(p * p * q, 2)
    assert list(y.log().terms) == [p * p * q] and y / root(q, 2) == p and y == p * root(q, 2)
    z = root(p + y, 2)
    assert z * root(p, 2) == p * root(1 + root(q, 2), 2)
    assert (p + y).log() == Exact(p).log() + (1 + root(q, 2)).log()
    w = root(p * Exact(sympy.exp(J)) + y, 2)
    assert w == root(p, 2) * root(Exact(sympy.exp(J)) + root(q, 2), 2)
    assert w * root(q, 2) + root(p, 3) != w * root(q, 2) + root(q, 3)
    assert w * root(q, 2) == root(p * q, 2) * root(Exact(sympy.exp(J)) + root(q, 2), 2)


# Primes that trial division does not find: their products are split only where one of them is met alone.
primes = (2**61 - 1, 2**89 - 1, 2**107 - 1)
radicals = st.builds(
    lambda powers, degree: root(prod(p**e for p, e in zip(primes, powers, strict=True)), degree),
    st.tuples(*[st.integers(0, 3)] * 3),
    st.sampled_from([2, 3, 4]),
)
sums_of_radicals = st.lists(
    st.builds(lambda c, r, k: c * r * Exact(sympy.exp(k * J)), small, radicals, st.integers(-1, 1)),
    min_size=1,
    max_size=3,
).map(lambda terms: sum(terms, Exact(0)))


@settings(max_examples=30)
@given(sums_of_radicals, sums_of_radicals, st.sets(st.sampled_from(primes)))
def test_larger_fields_split_radicals_and_add_no_generator(a: Exact, b: Exact, known: set[int]) -> None:
    """The base of a radical, in a larger field, is an integer times a polynomial without a power of a generator."""
    y = root(root(a, 2) + b, 2)
    field = common_field([*((p, 12) for p in known), *((atom, 2) for atom in (a * b * y).log().terms)])
    for atom in y.log().terms:
        if isinstance(atom, Polynomial):
            assert not any(atom.within(field).term_content().monomial(0))
    z = y
    for p in known:
        z = z * root(p, 3)
    assert z**6 == (root(a, 2) + b) ** 3 * prod(p**2 for p in known)


def test_a_larger_field_may_order_its_radicals_otherwise() -> None:
    """Flint projects to a context of the same names without renaming anything."""
    p = 2**61 - 1
    inner = root(1 + Exact(sympy.sqrt(p)), 2) + sympy.exp(J) + 1
    product = root(inner, 2) * root(Exact(p), 3)
    assert product**6 == inner**3 * p**2
    assert product.element().field.context is root(inner, 2).element().field.context


@given(positives(depth=3), positives(depth=3), positives(depth=3))
def test_field_laws_across_fields(a: Pair, b: Pair, c: Pair) -> None:
    x, y, z = a.exact, b.exact, c.exact
    assert x * (y + z) == x * y + x * z
    assert (x - y) * (x + y) == x**2 - y**2
    assert (x / y) * (y / x) == 1
    assert x / y + z / y == (x + z) / y
    assert (x + y) ** -2 * (x + y) ** 3 == x + y


def test_division_by_a_disguised_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        1 / (root(3 + 2 * root(2, 2), 2) - 1 - root(2, 2))
    x = Exact(sympy.exp(J))
    with pytest.raises(ZeroDivisionError):
        1 / (root(x * x + 2 * x + 1, 2) - x - 1)


@settings(max_examples=20)
@given(positives(depth=4))
def test_pickling(a: Pair) -> None:
    for value in (a.exact, a.exact.log(), a.exact * K + 1 / a.exact):
        again = pickle.loads(pickle.dumps(value))
        assert again == value and hash(again) == hash(value)
