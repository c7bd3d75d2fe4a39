from __future__ import annotations

import itertools
import random
import time
import tracemalloc

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.engines import orders
from exactrg.engines.bucket_tree import bucket_tree, checked_scopes, interaction_graph
from exactrg.engines.order_search import peeled
from exactrg.engines.orders import elimination_order, order_cost
from exactrg.errors import EnumerationTooLarge, InputError, SiteError
from exactrg.lattices import chain, diamond, rectangle, ring, square, triangular

HEURISTICS = ("min_degree", "breadth_first", "given", "min_fill")


@st.composite
def hypergraphs(draw, most=9):
    n = draw(st.integers(0, most))
    scope = st.lists(st.integers(0, max(n - 1, 0)), max_size=min(n, 4), unique=True).map(tuple)
    return n, draw(st.lists(scope, max_size=12))


def simulated(n, scopes, order):
    """Messages of bucket elimination with Python sets, sharing no code with the package."""
    tables = [set(scope) for scope in scopes]
    messages = []
    for spin in order:
        message = set().union(*(table for table in tables if spin in table)) - {spin}
        tables = [table for table in tables if spin not in table] + [message]
        messages.append(message)
    return messages


@settings(max_examples=60, deadline=None)
@given(hypergraphs(), st.sampled_from([None, *HEURISTICS]), st.floats(1.0, 1e6))
def test_an_order_is_a_permutation_with_the_cost_of_an_independent_simulation(model, heuristic, nanoseconds):
    n, scopes = model
    heuristics = HEURISTICS if heuristic is None else (heuristic,)
    found = elimination_order(n, scopes, heuristics=heuristics, nanoseconds=nanoseconds)
    assert sorted(found.order) == list(range(n))
    messages = simulated(n, scopes, found.order)
    assert found.width == max((len(message) for message in messages), default=0)
    assert found.operations == sum(2 ** (len(message) + 1) for message in messages)
    assert [bucket.message for bucket in found.buckets] == messages
    assert found == elimination_order(n, scopes, heuristics=heuristics, nanoseconds=nanoseconds)


@settings(max_examples=200, deadline=None)
@given(hypergraphs(), st.randoms(use_true_random=False))
def test_every_factor_and_message_arrives_in_one_later_bucket_that_holds_it(model, rng):
    n, scopes = model
    order = rng.sample(range(n), n)
    sets = checked_scopes(n, scopes)
    tree = bucket_tree(n, sets, order)
    assert [bucket.spin for bucket in tree] == order
    assert sorted(k for bucket in tree for k in bucket.factors) == [k for k, scope in enumerate(scopes) if scope]
    senders = [k for k, bucket in enumerate(tree) if bucket.message]
    assert sorted(child for bucket in tree for child in bucket.children) == senders
    for k, bucket in enumerate(tree):
        clique = bucket.message | {bucket.spin}
        arriving = [sets[f] for f in bucket.factors] + [tree[child].message for child in bucket.children]
        assert all(child < k for child in bucket.children)
        assert all(scope <= clique for scope in arriving)


@settings(max_examples=25, deadline=None)
@given(hypergraphs(most=6))
def test_no_order_is_cheaper_than_the_best_of_all_permutations(model):
    n, scopes = model
    costs = [sum(2 << len(m) for m in simulated(n, scopes, order)) for order in itertools.permutations(range(n))]
    found = elimination_order(n, scopes, nanoseconds=1e9).operations
    assert min(costs) <= found <= sorted(costs)[len(costs) // 2]


@pytest.mark.parametrize(
    ("graph", "width"),
    [
        (chain(30), 1),
        (square(6, periodic=False), 6),
        (square(20, periodic=False), 20),
        (square(6), 12),
        (square(2), 2),
        (triangular(5, periodic=False), 5),
    ],
    ids=lambda value: str(value),
)
def test_lattices_get_the_width_of_their_cut(graph, width):
    edges = list(graph.edges())
    best = elimination_order(len(graph), edges, nanoseconds=1e3)
    assert best.width <= width + 1
    shuffled = list(range(len(graph)))
    random.Random(1).shuffle(shuffled)
    relabelled = elimination_order(len(graph), [(shuffled[i], shuffled[j]) for i, j in edges], nanoseconds=1e3)
    assert relabelled.width <= width + 3  # the numbering may help, but is not needed


def test_a_complete_graph_has_no_choice():
    found = elimination_order(7, list(itertools.combinations(range(7), 2)))
    assert found.width == 6
    assert found.operations == sum(2**k for k in range(1, 8))


@pytest.mark.parametrize("leaves", [5, 300])
def test_a_hub_never_holds_many_tables(leaves):
    star = elimination_order(leaves + 1, [(0, k) for k in range(1, leaves + 1)])
    assert star.width == 1
    assert star.bytes - 8 * 4 * leaves < 200
    assert max(len(bucket.children) for bucket in star.buckets) <= 3
    machine = elimination_order(leaves + 4, [(i, 4 + j) for i in range(4) for j in range(leaves)])
    assert machine.width <= 4
    assert machine.bytes - 8 * 4 * 4 * leaves <= 8 * 16 * 6


def test_too_wide_is_an_error_with_the_width_and_the_memory_before_any_work():
    with pytest.raises(EnumerationTooLarge, match="elimination within") as caught:
        elimination_order(1600, list(square(40, periodic=False).edges()))
    assert caught.value.n == 40
    assert caught.value.bytes >= 8 << 40
    assert caught.value.limit < 40
    assert elimination_order(1600, list(square(40, periodic=False).edges()), limit=None, nanoseconds=0).width >= 40
    with pytest.raises(EnumerationTooLarge):
        elimination_order(150, list(itertools.combinations(range(150), 2)))


def test_a_lean_order_is_taken_where_the_fastest_does_not_fit():
    edges = list(square(12).edges())
    fast = elimination_order(144, edges, limit=None)
    lean = elimination_order(144, edges, limit=fast.bytes - 1)
    assert lean.bytes < fast.bytes
    assert lean.operations >= fast.operations


def test_bytes_scale_with_the_entry():
    scopes = checked_scopes(25, square(5).edges())
    plain = order_cost(25, scopes, range(25)).bytes
    assert order_cost(25, scopes, range(25), 80).bytes == 10 * plain
    held = 4 * len(scopes)  # entries of the given factors
    assert order_cost(25, scopes, range(25), 80, 8).bytes == 10 * plain - 72 * held


def test_a_longer_search_is_never_worse():
    edges = list(square(10).edges())
    costs = [elimination_order(100, edges, nanoseconds=t).operations for t in (0.0, 1.0, 1e3)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 2.5e7


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 1], [0, 1, 3], [0, 1, 2, 3]])
def test_an_order_that_is_no_permutation_is_refused(order):
    with pytest.raises(InputError, match="permutation"):
        order_cost(3, [0b011, 0b110], order)


