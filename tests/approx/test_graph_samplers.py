from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.autocorrelation import autocorrelation_time
from approx.graph_samplers import Chains, Interactions, heat_bath, metropolis, over_chains
from exactrg.errors import CouplingError, InputError, SiteError, SpinError
from exactrg.testing import assert_samples_from, assert_stationary

pytestmark = pytest.mark.jit

SAMPLERS = [heat_bath, metropolis]


def torus(Lx, Ly, K):
    """Bonds of a torus as terms, double bonds twice."""
    terms = []
    for y in range(Ly):
        for x in range(Lx):
            terms += [((y * Lx + x, y * Lx + (x + 1) % Lx), K), ((y * Lx + x, (y + 1) % Ly * Lx + x), K)]
    return Lx * Ly, terms


def random_terms(n, n_terms, seed, scale=1.0):
    """Frustrated many-body terms with fields and a constant."""
    rng = np.random.default_rng(seed)
    terms = [
        (tuple(rng.choice(n, rng.integers(0, 5), replace=False).tolist()), rng.normal(scale=scale))
        for _ in range(n_terms)
    ]
    return n, terms


SYSTEMS = {
    "2x2 with double bonds": torus(2, 2, 0.3),
    "3x3": torus(3, 3, 0.4),
    "3x3 antiferromagnet": torus(3, 3, -0.4),
    "many-body": random_terms(7, 12, 1, scale=0.5),
    "frustrated, many-body": random_terms(8, 30, 2),
    "free spins": (3, [((), 2.0)]),
}


def weights(n, terms):
    g = np.zeros((2,) * n)
    for index, spins in zip(itertools.product((0, 1), repeat=n), itertools.product((1, -1), repeat=n), strict=True):
        g[index] = sum(a * np.prod([spins[i] for i in sites]) for sites, a in terms)
    return np.exp(g)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", SYSTEMS)
def test_a_sweep_leaves_the_distribution_unchanged(name, sampler):
    n, terms = SYSTEMS[name]
    g = Interactions.from_terms(n, terms)

    def kernel(configs, rng):
        return sampler(g, Chains.start(configs, rng), 1, keep_configs=False).chains.spins

    report = assert_stationary(kernel, weights(n, terms), n=100_000, rng=1)
    assert report.moved > 0.05


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", ["2x2 with double bonds", "3x3 antiferromagnet", "many-body", "free spins"])
def test_every_configuration_is_reached_with_its_probability_from_one_start(name, sampler):
    n, terms = SYSTEMS[name]
    start = Chains.start(np.ones((20_000, n), np.int8), 3)
    run = sampler(Interactions.from_terms(n, terms), start, 2, thin=100)
    for draw in range(2):
        assert_samples_from(run.configs[:, draw], weights(n, terms))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("fault", ["3% too hot", "missing periodic bond", "shared streams"])
def test_wrong_samplers_are_caught(fault, sampler):
    n, terms = SYSTEMS["3x3"]
    factor = 0.97 if fault == "3% too hot" else 1.0
    wrong = [(sites, factor * a) for sites, a in terms]
    g = Interactions.from_terms(n, wrong[:-1] if fault == "missing periodic bond" else wrong)

    def kernel(configs, rng):
        chains = Chains.start(configs, rng)
        if fault == "shared streams":
            chains = Chains(chains.spins, np.repeat(chains.streams[::100], 100, axis=0))
        return sampler(g, chains, 1).chains.spins

    with pytest.raises(AssertionError, match="unchanged"):
        assert_stationary(kernel, weights(n, terms), n=200_000, rng=2)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 6), st.integers(0, 12), st.integers(0, 2**32), st.sampled_from(SAMPLERS))
