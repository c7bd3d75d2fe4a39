"""RG operators: Eqs. 6, 8, 9, 14, 15 and 18 to 22 against enumeration, with many-body energies and zero weights."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Step
from oracle_numbers import J, K
from oracle_systems import hamiltonians, log, polynomial, rational, rbms, systems

from exactrg import (
    RBM,
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    decimation,
    delta_f,
    exp,
    is_exact_rg,
    ising,
    kadanoff,
    rbm_hamiltonian,
    rg_hamiltonian,
    ring,
    square,
    trace,
    trace_condition,
)
from exactrg.errors import (
    NotExactRGError,
    SiteError,
    ZeroWeightError,
)
from exactrg.rg import coarse_weight

tables = st.lists(st.fractions(0, 5, max_denominator=5), min_size=16, max_size=16).filter(any)


def operator(step: Step) -> tuple[RGOperator, SpinPolynomial]:
    """T = -E + H and H as exactrg sees them."""
    H = polynomial(step.H, step.visible)
    return RGOperator.from_energy(polynomial(step.E, step.sites), H), H


def entries(weight: BoltzmannWeight, sites: Any) -> list[Any]:
    return [weight.ring.value(x) for x in weight.aligned(tuple(sites)).reshape(-1)]


@given(systems())
def test_operator_of_an_energy(step: Step) -> None:
    """Eqs. 6, 8, 9 and 18."""
    T, H = operator(step)
    assert T.visible == tuple(step.visible) and T.hidden == tuple(step.hidden)
    assert entries(T.weight, step.sites) == list(step.e_T().values())
    assert entries(trace_condition(T), step.visible) == list(step.q().values())
    assert entries(coarse_weight(T, H), step.hidden) == list(step.coarse().values())
    assert exp(-rg_hamiltonian(T, H)) == coarse_weight(T, H)
    assert delta_f(T, H) == Exact(step.exp_delta_f()).log()
    assert is_exact_rg(T) == (set(step.q().values()) == {1})
    assert T.energy(H) == polynomial(step.E, step.sites)
    assert T.exponent == H - polynomial(step.E, step.sites)


@given(systems())
def test_stored_and_evaluated_operators_agree(step: Step) -> None:
    """The same T as e^T with its sites in another order: every result is that of the unevaluated one."""
    T, H = operator(step)
    shuffled = step.sites[::-1]
    table = T.weight.aligned(tuple(shuffled))
    S = RGOperator(BoltzmannWeight.of(tuple(shuffled), T.weight.kind, table), step.visible, step.hidden)
    assert trace_condition(S) == trace_condition(T) and delta_f(S, H) == delta_f(T, H)
    assert rg_hamiltonian(S, H) == rg_hamiltonian(T, H)
    assert S.energy(H) == T.energy(H) and S.parts is None and S.joint_energy(H) is None
    spins = list(oracle.configurations(step.visible))
    for x, y in zip(S.log_trace(spins), T.log_trace(spins), strict=True):
        assert Exact(x) == y


@given(rbms(), st.data())
def test_mapping_of_rbms(machine: tuple[RBM, dict[Any, Fraction]], data: st.DataObject) -> None:
    """Eqs. 18 to 22: H^RG[h] = H^RBM[h], and e^T = p(h|v) e^{H - H^RBM}."""
    rbm, e = machine
    h = data.draw(hamiltonians(list(rbm.visible)))
    H = polynomial(h, rbm.visible)
    T = RGOperator.from_energy(rbm, H)
    step = Step(h, e, rbm.visible, rbm.hidden)
    assert entries(coarse_weight(T, H), rbm.hidden) == list(step.coarse().values())
    assert rg_hamiltonian(T, H) == rbm_hamiltonian(rbm, over="visible")
    assert entries(trace_condition(T), rbm.visible) == list(step.q().values())
    conditional = RGOperator.from_conditional(rbm)
    assert is_exact_rg(conditional)
    assert T.weight == conditional.weight * exp(H - rbm_hamiltonian(rbm, over="hidden"))
    assert T.joint_energy(H) is rbm


def test_mapping_with_symbols() -> None:
    w, b, c = sympy.symbols("w b c", real=True)
    H = ising(ring(3), J, K)
    E = RBM([[w], [2 * w], [0]], [b], [c, 0, c / 2], constant=J)
    T = RGOperator.from_energy(E, H)
    assert rg_hamiltonian(T, H) == rbm_hamiltonian(E, over="visible")
    point = {J: sympy.log(2), K: sympy.log(3), w: sympy.log(5) / 2, b: sympy.log(7), c: sympy.log(2) * 2}
    r5 = oracle.Surd(Fraction(0), Fraction(1), Fraction(5))
    step = Step(
        {frozenset(s): Fraction(1, 2) for s in ((0, 1), (1, 2), (0, 2))}
        | {frozenset((i,)): Fraction(1, 3) for i in range(3)},
        {
            frozenset((0, "h")): r5,
            frozenset((1, "h")): r5 * r5,
            frozenset(("h",)): Fraction(7),
            frozenset((0,)): Fraction(4),
            frozenset((2,)): Fraction(2),
            frozenset(): Fraction(2),
        },
        [0, 1, 2],
        ["h"],
    )
    for spins, x in step.q().items():
        entry = trace_condition(T).table[tuple((1 - s) // 2 for s in spins)]
        assert Exact(sympy.sympify(entry).subs(point)) == rational(x.a) + rational(x.b) * sympy.sqrt(5)


@given(tables)
def test_arbitrary_operators_with_zeros(values: list[Fraction]) -> None:
    """A table of 2 + 2 spins, zeros included: trace condition, coarse weights and Delta F by hand."""
    weight = BoltzmannWeight(range(4), np.array([rational(x) for x in values], dtype=object).reshape(2, 2, 2, 2))
    T = RGOperator(weight, [0, 1], [2, 3])
    h = {frozenset({0, 1}): Fraction(2), frozenset({1}): Fraction(1, 3)}
    H = polynomial(h, [0, 1])
    table = dict(zip(oracle.configurations(range(4)), values, strict=True))
    boltzmann = oracle.weight(oracle.inverse(h), [0, 1])
    coarse = oracle.marginal({s: x * boltzmann[s[:2]] for s, x in table.items()}, [2, 3])
    q = oracle.marginal(table, [0, 1])
    assert entries(trace_condition(T), [0, 1]) == list(q.values())
    assert entries(coarse_weight(T, H), [2, 3]) == list(coarse.values())
    assert delta_f(T, H) == Exact(oracle.total(boltzmann) / oracle.total(coarse)).log()
    for spins, x in q.items():
        expected = -sympy.oo if x == 0 else sympy.log(rational(x))
        found = T.log_trace([spins])[0]
        assert found == expected or Exact(found) == expected
    if 0 in coarse.values():
        with pytest.raises(ZeroWeightError, match="vanishes at"):
            rg_hamiltonian(T, H)
    else:
        assert exp(-rg_hamiltonian(T, H)) == coarse_weight(T, H)
    if 0 in values:
        with pytest.raises(ZeroWeightError):
            T.energy(H)
    if all(q.values()):
        exact = RGOperator.from_conditional(weight / weight.trace([2, 3]), [2, 3])
        assert is_exact_rg(exact) and delta_f(exact, H) == 0


@given(systems(n=2, m=2), hamiltonians([("h", 0), "k"]), st.data())
def test_composition(step: Step, e: dict[Any, Fraction], data: st.DataObject) -> None:
    """C8: e^{T12} = Tr_h e^{T1 + T2}; H^RG composes; Delta F adds."""
    T1, H = operator(step)
    hidden = step.hidden
    T2 = RGOperator(exp(polynomial(e, [("h", 0), "k"])) * exp(SpinPolynomial({}, hidden)), hidden, ["k"])
    T12 = T1.compose(T2)
    first, second = step.e_T(), oracle.weight(e, [("h", 0), "k"])
    n = len(step.visible)
    expected = {
        (*v, k): sum(first[(*v, *h)] * second[h[0], k] for h in oracle.configurations(hidden))
        for v in oracle.configurations(step.visible)
        for k in (1, -1)
    }
    assert entries(T12.weight, [*step.visible, "k"]) == list(expected.values())
    assert T12.visible == tuple(step.visible) and T12.hidden == ("k",) and n == len(T12.visible)
    H1 = rg_hamiltonian(T1, H)
    assert rg_hamiltonian(T12, H) == rg_hamiltonian(T2, H1)
    assert delta_f(T12, H) == delta_f(T1, H) + delta_f(T2, H1)


def test_composition_of_exact_steps_is_exact() -> None:
    first = kadanoff([[0, 1], [2, 3]], J)
    second = kadanoff([[("h", 0), ("h", 1)]], K, hidden=["top"])
    assert is_exact_rg(first.compose(second))
    third = decimation(["top"], ["top"], hidden=["last"])
    assert is_exact_rg(first.compose(second).compose(third))


# Visible spins that do not occur in E.


def test_energy_without_some_visible_spin() -> None:
    """Z' = Tr_vh e^{-E} sums over every visible spin, also over those that E does not mention."""
    H = SpinPolynomial({(0, 1): sympy.log(2)}, [0, 1])
    E = SpinPolynomial({(0, "h"): sympy.log(3)}, [0, "h"])
    T = RGOperator.from_energy(E, H)
    step = Step({frozenset({0, 1}): Fraction(2)}, {frozenset({0, "h"}): Fraction(3)}, [0, 1], ["h"])
    assert delta_f(T, H) == Exact(step.exp_delta_f()).log()
    assert delta_f(T, H) == delta_f(RGOperator(T.weight, [0, 1], ["h"]), H)
    assert T.joint_energy(H) == E + SpinPolynomial({}, [1])


