"""What machines and Ising Hamiltonians refuse, word by word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
import sympy
from messages import DISJOINT, EXPECTED, FINITE, HUGE, MIXED, NO_LOG, OR_SYMBOL, Case, check, wrong
from oracle_numbers import J

from exactrg import DBN, RBM, SpinPolynomial, ising
from exactrg.errors import (
    CouplingError,
    EnumerationTooLarge,
    FloatOverflowError,
    InputError,
    LatticeError,
    MixedKindsError,
    SiteError,
)

FLOAT = SpinPolynomial({(0, 1): 0.5})
STACK = DBN([RBM([[0.5]])])
PAIR = nx.Graph([(0, 1)])

CASES: list[Case] = [
    *(
        (call, CouplingError, "DBN([RBM([[0.5]])]) is a DBN" + EXPECTED + ", or a float")
        for call in (lambda: FLOAT + wrong(STACK), lambda: FLOAT - wrong(STACK), lambda: RBM([[0.5]]) - wrong(STACK))
    ),
    (lambda: FLOAT + RBM([[J]]), MixedKindsError, "a sum of spin polynomials" + MIXED),
    (lambda: ising(PAIR, 10**400), FloatOverflowError, HUGE),
    (lambda: RBM([[10**400]]), FloatOverflowError, HUGE),
    # rbm
    (
        lambda: RBM([1, 2]),
        InputError,
        "w has shape (2,): expected a matrix, (n_visible, n_hidden); write [[w0, w1], ...]",
    ),
    (
        lambda: RBM([[1], [1, 2]]),
        InputError,
        "w is ragged: expected rows of one length, (n_visible, n_hidden)",
    ),
    (lambda: RBM([[0.5]], [1, 2]), InputError, "b has shape (2,): expected (1,)"),
    (lambda: RBM([[0.5]], c=[1, 2]), InputError, "c has shape (2,): expected (1,)"),
    (lambda: RBM([[0.5]], constant=[1]), InputError, "constant has shape (1,): expected ()"),
    (lambda: RBM([[0.5]], b=[J]), MixedKindsError, "an RBM" + MIXED),
    (lambda: RBM([[0.5, J]]), MixedKindsError, "w" + MIXED),
    (
        lambda: RBM([[0.5]], visible=[0, 1]),
        InputError,
        "2 visible and 1 hidden sites for w of shape (1, 1): expected 1 and 1",
    ),
    (lambda: RBM([[0.5]], visible="a"), SiteError, "visible is 'a': expected a sequence of sites; write ['a']"),
    (lambda: RBM([[0.5]], hidden="a"), SiteError, "hidden is 'a': expected a sequence of sites; write ['a']"),
    (
        lambda: RBM([[0.5]], visible=["a"], hidden=["a"]),
        SiteError,
        "the visible and the hidden sites share the site 'a'" + DISJOINT,
    ),
    (
        lambda: RBM([[0.5]]).relabel({1: 2}),
        SiteError,
        "the mapping names the unknown site 1; the sites are 0, ('h', 0)",
    ),
    (lambda: RBM([[np.inf]]), CouplingError, "the coupling inf" + FINITE),
    (lambda: RBM([[J, sympy.Rational(1, 2)]]), CouplingError, "w[0, 1] is 1/2: e**(1/2)" + NO_LOG + "0.5" + OR_SYMBOL),
    (lambda: RBM([[J]], b=[1]), CouplingError, "b[0] is 1: e**(1)" + NO_LOG + "1.0" + OR_SYMBOL),
    (lambda: RBM([[J]], c=[J - 1]), CouplingError, "c[0] is J - 1: e**(-1)" + NO_LOG + "-1.0" + OR_SYMBOL),
    (lambda: RBM([[J]], constant=2), CouplingError, "the constant is 2: e**(2)" + NO_LOG + "2.0" + OR_SYMBOL),
    # dbn
    (lambda: DBN([]), InputError, "a DBN of (): expected a sequence of at least one RBM, from the bottom up"),
    (lambda: DBN([wrong(3)]), InputError, "a DBN of (3,): expected a sequence of at least one RBM, from the bottom up"),
    (
        lambda: DBN([RBM([[0.5, 0.5]]), RBM([[0.5]])]),
        InputError,
        "RBM 0 has 2 hidden and RBM 1 has 1 visible units: expected the same number",
    ),
    (lambda: DBN([RBM([[0.5]]), RBM([[J]])]), MixedKindsError, "a DBN" + MIXED),
    (
        lambda: DBN([RBM([[0.5]], visible=[("h", 2, 0)]), RBM([[0.5]])]),
        SiteError,
        "a DBN contains ('h', 2, 0) twice: expected distinct sites",
    ),
    (
        lambda: DBN([RBM([[0.5]])], hidden=[["a", "b"]]),
        InputError,
        "hidden names layers of [2] units: expected [1], one name for each hidden unit",
    ),
    (lambda: STACK.relabel({1: 2}), SiteError, "the mapping names the unknown site 1; the sites are 0, ('h', 1, 0)"),
    (
        lambda: STACK.relabel({0: ("h", 1, 0)}),
        SiteError,
        "the mapping's result contains ('h', 1, 0) twice: expected distinct sites",
    ),
    *(
        (
            call,
            EnumerationTooLarge,
            f"{what} of a DBN over 30 spins has 2**30 = 1,073,741,824 entries and would take 8 GiB; the limit is 26 spins. "
            "Write fewer units a layer; approx takes the RBMs of dbn.rbms one by one.",
        )
        for what, call in (
            ("the joint weight", DBN([RBM(np.ones((10, 20)))]).joint_weight),
            ("the visible marginal", DBN([RBM(np.ones((10, 20))), RBM(np.ones((20, 40)))]).visible_weight),
        )
    ),
    # hamiltonians
    (
        lambda: ising(wrong(3), 0.5),
        LatticeError,
        "expected a networkx graph, got int; write square(4), ring(8), nx.Graph(...)",
    ),
    (
        lambda: ising(nx.DiGraph([(0, 1)]), 0.5),
        LatticeError,
        "expected an undirected graph, got a directed one; write graph.to_undirected()",
    ),
    (
        lambda: ising(nx.Graph([(0, 0)]), 0.5),
        LatticeError,
        "the bond 0-0 is a self-loop: s_i s_i = 1 is a constant; remove it from the graph",
    ),
    (
        lambda: ising(PAIR, sympy.Rational(1, 2)),
        CouplingError,
        "the coupling of the bond 0-1 is 1/2: e**(1/2) is not rational: write sympy.log(sympy.Rational(p, q)) for an "
        "exact coupling with e**coupling = p/q, 0.5 for a float64 one, or a real Symbol",
    ),
    (
        lambda: ising(PAIR, 0.5, sympy.Rational(1, 2)),
        CouplingError,
        "the field on site 0 is 1/2: e**(1/2) is not rational: write sympy.log(sympy.Rational(p, q)) for an exact "
        "coupling with e**coupling = p/q, 0.5 for a float64 one, or a real Symbol",
    ),
    (lambda: ising(PAIR, 0.5, J), MixedKindsError, "an Ising Hamiltonian" + MIXED),
    (lambda: ising(PAIR, "J"), LatticeError, "the bond (0, 1) has no attribute 'J': expected one on every edge"),
    (
        lambda: ising(PAIR, {(0, 2): 0.5}),
        LatticeError,
        "the coupling mapping names (0, 2), which is no bond of the graph",
    ),
    (
        lambda: ising(PAIR, {(0, 1): 0.5, (1, 0): 0.5}),
        LatticeError,
        "the coupling mapping names the bond (0, 1) in two ways: expected one; write (i, j, key) for parallel bonds",
    ),
    (
        lambda: ising(PAIR, {(1, 0): 0.5, frozenset((0, 1)): 0.5}),
        LatticeError,
        "the coupling mapping names the bond (1, 0) in two ways: expected one; write (i, j, key) for parallel bonds",
    ),
    (
        lambda: ising(PAIR, {frozenset((0,)): 0.5}),
        LatticeError,
        "the coupling mapping names frozenset({0}), which is no bond of the graph",
    ),
    (lambda: ising(PAIR, J, 1), CouplingError, "the field on site 0 is 1: e**(1)" + NO_LOG + "1.0" + OR_SYMBOL),
    (lambda: ising(PAIR, J, {1: 2}), CouplingError, "the field on site 1 is 2: e**(2)" + NO_LOG + "2.0" + OR_SYMBOL),
    (
        lambda: ising(PAIR, 1, sympy.log(2)),
        CouplingError,
        "the coupling of the bond 0-1 is 1: e**(1)" + NO_LOG + "1.0" + OR_SYMBOL,
    ),
    (
        lambda: ising(nx.MultiGraph(PAIR), {(0, 1, 0): 0.5, (1, 0, 0): 0.5}),
        LatticeError,
        "the coupling mapping names the bond (0, 1, 0) in two ways: expected one; write (i, j, key) for parallel bonds",
    ),
    (
        lambda: ising(PAIR, {}),
        LatticeError,
        "the bond (0, 1) has no coupling in the mapping: expected one for every edge",
    ),
    (lambda: ising(PAIR, 0.5, "h"), LatticeError, "no site has the attribute 'h': expected it on some nodes"),
    (lambda: ising(PAIR, 0.5, {2: 0.5}), LatticeError, "the field mapping names 2, which is no site of the graph"),
]


@pytest.mark.parametrize(("call", "error", "message"), CASES, ids=[message[:60] for *_, message in CASES])
def test_what_is_refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    check(call, error, message)
