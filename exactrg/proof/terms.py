"""The language of proofs: terms over finite types of unknown size, definitions, substitution. Nothing is decided here.

Types are nonempty. Atoms are arbitrary positive functions of their arguments, unless they are declared real.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from ..errors import ExactRGError


class ProofError(ExactRGError):
    """A step, a definition or an end statement that the kernel does not accept."""


def require(fine: bool, what: str, given: object = "") -> None:
    """Refuse what is no part of the language; types have to be exact, because a subclass may say what it likes."""
    if not fine:
        raise ProofError(f"{what}: {given!r}" if given != "" else what)


@dataclass(frozen=True)
class Sort:
    """A finite nonempty type; with ``over`` = J, the configurations J -> {+1, -1}."""

    name: str
    over: Sort | None = None

    def __post_init__(self) -> None:
        sites = self.over is None or (type(self.over) is Sort and (self.over.name, self.over.over) != ("nat", None))
        require(type(self) is Sort and type(self.name) is str and sites, "no type", self.name)


SPIN, NAT = Sort("spin"), Sort("nat")  # {+1, -1}; 1, 2, 3, ...


class _Bound(NamedTuple):
    """A name that the normal form gives to a variable; no script can write it."""

    mark: str
    number: int


ARITY = {"num": 0, "var": 0, "at": 2, "pow": 2, "sum": 2, "prod": 2, "log": 1, "gap": 1}
OPS = (*ARITY, "app", "add", "mul")


class Term:
    """A node: num, var, app, at, add, mul, pow, sum, prod, log, or gap(x) = x - 1 - log x. Equal if written the same."""

    __slots__ = ("args", "data", "free", "op", "text")
    op: str
    args: tuple[Term, ...]
    data: Any
    free: frozenset[Term]
    text: str

    def __new__(cls, op: str, args: Iterable[Term] = (), data: Any = None) -> Term:
        """Make a term, which never changes."""
        self, args = object.__new__(Term), tuple(args)
        data = _checked(op, args, data)
        write = object.__setattr__
        write(self, "op", op)
        write(self, "args", args)
        write(self, "data", data)
        write(self, "text", f"({op} {data} {' '.join(a.text for a in args)})")
        free = frozenset({self}) if op == "var" else frozenset().union(*(a.free for a in args))
        write(self, "free", free - {args[0]} if op in ("sum", "prod") else free)
        return self

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a term does not change: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a term does not change: {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return Term, (self.op, self.args, self.data)

    def __eq__(self, other: object) -> bool:
        return type(other) is Term and self.text == other.text

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


def _checked(op: str, args: tuple[Term, ...], data: Any) -> Any:
    """Return what a node says besides its arguments, if that and they are what they must be."""
    require(type(op) is str and op in OPS, "no such term", op)
    require(all(type(a) is Term for a in args), "not made of terms", args)
    require(len(args) == ARITY[op] if op in ARITY else bool(args) or op == "app", f"so many arguments of {op}", args)
    if op == "num":
        require(type(data) is Fraction, "no rational number", data)
        return Fraction(int(data.numerator), int(data.denominator))
    if op == "var":
        require(type(data) is tuple and [*map(type, data)] in ([str, Sort], [_Bound, Sort]), "no variable", data)
        require(type(data[0]) is _Bound or data[0][:1] not in ("", "?", "#"), "a name that is reserved", data[0])
    elif op == "app":
        require(type(data) is tuple and len(data) == 3 and type(data[0]) is str, "no name", data)
        kind = type(data[1]) is Sort or (type(data[1]) is str and data[1] in ("+", "real", "def"))
        require(kind and type(data[2]) is tuple and all(type(x) is Sort for x in data[2]), "no types", data)
        require(len(args) == len(data[2]), f"so many arguments of {data[0]}", args)
        _check_sorts(data[0], args, data[2])
    else:
        require(data is None, f"{op} has no data", data)
    if op == "at":
        sort = args[0].data[1] if args[0].op in ("var", "app") else None
        sites = sort.over if type(sort) is Sort else None
        if sites is None:
            raise ProofError(f"no configuration: {args[0]}")
        _check_sorts(str(args[0]), args[1:], (sites,))
    if op in ("sum", "prod"):
        require(args[0].op == "var" and args[0].data[1] != NAT, "no finite type to sum over", args[0])
    return data


def _check_sorts(name: str, args: tuple[Term, ...], sorts: tuple[Sort, ...]) -> None:
    """Refuse arguments of another type."""
    for a, sort in zip(args, sorts, strict=True):
        own = a.data[1] if a.op in ("var", "app") else SPIN if a.op == "at" else None
        if a.op == "num" and (
            (sort == SPIN and abs(a.data) == 1) or (sort == NAT and a.data.denominator == 1 <= a.data)
        ):
            own = sort
        if own != sort:
            raise ProofError(f"{a} is not of type {sort}, for {name}")


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
                name, sort = y.data
                y = Term("var", (), (name + "'" if type(name) is str else _Bound(name.mark + "'", name.number), sort))
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

    def __post_init__(self) -> None:
        exact = type(self) is Definition and type(self.name) is str and type(self.params) is tuple
        terms = (*self.params, self.body, *(() if self.first is None else (self.first,)))
        require(exact and all(type(t) is Term for t in terms), "no definition", self.name)
        require(all(x.op == "var" for x in self.params), "parameters that are no variables", self.name)
        if self.first is not None:
            require(bool(self.params) and self.params[0].data[1] == NAT, "a recursion on what is no number", self.name)
            require(self.params[0] not in self.first.free, "a recursion whose beginning has a number", self.name)
            arguments = {t.args[0] for t in calls(self.body) if t.data[0] == self.name and t.args}
            require(arguments <= {self.params[0]}, "a recursion that does not go down by one", self.name)

    @property
    def sorts(self) -> tuple[Sort, ...]:
        """Types of the parameters."""
        return tuple(x.data[1] for x in self.params)

    @property
    def text(self) -> str:
        """The definition, written in one way."""
        return (
            f"{self.name!r} {self.params_text} := {self.body.text} {self.first.text if self.first is not None else ''}"
        )

    @property
    def params_text(self) -> str:
        """The parameters, written in one way."""
        return " ".join(x.text for x in self.params)

    def __call__(self, *args: Term | int) -> Term:
        """Return the defined term, not expanded."""
        return Term("app", map(lift, args), (self.name, "def", self.sorts))


@lru_cache(maxsize=10_000)
def calls(t: Term) -> frozenset[Term]:
    """Return the applications of defined names in a term."""
    own = frozenset({t}) if t.op == "app" and t.data[1] == "def" else frozenset()
    return own.union(*map(calls, t.args))


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
    if t.op != "app" or type(t.data[1]) is Sort:
        return None
    d = (book if t.data[1] == "def" else values).get(t.data[0])
    require(d is None or d.sorts == t.data[2], "arguments of other types than the definition's", t)
    return d
