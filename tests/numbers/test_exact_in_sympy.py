"""The exact scalar among sympy expressions and numpy arrays, and how it is printed."""

from __future__ import annotations

import operator
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from oracle_numbers import J, K, Pair, positives

from exactrg import Exact
from exactrg.errors import MixedKindsError

log, exp, Rational = sympy.log, sympy.exp, sympy.Rational


@given(positives(depth=4), positives(depth=2))
def test_there_and_back(a: Pair, b: Pair) -> None:
    for value in (a.exact, a.exact.log(), b.exact * a.exact.log() - b.exact):
        assert Exact(value.to_sympy()) == value
        assert sympy.sympify(value) == value.to_sympy()


@pytest.mark.parametrize(
    ("expression", "other"),
    [
        (sympy.cosh(J), (exp(J) + exp(-J)) / 2),
        (log(4) + J, 2 * log(2) + log(exp(J))),
        (J, log(exp(2 * J)) / 2),
        (sympy.atanh(sympy.tanh(J) ** 2), log(sympy.cosh(2 * J)) / 2),
    ],
)
def test_equality_is_decided_from_either_side(expression: Any, other: Any) -> None:
    x = Exact(other)
    assert expression == x == expression and not operator.ne(expression, x)
    assert expression + 1 != x and [expression].index(x) == 0
    assert J**2 != x and sympy.pi != x


def test_mixed_expressions() -> None:
    value = Exact(log(sympy.cosh(J)))
    for mixed in (
        value + J,
        J + value,
        value * 2,
        2 * value,
        J - value,
        value / 3,
        sympy.Integer(6) * value,
        log(2) + value,
    ):
        at_one = sympy.N(sympy.sympify(mixed).subs(J, 1), 30)
        rebuilt = sympy.N(Exact(sympy.sympify(mixed)).subs(J, 1), 30)
        assert abs(at_one - rebuilt) < 1e-28
    assert isinstance(value + J, Exact) and isinstance(J + value, sympy.Expr)
    assert sympy.Matrix([[value]]).shape == (1, 1)
    assert sympy.simplify(Exact(log(4)) - 2 * log(2)) == 0


def test_attributes_are_those_of_the_expression() -> None:
    value = Exact(log(sympy.cosh(J)) + K)
    assert value.free_symbols == {J, K} == value.symbols
    assert Exact(value.subs({J: log(2), K: 0})) == log(Rational(5, 4))
    assert value.diff(J) == sympy.tanh(J)
    assert (value - K).symbols == {J} and (Exact(exp(J)) * exp(-J)).symbols == set()
    with pytest.raises(AttributeError):
        value.no_such_attribute
    assert not hasattr(value, "__array__")


def test_numpy_arrays_of_exact_numbers() -> None:
    array = np.array([Exact(J), Exact(1)])
    assert array.dtype == object
    assert (array * 2).sum() == 2 * Exact(J) + 2
    assert np.int64(3) * Exact(J) == 3 * J
    with pytest.raises(MixedKindsError):
        np.float64(0.5) * Exact(J)


def test_representations() -> None:
    value = Exact(log(Rational(3, 2)))
    assert repr(value) == "Exact('-log(2) + log(3)')" and str(value) == "-log(2) + log(3)"
    assert value._repr_latex_() == r"$\displaystyle - \log{\left(2 \right)} + \log{\left(3 \right)}$"
    assert Exact(log(2) / 2)._repr_latex_().count("log") == 1


def test_the_printers_of_sympy() -> None:
    value = Exact(log(Rational(3, 2)))
    text = r"- \log{\left(2 \right)} + \log{\left(3 \right)}"
    assert sympy.latex(value) == text and sympy.latex([value]) == rf"\left[ {text}\right]"
    assert sympy.latex({1: value}, mode="inline") == rf"$\left\{{ 1 : {text}\right\}}$"
    assert sympy.pretty([value], use_unicode=False) == sympy.pretty([value.to_sympy()], use_unicode=False)
    assert sympy.sstr([value]) == "[-log(2) + log(3)]" and sympy.srepr([value]) == f"[{value!r}]"
    long = (Exact(exp(J)) + exp(K) + 1) ** 30
    for printed in (sympy.latex([long]), sympy.pretty([long]), sympy.sstr([long]), sympy.srepr([long])):
        assert long.summary() in printed.replace("\\ ", " ") and len(printed) < 200


def test_long_numbers_are_summed_up() -> None:
    long = (Exact(exp(J)) + exp(K) + 1) ** 30
    assert str(long).startswith("a number of some ") and " in J, K; write .to_sympy() for all of it" in str(long)
    assert repr(long) == f"<Exact: {long.summary()}>" and r"\text{a number of" in long._repr_latex_()
    large = Exact(Rational(3, 2)) ** 20_000
    assert f" about {mpmath.nstr(mpmath.mpf('1.5') ** 20_000, 6)};" in str(large)
    assert Exact(exp(J)).summary() is None


def test_dummies_of_one_name_differ() -> None:
    a, b = sympy.Dummy("J", real=True), sympy.Dummy("J", real=True)
    assert Exact(a) != Exact(b)
    assert Exact(exp(a)) + exp(b) == Exact(exp(b)) + exp(a)
    assert (Exact(exp(a)) + exp(b)).log() == (Exact(exp(b)) + exp(a)).log()
    assert Exact(J) != sympy.Symbol("J", positive=True)
