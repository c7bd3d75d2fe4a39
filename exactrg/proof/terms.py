"""The language of proofs: terms over finite types of unknown size, definitions, substitution. Nothing is decided here.

Types are nonempty. Atoms are arbitrary positive functions of their arguments, unless they are declared real.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import ExactRGError


class ProofError(ExactRGError):
    """A step, a definition or an end statement that the kernel does not accept."""


@dataclass(frozen=True)
class Sort:
    """A finite nonempty type; with ``over`` = J, the configurations J -> {+1, -1}."""

    name: str
    over: Sort | None = None


SPIN, NAT = Sort("spin"), Sort("nat")  # {+1, -1}; 1, 2, 3, ...


OPS = ("num", "var", "app", "at", "add", "mul", "pow", "sum", "prod", "log", "gap")


class Term:
    """A node: num, var, app, at, add, mul, pow, sum, prod, log, or gap(x) = x - 1 - log x. Equal if written the same."""

    __slots__ = ("args", "data", "free", "op", "text")

    def __init__(self, op: str, args: Iterable[Term] = (), data: Any = None) -> None:
        self.op, self.args, self.data = op, tuple(args), data
        if op not in OPS:
            raise ProofError(f"no such term: {op}")
        self.text: str = f"({op} {data} {' '.join(a.text for a in self.args)})"
        if op in ("app", "at"):
            _check_sorts(self)
        elif op in ("sum", "prod") and (self.args[0].op != "var" or self.args[0].data[1] == NAT):
            raise ProofError(f"no finite type to sum over: {self.args[0]}")
        free = frozenset({self}) if op == "var" else frozenset().union(*(a.free for a in self.args))
        self.free: frozenset[Term] = free - {self.args[0]} if op in ("sum", "prod") else free

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        if self.op == "num":
            return str(self.data)
        if self.op in ("var", "app"):
            return str(self.data[0]) + (f"({', '.join(map(repr, self.args))})" if self.args else "")
        if self.op == "add":
            return " + ".join(map(str, self.args)).replace(" + -", " - ")
        if self.op == "mul":
            words = [f"({a})" if a.op == "add" else str(a) for a in self.args]
            return " * ".join(words).replace(" * 1 / ", " / ").replace("-1 * ", "-")
        if self.op == "pow" and self.args[1].text == "(num -1 )":
            return f"1 / ({self.args[0]})" if self.args[0].op in ("add", "mul") else f"1 / {self.args[0]}"
        if self.op == "pow":
            return "^".join(f"({a})" if {*" /^"} & {*str(a)} else str(a) for a in self.args)
        return f"{self.args[0]}[{self.args[1]}]" if self.op == "at" else f"{self.op}({', '.join(map(repr, self.args))})"

    def __add__(self, other: Term | int | Fraction) -> Term:
        return Term("add", (*(self.args if self.op == "add" else (self,)), lift(other)))

    def __radd__(self, other: int | Fraction) -> Term:
        return lift(other) + self

    def __neg__(self) -> Term:
        return -1 * self

    def __sub__(self, other: Term | int | Fraction) -> Term:
        return self + -1 * lift(other)

    def __rsub__(self, other: int | Fraction) -> Term:
        return lift(other) - self

    def __mul__(self, other: Term | int | Fraction) -> Term:
        return Term("mul", (*(self.args if self.op == "mul" else (self,)), lift(other)))

    def __rmul__(self, other: int | Fraction) -> Term:
        return lift(other) * self

    def __truediv__(self, other: Term | int | Fraction) -> Term:
        return self * lift(other) ** -1

    def __rtruediv__(self, other: int | Fraction) -> Term:
        return lift(other) / self

    def __pow__(self, other: Term | int | Fraction) -> Term:
        return Term("pow", (self, lift(other)))

    def __getitem__(self, index: Term) -> Term:
        return Term("at", (self, index))

    __iter__ = None  # a term is no sequence, though h[j] is a spin


def _check_sorts(t: Term) -> None:
    """Refuse arguments of another type."""
    wanted: tuple[Any, ...] = (t.args[0].data[1].over,) if t.op == "at" else t.data[2]
    given = t.args[1:] if t.op == "at" else t.args
    for a, sort in zip(given, wanted, strict=True):
        own = a.data[1] if a.op in ("var", "app") else SPIN if a.op == "at" else None
        if a.op == "num" and (
            (sort == SPIN and abs(a.data) == 1) or (sort == NAT and a.data.denominator == 1 <= a.data)
        ):
            own = sort
        if own != sort:
            raise ProofError(f"{a} is not of type {sort} in {t}")


def lift(x: Term | int | Fraction) -> Term:
    """Return a number as a term."""
    return x if isinstance(x, Term) else Term("num", (), Fraction(x))


def substitute(t: Term, by: Mapping[Term, Term]) -> Term:
    """Replace free variables (or other subterms), renaming bound variables that would capture something."""
    if t in by:
        return by[t]
    if t.op in ("sum", "prod"):
        x, body = t.args
        by = {old: new for old, new in by.items() if old != x}
        taken = frozenset().union(*(new.free for new in by.values()))
        if x in taken:
            y = x
            while y in taken | body.free:
                y = Term("var", (), (y.data[0] + "'", y.data[1]))
            x, body = y, substitute(body, {x: y})
        return Term(t.op, (x, substitute(body, by)))
    return Term(t.op, (substitute(a, by) for a in t.args), t.data) if t.args else t


@dataclass(frozen=True)
class Definition:
    """name(params) = body; with ``first``, by recursion on n = params[0]: first at n = 1, body at n + 1."""

    name: str
    params: tuple[Term, ...]
    body: Term
    first: Term | None = None

    def __call__(self, *args: Term | int) -> Term:
        """Return the defined term, not expanded."""
        return Term("app", map(lift, args), (self.name, "def", tuple(x.data[1] for x in self.params)))


Book = Mapping[str, Definition]
NONE: Book = {}


def expand(t: Term, book: Book, values: Book = NONE) -> Term:
    """Replace defined names by their definitions, and atoms by values if there are any; recursions where n is a number."""
    d = defined(t, book, values)
    if d is not None and d.first is None:
        return expand(substitute(d.body, dict(zip(d.params, t.args, strict=True))), book, values)
    if d is not None and t.args[0].op == "num":
        n = t.args[0].data - 1
        by = dict(zip(d.params, (lift(n), *t.args[1:]), strict=True))
        return expand(substitute(d.body if n or d.first is None else d.first, by), book, values)
    return Term(t.op, (expand(a, book, values) for a in t.args), t.data)


def defined(t: Term, book: Book, values: Book) -> Definition | None:
    """Return the definition of a defined name, or the value of an atom. An atom is never defined by a book."""
    if t.op != "app":
        return None
    return (book if t.data[1] == "def" else values).get(t.data[0])
