"""How objects are shown: code that makes them while it is short, a summary beyond, LaTeX in notebooks."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy
from oracle_numbers import J

from exactrg import DBN, RBM, BoltzmannWeight, Exact, RGOperator, SpinPolynomial, truncate
from exactrg.numbers import printed
from exactrg.numbers.render import length


@pytest.mark.parametrize(
    ("couplings", "kind", "text"),
    [
        ({}, "neutral", "SpinPolynomial({}, sites=[0])"),
        ({(0,): 0.0}, "float", "SpinPolynomial({(): 0.0}, sites=[0])"),
        ({(0,): Exact(J) - J}, "exact", "SpinPolynomial({(): Exact(0)}, sites=[0])"),
    ],
)
def test_a_polynomial_that_vanishes_keeps_its_kind(couplings: dict[tuple[int], object], kind: str, text: str) -> None:
    H = SpinPolynomial(couplings, [0])
    assert H.kind == kind and repr(H) == text and eval(text).kind == kind


def test_a_polynomial_shows_forty_couplings() -> None:
    forty, more = (SpinPolynomial({(k,): 1 for k in range(n)}) for n in (40, 41))
    assert eval(repr(forty)) == forty
    assert repr(more).startswith("SpinPolynomial({(0,): 1, ") and "(39,): 1, ...}, sites=[0, 1" in repr(more)


@pytest.mark.parametrize(("n", "m"), [(8, 8), (5, 13), (1, 1), (3, 0), (0, 2)])
def test_machines_show_64_couplings(n: int, m: int) -> None:
    machine = RBM(np.ones((n, m)))
    stack, H = DBN([machine]), SpinPolynomial({(k,): 0.5 for k in range(n)})
    T = RGOperator.from_energy(machine, H)
    if 0 < n * m <= 64:
        assert all(eval(repr(x)) == x for x in (machine, stack, T)) and repr(T).startswith(
            "RGOperator.from_energy(RBM([["
        )
    else:
        assert repr(machine) == f"<RBM {n} visible x {m} hidden, float>" and repr(stack) == f"<DBN {n}-{m}>"
        assert repr(T) == f"<RGOperator {n} visible -> {m} hidden, float>"


def test_stacks_name_the_bottom_layer_only_where_it_has_names() -> None:
    assert repr(DBN([RBM([[0.5, 0.25]]), RBM([[1.0], [2.0]])])) == "DBN([RBM([[0.5, 0.25]]), RBM([[1.0], [2.0]])])"
    assert repr(DBN([RBM([[0.5]], visible=["a"])])) == "DBN([RBM([[0.5]], visible=['a'])])"


def test_an_operator_shows_forty_couplings() -> None:
    H = SpinPolynomial({(0,): 0.5})
    forty, more = (RGOperator.from_energy(SpinPolynomial({(0, k): 0.5 for k in range(1, n)}), H) for n in (41, 42))
    assert eval(repr(forty)) == forty and repr(more) == "<RGOperator 1 visible -> 41 hidden, float>"


def test_a_truncation_counts_what_it_drops() -> None:
    H = SpinPolynomial({(): 1.0, (0,): 1.0, (1,): 2.0, (0, 1): 1.0, (0, 1, 2): 1.0})
    assert str(truncate(H, [()])) == "1 couplings kept, dropped: 2 of 1 spins, 1 of 2 spins, 1 of 3 spins"


def test_numbers_are_cut_where_they_are_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    value = Exact(sympy.log(1 + sympy.exp(J)) + J)
    monkeypatch.setattr(printed, "_MAX_SHOWN", length(value.terms))
    assert value.summary() is None
    monkeypatch.setattr(printed, "_MAX_SHOWN", length(value.terms) - 1)
    text = f"a number of some {length(value.terms)} characters, in J; write .to_sympy() for all of it"
    assert value.summary() == str(value) == text and repr(value) == f"<Exact: {text}>"
    assert value._repr_latex_() == rf"$\displaystyle \text{{{text}}}$"


def test_weights_beyond_float64_show_six_digits() -> None:
    shown = BoltzmannWeight.from_logs([0], [5000.123456, 0.0])._repr_latex_()
    digits = mpmath.nstr(mpmath.exp(mpmath.mpf(5000.123456)) / mpmath.mpf(10) ** 2171, 6)
    assert shown == (
        rf"$\displaystyle \begin{{array}}{{c|l}} s_{{0}} & weight \\ \hline + & {digits} \cdot 10^{{2171}} \\ - & 1.0 "
        r"\end{array}$"
    )


def test_an_operator_in_latex_is_its_weight() -> None:
    weight = BoltzmannWeight([0, "h"], [[1, 0], [0, 1]])
    assert RGOperator(weight, [0], ["h"])._repr_latex_() == weight._repr_latex_().replace("style ", "style e^{T} = ")
