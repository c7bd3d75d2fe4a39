"""From free spins to e^{-H}: ladders of inverse temperatures, and annealed importance sampling along them.

The path is exp(-beta H) without the constant of H, beta = 0..1: at 0 the spins are free and log Z = N log 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from exactrg.rbm import RBM

from . import multispin
from .block_gibbs import Layers, block_gibbs, log_marginals
from .errors import TooFewSamplesError
from .graph_samplers import Chains, Interactions, run_chains
from .multispin import Words
from .problem import Problem, Rectangle
from .samplers import worthwhile
from .streams import LATTICES_PER_BLOCK, child, word_streams

Floats = npt.NDArray[np.float64]

MAX_RUNGS = 2000
MAX_STEPS = 1 << 16
CHAINS = 128
"""Chains of a path where each chain is updated by itself."""


class Path(Protocol):
    """Independent chains that are led from beta = 0 to 1."""

    @property
    def n_chains(self) -> int:
        """Chains of a run."""

    @property
    def log_z0(self) -> float:
        """Log Z at beta = 0."""

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


@dataclass(frozen=True, eq=False)
class LayerPath:
    """Block Gibbs for an RBM; weights are those of the visible units, with the hidden ones summed."""

    layers: Layers
    n_chains: ClassVar[int] = CHAINS

    @property
    def log_z0(self) -> float:
        """(N + M) log 2."""
        return self.layers.n_units * float(np.log(2))

    def start(self, seed: np.random.SeedSequence) -> Chains:
        """Visible, then hidden units."""
        return Chains.hot(self.n_chains, self.layers.n_units, seed)

    def step(self, state: Chains, beta: float, n: int, threads: int) -> Chains:
        """Pairs of layers."""
        threads = worthwhile(threads, n * self.n_chains * self.layers.w.size // 8)
        return block_gibbs(self.layers, state, 1, thin=n, factor=beta, keep_configs=False, n_threads=threads).chains

    def log_ratios(self, state: Chains, beta: float, after: float, threads: int) -> Floats:
        """Of the visible marginals."""
        visible = state.spins[:, : self.layers.w.shape[0]]
        threads = worthwhile(threads, self.n_chains * self.layers.w.size // 8)
        low, high = log_marginals(self.layers, visible, np.array([beta, after]), threads).T
        return np.asarray(high - low)


def path_of(problem: Problem) -> Path:
    """Take the fastest kernel that applies."""
    if isinstance(problem.energy, RBM):
        return LayerPath(Layers.of(problem.energy))
    return GraphPath(problem.interactions) if problem.rectangle is None else LatticePath(problem.rectangle)


def ladder(path: Path, seed: np.random.SeedSequence, threads: int) -> Floats:
    """Inverse temperatures from 0 to 1, one standard deviation of the log-weight apart, found while annealing once.

    Neighbours then exchange about half of the time in parallel tempering.
    """
    state = path.start(seed)
    factors = [0.0]
    while factors[-1] < 1.0:
        beta = factors[-1]
        spread = float(np.std(path.log_ratios(state, beta, beta + 1e-3, threads))) / 1e-3
        step = max(1.0 / spread if spread > 0 else 1.0, 1.0 / MAX_RUNGS)
        factors.append(beta + step if beta + step < 1.0 - step / 4 else 1.0)
        state = path.step(state, factors[-1], 2, threads)
    return np.array(factors)


@dataclass(frozen=True, eq=False)
class AnnealedWeights:
    """What annealed importance sampling found: log Z = log_z0 + log mean exp(log_weights).

    Parameters
    ----------
    log_z0 : float
    log_weights : ndarray, shape (n_chains,)
        Independent.
    steps : int
        Temperatures on the way.
    """

    log_z0: float
    log_weights: Floats
    steps: int


def anneal(problem: Problem, seed: np.random.SeedSequence, n_chains: int, threads: int) -> AnnealedWeights:
    """Annealed importance sampling: w = prod_k f_{k+1}(s_k) / f_k(s_k) along a chain that is led from beta = 0 to 1.

    The mean of w is Z / 2^N whatever the number of steps; it grows until the effective number of weights,
    (sum w)^2 / sum w^2, is at least half of the chains.

    Raises
    ------
    TooFewSamplesError
        If that takes more than 65,536 steps; carries the log weights.

    Notes
    -----
    Source: R. M. Neal, Statistics and Computing 11, 125 (2001); R. Salakhutdinov and I. Murray, ICML 2008.
    """
    path = path_of(problem)
    rungs = ladder(path, child(seed, 0), threads)
    blocks, refinement = -(-n_chains // path.n_chains), 1
    while True:
        positions = np.arange(refinement * (rungs.size - 1) + 1) / refinement
        betas = np.interp(positions, np.arange(rungs.size), rungs)
        log_w = np.concatenate([_lead(path, betas, child(seed, refinement, k), threads) for k in range(blocks)])
        if effective_weights(log_w) >= log_w.size / 2:
            return AnnealedWeights(path.log_z0, log_w, betas.size - 1)
        if 2 * (betas.size - 1) > MAX_STEPS:
            raise TooFewSamplesError(
                f"{betas.size - 1:,} annealing steps leave {effective_weights(log_w):.1f} effective weights of "
                f'{log_w.size}; write method="integration"',
                log_w[None],
            )
        refinement *= min(max(2, round(2 * float(np.var(log_w)))), MAX_STEPS // (betas.size - 1))


def _lead(path: Path, betas: Floats, seed: np.random.SeedSequence, threads: int) -> Floats:
    """Lead the chains of one block along the path; return their log weights."""
    state, log_w = path.start(seed), np.zeros(path.n_chains)
    for beta, after in pairwise(betas.tolist()):
        if beta > 0.0:
            state = path.step(state, beta, 1, threads)
        log_w += path.log_ratios(state, beta, after, threads)
    return log_w


def effective_weights(log_w: Floats) -> float:
    """Number of equal weights that are worth as much: (sum w)^2 / sum w^2."""
    if not log_w.max(initial=-np.inf) > -np.inf:
        return 0.0
    w = np.exp(log_w - log_w.max())
    return float(w.sum() ** 2 / (w**2).sum())
