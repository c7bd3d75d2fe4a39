"""Tests of counts, means and paired differences against an exact table, with bounds that hold for any number of samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp, xlogy
from scipy.stats import chi2, ncx2

from ..errors import InputError
from .tables import Floats, Ints, decode

MIN_EXPECTED = 25.0
"""Cells that expect fewer samples are merged, the rarest first."""


@dataclass(frozen=True)
class Statistic:
    """One test of one null hypothesis.

    Parameters
    ----------
    name, value : str, float
        What was compared; G (chi-square distributed), a number of standard deviations, or a count.
    p_value : float
        Probability, at most, of a value as extreme from correct code.
    detects : float
        The smallest error that is seen with probability 0.99. For G it is w = sqrt(sum (q - p)**2 / p) of the wrong
        distribution q (the noncentrality is n w**2), for a mean or a drift its shift in standard deviations of the
        observable.
    unit : str
        What ``detects`` is measured in.
    """

    name: str
    value: float
    p_value: float
    detects: float
    unit: str

    def __str__(self) -> str:
        return f"{self.name}: {self.value:.4g}, p = {self.p_value:.3g}; would see {self.detects:.3g} {self.unit}"


class Bonferroni:
    """Several statistics that share one rate of false alarms: what reports that hold them have in common."""

    statistics: tuple[Statistic, ...]
    rate: float

    @property
    def p_value(self) -> float:
        """The smallest p-value times the number of statistics (Bonferroni), at most 1."""
        return min(1.0, len(self.statistics) * min(s.p_value for s in self.statistics))

    @property
    def passed(self) -> bool:
        """Whether the p-value is at least the rate."""
        return self.p_value >= self.rate


@dataclass(frozen=True)
class Counts:
    """A G-test of counts.

    Parameters
    ----------
    statistic : Statistic
    cells : int
        After merging; there are cells - 1 degrees of freedom.
    noncentrality, power : float
        n sum (q - p)**2 / p for the alternative q, and the probability that G sees it.
    worst : tuple of (int, int, float)
        The cells that deviate most: index, counted, expected.
    """

    statistic: Statistic
    cells: int
    noncentrality: float
    power: float
    worst: tuple[tuple[int, int, float], ...]


def g_test(cells: Ints, p: Floats, level: float, alternative: Floats) -> Counts:
    """Compare counts with expectations by Williams' G = 2 sum O log(O / E) / (1 + correction)."""
    n = cells.size
    groups = merged(p, n)
    k = int(groups.max()) + 1
    if k == 1 and np.count_nonzero(p) > 1:
        raise InputError(
            f"{n} samples are too few for two cells that expect {MIN_EXPECTED:g} each; the likeliest configuration "
            f"has probability {p.max():.3g}"
        )
    counts = np.bincount(cells, minlength=p.size)
    impossible = int(counts[p == 0].sum())
    observed, share, wrong = (
        np.bincount(groups, weights=np.where(p > 0, values, 0), minlength=k) for values in (counts, p, alternative)
    )
    expected = n * share
    dof = max(k - 1, 1)
    williams = 1.0 + (np.sum(1.0 / share) - 1.0) / (6.0 * n * dof)
    g = float("inf") if impossible else 2.0 * float(np.sum(xlogy(observed, observed / expected))) / williams
    critical = chi2.isf(level, dof)
    noncentrality = n * float(np.sum((wrong / wrong.sum() - share) ** 2 / share))
    effect = float(np.sqrt(bisect(lambda x: float(ncx2.sf(critical, dof, x)) - 0.99, 4.0 * critical + 100.0) / n))
    name = f"G on {k - 1} degrees of freedom" + (f" ({impossible} samples are impossible)" if impossible else "")
    surprise = np.where(p > 0, np.abs(counts - n * p) / np.sqrt(n * p + 1.0), np.where(counts, np.inf, 0.0))
    return Counts(
        Statistic(name, g, float(chi2.sf(g, dof)), effect, "in sqrt(sum (q - p)**2 / p)"),
        k,
        noncentrality,
        float(ncx2.sf(critical, dof, max(noncentrality, 1e-12))),
        tuple((int(i), int(counts[i]), float(n * p[i])) for i in np.argsort(surprise)[::-1][:5]),
    )


def merged(p: Floats, n: int) -> Ints:
    """Number the cells so that each number expects at least `MIN_EXPECTED` samples: rare cells share one."""
    order = np.argsort(p, kind="stable")
    small = int(np.searchsorted(n * p[order], MIN_EXPECTED))
    groups = np.empty(p.size, np.int64)
    group, total = 0, 0.0
    for i in order[:small]:
        groups[i] = group
        total += n * p[i]
        if total >= MIN_EXPECTED:
            group, total = group + 1, 0.0
    if total > 0.0 and small == p.size:  # the last rare cells do not fill a group: they go with the one before
        groups[groups == group] = max(group - 1, 0)
        group -= 1
    groups[order[small:]] = np.arange(p.size - small) + group
    return groups


def observables(p: Floats, n_sites: int) -> dict[str, Floats]:
    """Log p and the sum of the spins of each cell, with mean 0 and variance 1 under p; constant ones are left out."""
    spins = decode(np.arange(p.size), n_sites)
    candidates = {"log p": np.log(np.where(p > 0, p, 1.0)), "sum of spins": spins.sum(axis=1, dtype=float)}
    found = {}
    for name, f in candidates.items():
        centred = np.where(p > 0, f - p @ f, 0.0)
        deviation = float(np.sqrt(p @ centred**2))
        if deviation > 1e-9 * (1.0 + float(np.abs(f).max())):
            found[name] = centred / deviation
    return found


def mean(name: str, f: Floats, p: Floats, cells: Ints, level: float) -> Statistic:
    """Bound P(mean of f this far out) by Chernoff, exp(-n (t m - log E e^(t f))) at the best t, for both sides."""
    n, m = cells.size, float(f[cells].mean())
    support = p > 0
    f, log_p, sign = f[support], np.log(p[support]), 1.0 if m >= 0 else -1.0

    def slope(t: float) -> float:
        weights = np.exp(log_p + sign * t * f - logsumexp(log_p + sign * t * f))
        return abs(m) - sign * float(weights @ f)

    t = bisect(slope, 1e3)
    exponent = n * (t * abs(m) - float(logsumexp(log_p + sign * t * f)))
    p_value = min(1.0, 2.0 * float(np.exp(-exponent)))
    return Statistic(f"mean of {name}", m * n**0.5, p_value, shift(level) / n**0.5, "standard deviations")


def drift(name: str, differences: Floats, level: float) -> Statistic:
    """Self-normalised z = sum D / sqrt(sum D**2) of paired differences, with the bound 2 exp(-z**2 / 2)."""
    scale = float(np.sqrt(np.sum(differences**2)))
    z = float(differences.sum()) / scale if scale > 0 else 0.0
    detects = shift(level) * scale / differences.size
    p_value = min(1.0, 2.0 * float(np.exp(-(z**2) / 2.0)))
    return Statistic(f"drift of {name}", z, p_value, detects, "standard deviations")


def shift(level: float) -> float:
    """Shift of a standard normal z that makes 2 exp(-z**2 / 2) < level with probability 0.99."""
    return sqrt(2.0 * log(2.0 / level)) + 2.3263


def bisect(increasing: Callable[[float], float], end: float) -> float:
    """Find the zero of a monotone function on [0, end], or the end that is nearer to one."""
    if increasing(0.0) * increasing(end) > 0:
        return 0.0 if abs(increasing(0.0)) < abs(increasing(end)) else end
    return float(brentq(increasing, 0.0, end))
