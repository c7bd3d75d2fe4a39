"""Samples against exact probabilities, and how long chains remember."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError
from exactrg.plots import COLOURS, axes_or_new

from ..autocorrelation import as_series, autocorrelation_time, autocovariance
from ..estimate import Estimate
from .style import LINES, MARKERS


def plot_histogram(
    values: npt.ArrayLike,
    levels: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    ax: Any = None,
    *,
    bins: int = 40,
    xlabel: str = "energy (kT)",
) -> Any:
    """Draw how often an observable took its values in samples, beside the exact probabilities.

    Error bars are sqrt(p (1 - p) / n) of the exact p of each bin: those of independent samples.

    Parameters
    ----------
    values : array of numbers
        One of each sample.
    levels, probabilities : array, shape (n_levels,)
        All values that there are, and the probability of each; `exactrg.energy_distribution` makes both.
    ax : matplotlib axes, optional
    bins : int
        At most; neighbouring levels share a bin if there are more.
    xlabel : str

    Raises
    ------
    InputError
        If there are no values, the levels are no sorted distribution, or a value lies outside of them.
    """
    drawn, x, p = np.ravel(as_series(values)), np.asarray(levels, np.float64), np.asarray(probabilities, np.float64)
    if x.ndim != 1 or x.shape != p.shape or x.size == 0 or not np.all(np.diff(x) > 0):
        raise InputError(
            f"levels of shape {x.shape}, probabilities {p.shape}: expected one probability a level, levels rising"
        )
    if not (p.min() >= 0 and abs(p.sum() - 1) < 1e-6):
        raise InputError(f"the probabilities add up to {p.sum():.6g}: expected 1")
    gap = 0.5 * np.diff(x, prepend=x[0] - 1, append=x[-1] + 1)
    if drawn.min() < x[0] - gap[0] or drawn.max() > x[-1] + gap[-1]:
        raise InputError(
            f"values from {drawn.min():g} to {drawn.max():g}, levels from {x[0]:g} to {x[-1]:g}: expected the same units"
        )
    shown = np.flatnonzero(p > 1e-3 / drawn.size)
    first, last = (int(shown[0]), int(shown[-1])) if shown.size else (0, x.size - 1)
    starts = np.arange(first, last + 1, -(-(last + 1 - first) // bins))
    edges = np.append(x[starts] - gap[starts], x[last] + gap[last + 1])
    exact = np.add.reduceat(p[: last + 1], starts)
    counts, _ = np.histogram(drawn, edges)
    ax = axes_or_new(ax, (4.5, 3.4))
    ax.stairs(exact, edges, color="black", linewidth=1, label="exact")
    errors = np.sqrt(exact * (1 - exact) / drawn.size)
    style = {"color": COLOURS[0], "fillstyle": "none", "markersize": 4, "capsize": 2, "linestyle": "none"}
    ax.errorbar(0.5 * (edges[1:] + edges[:-1]), counts / drawn.size, errors, marker=MARKERS[0], **style,
                label=f"{drawn.size:,} samples")  # fmt: skip
    ax.set(xlabel=xlabel, ylabel="probability of a bin", ylim=(0, None))
    ax.legend(frameon=False, fontsize="small")
    return ax


def plot_autocorrelation(series: Mapping[str, Any], ax: Any = None, *, longest: int | None = None) -> Any:
    """Draw the autocorrelation rho(t) of observables, to one and a half times the window of Wolff's sum, which is marked.

    Parameters
    ----------
    series : mapping of str to array, shape (n_chains, n_draws) or (n_draws,)
        Successive values of each observable: ``{"energy": chains.energies}``.
    ax : matplotlib axes, optional
    longest : int, optional
        Largest distance that is drawn.

    Raises
    ------
    InputError, NotFiniteSeriesError, ConstantChainError
        As `approx.autocorrelation.autocorrelation_time`.
    """
    if not isinstance(series, Mapping) or not series:
        raise InputError('expected named series, {"energy": chains.energies}')
    times = {name: autocorrelation_time(values) for name, values in series.items()}
    ax = axes_or_new(ax, (4.5, 3.4))
    stop = longest or max(3 * found.window // 2 for found in times.values())
    for k, (name, found) in enumerate(times.items()):
        gamma = autocovariance(series[name])
        rho = gamma[: stop + 1] / gamma[0]
        label = rf"{name}: $\tau$ = {Estimate(found.tau, found.stderr)}"
        ax.plot(np.arange(rho.size), rho, LINES[k % 4], color=COLOURS[k % 4], label=label)
        ax.axvline(found.window, linestyle=LINES[k % 4], color=COLOURS[k % 4], linewidth=0.6)
    ax.axhline(0, color="black", linewidth=0.6)
    ax.set(xlabel="distance $t$ (draws)", ylabel=r"autocorrelation $\rho(t)$", xlim=(0, stop))
    ax.legend(frameon=False, fontsize="small")
    return ax
