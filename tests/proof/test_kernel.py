"""The rules of the kernel accept what is right, and each side condition refuses what is not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from exactrg.claims.formal import BOOK, EXACT, KL, NO_KL, STATEMENTS, E, H, P, T, V, Z, a, e, h, p_v, q, t, v
from exactrg.proof import (
    NAT,
    SPIN,
    Definition,
    Derivation,
    ProofError,
    Script,
    Sort,
    Statement,
    Step,
    Sum,
    Theorem,
    at_most,
    atom,
    gap,
    lift,
    log,
    numbers,
    real,
    spins,
    step,
    variable,
)
from exactrg.proof import kernel as kernel_module
from exactrg.proof.kernel import chain, induction, refute, require_equal, same_form, vanishing
from exactrg.proof.models import same_values
from exactrg.proof.statements import merge, proved
from exactrg.proof.terms import Term

x = atom("x")()
s, s1, s2 = spins("s s1 s2")
(n,) = numbers("n")
u = atom("u", V, H)
EXACT_MACHINES = {"e": Definition("e", (v, h), a(v) * u(v, h) / Sum(h, u(v, h)))}


def says(lhs: Term, relation: str, rhs: Term | int, *given: Statement) -> Statement:
    return Statement(lhs, relation, lift(rhs), given)


def test_both_conditions_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the normal form calls everything equal, values refuse a wrong step; and the other way round."""
    wrong = Sum(v, a(v) ** 2), Z() ** 2
    monkeypatch.setattr(kernel_module, "same_form", lambda left, right: True)
    with pytest.raises(ProofError, match="random model"):
        require_equal(*wrong, BOOK)
    monkeypatch.undo()
    monkeypatch.setattr(kernel_module, "same_values", lambda left, right, book: True)
    with pytest.raises(ProofError, match="normal forms"):
        require_equal(*wrong, BOOK)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (log(x + 1), log(x)),
        (KL(), 2 * KL()),
        (E(v, h), T(v, h)),
        (log(Sum(v, a(v))), Sum(v, log(a(v)))),
        (gap(x), x - 1),
        ((x + 1) ** Fraction(1, 2), x ** Fraction(1, 2) + 1),
        (x**s1, x ** (s1 * s1)),
    ],
)
def test_values_alone_refuse(left: Term, right: Term) -> None:
    assert not same_values(left, right, BOOK) and not same_form(left, right)


@pytest.mark.parametrize(
    "bad", [log(x - 1), 1 / (x - 1), (x - 1) ** Fraction(1, 2), log(lift(0)), log(q(v) - 1), 1 / s]
)
def test_what_is_not_positive_at_sight_is_refused(bad: Term) -> None:
    with pytest.raises(ProofError, match="not positive at sight"):
        require_equal(bad, bad, BOOK)


def test_types_are_checked() -> None:
    M, _ = _recursion()
    assert M(3, 1, -1).args == (lift(3), lift(1), lift(-1))
    for make in (
        lambda: M(0, 1, 1),
        lambda: M(n, 2, 1),
        lambda: M(n, s, -1 * s),
        lambda: M(s, s, s),
        lambda: a(h),
        lambda: e(h, v),
        lambda: q(h),
        lambda: v[h],
        lambda: Sum(n, x),
        lambda: Sum(x, x),
    ):
        with pytest.raises(ProofError):
            make()


def test_a_chain_must_start_and_end_with_its_statement() -> None:
    right = says(Sum(v, P(v)), "=", 1)
    assert chain(right, [step(1)], BOOK, {}).statement == right
    with pytest.raises(ProofError, match="the chain proves"):
        chain(says(Sum(v, P(v)), "=", Z() / Z()), [step(1)], BOOK, {})
    with pytest.raises(ProofError, match="the chain proves"):
        chain(replace(right, relation="<="), [step(1)], BOOK, {})
    with pytest.raises(ProofError):
        chain(right, [step(Sum(v, P(v)))], BOOK, {})


