"""What a script could try, to have something false accepted or something true refuted, through what it can import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any
from unittest.mock import ANY

import pytest

from exactrg.claims.formal import BOOK, EXACT, STATEMENTS, H, P, V, a, e, h, q, u, v
from exactrg.proof import (
    NAT,
    SPIN,
    Definition,
    Derivation,
    Prod,
    ProofError,
    Script,
    Sort,
    Statement,
    Step,
    Sum,
    Term,
    Theorem,
    at_most,
    atom,
    configurations,
    gap,
    index_map,
    kernel,
    lift,
    log,
    models,
    normal_form,
    numbers,
    positivity,
    real,
    spins,
    step,
    variable,
)

n, m, k = numbers("n m k")
s, s1 = spins("s s1")
X, x, f = real("X")(), atom("x")(), real("f", V)
HALF, QUARTER = lift(Fraction(1, 2)), lift(Fraction(1, 4))
FLAT = [Definition("a", (v,), lift(1)), Definition("e", (v, h), 1 / Sum(h, lift(1)))]
J = Sort("J")
j, hs = variable("j", J), variable("h", configurations(J))


def says(lhs: Term | int, rhs: Term | int, *given: Statement, relation: str = "=") -> Statement:
    return Statement(lift(lhs), relation, lift(rhs), given)


def proves(lhs: Term | int, rhs: Term | int, *given: Statement, **fields: Any) -> Theorem:
    return Script(STATEMENTS, BOOK).chain(says(lhs, rhs, *given), step(rhs), **fields)


def recursive(body: Callable[[Definition], Term], first: Term, *more: Term) -> tuple[Script, Definition]:
    script, params = Script(STATEMENTS, BOOK), (n, *more)
    return script, script.define("r", params, body(Definition("r", params, lift(0))), first)


# ------------------------------------------------------------------------------ roots of what may be negative, and zero

ROOTS = [
    ((X**2) ** (HALF * n * m), X ** (n * m)),
    ((X**2) ** (HALF + n + m), X ** (1 + 2 * n + 2 * m)),
    (((X**n) ** 2) ** (HALF * m * n), X ** (n * m * n)),
    (X * X ** (-3 + n + m), X ** (-2 + n + m)),
    ((X**2) ** Sum(s, QUARTER), X),
    ((X**2) ** Prod(s, HALF) ** HALF, X),
    (X / X, lift(1)),
    (log(X**2), 2 * log(X)),
    ((f(v) - f(u)) / (f(v) - f(u)), lift(1)),
    (X ** (-2 + n + m), X ** (n + m) / X**2),
    (1 / lift(0), 1 / lift(0)),
]


@pytest.mark.parametrize(("left", "right"), ROOTS, ids=str)
def test_roots_and_divisions(left: Term, right: Term) -> None:
    with pytest.raises(ProofError, match="not positive at sight"):
        proves(left, right)


@pytest.mark.parametrize(("left", "right"), ROOTS[:-1], ids=str)
def test_models_refuse_them_alone(left: Term, right: Term, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were everything positive at sight, and every exponent a natural number, it would still be seen in a model."""
    for module in (kernel, normal_form, positivity):
        monkeypatch.setattr(module, "natural", lambda e: True)
        monkeypatch.setattr(module, "sign", lambda t: 2)
    normal_form.normal.cache_clear()
    try:
        with pytest.raises(ProofError, match="in a random model"):
            proves(left, right)
    finally:
        normal_form.normal.cache_clear()


def test_a_negative_number_is_not_positive() -> None:
    """0 < 1 - 7, by r(n) = -7 and the root of its square."""
    script = Script(STATEMENTS, BOOK)
    r = script.define("r", (k,), Definition("r", (k,), lift(0))(k), first=lift(-7))
    root = script.define("root", (k, n, m), (r(k) ** 2) ** (HALF * n * m))
    with pytest.raises(ProofError, match="not positive at sight"):
        script.chain(says(root(k, n, m), r(k) ** (n * m)), step(r(k) ** (n * m)))


