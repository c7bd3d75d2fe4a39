"""Normal forms against brute force over explicit tables; and what must not be equal."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.proof import NAT, SPIN, Prod, ProofError, Sort, Sum, Term, atom, configurations, lift, log, spins, variable
from exactrg.proof.normal_form import difference, normal
from exactrg.proof.terms import substitute

V, H, J = Sort("V"), Sort("H"), Sort("J")
v, u, h, g = variable("v", V), variable("u", V), variable("h", H), variable("g", H)
a, e, f = atom("a", V), atom("e", V, H), atom("f", J, SPIN)
x, y = atom("x")(), atom("y")()
j, hs = variable("j", J), variable("h", configurations(J))
n, m = variable("n", NAT), variable("m", NAT)
s, s1, s2 = spins("s s1 s2")


def equal(left: Term, right: Term | int) -> bool:
    return not difference(left, lift(right))


EQUAL = [
    (Sum(v, h, e(v, h)), Sum(h, v, e(v, h))),
    (Sum(v, a(v)) * Sum(h, v, e(v, h)), Sum(v, h, u, a(u) * e(v, h))),
    (Sum(v, a(v)) ** 2, Sum(v, u, a(v) * a(u))),
    (Sum(v, a(v) * Sum(h, e(v, h) / Sum(h, e(v, h)))), Sum(u, a(u))),
    (Sum(v, h, a(v) * e(v, h) / Sum(g, e(v, g))), Sum(v, a(v))),
    (Sum(v, a(v) * Sum(v, a(v))), Sum(v, a(v)) ** 2),
    (log(Sum(v, a(v) * x) / y), log(Sum(v, a(v))) + log(x) - log(y)),
    (log(x / (1 + x)), log(x) - log(1 + x)),
    (log((2 + x) / (4 + 3 * x)), log(2 + x) - log(4 + 3 * x)),
    (log(lift(Fraction(12, 5))), 2 * log(2) + log(3) - log(5)),
    (log(Prod(j, f(j, 1) ** 2)), 2 * Sum(j, log(f(j, 1)))),
    (Sum(hs, Prod(j, f(j, hs[j]))), Prod(j, f(j, 1) + f(j, -1))),
    (Sum(hs, lift(1)), lift(2) ** Sum(j, lift(1))),
    (Sum(hs, hs[j]), lift(0)),
    (Prod(j, x**n * f(j, 1) ** n), x ** (n * Sum(j, lift(1))) * Prod(j, f(j, 1)) ** n),
    ((x + 1 / x) ** (n + 1), (x + 1 / x) ** n * x + (x + 1 / x) ** n / x),
    ((x**2 - y**2) / (x + y), x - y),
    (Sum(v, (a(v) ** 2 + 1) / (a(v) ** 2 + 1)), Sum(v, lift(1))),
    ((x + y) ** Fraction(1, 2) * (x + y) ** Fraction(3, 2), (x + y) ** 2),
    (lift(8) ** Fraction(1, 2), 2 * lift(2) ** Fraction(1, 2)),
    (Sum(s, x ** (s * s)), 2 * x),
    (Sum(s, s * x**s), x - 1 / x),
]
DIFFERENT = [
    (Sum(v, a(v)) ** 2, Sum(v, a(v) ** 2)),
    (Sum(v, a(v) * Sum(h, e(v, h))), Sum(v, a(v)) * Sum(v, h, e(v, h))),
    (Sum(v, lift(1)), lift(1)),
    (Sum(v, a(v) / Sum(h, e(v, h))), Sum(v, a(v)) / Sum(v, h, e(v, h))),
    (Sum(hs, Prod(j, f(j, hs[j]))), Prod(j, f(j, 1)) + Prod(j, f(j, -1))),
    (log(x + y), log(x) + log(y)),
    (log((2 + x) / (4 + 3 * x)), log(2 + x) - log(4 + x)),
    ((x - 1 / x) ** n, (1 / x - x) ** n),
    (x ** (n * m), x**n * x**m),
    (Sum(hs, hs[j] * hs[j]), lift(0)),
    (x**s1, x**s2),
    (Sum(hs, Prod(j, f(j, hs[j]) ** hs[j])), lift(0)),
]


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=str)
def test_equal_terms_have_one_normal_form(left: Term, right: Term) -> None:
    assert equal(left, right) and equal(right, left)


@pytest.mark.parametrize(("left", "right"), DIFFERENT, ids=str)
def test_different_terms_do_not(left: Term, right: Term) -> None:
    assert not equal(left, right)


def test_the_normal_form_does_not_depend_on_bound_names() -> None:
    for body in (a(v) * e(v, h), e(v, h) ** 2 / Sum(u, e(u, h))):
        w = variable("w", V)
        assert normal(Sum(h, v, body)) == normal(Sum(h, w, substitute(body, {v: w})))


def test_substitution_does_not_capture() -> None:
    t = substitute(Sum(v, a(v) * a(u)), {u: v})
    assert not difference(t, a(v) * Sum(u, a(u))) and difference(t, Sum(v, a(v) ** 2))


def test_powers_of_what_may_be_negative_are_refused() -> None:
    with pytest.raises(ProofError):
        normal((-1 * x) ** n)
    with pytest.raises(ProofError):
        normal(log(-1 * x))


exponents = st.integers(-2, 2)
closed = st.recursive(
    st.sampled_from([x, y, lift(2), lift(3), lift(Fraction(1, 2))]),
    lambda inner: st.one_of(
        st.builds(lambda l, r: l + r, inner, inner),
        st.builds(lambda l, r: l * r, inner, inner),
        st.builds(lambda l, k: l**k, inner, exponents),
    ),
    max_leaves=8,
)


def brute(t: Term, at: dict[str, Fraction]) -> Fraction:
    if t.op == "num":
        return Fraction(t.data)
    if t.op == "app":
        return at[t.data[0]]
    args = [brute(b, at) for b in t.args]
    if t.op == "pow":
        return Fraction(args[0]) ** int(args[1])
    total = Fraction(0 if t.op == "add" else 1)
    for b in args:
        total = total + b if t.op == "add" else total * b
    return total


@settings(max_examples=60, deadline=None)
@given(left=closed, right=closed)
def test_rational_functions_are_decided(left: Term, right: Term) -> None:
    """The normal form decides equality of positive rational functions: against values at a grid of points."""
    points = [{"x": Fraction(p), "y": Fraction(q, 3)} for p, q in product((1, 2, 5, 7, 11), (1, 2, 4, 17, 31))]
    assert equal(left, right) == all(brute(left, at) == brute(right, at) for at in points)
