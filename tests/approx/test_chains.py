from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from approx import MarkovChains, read_chains, start_chains, write_chains
from exactrg import RBM, SpinPolynomial, ising, rectangle, square
from exactrg.errors import CouplingError, InputError

GLASS = SpinPolynomial({(0, 1): -0.5, (1, 2): 0.7, (0, 2): 1.1, (0, 1, 3): 0.25, ("a",): -0.3, (): 2.5})
MAGNET = ising(square(3), 0.4, 0.1)
MACHINE = RBM([[0.5, -0.3], [1.0, 0.7], [-1.5, 0.2]], [0.1, 0.0], [0.3, 0.0, -0.2], 0.75)
CASES = [
    *((MAGNET, method) for method in ("metropolis", "heat_bath", "wolff", "swendsen_wang", "tempering")),
    *((GLASS, method) for method in ("metropolis", "heat_bath", "tempering")),
    (ising(rectangle(3, 2, periodic=False), -0.6), "metropolis"),
    (MACHINE, "block_gibbs"),
]


def same(left, right):
    """Whether two chains are at the same bits, of spins, series and random streams."""
    arrays = (
        (
            c.recorded,
            c.energies,
            c.magnetizations,
            c.replicas(),
            c.state[1] if type(c.state) is tuple else c.state.streams,
        )
        for c in (left, right)
    )
    return left.n_steps == right.n_steps and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(*arrays, strict=True)
    )


@pytest.mark.parametrize(("H", "method"), CASES)
def test_two_runs_are_one_run_with_a_file_in_between_or_not(H, method, tmp_path):
    chains = start_chains(H, 7, method=method, threads=1)
    whole = chains.run(7, thin=3, threads=1)
    assert chains.n_steps == 0 and same(
        chains, start_chains(H, 7, method=method, threads=2)
    )  # run changes nothing here
    first = chains.run(3, thin=3, threads=2)
    write_chains(tmp_path / "x", first)
    read = read_chains(tmp_path / "x")
    assert same(read, first) and read.provenance == first.provenance and read.H == H and read.plan.method == method
    for resumed in (first.run(4, thin=3, threads=2), read.run(4, thin=3, threads=2)):
        assert same(resumed, whole)
    assert not same(whole, start_chains(H, 8, method=method, threads=1).run(7, thin=3, threads=1))
    assert whole.recorded.tolist() == [3, 6, 9, 12, 15, 18, 21] and whole.n_steps == 21


@pytest.mark.parametrize(("H", "method"), CASES)
def test_the_series_are_those_of_the_spins(H, method):
    chains = start_chains(H, 1, method=method, threads=1)
    for _ in range(3):
        chains = chains.run(1, thin=2, threads=1)
        spins = chains.configs().astype(float)
        assert np.array_equal(chains.magnetizations[:, -1], spins.sum(axis=1))
        if isinstance(H, RBM):
            v, h = spins[:, :3], spins[:, 3:]
            energies = np.einsum("ki,ij,kj->k", v, H.w, h) + h @ H.b + v @ H.c + H.constant
        else:
            energies = sum(
                float(c) * np.prod([spins[:, H.sites.index(s)] for s in members] or [np.ones(len(spins))], axis=0)
                for members, c in H.couplings.items()
            )
        assert np.allclose(chains.energies[:, -1], energies, rtol=0, atol=1e-10)
    assert chains.energies.shape == chains.magnetizations.shape == (chains.n_chains, 3)


@pytest.mark.parametrize("method", ["heat_bath", "tempering"])
def test_the_chains_forget_their_start_and_sample_the_weight(method):
    mean = weights = 0.0
    for spins in itertools.product((1, -1), repeat=len(GLASS.sites)):
        s = dict(zip(GLASS.sites, spins, strict=True))
        energy = sum(float(c) * math.prod(s[i] for i in members) for members, c in GLASS.couplings.items())
        weights += math.exp(-energy)
        mean += energy * math.exp(-energy)
    chains = start_chains(GLASS, 3, method=method, threads=1)
    assert np.all(chains.configs()[8:] == 1) and not np.all(chains.configs()[:8] == 1)
    means = chains.run(2000, threads=1).energies[:, 100:].mean(axis=1)
    assert abs(means.mean() - mean / weights) < 6 * means.std(ddof=1) / 4


def test_auto_takes_chains_where_sampling_would_take_exact_draws():
    chains = start_chains(ising(square(4), 0.1), 1)
    assert (chains.plan.method, chains.plan.kernel, chains.n_chains) == ("heat_bath", "bit-parallel", 1024)
    assert start_chains(MACHINE, 1).plan.method == "block_gibbs"
    assert repr(chains) == "<1024 chains of uniform 4 x 4 torus, J = 0.1, h = 0 by heat_bath: 0 steps, 0 draws>"
    assert chains.provenance["seed"] == 1 and json.loads(json.dumps(chains.provenance)) == chains.provenance


def test_chains_of_nothing_survive(tmp_path):
    for H in (SpinPolynomial({}, ["a", "b"]), SpinPolynomial({(): 1.5}, [0])):
        chains = start_chains(H, 1).run(2)
        write_chains(tmp_path / "x", chains, overwrite=True)
        assert same(read_chains(tmp_path / "x"), chains) and set(chains.energies.flat) == {
            float(H.couplings.get(frozenset(), 0))
        }


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: start_chains(MAGNET, 1, method="perfect"), InputError, "make no chain"),
        (lambda: start_chains(MAGNET, 1, method="guess"), InputError, "expected 'auto'"),
        (lambda: start_chains(MAGNET, -1), InputError, "nonnegative"),
        (lambda: start_chains(3, 1), InputError, "expected a Hamiltonian"),
        (lambda: start_chains(ising(square(3), -1.0), 1, method="wolff"), CouplingError, "couplings >= 0"),
        (lambda: start_chains(MAGNET, 1).run(0), InputError, "n_draws must be"),
        (lambda: start_chains(MAGNET, 1).run(1, thin=0.5), InputError, "thin must be"),
        (lambda: start_chains(MAGNET, 1).run(1, threads=0), InputError, "threads must be"),
    ],
)
def test_bad_input_is_typed(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(("H", "method"), CASES)
def test_other_kernels_are_noticed_and_their_spins_can_be_taken_over(H, method, tmp_path):
    chains = replace(start_chains(H, 1, method=method, threads=1).run(2), kernels=0)
    write_chains(tmp_path / "x", chains)
    read = read_chains(tmp_path / "x")
    assert same(read, chains) and read.kernels == 0
    with pytest.raises(InputError, match=r"version 0 of the kernels \(exactrg .*same bits; write chains\.restarted"):
        read.run(1)
    again = read.restarted(5)
    assert isinstance(again, MarkovChains) and np.array_equal(again.replicas(), chains.replicas())
    assert again.n_steps == 0 and again.energies.shape == (chains.n_chains, 0)
    assert again.provenance["seed"] == 5
    assert again.provenance["restarted_from"] == {"seed": 1, "n_steps": 2, "kernels": 0}
    assert same(again.run(2), chains.restarted(5).run(2)) and not same(again.run(2), chains.restarted(6).run(2))
