"""Ising Hamiltonians on graphs, against the sum over bonds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K

from exactrg import Exact, chain, diamond, ising, rectangle, ring, square, triangular
from exactrg.errors import CouplingError, LatticeError, MixedKindsError

LATTICES = [
    ring(2),
    ring(5),
    chain(4),
    square(2),
    rectangle(2, 3),
    rectangle(3, 2, periodic=False),
    triangular(2),
    diamond(1),
]


@pytest.mark.parametrize("graph", LATTICES, ids=lambda g: g.name)
def test_sum_over_bonds(graph: Any) -> None:
    """H = -J sum_bonds s_i s_j - h sum_i s_i, parallel bonds counted as often as they are there."""
    rng = np.random.default_rng(3)
    spins = rng.choice([-1, 1], size=(8, len(graph)))
    expected = [-0.7 * sum(s[i] * s[j] for i, j in graph.edges()) - 0.3 * s.sum() for s in spins]
    np.testing.assert_allclose(ising(graph, 0.7, 0.3).evaluate(spins), expected, atol=1e-12)
    exact = ising(graph, J, K).evaluate(spins)
    for s, energy in zip(spins, exact, strict=True):
        bonds = sum(int(s[i] * s[j]) for i, j in graph.edges())
        assert Exact(energy) == -J * bonds - K * int(s.sum())


def test_sites_without_a_field_of_their_own() -> None:
    H = ising(ring(3), 0.5, {1: 0.25})
    assert H.couplings == {**ising(ring(3), 0.5).couplings, frozenset({1}): -0.25}
    graph = nx.path_graph(3)
    graph.nodes[2]["h"] = J
    assert ising(graph, K, "h").couplings == {frozenset({0, 1}): -K, frozenset({1, 2}): -K, frozenset({2}): -J}


def test_double_bonds_add_up() -> None:
    H = ising(square(2), J)
    assert len(H.couplings) == 4 and all(c == -2 * J for c in H.couplings.values())
    assert ising(ring(2), 0.5).couplings == {frozenset({0, 1}): -1.0}


@given(st.lists(st.floats(-2, 2), min_size=4, max_size=4), st.lists(st.floats(-2, 2), min_size=4, max_size=4))
def test_disordered_couplings(bonds: list[float], fields: list[float]) -> None:
    graph = ring(4)
    couplings = {(0, 1): bonds[0], (2, 1): bonds[1], (2, 3, 0): bonds[2], (0, 3): bonds[3]}
    H = ising(graph, couplings, dict(enumerate(fields)))
    for (i, j, *_), b in couplings.items():
        assert H.couplings.get(frozenset((i, j)), 0.0) == -b
    for i, b in enumerate(fields):
        assert H.couplings.get(frozenset((i,)), 0.0) == -b


def test_attributes() -> None:
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=sympy.log(2))
    graph.add_edge("b", "c", weight=J)
    graph.nodes["c"]["field"] = K
    H = ising(graph, "weight", "field")
    assert H.sites == ("a", "b", "c")
    assert H.couplings == {
        frozenset("ab"): -Exact(sympy.log(2)),
        frozenset("bc"): -Exact(J),
        frozenset("c"): -Exact(K),
    }
    parallel = nx.MultiGraph([(0, 1, {"J": 1.5}), (0, 1, {"J": 0.25})])
    assert ising(parallel, "J").couplings == {frozenset({0, 1}): -1.75}


def test_each_parallel_bond_by_its_key() -> None:
    assert ising(ring(2), {(0, 1, 0): 0.5, (0, 1, 1): 0.25}).couplings == {frozenset({0, 1}): -0.75}
    assert ising(ring(2), {(1, 0, 0): 0.5, (0, 1, 1): 0.25}).couplings == {frozenset({0, 1}): -0.75}


@pytest.mark.parametrize("graph", [ring(2), ring(4), square(2), nx.Graph([("a", "b"), ("b", frozenset())])])
def test_sets_of_sites_name_bonds_too(graph: nx.Graph) -> None:
    """The keys of `.couplings`."""
    H = ising(graph, J)
    bonds = {members: -c / graph.number_of_edges(*members) for members, c in H.couplings.items()}
    assert ising(graph, bonds) == H


def test_kinds() -> None:
    assert ising(ring(3), 1).kind == "float" and ising(ring(3), 0).kind == "neutral"
    assert ising(ring(3), J, 0).kind == ising(ring(3), sympy.log(2)).kind == "exact"
    assert ising(ring(3), 0, J).couplings == {frozenset({i}): -Exact(J) for i in range(3)}
    assert ising(nx.empty_graph(2), J).couplings == {}
    assert ising(ring(3), sympy.log(sympy.Rational(17, 8)) / 2).kind == "exact"


@pytest.mark.parametrize(
    ("graph", "J_", "h", "error", "message"),
    [
        (nx.Graph([(0, 0)]), 1.0, 0, LatticeError, "the bond 0-0 is a self-loop: s_i s_i = 1 is a constant"),
        (nx.DiGraph([(0, 1)]), 1.0, 0, LatticeError, r"directed one; write graph.to_undirected\(\)"),
        ("square", 1.0, 0, LatticeError, r"expected a networkx graph, got str; write square\(4\)"),
        (ring(3), {(0, 1): 1.0}, 0, LatticeError, "has no coupling in the mapping: expected one for every edge"),
        (ring(3), {(0, 1): 1.0, (0, 7): 1.0}, 0, LatticeError, r"names \(0, 7\), which is no bond"),
        (
            ring(3),
            {(0, 1): 1.0, (1, 0): 2.0, (1, 2): 1.0},
            0,
            LatticeError,
            r"the bond \(0, 1\) in two ways: expected one",
        ),
        (ring(3), 1.0, {9: 1.0}, LatticeError, "names 9, which is no site"),
        (ring(3), "weight", 0, LatticeError, "has no attribute 'weight': expected one on every edge"),
        (ring(3), 1.0, "field", LatticeError, "no site has the attribute 'field'"),
        (ring(3), float("nan"), 0, CouplingError, "nan is not finite"),
        (ring(3), 1.0, float("inf"), CouplingError, "inf is not finite"),
        (ring(3), sympy.Rational(1, 2), 0, CouplingError, r"the bond 0-1 is 1/2: e\*\*\(1/2\) is not rational: write"),
        (ring(3), Fraction(1, 2), 0, CouplingError, r"write sympy\.log\(sympy\.Rational\(p, q\)\)"),
        (ring(3), sympy.Integer(2) + J, 0, CouplingError, "not rational"),
        (ring(3), J, sympy.Rational(1, 2), CouplingError, "the field on site 0 is 1/2"),
        (ring(3), J, 0.5, MixedKindsError, "an Ising Hamiltonian mixes floats with exact couplings"),
        (ring(3), 0.5 * J, 0, MixedKindsError, "the float 0.5"),
        (ring(3), sympy.Symbol("J"), 0, CouplingError, "is not declared real"),
        (ring(3), sympy.Symbol("J", complex=True), 0, CouplingError, "is not declared real"),
        (ring(3), 1j, 0, CouplingError, "is complex"),
        (ring(3), sympy.exp(J), 0, CouplingError, "depends on the couplings|not rational"),
        (ring(3), None, 0, CouplingError, "is a NoneType"),
    ],
)
def test_bad_input(graph: Any, J_: Any, h: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ising(graph, J_, h)
