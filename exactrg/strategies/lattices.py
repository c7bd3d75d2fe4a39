"""Lattices, and configurations of spins on them."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt
from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from .. import lattices as shapes
from ..counts import require_count
from ..errors import InputError

MAX_LATTICE = 100
"""Most sites of a lattice: all of them up to this size are made at once."""

_WORD = 6
"""Most spins in one integer: hypothesis prefers small ones where they may be large, and rows would be mostly +1."""


def lattices(*, max_sites: int = 6, periodic: bool | None = None) -> st.SearchStrategy[nx.MultiGraph]:
    """Chains, rings, rectangles, triangular and diamond lattices; they shrink to fewer sites, then to fewer bonds.

    Periodic lattices with a side of 2 have double bonds.

    Parameters
    ----------
    max_sites : int
        At most 100.
    periodic : bool, optional
        Periodic ones only, or open ones only; by default both.

    Raises
    ------
    InputError
        For a size below 1 or above 100, or below 2 for periodic lattices.
    """
    require_count("max_sites", max_sites, 1, MAX_LATTICE)
    if periodic not in (None, True, False):
        raise InputError(f"periodic={periodic!r}: expected True, False, or None for both")
    wanted = [call for call in _calls(max_sites) if periodic is None or periodic == call[1]]
    if not wanted:
        raise InputError(
            f"max_sites={max_sites} with periodic=True: expected at least 2, a periodic lattice's smallest"
        )
    made = sorted(((getattr(shapes, name)(*sides), name, sides) for name, _, sides in wanted), key=_size)
    return st.one_of([st.builds(getattr(shapes, name), *map(st.just, sides)) for _, name, sides in made])


def _calls(most: int) -> Iterator[tuple[str, bool, tuple[Any, ...]]]:
    """Names, periodicity and arguments of all lattices of up to ``most`` sites."""
    for n in range(1, most + 1):
        yield "chain", False, (n,)
        if n > 1:
            yield "ring", True, (n,)
    for Lx in range(2, most // 2 + 1):
        for Ly in range(2, most // Lx + 1):
            for periodic in (True, False):
                name, sides = ("square", (Lx,)) if Lx == Ly else ("rectangle", (Lx, Ly))
                yield name, periodic, sides if periodic else (*sides, False)
    for L in range(2, isqrt(most) + 1):
        yield "triangular", True, (L,)
        yield "triangular", False, (L, False)
    level = 1
    while 2 * (2 + 4**level) // 3 <= most:
        yield "diamond", False, (level,)
        level += 1


def _size(made: tuple[nx.MultiGraph, str, Any]) -> tuple[int, int, str]:
    graph, name, _ = made
    return len(graph), graph.number_of_edges(), name


@st.composite
def configurations(
    draw: st.DrawFn, *, n_sites: int | None = None, max_sites: int = 6, min_samples: int = 1, max_samples: int = 4
) -> NDArray[np.int8]:
    """Spin configurations, int8 arrays of shape (n_samples, n_sites); they shrink to one site, one sample and spin +1.

    Parameters
    ----------
    n_sites : int, optional
        By default from 1 to ``max_sites``.
    max_sites : int
    min_samples, max_samples : int
    """
    width = require_count("max_sites", max_sites, 1) if n_sites is None else require_count("n_sites", n_sites, 1)
    least = require_count("min_samples", min_samples)
    most = require_count("max_samples", max_samples, least)
    n = draw(st.integers(1, width)) if n_sites is None else width
    # Bits of integers, more than n of them: rows are deleted one by one, and stay valid where n shrinks.
    sizes = [min(_WORD, width - start) for start in range(0, width, _WORD)]
    words = draw(st.lists(st.tuples(*[st.integers(0, 2**k - 1) for k in sizes]), min_size=least, max_size=most))
    down = np.array(words, np.int64).reshape(len(words), len(sizes), 1) >> np.arange(_WORD) & 1
    return (1 - 2 * down).astype(np.int8).reshape(len(words), len(sizes) * _WORD)[:, :n].copy()
