from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import sympy

from approx import choice, plan_sampling
from approx.choice import METHODS
from exactrg import RBM, SpinPolynomial, ising, rectangle, ring, square
from exactrg.errors import CouplingError, InputError


def glass(L, seed=0):
    rng = np.random.default_rng(seed)
    graph = square(L)
    return ising(graph, {edge: rng.normal() for edge in graph.edges(keys=True)})


@pytest.mark.parametrize(
    ("H", "method", "kernel", "why"),
    [
        (ising(square(40), 0.2), "perfect", "bit-parallel", "no burn-in"),
        (ising(square(40), 0.408), "metropolis", "bit-parallel", "below 0.42"),
        (ising(rectangle(40, 6, False), -0.4, 0.1), "metropolis", "bit-parallel", "open rectangle"),
        (ising(square(40), 0.45), "wolff", "graph", "critical"),
        (ising(square(40), 0.0, 0.3), "perfect", "bit-parallel", "J = 0"),
        (ising(nx.random_regular_graph(3, 20, seed=1), 0.2), "heat_bath", "graph", "Dobrushin"),
        (ising(ring(20), 2.0), "swendsen_wang", "graph", "ferromagnet"),
        (ising(square(8), -0.6), "tempering", "graph", "frustrated"),
        (glass(8), "tempering", "graph", "frustrated"),
        (SpinPolynomial({(0, 1, 2): 0.2, (1, 3): -0.1}), "heat_bath", "graph", "Dobrushin"),
        (SpinPolynomial({(0, 1, 2): 2.0, (1, 3): -0.1}), "tempering", "graph", "frustrated"),
        (RBM([[0.1], [0.2]]), "block_gibbs", "layers", "layer"),
    ],
)
def test_auto_says_what_and_why(H, method, kernel, why):
    plan = plan_sampling(H)
    assert (plan.method, plan.kernel) == (method, kernel)
    assert why in plan.reason


def test_large_lattices_are_left_to_swendsen_and_wang(monkeypatch):
    monkeypatch.setattr(choice, "LARGE", 100)
    assert plan_sampling(ising(square(10), 0.45)).method == "wolff"
    assert plan_sampling(ising(square(11), 0.45)).method == "swendsen_wang"


@pytest.mark.parametrize("method", METHODS)
def test_a_method_can_be_named(method):
    H = RBM([[0.1], [0.2]]) if method == "block_gibbs" else ising(square(4), 0.3)
    plan = plan_sampling(H, method)
    assert plan.method == method and plan.reason == "named by the caller"
    graph = ising(ring(5), 0.3)
    if method not in ("block_gibbs", "perfect"):
        assert plan_sampling(graph, method).kernel == "graph"
    assert plan.step == {"wolff": "cluster", "tempering": "exchange step", "perfect": "draw"}.get(method, "sweep")


@pytest.mark.parametrize(
    ("H", "method", "error", "words"),
    [
        (ising(square(4), 0.3), "gibbs", InputError, "'metropolis', 'heat_bath'"),
        (ising(square(4), 0.3), None, InputError, "expected 'auto' or one of"),
        (ising(square(4), -0.3), "wolff", CouplingError, "tempering"),
        (ising(square(4), -0.3), "swendsen_wang", CouplingError, "heat_bath"),
        (SpinPolynomial({(0, 1, 2): -0.3}), "wolff", InputError, "at most two sites"),
        (ising(square(4), -0.3), "perfect", InputError, "J >= 0"),
        (ising(ring(5), 0.3), "perfect", InputError, "square lattice"),
        (ising(ring(5), 0.3), "block_gibbs", InputError, "needs an RBM"),
        (ising(ring(5), sympy.Symbol("J", real=True)), "auto", CouplingError, "substitute"),
        (square(4), "auto", InputError, "got a MultiGraph"),
    ],
)
def test_bad_input(H, method, error, words):
    with pytest.raises(error, match=words):
        plan_sampling(H, method)
