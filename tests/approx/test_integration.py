from __future__ import annotations

import math

import numpy as np
import pytest

from approx import Estimate, TooFewSamplesError, integration
from approx.integration import GAUSS, KRONROD, NODES, integrate
from approx.problem import Problem
from exactrg import ising, kaufman, ring, square

pytestmark = pytest.mark.jit

SEED = np.random.SeedSequence(1)


def test_the_rules_are_exact_for_polynomials():
    """15 Kronrod points to degree 23, 7 Gauss points to degree 13, and no further."""
    x = np.array([*(-node for node in NODES), *NODES[-2::-1]])
    kronrod, gauss = np.array([*KRONROD, *KRONROD[-2::-1]]), np.array([*GAUSS, *GAUSS[-2::-1]])
    for degree in range(26):
        exact = 2 / (degree + 1) if degree % 2 == 0 else 0.0
        assert (abs(kronrod @ x**degree - exact) < 1e-15) == (degree < 24 or degree == 25)
        assert (abs(gauss @ x[1::2] ** degree - exact) < 1e-15) == (degree < 14 or degree % 2 == 1)


def without_noise(monkeypatch, function, stderr):
    points = []

    def mean(problem, beta, seed, n, threads):
        points.append(beta)
        return Estimate(function(beta), stderr, 100.0, 0.5, 1.0)

    monkeypatch.setattr(integration, "_mean_log_weight", mean)
    return points


def test_intervals_are_halved_where_it_matters(monkeypatch):
    """Across the transition of the 40 x 40 torus the energy bends too sharply for 15 points without noise."""
    problem = Problem.of(ising(square(40), 0.6))
    points = without_noise(monkeypatch, lambda beta: -kaufman.energy(40, 40, 0.6 * beta) / beta, 1e-3)
    found = integrate(problem, SEED, 1, 1)
    assert found.value == pytest.approx(-kaufman.log_partition_function(40, 40, 0.6), abs=5 * found.stderr)
    assert found.stderr < 0.02 and len(points) > 15 and f"({len(points)} points)" not in found.method
    density = np.histogram(points, bins=5, range=(0, 1))[0]
    assert density.argmax() == 3  # K_c is at 0.73


def test_the_error_covers_what_quadrature_leaves(monkeypatch):
    """With noise that hides the transition, the difference of the two rules must still be paid for."""
    problem = Problem.of(ising(square(40), 0.5))
    exact = -kaufman.log_partition_function(40, 40, 0.5)
    without_noise(monkeypatch, lambda beta: -kaufman.energy(40, 40, 0.5 * beta) / beta, 2.0)
    found = integrate(problem, SEED, 1, 1)
    assert abs(found.value - exact) < found.stderr


def test_what_cannot_be_integrated_is_refused(monkeypatch):
    without_noise(monkeypatch, lambda beta: 1.0 / abs(beta - 1 / math.pi), 1e-9)
    with pytest.raises(TooFewSamplesError, match=r"near 0\.(2|3)"):
        integrate(Problem.of(ising(ring(3), 0.5)), SEED, 1, 1)
