"""Plausible errors, and where to put them: one ingredient of every system, a public function, or a name of a module."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import pytest
import sympy

from exactrg import (
    RBM,
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    decimation,
    exp,
    ising,
    kl_divergence,
    rbm_hamiltonian,
    ring,
)
from exactrg.claims.systems import System, scalar_weight
from exactrg.infinite import critical_coupling

Patch = Callable[[pytest.MonkeyPatch], None]


def ingredient(name: str, wrong: Callable[[System, Any], Any]) -> Patch:
    """Replace an attribute of every system by something made from the system and the right value."""
    right = vars(System)[name].func

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        broken = cached_property(lambda s: wrong(s, right(s)))
        broken.__set_name__(System, name)
        monkeypatch.setattr(System, name, broken)

    return patch


def everywhere(right: Any, wrong: Callable[[Any], Any]) -> Patch:
    """Replace a public function wherever the package has imported it."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        replacement, places = wrong(right), 0
        for name, module in list(sys.modules.items()):
            if name.split(".")[0] == "exactrg":
                for attribute, value in list(vars(module).items()):
                    if value is right:
                        monkeypatch.setattr(module, attribute, replacement)
                        places += 1
        assert places >= 2, right  # where it is defined and where it is used

    return patch


def within(owner: Any, name: str, wrong: Callable[[Any], Any]) -> Patch:
    """Replace a name of one module, or a method of a class."""
    right = vars(owner)[name]
    return lambda monkeypatch: monkeypatch.setattr(owner, name, wrong(right))


# The errors.


def minus_e_minus_h(monkeypatch: pytest.MonkeyPatch) -> None:
    """T = -E - H instead of Eq. 18."""
    right = RGOperator.from_energy
    monkeypatch.setattr(RGOperator, "from_energy", lambda E, H: right(E, -H))


def of_the_other_layer(s: System, right: BoltzmannWeight) -> BoltzmannWeight:
    """The marginal of h taken for that of v, or the reverse, where the layers have one size."""
    wrong = s.p.trace(right.sites)
    return wrong.relabel(dict(zip(wrong.sites, right.sites, strict=True))) if len(s.visible) == len(s.hidden) else right


def no_constant_in_h_rg(right: Any) -> Any:
    return lambda T, H: without_constant(right(T, H))


def rg_up_to(order: int) -> Any:
    """H^RG cut at products of so many spins."""
    return lambda right: lambda T, H: truncated(right(T, H), order)


def opposite_hamiltonian(right: Any) -> Any:
    """e^{T + H} in Eq. 6."""
    return lambda T, H: right(T, -H)


def antiferromagnet(right: Any) -> Any:
    """H = +J sum."""
    return lambda graph, J, h=0: -right(graph, J, h)


def no_conversion_constant(right: Any) -> Any:
    return lambda E: right(E)._replace(constant=E.constant)


def positive_quarter(right: Any) -> Any:
    """w = +W/4 from 0/1 units."""
    return lambda E: right(E)._replace(weights=4 * E.w)


def reshaped_transpose(right: Any) -> Any:
    """w.reshape for w.T: the same shape, other entries."""
    return lambda E: RBM(E.w.reshape(E.w.T.shape), E.c, E.b, E.constant, visible=E.hidden, hidden=E.visible)


def absolute_fields(right: Any) -> Any:
    """Receptive fields without their signs."""
    return lambda dbn: [right(dbn)[0], np.vectorize(abs, otypes=[object])(right(dbn)[1])]


def restricted_energy(right: Any) -> Any:
    """E = H - T read into the w, b and c of an RBM."""
    return lambda T, H: bipartite(right(T, H), T.visible, T.hidden)


def of_one_spin(s: System, right: Any) -> Any:
    """KL between marginals of the first spin."""
    return kl_divergence(*(weight.trace(s.visible[1:]) for weight in (s.P, s.p_visible)))


def no_constant_in_match(right: Any) -> Any:
    return lambda H, sign, w: RBM((E := right(H, sign, w)).w, None, E.c)


