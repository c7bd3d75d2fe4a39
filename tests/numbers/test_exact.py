"""The exact scalar: ==, order, hash, arithmetic against mpmath at 60 digits, and its life among sympy expressions."""

from __future__ import annotations

import copy
import operator
import pickle
from fractions import Fraction
from typing import Any

import flint
import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K, Pair, constant, positives

from exactrg import Exact
from exactrg.errors import (
    CouplingError,
    FloatOverflowError,
    InputError,
    MixedKindsError,
    NotPositiveError,
    UndecidedError,
)

log, exp, sqrt, Rational = sympy.log, sympy.exp, sympy.sqrt, sympy.Rational

POINTS = [{J: Fraction(3, 2), K: Fraction(5, 7)}, {J: Fraction(2, 7), K: Fraction(9, 4)}]
"""Values of e^J and e^K."""


def expected(pair: Pair, point: dict[Any, Fraction]) -> Any:
    with mpmath.workdps(75):
        return pair.value({s: mpmath.log(mpmath.mpf(x.numerator) / x.denominator) for s, x in point.items()})


def got(value: Exact, point: dict[Any, Fraction]) -> Any:
    ball = value.ball(250, {s: flint.fmpq(x.numerator, x.denominator) for s, x in point.items()})
    with mpmath.workdps(75):
        return mpmath.mpf(ball.mid().str(75, radius=False))


def agree(x: Any, y: Any) -> bool:
    with mpmath.workdps(75):
        return bool(abs(x - y) < mpmath.mpf(10) ** -60 * (1 + abs(x)))


# Arithmetic and decisions against numbers.


@given(positives(depth=4), positives(depth=3), positives(depth=2))
def test_arithmetic_against_mpmath(a: Pair, b: Pair, c: Pair) -> None:
    for pair in (a + b, a - b, a * b, a / b, (a + b).root(3), (a / b).log(), c * a.log() - b * c.log() + a):
        for point in POINTS:
            assert agree(got(pair.exact, point), expected(pair, point))


@given(positives(depth=2), positives(depth=2), positives(depth=2))
def test_equality_against_mpmath(a: Pair, b: Pair, c: Pair) -> None:
    """Small numbers are equal often enough; == agrees with 60 digits at two points, on numbers and on logarithms."""
    for x, y in ((a * b, c), (a + b, b + c), (a * b.log(), c * b.log()), ((a * b).log(), b.log() + c.log())):
        same = all(agree(expected(x, point), expected(y, point)) for point in POINTS)
        assert (x.exact == y.exact) == same
        assert (hash(x.exact) == hash(y.exact)) or not same


@given(positives(depth=3), positives(depth=3))
def test_identities_and_near_misses(a: Pair, b: Pair) -> None:
    x, y = a.exact, b.exact
    tiny = Exact(Rational(1, 10**50))
    for left, right in (
        ((x + y).log() * 2, (x**2 + 2 * x * y + y**2).log()),
        ((x * y).log(), x.log() + y.log()),
        (x * (x / y).log() + x * y.log(), x * x.log()),
        ((x / 3 + y / 3).log(), (x + y).log() - log(3)),
        (x.log() * y - (x**2).log() * y / 2, Exact(0)),
        (x.log().exp(), x),
        ((x.log() / 2 + y.log() / 3).exp() ** 6, x**3 * y**2),
    ):
        assert left == right
        assert left + tiny != right
        assert left + tiny * Exact(log(2)) != right


@given(positives(symbolic=False, depth=3), positives(symbolic=False, depth=3))
def test_order_against_mpmath(a: Pair, b: Pair) -> None:
    for x, y in ((a, b), (a.log(), b.log()), (a.log(), b)):
        u, v = expected(x, POINTS[0]), expected(y, POINTS[0])
        if not agree(u, v):
            assert (x.exact < y.exact) == (u < v) == (y.exact > x.exact)
            assert (x.exact - y.exact).sign() == (1 if u > v else -1)
            assert abs(x.exact - y.exact) > 0
        assert (x.exact <= y.exact) or (x.exact >= y.exact)


@given(positives(symbolic=False, depth=4))
def test_float_is_correctly_rounded_almost(a: Pair) -> None:
    for pair in (a, a.log(), a - constant(Fraction(1, 10**30))):
        value = expected(pair, POINTS[0])
        assert float(pair.exact) == pytest.approx(float(value), rel=4e-16, abs=0)


# The identities that the paper's formulas turn on.


