"""The planar engine against enumeration, against a transfer matrix on long strips, and against itself in balls."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import flint
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.engines import planar, planar_kernels, planar_numbers, planar_solver, planar_triangulation
from exactrg.engines.planar_order import schedule
from exactrg.engines.planar_plane import GluedPlane
from exactrg.engines.planar_triangulation import triangulate
from exactrg.errors import CouplingError, InputError, LatticeError, SiteError, UndecidedError
from exactrg.lattices import diamond

Model = tuple[Any, Any, int]
FAMILIES = {
    "square": nx.grid_2d_graph(3, 3),
    "ladder": nx.grid_2d_graph(2, 5),
    "triangular": nx.triangular_lattice_graph(3, 3),
    "honeycomb": nx.hexagonal_lattice_graph(1, 2),
    "wheel": nx.wheel_graph(8),
    "cycle": nx.cycle_graph(9),
    "octahedron": nx.octahedral_graph(),
    "diamond": diamond(1),
    "tree": nx.balanced_tree(2, 2),
    "windmill": nx.windmill_graph(3, 4),
    "empty": nx.empty_graph(4),
}


def brute_force(edges: Any, couplings: Any, n: int) -> tuple[float, Any]:
    """Return log Z and all <s_i s_j> by a sum over all configurations."""
    spins = np.array(list(itertools.product((1.0, -1.0), repeat=n)))
    exponents = np.zeros(len(spins))
    for (i, j), coupling in zip(edges, couplings, strict=True):
        exponents += coupling * spins[:, i] * spins[:, j]
    weights = np.exp(exponents - exponents.max())
    total = math.fsum(weights)
    return exponents.max() + math.log(total), (spins.T * weights) @ spins / total


def strip(length: int, width: int, draw: Any) -> tuple[Any, Any, float]:
    """Return edges and couplings of an open strip, and log Z from a transfer matrix of positive terms only.

    ``draw`` returns a coupling; its argument is a sign that frustrates every plaquette.
    """
    edges, couplings = [], []
    vector, log_z = np.ones((2,) * width), 0.0
    for x, y in itertools.product(range(length), range(width)):
        site = x * width + y
        if x > 0:
            k = draw(1)
            edges.append((site - width, site))
            couplings.append(k)
            vector = np.exp(k - abs(k)) * vector + np.exp(-k - abs(k)) * np.flip(vector, y)
            log_z += abs(k)
        if y > 0:
            k = draw((-1) ** x)
            edges.append((site - 1, site))
            couplings.append(k)
            equal = np.equal.outer(np.arange(2), np.arange(2)).reshape((1,) * (y - 1) + (2, 2) + (1,) * (width - y - 1))
            vector = vector * np.where(equal, np.exp(k - abs(k)), np.exp(-k - abs(k)))
            log_z += abs(k)
        log_z += math.log(vector.max())
        vector = vector / vector.max()
    return np.array(edges), np.array(couplings), log_z + math.log(vector.sum())


@st.composite
def models(draw: st.DrawFn, strength: float = 5.0) -> Model:
    """A part of a planar graph, perhaps with double bonds and bonds of zero coupling, its sites in any order."""
    graph = nx.convert_node_labels_to_integers(nx.Graph(FAMILIES[draw(st.sampled_from(sorted(FAMILIES)))]))
    n = graph.number_of_nodes()
    edges = [edge for edge in graph.edges if draw(st.integers(0, 9))]
    if edges:
        edges += draw(st.lists(st.sampled_from(edges), max_size=3))
    order = draw(st.permutations(range(n)))
    couplings = st.floats(-strength, strength) | st.sampled_from([0.0, 1.0, -1.0, strength, -strength])
    values = draw(st.lists(couplings, min_size=len(edges), max_size=len(edges)))
    relabelled = np.array([(order[i], order[j]) for i, j in edges], dtype=int).reshape(-1, 2)
    return relabelled, np.array(values), n


def plane_of(edges: Any, couplings: Any) -> tuple[Any, Any]:
    """Triangulate a biconnected graph; couplings in the order of its bonds."""
    return triangulate(np.array(edges), int(np.max(edges)) + 1), np.array(couplings, dtype=float)


@settings(deadline=None, max_examples=120)
@given(models())
def test_log_partition_function_is_the_sum_over_all_configurations(model: Model) -> None:
    assert planar.log_partition_function(*model) == pytest.approx(brute_force(*model)[0], rel=1e-12)


@settings(deadline=None, max_examples=80)
@given(models())
def test_edge_expectations_are_those_of_the_sum(model: Model) -> None:
    edges, _, _ = model
    exact = brute_force(*model)[1][edges[:, 0], edges[:, 1]]
    np.testing.assert_allclose(planar.edge_expectations(*model), exact, atol=1e-11)


@settings(deadline=None, max_examples=120)
@given(models(), st.data())
def test_pair_correlation_of_any_two_sites(model: Model, data: st.DataObject) -> None:
    i, j = data.draw(st.tuples(*(st.integers(0, model[2] - 1),) * 2))
    assert planar.pair_correlation(*model, i, j) == pytest.approx(brute_force(*model)[1][i, j], abs=1e-11)


@settings(deadline=None, max_examples=60)
@given(models(strength=300.0), st.data())
def test_very_strong_couplings(model: Model, data: st.DataObject) -> None:
    log_z, correlations = brute_force(*model)
    edges, _, n = model
    i, j = data.draw(st.tuples(*(st.integers(0, n - 1),) * 2))
    assert planar.log_partition_function(*model) == pytest.approx(log_z, rel=1e-12)
    np.testing.assert_allclose(planar.edge_expectations(*model), correlations[edges[:, 0], edges[:, 1]], atol=1e-10)
    assert planar.pair_correlation(*model, i, j) == pytest.approx(correlations[i, j], abs=1e-10)


@pytest.mark.parametrize(("length", "width"), [(9, 9), (40, 7), (150, 3), (400, 2), (300, 1)])
@pytest.mark.parametrize("strength", [0.3, 1.0, 3.0, 10.0])
@pytest.mark.parametrize("kind", ["normal", "signs", "ferromagnet", "frustrated"])
def test_strips_against_a_transfer_matrix(length: int, width: int, strength: float, kind: str) -> None:
    rng = np.random.default_rng([length, int(10 * strength)])
    draws = {
        "normal": lambda sign: rng.normal(),
        "signs": lambda sign: rng.choice([-1.0, 1.0]),
        "ferromagnet": abs,
        "frustrated": lambda sign: sign,
    }
    edges, couplings, log_z = strip(length, width, lambda sign: strength * draws[kind](sign))
    assert planar.log_partition_function(edges, couplings, length * width) == pytest.approx(log_z, rel=1e-12)


@pytest.mark.parametrize("strength", [1.0, 10.0])
def test_a_gauge_transformation_changes_nothing_at_size(strength: float) -> None:
    rng = np.random.default_rng(7)
    graph = nx.convert_node_labels_to_integers(nx.triangular_lattice_graph(8, 30))
    edges, n = np.array(graph.edges), graph.number_of_nodes()
    couplings = strength * rng.normal(size=len(edges))
    spins = rng.choice([-1, 1], size=n)
    turned = couplings * spins[edges[:, 0]] * spins[edges[:, 1]]
    log_z = planar.log_partition_function(edges, couplings, n)
    assert planar.log_partition_function(edges, turned, n) == pytest.approx(log_z, rel=1e-12)
    energies = planar.edge_expectations(edges, couplings, n)
    np.testing.assert_allclose(
        planar.edge_expectations(edges, turned, n), energies * turned / couplings, atol=1e-10, rtol=0
    )


@pytest.mark.parametrize("strength", [0.1, 1.0, 3.0])
def test_floats_pairs_and_balls_agree(strength: float) -> None:
    graph = nx.convert_node_labels_to_integers(nx.triangular_lattice_graph(4, 4))
    plane, couplings = plane_of(graph.edges, strength * np.random.default_rng(1).normal(size=graph.number_of_edges()))
    kept = plane.path(0, graph.number_of_nodes() - 1)
    for question in (GluedPlane.log_sum, GluedPlane.walls, GluedPlane.path_ratio):
        steps = schedule(plane, kept if question is GluedPlane.path_ratio else ())
        with flint.ctx.workprec(400):
            exact = question(GluedPlane(plane, steps, couplings, object, 0))
        for dtype, digits in ((np.float64, 1e-9), (np.complex128, 1e-14)):
            for seed in (1, 2):
                answer = question(GluedPlane(plane, steps, couplings, dtype, seed))
                np.testing.assert_allclose(answer, [float(ball.mid()) for ball in exact], atol=digits)


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_kernels_are_the_same_compiled_and_not(dtype: Any) -> None:
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(4, 4))
    plane, couplings = plane_of(graph.edges, np.random.default_rng(2).normal(size=graph.number_of_edges()))
    steps = schedule(plane)
    answers = []
    for glue, unglue in (
        (planar_kernels.glue, planar_kernels.unglue),
        (planar_kernels.glue_floats, planar_kernels.unglue_floats),
    ):
        fresh = GluedPlane(plane, steps, couplings, dtype, 1)
        pool = np.zeros_like(fresh._pool)
        pool[: 9 * len(plane.triangles)] = fresh._pool[: 9 * len(plane.triangles)]
        pivots, rows = glue(pool, fresh._links, *steps.arrays)
        answers.append((pivots, *unglue(pool, fresh._links, pivots, rows, True, *steps.arrays)))
    for plain, compiled in zip(*answers, strict=True):
        np.testing.assert_allclose(plain, compiled, rtol=1e-13)


@settings(max_examples=300)
@given(*(st.floats(1e-30, 1e30) | st.floats(-1e30, -1e-30),) * 2, *(st.floats(-1, 1),) * 2)
def test_pairs_of_floats_have_31_digits(x: float, y: float, rest_x: float, rest_y: float) -> None:
    a, b = complex(x, rest_x * math.ulp(x) / 2), complex(y, rest_y * math.ulp(y) / 2)

    def value(pair: complex) -> Fraction:
        return Fraction(pair.real) + Fraction(pair.imag)

    error = abs(value(planar_numbers.add(a, b)) - value(a) - value(b))
    assert error <= Fraction(2) ** -102 * (abs(value(a)) + abs(value(b)))
    product, quotient = value(a) * value(b), value(a) / value(b)
    assert abs(value(planar_numbers.multiply(a, b)) - product) <= Fraction(2) ** -102 * abs(product)
    assert abs(value(planar_numbers.divide(a, b)) - quotient) <= Fraction(2) ** -102 * abs(quotient)


@pytest.mark.parametrize("strength", [1.0, 2.0, 3.0])
def test_the_error_bound_is_one(strength: float) -> None:
    """Without a good reference floats lose digits: the bound says how many at most, and not absurdly many."""
    rng = np.random.default_rng(6)
    for _ in range(5):
        edges, couplings, _ = strip(8, 8, lambda sign: strength * rng.normal())
        plane, values = plane_of(edges, couplings)
        floats = GluedPlane(plane, schedule(plane), values, np.float64, 1)
        with flint.ctx.workprec(600):
            exact = float(GluedPlane(plane, schedule(plane), values, object, 0).log_sum()[0].mid())
        error = abs(floats.log_sum()[0] - exact)
        assert error <= floats.log_error() + 1e-13
        assert floats.log_error() < 1e6 * max(error, 1e-15)


def test_floats_alone_would_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is what stands between a user and a wrong number: without it this correlation is off by one."""
    rng = np.random.default_rng(0)
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(3, 4))
    edges, worst = np.array(graph.edges), 0.0
    models = [200.0 * rng.choice([-1.0, 1.0, 2.0], size=len(edges)) for _ in range(30)]
    for couplings in models:
        exact = brute_force(edges, couplings, 12)[1][0, 11]
        assert planar.pair_correlation(edges, couplings, 12, 0, 11) == pytest.approx(exact, abs=1e-10)
    monkeypatch.setattr(GluedPlane, "log_error", lambda self: 0.0)
    for couplings in models:
        exact = brute_force(edges, couplings, 12)[1][0, 11]
        worst = max(worst, abs(planar.pair_correlation(edges, couplings, 12, 0, 11) - exact))
    assert worst > 0.1


