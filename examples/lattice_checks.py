"""The 3x3 torus at K = 0.4 that the Ising codes are held to, in exactrg's conventions: H = -K sum s s, in units of kT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from exactrg import exp, expectation, free_energy, ising, square

K, L, N = 0.4, 3, 9
GRAPH = square(L)
H = ising(GRAPH, K)
F = free_energy(H)
WEIGHTS = exp(-H).table
ENERGY_PER_SITE = expectation(H, H) / K / N
"""-<sum s s> / N, for J = 1 and T = 1 / K."""

REDUCIBLE = (
    "sequential Metropolis accepts every move of zero cost, and on the 3x3 torus 8 of the 512 states then only flip back and "
    "forth, sweep by sweep: stationary, but never equilibrated from a random start"
)


def row_by_row(update: Callable[[np.ndarray], Any]) -> Callable[..., np.ndarray]:
    """A kernel from a function of one configuration."""

    def kernel(configs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.array([np.ravel(update(row)) for row in configs])

    return kernel


def same(*runs: Any) -> str:
    """Assert that results are equal."""
    assert all(np.array_equal(runs[0], other) for other in runs[1:]), f"they differ: {[np.ravel(r)[:3] for r in runs]}"
    return "they are equal"


def different(*runs: Any) -> str:
    """Assert that results are not all equal."""
    assert not all(np.array_equal(runs[0], other) for other in runs[1:]), "they are equal, number by number"
    return "they differ"
