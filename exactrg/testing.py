"""Assertions for samplers: do these samples follow that distribution, and does this kernel leave it alone?

Both compare with an exact table of at most some 2**20 configurations, make a false alarm with at most a stated
probability, and return what they measured and how small an error they would have seen. Samples must be independent:
a chi-square on the successive states of one chain rejects correct samplers, often by tens of per cent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import InputError, SpinError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Spins = npt.NDArray[np.int8]

MIN_EXPECTED = 25.0
"""Cells that expect fewer samples are merged, the rarest first."""


@dataclass(frozen=True)
class Statistic:
    """One test of one null hypothesis.

    Parameters
    ----------
    name, value : str, float
        What was compared; G (chi-square distributed) or a number of standard deviations.
    p_value : float
        Probability, at most, of a value as extreme from a correct sampler.
    detects : float
        The smallest error that is seen with probability 0.99. For G it is w = sqrt(sum (q - p)**2 / p) of the wrong
        distribution q (the noncentrality is n w**2), for a mean or a drift its shift in standard deviations of the
        observable.
    """

    name: str
    value: float
    p_value: float
    detects: float


@dataclass(frozen=True)
class SamplerReport:
    """What `assert_samples_from` or `assert_stationary` measured.

    Parameters
    ----------
    n : int
        Samples.
    cells : int
        Cells of the G-test, after merging; it has cells - 1 degrees of freedom.
    rate : float
        Allowed probability of a false alarm, all statistics together.
    statistics : tuple of Statistic
        G first.
    noncentrality, power : float
        n sum (q - p)**2 / p for the stated alternative q, and the probability that G alone sees it.
    alternative : str
        Which alternative that is.
    worst : tuple of (str, int, float)
        The cells that deviate most: a configuration in it, counted, expected.
    moved : float
        Fraction of the configurations that the kernel changed (1 for plain samples).
    """

    n: int
    cells: int
    rate: float
    statistics: tuple[Statistic, ...]
    noncentrality: float
    power: float
    alternative: str
    worst: tuple[tuple[str, int, float], ...]
    moved: float = 1.0

    @property
    def p_value(self) -> float:
        """The smallest p-value times the number of statistics (Bonferroni), at most 1."""
        return min(1.0, len(self.statistics) * min(s.p_value for s in self.statistics))

    @property
    def passed(self) -> bool:
        """Whether the p-value is at least the rate."""
        return self.p_value >= self.rate

    def __str__(self) -> str:
        lines = [f"p = {self.p_value:.3g}, false alarms {self.rate:g} ({self.n} samples in {self.cells} cells)"]
        lines += [f"  {s.name}: {s.value:.4g}, p = {s.p_value:.3g}, detects {s.detects:.3g}" for s in self.statistics]
        lines.append(
            f"  power of G against {self.alternative}: {self.power:.3g} (noncentrality {self.noncentrality:.3g})"
        )
        lines.append("  worst cells: " + ", ".join(f"{c} counted {k}, expected {e:.1f}" for c, k, e in self.worst))
        return "\n".join(lines)


def assert_samples_from(
    samples: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    *,
    rate: float = 1e-6,
    alternative: npt.ArrayLike | None = None,
) -> SamplerReport:
    """Assert that independent samples follow an exact distribution.

    Three statistics share the rate: G = 2 sum of O log(O / E) over cells (rare configurations merged, Williams'
    correction), and the means of log p and of the sum of the spins, whose exact distribution bounds their tails.

    Parameters
    ----------
    samples : array of int8, shape (n, n_sites)
        Independent configurations, +1 or -1.
    probabilities : array, shape (2,) * n_sites
        The distribution, or nonnegative weights proportional to it; axis i is site i, index 0 is spin +1.
    rate : float
        Probability of a false alarm.
    alternative : array like ``probabilities``, optional
        A wrong distribution whose power is reported; p**0.97 (all energies 3% too small) if left out.

    Returns
    -------
    SamplerReport

    Raises
    ------
    AssertionError
        If a correct sampler would give such samples with a probability below ``rate``; the message is the report.
    InputError
        If the table is no distribution, or there are too few samples to make two cells.
    SpinError
        If the samples are not made of spins, or not of as many as the table.

    Notes
    -----
    Source: D. A. Williams, Biometrika 63, 33 (1976) for the correction; H. Chernoff (1952) for the bound.
    """
    p, rate = _distribution(probabilities), _rate(rate)
    cells = _indices(samples, p.ndim)
    observables = _observables(p)
    level = rate / (1 + len(observables))
    means = [_mean(name, f, p, cells, level) for name, f in observables.items()]
    report = _g_test(cells, p, rate, level, alternative, means)
    if not report.passed:
        raise AssertionError(f"the samples do not follow the distribution: {report}")
    return report


def assert_stationary(
    kernel: Callable[[Spins, np.random.Generator], npt.ArrayLike],
    probabilities: npt.ArrayLike,
    *,
    n: int = 200_000,
    rate: float = 1e-6,
    rng: np.random.Generator | int,
    alternative: npt.ArrayLike | None = None,
) -> SamplerReport:
    """Assert that a Markov kernel leaves an exact distribution unchanged, starting n chains exactly from it.

    Chains start independent and exactly distributed, so that they are so afterwards if the kernel is right. The
    statistics are those of `assert_samples_from` after the kernel, and the drifts of log p and of the sum of the
    spins from before to after, pair by pair: often much the more powerful, as most of the noise cancels.

    Parameters
    ----------
    kernel : callable
        ``kernel(configs, rng) -> configs`` for int8 configurations of shape (n, n_sites); every row is a chain, and
        rows must not influence each other.
    probabilities : array, shape (2,) * n_sites
        The distribution, or nonnegative weights proportional to it; axis i is site i, index 0 is spin +1.
    n : int
        Number of chains.
    rate : float
        Probability of a false alarm.
    rng : numpy.random.Generator or int
        Draws the starts and is handed to the kernel.
    alternative : array like ``probabilities``, optional
        See `assert_samples_from`.

    Returns
    -------
    SamplerReport
        ``moved`` tells whether the kernel did anything; a kernel that does nothing is stationary.

    Raises
    ------
    AssertionError
        If a correct kernel would do this with a probability below ``rate``; the message is the report.
    InputError, SpinError
        As `assert_samples_from`.

    Notes
    -----
    The p-value of a drift z is 2 exp(-z**2 / 2): a bound for symmetric differences (a reversible kernel) at any n,
    and ten times the normal tail otherwise.
    """
    import numpy as np

    p, rate = _distribution(probabilities), _rate(rate)
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise InputError(f"n must be an int of at least 1, got {n!r}")
    generator = np.random.default_rng(rng)
    before = generator.choice(p.size, size=n, p=p.ravel())
    after = _indices(kernel(_configurations(before, p.ndim), generator), p.ndim)
    if after.size != n:
        raise SpinError(f"the kernel was given {n} configurations and returned {after.size}")
    observables = _observables(p)
    level = rate / (1 + 2 * len(observables))
    means = [_mean(name, f, p, after, level) for name, f in observables.items()]
    drifts = [_drift(name, f[after] - f[before], level) for name, f in observables.items()]
    report = _g_test(after, p, rate, level, alternative, means + drifts, moved=float(np.mean(before != after)))
    if not report.passed:
        raise AssertionError(f"the kernel does not leave the distribution unchanged: {report}")
    return report


def _observables(p: Floats) -> dict[str, Floats]:
    """Log p and the sum of the spins of each cell, with mean 0 and variance 1 under p; constant ones are left out."""
    import numpy as np

    flat = p.ravel()
    spins = _configurations(np.arange(p.size), p.ndim)
    candidates = {"log p": np.log(np.where(flat > 0, flat, 1.0)), "sum of spins": spins.sum(axis=1, dtype=float)}
    observables = {}
    for name, f in candidates.items():
        centred = np.where(flat > 0, f - flat @ f, 0.0)
        deviation = float(np.sqrt(flat @ centred**2))
        if deviation > 1e-9 * (1.0 + float(np.abs(f).max())):
            observables[name] = centred / deviation
    return observables


def _g_test(
    cells: Ints,
    p: Floats,
    rate: float,
    level: float,
    alternative: npt.ArrayLike | None,
    others: list[Statistic],
    moved: float = 1.0,
) -> SamplerReport:
    """Compare counts with expectations by Williams' G, and put the report together with the other statistics."""
    import numpy as np
    from scipy.special import xlogy
    from scipy.stats import chi2, ncx2

    flat, n = p.ravel(), cells.size
    groups = _merged(flat, n)
    k = int(groups.max()) + 1
    if k == 1 and np.count_nonzero(flat) > 1:
        raise InputError(
            f"{n} samples are too few for two cells that expect {MIN_EXPECTED:g} each; the likeliest configuration "
            f"has probability {flat.max():.3g}"
        )
    counts = np.bincount(cells, minlength=p.size)
    impossible = int(counts[flat == 0].sum())
    q = flat**0.97 if alternative is None else _distribution(alternative, p.shape).ravel()
    observed, share, wrong = (
        np.bincount(groups, weights=np.where(flat > 0, values, 0), minlength=k) for values in (counts, flat, q)
    )
    expected = n * share
    dof = max(k - 1, 1)
    williams = 1.0 + (np.sum(1.0 / share) - 1.0) / (6.0 * n * dof)
    g = float("inf") if impossible else 2.0 * float(np.sum(xlogy(observed, observed / expected))) / williams
    critical = chi2.isf(level, dof)
    noncentrality = n * float(np.sum((wrong / wrong.sum() - share) ** 2 / share))
    effect = float(np.sqrt(_bisect(lambda x: float(ncx2.sf(critical, dof, x)) - 0.99, 4.0 * critical + 100.0) / n))
    name = f"G on {k - 1} degrees of freedom" + (f" ({impossible} samples are impossible)" if impossible else "")
    surprise = np.where(flat > 0, np.abs(counts - n * flat) / np.sqrt(n * flat + 1.0), np.where(counts, np.inf, 0.0))
    return SamplerReport(
        n=n,
        cells=k,
        rate=rate,
        statistics=(Statistic(name, g, float(chi2.sf(g, dof)), effect), *others),
        noncentrality=noncentrality,
        power=float(ncx2.sf(critical, dof, max(noncentrality, 1e-12))),
        alternative="p**0.97" if alternative is None else "the given alternative",
        worst=tuple(
            ("".join("+-"[int(bit)] for bit in np.unravel_index(i, p.shape)), int(counts[i]), float(n * flat[i]))
            for i in np.argsort(surprise)[::-1][:5]
        ),
        moved=moved,
    )


