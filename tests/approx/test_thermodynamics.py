from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

import approx
from approx import Estimate, UnreliableEstimateError
from approx.annealing import log_mean_exp
from exactrg import RBM, SpinPolynomial, expectation, free_energy, ising, kaufman, ring, square
from exactrg.errors import InputError, SiteError, SpinError

pytestmark = pytest.mark.jit

H = ising(square(4), 0.38)
BOND = SpinPolynomial({(0, 1): 1})


@pytest.mark.parametrize(("method", "repeats"), [("metropolis", 50), ("wolff", 200)])
def test_intervals_cover_the_truth_as_often_as_they_say(method, repeats):
    """68% and 95% intervals miss by no more than chance allows (1e-6 each)."""
    exact = expectation(BOND, H)
    answers = [approx.expectation(BOND, H, rng=seed, n=2000, method=method, threads=1) for seed in range(repeats)]
    z = np.array([(answer.value - exact) / answer.stderr for answer in answers])
    for sigma, coverage in ((1.0, 0.6827), (1.96, 0.95)):
        inside = int(np.sum(np.abs(z) < sigma))
        assert binom.sf(inside - 1, repeats, coverage) > 1e-6 and binom.cdf(inside, repeats, coverage) > 1e-6, inside


def test_free_energies_cover_the_truth_as_often_as_they_say():
    system = ising(ring(5), 0.6, 0.2)
    exact = free_energy(system)
    answers = [approx.free_energy(system, rng=seed, method="annealing", n=256, threads=1) for seed in range(200)]
    inside = sum(abs(answer.value - exact) < answer.stderr for answer in answers)
    assert binom.sf(inside - 1, 200, 0.6827) > 1e-6 and binom.cdf(inside, 200, 0.6827) > 1e-6


def test_the_forty_by_forty_lattice():
    energy = approx.expectation(ising(square(40), 0.3), ising(square(40), 0.3), rng=1, threads=2)
    assert abs(energy.value - kaufman.energy(40, 40, 0.3)) < 5.5 * energy.stderr < 2.0
    F = approx.free_energy(ising(square(40), 0.3), rng=1, n=1024, threads=2)
    assert abs(F.value + kaufman.log_partition_function(40, 40, 0.3)) < 5.5 * F.stderr < 1.0


@pytest.mark.slow
@pytest.mark.parametrize("K", [0.408, 0.5])
@pytest.mark.parametrize("method", ["integration", "annealing"])
def test_free_energies_of_the_forty_by_forty_lattice(method, K):
    F = approx.free_energy(ising(square(40), K), rng=2, method=method, threads=2)
    assert abs(F.value + kaufman.log_partition_function(40, 40, K)) < 5.5 * F.stderr < 2.0


def test_an_answer_says_how_it_was_made():
    answer = approx.expectation(BOND, H, rng=5)
    assert isinstance(answer, Estimate) and answer.seed == 5 and answer.method == "metropolis (bit-parallel)"
    assert answer == approx.expectation(BOND, H, rng=5, threads=1)
    assert answer.effective_samples > 10_000 and answer.tau >= 0.5
    assert approx.expectation(BOND, H, rng=np.random.default_rng(5)).seed is None
    assert "perfect" in approx.expectation(BOND, ising(square(4), 0.2), rng=5).method
    assert "integration" in approx.free_energy(H, rng=5, n=256).method
    rbm = RBM([[0.4], [0.3]])
    assert "annealed" in approx.free_energy(rbm, rng=5).method
    assert approx.free_energy(rbm, rng=5) == approx.free_energy(rbm, rng=5, threads=1)


def test_free_spins_and_frozen_ones():
    free = approx.free_energy(ising(square(4), 0.0) + 1.5, rng=1)
    assert (free.value, free.stderr) == (1.5 - 16 * math.log(2), 0.0)
    frozen = ising(square(4), 3.0)
    with pytest.raises(UnreliableEstimateError):
        approx.free_energy(frozen, rng=1, method="integration")
    found = approx.free_energy(frozen, rng=1)
    assert "annealed" in found.method and abs(found.value - free_energy(frozen)) < 5.5 * found.stderr


def test_columns_are_those_of_the_observables_sites():
    system = ising(ring(4), 0.3, {0: 1.0, 1: -1.0})
    for f in (SpinPolynomial({("x",): 1}).relabel({"x": site}) for site in range(4)):
        answer = approx.expectation(f, system, rng=1)
        assert abs(answer.value - expectation(f, system)) < 5.5 * answer.stderr


def test_log_mean_exp():
    w = np.random.default_rng(1).exponential(size=1000)
    value, stderr = log_mean_exp(np.log(w) + 900)
    assert value == pytest.approx(900 + math.log(w.mean()))
    assert stderr == pytest.approx(w.std(ddof=1) / w.mean() / math.sqrt(1000))
    assert log_mean_exp(np.zeros(1)) == (0.0, math.inf)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: approx.expectation(2.0, H), InputError, "f is a float"),
        (lambda: approx.expectation(SpinPolynomial({(99,): 1}), H), SiteError, "99"),
        (lambda: approx.expectation(BOND, "H"), InputError, "got a str"),
        (lambda: approx.expectation(BOND, H, n=0), InputError, "n must be"),
        (lambda: approx.free_energy(H, method="exact"), InputError, "'integration' or 'annealing'"),
        (lambda: approx.free_energy(H, n=-1), InputError, "n must be"),
        (lambda: approx.free_energy(H, max_steps=0), InputError, "max_steps must be"),
        (lambda: approx.free_energy(H, starts=[[1] * 9]), InputError, "leave them out for a Hamiltonian"),
        (lambda: approx.free_energy(RBM([[1.0]]), sweeps=1), InputError, "sweeps must be an int of at least 8"),
        (lambda: approx.free_energy(RBM([[1.0]]), starts=[[1, 1]]), SpinError, r"expected \(n_samples, 1\)"),
        (lambda: approx.kl_divergence(H, H, sweeps=0), InputError, "sweeps must be"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(("n", "m"), [(3, 0), (0, 3), (2000, 0)])
def test_an_rbm_without_a_layer_is_independent_spins(n, m):
    b, c = np.linspace(-1, 1, m), np.linspace(0.2, 0.4, n)
    found = approx.free_energy(RBM(np.zeros((n, m)), b, c, 0.5), rng=1)
    exact = 0.5 - np.log(2 * np.cosh(np.append(b, c))).sum()
    assert found.value == pytest.approx(exact) and found.stderr == 0
