from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest

import approx
import exactrg
from approx import BurnInTooShortError, sample, sample_blocks, sampling
from approx.sampling import prepare, turned
from approx.workers import in_order
from exactrg import RBM, SpinPolynomial, ising, ring, square
from exactrg.errors import InputError, SpinError

pytestmark = pytest.mark.jit

GLASS = SpinPolynomial({(0, 1): 0.9, (1, 2): -1.1, (0, 2): 0.8, (0, 1, 3): 0.5, (4,): 0.2}, range(5))
CASES = {
    "metropolis": (ising(square(5), 0.35), "metropolis"),
    "heat_bath": (ising(square(4), -0.3, 0.1), "heat_bath"),
    "perfect": (ising(square(5), 0.3), "perfect"),
    "wolff": (ising(square(6), 0.5), "wolff"),
    "swendsen_wang": (ising(ring(9), 0.9, 0.1), "swendsen_wang"),
    "graph": (GLASS, "heat_bath"),
    "graph metropolis": (GLASS, "metropolis"),
    "tempering": (GLASS, "tempering"),
    "block_gibbs": (RBM([[0.4, -0.2], [0.1, 0.3], [0.5, 0.0]], b=[0.1, 0.0]), "block_gibbs"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_bits_whatever_the_threads_and_the_count(name):
    H, method = CASES[name]
    stored = sample(H, 3000, 5, method=method, packed=True, threads=1)
    configs = stored.configs()
    assert np.array_equal(configs, sample(H, 3000, 5, method=method, threads=3))
    assert np.array_equal(configs[:50], sample(H, 50, 5, method=method, threads=2))
    assert np.array_equal(configs, np.concatenate([b.configs() for b in sample_blocks(H, 3000, 5, method=method)]))
    assert not np.array_equal(configs[:50], sample(H, 50, 6, method=method))
    energy = H.energy() if isinstance(H, RBM) else H
    assert np.allclose(stored.arrays["energies"], energy.evaluate(configs), rtol=0, atol=1e-9)
    assert np.array_equal(stored.arrays["magnetizations"], configs.sum(axis=1, dtype=np.int64))


def test_seeds():
    H = ising(square(4), 0.3)
    fresh = sample(H, 10, packed=True)
    assert np.array_equal(fresh.packed, sample(H, 10, fresh.provenance["seed"], packed=True).packed)
    assert not np.array_equal(fresh.packed, sample(H, 10, packed=True).packed)
    generator = np.random.default_rng(1)
    first, second = (sample(H, 10, generator) for _ in range(2))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, sample(H, 10, np.random.default_rng(1)))
    child = np.random.SeedSequence(3).spawn(1)[0]
    stored = sample(H, 10, child, packed=True)
    assert stored.provenance["seed"] == [3, [0]]
    for bad in (-1, "seed", 1.5):
        with pytest.raises(InputError, match="rng must be"):
            sample(H, 10, bad)


def test_provenance_says_how_it_was_done():
    made = sample(ising(square(20), 0.41), 10, 1, packed=True).provenance
    assert json.loads(json.dumps(made)) == made
    assert made["method"] == "metropolis" and made["kernel"] == "bit-parallel" and "0.42" in made["reason"]
    assert made["tau"].keys() == {"energy", "magnetization", "overlap"}
    assert made["burn_in"] >= 20 * max(made["tau"].values()) and made["thin"] >= 5 * max(made["tau"].values())
    assert made["software"].startswith("exactrg ") and "20 x 20 torus" in made["hamiltonian"]
    assert sample(ising(square(4), 0.2), 10, 1, packed=True).provenance["burn_in"] == 0  # exact draws


def test_forty_thousand_lattices_in_less_than_100_megabytes():
    H = ising(square(40), 0.3)
    sample(H, 1, 1, method="metropolis")
    tracemalloc.start()
    stored = sample(H, 40_000, 1, method="metropolis", packed=True, threads=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(stored) == 40_000 and stored.packed.nbytes == 40_000 * 200
    assert peak < 100e6, f"{peak / 1e6:.0f} MB"


def test_blocks_are_drawn_as_they_are_read():
    taken = []
    results = in_order(lambda k: k, (taken.append(k) or k for k in range(100)), 2)
    assert next(results) == 0
    assert taken == [0, 1, 2, 3]  # two a thread
    assert list(results) == list(range(1, 100))


def test_progress():
    seen = []
    sample(ising(square(4), 0.35), 20_000, 1, method="metropolis", progress=lambda *done: seen.append(done))
    assert seen == [(8192, 20_000), (16_384, 20_000), (20_000, 20_000)]


def test_half_of_the_draws_are_turned_over_where_that_is_a_symmetry():
    H = ising(square(3), 0.3)
    job = prepare(H, 4096, 1, method="metropolis")
    _, draws = job.sampler.run(job.recipe.state, 4, 1)
    over = turned(job.problem, draws, np.random.default_rng(1))
    same = np.all(over.packed == draws.packed, axis=2)
    assert 0.45 < same.mean() < 0.55
    assert np.all(over.packed[~same] == (draws.packed[~same] ^ np.array([0xFF, 0x80], np.uint8)))
    assert np.array_equal(over.magnetizations, np.where(same, 1, -1) * draws.magnetizations)
    odd = prepare(ising(square(3), 0.3, 0.1), 1, 1)
    assert turned(odd.problem, draws, np.random.default_rng(1)) is draws


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"n": -1}, InputError, "n must be an int of at least 0, got -1"),
        ({"n": 2.5}, InputError, "n must be"),
        ({"method": "guess"}, InputError, "expected 'auto'"),
        ({"burn_in": 1}, BurnInTooShortError, "shorter than the autocorrelation time"),
        ({"thin": 0}, InputError, "thin must be"),
        ({"threads": 0}, InputError, "threads must be"),
        ({"n": 10**13}, InputError, "fit no memory; write packed=True"),
        ({"n": 10**15, "packed": True}, InputError, "fit no memory"),
        ({"n": 10**30}, InputError, "fit no memory"),
        ({"H": "Ising"}, InputError, "got a str"),
    ],
)
def test_bad_input(change, error, words):
    with pytest.raises(error, match=words):
        sample(**{"H": ising(square(8), 0.41), "n": 10, "rng": 1, **change})