# Exact steps.


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
def test_floats_within_rounding(scale: float) -> None:
    """T = -E + H is exact although E and H are large: what is left is rounding."""
    H = SpinPolynomial({(0, 1): scale, (0,): -0.3 * scale, (1,): 0.1})
    kernel = kadanoff([[0, 1]], 0.7)
    T = RGOperator.from_energy(kernel.energy(H), H)
    assert is_exact_rg(T) and is_exact_rg(kernel)
    assert not is_exact_rg(RGOperator.from_energy(kernel.energy(H) + 1e-6 * scale, H))
    assert not is_exact_rg(RGOperator(kernel.weight * 1.0001, [0, 1], [("h", 0)]))


def test_floats_with_no_hamiltonian() -> None:
    """H = 0 has no kind of its own: it adapts to the floats of E."""
    for E, exact in ((RBM([[0.3], [0.1]]), False), (RBM(np.zeros((2, 1)), constant=float(np.log(2))), True)):
        assert is_exact_rg(RGOperator.from_energy(E, SpinPolynomial({}, [0, 1]))) == exact
        assert is_exact_rg(RGOperator.from_energy(E.energy(), SpinPolynomial({}, [0, 1]))) == exact


def test_operators_of_zeros_are_not_exact() -> None:
    for zero in (0, 0.0):
        T = RGOperator(BoltzmannWeight([0, "h"], [[zero, zero], [zero, zero]]), [0], ["h"])
        assert not is_exact_rg(T)
        with pytest.raises(NotExactRGError):
            RGOperator.from_conditional(T.weight, ["h"])