def test_assumptions_must_be_given_and_true_in_the_model() -> None:
    conclusion = says(Sum(h, t(v, h)), "=", 1, EXACT)
    steps = [step(q(v)), step(1, "", EXACT)]
    assert chain(conclusion, steps, BOOK, EXACT_MACHINES).rule == "chain"
    with pytest.raises(ProofError, match="not given"):
        chain(replace(conclusion, given=()), steps, BOOK, {})
    with pytest.raises(ProofError):
        chain(conclusion, steps, BOOK, {})
    with pytest.raises(ProofError, match="arbitrary"):
        chain(says(Sum(v, P(v)), "=", 1), [step(1)], BOOK, EXACT_MACHINES)


def test_a_lemma_must_be_sealed_true_of_the_same_definitions_and_general() -> None:
    lemma = chain(says(q(v), "=", 1, EXACT), [step(1, "", EXACT)], BOOK, EXACT_MACHINES)
    wanted = says(Sum(h, t(v, h)), "=", 1, EXACT)

    def steps(known: Theorem) -> list[Step]:
        return [step(q(v)), step(1, "", known)]

    assert chain(wanted, steps(lemma), BOOK, EXACT_MACHINES)
    with pytest.raises(ProofError, match="not proved"):
        chain(wanted, steps(Theorem(lemma.statement, BOOK, "chain")), BOOK, EXACT_MACHINES)
    with pytest.raises(ProofError, match="not proved"):
        chain(wanted, steps(replace(lemma, statement=says(q(v), "=", 2, EXACT))), BOOK, EXACT_MACHINES)
    other = {**BOOK, "q": Definition("q", (v,), a(v))}
    with pytest.raises(ProofError, match="not proved"):
        chain(wanted, steps(replace(lemma, book=other)), BOOK, EXACT_MACHINES)
    with pytest.raises(ProofError, match="defined differently"):
        proved(lemma, other)
    with pytest.raises(ProofError, match="not given"):
        chain(says(Sum(h, t(v, h)), "=", 1), steps(lemma), BOOK, {})
    w = variable("w", V)
    particular = says(q(v), "=", q(w))
    with pytest.raises(ProofError):
        chain(says(q(v), "=", q(w), particular), [step(q(w), "", particular)], BOOK, {})


def test_a_refutation_is_no_lemma() -> None:
    model = {"a": Definition("a", (v,), lift(1)), "e": Definition("e", (v, h), lift(2) ** h)}
    refuted = refute(STATEMENTS["C5-kl"][0], model, {V: SPIN, H: SPIN}, BOOK)
    with pytest.raises(ProofError, match="not proved"):
        chain(STATEMENTS["C5-kl"][0], [step(1, "", refuted)], BOOK, EXACT_MACHINES)


def test_inequalities_need_what_is_nonnegative_at_sight() -> None:
    claim = says(2 * x, "<=", x**2 + 1)
    assert chain(claim, [at_most(x**2 + 1, (x - 1) ** 2)], BOOK, {}).statement == claim
    with pytest.raises(ProofError, match="not nonnegative"):
        chain(says(x**2 + 1, "<=", 2 * x), [at_most(2 * x, -((x - 1) ** 2))], BOOK, {})
    with pytest.raises(ProofError, match="not positive"):
        chain(replace(claim, relation="<"), [at_most(x**2 + 1, (x - 1) ** 2, strict=True)], BOOK, {})
    with pytest.raises(ProofError, match="not nonnegative"):
        chain(says(lift(0), "<=", (x - 1) ** 3), [at_most((x - 1) ** 3, (x - 1) ** 3)], BOOK, {})
    with pytest.raises(ProofError):
        chain(claim, [at_most(x**2 + 1, (x - 2) ** 2)], BOOK, {})
    assert chain(says(log(x), "<=", x - 1), [at_most(x - 1, gap(x))], BOOK, {})
    with pytest.raises(ProofError, match="the chain proves"):
        chain(says(lift(0), "=", gap(x)), [at_most(gap(x), gap(x))], BOOK, {})


