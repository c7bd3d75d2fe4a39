from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exactrg.engines import float_tables
from exactrg.engines.elimination import Elimination
from exactrg.engines.sampling import sample
from exactrg.errors import EnumerationTooLarge, InputError, ZeroWeightError
from exactrg.lattices import ring, square

FALSE_ALARM = 1e-7


def bonds(edges, couplings):
    return [(edge, j * np.array([[1, -1], [-1, 1]])) for edge, j in zip(edges, couplings, strict=True)]


def probabilities(n, factors):
    """All states by brute force, the first spin slowest."""
    weights = [
        math.exp(sum(table[tuple(state[i] for i in scope)] for scope, table in factors))
        for state in itertools.product((0, 1), repeat=n)
    ]
    return np.array(weights) / math.fsum(weights)


def chi_square(n, factors, samples):
    """Statistic and its threshold at the false-alarm rate; rare states are pooled."""
    states = (samples == -1) @ (1 << np.arange(n)[::-1])
    expected = len(samples) * probabilities(n, factors)
    observed = np.bincount(states, minlength=2**n)
    assert not observed[expected == 0].any()
    rare = expected < 10
    expected = np.append(expected[~rare], expected[rare].sum())
    observed = np.append(observed[~rare], observed[rare].sum())
    possible = expected > 0
    statistic = ((observed - expected)[possible] ** 2 / expected[possible]).sum()
    return statistic, stats.chi2.isf(FALSE_ALARM, possible.sum() - 1)


def small_models():
    rng = np.random.default_rng(7)
    yield 6, bonds(ring(6).edges(), rng.standard_normal(6)) + [((i,), rng.standard_normal(2)) for i in range(6)]
    yield 9, bonds(square(3).edges(), 0.3 * rng.standard_normal(18))
    yield 5, [((0, 2, 3), rng.standard_normal((2, 2, 2))), ((3, 1), rng.standard_normal((2, 2)))]  # spin 4 is free
    yield 4, [((0, 1, 2, 3), np.where(rng.random((2,) * 4) < 0.4, -math.inf, rng.standard_normal((2,) * 4)))]
    yield 1, [((0,), np.array([0.3, -0.4]))]
    scopes = [tuple(rng.permutation(8)[:k].tolist()) for k in (1, 2, 3, 4, 5, 2, 3)]
    yield 8, [(scope, 0.5 * rng.standard_normal((2,) * len(scope))) for scope in scopes]


@pytest.mark.parametrize("allowed", [500.0, -1.0], ids=["linear", "log"])
@pytest.mark.parametrize("model", list(small_models()), ids=lambda model: f"n={model[0]}")
def test_samples_have_the_exact_distribution_over_all_states(model, allowed, monkeypatch):
    monkeypatch.setattr(float_tables, "_RANGE", allowed)
    n, factors = model
    samples = sample(n, factors, 40_000, 2024)
    statistic, threshold = chi_square(n, factors, samples)
    assert statistic < threshold


@pytest.mark.parametrize("wrong", ["tilted", "unconditional"])
def test_a_wrong_sampler_is_caught(wrong, monkeypatch):
    n, factors = next(small_models())
    right = float_tables.LinearTables.chance

    def chance(self, up, down):
        p = right(self, up, down)
        return np.minimum(1.0, 1.05 * p) if wrong == "tilted" else np.full_like(p, p.mean())

    monkeypatch.setattr(float_tables.LinearTables, "chance", chance)
    statistic, threshold = chi_square(n, factors, sample(n, factors, 40_000, 2024))
    assert statistic > threshold


def test_successive_samples_are_independent():
    n, factors = next(small_models())
    samples = sample(n, factors, 40_000, 5).astype(float)
    centred = samples - samples.mean(axis=0)
    correlations = (centred[1:] * centred[:-1]).mean(axis=0) / centred.var(axis=0)
    assert np.abs(correlations).max() < stats.norm.isf(FALSE_ALARM / (2 * n)) / math.sqrt(len(samples))


