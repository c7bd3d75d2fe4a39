from __future__ import annotations

import itertools

import numpy as np
import pytest

from approx.graph_samplers import Chains, Interactions, heat_bath
from approx.tempering import Ladders, parallel_tempering
from exactrg.errors import InputError, SpinError
from exactrg.testing import assert_samples_from, assert_stationary

pytestmark = pytest.mark.jit

TRIANGLE = {(0, 1): -0.9, (1, 2): -0.9, (0, 2): -0.9, (0,): 0.2, (0, 1, 2): 0.3}  # frustrated
FACTORS = [0.3, 0.65, 1.0]


def log_weights(n, terms):
    return np.array(
        [sum(a * np.prod([s[i] for i in S]) for S, a in terms.items()) for s in itertools.product((1, -1), repeat=n)]
    )


def joint(n, terms, factors):
    """Weights of all replicas together, replica 0 first."""
    table = np.ones(())
    for f in factors:
        table = np.multiply.outer(table, np.exp(f * log_weights(n, terms)).reshape((2,) * n))
    return table


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("parity", [0, 1])
def test_a_step_leaves_the_joint_distribution_of_the_replicas_unchanged(parity, steps):
    g = Interactions.from_terms(3, TRIANGLE)

    def kernel(configs, rng):
        start = Ladders.start(configs.reshape(-1, 3, 3), rng)
        start = Ladders(start.spins, start.streams, parity)
        return parallel_tempering(g, start, FACTORS, 1, thin=steps).ladders.spins.reshape(-1, 9)

    assert_stationary(kernel, joint(3, TRIANGLE, FACTORS), n=100_000, rng=1)


def test_exchanges_at_the_wrong_rate_are_caught():
    """Replicas that are swept at factors 1 and 0.5 but exchanged by a coin."""
    g = Interactions.from_terms(3, TRIANGLE)

    def kernel(configs, rng):
        configs = parallel_tempering(g, Ladders.start(configs.reshape(-1, 2, 3), rng), [0.5, 1.0], 1).ladders.spins
        swap = rng.random(len(configs)) < 0.3
        configs[swap] = configs[swap, ::-1]
        return configs.reshape(-1, 6)

    with pytest.raises(AssertionError):
        assert_stationary(kernel, joint(3, TRIANGLE, [0.5, 1.0]), n=200_000, rng=2)


def test_every_factor_has_its_own_distribution_from_one_start():
    g = Interactions.from_terms(3, TRIANGLE)
    start = Ladders.start(np.ones((20_000, 3, 3), np.int8), 3)
    for keep, factor in enumerate(FACTORS):
        run = parallel_tempering(g, start, FACTORS, 1, thin=40, keep=keep)
        assert_samples_from(run.configs[:, 0], np.exp(factor * log_weights(3, TRIANGLE)).reshape(2, 2, 2))
        assert np.array_equal(run.configs[:, 0], run.ladders.spins[:, keep])


def test_exchange_rates_against_the_sum_over_pairs():
    """Mean of min(1, e^((f' - f)(g - g'))) over independent replicas; tried every second step."""
    g = Interactions.from_terms(3, TRIANGLE)
    run = parallel_tempering(g, Ladders.hot(2000, 3, 3, 4), FACTORS, 101, keep=None)
    values, n = log_weights(3, TRIANGLE), 2000 * 50
    for r, rate in enumerate(run.exchange_rates):
        p, q = (np.exp(f * values) / np.exp(f * values).sum() for f in FACTORS[r : r + 2])
        accept = np.minimum(1, np.exp((FACTORS[r + 1] - FACTORS[r]) * (values[:, None] - values)))
        exact = p @ accept @ q
        assert abs(rate - exact) < 5 * np.sqrt(exact * (1 - exact) / n) + 0.003  # correlated tries, hot start
    assert run.configs is None


