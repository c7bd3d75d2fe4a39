"""Systems and lemmas that claims share: totals, exact steps from any T, Eq. 10 as printed, the bound of C7."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

import pytest
import sympy

from exactrg import RBM, SpinPolynomial
from exactrg.claims import steps
from exactrg.claims.ledger import Cases
from exactrg.claims.systems import System, scalar_weight, symbolic_hamiltonian, symbolic_rbm

CASES = Cases(0, 60)
PRINTED = list(steps.printed_energies(CASES))


def fractions(weight: Any, sites: tuple[Any, ...]) -> list[Fraction]:
    return [Fraction(int(x.p), int(x.q)) for x in weight.aligned(sites).reshape(-1)]


def test_total_is_the_plain_sum() -> None:
    for s in CASES.weights:
        assert Fraction(str(steps.total(s.T.weight))) == sum(fractions(s.T.weight, s.visible + s.hidden))
    J = sympy.Symbol("J", real=True)
    assert steps.total(CASES.weights[0].P * scalar_weight(sympy.exp(J))) == sympy.exp(J)


def test_made_exact_has_the_conditional_of_t() -> None:
    for s in CASES.positive():
        if s.origin == "symbolic":
            continue
        exact, sites = steps.made_exact(s), s.visible + s.hidden
        before, after = fractions(s.T.weight, sites), fractions(exact.T.weight, sites)
        width = 2 ** len(s.hidden)
        for k in range(0, len(before), width):
            q = sum(before[k : k + width])
            assert after[k : k + width] == [x / q for x in before[k : k + width]]
        assert exact.origin == s.origin and exact.H is s.H and "made exact" in exact.name


def test_printed_energies_have_no_constant() -> None:
    assert sum(s.origin == "symbolic" for s in PRINTED) == 3 and len(PRINTED) == 3 + CASES.count
    for s in PRINTED:
        assert frozenset() not in s.H.couplings and isinstance(s.E, RBM) and s.E.constant == 0
    assert {(len(s.visible), len(s.hidden)) for s in PRINTED if s.origin == "symbolic"} == {(1, 1), (2, 1), (1, 2)}


@pytest.mark.parametrize("s", [s for s in PRINTED if s.origin == "random"][:40], ids=lambda s: s.name)
def test_the_bound_is_that_of_the_product_of_q(s: System) -> None:
    """2^-N sum_v log q(v) >= M log 2 is prod_v q(v) >= 2^(M 2^N): in integers, without the lemma."""
    q = fractions(s.q, s.visible)
    holds = prod(q) >= 2 ** (len(s.hidden) * len(q))
    assert holds and steps.log_trace_is_positive_on_average(s)


def test_the_lemma_fails_where_there_is_a_constant() -> None:
    H, E = symbolic_hamiltonian(1), symbolic_rbm(1, 1)
    assert not steps.log_trace_is_positive_on_average(System("constants", "symbolic", H, E))
    plain = H - H.couplings[frozenset()]
    assert not steps.log_trace_is_positive_on_average(System("constant in E", "symbolic", plain, E))
    assert not steps.log_trace_is_positive_on_average(
        System("constant in H", "symbolic", H, symbolic_rbm(1, 1, constant=False))
    )
    assert steps.log_trace_is_positive_on_average(System("none", "symbolic", plain, symbolic_rbm(1, 1, constant=False)))


def test_a_constant_makes_an_exact_step() -> None:
    """What the bound forbids without one: H = c v, w = 0 and e^d = 2cosh b."""
    log = sympy.log
    H = SpinPolynomial({(0,): log(3)}, [0])
    with_constant = RBM([[0]], [log(2)], [log(3)], log(sympy.Rational(5, 2)))
    assert System("e^d = 2cosh b", "given", H, with_constant).is_exact
    without = System("no constant", "given", H, RBM([[0]], [log(2)], [log(3)]))
    assert not without.is_exact and without.q_is_constant
