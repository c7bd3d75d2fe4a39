from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student

from exactrg import RBM, free_energy, ising, log_partition_function, square
from exactrg.errors import InputError
from exactrg.testing import FailedAssertion, assert_free_energy_estimate

EXACT = 3.0


def honest(rng, scale=1.0, shift=0.0):
    sigma = rng.uniform(0.1, 0.3)
    return EXACT + sigma * (shift + scale * rng.normal()), sigma


def test_honest_error_bars_pass_and_the_report_says_what_it_would_have_seen():
    report = assert_free_energy_estimate(honest, EXACT, rng=1)
    assert report.n == 200 and [k for k, _, _ in report.coverage] == [1.0, 2.0, 3.0]
    assert [round(promised, 3) for _, _, promised in report.coverage] == [0.683, 0.954, 0.997]
    assert all(1.2 < s.detects < 2.5 for s in report.statistics[:3]) and 0.3 < report.statistics[3].detects < 0.7
    assert "68.3%" in str(report) and "within 2" in str(report)
    # too large error bars are honest, and reported
    wide = assert_free_energy_estimate(lambda rng: honest(rng, scale=0.2), EXACT, rng=1)
    assert wide.spread < 0.3


@pytest.mark.parametrize("fault", [{"scale": 2.0}, {"shift": 0.8}])
def test_small_error_bars_and_a_bias_are_caught(fault):
    with pytest.raises(FailedAssertion, match="not honest"):
        assert_free_energy_estimate(lambda rng: honest(rng, **fault), EXACT, rng=2)


def test_a_few_far_outliers_are_caught_by_the_third_sigma():
    def mostly(rng):
        return honest(rng, scale=10.0 if rng.random() < 0.08 else 0.9)

    with pytest.raises(FailedAssertion, match="beyond 3 sigma"):
        assert_free_energy_estimate(mostly, EXACT, rng=3)


@pytest.mark.parametrize("dof", [None, 4])
def test_false_alarms_come_at_most_at_the_stated_rate(dof):
    rng, rate, alarms, runs = np.random.default_rng(4), 0.2, 0, 400
    for _ in range(runs):
        z = rng.normal(size=50) if dof is None else student(dof).rvs(50, random_state=rng)
        try:
            assert_free_energy_estimate(np.stack([EXACT + z, np.ones(50)], axis=1), EXACT, rate=rate, dof=dof)
        except FailedAssertion:
            alarms += 1
    assert 0.01 * runs < alarms < rate * runs + 4 * math.sqrt(runs * rate * (1 - rate))


def test_errors_of_the_size_that_is_said_to_be_detected_are():
    rng = np.random.default_rng(5)
    report = assert_free_energy_estimate(honest, EXACT, rng=1, n=100)
    level = 1e-6 / 4

    def seen(which, scale=1.0, shift=0.0):
        pairs = [honest(rng, scale, shift) for _ in range(100)]
        try:
            found = assert_free_energy_estimate(pairs, EXACT, rate=1e-6)
        except FailedAssertion as failure:
            found = failure.report
        return found.statistics[which].p_value < level

    for which in range(4):
        size = report.statistics[which].detects
        large = {"shift": size} if which == 3 else {"scale": size}
        small = {"shift": size / 3} if which == 3 else {"scale": 1 + (size - 1) / 3}
        assert np.mean([seen(which, **large) for _ in range(60)]) > 0.9
        assert np.mean([seen(which, **small) for _ in range(60)]) < 0.5


def test_the_exact_answer_may_be_an_energy():
    H = ising(square(2), 0.3)
    for energy, sign, quantity in (
        (H, 1, "log_partition_function"),
        (RBM([[0.3]]), 1, "log_partition_function"),
        (H, -1, "free_energy"),
        (H.table, 1, "log_partition_function"),
    ):
        right = sign * log_partition_function(H if isinstance(energy, np.ndarray) else energy)
        report = assert_free_energy_estimate(
            lambda rng, x=right: (x + rng.normal(), 1.0), energy, quantity=quantity, rng=1
        )
        assert report.exact == pytest.approx(right, rel=1e-14)
    assert free_energy(H) == -log_partition_function(H)


def test_an_error_bar_of_zero_promises_the_exact_value():
    exact = 1 / 3
    assert assert_free_energy_estimate([(exact * (1 + 1e-16), 0.0)] * 20, exact).passed
    with pytest.raises(FailedAssertion):
        assert_free_energy_estimate([(exact + 1e-9, 0.0)] * 20, exact)


@pytest.mark.parametrize(
    ("estimate", "exact", "options", "words"),
    [
        (honest, EXACT, {}, "needs rng"),
        (honest, EXACT, {"rng": 1, "n": 5}, "n must be an int of at least 10"),
        ([(1.0, 1.0)] * 5, EXACT, {}, "at least 10"),
        ([1.0] * 20, EXACT, {}, "values and error bars"),
        ([(1.0, -1.0)] * 20, EXACT, {}, "negative error bar"),
        ([(np.nan, 1.0)] * 20, EXACT, {}, "is nan .- 1: expected finite numbers"),
        ([(1.0, 1.0)] * 20, np.inf, {}, "finite number"),
        ([(1.0, 1.0)] * 20, EXACT, {"quantity": "Z"}, "expected 'free_energy'"),
        ([(1.0, 1.0)] * 20, EXACT, {"dof": 2}, "more than 2"),
        ([(1.0, 1.0)] * 20, EXACT, {"rate": 2.0}, "rate"),
    ],
)
def test_bad_input(estimate, exact, options, words):
    with pytest.raises(InputError, match=words):
        assert_free_energy_estimate(estimate, exact, **options)


@pytest.mark.slow
def test_our_own_annealing_is_honest():
    import approx

    rng = np.random.default_rng(6)
    rbm = RBM(0.5 * rng.normal(size=(6, 4)), rng.normal(size=4), rng.normal(size=6))
    report = assert_free_energy_estimate(
        lambda generator: approx.free_energy(rbm, rng=generator, threads=1), rbm, quantity="free_energy", n=300, rng=7
    )
    assert 0.8 < report.spread < 1.2
