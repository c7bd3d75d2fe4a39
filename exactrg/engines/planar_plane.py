"""The Pfaffian of one triangulated plane at given couplings, and what can be read from it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb

from .planar_kernels import glue, glue_floats, unglue, unglue_floats
from .planar_numbers import add, divide, multiply
from .planar_order import Schedule
from .planar_triangulation import FloatArray, Triangulation

LARGEST_FLOAT = 1e250
ROUNDOFF = {"f": 2.0**-53, "c": 2.0**-102}


class GluedPlane:
    """The sum over all walls between unequal spins, glued together along a schedule.

    The matrix has an entry for every bond (a link, the weight 1 of no wall) and for every pair of sides of a triangle
    (exp(-K_a - K_b) with Kasteleyn's sign: a wall through sides a and b, each of which it shares with a neighbour).

    Parameters
    ----------
    triangulation, steps
        The plane, and the order in which it is glued.
    couplings : float array (n_given,)
        Couplings of the given bonds.
    dtype : numpy dtype
        float64, complex128 (pairs of floats) or object (balls, at the working precision of python-flint).
    seed : int
        Rows and columns are scaled at random (not in balls), which changes no answer but every rounding error.
    """

    def __init__(
        self, triangulation: Triangulation, steps: Schedule, couplings: FloatArray, dtype: Any, seed: int
    ) -> None:
        self._steps, self._is_ball = steps, dtype is object
        n_bonds, n_given = len(triangulation.bonds), triangulation.n_given
        one = arb(1) if self._is_ball else 1.0
        weights, scale = np.full(n_bonds, one, dtype), np.full(2 * n_bonds, one, dtype)
        if self._is_ball:
            weights[:n_given] = [(-arb(k)).exp() for k in couplings.tolist()]
        else:
            weights[:n_given] = np.exp(-couplings)
            scale[:] = np.random.default_rng(seed).uniform(1.0, 2.0, 2 * n_bonds)
        self._links = multiply(scale[::2], scale[1::2])
        sides = multiply(np.repeat(weights, 2), scale)
        sides[1::2] *= triangulation.signs
        a, b, c = sides[np.array(triangulation.triangles).T]
        self._pool = np.zeros(steps.pool_size, dtype)
        size = 9 * len(a)
        self._pool[1:size:9], self._pool[2:size:9] = multiply(a, b), -multiply(a, c)
        self._pool[5:size:9] = multiply(b, c)
        kernel = glue if self._is_ball else glue_floats
        self._pivots, self._rows = kernel(self._pool, self._links, *steps.arrays)

    def log_sum(self) -> Any:
        """Log of the sum over all walls, an array of one number."""
        return np.log(self._shown(divide(self._pivots, self._links))).sum(keepdims=True)

    def walls(self) -> Any:
        """Probability of a wall across each bond."""
        return self._shown(self._unglued[0])

    def path_ratio(self) -> Any:
        """Sum over walls, each counted -1 for every kept bond that it crosses, over the plain sum; an array of one.

        In what the plane is once all else has been glued, that turns the signs of the kept links.
        """
        rim, links = self._rim
        ratio = links[:1, 0] + 1
        for turned, plain in zip(_pfaffian(add(rim, -links)), _pfaffian(add(rim, links)), strict=True):
            ratio = multiply(ratio, divide(-turned, plain))
        return self._shown(ratio)

    def log_error(self) -> float:
        """Bound on the rounding error of log Pf, to first order; infinite where floats came near their limits."""
        return self._unglued[1]

    def _shown(self, numbers: Any) -> Any:
        """Round pairs to floats."""
        return numbers if self._is_ball else numbers.real

    @cached_property
    def _rim(self) -> tuple[Any, Any]:
        """Skew matrix between the half-bonds of the last region in their order, and that of their links."""
        half_bonds = np.array(self._steps.rim)
        order = np.argsort(half_bonds)
        block = self._pool[len(self._pool) - len(order) ** 2 :].reshape(len(order), len(order))
        rim = (block - block.T)[np.ix_(order, order)]
        links = np.zeros_like(rim)
        even = np.arange(0, len(order), 2)
        links[even, even + 1] = self._links[half_bonds[order[even]] >> 1]
        return rim, links - links.T

    @cached_property
    def _unglued(self) -> tuple[Any, float]:
        """Probability of a wall across each bond, and the bound on the rounding error of log Pf."""
        if self._is_ball:
            walls, _ = unglue(self._pool, self._links, self._pivots, self._rows, False, *self._steps.arrays)
            return walls, 0.0
        largest = np.abs(self._pool).max()
        if self._steps.rim:
            rim, links = self._rim
            try:
                inverse = np.linalg.inv((rim + links).real)
            except np.linalg.LinAlgError:
                inverse = np.full(rim.shape, np.nan)
            back = np.argsort(np.argsort(self._steps.rim))
            self._pool[len(self._pool) - inverse.size :] = inverse[np.ix_(back, back)].ravel()
        walls, loss = unglue_floats(self._pool, self._links, self._pivots, self._rows, True, *self._steps.arrays)
        # A weight lost by underflow, below 1e-308, matters only where the inverse is about as large as that is small.
        is_in_range = max(largest, np.abs(self._pool).max()) < LARGEST_FLOAT
        return walls, ROUNDOFF[self._pool.dtype.kind] * loss if is_in_range else math.inf


def _pfaffian(matrix: Any) -> list[Any]:
    """Return factors of the Pfaffian of a skew matrix, the largest entry of the first row eliminated first."""
    factors: list[Any] = []
    while len(matrix):
        best = 1 + int(np.argmax([abs(float(entry.real)) for entry in matrix[0, 1:]]))
        swap = np.arange(len(matrix))
        swap[[1, best]] = best, 1
        matrix = matrix[np.ix_(swap, swap)]
        pivot = matrix[0, 1]
        if not (pivot.real > 0 or pivot.real < 0):
            # Zero, or a ball around it: Hadamard's bound on what is left (its square is a determinant).
            bound = math.prod(np.abs(matrix).sum(axis=1))
            rest = arb(0, bound.upper().sqrt().upper()) if isinstance(bound, arb) else 0.0 * pivot
            return factors + [rest] + [0 * pivot + 1] * (len(matrix) // 2 - 1)
        factors.append(pivot if best == 1 else -pivot)
        above, below = divide(matrix[0, 2:], pivot), matrix[1, 2:]
        change = multiply(below[:, None], above[None, :])
        matrix = add(matrix[2:, 2:], add(change, -change.T))
    return factors
