"""Derivations as data: what a script writes down, what the kernel checks, and what the ledger compares with its statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from .kernel import chain, induction, refute, vanishing
from .latex import derivation_latex
from .statements import Statement, Step, Theorem, merge, names_in
from .terms import SPIN, Book, Definition, ProofError, Sort, Term, lift

Pinned = Mapping[str, Sequence[Statement]]


@dataclass(frozen=True)
class Derivation:
    """A proof of one pinned statement, or of a lemma.

    Attributes
    ----------
    claim : str
        Identifier of the claim in the ledger; empty for a lemma.
    part : int
        Which of the claim's statements.
    statement : Statement
        What is proved.
    rule : str
        chain, induction, vanishing or counterexample.
    steps : tuple of Step
        Of a chain.
    book : mapping
        Definitions, all of them.
    model : mapping
        Values of atoms for which the assumptions hold, or which are the counterexample.
    sorts : tuple
        Types that the counterexample makes spins.
    identity : Theorem, optional
        L = C, whose vanishing is used.
    names : mapping
        How defined names are printed.
    """

    claim: str
    part: int
    statement: Statement
    rule: str = "chain"
    steps: tuple[Step, ...] = ()
    book: Book = field(default_factory=dict, repr=False)
    model: Book = field(default_factory=dict, repr=False)
    sorts: tuple[tuple[Sort, Sort], ...] = ()
    identity: Theorem | None = None
    names: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def check(self, pinned: Pinned, pinned_book: Book) -> Theorem:
        """Prove the statement with the kernel; it must be the one in the ledger, about the ledger's definitions.

        Raises
        ------
        ProofError
            If a step, a definition, the end statement or an assumption is not what it must be.
        """
        if type(self) is not Derivation or type(self.statement) is not Statement or type(self.claim) is not str:
            raise ProofError(f"no derivation: {self!r}")
        book = merge(pinned_book, self.book)
        if self.claim:
            parts = pinned.get(self.claim, ())
            if type(self.part) is not int or not 0 <= self.part < len(parts) or parts[self.part] != self.statement:
                raise ProofError(f"not the statement {self.part} of claim {self.claim} in the ledger")
            if unknown := names(self.statement) - {*pinned_book}:
                raise ProofError(f"the statement uses definitions that the ledger does not have: {unknown}")
        try:
            return self._prove(book)
        except (
            RecursionError,
            ZeroDivisionError,
            ValueError,
            KeyError,
            AttributeError,
            TypeError,
            IndexError,
        ) as error:
            raise ProofError(f"no derivation: {error!r}") from error

    def _prove(self, book: Book) -> Theorem:
        if self.rule == "chain":
            return chain(self.statement, self.steps, book, self.model)
        if self.rule == "induction":
            return induction(self.statement, book)
        if self.rule == "vanishing" and self.identity is not None:
            return vanishing(self.statement, self.identity, self.model, book)
        if self.rule == "counterexample":
            return refute(self.statement, self.model, dict(self.sorts), book)
        raise ProofError(f"no rule {self.rule!r}")

    def _repr_latex_(self) -> str:
        return derivation_latex(self)


def names(s: Statement) -> frozenset[str]:
    """Return the defined names in a statement."""
    return (names_in(s.lhs) | names_in(s.rhs)).union(*map(names, s.given))


class Script:
    """The derivations of one script, checked as they are written down.

    Parameters
    ----------
    pinned, pinned_book : mapping
        Statements and definitions of the ledger.
    names : mapping, optional
        How names are printed in LaTeX, see `latex.Printer`.
    """

    def __init__(self, pinned: Pinned, pinned_book: Book, names: Mapping[str, str] | None = None) -> None:
        self.pinned, self.pinned_book, self.names = pinned, pinned_book, names or {}
        self._derivations: tuple[Derivation, ...] = ()
        self._local: Book = MappingProxyType({})

    @property
    def derivations(self) -> tuple[Derivation, ...]:
        """What has been proved, lemmas too; to be checked again by whoever did not write the script."""
        return self._derivations

    @property
    def local(self) -> Book:
        """Definitions of the script's own."""
        return self._local

    def define(self, name: str, params: tuple[Term, ...], body: Term, first: Term | None = None) -> Definition:
        """Enter a definition of the script's own, a name for a term of the ledger's language."""
        self._local = MappingProxyType(merge(self.local, {name: Definition(name, params, body, first)}))
        return self.local[name]

    def enter(self, claim: str | Statement, part: int = 0, **fields: Any) -> Proved:
        """Check a derivation of a pinned statement, or of a lemma, and keep it."""
        statement = claim if isinstance(claim, Statement) else self.pinned[claim][part]
        book = MappingProxyType(merge(self.pinned_book, self.local))
        derivation = Derivation(
            "" if isinstance(claim, Statement) else claim, part, statement, book=book, names=self.names, **fields
        )
        theorem = derivation.check(self.pinned, self.pinned_book)
        self._derivations += (derivation,)
        return Proved(theorem.statement, theorem.book, theorem.rule, theorem.seal, derivation)

    def chain(self, claim: str | Statement, *steps: Step, part: int = 0, model: Sequence[Definition] = ()) -> Proved:
        """Prove a statement by a chain of terms, each with its reason."""
        return self.enter(claim, part, steps=steps, model={d.name: d for d in model})

    def induction(self, claim: str | Statement, part: int = 0) -> Proved:
        """Prove a closed form of a recursion."""
        return self.enter(claim, part, rule="induction")

    def vanishing(
        self, claim: str | Statement, identity: Theorem, part: int = 0, model: Sequence[Definition] = ()
    ) -> Proved:
        """Conclude from a vanishing sum of gaps, or a vanishing logarithm."""
        return self.enter(claim, part, rule="vanishing", identity=identity, model={d.name: d for d in model})

    def counterexample(
        self, claim: str | Statement, *values: Definition, part: int = 0, spins: Sequence[Sort] = ()
    ) -> Proved:
        """Refute a statement by values for its atoms, the types in ``spins`` being {+1, -1}."""
        fields = {"model": {d.name: d for d in values}, "sorts": tuple((s, SPIN) for s in spins)}
        return self.enter(claim, part, rule="counterexample", **fields)

    def __str__(self) -> str:
        """Return what is proved, for all sizes of the types, and what is refuted: a line for each pinned statement."""
        lines = []
        for d in self.derivations:
            if d.claim:
                verb = "refuted" if d.rule == "counterexample" else "proved"
                lines.append(f"{verb} {d.claim}: {text(d.statement)}")
        return "\n".join(dict.fromkeys(lines))


def text(s: Statement) -> str:
    """Return a statement on one line."""
    given = " and ".join(map(text, s.given))
    return f"{s.lhs} {s.relation} {s.rhs}" + (f", given {given}" if given else "")


@dataclass(frozen=True)
class Proved(Theorem):
    """A theorem with the derivation that it came from, for display and as a lemma."""

    derivation: Derivation | None = field(default=None, repr=False)

    def _repr_latex_(self) -> str:
        return derivation_latex(self.derivation) if self.derivation is not None else ""


def step(term: Term | int, why: str = "", *using: Theorem | Statement) -> Step:
    """Return an equation's next term, its reason, and the lemmas or assumptions that it uses."""
    return Step(lift(term), "=", why, using)


def at_most(term: Term | int, certificate: Term, why: str = "", *, strict: bool = False) -> Step:
    """Return an inequality's next term; term = last term + certificate, which is nonnegative at sight."""
    return Step(lift(term), "<" if strict else "<=", why, (), certificate)
