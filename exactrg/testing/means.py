"""Are these independent, bounded estimates right on average? A test by betting, whose rate holds for any distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from ..counts import require_count
from ..errors import InputError
from .reports import require_passed
from .tables import array_of, numbers, require_rate

_FRACTIONS = 0.95 * 2.0 ** (-0.5 * np.arange(24))
"""Bets, as fractions of the largest legal one; neighbours differ little enough to lose at most 3% of the growth."""


@dataclass(frozen=True)
class Mean:
    """One component of an estimate.

    Parameters
    ----------
    name : str
    mean, stderr : float
        Over the repeats.
    exact : float
    log_e : float
        Log wealth of the bets against this component.
    detects : float
        The smallest error of the mean that is seen with probability 0.99.
    """

    name: str
    mean: float
    stderr: float
    exact: float
    log_e: float
    detects: float


@dataclass(frozen=True)
class MeansReport:
    """What `assert_means` measured.

    Parameters
    ----------
    n, components : int
        Repeats, and numbers in each.
    rate : float
        Allowed probability of a false alarm, all components together.
    p_value : float
        Probability, at most, that a correct estimator looks as wrong.
    detects : float
        The smallest error of a mean that is seen with probability 0.99, in the component where it is largest.
    worst : tuple of Mean
        The components that deviate most, at most five.
    """

    n: int
    components: int
    rate: float
    p_value: float
    detects: float
    worst: tuple[Mean, ...]

    @property
    def passed(self) -> bool:
        """Whether the p-value is at least the rate."""
        return self.p_value >= self.rate

    def __str__(self) -> str:
        lines = [
            f"p = {self.p_value:.3g}, rate {self.rate:g} ({self.n} repeats of {self.components} numbers; would see an error of "
            f"{self.detects:.3g} in any of them)"
        ]
        lines += [
            f"  {m.name}: {m.mean:.6g} +- {m.stderr:.2g}, exactly {m.exact:.6g} (log evidence {m.log_e:.3g})"
            for m in self.worst
        ]
        return "\n".join(lines)


def assert_means(
    repeats: npt.ArrayLike,
    exact: npt.ArrayLike,
    *,
    bounds: tuple[float, float],
    chains: int = 1,
    rate: float = 1e-6,
    name: str = "mean",
) -> MeansReport:
    """Assert that independent estimates, each within bounds, have an exact mean.

    Money is bet on every component at 48 stakes L, prod_i (1 + L (x_i - exact)), and half of it by Hoeffding's
    prod_i exp(L (x_i - exact) - L**2 R**2 / (8 chains)), R the width of the bounds. Under a correct mean no bet gains on
    average, so that the mean wealth exceeds 1/rate with a probability of at most rate, whatever the distribution.

    Parameters
    ----------
    repeats : array_like, shape (n, ...)
        Estimates, independent of each other.
    exact : array_like, shape (...)
    bounds : (float, float)
        No estimate can be outside.
    chains : int
        How many independent terms within these bounds are averaged in each estimate.
    rate : float
        Probability of a false alarm.
    name : str
        What the report calls it.

    Returns
    -------
    MeansReport

    Raises
    ------
    FailedAssertion
        An AssertionError with the report: if a correct estimator would do this with a probability below ``rate``.
    InputError
        For estimates of another shape, outside the bounds or NaN.

    Notes
    -----
    Source: I. Waudby-Smith and A. Ramdas, J. R. Stat. Soc. B 86, 1 (2024); W. Hoeffding (1963).
    """
    rate, bounds, chains = require_rate(rate), _bounds(bounds), require_count("chains", chains, 1)
    labels = [
        str(name) + (str(list(index)) if index else "")
        for index in np.ndindex(numbers(exact, "the exact values").shape)
    ]
    return require_passed(measure_means(repeats, exact, bounds, chains, rate, labels), f"the {name} is wrong")


def _bounds(bounds: Any) -> tuple[float, float]:
    """Return (low, high), finite and in this order."""
    array = array_of(bounds, "bounds")
    if array.shape == (2,):
        low, high = numbers(array, "bounds")
        if -np.inf < low < high < np.inf:
            return float(low), float(high)
    raise InputError(f"bounds={bounds!r}: expected (low, high), the finite least and largest values of an estimate")


def measure_means(
    repeats: npt.ArrayLike,
    exact: npt.ArrayLike,
    bounds: tuple[float, float],
    chains: int,
    rate: float,
    labels: Sequence[str],
) -> MeansReport:
    """Measure what `assert_means` reports, the arguments being checked."""
    x, right = numbers(repeats, "the estimates"), numbers(exact, "the exact values")
    low, high = bounds
    if x.ndim == 0 or len(x) < 2 or x.shape[1:] != right.shape or not right.size:
        raise InputError(f"estimates of shape {x.shape}, expected (n, *{right.shape}) with n of at least 2")
    slack = 1e-12 * (high - low)  # sums that end at a bound may round beyond it
    for what, values in (("an estimate", x), ("an exact value", right)):
        outside = values[~((low - slack <= values) & (values <= high + slack))]
        if outside.size:
            raise InputError(
                f"{what} is {outside[0]:.6g}, outside [{low:g}, {high:g}]: expected means within the bounds; divide sums "
                "by the number of samples, or give wider bounds"
            )
    deviations = (x - right).reshape(len(x), -1)
    n, d = deviations.shape
    caps = [1.0 / np.maximum(side.reshape(-1), 1e-3 * (high - low)) for side in (right - low, high - right)]
    log_bets, width = np.log(4 * len(_FRACTIONS)), (high - low) ** 2 / (8 * chains)
    sums, stderr = deviations.sum(axis=0), deviations.std(axis=0, ddof=1) / n**0.5
    wealth, shifts = [], []
    for sign, cap in zip((1.0, -1.0), caps, strict=True):
        for fraction in _FRACTIONS:
            stake = fraction * cap
            wealth.append(np.log1p(sign * stake * deviations).sum(axis=0))
            shifts.append(stake * stderr**2 * n / 2 + (log_bets - np.log(rate / d)) / (n * stake))
            stake = fraction * 16 * chains**0.5 / (high - low)
            wealth.append(sign * stake * sums - n * stake**2 * width)
            shifts.append(np.full(d, stake * width + (log_bets - np.log(rate / d)) / (n * stake)))
    log_e = logsumexp(wealth, axis=0) - log_bets
    total = float(logsumexp(log_e) - np.log(d))
    detects = np.min(shifts, axis=0) + 2.3263 * stderr
    means = deviations.mean(axis=0) + right.reshape(-1)
    worst = tuple(
        Mean(
            labels[k],
            float(means[k]),
            float(stderr[k]),
            float(right.reshape(-1)[k]),
            float(log_e[k]),
            float(detects[k]),
        )
        for k in np.argsort(log_e)[::-1][:5]
    )
    return MeansReport(n, d, rate, min(1.0, float(np.exp(-max(total, 0.0)))), float(detects.max()), worst)
