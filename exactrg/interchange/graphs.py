"""Ising Hamiltonians as networkx graphs with attributes: J on bonds, h on sites, a constant on the graph."""

from __future__ import annotations

from typing import Any

import networkx as nx

from ..errors import InputError, LatticeError, a_type
from ..hamiltonians import ising
from ..polynomial import SpinPolynomial


def from_networkx(graph: nx.Graph, J: str = "J", h: str = "h", constant: str = "constant") -> SpinPolynomial:
    """H = constant - sum_(bonds ij) J_ij s_i s_j - sum_i h_i s_i, from the attributes of a graph.

    Parameters
    ----------
    graph : networkx.Graph or MultiGraph
        Parallel bonds add up.
    J, h, constant : str
        Names of the attributes of edges (on all of them), nodes (where there is a field) and the graph itself.

    Raises
    ------
    LatticeError
        For a self-loop, a bond without the attribute, a directed graph or something that is no graph.
    CouplingError, MixedKindsError
        For attributes that are no couplings of one kind.
    """
    if not isinstance(graph, nx.Graph):
        raise LatticeError(f"expected a networkx graph, got {type(graph).__name__}")
    field: Any = h if any(h in data for _, data in graph.nodes(data=True)) else 0
    return ising(graph, J, field) + graph.graph.get(constant, 0)


def to_networkx(H: SpinPolynomial) -> nx.Graph:
    """Return a graph with J on its edges, h on its nodes and the constant, that `from_networkx` turns into H.

    Couplings of any number kind are kept as they are; positions and other attributes of a lattice are not known to H.

    Raises
    ------
    InputError
        If a product has more than two spins, which a graph cannot show.
    """
    if not isinstance(H, SpinPolynomial):
        raise InputError(f"expected a SpinPolynomial, got {a_type(H)}; for an RBM write rbm.energy()")
    if any(len(members) > 2 for members in H.couplings):
        raise InputError("H has products of more than two spins: expected pairs and fields; see to_dimod or save")
    graph = nx.Graph(constant=H.couplings.get(frozenset(), 0))
    place = {site: k for k, site in enumerate(H.sites)}
    for site in H.sites:
        graph.add_node(site, h=-H.couplings.get(frozenset((site,)), 0))
    for members, value in H.couplings.items():
        if len(members) == 2:
            graph.add_edge(*sorted(members, key=place.__getitem__), J=-value)
    return graph
