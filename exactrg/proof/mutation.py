"""Mutation test of the kernel: wrong steps, wrong definitions and wrong end statements made from derivations that are right.

``python -m exactrg.proof.mutation proofs`` makes all of them. A mutant that the kernel accepts has to be shown equal to the
original, or true, by a third evaluation: real numbers with 60 digits, true logarithms and roots.
"""

from __future__ import annotations

import argparse
import random
import runpy
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import mpmath

from .derivation import Derivation, Pinned
from .kernel import _retyped
from .statements import Statement
from .terms import NAT, SPIN, Book, Definition, ProofError, Sort, Term, lift

DIGITS = 60


# ------------------------------------------------------------------------------------------------------------ the mutants


def changes(t: Term, others: Mapping[Any, Sequence[Term]]) -> Iterator[Term]:
    """Make small changes at the root of a term; ``others`` has the heads of applications by their types."""
    if t.op == "num":
        yield from (lift(t.data + 1), lift(-t.data), lift(2 * t.data))
    elif t.op == "var" and t.data[1] == SPIN:
        yield -1 * t
    elif t.op in ("add", "mul"):
        for k in range(len(t.args)):
            rest = t.args[:k] + t.args[k + 1 :]
            yield rest[0] if len(rest) == 1 else Term(t.op, rest)
            yield Term(t.op, (*t.args[:k], -1 * t.args[k], *t.args[k + 1 :]))
        yield Term("mul" if t.op == "add" else "add", t.args)
    elif t.op == "pow":
        base, e = t.args
        yield from (base, base ** (e + 1), base ** (-1 * e), base ** (2 * e))
    elif t.op in ("sum", "prod"):
        x, body = t.args
        yield Term("prod" if t.op == "sum" else "sum", t.args)
        yield body
        if body.op == t.op:  # two sums exchanged, which changes nothing
            yield Term(t.op, (body.args[0], Term(t.op, (x, body.args[1]))))
        yield from (Term(t.op, (y, body)) for y in body.free - {x})
    elif t.op in ("log", "gap"):
        yield from (Term("gap" if t.op == "log" else "log", t.args), t.args[0])
    elif t.op == "app":
        yield from (Term("app", t.args, o.data) for o in others.get(t.data[2], ()) if o.data != t.data)
        if t.data[1] == "real":  # |X|, by an exponent that is no natural number for its first factor alone
            yield (t**2) ** Term("mul", (lift(Fraction(1, 2)), lift(1), lift(1)))
        for k, a in enumerate(t.args):
            yield from (Term("app", (*t.args[:k], b, *t.args[k + 1 :]), t.data) for b in t.args if b != a)


def mutants(t: Term, others: Mapping[Any, Sequence[Term]]) -> Iterator[Term]:
    """Make small changes anywhere in a term."""
    yield from (now for now in _typed(changes(t, others)) if now != t)
    for k, a in enumerate(t.args):
        if t.op in ("sum", "prod") and k == 0:
            continue
        for b in mutants(a, others):
            yield from _typed(iter([None]), t, (*t.args[:k], b, *t.args[k + 1 :]))


def _typed(terms: Iterator[Any], t: Term | None = None, args: tuple[Term, ...] = ()) -> Iterator[Term]:
    """Leave out what is not even a term."""
    while True:
        try:
            made = next(terms)
            yield made if t is None else Term(t.op, args, t.data)
        except ProofError:
            if t is not None:
                return
        except StopIteration:
            return


def heads(derivation: Derivation) -> dict[Any, list[Term]]:
    """Return the applications in a derivation, by the types of their arguments."""
    found: dict[Any, dict[Any, Term]] = {}

    def collect(t: Term) -> None:
        if t.op == "app" and not isinstance(t.data[1], Sort):
            found.setdefault(t.data[2], {})[t.data] = t
        for a in t.args:
            collect(a)

    for t in (derivation.statement.lhs, derivation.statement.rhs, *(s.term for s in derivation.steps)):
        collect(t)
    for name in reachable(derivation):
        collect(derivation.book[name].body)
    return {sorts: list(apps.values()) for sorts, apps in found.items()}


def reachable(derivation: Derivation) -> list[str]:
    """Return the defined names on which a statement depends."""
    names: dict[str, None] = {}

    def visit(t: Term) -> None:
        if t.op == "app" and t.data[0] in derivation.book and t.data[0] not in names:
            names[t.data[0]] = None
            visit(derivation.book[t.data[0]].body)
        for a in t.args:
            visit(a)

    for s in (derivation.statement, *derivation.statement.given):
        visit(s.lhs)
        visit(s.rhs)
    return list(names)


@dataclass(frozen=True)
class Mutant:
    """A derivation that is probably wrong, with the ledger that it is held against."""

    kind: str
    derivation: Derivation
    pinned: Pinned
    book: Book
    was: Any
    now: Any


