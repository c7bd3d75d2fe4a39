"""Which engine is taken: named before any work, with a width, bytes and operations that hold."""

import time
import tracemalloc

import networkx as nx
import numpy as np
import pytest
import sympy

from exactrg import (
    RBM,
    EnumerationTooLarge,
    ExactRGError,
    SpinPolynomial,
    decorated_rbm,
    density_of_states,
    expectation,
    ising,
    kaufman,
    log_partition_function,
    plan,
    planning,
    rectangle,
    ring,
    sample,
    square,
    thermodynamics,
)
from exactrg.engines import elimination, integer_density, sampling, uniform
from exactrg.errors import InputError
from exactrg.planning import ENGINES, Plan


def random_ising(graph, seed=0):
    rng = np.random.default_rng(seed)
    return ising(graph, {edge: rng.normal() for edge in graph.edges})


@pytest.mark.parametrize(
    ("H", "engine"),
    [
        (ising(ring(6), 0.4), "table"),
        (ising(square(40), 0.408), "torus"),
        (random_ising(square(40, periodic=False)), "planar"),
        (random_ising(square(10)), "elimination"),
        (random_ising(nx.complete_graph(28)), "enumeration"),
        (ising(square(8, periodic=False), sympy.Symbol("J", real=True)), "uniform"),
        (ising(ring(30), {e: sympy.log(2 + e[0]) for e in ring(30).edges}), "elimination"),
        (RBM(np.full((500, 12), 0.01)), "layer"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_the_engine_that_fits_is_taken(H, engine):
    chosen = plan(H)
    assert chosen.engine == engine
    assert chosen.width >= 1 and chosen.operations >= 1 and chosen.bytes >= 1 and chosen.reason


@pytest.mark.parametrize("n", [40, 63, 1600])
def test_what_cannot_be_summed_is_refused_at_once(n):
    dense = random_ising(nx.complete_graph(n)) if n < 100 else random_ising(square(40))
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(EnumerationTooLarge) as caught:
        log_partition_function(dense, limit=2**20)
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()
    assert time.process_time() - start < 20
    assert caught.value.n > 10
    assert "limit" in str(caught.value)


def test_a_big_rbm_names_approx():
    with pytest.raises(EnumerationTooLarge, match="approx"):
        log_partition_function(RBM(np.zeros((1600, 400)) + 0.01))


def test_plans_for_the_joint_energy_of_an_rbm():
    rbm = RBM(np.full((40, 30), 0.01))
    for task in ("expectation", "sample"):
        assert plan(RBM(np.full((4, 3), 0.1)), task).engine == "table"
        with pytest.raises(EnumerationTooLarge, match="limit"):
            plan(rbm, task)
        with pytest.raises(EnumerationTooLarge, match="a sum over the smaller layer of this RBM over 200 spins"):
            plan(RBM(np.zeros((300, 200)) + 0.01), task)


def test_engines_can_be_named_and_must_apply():
    H = random_ising(square(4, periodic=False))
    values = [log_partition_function(H, engine=e) for e in ("table", "enumeration", "elimination", "planar")]
    assert np.ptp(values) < 1e-12 * abs(values[0])
    with pytest.raises(InputError, match="does not apply"):
        log_partition_function(H, engine="torus")
    with pytest.raises(InputError, match="expected 'auto'"):
        plan(H, engine="magic")
    with pytest.raises(InputError, match="expected 'free_energy'"):
        plan(H, task="guess")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="networkx graph"):
        plan(H, "density_of_states")


def test_density_of_states_by_every_engine():
    graph = square(4)
    expected = density_of_states(graph, engine="enumeration")
    assert [density_of_states(graph, engine=e) for e in ("torus", "uniform")] == [expected, expected]
    assert sum(expected) == 2**16
    by_both = density_of_states(graph, magnetization=True)
    assert [sum(row) for row in by_both] == expected
    with pytest.raises(InputError, match="does not apply"):
        density_of_states(graph, magnetization=True, engine="torus")


def test_the_engine_and_the_limit_that_are_named_are_handed_on(monkeypatch):
    calls = []

    def watch(module, name, answer=None):
        original = getattr(module, name)

        def watched(*arguments, **keywords):
            calls.append(
                (name, *(x for x in (*arguments, *keywords.values()) if isinstance(x, str | int | tuple | Plan)))
            )
            return original(*arguments, **keywords) if answer is None else answer

        monkeypatch.setattr(module, name, watched)

    for name in ("plan", "plan_model", "exact_means", "float_means"):
        watch(thermodynamics, name)
    watch(sampling, "sample", "samples")
    watch(integer_density, "integer_density", "enumerated")
    watch(uniform, "density_by_elimination", "eliminated")
    H, exact, limit = ising(square(3), 0.5), ising(square(3), sympy.log(2)), 10**8
    order = plan(H, engine="elimination").order
    for energy in (H, exact):
        expectation(SpinPolynomial({(0, 1): 1}), energy, engine="elimination", limit=limit)
        planned = plan(energy, "expectation", engine="elimination")
        assert calls[0] == ("plan_model", "expectation", "elimination", limit)
        assert calls[1] == ("float_means" if energy is H else "exact_means", planned, limit)
        calls.clear()
    assert sample(H, 7, 0, engine="elimination", limit=limit) == "samples"
    assert calls == [("plan_model", "sample", "elimination", limit), ("sample", 9, 7, order, limit)]
    calls.clear()
    assert density_of_states(square(3), engine="enumeration", limit=limit) == "enumerated"
    assert calls == [("plan", "density_of_states", "enumeration", limit, False), ("integer_density", 9)]
    calls.clear()
    assert density_of_states(square(3), magnetization=True, engine="uniform", limit=limit) == "eliminated"
    assert calls == [("plan", "density_of_states", "uniform", limit, True), ("density_by_elimination", 9, True, limit)]


@pytest.mark.parametrize("sides", [(2, 2), (2, 3), (3, 3), (3, 5), (2, 7), (4, 5), (6, 6), (5, 7), (8, 8)])
def test_elimination_equals_kaufman_coefficient_by_coefficient(sides):
    graph = rectangle(*sides)
    by_elimination = density_of_states(graph, engine="uniform")
    assert by_elimination == kaufman.density_of_states(*sides)
    if sides == (8, 8):
        assert by_elimination[64] == 2627978003957146636  # OEIS A364781
    bond = next(iter(graph.edges))
    graph.remove_edge(*bond)
    assert density_of_states(graph, engine="uniform")[:-1] != by_elimination[:-2]


@pytest.mark.jit
@pytest.mark.parametrize("size", [8, 10])
def test_the_memory_estimate_of_an_elimination_holds_within_a_factor_two(size):
    H = random_ising(square(size))
    chosen = plan(H, engine="elimination")
    log_partition_function(H, engine="elimination")  # compiled, caches filled
    tracemalloc.start()
    log_partition_function(H, engine="elimination")
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Bookkeeping of Python objects counts too in a small system: it is given one MiB.
    assert chosen.bytes / 2 <= used <= 2 * chosen.bytes + 2**20


@pytest.mark.jit
def test_the_order_that_was_planned_is_not_sought_again(monkeypatch):
    H = random_ising(square(5))
    bond, far = SpinPolynomial({(0, 1): 1.0, (7,): 0.5}, H.sites), SpinPolynomial({(0, 12): 1.0}, H.sites)
    expected = expectation(bond, H, engine="enumeration"), expectation(far, H, engine="enumeration")
    # An observable that joins spins which no term joins changes the graph, and so the order.
    assert expectation(far, H, engine="elimination") == pytest.approx(expected[1], rel=1e-10)

    def refuse(*arguments, **options):
        raise AssertionError("a second search")

    monkeypatch.setattr(elimination, "cheapest_order", refuse)
    assert expectation(bond, H, engine="elimination") == pytest.approx(expected[0], rel=1e-10)
    assert sample(H, 3, 0, engine="elimination").shape == (3, 25)
    with pytest.raises(AssertionError, match="a second search"):
        expectation(far, H, engine="elimination")


def test_every_engine_name_is_documented():
    assert all(f'"{name}"' in (Plan.__doc__ or "") for name in ENGINES)
    assert issubclass(EnumerationTooLarge, ExactRGError)


@pytest.mark.parametrize("n", [300, 5_000])
def test_long_rings_and_trees_are_summed_in_linear_time(n):
    K = 0.3
    on_ring, on_tree = ising(ring(n), K), ising(nx.random_labeled_tree(n, seed=1), K)
    start = time.process_time()
    assert plan(on_ring).engine == plan(on_tree).engine == "elimination"
    assert time.process_time() - start < 20  # 0.1 s
    assert plan(on_ring).seconds < 1e-4 * n
    growth = np.log(2 * np.cosh(K))
    assert log_partition_function(on_ring) == pytest.approx(n * growth, rel=1e-13)
    assert log_partition_function(on_tree) == pytest.approx((n - 1) * growth + np.log(2), rel=1e-13)


def test_counts_that_fit_no_memory_are_refused_before_the_graph_is_read(monkeypatch):
    graph = square(300, periodic=False)
    monkeypatch.setattr(planning, "graph_bonds", None)
    with pytest.raises(EnumerationTooLarge, match=r"alone take 2,.* bytes.*kaufman.*approx") as caught:
        density_of_states(graph, limit=2**30)
    assert caught.value.n == 90_000
    assert 60_000 < caught.value.limit < 70_000
    with pytest.raises(EnumerationTooLarge, match="alone take"):
        density_of_states(square(60), magnetization=True)
    for n, n_bonds, magnetization in ((1, 0, False), (2, 1, True), (9, 18, True), (40, 80, False)):
        planning.require_room_for_counts(n, n_bonds, magnetization=magnetization, limit=10**6)
        with pytest.raises(EnumerationTooLarge) as caught:
            planning.require_room_for_counts(n, n_bonds, magnetization=magnetization, limit=1)
        assert 0 <= caught.value.limit < n


def test_counts_of_large_lattices_are_refused_soon():
    start = time.process_time()
    with pytest.raises(EnumerationTooLarge, match="engine='torus'"):
        density_of_states(square(150))
    with pytest.raises(EnumerationTooLarge, match="approx"):
        density_of_states(square(150, periodic=False))
    assert time.process_time() - start < 30  # 2 s
    assert plan(ring(2500), "density_of_states").bytes < 2**28  # bonds are not polynomials


@pytest.mark.parametrize("graph", [ring(100), square(7, periodic=False)], ids=["ring", "square"])
def test_a_large_rbm_with_few_weights_is_summed_like_its_lattice(graph):
    H = random_ising(graph)
    rbm = decorated_rbm(H)
    assert min(rbm.n_visible, rbm.n_hidden) > 40
    assert plan(rbm).engine == "elimination"
    assert plan(rbm, "sample").engine == "elimination"
    assert log_partition_function(rbm) == pytest.approx(log_partition_function(H), rel=1e-12)


@pytest.mark.parametrize("limit", [0, -1, 1e9, None, "much", True])
def test_a_limit_is_a_positive_number_of_bytes(limit):
    H, f = random_ising(square(5)), SpinPolynomial({(0, 1): 1})
    calls = (
        lambda: plan(H, limit=limit),
        lambda: log_partition_function(H, limit=limit),
        lambda: log_partition_function(RBM(np.ones((3, 2))), limit=limit),
        lambda: expectation(f, H, limit=limit),
        lambda: expectation(f, RBM(np.ones((30, 30))), limit=limit),
        lambda: sample(H, 1, 0, limit=limit),
        lambda: sample(RBM(np.ones((30, 30))), 1, 0, limit=limit),
        lambda: density_of_states(square(4), limit=limit),
    )
    for call in calls:
        with pytest.raises(InputError, match="limit must be an int of at least 1, got"):
            call()


@pytest.mark.parametrize("graph", [square(4, periodic=False), square(18, periodic=False)])
def test_many_spins_on_a_planar_graph_are_averaged_by_another_engine(graph):
    H = random_ising(graph)
    f = SpinPolynomial({(0, 1, 2, 3): 1.0, (0, 1): 0.5, (0, 1, 2): 2.0})
    found = expectation(f, H)
    assert found == pytest.approx(expectation(f, H, engine="elimination"), abs=1e-12)
    with pytest.raises(InputError, match="use engine='elimination'"):
        expectation(f, H, engine="planar")
