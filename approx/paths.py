"""Families of distributions from free spins (beta = 0) to e^{-H} (beta = 1): what annealing moves along.

They are exp(-beta H) without the constant of H. The one to an RBM starts from independent spins with its own mean spins
(`approx.layer_path`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from . import multispin
from .graph_samplers import Chains, Interactions, run_chains
from .multispin import Words
from .problem import Problem, Rectangle
from .samplers import worthwhile
from .streams import LATTICES_PER_BLOCK, word_streams

Floats = npt.NDArray[np.float64]

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


def path_of(problem: Problem) -> Path:
    """Take the fastest kernel that applies to a Hamiltonian."""
    return GraphPath(problem.interactions) if problem.rectangle is None else LatticePath(problem.rectangle)
