"""Lattices as networkx multigraphs: sites 0..N-1 in row-major order, coordinates in the node attribute ``pos``.

A small periodic lattice has double bonds (the right and the left neighbour are one site), which a simple graph would
lose: ``square(2)`` has 8 edges and ``ring(2)`` has 2. Every lattice is therefore a `networkx.MultiGraph`. Lengths are
in lattice spacings.
"""

from __future__ import annotations

import operator
from typing import Any

import networkx as nx

from .errors import LatticeError

MAX_SITES = 10**7
"""Largest lattice that is made: networkx takes about 1.5 KB a site."""


def checked_side(name: str, value: Any, least: int, why: str) -> int:
    """Return an integer side that is large enough, or say why it is not."""
    try:
        side = operator.index(value)
    except TypeError:
        raise LatticeError(f"{name} must be an integer, got {value!r}; write an int of at least {least}") from None
    if side < least:
        raise LatticeError(f"{name} must be at least {least} ({why}), got {side}")
    return side


def _require_room(n_sites: int) -> None:
    """LatticeError for a graph that no memory holds, before it is made."""
    if n_sites > MAX_SITES:
        raise LatticeError(
            f"a lattice of {n_sites:,} sites: networkx graphs are made up to {MAX_SITES:,}; write "
            "kaufman.log_partition_function(m, n, K) for a torus of any size"
        )


def _is_periodic(value: Any) -> bool:
    """Return a flag as a bool; a text such as "no" would count as true."""
    if value not in (True, False):
        raise LatticeError(f"periodic must be True (a torus) or False (open ends), got {value!r}")
    return bool(value)


def ring(n: int) -> nx.MultiGraph:
    """Ring of n sites with n bonds, the lattice of Eq. 23 with periodic ends.

    Parameters
    ----------
    n : int
        Number of sites, at least 2; ``ring(2)`` has a double bond.

    Raises
    ------
    LatticeError
        If n < 2 (the bond of one site with itself is a self-loop).
    """
    n = checked_side("n", n, 2, "a ring of one site is a self-loop; write chain(1)")
    _require_room(n)
    graph = nx.MultiGraph(name=f"ring({n})")
    graph.add_nodes_from((i, {"pos": (i,)}) for i in range(n))
    graph.add_edges_from((i, (i + 1) % n) for i in range(n))
    return graph


def chain(n: int) -> nx.MultiGraph:
    """Open chain of n sites with n - 1 bonds.

    Raises
    ------
    LatticeError
        If n < 1.
    """
    n = checked_side("n", n, 1, "a lattice has a site")
    _require_room(n)
    graph = nx.MultiGraph(name=f"chain({n})")
    graph.add_nodes_from((i, {"pos": (i,)}) for i in range(n))
    graph.add_edges_from((i, i + 1) for i in range(n - 1))
    return graph


def square(L: int, periodic: bool = True) -> nx.MultiGraph:
    """L x L square lattice, the lattice of Eq. 25; see `rectangle`."""
    graph = rectangle(L, L, periodic)
    graph.graph["name"] = f"square({L}{'' if periodic else ', periodic=False'})"
    return graph


def rectangle(Lx: int, Ly: int, periodic: bool = True) -> nx.MultiGraph:
    """Lx x Ly square lattice: Lx columns and Ly rows, site y * Lx + x at ``pos = (x, y)``.

    Parameters
    ----------
    Lx, Ly : int
        Sides; at least 2 each when periodic, at least 1 when open. A periodic side of 2 has double bonds.
    periodic : bool
        Whether both directions wrap around (a torus).

    Raises
    ------
    LatticeError
        If a side is too small, or the lattice has more than 10**7 sites.
    """
    periodic = _is_periodic(periodic)
    least = 2 if periodic else 1
    why = "a periodic side of 1 is a self-loop; write periodic=False or ring(n)" if periodic else "a lattice has a site"
    Lx, Ly = checked_side("Lx", Lx, least, why), checked_side("Ly", Ly, least, why)
    _require_room(Lx * Ly)
    graph = nx.MultiGraph(name=f"rectangle({Lx}, {Ly}{'' if periodic else ', periodic=False'})")
    _add_grid(graph, Lx, Ly, periodic, steps=((1, 0), (0, 1)))
    return graph


def triangular(L: int, periodic: bool = True) -> nx.MultiGraph:
    """L x L triangular lattice: the square lattice with one diagonal, (x, y) to (x + 1, y + 1), in each cell.

    Raises
    ------
    LatticeError
        If L < 2 when periodic, L < 1 when open.
    """
    periodic = _is_periodic(periodic)
    L = checked_side("L", L, 2 if periodic else 1, "a periodic side of 1 is a self-loop; write periodic=False")
    _require_room(L * L)
    graph = nx.MultiGraph(name=f"triangular({L}{'' if periodic else ', periodic=False'})")
    _add_grid(graph, L, L, periodic, steps=((1, 0), (0, 1), (1, 1)))
    return graph


def _add_grid(graph: nx.MultiGraph, Lx: int, Ly: int, periodic: bool, steps: tuple[tuple[int, int], ...]) -> None:
    """Add the Lx x Ly sites and, from each of them, the bonds along ``steps``."""
    graph.add_nodes_from((y * Lx + x, {"pos": (x, y)}) for y in range(Ly) for x in range(Lx))
    for y in range(Ly):
        for x in range(Lx):
            for dx, dy in steps:
                if periodic or (x + dx < Lx and y + dy < Ly):
                    graph.add_edge(y * Lx + x, (y + dy) % Ly * Lx + (x + dx) % Lx)


def diamond(level: int) -> nx.MultiGraph:
    """Diamond hierarchical lattice, where Migdal-Kadanoff bond moving is exact.

    Level 0 is one bond between sites 0 and 1; each further level replaces every bond by two parallel paths of two
    bonds, so that level n has 4**n bonds and 2 (2 + 4**n) / 3 sites. Sites are numbered in the order of creation.

    Parameters
    ----------
    level : int
        Number of replacements, at least 0.

    Raises
    ------
    LatticeError
        If level < 0.
    """
    level = checked_side("level", level, 0, "level 0 is a single bond")
    _require_room(2 * (2 + 4 ** min(level, 99)) // 3)
    positions: list[tuple[float, float]] = [(0.0, 0.0), (1.0, 0.0)]
    bonds = [(0, 1)]
    for depth in range(level):
        # Ever flatter diamonds: sites of neighbouring ones would coincide otherwise.
        flatness = 4 * 2**depth
        finer = []
        for a, b in bonds:
            (xa, ya), (xb, yb) = positions[a], positions[b]
            middle = ((xa + xb) / 2, (ya + yb) / 2)
            offset = ((ya - yb) / flatness, (xb - xa) / flatness)
            for sign in (1, -1):
                positions.append((middle[0] + sign * offset[0], middle[1] + sign * offset[1]))
                c = len(positions) - 1
                finer += [(a, c), (c, b)]
        bonds = finer
    graph = nx.MultiGraph(name=f"diamond({level})")
    graph.add_nodes_from((i, {"pos": p}) for i, p in enumerate(positions))
    graph.add_edges_from(bonds)
    return graph
