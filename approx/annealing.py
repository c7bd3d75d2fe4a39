"""From free spins to e^{-H}: ladders of inverse temperatures, and annealed importance sampling along them.

The path is exp(-beta H) without the constant of H, beta = 0..1: at 0 the spins are free and log Z = N log 2. The one
to an RBM starts from independent spins with its own mean spins (`approx.layer_path`).
"""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from exactrg.blas import one_blas_thread
from exactrg.executors import in_groups
from exactrg.rbm import RBM

from . import multispin
from .errors import TooFewSamplesError
from .graph_samplers import Chains, Interactions, run_chains
from .layer_path import LayerPath
from .multispin import Words
from .problem import Problem, Rectangle
from .samplers import worthwhile
from .streams import LATTICES_PER_BLOCK, child, word_streams
from .tiles import TileThreads

Floats = npt.NDArray[np.float64]

MAX_RUNGS = 2000
MAX_STEPS = 1 << 16
CHAINS = 128
"""Chains of a path where each chain is updated by itself."""

EFFECTIVE, TARGET_VARIANCE = 0.25, 1.0
"""Least fraction of the weights that must be effective, and the variance of log w aimed at (e^-1 of them are, then)."""

FITTING_ROUNDS, FITTING_SWEEPS, FITTING_STEP = 3, 64, 0.1
LARGEST_MEAN = 0.98
"""Mean spins of the start of a path to an RBM are kept this far inside of [-1, 1]."""


class Path(Protocol):
    """Independent chains that are led from beta = 0 to 1."""

    @property
    def n_chains(self) -> int:
        """Chains of a run."""

    @property
    def log_z0(self) -> float:
        """Log Z at beta = 0."""

    @property
    def rounding(self) -> float:
        """Error of a log weight that is due to rounding."""

    def start(self, seed: np.random.SeedSequence) -> Any:
        """Free spins."""

    def step(self, state: Any, beta: float, n: int, threads: int) -> Any:
        """Leave exp(-beta H) unchanged, n times; the state may be changed in place."""

    def log_ratios(self, state: Any, beta: float, after: float, threads: int) -> Floats:
        """Log of the weight at ``after`` over that at ``beta``, for each chain."""


@dataclass(frozen=True)
class LatticePath:
    """1,024 lattices at once, updated by Metropolis."""

    rectangle: Rectangle
    n_chains: ClassVar[int] = LATTICES_PER_BLOCK
    rounding: ClassVar[float] = 0.0

    @property
    def log_z0(self) -> float:
        """N log 2."""
        return self.rectangle.Lx * self.rectangle.Ly * float(np.log(2))

    def start(self, seed: np.random.SeedSequence) -> tuple[Words, Words]:
        """Packed states and their streams."""
        streams = word_streams(seed, 1)
        return multispin.hot_start(streams, self.rectangle.Lx, self.rectangle.Ly), streams

    def step(self, state: tuple[Words, Words], beta: float, n: int, threads: int) -> tuple[Words, Words]:
        """Metropolis sweeps, or heat bath at beta = 0."""
        r = self.rectangle
        states, streams = state
        multispin.run(states, beta * r.J, beta * r.h, n, streams, periodic=r.periodic)
        return state

    def log_ratios(self, state: tuple[Words, Words], beta: float, after: float, threads: int) -> Floats:
        """Of the energies."""
        r = self.rectangle
        g = r.J * multispin.energies(state[0], periodic=r.periodic)
        if r.h:
            g = g + r.h * multispin.magnetizations(state[0])
        return np.asarray((after - beta) * g)


@dataclass(frozen=True, eq=False)
class GraphPath:
    """Heat bath for any terms."""

    interactions: Interactions
    n_chains: ClassVar[int] = CHAINS
    rounding: ClassVar[float] = 0.0

    @property
    def log_z0(self) -> float:
        """N log 2."""
        return self.interactions.n_sites * float(np.log(2))

    def start(self, seed: np.random.SeedSequence) -> tuple[Chains, Floats]:
        """Chains and -H of their states."""
        chains = Chains.hot(self.n_chains, self.interactions.n_sites, seed)
        return chains, self.interactions.log_weight(chains.spins)

    def step(self, state: tuple[Chains, Floats], beta: float, n: int, threads: int) -> tuple[Chains, Floats]:
        """Heat-bath sweeps."""
        from .graph_kernels import run_sweeps

        options = (n, *self.interactions.arrays, float(beta), True)
        threads = worthwhile(threads, n * state[0].spins.size)
        run = run_chains(run_sweeps, self.interactions.n_sites, state[0], 1, False, threads, options)
        return run.chains, run.log_weights[:, 0]

    def log_ratios(self, state: tuple[Chains, Floats], beta: float, after: float, threads: int) -> Floats:
        """Of the energies."""
        return (after - beta) * state[1]


def path_of(problem: Problem, seed: np.random.SeedSequence, threads: int) -> Path:
    """Take the fastest kernel that applies; the seed is for finding out where the path to an RBM should start."""
    if isinstance(problem.energy, RBM):
        return fitted_path(problem.energy, seed)
    return GraphPath(problem.interactions) if problem.rectangle is None else LatticePath(problem.rectangle)


