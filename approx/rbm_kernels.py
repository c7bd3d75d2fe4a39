"""Compiled kernels: block Gibbs sampling of an RBM, and of the path from free spins to it.

Fields are sums over rows of a matrix in a fixed order, so that no bit depends on a BLAS or on threads.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from exactrg.numba_tools import njit

from .graph_kernels import magnetization, next_word, uniform

Array = Any  # numba's array types have no static counterpart


@njit
def add_fields(spins: Array, weights: Array, bias: Array, fields: Array) -> None:
    """Write fields_j = bias_j + sum_i spins_i weights_ij."""
    fields[:] = bias
    for i in range(spins.size):
        if spins[i] > 0:
            for j in range(fields.size):
                fields[j] += weights[i, j]
        else:
            for j in range(fields.size):
                fields[j] -= weights[i, j]


@njit
def draw_layer(spins: Array, fields: Array, factor: float, stream: Array) -> None:
    """Draw every unit given its field: it is -1 with probability 1 / (1 + e^(-2 factor field)) (the sign of Eq. 10)."""
    a, b, c, d = stream[0], stream[1], stream[2], stream[3]
    for j in range(spins.size):
        x = 2.0 * factor * fields[j]
        e = math.exp(-abs(x))
        word, a, b, c, d = next_word(a, b, c, d)
        spins[j] = -1 if uniform(word) * (1.0 + e) < (1.0 if x > 0.0 else e) else 1
    stream[0], stream[1], stream[2], stream[3] = a, b, c, d


@njit(nogil=True)
def run_block_gibbs(
    spins: Array,
    streams: Array,
    configs: Array,
    log_weights: Array,
    magnetizations: Array,
    thin: int,
    w: Array,
    w_transposed: Array,
    b: Array,
    c: Array,
    factor: float,
) -> None:
    """Hidden given visible, visible given hidden, ``thin`` times a draw; record -E without its constant."""
    n, m = w.shape
    hidden_fields, visible_fields = np.empty(m), np.empty(n)
    for chain in range(spins.shape[0]):
        own, stream = spins[chain], streams[chain]
        visible, hidden = own[:n], own[n:]
        for draw in range(log_weights.shape[1]):
            for _ in range(thin):
                add_fields(visible, w, b, hidden_fields)
                draw_layer(hidden, hidden_fields, factor, stream)
                add_fields(hidden, w_transposed, c, visible_fields)
                draw_layer(visible, visible_fields, factor, stream)
            energy = 0.0
            for i in range(n):
                energy += visible_fields[i] * visible[i]
            for j in range(m):
                energy += b[j] * hidden[j]
            log_weights[chain, draw] = -energy
            magnetizations[chain, draw] = magnetization(own)
            if configs.shape[1]:
                configs[chain, draw] = own


@njit(nogil=True)
def log_marginals(spins: Array, values: Array, w: Array, b: Array, c: Array, factors: Array) -> None:
    """Log of sum over h of exp(-factor E(v, h)), without the constant, for each chain and factor."""
    n, m = w.shape
    fields = np.empty(m)
    for chain in range(spins.shape[0]):
        visible = spins[chain, :n]
        add_fields(visible, w, b, fields)
        bias = 0.0
        for i in range(n):
            bias += c[i] * visible[i]
        for k in range(factors.size):
            total = -factors[k] * bias
            for j in range(m):
                x = abs(factors[k] * fields[j])
                total += x + math.log1p(math.exp(-2.0 * x))
            values[chain, k] = total
