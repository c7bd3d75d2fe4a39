"""Niemeijer-van Leeuwen: the fixed point proved, the second order against cumulants by brute force."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from exactrg.errors import CouplingError, InputError, UndecidedError
from exactrg.numbers.exact import Exact
from exactrg.schemes import (
    NiemeijerVanLeeuwen,
    certified_fixed_point,
    critical_coupling,
    exact_log_partition_function,
    fixed_points,
    is_fixed_point,
    linearize,
    log_partition_function,
)
from exactrg.schemes.scheme import Step

FIRST, SECOND = NiemeijerVanLeeuwen(1), NiemeijerVanLeeuwen(2)
K_STAR = sympy.log(1 + 2 * sympy.sqrt(2)) / 4


def test_the_fixed_point_is_proved() -> None:
    """K* = log(1 + 2 sqrt 2)/4 in exact arithmetic: no float occurs. Its neighbours are refuted."""
    assert is_fixed_point(FIRST, (K_STAR, 0))
    assert not is_fixed_point(FIRST, (sympy.log(1 + 3 * sympy.sqrt(2)) / 4, 0))
    assert not is_fixed_point(FIRST, (sympy.log(sympy.Rational(3829, 1000)) / 4, 0))  # right to 4 digits


def test_the_eigenvalues_are_proved() -> None:
    """With K = log(x)/4: 2 m^2 = 1 at x = 1 + 2 sqrt 2, lambda_h = 3 / sqrt 2, lambda_T = 1 + 4 K dm/dK / (2 m)..."""
    (even, mixed), (mixed2, odd) = linearize(FIRST, (K_STAR, 0))
    assert odd == 3 / sympy.sqrt(2)
    assert mixed == 0 and mixed2 == 0
    # m = (x + 1)/(x + 3), dm/dK = 8 x / (x + 3)^2, lambda = 2 m^2 + 4 K m dm/dK = 1 + 32 K x (x + 1) / (x + 3)^3.
    x = 1 + 2 * sympy.sqrt(2)
    assert even == 1 + 32 * K_STAR * x * (x + 1) / (x + 3) ** 3


def test_numbers_of_facts() -> None:
    point = fixed_points(FIRST)[1]
    assert point.couplings["K_1"] == pytest.approx(0.3356, abs=5e-5)
    assert point.exponents["y_T"] == pytest.approx(0.8822, abs=5e-5)
    assert point.exponents["y_H"] == pytest.approx(1.3691, abs=5e-5)


def test_second_order_fixed_point() -> None:
    """The published K* = (0.2789, -0.0143, -0.0152); the nearest-neighbour model is critical at 0.2575 (exact: 0.2747)."""
    point = fixed_points(SECOND)[1]
    assert list(point.couplings.values()) == pytest.approx([0.2789, -0.0143, -0.0152, 0], abs=5.5e-5)
    assert critical_coupling(SECOND) == pytest.approx(0.2575, abs=5e-5)
    assert point.exponents["y_T"] == pytest.approx(1.05, abs=0.01)
    assert [abs(value) < 1 for value in point.eigenvalues["even"]] == [False, True, True]


def test_second_order_eigenvalues_in_high_precision() -> None:
    """The recursion written out, K_1' = 2 m^2 K_1 + 4 m^2 (1 + q - 2 m^2) K_1^2 + ..., differentiated by mpmath."""

    def recursion(a: Any, b: Any, c: Any) -> list[Any]:
        x = mpmath.exp(4 * a)
        m, q = (x + 1) / (x + 3), (x - 1) / (x + 3)
        return [
            m**2 * (2 * a + 3 * b + 2 * c) + 4 * m**2 * (1 + q - 2 * m**2) * a**2,
            m**2 * c + m**2 * (1 + 7 * q - 8 * m**2) * a**2,
            4 * m**2 * (q - m**2) * a**2,
        ]

    with mpmath.workdps(50):
        start = (0.28, -0.014, -0.015)
        root = mpmath.findroot(lambda *k: [new - old for new, old in zip(recursion(*k), k, strict=True)], start)
        slope = mpmath.matrix(3, 3)
        for i, j in itertools.product(range(3), repeat=2):
            order = tuple(int(k == j) for k in range(3))
            slope[i, j] = mpmath.diff(lambda *k, i=i: recursion(*k)[i], tuple(root), order)
        expected = sorted(mpmath.eig(slope)[0], key=lambda value: -abs(value))
        point = certified_fixed_point(SECOND, fixed_points(SECOND)[1], digits=25)
        for found, value in zip(point.eigenvalues["even"], expected, strict=True):
            assert abs(mpmath.mpf(str(found)) - value) < mpmath.mpf(10) ** -20


SITES = ((0, 0), (1, 0), (1, 1))
MIDDLES = {  # two blocks by the displacement of the second, and all blocks next to both
    "first": ((2, 1), ((1, -1), (1, 2))),
    "second": ((3, 0), ((2, 1), (1, -1))),
    "third": ((4, 2), ((2, 1),)),
}