@given(systems())
def test_equality(step: Step) -> None:
    """By e^T, however it is held; delta functions differ from every operator of an energy."""
    T, H = operator(step)
    stored = RGOperator(T.weight, T.visible, T.hidden)
    again, shifted = RGOperator.from_energy(H - T.exponent, H), RGOperator.from_energy(H - T.exponent + J, H + K)
    assert T == stored == T == again and stored == again and T == RGOperator.from_energy(H - T.exponent + K, H + K)
    assert shifted not in (T, stored) and T != shifted and stored != shifted and T != 1
    everything = np.zeros((2,) * len(step.sites), dtype=int)
    everything[(0,) * len(step.sites)] = 1
    delta = RGOperator(BoltzmannWeight(step.sites, everything), T.visible, T.hidden)
    assert delta != T and T != delta and delta != stored and delta == RGOperator(delta.weight, T.visible, T.hidden)
    turned = RGOperator(T.weight, T.hidden, T.visible)
    assert turned != T and turned != stored


def test_exactness_has_no_tolerance() -> None:
    conditional = RGOperator.from_conditional(RBM([[J], [K]]))
    assert is_exact_rg(conditional)
    nearly = RGOperator(conditional.weight * (1 + sympy.Rational(1, 10**40)), [0, 1], [("h", 0)])
    assert not is_exact_rg(nearly)


