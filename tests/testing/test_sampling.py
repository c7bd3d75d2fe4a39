from __future__ import annotations

import itertools
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import testing
from exactrg.errors import InputError, SpinError
from exactrg.testing import assert_samples_from, assert_stationary, statistics

K = 0.4
TORUS = [(3 * y + x, j) for y in range(3) for x in range(3) for j in (3 * y + (x + 1) % 3, 3 * ((y + 1) % 3) + x)]
NEIGHBOURS = [[b for a, b in TORUS if a == i] + [a for a, b in TORUS if b == i] for i in range(9)]
CONFIGS = np.array(list(itertools.product((1, -1), repeat=9)), np.int8)
WEIGHTS = np.exp(K * sum(CONFIGS[:, i] * CONFIGS[:, j] for i, j in TORUS)).reshape((2,) * 9)


def torus_metropolis(scale=1.0, spurious=0.0, bonds=None, sites=range(9)):
    """One sweep of the 3x3 torus, with the faults that a test must see."""
    neighbours = [list(n) for n in NEIGHBOURS]
    for i, j in bonds or []:
        neighbours[i].remove(j)

    def kernel(configs, rng):
        for i in sites:
            field = configs[:, neighbours[i]].sum(axis=1)
            accept = np.minimum(1.0, np.exp(-2 * K * scale * configs[:, i] * field))
            configs[rng.random(len(configs)) < accept + spurious * (1 - accept), i] *= -1
        return configs

    return kernel


def draw(table, n, rng):
    p = np.asarray(table, float).ravel()
    n_sites = p.size.bit_length() - 1
    configs = np.array(list(itertools.product((1, -1), repeat=n_sites)), np.int8)
    return configs[np.random.default_rng(rng).choice(p.size, n, p=p / p.sum())]


def test_a_correct_kernel_passes_and_says_what_it_would_have_seen():
    report = assert_stationary(torus_metropolis(), WEIGHTS, rng=1)
    assert report.n == 200_000 and report.moved > 0.3 and report.power > 0.999 and report.passed
    assert [s.name.split(" ")[0] for s in report.statistics] == ["G", "mean", "mean", "drift", "drift"]
    assert all(0 < s.detects < 0.05 for s in report.statistics)
    assert "p**0.97" in str(report) and "worst cells" in str(report)


