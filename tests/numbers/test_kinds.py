"""What a coupling may be, and what the errors say about the rest."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from oracle_numbers import J

from exactrg import RBM, Exact
from exactrg.errors import CouplingError, MixedKindsError
from exactrg.numbers.kinds import as_kind, common_kind, normalize


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (3, "neutral"),
        (np.int64(3), "neutral"),
        (sympy.Integer(3), "neutral"),
        (0.5, "float"),
        (np.float32(0.5), "float"),
        (np.float64(0.5), "float"),
        (sympy.Float("0.5"), "float"),
        (mpmath.mpf("0.5"), "float"),
        (Fraction(1, 2), "exact"),
        (sympy.Rational(1, 2), "exact"),
        (J, "exact"),
        (sympy.log(2), "exact"),
        (Exact(J), "exact"),
        (sympy.sqrt(2), "exact"),
    ],
)
def test_kinds(value: Any, kind: str) -> None:
    found, number = normalize(value)
    assert found == kind
    assert isinstance(number, {"neutral": int, "float": float, "exact": Exact}[kind])
    assert number == (float(value) if kind == "float" else value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan"), sympy.nan, sympy.oo])
def test_not_finite(value: Any) -> None:
    with pytest.raises(
        CouplingError, match=r"not finite: expected a finite float; instead of an infinite coupling, write"
    ):
        normalize(value)


@pytest.mark.parametrize("value", [1j, np.complex128(1 + 2j), 1 + 0j])
def test_complex(value: Any) -> None:
    with pytest.raises(CouplingError, match="is complex: expected a real number; write its real part"):
        normalize(value)


@pytest.mark.parametrize("value", ["0.5", None, [1.0], Decimal("0.5"), sympy.Matrix([[1]]), object(), sympy.true])
def test_no_number(value: Any) -> None:
    with pytest.raises(CouplingError, match=r"expected a rational combination of real symbols.*or a float"):
        normalize(value)


def test_mixing() -> None:
    assert common_kind(["neutral", "exact", "neutral"], "x") == "exact"
    assert common_kind(["neutral", "float"], "x") == "float"
    assert common_kind([], "x") == common_kind(["neutral"], "x") == "neutral"
    with pytest.raises(
        MixedKindsError, match=r"x mixes floats with exact couplings: write all of them as floats, or each"
    ):
        common_kind(["float", "neutral", "exact"], "x")


def test_neutral_numbers_adapt() -> None:
    assert isinstance(as_kind(2, "float"), float) and isinstance(as_kind(2, "exact"), Exact)
    assert isinstance(as_kind(2, "neutral"), int) and as_kind(0.5, "float") == 0.5


def test_an_array_without_axes_is_its_number() -> None:
    """``numpy.load`` returns numbers so."""
    assert normalize(np.array(0.5)) == ("float", 0.5) and normalize(np.array(3)) == ("neutral", 3)
    with pytest.raises(CouplingError, match="nan is not finite"):
        normalize(np.array(np.nan))


def test_rationals_beyond_floats_are_refused_without_one() -> None:
    for huge in (sympy.Integer(10) ** 400, sympy.Rational(10**400, 3)):
        with pytest.raises(CouplingError, match=r"e\*\*\(10{49}\.\.\.: 40[0-9] char.* = p/q, or a real Symbol"):
            RBM([[Exact(huge)]])
    with pytest.raises(CouplingError, match=r"0\.3333333333333333 for a float64 one"):
        RBM([[sympy.Rational(10**400, 3 * 10**400)]])
