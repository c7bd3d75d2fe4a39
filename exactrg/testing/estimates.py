"""Are someone's error bars honest? Repeated estimates of a free energy, or of log Z, against the exact value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm, t

from ..counts import require_count
from ..errors import InputError
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..seeds import random_generator
from ..thermodynamics import log_partition_function
from .free_energies import exact_log_z, is_energy, require_quantity
from .reports import require_passed
from .statistics import Bonferroni, Statistic, bisect
from .tables import Floats, numbers, require_rate, require_real

_SIGMAS = (1.0, 2.0, 3.0)


@dataclass(frozen=True)
class EstimateReport(Bonferroni):
    """What `assert_free_energy_estimate` measured.

    Parameters
    ----------
    n : int
        Repeats.
    exact : float
    rate : float
        Allowed probability of a false alarm, all statistics together.
    coverage : tuple of (float, float, float)
        Number of error bars, the fraction of repeats within it, and the fraction that is promised.
    bias : float
        Mean of (value - exact) / stderr.
    spread : float
        Root mean square of (value - exact) / stderr: 1 for honest error bars, above for those that are too small.
    statistics : tuple of Statistic
        One for each coverage (the number outside; ``detects`` is the factor by which error bars are too small), and the
        bias (in standard deviations; ``detects`` is a bias in error bars).
    worst : tuple of (float, float)
        Value and error bar of the repeat that is most error bars off.
    """

    n: int
    exact: float
    rate: float
    coverage: tuple[tuple[float, float, float], ...]
    bias: float
    spread: float
    statistics: tuple[Statistic, ...]
    worst: tuple[float, float]

    def __str__(self) -> str:
        shares = ", ".join(
            f"{100 * got:.3g}% within {k:g} (promised {100 * want:.3g}%)" for k, got, want in self.coverage
        )
        lines = [
            f"p = {self.p_value:.3g}, rate {self.rate:g} ({self.n} repeats, exactly {self.exact:.10g})",
            f"  error bars: {shares}; root mean square error {self.spread:.3g}, mean error {self.bias:.3g} error bars",
        ]
        lines += [f"  {s}" for s in self.statistics]
        lines.append(f"  farthest off: {self.worst[0]:.10g} +- {self.worst[1]:.3g}")
        return "\n".join(lines)


def assert_free_energy_estimate(
    estimate: Callable[[np.random.Generator], Any] | Any,
    exact: float | SpinPolynomial | RBM | NDArray[Any],
    *,
    quantity: str = "log_partition_function",
    n: int = 200,
    rng: np.random.Generator | int | None = None,
    rate: float = 1e-6,
    dof: float | None = None,
) -> EstimateReport:
    """Assert that the error bars of a stochastic log Z (or anything else) cover the exact value as often as they promise.

    Of n independent repeats, at least 68.3%, 95.4% and 99.7% must lie within 1, 2 and 3 error bars (exact binomial
    tails), and their errors must average out. Error bars that are too large pass; ``spread`` shows them.

    Parameters
    ----------
    estimate : callable or array_like of shape (n, 2)
        ``estimate(rng)`` returns (value, stderr); or the values and error bars of n independent runs.
    exact : float, SpinPolynomial, RBM or array
        The answer, or an energy in units of kT (an array: of all configurations) whose answer it is.
    quantity : {"log_partition_function", "free_energy"}
        Which one, for an energy.
    n : int
        Repeats of a function.
    rng : numpy.random.Generator or int
        For a function: handed to it.
    rate : float
        Probability of a false alarm.
    dof : float, optional
        Degrees of freedom of a Student distribution, where error bars are estimated from few numbers; normal by default.

    Returns
    -------
    EstimateReport

    Raises
    ------
    FailedAssertion
        An AssertionError with the report: if honest error bars would do this with a probability below ``rate``.
    InputError
        For values that are not finite, negative error bars, or too few repeats.

    Notes
    -----
    The rate holds for errors that are normal (or Student) with the stated width, or narrower.
    """
    rate, n = require_rate(rate), require_count("n", n, 10)
    if dof is not None:
        dof = require_real("dof", dof, "more than 2 degrees of freedom, or None", lambda x: x > 2)
    if callable(estimate):
        if rng is None:
            raise InputError("an estimate that is a function needs rng, a Generator or a seed")
        generator, answer = random_generator(rng), _answer(exact, quantity)
        pairs = np.array([_pair(estimate(generator)) for _ in range(n)])
    else:
        answer = _answer(exact, quantity)
        pairs = numbers(estimate, "the estimates")
    if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) < 10:
        raise InputError(f"estimates of shape {pairs.shape}: expected (n, 2), values and error bars, n of at least 10")
    bad = pairs[~(np.isfinite(pairs).all(axis=1) & (pairs[:, 1] >= 0))]
    if len(bad):
        raise InputError(
            f"an estimate is {bad[0, 0]:.6g} +- {bad[0, 1]:.6g}: expected finite numbers, and no negative error bar"
        )
    report = _report(pairs, answer, rate, dof)
    return require_passed(report, "the error bars are not honest")


def _pair(estimate: Any) -> Floats:
    """Value and error bar of one call."""
    for part in estimate if isinstance(estimate, tuple | list) else ():
        numbers(part, "an estimate")  # before True becomes 1.0 beside a float
    pair = numbers(estimate, "an estimate")
    if pair.shape != (2,):
        raise InputError(f"an estimate has the shape {pair.shape}: expected (value, stderr) from each call")
    return pair


def _answer(exact: Any, quantity: str) -> float:
    """Return the exact value of the quantity."""
    require_quantity(quantity)
    if isinstance(exact, SpinPolynomial | RBM) and exact.kind == "exact":
        log_z = float(numbers(log_partition_function(exact), "the exact value"))
        return -log_z if quantity == "free_energy" else log_z
    if is_energy(exact):
        log_z = exact_log_z(exact)[0]
        return -log_z if quantity == "free_energy" else log_z
    value = float(numbers(exact, "the exact value"))
    if not np.isfinite(value):
        raise InputError(f"the exact value is {value}: expected a finite number")
    return value


def _report(pairs: Floats, exact: float, rate: float, dof: float | None) -> EstimateReport:
    """Measure coverage and bias."""
    n, errors = len(pairs), pairs[:, 0] - exact
    # An error bar below the rounding of the value promises no more than that rounding.
    bars = np.maximum(pairs[:, 1], 4 * np.finfo(float).eps * max(1.0, abs(exact)))
    z, law, level = errors / bars, norm if dof is None else t(dof), rate / (len(_SIGMAS) + 1)
    coverage, statistics = [], []
    for k in _SIGMAS:
        outside, promised = int(np.count_nonzero(np.abs(z) > k)), 2 * float(law.sf(k))
        coverage.append((k, 1 - outside / n, 1 - promised))
        p_value = float(binom.sf(outside - 1, n, promised))
        factor = _smallest_factor(k, n, level, dof)
        statistics.append(
            Statistic(f"repeats beyond {k:g} sigma", float(outside), p_value, factor, "times too small error bars")
        )
    # Normal scores, exactly normal under the null: one far error of a Student distribution must not decide the mean.
    scores = z if dof is None else np.sign(z) * np.minimum(norm.isf(law.sf(np.abs(z))), 38.0)
    shift = float(scores.mean()) * n**0.5
    detects = (float(norm.isf(level / 2)) + 2.3263) / n**0.5
    statistics.append(Statistic("mean error", shift, 2 * float(norm.sf(abs(shift))), detects, "error bars"))
    far = int(np.argmax(np.abs(z)))
    return EstimateReport(
        n,
        exact,
        rate,
        tuple(coverage),
        float(z.mean()),
        float(np.sqrt(np.mean(z**2))),
        tuple(statistics),
        (float(pairs[far, 0]), float(pairs[far, 1])),
    )


@lru_cache(maxsize=64)
def _smallest_factor(k: float, n: int, level: float, dof: float | None) -> float:
    """Factor by which error bars are too small if more than the allowed number lie outside k of them 99 times in 100."""
    law = norm if dof is None else t(dof)
    critical = float(binom.isf(level, n, 2 * law.sf(k))) + 1
    if critical > n:
        return float("inf")
    return 1 + bisect(lambda excess: float(binom.sf(critical - 1, n, 2 * law.sf(k / (1 + excess)))) - 0.99, 1e6)