def all_mutants(d: Derivation, pinned: Pinned, book: Book) -> Iterator[Mutant]:
    """Make every mutant of a derivation."""
    others = heads(d)
    for k, s in enumerate(d.steps):
        rest = d.steps[:k], d.steps[k + 1 :]
        for t in mutants(s.term, others):
            steps = (*rest[0], replace(s, term=t), *rest[1])
            yield Mutant("step", replace(d, steps=steps), pinned, book, s.term, t)
        for t in mutants(s.certificate, others) if s.certificate is not None else ():
            steps = (*rest[0], replace(s, certificate=t), *rest[1])
            yield Mutant("certificate", replace(d, steps=steps), pinned, book, s.certificate, t)
    for now in _statements(d.statement, others):
        moved: dict[str, Sequence[Statement]] = dict(pinned)
        if d.claim:
            moved[d.claim] = [*pinned[d.claim][: d.part], now, *pinned[d.claim][d.part + 1 :]]
            yield Mutant("end statement, in the ledger", d, moved, book, d.statement, now)
            yield Mutant("end statement, in the script", replace(d, statement=now), pinned, book, d.statement, now)
        steps = d.steps
        if steps and now.rhs != d.statement.rhs:
            steps = (*steps[:-1], replace(steps[-1], term=now.rhs))
        both = replace(d, statement=now, steps=steps)
        yield Mutant("end statement, in both", both, moved, book, d.statement, now)
    for name, old in d.model.items():
        for body in mutants(old.body, others):
            new = replace(old, body=body)
            yield Mutant("value of an atom", replace(d, model={**d.model, name: new}), pinned, book, old, new)
    for name in reachable(d):
        old = d.book[name]
        for body in mutants(old.body, others):
            new = replace(old, body=body)
            wrong: Book = {**d.book, name: new}
            if name in book:
                yield Mutant("definition, in the script", replace(d, book=wrong), pinned, book, old, new)
            everywhere = {**book, name: new} if name in book else book
            identity = None if d.identity is None else replace(d.identity, book=wrong)
            moved_d = replace(d, book=wrong, identity=identity)
            yield Mutant("definition, in both", moved_d, pinned, everywhere, old, new)


def _statements(s: Statement, others: Mapping[Any, Sequence[Term]]) -> Iterator[Statement]:
    yield from (replace(s, lhs=t) for t in mutants(s.lhs, others))
    yield from (replace(s, rhs=t) for t in mutants(s.rhs, others))
    for k, g in enumerate(s.given):
        yield replace(s, given=s.given[:k] + s.given[k + 1 :])
        yield from (replace(s, given=(*s.given[:k], m, *s.given[k + 1 :])) for m in _statements(g, others))


# ---------------------------------------------------------------------------------------- a third opinion: real numbers


class Reals:
    """A random model over the real numbers."""

    def __init__(self, seed: str, book: Book) -> None:
        self.draw, self.book = random.Random(seed), book
        self.known: dict[Any, Any] = {}

    def _known(self, key: Any, value: Any) -> Any:
        return self.known.setdefault(key, value)

    def range(self, sort: Sort) -> list[Any]:
        """Return the elements of a type."""
        if sort == SPIN:
            return [1, -1]
        if sort.over is not None:
            return list(product((1, -1), repeat=len(self.range(sort.over))))
        return [1, 2, 3] if sort == NAT else list(range(self._known(sort, self.draw.choice((1, 2, 2, 3)))))

    def __call__(self, t: Term, at: Mapping[Any, Any]) -> Any:
        """Evaluate."""
        if t.op == "num":
            return mpmath.mpf(t.data.numerator) / t.data.denominator
        if t.op == "var":
            return at[t.data]
        if t.op == "at":
            return self(t.args[0], at)[self.range(t.args[0].data[1].over).index(self(t.args[1], at))]
        if t.op in ("sum", "prod"):
            values = [self(t.args[1], {**at, t.args[0].data: x}) for x in self.range(t.args[0].data[1])]
            return mpmath.fsum(values) if t.op == "sum" else mpmath.fprod(values)
        args = [self(a, at) for a in t.args]
        if t.op == "app":
            name, kind, _ = t.data
            args = [int(a) if isinstance(a, mpmath.mpf) else a for a in args]
            if name in self.book:
                d = self.book[name]
                n = args[0] if d.first is not None else 0
                body = d.first if d.first is not None and n == 1 else d.body
                return self(body, dict(zip((x.data for x in d.params), [n - 1, *args[1:]] if n else args, strict=True)))
            if isinstance(kind, Sort):
                return self._known((name, *args), self.draw.choice(self.range(kind)))
            low = -3 if kind == "real" else 0.3
            return self._known((name, *args), mpmath.mpf(self.draw.uniform(low, 3)))
        if t.op == "pow":
            return mpmath.mpf(args[0]) ** (int(args[1]) if args[1] == int(args[1]) else args[1])
        if t.op in ("log", "gap"):
            log = mpmath.log(args[0])
            return log if t.op == "log" else args[0] - 1 - log
        return mpmath.fsum(args) if t.op == "add" else mpmath.fprod(args)


