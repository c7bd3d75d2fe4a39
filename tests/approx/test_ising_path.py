from __future__ import annotations

import numpy as np
import pytest

import approx
from approx import rbm_kernels
from approx.annealing import anneal, lead
from approx.exactness_measures import torus_of
from approx.ising_path import IsingPath
from approx.problem import Problem
from exactrg import RBM, ising, log_partition_function, rectangle, square
from exactrg.errors import InputError
from exactrg.testing import assert_stationary

pytestmark = pytest.mark.jit

H = ising(rectangle(2, 4), 0.35, 0.1)


def machine(n, m, seed=0, scale=0.3):
    rng = np.random.default_rng(seed)
    return RBM(rng.normal(scale=scale, size=(n, m)), rng.normal(scale=0.3, size=m), rng.normal(scale=0.3, size=n), 0.3)


def path_of(rbm, samples=None, hamiltonian=H):
    v = np.ones((128, rbm.n_visible), np.int8) if samples is None else samples
    log_z = float(log_partition_function(hamiltonian))
    return IsingPath(rbm, torus=torus_of(hamiltonian), log_z_torus=log_z, samples=v)


def log_weights(rbm, t, v):
    return -(1 - t) * H.evaluate(v) - t * v @ rbm.c + np.log(2 * np.cosh(t * (rbm.b + v @ rbm.w))).sum(axis=1)


def all_spins(n):
    return 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n - 1, -1, -1)) & 1)


def test_ratios_of_weights():
    rbm, v = machine(8, 5), all_spins(8)
    path = path_of(rbm)
    chains = path.load(v, np.random.SeedSequence(1))
    for low, high in ((0.0, 0.5), (0.25, 1.0), (1.0, 0.75)):
        expected = log_weights(rbm, high, v) - log_weights(rbm, low, v)
        assert np.allclose(path.log_ratios(chains, low, high), expected, rtol=0, atol=1e-5)
    assert path.log_z0 == pytest.approx(np.logaddexp.reduce(log_weights(rbm, 0.0, v)))


@pytest.mark.parametrize("t", [0.0, 0.4, 1.0])
def test_every_distribution_on_the_way_is_stationary(t):
    rbm, v = machine(8, 3), all_spins(8)
    table = np.exp(log_weights(rbm, t, v)).reshape((2,) * 8)

    def kernel(configs, rng):
        path = path_of(rbm)
        return path.step(path.load(configs, np.random.SeedSequence(int(rng.integers(2**63)))), t, 1).spins

    assert_stationary(kernel, table, n=100_000, rng=1)


def test_log_z_from_samples_of_the_torus():
    v = approx.sample(H, 4096, 3)
    for k in range(4):
        rbm = machine(8, 4, k, 0.5)
        exact = float(log_partition_function(rbm)) + rbm.constant
        found = anneal(path_of(rbm, v), np.random.SeedSequence(k), 512, 1)
        log_z, stderr = found.log_z
        assert abs(log_z - exact) < 4.5 * stderr < 0.5
    path = path_of(machine(8, 4), v)
    seeds = [np.random.SeedSequence(k) for k in range(3)]
    one, two = (lead(path, np.array([0.0, 0.5, 1.0]), seeds, threads)[0] for threads in (1, 2))
    assert np.array_equal(one, two)


def test_a_wrong_coupling_is_caught():
    rbm, v = machine(8, 4, 1, 0.5), approx.sample(H, 4096, 3)
    path = path_of(rbm, v)
    wrong = IsingPath(rbm, torus=torus_of(ising(rectangle(2, 4), 0.30, 0.1)), log_z_torus=path.log_z_torus, samples=v)
    log_z, stderr = anneal(wrong, np.random.SeedSequence(1), 2048, 1).log_z
    assert abs(log_z - float(log_partition_function(rbm)) - rbm.constant) > 5.5 * stderr


def test_kernels_are_the_same_without_a_compiler():
    rng = np.random.default_rng(1)
    units, sums = ((rng.random((3, 24)) < 0.5).astype(np.float32), rng.normal(size=(3, 24)).astype(np.float32))
    bias, found = rng.normal(size=24).astype(np.float32), []
    for compiled in (True, False):
        kernels = [rbm_kernels.sublattice_probabilities, rbm_kernels.bond_sums]
        probabilities, bonds = kernels if compiled else (getattr(k, "py_func", k) for k in kernels)
        out, totals = np.empty_like(units), np.empty(3)
        probabilities(sums, bias, np.float32(0.6), units, np.float32(0.2), np.float32(0.1), 4, 6, 1, out)
        bonds(units, 4, 6, totals)
        found.append((out, totals))
    assert np.allclose(found[0][0], found[1][0], rtol=1e-6, atol=0) and np.array_equal(found[0][1], found[1][1])
    torus = ising(rectangle(4, 6), 1.0)
    assert np.array_equal(found[0][1], -torus.evaluate((1 - 2 * units).astype(np.int8)))
    even = (np.add.outer(np.arange(6), np.arange(4)) % 2 == 0).ravel()
    assert np.array_equal(found[0][0][:, even], units[:, even])


@pytest.mark.parametrize(
    ("hamiltonian", "rows", "words"),
    [
        (ising(square(3), 0.3), 128, "even sides"),
        (ising(square(4, periodic=False), 0.3), 128, "even sides"),
        (ising(square(4), 0.3), 5, "128 or more"),
    ],
)
def test_bad_input(hamiltonian, rows, words):
    n = len(hamiltonian.sites)
    torus = Problem.of(hamiltonian).rectangle
    with pytest.raises(InputError, match=words):
        IsingPath(machine(n, 2), torus=torus, log_z_torus=0.0, samples=np.ones((rows, n), np.int8))
