"""Statements, theorems and books of definitions: what the rules take and give. Only the kernel seals a theorem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from weakref import WeakKeyDictionary

from .terms import Book, Definition, ProofError, Term, calls, require


@dataclass(frozen=True)
class Statement:
    """lhs relation rhs, for all values of free variables and atoms, given other statements (for all of their variables)."""

    lhs: Term
    relation: str
    rhs: Term
    given: tuple[Statement, ...] = ()

    def __post_init__(self) -> None:
        terms = type(self.lhs) is Term and type(self.rhs) is Term
        related = type(self.relation) is str and self.relation in ("=", "<=", "<")
        given = type(self.given) is tuple and all(type(g) is Statement for g in self.given)
        require(type(self) is Statement and terms and related and given, "no statement", (self.lhs, self.rhs))


class _Seal:
    """What a theorem is recognised by: itself, and nothing that can be written down."""

    __slots__ = ("__weakref__",)


class _Fact(NamedTuple):
    statement: Statement
    book: Book
    rule: str


_SEALED: WeakKeyDictionary[_Seal, _Fact] = WeakKeyDictionary()


@dataclass(frozen=True)
class Theorem:
    """A statement that a rule has accepted, and the definitions it is about; what counts is what was sealed."""

    statement: Statement
    book: Book = field(repr=False)
    rule: str
    seal: object = field(default=None, repr=False, compare=False)


def _sealed(s: Statement, book: Book, rule: str) -> Theorem:
    seal, book = _Seal(), MappingProxyType(dict(book))
    _SEALED[seal] = _Fact(s, book, rule)
    return Theorem(s, book, rule, seal)


def proved(theorem: Theorem, book: Book) -> _Fact:
    """Return what was sealed; refuse lemmas that no rule has accepted, or that are about other definitions, and refutations."""
    fact = _SEALED.get(theorem.seal) if type(theorem.seal) is _Seal else None
    if fact is None or fact != (theorem.statement, theorem.book, theorem.rule) or fact.rule == "counterexample":
        raise ProofError(f"not proved: {theorem.statement}")
    merge(book, fact.book)
    return fact


@dataclass(frozen=True)
class Step:
    """The next term of a chain, the relation to the last one, why, by which lemmas, with which certificate."""

    term: Term
    relation: str = "="
    why: str = ""
    using: tuple[Theorem | Statement, ...] = ()
    certificate: Term | None = None

    def __post_init__(self) -> None:
        terms = type(self.term) is Term and type(self.certificate) in (Term, type(None)) and type(self.relation) is str
        using = type(self.using) is tuple and all(isinstance(k, Theorem) or type(k) is Statement for k in self.using)
        require(type(self) is Step and terms and using, "no step", self.term)


def merge(*books: Book) -> dict[str, Definition]:
    """Join definitions: one name has one definition, in names defined before it, without free variables but its parameters."""
    merged: dict[str, Definition] = {}
    for name, d in ((name, d) for book in books for name, d in book.items()):
        require(type(d) is Definition and type(name) is str, "no definition", name)
        if merged.setdefault(name, d) != d or d.name != name:
            raise ProofError(f"{name} is defined differently elsewhere")
        bodies = d.body.free | (d.first.free if d.first is not None else frozenset())
        if not bodies <= {*d.params} or len({*d.params}) < len(d.params):
            raise ProofError(f"{name} has other variables than its parameters")
    _grounded(merged)
    return merged


def _grounded(book: Mapping[str, Definition]) -> None:
    """Refuse definitions in a circle, other than a recursion that calls itself."""
    done: dict[str, bool] = {}

    def visit(name: str) -> None:
        if name not in book or done.get(name):
            return
        require(name not in done, "a definition in a circle", name)
        done[name], d = False, book[name]
        called = names_in(d.body) | (names_in(d.first) if d.first is not None else set())
        for other in called - ({name} if d.first is not None else set()):
            visit(other)
        done[name] = True

    for name in book:
        visit(name)


@lru_cache(maxsize=10_000)
def names_in(t: Term) -> frozenset[str]:
    """Return the defined names in a term."""
    return frozenset(c.data[0] for c in calls(t))