def test_logs_of_integers() -> None:
    assert Exact(log(12)) == 2 * log(2) + log(3)
    assert Exact(log(12)) != 2 * log(2) + log(5)
    p, q = 2**61 - 1, 2**89 - 1
    assert Exact(log(p * q)) + log(Rational(1, q)) == log(p)
    assert Exact(log(p**6 * q**3)) / 3 == 2 * Exact(log(p)) + log(q)
    assert Exact(log(p)) - log(p + 1) != 0


def test_decimation_of_the_ring() -> None:
    """Eq. 24: tanh J' = tanh^2 J, so that e^{2J'} = cosh 2J."""
    coarse = Exact(sympy.atanh(sympy.tanh(J) ** 2))
    assert (2 * coarse).exp() == sympy.cosh(2 * J)
    assert coarse == log(sympy.cosh(2 * J)) / 2
    assert Exact(exp(2 * J) + exp(-2 * J)) == 2 * (2 * coarse).exp()
    assert Exact(exp(2 * J) + exp(-2 * J)) != 2 * coarse.exp()
    twice = Exact(sympy.atanh(sympy.tanh(J) ** 4))
    assert twice == Exact(sympy.atanh(sympy.tanh(coarse.to_sympy()) ** 2))


def test_polynomial_splits() -> None:
    x = Exact(exp(J))
    assert (x**3 + 1).log() == (x + 1).log() + (x**2 - x + 1).log()
    assert (x**3 + 1).log() != (x + 1).log() + (x**2 + x + 1).log()
    assert (x**6 + x**3 + 1).log() + (x**2 + x + 1).log() + (x + 1).log() != (x**9 + 1).log()
    assert (x**9 + 1).log() == (x**3 + 1).log() + (x**6 - x**3 + 1).log()
    y = Exact(exp(K))
    assert ((x + y) ** 2 + 1).log() != 2 * (x + y).log()


def test_rational_functions_as_coefficients() -> None:
    x, y = Exact(exp(J)), Exact(exp(K))
    c = (x**2 - y**2) / (x + y)
    assert c * (x + 1).log() == x * (x + 1).log() - y * (x + 1).log()
    assert c * Exact(log(6)) == (x - y) * (Exact(log(2)) + log(3))
    assert c * J - x * J == -y * J
    assert c * Exact(log(6)) != (x + y) * Exact(log(6))
    assert 1 / (x + y) * ((x + y) ** 2).log() == 2 / (x + y) * (x + y).log()


def test_symbols_and_radicals_together() -> None:
    x, r = Exact(exp(J)), Exact(sqrt(2))
    assert ((x + r) * (x - r + 3)).log() == (x + r).log() + (x + 3 - r).log()
    assert (x**2 + 2 * r * x + 2).log() == 2 * (x + r).log()
    assert ((1 + r) * (x + 1)).log() == (1 + r).log() + (x + 1).log()
    assert ((1 + r) * (x + 1)).log() != (x + 1).log()
    assert r * (x + r).log() + r * (1 / (x + r)).log() == 0
    half = Exact(log(Rational(17, 8)) / 2).exp()
    assert (half + x / half).log() == (half**2 + x).log() - log(Rational(17, 8)) / 2


def test_logarithm_of_a_quotient_of_negative_numbers() -> None:
    x, r = Exact(exp(J)), Exact(sqrt(2))
    assert ((r - 2) / (r - 3)).log() == (2 - r).log() - (3 - r).log()
    assert ((r - 2) * (x + 1) / ((r - 3) * x)).log() == (2 - r).log() - (3 - r).log() + (x + 1).log() - J
    assert float(((r - 2) / (r - 3)).log()) == pytest.approx(-0.9958804561735535, rel=1e-15)


def test_units_inside_logs() -> None:
    r = Exact(sqrt(2))
    assert ((1 + r) * (r - 1)).log() == 0
    assert (1 + r).log() + (r - 1).log() == 0
    assert (3 + 2 * r).log() == 2 * (1 + r).log()
    assert 200 * (r - 1).log() == ((r - 1) ** 200).log()  # 10^-77: a ball of 128 bits contains zero
    assert (1 + r).log() + (r - 1).log() + Exact(Rational(1, 10**80)) != 0
    assert (2 + Exact(sqrt(3))).log() != 2 * (1 + r).log()
    s = Exact(sqrt(3))
    assert (5 + 2 * r * s).log() == 2 * (r + s).log()