def cumulants(blocks: list[tuple[int, int]], couplings: tuple[float, float, float], h: float) -> list[np.ndarray]:
    """First and second cumulant of V over the spins of some blocks, as tables over their majorities.

    The first holds all couplings between the blocks and the field, the second K_1 and the field only.
    """
    K = couplings[0]
    inside = [s for s in itertools.product((1, -1), repeat=3) if sum(s) > 0]
    weights = np.array([math.exp(K * (s[0] * s[1] + s[1] * s[2] + s[2] * s[0])) for s in inside])
    positions = [(x + u, y + v) for x, y in blocks for u, v in SITES]
    norm = {
        k: (x := p[0] - q[0]) ** 2 + (y := p[1] - q[1]) ** 2 - x * y
        for k, (p, q) in enumerate(itertools.combinations(positions, 2))
    }
    pairs = list(itertools.combinations(range(len(positions)), 2))
    between = [(a, b, {1: 0, 3: 1, 4: 2}.get(norm[k])) for k, (a, b) in enumerate(pairs) if a // 3 != b // 3]
    table1, table2 = np.empty((2,) * len(blocks)), np.empty((2,) * len(blocks))
    for mu in itertools.product((1, -1), repeat=len(blocks)):
        choices = list(itertools.product(range(4), repeat=len(blocks)))
        p = np.array([math.prod(weights[c] for c in choice) for choice in choices])
        p /= p.sum()
        spins = np.array([[m * s for m, c in zip(mu, choice, strict=True) for s in inside[c]] for choice in choices])
        v1 = sum(couplings[r] * spins[:, a] * spins[:, b] for a, b, r in between if r is not None) + h * spins.sum(1)
        v2 = sum(K * spins[:, a] * spins[:, b] for a, b, r in between if r == 0) + h * spins.sum(1)
        index = tuple((1 - m) // 2 for m in mu)
        table1[index], table2[index] = p @ v1, (p @ v2**2 - (p @ v2) ** 2) / 2
    return [table1, table2]


def coefficient(table: np.ndarray, members: set[int]) -> float:
    """Walsh coefficient by summing signs."""
    total = 0.0
    for index in itertools.product((0, 1), repeat=table.ndim):
        total += (-1) ** sum(index[k] for k in members) * table[index]
    return total / table.size


@pytest.mark.parametrize("shell", ["first", "second", "third"])
@given(st.floats(-0.6, 0.6), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_second_order_is_the_cumulant(shell: str, K: float, K2: float, K3: float) -> None:
    displacement, middles = MIDDLES[shell]
    blocks = [(0, 0), displacement, *middles]
    first, second = cumulants(blocks, (K, K2, K3), 0.0)
    k = ("first", "second", "third").index(shell)
    expected = coefficient(first, {0, 1}) + coefficient(second, {0, 1})
    assert SECOND.step((K, K2, K3, 0.0)).couplings[k] == pytest.approx(expected, abs=1e-14)
    if shell == "first":
        assert FIRST.step((K, 0.0)).couplings[0] == pytest.approx(
            coefficient(cumulants(blocks, (K, 0, 0), 0)[0], {0, 1})
        )


@given(st.floats(-0.6, 0.6), st.floats(-0.5, 0.5))
def test_second_order_field_and_constant(K: float, h: float) -> None:
    """Each of a block's six neighbours adds to the field what a pair has, and each of its three bonds to the constant."""
    pair_first, pair_second = cumulants([(0, 0), (2, 1)], (K, 0.0, 0.0), h)
    alone_first, alone_second = cumulants([(0, 0)], (K, 0.0, 0.0), h)
    *_, field = SECOND.step((K, 0.0, 0.0, h)).couplings
    of_bond = coefficient(pair_second, {0})
    assert field == pytest.approx(coefficient(alone_first, {0}) + 6 * of_bond, abs=1e-14)
    constant = SECOND.step((K, 0.0, 0.0, h)).constant
    block = math.log(math.exp(3 * K) + 3 * math.exp(-K))
    alone = coefficient(alone_second, set())
    bonds = 3 * (coefficient(pair_second, set()) - 2 * alone)
    assert 3 * constant == pytest.approx(block + alone + bonds, abs=1e-14)
    assert coefficient(pair_first, set()) == pytest.approx(0, abs=1e-14)


@given(st.floats(0, 2.5))
def test_the_first_order_is_never_above_the_exact_log_z(K: float) -> None:
    assert log_partition_function(FIRST, K) <= exact_log_partition_function("triangular", K) + 1e-14


@dataclass(frozen=True)
class FreeBlocks(NiemeijerVanLeeuwen):
    """Sums a block over all its spins, whatever its majority."""

    def step(self, couplings: Any) -> Step:
        new, constant = super().step(couplings)
        return Step(new, constant + math.log(2) / 3)


@dataclass(frozen=True)
class DoubleBonds(NiemeijerVanLeeuwen):
    """Neighbouring blocks joined by four bonds instead of two."""

    def step(self, couplings: Any) -> Step:
        (K, h), constant = super().step(couplings)
        return Step((2 * K, h), constant)


def test_the_bound_catches_a_broken_recursion() -> None:
    assert log_partition_function(FreeBlocks(), 0.3) > exact_log_partition_function("triangular", 0.3) + 0.01
    with pytest.raises((UndecidedError, CouplingError)):
        log_partition_function(DoubleBonds(), 0.5)  # grows faster than the blocks


def test_the_second_order_is_better_at_high_temperature() -> None:
    for K in (0.02, 0.05, 0.1):
        exact = exact_log_partition_function("triangular", K)
        errors = [abs(log_partition_function(scheme, K) - exact) for scheme in (FIRST, SECOND)]
        assert errors[1] < errors[0] / 10


def test_errors() -> None:
    with pytest.raises(InputError, match="expected 1 or 2"):
        NiemeijerVanLeeuwen(3)
    with pytest.raises(UndecidedError, match="certified_fixed_point"):
        is_fixed_point(SECOND, (Exact(K_STAR), 0, 0, 0))
