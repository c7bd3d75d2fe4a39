"""Signs of field elements, for all values of their symbols."""

from __future__ import annotations

from fractions import Fraction

import flint
import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K, Pair, positives

from exactrg import BoltzmannWeight, Exact, log
from exactrg.errors import NotPositiveError
from exactrg.numbers.signs import ball, possible_signs, require_positive, sign

x, y, r = Exact(sympy.exp(J)), Exact(sympy.exp(K)), Exact(sympy.sqrt(2))
z = Exact(sympy.sqrt(sympy.exp(J) + 1))


def sign_of(value: Exact) -> int | None:
    return sign(value.element())


@given(positives(symbolic=False, depth=3), positives(symbolic=False, depth=3), st.integers(-3, 3), st.integers(-3, 3))
def test_numbers_against_mpmath(a: Pair, b: Pair, m: int, n: int) -> None:
    with mpmath.workdps(60):
        number = m * a.value({}) + n * b.value({})
        expected = 0 if abs(number) < mpmath.mpf(10) ** -50 else int(mpmath.sign(number))
    assert sign_of(m * a.exact + n * b.exact) == expected


def test_signs_are_integers() -> None:
    assert {type(sign_of(value)) for value in (x / (x + 1), -x / (x + 1), Exact(2), Exact(-2), x - x)} == {int}


@given(positives(depth=4), positives(depth=2))
def test_sums_and_quotients_of_positive_numbers_are_positive(a: Pair, b: Pair) -> None:
    assert sign_of(a.exact / b.exact) == 1 and sign_of(-a.exact - b.exact) == -1
    assert sign_of(a.exact - a.exact) == 0


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=6).filter(lambda c: c[-1] != 0))
def test_one_symbol_is_decided_by_its_roots(coefficients: list[int]) -> None:
    value = sum((c * x**k for k, c in enumerate(coefficients)), Exact(0))
    polynomial = sympy.Poly(coefficients[::-1], sympy.Symbol("t"))
    changes = polynomial.count_roots(0, None) - polynomial.count_roots(0, 0)
    found = sign_of(value)
    assert (found is None) == (changes > 0)
    assert found is None or found == (1 if polynomial.eval(1) > 0 else -1)


@pytest.mark.parametrize(
    "value",
    [
        x**2 - x * y + y**2,
        (r - 1) * x,
        (x**3 + y**3) / (x + y) + (3 - 2 * r) * x,
        x**60 - x**30 + 1,
        x**2 - Fraction(199, 100) * x + 1,
        x + 1 / x - Fraction(199, 100),
        x * Exact(sympy.sqrt(3 + 2 * sympy.sqrt(2))) - x,
        r * x + y - x + y / x,
        (x + 1).log().exp() - (x.log() / 2).exp(),
    ],
)
def test_positive_with_negative_coefficients(value: Exact) -> None:
    assert sign_of(value) == 1 and sign_of(-value) == -1
    assert value.log() != 0


@pytest.mark.parametrize("value", [x - 1, x - y, x - z, x * z - 2, (x - 1) ** 2, r * x - 2, 1 / (x - 1)])
def test_signs_that_depend_on_the_symbols(value: Exact) -> None:
    assert sign_of(value) is None
    with pytest.raises(NotPositiveError, match="all real values of its symbols; write it as a ratio"):
        value.log()


def test_zero_and_what_is_nonnegative_only() -> None:
    assert sign(x.element() - x.element()) == 0
    assert sign_of((x - 5 * y) ** 2) is None
    many = sum((Exact(sympy.exp(s)) for s in sympy.symbols("a:e", real=True)), Exact(-40))
    assert sign_of(many**2) is None  # given up at 3000 terms
    with pytest.raises(NotPositiveError, match="all real values"):
        ((x - 5 * y) ** 2).log()


P, N, W = (sympy.Symbol("P", positive=True), sympy.Symbol("N", negative=True), sympy.Symbol("W", nonnegative=True))
p, n, w = (Exact(sympy.exp(s)) for s in (P, N, W))