def _power(body: Term) -> tuple[Definition, dict[str, Definition]]:
    d = Definition("M", (n, s1, s2), body, x ** (s1 * s2))
    return d, {"M": d}


def _recursion() -> tuple[Definition, dict[str, Definition]]:
    name = Definition("M", (n, s1, s2), lift(0))
    return _power(Sum(s, name(n, s1, s) * x ** (s * s2)))


def test_induction_needs_its_base_and_its_step() -> None:
    M, book = _recursion()
    c, d = x + 1 / x, x - 1 / x
    right = (c**n + s1 * s2 * d**n) / 2
    assert induction(says(M(n, s1, s2), "=", right), book).rule == "induction"
    for wrong in (
        (c**n + s1 * s2 * d**n) / 2 + 1 - 1 / x ** (n - 1),
        (c**n - s1 * s2 * d**n) / 2,
        (c ** (n + 1) + s1 * s2 * d ** (n + 1)) / 2,
        x ** (n * s1 * s2),  # right at n = 1 alone
        2 * right,  # passes from n to n + 1
    ):
        with pytest.raises(ProofError):
            induction(says(M(n, s1, s2), "=", wrong), book)
    for other in (says(M(n, s2, s1), "=", right), says(M(n, s1, s1), "=", right), says(x, "=", x)):
        with pytest.raises(ProofError):
            induction(other, book)


def test_vanishing_needs_gaps_with_positive_weights_and_the_assumption() -> None:
    identity = chain(
        says(KL(), "=", Sum(v, P(v) * gap(p_v(v) / P(v)))), [step(Sum(v, P(v) * gap(p_v(v) / P(v))))], BOOK, {}
    )
    conclusion = says(p_v(v), "=", P(v), NO_KL)
    assert vanishing(conclusion, identity, EXACT_MACHINES).rule == "vanishing"
    with pytest.raises(ProofError, match="not given"):
        vanishing(replace(conclusion, given=(EXACT,)), identity, EXACT_MACHINES)
    with pytest.raises(ProofError):
        vanishing(says(p_v(v), "=", 2 * P(v), NO_KL), identity, EXACT_MACHINES)
    with pytest.raises(ProofError, match="not proved"):
        vanishing(conclusion, Theorem(identity.statement, BOOK, "chain"), EXACT_MACHINES)
    signed = chain(
        says(KL(), "=", Sum(v, (P(v) - p_v(v)) + P(v) * log(P(v) / p_v(v)))),
        [step(Sum(v, (P(v) - p_v(v)) + P(v) * log(P(v) / p_v(v))))],
        BOOK,
        {},
    )
    with pytest.raises(ProofError, match="not a logarithm"):
        vanishing(conclusion, signed, EXACT_MACHINES)


@pytest.mark.parametrize(
    ("a_", "e_"),
    [
        (lift(1), lift(2) ** (v * h)),  # the assumption fails
        (lift(1), a(v) / 2),  # an atom without a value
        (lift(5) ** v, lift(5) ** v / 2),  # the conclusion holds
    ],
)
def test_a_counterexample_must_satisfy_what_is_given_and_not_the_conclusion(a_: Term, e_: Term) -> None:
    model = {"a": Definition("a", (v,), a_), "e": Definition("e", (v, h), e_)}
    with pytest.raises(ProofError):
        refute(STATEMENTS["8"][0], model, {V: SPIN, H: SPIN}, BOOK)
    with pytest.raises(ProofError):
        refute(STATEMENTS["8"][0], model, {}, BOOK)


def test_a_counterexample_needs_positive_values() -> None:
    given_nothing = says(q(v), "=", 1)
    values = {"a": Definition("a", (v,), lift(1)), "e": Definition("e", (v, h), v + 2 * h)}
    with pytest.raises(ProofError, match="not positive"):
        refute(given_nothing, values, {V: SPIN, H: SPIN}, BOOK)
    values["e"] = Definition("e", (v, h), lift(2) ** v)
    assert refute(given_nothing, values, {V: SPIN, H: SPIN}, BOOK).rule == "counterexample"


