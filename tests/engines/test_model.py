"""What the engines see of a Hamiltonian."""

import networkx as nx
import numpy as np
import pytest
import sympy

from exactrg import SpinPolynomial, chain, ising, rectangle, ring, square, triangular
from exactrg.engines.model import Model, torus_sides
from exactrg.planning import graph_bonds


@pytest.mark.parametrize(("width", "height"), [(2, 3), (3, 2), (3, 4), (5, 2), (4, 4), (5, 7)])
def test_tori_are_recognised_with_their_double_bonds(width, height):
    model = Model.of(ising(rectangle(width, height), 0.3))
    assert model.torus is not None
    assert sorted(model.torus) == sorted((width, height))
    assert model.uniform_coupling == 0.3


def test_what_is_no_torus_is_not_taken_for_one():
    others = [square(4, periodic=False), triangular(3), ring(8), chain(9), nx.random_regular_graph(4, 12, seed=1)]
    for graph in others:
        assert Model.of(ising(graph, 0.3)).torus is None


def test_a_torus_that_lost_a_bond_or_has_another_coupling_is_not_one():
    graph = square(4)
    H = ising(graph, 0.3)
    pair = next(members for members in H.couplings if len(members) == 2)
    changed = {**H.couplings, pair: -0.31}
    assert Model.of(SpinPolynomial(changed, H.sites)).torus is None
    del changed[pair]
    assert Model.of(SpinPolynomial(changed, H.sites)).torus is None


def test_fields_and_constants_are_told_apart():
    J, h = sympy.symbols("J h", real=True)
    model = Model.of(ising(ring(5), J, h) + sympy.log(3))
    assert model.kind == "exact"
    assert model.uniform_coupling == J
    assert model.uniform_field == h
    assert model.constant == -sympy.log(3)
    assert not model.is_zero_field_pairs
    assert Model.of(ising(ring(5), J, {0: h})).uniform_field is None
    assert Model.of(ising(ring(5), J)).uniform_field == 0


def test_masks_are_the_scopes_and_tables_their_weights():
    H = SpinPolynomial({(): 0.5, ("a",): -1.0, ("a", "b", "c"): 0.25}, ["a", "b", "c"])
    model = Model.of(H)
    assert sorted(zip(model.masks, model.log_couplings, strict=True)) == [(0, -0.5), (1, 1.0), (7, -0.25)]
    log_weight = sum(np.reshape(t, [2 if k in s else 1 for k in range(3)]) for s, t in model.tables())
    assert np.allclose(log_weight, -H.table, rtol=0, atol=1e-15)


def test_graph_bonds_repeat_parallel_edges():
    assert graph_bonds(ring(2)) == (2, [(0, 1), (0, 1)])
    assert torus_sides(*graph_bonds(square(2))) == (2, 2)


def test_grids_have_positions_and_helices_none():
    open_grid = Model.of(ising(rectangle(3, 2, periodic=False), 0.3))
    assert open_grid.grid_positions is not None
    assert open_grid.grid_positions.tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    helix = SpinPolynomial({(0, 1): 1.0, (1, 2): 1.0, (2, 3): 1.0, (0, 2): 1.0, (1, 3): 1.0})
    assert Model.of(helix).grid_positions is None
    assert Model.of(ising(triangular(3), 0.3)).grid_positions is None
