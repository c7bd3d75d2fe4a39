from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.engines.uniform import density_by_elimination
from exactrg.errors import EnumerationTooLarge, InputError, LatticeError, SiteError
from exactrg.lattices import diamond, ring, square, triangular


@st.composite
def multigraphs(draw):
    n = draw(st.integers(0, 8))
    pairs = list(itertools.combinations(range(n), 2)) + [(1, 0)] * (n > 1)
    edges = draw(st.lists(st.sampled_from(pairs), max_size=14)) if pairs else []
    return n, edges


def brute_force(n, edges):
    counts = [[0] * (n + 1) for _ in range(len(edges) + 1)]
    for state in itertools.product((0, 1), repeat=n):
        counts[sum(state[i] != state[j] for i, j in edges)][sum(state)] += 1
    return counts


@settings(max_examples=80, deadline=None)
@given(multigraphs(), st.randoms(use_true_random=False))
def test_counts_of_random_multigraphs(graph, rng):
    n, edges = graph
    counts = brute_force(n, edges)
    order = rng.sample(range(n), n)
    for given_order in (None, order):
        assert density_by_elimination(n, edges, order=given_order) == [sum(row) for row in counts]
        assert density_by_elimination(n, edges, magnetization=True, order=given_order) == counts


@pytest.mark.parametrize(
    "graph",
    [square(4), square(2), triangular(3), diamond(2), ring(2)],
    ids=lambda g: g.graph.get("name") or "diamond",
)
def test_counts_of_lattices(graph):
    n, edges = len(graph), list(graph.edges())
    counts = brute_force(n, edges)
    assert density_by_elimination(n, edges) == [sum(row) for row in counts]
    assert density_by_elimination(n, edges, magnetization=True) == counts


def test_published_counts():
    g = density_by_elimination(16, square(4).edges())
    assert g[:17:2] == [2, 0, 32, 64, 424, 1728, 6688, 13568, 20524]
    assert g[::-1] == g
    assert not any(g[1::2])
    g = density_by_elimination(36, square(6).edges())
    assert g[:20:2] == [2, 0, 72, 144, 1620, 6048, 35148, 159840, 804078, 3846576]
    assert g[36] == 13172279424
    assert sum(g) == 2**36


def test_the_open_10x10_lattice():
    """Low levels by hand: two ground states, then corners (2 bonds), edge spins and pairs of corners (3 and 4)."""
    g = density_by_elimination(100, square(10, periodic=False).edges())
    assert len(g) == 181
    assert sum(g) == 2**100
    assert g[::-1] == g  # bipartite
    # Three unsatisfied bonds: an edge spin (32), or a corner and its neighbour on one of two sides (8).
    assert g[:4] == [2, 0, 2 * 4, 2 * (32 + 8)]


def test_a_field_resolves_the_same_counts():
    edges = list(square(6, periodic=False).edges())
    g, resolved = density_by_elimination(36, edges), density_by_elimination(36, edges, magnetization=True)
    assert [sum(row) for row in resolved] == g
    assert all(row == row[::-1] for row in resolved)
    assert resolved[0] == [1] + [0] * 35 + [1]


@pytest.mark.slow
def test_the_8x8_torus_and_the_12x12_open_lattice():
    g = density_by_elimination(64, square(8).edges())
    assert g[64] == 2627978003957146636  # OEIS A364781
    assert sum(g) == 2**64
    assert sum(density_by_elimination(144, square(12, periodic=False).edges())) == 2**144


def test_too_wide_and_bad_graphs_are_refused():
    with pytest.raises(EnumerationTooLarge) as caught:
        density_by_elimination(400, square(20).edges())
    assert caught.value.n >= 30
    with pytest.raises(EnumerationTooLarge):
        density_by_elimination(64, square(8).edges(), order=range(64), limit=2**20)
    with pytest.raises(LatticeError, match="itself"):
        density_by_elimination(3, [(1, 1)])
    with pytest.raises(SiteError, match="is not in"):
        density_by_elimination(3, [(1, 3)])
    with pytest.raises(InputError, match="permutation"):
        density_by_elimination(3, [(1, 2)], order=[0, 1])