def test_balls_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GluedPlane, "log_error", lambda self: math.inf)
    for model, i, j in ((strip(4, 3, lambda sign: 10.0 * sign)[:2], 0, 11), (strip(4, 3, lambda sign: 0.3)[:2], 2, 4)):
        log_z, correlations = brute_force(*model, 12)
        assert planar.log_partition_function(*model, 12) == pytest.approx(log_z, rel=1e-12)
        assert planar.pair_correlation(*model, 12, i, j) == pytest.approx(correlations[i, j], abs=1e-11)
        exact = correlations[model[0][:, 0], model[0][:, 1]]
        np.testing.assert_allclose(planar.edge_expectations(*model, 12), exact, atol=1e-11)
    monkeypatch.setattr(planar_solver, "FIRST_BITS", 8)
    monkeypatch.setattr(planar_solver, "MAX_BITS", 32)
    with pytest.raises(UndecidedError, match="cost more than 32 bits"):
        planar.log_partition_function(*model, 12)


def test_every_site_is_pointed_to_an_odd_number_of_times_and_every_bond_is_glued_once() -> None:
    for name in ("square", "triangular", "wheel", "octahedron", "cycle", "honeycomb"):
        graph = nx.convert_node_labels_to_integers(FAMILIES[name])
        plane, _ = plane_of(graph.edges, [])
        n_bonds = 3 * plane.n_sites - 6
        assert len(plane.bonds) == n_bonds
        assert sorted(itertools.chain(*plane.triangles)) == list(range(2 * n_bonds))
        heads = [bond[1] if sign > 0 else bond[0] for bond, sign in zip(plane.bonds, plane.signs, strict=True)]
        assert all(heads.count(site) % 2 for site in range(plane.n_sites))
        path = plane.path(0, plane.n_sites - 1)
        steps = schedule(plane, path)
        assert sorted([*steps.arrays[4], *path]) == list(range(n_bonds))
        assert sorted(steps.rim) == sorted(itertools.chain(*((2 * e, 2 * e + 1) for e in path)))


