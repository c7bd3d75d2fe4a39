"""Houtappel's log Z against brute force, a transfer matrix, symmetry and the literature."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

from exactrg import infinite
from exactrg.errors import CouplingError, InputError
from exactrg.schemes import exact_log_partition_function, triangular_log_partition_function


def strip(width: int, K: float) -> float:
    """log Z per site of the infinite triangular strip with periodic sides, from the largest eigenvalue."""
    spins = 1 - 2 * (np.arange(2**width)[:, None] >> np.arange(width) & 1)
    row = K * (spins * np.roll(spins, 1, axis=1)).sum(1)
    between = K * (spins @ spins.T + spins @ np.roll(spins, 1, axis=1).T)
    matrix = np.exp(between + (row[:, None] + row[None, :]) / 2)
    return float(np.log(np.abs(np.linalg.eigvals(matrix)).max()) / width)


@pytest.mark.parametrize("K", [0.02, 0.1, 0.15, 0.6, 1.5])
def test_against_a_strip(K: float) -> None:
    """Converges exponentially away from K_c = 0.2747."""
    tolerance = 1e-8 if K in (0.02, 1.5) else 3e-4
    assert triangular_log_partition_function(K) == pytest.approx(strip(8, K), abs=tolerance)


@pytest.mark.parametrize("K", [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0])
def test_against_the_double_integral(K: float) -> None:
    """The mean over both angles on a grid, as it stands in the literature."""
    a = (np.arange(1500) + 0.5) * 2 * np.pi / 1500
    C, S = np.cosh(2 * K) ** 3 + np.sinh(2 * K) ** 3, np.sinh(2 * K)
    cosines = np.cos(a)[:, None] + np.cos(a) + np.cos(a[:, None] + a)
    expected = math.log(2) + np.mean(np.log(C - S * cosines)) / 2
    assert triangular_log_partition_function(K) == pytest.approx(expected, rel=1e-14)


def test_at_criticality() -> None:
    """There the mean bond energy is 2/3 (Houtappel): d log Z / dK = 3 * 2/3."""
    K_c, step = sympy.log(3) / 4, sympy.Rational(1, 10**6)
    above, below = (triangular_log_partition_function(K_c + sign * step, digits=25) for sign in (1, -1))
    assert float((above - below) / (2 * step)) == pytest.approx(2, abs=1e-5)
    assert triangular_log_partition_function(K_c) == pytest.approx(0.87958538616157151709, rel=1e-15)


def test_lattices() -> None:
    assert exact_log_partition_function("square", 0.4) == infinite.log_partition_function(0.4)
    assert exact_log_partition_function("triangular", 0.4) == triangular_log_partition_function(0.4)
    with pytest.raises(InputError, match='expected "square" or "triangular"'):
        exact_log_partition_function("cubic", 0.4)
    with pytest.raises(InputError, match="K >= 0"):
        triangular_log_partition_function(-0.1)
    with pytest.raises(CouplingError):
        triangular_log_partition_function(math.nan)