def test_the_packed_samples_are_those_of_a_file(tmp_path):
    stored = sample(ising(square(3), 0.3), 100, 1, packed=True)
    approx.write_samples(tmp_path / "x", stored)
    back = approx.read_samples(tmp_path / "x")
    assert np.array_equal(back.packed, stored.packed) and back.provenance == stored.provenance
    with pytest.raises(SpinError):
        stored.__class__(stored.packed, 4).configs()


@pytest.mark.parametrize(
    "H",
    [
        ising(square(40), 0.44),
        ising(square(4), {edge: (-1.0) ** edge[0] for edge in square(4).edges}),
        RBM(np.ones((3, 2))),
        RBM(np.zeros((3, 0))),
        RBM(np.zeros((0, 0))),
        SpinPolynomial({(): 2.0}, ()),
    ],
    ids=["wolff", "tempering", "rbm", "one layer", "no units", "no spins"],
)
def test_no_configurations_take_no_run(H, monkeypatch):
    monkeypatch.setattr(sampling, "measure", None)
    monkeypatch.setattr(sampling, "ladder", None)
    found, exact = sample(H, 0, rng=1), exactrg.sample(ising(ring(3), 0.1), 0, rng=1)
    assert found.shape == (0, len(H.sites)) and found.dtype == exact.dtype == np.int8
    if H.sites:
        assert list(sample_blocks(H, 0, rng=1)) == []
        with pytest.raises(InputError, match="n must be an int of at least 1"):  # no file holds none
            sample(H, 0, rng=1, packed=True)


def test_what_has_no_spins_has_one_configuration_as_in_exactrg():
    for H in (SpinPolynomial({(): 2.0}, ()), RBM(np.zeros((0, 0)))):
        found = sample(H, 5, rng=1)
        assert found.shape == exactrg.sample(H, 5, rng=1).shape == (5, 0) and found.dtype == np.int8
        with pytest.raises(InputError, match="at least one site"):
            sample(H, 5, rng=1, packed=True)
        with pytest.raises(InputError, match="n must be"):
            sample(H, -5, rng=1)


@pytest.mark.parametrize("shape", [(3, 0), (0, 3)])
def test_an_rbm_of_one_layer_is_independent_spins(shape):
    fields = [0.5, -1.0, 0.0]
    rbm = RBM(np.zeros(shape), **{"b" if shape[1] else "c": fields})
    found = sample(rbm, 4000, rng=1)
    assert found.shape == (4000, 3)
    assert np.allclose(found.mean(axis=0), -np.tanh(fields), atol=0.07)
    with pytest.raises(InputError, match="two layers"):
        sample(rbm, 1, rng=1, method="block_gibbs")
