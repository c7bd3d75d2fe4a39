"""Ising models on planar graphs in zero field: log Z, energies and pair correlations, exactly and in polynomial time.

Couplings are any floats of either sign, frustration included; 100 x 100 spins take seconds. The walls between unequal
spins are closed loops on the dual graph, and the sum over them is a Pfaffian (Kasteleyn 1963, Fisher 1966); how it is
computed to full precision is told in `planar_solver`.

A graph falls apart into its biconnected blocks: Z / 2^n is the product of that of the blocks, and <s_i s_j> the product
along the blocks between i and j. A block of a single bond K has cosh K and tanh K.
"""

from __future__ import annotations

import math
import operator
from itertools import groupby, pairwise
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike

from ..errors import CouplingError, InputError, LatticeError, SiteError
from . import planar_solver
from .planar_triangulation import FloatArray, IntArray, Triangulation, triangulate


def is_planar(edges: ArrayLike, n_sites: int) -> bool:
    """Say whether the graph can be drawn in the plane without crossings.

    Parameters
    ----------
    edges : int array (n_edges, 2)
        Ends of each edge; double bonds are allowed. Leave out edges of zero coupling.
    n_sites : int
        Number of sites; they are 0..n_sites-1.

    Raises
    ------
    LatticeError
        If an edge is a self-loop or ends at an unknown site.
    """
    n_sites = _n_sites(n_sites)
    bonds, _ = _bonds(edges, n_sites)
    if n_sites > 2 and len(bonds) > 3 * n_sites - 6:
        return False
    return bool(nx.check_planarity(nx.Graph(bonds.tolist()))[0])


def log_partition_function(
    edges: ArrayLike, couplings: ArrayLike, n_sites: int, *, positions: ArrayLike | None = None
) -> float:
    """Logarithm of Z, the sum over all spins of exp(sum_e K_e s_i s_j), by Kasteleyn's Pfaffian.

    Parameters
    ----------
    edges : int array (n_edges, 2)
        Ends of each edge. The graph may be disconnected, with double bonds (their couplings add) and isolated sites.
    couplings : float array (n_edges,)
        K_e in units of kT, of either sign. Edges whose couplings vanish are left out.
    n_sites : int
        Number of sites; they are 0..n_sites-1.
    positions : float array (n_sites, 2), optional
        Coordinates; where the straight edges between them do not cross, they save the search for an embedding.

    Returns
    -------
    float
        log Z to a relative 1e-12.

    Raises
    ------
    CouplingError
        If a coupling is not finite.
    LatticeError
        If an edge is a self-loop or ends at an unknown site.
    InputError
        If the graph is not planar, or an array has the wrong shape.
    UndecidedError
        If 32,768 bits are not enough for couplings so large.

    References
    ----------
    P. W. Kasteleyn, J. Math. Phys. 4, 287 (1963); M. E. Fisher, J. Math. Phys. 7, 1776 (1966).
    """
    n_sites = _n_sites(n_sites)
    bonds, K, _ = _model(edges, couplings, n_sites)
    places = _positions(positions, n_sites)
    present = K != 0
    bonds, K = bonds[present], K[present]
    terms = [n_sites * math.log(2.0)]
    for block in _blocks(bonds):
        if len(block) == 1:
            stiffness = abs(K[block[0]])
            terms += [stiffness, math.log1p(math.exp(-2.0 * stiffness)), -math.log(2.0)]
        else:
            plane, _ = _plane(bonds[block], places)
            terms += [planar_solver.log_partition_function(plane, K[block]), -plane.n_sites * math.log(2.0)]
    return math.fsum(terms)


def edge_expectations(
    edges: ArrayLike, couplings: ArrayLike, n_sites: int, *, positions: ArrayLike | None = None
) -> FloatArray:
    """Expectation <s_i s_j> over every edge, all of them from the inverse of Kasteleyn's matrix.

    Parameters
    ----------
    edges, couplings, n_sites, positions
        As for `log_partition_function`; the energy of the model is ``-couplings @ edge_expectations(...)``.

    Returns
    -------
    float array (n_edges,)
        To an absolute 1e-11. An edge of zero coupling has the correlation that the other edges give its ends.

    Raises
    ------
    CouplingError, LatticeError, InputError, UndecidedError
        As for `log_partition_function`.
    """
    n_sites = _n_sites(n_sites)
    bonds, K, which = _model(edges, couplings, n_sites)
    places = _positions(positions, n_sites)
    present = K != 0
    if not present.all() and is_planar(bonds, n_sites):
        present[:] = True
    expectations = np.zeros(len(bonds))
    kept = np.flatnonzero(present)
    for block in _blocks(bonds[kept]):
        chosen = kept[block]
        if len(block) == 1:
            expectations[chosen] = np.tanh(K[chosen])
        else:
            plane, _ = _plane(bonds[chosen], places)
            expectations[chosen] = planar_solver.bond_expectations(plane, K[chosen])
    for k in np.flatnonzero(~present):
        i, j = bonds[k].tolist()
        expectations[k] = pair_correlation(bonds, K, n_sites, i, j, positions=positions)
    return expectations[which]


