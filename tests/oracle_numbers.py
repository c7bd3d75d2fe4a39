"""Positive exact numbers, each drawn beside its value as a function of a point, in mpmath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import sympy
from hypothesis import strategies as st

from exactrg import Exact

J, K = sympy.symbols("J K", real=True)


@dataclass(frozen=True)
class Pair:
    """An exact number, and its value as a function of the values of J and K."""

    exact: Exact
    value: Callable[[Any], Any]

    def __add__(self, other: Pair) -> Pair:
        return Pair(self.exact + other.exact, lambda at: self.value(at) + other.value(at))

    def __sub__(self, other: Pair) -> Pair:
        return Pair(self.exact - other.exact, lambda at: self.value(at) - other.value(at))

    def __mul__(self, other: Pair) -> Pair:
        return Pair(self.exact * other.exact, lambda at: self.value(at) * other.value(at))

    def __truediv__(self, other: Pair) -> Pair:
        return Pair(self.exact / other.exact, lambda at: self.value(at) / other.value(at))

    def root(self, degree: int) -> Pair:
        """The real root of a positive number."""
        return Pair((self.exact.log() / degree).exp(), lambda at: mpmath.root(self.value(at), degree))

    def log(self) -> Pair:
        """The logarithm of a positive number."""
        return Pair(self.exact.log(), lambda at: mpmath.log(self.value(at)))


def constant(x: Any) -> Pair:
    """A rational number."""
    x = Fraction(x)
    return Pair(Exact(x), lambda at: mpmath.mpf(x.numerator) / x.denominator)


def exponential(symbol: Any, exponent: Fraction) -> Pair:
    """e^(exponent * symbol)."""
    exact = Exact(sympy.exp(symbol * sympy.Rational(exponent.numerator, exponent.denominator)))
    return Pair(exact, lambda at: mpmath.exp(at[symbol] * exponent.numerator / exponent.denominator))


def positives(*, symbolic: bool = True, roots: bool = True, depth: int = 4) -> st.SearchStrategy[Pair]:
    """Sums, products, quotients and roots of rationals and exponentials."""
    leaves = st.builds(constant, st.builds(Fraction, st.integers(1, 12), st.integers(1, 5)))
    if symbolic:
        exponents = st.builds(Fraction, st.integers(-2, 2), st.integers(1, 2))
        leaves = leaves | st.builds(exponential, st.sampled_from([J, K]), exponents)

    def extend(smaller: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
        grown = st.builds(Pair.__add__, smaller, smaller) | st.builds(Pair.__mul__, smaller, smaller)
        grown = grown | st.builds(Pair.__truediv__, smaller, smaller)
        return grown | st.builds(Pair.root, smaller, st.sampled_from([2, 2, 3])) if roots else grown

    return st.recursive(leaves, extend, max_leaves=depth)