FAULTS = {
    "Delta E scaled by 0.97": ({"scale": 0.97}, 200_000),
    "1% spurious acceptance": ({"spurious": 0.01}, 200_000),
    "a bond that one end forgets": ({"bonds": [(0, 1)]}, 200_000),
    "Delta E scaled by 1.01": ({"scale": 1.01}, 1_000_000),
    "0.1% spurious acceptance": ({"spurious": 1e-3}, 1_000_000),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_wrong_kernels_are_caught_at_one_in_a_million(fault):
    """The time is measured by examples/metropolis_faults.py; here the counts: well beyond the rate, and not by luck."""
    changes, n = FAULTS[fault]
    for seed in (2, 3):
        with pytest.raises(AssertionError, match="does not leave the distribution unchanged"):
            assert_stationary(torus_metropolis(**changes), WEIGHTS, n=n, rng=seed)


@pytest.mark.parametrize("fault", ["Delta E scaled by 0.97", "1% spurious acceptance"])
def test_the_two_faults_of_the_target_leave_a_wide_margin(fault):
    """The drift of log p in standard deviations, against what one in a million needs with five statistics."""
    with pytest.raises(testing.FailedAssertion) as caught:
        assert_stationary(torus_metropolis(**FAULTS[fault][0]), WEIGHTS, n=200_000, rng=5)
    drifts = {s.name: s.value for s in caught.value.report.statistics}
    assert abs(drifts["drift of log p"]) > 2 * statistics.shift(1e-6 / 5)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.report == caught.value.report and str(again) == str(caught.value)


def test_a_field_of_the_wrong_sign_drifts_the_magnetisation():
    table = np.exp(0.3 * CONFIGS[:, :3].sum(axis=1))[: 2**9].reshape((2,) * 9)

    def kernel(configs, rng):
        configs[rng.random(len(configs)) < 0.001, 0] = -1
        return configs

    with pytest.raises(AssertionError):
        assert_stationary(kernel, table, n=500_000, rng=3)


def test_two_lanes_that_share_their_random_numbers_are_caught_as_one_system():
    single = np.exp(CONFIGS[::64, :3] @ [0.2, 0.1, -0.3])  # three independent spins
    both = np.multiply.outer(single, single).reshape((2,) * 6)

    def kernel(shared):
        def update(configs, rng):
            for i, h in enumerate([0.2, 0.1, -0.3]):
                u, v = rng.random((2, len(configs)))
                for lane, word in ((i, u), (i + 3, u if shared else v)):
                    configs[:, lane] = np.where(word < 1 / (1 + np.exp(-2 * h)), 1, -1)
            return configs

        return update

    assert_stationary(kernel(shared=False), both, n=20_000, rng=4)
    with pytest.raises(AssertionError):
        assert_stationary(kernel(shared=True), both, n=20_000, rng=4)


def test_a_kernel_that_does_nothing_is_stationary_and_reported_as_such():
    assert assert_stationary(lambda configs, rng: configs, WEIGHTS, n=20_000, rng=5).moved == 0.0


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 5), st.floats(0.0, 2.0), st.integers(0, 2**32))
def test_samples_of_any_distribution_pass_and_those_of_a_tilted_one_do_not(n_sites, spread, seed):
    rng = np.random.default_rng(seed)
    table = np.exp(rng.normal(scale=spread, size=(2,) * n_sites))
    report = assert_samples_from(draw(table, 20_000, rng), table)
    assert report.p_value >= 1e-6
    tilted = table.copy()
    tilted[(0,) * n_sites] *= 2
    p, q = (t.ravel() / t.sum() for t in (table, tilted))
    shown = assert_samples_from(draw(table, 20_000, rng), table, alternative=tilted)
    assert shown.noncentrality <= 20_000 * np.sum((q - p) ** 2 / p) * (1 + 1e-9)
    if shown.power > 0.9999:
        with pytest.raises(AssertionError, match="worst cells"):
            assert_samples_from(draw(tilted, 20_000, rng), table)


@pytest.mark.parametrize("table", [[[4, 1], [1, 4]], [[1, 1], [1, 1]], [[8, 4], [2, 1]], [[40, 1], [1, 1]]])
def test_false_alarms_come_at_the_stated_rate(table):
    rng, p = np.random.default_rng(6), np.ravel(table) / np.sum(table)
    n, level, alarms = 500, 0.2, 0
    for _ in range(n):
        cells = np.repeat(np.arange(4), rng.multinomial(1500, p))
        alarms += statistics.g_test(cells, p, level, p).statistic.p_value < level
    assert abs(alarms - n * level) < 5 * math.sqrt(n * level * (1 - level))


def test_the_bounds_of_means_and_drifts_hold():
    rng, p = np.random.default_rng(7), np.array([0.7, 0.1, 0.1, 0.1])
    f = statistics.observables(p, 2)["log p"]
    assert abs(p @ f) < 1e-12 and abs(p @ f**2 - 1) < 1e-12
    means, drifts = [], []
    for _ in range(600):
        before, after = (np.repeat(np.arange(4), rng.multinomial(400, p)) for _ in range(2))
        means.append(statistics.mean("f", f, p, after, 0.1).p_value)
        drifts.append(statistics.drift("f", f[after] - f[rng.permutation(before)], 0.1).p_value)
    for p_values in (means, drifts):
        assert 0.005 < np.mean(np.array(p_values) < 0.1) < 0.1  # a bound, and not an idle one


def test_errors_of_the_size_that_is_said_to_be_detected_are():
    """q = p (1 + w f) has the effect w for G and shifts the mean of f, of variance 1, by w."""
    rng, p, level = np.random.default_rng(9), WEIGHTS / WEIGHTS.sum(), 1e-3
    p = p.sum(axis=(3, 4, 5, 6, 7, 8)).ravel()
    f = statistics.observables(p, 3)["log p"]

    def measured(shift):
        cells = np.repeat(np.arange(8), rng.multinomial(5000, p * (1 + shift * f)))
        return statistics.g_test(cells, p, level, p).statistic, statistics.mean("f", f, p, cells, level)

    for which, effect in enumerate(s.detects for s in measured(0.0)):
        seen = [measured(effect)[which].p_value < level for _ in range(200)]
        unseen = [measured(effect / 3)[which].p_value < level for _ in range(200)]
        assert np.mean(seen) > 0.95 and np.mean(unseen) < 0.5