def _merged(p: Floats, n: int) -> Ints:
    """Number the cells so that each number expects at least `MIN_EXPECTED` samples: rare cells share one."""
    import numpy as np

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


def _mean(name: str, f: Floats, p: Floats, cells: Ints, level: float) -> Statistic:
    """Bound P(mean of f this far out) by Chernoff, exp(-n (t m - log E e^(t f))) at the best t, for both sides."""
    import numpy as np
    from scipy.special import logsumexp

    flat, n, m = p.ravel(), cells.size, float(f[cells].mean())
    support = flat > 0
    f, log_p, sign = f[support], np.log(flat[support]), 1.0 if m >= 0 else -1.0

    def slope(t: float) -> float:
        weights = np.exp(log_p + sign * t * f - logsumexp(log_p + sign * t * f))
        return abs(m) - sign * float(weights @ f)

    t = _bisect(slope, 1e3)
    exponent = n * (t * abs(m) - float(logsumexp(log_p + sign * t * f)))
    return Statistic(f"mean of {name}", m * n**0.5, min(1.0, 2.0 * float(np.exp(-exponent))), _shift(level) / n**0.5)


def _drift(name: str, differences: Floats, level: float) -> Statistic:
    """Self-normalised z = sum D / sqrt(sum D**2) of paired differences, with the bound 2 exp(-z**2 / 2)."""
    import numpy as np

    scale = float(np.sqrt(np.sum(differences**2)))
    z = float(differences.sum()) / scale if scale > 0 else 0.0
    detects = _shift(level) * scale / differences.size
    return Statistic(f"drift of {name}", z, min(1.0, 2.0 * float(np.exp(-(z**2) / 2.0))), detects)


