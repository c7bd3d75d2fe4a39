"""Restricted Boltzmann machines: Eq. 10 against enumeration, and the conversion from 0/1 units."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from itertools import chain, product
from typing import Any

import numpy as np
import oracle
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K
from oracle_systems import factors, log, rbms

from exactrg import RBM, RGOperator, SpinPolynomial, exp, partition_function
from exactrg.errors import CouplingError, InputError, MixedKindsError, SiteError
from exactrg.marginals import marginal_weight

Machine = tuple[RBM, dict[frozenset[Any], Fraction]]


@given(rbms())
def test_energy(machine: Machine) -> None:
    """Eq. 10 at every configuration, exactly."""
    rbm, h = machine
    expected = oracle.weight(h, rbm.sites)
    weight = exp(rbm.energy())
    assert weight.sites == rbm.sites == rbm.visible + rbm.hidden
    assert [weight.ring.value(x) for x in weight.values.reshape(-1)] == list(expected.values())


@given(st.integers(1, 3), st.integers(1, 3), st.data())
def test_binary_units_have_the_same_joint_probabilities(n: int, m: int, data: st.DataObject) -> None:
    """p(x, y) over 0/1 units, Hinton's sign, summed by hand, is p(v, h) at x = (1 + v)/2, unnormalised included."""
    draw = data.draw
    W = [[draw(factors) for _ in range(m)] for _ in range(n)]
    b, a, constant = [draw(factors) for _ in range(m)], [draw(factors) for _ in range(n)], Fraction(2, 3)
    rbm = RBM.from_binary_units(
        [[log(x) for x in row] for row in W], [log(x) for x in b], [log(x) for x in a], log(constant)
    )
    weight = exp(-rbm.energy())
    for x in product((1, 0), repeat=n):
        for y in product((1, 0), repeat=m):
            expected = 1 / constant
            for i in range(n):
                expected *= a[i] ** x[i]
                for j in range(m):
                    expected *= W[i][j] ** (x[i] * y[j])
            for j in range(m):
                expected *= b[j] ** y[j]
            entry = weight.values[tuple(1 - u for u in (*x, *y))]
            assert weight.ring.value(entry) == expected
    units = rbm.to_binary_units()
    assert all(u == log(x) for u, x in zip(units.weights.reshape(-1), chain(*W), strict=True))
    assert all(u == log(x) for u, x in zip(units.hidden_bias, b, strict=True))
    assert all(u == log(x) for u, x in zip(units.visible_bias, a, strict=True))
    assert units.constant == log(constant)
    assert RBM.from_binary_units(*units) == rbm


@given(rbms())
def test_binary_round_trip(machine: Machine) -> None:
    rbm, _ = machine
    again = RBM.from_binary_units(*rbm.to_binary_units(), visible=rbm.visible, hidden=rbm.hidden)
    assert again == rbm
    assert all(x == y for x, y in zip(again.w.reshape(-1), rbm.w.reshape(-1), strict=True))
    assert again.constant == rbm.constant


def test_binary_round_trip_of_floats() -> None:
    rng = np.random.default_rng(1)
    rbm = RBM(rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=5), 0.5)
    again = RBM.from_binary_units(*rbm.to_binary_units())
    for name in ("w", "b", "c", "constant"):
        np.testing.assert_allclose(getattr(again, name), getattr(rbm, name), atol=1e-14)


def test_binary_conversion_of_symbols_makes_the_known_constant() -> None:
    """The constant of FACTS, Eq. 10: sum a/2 + sum b/2 + sum W/4 is taken off."""
    W, a, b = sympy.symbols("W a b", real=True)
    rbm = RBM.from_binary_units([[W]], [b], [a])
    assert rbm.w[0, 0] == -W / 4 and rbm.constant == -(a / 2 + b / 2 + W / 4)
    assert rbm.b[0] == -(b / 2 + W / 4) and rbm.c[0] == -(a / 2 + W / 4)