def without_constant(f: SpinPolynomial) -> SpinPolynomial:
    return f - f.couplings.get(frozenset(), Exact(0))


def truncated(f: SpinPolynomial, order: int) -> SpinPolynomial:
    return SpinPolynomial({S: c for S, c in f.couplings.items() if len(S) <= order}, f.sites)


def bipartite(E: SpinPolynomial, visible: tuple[Any, ...], hidden: tuple[Any, ...]) -> SpinPolynomial:
    """What an RBM's w, b and c can hold of an energy."""
    layers = set(visible), set(hidden)
    kept = {S: c for S, c in E.couplings.items() if all(len(S & layer) <= 1 for layer in layers)}
    return SpinPolynomial(kept, E.sites)


def without_layer_interactions(right: Any) -> Any:
    def wrong(E: Any, over: Any) -> Any:
        if isinstance(E, RBM):
            return right(E, over)
        return right(bipartite(E, tuple(over), tuple(s for s in E.sites if s not in set(over))), over)

    return wrong


def without_outer_biases(right: Any) -> Any:
    """The product of 2cosh over one layer, the biases of the other left out."""

    def wrong(E: Any, over: Any) -> Any:
        if not isinstance(E, RBM):
            return right(E, over)
        hidden_summed = over == "hidden" or tuple(over) == E.hidden
        b, c = (E.b, None) if hidden_summed else (None, E.c)
        return right(RBM(E.w, b, c, E.constant, visible=E.visible, hidden=E.hidden), over)

    return wrong


def divided_by_the_mean(s: System) -> System:
    """T - log E_P[q] instead of T - log q."""
    return s.with_operator(s.T.weight / scalar_weight(s.mean_q), s.name)


def averaged(right: Any) -> Any:
    """Tr_h taken for the mean over h."""
    return lambda T: right(T) / scalar_weight(sympy.Integer(2 ** len(T.hidden)))


def reversed_kl(right: Any) -> Any:
    return lambda p, q: right(q, p)


def passed_up(s: System) -> BoltzmannWeight:
    """sum_v P(v) p(h|v)."""
    return (s.P * s.T.weight / s.q).trace(s.visible)


def mean_q_is_one(s: System, right: Any) -> bool:
    """The error of Eq. 8 itself: the mean of q for q."""
    return bool(s.mean_q == 1)


def other_sign(right: Any) -> Any:
    return lambda *arguments: -right(*arguments)


def plain_cosh(right: Any) -> Any:
    """Kadanoff's kernel normalised by 2cosh p for each spin of a block, not by 2cosh(p s_j)."""

    def wrong(blocks: Any, p: Any) -> RGOperator:
        raw = BoltzmannWeight((), np.array(1))
        sizes = 0
        for j, block in enumerate(blocks):
            raw = raw * exp(SpinPolynomial({(i, ("h", j)): p for i in block}, (*block, ("h", j))))
            sizes += len(block)
        x = Exact(p)
        hidden = [("h", j) for j in range(len(blocks))]
        weight = raw / scalar_weight((x.exp() + (-x).exp()) ** sizes)
        return RGOperator(weight, [i for block in blocks for i in block], hidden)

    return wrong


def hinton_upward(right: Any) -> Any:
    """p(h|v) of Hinton's sign, e^{+E}."""

    def wrong(cls: type[RGOperator], p: Any, hidden: Any = None) -> RGOperator:
        if isinstance(p, RBM):
            p = RBM(-p.w, -p.b, -p.c, -p.constant, visible=p.visible, hidden=p.hidden)
        return right.__func__(cls, p, hidden)

    return classmethod(wrong)


def averaging_compose(right: Any) -> Any:
    """The mean, not the sum, over the middle layer."""

    def wrong(first: RGOperator, second: RGOperator) -> RGOperator:
        both = right(first, second)
        return RGOperator(both.weight / 2 ** len(first.hidden), both.visible, both.hidden)

    return wrong


