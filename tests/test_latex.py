"""LaTeX for notebooks: every object has some, and long ones are cut."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
import sympy
from oracle_numbers import J, K

from exactrg import (
    DBN,
    RBM,
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    decimation,
    exp,
    free_energy,
    ising,
    partition_function,
    rg_hamiltonian,
    ring,
    square,
)
from exactrg.latex import number_latex, polynomial_latex, site_latex, table_latex

H = ising(ring(4), J, K)
OBJECTS = [
    H,
    ising(ring(4), 0.4),
    exp(-H),
    exp(-ising(ring(3), 0.4)),
    decimation(range(4), [0, 2]),
    rg_hamiltonian(decimation(range(4), [0, 2]), H),
    RBM([[J, K]]),
    RBM([[0.5]]),
    RGOperator.from_conditional(RBM([[J]])),
    DBN([RBM([[J]]), RBM([[K]])]),
    free_energy(H),
    partition_function(H),
    BoltzmannWeight([], 3),
    BoltzmannWeight(["a"], [0, 1]),
]


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda x: type(x).__name__)
def test_every_object_renders(thing: Any) -> None:
    text = thing._repr_latex_()
    assert text.startswith("$") and text.endswith("$") and text.count("$") == 2 and len(text) < 20_000
    assert text.count("{") == text.count("}") and text.count(r"\left(") == text.count(r"\right)")
    assert "Exact" not in text and "np.float64" not in text


def test_names_of_sites() -> None:
    assert site_latex(3) == "s_{3}" and site_latex("a") == "s_{a}"
    assert site_latex(("h", 2)) == "h_{2}" and site_latex((0, 1)) == "s_{(0, 1)}"


def test_numbers() -> None:
    assert number_latex(0.5) == "0.5" and number_latex(2) == "2"
    assert number_latex(Exact(J) / 2) == r"\frac{J}{2}"
    assert number_latex(Exact(J + K)) == r"\left(J + K\right)"


def test_low_orders_come_first() -> None:
    text = polynomial_latex({frozenset({1, 0}): 2.0, frozenset({1}): 1.0, frozenset(): 3.0}, [0, 1])
    assert text == r"$\displaystyle 3.0\, + 1.0\,s_{1} + 2.0\,s_{0}s_{1}$"
    assert "+ -" not in H._repr_latex_() and H._repr_latex_().count("-") == 8


def test_long_polynomials_are_cut() -> None:
    text = ising(square(8), J)._repr_latex_()
    assert r"\cdots\;(128\text{ terms})" in text and text.count("s_{") == 48


def test_tables() -> None:
    text = table_latex([({0: 1, "b": -1}, 0.25)], 4, "weight")
    assert text == (
        r"$\displaystyle \begin{array}{c|l} s_{0},s_{b} & weight \\ \hline +- & 0.25 \\ \vdots & \text{4 configurations} "
        r"\end{array}$"
    )


def test_long_numbers_are_summarised_at_once() -> None:
    """Z of the 6x6 torus with 36 different fields would be billions of characters; here 2^12 terms."""
    symbols = sympy.symbols("a0:12", real=True)
    f = SpinPolynomial({(k,): s for k, s in enumerate(symbols)} | {(0, 1): symbols[0]})
    Z = partition_function(f + SpinPolynomial({(k, k + 1): symbols[k] for k in range(11)}))
    start = time.perf_counter()
    text, shown = Z._repr_latex_(), repr(Z)
    assert time.perf_counter() - start < 1
    assert text.startswith(r"$\displaystyle \text{a number of some ") and "in a0, a1, " in text
    assert shown.startswith("<Exact: a number of some ") and shown.endswith("write .to_sympy() for all of it>")
    weight = exp(f).trace(range(1, 12))
    assert weight._repr_latex_().startswith(r"$\displaystyle \begin{array}")
    assert number_latex(Z).startswith(r"\text{(a number")
    huge = Exact(sympy.Integer(3)) ** 10_000
    assert "about 1.63135e+4771" in str(huge) and "in" not in str(huge).split(",")[1]


def test_weights_beyond_float64() -> None:
    assert np.isfinite(exp(SpinPolynomial({(0,): 1000.0})).values).all()
    assert r"\cdot 10^{434}" in exp(SpinPolynomial({(0,): 1000.0}))._repr_latex_()
