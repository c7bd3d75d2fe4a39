"""The order in which the triangles of a plane are glued: always the pair of regions that leaves the shortest rim."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from .planar_triangulation import IntArray, Triangulation


@dataclass(frozen=True)
class Schedule:
    """What `planar_kernels.glue` does, step by step.

    Attributes
    ----------
    arrays : tuple of int arrays
        ``(left, right, n_pairs, places, bonds, sizes, offsets)``, the arguments of `planar_kernels.glue`.
    rim : list of int
        Half-bonds on the rim of the last region: those of the bonds that were kept.
    pool_size : int
        Number of entries of ``pool``.
    """

    arrays: tuple[IntArray, ...]
    rim: list[int]
    pool_size: int


def schedule(triangulation: Triangulation, kept: Collection[int] = ()) -> Schedule:
    """Order the gluing of all triangles, greedily.

    Parameters
    ----------
    kept : collection of int
        Bonds that stay on the rim to the end. They must hold no cycle, or the regions inside and outside never meet.
    """
    kept = frozenset(kept)
    rims = [list(triangle) for triangle in triangulation.triangles]
    alive = [True] * len(rims)
    owner = [0] * (2 * len(triangulation.bonds))
    place = [0] * len(owner)
    for region, rim in enumerate(rims):
        for h in rim:
            owner[h] = region
    left, right, n_pairs = [], [], []
    places: list[int] = []
    bonds: list[int] = []
    # A pair of regions is one integer, ordered by the length of the rim that they would leave (4 for two triangles).
    base = 2 * len(rims)
    to_glue = (e for e in range(len(triangulation.bonds)) if e not in kept)
    heap = sorted((4 * base + owner[2 * e]) * base + owner[2 * e + 1] for e in to_glue)
    while heap:
        pair, b = divmod(heapq.heappop(heap), base)
        a = pair % base
        if not (alive[a] and alive[b]):
            continue
        new = len(rims)
        alive[a] = alive[b] = False
        both = rims[a] + rims[b]
        shared = [h >> 1 for h in rims[a] if owner[h ^ 1] == b and h >> 1 not in kept]
        for k, e in enumerate(shared):
            place[2 * e], place[2 * e + 1] = 2 * k, 2 * k + 1
            owner[2 * e] = owner[2 * e + 1] = -1
        rim = [h for h in both if owner[h] >= 0]
        for k, h in enumerate(rim, 2 * len(shared)):
            place[h] = k
            owner[h] = new
        left.append(a)
        right.append(b)
        n_pairs.append(len(shared))
        places += [place[h] for h in both]
        bonds += shared
        rims.append(rim)
        alive.append(True)
        for c, count in Counter([owner[h ^ 1] for h in rim if h >> 1 not in kept]).items():
            if c != new:
                heapq.heappush(heap, ((len(rim) + len(rims[c]) - 2 * count) * base + new) * base + c)
    sizes = [len(rim) for rim in rims]
    squares = np.cumsum([0] + [n * n for n in sizes])
    lists = (left, right, n_pairs, places, bonds, sizes, squares[:-1])
    return Schedule(tuple(np.array(entries, dtype=np.int64) for entries in lists), rims[-1], int(squares[-1]))
