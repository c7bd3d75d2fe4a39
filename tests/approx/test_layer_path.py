from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit

from approx import rbm_kernels
from approx.layer_path import LayerPath
from exactrg import RBM, SpinPolynomial, exp
from exactrg.errors import InputError
from exactrg.testing import assert_stationary

SEED = np.random.SeedSequence(5)


def machine(n, m, seed=0, scale=0.6):
    rng = np.random.default_rng(seed)
    return RBM(rng.normal(scale=scale, size=(n, m)), rng.normal(scale=0.4, size=m), rng.normal(scale=0.4, size=n), 0.3)


def all_spins(n):
    return 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n - 1, -1, -1)) & 1)


def log_weights(rbm, base, beta, v):
    """By the definition, in float64."""
    tilt = (1 - beta) * base + beta * rbm.c
    return np.log(2 * np.cosh(beta * (rbm.b + v @ rbm.w))).sum(axis=1) - v @ tilt


@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 3), (3, 40), (4, 1100)])
def test_ratios_of_weights(n, m):
    rbm = machine(n, m, scale=0.6 if m < 1000 else 0.02)
    base = np.random.default_rng(1).normal(size=n)
    path, v = LayerPath(rbm, base), all_spins(n)
    chains = path.load(v, SEED)
    assert np.array_equal(chains.spins, v)
    for low, high in ((0.0, 0.25), (0.25, 1.0), (1.0, 0.5)):
        expected = log_weights(rbm, base, high, v) - log_weights(rbm, base, low, v)
        assert np.allclose(path.log_ratios(chains, low, high), expected, rtol=0, atol=1e-6 * m + 1e-5)
    assert path.log_z0 == pytest.approx(np.logaddexp.reduce(log_weights(rbm, base, 0.0, v)), abs=1e-5)


@pytest.mark.jit
@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
def test_every_distribution_on_the_way_is_stationary(beta):
    rbm, base = machine(4, 3), np.array([0.3, -0.8, 0.0, 0.5])
    table = exp(weight_of(rbm, base, beta)).table

    def kernel(configs, rng):
        path = LayerPath(rbm, base)
        chains = path.load(configs, np.random.SeedSequence(int(rng.integers(2**63))))
        return path.step(chains, beta, 1).spins

    assert_stationary(kernel, table, n=100_000, rng=1)
    if beta == 1.0:
        wrong = LayerPath(RBM(rbm.w * 0.95, rbm.b, rbm.c), base)

        def broken(configs, rng):
            return wrong.step(wrong.load(configs, np.random.SeedSequence(1)), beta, 1).spins

        with pytest.raises(AssertionError):
            assert_stationary(broken, table, n=400_000, rng=1)


@pytest.mark.jit
def test_turning_all_spins_with_the_wrong_chance_is_caught(monkeypatch):
    rbm, base = machine(4, 3), np.array([0.3, -0.8, 0.0, 0.5])
    right = LayerPath._field
    monkeypatch.setattr(LayerPath, "_field", lambda self, beta: 0.5 * right(self, beta))

    def kernel(configs, rng):
        path = LayerPath(rbm, base)
        chains = path.load(configs, np.random.SeedSequence(int(rng.integers(2**63))))
        return path.step(chains, 0.3, 1).spins

    with pytest.raises(AssertionError):
        assert_stationary(kernel, exp(weight_of(rbm, base, 0.3)).table, n=400_000, rng=1)


@pytest.mark.jit
def test_chains_turn_over_where_single_layers_do_not():
    """Thirty aligned spins, up or down: a barrier of e^-60, and up e^1.2 times as likely."""
    path = LayerPath(RBM(np.full((30, 8), -0.5), c=np.full(30, -0.02)))
    chains = path.load(np.full((128, 30), -1), SEED)
    up = path.step(chains, 1.0, 200).spins.mean(axis=1)
    assert set(np.sign(up)) == {-1.0, 1.0} and abs(up.mean() - math.tanh(0.6)) < 5 / math.sqrt(128)


def weight_of(rbm, base, beta):
    """Log-weight at beta as a polynomial, by Walsh expansion."""
    n = rbm.n_visible
    v = all_spins(n)
    values = log_weights(rbm, base, beta, v)
    subsets = [[i for i in range(n) if k >> i & 1] for k in range(2**n)]
    return SpinPolynomial({tuple(s): float(np.mean(values * v[:, s].prod(axis=1))) for s in subsets}, range(n))


def test_the_start_has_the_means_of_its_base():
    base = np.array([0.0, 1.0, -2.0])
    path = LayerPath(machine(3, 2), base)
    spins = np.concatenate([path.start(np.random.SeedSequence(k)).spins for k in range(200)])
    assert spins.shape == (200 * 128, 3) and np.allclose(spins.mean(axis=0), -np.tanh(base), rtol=0, atol=0.03)


def test_kernels_are_the_same_without_a_compiler():
    rng = np.random.default_rng(1)
    fields, bias = rng.normal(size=(2, 37)).astype(np.float32), rng.normal(size=37).astype(np.float32)
    base, beta, low = rng.normal(size=37).astype(np.float32), np.float32(0.7), np.float32(0.1)
    results = []
    for compiled in (True, False):
        kernels = [rbm_kernels.tempered_probabilities, rbm_kernels.add_log_ratios]
        probabilities, ratios = kernels if compiled else (getattr(k, "py_func", k) for k in kernels)
        own, totals = fields.copy(), np.ones(2)
        probabilities(own, base, bias, beta)
        ratios(fields, bias, low, beta, totals)
        results.append((own, totals))
    f = 0.3 * base.astype(float) + 0.7 * (bias + fields.astype(float))
    assert np.allclose(results[0][0], expit(2 * f), rtol=1e-6, atol=0)
    assert np.allclose(results[0][0], results[1][0], rtol=1e-6, atol=0)
    assert np.allclose(results[0][1], results[1][1], rtol=0, atol=1e-5)


def test_bad_input():
    with pytest.raises(InputError, match="two layers"):
        LayerPath(RBM(np.empty((3, 0))))
    with pytest.raises(InputError, match="float32"):
        LayerPath(RBM([[1e31]]))
    assert math.isfinite(LayerPath(RBM([[1e20]])).log_z0)
