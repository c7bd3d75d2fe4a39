"""Deep belief networks against enumeration of all layers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_numbers import J, K
from oracle_systems import factors, log

from exactrg import DBN, RBM, Exact, SpinPolynomial, exp, is_exact_rg, kl_divergence, load, save
from exactrg.errors import EnumerationTooLarge
from exactrg.marginals import marginal_weight


@st.composite
def stacks(draw: Any) -> tuple[DBN, list[dict[Any, Fraction]]]:
    """A stack of two or three RBMs of at most 2 units a layer, and the factors of their energies."""
    sizes = draw(st.lists(st.integers(1, 2), min_size=3, max_size=4))
    rbms, energies = [], []
    layers: list[list[Any]] = [list(range(sizes[0]))]
    layers += [[("h", k, j) for j in range(n)] for k, n in enumerate(sizes[1:], start=1)]
    for below, above in pairwise(layers):
        w = [[draw(factors) for _ in above] for _ in below]
        b, c = [draw(factors) for _ in above], [draw(factors) for _ in below]
        constant = Fraction(2, 3)
        rbms.append(RBM([[log(x) for x in r] for r in w], [log(x) for x in b], [log(x) for x in c], log(constant)))
        energies.append(oracle.rbm_factors(w, b, c, constant, below, above))
    return DBN(rbms), energies


def joint(dbn: DBN, energies: list[dict[Any, Fraction]]) -> dict[Any, Fraction]:
    """p_L(h_{L-1}, h_L) prod_{l<L} p_l(h_{l-1} | h_l), unnormalised, at every configuration of all layers."""
    sites = [s for layer in dbn.layers for s in layer]
    result = {}
    for spins in oracle.configurations(sites):
        at = dict(zip(sites, spins, strict=True))
        value = Fraction(1)
        for k, (e, below, above) in enumerate(zip(energies, dbn.layers, dbn.layers[1:], strict=False)):
            pair = [*below, *above]
            top = tuple(at[s] for s in above)
            value *= oracle.exponential(oracle.inverse(e), pair, tuple(at[s] for s in pair))
            if k < len(energies) - 1:
                value /= sum(
                    oracle.exponential(oracle.inverse(e), pair, (*low, *top)) for low in oracle.configurations(below)
                )
        result[spins] = value
    return result


@settings(max_examples=20)
@given(stacks())
def test_joint_and_visible_distribution(stack: tuple[DBN, list[dict[Any, Fraction]]]) -> None:
    dbn, energies = stack
    sites = tuple(s for layer in dbn.layers for s in layer)
    expected = joint(dbn, energies)
    weight = dbn.joint_weight()
    assert [weight.ring.value(x) for x in weight.aligned(sites).reshape(-1)] == list(expected.values())
    visible = dbn.visible_weight()
    marginal = oracle.marginal(expected, range(len(dbn.layers[0])))
    assert [visible.ring.value(x) for x in visible.aligned(dbn.layers[0]).reshape(-1)] == list(marginal.values())
    assert kl_divergence(dbn, visible) == 0


@settings(max_examples=20)
@given(stacks())
def test_upward_pass_is_exact(stack: tuple[DBN, list[dict[Any, Fraction]]]) -> None:
    """C10: p_l(h_l | h_{l-1}) is an exact step, and so is their composition."""
    dbn, _ = stack
    steps = dbn.upward()
    assert all(is_exact_rg(step) for step in steps)
    composed = steps[0]
    for step in steps[1:]:
        composed = composed.compose(step)
    assert is_exact_rg(composed) and composed.visible == dbn.layers[0] and composed.hidden == dbn.layers[-1]


def test_receptive_fields() -> None:
    """Appendix B: r1 = W1, r_l = r_(l-1) W_l."""
    rng = np.random.default_rng(5)
    w = [rng.normal(size=shape) for shape in ((5, 4), (4, 3), (3, 2))]
    fields = DBN([RBM(x) for x in w]).receptive_fields()
    assert [f.shape for f in fields] == [(5, 4), (5, 3), (5, 2)]
    for f, expected in zip(fields, (w[0], w[0] @ w[1], w[0] @ w[1] @ w[2]), strict=True):
        np.testing.assert_allclose(f, expected)
    exact = DBN([RBM([[J, K]]), RBM([[K], [sympy.log(2)]])]).receptive_fields()[1]
    assert sympy.expand(exact[0, 0] - (J * K + K * sympy.log(2))) == 0


def test_one_rbm_is_itself() -> None:
    rbm = RBM([[J, K]], [K, 0], [J])
    dbn = DBN([rbm])
    assert dbn.sizes == (1, 2) and dbn.layers == ((0,), (("h", 1, 0), ("h", 1, 1)))
    assert dbn.visible_weight() == marginal_weight(rbm, "hidden")
    assert dbn.joint_weight() == exp(-dbn.rbms[0].energy())
    assert kl_divergence(dbn, rbm) == 0 and Exact(kl_divergence(rbm, SpinPolynomial({}, [0]))) != 0


def test_floats() -> None:
    rng = np.random.default_rng(2)
    dbn = DBN(
        [RBM(rng.normal(size=(3, 2)), rng.normal(size=2)), RBM(rng.normal(size=(2, 2)), None, rng.normal(size=2))]
    )
    p = dbn.visible_weight().probability()
    joint = dbn.joint_weight().probability().trace([s for layer in dbn.layers[1:] for s in layer])
    np.testing.assert_allclose(p.table, np.exp(joint.aligned(p.sites)), rtol=1e-12)
    assert "3-2-2" in dbn._repr_latex_()
    formula = r"$\displaystyle p(v, h) = p_L(h_{L-1}, h_L) \prod_{l<L} p_l(h_{l-1} | h_l),\ "
    assert dbn._repr_latex_() == formula + "<DBN 3-2-2>$"


@settings(max_examples=20)
@given(stacks())
def test_relabel(stack: tuple[DBN, list[dict[Any, Fraction]]]) -> None:
    dbn, _ = stack
    mapping = {site: f"x{k}" for k, site in enumerate(s for layer in dbn.layers for s in layer)}
    renamed = dbn.relabel(mapping)
    assert renamed.layers == tuple(tuple(mapping[s] for s in layer) for layer in dbn.layers)
    assert renamed.joint_weight() == dbn.joint_weight().relabel(mapping)
    assert renamed.relabel({new: old for old, new in mapping.items()}) == dbn == dbn.relabel({})
    names = [list(layer) for layer in renamed.layers[1:]]
    assert DBN(renamed.rbms, hidden=names) == renamed == eval(renamed.as_code())


def test_relabelled_stacks_keep_their_names_in_files(tmp_path: Path) -> None:
    dbn = DBN([RBM([[0.5, 0.0]]), RBM([[0.0], [0.25]])]).relabel({0: "v", ("h", 1, 1): "a"})
    save(dbn, tmp_path / "stack.npz")
    assert load(tmp_path / "stack.npz") == dbn
    assert repr(dbn).endswith(", hidden=[[('h', 1, 0), 'a'], [('h', 2, 0)]])")


def test_equality_and_representation() -> None:
    dbn = DBN([RBM([[J, 0]], visible=["a"]), RBM([[0], [K]], [J])])
    assert (
        repr(dbn)
        == "DBN([RBM([[Exact('J'), Exact(0)]], visible=['a']), RBM([[Exact(0)], [Exact('K')]], b=[Exact('J')])])"
    )
    assert eval(repr(dbn)) == dbn != DBN(dbn.rbms[:1]) and dbn != 1
    assert dbn != DBN([dbn.rbms[0], RBM([[0], [K]], [K])]) and dbn == DBN(dbn.rbms)
    assert repr(DBN([RBM(np.ones((8, 8))), RBM(np.ones((8, 1)))])) == "<DBN 8-8-1>"


def test_layers_of_integers_are_too_large_like_those_of_floats() -> None:
    for zero in (0, 0.0):
        with pytest.raises(EnumerationTooLarge, match=r"\.rbms one by one") as info:
            DBN([RBM([[zero]] * 40)]).joint_weight()
        assert info.value.limit == 26
