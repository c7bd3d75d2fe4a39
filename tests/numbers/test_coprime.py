"""Coprime bases, against the definition."""

from __future__ import annotations

from itertools import combinations
from math import gcd, prod

import flint
from hypothesis import given
from hypothesis import strategies as st

from exactrg.numbers.coprime import coprime_base, integer_base, perfect_power_root, valuations

numbers = st.lists(st.integers(1, 10**6) | st.integers(1, 30).map(lambda n: n**7), max_size=6)


@given(numbers)
def test_integer_base_is_coprime_and_generates(xs: list[int]) -> None:
    base = integer_base(xs)
    assert all(gcd(a, b) == 1 for a, b in combinations(base, 2))
    assert all(perfect_power_root(b) == (b, 1) for b in base)
    for x in xs:
        assert prod(b**e for b, e in zip(base, valuations(x, base), strict=True)) == x


@given(st.integers(2, 50), st.integers(1, 12))
def test_perfect_powers(r: int, k: int) -> None:
    root, exponent = perfect_power_root(r**k)
    assert root**exponent == r**k
    assert exponent % k == 0
    assert not any(round(root ** (1 / p)) ** p == root for p in range(2, 7))


def test_large_numbers_need_no_factors() -> None:
    p, q, r = 2**521 - 1, 2**607 - 1, 2**127 - 1
    assert integer_base([p * q, q * r, r**2]) == sorted([p, q, r])
    assert perfect_power_root((p * q) ** 6) == (p * q, 6)


context = flint.fmpz_mpoly_ctx.get(("x", "y"), "lex")
polynomials = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 2)), st.integers(1, 4), min_size=2, max_size=4
).map(lambda terms: context.from_dict(terms).primitive()[1])


@given(st.lists(polynomials, min_size=1, max_size=3))
def test_polynomials(ps: list[object]) -> None:
    products = [ps[0], *(p * ps[0] for p in ps)]  # type: ignore[operator]
    base = coprime_base(products, lambda p, q: p.gcd(q), lambda p: p.is_constant())
    assert all(p.gcd(q).is_constant() for p, q in combinations(base, 2))
    for p in products:
        rebuilt = prod((b**e for b, e in zip(base, valuations(p, base), strict=True)), start=context.constant(1))
        assert p in (rebuilt, -rebuilt)
