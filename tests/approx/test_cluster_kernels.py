from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.cluster_kernels import connect, record, swendsen_wang_update, wolff_update

NO_FIELD = np.zeros(0)
_0 = np.uint64(0)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=60))
def test_trees_are_the_components_and_parents_come_first(n, pairs):
    pairs = [(i % n, j % n) for i, j in pairs]
    parent = np.arange(n, dtype=np.uint32)
    for i, j in pairs:
        connect(parent, np.uint32(i), np.uint32(j))
    assert np.all(parent <= np.arange(n))
    root = np.arange(n)
    for i in range(n):
        root[i] = i if parent[i] == i else root[parent[i]]
    graph = nx.Graph(pairs)
    graph.add_nodes_from(range(n))
    assert {frozenset(np.flatnonzero(root == r).tolist()) for r in root} == set(
        map(frozenset, nx.connected_components(graph))
    )


def path(n, seed):
    """An open path of n sites: arrays of the kernels, every bond open between equal spins."""
    bonds = np.array([(i, i + 1) for i in range(n - 1)], np.uint32)
    lists = [[j for j in (i - 1, i + 1) if 0 <= j < n] for i in range(n)]
    indptr = np.cumsum([0, *map(len, lists)]).astype(np.uint64)
    stream = np.random.default_rng(seed).integers(0, 2**64, 4, np.uint64)
    return bonds, indptr, np.concatenate(lists).astype(np.uint32), np.array([2**64 - 1], np.uint64), stream


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 30), st.integers(0, 2**32))
def test_open_bonds_move_whole_domains_of_a_path(n, seed):
    bonds, indptr, neighbours, certain, stream = path(n, seed)
    spins = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), n)
    walls = spins[1:] != spins[:-1]
    domain = np.concatenate([[0], np.cumsum(walls)])

    after = spins.copy()
    wolff_update(after, np.empty(n + 1, np.uint32), _0, indptr, neighbours, certain, _0, NO_FIELD, stream)
    flipped = after != spins
    assert len(set(domain[flipped])) == 1 and np.all(flipped == (domain == domain[flipped][0]))

    after = spins.copy()
    scratch = np.empty(n, np.uint32), np.empty(n, np.uint32)
    swendsen_wang_update(after, *scratch, NO_FIELD, bonds, certain, _0, NO_FIELD, stream)
    assert all(len(set(after[domain == d])) == 1 for d in set(domain))

    g, total = record(after, bonds, np.array([0.25]), _0, np.full(n, 0.5))
    assert total == after.sum() and np.isclose(g, 0.25 * (after[1:] * after[:-1]).sum() + 0.5 * after.sum())


def test_a_cluster_that_meets_the_ghost_stays():
    """A field of 100 along the spins: every site joins the ghost; against the spins: none does."""
    _, indptr, neighbours, certain, stream = path(9, 1)
    queue = np.empty(10, np.uint32)
    for field, flips in ((100.0, False), (-100.0, True)):
        spins = np.ones(9, np.int8)
        wolff_update(spins, queue, _0, indptr, neighbours, certain, _0, np.full(9, field), stream)
        assert np.all(spins == (-1 if flips else 1))
