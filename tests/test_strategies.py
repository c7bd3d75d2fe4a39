"""The strategies: only valid objects, the interesting ones among them, minimal shrunk examples that are code."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import exactrg
from exactrg import (
    DBN,
    RBM,
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    is_exact_rg,
    log_partition_function,
    ring,
    strategies,
)
from exactrg.errors import InputError
from exactrg.strategies import KINDS

# Explaining traces every line, which costs ten times the test.
quick = settings(max_examples=25, deadline=None, database=None, phases=[Phase.generate, Phase.shrink])
KIND = pytest.mark.parametrize("kind", KINDS)
OF_A_KIND = ["couplings", "spin_polynomials", "ising_hamiltonians", "boltzmann_weights", "rbms", "dbns", "rg_operators"]


def simplest(strategy: SearchStrategy[Any]) -> Any:
    """The first example that is tried."""
    return find(strategy, lambda x: True, settings=settings(quick, max_examples=1))


def minimal(strategy: SearchStrategy[Any], condition: Any) -> Any:
    """The shrunk example; the database of earlier runs plays no part."""
    return find(strategy, condition, settings=settings(quick, max_examples=300, derandomize=True))


def number(value: Any) -> float:
    """A coupling at J = 0.3, K = -0.2."""
    point = {Exact("J").to_sympy(): 0.3, Exact("K").to_sympy(): -0.2}
    return float(value.to_sympy().subs(point) if isinstance(value, Exact) else value)


# Only valid objects, of the kind that was asked for.


@KIND
@quick
@given(st.data())
def test_couplings(kind: str, data: st.DataObject) -> None:
    x = data.draw(strategies.couplings(kind=kind))
    if kind == "float":
        assert type(x) is float and abs(x) <= 3
        return
    assert isinstance(x, Exact)
    assert x.symbols <= {Exact("J").to_sympy(), Exact("K").to_sympy()} if kind == "symbolic" else not x.symbols
    # e^x is an element of the ring; for constants it is p/q with small p and q.
    assert x.exp() > 0
    if kind == "exact":
        ratio = Fraction(str(x.exp()))
        assert max(ratio.numerator, ratio.denominator) <= 7


@KIND
@quick
@given(st.data())
def test_polynomials(kind: str, data: st.DataObject) -> None:
    f = data.draw(strategies.spin_polynomials(kind=kind, max_sites=5, max_terms=4, max_order=3))
    assert isinstance(f, SpinPolynomial) and 1 <= len(f.sites) <= 5
    assert len(f.couplings) <= 4 and all(len(members) <= 3 for members in f.couplings)
    assert f.kind == kind.replace("symbolic", "exact")
    named = data.draw(strategies.spin_polynomials(kind=kind, sites=["a", ("h", 0)]))
    assert named.sites == ("a", ("h", 0))
    assert data.draw(strategies.spin_polynomials(kind=kind, sites=[])).sites == ()


@KIND
@quick
@given(st.data())
def test_ising(kind: str, data: st.DataObject) -> None:
    """Bonds and fields on the sites of the lattice, and nothing else."""
    graph = data.draw(strategies.lattices(max_sites=9))
    H = data.draw(strategies.ising_hamiltonians(graphs=graph, kind=kind))
    assert H.sites == tuple(graph) and {len(s) for s in H.couplings} <= {1, 2}
    assert all(graph.has_edge(*members) for members in H.couplings if len(members) == 2)
    free = data.draw(strategies.ising_hamiltonians(graphs=strategies.lattices(max_sites=4), fields=False, kind=kind))
    assert {len(s) for s in free.couplings} <= {2} and len(free.sites) <= 4
    assert H.kind == free.kind == kind.replace("symbolic", "exact")


@KIND
@quick
@given(st.data())
def test_weights(kind: str, data: st.DataObject) -> None:
    w = data.draw(strategies.boltzmann_weights(kind=kind))
    assert isinstance(w, BoltzmannWeight) and 1 <= len(w.sites) <= 3 and w.kind == kind.replace("symbolic", "exact")
    assert 0 < number(exactrg.trace(w)) < 1e4
    assert not data.draw(strategies.boltzmann_weights(kind=kind, zeros=False, sites=["a"])).zeros()


@KIND
@quick
@given(st.data())
def test_machines(kind: str, data: st.DataObject) -> None:
    rbm = data.draw(strategies.rbms(kind=kind, max_visible=2, max_hidden=4))
    assert isinstance(rbm, RBM) and 1 <= rbm.n_visible <= 2 and 1 <= rbm.n_hidden <= 4
    assert rbm.kind == kind.replace("symbolic", "exact") and rbm.hidden == tuple(("h", j) for j in range(rbm.n_hidden))
    bare = data.draw(strategies.rbms(kind=kind, biases=False, visible=["a", "b"], hidden=["x"]))
    assert bare.visible == ("a", "b") and bare.hidden == ("x",) and not bare.b.any() and bare.constant == 0
    dbn = data.draw(strategies.dbns(kind=kind, max_layers=2, max_units=2))
    assert isinstance(dbn, DBN) and 1 <= len(dbn.rbms) <= 2 and max(dbn.sizes) <= 2
    assert data.draw(strategies.dbns(kind=kind, visible=["a", "b"])).layers[0] == ("a", "b")


@KIND
@pytest.mark.parametrize("exact", [True, False, None])
@pytest.mark.parametrize("zeros", [True, False, None])
@settings(quick, max_examples=8)
@given(st.data())
def test_operators(kind: str, exact: bool | None, zeros: bool | None, data: st.DataObject) -> None:
    T = data.draw(strategies.rg_operators(kind=kind, exact=exact, zeros=zeros))
    assert isinstance(T, RGOperator) and 1 <= len(T.visible) <= 3 and 1 <= len(T.hidden) <= 2
    assert T.visible == tuple(range(len(T.visible))) and T.hidden == tuple(("h", j) for j in range(len(T.hidden)))
    assert exact is None or is_exact_rg(T) == exact
    assert zeros is None or bool(T.weight.zeros()) == zeros
    # It is a step for a Hamiltonian of its kind.
    H = data.draw(strategies.spin_polynomials(kind=kind, sites=T.visible))
    assert (exactrg.delta_f(T, H) == 0) if exact and kind != "float" else True


@settings(max_examples=100)
@given(strategies.lattices(max_sites=12))
def test_lattices(graph: nx.MultiGraph) -> None:
    """Every one is the named lattice: rebuilt from its name, it has the same bonds."""
    assert isinstance(graph, nx.MultiGraph) and sorted(graph) == list(range(len(graph))) and len(graph) <= 12
    again = eval(graph.graph["name"], vars(exactrg) | {name: getattr(exactrg, name) for name in exactrg.__all__})
    assert sorted(again.edges) == sorted(graph.edges)


@pytest.mark.parametrize("periodic", [True, False])
def test_all_lattices_of_a_size_are_there(periodic: bool) -> None:
    found = set()

    @settings(max_examples=300, database=None, phases=[Phase.generate])
    @given(strategies.lattices(max_sites=4, periodic=periodic))
    def collect(graph: nx.MultiGraph) -> None:
        found.add(graph.graph["name"])

    collect()
    torus = {"ring(2)", "ring(3)", "ring(4)", "square(2)", "triangular(2)"}
    chains = {"chain(1)", "chain(2)", "chain(3)", "chain(4)"}
    open_ones = chains | {"square(2, periodic=False)", "triangular(2, periodic=False)", "diamond(1)"}
    assert found == (torus if periodic else open_ones)


@quick
@given(st.data())
def test_configurations(data: st.DataObject) -> None:
    spins = data.draw(strategies.configurations(max_sites=5, min_samples=2, max_samples=3))
    assert spins.dtype == np.int8 and 2 <= len(spins) <= 3 and 1 <= spins.shape[1] <= 5 and (abs(spins) == 1).all()
    H = data.draw(strategies.ising_hamiltonians())
    few = data.draw(strategies.configurations(n_sites=len(H.sites), min_samples=0))
    assert few.shape[1] == len(H.sites) and len(H.evaluate(few)) == len(few) and few.flags.c_contiguous


@quick
@given(st.data())
def test_elements_are_what_is_drawn(data: st.DataObject) -> None:
    ones = st.sampled_from([-1.0, 1.0])
    rbm = data.draw(strategies.rbms(elements=ones))
    assert (abs(np.concatenate([rbm.w.reshape(-1), rbm.b, rbm.c, [rbm.constant]])) == 1).all()
    dbn = data.draw(strategies.dbns(elements=ones, biases=False))
    assert all((abs(part.w) == 1).all() for part in dbn.rbms)
    assert {abs(c) for c in data.draw(strategies.spin_polynomials(elements=ones)).couplings.values()} <= {1.0}
    H = data.draw(strategies.ising_hamiltonians(graphs=ring(5), elements=ones))
    assert {abs(c) for c in H.couplings.values()} == {1.0}
    assert set(data.draw(strategies.boltzmann_weights(elements=st.just(2.0))).table.reshape(-1).round(9)) <= {0.0, 2.0}
    energy = data.draw(strategies.rg_operators(elements=ones, exact=False, zeros=False)).parts
    assert energy is not None and {abs(c) for c in energy[1].couplings.values()} <= {1.0}


@quick
@given(strategies.spin_polynomials(max_sites=3), strategies.rbms(max_visible=2, max_hidden=2))
def test_a_sum_over_states_agrees(H: SpinPolynomial, rbm: RBM) -> None:
    """The objects are ordinary ones: log Z of drawn systems, summed here."""
    for f in (H, rbm.energy()):
        total = 0.0
        for spins in product((1, -1), repeat=len(f.sites)):
            s = dict(zip(f.sites, spins, strict=True))
            total += np.exp(-sum(c * np.prod([s[i] for i in members]) for members, c in f.couplings.items()))
        np.testing.assert_allclose(np.log(total), log_partition_function(f), rtol=1e-9, atol=1e-9)


# The interesting cases are found, and shrink to the smallest of their sort.


def test_minimal_numbers() -> None:
    for kind, least in zip(KINDS, (1.0, Exact("log(2)"), Exact("J")), strict=True):
        assert simplest(strategies.couplings(kind=kind)) == 0
        assert minimal(strategies.couplings(kind=kind), lambda c: c != 0) == least
    assert minimal(strategies.couplings(kind="symbolic"), lambda c: len(c.symbols) == 2) == Exact("J + K")


def test_minimal_functions_of_spins() -> None:
    polynomials = strategies.spin_polynomials(kind="exact")
    assert simplest(polynomials) == SpinPolynomial({}, [0])
    many_body = minimal(polynomials, lambda f: any(len(members) == 4 for members in f.couplings))
    assert many_body == SpinPolynomial({(0, 1, 2, 3): Exact("log(2)")}, range(4))
    constant = minimal(polynomials, lambda f: f.couplings.get(frozenset(), 0) != 0)
    assert constant == SpinPolynomial({(): Exact("log(2)")}, [0])
    bond = minimal(strategies.ising_hamiltonians(), lambda f: any(len(members) == 2 for members in f.couplings))
    assert bond == SpinPolynomial({(0, 1): -1.0}, [0, 1])


@pytest.mark.parametrize("kind", KINDS[:2])
def test_minimal_weights(kind: str) -> None:
    one, zero = (1.0, 0.0) if kind == "float" else (Exact(1), Exact(0))
    weights = strategies.boltzmann_weights(kind=kind)
    assert minimal(weights, lambda w: w.zeros()) == BoltzmannWeight([0], [zero, one])
    assert len(minimal(weights, lambda w: len(w.zeros()) > 2).sites) == 2


@pytest.mark.parametrize("kind", KINDS[:2])
def test_minimal_machines(kind: str) -> None:
    zero = 0.0 if kind == "float" else Exact(0)
    least = 1.0 if kind == "float" else Exact("log(2)")
    assert simplest(strategies.rbms(kind=kind)) == RBM([[zero]])
    found = minimal(strategies.rbms(kind=kind), lambda m: m.n_visible == 2 and m.w[1, 0] != 0)
    assert found == RBM([[zero], [least]])
    assert minimal(strategies.rbms(kind=kind), lambda m: m.constant != 0) == RBM([[zero]], constant=least)
    assert simplest(strategies.dbns(kind=kind)) == DBN([RBM([[zero]])])
    two = minimal(strategies.dbns(kind=kind), lambda d: len(d.rbms) == 2 and d.sizes[1] == 2)
    assert two == DBN([RBM([[zero, zero]]), RBM([[zero], [zero]])])


@pytest.mark.parametrize("kind", KINDS[:2])
def test_minimal_operators(kind: str) -> None:
    operators = strategies.rg_operators(kind=kind)
    zero, H = 0.0 if kind == "float" else Exact(0), SpinPolynomial({}, [0])
    assert simplest(operators) == exactrg.decimation([0], [0])
    inexact = minimal(operators, lambda T: not is_exact_rg(T) and not T.weight.zeros())
    assert inexact.parts is not None and inexact == RGOperator.from_energy(RBM([[zero]]), H)
    holes = minimal(operators, lambda T: not is_exact_rg(T) and T.weight.zeros())
    assert holes == RGOperator(BoltzmannWeight([0, ("h", 0)], [[0, 1], [1, 1]]), [0], [("h", 0)])
    soft = minimal(operators, lambda T: is_exact_rg(T) and not T.weight.zeros())
    assert soft.visible == (0,) and soft.weight == RGOperator.from_conditional(RBM([[zero]])).weight
    tie = minimal(operators, lambda T: is_exact_rg(T) and T.weight.kind == "neutral" and len(T.weight.zeros()) == 2)
    assert len(tie.visible) <= 2 and len(tie.hidden) == 1


def test_every_sort_of_operator_is_drawn() -> None:
    """Decimation, majority with and without ties, Kadanoff, conditional, composed, energies of both sorts, tables."""
    seen = set()

    @settings(max_examples=400, database=None, phases=[Phase.generate], deadline=None, derandomize=True)
    @given(strategies.rg_operators())
    def collect(T: RGOperator) -> None:
        if T.parts is not None:
            seen.add(type(T.parts[0]).__name__)
            return
        entries = set(T.weight.table.reshape(-1).tolist())
        if T.kind == "neutral":
            deterministic = entries <= {0, 1}
            ones = len(T.visible) > len(T.hidden)
            seen.add(f"delta {deterministic} {ones}")
        else:
            seen.add(f"float {is_exact_rg(T)} {bool(T.weight.zeros())}")

    collect()
    assert {"RBM", "SpinPolynomial", "float True False", "float False True", "float False False"} <= seen
    assert {"delta True True", "delta True False", "delta False True"} <= seen


def test_minimal_lattices_and_configurations() -> None:
    assert simplest(strategies.lattices()).graph["name"] == "chain(1)"
    double = minimal(strategies.lattices(), lambda g: any(g.number_of_edges(*edge) > 1 for edge in g.edges()))
    assert double.graph["name"] == "ring(2)"
    loops = minimal(strategies.lattices(), lambda g: len(set(map(frozenset, g.edges()))) > len(g))
    assert loops.graph["name"] in ("triangular(2, periodic=False)", "rectangle(2, 3, periodic=False)")
    np.testing.assert_array_equal(simplest(strategies.configurations()), [[1]])
    assert minimal(strategies.configurations(), lambda s: (s < 0).any()).tolist() == [[-1]]
    two = minimal(strategies.configurations(), lambda s: len(s) > 1 and (s[0] != s[1]).any())
    assert two.tolist() == [[1], [-1]]


# Arguments that make no sense.


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        *(
            (lambda name=name: getattr(strategies, name)(kind="double"), 'expected "float", "exact"')
            for name in OF_A_KIND
        ),
        (lambda: strategies.spin_polynomials(max_sites=0), "max_sites must be an int of at least 1, got 0"),
        (
            lambda: strategies.boltzmann_weights(sites=range(11)),
            "the number of sites must be an int from 1 to 10, got 11",
        ),
        (lambda: strategies.spin_polynomials(max_terms=-1), "max_terms must be an int of at least 0, got -1"),
        (lambda: strategies.spin_polynomials(max_order="a"), "max_order must be an int of at least 0, got 'a'"),
        (lambda: strategies.ising_hamiltonians(graphs=[ring(3)]), "graphs is a list: expected a lattice"),
        (lambda: strategies.rg_operators(exact="yes"), "exact='yes': expected True, False, or None for both"),
        (lambda: strategies.rg_operators(zeros=2), "zeros=2: expected True, False, or None for both"),
        (lambda: strategies.rbms(max_hidden=0), "max_hidden must be an int of at least 1, got 0"),
        (lambda: strategies.dbns(max_layers=0), "max_layers must be an int of at least 1, got 0"),
        (
            lambda: strategies.rg_operators(max_visible=1, max_hidden=10),
            "visible and hidden sites must be an int from 1 to 10",
        ),
        (lambda: strategies.rg_operators(visible=[]), "visible is empty"),
        (lambda: strategies.configurations(n_sites=0), "n_sites must be an int of at least 1, got 0"),
        (lambda: strategies.configurations(max_samples=0), "max_samples must be an int of at least 1, got 0"),
        (lambda: strategies.configurations(min_samples=-1), "min_samples must be an int of at least 0, got -1"),
    ],
)
def test_arguments_are_checked(strategy: Any, message: str) -> None:
    @settings(database=None, phases=[Phase.generate])
    @given(strategy())
    def draw(x: Any) -> None:
        pass

    with pytest.raises(InputError, match=message):
        draw()


def test_lattice_sizes_are_checked() -> None:
    with pytest.raises(InputError, match="max_sites must be an int from 1 to 100, got 0"):
        strategies.lattices(max_sites=0)
    with pytest.raises(InputError, match="from 1 to 100, got 1000000"):
        strategies.lattices(max_sites=10**6)
    with pytest.raises(InputError, match="periodic='yes': expected True, False, or None"):
        strategies.lattices(periodic="yes")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected at least 2, a periodic lattice's smallest"):
        strategies.lattices(max_sites=1, periodic=True)
