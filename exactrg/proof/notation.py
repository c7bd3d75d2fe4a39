"""How terms are written in scripts: variables, atoms, sums over types, products, logarithms, definitions."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from .terms import NAT, SPIN, Definition, Sort, Term, lift

Symbol = Callable[..., Term]


def configurations(sites: Sort) -> Sort:
    """Return the type of spin configurations over a type of sites."""
    return Sort(f"spins on {sites.name}", sites)


def variable(name: str, sort: Sort) -> Term:
    """Return a variable that ranges over a type."""
    return Term("var", (), (name, sort))


def spins(names: str) -> list[Term]:
    """Return variables that are +1 or -1, from names with spaces between them."""
    return [variable(name, SPIN) for name in names.split()]


def numbers(names: str) -> list[Term]:
    """Return variables for the numbers 1, 2, 3, ..., from names with spaces between them."""
    return [variable(name, NAT) for name in names.split()]


def atom(name: str, *sorts: Sort) -> Symbol:
    """Return an arbitrary positive function of arguments of these types."""
    return lambda *args: Term("app", map(lift, args), (name, "+", sorts))


def real(name: str, *sorts: Sort) -> Symbol:
    """Return an arbitrary real function of arguments of these types."""
    return lambda *args: Term("app", map(lift, args), (name, "real", sorts))


def index_map(name: str, source: Sort, target: Sort) -> Symbol:
    """Return an arbitrary function from one type to another, such as the next site on a ring."""
    return lambda *args: Term("app", args, (name, target, (source,)))


def Sum(*variables_and_body: Term) -> Term:
    """Sum the last argument over the variables before it, the first one outermost."""
    *xs, body = variables_and_body
    return reduce(lambda t, x: Term("sum", (x, t)), reversed(xs), body)


def Prod(*variables_and_body: Term) -> Term:
    """Multiply the last argument over the variables before it, the first one outermost."""
    *xs, body = variables_and_body
    return reduce(lambda t, x: Term("prod", (x, t)), reversed(xs), body)


def log(x: Term | int) -> Term:
    """Return the logarithm of what is positive."""
    return Term("log", [lift(x)])


def gap(x: Term) -> Term:
    """Return x - 1 - log x, which is nonnegative, and zero only at x = 1 (Gibbs)."""
    return Term("gap", [x])


class Definitions(dict[str, Definition]):
    """Definitions by name. Calling it enters one: ``q = book("q", (v,), Sum(h, t(v, h)))``."""

    def __call__(self, name: str, params: tuple[Term, ...], body: Term | int, first: Term | None = None) -> Definition:
        """Define name(params) = body; with ``first``, by recursion on the first parameter."""
        if name in self:
            raise ValueError(f"{name} is defined already")
        self[name] = Definition(name, params, lift(body), first)
        return self[name]

    def recursion(
        self, name: str, params: tuple[Term, ...], first: Term, step: Callable[[Definition], Term]
    ) -> Definition:
        """Define name(1, ...) = first and name(n + 1, ...) = step(name), a term in name(n, ...)."""
        return self(name, params, step(Definition(name, params, lift(0))), first)