def fitted_path(rbm: RBM, seed: np.random.SeedSequence) -> LayerPath:
    """Path to an RBM that starts from independent spins with about its own mean spins.

    Without that, a path to an RBM in an ordered phase crosses a phase transition, where chains are slow. The mean spins
    are those of weighted chains that were led along the path found before; any choice of them is a valid start.
    """
    path = LayerPath(rbm)
    with one_blas_thread():
        for k in range(FITTING_ROUNDS):
            _, state, log_w = climb(path, child(seed, k), 1, deviations=FITTING_STEP)
            total = np.zeros(rbm.n_visible)
            weights = tempered_weights(log_w, len(log_w) / 4)
            for _ in range(FITTING_SWEEPS):
                total += weights @ path.step(state, 1.0, 1).spins
            means = total / FITTING_SWEEPS
            path = path_from(rbm, means)
    return path


def path_from(rbm: RBM, means: Floats) -> LayerPath:
    """Path to an RBM from independent spins with given means, or nearly so."""
    return LayerPath(rbm, -np.arctanh(LARGEST_MEAN * means))


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


def climb(
    path: Path, seed: np.random.SeedSequence, threads: int, *, deviations: float = 1.0
) -> tuple[Floats, Any, Floats]:
    """Anneal one block of chains by steps of so many standard deviations of the log-weight, found on the way.

    Returns
    -------
    betas, state, log_weights
    """
    state, log_w = path.start(seed), np.zeros(path.n_chains)
    betas = [0.0]
    while betas[-1] < 1.0:
        beta = betas[-1]
        spread = float(np.std(path.log_ratios(state, beta, beta + 1e-3, threads))) / 1e-3
        step = max(deviations / spread if spread > 0 else 1.0, 1.0 / MAX_RUNGS)
        betas.append(beta + step if beta + step < 1.0 - step / 4 else 1.0)
        log_w += path.log_ratios(state, beta, betas[-1], threads)
        state = path.step(state, betas[-1], 2, threads)
    return np.array(betas), state, log_w


def ladder(path: Path, seed: np.random.SeedSequence, threads: int) -> Floats:
    """Inverse temperatures from 0 to 1, one standard deviation of the log-weight apart.

    Neighbours then exchange about half of the time in parallel tempering.
    """
    return climb(path, seed, threads)[0]


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

    @property
    def steps(self) -> int:
        """Temperatures on the way."""
        return self.betas.size - 1


def anneal(
    problem: Problem,
    seed: np.random.SeedSequence,
    n_chains: int,
    threads: int,
    *,
    max_steps: int | None = None,
    executor: Executor | None = None,
) -> AnnealedWeights:
    """Annealed importance sampling: w = prod_k f_{k+1}(s_k) / f_k(s_k) along a chain that is led from beta = 0 to 1.

    The mean of w is Z / Z_0 whatever the number of steps; it grows until the effective number of weights,
    (sum w)^2 / sum w^2, is at least a quarter of the chains. Steps are put where the variance of log w grew in the round
    before.

    Parameters
    ----------
    max_steps : int, optional
        Give back what there is where this many steps are not enough.
    executor : Executor, optional
        Where blocks of chains are led; the schedule is found here.

    Raises
    ------
    TooFewSamplesError
        If 65,536 steps are not enough; carries the log weights.

    Notes
    -----
    Source: R. M. Neal, Statistics and Computing 11, 125 (2001); R. Salakhutdinov and I. Murray, ICML 2008.
    """
    path = path_of(problem, child(seed, 0, 0), threads)
    return anneal_along(path, seed, n_chains, threads, max_steps=max_steps, executor=executor)


def anneal_along(
    path: Path,
    seed: np.random.SeedSequence,
    n_chains: int,
    threads: int,
    *,
    max_steps: int | None = None,
    executor: Executor | None = None,
) -> AnnealedWeights:
    """Anneal along a given path; see `anneal`."""
    betas, most = ladder(path, child(seed, 0), threads), max_steps or MAX_STEPS
    blocks, number = -(-n_chains // path.n_chains), 1
    while True:
        seeds = [child(seed, number, k) for k in range(blocks)]
        log_w, growth, states = lead(path, betas, seeds, threads, executor=executor)
        effective = effective_weights(log_w)
        enough = effective >= EFFECTIVE * log_w.size
        if enough or (max_steps and betas.size > max_steps):
            return AnnealedWeights(path, betas, log_w, states)
        if betas.size > most:
            raise TooFewSamplesError(
                f"{betas.size - 1:,} annealing steps leave {effective:.1f} effective weights of {log_w.size}; write "
                'method="integration"',
                log_w[None],
            )
        betas, number = refined(betas, growth, most), number + 1


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
    found: list[Any] = [None] * len(blocks)
    inner = max(1, threads // len(blocks))

    def block(k: int) -> None:
        found[k] = _lead(path, betas, inner, blocks[k])

    if executor is not None and len(blocks) > 1:
        found = list(in_groups(partial(_lead, path, betas, 1), blocks, executor))
    else:
        with TileThreads(min(threads, len(blocks))) as pool:
            pool.run(block, len(blocks))
    log_w, variances, states = zip(*found, strict=True)
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


def effective_weights(log_w: Floats) -> float:
    """Number of equal weights that are worth as much: (sum w)^2 / sum w^2."""
    if not log_w.max(initial=-np.inf) > -np.inf:
        return 0.0
    w = np.exp(log_w - log_w.max())
    return float(w.sum() ** 2 / (w**2).sum())


def log_mean_exp(log_w: Floats) -> tuple[float, float]:
    """Log of the mean of independent weights, and its standard error, std(w) / (mean(w) sqrt(n))."""
    n, top = log_w.size, float(log_w.max())
    w = np.exp(log_w - top)
    return top + math.log(w.mean()), float(w.std(ddof=1) / w.mean() / math.sqrt(n)) if n > 1 else math.inf
