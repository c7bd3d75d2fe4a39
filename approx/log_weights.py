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
