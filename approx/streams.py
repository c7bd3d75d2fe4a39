"""Random streams: an SFC64 generator for each word of 64 lattices, a function of the seed and the word's number alone.

A word takes the same number of random planes for each spin update whatever the other words do, so that its bits do
not depend on the number of threads, workers or blocks, nor on how many words run side by side.
"""

from __future__ import annotations

import operator

import numpy as np
from numpy.typing import NDArray

from exactrg.counts import require_count
from exactrg.errors import InputError

WORDS = 16
"""Words side by side in a block: 16 words of 64 lattices, two AVX-512 registers."""

LATTICES_PER_BLOCK = 64 * WORDS

Seed = int | np.random.SeedSequence | np.random.Generator


def seed_sequence(rng: Seed) -> np.random.SeedSequence:
    """Root of all streams of one call: a seed as it is, a Generator by four words that are drawn from it.

    Parameters
    ----------
    rng : int, numpy.random.SeedSequence or numpy.random.Generator
        A Generator moves on, so that two calls with it differ; a seed gives the same bits each time.

    Raises
    ------
    InputError
        For anything else, and for a negative seed.
    """
    if isinstance(rng, np.random.SeedSequence):
        return rng
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence([int(x) for x in rng.integers(2**64, size=4, dtype=np.uint64)])
    try:
        seed = operator.index(rng)
    except TypeError:
        seed = -1
    if seed < 0:
        raise InputError(f"rng must be a nonnegative integer seed, a SeedSequence or a Generator, got {rng!r}")
    return np.random.SeedSequence(seed)


def given_seed(rng: Seed | None) -> np.random.SeedSequence:
    """Root of all streams of one call; a fresh one for None."""
    return np.random.SeedSequence() if rng is None else seed_sequence(rng)


def recorded(seed: np.random.SeedSequence) -> int | None:
    """Return the int that makes the same streams again, if there is one."""
    return seed.entropy if isinstance(seed.entropy, int) and not seed.spawn_key else None


def child(root: np.random.SeedSequence, *key: int) -> np.random.SeedSequence:
    """Seed for one purpose, a function of the root and of the key alone."""
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, *key))


def word_streams(rng: Seed, n_blocks: int, *, first_block: int = 0, key: tuple[int, ...] = ()) -> NDArray[np.uint64]:
    """Independent streams for blocks of words: the state of numpy's SFC64 and a key, seeded by (seed, key, word).

    Word w of block b is seeded by `numpy.random.SeedSequence` with the spawn key ``(*key, 16 * b + w)``, so that any
    blocks can be made anywhere, in any order.

    Parameters
    ----------
    rng : int, numpy.random.SeedSequence or numpy.random.Generator
        See `seed_sequence`.
    n_blocks : int
        Number of blocks of 16 words (1,024 lattices).
    first_block : int
        Number of the first block.
    key : tuple of int
        What the streams are for; different keys give independent streams.

    Returns
    -------
    ndarray of uint64, shape (n_blocks, 5, 16)
        For each word the four words of an SFC64 state (numpy's order: a, b, c, counter) and the key of the rare
        planes beyond the first twelve (see `approx.multispin_kernels`).

    Raises
    ------
    InputError
        For a bad seed, a negative count or a negative key.

    Notes
    -----
    Source: C. Doty-Humphrey's SFC64 (PractRand), the variant of `numpy.random.SFC64`: three words and a counter, so
    that two streams of different seeds do not overlap within 2**64 steps; M. E. O'Neill's seed sequence.
    """
    root = seed_sequence(rng)
    n_blocks, first_block = require_count("n_blocks", n_blocks), require_count("first_block", first_block)
    key = tuple(require_count("each number of the key", number) for number in key)
    streams = np.empty((n_blocks, 5, WORDS), np.uint64)
    for block in range(n_blocks):
        for word in range(WORDS):
            number = (first_block + block) * WORDS + word
            child = np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, *key, number))
            streams[block, :4, word] = np.random.SFC64(child).state["state"]["state"]
            # SFC64 takes three words of the sequence; the fourth is as good as independent of them.
            streams[block, 4, word] = child.generate_state(4, np.uint64)[3]
    return streams