# The contract of Python's numbers.


@given(st.fractions(), st.fractions())
def test_rationals_are_rationals(x: Fraction, y: Fraction) -> None:
    a, b = Exact(x), Exact(y)
    assert (a == b) == (x == y) and (a == y) == (x == y)
    assert (a < b) == (x < y) and (a >= y) == (x >= y)
    assert (a <= y) == (x <= y) and (a < y) == (x < y) and (a > y) == (x > y) and (a <= b) == (x <= y)
    assert hash(a) == hash(x)
    assert a + b == x + y and a - y == x - y and x * b == x * y
    assert -a == -x and +a == a and abs(a) == abs(x)
    assert bool(a) == bool(x)
    if x:
        assert b / a == y / x == y / a and a**-3 == x**-3


def test_equal_values_hash_alike() -> None:
    x = Exact(exp(J))
    p, q = 2**61 - 1, 2**89 - 1
    five = 5 + Exact(log(p)) + log(q) - Exact(log(p * q))
    for one in (x / x, x * (1 / x), (x + 1) ** 2 - x * (x + 2), five - 4, Exact(sqrt(2)) * (sqrt(2) / 2)):
        assert one == 1 and hash(one) == hash(1)
        assert {one: "found"}[1] == "found"  # type: ignore[index]
    assert len({Exact(log(12)), 2 * Exact(log(2)) + log(3), Exact(log(13))}) == 2


def test_truth_is_decided() -> None:
    assert Exact() == 0
    assert not Exact(log(4)) - 2 * Exact(log(2))
    assert not Exact(sympy.cosh(J) ** 2 - sympy.sinh(J) ** 2 - 1)
    assert Exact(J)


def test_comparison_with_what_is_no_exact_number() -> None:
    for other in (None, "1", [1], object()):
        assert Exact(1) != other
        with pytest.raises(TypeError):
            operator.lt(Exact(1), other)
    assert not Exact(4) < sympy.pi
    assert Exact(3) != sympy.pi and Exact(3) < sympy.pi < Exact(4) + 0 * Exact(J).to_sympy()
    assert Exact(1) != sqrt(J) and Exact(1) != log(exp(J) - 1)
    with pytest.raises(MixedKindsError, match=r"the float 0\.5 .*Rational\(1, 2\)"):
        operator.eq(Exact(1), 0.5)
    with pytest.raises(MixedKindsError, match="float"):
        operator.lt(Exact(1), 0.5)


def test_order_of_symbols_is_undecided_unless_it_is_decided() -> None:
    x = Exact(exp(J))
    assert x > 0 and x**2 - x + 1 > 0 and -x < 0 and x / x >= 1
    assert x + 1 / x - Rational(199, 100) > 0
    for undecided in (x - 1, Exact(J), Exact(log(1 + exp(J))) - log(2)):
        with pytest.raises(UndecidedError, match=r"'J'.*substitute numbers"):
            operator.gt(undecided, 0)


P, N, W = (sympy.Symbol("P", positive=True), sympy.Symbol("N", negative=True), sympy.Symbol("W", nonnegative=True))


@pytest.mark.parametrize(
    "value",
    [P, -N, P - N / 3, P + log(2), log(sympy.cosh(P)), exp(P) - 1, sympy.sinh(P) - sympy.sinh(N), log(exp(J) + 1)],
)
def test_declared_signs_decide(value: Any) -> None:
    x = Exact(value)
    assert x > 0 and x >= 0 and not x < 0 and not x <= 0 and x.sign() == 1 and abs(-x) == x == abs(x)


@pytest.mark.parametrize(
    "value", [W, log(sympy.cosh(2 * J)) / 2, sympy.cosh(J) - 1, W * Rational(2, 3) + log(sympy.cosh(W))]
)
def test_what_is_never_negative_and_may_vanish(value: Any) -> None:
    x = Exact(value)
    assert x >= 0 and not x < 0 and -x <= 0 and not -x > 0 and abs(-x) == x == abs(x)
    assert x.signs() == {0, 1} and (-x).signs() == {0, -1}
    for undecided in (lambda: x > 0, lambda: x <= 0, lambda: -x < 0, x.sign):
        with pytest.raises(UndecidedError, match="substitute numbers, or compare with == only"):
            undecided()


def test_what_is_left_undecided() -> None:
    for value in (P - W, P + N, P - 1, log(sympy.cosh(J) + 1) - log(3), 1000 * Exact(log(exp(J) + 1)) - log(3)):
        assert Exact(value).signs() == {-1, 0, 1}
        with pytest.raises(UndecidedError):
            abs(Exact(value))


