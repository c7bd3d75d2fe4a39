"""Exact numbers as text: what is read, what is refused, and that everything printed is read back."""

from __future__ import annotations

import time

import pytest
import sympy
from hypothesis import given
from oracle_numbers import J, K, Pair, positives

from exactrg import Exact, SpinPolynomial
from exactrg.errors import CouplingError, MixedKindsError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", sympy.Integer(3)),
        ("-7/2", sympy.Rational(-7, 2)),
        ("log(3/2)", sympy.log(sympy.Rational(3, 2))),
        (" J/2 - +2*K ", J / 2 - 2 * K),
        ("J - K - (J - 1/3)", sympy.Rational(1, 3) - K),
        ("log(cosh(2*J))/2", sympy.log(sympy.cosh(2 * J)) / 2),
        ("2**(1/3)*exp(-J)", 2 ** sympy.Rational(1, 3) * sympy.exp(-J)),
        ("atanh(tanh(J)**2)", sympy.atanh(sympy.tanh(J) ** 2)),
        ("E", sympy.Symbol("E", real=True)),
    ],
)
def test_read(text: str, value: sympy.Expr) -> None:
    assert Exact(text) == value
    assert Exact(text).symbols == value.free_symbols


@given(positives())
def test_printed_numbers_are_read_back(x: Pair) -> None:
    for value in (x.exact, x.exact.log(), -x.exact.log() / 3):
        assert eval(repr(value)) == value


@pytest.mark.parametrize("name", ["lambda", "J_{1}", "a b", "3"])
def test_symbols_that_no_text_names(name: str) -> None:
    value = Exact(sympy.Symbol(name, real=True) + sympy.log(2))
    assert eval(repr(value), {"Exact": Exact, **vars(sympy)}) == value


def test_other_assumptions_are_written_out() -> None:
    positive = sympy.Symbol("J", positive=True)
    assert repr(Exact(positive)) == "Exact(Symbol('J', positive=True))"
    assert Exact(positive) != Exact("J") == Exact(J)


def test_long_sums_are_read() -> None:
    start = time.perf_counter()
    assert Exact(" + ".join(["J"] * 900)) == 900 * J
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "text",
    [
        *("", "J +", "log(2", "J.x", "J[0]", "[J]", "f(J)", "log(2, 3)", "log(x=2)", "True", "'J'", "None", "1j"),
        *(
            "J if K else 2",
            "(10**9999)**9999",
            "__import__('os').getcwd()",
            "J := 2",
            "2**10**10",
            "2**J",
            "lambda",
            "J & K",
            "-" * 10**5,
        ),
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(CouplingError, match=r"cannot read .*expected numbers, symbols"):
        Exact(text)
    assert time.perf_counter() - start < 1


def test_floats_are_refused() -> None:
    with pytest.raises(MixedKindsError, match="write sympy"):
        Exact("1.5*J")


def test_a_text_is_no_coupling_by_itself() -> None:
    with pytest.raises(CouplingError, match="is a str"):
        SpinPolynomial({(0,): "J"})
    with pytest.raises(TypeError):
        Exact("J") + "J"
    assert Exact("J") != "J"
