"""Exact independent samples: the spins in reverse elimination order, each from its exact conditional distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..seeds import random_generator
from .elimination import Elimination, Model
from .float_tables import FloatTables
from .orders import DEFAULT_LIMIT
from .tables import Factor, Table

# Small tables are multiplied before they are looked up; samples are drawn in pieces that stay in the cache.
_SMALL = 10
_PIECE = 1 << 14


def sample(
    n: int,
    factors: Model,
    n_samples: int,
    rng: np.random.Generator | int,
    *,
    order: Sequence[int] | None = None,
    limit: int = DEFAULT_LIMIT,
) -> NDArray[np.int8]:
    """Independent samples of p(s) = prod_k exp(table_k(s)) / Z, exact up to the rounding of float64.

    The messages of an elimination hold the sum over all spins before a bucket, so that p(s_i | spins after it) is a
    ratio of two table entries.

    Parameters
    ----------
    n, factors, order, limit
        See `exactrg.engines.elimination.eliminate`; the tables hold logarithms in float64.
    n_samples : int
        Number of samples, at least 0.
    rng : numpy.random.Generator or int
        Generator or seed; one uniform number to a spin and sample. The samples do not depend on the number of threads.

    Returns
    -------
    ndarray of int8, shape (n_samples, n)
        Spins +1 and -1.

    Raises
    ------
    ZeroWeightError
        If Z = 0.
    EnumerationTooLarge, InputError, SiteError
        See `exactrg.engines.elimination.eliminate`.
    """
    generator = random_generator(rng)
    elimination = Elimination(n, factors, None, order, limit=limit)
    lowered = np.zeros((n, n_samples), dtype=np.int8)  # 1 where the spin is -1
    float_tables = cast(FloatTables, elimination.tables)
    _, buckets = elimination.backward()
    for bucket, operands in buckets:
        tables = _few(elimination, operands)
        chances = generator.random(n_samples)
        for start in range(0, n_samples, _PIECE):
            piece = slice(start, start + _PIECE)
            up, down = _weights(float_tables, tables, bucket.spin, lowered[:, piece])
            lowered[bucket.spin, piece] = chances[piece] >= float_tables.chance(up, down)
    return np.ascontiguousarray((1 - 2 * lowered).T)


def _few(elimination: Elimination, operands: list[Factor]) -> list[Factor]:
    """Multiply all tables but the largest, if they are small together."""
    *rest, largest = sorted(operands, key=lambda factor: len(factor.scope))
    union = {spin for factor in rest for spin in factor.scope}
    if rest and len(union) <= _SMALL:
        return [elimination.tables.combine(rest, union), largest]
    return operands


def _weights(tables: FloatTables, factors: list[Factor], spin: int, lowered: NDArray[np.int8]) -> tuple[Table, Table]:
    """Weights of the two states of a spin, given the spins after it: one entry to a sample."""
    up = down = np.zeros(0)
    for k, factor in enumerate(factors):
        index = np.zeros(lowered.shape[1], dtype=np.int64)
        step = 0
        for other in factor.scope:
            index <<= 1
            step <<= 1
            if other == spin:
                step = 1
            else:
                index |= lowered[other]
        entries = factor.table.reshape(-1)
        if k == 0:
            up, down = entries[index], entries[index + step]
        else:
            up, down = tables.multiply(up, entries[index]), tables.multiply(down, entries[index + step])
    return up, down
