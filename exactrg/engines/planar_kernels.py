"""The arithmetic of the planar engine: regions of the plane glued bond by bond, and taken apart again.

A region with n half-bonds on its rim carries the skew n x n matrix of its Pfaffian weight, the upper triangle of which
lies row by row in ``pool``. The same steps run compiled on floats and on pairs of floats, and as plain Python on balls
(`planar_numbers`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numba_tools import njit
from .planar_numbers import accumulate, add, divide, multiply


def glue(
    pool: Any, links: Any, left: Any, right: Any, n_pairs: Any, places: Any, bonds: Any, sizes: Any, offsets: Any
) -> tuple[Any, Any]:
    """Glue the regions in the order of the schedule and sum over the bonds that become inner ones.

    Step t joins the regions ``left[t]`` and ``right[t]``: its front has the 2 n_pairs[t] half-bonds of the shared
    bonds first, then those of the new rim; ``places`` says where each half-bond of the two old rims goes.

    Returns
    -------
    pivots : array (n_bonds,)
        Pf of the part summed so far with the bond, over Pf without it.
    rows : array
        Rows of each front that were eliminated (the first of a pair divided by its pivot), for `unglue`.
    """
    n_leaves = sizes.size - left.size
    n_rows = 0
    for step in range(left.size):
        n_rows += 2 * n_pairs[step] * (sizes[left[step]] + sizes[right[step]])
    pivots = np.zeros(links.size, links.dtype)
    rows = np.zeros(n_rows, pool.dtype)
    at_place, at_bond, at_row = 0, 0, 0
    for step in range(left.size):
        width = sizes[left[step]] + sizes[right[step]]
        front = np.zeros((width, width), pool.dtype)
        for child in (left[step], right[step]):
            n = sizes[child]
            for a in range(n):
                x, start = places[at_place + a], offsets[child] + a * n
                for b in range(a + 1, n):
                    y = places[at_place + b]
                    if x < y:
                        front[x, y] = pool[start + b]
                    else:
                        front[y, x] = -pool[start + b]
            at_place += n
        for i in range(0, 2 * n_pairs[step], 2):
            bond = bonds[at_bond]
            at_bond += 1
            pivot = add(links[bond], front[i, i + 1])
            pivots[bond] = pivot
            for b in range(i + 2, width):
                front[i, b] = divide(front[i, b], pivot)
            for a in range(i + 2, width):
                accumulate(front[a], front[i + 1, a], front[i], a + 1)
                accumulate(front[a], -front[i, a], front[i + 1], a + 1)
        first = 2 * n_pairs[step]
        for i in range(first):
            for b in range(i + 1, width):
                rows[at_row + b] = front[i, b]
            at_row += width
        n = width - first
        for a in range(n):
            start = offsets[n_leaves + step] + a * n
            for b in range(a + 1, n):
                pool[start + b] = front[first + a, first + b]
    return pivots, rows


def unglue(
    pool: Any,
    links: Any,
    pivots: Any,
    rows: Any,
    measure: bool,
    left: Any,
    right: Any,
    n_pairs: Any,
    places: Any,
    bonds: Any,
    sizes: Any,
    offsets: Any,
) -> tuple[Any, float]:
    """Run `glue` backwards: the inverse matrix on each rim, and the probability that a wall crosses each bond.

    Works with ``pool``, ``pivots`` and ``rows`` as `glue` left them, except that the matrix of the last region, if its
    rim is not empty, must have been replaced by its inverse. The inverses on all rims replace ``pool``.

    Returns
    -------
    walls : array (n_bonds,)
        Probability that the two spins of a bond differ from each other; 0 for bonds that were not glued.
    loss : float
        Sum over all roundings of `glue` of the number rounded times the derivative of log Pf, if ``measure`` is set:
        times the unit roundoff, a bound on the error of log Pf to first order.
    """
    n_leaves = sizes.size - left.size
    walls = np.zeros(links.size, links.dtype)
    loss = 0.0
    zero = np.zeros(1, pool.dtype)[0]
    at_place, at_bond, at_row = places.size, bonds.size, rows.size
    for step in range(left.size - 1, -1, -1):
        width = sizes[left[step]] + sizes[right[step]]
        first = 2 * n_pairs[step]
        inverse = np.zeros((width, width), pool.dtype)
        n = width - first
        for a in range(n):
            start = offsets[n_leaves + step] + a * n
            for b in range(a + 1, n):
                inverse[first + a, first + b] = pool[start + b]
                inverse[first + b, first + a] = -pool[start + b]
        for i in range(first - 2, -1, -2):
            at_bond -= 1
            at_row -= 2 * width
            u, v = rows[at_row : at_row + width], rows[at_row + width : at_row + 2 * width]
            pivot, link = pivots[bonds[at_bond]], links[bonds[at_bond]]
            for a in range(i + 2, width):
                accumulate(inverse[i], v[a], inverse[a], i + 2)
                accumulate(inverse[i + 1], -u[a], inverse[a], i + 2)
            loop = zero
            for b in range(i + 2, width):
                loop = add(loop, multiply(inverse[i + 1, b], v[b]))
                inverse[i, b] = divide(inverse[i, b], pivot)
                inverse[b, i] = -inverse[i, b]
                inverse[b, i + 1] = -inverse[i + 1, b]
            inverse[i + 1, i] = divide(add(zero + 1, loop), pivot)
            inverse[i, i + 1] = -inverse[i + 1, i]
            walls[bonds[at_bond]] = divide(add(add(pivot, -link), -multiply(link, loop)), pivot)
            if measure:
                changes = abs((pivot * inverse[i, i + 1]).real)
                for a in range(i + 2, width):
                    p, q = abs(u[a].real), abs(v[a].real)
                    for b in range(a + 1, width):
                        changes += (q * abs(u[b].real) + p * abs(v[b].real)) * abs(inverse[a, b].real)
                # Each change is rounded itself, and again in the sums of this and of later changes.
                loss += (4 + (first - i) // 2) * changes
        for child in (right[step], left[step]):
            n = sizes[child]
            at_place -= n
            for a in range(n):
                start = offsets[child] + a * n
                for b in range(a + 1, n):
                    entry = inverse[places[at_place + a], places[at_place + b]]
                    if measure:
                        loss += n_pairs[step] * abs((pool[start + b] * entry).real)
                    pool[start + b] = entry
    return walls, loss


# A pivot of zero is a loss of digits that the caller notices; Python's error would say less.
glue_floats = njit(glue, error_model="numpy")
unglue_floats = njit(unglue, error_model="numpy")