def test_records_belong_to_the_configurations(n, n_terms, seed, sampler):
    n, terms = random_terms(max(n, 4), n_terms, seed)
    g = Interactions.from_terms(n, terms)
    run = sampler(g, Chains.hot(3, n, seed), 5)
    for chain, draw in itertools.product(range(3), range(5)):
        spins = run.configs[chain, draw].tolist()
        expected = sum(a * np.prod([spins[i] for i in sites]) for sites, a in terms)
        assert run.log_weights[chain, draw] == pytest.approx(expected, abs=1e-9)
        assert run.magnetizations[chain, draw] == sum(spins)
    assert np.array_equal(run.configs[:, -1], run.chains.spins)
    assert np.allclose(g.log_weight(run.configs[0]), run.log_weights[0])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_same_bits_for_any_number_of_threads_and_blocks(sampler):
    n, terms = SYSTEMS["many-body"]
    g, start = Interactions.from_terms(n, terms), Chains.hot(7, n, 5)
    before = start.spins.copy(), start.streams.copy()
    whole = sampler(g, start, 10, thin=3, n_threads=1)
    assert np.array_equal(before[0], start.spins) and np.array_equal(before[1], start.streams)
    for n_threads in (2, 3, 16):
        other = sampler(g, start, 10, thin=3, n_threads=n_threads)
        assert np.array_equal(whole.configs, other.configs) and np.array_equal(whole.log_weights, other.log_weights)
        assert np.array_equal(whole.chains.streams, other.chains.streams)
    first = sampler(g, start, 4, thin=3)
    second = sampler(g, first.chains, 6, thin=3)
    assert np.array_equal(whole.configs, np.concatenate([first.configs, second.configs], axis=1))
    alone = sampler(g, Chains(start.spins[2:3], start.streams[2:3]), 10, thin=3, keep_configs=False)
    assert np.array_equal(alone.magnetizations[0], whole.magnetizations[2]) and alone.configs is None


def test_seeds_and_generators():
    assert np.array_equal(Chains.hot(4, 9, 1).spins, Chains.hot(4, 9, 1).spins)
    rng = np.random.default_rng(1)
    one, two = Chains.hot(50, 9, rng), Chains.hot(50, 9, rng)
    assert not np.array_equal(one.streams, two.streams) and not np.array_equal(one.spins, two.spins)
    assert abs(Chains.hot(1000, 100, 2).spins.mean()) < 5 / np.sqrt(100_000)
    assert len(np.unique(one.streams)) == one.streams.size


def test_heat_bath_forgets_free_spins_in_a_sweep_and_metropolis_has_no_hidden_parity():
    free = Interactions.from_terms(5, [])
    assert autocorrelation_time(heat_bath(free, Chains.hot(20, 5, 1), 500).magnetizations).tau < 0.55
    parity = np.prod(metropolis(free, Chains.hot(20_000, 5, 2), 2).configs, axis=2)
    assert abs(np.mean(parity[:, 0] * parity[:, 1])) < 5 / np.sqrt(20_000)


def test_an_exception_in_a_thread_reaches_the_caller():
    def kernel(a):
        raise RuntimeError("in a thread")

    with pytest.raises(RuntimeError, match="in a thread"):
        over_chains(kernel, (np.zeros(4),), (), 2)


@pytest.mark.parametrize(
    ("terms", "error", "words"),
    [
        ({(0, 0): 1.0}, SiteError, "twice"),
        ({(0, 4): 1.0}, SiteError, "range"),
        ({(-1,): 1.0}, SiteError, "range"),
        ({(0,): float("nan")}, CouplingError, "finite"),
        ({(0,): float("inf")}, CouplingError, "finite"),
        ({(0,): "J"}, CouplingError, "real"),
    ],
)
def test_bad_terms(terms, error, words):
    with pytest.raises(error, match=words):
        Interactions.from_terms(4, terms)


def test_bad_arguments():
    g, chains = Interactions.from_terms(4, {(0, 1): 1.0}), Chains.hot(2, 4, 1)
    for options in ({"n_draws": 0}, {"n_draws": 2.0}, {"n_draws": 1, "thin": 0}, {"n_draws": 1, "n_threads": 0}):
        with pytest.raises(InputError, match="at least 1"):
            heat_bath(g, chains, **options)
    with pytest.raises(SpinError, match="4 sites, the weight has 5"):
        metropolis(Interactions.from_terms(5, {}), chains, 1)
    with pytest.raises(SpinError, match="0/1"):
        Chains.start([[0, 1]], 1)
    with pytest.raises(SpinError, match="shape"):
        Chains.start([1, -1], 1)
    with pytest.raises(InputError, match="rng"):
        Chains.hot(2, 2, -1)
    with pytest.raises(InputError, match="n_sites"):
        Interactions.from_terms(0, {})
    with pytest.raises(SpinError, match="expected"):
        g.log_weight(np.ones((2, 5)))
