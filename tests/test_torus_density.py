"""The integer density of states against enumeration, a transfer matrix of polynomials, and published numbers."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import torus_density
from exactrg.errors import InputError, LatticeError
from exactrg.torus_density import chebyshev, density_of_states, four_products, product


def enumerated(m: int, n: int) -> list[int]:
    """Count unsatisfied bonds of all configurations; a side of 2 meets each neighbour twice."""
    density = [0] * (2 * m * n + 1)
    for spins in itertools.product((1, -1), repeat=m * n):
        bonds = (
            (spins[i * n + j] != spins[(i + 1) % m * n + j]) + (spins[i * n + j] != spins[i * n + (j + 1) % n])
            for i in range(m)
            for j in range(n)
        )
        density[sum(bonds)] += 1
    return density


def transferred(m: int, n: int) -> list[int]:
    """Transfer matrix of a row of n spins, site by site, on (first row, row, unsatisfied bonds)."""
    states = np.arange(2**n)
    in_row = np.zeros(2**n, dtype=int)
    for j in range(n):
        in_row += (states >> j ^ states >> (j + 1) % n) & 1
    counts = np.zeros((2**n, 2**n, 2 * m * n + 1), dtype=np.int64)
    counts[states, states, 0] = 1
    for _ in range(m):
        for j in range(n):
            flipped = counts[:, states ^ (1 << j)]
            counts[:, :, 1:] += flipped[:, :, :-1]
        for s in states:
            counts[:, s] = np.roll(counts[:, s], in_row[s], axis=-1)
    return [int(c) for c in counts[states, states].sum(axis=0)]


@pytest.mark.parametrize(("m", "n"), [(2, 2), (2, 3), (3, 2), (3, 3), (3, 4), (4, 3), (2, 6), (4, 4)])
def test_against_enumeration(m: int, n: int) -> None:
    assert density_of_states(m, n) == enumerated(m, n)


@pytest.mark.parametrize(("m", "n"), [(5, 4), (4, 5), (7, 3), (5, 5), (6, 6), (13, 2), (20, 3), (8, 6)])
def test_against_a_transfer_matrix(m: int, n: int) -> None:
    expected = transferred(m, min(m, n)) if m >= n else transferred(n, m)
    assert density_of_states(m, n) == expected


def test_published_numbers() -> None:
    half = [2, 0, 32, 64, 424, 1728, 6688, 13568, 20524]
    assert density_of_states(4, 4)[::2] == half + half[-2::-1]
    six = density_of_states(6, 6)[::2]
    assert six[:10] == [2, 0, 72, 144, 1620, 6048, 35148, 159840, 804078, 3846576]
    assert six[18] == 13172279424
    assert density_of_states(8, 8)[64] == 2627978003957146636


@given(m=st.integers(2, 14), n=st.integers(2, 14))
@settings(deadline=None, max_examples=60)
def test_sums_symmetry_and_low_levels(m: int, n: int) -> None:
    density = density_of_states(m, n)
    assert len(density) == 2 * m * n + 1
    assert sum(density) == 2 ** (m * n)
    assert min(density) >= 0
    assert not any(density[1::2])
    assert density == density_of_states(n, m)
    assert (density == density[::-1]) == (m % 2 == n % 2 == 0)
    # At K = 0 the bond sums have mean zero, and different pairs are uncorrelated; a side of 2 has pairs of two bonds.
    bonds = 2 * m * n
    variance = m * n * ((2 if m == 2 else 1) + (2 if n == 2 else 1))
    assert sum(g * (bonds - 2 * k) for k, g in enumerate(density)) == 0
    assert sum(g * (bonds - 2 * k) ** 2 for k, g in enumerate(density)) == variance * 2 ** (m * n)
    if min(m, n) > 3:  # nothing, one spin, two neighbours turned; a band around the torus costs 8 at least
        assert density[:8:2] == [2, 0, 2 * m * n, 4 * m * n]


@pytest.mark.parametrize("side", [16, 17, 32, 40, 64])
def test_larger_tori_are_consistent(side: int) -> None:
    density = density_of_states(side, side)
    assert sum(density) == 2 ** (side * side)
    assert sum(g * (side * side - k) ** 2 for k, g in enumerate(density)) * 2 == side**2 << side**2
    assert density[:8:2] == [2, 0, 2 * side**2, 4 * side**2]


def test_the_primes_determine_the_integers() -> None:
    for n, bound in ((2, 1), (6, 2**36), (64, 2**4096)):
        primes = list(torus_density._primes(2 * n, bound))
        assert math.prod(primes) > bound
        assert len(set(primes)) == len(primes)
        for p in primes[:5]:
            zeta = torus_density._root_of_unity(2 * n, p)
            assert pow(zeta, 2 * n, p) == 1
            assert pow(zeta, n, p) == p - 1


def test_too_few_primes_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check that the sum is 2^N catches a modulus that is too small."""
    primes = torus_density._primes
    monkeypatch.setattr(torus_density, "_primes", lambda step, bound: list(primes(step, bound))[:-1])
    assert sum(density_of_states(9, 8)) != 2**72


def test_anisotropic_counts_come_from_the_same_products() -> None:
    """Four products of integers at x = 1/4, y = 2/3 (times a power) against enumeration with two kinds of bonds."""
    m, n, x, y = 3, 4, Fraction(1, 4), Fraction(2, 3)
    exact = Fraction(0)
    for spins in itertools.product((1, -1), repeat=m * n):
        along_m = sum(spins[i * n + j] != spins[(i + 1) % m * n + j] for i in range(m) for j in range(n))
        along_n = sum(spins[i * n + j] != spins[i * n + (j + 1) % n] for i in range(m) for j in range(n))
        exact += x**along_m * y**along_n
    root2 = np.sqrt(2.0)
    cosines = [2.0, root2, 0.0, -root2, -2.0]
    assert float(four_products(m, n, float(x), float(y), lambda j: cosines[j])) == pytest.approx(2 * float(exact))


@given(st.integers(1, 40), st.integers(-9, 9), st.integers(-9, 9))
def test_chebyshev_ladder_is_the_recurrence(m: int, a: int, d: int) -> None:
    u = [2, a]
    while len(u) <= m:
        u.append(a * u[-1] - d * d * u[-2])
    assert chebyshev(a, d * d, m) == u[m]


@given(st.lists(st.integers(-5, 5), max_size=9))
def test_product_is_a_product(factors: list[int]) -> None:
    expected = 1
    for factor in factors:
        expected *= factor
    assert product(factors) == expected


@pytest.mark.parametrize(("m", "n"), [(1, 5), (5, 1), (0, 3), (3, -2), (2.0, 3), ("3", 3)])
def test_sides_that_are_no_torus(m: int, n: int) -> None:
    with pytest.raises(LatticeError, match="at least 2"):
        density_of_states(m, n)


def test_too_large_is_refused_before_any_work() -> None:
    with pytest.raises(InputError, match="log_partition_function"):
        density_of_states(10**6, 10**6)
