"""Random systems with rational e^coupling, drawn by hypothesis, and their translation into exactrg."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import mpmath
import sympy
from hypothesis import strategies as st
from oracle import Step, rbm_factors

from exactrg import RBM, Exact, SpinPolynomial

factors = st.builds(Fraction, st.integers(1, 7), st.integers(1, 7))


def log(x: Fraction) -> Any:
    """The coupling log x as a sympy expression."""
    return sympy.log(sympy.Rational(x.numerator, x.denominator))


def rational(x: Fraction) -> Any:
    """The same number as a sympy rational."""
    return sympy.Rational(x.numerator, x.denominator)


def polynomial(table: Mapping[frozenset[Any], Fraction], sites: Sequence[Any]) -> SpinPolynomial:
    """sum_S log(x_S) prod s_i."""
    return SpinPolynomial({members: log(x) for members, x in table.items()}, sites)


@st.composite
def hamiltonians(draw: Any, sites: Sequence[Any], most: int = 5) -> dict[frozenset[Any], Fraction]:
    """Factors of a Hamiltonian with many-body terms, and sometimes a constant."""
    subsets = [frozenset(s) for size in range(len(sites) + 1) for s in combinations(sites, size)]
    chosen = draw(st.lists(st.sampled_from(subsets), unique=True, max_size=most))
    return {members: draw(factors) for members in chosen}


@st.composite
def systems(draw: Any, n: int = 3, m: int = 2) -> Step:
    """H on up to n spins and a joint energy E with up to m hidden ones, many-body terms in both."""
    visible = list(range(draw(st.integers(1, n))))
    hidden = [("h", j) for j in range(draw(st.integers(1, m)))]
    return Step(draw(hamiltonians(visible)), draw(hamiltonians([*visible, *hidden])), visible, hidden)


@st.composite
def rbms(draw: Any, n: int = 3, m: int = 3) -> tuple[RBM, dict[frozenset[Any], Fraction]]:
    """An RBM of up to n + m units, and the factors of its energy."""
    visible = list(range(draw(st.integers(1, n))))
    hidden = [("h", j) for j in range(draw(st.integers(1, m)))]
    w = [[draw(factors) for _ in hidden] for _ in visible]
    b, c, constant = [draw(factors) for _ in hidden], [draw(factors) for _ in visible], draw(factors)
    machine = RBM([[log(x) for x in row] for row in w], [log(x) for x in b], [log(x) for x in c], log(constant))
    return machine, rbm_factors(w, b, c, constant, visible, hidden)


# Positive exact numbers beside their values as functions of a point, in mpmath.

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