def test_claimed_exact_step_that_is_not() -> None:
    weight = BoltzmannWeight([0, "b", ("h", 0)], [[[0.5, 0.5], [0.9, 0.1]], [[0.2, 0.8], [0.5, 0.75]]])
    with pytest.raises(
        NotExactRGError, match=r"Tr_h e\^T = 1\.25 at v = \{0: -1, 'b': -1\}: expected 1 for every v"
    ) as e:
        RGOperator.from_conditional(weight)
    assert e.value.configuration == {0: -1, "b": -1} and e.value.value == pytest.approx(1.25)
    assert "Divide e^T by trace_condition(T)" in str(e.value)
    exact = BoltzmannWeight([0, "h"], [[sympy.Rational(1, 2), sympy.Rational(1, 2)], [sympy.Rational(1, 3), 1]])
    with pytest.raises(NotExactRGError, match=r"= 4/3 at v = \{0: -1\}") as e:
        RGOperator.from_conditional(exact, hidden=["h"])
    assert e.value.value == sympy.Rational(4, 3)
    assert pickle.loads(pickle.dumps(e.value)).configuration == {0: -1}
    symbolic = exp(SpinPolynomial({(0, "h"): J}))
    with pytest.raises(NotExactRGError, match=r"exp\(J\) \+ exp\(-J\) at v = "):
        RGOperator.from_conditional(symbolic, ["h"])
    assert is_exact_rg(RGOperator.from_conditional(symbolic / symbolic.trace(["h"]), ["h"]))


@pytest.mark.parametrize(
    ("traces", "worst"),
    [([0.2, 1.5], 0), ([1.5, 0.2], 1), ([1.9, 0.3], 0), ([0.3, 1.9], 1), ([1.0, 1.25], 1), ([0.75, 1.0], 0)],
)
def test_the_worst_configuration_is_named(traces: list[float], worst: int) -> None:
    """Farthest from one, not the largest, the smallest, the first or the last."""
    for kind in (float, sympy.Rational, lambda x: sympy.Rational(x) * sympy.exp(K - K)):
        weight = BoltzmannWeight([0, "h"], [[kind(t) / 2, kind(t) / 2] for t in traces])
        with pytest.raises(NotExactRGError) as e:
            RGOperator.from_conditional(weight, ["h"])
        assert e.value.configuration == {0: 1 - 2 * worst} and float(e.value.value) == pytest.approx(traces[worst])


def test_symbols_are_compared_where_their_exponential_is_two() -> None:
    """Traces x/4, 5/4 and x + 1/x of x = e^J: 1/2, 5/4 and 5/2 at x = 2."""
    x = sympy.exp(J)
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        traces = [[x / 4, sympy.Rational(5, 4), x + 1 / x][k] for k in order] + [sympy.Integer(1)]
        weight = BoltzmannWeight([0, 1, "h"], np.array([[t / 2, t / 2] for t in traces]).reshape(2, 2, 2))
        with pytest.raises(NotExactRGError) as e:
            RGOperator.from_conditional(weight, ["h"])
        assert e.value.value == x + 1 / x


# Names of sites.


