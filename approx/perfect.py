"""Perfect sampling by coupling from the past: monotone bit-parallel heat bath, 1,024 exact draws a block.

Two chains, from all spins up and all spins down at time -T, use the same random numbers. For J >= 0 the heat bath keeps
the order of any two configurations, so that every chain lies between them; where they have met by time 0 their common
state is an exact draw, whatever T was. T doubles until they have, and each stretch of time keeps its random numbers:
stretch k of a word of lattices is seeded by (seed, k, word).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exactrg.counts import require_count
from exactrg.errors import ExactRGError, InputError

from .multispin import Words, aligned, block_sweeper, over_blocks
from .streams import LATTICES_PER_BLOCK, WORDS, Seed, seed_sequence, word_streams

FIRST_SWEEPS = 32
"""Length of the last stretch before time 0; stretch k >= 1 has 32 * 2**(k-1) sweeps, 32 * 2**k with all after it."""


class NotCoalescedError(ExactRGError):
    """Chains from the past that had not met when the caller's limit was reached; no sample comes out.

    Attributes
    ----------
    sweeps : int
        How far into the past they started.
    """

    def __init__(self, sweeps: int) -> None:
        super().__init__(
            f"the chains from all up and all down had not met within {sweeps:,} sweeps, expected near and below the "
            "critical temperature at h = 0; write a larger max_epochs, or sample with Swendsen-Wang. Keeping only the "
            "blocks that do meet would bias the sample"
        )
        self.sweeps = sweeps


def perfect_states(
    n_blocks: int,
    Lx: int,
    Ly: int,
    J: float,
    h: float,
    rng: Seed,
    *,
    periodic: bool = True,
    threads: int = 1,
    first_block: int = 0,
    max_epochs: int = 20,
    progress: Callable[[int, int], object] | None = None,
) -> Words:
    """Independent exact draws from exp(J sum s s' + h sum s) / Z, J >= 0: no burn-in, no autocorrelation.

    Parameters
    ----------
    n_blocks : int
        Number of blocks of 1,024 lattices.
    Lx, Ly : int
        Sides, at least 2 for a torus and 1 for an open rectangle.
    J, h : float
        Coupling (not negative) and field, in kT.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator
        See `approx.streams.seed_sequence`. Block b depends on the seed and on b alone.
    periodic : bool
        Torus or open rectangle.
    threads : int
        Number of threads; the bits do not depend on it.
    first_block : int
        Number of the first block: blocks 0..9 are blocks 0..4 followed by blocks 5..9 with ``first_block=5``.
    max_epochs : int
        Most stretches of the past to try, 32 * 2**(max_epochs - 1) sweeps (16.8 million by default). A limit that is
        ever reached, with another seed tried instead, would bias the sample towards fast coalescence.
    progress : callable, optional
        Called with (lattices done, lattices in all) after each block.

    Returns
    -------
    ndarray of uint64, shape (n_blocks, Ly, Lx, 16)
        Packed; see `approx.multispin.unpack`.

    Raises
    ------
    InputError
        If J < 0 (the heat bath is not monotone), or a number has no meaning here.
    LatticeError
        If a side is too small.
    NotCoalescedError
        If a lattice has not coalesced within `max_epochs`. Nothing is returned then.

    Notes
    -----
    Source: J. G. Propp and D. B. Wilson, Random Structures and Algorithms 9, 223 (1996).
    """
    update = block_sweeper(Lx, Ly, J, h, periodic, "heat_bath")
    if J < 0:
        raise InputError(f"coupling from the past needs J >= 0 (the heat bath is not monotone else), got J={J}")
    n_blocks, first_block = require_count("n_blocks", n_blocks), require_count("first_block", first_block)
    max_epochs = require_count("max_epochs", max_epochs, 1)
    root = seed_sequence(rng)

    enough = 1  # stretches that an earlier block took: a start for the next one that changes no draw

    def one_block(block: int) -> Words:
        nonlocal enough
        streams: list[Words] = []
        for epochs in range(enough, max_epochs + 1):
            missing = range(len(streams), epochs)
            streams += [word_streams(root, 1, first_block=first_block + block, key=(k,))[0] for k in missing]
            top, bottom = aligned((2, Ly, Lx, WORDS))
            top[...] = ~np.uint64(0)
            met = False
            for epoch in reversed(range(epochs)):
                sweeps = FIRST_SWEEPS << max(epoch - 1, 0)
                for chain in (top,) if met else (top, bottom):
                    update(chain, streams[epoch].copy(), sweeps)
                met = met or np.array_equal(top, bottom)
            if met:
                enough = epochs
                return top
        raise NotCoalescedError(FIRST_SWEEPS << max_epochs - 1)

    states = aligned((n_blocks, Ly, Lx, WORDS))
    for block, words in enumerate(over_blocks(one_block, range(n_blocks), threads)):
        states[block] = words
        if progress is not None:
            progress((block + 1) * LATTICES_PER_BLOCK, n_blocks * LATTICES_PER_BLOCK)
    return states
