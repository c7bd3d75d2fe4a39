"""A biconnected planar graph drawn on the sphere, cut into triangles, with the signs that make its Pfaffian positive.

Half-bond 2e belongs to the face on one side of bond e = (u, v), which is walked from u to v; 2e + 1 to the face on the
other side, walked from v to u. Faces of more than three sides are cut by bonds of zero coupling.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Triangulation:
    """A triangulated sphere.

    Attributes
    ----------
    bonds : list of (int, int)
        Ends of each bond; the ``n_given`` bonds of the graph first, then those of zero coupling.
    triangles : list of (int, int, int)
        The half-bonds around each triangle, in the sense of the walk.
    signs : array (n_bonds,)
        +1 or -1 so that every site has an odd number of bonds that point to it (bonds[e][1] for +1, bonds[e][0] for
        -1), which is Kasteleyn's rule for the graph of half-bonds.
    """

    n_sites: int
    n_given: int
    bonds: list[tuple[int, int]]
    triangles: list[tuple[int, int, int]]
    signs: IntArray

    def path(self, i: int, j: int) -> list[int]:
        """Bonds of a shortest path from site i to site j, bonds of zero coupling included."""
        arrival = _arrivals(self.bonds, self.n_sites, i)
        path = []
        while j != i:
            path.append(arrival[j])
            j = sum(self.bonds[path[-1]]) - j
        return path


def triangulate(bonds: IntArray, n_sites: int, positions: FloatArray | None = None) -> Triangulation:
    """Embed a simple biconnected graph of at least three sites and cut its faces into triangles.

    Parameters
    ----------
    bonds : int array (n_bonds, 2)
        Ends of each bond; sites are 0..n_sites-1.
    positions : float array (n_sites, 2), optional
        Coordinates. Where straight bonds between them make a plane drawing, it is used (checked with Euler's formula,
        so a wrong drawing costs time and not the answer); otherwise networkx finds one.

    Raises
    ------
    InputError
        If the graph is not planar.
    """
    ends = bonds.ravel()
    faces = None
    if positions is not None:
        dx, dy = (positions[bonds[:, ::-1]] - positions[bonds]).reshape(-1, 2).T
        faces = _faces(_turn_by_angle(ends, np.arctan2(dy, dx)), len(bonds) - n_sites + 2)
    if faces is None:
        faces = _faces(_turn_by_networkx(bonds), len(bonds) - n_sites + 2)
        assert faces is not None
    sources: list[int] = ends.tolist()
    all_bonds: list[tuple[int, int]] = [(u, v) for u, v in bonds.tolist()]
    triangles = []
    for face in faces:
        side = face[0]
        for k in range(1, len(face) - 2):
            all_bonds.append((sources[face[0]], sources[face[k + 1]]))
            triangles.append((side, face[k], 2 * len(all_bonds) - 1))
            side = 2 * len(all_bonds) - 2
        triangles.append((side, face[-2], face[-1]))
    return Triangulation(n_sites, len(bonds), all_bonds, triangles, _odd_orientation(all_bonds, n_sites))


def _turn_by_angle(sources: IntArray, angles: FloatArray) -> list[int]:
    """For each half-bond, the next one out of the same site by angle."""
    order = np.lexsort((angles, sources))
    first = np.flatnonzero(np.diff(sources[order], prepend=-1))
    following = np.roll(order, -1)
    following[np.append(first[1:], len(order)) - 1] = order[first]
    turn = np.empty_like(order)
    turn[order] = following
    return turn.tolist()


def _turn_by_networkx(bonds: IntArray) -> list[int]:
    """For each half-bond, the next one out of the same site in an embedding that networkx finds."""
    pairs = bonds.tolist()
    is_planar, embedding = nx.check_planarity(nx.Graph(pairs))
    if not is_planar:
        raise InputError(
            "the graph is not planar (bonds of zero coupling are not counted), so no determinant gives its partition "
            "function; use the elimination engine (any graph of small width) or the approx package"
        )
    half_bond = {(u, v): 2 * e for e, (u, v) in enumerate(pairs)} | {
        (v, u): 2 * e + 1 for e, (u, v) in enumerate(pairs)
    }
    turn = [0] * len(half_bond)
    for u, neighbours in embedding.get_data().items():
        around = [half_bond[u, v] for v in neighbours]
        for h, following in zip(around, around[1:] + around[:1], strict=True):
            turn[h] = following
    return turn


def _faces(turn: list[int], expected: int) -> list[list[int]] | None:
    """Walk around every face; None if their number is not what Euler's formula asks of a sphere."""
    faces = []
    seen = bytearray(len(turn))
    for start in range(len(turn)):
        if seen[start]:
            continue
        face, h = [], start
        while not seen[h]:
            seen[h] = 1
            face.append(h)
            h = turn[h ^ 1]
        faces.append(face)
    return faces if len(faces) == expected else None


def _odd_orientation(bonds: list[tuple[int, int]], n_sites: int) -> IntArray:
    """Point every bond to one of its ends so that each site is pointed to an odd number of times."""
    odd = [False] * n_sites
    for _, v in bonds:
        odd[v] = not odd[v]
    signs = np.ones(len(bonds), dtype=np.int64)
    for v, e in reversed(_arrivals(bonds, n_sites, 0).items()):
        if not odd[v]:
            signs[e] = -1
            u = sum(bonds[e]) - v
            odd[u] = not odd[u]
    return signs


def _arrivals(bonds: list[tuple[int, int]], n_sites: int, start: int) -> dict[int, int]:
    """Search breadth first from a site: the bond by which every other site is reached, in the order of reaching."""
    around: list[list[int]] = [[] for _ in range(n_sites)]
    for e, (u, v) in enumerate(bonds):
        around[u].append(e)
        around[v].append(e)
    arrival: dict[int, int] = {}
    queue = deque([start])
    while queue:
        u = queue.popleft()
        for e in around[u]:
            v = sum(bonds[e]) - u
            if v != start and v not in arrival:
                arrival[v] = e
                queue.append(v)
    return arrival
