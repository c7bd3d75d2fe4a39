from __future__ import annotations

import math

import numpy as np
import pytest

from approx import TooFewSamplesError
from approx.annealing import anneal, lead
from approx.layer_path import LayerPath
from approx.log_weights import effective_weights
from approx.paths import GraphPath, path_of
from approx.problem import Problem
from approx.schedule import ladder
from approx.tempering import Ladders, parallel_tempering
from exactrg import RBM, SpinPolynomial, exp, ising, log_partition_function, ring, square
from exactrg.testing import assert_samples_from

SEED = np.random.SeedSequence(1)
PROBLEMS = {
    "lattice": Problem.of(ising(square(3), 0.5, 0.1)),
    "graph": Problem.of(SpinPolynomial({(0, 1, 2): -1.1, (1, 3): 0.9, (2, 3): 0.7, (0,): 0.3, (): 2.0}, range(4))),
    "layers": Problem.of(RBM([[0.9, -0.7], [0.5, 1.1], [-0.4, 0.6]], b=[0.3, -0.2], c=[0.1, 0.0, 0.4], constant=1.5)),
}
PATHS = {
    "lattice": path_of(PROBLEMS["lattice"]),
    "graph": path_of(PROBLEMS["graph"]),
    "layers": LayerPath(PROBLEMS["layers"].energy),
}


@pytest.mark.jit
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_mean_weight_is_exact_for_any_number_of_steps(name):
    problem = PROBLEMS[name]
    path = PATHS[name]
    exact = float(log_partition_function(problem.energy)) + problem.constant
    for betas in ([0.0, 1.0], [0.0, 0.5, 1.0], [0.0, 0.2, 0.5, 0.8, 1.0]):
        seeds = [np.random.SeedSequence(k) for k in range(30 if name == "lattice" else 150)]
        log_w, _, _ = lead(path, np.array(betas), seeds, 1)
        w = np.exp(log_w - (exact - path.log_z0))
        assert abs(w.mean() - 1) < 5.5 * w.std() / math.sqrt(w.size), len(betas)


@pytest.mark.jit
@pytest.mark.parametrize("name", PROBLEMS)
def test_annealing_is_the_same_on_any_number_of_threads(name):
    path = PATHS[name]
    one, two = (anneal(path, SEED, 300, threads) for threads in (1, 2))
    assert np.array_equal(one.log_weights, two.log_weights) and one.log_weights.size >= 300
    assert effective_weights(one.log_weights) >= one.log_weights.size / 4
    assert not np.array_equal(one.log_weights, anneal(path, np.random.SeedSequence(2), 300, 1).log_weights)


def test_too_few_steps_are_refused_with_the_weights():
    found = anneal(path_of(Problem.of(ising(ring(60), 1.0))), SEED, 100, 1, max_steps=8)
    assert found.steps >= 8
    with pytest.raises(TooFewSamplesError, match="effective weights of 128") as info:
        found.checked()
    assert info.value.series.shape == (1, 128)


def test_effective_weights():
    assert effective_weights(np.zeros(7)) == pytest.approx(7)
    assert effective_weights(np.array([1000.0, 0.0])) == pytest.approx(1)
    assert effective_weights(np.log([1.0, 2.0])) == pytest.approx(9 / 5)
    assert effective_weights(np.array([-np.inf, -np.inf])) == 0 == effective_weights(np.empty(0))


@pytest.mark.jit
@pytest.mark.parametrize("name", PROBLEMS)
def test_neighbours_of_a_ladder_overlap(name):
    """A step changes the log-weight by about one standard deviation of it, so that half of the exchanges succeed."""
    terms = PROBLEMS[name].interactions
    factors = ladder(GraphPath(terms), SEED, 1)
    assert factors[0] == 0 and factors[-1] == 1 and np.all(np.diff(factors) > 0)
    run = parallel_tempering(terms, Ladders.hot(2000, factors.size, terms.n_sites, 1), factors, 50)
    assert np.all(run.exchange_rates > 0.3)
    H = PROBLEMS[name].energy
    assert_samples_from(run.configs[:, -1], exp(-(H.energy() if isinstance(H, RBM) else H)).table)


def test_free_spins_need_one_rung():
    terms = Problem.of(SpinPolynomial({(): 1.0}, range(3))).interactions
    assert ladder(GraphPath(terms), SEED, 1).tolist() == [0.0, 1.0]