def test_records_belong_to_the_replicas_in_the_order_of_the_factors():
    g = Interactions.from_terms(3, TRIANGLE)
    run = parallel_tempering(g, Ladders.hot(5, 3, 3, 6), FACTORS, 7, thin=2)
    assert run.log_weights.shape == run.magnetizations.shape == (5, 7, 3)
    for ladder in range(5):
        assert np.allclose(run.log_weights[ladder, :, 2], g.log_weight(run.configs[ladder]))
        assert np.array_equal(run.magnetizations[ladder, :, 2], run.configs[ladder].sum(axis=1))
        assert np.allclose(run.log_weights[ladder, -1], g.log_weight(run.ladders.spins[ladder]))


@pytest.mark.parametrize("first", [1, 2, 4])
def test_the_same_bits_for_any_number_of_threads_and_blocks(first):
    g, start = Interactions.from_terms(3, TRIANGLE), Ladders.hot(5, 3, 3, 6)
    whole = parallel_tempering(g, start, FACTORS, 7, n_threads=1)
    threads = parallel_tempering(g, start, FACTORS, 7, n_threads=3)
    assert np.array_equal(whole.configs, threads.configs) and np.array_equal(whole.log_weights, threads.log_weights)
    one = parallel_tempering(g, start, FACTORS, first)
    two = parallel_tempering(g, one.ladders, FACTORS, 7 - first)
    assert np.array_equal(whole.configs, np.concatenate([one.configs, two.configs], axis=1))
    assert np.array_equal(whole.ladders.spins, two.ladders.spins) and whole.ladders.parity == two.ladders.parity == 1


def test_a_barrier_that_stops_heat_bath_does_not_stop_tempering():
    """Two ground states of a ring at K = 4: a hot replica carries the chain across."""
    ring = Interactions.from_terms(8, {(i, (i + 1) % 8): 4.0 for i in range(8)})
    up = np.ones((64, 8), np.int8)
    alone = heat_bath(ring, Chains.start(up, 1), 400)
    assert np.mean(alone.magnetizations[:, -1] > 0) > 0.9
    factors = np.linspace(0, 1, 12)
    run = parallel_tempering(ring, Ladders.start(np.ones((64, 12, 8), np.int8), 1), factors, 400)
    assert 0.2 < np.mean(run.magnetizations[:, -1, -1] > 0) < 0.8 and run.exchange_rates.min() > 0.2


def test_one_factor_is_heat_bath_at_that_temperature():
    g = Interactions.from_terms(3, TRIANGLE)
    run = parallel_tempering(g, Ladders.hot(20_000, 1, 3, 8), [0.5], 1, thin=30)
    assert run.exchange_rates.shape == (0,)
    assert_samples_from(run.configs[:, 0], np.exp(0.5 * log_weights(3, TRIANGLE)).reshape(2, 2, 2))


@pytest.mark.parametrize(
    "factors", [[], [1.0, 0.5, 0.2], [0.5, 0.5, 1.0], [-0.1, 0.5, 1.0], [0.1, 0.5, np.nan], [[1.0]]]
)
def test_bad_factors(factors):
    with pytest.raises(InputError, match="increasing"):
        parallel_tempering(Interactions.from_terms(3, TRIANGLE), Ladders.hot(1, 3, 3, 1), factors, 1)


def test_bad_arguments():
    g, ladders = Interactions.from_terms(3, TRIANGLE), Ladders.hot(2, 3, 3, 1)
    with pytest.raises(SpinError, match="expected 2 and 3"):
        parallel_tempering(g, ladders, [0.5, 1.0], 1)
    with pytest.raises(SpinError, match="expected 3 and 4"):
        parallel_tempering(Interactions.from_terms(4, {}), ladders, FACTORS, 1)
    with pytest.raises(InputError, match="keep"):
        parallel_tempering(g, ladders, FACTORS, 1, keep=3)
    with pytest.raises(InputError, match="n_draws"):
        parallel_tempering(g, ladders, FACTORS, 0)
    with pytest.raises(SpinError, match="n_ladders"):
        Ladders.start(np.ones((3, 3)), 1)