@given(rbms())
def test_transpose_and_relabel(machine: Machine) -> None:
    rbm, _ = machine
    turned = rbm.transpose()
    assert turned.energy() == rbm.energy() and turned.visible == rbm.hidden and turned.transpose() == rbm
    mapping = {site: f"x{k}" for k, site in enumerate(rbm.sites)}
    renamed = rbm.relabel(mapping)
    assert renamed.energy() == rbm.energy().relabel(mapping)
    assert renamed.relabel({new: old for old, new in mapping.items()}) == rbm
    assert pickle.loads(pickle.dumps(rbm)) == rbm


@given(rbms())
def test_sums_and_differences_are_those_of_the_energy(machine: Machine) -> None:
    rbm, _ = machine
    E, H = rbm.energy(), SpinPolynomial({(rbm.visible[0],): J}, rbm.visible)
    assert -rbm == -E and -rbm + H == -E + H == H - rbm and rbm - H == E - H and H + rbm == E + H == rbm + H
    assert exp(-rbm) == exp(-E) and rbm + rbm == 2 * E and 0 - rbm == -E
    assert -rbm + H == RGOperator.from_energy(rbm, H).exponent


def test_layers_of_converted_and_copied_machines() -> None:
    rbm = RBM.from_binary_units([[1.0, 2.0]], visible=["v"], hidden=["a", "b"])
    assert rbm.visible == ("v",) and rbm.hidden == ("a", "b")
    assert RBM.from_binary_units([[0, 0]], visible=["v"], hidden=["a", "b"]) == RBM(
        [[0, 0]], visible=["v"], hidden=["a", "b"]
    )
    for again in (pickle.loads(pickle.dumps(rbm)), rbm.relabel({}), rbm.transpose().transpose()):
        assert again.visible == ("v",) and again.hidden == ("a", "b")
    assert rbm.relabel({"v": 0}).sites == (0, "a", "b") and rbm.relabel({"b": 0}).sites == ("v", "a", 0)


def test_layers_and_defaults() -> None:
    rbm = RBM([[0.1, 0.2]])
    assert (rbm.n_visible, rbm.n_hidden, rbm.visible, rbm.hidden) == (1, 2, (0,), (("h", 0), ("h", 1)))
    assert rbm.b.tolist() == [0.0, 0.0] and rbm.c.tolist() == [0.0] and rbm.constant == 0.0
    empty = RBM(np.zeros((2, 0)), c=[0.5, -0.5], constant=1.0)
    assert empty.energy() == SpinPolynomial({(0,): 0.5, (1,): -0.5, (): 1.0}, [0, 1])
    assert partition_function(empty) == pytest.approx(math.exp(-1) * 4 * math.cosh(0.5) ** 2)
    assert RBM([[J]]) != RBM([[K]]) and RBM([[J]]) != 1
    assert RBM([[J]], visible=["a"]) != RBM([[J]])
    assert RBM([[J, K]]) == RBM([[K, J]], hidden=[("h", 1), ("h", 0)])


def test_kinds() -> None:
    assert RBM([[1]]).kind == "float" and RBM([[0]]).kind == "neutral" and RBM([[J]], [0]).kind == "exact"
    assert RBM([[Fraction(0)]], constant=sympy.log(2)).kind == "exact"
    assert RBM(sympy.Matrix([[J, K]])).w.shape == (1, 2)
    zero = RBM([[0, 0]])
    assert RBM.from_binary_units([[0, 0]]).kind == "neutral"
    assert zero.energy().kind == "neutral" and partition_function(zero) == 8
    assert partition_function(zero.energy() + SpinPolynomial({(0,): J}, zero.sites)) == 8 * sympy.cosh(J)
    assert marginal_weight(zero, "hidden") * exp(SpinPolynomial({(0,): J})) == 4 * exp(SpinPolynomial({(0,): J}))


