"""Random systems with rational e^coupling, drawn as data for the oracle, and their translation into exactrg.

`exactrg.strategies` draws objects of exactrg, of which an oracle could only learn by asking exactrg. Here the numbers
x = e^coupling are drawn first, as `Fraction`: the oracle sums over those, and exactrg gets log x.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import sympy
from hypothesis import strategies as st
from oracle import Step, rbm_factors

from exactrg import RBM, SpinPolynomial

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