def torus_density(L):
    """Unsatisfied bonds of the L x L torus, by a transfer matrix over rows in Python integers."""
    states = list(itertools.product((0, 1), repeat=L))
    inside = {s: sum(s[i] != s[(i + 1) % L] for i in range(L)) for s in states}
    counts = [0] * (2 * L * L + 1)
    for first in states:
        rows = {first: {inside[first]: 1}}
        for _ in range(L - 1):
            following = {}
            for s, poly in rows.items():
                for t in states:
                    d = inside[t] + sum(map(int.__ne__, s, t))
                    target = following.setdefault(t, {})
                    for k, c in poly.items():
                        target[k + d] = target.get(k + d, 0) + c
            rows = following
        for s, poly in rows.items():
            for k, c in poly.items():
                counts[k + sum(map(int.__ne__, s, first))] += c
    return counts


def test_the_energy_histogram_follows_the_exact_density_of_states():
    L, coupling = 4, 0.35
    edges = list(square(L).edges())
    samples = sample(L * L, bonds(edges, [coupling] * len(edges)), 50_000, 11)
    unsatisfied = sum((samples[:, i] != samples[:, j]).astype(int) for i, j in edges)
    weights = np.array([g * math.exp(-2 * coupling * k) for k, g in enumerate(torus_density(L))])
    expected = len(samples) * weights / weights.sum()
    observed = np.bincount(unsatisfied, minlength=len(expected))
    assert not observed[expected == 0].any()
    common = expected > 10
    statistic = ((observed - expected)[common] ** 2 / expected[common]).sum()
    assert statistic < stats.chi2.isf(FALSE_ALARM, common.sum())


def test_large_tables_give_the_bond_energies_of_the_marginals():
    edges = list(square(9).edges())
    factors = bonds(edges, np.random.default_rng(3).standard_normal(len(edges)))
    _, tables = Elimination(81, factors).marginals([edge for edge, _ in factors])
    exact = np.array([p[0, 0] + p[1, 1] - p[0, 1] - p[1, 0] for p in map(np.exp, tables)])
    samples = sample(81, factors, 20_000, 4).astype(float)
    found = np.array([(samples[:, i] * samples[:, j]).mean() for i, j in edges])
    z = (found - exact) / np.sqrt((1 - exact**2) / len(samples))
    assert np.abs(z).max() < stats.norm.isf(FALSE_ALARM / (2 * len(edges)))
    assert 0.7 < z.std() < 1.3


def test_one_seed_gives_one_set_of_samples_with_any_checkpoints():
    edges = list(square(15, periodic=False).edges())
    factors = bonds(edges, np.random.default_rng(3).standard_normal(len(edges)))
    elimination = Elimination(225, factors)
    order, limit = elimination.order.order, elimination.backward_bytes() // 2
    first = sample(225, factors, 200, 9)
    assert first.shape == (200, 225)
    assert first.dtype == np.int8
    assert set(np.unique(first)) == {-1, 1}
    assert np.array_equal(first, sample(225, factors, 200, np.random.default_rng(9)))
    assert np.array_equal(first, sample(225, factors, 200, 9, order=order, limit=limit))
    assert not np.array_equal(first, sample(225, factors, 200, 10))
    with pytest.raises(EnumerationTooLarge):
        sample(225, factors, 200, 9, limit=elimination.order.bytes + 1)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 7), st.integers(0, 2**7 - 1), st.integers(0, 99))
def test_a_pinned_configuration_is_the_only_sample(n, state, seed):
    spins = [1 - 2 * (state >> i & 1) for i in range(n)]
    factors = [((i,), np.array([0.0, -math.inf] if s == 1 else [-math.inf, 0.0])) for i, s in enumerate(spins)]
    assert np.array_equal(sample(n, factors, 3, seed), [spins] * 3)


def test_couplings_of_a_thousand_freeze_the_ring():
    samples = sample(12, bonds(ring(12).edges(), [1000.0] * 12), 400, 0)
    assert np.array_equal(samples, np.repeat(samples[:, :1], 12, axis=1))
    assert 100 < (samples[:, 0] == 1).sum() < 300


def test_no_samples_and_no_spins():
    assert sample(3, [], 0, 0).shape == (0, 3)
    assert sample(0, [], 5, 0).shape == (5, 0)


def test_bad_arguments_are_refused():
    with pytest.raises(InputError, match="rng"):
        sample(2, [], 1, "seed")
    with pytest.raises(ZeroWeightError):
        sample(2, [((0,), np.array([-math.inf, -math.inf]))], 1, 0)