HALF = [lift(Fraction(1, 2)), lift(1) * Fraction(1, 2), Sum(s, lift(Fraction(1, 4)))]


@pytest.mark.parametrize("half", HALF)
def test_a_counterexample_to_what_is_true_of_roots_is_refused(half: Term) -> None:
    """sqrt(19 + 6 sqrt 2) = 1 + 3 sqrt 2, which the normal form does not see; mod R the root may be the other one."""
    root = lift(2) ** half
    with pytest.raises(ProofError, match="no counterexample"):
        refute(says((19 + 6 * root) ** half, "=", 1 + 3 * root), {}, {}, {})
    assert refute(says((19 + 6 * root) ** half, "=", 1 + 2 * root), {}, {}, {})
    values = {"a": Definition("a", (v,), lift(1)), "e": Definition("e", (v, h), lift(2) ** half)}
    assert refute(says(q(v), "=", 1), values, {V: SPIN, H: SPIN}, BOOK).rule == "counterexample"


def test_a_definition_with_the_name_of_an_atom_says_nothing_about_the_atom() -> None:
    """Else a script could prove for a(v) = 1 what the ledger says for every a."""
    special = {**BOOK, "a": Definition("a", (v,), lift(1))}
    with pytest.raises(ProofError):
        chain(says(Z(), "=", Sum(v, lift(1))), [step(Sum(v, lift(1)))], special, {})
    script = Script(STATEMENTS, BOOK)
    script.define("a", (v,), lift(1))
    with pytest.raises(ProofError):
        script.chain(says(log(a(v)), "=", 0), step(0))


def test_what_is_positive_for_special_values_alone_is_refused() -> None:
    """log X of a real X, which the values of the assumption make positive."""
    X = real("X", V, H)
    values = {**EXACT_MACHINES, "X": Definition("X", (v, h), a(v))}
    with pytest.raises(ProofError, match="not positive at sight"):
        chain(says(log(X(v, h)), "=", log(X(v, h)), EXACT), [step(log(X(v, h)))], BOOK, values)


def test_definitions_have_no_variables_but_their_parameters() -> None:
    for body in (e(v, h), Sum(h, e(v, h)) * u(v, h)):
        with pytest.raises(ProofError, match="other variables"):
            merge({"d": Definition("d", (v,), body)})


def test_one_name_has_one_definition() -> None:
    with pytest.raises(ProofError, match="defined differently"):
        merge(BOOK, {"Z": Definition("Z", (), Sum(v, a(v) ** 2))})


def test_a_derivation_of_something_else_fails() -> None:
    script = Script(STATEMENTS, BOOK)
    right = script.chain("1", step(1)).derivation
    assert right is not None
    assert right.check(STATEMENTS, BOOK).statement == STATEMENTS["1"][0]
    something_else = says(Sum(v, P(v)), "=", Z() / Z())
    wrong: list[Derivation] = [
        replace(right, statement=something_else, steps=(step(Z() / Z()),)),
        replace(right, part=1),
        replace(right, part=7),
        replace(right, claim="no claim"),
        replace(right, book={**BOOK, "P": Definition("P", (v,), a(v) / Sum(v, a(v)))}),
        replace(right, statement=replace(right.statement, given=(EXACT,))),
        replace(right, rule="magic"),
        replace(right, steps=()),
    ]
    for d in wrong:
        with pytest.raises(ProofError):
            d.check(STATEMENTS, BOOK)


def test_a_script_may_not_redefine_the_ledger() -> None:
    script = Script(STATEMENTS, BOOK)
    script.define("Z", (), Sum(v, 2 * a(v)))
    with pytest.raises(ProofError, match="defined differently"):
        script.chain("1", step(1))


def test_sizes_of_models_vary_and_numbers_are_naturals() -> None:
    assert not same_values(Sum(variable("w", Sort("W")), lift(1)), lift(2), {})
    assert same_values(x ** (n + 1), x * x**n, {}) and n.data[1] == NAT