@pytest.mark.parametrize(
    "value",
    [
        p - 1,
        1 - n,
        p * p - n,
        p - 1 + x,
        w * p - 1,
        (p**3 - 1) / (1 - n),
        p**2 - p * n + n**2 - n,
        w - n,
        r * p - r,
        p + y - n,
    ],
)
def test_declared_signs_decide(value: Exact) -> None:
    assert sign_of(value) == 1 and sign_of(-value) == -1
    assert (value.log() - value.log()) == 0 and ((value.log() / 2).exp()) ** 2 == value


@pytest.mark.parametrize(("value", "signs"), [(w - 1, {0, 1}), (1 - w * w, {0, -1}), ((w - 1) * (x - 1) ** 2, {0, 1})])
def test_declared_signs_that_allow_zero(value: Exact, signs: set[int]) -> None:
    assert sign_of(value) is None and possible_signs(value.element()) == signs
    with pytest.raises(NotPositiveError):
        value.log()


@pytest.mark.parametrize("value", [p - 2, p * n - 1, p - w, x - p, w + n - 2])
def test_declared_signs_that_do_not_decide(value: Exact) -> None:
    assert sign_of(value) is None and possible_signs(value.element()) == {-1, 0, 1}


def test_radicals_of_what_is_positive_by_declaration() -> None:
    """sqrt(e^P - 1) and sqrt(1 - e^N) are real there only."""
    a, b = ((z.log() / 2).exp() for z in (p - 1, 1 - n))
    assert sign_of(a * b) == 1 and a * a == p - 1 and (a * b).log() * 2 == (p - 1).log() + (1 - n).log()
    assert ((a + b) ** 2).log() == 2 * (a + b).log() and sign_of(a - b) is None
    weight = BoltzmannWeight([0], [(a + b).to_sympy(), ((a + b) ** 2).to_sympy()])
    assert log(weight).couplings[frozenset()] == (a + b).log() * Fraction(3, 2)


@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4), st.integers(1, 2))
def test_squares_are_never_negative(coefficients: list[int], k: int) -> None:
    a, b, c, d = coefficients
    value = (a * x + b * y / x + c + d * x * y) ** (2 * k) * (r + y)
    assert possible_signs(value.element()) <= {0, 1} and possible_signs((-value).element()) <= {0, -1}


def test_tiny_differences() -> None:
    tiny = (r - 1) ** 3000  # 10^-1148
    assert sign_of(tiny) == 1
    assert sign_of(Exact(sympy.sqrt(2)) - Fraction(1414213562373095048801688724209698078569671875376948, 10**51)) == 1
    assert sign_of(tiny * x) == 1


def test_require_positive() -> None:
    require_positive(flint.fmpq(1, 3), "w")
    require_positive(flint.fmpq(0), "w", zero=True)
    with pytest.raises(NotPositiveError, match="w is zero: expected a positive number"):
        require_positive(flint.fmpq(0), "w")
    with pytest.raises(NotPositiveError, match="w is negative: expected a nonnegative number"):
        require_positive(flint.fmpq(-1), "w", zero=True)


@given(positives(depth=4))
def test_balls_contain_the_value(a: Pair) -> None:
    point = {J: flint.fmpq(3, 2), K: flint.fmpq(5, 7)}
    with mpmath.workdps(80):
        at = {s: mpmath.log(mpmath.mpf(int(q.p)) / int(q.q)) for s, q in point.items()}
        digits = mpmath.nstr(a.value(at), 70)
    element = a.exact.element()
    for bits in (30, 53, 200):
        with flint.ctx.workprec(bits):
            value = ball(element, point)
        with flint.ctx.workprec(400):
            assert abs(value - flint.arb(digits)) <= flint.arb(10) ** -60 * (1 + abs(value)) or value.contains(
                flint.arb(digits).mid()
            )
