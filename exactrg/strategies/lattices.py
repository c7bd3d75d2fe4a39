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


def lattices(*, max_sites: int = 6, periodic: bool | None = None) -> st.SearchStrategy[nx.MultiGraph]:
    """Chains, rings, rectangles, triangular and diamond lattices; they shrink to fewer sites, then to fewer bonds.

    Periodic lattices with a side of 2 have double bonds.

    Parameters
    ----------
    max_sites : int
    periodic : bool, optional
        Periodic ones only, or open ones only; by default both.

    Raises
    ------
    InputError
        For a size below 1, or below 2 for periodic lattices.
    """
    require_count("max_sites", max_sites, 1)
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
    """Spin configurations, int8 arrays of shape (n_samples, n_sites); they shrink to few samples of spins +1.

    Parameters
    ----------
    n_sites : int, optional
        By default from 1 to ``max_sites``.
    max_sites : int
    min_samples, max_samples : int
    """
    require_count("max_sites" if n_sites is None else "n_sites", max_sites if n_sites is None else n_sites, 1)
    n_samples = draw(st.integers(min_samples, max_samples))
    column = st.tuples(*[st.sampled_from((1, -1))] * n_samples)
    columns = draw(st.lists(column, min_size=n_sites or 1, max_size=n_sites or max_sites))
    return np.array(columns, dtype=np.int8).T.copy()