def _shift(level: float) -> float:
    """Shift of a standard normal z that makes 2 exp(-z**2 / 2) < level with probability 0.99."""
    from math import log, sqrt

    return sqrt(2.0 * log(2.0 / level)) + 2.3263


def _bisect(increasing: Callable[[float], float], end: float) -> float:
    """Find the zero of a monotone function on [0, end], or the end that is nearer to one."""
    from scipy.optimize import brentq

    if increasing(0.0) * increasing(end) > 0:
        return 0.0 if abs(increasing(0.0)) < abs(increasing(end)) else end
    return float(brentq(increasing, 0.0, end))


def _rate(rate: float) -> float:
    if not 0.0 < rate < 1.0:
        raise InputError(f"rate must be a probability between 0 and 1, got {rate!r}")
    return float(rate)


def _distribution(table: npt.ArrayLike, shape: tuple[int, ...] | None = None) -> Floats:
    """Return a normalised table of shape (2,)*n, or raise `InputError`."""
    import numpy as np

    try:
        p = np.asarray(table, dtype=float)
    except (TypeError, ValueError):
        raise InputError("the table must be made of real numbers; substitute numbers for symbols") from None
    if p.ndim == 0 or any(side != 2 for side in p.shape) or (shape is not None and p.shape != shape):
        raise InputError(f"a table over n spins has the shape {shape or '(2,) * n'}, got {p.shape}")
    if not np.all(np.isfinite(p)) or np.any(p < 0) or not p.sum() > 0:
        raise InputError("a table of probabilities must be finite and nonnegative, and not zero everywhere")
    return p / p.sum()


def _indices(configs: npt.ArrayLike, n_sites: int) -> Ints:
    """Return the row-major index of each configuration in a table, or raise `SpinError`."""
    import numpy as np

    spins = np.asarray(configs)
    if spins.ndim != 2 or spins.shape[1] != n_sites or not len(spins):
        raise SpinError(f"samples have the shape {spins.shape}, expected (n, {n_sites}) with n of at least 1")
    down = spins == -1
    if not np.all(down | (spins == 1)):
        raise SpinError("samples must be made of +1 and -1; 0/1 units s become spins as 2 * s - 1")
    cells = np.zeros(len(spins), np.int64)
    for site in range(n_sites):
        cells = 2 * cells + down[:, site]
    return cells


def _configurations(cells: Ints, n_sites: int) -> Spins:
    """Return the configurations with these indices, shape (n, n_sites)."""
    import numpy as np

    shifts = np.arange(n_sites - 1, -1, -1)
    return (1 - 2 * ((cells[:, None] >> shifts) & 1)).astype(np.int8)
