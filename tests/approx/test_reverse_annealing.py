"""Annealed importance sampling against exact sums.

The z-scores of 20 RBMs, both ways, were measured over 12 seeds (480 scores): standard deviations 0.99 forward and 1.00
backward, means -0.12 and -0.03, the largest 3.4. Each way the sum of their squares must lie between the 1e-5 and 1 - 1e-5
quantiles of chi-square: with new seeds a correct package would fail in about 4 of 100,000 runs.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import chi2

import approx
import exactrg
from approx import StuckChainsError, TooFewSamplesError, distributions, layer_path
from approx.annealing import anneal
from approx.fit import fit_rbm
from approx.layer_path import LayerPath
from approx.reverse_annealing import anneal_both_ways, scattered
from exactrg import RBM, RGOperator, SpinPolynomial
from exactrg.errors import EnumerationTooLarge, InputError, SpinError

pytestmark = pytest.mark.jit


def random_rbm(k):
    """Of shapes 1 + 1 to 14 + 12, weak to strong, with and without biases."""
    rng = np.random.default_rng(100 + k)
    n, m = (1, 1) if k == 0 else (int(rng.integers(2, 15)), int(rng.integers(1, 13)))
    scale, bias = rng.uniform(0.05, 0.8), rng.choice([0.0, 0.7])
    return RBM(scale * rng.normal(size=(n, m)), bias * rng.normal(size=m), bias * rng.normal(size=n), rng.normal())


def z_scores(rbms, seed=0, sweeps=512):
    """Forward, reverse; one row an RBM."""
    scores = []
    for k, rbm in enumerate(rbms):
        starts = np.random.default_rng(k).choice([-1, 1], size=(128, rbm.n_visible))
        found = anneal_both_ways(rbm, starts, rng=1000 * seed + k, n=512, sweeps=sweeps, threads=1)
        exact = float(exactrg.log_partition_function(rbm))
        scores.append([(e.value - exact) / e.stderr for e in (found.forward, found.reverse)])
    return np.array(scores)


RBMS = [random_rbm(k) for k in range(20)]


def test_twenty_rbms_both_ways():
    z = z_scores(RBMS)
    for column in z.T:
        assert 1e-5 < chi2.cdf(np.sum(column**2), column.size) < 1 - 1e-5, column
    assert np.abs(z).max() < 6


@pytest.mark.parametrize("fault", ["ratios", "biases", "temperatures"])
def test_a_wrong_annealing_is_caught(fault, monkeypatch):
    Path = layer_path.LayerPath
    if fault == "ratios":  # 2% of each increment lost
        right = Path.log_ratios
        monkeypatch.setattr(Path, "log_ratios", lambda *args: 0.98 * right(*args))
    elif fault == "biases":  # the start is not the one whose Z is known
        right = Path.log_z0.fget
        monkeypatch.setattr(Path, "log_z0", property(lambda self: right(self) + 0.02 * self.rbm.n_visible))
    else:  # transitions lag behind the schedule
        right = Path.step
        monkeypatch.setattr(Path, "step", lambda self, state, beta, n, *a: right(self, state, 0.7 * beta, n))
    rbms = RBMS[1:9]
    assert chi2.sf(np.sum(z_scores(rbms, sweeps=64) ** 2), 2 * len(rbms)) < 1e-9


def blocks_of_data(n_rows, n_visible, rng):
    """Spins in correlated groups of five."""
    groups = rng.choice([-1, 1], size=(n_rows, n_visible // 5)).repeat(5, axis=1)
    return np.where(rng.random(groups.shape) < 0.1, -groups, groups).astype(np.int8)


@pytest.mark.parametrize("n_hidden", [12, pytest.param(25, marks=pytest.mark.slow)])
def test_a_trained_top_layer_against_its_exact_sum(n_hidden):
    """100 + 25 units: 2^25 terms."""
    data = blocks_of_data(3000, 100, np.random.default_rng(3))
    rbm = fit_rbm(data, n_hidden, recipe="paper", rng=1, epochs=20, threads=1).rbm
    exact = float(exactrg.log_partition_function(rbm, engine="layer"))
    assert abs(exact - (112 + 13 * (n_hidden == 25)) * np.log(2) + rbm.constant) > 5  # far from free spins
    found = anneal_both_ways(rbm, data, rng=2, n=512, sweeps=500, threads=1)
    for e in (found.forward, found.reverse):
        assert e.stderr < 0.2 and abs(e.value - exact) < 4.5 * e.stderr


def test_weighted_draws_are_samples_and_bits_do_not_depend_on_threads():
    rbm = RBMS[3]
    starts = np.ones((4, rbm.n_visible))
    one, two = (anneal_both_ways(rbm, starts, rng=3, n=600, sweeps=32, threads=threads) for threads in (1, 3))
    assert one.forward == two.forward and one.reverse == two.reverse
    assert np.array_equal(one.annealed, two.annealed) and np.array_equal(one.chains, two.chains)
    assert one.weights.sum() == pytest.approx(1) and one.annealed.shape == (640, 8, rbm.n_visible)
    weight = exactrg.exp(-exactrg.rbm_hamiltonian(rbm, "hidden")).probability().table
    for i in range(rbm.n_visible):
        axes = tuple(k for k in range(rbm.n_visible) if k != i)
        up, down = weight.sum(axis=axes)
        means = [one.weights @ one.annealed[:, :, i].mean(axis=1), one.chains[:, :, i].mean()]
        assert np.allclose(means, up - down, rtol=0, atol=0.15)


def test_a_budget_of_temperatures_is_kept():
    rng = np.random.default_rng(1)
    rbm = RBM(rng.normal(scale=0.8, size=(30, 20)))
    found = anneal_both_ways(rbm, np.ones((1, 30)), rng=1, n=128, sweeps=16, max_steps=8, threads=1)
    assert found.steps <= 16 and np.isfinite(found.forward.value)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: anneal_both_ways("rbm", [[1]]), InputError, "expected an RBM"),
        (lambda: anneal_both_ways(RBMS[0], [[0]]), SpinError, "0/1"),
        (lambda: anneal_both_ways(RBMS[0], [[1]], n=0), InputError, "n must be"),
        (lambda: anneal_both_ways(RBMS[0], [[1]], sweeps=1), InputError, "sweeps must be"),
        (lambda: anneal_both_ways(RBMS[0], [[1]], back_from="data"), InputError, "expected 'given' or 'annealed'"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_free_energy_of_wide_layers():
    """200 + 100 units with a known answer: pairs of one visible and one hidden unit."""
    w = np.zeros((200, 100))
    w[np.arange(100), np.arange(100)] = np.random.default_rng(1).normal(scale=1.5, size=100)
    exact = 100 * np.log(2) + np.log(4 * np.cosh(np.diag(w))).sum()
    found = approx.free_energy(RBM(w), rng=1, n=256, threads=1)
    assert abs(found.value + exact) < 4.5 * found.stderr < 1


def two_states(bias, strength, n=40):
    """Visible units, all alike, and 4 hidden ones: a narrow state with all spins up, and unordered spins."""
    return RBM(np.full((n, 4), -strength / 4), np.full(4, 0.2 * n * strength), np.full(n, float(bias)))


def exact_parts(rbm):
    """Log Z of four fifths of the visible spins up or more, and of the others."""
    up = np.arange(rbm.n_visible + 1)
    m = 2 * up - rbm.n_visible
    log_w = np.array([math.log(math.comb(rbm.n_visible, int(k))) for k in up]) - rbm.c[0] * m
    log_w += rbm.n_hidden * np.logaddexp(rbm.b[0] + rbm.w[0, 0] * m, -rbm.b[0] - rbm.w[0, 0] * m)
    ordered = 5 * up >= 4 * rbm.n_visible
    return logsumexp(log_w[ordered]), logsumexp(log_w[~ordered])


def test_chains_that_miss_a_part_of_the_space_are_refused(monkeypatch):
    """Annealing to this RBM finds 1.4% of Z, by weights that are all effective: the way back begins elsewhere."""
    rbm = two_states(-2.0, 2.0)
    up, unordered = exact_parts(rbm)
    assert 4 < up - unordered < 5
    missed = anneal(LayerPath(rbm), np.random.SeedSequence(1), 512, 1).log_z
    assert abs(missed[0] - unordered) < 5 * missed[1] < 0.1
    monkeypatch.setattr(distributions, "plan", too_large)
    free = SpinPolynomial({(): 0.0}, range(40))
    T = RGOperator.from_energy(rbm, free)
    effort = {"max_steps": 128, "sweeps": 256, "threads": 1}
    calls = (
        lambda seed: approx.free_energy(rbm, rng=seed, **effort),
        lambda seed: approx.delta_f(T, free, rng=seed, method="difference", **effort),
        lambda seed: approx.kl_divergence(free, rbm, rng=seed, method="difference", **effort),
        lambda seed: approx.kl_divergence(rbm, free, rng=seed, method="difference", **effort),
    )
    for seed, call in itertools.product(range(3), calls):
        with pytest.raises((TooFewSamplesError, StuckChainsError), match=r"write .*max_steps=") as info:
            call(seed)
        assert {"forward", "reverse", "steps", "sweeps"} <= set(info.value.details)


def test_chains_that_are_shut_in_a_light_state_are_refused():
    rbm = two_states(-1.25, 1.25, 120)
    up, unordered = exact_parts(rbm)
    assert up < unordered - 20
    with pytest.raises((TooFewSamplesError, StuckChainsError), match=r"on the way back|annealing back"):
        approx.free_energy(rbm, rng=1, max_steps=256, threads=1)
    typical = anneal(LayerPath(rbm), np.random.SeedSequence(1), 512, 1).states[0].spins
    found = approx.free_energy(rbm, rng=1, starts=typical, threads=1)
    assert abs(found.value + unordered) < 5 * found.stderr < 0.2


def test_chains_back_from_where_annealing_ended_have_its_shares():
    """A third of the given chains is shut in the light state, and they rule the mean of 1/w."""
    rbm = two_states(-1.25, 1.25, 120)
    exact = np.logaddexp(*exact_parts(rbm))
    starts = scattered(120, 512, np.random.SeedSequence(1))
    options = {"rng": 1, "sweeps": 256, "max_steps": 512, "threads": 1}
    given, annealed = (anneal_both_ways(rbm, starts, back_from=back, **options) for back in ("given", "annealed"))
    assert given.reverse.value < exact - 5 and given.apart > 10
    for e in (annealed.forward, annealed.reverse):
        assert abs(e.value - exact) < 5 * e.stderr < 0.3
    assert np.array_equal(given.chains, annealed.chains)  # those from the given configurations
    two = anneal_both_ways(rbm, starts, back_from="annealed", **options | {"threads": 2})
    assert two.reverse == annealed.reverse


def test_two_states_that_chains_cross_are_both_found():
    rbm = two_states(-0.5, 1.0)
    found = approx.free_energy(rbm, rng=1, threads=1)
    assert abs(found.value + np.logaddexp(*exact_parts(rbm))) < 5 * found.stderr < 0.2


def too_large(*_):
    raise EnumerationTooLarge(99, 20, instead="Write less.")
