"""The two rings behind one protocol: tables of weights in float64 logarithms, and exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import oracle
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K
from oracle_systems import factors, hamiltonians

from exactrg import Exact
from exactrg.errors import CouplingError, FloatOverflowError, NotPositiveError
from exactrg.numbers.ring import EXACT, FLOAT, _compact_integers, ring_of

SITES = [0, 1, 2]
masks = st.dictionaries(st.integers(0, 7), factors, max_size=6)


def subset(mask: int) -> frozenset[int]:
    """Bit n-1-i of a mask stands for spin i."""
    return frozenset(i for i in SITES if mask >> (2 - i) & 1)


def fraction(x: Any) -> Fraction:
    return Fraction(int(x.p), int(x.q))


def log(x: Fraction) -> Exact:
    return Exact(x).log()


@given(masks)
def test_exponential_of_rationals(table: dict[int, Fraction]) -> None:
    expected = list(oracle.weight({subset(m): x for m, x in table.items()}, SITES).values())
    values = EXACT.exponential({m: log(x) for m, x in table.items()}, 3)
    assert values.shape == (2, 2, 2)
    assert [fraction(x) for x in values.reshape(-1)] == expected


@given(masks, st.integers(2, 4))
def test_exponential_of_roots(table: dict[int, Fraction], degree: int) -> None:
    """e^{f/d} to the d-th power is e^f, entry by entry."""
    values = EXACT.exponential({m: log(x) / degree for m, x in table.items()}, 3)
    expected = oracle.weight({subset(m): x for m, x in table.items()}, SITES).values()
    for x, y in zip(values.reshape(-1), expected, strict=True):
        assert Exact.from_element(x) ** degree == y
        assert Exact.from_element(x) > 0


@given(masks)
def test_logarithm_is_the_inverse(table: dict[int, Fraction]) -> None:
    for scale in (1, 2):
        coefficients = {m: log(x) / scale + (J if m == 3 else K / 2 if m == 5 else 0) for m, x in table.items()}
        found = EXACT.logarithm(EXACT.exponential(coefficients, 3))
        assert all(found[m] == coefficients.get(m, 0) for m in range(8))
    floats = {m: float(log(x)) for m, x in table.items()}
    np.testing.assert_allclose(
        FLOAT.logarithm(FLOAT.exponential(floats, 3)), [floats.get(m, 0.0) for m in range(8)], atol=1e-14
    )


@given(hamiltonians(SITES), hamiltonians(SITES))
def test_rings_agree(left: dict[Any, Fraction], right: dict[Any, Fraction]) -> None:
    """One path of algebra, two kinds of entries."""
    tables = {}
    for ring, number in ((EXACT, log), (FLOAT, lambda x: float(log(x)))):
        a, b = (
            ring.exponential({sum(1 << (2 - i) for i in s): number(x) for s, x in h.items()}, 3) for h in (left, right)
        )
        traced = ring.total(ring.divide(ring.multiply(a, b), ring.total(b, (1,)).reshape(2, 1, 2)), (0, 2))
        tables[ring.kind] = [float(ring.value(x)) for x in traced]
        assert all(ring.equal(a, a).reshape(-1)) and not ring.vanishes(a).any()
    np.testing.assert_allclose(tables["exact"], tables["float"], rtol=1e-13)


@given(st.lists(st.floats(-2000, 2000), min_size=4, max_size=4))
def test_log_sum_exp(logs: list[float]) -> None:
    with mpmath.workdps(40):
        expected = float(mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(x)) for x in logs)))
    found = FLOAT.total(np.array(logs).reshape(2, 2), (0, 1))
    assert float(found) == pytest.approx(expected, rel=1e-14, abs=1e-13)


def test_zeros() -> None:
    for ring in (FLOAT, EXACT):
        table = ring.from_numbers(np.array([[0, 1], [0, 2]], dtype=object if ring is EXACT else float))
        assert ring.vanishes(table).tolist() == [[True, False], [True, False]]
        assert [float(ring.value(x)) for x in ring.total(table, (0,))] == pytest.approx([0.0, 3.0])
        assert ring.vanishes(ring.multiply(table, table)).tolist() == ring.vanishes(table).tolist()
    assert FLOAT.log_value(-np.inf) == -np.inf and FLOAT.value(-np.inf) == 0.0


def test_zero_that_is_decided() -> None:
    x = Exact(sympy.sqrt(3 + 2 * sympy.sqrt(2))) - Exact(sympy.sqrt(2)) - 1
    table = np.array([x.element(), flint.fmpq(1)], dtype=object)
    assert EXACT.vanishes(table).tolist() == [True, False]


def test_sums_share_a_denominator() -> None:
    """No gcd is needed: all entries of e^f come over one monomial."""
    values = EXACT.exponential({1: Exact(J), 2: Exact(K / 3), 3: log(Fraction(2, 3))}, 2).reshape(-1)
    assert len({id(x.den) for x in values}) == 1 and len(values[0].den) == 1


def test_large_exponents() -> None:
    values = EXACT.exponential({0: 1000 * log(Fraction(3)), 1: -1000 * log(Fraction(3))}, 1)
    assert [fraction(x) for x in values] == [1, Fraction(3) ** 2000]


def test_exponents_beyond_64_bits() -> None:
    """The common denominator of the logarithms of 2**(1/p) is the product of all p, about 10**19."""
    primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]
    table = EXACT.from_numbers(np.array([2 ** sympy.Rational(1, p) for p in primes], dtype=object).reshape((2,) * 4))
    assert EXACT.logarithm(table)[0] == sympy.log(2) * sum(sympy.Rational(1, p) for p in primes) / 16


@pytest.mark.parametrize(("largest", "dtype"), [(2**40 - 2, np.int64), (2**40 - 1, object), (2**80, object)])
def test_integers_are_compact_where_sums_stay_small(largest: int, dtype: type) -> None:
    dense = np.array([[largest], [-1]], dtype=object)
    compact = _compact_integers(dense)
    assert compact.dtype == dtype and compact.tolist() == dense.tolist()


def test_overflow_names_the_logarithm() -> None:
    with pytest.raises(FloatOverflowError, match=r"a weight of e\*\*800 is beyond float64; use log"):
        FLOAT.numbers(np.array([800.0, 1.0]))
    assert FLOAT.log_value(np.float64(800.0)) == 800.0


def test_exponents_beyond_float64() -> None:
    with pytest.raises(FloatOverflowError, match=r"exponent of a weight is beyond 1\.8e308"):
        FLOAT.exponential({1: 1e308, 2: 1e308}, 2)


def test_bad_entries() -> None:
    with pytest.raises(NotPositiveError, match="the weight -1 is negative: expected a nonnegative number"):
        EXACT.from_numbers(np.array([sympy.Integer(-1)], dtype=object))
    with pytest.raises(NotPositiveError, match=r"the weight exp\(J\) - 1: expected a number that is nonnegative"):
        EXACT.from_numbers(np.array([sympy.exp(J) - 1], dtype=object))
    with pytest.raises(CouplingError, match="not rational"):
        EXACT.exponential({1: Exact(1)}, 1)


def test_ring_of_a_kind() -> None:
    assert ring_of("float") is FLOAT and ring_of("exact") is EXACT and ring_of("neutral") is EXACT
