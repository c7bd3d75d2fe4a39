"""Eq. 24 for every N and every block b: lemmas about the transfer matrix, powers of numbers being free symbols.

With P+ and P- the projectors (1 +- X)/2, V(J) = 2cosh J P+ + 2sinh J P- (first lemma), so that by induction (second)
V^b = C P+ + S P- with C = (2cosh J)^b and S = (2sinh J)^b. As |S| < C (third), C + S = 2D and C - S = 2O with positive
D and O, and A V(J') = C P+ + S P- for A = sqrt(D O), e^{2J'} = D/O (fourth): tanh J' = S/C = tanh^b J. What the spins
between two kept ones leave is a factor V^b, so a ring of m b spins has e^{-H^RG} = prod A V(J')(h_k, h_(k+1)), and
Z_(mb)(J) = A^m Z_m(J'), for every m. In a field, Cayley and Hamilton take the place of the projectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from ..numbers.exact import Exact
from ..one_dimension import decimate
from ..transfer_matrix import transfer_matrix

Matrix = list[list[Any]]


@dataclass(frozen=True)
class Lemma:
    """An identity with free symbols."""

    name: str
    holds: Callable[[], bool]
    origin: str = "symbolic"

    def __str__(self) -> str:
        return self.name


def product(left: Matrix, right: Matrix) -> Matrix:
    """Product of two 2x2 matrices."""
    return [
        [sum((a * b for a, b in zip(row, column, strict=True)), Exact(0)) for column in zip(*right, strict=True)]
        for row in left
    ]


def combination(*terms: tuple[Any, Matrix]) -> Matrix:
    """sum_k c_k M_k."""
    return [[sum((c * M[i][j] for c, M in terms), Exact(0)) for j in (0, 1)] for i in (0, 1)]


def _matrix(K: Any, h: Any = 0) -> Matrix:
    return [[Exact(x) for x in row] for row in transfer_matrix(K, h).table.tolist()]


ONE: Matrix = [[Exact(1), Exact(0)], [Exact(0), Exact(1)]]
PLUS, MINUS = (
    [[Exact(Fraction(1, 2)), Exact(Fraction(s, 2))], [Exact(Fraction(s, 2)), Exact(Fraction(1, 2))]] for s in (1, -1)
)
ZERO = combination()


def decimation_lemmas() -> Iterator[Lemma]:
    """What Eq. 24 for every N and b rests on."""
    C, S, log_D, log_O, J = (Exact(x) for x in sympy.symbols("C S d o J", real=True))
    c, s = J.exp() + (-J).exp(), J.exp() - (-J).exp()
    D, O = log_D.exp(), log_O.exp()
    coarse, log_A = (log_D - log_O) / 2, (log_D + log_O) / 2

    def projectors() -> bool:
        complete = combination((1, PLUS), (1, MINUS)) == ONE and product(PLUS, MINUS) == ZERO
        idempotent = product(PLUS, PLUS) == PLUS and product(MINUS, MINUS) == MINUS
        return complete and idempotent and _matrix(J) == combination((c, PLUS), (s, MINUS))

    def induction() -> bool:
        return product(combination((C, PLUS), (S, MINUS)), _matrix(J)) == combination((C * c, PLUS), (S * s, MINUS))

    def size() -> bool:
        return bool(c * c - s * s == 4)

    def solution() -> bool:
        scaled = combination((log_A.exp(), _matrix(coarse)))
        t = (coarse.exp() - (-coarse).exp()) / (coarse.exp() + (-coarse).exp())
        return scaled == combination((D + O, PLUS), (D - O, MINUS)) and t == (D - O) / (D + O)

    def constant() -> bool:
        # A^2 = D O = (C^2 - S^2)/4, which is 4^(b-1) (1 - t^2b)/(1 - t^2)^b as 4 cosh^2 J = 4/(1 - t^2).
        t = s / c
        return bool((2 * log_A).exp() == ((D + O) ** 2 - (D - O) ** 2) / 4 and c * c == 4 / (1 - t * t))

    yield Lemma("P+ and P- are projectors, V(J) = 2cosh J P+ + 2sinh J P-", projectors)
    yield Lemma("(C P+ + S P-) V(J) = 2cosh J C P+ + 2sinh J S P-, for every C and S", induction)
    yield Lemma("(2cosh J)^2 - (2sinh J)^2 = 4", size)
    yield Lemma("A V(J') = C P+ + S P- and tanh J' = S/C for 2D = C + S > 0, 2O = C - S > 0", solution)
    yield Lemma("A^2 = (C^2 - S^2)/4 and (2cosh J)^2 = 4/(1 - t^2)", constant)
    yield from (Lemma(f"decimate(J, {b}) is this J' and log A", partial(_is_block, J, b)) for b in range(1, 13))


def _is_block(J: Exact, b: int) -> bool:
    """A V(J') = V^b, entry by entry."""
    power = ONE
    for _ in range(b):
        power = product(power, _matrix(J))
    coarse, log_A = decimate(J, b)
    return combination((log_A.exp(), _matrix(coarse))) == power


def field_lemmas() -> Iterator[Lemma]:
    """What the invariant e^{2K} sinh h rests on."""
    alpha, beta, K, h = (Exact(x) for x in sympy.symbols("alpha beta K h", real=True))
    V = _matrix(K, h)
    trace, determinant = V[0][0] + V[1][1], V[0][0] * V[1][1] - V[0][1] * V[1][0]
    invariant = (2 * K).exp() * (h.exp() - (-h).exp()) / 2

    def cayley_hamilton() -> bool:
        stepped = product(combination((alpha, V), (beta, ONE)), V)
        return stepped == combination((alpha * trace + beta, V), (-alpha * determinant, ONE))

    def same_ratio() -> bool:
        # e^{2K'} sinh h' = (V^b_11 - V^b_22) / (2 V^b_12), the same for V and for alpha V + beta.
        M = combination((alpha, V), (beta, ONE))
        return bool(M[0][0] - M[1][1] == 2 * M[0][1] * invariant and M[0][1] == M[1][0])

    yield Lemma("(alpha V + beta) V = (alpha Tr V + beta) V - alpha det V, for every alpha and beta", cayley_hamilton)
    yield Lemma("V_11 - V_22 = 2 V_12 e^{2K} sinh h, and so for alpha V + beta", same_ratio)
