"""Annealed importance sampling: log Z from weighted chains that are led along a path."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.blas import one_blas_thread

from .errors import TooFewSamplesError
from .log_weights import effective_weights, even_enough, log_mean_exp
from .paths import Path
from .schedule import ladder, refined
from .streams import child
from .workers import in_order

Floats = npt.NDArray[np.float64]

MAX_STEPS = 1 << 16


@dataclass(frozen=True, eq=False)
class AnnealedWeights:
    """What annealed importance sampling found: log Z = log_z0 + log mean exp(log_weights).

    Parameters
    ----------
    path : Path
    betas : ndarray
        The schedule, from 0 to 1.
    log_weights : ndarray, shape (n_chains,)
        Independent.
    states : list
        Where the chains of each block ended; with their weights they are samples of e^{-H}.
    """

    path: Path
    betas: Floats
    log_weights: Floats
    states: list[Any]

    @property
    def log_z(self) -> tuple[float, float]:
        """Log Z without the constant of H, and its standard error."""
        log_mean, stderr = log_mean_exp(self.log_weights)
        return self.path.log_z0 + log_mean, math.hypot(stderr, self.path.rounding)

    def checked(self) -> AnnealedWeights:
        """Return this, if a quarter of the weights is effective.

        Raises
        ------
        TooFewSamplesError
            Carries the log weights.
        """
        if even_enough(self.log_weights):
            return self
        effective, n = effective_weights(self.log_weights), self.log_weights.size
        raise TooFewSamplesError(
            f"{self.steps:,} annealing steps leave {effective:.1f} effective weights of {n}; write "
            f'max_steps={4 * self.steps}, or method="integration"',
            self.log_weights[None],
        )

    @property
    def steps(self) -> int:
        """Temperatures on the way."""
        return self.betas.size - 1


def anneal(
    path: Path,
    seed: np.random.SeedSequence,
    n_chains: int,
    threads: int,
    *,
    max_steps: int = MAX_STEPS,
    executor: Executor | None = None,
) -> AnnealedWeights:
    """Annealed importance sampling: w = prod_k f_{k+1}(s_k) / f_k(s_k) along a chain that is led from beta = 0 to 1.

    The mean of w is Z / Z_0 whatever the number of steps; it grows until the effective number of weights,
    (sum w)^2 / sum w^2, is at least a quarter of the chains, or the budget ends. Steps are put where the variance of
    log w grew in the round before.

    Parameters
    ----------
    path : Path
    seed : numpy.random.SeedSequence
    n_chains : int
        Rounded up to whole blocks of the path.
    threads : int
    max_steps : int
        Steps after which there are no more rounds; see `AnnealedWeights.checked`.
    executor : Executor, optional
        Where blocks of chains are led; the schedule is found here.

    Notes
    -----
    Source: R. M. Neal, Statistics and Computing 11, 125 (2001); R. Salakhutdinov and I. Murray, ICML 2008.
    """
    betas, blocks, number = ladder(path, child(seed, 0), threads), -(-n_chains // path.n_chains), 1
    while True:
        seeds = [child(seed, number, k) for k in range(blocks)]
        log_w, growth, states = lead(path, betas, seeds, threads, executor=executor)
        found = AnnealedWeights(path, betas, log_w, states)
        if even_enough(log_w) or found.steps >= max_steps:
            return found
        betas, number = refined(betas, growth, max_steps), number + 1


def lead(
    path: Path,
    betas: Floats,
    seeds: list[np.random.SeedSequence],
    threads: int,
    starts: list[Any] | None = None,
    *,
    executor: Executor | None = None,
) -> tuple[Floats, Floats, list[Any]]:
    """Lead a block of chains for each seed along a schedule: log weights, growth of their variance, last states.

    Parameters
    ----------
    starts : list, optional
        States to start from, changed in place or not; those of the path's first distribution if left out.
    executor : Executor, optional
        Where blocks are led, instead of by threads here, if there are several.
    """
    blocks = list(zip(seeds, starts or [None] * len(seeds), strict=True))
    executor = executor if len(blocks) > 1 else None
    task = partial(_lead, path, betas, 1 if executor else max(1, threads // len(blocks)))
    log_w, variances, states = zip(*in_order(task, blocks, threads, executor), strict=True)
    return np.concatenate(log_w), np.diff(np.mean(variances, axis=0), prepend=0.0), list(states)


def _lead(
    path: Path, betas: Floats, threads: int, block: tuple[np.random.SeedSequence, Any]
) -> tuple[Floats, Floats, Any]:
    """Lead the chains of one block; return log weights, their variance after each step, and the last state."""
    seed, state = block
    log_w, variances = np.zeros(path.n_chains), []
    with one_blas_thread():
        state = path.start(seed) if state is None else state
        for k, (beta, after) in enumerate(pairwise(betas.tolist())):
            if k:
                state = path.step(state, beta, 1, threads)
            log_w += path.log_ratios(state, beta, after, threads)
            variances.append(float(log_w.var()))
    return log_w, np.array(variances), state