def test_models_have_real_numbers_of_either_sign_and_zero() -> None:
    for left, right in [(X, (X**2) ** n), (X * x, lift(0)), ((x + X**2) ** n, (x - X**2) ** n)]:
        assert not models.same_values(left, right, {})
    assert models.same_values(log(x * (X - X) ** 2 + x), log(x), {})


# ------------------------------------------------------------------------------------- what is given, and what is named


def test_values_that_leave_nothing_to_choose_are_refused() -> None:
    with pytest.raises(ProofError, match="does not vary"):
        proves(P(v), 1 / Sum(v, lift(1)), EXACT, model=FLAT)
    hidden = [Definition("a", (v,), atom("b", V)(v) / atom("b", V)(v)), FLAT[1]]
    with pytest.raises(ProofError, match="does not vary"):
        proves(q(v), 1, EXACT, model=hidden)


def test_values_do_not_make_a_step_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the normal form to call everything equal, models without these values would refuse the step."""
    monkeypatch.setattr(kernel, "same_form", lambda left, right: True)
    machines = Definition("e", (v, h), a(v) * x / Sum(h, x))
    with pytest.raises(ProofError, match="in a random model"):
        proves(e(v, h), a(v) / Sum(h, lift(1)), EXACT, model=[machines])


@pytest.mark.parametrize("name", ["?0", "?17", "#0", ""])
def test_names_of_the_normal_form_cannot_be_written(name: str) -> None:
    with pytest.raises(ProofError, match="reserved"):
        variable(name, V)
    bound = normal_form.reify(normal_form.normal(Sum(h, e(v, h)))).args[0]
    with pytest.raises(ProofError, match="only the normal form"):
        proves(Sum(v, e(v, bound)), Sum(v, e(v, bound)))


def test_a_name_means_one_thing() -> None:
    D = Definition("D", (s,), s * s)
    script = Script(STATEMENTS, BOOK)
    squares = script.chain(says(script.define("D", D.params, D.body)(s), 1), step(1))
    at_numbers = Term("app", (n,), ("D", "def", (NAT,)))
    with pytest.raises(ProofError, match="other types"):
        script.chain(says(at_numbers, 1), step(1, "", squares))
    with pytest.raises(ProofError):
        proves((real("x")() ** 2) ** HALF, x)
    one, two = Script(STATEMENTS, BOOK), Script(STATEMENTS, BOOK)
    lemmas = []
    for which, script, body in (("A", one, Sum(v, a(v))), ("B", two, Sum(v, a(v) ** 2))):
        hidden, shown = script.define("D", (), body), script.define(which, (), body)
        lemmas.append(script.chain(says(shown(), hidden()), step(hidden())))
    both = Script(STATEMENTS, BOOK)
    A, B = both.define("A", (), Sum(v, a(v))), both.define("B", (), Sum(v, a(v) ** 2))
    with pytest.raises(ProofError):
        both.chain(says(A(), B()), step(B(), "", *lemmas))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sort("T", NAT),
        lambda: v[lift(5)],
        lambda: Term("gap", (x, X)),
        lambda: Term("pow", (X**2, HALF, n)),
        lambda: Term("mul", ()),
        lambda: Term("num", (), 3),
        lambda: Term("app", (v,), ("q", "def", ())),
        lambda: Statement(lift(1), "==", lift(1)),
        lambda: Definition("D", [v], a(v)),  # type: ignore[arg-type]
        lambda: Definition("D", (lift(1),), a(v)),
        lambda: Definition("r", (v,), a(v), a(v)),
        lambda: Definition("r", (n,), lift(1), x**n),
        lambda: Definition("r", (n,), Definition("r", (n,), lift(0))(2), lift(1)),
        lambda: Definition("r", (n,), Definition("r", (n,), lift(0))(n + 1 - 1), lift(1)),
    ],
)
def test_what_is_not_of_the_language(make: Callable[[], Any]) -> None:
    with pytest.raises(ProofError):
        make()


# ------------------------------------------------------------------------------------------------------------ recursion


def test_recursions() -> None:
    script, r = recursive(lambda r: r(n, v, u) * (f(v) - f(u)) / (f(v) - f(u)), lift(1), v, u)
    with pytest.raises(ProofError, match="not positive at sight"):
        script.induction(says(r(n, v, u), 1))
    script, r = recursive(lambda r: 2 * r(n), lift(1))
    with pytest.raises(ProofError, match="in itself"):
        script.induction(says(r(n), r(n)))
    with pytest.raises(ProofError, match="some arguments only"):
        script.chain(says(r(n), 1), step(1, "", script.chain(says(r(1), 1), step(1))))
    script, r = recursive(lambda r: Sum(s, r(n, s1) * s), s1, s1)
    with pytest.raises(ProofError, match="other variables"):
        script.induction(says(r(n, s1), s))


def test_circles() -> None:
    r, other = (Definition(name, (n,), lift(0)) for name in ("r", "other"))
    book = {**BOOK, "r": Definition("r", (n,), other(n), lift(1)), "other": Definition("other", (n,), r(n))}
    with pytest.raises(ProofError, match="circle"):
        Derivation("", 0, says(r(n), n * n), rule="induction", book=book).check(STATEMENTS, BOOK)


# ------------------------------------------------------------------------------------------------------ counterexamples


def test_true_statements_are_not_refuted() -> None:
    script = Script(STATEMENTS, BOOK)
    one, other = variable("x", V), variable("x", H)
    table = Definition("e", (v, h), lift(2) ** v * lift(3) ** h)
    with pytest.raises(ProofError, match="no counterexample"):
        script.counterexample(says(Sum(one, other, e(one, other)), Sum(h, v, e(v, h))), table, spins=(V, H))
    root = 1 + 3 * lift(2) ** HALF
    with pytest.raises(ProofError, match="no counterexample"):
        script.counterexample(says(log(19 + 6 * lift(2) ** HALF), 2 * log(root)))
    with pytest.raises(ProofError, match="to be made spins"):
        script.counterexample(says(n * n, 1), spins=(NAT,))


def test_spins_on_two_sites_are_two() -> None:
    pair = variable("h", configurations(SPIN))
    assert not models.same_values(pair[lift(1)], pair[lift(-1)], {})
    assert models.same_values(Sum(pair, pair[lift(1)] * pair[lift(-1)]), lift(0), {})


# --------------------------------------------------------------------------------------------------- forged, and changed


class Flip:
    """A lemma when it is asked for, a statement when it is read."""

    statement, seal, book, rule = says(q(v), 1), None, BOOK, "chain"
    lhs, rhs, relation, given = q(v), lift(1), "=", ()

    def __init__(self) -> None:
        self.asked: Iterator[type] = iter([Theorem, Statement, Theorem, Statement, Theorem])

    @property
    def __class__(self) -> Any:
        return next(self.asked, Theorem)

    @__class__.setter
    def __class__(self, new: Any) -> None: ...


@pytest.mark.parametrize("seal", [None, ANY, object(), EXACT])
def test_a_lemma_is_sealed_by_the_kernel(seal: object) -> None:
    script = Script(STATEMENTS, BOOK)
    right = script.chain("1", step(1))
    for forged in (Theorem(says(q(v), 1), BOOK, "chain", seal), replace(right, statement=says(q(v), 1))):
        with pytest.raises(ProofError, match="not proved"):
            script.chain(says(q(v), 1), step(1, "", forged))
    with pytest.raises(ProofError):
        script.chain(says(q(v), 1), step(1, "", Flip()))  # type: ignore[arg-type]


def test_a_refutation_under_another_rule_is_no_lemma() -> None:
    script = Script(STATEMENTS, BOOK)
    D = script.define("D", (), x)
    refuted = script.counterexample(says(D(), 1), Definition("x", (), lift(2)))
    for forged in (refuted, replace(refuted, rule="chain")):
        with pytest.raises(ProofError, match="not proved"):
            script.chain(says(D(), 1), step(1, "", forged))


def test_terms_theorems_and_normal_forms_do_not_change() -> None:
    t = q(v)
    for name in ("text", "op", "args", "data", "free"):
        with pytest.raises(AttributeError):
            setattr(t, name, lift(1).text)
    theorem = proves(Sum(v, P(v)), 1)
    with pytest.raises(TypeError):
        theorem.book["q"] = BOOK["P"]  # type: ignore[index]
    with pytest.raises((AttributeError, TypeError)):
        normal_form.normal(t - 1).clear()  # type: ignore[attr-defined]


def test_what_says_that_it_is_equal_is_not_believed() -> None:
    class Agreeable(Statement):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = Statement.__hash__

    class Number(Fraction):
        def __str__(self) -> str:
            return "2"

    with pytest.raises(ProofError):
        Agreeable(Sum(v, P(v)), "=", lift(1))
    with pytest.raises(ProofError):
        Term("num", (), Number(3))
    with pytest.raises(ProofError):
        proves(lift(Number(3)), 2)


def test_a_book_is_read_once() -> None:
    class Liar(dict[str, Definition]):
        reads = 0

        def items(self) -> Any:
            Liar.reads += 1
            return {**BOOK, "q": BOOK["q"] if Liar.reads < 2 else Definition("q", (v,), lift(1))}.items()

    machines = {"e": Definition("e", (v, h), a(v) * x / Sum(h, x))}
    with pytest.raises(ProofError):
        Derivation("8", 0, STATEMENTS["8"][0], steps=(step(1),), book=Liar(BOOK), model=machines).check(
            STATEMENTS, BOOK
        )


def test_models_depend_on_what_they_decide() -> None:
    """No polynomial has its zeros where the models are: they move with it, and with the definition that hides it."""
    seen = []
    for c in range(3):
        D = Definition("D", (), x - c)
        seen.append(models._seed(D(), lift(0), {"D": D}, {}))
        seen.append(models._seed(x - c, lift(0), {}, {}))
    assert len({*seen}) == 6
    assert models._seed(x, X, BOOK, {}) == models._seed(x, X, dict(reversed(BOOK.items())), {})


def test_parts_are_counted_from_zero() -> None:
    script = Script(STATEMENTS, BOOK)
    for part in (-1, True, 7):
        with pytest.raises((ProofError, IndexError)):
            script.chain("1", Step(a(v)), part=part)


def test_certificates_are_nonnegative_where_they_are_anything() -> None:
    script = Script(STATEMENTS, BOOK)
    for certificate in (X ** (n * m), (X**2) ** (HALF * n * m), 0 / (X - X), gap(X), index_map("i", V, SPIN)(v)):
        with pytest.raises(ProofError):
            script.chain(says(0, certificate, relation="<="), at_most(certificate, certificate))


def test_spins_are_numbers_mod_a_prime() -> None:
    for spin in (s, hs[j], index_map("i", J, SPIN)(j)):
        assert models.same_values(spin**3, spin * spin**2, {}) and models.same_values(spin**3, spin, {})
        assert not models.same_values(spin, lift(1), {})


def test_a_lemma_that_is_false_in_the_models_helps_nobody() -> None:
    """Were a rule to seal what is false, models of the definitions themselves would refuse its use."""
    wrong = kernel._sealed(says(q(v), 1), BOOK, "chain")
    with pytest.raises(ProofError, match="in a random model of the assumptions"):
        Script(STATEMENTS, BOOK).chain(says(q(v), 1), step(1, "", wrong))


def test_a_derivation_is_one_by_its_exact_type() -> None:
    class Mine(Derivation):
        pass

    with pytest.raises(ProofError, match="no derivation"):
        Mine("1", 0, STATEMENTS["1"][0], steps=(step(1),), book=BOOK).check(STATEMENTS, BOOK)
