"""How an enumeration is laid out: flips that change nothing, three blocks of spins contracted, the rest enumerated.

With the spins outside three blocks q, a, b fixed, a function whose terms each touch at most two of the blocks is
X[q, a] + Y[a, b] + W[q, b], and a sum over all spins of the blocks is a product of three tables: one multiplication and
one addition for each configuration instead of one exponential.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import EnumerationTooLarge, InputError, SiteError

LIMIT = 40
"""Largest number of spins that is enumerated; one core takes a few minutes for it."""

Masks = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]
Result = TypeVar("Result")

_BLOCK = 8  # spins to a block: three tables of 2**16 entries stay in the second-level cache
_CHUNKS = 64  # parts of the outer configurations, the same for any number of threads


def checked_size(n: Any) -> int:
    """Return the number of spins as an int between 0 and `LIMIT`, before anything is allocated."""
    size = require_count("the number of spins", n)
    if size > LIMIT:
        raise EnumerationTooLarge(
            size,
            LIMIT,
            bytes_per_entry=0,
            what="an enumeration",
            instead="Each spin more doubles the time; elimination takes more spins where they interact sparsely.",
        )
    return size


def checked_masks(n: int, masks: Any) -> Masks:
    """Return the masks as uint64, all of them on the spins 0..n-1."""
    array = np.asarray(masks)
    if array.size == 0:
        array = array.astype(np.uint64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputError(f"masks must be a one-dimensional array of integers, got {array.dtype} of shape {array.shape}")
    if np.any(array < 0):
        raise SiteError(f"a mask is negative ({array.min()}); bit i of a mask stands for spin i, so masks are uint64")
    unsigned: Masks = array.astype(np.uint64)
    beyond = np.flatnonzero(unsigned >> np.uint64(n))
    if beyond.size:
        raise SiteError(
            f"mask {bin(int(unsigned[beyond[0]]))} has spins beyond the {n} spins 0..{n - 1} that there are"
        )
    return unsigned


def echelon_basis(masks: Masks) -> dict[int, int]:
    """Span of the masks over GF(2) in echelon form: lowest bit of a row -> row.

    A set of spins whose flip changes no term has an even overlap with every row. The spins that lead no row can be
    given any values by such flips, and in exactly one way, so the sum over all 2**n configurations is 2**(n - rank)
    times the sum with those spins up.
    """
    basis: dict[int, int] = {}
    rows = masks[masks != 0]
    while rows.size:
        row = int(rows[0])
        lead = row & -row
        basis[lead] = row
        rows = np.where(rows & np.uint64(lead) != 0, rows ^ np.uint64(row), rows)
        rows = rows[rows != 0]
    return basis


def spanned(mask: int, basis: dict[int, int]) -> bool:
    """Whether a mask lies in the span of an echelon basis."""
    while mask:
        row = basis.get(mask & -mask)
        if row is None:
            return False
        mask ^= row
    return True


@dataclass(frozen=True)
class Blocks:
    """A split of spins into the blocks q, a, b of the three tables and the outer spins."""

    q: tuple[int, ...]
    a: tuple[int, ...]
    b: tuple[int, ...]
    outer: tuple[int, ...]

    @classmethod
    def split(cls, kept: int, masks: Masks) -> Blocks:
        """Split the spins of a mask so that no term touches q, a and b; dense many-body terms leave q empty."""
        spins = tuple(spin for spin in range(kept.bit_length()) if kept >> spin & 1)
        third = min(_BLOCK, -(-len(spins) // 3))
        a, b, rest = spins[:third], spins[third : 2 * third], spins[2 * third :]
        crossing = masks[(masks & _mask(a) != 0) & (masks & _mask(b) != 0)]
        forbidden = int(np.bitwise_or.reduce(crossing, initial=np.uint64(0)))
        q = tuple(spin for spin in rest if not forbidden >> spin & 1)[:_BLOCK]
        return cls(q, a, b, tuple(spin for spin in rest if spin not in q))

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Shapes of X[q, a], Y[a, b] and W[q, b]."""
        q, a, b = (1 << len(block) for block in (self.q, self.a, self.b))
        return (q, a), (a, b), (q, b)

    @property
    def size(self) -> int:
        """Number of entries of the three tables together."""
        return sum(rows * columns for rows, columns in self.shapes)

    def tables(self, flat: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """Views of a flat array of ``size`` entries as X, Y and W."""
        views, start = [], 0
        for rows, columns in self.shapes:
            views.append(flat[start : start + rows * columns].reshape(rows, columns))
            start += rows * columns
        return views

    def place(self, masks: Masks) -> tuple[Integers, Integers]:
        """Position of each mask's Walsh coefficient in the flat tables, and its mask over the outer spins.

        Spins of a mask that are in no block are up.
        """
        q, a, b, outer = (_compressed(masks, block) for block in (self.q, self.a, self.b, self.outer))
        (n_q, n_a), (_, n_b), _ = self.shapes
        in_y = n_q * n_a + a * n_b + b
        in_w = n_q * n_a + n_a * n_b + q * n_b + b
        return np.where(q == 0, in_y, np.where(b == 0, q * n_a + a, in_w)), outer

    def map_outer(self, work: Callable[[list[range]], list[Result]], threads: int) -> list[Result]:
        """Give each thread a list of fixed chunks of the outer configurations; return the results in their order."""
        configurations = 1 << len(self.outer)
        step = max(1, configurations // _CHUNKS)
        chunks = [range(start, start + step) for start in range(0, configurations, step)]
        threads = min(threads, len(chunks))
        if threads == 1:
            return work(chunks)
        with ThreadPoolExecutor(threads) as pool:
            shares = list(pool.map(work, [chunks[i::threads] for i in range(threads)]))
        return [shares[i % threads][i // threads] for i in range(len(chunks))]


def _mask(spins: tuple[int, ...]) -> np.uint64:
    return np.uint64(sum(1 << spin for spin in spins))


def _compressed(masks: Masks, spins: tuple[int, ...]) -> Integers:
    """Bit j of the result is bit spins[j] of the mask."""
    result = np.zeros(masks.size, dtype=np.int64)
    for j, spin in enumerate(spins):
        result |= (masks >> np.uint64(spin) & np.uint64(1)).astype(np.int64) << j
    return result
