"""Formal sums of logarithms: what log_terms writes, exp_terms gives back, and the atoms are independent where seen."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K, Pair, positives

from exactrg import Exact
from exactrg.errors import CouplingError
from exactrg.numbers.element import Element
from exactrg.numbers.field import Polynomial
from exactrg.numbers.logs import UNIT, add_terms, exp_terms, log_terms, rational_exponent, symbols_of

x, y = Exact(sympy.exp(J)), Exact(sympy.exp(K))


@given(positives(depth=4))
def test_there_and_back(a: Pair) -> None:
    value = a.exact.element()
    terms = log_terms(value)
    assert exp_terms(terms) == value
    assert all(c for c in terms.values()) and UNIT not in terms


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_rationals(p: int, q: int) -> None:
    terms = log_terms(flint.fmpq(p, q))
    assert all(isinstance(n, int) and n > 1 for n in terms)
    value = Fraction(1)
    for n, c in terms.items():
        assert c.q == 1
        value *= Fraction(n) ** int(c.p)
    assert value == Fraction(p, q)
    for prime in (2, 3, 5, 7, 167, 173):  # split off: no other atom is divisible by one
        assert all(n == prime or n % prime for n in terms)
        assert (prime in terms) == (Fraction(p, q).numerator % prime == 0 or Fraction(p, q).denominator % prime == 0)


def test_parts_of_a_polynomial() -> None:
    """Content, monomial and a primitive polynomial; numerators against denominators."""
    terms = log_terms((12 * x**3 * (x + 2) / (35 * y * (3 * y + 1))).element())
    polynomials = {atom: c for atom, c in terms.items() if isinstance(atom, Polynomial)}
    others = {atom: Fraction(int(c.p), int(c.q)) for atom, c in terms.items() if not isinstance(atom, Polynomial)}
    assert others == {2: 2, 3: 1, 5: -1, 7: -1, J: 3, K: -1}
    assert sorted(polynomials.values()) == [-1, 1] and {len(p.poly) for p in polynomials} == {2}
    half = log_terms(((x.log() / 2 + y.log() / 3).exp() * 6).element())
    assert {a: Fraction(int(c.p), int(c.q)) for a, c in half.items()} == {
        2: 1,
        3: 1,
        J: Fraction(1, 2),
        K: Fraction(1, 3),
    }
    # A quotient of two negative numbers.
    r = Exact(sympy.sqrt(2))
    assert exp_terms(log_terms(((r - 2) / (r - 3)).element())) == ((2 - r) / (3 - r)).element()


def test_addition_cancels() -> None:
    terms = {2: flint.fmpq(1), 3: flint.fmpq(-1)}
    add_terms(terms, {3: flint.fmpq(1, 2), 5: flint.fmpq(1)}, flint.fmpq(2))
    assert terms == {2: flint.fmpq(1), 5: flint.fmpq(2)}
    add_terms(terms, {2: flint.fmpq(-1), 7: flint.fmpq(0)})
    assert terms == {5: flint.fmpq(2)}


def test_exponents() -> None:
    element = (x / (3 * x)).element()
    assert isinstance(element, Element) and rational_exponent(2, element) == Fraction(1, 3)
    assert rational_exponent(J, flint.fmpq(-5, 7)) == Fraction(-5, 7)
    with pytest.raises(CouplingError, match="coefficient that depends on the couplings; expected a rational number"):
        rational_exponent(2, x.element())
    with pytest.raises(CouplingError, match=r"e\*\*\(3/2\) is not rational.*p/q, 1\.5 for a float64 one"):
        rational_exponent(UNIT, flint.fmpq(3, 2))
    assert exp_terms({}) == 1


def test_symbols() -> None:
    assert symbols_of((x + 1).log().terms) == {J} and symbols_of(Exact(K).terms) == {K}
    assert symbols_of((x * Exact(sympy.log(2))).terms) == {J}
    assert symbols_of((Exact(sympy.log(2)) / (y + 1)).terms) == {K}
    assert symbols_of((x / x * Exact(sympy.log(2))).terms) == set()
    nested = ((x + 1).log() / 2).exp() + y
    assert symbols_of(nested.terms) == {J, K} == symbols_of(nested.log().terms)
    assert symbols_of(Exact(sympy.log(math.factorial(9))).terms) == set()
