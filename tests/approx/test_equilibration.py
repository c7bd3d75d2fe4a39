from __future__ import annotations

import numpy as np
import pytest

from approx import BurnInTooShortError, StuckChainsError, equilibration
from approx.autocorrelation import autocorrelation_time
from approx.equilibration import checked_recipe, measure
from approx.problem import Rectangle
from approx.samplers import BitParallel, Draws, SingleChains
from approx.sampling import prepare
from exactrg import ising, square
from exactrg.errors import InputError

pytestmark = pytest.mark.jit


class Relaxing:
    """64 spins of which all jump together: m is a two-state chain of known tau, started where `start` says."""

    n_chains = 16

    def __init__(self, stay, start=None):
        self.stay, self.first = stay, start

    def start(self, seed):
        spins = np.where(np.arange(16) < 8, -1, 1) if self.first is None else np.full(16, self.first)
        return spins, np.random.default_rng(seed)

    def run(self, state, n_draws, thin, threads=1):
        spins, rng = state
        rows = []
        for _ in range(n_draws):
            for _ in range(thin):
                spins = np.where(rng.random(16) < self.stay, spins, -spins)
            rows.append(spins)
        m = 64 * np.array(rows)
        packed = np.repeat((m[..., None] < 0) * np.uint8(255), 8, axis=2)
        return (spins, rng), Draws(packed, rng.normal(size=m.shape), m)


@pytest.mark.parametrize("stay", [0.5, 0.9, 0.97])
def test_tau_is_that_of_the_slowest_observable(stay):
    """Correlation (2 stay - 1)^t: tau = 1/2 + r / (1 - r) for m, with r^2 for the overlap of two chains."""
    recipe = measure(Relaxing(stay), np.random.SeedSequence(1), 64, even=False, step="step", threads=1)
    for name, r in (("energy", 0.0), ("magnetization", 2 * stay - 1), ("overlap", (2 * stay - 1) ** 2)):
        assert recipe.tau[name] == pytest.approx(0.5 + r / (1 - r), rel=0.25, abs=0.15 * recipe.tau["magnetization"])
    assert recipe.slowest == max(recipe.tau.values())
    assert recipe.burn_in == int(np.ceil(20 * recipe.slowest)) and recipe.thin == int(np.ceil(5 * recipe.slowest))
    assert recipe.pilot >= 40 * recipe.slowest


def test_signs_do_not_count_where_draws_are_turned_over():
    recipe = measure(Relaxing(0.97), np.random.SeedSequence(1), 64, even=True, step="step", threads=1)
    assert recipe.tau["magnetization"] == recipe.tau["overlap"] == 0.5


def test_chains_that_do_not_forget_their_start_are_refused():
    for stay in (1.0, 1 - 1e-7):
        with pytest.raises(StuckChainsError, match=r"have not forgotten.*magnetization") as info:
            measure(Relaxing(stay), np.random.SeedSequence(1), 64, even=False, step="step", threads=1)
        assert info.value.series.shape == (16, 256) and "magnetization" in info.value.details["tau"]


@pytest.mark.parametrize("J", [1.5, -1.5])
def test_local_updates_of_an_ordered_lattice_are_refused(J, monkeypatch):
    """Stripes of the two phases live long at low temperature."""
    monkeypatch.setattr(equilibration, "MAX_PILOT", 2048)
    with pytest.raises(StuckChainsError, match="wolff"):
        prepare(ising(square(32), J), 1, 1, method="metropolis")


def test_a_long_transient_is_not_mistaken_for_equilibrium():
    """Wolff clusters from random spins at K = 0.5: tau is one cluster, the way to equilibrium a thousand."""
    H = ising(square(48), 0.5)
    job = prepare(H, 1, 2, method="wolff")
    assert job.recipe.slowest < 3
    _, draws = job.sampler.run(job.sampler.restart(job.recipe.state, np.random.SeedSequence(3)), 50, 2)
    sizes = np.abs(draws.magnetizations)
    halves = sizes[:, :8].mean(), sizes[:, 8:].mean()  # started from random spins, from all spins up
    assert abs(halves[0] - halves[1]) < 0.02 * 48**2


def test_tau_of_a_lattice_is_that_of_one_long_chain():
    sampler = BitParallel(Rectangle(12, 12, True, 0.3, 0.1), "metropolis")
    recipe = measure(sampler, np.random.SeedSequence(4), 144, even=False, step="sweep", threads=1)
    state, _ = sampler.run(sampler.start(np.random.SeedSequence(5)), 1, 200)
    _, draws = sampler.run(state, 500, 1)
    assert recipe.tau["energy"] == pytest.approx(autocorrelation_time(-draws.log_weights.T).tau, rel=0.1)
    assert recipe.tau["magnetization"] == pytest.approx(autocorrelation_time(draws.magnetizations.T).tau, rel=0.1)


def test_runs_can_be_cut_anywhere():
    from approx.graph_samplers import Interactions, heat_bath

    graph = Interactions.from_terms(6, {(0, 1): 0.3, (2, 3, 4): 0.5, (5,): 0.1})
    for sampler in (BitParallel(Rectangle(4, 3, False, 0.3, 0.1), "heat_bath"), SingleChains.of(heat_bath, graph, 6)):
        start = sampler.start(np.random.SeedSequence(6))
        _, at_once = sampler.run(start, 5, 2)
        state, first = sampler.run(start, 2, 2)
        _, rest = sampler.run(state, 3, 2, 2)
        for whole, *parts in zip(at_once, first, rest, strict=True):
            assert np.array_equal(whole, np.concatenate(parts))


def test_the_caller_may_choose_within_reason():
    recipe = measure(Relaxing(0.9), np.random.SeedSequence(1), 64, even=False, step="step", threads=1)
    chosen = checked_recipe(recipe, 7, 3, "step")
    assert (chosen.burn_in, chosen.thin, chosen.tau) == (7, 3, recipe.tau)
    assert checked_recipe(recipe, None, None, "step") == recipe
    with pytest.raises(BurnInTooShortError, match="burn-in of 2 steps is shorter") as info:
        checked_recipe(recipe, 2, None, "step")
    assert info.value.burn_in == 2 and info.value.tau == recipe.slowest
    for bad in ({"burn_in": 0, "thin": None}, {"burn_in": None, "thin": 1.5}):
        with pytest.raises(InputError, match="at least 1"):
            checked_recipe(recipe, **bad, step="step")
