from __future__ import annotations

import importlib
import math

import numpy as np
import pytest
from scipy.stats import binomtest

from approx.errors import (
    ConstantChainError,
    MissingPackageError,
    NotFiniteSeriesError,
    StuckChainsError,
    TooFewSamplesError,
    UnreliableEstimateError,
)
from approx.estimate import Estimate, estimate, to_arviz
from exactrg.errors import ExactRGError, InputError


def ar1(phi, n_chains, n_draws, rng):
    noise = np.sqrt(1 - phi**2) * rng.normal(size=(n_draws, n_chains))
    x = np.empty((n_draws, n_chains))
    x[0] = rng.normal(size=n_chains)
    for t in range(1, n_draws):
        x[t] = phi * x[t - 1] + noise[t]
    return x.T


@pytest.mark.parametrize(("phi", "n_chains", "n_draws"), [(0.0, 1, 300), (0.8, 1, 3000), (0.9, 8, 800)])
def test_intervals_cover_the_truth_as_often_as_they_say(phi, n_chains, n_draws):
    rng = np.random.default_rng(1)
    truth = 0.7
    deviations = []
    for _ in range(200):
        value, stderr = estimate(truth + ar1(phi, n_chains, n_draws, rng))
        deviations.append(abs(value - truth) / stderr)
    for sigmas, share in ((1.0, 0.6827), (1.96, 0.95)):
        assert binomtest(sum(d < sigmas for d in deviations), 200, share).pvalue > 1e-3


def test_a_naive_error_bar_would_fail_the_coverage_test():
    rng = np.random.default_rng(1)
    x = [ar1(0.8, 1, 3000, rng)[0] for _ in range(200)]
    hits = sum(abs(s.mean()) < 1.96 * s.std() / math.sqrt(3000) for s in x)
    assert binomtest(hits, 200, 0.95).pvalue < 1e-6


def test_an_estimate_is_a_pair_and_a_number():
    x = 2 + ar1(0.9, 4, 5000, np.random.default_rng(2))
    e = estimate(x, method="wolff", seed=2)
    value, stderr = e
    assert (value, stderr) == (e.value, e.stderr) and float(e) == value == pytest.approx(x.mean())
    assert abs(value - 2) < 5 * stderr and abs(e.tau / 9.5 - 1) < 0.3
    assert e.effective_samples == pytest.approx(20_000 / (2 * e.tau)) and 0.99 < e.r_hat < 1.05
    assert stderr == pytest.approx(math.sqrt(x.var() / e.effective_samples), rel=0.01)
    assert (e.method, e.seed) == ("wolff", 2)
    with pytest.raises(AttributeError):
        e.value = 3.0


@pytest.mark.parametrize(
    ("value", "stderr", "text"),
    [(1.23456, 0.0123, "1.235 ± 0.012"), (1234.5, 56.0, "1234 ± 56"), (12345.0, 678.0, "12345 ± 6.8e+02")],
)
def test_an_estimate_prints_two_digits_of_its_error(value, stderr, text):
    assert str(Estimate(value, stderr, 100.0, 0.5, 1.0)) == text
    assert str(Estimate(1.5, 0.0, math.inf, 0.5, 1.0)) == "1.5 ± 0.0"


def refused(error, series, **options):
    with pytest.raises(error) as caught:
        estimate(series, **options)
    assert isinstance(caught.value, UnreliableEstimateError) and isinstance(caught.value, ExactRGError)
    assert np.array_equal(caught.value.series, np.atleast_2d(series), equal_nan=True)
    return caught.value


def test_what_cannot_be_trusted_is_refused_with_the_data():
    rng = np.random.default_rng(3)
    good = ar1(0.5, 4, 1000, rng)
    nan = good.copy()
    nan[2, 7] = np.nan
    assert refused(NotFiniteSeriesError, nan).details["count"] == 1
    frozen = good.copy()
    frozen[1] = 0.25
    error = refused(ConstantChainError, frozen)
    assert list(error.details["chains"]) == [1] and "number 1, at 0.25" in str(error)
    stuck = good.copy()
    stuck[0] += 3
    assert refused(StuckChainsError, stuck).details["r_hat"] > 1.1
    short = ar1(0.9, 1, 200, rng)
    error = refused(TooFewSamplesError, short, max_r_hat=100)
    assert error.details["tau"] > 4
    assert refused(TooFewSamplesError, [[1.0, 2.0, 3.0]] * 5).details["mean"] == 2.0


def test_the_number_of_draws_that_a_refusal_asks_for_is_enough():
    x = ar1(0.8, 1, 150, np.random.default_rng(5))
    error = refused(TooFewSamplesError, x, max_r_hat=100)
    assert "draw at least" in str(error) and x.size < 50 * error.details["tau"]
    assert estimate(x, max_r_hat=100, min_taus=x.size / error.details["tau"] - 1).tau == error.details["tau"]


def test_a_trend_is_refused_however_long():
    x = ar1(0.0, 2, 5000, np.random.default_rng(6)) + np.linspace(0, 3, 5000)
    refused(StuckChainsError, x)
    refused(TooFewSamplesError, x, max_r_hat=100)


class Stub:
    """Stands in for an optional package and shows what it is called with."""

    ufloat = staticmethod(lambda value, stderr: ("ufloat", value, stderr))
    convert_to_dataset = staticmethod(lambda arrays: {k: v.shape for k, v in arrays.items()})


def test_conversions_hand_over_to_optional_packages_or_name_them(monkeypatch):
    e = Estimate(1.0, 0.5, 10.0, 0.5, 1.0)

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingPackageError, match="pip install uncertainties"):
        e.to_uncertainties()
    with pytest.raises(MissingPackageError, match="pip install arviz"):
        to_arviz(energy=np.ones((2, 3)))
    monkeypatch.setattr(importlib, "import_module", lambda name: Stub)
    assert e.to_uncertainties() == ("ufloat", 1.0, 0.5)
    assert to_arviz(a=np.ones((2, 3)), b=np.zeros((2, 3))) == {"a": (2, 3), "b": (2, 3)}
    with pytest.raises(InputError, match="one shape"):
        to_arviz(a=np.ones((2, 3)), b=np.ones((3, 2)))
    with pytest.raises(InputError, match="one shape"):
        to_arviz()


def test_estimates_without_r_hat_are_equal_or_not():
    one = Estimate(1.0, 0.1, 5.0, 0.5, float("nan"), "m", 1)
    assert one == Estimate(1.0, 0.1, 5.0, 0.5, float("nan"), "m", 1) and one != Estimate(
        1.0, 0.1, 5.0, 0.5, 1.0, "m", 1
    )
    assert hash(one) == hash(Estimate(1.0, 0.1, 5.0, 0.5, float("nan"), "m", 1)) and one != 1.0
    others = [Estimate(2.0, 0.1, 5.0, 0.5, float("nan"), "m", 1), Estimate(1.0, 0.2, 5.0, 0.5, float("nan"), "m", 1)]
    assert len({one, *others}) == len({hash(e) for e in (one, *others)}) == 3


def test_what_is_not_known_of_an_estimate_is_nan():
    e = Estimate(1.0, 0.1)
    assert all(math.isnan(x) for x in (e.effective_samples, e.tau, e.r_hat)) and (e.method, e.seed) == ("", None)
    assert e == Estimate(1.0, 0.1) != Estimate(1.0, 0.1, tau=0.5) and hash(e) == hash(Estimate(1.0, 0.1))
    assert str(e) == "1.00 ± 0.10" and tuple(e) == (1.0, 0.1)
