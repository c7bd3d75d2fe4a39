"""Product of two tables, summed over one spin: the inner loop of elimination.

Tables are flat. Output entry o has index sum_k o_k strides[k] in an operand, where o_k are the bits of o, slowest
first; the two states of the summed spin add ``first`` or ``second`` to it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numba_tools import njit

Table = NDArray[np.float64]
Integers = NDArray[np.int64]

_BLOCK_BITS = 10  # offsets of 1024 entries stay in the first-level cache
_SHORTEST_RUN_BITS = 3


def _offsets(strides: Integers) -> Integers:
    """Index of every combination of bits, slowest first."""
    offsets = np.zeros(1 << strides.size, np.int64)
    size = 1
    for k in range(strides.size - 1, -1, -1):
        for i in range(size):
            offsets[size + i] = offsets[i] + strides[k]
        size *= 2
    return offsets


offsets = njit(_offsets, nogil=True)


def _contract(
    out: Table, a: Table, b: Table, a_strides: Integers, b_strides: Integers, a_states: Integers, b_states: Integers
) -> None:
    """out[o] = sum over two states of a * b, in runs where a is contiguous and b does not change."""
    width = a_strides.size
    run_bits = 0
    while (
        run_bits < width and b_strides[width - 1 - run_bits] == 0 and a_strides[width - 1 - run_bits] == 1 << run_bits
    ):
        run_bits += 1
    if run_bits < _SHORTEST_RUN_BITS:
        run_bits = 0
    run = 1 << run_bits
    inner, outer = width - run_bits, max(0, width - run_bits - _BLOCK_BITS)
    a_outer, b_outer = offsets(a_strides[:outer]), offsets(b_strides[:outer])
    a_inner, b_inner = offsets(a_strides[outer:inner]), offsets(b_strides[outer:inner])
    block = a_inner.size
    position = 0
    for h in range(a_outer.size):
        a0, a1 = a[a_outer[h] + a_states[0] :], a[a_outer[h] + a_states[1] :]
        b0, b1 = b[b_outer[h] + b_states[0] :], b[b_outer[h] + b_states[1] :]
        if run == 1:
            target = out[position : position + block]
            for k in range(block):
                i, j = a_inner[k], b_inner[k]
                target[k] = a0[i] * b0[j] + a1[i] * b1[j]
            position += block
        else:
            for k in range(block):
                i, j = a_inner[k], b_inner[k]
                x, y = b0[j], b1[j]
                from0, from1 = a0[i : i + run], a1[i : i + run]
                target = out[position : position + run]
                for m in range(run):
                    target[m] = from0[m] * x + from1[m] * y
                position += run


contract = njit(_contract, nogil=True)


def _log_contract(
    out: Table, a: Table, b: Table, a_strides: Integers, b_strides: Integers, a_states: Integers, b_states: Integers
) -> None:
    """out[o] = log of the sum over two states of exp(a + b)."""
    outer = max(0, a_strides.size - _BLOCK_BITS)
    a_outer, b_outer = offsets(a_strides[:outer]), offsets(b_strides[:outer])
    a_inner, b_inner = offsets(a_strides[outer:]), offsets(b_strides[outer:])
    position = 0
    for h in range(a_outer.size):
        a0, a1 = a[a_outer[h] + a_states[0] :], a[a_outer[h] + a_states[1] :]
        b0, b1 = b[b_outer[h] + b_states[0] :], b[b_outer[h] + b_states[1] :]
        for k in range(a_inner.size):
            x = a0[a_inner[k]] + b0[b_inner[k]]
            y = a1[a_inner[k]] + b1[b_inner[k]]
            top, low = max(x, y), min(x, y)
            out[position] = top if low == -math.inf else top + math.log1p(math.exp(low - top))
            position += 1


log_contract = njit(_log_contract, nogil=True)


def _product(out: Table, a: Table, b: Table, a_strides: Integers, b_strides: Integers, logs: bool) -> None:
    """out[o] = a * b, or a + b for logarithms."""
    outer = max(0, a_strides.size - _BLOCK_BITS)
    a_outer, b_outer = offsets(a_strides[:outer]), offsets(b_strides[:outer])
    a_inner, b_inner = offsets(a_strides[outer:]), offsets(b_strides[outer:])
    position = 0
    for h in range(a_outer.size):
        a0, b0 = a[a_outer[h] :], b[b_outer[h] :]
        for k in range(a_inner.size):
            x, y = a0[a_inner[k]], b0[b_inner[k]]
            out[position] = x + y if logs else x * y
            position += 1


product: Any = njit(_product, nogil=True)