@given(systems())
def test_relabel_round_trip(step: Step) -> None:
    T, _ = operator(step)
    mapping = {site: f"x{k}" for k, site in enumerate(step.sites)}
    back = {new: old for old, new in mapping.items()}
    for S in (T, RGOperator(T.weight, T.visible, T.hidden)):
        renamed = S.relabel(mapping)
        assert renamed.visible == tuple(mapping[s] for s in T.visible)
        assert trace_condition(renamed) == trace_condition(T).relabel({s: mapping[s] for s in T.visible})
        assert renamed.relabel(back).weight == T.weight
        assert renamed.relabel(back).visible == T.visible and renamed.relabel(back).hidden == T.hidden
        assert (renamed.parts is None) == (S.parts is None)


def test_renaming_some_sites() -> None:
    E, H = SpinPolynomial({(0, "h"): J, (1, "h"): K}), SpinPolynomial({(0, 1): K}, [0, 1])
    T = RGOperator.from_energy(E, H)
    for S in (T, RGOperator(T.weight, T.visible, T.hidden)):
        assert S.relabel({0: "a"}).visible == ("a", 1) and S.relabel({0: "a"}).hidden == ("h",)
        assert S.relabel({"h": "top"}).visible == (0, 1) and S.relabel({"h": "top"}).hidden == ("top",)
        assert S.relabel({"h": "top"}).weight == T.weight.relabel({"h": "top"})


def test_swapping_names() -> None:
    T = RGOperator.from_energy(RBM([[J], [K]]), SpinPolynomial({(0,): K, (0, 1): J}))
    swapped = T.relabel({0: 1, 1: 0})
    assert swapped.visible == (1, 0)
    assert swapped.weight.table.tolist() == T.weight.table.tolist()
    with pytest.raises(SiteError, match="the mapping names the unknown site 9"):
        T.relabel({9: 0})
    with pytest.raises(SiteError):
        T.relabel({0: ("h", 0)})


@settings(max_examples=10)
@given(systems(n=2, m=1))
def test_representations(step: Step) -> None:
    T, _ = operator(step)
    assert repr(T).startswith("RGOperator.from_energy(SpinPolynomial({") and eval(repr(T)) == T
    evaluated = RGOperator(T.weight, T.visible, T.hidden)
    assert repr(evaluated).startswith("RGOperator(BoltzmannWeight([") and eval(repr(evaluated)) == evaluated == T
    assert T._repr_latex_().startswith(r"$\displaystyle e^{T} = ")


def test_readme_like_example() -> None:
    """The card of the design, as it stands there."""
    b, c, w = sympy.symbols("b c w", real=True)
    H = ising(ring(4), J)
    E = RBM(w=[[w], [w], [w], [w]], b=[b], c=[c, 0, 0, 0]).energy()
    T = RGOperator.from_energy(E, H)
    from exactrg import log as log_of

    H_rg = -log_of(trace(exp(-E + H) * exp(-H), over=H.sites))
    assert H_rg == rg_hamiltonian(T, H) == rbm_hamiltonian(E, over=H.sites)
    assert H_rg != rg_hamiltonian(T, H) + log(Fraction(2)) and square(2).number_of_edges() == 8


def test_the_axes_of_a_weight_are_the_visible_then_the_hidden_sites() -> None:
    """So that ``T.weight.table`` reshapes to (2**N, 2**M), and a trace to the order of ``T.visible``."""
    step = kadanoff([[0, 1], [2, 3]], 0.5)
    assert step.weight.sites == step.visible + step.hidden
    mixed = BoltzmannWeight(["h", 1, 0], np.arange(8.0).reshape(2, 2, 2))
    T = RGOperator(mixed, [0, 1], ["h"])
    assert T.weight == mixed and T.weight.table[0, 1, 0] == mixed.table[0, 1, 0]
    E = RBM([[0.3], [0.7]], c=[0.1, 0.2], visible=["x", "y"])
    assert trace_condition(RGOperator.from_energy(E, SpinPolynomial({}, ["y", "x"]))).sites == ("y", "x")
