"""The proof kernel: what makes a step, and a derivation of a statement, acceptable.

An equation is accepted only if (1) both sides have the same normal form and (2) they take the same values in random finite
models. `normal_form` and `models` share nothing but the language, so that an error in either alone lets nothing pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from .models import same_values
from .normal_form import difference
from .positivity import natural, sign
from .terms import NONE, SPIN, Book, Definition, ProofError, Sort, Term, defined, expand, lift, substitute


@dataclass(frozen=True)
class Statement:
    """lhs relation rhs, for all values of free variables and atoms, given other statements (for all of their variables)."""

    lhs: Term
    relation: str
    rhs: Term
    given: tuple[Statement, ...] = ()


ONE = lift(1)


@dataclass(frozen=True)
class Theorem:
    """A statement that a rule has accepted, and the definitions it is about. Only the rules below can seal one."""

    statement: Statement
    book: Book = field(repr=False)
    rule: str
    seal: object = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class _Seal:
    statement: Statement
    book: Book
    rule: str


def _sealed(s: Statement, book: Book, rule: str) -> Theorem:
    return Theorem(s, book, rule, _Seal(s, book, rule))


@dataclass(frozen=True)
class Step:
    """The next term of a chain, the relation to the last one, why, by which lemmas, with which certificate."""

    term: Term
    relation: str = "="
    why: str = ""
    using: tuple[Theorem | Statement, ...] = ()
    certificate: Term | None = None


def well_formed(t: Term) -> None:
    """Refuse logarithms and powers, unless to natural numbers, of what is not positive at sight."""
    if (t.op in ("log", "gap") or (t.op == "pow" and not natural(t.args[1]))) and sign(t.args[0]) < 2:
        raise ProofError(f"not positive at sight: {t.args[0]}")
    for a in t.args:
        well_formed(a)


def same_form(left: Term, right: Term) -> bool:
    """Decide equality of normal forms, for all values of the free spins."""
    spins = sorted((x for x in (left - right).free if x.data[1] == SPIN), key=lambda t: t.text)
    signs = [dict(zip(spins, map(lift, values), strict=True)) for values in product((1, -1), repeat=len(spins))]
    return not any(difference(substitute(left, s), substitute(right, s)) for s in signs)


def require_equal(left: Term, right: Term, book: Book, rules: Book | None = None, values: Book = NONE) -> None:
    """Accept left = right, definitions being expanded by the book, or by equations for them that are known to hold.

    Normal forms are taken for arbitrary atoms; only models are made with the values of atoms that assumptions ask for.
    """
    well_formed(expand(left, book))
    well_formed(expand(right, book))
    rules = book if rules is None else rules
    if not same_form(expand(left, rules), expand(right, rules)):
        raise ProofError(f"the normal forms of {left} and {right} differ")
    if not same_values(left, right, book, values):
        raise ProofError(f"{left} and {right} differ in a random model")


def merge(*books: Book) -> Book:
    """Join definitions: one name has one definition, without free variables but its parameters."""
    merged: dict[str, Definition] = {}
    for name, d in ((name, d) for book in books for name, d in book.items()):
        if merged.setdefault(name, d) != d or d.name != name:
            raise ProofError(f"{name} is defined differently elsewhere")
        bodies = d.body.free | (d.first.free if d.first is not None else frozenset())
        if not bodies <= {*d.params} or len({*d.params}) < len(d.params):
            raise ProofError(f"{name} has other variables than its parameters")
    return merged


def require_proved(theorem: Theorem, book: Book) -> None:
    """Refuse lemmas that no rule has accepted, or that are about other definitions, and refutations."""
    merge(book, theorem.book)
    if theorem.seal != _Seal(theorem.statement, theorem.book, theorem.rule) or theorem.rule == "counterexample":
        raise ProofError(f"not proved: {theorem.statement}")


def _equation(known: Theorem | Statement, given: Sequence[Statement], book: Book) -> Definition:
    """Return what is known about a defined name as another definition of it."""
    s = known.statement if isinstance(known, Theorem) else known
    if isinstance(known, Theorem):
        require_proved(known, book)
    if not {*(s.given if isinstance(known, Theorem) else [s])} <= {*given}:
        raise ProofError("a lemma needs what is not given")
    variables = {*s.lhs.args}
    name = s.lhs.data[0] if s.lhs.op == "app" and s.lhs.data[1] == "def" else None
    if s.relation != "=" or name not in book or not s.rhs.free <= variables:
        raise ProofError(f"no equation for a defined name: {s}")
    if len(variables) < len(s.lhs.args) or any(x.op != "var" for x in variables):
        raise ProofError(f"an equation for some arguments only: {s}")
    return Definition(s.lhs.data[0], s.lhs.args, s.rhs)


def assume(given: Sequence[Statement], book: Book, values: Book) -> None:
    """Accept positive values of atoms for which all that is given holds; without assumptions atoms are arbitrary."""
    if values and not given:
        raise ProofError("values for atoms that have to be arbitrary")
    for d in merge(values).values():
        if sign(expand(d.body, book, values)) < 2:
            raise ProofError(f"the value of {d.name} is not positive at sight")
    for g in given:
        well_formed(expand(g.lhs - g.rhs, book))
        sides = expand(g.lhs, book, values), expand(g.rhs, book, values)
        if g.relation != "=" or g.given or not same_form(*sides) or not same_values(g.lhs, g.rhs, book, values):
            raise ProofError(f"{g} does not hold for these values")


def chain(s: Statement, steps: Sequence[Step], book: Book, values: Book) -> Theorem:
    """Accept a chain of equations, and of inequalities whose difference is nonnegative at sight."""
    assume(s.given, book, values)
    here, strict = s.lhs, False
    for step in steps:
        rules = {**book, **{d.name: d for d in (_equation(k, s.given, book) for k in step.using)}}
        reached = here
        if step.certificate is not None:
            size = sign(expand(step.certificate, book))
            if size < (2 if step.relation == "<" else 1) or step.relation not in ("<", "<="):
                raise ProofError(
                    f"not {'positive' if step.relation == '<' else 'nonnegative'} at sight: {step.certificate}"
                )
            reached, strict = here + step.certificate, strict or step.relation == "<"
        elif step.relation != "=":
            raise ProofError("an inequality needs a certificate")
        require_equal(reached, step.term, book, rules, values)
        here = step.term
    relation = "<" if strict else "<=" if any(step.relation != "=" for step in steps) else "="
    if here != s.rhs or relation != s.relation:
        raise ProofError(f"the chain proves {s.lhs} {relation} {here}, not {s.lhs} {s.relation} {s.rhs}")
    return _sealed(s, book, "chain")


def induction(s: Statement, book: Book) -> Theorem:
    """Accept a closed form R(n) of what is defined by recursion, if it is right at n = 1 and passes from n to n + 1."""
    d = defined(s.lhs, book, NONE)
    if d is None or d.first is None or s.lhs.args != d.params or s.relation != "=" or s.given:
        raise ProofError(f"no closed form of a recursion: {s}")
    n = d.params[0]
    require_equal(d.first, substitute(s.rhs, {n: lift(1)}), book)
    hypothesis = {**book, d.name: Definition(d.name, d.params, s.rhs)}
    if not same_form(expand(d.body, hypothesis), expand(substitute(s.rhs, {n: n + 1}), hypothesis)):
        raise ProofError(f"the step from n to n + 1 fails: {s}")
    if not same_values(s.lhs, s.rhs, book):
        raise ProofError(f"a closed form that differs in a random model: {s}")
    return _sealed(s, book, "induction")


def vanishing(s: Statement, identity: Theorem, values: Book) -> Theorem:
    """From L = log x, or L = sum of w gap(x) with w > 0, conclude x = 1 where L = 0; stated as lhs = rhs with lhs = rhs x.

    A sum of nonnegative terms vanishes only with each of them, and gap(x) = x - 1 - log x only at x = 1.
    """
    book, known = identity.book, identity.statement
    require_proved(identity, book)
    x = known.rhs
    while x.op == "sum":
        x = x.args[1]
    factors = x.args if x.op == "mul" else (x,)
    gaps = [f for f in factors if f.op == "gap"]
    log_alone = known.rhs.op == "log"
    positive = all(sign(expand(f, book)) == 2 for f in factors if f not in gaps)
    if known.relation != "=" or not (log_alone or (len(gaps) == 1 and positive)):
        raise ProofError(f"not a logarithm, or a sum of gaps with positive weights: {known.rhs}")
    if s.relation != "=" or not {*known.given, Statement(known.lhs, "=", lift(0))} <= {*s.given}:
        raise ProofError(f"{known.lhs} = 0 is not given")
    well_formed(expand(s.rhs, book))
    require_equal(s.lhs, s.rhs * (x if log_alone else gaps[0]).args[0], book)
    assume(s.given, book, values)
    if not same_values(s.lhs, s.rhs, book, values):
        raise ProofError(f"{s.lhs} and {s.rhs} differ in a random model")
    return _sealed(s, book, "vanishing")


def refute(s: Statement, values: Book, sorts: Mapping[Sort, Sort], book: Book) -> Theorem:
    """Accept a counterexample: positive values for all atoms, of spins, for which all that is given holds and s does not."""
    at = {name: _retyped(d, sorts) for name, d in values.items()}
    about = {name: _retyped(d, sorts) for name, d in merge(book).items()}
    left, right = _retyped(s.lhs, sorts), _retyped(s.rhs, sorts)
    given = [Statement(_retyped(g.lhs, sorts), g.relation, _retyped(g.rhs, sorts), g.given) for g in s.given]
    assume(given or [Statement(ONE, "=", ONE)], about, at)
    well_formed(expand(left - right, about))
    sides = expand(left, about, at), expand(right, about, at)
    # Roots mod a prime are positive numbers only where the normal form agrees: to tell numbers apart there must be none.
    unknown = _unknown(sides[0] - sides[1]).union(*(_unknown(expand(g.lhs - g.rhs, about, at)) for g in given))
    if s.relation != "=" or unknown:
        raise ProofError(f"no counterexample to {s}: {unknown or s.relation}")
    if same_form(*sides) or same_values(left, right, about, at):
        raise ProofError(f"no counterexample to {s}: it holds there")
    return _sealed(s, book, "counterexample")


def _unknown(t: Term) -> set[str]:
    """Names of atoms and of types other than spins; and roots."""
    own = {str(t.data[0])} if t.op == "app" or (t.op == "var" and t.data[1] != SPIN) else set()
    own |= {str(t)} if t.op == "pow" and t.args[1].op == "num" and t.args[1].data.denominator > 1 else set()
    return own.union(*map(_unknown, t.args))


def _retyped(t: Any, sorts: Mapping[Sort, Sort]) -> Any:
    """Replace types in a term or a definition."""
    if isinstance(t, Term):
        data = _retyped(t.data, sorts) if isinstance(t.data, tuple) else t.data
        return Term(t.op, (_retyped(a, sorts) for a in t.args), data)
    if isinstance(t, Definition):
        return Definition(t.name, _retyped(t.params, sorts), _retyped(t.body, sorts), _retyped(t.first, sorts))
    if isinstance(t, tuple):
        return tuple(_retyped(x, sorts) for x in t)
    return sorts.get(t, t) if isinstance(t, Sort) else t
