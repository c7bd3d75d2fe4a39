from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.autocorrelation import as_series, autocorrelation_time, autocovariance, effective_samples, r_hat
from approx.errors import ConstantChainError, NotFiniteSeriesError
from exactrg.errors import InputError


def ar1(phi, n_chains, n_draws, rng):
    """Stationary x' = phi x + noise of variance 1 and mean 0: rho(t) = phi**t, tau = (1 + phi) / (1 - phi) / 2."""
    noise = np.sqrt(1 - phi**2) * rng.normal(size=(n_draws, n_chains))
    x = np.empty((n_draws, n_chains))
    x[0] = rng.normal(size=n_chains)
    for t in range(1, n_draws):
        x[t] = phi * x[t - 1] + noise[t]
    return x.T


def direct_gamma(series):
    """Eq. 31 of Wolff 2004, pair by pair."""
    centred = np.asarray(series) - np.mean(series)
    n = centred.shape[1]
    return [float(np.mean(centred[:, : n - t] * centred[:, t:])) for t in range(n)]


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(2, 40), st.integers(0, 2**32))
def test_autocovariance_is_the_mean_over_pairs(n_chains, n_draws, seed):
    x = np.random.default_rng(seed).normal(size=(n_chains, n_draws)) + 5
    assert np.allclose(autocovariance(x), direct_gamma(x), atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0, 0.95), st.integers(1, 3), st.integers(0, 2**32))
def test_both_windows_agree_with_a_direct_sum(phi, n_chains, seed):
    x = ar1(phi, n_chains, 1000, np.random.default_rng(seed))
    gamma, n = direct_gamma(x), x.size
    running = [0.5]
    for t in range(1, 1000):
        running.append(running[-1] + gamma[t] / gamma[0])

    def corrected(w):
        """Add Gamma's bias, the variance of the mean, to every Gamma(t)."""
        bias = 2 * max(running[w], 0.5) * gamma[0] / n
        total = sum(gamma[t] + bias for t in range(1, w + 1)) + (gamma[0] + bias) / 2
        return max(total / (gamma[0] + bias), 0.5)

    w = next(w for w in range(1, 1000) if w >= 5 * 2 * running[w])  # emcee: M >= c tau_f(M), tau_f = 2 tau
    sokal = autocorrelation_time(x, window="sokal")
    assert sokal.window == w and sokal.tau == pytest.approx(corrected(w), rel=1e-9)

    def done(w):
        if running[w] <= 0.5:
            return True
        decay = 1.5 / math.log((2 * running[w] + 1) / (2 * running[w] - 1))
        return math.exp(-w / decay) < decay / math.sqrt(w * n)

    w = next(w for w in range(1, 1000) if done(w))
    wolff = autocorrelation_time(x)
    assert wolff.window == w and wolff.tau == pytest.approx(corrected(w), rel=1e-9)
    assert wolff.stderr == pytest.approx(wolff.tau * math.sqrt(4 * max(w + 0.5 - wolff.tau, 0) / n))


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9, 0.97])
@pytest.mark.parametrize("window", ["wolff", "sokal"])
def test_tau_of_an_autoregressive_series(phi, window):
    exact = 0.5 * (1 + phi) / (1 - phi)
    time = autocorrelation_time(ar1(phi, 8, 20_000, np.random.default_rng(1)), window=window)
    assert abs(time.tau - exact) < 5 * time.stderr + 0.02 * exact and time.closed
    assert abs(time.variance - 1) < 5 * math.sqrt(4 * exact / 160_000)


def test_the_error_of_tau_is_honest():
    times = [autocorrelation_time(ar1(0.8, 1, 4000, np.random.default_rng(seed))) for seed in range(200)]
    scatter = np.std([t.tau for t in times])
    assert 0.75 < np.mean([t.stderr for t in times]) / scatter < 1.35
    assert abs(np.mean([t.tau for t in times]) - 4.5) < 0.15  # the window cuts a few per cent


def test_an_anticorrelated_series_counts_as_an_independent_one():
    assert autocorrelation_time(ar1(-0.6, 2, 5000, np.random.default_rng(2))).tau == 0.5


def test_chains_that_disagree_have_a_large_tau_and_r_hat():
    x = ar1(0.5, 4, 500, np.random.default_rng(3))
    assert autocorrelation_time(x).closed and r_hat(x) < 1.02
    x[0] += 8
    assert autocorrelation_time(x).tau > 100 and r_hat(x) > 2


def test_r_hat_sees_a_drift_and_follows_its_definition():
    x = np.random.default_rng(4).normal(size=(3, 100))
    halves = [*x[:, :50], *x[:, 50:]]
    within = np.mean([np.sum((h - h.mean()) ** 2) / 49 for h in halves])
    means = [h.mean() for h in halves]
    between = sum((m - np.mean(means)) ** 2 for m in means) / 5
    assert r_hat(x) == pytest.approx(math.sqrt(49 / 50 + between / within), rel=1e-12)
    assert r_hat(x + np.linspace(0, 6, 100)) > 1.5
    assert r_hat(np.repeat([[0.0, 1.0]], 4, axis=1).reshape(2, 4)[:, :4]) == math.inf
    assert math.isnan(r_hat([[1.0, 1.0, 1.0, 1.0]])) and math.isnan(r_hat([[1.0, 2.0, 3.0]]))


def test_effective_samples_of_independent_draws():
    assert effective_samples(np.random.default_rng(5).normal(size=10_000)) == pytest.approx(10_000, rel=0.1)


def test_bad_series():
    with pytest.raises(InputError, match="shape"):
        as_series(np.zeros((2, 3, 4)))
    with pytest.raises(InputError, match="shape"):
        as_series([])
    with pytest.raises(InputError, match="real"):
        as_series(["a"])
    with pytest.raises(NotFiniteSeriesError, match="1 of 3") as caught:
        as_series([1.0, np.nan, 2.0])
    assert caught.value.series.shape == (1, 3)
    with pytest.raises(InputError, match="one chain"):
        autocorrelation_time([[1.0], [2.0]])
    with pytest.raises(InputError, match="window"):
        autocorrelation_time([1.0, 2.0], window="geyer")
    with pytest.raises(ConstantChainError, match=r"all 5 entries are 2\.0"):
        autocorrelation_time([2.0] * 5)
