"""Jets against mpmath's derivatives and against the exact calculus."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import pytest
import sympy
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from exactrg.errors import CouplingError, InputError, MixedKindsError
from exactrg.numbers.exact import Exact
from exactrg.schemes.jets import Jet, exp, log_sum_exp, numbers, total, variables

J, h = sympy.symbols("J h", real=True)


def mixture(x: Any, y: Any) -> Any:
    """Every operation once."""
    return 3 * x * y - log_sum_exp([2 * x, -y, x + y, 0 * x], [1, 2, 3, 4]) / 2 + exp(x - 2 * y) * (1 - x) - -y


def mixture_mp(x: Any, y: Any) -> Any:
    inside = mpmath.exp(2 * x) + 2 * mpmath.exp(-y) + 3 * mpmath.exp(x + y) + 4
    return 3 * x * y - mpmath.log(inside) / 2 + mpmath.exp(x - 2 * y) * (1 - x) + y


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_derivatives_of_floats(x: float, y: float) -> None:
    jet = mixture(*variables((x, y)))
    with mpmath.workdps(40):
        expected = [mixture_mp(mpmath.mpf(x), mpmath.mpf(y))]
        expected += [mpmath.diff(mixture_mp, (x, y), order) for order in ((1, 0), (0, 1))]
    scale = 1 + max(abs(float(v)) for v in expected)
    assert [jet.value, *jet.partials] == pytest.approx([float(v) for v in expected], abs=1e-13 * scale)


def test_derivatives_of_exact_numbers_are_those_of_the_calculus() -> None:
    def function(x: Any, y: Any) -> Any:
        return log_sum_exp([2 * x, -y, x + y, 0 * x], [1, 2, 3, 4]) / 2 + 3 * x

    x, y = Exact(J), Exact(h)
    jet = function(*variables((x, y)))
    assert jet.value == function(x, y)
    assert jet.partials[0] == function(x, y).diff(J)
    assert jet.partials[1] == function(x, y).diff(h)


def test_balls_contain_the_float_result() -> None:
    jet, float_jet = mixture(*variables((arb(0.25), arb(-0.5)))), mixture(*variables((0.25, -0.5)))
    assert float(jet.value.mid()) == pytest.approx(float_jet.value, rel=1e-14)
    assert [float(v.mid()) for v in jet.partials] == pytest.approx(float_jet.partials, rel=1e-13)


def test_the_log_domain() -> None:
    assert log_sum_exp([1000.0, 1000.0]) == 1000 + math.log(2)
    assert log_sum_exp([-1e6, -1e6], [1, 3]) == -1e6 + math.log(4)
    jet = log_sum_exp(variables((1000.0, -1000.0)))
    assert (jet.value, jet.partials) == (1000.0, (1.0, 0.0))


def test_what_cancels_by_symmetry_is_zero() -> None:
    assert total([0.1, 0.2, 0.3, -0.3, -0.2, -0.1]) == 0.0
    assert total([Jet(0.1, (0.3,)), Jet(0.2, (0.1,)), Jet(-0.1, (-0.3,)), Jet(-0.2, (-0.1,))]) == Jet(0.0, (0.0,))


def test_one_kind_of_number() -> None:
    assert numbers((1, 0.5), ("a", "b")) == (1.0, 0.5)
    assert numbers(0.5, ("a",)) == (0.5,)
    assert all(isinstance(value, Exact) for value in numbers((J, 0), ("a", "b")))
    jet = variables((0.5,))[0]
    assert numbers((jet, 2), ("a", "b")) == (jet, 2.0)
    ball = numbers((arb(0.5), 2, 0.25), ("a", "b", "c"))
    assert all(isinstance(value, arb) for value in ball)  # a float next to a ball would lose its digits
    exact_jet = variables((Exact(J),))[0]
    assert isinstance(numbers((exact_jet, 0), ("a", "b"))[1], Exact)
    with pytest.raises(MixedKindsError):
        numbers((J, 0.5), ("a", "b"))
    with pytest.raises(MixedKindsError):
        numbers((jet, J), ("a", "b"))
    with pytest.raises(CouplingError):
        numbers((math.nan,), ("a",))
    with pytest.raises(InputError, match="expected 2, \\(a, b\\)"):
        numbers((0.5,), ("a", "b"))
