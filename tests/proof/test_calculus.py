"""Derivatives against difference quotients of real numbers."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest

from exactrg.claims.formal import BOOK, KL, Delta_F, F_h, X, Z_joint, a, e, h, p_v, v
from exactrg.claims.formal_spins import transfer
from exactrg.proof import Definition, Prod, ProofError, Sum, Term, differentiate, gap, lift, log, spins
from exactrg.proof.mutation import Reals
from exactrg.proof.terms import expand, substitute

MOVED = {"e": Definition("e", (v, h), -X(v, h) * e(v, h))}
TERMS = [
    log(Z_joint()),
    KL(),
    Delta_F() * p_v(v) ** 3,
    Sum(v, Prod(h, e(v, h) + a(v))) ** Fraction(1, 3),
    gap(F_h() ** 2 + 1),
    log(Sum(v, a(v))),
]


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_derivatives_are_limits_of_difference_quotients(term: Term) -> None:
    with mpmath.workdps(50):
        model = Reals("calculus", BOOK)
        at = {v.data: 0}
        slope = model(differentiate(term, MOVED, BOOK), at)
        full = expand(term, BOOK)

        def value(t: Fraction) -> mpmath.mpf:
            """The term with e^{-E} (1 - t X)."""
            shifted = {"e": Definition("e", (v, h), plain(v, h) * (1 - t * X(v, h)))}
            other = Reals("calculus", shifted)
            other.known = model.known
            return other(full, at)

        def plain(*args: Term) -> Term:
            return Term("app", args, ("e unmoved", "+", e(v, h).data[2]))

        for key in list(model.known):
            if isinstance(key, tuple) and key[0] == "e":
                model.known["e unmoved", *key[1:]] = model.known[key]
        step = Fraction(1, 10**15)
        quotient = (value(step) - value(-step)) / mpmath.mpf(2 * step.numerator) * step.denominator
        assert abs(slope - quotient) < mpmath.mpf(10) ** -24 * (1 + abs(slope))
    assert (slope == 0) == (term == TERMS[-1])


def test_what_has_no_derivative_here_is_refused() -> None:
    s, u = spins("s u")
    n = transfer.params[0]
    for bad in (transfer(n, s, u), lift(2) ** e(v, h)):
        with pytest.raises(ProofError):
            differentiate(bad, MOVED, BOOK)
    assert substitute(n, {n: lift(1)}) == lift(1)
