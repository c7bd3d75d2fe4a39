"""The Markov chains behind `approx.sample`, one class a kind of kernel, all with `start` and `run`.

A sampler holds the problem and no state: `start` makes chains from a seed, `restart` gives chains that are there new
random numbers, `run` advances them and records draws as packed bits. All are pure functions, and two runs of one draw
are one run of two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from . import multispin
from .block_gibbs import Layers, block_gibbs
from .graph_samplers import ChainRun, Chains, Interactions, random_streams
from .multispin import Method, Words, aligned
from .perfect import perfect_states
from .problem import Rectangle
from .streams import LATTICES_PER_BLOCK, WORDS, word_streams
from .tempering import Ladders, parallel_tempering

GRAPH_CHAINS = 16
"""Chains of a block where every chain is updated by itself."""


MAX_HELD = 1 << 24
"""Spins that are held at once while a long series is recorded."""

SMALL = 1 << 20
"""Updates below which a second thread costs more than it gains."""


class Draws(NamedTuple):
    """What a run recorded: shape (n_draws, n_chains), and (n_draws, n_chains, bytes) for the spins."""

    packed: npt.NDArray[np.uint8]
    log_weights: npt.NDArray[np.float64]
    magnetizations: npt.NDArray[np.int64]


class Sampler(Protocol):
    """Independent chains, block by block."""

    @property
    def n_chains(self) -> int:
        """Chains of a block."""

    def start(self, seed: np.random.SeedSequence) -> Any:
        """Chains: the first half from independent uniform spins, the second from all spins up."""

    def restart(self, state: Any, seed: np.random.SeedSequence) -> Any:
        """Chains in the same configurations, with new random numbers."""

    def run(self, state: Any, n_draws: int, thin: int, threads: int = 1) -> tuple[Any, Draws]:
        """Advance by ``thin`` steps a draw; return the state to go on from, and the draws."""


@dataclass(frozen=True)
class BitParallel:
    """1,024 lattices at once; see `approx.multispin`."""

    rectangle: Rectangle
    method: Method
    n_chains: ClassVar[int] = LATTICES_PER_BLOCK

    def start(self, seed: np.random.SeedSequence) -> tuple[Words, Words]:
        """Packed states and their random streams."""
        streams = word_streams(seed, 1)
        states = multispin.hot_start(streams, self.rectangle.Lx, self.rectangle.Ly)
        states[..., WORDS // 2 :] = ~np.uint64(0)
        return states, streams

    def restart(self, state: tuple[Words, Words], seed: np.random.SeedSequence) -> tuple[Words, Words]:
        """The same states, new streams."""
        return state[0], word_streams(seed, 1)

    def run(self, state: tuple[Words, Words], n_draws: int, thin: int, threads: int = 1) -> tuple[Any, Draws]:
        """One step is a sweep; a block is one thread's work."""
        r = self.rectangle
        update = multispin.block_sweeper(r.Lx, r.Ly, r.J, r.h, r.periodic, self.method)
        states = aligned(state[0].shape)
        states[...], streams = state[0], state[1].copy()
        records = []
        for _ in range(n_draws):
            update(states[0], streams[0], thin)
            records.append(_record(states, r))
        return (states, streams), Draws(*(np.stack(parts) for parts in zip(*records, strict=True)))


@dataclass(frozen=True)
class Perfect:
    """1,024 exact draws a block; see `approx.perfect`. There is no chain to go on with: a block is one draw."""

    rectangle: Rectangle
    n_chains: ClassVar[int] = LATTICES_PER_BLOCK

    def start(self, seed: np.random.SeedSequence) -> np.random.SeedSequence:
        """The seed itself."""
        return seed

    def restart(self, state: Any, seed: np.random.SeedSequence) -> np.random.SeedSequence:
        """The seed itself: exact draws have no past to share."""
        return seed

    def run(self, state: np.random.SeedSequence, n_draws: int, thin: int, threads: int = 1) -> tuple[Any, Draws]:
        """Couple from the past, once."""
        r = self.rectangle
        states = perfect_states(1, r.Lx, r.Ly, r.J, r.h, state, periodic=r.periodic)
        return None, Draws(*(part[None] for part in _record(states, r)))