def test_bad_scopes_and_heuristics_are_refused():
    with pytest.raises(SiteError, match="is not in"):
        elimination_order(3, [(0, 3)])
    with pytest.raises(SiteError, match="is not in"):
        elimination_order(3, [(-1, 0)])
    with pytest.raises(SiteError, match="twice"):
        elimination_order(3, [(1, 1)])
    with pytest.raises(InputError, match="min_fill"):
        elimination_order(3, [(0, 1)], heuristics=("best",))
    with pytest.raises(InputError, match="min_fill"):
        elimination_order(3, [(0, 1)], heuristics=())


def test_the_interaction_graph_joins_the_spins_of_a_factor():
    assert interaction_graph(4, checked_scopes(4, [(0, 2, 3), (2, 3), ()])) == [{2, 3}, set(), {0, 3}, {0, 2}]


@pytest.mark.parametrize(
    ("graph", "width"),
    [
        (ring(10_000), 2),
        (chain(10_000), 1),
        (nx.star_graph(10_000), 1),
        (nx.random_labeled_tree(10_000, seed=1), 1),
        (rectangle(2, 5_000, periodic=False), 2),
        (diamond(6), 2),
        (rectangle(3, 3_000, periodic=False), 3),
    ],
    ids=["ring", "chain", "star", "tree", "ladder", "diamond", "strip"],
)
def test_long_thin_graphs_are_planned_in_linear_time_and_memory(graph, width):
    edges, n = list(graph.edges()), len(graph)
    shuffled = random.Random(2).sample(range(n), n)
    tracemalloc.start()
    start = time.process_time()
    found = elimination_order(n, [(shuffled[i], shuffled[j]) for i, j in edges])
    seconds, memory = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.width == width
    assert found.operations <= n * 2 ** (width + 1)
    assert seconds < 20  # 0.3 s, without tracing; bit sets of n bits took minutes
    assert memory < 4000 * n


@pytest.mark.parametrize("edges_of", [square, lambda L: nx.random_regular_graph(3, L * L, seed=1)])
def test_large_lattices_are_refused_soon_and_in_little_memory(edges_of):
    edges = list(edges_of(100).edges())
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(EnumerationTooLarge, match="approx"):
        elimination_order(10_000, edges)
    assert time.process_time() - start < 30  # 0.7 s, without tracing
    assert tracemalloc.get_traced_memory()[1] < 10**8
    tracemalloc.stop()


def test_what_no_order_avoids_is_refused_before_a_search(monkeypatch):
    monkeypatch.setattr(orders, "HEURISTICS", dict.fromkeys(HEURISTICS))
    with pytest.raises(EnumerationTooLarge) as caught:  # all spins but a few corners keep three neighbours
        elimination_order(400, list(square(20, periodic=False).edges()), limit=2**20, bytes_per_entry=2**18)
    assert caught.value.n == 3
    with pytest.raises(EnumerationTooLarge) as caught:
        elimination_order(150, list(itertools.combinations(range(150), 2)))
    assert caught.value.n == 149
    monkeypatch.setattr(orders, "interaction_graph", None)
    with pytest.raises(EnumerationTooLarge) as caught:
        elimination_order(100_000, [range(100_000)])
    assert caught.value.n == 100_000


@settings(max_examples=60, deadline=None)
@given(hypergraphs())
def test_peeling_sums_all_spins_with_at_most_two_neighbours_and_no_others(model):
    n, scopes = model
    graph = interaction_graph(n, checked_scopes(n, scopes))
    first, core = peeled(graph)
    rest = sorted(set(range(n)) - set(first))
    assert graph == interaction_graph(n, checked_scopes(n, scopes))
    assert all(len(core[spin]) >= 3 and core[spin] <= set(rest) for spin in rest)
    messages = simulated(n, [*scopes, *((spin,) for spin in range(n))], first)
    assert all(len(message) <= 2 for message in messages)
    if not rest and n:  # a forest is summed with messages over one spin
        cycles = any(nx.simple_cycles(nx.Graph((i, j) for i in range(n) for j in graph[i])))
        assert max(map(len, messages)) == (2 if cycles else min(1, max(map(len, graph))))
