"""Independent samples of a Boltzmann distribution, against the table of its probabilities."""

from __future__ import annotations

import math
import tracemalloc
from collections import Counter
from typing import Any

import numpy as np
import oracle
import pytest
import scipy.stats
import sympy
from oracle_numbers import J

from exactrg import RBM, BoltzmannWeight, chain, exp, ising, ring, sample, thermodynamics
from exactrg.errors import CouplingError, InputError, ZeroWeightError


@pytest.mark.parametrize("coupling", [0.4, sympy.log(2) / 2])
@pytest.mark.parametrize("engine", ["auto", "table", "elimination"])
def test_samples_follow_the_distribution(coupling: Any, engine: str) -> None:
    """Independent draws: chi-square over all configurations, 20,000 of them, at a fixed seed."""
    H = ising(ring(4), coupling, 0)
    draws = sample(H, 20_000, 5, engine=engine)
    assert draws.shape == (20_000, 4) and draws.dtype == np.int8
    p = np.array([float(x) for x in exp(-H).probability().table.reshape(-1)])
    counts = Counter(map(tuple, draws.tolist()))
    observed = [counts[spins] for spins in oracle.configurations(range(4))]
    assert scipy.stats.chisquare(observed, 20_000 * p).pvalue > 1e-4
    wrong = np.array([float(x) for x in exp(-2 * H).probability().table.reshape(-1)])
    assert scipy.stats.chisquare(observed, 20_000 * wrong).pvalue < 1e-10


def test_samples_where_no_table_exists() -> None:
    draws = sample(ising(chain(60), 0.5, 0.0), 4000, 3)
    assert draws.shape == (4000, 60) and draws.dtype == np.int8
    bonds = (draws[:, 1:] * draws[:, :-1]).mean()
    assert bonds == pytest.approx(math.tanh(0.5), abs=6 / math.sqrt(4000 * 59))
    assert (sample(ising(chain(60), sympy.log(3) / 2), 5, 1) == sample(ising(chain(60), math.log(3) / 2), 5, 1)).all()


def test_same_seed_same_bits() -> None:
    H = ising(ring(5), 0.3)
    assert (sample(H, 100, 7) == sample(H, 100, np.random.default_rng(7))).all()
    assert (sample(H, 100, 7) != sample(H, 100, 8)).any()
    assert sample(H, 0, 1).shape == (0, 5)


def test_samples_of_rbms_and_weights() -> None:
    rbm = RBM([[5.0, 0.0]], c=[-5.0])
    draws = sample(rbm, 300, 1)
    assert draws.shape == (300, 3) and (draws[:, 0] * draws[:, 1]).mean() < -0.9
    weight = BoltzmannWeight(["a", "b"], [[0, 1], [0, 0]])
    assert sample(weight, 50, 2).tolist() == [[1, -1]] * 50
    zero_last = BoltzmannWeight(["a"], [1.0, 0.0])
    assert set(sample(zero_last, 1000, 3).reshape(-1).tolist()) == {1}


def test_bad_samples() -> None:
    H = ising(ring(3), 0.5)
    for n in (-1, 2.5, "3"):
        with pytest.raises(InputError, match="expected a nonnegative int, the number of configurations"):
            sample(H, n, 0)  # type: ignore[arg-type]
    for rng in (-1, 0.5, "seed"):
        with pytest.raises(InputError, match="expected a numpy Generator or a nonnegative int, the seed"):
            sample(H, 3, rng)  # type: ignore[arg-type]
    with pytest.raises(CouplingError, match=r"samples need numbers for \['J'\]: substitute"):
        sample(ising(ring(3), J), 3, 0)
    with pytest.raises(ZeroWeightError, match="vanishes everywhere"):
        sample(BoltzmannWeight([0], [0, 0]), 1, 0)


def test_tables_are_sampled_in_the_memory_of_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    H = ising(ring(8), 0.3)
    drawn = sample(H, 100_000, 5)
    monkeypatch.setattr(thermodynamics, "_PIECE", 7)
    assert np.array_equal(sample(H, 1000, 5), drawn[:1000])
    monkeypatch.undo()
    tracemalloc.start()
    sample(H, 1_000_000, 5)
    assert tracemalloc.get_traced_memory()[1] < 3 * 8_000_000
    tracemalloc.stop()


def test_more_samples_than_the_memory_holds_are_refused() -> None:
    for H in (ising(ring(8), 0.3), ising(ring(64), 0.3)):
        for n in (10**14, 10**30):
            with pytest.raises(InputError, match="fit no memory; draw them in parts"):
                sample(H, n, 5)
