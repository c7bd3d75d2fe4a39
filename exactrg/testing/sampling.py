"""Do these samples follow that distribution, and does this Markov kernel leave it alone?

Samples must be independent: a chi-square on the successive states of one chain rejects correct samplers, often by tens
of per cent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..counts import require_count
from ..errors import InputError, SpinError, a_type
from ..seeds import random_generator
from .reports import require_passed
from .statistics import Bonferroni, Statistic, drift, g_test, mean, observables
from .tables import Floats, Ints, Spins, decode, distribution, encode, require_rate, require_units

if TYPE_CHECKING:
    from ..weight import BoltzmannWeight


@dataclass(frozen=True)
class SamplerReport(Bonferroni):
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

    def __str__(self) -> str:
        lines = [f"p = {self.p_value:.3g}, rate {self.rate:g} ({self.n} samples in {self.cells} cells)"]
        lines += [f"  {s}" for s in self.statistics]
        if self.noncentrality > 1e-9:
            lines.append(f"  {self.alternative} would be seen by G alone with probability {self.power:.3g}")
        lines.append("  worst cells: " + ", ".join(f"{c} counted {k}, expected {e:.1f}" for c, k, e in self.worst))
        if self.moved < 1.0:
            lines.append(f"  the kernel changed {self.moved:.3g} of the configurations")
        return "\n".join(lines)


def assert_samples_from(
    samples: npt.ArrayLike,
    probabilities: npt.ArrayLike | BoltzmannWeight,
    *,
    units: str = "spins",
    rate: float = 1e-6,
    alternative: npt.ArrayLike | BoltzmannWeight | None = None,
) -> SamplerReport:
    """Assert that independent samples follow an exact distribution.

    Three statistics share the rate: G = 2 sum of O log(O / E) over cells (rare configurations merged, Williams'
    correction), and the means of log p and of the sum of the spins, whose exact distribution bounds their tails.

    Parameters
    ----------
    samples : array, shape (n, n_sites)
        Independent configurations.
    probabilities : array of shape (2,) * n_sites, or BoltzmannWeight
        The distribution, or nonnegative weights proportional to it; axis i is site i, index 0 is spin +1 (or 1).
        A weight such as exp(-H) has its sites in this order, and no symbols.
    units : {"spins", "binary"}
        Whether the samples are made of +1 and -1 or of 1 and 0.
    rate : float
        Probability of a false alarm.
    alternative : array like ``probabilities``, optional
        A wrong distribution whose power is reported; p**0.97 (all energies 3% too small) if left out.

    Returns
    -------
    SamplerReport

    Raises
    ------
    FailedAssertion
        An AssertionError with the report: if a correct sampler would give such samples with a probability below ``rate``.
    InputError
        If the table is no distribution, or there are too few samples to make two cells.
    SpinError
        If the samples are not made of these units, or not of as many as the table.

    Notes
    -----
    Source: D. A. Williams, Biometrika 63, 33 (1976) for the correction; H. Chernoff (1952) for the bound.
    """
    rate, p = require_rate(rate), distribution(probabilities)
    cells = encode(samples, p.ndim, units)
    found = observables(p.ravel(), p.ndim)
    level = rate / (1 + len(found))
    means = [mean(name, f, p.ravel(), cells, level) for name, f in found.items()]
    report = _report(cells, p, rate, level, alternative, means)
    return require_passed(report, "the samples do not follow the distribution")


def assert_stationary(
    kernel: Callable[[Spins, np.random.Generator], npt.ArrayLike],
    probabilities: npt.ArrayLike | BoltzmannWeight,
    *,
    n: int = 200_000,
    units: str = "spins",
    rate: float = 1e-6,
    rng: np.random.Generator | int,
    alternative: npt.ArrayLike | BoltzmannWeight | None = None,
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
    probabilities : array of shape (2,) * n_sites, or BoltzmannWeight
        The distribution, or nonnegative weights proportional to it; axis i is site i, index 0 is spin +1 (or 1).
        A weight such as exp(-H) has its sites in this order, and no symbols.
    n : int
        Number of chains.
    units : {"spins", "binary"}
        Whether the kernel is given, and returns, +1 and -1 or 1 and 0.
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
    FailedAssertion
        An AssertionError with the report: if a correct kernel would do this with a probability below ``rate``.
    InputError, SpinError
        As `assert_samples_from`.

    Notes
    -----
    A stationary kernel need not be ergodic: run `assert_samples_from` too, after many sweeps from other starts.

    The p-value of a drift z is 2 exp(-z**2 / 2): a bound for symmetric differences (a reversible kernel) at any n,
    and ten times the normal tail otherwise.
    """
    rate, n, p = require_rate(rate), require_count("n", n, 1), distribution(probabilities)
    require_units(units)
    if not callable(kernel):
        raise InputError(f"the kernel is {a_type(kernel)}: expected a function, kernel(configs, rng) -> configs")
    generator = random_generator(rng)
    before = generator.choice(p.size, size=n, p=p.ravel())
    after = encode(kernel(decode(before, p.ndim, units), generator), p.ndim, units, "the kernel's configurations")
    if after.size != n:
        raise SpinError(f"the kernel was given {n} configurations and returned {after.size}")
    found = observables(p.ravel(), p.ndim)
    level = rate / (1 + 2 * len(found))
    means = [mean(name, f, p.ravel(), after, level) for name, f in found.items()]
    drifts = [drift(name, f[after] - f[before], level) for name, f in found.items()]
    report = _report(after, p, rate, level, alternative, means + drifts, moved=float(np.mean(before != after)))
    return require_passed(report, "the kernel does not leave the distribution unchanged")


def _report(
    cells: Ints,
    p: Floats,
    rate: float,
    level: float,
    alternative: npt.ArrayLike | BoltzmannWeight | None,
    others: list[Statistic],
    moved: float = 1.0,
) -> SamplerReport:
    """Put G together with the other statistics."""
    q = p.ravel() ** 0.97 if alternative is None else distribution(alternative, p.shape).ravel()
    counts = g_test(cells, p.ravel(), level, q)
    return SamplerReport(
        n=cells.size,
        cells=counts.cells,
        rate=rate,
        statistics=(counts.statistic, *others),
        noncentrality=counts.noncentrality,
        power=counts.power,
        alternative="p**0.97" if alternative is None else "the given alternative",
        worst=tuple(
            ("".join("+-"[int(bit)] for bit in np.unravel_index(i, p.shape)), counted, expected)
            for i, counted, expected in counts.worst
        ),
        moved=moved,
    )