def _record(states: Words, r: Rectangle) -> tuple[npt.NDArray[Any], ...]:
    """Packed spins, log-weights and magnetisations of one block."""
    from .packing_kernels import pack_rows

    n = r.Lx * r.Ly
    rows = np.empty((LATTICES_PER_BLOCK, -(-n // 64)), np.uint64)
    pack_rows(states[0].reshape(n, WORDS), rows)
    packed = rows.astype(">u8").view(np.uint8)[:, : -(-n // 8)]
    m = multispin.magnetizations(states)
    bonds = multispin.energies(states, periodic=r.periodic)
    return packed, r.J * bonds + r.h * m, m


@dataclass(frozen=True, eq=False)
class SingleChains:
    """Chains that are updated one by one: single spins, clusters, or the two layers of an RBM.

    Parameters
    ----------
    advance : callable
        ``advance(chains, n_draws, thin=..., n_threads=...) -> ChainRun``.
    n_sites : int
    work : int
        Updates of a step, roughly.
    """

    advance: Callable[..., ChainRun]
    n_sites: int
    work: int
    n_chains: ClassVar[int] = GRAPH_CHAINS

    @classmethod
    def of(cls, update: Callable[..., ChainRun], target: Any, n_sites: int) -> SingleChains:
        """Chains of one of the functions ``update(target, chains, n_draws, ...)``."""
        return cls(partial(update, target), n_sites, n_sites)

    @classmethod
    def of_layers(cls, layers: Layers) -> SingleChains:
        """Block Gibbs sampling of an RBM."""
        return cls(partial(block_gibbs, layers), layers.n_units, layers.w.size // 8)

    def start(self, seed: np.random.SeedSequence) -> Chains:
        """Spins and streams."""
        chains = Chains.hot(self.n_chains, self.n_sites, seed)
        chains.spins[self.n_chains // 2 :] = 1
        return chains

    def restart(self, state: Chains, seed: np.random.SeedSequence) -> Chains:
        """The same spins, new streams."""
        return Chains(state.spins, random_streams(self.n_chains, seed))

    def run(self, state: Chains, n_draws: int, thin: int, threads: int = 1) -> tuple[Any, Draws]:
        """One step is a sweep, a cluster, a decomposition, or a pair of layers."""
        threads = worthwhile(threads, n_draws * thin * self.n_chains * self.work)
        run = self.advance(state, n_draws, thin=thin, n_threads=threads)
        assert run.configs is not None
        return run.chains, _draws(run.configs, run.log_weights, run.magnetizations)


@dataclass(frozen=True, eq=False)
class Tempered:
    """Ladders of replicas of which the last is recorded; see `approx.tempering`."""

    interactions: Interactions
    factors: npt.NDArray[np.float64]
    n_chains: ClassVar[int] = GRAPH_CHAINS

    def start(self, seed: np.random.SeedSequence) -> Ladders:
        """Spins of all replicas, and streams."""
        ladders = Ladders.hot(self.n_chains, self.factors.size, self.interactions.n_sites, seed)
        ladders.spins[self.n_chains // 2 :] = 1
        return ladders

    def restart(self, state: Ladders, seed: np.random.SeedSequence) -> Ladders:
        """The same spins, new streams."""
        return replace(state, streams=random_streams(self.n_chains, seed))

    def run(self, state: Ladders, n_draws: int, thin: int, threads: int = 1) -> tuple[Any, Draws]:
        """One step is a sweep of every replica and an exchange."""
        threads = worthwhile(threads, n_draws * thin * state.spins.size)
        run = parallel_tempering(self.interactions, state, self.factors, n_draws, thin=thin, n_threads=threads)
        assert run.configs is not None
        return run.ladders, _draws(run.configs, run.log_weights[..., -1], run.magnetizations[..., -1])


def worthwhile(threads: int, updates: int) -> int:
    """Return the number of threads that this many updates are worth; no bit depends on it."""
    return threads if updates >= SMALL else 1


def held(n_chains: int, n_sites: int) -> int:
    """Draws to hold at once, a power of two up to 64."""
    return 1 << min(6, max(0, (MAX_HELD // (n_chains * n_sites)).bit_length() - 1))


def _draws(
    configs: npt.NDArray[np.int8], log_weights: npt.NDArray[np.float64], magnetizations: npt.NDArray[np.int64]
) -> Draws:
    """From chains first to draws first."""
    packed = np.packbits(configs < 0, axis=2)
    return Draws(*(part.swapaxes(0, 1).copy() for part in (packed, log_weights, magnetizations)))  # type: ignore[arg-type]
