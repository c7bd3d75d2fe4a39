"""Compiled kernels of contrastive divergence: float32 over a range of columns, written so that LLVM vectorises them.

Matrices are C-contiguous and passed whole, with the first column and the one after the last: a view of columns has
strides that the compiler does not know. Random numbers come from sixteen SFC32 generators side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactrg.numba_tools import njit

Array = Any  # numba's array types have no static counterpart

LANES = 16

_F = np.float32
_ONE = _F(1.0)
_LARGEST = _F(87.0)  # e^87 is finite in float32, and so is e^-87
_LOG2_E = _F(1.4426950408889634)
_ROUND = _F(12582912.0)  # 1.5 * 2**23: adding it rounds to an integer
_LN2_HIGH = _F(0.693359375)
_LN2_LOW = _F(-2.12194440e-4)
_C2, _C3, _C4, _C5, _C6, _C7 = _F(1 / 2), _F(1 / 6), _F(1 / 24), _F(1 / 120), _F(1 / 720), _F(1 / 5040)
_BIAS, _MANTISSA = np.int32(127), np.int32(23)
_2_TO_MINUS_24 = _F(2.0**-24)
_U1, _U3, _U8, _U9, _U11, _U21 = (np.uint32(k) for k in (1, 3, 8, 9, 11, 21))


# The "numpy" error model leaves out the check for a division by zero, which would keep loops from being vectorised.
@njit(error_model="numpy")
def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + e^-x) in float32, to 2e-7 of its value for abs(x) <= 87."""
    y = max(min(-x, _LARGEST), -_LARGEST)
    k = (y * _LOG2_E + _ROUND) - _ROUND
    r = (y - k * _LN2_HIGH) - k * _LN2_LOW  # abs(r) <= log(2) / 2: Taylor's polynomial is good to 6e-9
    p = _C7
    p = p * r + _C6
    p = p * r + _C5
    p = p * r + _C4
    p = p * r + _C3
    p = p * r + _C2
    p = p * r + _ONE
    p = p * r + _ONE
    power = np.int32((np.int32(k) + _BIAS) << _MANTISSA)
    return _ONE / (_ONE + p * power.view(np.float32))


@njit(nogil=True, error_model="numpy")
def to_probabilities(values: Array, bias: Array, start: int, stop: int) -> None:
    """Turn fields without bias into probabilities of 1, in place."""
    own_bias = bias[start:stop]
    for i in range(values.shape[0]):
        row = values[i, start:stop]
        for j in range(row.size):
            row[j] = sigmoid(row[j] + own_bias[j])


@njit(nogil=True, error_model="numpy")
def add_to_probabilities(parts: Array, bias: Array, values: Array) -> None:
    """Probabilities of 1 of hidden units, whose fields without bias are sums of the parts from each tile."""
    for i in range(values.shape[0]):
        row = values[i]
        row[:] = parts[0, i]
        for k in range(1, parts.shape[0]):
            part = parts[k, i]
            for j in range(row.size):
                row[j] += part[j]
        for j in range(row.size):
            row[j] = sigmoid(row[j] + bias[j])


@njit(nogil=True)
def draw(probabilities: Array, states: Array, stream: Array, start: int, stop: int) -> None:
    """Draw 0 or 1 (both arrays may be the same); the stream, uint32 (4, 16), moves on.

    Source of the generator: C. Doty-Humphrey's SFC32 (PractRand), here one in each lane.
    """
    uniforms = np.empty(-(-(stop - start) // LANES) * LANES, np.float32)
    a, b, c, counter = stream[0], stream[1], stream[2], stream[3]
    for i in range(states.shape[0]):
        for block in range(uniforms.size // LANES):
            out = uniforms[LANES * block : LANES * block + LANES]
            for lane in range(LANES):
                word = np.uint32(np.uint32(a[lane] + b[lane]) + counter[lane])
                counter[lane] = np.uint32(counter[lane] + _U1)
                a[lane] = b[lane] ^ (b[lane] >> _U9)
                b[lane] = np.uint32(c[lane] + np.uint32(c[lane] << _U3))
                c[lane] = np.uint32(np.uint32(np.uint32(c[lane] << _U21) | (c[lane] >> _U11)) + word)
                out[lane] = _F(np.int32(word >> _U8)) * _2_TO_MINUS_24
        row, own = states[i, start:stop], probabilities[i, start:stop]
        for j in range(row.size):
            row[j] = _F(uniforms[j] < own[j])


@njit(nogil=True)
def gather(data: Array, order: Array, batch: Array, start: int, stop: int) -> None:
    """Copy columns of rows of the data to a batch of float32."""
    for i in range(order.size):
        row, source = batch[i, start:stop], data[order[i], start:stop]
        for j in range(row.size):
            row[j] = source[j]


@njit(nogil=True)
def learn_bias(
    positive: Array, negative: Array, bias: Array, velocity: Array, squares: Array, start: int, stop: int,
    rate: Any, momentum: Any,
) -> None:  # fmt: skip
    """Velocity <- momentum velocity + rate sum of (positive - negative); bias <- bias + velocity; squares are added up."""
    own, speed, square = bias[start:stop], velocity[start:stop], squares[start:stop]
    total = np.zeros(stop - start, np.float32)
    for i in range(positive.shape[0]):
        ours, theirs = positive[i, start:stop], negative[i, start:stop]
        for j in range(total.size):
            d = ours[j] - theirs[j]
            total[j] += d
            square[j] += d * d
    for j in range(total.size):
        speed[j] = momentum * speed[j] + rate * total[j]
        own[j] += speed[j]


@njit(nogil=True)
def negate(values: Array) -> None:
    """Change signs in place."""
    for i in range(values.shape[0]):
        row = values[i]
        for j in range(row.size):
            row[j] = -row[j]


@njit(nogil=True)
def update_weights(
    weights: Array, velocity: Array, gradient: Array, rate: Any, momentum: Any, lasso: Any, ridge: Any
) -> None:
    """Velocity <- momentum velocity + rate gradient - lasso sign(w) - ridge w; w <- w + velocity."""
    for i in range(weights.shape[0]):
        w, speed, g = weights[i], velocity[i], gradient[i]
        for j in range(w.size):
            x = w[j]
            sign = _F(x > _F(0.0)) - _F(x < _F(0.0))
            speed[j] = momentum * speed[j] + rate * g[j] - lasso * sign - ridge * x
            w[j] = x + speed[j]


@njit(nogil=True)
def update_average(average: Array, values: Array, share: Any) -> None:
    """Average <- average + share (values - average)."""
    for i in range(values.shape[0]):
        mean, row = average[i], values[i]
        for j in range(row.size):
            mean[j] += share * (row[j] - mean[j])
