from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

from approx import block_gibbs as module
from approx import rbm_kernels
from approx.block_gibbs import Layers, block_gibbs, log_marginal
from approx.graph_samplers import Chains
from exactrg import RBM, exp, rbm_hamiltonian
from exactrg.errors import InputError, SpinError
from exactrg.testing import assert_samples_from, assert_stationary


def machine(n, m, seed=0, scale=0.5):
    rng = np.random.default_rng(seed)
    return RBM(rng.normal(scale=scale, size=(n, m)), rng.normal(scale=0.4, size=m), rng.normal(scale=0.4, size=n), 0.3)


@pytest.mark.parametrize("factor", [1.0, 0.4])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (4, 2), (2, 5)])
def test_stationary(n, m, factor):
    rbm = machine(n, m)
    layers = Layers.of(rbm)

    def kernel(configs, rng):
        return block_gibbs(layers, Chains.start(configs, rng), 1, factor=factor).chains.spins

    report = assert_stationary(kernel, exp(-factor * rbm.energy()).table, n=100_000, rng=1)
    assert report.moved > 0.3


def test_wrong_fields_are_caught():
    rbm = machine(3, 2)
    wrong = Layers.of(RBM(rbm.w * 0.97, rbm.b, rbm.c))

    def kernel(configs, rng):
        return block_gibbs(wrong, Chains.start(configs, rng), 1).chains.spins

    with pytest.raises(AssertionError):
        assert_stationary(kernel, exp(-rbm.energy()).table, n=400_000, rng=1)


def test_every_configuration_is_reached_from_one_start():
    rbm = machine(3, 2, scale=0.8)
    run = block_gibbs(Layers.of(rbm), Chains.start(np.ones((20_000, 5)), 2), 1, thin=30)
    assert_samples_from(run.configs[:, 0], exp(-rbm.energy()).table)


def test_records_threads_and_calls():
    rbm = machine(4, 3)
    layers = Layers.of(rbm)
    chains = Chains.hot(5, 7, 3)
    run = block_gibbs(layers, chains, 6, thin=2, n_threads=1)
    energies = rbm.energy().evaluate(run.configs.reshape(-1, 7)).reshape(5, 6)
    assert np.allclose(run.log_weights, rbm.constant - energies, rtol=0, atol=1e-12)
    assert np.array_equal(run.magnetizations, run.configs.sum(axis=2))
    threaded = block_gibbs(layers, chains, 6, thin=2, n_threads=3)
    assert np.array_equal(run.configs, threaded.configs)
    first = block_gibbs(layers, chains, 2, thin=2)
    rest = block_gibbs(layers, first.chains, 4, thin=2)
    assert np.array_equal(run.configs, np.concatenate([first.configs, rest.configs], axis=1))


def test_marginals(monkeypatch):
    rbm = machine(4, 3)
    visible = 1 - 2 * ((np.arange(16)[:, None] >> np.arange(3, -1, -1)) & 1).astype(np.int8)
    expected = logsumexp(-rbm.energy().table.reshape(16, 8), axis=1)
    assert np.allclose(log_marginal(rbm, visible), expected, rtol=0, atol=1e-12)
    assert np.allclose(log_marginal(rbm, visible), -rbm_hamiltonian(rbm, "hidden").table.ravel(), rtol=0, atol=1e-12)
    monkeypatch.setattr(module, "ROWS", 5)
    assert np.allclose(log_marginal(rbm, visible), expected, rtol=0, atol=1e-12)


def test_kernels_are_the_same_without_a_compiler():
    layers, chains = Layers.of(machine(3, 2)), Chains.hot(2, 5, 4)
    run = block_gibbs(layers, chains, 3, thin=2)
    spins, streams = chains.spins.copy(), chains.streams.copy()
    g, m, configs = np.empty((2, 3)), np.empty((2, 3), np.int64), np.empty((2, 3, 5), np.int8)
    kernel = getattr(rbm_kernels.run_block_gibbs, "py_func", rbm_kernels.run_block_gibbs)
    with np.errstate(over="ignore"):
        kernel(spins, streams, configs, g, m, 2, layers.w, layers.transposed, layers.b, layers.c, 1.0)
    assert np.array_equal(configs, run.configs) and np.array_equal(streams, run.chains.streams)


def test_bad_input():
    with pytest.raises(InputError, match="two layers"):
        Layers.of(RBM(np.empty((3, 0))))
    with pytest.raises(SpinError):
        block_gibbs(Layers.of(machine(3, 2)), Chains.hot(1, 4, 0), 1)
