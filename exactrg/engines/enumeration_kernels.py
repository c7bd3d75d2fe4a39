"""Numba kernels of the enumeration: Walsh-Hadamard tables, a matrix product in three semirings.

The three products over the block a of X[q, a] and Y[a, b] (sums of weights, maxima of log weights, counts of integer
keys) run with the last axis innermost, so that they vectorise without reordering a sum.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from exactrg.numba_tools import njit

Table = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint32]

_CACHED = 2048  # doubles that stay in the first-level cache while log2(2048) stages pass over them


@njit(nogil=True)
def _parity(x: int) -> int:
    """Parity of the number of set bits of 0 <= x < 2**63."""
    for shift in (32, 16, 8, 4, 2, 1):
        x ^= x >> shift
    return x & 1


@njit(nogil=True)
def _butterflies(table: Table, h: int) -> None:
    """Do the Walsh-Hadamard stages of strides h, 2h, ... in place."""
    while h < table.size:
        for start in range(0, table.size, 2 * h):
            up = table[start : start + h]
            down = table[start + h : start + 2 * h]
            for i in range(h):
                x, y = up[i], down[i]
                up[i] = x + y
                down[i] = x - y
        h *= 2


@njit(nogil=True)
def walsh_hadamard(table: Table) -> None:
    """Replace table[m] by sum_m table[m] (-1)^popcount(i & m) at each i, in place; the size is a power of two."""
    block = min(table.size, _CACHED)
    for start in range(0, table.size, block):
        _butterflies(table[start : start + block], 1)
    _butterflies(table, block)


@njit(nogil=True)
def scatter(outer: int, slots: Integers, outer_masks: Integers, coefficients: Table, walsh: Table) -> None:
    """Write the Walsh coefficients that the terms have once the outer spins are in the configuration ``outer``."""
    walsh[:] = 0.0
    for k in range(slots.size):
        walsh[slots[k]] += -coefficients[k] if _parity(outer & outer_masks[k]) else coefficients[k]


@njit(nogil=True)
def gather(outer: int, slots: Integers, outer_masks: Integers, walsh: Table, scale: float, sums: Table) -> None:
    """Add ``scale`` times the Walsh coefficients of the observables, signed by the outer spins, to ``sums``."""
    for k in range(slots.size):
        sums[k] += -scale * walsh[slots[k]] if _parity(outer & outer_masks[k]) else scale * walsh[slots[k]]


@njit(nogil=True)
def multiply(x: Table, y: Table, product: Table) -> None:
    """Matrix product x @ y in a fixed order of operations (BLAS changes its bits with the number of threads)."""
    product[:] = 0.0
    unrolled = x.shape[1] // 4 * 4
    for a in range(0, unrolled, 4):
        y0, y1, y2, y3 = y[a], y[a + 1], y[a + 2], y[a + 3]
        for q in range(x.shape[0]):
            row = product[q]
            x0, x1, x2, x3 = x[q, a], x[q, a + 1], x[q, a + 2], x[q, a + 3]
            for b in range(row.size):
                row[b] += (x0 * y0[b] + x1 * y1[b]) + (x2 * y2[b] + x3 * y3[b])
    for a in range(unrolled, x.shape[1]):
        for q in range(x.shape[0]):
            for b in range(y.shape[1]):
                product[q, b] += x[q, a] * y[a, b]


@njit(nogil=True)
def max_plus(x: Table, y: Table, product: Table) -> None:
    """Tropical matrix product, max over a of x[q, a] + y[a, b]."""
    for q in range(x.shape[0]):
        row = product[q]
        row[:] = -np.inf
        for a in range(x.shape[1]):
            xa, ya = x[q, a], y[a]
            for b in range(row.size):
                row[b] = max(row[b], xa + ya[b])


@njit(nogil=True)
def sum_near_maximum(
    x: Table, y: Table, w: Table, best: Table, top: float, cut: float, x_sum: Table, y_sum: Table, w_sum: Table
) -> float:
    """Sum exp(x[q, a] + y[a, b] + w[q, b] - top) over all terms above exp(-cut), and add up its three pair marginals.

    ``best[q, b]`` is the maximum over a of the exponent before ``top`` is taken off; it says which rows to skip.
    """
    total = 0.0
    for q in range(x.shape[0]):
        for b in range(y.shape[1]):
            if best[q, b] - top < -cut:
                continue
            row = 0.0
            for a in range(x.shape[1]):
                exponent = x[q, a] + y[a, b] + w[q, b] - top
                if exponent >= -cut:
                    weight = np.exp(exponent)
                    row += weight
                    x_sum[q, a] += weight
                    y_sum[a, b] += weight
            w_sum[q, b] += row
            total += row
    return total


@njit(nogil=True)
def count_keys(x: Keys, y_transposed: Keys, w: Keys, counts: npt.NDArray[np.int64]) -> None:
    """Count the values of x[q, a] + y[a, b] + w[q, b]; the four rows of ``counts`` keep successive stores apart."""
    for q in range(x.shape[0]):
        for b in range(y_transposed.shape[0]):
            base = w[q, b]
            xq, yb = x[q], y_transposed[b]
            for a in range(xq.size):
                counts[a & 3, base + xq[a] + yb[a]] += 1
