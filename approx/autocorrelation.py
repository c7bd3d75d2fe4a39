"""Autocorrelation times, effective sample sizes and R-hat of series of shape (n_chains, n_draws).

Definitions, with rho(t) the normalised autocorrelation at a distance of t draws:

- tau = 1/2 + sum_{t>=1} rho(t), the integrated autocorrelation time of the statistical-physics literature (1/2 for
  independent draws; the tau of emcee is twice as large). The variance of the mean of n draws is 2 tau var / n.
- effective samples n / (2 tau); one independent draw costs 2 tau steps.
- R-hat: the root of (within + between variance) / within over the halves of all chains (split R-hat).

The sum over rho is cut at a window, found from the data (Sokal, or Wolff's Gamma method).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError

from .errors import ConstantChainError, NotFiniteSeriesError


@dataclass(frozen=True)
class AutocorrelationTime:
    """An integrated autocorrelation time and how it was cut.

    Parameters
    ----------
    tau : float
        1/2 + sum of rho(t) up to the window, in draws, corrected for the subtracted mean; at least 1/2.
    stderr : float
        Statistical error of tau, tau sqrt(4 (W + 1/2 - tau) / n) (Wolff 2004, Eq. 42).
    window : int
        W, the last t of the sum.
    closed : bool
        Whether the window closed within half a chain; if not, tau is a lower bound at best.
    variance : float
        Variance of a draw, corrected for the subtracted mean.
    """

    tau: float
    stderr: float
    window: int
    closed: bool
    variance: float


def as_series(series: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return a float array (n_chains, n_draws) from that or from one chain (n_draws,).

    Raises
    ------
    InputError
        If the shape is another one, or empty, or the entries are not real numbers.
    NotFiniteSeriesError
        If an entry is NaN or infinite.
    """
    try:
        values = np.array(series, dtype=float, ndmin=2)
    except (TypeError, ValueError):
        raise InputError("a series must be made of real numbers") from None
    if values.ndim != 2 or values.size == 0:
        raise InputError(f"a series has the shape (n_chains, n_draws) or (n_draws,), got {np.shape(series)}")
    bad = int(np.sum(~np.isfinite(values)))
    if bad:
        raise NotFiniteSeriesError(
            f"{bad} of {values.size} entries are NaN or infinite; find out where they come from", values, count=bad
        )
    return values


def autocovariance(series: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Gamma(t): the mean of (x_i - mean)(x_{i+t} - mean) over all pairs of draws t apart in a chain.

    The mean is that of all chains, so that chains that disagree show up as a correlation that never decays.

    Returns
    -------
    ndarray, shape (n_draws,)
        Gamma(0) (the variance) to Gamma(n_draws - 1).

    Notes
    -----
    Source: U. Wolff, "Monte Carlo errors with less errors", Comput. Phys. Commun. 156, 143 (2004), Eq. 31.
    """
    values = as_series(series)
    n_chains, n_draws = values.shape
    length = 1 << (2 * n_draws - 1).bit_length()
    total = np.zeros(n_draws)
    for chain in values - values.mean():
        total += np.fft.irfft(np.abs(np.fft.rfft(chain, length)) ** 2, length)[:n_draws]
    return total / (n_chains * np.arange(n_draws, 0, -1))


def autocorrelation_time(
    series: npt.ArrayLike, *, window: str = "wolff", strength: float | None = None
) -> AutocorrelationTime:
    """Integrated autocorrelation time tau = 1/2 + sum_{t=1}^{W} rho(t) with an automatic window W.

    Parameters
    ----------
    series : array, shape (n_chains, n_draws) or (n_draws,)
        Successive values of an observable in equilibrium.
    window : {"wolff", "sokal"}
        "wolff": the W that balances the truncation error e^(-W/tau_W) with the noise, where tau_W belongs to a single
        exponential, tau_W = S / log((2 tau + 1) / (2 tau - 1)). "sokal": the smallest W >= c * 2 tau(W), which is
        emcee's rule.
    strength : float, optional
        S of "wolff" (1.5 if left out: above 1 for a slow mode beside the dominant one) or c of "sokal" (5 if left
        out).

    Raises
    ------
    InputError
        For an unknown window or a series of one draw a chain.
    NotFiniteSeriesError, ConstantChainError
        If entries are not finite, or all are equal.

    Notes
    -----
    An anticorrelated series (tau below 1/2) is given tau = 1/2: its error is overestimated, never underestimated.
    Source: N. Madras and A. D. Sokal, J. Stat. Phys. 50, 109 (1988); U. Wolff (2004), Eqs. 31-52.
    """
    values = as_series(series)
    n, n_draws = values.size, values.shape[1]
    if window not in ("wolff", "sokal"):
        raise InputError(f'window must be "wolff" or "sokal", got {window!r}')
    if n_draws < 2:
        raise InputError("chains of one draw have no autocorrelation; pass independent draws as one chain (n_draws,)")
    if np.all(values == values[0, 0]):
        raise ConstantChainError(f"all {n} entries are {values[0, 0]}", values, mean=values[0, 0])
    gamma = autocovariance(values)
    taus = np.cumsum(gamma / gamma[0]) - 0.5
    distances = np.arange(n_draws)
    if window == "sokal":
        stop = distances >= (5.0 if strength is None else strength) * 2.0 * taus
    else:
        decay = np.full(n_draws, 1e-300)
        slow = taus > 0.5
        decay[slow] = (1.5 if strength is None else strength) / np.log((2 * taus[slow] + 1) / (2 * taus[slow] - 1))
        stop = np.exp(-distances / decay) < decay / np.sqrt(np.maximum(distances, 1) * n)
    stop[0] = False
    closed = bool(np.any(stop[: n_draws // 2 + 1]))
    w = int(np.argmax(stop)) if np.any(stop) else n_draws - 1
    # Subtracting the sample mean lowers every Gamma(t) by the variance of the mean, 2 tau var / n (Wolff, Eq. 49).
    bias = 2.0 * max(taus[w], 0.5) * gamma[0] / n
    variance = gamma[0] + bias
    tau = max(0.5, (taus[w] * gamma[0] + (w + 0.5) * bias) / variance)
    return AutocorrelationTime(
        tau=float(tau),
        stderr=float(tau * math.sqrt(4.0 * max(w + 0.5 - tau, 0.0) / n)),
        window=w,
        closed=closed,
        variance=float(variance),
    )


def effective_samples(series: npt.ArrayLike) -> float:
    """Number of independent draws worth as much as the series, n / (2 tau), over all chains."""
    values = as_series(series)
    return values.size / (2.0 * autocorrelation_time(values).tau)


def r_hat(series: npt.ArrayLike) -> float:
    """Split R-hat: sqrt((h - 1) / h + B / W) over the halves of all chains, h draws long.

    W is the mean variance within a half, B the variance of the halves' means. Near 1 if all parts of all chains
    explore the same distribution; infinite if the halves are constant and differ, NaN for fewer than 4 draws a chain.

    Notes
    -----
    Source: A. Gelman et al., Bayesian Data Analysis (3rd edition, 2013), Sect. 11.4.
    """
    values = as_series(series)
    half = values.shape[1] // 2
    if half < 2:
        return math.nan
    halves = np.concatenate([values[:, :half], values[:, -half:]])
    within = float(halves.var(axis=1, ddof=1).mean())
    between = float(halves.mean(axis=1).var(ddof=1))
    if within == 0.0:
        return math.inf if between > 0.0 else math.nan
    return math.sqrt((half - 1) / half + between / within)