def test_positions_save_the_search_and_wrong_ones_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    edges, couplings, log_z = strip(7, 6, rng.normal)
    places = np.array([divmod(site, 6) for site in range(42)])
    for positions in (rng.normal(size=(42, 2)), np.zeros((42, 2)), np.full((42, 2), np.nan)):
        wrong = planar.log_partition_function(edges, couplings, 42, positions=positions)
        assert wrong == pytest.approx(log_z, rel=1e-12)
    monkeypatch.setattr(planar_triangulation, "_turn_by_networkx", None)
    assert planar.log_partition_function(edges, couplings, 42, positions=places) == pytest.approx(log_z, rel=1e-12)
    correlation = planar.pair_correlation(edges, couplings, 42, 0, 1, positions=places)
    assert planar.edge_expectations(edges, couplings, 42, positions=places)[0] == pytest.approx(correlation, abs=1e-10)


@pytest.mark.parametrize("graph", [nx.complete_graph(5), nx.complete_bipartite_graph(3, 3), nx.petersen_graph()])
def test_graphs_that_are_not_planar(graph: Any) -> None:
    edges, n = np.array(graph.edges), graph.number_of_nodes()
    couplings = np.random.default_rng(3).normal(size=len(edges))
    assert not planar.is_planar(edges, n)
    for ask in (planar.log_partition_function, planar.edge_expectations):
        with pytest.raises(InputError, match="not planar"):
            ask(edges, couplings, n)
    if n == 10:
        return  # Petersen's graph needs two edges less
    couplings[0] = 0.0
    assert planar.is_planar(edges[1:], n)
    log_z, correlations = brute_force(edges, couplings, n)
    assert planar.log_partition_function(edges, couplings, n) == pytest.approx(log_z, rel=1e-12)
    exact = correlations[edges[:, 0], edges[:, 1]]
    np.testing.assert_allclose(planar.edge_expectations(edges, couplings, n), exact, atol=1e-11)