def test_absolute_values() -> None:
    assert abs(Exact(-2)) == 2 == abs(Exact(2)) and abs(Exact(0)) == 0
    assert abs(Exact(log(2)) - 1) == 1 - Exact(log(2)) and abs(Exact(log(2))) == Exact(log(2))


def test_operands_that_know_better() -> None:
    """What is no number gets its turn: NotImplemented, not an error."""

    class Other:
        def _answer(self, number: Any) -> str:
            return "other"

        __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __add__ = __sub__ = __mul__ = __truediv__ = _answer
        __lt__ = __le__ = __gt__ = __ge__ = _answer

    for x in (Exact(2), Exact(log(2)), Exact(J)):
        for operation in (operator.add, operator.sub, operator.mul, operator.truediv):
            assert operation(x, Other()) == "other" == operation(Other(), x)
        for relation in (operator.lt, operator.le, operator.gt, operator.ge):
            assert relation(x, Other()) == "other"


def test_sorting() -> None:
    values = [Exact(log(5)), Exact(2), Exact(sqrt(2)), Exact(log(3)), 1 + Exact(log(2)) / 5]
    assert [float(v) for v in sorted(values)] == sorted(map(float, values))


def test_arithmetic_leaves_to_sympy_what_it_must() -> None:
    product = Exact(J) * Exact(K)
    assert product == J * K and isinstance(product, sympy.Expr)
    assert isinstance(Exact(J) + sympy.pi, sympy.Expr)
    for x in (Exact(3), Exact(J), Exact(log(2))):
        plain, pi = x.to_sympy(), sympy.pi
        assert x + pi == plain + pi == pi + x and x * pi == plain * pi == pi * x
        assert x - pi == plain - pi and pi - x == pi - plain and x / pi == plain / pi and pi / x == pi / plain
        assert x * Exact(J) == plain * J and x / Exact(log(3)) == plain / log(3) and x**pi == plain**pi
    assert isinstance(1 / Exact(J), sympy.Expr)
    assert Exact(2) ** Rational(1, 2) == sqrt(2) and 2 ** Exact(3) == 8
    assert (Exact(J) ** 2).diff(J) == 2 * J


def test_division_by_zero() -> None:
    for zero in (Exact(0), Exact(exp(J)) - exp(J), 0):
        with pytest.raises(ZeroDivisionError):
            Exact(1) / zero


def test_logarithms_and_exponentials_that_do_not_exist() -> None:
    with pytest.raises(NotPositiveError, match=r"^the argument of log\(-2\) is negative: expected a positive number"):
        Exact(-2).log()
    with pytest.raises(NotPositiveError, match=r"^the argument of log\(0\) is zero: expected a positive number"):
        Exact(0).log()
    with pytest.raises(NotPositiveError, match="for all real values of its symbols"):
        (Exact(exp(J)) - 1).log()
    with pytest.raises(InputError, match="without logarithms"):
        Exact(J).log()
    with pytest.raises(CouplingError, match=r"e\*\*\(1/2\) is not rational: write sympy.log\(sympy.Rational\(p, q\)\)"):
        Exact(Rational(1, 2)).exp()
    with pytest.raises(CouplingError, match="depends on the couplings"):
        (Exact(exp(J)) * J).exp()


def test_float_and_its_limits() -> None:
    assert float(Exact(log(2))) == 0.6931471805599453
    assert float(Exact(Rational(1, 3)) * 3 - 1) == 0.0
    assert float((Exact(sqrt(2)) - 1) ** 200) == pytest.approx(2.7970e-77, rel=1e-3)
    with pytest.raises(FloatOverflowError, match=r"log"):
        float(Exact(10) ** 400)
    with pytest.raises(TypeError, match="depends on \\['J'\\]"):
        float(Exact(J))
    assert float(Exact(exp(J)) * exp(-J)) == 1.0


@given(positives(depth=4))
def test_copies(a: Pair) -> None:
    for value in (a.exact, a.exact.log()):
        assert copy.deepcopy(value) == value == pickle.loads(pickle.dumps(value))


def test_pickle_of_a_positive_number_whose_sign_is_hard() -> None:
    x = Exact(exp(J))
    value = ((x**61 + 1) / (x + 1)).log()
    assert pickle.loads(pickle.dumps(value)) == value
