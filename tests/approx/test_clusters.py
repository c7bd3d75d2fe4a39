from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.clusters import Ferromagnet, swendsen_wang, wolff
from approx.estimate import estimate
from approx.graph_samplers import Chains, Interactions
from exactrg.errors import CouplingError, InputError, SiteError, SpinError
from exactrg.testing import assert_samples_from, assert_stationary

pytestmark = pytest.mark.jit

SAMPLERS = [wolff, swendsen_wang]


def torus(Lx, Ly):
    sites = range(Lx * Ly)
    right = [(i, i - i % Lx + (i + 1) % Lx) for i in sites]
    return Lx * Ly, right + [(i, (i + Lx) % (Lx * Ly)) for i in sites]


def random_graph(n, n_bonds, seed):
    """Bonds with couplings of their own (one zero), some double, and fields of both signs."""
    rng = np.random.default_rng(seed)
    bonds = [tuple(rng.choice(n, 2, replace=False).tolist()) for _ in range(n_bonds)]
    return n, bonds, np.append(rng.exponential(0.4, n_bonds - 1), 0.0), rng.normal(scale=0.4, size=n)


SYSTEMS = {
    "2x2 with double bonds": (*torus(2, 2), 0.3, 0.0),
    "3x3": (*torus(3, 3), 0.4, 0.0),
    "4x3 in a field": (*torus(4, 3), 0.3, 0.15),
    "3x3 in a strong field": (*torus(3, 3), 0.2, -0.8),
    "random graph, fields of both signs": random_graph(8, 14, 1),
    "random graph": (*random_graph(8, 10, 2)[:3], 0.0),
    "no bonds": (4, [], 1.0, [0.5, 0.0, -0.5, 0.1]),
}


def weights(n, bonds, K, h):
    K, h = np.broadcast_to(K, len(bonds)), np.broadcast_to(h, n)
    g = np.zeros((2,) * n)
    for index, s in zip(itertools.product((0, 1), repeat=n), itertools.product((1, -1), repeat=n), strict=True):
        g[index] = sum(k * s[i] * s[j] for k, (i, j) in zip(K, bonds, strict=True)) + np.dot(h, s)
    return np.exp(g)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", SYSTEMS)
def test_an_update_leaves_the_distribution_unchanged(name, sampler):
    graph = Ferromagnet.from_bonds(*SYSTEMS[name])

    def kernel(configs, rng):
        return sampler(graph, Chains.start(configs, rng), 1, keep_configs=False).chains.spins

    report = assert_stationary(kernel, weights(*SYSTEMS[name]), n=100_000, rng=1)
    assert report.moved > 0.05


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", ["2x2 with double bonds", "random graph, fields of both signs", "no bonds"])
def test_every_configuration_is_reached_with_its_probability_from_one_start(name, sampler):
    n = SYSTEMS[name][0]
    run = sampler(Ferromagnet.from_bonds(*SYSTEMS[name]), Chains.start(np.ones((20_000, n)), 3), 2, thin=60)
    for draw in range(2):
        assert_samples_from(run.configs[:, draw], weights(*SYSTEMS[name]))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("fault", ["couplings", "field", "missing bond"])
def test_wrong_samplers_are_caught(fault, sampler):
    n, bonds, K, h = SYSTEMS["4x3 in a field"]
    wrong = {
        "couplings": (n, bonds, 0.98 * K, h),
        "field": (n, bonds, K, 0.95 * h),
        "missing bond": (n, bonds[1:], K, h),
    }
    graph = Ferromagnet.from_bonds(*wrong[fault])

    def kernel(configs, rng):
        return sampler(graph, Chains.start(configs, rng), 1).chains.spins

    with pytest.raises(AssertionError, match="unchanged"):
        assert_stationary(kernel, weights(n, bonds, K, h), n=400_000, rng=2)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 8), st.integers(1, 12), st.integers(0, 2**32), st.sampled_from(SAMPLERS), st.booleans())