@pytest.mark.parametrize(
    ("edges", "couplings", "n", "error"),
    [
        ([(0, 0)], [1.0], 1, LatticeError),
        ([(0, 2)], [1.0], 2, LatticeError),
        ([(-1, 0)], [1.0], 2, LatticeError),
        ([(0, 1)], [1.0], 0, LatticeError),
        ([(0, 1)], [1.0], 2.0, LatticeError),
        ([(0, 1)], [math.nan], 2, CouplingError),
        ([(0, 1)], [math.inf], 2, CouplingError),
        ([(0, 1)] * 2, [1e308, 1e308], 2, CouplingError),
        ([(0, 1)], [1j], 2, CouplingError),
        ([(0, 1)], [1.0, 2.0], 2, InputError),
        ([(0, 1, 2)], [1.0], 3, InputError),
        ([(0.0, 1.0)], [1.0], 2, InputError),
    ],
)
def test_bad_input(edges: Any, couplings: Any, n: Any, error: Any) -> None:
    for ask in (planar.log_partition_function, planar.edge_expectations):
        with pytest.raises(error):
            ask(edges, couplings, n)
    with pytest.raises(error):
        planar.pair_correlation(edges, couplings, n, 0, 0)


def test_bad_sites_and_positions() -> None:
    for i, j in ((0, 2), (-1, 0), (0.5, 1)):
        with pytest.raises(SiteError):
            planar.pair_correlation([(0, 1)], [1.0], 2, i, j)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="positions"):
        planar.log_partition_function([(0, 1)], [1.0], 2, positions=[(0, 0)])
    with pytest.raises(LatticeError):
        planar.is_planar([(1, 1)], 2)


def test_no_edges() -> None:
    assert planar.log_partition_function([], [], 3) == 3 * math.log(2.0)
    assert planar.edge_expectations([], [], 3).shape == (0,)
    assert planar.pair_correlation([], [], 3, 0, 2) == 0.0
    assert planar.pair_correlation([], [], 3, 1, 1) == 1.0
    assert planar.is_planar([], 1)
