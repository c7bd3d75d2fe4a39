from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.errors import InputError
from exactrg.testing import FailedAssertion, assert_means
from exactrg.testing.means import measure_means


def log_e(x, mean, bounds, chains=1):
    return measure_means(x, mean, bounds, chains, 1e-6, ["x"]).worst[0].log_e


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(-2, 3), min_size=2, max_size=4), st.data(), st.integers(1, 3))
def test_the_mean_wealth_under_the_null_is_at_most_one(support, data, n):
    """All outcomes of n draws summed: E wealth <= 1, whatever the distribution; so P(wealth > 1/rate) <= rate."""
    n += 1
    weights = np.array([data.draw(st.floats(0.01, 1)) for _ in support])
    p = weights / weights.sum()
    mean = float(np.clip(p @ support, -2, 3))
    total = 0.0
    for draw in itertools.product(range(len(support)), repeat=n):
        x = np.array([support[k] for k in draw])
        total += math.prod(p[list(draw)]) * math.exp(log_e(x, mean, (-2.0, 3.0)))
    assert 0.3 < total <= 1 + 1e-9


def test_a_wrong_bet_would_be_seen_by_that_sum():
    """The checker checked: with a mean outside the middle and bets on a wrong mean, the sum exceeds one."""
    total = sum(
        math.prod(0.9 if k else 0.1 for k in draw) * math.exp(log_e(np.array(draw, float), 0.1, (0.0, 1.0)))
        for draw in itertools.product((0, 1), repeat=4)
    )
    assert total > 2


@pytest.mark.parametrize("law", ["symmetric", "skewed", "rare", "averaged"])
def test_false_alarms_come_at_most_at_the_stated_rate(law):
    rng, rate, alarms = np.random.default_rng(1), 0.1, 0
    for _ in range(300):
        if law == "symmetric":
            x, mean, chains = rng.choice([-1.0, 1.0], (200, 4)), 0.0, 1
        elif law == "skewed":
            x, mean, chains = rng.beta(0.5, 4.5, (200, 4)), 0.1, 1
        elif law == "rare":  # most samples hold no event at all, where a t-test would divide by zero
            x, mean, chains = (rng.random((200, 4)) < 0.002).astype(float), 0.002, 1
        else:
            x, mean, chains = rng.choice([-1.0, 1.0], (200, 4, 25)).mean(axis=2), 0.0, 25
        report = measure_means(x, np.full(4, mean), (-1.0, 1.0), chains, rate, list("abcd"))
        alarms += not report.passed
    assert alarms < 300 * rate + 4 * math.sqrt(300 * rate * (1 - rate))


@pytest.mark.parametrize("chains", [1, 50])
def test_errors_of_the_size_that_is_said_to_be_detected_are(chains):
    rng, n = np.random.default_rng(2), 400

    def estimates(shift):
        up = rng.binomial(chains, (1 + 0.2 + shift) / 2, (n, 3))
        return 2 * up / chains - 1

    detects = measure_means(estimates(0.0), np.full(3, 0.2), (-1, 1), chains, 1e-6, list("abc")).detects
    seen = [
        not measure_means(estimates(detects), np.full(3, 0.2), (-1, 1), chains, 1e-6, list("abc")).passed
        for _ in range(40)
    ]
    unseen = [
        not measure_means(estimates(detects / 3), np.full(3, 0.2), (-1, 1), chains, 1e-6, list("abc")).passed
        for _ in range(40)
    ]
    assert np.mean(seen) > 0.9 and np.mean(unseen) < 0.5
    # near what a normal test with a known variance would see at this rate, which needs 5 sigma and 2.3
    assert detects < 1.4 * 7.3 * math.sqrt((1 - 0.04) / (n * chains))


def test_a_mean_at_a_bound():
    ones = np.full((1000, 2), 1.0)
    assert assert_means(ones, [1.0, np.nextafter(1.0, 2.0)], bounds=(-1, 1)).passed
    ones[:9, 0] = -1.0  # what cannot happen at all is seen after a few times
    with pytest.raises(FailedAssertion):
        assert_means(ones, [1.0, 1.0], bounds=(-1, 1))


def test_more_chains_are_more_power():
    rng = np.random.default_rng(3)
    x = rng.choice([-1.0, 1.0], (500, 100)).mean(axis=1)
    blind, told = (measure_means(x, 0.0, (-1, 1), chains, 1e-6, ["x"]).detects for chains in (1, 100))
    assert told < 0.8 * blind


def test_the_report_names_the_component():
    x = np.random.default_rng(4).choice([0.0, 1.0], (2000, 2, 2))
    exact = np.array([[0.5, 0.5], [0.7, 0.5]])
    assert assert_means(x, np.full((2, 2), 0.5), bounds=(0, 1)).passed
    with pytest.raises(FailedAssertion, match="energy is wrong") as caught:
        assert_means(x, exact, bounds=(0, 1), name="energy")
    worst = caught.value.report.worst[0]
    assert worst.name == "energy[1, 0]" and worst.exact == 0.7 and "energy[1, 0]" in str(caught.value)
    assert abs(worst.mean - 0.5) < 6 * worst.stderr
    assert assert_means(x[:, 0, 0], 0.5, bounds=(0, 1)).worst[0].name == "mean"


@pytest.mark.parametrize(
    ("x", "exact", "options", "words"),
    [
        ([0.5], 0.5, {}, "n of at least 2"),
        (np.ones((5, 2)), 0.5, {}, "expected \\(n, \\*\\(\\)\\)"),
        ([0.5, 7.0], 0.5, {}, "an estimate is 7, outside"),
        ([0.5, np.nan], 0.5, {}, "an estimate is nan"),
        ([0.5, 0.5], 2.0, {}, "an exact value is 2, outside"),
        ([0.5, 0.5], 0.5, {"rate": 0.0}, "rate"),
        ([0.5, 0.5], 0.5, {"chains": 0}, "chains"),
    ],
)
def test_bad_input(x, exact, options, words):
    with pytest.raises(InputError, match=words):
        assert_means(x, exact, bounds=(0, 1), **options)
