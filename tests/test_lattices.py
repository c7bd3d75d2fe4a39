"""Lattices: sites, bonds, coordinates, double bonds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactrg import chain, diamond, rectangle, ring, square, triangular
from exactrg.errors import LatticeError


def bonds(graph: Any) -> Counter[frozenset[int]]:
    return Counter(frozenset(edge[:2]) for edge in graph.edges)


def test_double_bonds() -> None:
    assert square(2).number_of_edges() == 8
    assert set(bonds(square(2)).values()) == {2}
    assert ring(2).number_of_edges() == 2 and bonds(ring(2)) == {frozenset({0, 1}): 2}
    assert triangular(2).number_of_edges() == 12
    assert bonds(rectangle(2, 3))[frozenset({0, 1})] == 2 and bonds(rectangle(2, 3))[frozenset({0, 2})] == 1


@given(st.integers(2, 6), st.integers(2, 6))
def test_torus(Lx: int, Ly: int) -> None:
    graph = rectangle(Lx, Ly)
    assert list(graph) == list(range(Lx * Ly))
    assert [graph.nodes[s]["pos"] for s in graph] == [(s % Lx, s // Lx) for s in graph]
    assert all(degree == 4 for _, degree in graph.degree)
    expected: Counter[frozenset[int]] = Counter()
    for y in range(Ly):
        for x in range(Lx):
            expected[frozenset({y * Lx + x, y * Lx + (x + 1) % Lx})] += 1
            expected[frozenset({y * Lx + x, (y + 1) % Ly * Lx + x})] += 1
    assert bonds(graph) == expected
    assert rectangle(Lx, Ly, periodic=False).number_of_edges() == (Lx - 1) * Ly + Lx * (Ly - 1)


@pytest.mark.parametrize("L", [3, 4, 5])
def test_against_networkx(L: int) -> None:
    assert nx.is_isomorphic(nx.Graph(square(L)), nx.grid_2d_graph(L, L, periodic=True))
    assert nx.is_isomorphic(nx.Graph(square(L, periodic=False)), nx.grid_2d_graph(L, L))
    assert nx.is_isomorphic(nx.Graph(ring(L)), nx.cycle_graph(L))
    assert nx.is_isomorphic(nx.Graph(chain(L)), nx.path_graph(L))


@pytest.mark.parametrize("L", [2, 3, 4])
def test_triangular(L: int) -> None:
    assert triangular(L).number_of_edges() == 3 * L * L
    assert all(degree == 6 for _, degree in triangular(L).degree)
    assert triangular(L, periodic=False).number_of_edges() == 2 * L * (L - 1) + (L - 1) ** 2


@pytest.mark.parametrize("level", range(5))
def test_diamond(level: int) -> None:
    graph = diamond(level)
    assert graph.number_of_edges() == 4**level
    assert graph.number_of_nodes() == 2 * (2 + 4**level) // 3
    assert list(graph) == list(range(len(graph))) and len({graph.nodes[s]["pos"] for s in graph}) == len(graph)
    assert nx.is_bipartite(graph)
    assert graph.degree[0] == graph.degree[1] == 2**level


def test_smallest_lattices() -> None:
    assert chain(1).number_of_edges() == 0 and rectangle(1, 1, periodic=False).number_of_nodes() == 1
    assert rectangle(1, 4, periodic=False).number_of_edges() == 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ring(1), r"n must be at least 2 \(a ring of one site is a self-loop; write chain\(1\)\), got 1"),
        (lambda: chain(0), r"n must be at least 1"),
        (lambda: square(1), r"periodic side of 1 is a self-loop; write periodic=False"),
        (lambda: rectangle(3, 1), r"Ly must be at least 2"),
        (lambda: square(0, periodic=False), r"at least 1"),
        (lambda: triangular(1), r"L must be at least 2"),
        (lambda: diamond(-1), r"level must be at least 0"),
        (lambda: square(2.5), r"Lx must be an integer, got 2\.5; write an int"),
        (lambda: ring("4"), r"n must be an integer, got '4'"),
        (lambda: square(3, periodic="no"), r"periodic must be True \(a torus\) or False \(open ends\), got 'no'"),
        (lambda: triangular(3, periodic=None), r"periodic must be True .* got None"),
        (lambda: ring(10**12), r"a lattice of 1,000,000,000,000 sites: networkx graphs are made up to 10,000,000"),
        (lambda: chain(10**12), r"a lattice of 1,000,000,000,000 sites"),
        (lambda: square(10**5), r"a lattice of 10,000,000,000 sites.*kaufman\.log_partition_function"),
        (lambda: triangular(10**5, periodic=False), r"a lattice of 10,000,000,000 sites"),
        (lambda: diamond(13), r"a lattice of 44,739,244 sites"),
        (lambda: diamond(10**9), r"a lattice of"),
    ],
)
def test_bad_sides(make: Any, message: str) -> None:
    with pytest.raises(LatticeError, match=message):
        make()
