"""The proof kernel: what makes a step, and a derivation of a statement, acceptable.

An equation is accepted only if (1) both sides have the same normal form and (2) they take the same values in random finite
models. `normal_form` and `models` share nothing but the language, so that an error in either alone lets nothing pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, cast

from .models import apart, same_values
from .normal_form import difference, normal, reify
from .positivity import natural, sign
from .statements import Statement, Step, Theorem, _sealed, merge, names_in, proved
from .terms import NAT, NONE, SPIN, Book, Definition, ProofError, Sort, Term, calls, defined, expand, lift, substitute

ONE = lift(1)


def well_formed(t: Term, book: Book = NONE, values: Book = NONE) -> None:
    """Refuse logarithms and powers, unless to natural numbers, of what is not positive at sight; in recursions too."""
    left = [t]
    seen: set[str] = set()
    while left:
        t = expand(left.pop(), book, values)
        _positive(t)
        for name in names_in(t) - seen:
            seen.add(name)
            if name not in book:
                raise ProofError(f"{name} has no definition")
            left += [part for part in (book[name].body, book[name].first) if part is not None]


def _positive(t: Term) -> None:
    if (t.op in ("log", "gap") or (t.op == "pow" and not natural(t.args[1]))) and sign(t.args[0]) < 2:
        raise ProofError(f"not positive at sight: {t.args[0]}")
    if t.op == "var" and type(t.data[0]) is not str:
        raise ProofError(f"a name that only the normal form gives: {t}")
    for a in t.args:
        _positive(a)


def meaningful(s: Statement, book: Book) -> None:
    """Refuse statements about what is not defined everywhere."""
    if type(s) is not Statement:
        raise ProofError(f"no statement: {s!r}")
    for g in (s, *s.given):
        well_formed(g.lhs, book)
        well_formed(g.rhs, book)


def same_form(left: Term, right: Term) -> bool:
    """Decide equality of normal forms, for all values of the free spins."""
    spins = sorted((x for x in (left - right).free if x.data[1] == SPIN), key=lambda t: t.text)
    signs = [dict(zip(spins, map(lift, values), strict=True)) for values in product((1, -1), repeat=len(spins))]
    return not any(difference(substitute(left, s), substitute(right, s)) for s in signs)


def require_equal(left: Term, right: Term, book: Book, rules: Book | None = None, values: Book = NONE) -> None:
    """Accept left = right, definitions being expanded by the book, or by equations for them that are known to hold.

    Normal forms are taken for arbitrary atoms, and so is one set of models, in which these equations are definitions: it says
    whether the normal form is right, whatever a script has chosen. Others are made with the values that it gives to atoms.
    """
    well_formed(left, book)
    well_formed(right, book)
    rules = book if rules is None else rules
    if not same_form(expand(left, rules), expand(right, rules)):
        raise ProofError(f"the normal forms of {left} and {right} differ")
    if not same_values(left, right, rules):
        raise ProofError(f"{left} and {right} differ in a random model")
    if rules != book and not same_values(left, right, book, values):
        raise ProofError(f"{left} and {right} differ in a random model of the assumptions")


def _equation(known: Theorem | Statement, given: Sequence[Statement], book: Book) -> Definition:
    """Return what is known about a defined name as another definition of it."""
    # By exact type, and once: what an object says of itself may change.
    lemma = None if type(known) is Statement else proved(cast(Theorem, known), book)
    s = lemma.statement if lemma is not None else cast(Statement, known)
    needed = s.given if lemma is not None else (s,)
    if not {*needed} <= {*given}:
        raise ProofError("a lemma needs what is not given")
    variables, d = {*s.lhs.args}, defined(s.lhs, book, NONE)
    if s.relation != "=" or d is None or not s.rhs.free <= variables:
        raise ProofError(f"no equation for a defined name: {s}")
    if len(variables) < len(s.lhs.args) or any(x.op != "var" for x in variables):
        raise ProofError(f"an equation for some arguments only: {s}")
    return Definition(d.name, s.lhs.args, s.rhs)


def assume(given: Sequence[Statement], book: Book, values: Book) -> None:
    """Accept positive values of atoms for which all that is given holds; without assumptions atoms are arbitrary."""
    if values and not given:
        raise ProofError("values for atoms that have to be arbitrary")
    for d in values.values():
        well_formed(d.body, book, values)
        if sign(expand(d.body, book, values)) < 2:
            raise ProofError(f"the value of {d.name} is not positive at sight")
    for g in given:
        sides = expand(g.lhs, book, values), expand(g.rhs, book, values)
        if g.relation != "=" or g.given or not same_form(*sides) or not same_values(g.lhs, g.rhs, book, values):
            raise ProofError(f"{g} does not hold for these values")


def varies(d: Definition, book: Book, values: Book) -> None:
    """Refuse values that no atom is left in: what is to be proved for arbitrary atoms would be computed for one choice."""
    if not _atoms(reify(normal(expand(d.body, book, values)))):
        raise ProofError(f"the value of {d.name} does not vary")


def _atoms(t: Term) -> set[str]:
    own = {str(t.data[0])} if t.op == "app" and t.data[1] in ("+", "real") else set()
    return own.union(*map(_atoms, t.args))


def chain(s: Statement, steps: Sequence[Step], book: Book, values: Book) -> Theorem:
    """Accept a chain of equations, and of inequalities whose difference is nonnegative at sight."""
    book, values = merge(book), merge(values)
    meaningful(s, book)
    assume(s.given, book, values)
    for d in values.values():
        varies(d, book, values)
    here, relation = s.lhs, "="
    for step in steps:
        if type(step) is not Step:
            raise ProofError(f"no step: {step!r}")
        rules = {**book, **{d.name: d for d in (_equation(k, s.given, book) for k in step.using)}}
        reached = here
        if step.certificate is not None:
            well_formed(step.certificate, book)
            size = sign(expand(step.certificate, book))
            if size < (2 if step.relation == "<" else 1) or step.relation not in ("<", "<="):
                raise ProofError(
                    f"not {'positive' if step.relation == '<' else 'nonnegative'} at sight: {step.certificate}"
                )
            reached, relation = here + step.certificate, "<" if "<" in (step.relation, relation) else "<="
        elif step.relation != "=":
            raise ProofError("an inequality needs a certificate")
        require_equal(reached, step.term, book, rules, values)
        here = step.term
    if here != s.rhs or relation != s.relation:
        raise ProofError(f"the chain proves {s.lhs} {relation} {here}, not {s.lhs} {s.relation} {s.rhs}")
    return _sealed(s, book, "chain")


def induction(s: Statement, book: Book) -> Theorem:
    """Accept a closed form R(n) of what is defined by recursion, if it is right at n = 1 and passes from n to n + 1."""
    book = merge(book)
    meaningful(s, book)
    d = defined(s.lhs, book, NONE)
    if d is None or d.first is None or s.lhs.args != d.params or s.relation != "=" or s.given:
        raise ProofError(f"no closed form of a recursion: {s}")
    if not s.rhs.free <= {*d.params} or d.name in {c.data[0] for c in calls(expand(s.rhs, book))}:
        raise ProofError(f"a closed form in other variables, or in itself: {s}")
    n = d.params[0]
    require_equal(d.first, substitute(s.rhs, {n: lift(1)}), book)
    hypothesis = {**book, d.name: Definition(d.name, d.params, s.rhs)}
    if not same_form(expand(d.body, hypothesis), expand(substitute(s.rhs, {n: n + 1}), hypothesis)):
        raise ProofError(f"the step from n to n + 1 fails: {s}")
    if not same_values(d.body, substitute(s.rhs, {n: n + 1}), hypothesis) or not same_values(s.lhs, s.rhs, book):
        raise ProofError(f"a closed form that differs in a random model: {s}")
    return _sealed(s, book, "induction")


def vanishing(s: Statement, identity: Theorem, values: Book, book: Book = NONE) -> Theorem:
    """From L = log x, or L = sum of w gap(x) with w > 0, conclude x = 1 where L = 0; stated as lhs = rhs with lhs = rhs x.

    A sum of nonnegative terms vanishes only with each of them, and gap(x) = x - 1 - log x only at x = 1.
    """
    fact = proved(identity, book)
    book, values, known = merge(book, fact.book), merge(values), fact.statement
    meaningful(s, book)
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
    require_equal(s.lhs, s.rhs * (x if log_alone else gaps[0]).args[0], book)
    assume(s.given, book, values)
    for d in values.values():
        varies(d, book, values)
    if not same_values(s.lhs, s.rhs, book, values):
        raise ProofError(f"{s.lhs} and {s.rhs} differ in a random model")
    return _sealed(s, book, "vanishing")


def refute(s: Statement, values: Book, sorts: Mapping[Sort, Sort], book: Book) -> Theorem:
    """Accept a counterexample: positive values for all atoms, of spins, for which all that is given holds and s does not."""
    book, values, sorts = merge(book), merge(values), dict(sorts)
    meaningful(s, book)
    if any(a.over is not None or a in (SPIN, NAT) or b != SPIN for a, b in sorts.items()):
        raise ProofError(f"no types to be made spins: {sorts}")
    at = merge({name: _retyped(d, sorts) for name, d in values.items()})
    about = merge({name: _retyped(d, sorts) for name, d in book.items()})
    s_there: Statement = _retyped(s, sorts)
    left, right, given = s_there.lhs, s_there.rhs, s_there.given
    meaningful(s_there, about)
    assume(given or [Statement(ONE, "=", ONE)], about, at)
    sides = expand(left, about, at), expand(right, about, at)
    unknown = _unknown(sides[0] - sides[1]).union(*(_unknown(expand(g.lhs - g.rhs, about, at)) for g in given))
    if s.relation != "=" or unknown:
        raise ProofError(f"no counterexample to {s}: {unknown or s.relation}")
    # Where there is nothing left to choose, both sides are real numbers, and disjoint balls around them tell them apart.
    if same_form(*sides) or not apart(left, right, about, at):
        raise ProofError(f"no counterexample to {s}: it holds there, for all that is known")
    return _sealed(s, book, "counterexample")


def _unknown(t: Term) -> set[str]:
    """Names of atoms, and of variables other than spins."""
    own = {str(t.data[0])} if t.op == "app" or (t.op == "var" and t.data[1] != SPIN) else set()
    return own.union(*map(_unknown, t.args))


def _retyped(t: Any, sorts: Mapping[Sort, Sort]) -> Any:
    """Replace types in a term, a definition or a statement; variables that differ by their type alone stay different."""
    if isinstance(t, Term) and t.op == "var" and t.data[1] in sorts:
        return Term("var", (), (repr((t.data[0], t.data[1].name)), sorts[t.data[1]]))
    if isinstance(t, Term):
        data = _retyped(t.data, sorts) if isinstance(t.data, tuple) else t.data
        return Term(t.op, (_retyped(a, sorts) for a in t.args), data)
    if isinstance(t, Definition):
        return Definition(t.name, _retyped(t.params, sorts), _retyped(t.body, sorts), _retyped(t.first, sorts))
    if isinstance(t, Statement):
        return Statement(_retyped(t.lhs, sorts), t.relation, _retyped(t.rhs, sorts), _retyped(t.given, sorts))
    if isinstance(t, tuple):
        return tuple(_retyped(x, sorts) for x in t)
    return sorts.get(t, t) if isinstance(t, Sort) else t