def really(left: Term, relation: str, right: Term, book: Book, draws: int = 6) -> bool:
    """Decide a relation between two terms in random real models."""
    for seed in range(draws):
        with mpmath.workdps(DIGITS):
            model = Reals(f"reals {seed}", book)
            spins, rest = _free(left - right)
            chosen = {x: model.draw.choice(model.range(x[1])) for x in rest}
            for values in product((1, -1), repeat=len(spins)):
                at = {**chosen, **dict(zip(spins, values, strict=True))}
                l, r = model(left, at), model(right, at)
                close = abs(l - r) <= mpmath.mpf(10) ** (-DIGITS // 2) * (1 + abs(l) + abs(r))
                if not (close if relation == "=" else l < r or (close and relation == "<=")):
                    return False
    return True


def _free(t: Term) -> tuple[list[Any], list[Any]]:
    data = sorted((x.data for x in t.free), key=str)
    return [x for x in data if x[1] == SPIN], [x for x in data if x[1] != SPIN]


def shown_equal(mutant: Mutant) -> bool:
    """Show that an accepted mutant is no error: the changed term equals the old one, or the changed statement is true."""
    d = mutant.derivation
    book = {**d.book, **d.model}
    if mutant.kind == "step":
        return really(mutant.was, "=", mutant.now, book)
    if mutant.kind == "certificate":
        return really(lift(0), "<=", mutant.now, book)
    s = d.statement
    if d.rule != "counterexample":
        assumed = all(really(g.lhs, "=", g.rhs, book) for g in s.given)
        return assumed and really(s.lhs, s.relation, s.rhs, book)
    sorts = dict(d.sorts)
    concrete: dict[str, Definition] = {name: _retyped(definition, sorts) for name, definition in book.items()}
    left, right = _retyped(s.lhs, sorts), _retyped(s.rhs, sorts)
    given = [(_retyped(g.lhs, sorts), _retyped(g.rhs, sorts)) for g in s.given]
    positive = all(really(lift(0), "<", concrete[name].body, concrete) for name in d.model)
    return (
        positive
        and all(really(l, "=", r, concrete) for l, r in given)
        and not really(left, s.relation, right, concrete)
    )


# ------------------------------------------------------------------------------------------------------------- the test


@dataclass
class Report:
    """What became of the mutants."""

    rejected: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    accepted: list[Mutant] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All mutants."""
        return self.rejected.total() + self.equal.total() + len(self.accepted)

    def __str__(self) -> str:
        kinds = sorted({*self.rejected, *self.equal})
        lines = [
            f"{kind:32} {self.rejected[kind]:6} rejected {self.equal[kind]:5} shown equal or true" for kind in kinds
        ]
        lines += [f"ACCEPTED, {m.kind}, {m.derivation.claim}: {m.was} -> {m.now}" for m in self.accepted]
        return "\n".join([*lines, f"{self.total} mutants, {len(self.accepted)} wrong ones accepted"])


def judge(mutants: Sequence[Mutant]) -> Report:
    """Hold every mutant against the kernel, and those that it accepts against the real numbers."""
    report = Report()
    for mutant in mutants:
        try:
            mutant.derivation.check(mutant.pinned, mutant.book)
        except ProofError:
            report.rejected[mutant.kind] += 1
            continue
        if shown_equal(mutant):
            report.equal[mutant.kind] += 1
        else:
            report.accepted.append(mutant)
    return report


def load(script: Path) -> tuple[list[Derivation], Pinned, Book]:
    """Run a script and return its derivations, with the ledger's statements and definitions."""
    names = runpy.run_path(str(script))
    proofs = names["proofs"]
    return proofs.derivations, proofs.pinned, proofs.pinned_book


def collect(folder: Path, per_derivation: int | None = None, seed: int = 0) -> list[Mutant]:
    """Return the mutants of all scripts of a folder, all or a random choice of so many for each derivation."""
    draw, chosen = random.Random(seed), []
    for script in sorted(folder.glob("[!_]*.py")):
        if script.name.startswith("test_"):
            continue
        derivations, pinned, book = load(script)
        for d in derivations:
            made = list(all_mutants(d, pinned, book))
            chosen += made if per_derivation is None else draw.sample(made, min(per_derivation, len(made)))
    return chosen


def main(argv: Sequence[str] | None = None) -> int:
    """Make the mutants, report, and return 1 if a wrong one was accepted."""
    parser = argparse.ArgumentParser(description="Mutation test of the proof kernel.")
    parser.add_argument("folder", type=Path, help="where the scripts are")
    parser.add_argument("--each", type=int, help="so many mutants of each derivation, drawn at random; by default all")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    report = judge(collect(arguments.folder, arguments.each, arguments.seed))
    print(report)
    return 1 if report.accepted else 0


if __name__ == "__main__":
    sys.exit(main())