def test_arrays_are_read_only() -> None:
    w = np.array([[0.5, 0.25]])
    rbm = RBM(w, [0.1, 0.2], [0.3])
    w[0, 0] = 9.0
    assert rbm.w[0, 0] == 0.5
    for machine in (rbm, RBM([[J]]), pickle.loads(pickle.dumps(rbm))):
        for array in (machine.w, machine.b, machine.c):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1.0
        with pytest.raises(AttributeError):
            machine.w = w  # type: ignore[misc]
        with pytest.raises(TypeError, match="unhashable"):
            hash(machine)


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "message"),
    [
        (([0.1, 0.2],), {}, InputError, r"w has shape \(2,\): expected a matrix, \(n_visible, n_hidden\); write \[\["),
        (([[0.1, 0.2], [0.3]],), {}, InputError, r"w.*expected"),
        ((0.5,), {}, InputError, r"w has shape \(\)"),
        (([[0.1]], [0.1, 0.2]), {}, InputError, r"b has shape \(2,\): expected \(1,\)"),
        (([[0.1]], 0.1), {}, InputError, r"b has shape \(\): expected \(1,\)"),
        (([[0.1]], [0.1], [0.1, 0.2]), {}, InputError, r"c has shape \(2,\): expected \(1,\)"),
        (([[0.1]], None, None, [1.0]), {}, InputError, r"constant has shape \(1,\): expected \(\)"),
        ((np.array([[np.nan]]),), {}, CouplingError, "nan is not finite"),
        (([[float("inf")]],), {}, CouplingError, "inf is not finite"),
        (([[1j]],), {}, CouplingError, "is complex"),
        ((np.array([[1j]]),), {}, CouplingError, "is complex"),
        (([["a"]],), {}, CouplingError, "is a str"),
        (([[sympy.Symbol("w")]],), {}, CouplingError, "is not declared real"),
        (([[J]], [0.5]), {}, MixedKindsError, "an RBM mixes floats with exact couplings"),
        (([[J, 0.5]],), {}, MixedKindsError, "w mixes floats"),
        (
            ([[0.1]],),
            {"visible": [0, 1]},
            InputError,
            r"2 visible and 1 hidden sites for w of shape \(1, 1\): expected 1",
        ),
        (
            ([[0.1]],),
            {"hidden": [0]},
            SiteError,
            "the visible and the hidden sites share the site 0: expected disjoint",
        ),
        (([[0.1], [0.2]],), {"visible": ["a", "a"]}, SiteError, "visible contains 'a' twice"),
        (([[0.1]],), {"visible": "a"}, SiteError, r"write \['a'\]"),
    ],
)
def test_bad_input(arguments: Any, keywords: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        RBM(*arguments, **keywords)


def test_bad_layers() -> None:
    rbm = RBM([[0.5]])
    with pytest.raises(SiteError, match="unknown site 5"):
        rbm.relabel({5: 6})
    with pytest.raises(SiteError, match="share the site 0"):
        rbm.relabel({("h", 0): 0})
    with pytest.raises(CouplingError, match="not rational"):
        partition_function(RBM([[sympy.Rational(1, 2)]]))


def test_representations() -> None:
    assert repr(RBM([[0.5]])) == "RBM([[0.5]])"
    assert repr(RBM([[0.5, 0]], [0, 1], [2], 3)) == "RBM([[0.5, 0.0]], b=[0.0, 1.0], c=[2.0], constant=3.0)"
    assert repr(RBM([[J]], visible=["a"], hidden=["b"])) == ("RBM([[Exact('J')]], visible=['a'], hidden=['b'])")
    assert repr(RBM(np.ones((20, 10)))) == "<RBM 20 visible x 10 hidden, float>"
    assert eval(repr(RBM(np.ones((8, 8))))) == RBM(np.ones((8, 8)))
    assert repr(RBM(np.ones((5, 13)))) == "<RBM 5 visible x 13 hidden, float>"
    assert RBM([[J]])._repr_latex_() == r"$\displaystyle E = J\,s_{0}h_{0}$"