def test_records_belong_to_the_configurations(n, n_bonds, seed, sampler, equal):
    n, bonds, K, h = random_graph(n, n_bonds, seed)
    K = 0.3 if equal else K
    run = sampler(Ferromagnet.from_bonds(n, bonds, K, h), Chains.hot(3, n, seed), 5)
    log_table = np.log(weights(n, bonds, K, h))
    for chain, draw in itertools.product(range(3), range(5)):
        spins = run.configs[chain, draw]
        assert run.log_weights[chain, draw] == pytest.approx(log_table[tuple((1 - spins) // 2)], abs=1e-9)
        assert run.magnetizations[chain, draw] == spins.sum()
    assert np.array_equal(run.configs[:, -1], run.chains.spins)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", ["4x3 in a field", "random graph"])
def test_the_same_bits_for_any_number_of_threads_and_blocks(name, sampler):
    graph, start = Ferromagnet.from_bonds(*SYSTEMS[name]), Chains.hot(7, SYSTEMS[name][0], 5)
    whole = sampler(graph, start, 10, thin=3, n_threads=1)
    for n_threads in (2, 5):
        other = sampler(graph, start, 10, thin=3, n_threads=n_threads)
        assert np.array_equal(whole.configs, other.configs) and np.array_equal(whole.log_weights, other.log_weights)
    first = sampler(graph, start, 4, thin=3)
    second = sampler(graph, first.chains, 6, thin=3, keep_configs=False)
    assert np.array_equal(whole.magnetizations[:, 4:], second.magnetizations) and second.configs is None


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_strong_bonds_move_whole_domains(sampler):
    """At K = 40 a bond between equal spins is never closed: two aligned domains can only move as a whole."""
    n, bonds = torus(6, 4)
    spins = np.ones((500, n), np.int8)
    spins[:, n // 2 :] = -1
    after = sampler(Ferromagnet.from_bonds(n, bonds, 40.0), Chains.start(spins, 1), 1).configs[:, 0]
    assert np.all(after[:, : n // 2] == after[:, :1]) and np.all(after[:, n // 2 :] == after[:, -1:])
    assert {(a, b) for a, b in after[:, [0, -1]].tolist()} == (
        {(1, 1), (-1, -1)} if sampler is wolff else set(itertools.product((1, -1), repeat=2))
    )


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_energy_of_a_large_lattice_against_onsager(sampler):
    """K = 0.408, L = 96 (xi = 7.5): <s s'> = 0.5754274454835 on the infinite lattice, kept by e^(-L / xi) = 3e-6."""
    n, bonds = torus(96, 96)
    graph = Ferromagnet.from_bonds(n, bonds, 0.408)
    thin = 1 if sampler is swendsen_wang else 60
    start = sampler(graph, Chains.hot(4, n, 1), 1, thin=100 * thin).chains
    run = sampler(graph, start, 800, thin=thin, keep_configs=False)
    energy = estimate(run.log_weights / (0.408 * len(bonds)))
    assert energy.stderr < 6e-4 and abs(energy.value - 0.5754274454835) < 5 * energy.stderr
    magnetisation = estimate(run.magnetizations / n, max_r_hat=1.2)
    assert abs(magnetisation.value) < 5 * magnetisation.stderr


def test_interactions_become_a_graph():
    terms = {(): 3.0, (2,): -0.5, (0, 1): 0.2, (1, 2): 0.0}
    graph = Ferromagnet.from_interactions(Interactions.from_terms(4, [*terms.items(), ((1, 0), 0.3), ((2,), 0.1)]))
    other = Ferromagnet.from_bonds(4, [(0, 1), (1, 2), (0, 1)], [0.2, 0.0, 0.3], [0, 0, -0.4, 0])
    for name in ("indptr", "neighbours", "couplings", "fields"):
        assert np.allclose(getattr(graph, name), getattr(other, name)), name
    assert graph.n_sites == 4 and math.isclose(graph.couplings.sum(), 1.0)
    with pytest.raises(InputError, match="at most two sites, got 3"):
        Ferromagnet.from_interactions(Interactions.from_terms(4, {(0, 1, 2): 1.0}))
    with pytest.raises(CouplingError, match="tempering"):
        Ferromagnet.from_interactions(Interactions.from_terms(4, {(0, 1): -1.0}))
    assert Ferromagnet.from_interactions(Interactions.from_terms(2, {})).n_sites == 2


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((3, [(0, 1)], -0.1), CouplingError, "couplings >= 0"),
        ((3, [(0, 1)], math.nan), CouplingError, "finite"),
        ((3, [(0, 1)], [1.0, 2.0]), CouplingError, "shape"),
        ((3, [(0, 1)], "J"), CouplingError, "real"),
        ((3, [(0, 1)], 1.0, [math.inf, 0, 0]), CouplingError, "field must be finite"),
        ((3, [(0, 3)], 1.0), SiteError, "range"),
        ((3, [(-1, 0)], 1.0), SiteError, "range"),
        ((3, [(1, 1)], 1.0), SiteError, "site 1"),
        ((3, [(0, 1, 2)], 1.0), SiteError, "n_bonds, 2"),
        ((3, [(0.0, 1.0)], 1.0), SiteError, "integers"),
        ((0, [], 1.0), InputError, "n_sites"),
    ],
)
def test_bad_graphs(arguments, error, words):
    with pytest.raises(error, match=words):
        Ferromagnet.from_bonds(*arguments)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_bad_arguments(sampler):
    graph = Ferromagnet.from_bonds(3, [(0, 1)], 1.0)
    with pytest.raises(InputError, match="n_draws"):
        sampler(graph, Chains.hot(1, 3, 1), 0)
    with pytest.raises(InputError, match="thin"):
        sampler(graph, Chains.hot(1, 3, 1), 1, thin=0)
    with pytest.raises(SpinError, match="the weight has 3"):
        sampler(graph, Chains.hot(1, 4, 1), 1)
