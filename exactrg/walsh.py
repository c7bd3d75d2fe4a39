"""Fast Walsh-Hadamard transform: values on all spin configurations <-> couplings of all spin products.

A function of n spins is f(s) = sum_S f_S prod_{i in S} s_i, uniquely (Eq. 3 with a constant). Index bit i (most
significant first, as in an array of shape (2,)*n) is spin i: 0 for spin +1 and 1 for spin -1 in a table, 1 for "i in
S" among the coefficients. Both directions are the same butterfly; the inverse divides by 2**n.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def walsh_hadamard(values: NDArray[Any]) -> NDArray[Any]:
    """sum_S f_S chi_S(s) for all s, along the first axis of length 2**n.

    Works for float64, for integers and for object arrays of exact numbers; the input is not changed.

    Parameters
    ----------
    values : ndarray, shape (2**n, ...)

    Returns
    -------
    ndarray
        Same shape and dtype. Applied twice it gives 2**n times the input.
    """
    size = values.shape[0]
    if size < 1 or size & (size - 1):
        raise ValueError(f"the first axis has length {size}, expected a power of two")
    result = values.copy()
    half = 1
    while half < size:
        pairs = result.reshape(size // (2 * half), 2, half, *values.shape[1:])
        plus, minus = pairs[:, 0], pairs[:, 1]
        pairs[:, 0], pairs[:, 1] = plus + minus, plus - minus
        half *= 2
    return result


def spin_configurations(n: int) -> NDArray[np.int8]:
    """All 2**n configurations of n spins as rows of +1 and -1, in the order of a table's flat index."""
    index = np.arange(2**n, dtype=np.int64)[:, None]
    return (1 - 2 * (index >> np.arange(n - 1, -1, -1) & 1)).astype(np.int8)
