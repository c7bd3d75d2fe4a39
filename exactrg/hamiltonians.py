"""Ising Hamiltonians on graphs: Eqs. 23 and 25, and Eq. 3 with couplings and fields that differ from bond to bond."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import networkx as nx

from .errors import LatticeError
from .numbers.kinds import as_coupling, common_kind, normalize
from .polynomial import SpinPolynomial


def ising(graph: nx.Graph, J: Any, h: Any = 0) -> SpinPolynomial:
    """H = - sum_(bonds ij) J_ij s_i s_j - sum_i h_i s_i (Eqs. 3, 23 and 25), in units of kT.

    Parameters
    ----------
    graph : networkx.Graph or MultiGraph
        Parallel bonds add up: ``ising(square(2), J)`` has 4 couplings of strength 2J.
    J : number, mapping or str
        The coupling of every bond; a mapping from edges, ``(i, j)`` or ``(i, j, key)`` in either order or
        ``frozenset({i, j})``, to couplings; or the name of an edge attribute. A positive J favours alignment.
    h : number, mapping or str, optional
        The field on every site, by site, or the name of a node attribute; missing sites have none.

    Returns
    -------
    SpinPolynomial
        Over the nodes of the graph, in their order. It holds -J and -h.

    Raises
    ------
    LatticeError
        For a self-loop, a bond without a coupling, or something that is no graph.
    CouplingError, MixedKindsError
        For a coupling that is no float and no exact coupling; a rational without a log among them, and a nonzero
        integer beside exact couplings. Integers alone are floats.
    """
    if not isinstance(graph, nx.Graph):
        raise LatticeError(
            f"expected a networkx graph, got {type(graph).__name__}; write square(4), ring(8), nx.Graph(...)"
        )
    if graph.is_directed():
        raise LatticeError("expected an undirected graph, got a directed one; write graph.to_undirected()")
    if loops := [edge for edge in graph.edges() if edge[0] == edge[1]]:
        i, j = loops[0]
        raise LatticeError(f"the bond {i!r}-{j!r} is a self-loop: s_i s_i = 1 is a constant; remove it from the graph")
    bond, field = _bond_rule(graph, J), _field_rule(graph, h)
    terms: list[tuple[frozenset[Any], Callable[[], str], Any]] = []
    multi = graph.is_multigraph()
    for edge in graph.edges(keys=True) if multi else graph.edges():
        i, j = edge[:2]
        terms.append((frozenset((i, j)), partial("the coupling of the bond {!r}-{!r}".format, i, j), bond(edge)))
    terms += [(frozenset((s,)), partial("the field on site {!r}".format, s), field(s)) for s in graph.nodes]
    numbers = [_coupling(what, value) for _, what, value in terms]
    kind = common_kind((k for k, _ in numbers), "an Ising Hamiltonian")
    # Plain integers are floats in a Hamiltonian: e**1 is no exact number.
    kind = "float" if kind == "neutral" and any(number for _, number in numbers) else kind
    couplings: dict[frozenset[Any], Any] = {}
    for (members, what, _), (_, number) in zip(terms, numbers, strict=True):
        value = -as_coupling(number, kind, what)
        couplings[members] = couplings[members] + value if members in couplings else value
    return SpinPolynomial(couplings, graph.nodes)


def _coupling(what: Callable[[], str], value: Any) -> tuple[str, Any]:
    """Return (kind, number); a rational without a logarithm is refused whatever it is mixed with."""
    kind, number = normalize(value)
    return kind, as_coupling(number, kind, what)


def _bond_rule(graph: nx.Graph, J: Any) -> Callable[[Any], Any]:
    """Return the function from an edge to its coupling."""
    if isinstance(J, str):
        if missing := [edge for edge in graph.edges if J not in graph.edges[edge]]:
            raise LatticeError(f"the bond {missing[0]!r} has no attribute {J!r}: expected one on every edge")
        return lambda edge: graph.edges[edge][J]
    if isinstance(J, Mapping):
        known = {name for edge in graph.edges for name in _names(edge)}
        if unknown := [edge for edge in J if edge not in known]:
            raise LatticeError(f"the coupling mapping names {unknown[0]!r}, which is no bond of the graph")
        if twice := [edge for edge in J if sum(name in J for name in _spellings(edge)) > 1]:
            raise LatticeError(
                f"the coupling mapping names the bond {twice[0]!r} in two ways: expected one; write (i, j, key) for "
                "parallel bonds"
            )

        def coupling(edge: Any) -> Any:
            for name in _names(edge):
                if name in J:
                    return J[name]
            raise LatticeError(f"the bond {edge!r} has no coupling in the mapping: expected one for every edge")

        return coupling
    return lambda edge: J


def _names(edge: Any) -> tuple[Any, ...]:
    """Whatever names an edge: itself, and its pair of sites; the edge of a multigraph has a key."""
    return edge, (edge[1], edge[0], *edge[2:]), *_spellings(edge[:2])


def _spellings(edge: Any) -> tuple[Any, ...]:
    """An edge in both orders, and as a set if it has no key."""
    i, j, *key = edge
    return ((i, j, *key), (j, i, *key)) if key else ((i, j), (j, i), frozenset((i, j)))


def _field_rule(graph: nx.Graph, h: Any) -> Callable[[Any], Any]:
    """Return the function from a site to its field."""
    if isinstance(h, str):
        if not any(h in data for _, data in graph.nodes(data=True)):
            raise LatticeError(f"no site has the attribute {h!r}: expected it on some nodes")
        return lambda site: graph.nodes[site].get(h, 0)
    if isinstance(h, Mapping):
        if unknown := [site for site in h if site not in graph]:
            raise LatticeError(f"the field mapping names {unknown[0]!r}, which is no site of the graph")
        return lambda site: h.get(site, 0)
    return lambda site: h
