"""What exact numbers refuse, word by word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from messages import EXPECTED, FINITE, MIXED, SYMBOLS, Case, check
from oracle_numbers import J, K

from exactrg import Exact
from exactrg.errors import (
    CouplingError,
    FloatOverflowError,
    InputError,
    MixedKindsError,
    NotPositiveError,
    SymbolsLeftError,
    UndecidedError,
)
from exactrg.numbers.decide import _log_ball
from exactrg.numbers.field import Polynomial
from exactrg.numbers.kinds import common_kind, normalize
from exactrg.numbers.ring import EXACT, FLOAT
from exactrg.numbers.signs import _numeric_sign, require_positive

X = Exact(sympy.exp(J)).element()
ROOT = Exact(sympy.sqrt(2)).element()
x = sympy.Symbol("x")

CASES: list[Case] = [
    (lambda: normalize(np.inf), CouplingError, "the coupling inf" + FINITE),
    (lambda: normalize(-np.inf), CouplingError, "the coupling -inf" + FINITE),
    (lambda: normalize(float("nan")), CouplingError, "the coupling nan" + FINITE),
    (lambda: normalize(1j), CouplingError, "the coupling 1j is complex: expected a real number; write its real part"),
    (lambda: normalize(None), CouplingError, "None is a NoneType" + EXPECTED + ", or a float"),
    (lambda: common_kind(["float", "exact"], "a sum"), MixedKindsError, "a sum" + MIXED),
    (
        lambda: Exact(0.1),
        MixedKindsError,
        "the float 0.1 in an exact expression: write sympy.Rational(1, 10) for it, or use floats only",
    ),
    (
        lambda: Exact(np.float64(0.25)),
        MixedKindsError,
        "the float np.float64(0.25) in an exact expression: write sympy.Rational(1, 4) for it, or use floats only",
    ),
    (
        lambda: Exact(1 / 3),
        MixedKindsError,
        "the float 0.3333333333333333 in an exact expression: write sympy.Rational(1, 3) for it, or use floats only",
    ),
    (
        lambda: Exact(1e-7),
        MixedKindsError,
        "the float 1e-07 in an exact expression: write sympy.Rational(1, 10000000) for it, or use floats only",
    ),
    (
        lambda: Exact(1 / 1234567),
        MixedKindsError,
        "the float 8.100005913004317e-07 in an exact expression: write sympy.Rational(8100005913004317, "
        "10000000000000000000000) for it, or use floats only",
    ),
    (
        lambda: Exact(1 / 7001),
        MixedKindsError,
        "the float 0.00014283673760891302 in an exact expression: write sympy.Rational(1, 7001) for it, or use "
        "floats only",
    ),
    (
        lambda: Exact(0.1 + 0.2),
        MixedKindsError,
        "the float 0.30000000000000004 in an exact expression: write sympy.Rational(7500000000000001, "
        "25000000000000000) for it, or use floats only",
    ),
    (
        lambda: Exact(float("inf")),
        MixedKindsError,
        "the float inf in an exact expression: write a finite number for it, or use floats only",
    ),
    (
        lambda: Exact(float("nan")),
        MixedKindsError,
        "the float nan in an exact expression: write a finite number for it, or use floats only",
    ),
    (lambda: Exact(None), CouplingError, "None is a NoneType" + EXPECTED + ", or a float"),
    (lambda: Exact([1]), CouplingError, "[1] is a list" + EXPECTED + ", or a float"),
    (
        lambda: Exact(x),
        CouplingError,
        "the symbol x is not declared real: write Symbol('x', real=True), so that e**x is a positive number",
    ),
    (
        lambda: Exact(sympy.Float("0.1") * J),
        MixedKindsError,
        "the float 0.100000000000000 in an exact expression: write sympy.Rational(1, 10) for it, or use floats only",
    ),
    (
        lambda: Exact(sympy.Float("0.1")),
        MixedKindsError,
        "the float 0.100000000000000 in an exact expression: write sympy.Rational(1, 10) for it, or use floats only",
    ),
    (lambda: Exact(sympy.I), CouplingError, "I is not real" + EXPECTED),
    (lambda: Exact(sympy.zoo), CouplingError, "zoo is not real" + EXPECTED),
    (lambda: Exact(J * J), CouplingError, "J**2 is outside the exact numbers" + EXPECTED),
    (lambda: Exact(J**2), CouplingError, "J**2 is outside the exact numbers" + EXPECTED),
    (lambda: Exact(sympy.sqrt(J)), CouplingError, "sqrt(J) is outside the exact numbers" + EXPECTED),
    (lambda: Exact(sympy.log(J)), CouplingError, "log(J) is outside the exact numbers" + EXPECTED),
    (lambda: Exact(sympy.pi), CouplingError, "pi is outside the exact numbers" + EXPECTED),
    (lambda: Exact(sympy.log(-1)), CouplingError, "I*pi is not real" + EXPECTED),
    (lambda: Exact(sympy.sqrt(-2)), CouplingError, "sqrt(2)*I is not real" + EXPECTED),
    (
        lambda: Exact(sympy.exp(J / 2 + 1)),
        CouplingError,
        "e**(1) is not rational: write sympy.log(sympy.Rational(p, q)) for an exact coupling with e**coupling = p/q, "
        "1.0 for a float64 one, or a real Symbol",
    ),
    (
        lambda: Exact(sympy.log(sympy.exp(J) - 2)),
        NotPositiveError,
        "the argument of log(exp(J) - 2): expected a number that is positive" + SYMBOLS,
    ),
    (lambda: 1 / Exact(0), ZeroDivisionError, "1 / 0"),
    (lambda: Exact(J) / 0, ZeroDivisionError, "J / 0"),
    *(
        (call, SymbolsLeftError, "J depends on ['J']; substitute numbers with .subs first")
        for call in (
            lambda: float(Exact(J)),
            lambda: int(Exact(J)),
            lambda: round(Exact(J)),
            lambda: round(Exact(J), 2),
            lambda: f"{Exact(J):.3f}",
        )
    ),
    (lambda: Exact(0) ** -1, ZeroDivisionError, "0 ** -1"),
    (
        lambda: float(Exact(10) ** 400),
        FloatOverflowError,
        "the number is beyond 1.8e308; write .log(), or log_partition_function(H)",
    ),
    (lambda: Exact(J).element(), InputError, "expected a number without logarithms, got J"),
    (lambda: Exact(J)._unknown, AttributeError, "_unknown"),
    (lambda: Exact(J).log(), InputError, "expected a number without logarithms, got J"),
    (lambda: Exact(-2).log(), NotPositiveError, "the argument of log(-2) is negative: expected a positive number"),
    (lambda: Exact(0).log(), NotPositiveError, "the argument of log(0) is zero: expected a positive number"),
    (
        lambda: (Exact(sympy.exp(J)) - 2).log(),
        NotPositiveError,
        "the argument of log(exp(J) - 2): expected a number that is positive" + SYMBOLS,
    ),
    (
        lambda: Exact(J).sign(),
        UndecidedError,
        "the sign of J may depend on ['J']; substitute numbers, or compare with == only",
    ),
    (
        lambda: Exact(J) < Exact(K),
        UndecidedError,
        "the sign of J - K may depend on ['J', 'K']; substitute numbers, or compare with == only",
    ),
    (
        lambda: Exact(J) < 1,
        UndecidedError,
        "the sign of J - 1 may depend on ['J']; substitute numbers, or compare with == only",
    ),
    (
        lambda: Exact(sympy.Rational(1, 3)).exp(),
        CouplingError,
        "e**(1/3) is not rational: write sympy.log(sympy.Rational(p, q)) for an exact coupling with e**coupling = "
        "p/q, 0.3333333333333333 for a float64 one, or a real Symbol",
    ),
    (
        lambda: (Exact(sympy.exp(J)) * Exact(K)).exp(),
        CouplingError,
        "the exponent has a coefficient that depends on the couplings; expected a rational number",
    ),
    (lambda: require_positive(flint.fmpq(-1), "it"), NotPositiveError, "it is negative: expected a positive number"),
    (lambda: require_positive(flint.fmpq(0), "it"), NotPositiveError, "it is zero: expected a positive number"),
    (
        lambda: require_positive(flint.fmpq(-1), "it", zero=True),
        NotPositiveError,
        "it is negative: expected a nonnegative number",
    ),
    (
        lambda: require_positive(X - 2, lambda: "it"),
        NotPositiveError,
        "it: expected a number that is positive" + SYMBOLS,
    ),
    (
        lambda: require_positive(X - 2, "it", zero=True),
        NotPositiveError,
        "it: expected a number that is nonnegative" + SYMBOLS,
    ),
    (lambda: (X - X).inverse(), ZeroDivisionError, "the inverse of an exact zero"),
    (
        lambda: _log_ball(Polynomial.minimal(X.field, (X - 1).num), {J: flint.fmpq(1)}, 64),
        UndecidedError,
        "no digit of the logarithm of Polynomial(x0 - 1) is known at 49152 bits",
    ),
    (
        lambda: _numeric_sign(ROOT.field, ROOT.num * ROOT.num - 2, {}),
        ArithmeticError,
        "a nonzero algebraic number could not be separated from zero at 65536 bits",
    ),
    (
        lambda: FLOAT.exponential({0: 1e308, 1: 1e308}, 1),
        FloatOverflowError,
        "the exponent of a weight is beyond 1.8e308; expected a smaller sum of couplings",
    ),
    (
        lambda: FLOAT.numbers(np.array([5e3])),
        FloatOverflowError,
        "a weight of e**5000 is beyond float64; use log(weight), log_partition_function or weight.probability(), "
        "which stay in the log domain",
    ),
    (
        lambda: EXACT.from_numbers(np.array([-1, 2], dtype=object)),
        NotPositiveError,
        "the weight -1 is negative: expected a nonnegative number",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), CASES, ids=[message[:60] for *_, message in CASES])
def test_what_is_refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    check(call, error, message)
