"""Means of uneven weights, given by their logs, and how many of them matter."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

EVEN_ENOUGH = 0.25
"""Least fraction of the weights that must be effective for their mean to be trusted."""


def effective_weights(log_w: Floats) -> float:
    """Number of equal weights that are worth as much: (sum w)^2 / sum w^2."""
    if not log_w.max(initial=-np.inf) > -np.inf:
        return 0.0
    w = np.exp(log_w - log_w.max())
    return float(w.sum() ** 2 / (w**2).sum())


def even_enough(log_w: Floats) -> bool:
    """Whether a quarter of the weights is effective."""
    return effective_weights(log_w) >= EVEN_ENOUGH * log_w.size


def log_mean_exp(log_w: Floats) -> tuple[float, float]:
    """Log of the mean of independent weights, and its standard error, std(w) / (mean(w) sqrt(n))."""
    n, top = log_w.size, float(log_w.max())
    w = np.exp(log_w - top)
    return top + math.log(w.mean()), float(w.std(ddof=1) / w.mean() / math.sqrt(n)) if n > 1 else math.inf


def tempered_weights(log_w: Floats, least: float) -> Floats:
    """Normalised w^t, t <= 1 as large as leaves at least so many effective ones, to 1%."""
    low, high = 0.0, 1.0
    if effective_weights(log_w) < least:
        while high - low > 0.01:
            middle = (low + high) / 2
            low, high = (middle, high) if effective_weights(middle * log_w) >= least else (low, middle)
        high = low
    w = np.exp(high * (log_w - log_w.max()))
    return np.asarray(w / w.sum())
