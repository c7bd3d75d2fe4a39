from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from exactrg.errors import CouplingError, FloatOverflowError, InputError, UndecidedError
from exactrg.numbers.balls import ball, certified, real_number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_keeps_its_exact_value(value: float) -> None:
    assert certified(lambda: ball(real_number(value))) == value
    with ctx.workprec(20):
        assert ball(real_number(value)).is_exact()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.25), 0.25),
        (np.int64(-3), -3.0),
        (Fraction(1, 3), 1 / 3),
        (mpmath.mpf("0.5"), 0.5),
        (sympy.log(2), math.log(2)),
        (-sympy.sqrt(2), -math.sqrt(2)),
    ],
)
def test_every_kind_of_real_number(value: object, expected: float) -> None:
    assert certified(lambda: ball(real_number(value))) == expected


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, 1j, "0.4", True, None, [0.4], np.ones(2), sympy.Symbol("K", real=True), sympy.I, sympy.oo],
)
def test_what_is_no_real_number_is_refused(value: object) -> None:
    with pytest.raises(CouplingError, match="K must be a finite real number"):
        real_number(value)


def test_precision_grows_until_the_ball_is_small_and_is_restored() -> None:
    used: list[int] = []

    def cancelling() -> arb:
        used.append(ctx.prec)
        return (1 + arb(2) ** -300) - 1

    before = ctx.prec
    assert certified(cancelling) == 2.0**-300
    assert len(used) > 1
    assert used == sorted(used)
    used.clear()
    certified(cancelling, extra_bits=300)
    assert len(used) == 1
    with pytest.raises(ZeroDivisionError):
        certified(lambda: arb(1 // 0))
    assert ctx.prec == before


def test_digits() -> None:
    value = certified(arb.pi, 60)
    assert isinstance(value, sympy.Float)
    assert str(value) == str(sympy.pi.evalf(60))
    for wrong in (0, -1, 2.0, True):
        with pytest.raises(InputError, match="digits"):
            certified(arb.pi, wrong)  # type: ignore[arg-type]


def test_the_ends_of_the_float_range() -> None:
    assert certified(lambda: arb(-(10**6)).exp()) == 0.0
    assert str(certified(lambda: arb(-(10**6)).exp(), 5)) == "3.2968e-434295"
    with pytest.raises(FloatOverflowError, match="digits"):
        certified(lambda: arb(1000).exp())


def test_a_value_that_never_settles_is_an_error() -> None:
    with pytest.raises(UndecidedError, match="do not settle"):
        certified(lambda: arb.nan())
    with pytest.raises(UndecidedError, match="do not settle"):
        certified(lambda: arb.pi() - arb.pi(), 10)


def test_threads_do_not_share_a_precision() -> None:
    difference = sympy.sqrt(2) - sympy.sqrt(3)
    digits = [20, 40, 80, 160]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda d: certified(lambda: arb(2).sqrt() - arb(3).sqrt(), d), digits * 50))
    assert results == [difference.evalf(d) for d in digits] * 50
