"""Bit-parallel Metropolis and heat bath: Ising models with one coupling and one field on a rectangle, 1,024 at once.

Weights are exp(J sum_bonds s s' + h sum s), temperature one; J of either sign. A torus of side 2 has double bonds, as
in `exactrg.rectangle`. Packed states have shape (n_blocks, Ly, Lx, 16): bit i of word w of block b is lattice
64 (16 b + w) + i, and a set bit is spin +1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from exactrg.counts import require_count
from exactrg.errors import InputError, LatticeError, SpinError

from .streams import LATTICES_PER_BLOCK, WORDS

Method = Literal["metropolis", "heat_bath"]
Words = NDArray[np.uint64]

_ALL = 2**64 - 1
_TIE = 63 * 2**58  # 63/64; see `run`


def pack(configs: NDArray[np.int8], Lx: int, Ly: int) -> Words:
    """Write configurations of +-1 as bits, 64 lattices to a word; the last block is filled up with spins +1.

    Parameters
    ----------
    configs : ndarray of int8, shape (n, Lx * Ly)
        Site y * Lx + x in column y * Lx + x.
    Lx, Ly : int
        Sides.

    Returns
    -------
    ndarray of uint64, shape (ceil(n / 1024), Ly, Lx, 16)

    Raises
    ------
    LatticeError, SpinError
        For sides that are no positive integers; for another shape, or an entry that is not +1 or -1.
    """
    _check_sides(Lx, Ly, 1)
    configs = np.asarray(configs)
    if configs.ndim != 2 or configs.shape[1] != Lx * Ly:
        raise SpinError(f"configurations of {Lx} x {Ly} spins have shape (n, {Lx * Ly}), got {configs.shape}")
    up = configs == 1
    if not np.all(up | (configs == -1)):
        raise SpinError("spins are +1 or -1; write 1 - 2 * bits for bits 0 and 1")
    states = aligned((-(-len(configs) // LATTICES_PER_BLOCK), Ly, Lx, WORDS))
    for block, words in enumerate(states):
        part = np.ones((LATTICES_PER_BLOCK, Lx * Ly), np.bool_)
        mine = up[block * LATTICES_PER_BLOCK : (block + 1) * LATTICES_PER_BLOCK]
        part[: len(mine)] = mine
        octets = np.packbits(np.ascontiguousarray(part.T), axis=1, bitorder="little")
        words[...] = octets.view("<u8").reshape(Ly, Lx, WORDS)
    return states


def unpack(states: Words, n: int | None = None) -> NDArray[np.int8]:
    """Read packed lattices as configurations of +1 and -1.

    Parameters
    ----------
    states : ndarray of uint64, shape (n_blocks, Ly, Lx, 16)
        From `pack`, `hot_start` or `approx.perfect.perfect_states`.
    n : int, optional
        How many; all 1,024 n_blocks by default.

    Returns
    -------
    ndarray of int8, shape (n, Lx * Ly)

    Raises
    ------
    InputError
        If the states have another shape or dtype, or hold fewer than n lattices.
    """
    n_blocks, Ly, Lx, _ = check_states(states).shape
    n = n_blocks * LATTICES_PER_BLOCK if n is None else require_count("n", n)
    if n > n_blocks * LATTICES_PER_BLOCK:
        raise InputError(f"these states hold {n_blocks * LATTICES_PER_BLOCK} lattices, asked for {n}")
    configs = np.empty((n, Lx * Ly), np.int8)
    for block, words in enumerate(states):
        octets = words.astype("<u8", copy=False).reshape(Lx * Ly, WORDS).view(np.uint8)
        bits = np.unpackbits(octets, axis=1, bitorder="little").view(np.int8)
        mine = configs[block * LATTICES_PER_BLOCK : (block + 1) * LATTICES_PER_BLOCK]
        mine[...] = bits.T[: len(mine)]
        mine *= 2
        mine -= 1
    return configs


def hot_start(streams: Words, Lx: int, Ly: int) -> Words:
    """Independent fair spins (J = h = 0), from one heat-bath sweep of the streams, which move on.

    Parameters
    ----------
    streams : ndarray of uint64, shape (n_blocks, 5, 16)
        From `approx.streams.word_streams`; changed in place.
    Lx, Ly : int
        Sides.

    Returns
    -------
    ndarray of uint64, shape (n_blocks, Ly, Lx, 16)

    Raises
    ------
    InputError, LatticeError
        See `run`.
    """
    _check_sides(Lx, Ly, 1)
    states = aligned((len(streams), Ly, Lx, WORDS))
    run(states, 0.0, 0.0, 1, streams, periodic=False, method="heat_bath")
    return states


def run(
    states: Words,
    J: float,
    h: float,
    sweeps: int,
    streams: Words,
    *,
    periodic: bool = True,
    method: Method = "metropolis",
    threads: int = 1,
) -> None:
    """Markov chain of single-spin updates, stationary for exp(J sum s s' + h sum s), on packed lattices, in place.

    A sweep visits every site once: first the even, then the odd sublattice, or row by row where an odd periodic side
    leaves no two sublattices. A site's update satisfies detailed balance, so that any fixed order is stationary. Every
    acceptance probability is a multiple of 2**-64, clipped to [2**-64, 1 - 2**-64] where it is neither 0 nor 1 by
    definition; beyond that it has the relative error of a float64.

    Parameters
    ----------
    states : ndarray of uint64, shape (n_blocks, Ly, Lx, 16)
        Changed in place.
    J, h : float
        Coupling of each bond and field on each site, in kT.
    sweeps : int
        Number of sweeps.
    streams : ndarray of uint64, shape (n_blocks, 5, 16)
        From `approx.streams.word_streams`; moves on in place, so that two runs of one sweep are one run of two.
    periodic : bool
        Torus (sides of at least 2) or open rectangle (sides of at least 1).
    method : {"metropolis", "heat_bath"}
        Metropolis flips with probability min(1, e^{-Delta E}), and with 63/64 where Delta E = 0: always flipping there
        would leave closed cycles of states (on the 2 x 2 torus, say). Heat bath sets a spin up with probability
        1 / (1 + e^{-2f}), f the local field: slower in general, better where most Delta E vanish (J = h = 0).
    threads : int
        Number of threads; the bits do not depend on it.

    Raises
    ------
    InputError
        For a shape, dtype, method or number that has no meaning here.
    LatticeError
        If a side is too small.
    """
    n_blocks, Ly, Lx, _ = check_states(states).shape
    sweeps = require_count("sweeps", sweeps)
    if not (
        isinstance(streams, np.ndarray)
        and streams.shape == (n_blocks, 5, WORDS)
        and streams.dtype == np.uint64
        and streams.flags.c_contiguous
    ):
        raise InputError(
            f"streams must be C-contiguous uint64 of shape {(n_blocks, 5, WORDS)}, got {_describe(streams)}; "
            f"write word_streams(rng, {n_blocks})"
        )
    if not (states.flags.writeable and streams.flags.writeable):
        raise InputError("states and streams change in place and must be writeable; write states.copy()")
    update = block_sweeper(Lx, Ly, J, h, periodic, method)

    def one_block(block: int) -> None:
        update(states[block], streams[block], sweeps)

    for _ in over_blocks(one_block, range(n_blocks), threads):
        pass


def energies(states: Words, *, periodic: bool = True) -> NDArray[np.int64]:
    """Sum of s s' over all bonds, for each lattice (the energy of Eq. 25 is -J times it).

    Returns
    -------
    ndarray of int64, shape (1024 n_blocks,)

    Raises
    ------
    InputError, LatticeError
        See `run`.
    """
    _, Ly, Lx, _ = check_states(states).shape
    _, neighbours, _ = _geometry(Lx, Ly, periodic)
    site, direction = np.nonzero(neighbours[:, :2] >= 0)
    return len(site) - 2 * _count_ones(states, np.ascontiguousarray(site), neighbours[site, direction])


def magnetizations(states: Words) -> NDArray[np.int64]:
    """Sum of the spins, for each lattice.

    Returns
    -------
    ndarray of int64, shape (1024 n_blocks,)

    Raises
    ------
    InputError
        If the states have another shape or dtype.
    """
    _, Ly, Lx, _ = check_states(states).shape
    return 2 * _count_ones(states, np.arange(Lx * Ly), np.full(Lx * Ly, -1)) - Lx * Ly


def block_sweeper(
    Lx: int, Ly: int, J: float, h: float, periodic: bool, method: Method
) -> Callable[[Words, Words, int], None]:
    """Function of (spins of a block, its stream, sweeps) that updates both in place and releases the GIL."""
    geometry = _geometry(Lx, Ly, periodic)
    tables, thresholds = acceptance(*_couplings(J, h), method)
    from .multispin_kernels import WORK, sweep_block

    def update(spins: Words, stream: Words, sweeps: int) -> None:
        sweep_block(
            spins.reshape(Lx * Ly, WORDS), stream, *geometry, tables, thresholds, aligned((WORK * WORDS,)), sweeps
        )

    return update


def aligned(shape: tuple[int, ...]) -> Words:
    """Zeros that start at a cache line: loads of 64 bytes across two lines would cost a tenth of the speed."""
    size = math.prod(shape)
    memory = np.zeros(size + 8, np.uint64)
    start = -memory.ctypes.data % 64 // 8
    return memory[start : start + size].reshape(shape)


def _count_ones(states: Words, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each lattice, in how many of the pairs of sites the two bits differ (-1: a bit that is 0)."""
    from .multispin_kernels import count_ones

    counts = np.empty((len(states), LATTICES_PER_BLOCK), np.int64)
    for block in range(len(states)):
        count_ones(states[block].reshape(-1, WORDS), first, second, counts[block])
    return counts.reshape(-1)


def check_states(states: Words) -> Words:
    """Return packed states that have the right shape, dtype and order, or say what they should be."""
    if not (
        isinstance(states, np.ndarray)
        and states.dtype == np.uint64
        and states.ndim == 4
        and states.shape[3] == WORDS
        and states.flags.c_contiguous
    ):
        raise InputError(
            f"states must be a C-contiguous uint64 array of shape (n_blocks, Ly, Lx, {WORDS}), "
            f"got {_describe(states)}; write pack(configs, Lx, Ly)"
        )
    return states


def _describe(given: Any) -> str:
    """What an argument was, for an error message."""
    return f"{given.dtype} {given.shape}" if isinstance(given, np.ndarray) else type(given).__name__


def over_blocks(task: Callable[[int], Any], blocks: Iterable[int], threads: int) -> Iterable[Any]:
    """Results of a kernel that releases the GIL, for one block after another or on a pool of threads, in order."""
    if require_count("threads", threads, 1) == 1:
        yield from map(task, blocks)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        yield from pool.map(task, blocks)
    finally:
        pool.shutdown(cancel_futures=True)


def _check_sides(Lx: int, Ly: int, least: int) -> None:
    """Refuse sides that are no integers or too small."""
    if not (isinstance(Lx, int | np.integer) and isinstance(Ly, int | np.integer) and min(Lx, Ly) >= least):
        torus = " of a torus" if least == 2 else ""
        raise LatticeError(f"sides{torus} must be integers of at least {least}, got Lx={Lx!r}, Ly={Ly!r}")


@lru_cache(maxsize=16)
def _geometry(Lx: int, Ly: int, periodic: bool) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Order of update, neighbours (right, down, left, up; -1 if missing) and number of neighbours of each site."""
    _check_sides(Lx, Ly, 2 if periodic else 1)
    y, x = np.divmod(np.arange(Lx * Ly), Lx)
    neighbours = np.empty((Lx * Ly, 4), np.int64)
    for direction, (dx, dy) in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
        inside = (x + dx >= 0) & (x + dx < Lx) & (y + dy >= 0) & (y + dy < Ly)
        there = (y + dy) % Ly * Lx + (x + dx) % Lx
        neighbours[:, direction] = there if periodic else np.where(inside, there, -1)
    bipartite = not periodic or (Lx % 2 == 0 and Ly % 2 == 0)
    order = np.argsort((x + y) % 2, kind="stable") if bipartite else np.arange(Lx * Ly)
    return order, neighbours, np.count_nonzero(neighbours >= 0, axis=1)


def _couplings(J: Any, h: Any) -> tuple[float, float]:
    """J and h as floats whose local fields are finite."""
    if not (isinstance(J, Real) and isinstance(h, Real)):
        raise InputError(f"J and h must be real numbers, got {J!r} and {h!r}; write float(J)")
    J, h = float(J), float(h)
    if not math.isfinite(8 * abs(J) + 2 * abs(h)):
        raise InputError(f"J and h must be finite, got J={J} and h={h}")
    return J, h


@lru_cache(maxsize=64)
def acceptance(J: float, h: float, method: Method) -> tuple[Words, Words]:
    """Tables of `sweep_block` for 0 to 4 neighbours, and the thresholds themselves, in units of 2**-64."""
    if method not in ("metropolis", "heat_bath"):
        raise InputError(f'method must be "metropolis" or "heat_bath", got {method!r}')
    thresholds = np.zeros((5, 5), np.uint64)
    signs = np.zeros((5, 5))
    for degree in range(5):
        fields = [_local_field(J, h, degree, up) for up in range(degree + 1)]
        rule = metropolis_threshold if method == "metropolis" else heat_bath_threshold
        thresholds[degree, : degree + 1] = [rule(f) for f in fields]
        if method == "metropolis":
            signs[degree, : degree + 1] = np.sign(fields)
        else:  # rounding must not spoil the monotone coupling of approx.perfect
            thresholds[degree, : degree + 1] = sorted(thresholds[degree, : degree + 1], reverse=J < 0)
    return masks(thresholds, signs, keep=method == "metropolis"), thresholds


def _local_field(J: float, h: float, degree: int, up: int) -> float:
    """Local field J (up - down) + h, zero where it is zero up to rounding."""
    f = J * (2 * up - degree) + h
    return 0.0 if abs(f) <= 1e-15 * (abs(J) * degree + abs(h)) else f


def metropolis_threshold(f: float) -> int:
    """2**64 times the probability to flip a spin that agrees with its local field f."""
    return _TIE if f == 0 else _clip(math.exp(-2 * abs(f)))


def heat_bath_threshold(f: float) -> int:
    """2**64 / (1 + e^{-2f}), from the smaller of the two probabilities."""
    small = math.exp(-2 * abs(f))
    small = _clip(small / (1 + small))
    return small if f < 0 else 2**64 - small


def _clip(probability: float) -> int:
    """Return 2**64 times a probability, kept away from 0 and 1, so that no state is out of reach."""
    return min(max(int(probability * 2.0**64), 1), _ALL)


def masks(thresholds: Words, signs: NDArray[np.float64], keep: bool) -> Words:
    """Tables of `sweep_block`: digits of the thresholds, rise, fall, keep; each written once for every word."""
    from .multispin_kernels import FALL, KEEP, PLANES, RISE, ROWS

    bits = np.zeros((len(thresholds), ROWS), np.bool_)
    for k in range(PLANES):
        bits[:, 5 * k : 5 * k + 5] = (thresholds >> np.uint64(63 - k)) & np.uint64(1)
    bits[:, RISE:FALL] = signs > 0
    bits[:, FALL:KEEP] = signs < 0
    bits[:, KEEP] = keep
    tables = aligned((len(thresholds), ROWS * WORDS))
    tables[...] = np.repeat(np.where(bits, np.uint64(_ALL), np.uint64(0)), WORDS, axis=1)
    return tables