def test_impossible_samples_fail_whatever_their_number():
    table = np.array([[1.0, 0.0], [1.0, 2.0]])
    samples = draw(table, 1000, 8)
    assert_samples_from(samples, table)
    samples[17] = (1, -1)
    with pytest.raises(AssertionError, match="1 samples are impossible"):
        assert_samples_from(samples, table)
    assert assert_samples_from(np.ones((5, 2), np.int8), [[1, 0], [0, 0]]).cells == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40).filter(lambda p: sum(p) > 1e-3), st.integers(1, 2000))
def test_merged_cells_expect_enough_and_keep_frequent_ones_apart(p, n):
    p = np.array(p) / sum(p)
    groups = statistics.merged(p, n)
    expected = np.bincount(groups, weights=n * p)
    assert set(groups) == set(range(groups.max() + 1))
    assert len(expected) == 1 or expected.min() >= statistics.MIN_EXPECTED * (1 - 1e-12)
    frequent = groups[n * p >= statistics.MIN_EXPECTED]
    assert len(set(frequent)) == len(frequent)


@pytest.mark.parametrize(
    ("samples", "table", "error", "words"),
    [
        (np.zeros((5, 2), np.int8), np.ones((2, 2)), SpinError, "2 \\* s - 1"),
        (np.ones((5, 3), np.int8), np.ones((2, 2)), SpinError, "expected \\(n, 2\\)"),
        (np.ones((0, 2), np.int8), np.ones((2, 2)), SpinError, "at least 1"),
        (np.ones((5, 2), np.int8), np.ones((2, 3)), InputError, "shape"),
        (np.ones((5, 2), np.int8), np.ones(4), InputError, "shape"),
        (np.ones((5, 2), np.int8), [[1, 1], [1, -1]], InputError, "nonnegative"),
        (np.ones((5, 2), np.int8), [[1, 1], [1, np.nan]], InputError, "finite"),
        (np.ones((5, 2), np.int8), np.zeros((2, 2)), InputError, "zero everywhere"),
        (np.ones((5, 2), np.int8), [["a", 1], [1, 1]], InputError, "real"),
        (np.ones((5, 2), np.int8), np.ones((2, 2)), InputError, "too few"),
    ],
)
def test_bad_input(samples, table, error, words):
    with pytest.raises(error, match=words):
        assert_samples_from(samples, table)


def test_bad_rates_counts_and_kernels():
    for rate in (0.0, 1.0, -1e-6, float("nan")):
        with pytest.raises(InputError, match="rate"):
            assert_samples_from(np.ones((5, 1)), [1, 1], rate=rate)
    with pytest.raises(InputError, match="n must be"):
        assert_stationary(lambda c, rng: c, [1, 1], n=0, rng=1)
    with pytest.raises(SpinError, match="returned 50"):
        assert_stationary(lambda c, rng: c[:50], [1, 1], n=100, rng=1)


def test_the_import_is_light():
    code = "import sys, exactrg.testing; print(int(any(m in sys.modules for m in ('numpy', 'scipy', 'numba'))))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "0\n"


def test_binary_units_are_the_same_test():
    table = np.array([[4.0, 1.0], [2.0, 1.0]])

    def heat_bath(low):
        def kernel(configs, rng):
            p = (table[:, 0] / table.sum(axis=1))[(configs[:, 0] == low).astype(int)]
            configs[:, 1] = np.where(rng.random(len(configs)) < p, 1, low)
            return configs

        return kernel

    spins = assert_stationary(heat_bath(-1), table, n=5000, rng=1)
    assert assert_stationary(heat_bath(0), table, n=5000, rng=1, units="binary") == spins
    with pytest.raises(SpinError, match="made of \\+1 and -1"):
        assert_stationary(heat_bath(0), table, n=5000, rng=1)
    with pytest.raises(SpinError, match="made of 0 and 1"):
        assert_samples_from(draw(table, 5000, 1), table, units="binary")
    with pytest.raises(InputError, match="'spins' for"):
        assert_samples_from(draw(table, 5000, 1), table, units="bits")