def pair_correlation(
    edges: ArrayLike, couplings: ArrayLike, n_sites: int, i: int, j: int, *, positions: ArrayLike | None = None
) -> float:
    """Expectation <s_i s_j> of any two sites: walls that cross a path from i to j an odd number of times count -1.

    Parameters
    ----------
    edges, couplings, n_sites, positions
        As for `log_partition_function`.
    i, j : int
        Two sites, near or far.

    Returns
    -------
    float
        To an absolute 1e-11; 0 if no edges connect the two.

    Raises
    ------
    SiteError
        If i or j is not a site.
    CouplingError, LatticeError, InputError, UndecidedError
        As for `log_partition_function`.
    """
    n_sites = _n_sites(n_sites)
    bonds, K, _ = _model(edges, couplings, n_sites)
    places = _positions(positions, n_sites)
    for site in (i, j):
        if site not in range(n_sites):
            raise SiteError(f"site {site!r} is unknown; the sites are 0..{n_sites - 1}")
    present = K != 0
    bonds, K = bonds[present], K[present]
    graph = nx.Graph(bonds.tolist())
    graph.add_nodes_from((i, j))
    if not nx.has_path(graph, i, j):
        return 0.0
    blocks = _blocks(bonds)
    owner = {frozenset(bonds[k].tolist()): b for b, block in enumerate(blocks) for k in block}
    steps = pairwise(nx.shortest_path(graph, i, j))
    result = 1.0
    for b, inside in groupby(steps, key=lambda step: owner[frozenset(step)]):
        walk = list(inside)
        block = blocks[b]
        if len(block) == 1:
            result *= math.tanh(K[block[0]])
        else:
            plane, sites = _plane(bonds[block], places)
            ends = np.searchsorted(sites, (walk[0][0], walk[-1][1])).tolist()
            result *= planar_solver.correlation(plane, K[block], *ends)
    return result


def _n_sites(n_sites: Any) -> int:
    """Return the number of sites as an int."""
    try:
        n = operator.index(n_sites)
    except TypeError:
        n = -1
    if n < 1:
        raise LatticeError(f"n_sites must be a positive integer, got {n_sites!r}; the sites are 0..n_sites-1")
    return n


def _bonds(edges: ArrayLike, n_sites: int) -> tuple[IntArray, IntArray]:
    """Return the different pairs of sites among the edges, lower site first, and which of them each edge is."""
    array = np.asarray(edges)
    if array.size == 0:
        array = np.zeros((0, 2), dtype=np.int64)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise InputError(f"edges must be integers of shape (n_edges, 2), got shape {array.shape} of {array.dtype}")
    array = np.sort(array.astype(np.int64), axis=1)
    if array.size and (array.min() < 0 or array.max() >= n_sites):
        raise LatticeError(f"edges end at sites {array.min()}..{array.max()}, but the sites are 0..{n_sites - 1}")
    loops = array[array[:, 0] == array[:, 1], 0]
    if loops.size:
        raise LatticeError(f"site {loops[0]} has an edge to itself; s*s = 1, so add its coupling to the constant")
    bonds, which = np.unique(array, axis=0, return_inverse=True)
    return bonds, which.reshape(-1).astype(np.int64)


def _model(edges: ArrayLike, couplings: ArrayLike, n_sites: int) -> tuple[IntArray, FloatArray, IntArray]:
    """Return the different bonds, the sum of the couplings of each, and which bond each edge is."""
    bonds, which = _bonds(edges, n_sites)
    values = np.asarray(couplings)
    if values.shape != which.shape:
        raise InputError(f"couplings must have one entry per edge, shape {which.shape}, got shape {values.shape}")
    if values.dtype.kind not in "iuf" and values.size:
        raise CouplingError(f"couplings must be real floats, got an array of {values.dtype}")
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise CouplingError(f"couplings[{bad[0]}] is {values[bad[0]]}; couplings must be finite")
    if np.abs(values / 1e300).sum() > 1:
        raise CouplingError(
            "the couplings add up to more than 1e300, which floats cannot hold; divide them by a number"
        )
    return bonds, np.bincount(which, values, minlength=len(bonds)).astype(np.float64), which


def _positions(positions: ArrayLike | None, n_sites: int) -> FloatArray | None:
    """Return coordinates as an array, or None."""
    if positions is None:
        return None
    places = np.asarray(positions, dtype=np.float64)
    if places.shape != (n_sites, 2):
        raise InputError(f"positions must have shape (n_sites, 2) = ({n_sites}, 2), got {places.shape}")
    return places


def _blocks(bonds: IntArray) -> list[IntArray]:
    """Return the biconnected blocks, each as the numbers of its bonds."""
    number = {(u, v): k for k, (u, v) in enumerate(bonds.tolist())}
    components = nx.biconnected_component_edges(nx.Graph(number.keys()))
    return [np.array(sorted(number[min(e), max(e)] for e in edges)) for edges in components]


def _plane(bonds: IntArray, positions: FloatArray | None) -> tuple[Triangulation, IntArray]:
    """Draw a block of at least three sites; the second array says which sites its sites 0, 1, ... are."""
    sites, local = np.unique(bonds, return_inverse=True)
    plane = triangulate(local.reshape(-1, 2), len(sites), None if positions is None else positions[sites])
    return plane, sites
