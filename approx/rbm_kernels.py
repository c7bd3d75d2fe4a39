"""Compiled kernels: block Gibbs sampling of an RBM, and of the path from free spins to it.

The first part is float64, its fields are sums over rows of a matrix in a fixed order. The second part is what is left
to do in float32 between the matrix products of `approx.layer_path`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from exactrg.numba_tools import njit

from .cd_kernels import LANES, sigmoid
from .graph_kernels import magnetization, next_word, uniform

Array = Any  # numba's array types have no static counterpart

_F = np.float32
_ONE, _TWO, _FOUR = _F(1.0), _F(2.0), _F(4.0)


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


@njit(nogil=True, error_model="numpy")
def tempered_probabilities(fields: Array, base: Array, bias: Array, beta: Any) -> None:
    """Turn sums into probabilities of spin -1, in place: sigmoid(2 f), f = (1 - beta) base + beta (bias + sum)."""
    rest = _ONE - beta
    for i in range(fields.shape[0]):
        row = fields[i]
        for j in range(row.size):
            row[j] = sigmoid(_TWO * (rest * base[j] + beta * (bias[j] + row[j])))


@njit(nogil=True, error_model="numpy")
def add_log_ratios(fields: Array, bias: Array, low: Any, high: Any, totals: Array) -> None:
    """Add sum_j log cosh(high f_j) - log cosh(low f_j), f = bias + sum, to the total of each chain.

    log 2cosh f = |f| - log sigmoid(2 |f|); sigmoids are multiplied up lane by lane, 64 at most before a logarithm.
    """
    n = fields.shape[1]
    linear = np.empty(LANES, np.float32)
    above, below = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    for i in range(fields.shape[0]):
        total = 0.0
        for start in range(0, n, 64 * LANES):
            stop = min(n, start + 64 * LANES)
            linear[:], above[:], below[:] = _F(0.0), _ONE, _ONE
            whole = (stop - start) // LANES
            for block in range(whole):
                first = start + LANES * block
                row, own = fields[i, first : first + LANES], bias[first : first + LANES]
                for lane in range(LANES):
                    f = abs(row[lane] + own[lane])
                    linear[lane] += f
                    above[lane] *= sigmoid(_TWO * high * f)
                    below[lane] *= sigmoid(_TWO * low * f)
            for j in range(start + LANES * whole, stop):
                lane = j - start - LANES * whole
                f = abs(fields[i, j] + bias[j])
                linear[lane] += f
                above[lane] *= sigmoid(_TWO * high * f)
                below[lane] *= sigmoid(_TWO * low * f)
            for lane in range(LANES):
                total += (np.float64(high) - np.float64(low)) * np.float64(linear[lane])
                total += math.log(np.float64(below[lane])) - math.log(np.float64(above[lane]))
        totals[i] += total


@njit(nogil=True, error_model="numpy")
def sublattice_probabilities(
    sums: Array,
    bias: Array,
    beta: Any,
    units: Array,
    coupling: Any,
    field: Any,
    Lx: int,
    Ly: int,
    parity: int,
    out: Array,
) -> None:
    """Probabilities of spin -1 on one sublattice of a torus given the other, whose units are copied.

    sigmoid(2 f) with f = beta (bias + sum) - coupling (sum of the four neighbours) - field.
    """
    for i in range(units.shape[0]):
        row, own, result = sums[i], units[i], out[i]
        for y in range(Ly):
            above, below = ((y + Ly - 1) % Ly) * Lx, ((y + 1) % Ly) * Lx
            for x in range(Lx):
                j = y * Lx + x
                if (x + y) % 2 == parity:
                    left, right = y * Lx + (x + Lx - 1) % Lx, y * Lx + (x + 1) % Lx
                    down = own[left] + own[right] + own[above + x] + own[below + x]
                    f = beta * (bias[j] + row[j]) - coupling * (_FOUR - _TWO * down) - field
                    result[j] = sigmoid(_TWO * f)
                else:
                    result[j] = own[j]


@njit(nogil=True)
def bond_sums(units: Array, Lx: int, Ly: int, totals: Array) -> None:
    """Sum of v_i v_j over the bonds of a torus, for units that are 1 where a spin is -1."""
    for i in range(units.shape[0]):
        own, unequal = units[i], 0
        for y in range(Ly):
            below = ((y + 1) % Ly) * Lx
            for x in range(Lx):
                here = own[y * Lx + x]
                unequal += int(here != own[y * Lx + (x + 1) % Lx]) + int(here != own[below + x])
        totals[i] = 2.0 * Lx * Ly - 2.0 * unequal
