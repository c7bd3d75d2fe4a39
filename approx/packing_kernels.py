"""Compiled kernel: from words of lattices (one bit a lattice) to rows of spins (one bit a site)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactrg.numba_tools import njit

Array = Any  # numba's array types have no static counterpart

_1, _63, _64 = np.uint64(1), np.uint64(63), np.uint64(64)
_MASKS = np.array(
    [
        0x00000000FFFFFFFF,
        0x0000FFFF0000FFFF,
        0x00FF00FF00FF00FF,
        0x0F0F0F0F0F0F0F0F,
        0x3333333333333333,
        0x5555555555555555,
    ],
    np.uint64,
)


@njit
def transpose(square: Array) -> None:
    """Transpose 64 x 64 bits in place: bit j of word i changes places with bit i of word j.

    Halves, quarters and so on are exchanged across the diagonal (Warren, Hacker's Delight, Sect. 7-3).
    """
    for level in range(6):
        width = 32 >> level
        shift, mask = np.uint64(width), _MASKS[level]
        for start in range(0, 64, 2 * width):
            for i in range(start, start + width):
                moved = ((square[i] >> shift) ^ square[i + width]) & mask
                square[i] ^= moved << shift
                square[i + width] ^= moved


@njit(nogil=True)
def pack_rows(spins: Array, rows: Array) -> None:
    """Write each lattice of a block as a row of bits, 1 for spin -1, the first site in the highest bit.

    Parameters
    ----------
    spins : uint64 (sites, words)
        Bit i of word w is lattice 64 w + i; bit 1 is spin +1.
    rows : uint64 (64 * words, ceil(sites / 64))
        Output; the highest bit comes first, bits beyond the last site are 0.
    """
    n = spins.shape[0]
    square = np.empty(64, np.uint64)
    for group in range(rows.shape[1]):
        first = 64 * group
        used = min(64, n - first)
        for word in range(spins.shape[1]):
            for i in range(64):
                square[63 - i] = ~spins[first + i, word] if i < used else np.uint64(0)
            transpose(square)
            for lattice in range(64):
                rows[64 * word + lattice, group] = square[lattice]
