"""Inverse temperatures from 0 to 1: found on the way, and placed anew where the log weights varied most."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .paths import Path

Floats = npt.NDArray[np.float64]

MAX_RUNGS = 2000

TARGET_VARIANCE = 1.0
"""Variance of log w that is aimed at: e^-1 of the weights are effective, then."""


def ladder(path: Path, seed: np.random.SeedSequence, threads: int) -> Floats:
    """Inverse temperatures from 0 to 1, one standard deviation of the log-weight apart, found on the way.

    Neighbours then exchange about half of the time in parallel tempering.
    """
    state, betas = path.start(seed), [0.0]
    while betas[-1] < 1.0:
        beta = betas[-1]
        spread = float(np.std(path.log_ratios(state, beta, beta + 1e-3, threads))) / 1e-3
        step = max(1.0 / spread if spread > 0 else 1.0, 1.0 / MAX_RUNGS)
        betas.append(beta + step if beta + step < 1.0 - step / 4 else 1.0)
        state = path.step(state, betas[-1], 2, threads)
    return np.array(betas)


def refined(betas: Floats, growth: Floats, most: int, least: int = 2) -> Floats:
    """Schedule with ``least`` to 4 times as many steps (``most`` at most), placed where log w varies most.

    Parameters
    ----------
    betas : ndarray, shape (n + 1,)
    growth : ndarray, shape (n,)
        By how much the variance grew in each step.

    Notes
    -----
    With steps of density rho the variance grows at a rate g^2 / rho; its integral is smallest for rho proportional to
    g, and then (integral of g)^2 / n.
    """
    n = growth.size
    width = max(1, n // 16)
    smooth = np.convolve(np.pad(growth, width, mode="edge"), np.ones(2 * width + 1) / (2 * width + 1), mode="valid")
    g = np.sqrt(np.maximum(smooth, max(float(growth.sum()), 1e-9) / (10 * n)))  # of the unit interval of one step
    steps = min(most, 4 * n, max(least * n, round(float(g.sum()) ** 2 / TARGET_VARIANCE)))
    cumulative = np.concatenate([[0.0], np.cumsum(g)])
    found = np.interp(np.arange(steps + 1) / steps, cumulative / cumulative[-1], betas)
    found[[0, -1]] = 0.0, 1.0
    return np.asarray(found)