def forgets_the_first_fields(right: Any) -> Any:
    """A second step applied to the data as if the first had been a relabelling: T12 = Tr_h T2 alone."""

    def wrong(first: RGOperator, second: RGOperator) -> RGOperator:
        ones = BoltzmannWeight(first.visible, np.ones((2,) * len(first.visible), dtype=int))
        return RGOperator(ones * second.weight.trace(second.visible), first.visible, second.hidden)

    return wrong


def single_bonds(n: int) -> Any:
    """networkx's cycle: one bond where ring(2) has two."""
    return nx.cycle_graph(n)


def single_bond_torus(L: int) -> Any:
    """networkx's periodic grid: 4 edges where square(2) has 8."""
    return nx.convert_node_labels_to_integers(nx.grid_2d_graph(L, L, periodic=True))


def keeps_the_first_half(right: Any) -> Any:
    return lambda sites, keep, **names: right(sites, list(sites)[: len(list(keep))], **names)


def field_on_kept_spins(right: Any) -> Any:
    return lambda graph, J, h=0: right(
        graph, J, {i: h for i in graph if i % 2 == 0} if h != 0 and len(graph) > 3 else h
    )


def unsigned_match(right: Any) -> Any:
    """w2 = w1 for antiferromagnetic targets too."""
    return lambda H, sign, w: RBM([[w], [w]], None, (E := right(H, sign, w)).c, E.constant)


# Section IV.


def one_bond_less(right: Any) -> Any:
    return lambda J, b=2: right(J, max(b - 1, 1))


def no_block_constant(right: Any) -> Any:
    return lambda J, b=2: (right(J, b)[0], Exact(0))


def constant_per_spin(right: Any) -> Any:
    """log A / b for log A."""
    return lambda J, b=2: (right(J, b)[0], right(J, b)[1] / b)


def unchanged_coupling(right: Any) -> Any:
    """J' = J."""
    return lambda J, b=2: (Exact(J), right(J, b)[1])


def unchanged_field(right: Any) -> Any:
    """h' = h."""
    return lambda K, h, b=2: (right(K, h, b)[0], Exact(h), right(K, h, b)[2])


def no_flow(right: Any) -> Any:
    """J^(n) = J^(0)."""
    return lambda J, steps, b=2: [right(J, 0)[0]] * (steps + 1)


def weights_as_couplings(right: Any) -> Any:
    """The bond between a visible and a hidden unit taken for the one between two visible units."""

    def wrong(rbm: RBM) -> BoltzmannWeight:
        coupled = rbm.visible[1::2]
        bonds = ising(ring(len(coupled)), -rbm.w[1, 0])
        return exp(-bonds.relabel(dict(enumerate(coupled)))).probability()

    return wrong


def hamiltonian_of_the_machine(right: Any) -> Any:
    """H^RBM(v) in place of the ring's H."""
    return property(lambda s: rbm_hamiltonian(s.bottom, "hidden"))


def perfect_copy(right: Any) -> Any:
    """Decimation, whatever the weight."""
    return lambda sites, keep, w, hidden=None: decimation(sites, keep, hidden=hidden)


def doubled_weight(right: Any) -> Any:
    return lambda sites, keep, w, hidden=None: right(sites, keep, 2 * Exact(w), hidden=hidden)


def no_decoration_constant(right: Any) -> Any:
    return lambda H: RBM((E := right(H)).w, None, E.c, H.couplings.get(frozenset(), 0), visible=H.sites)


def opposite_fields(right: Any) -> Any:
    return lambda H: RBM((E := right(H)).w, None, -E.c, E.constant, visible=H.sites)


def on_the_triangular_lattice(right: Any) -> Any:
    return lambda lattice, K: right("triangular", K)


def roughly_critical(right: Any) -> Any:
    """A tolerance where a decision is asked for."""
    return lambda lattice, K: bool(abs(K / critical_coupling(lattice) - 1) < 0.02)
