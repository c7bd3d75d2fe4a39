"""Values of terms in random finite models, found without the normal form: condition 2 of the kernel.

Numbers are taken mod R, arguments of logarithms mod P = 2R + 1, and log is the homomorphism from products mod P to sums
mod R. A true equation is true there; a false one is found out but for one chance in about 10^9 a model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

from .terms import NAT, NONE, SPIN, Book, ProofError, Sort, Term, defined

# Primes; the squares mod either form a group of odd order, in which roots are unique, and 2, 3 and 5 are squares.
R, P, GENERATOR = 4294964879, 8589929759, 11
DRAWS = 4


class Unlucky(Exception):
    """A model in which something is no square, or zero: another is drawn."""


class Model:
    """A random finite model: sizes of types and values of atoms, drawn when they are first asked for."""

    def __init__(self, seed: str, book: Book, values: Book = NONE) -> None:
        self.draw, self.book, self.values = random.Random(seed), book, values
        self.known: dict[Any, Any] = {}

    def pick(self, key: Any, draw: Callable[[], Any]) -> Any:
        """Return what was drawn for a key."""
        if key not in self.known:
            self.known[key] = draw()
        return self.known[key]

    def elements(self, sort: Sort) -> list[Any]:
        """Return the elements of a type: numbers, spins, or configurations as tuples of spins."""
        if sort.over is not None:
            return list(product((1, -1), repeat=len(self.elements(sort.over))))
        if sort == NAT:
            return [1, 2, 3, 4]
        return [1, -1] if sort == SPIN else list(range(self.pick(sort, lambda: self.draw.randint(1, 3))))

    def value(self, t: Term, at: Mapping[Term, Any], p: int | None) -> Any:
        """Evaluate a term, the free variables being given: mod p, or exactly for p = None."""
        if t.op == "num":
            return t.data if p is None else t.data.numerator * _inverse(t.data.denominator, p) % p
        if t.op == "var":
            return at[t]
        if t.op == "at":
            return at[t.args[0]][self.value(t.args[1], at, None)]
        if t.op == "app":
            return self._application(t, [self.value(a, at, None) for a in t.args], p)
        if t.op in ("sum", "prod"):
            x, body = t.args
            terms = (self.value(body, {**at, x: v}, p) for v in self.elements(x.data[1]))
            return _mod(sum(terms) if t.op == "sum" else prod(terms), p)
        if t.op in ("log", "gap"):
            if p != R:
                raise ProofError("a logarithm inside a logarithm, an exponent or an index")
            log = _discrete_log(self.value(t.args[0], at, P))
            return log if t.op == "log" else (self.value(t.args[0], at, R) - 1 - log) % R
        if t.op == "pow":
            e = Fraction(self.value(t.args[1], at, None))
            return _power((self.value if e.denominator == 1 else self._squares)(t.args[0], at, p), e, p)
        values = [self.value(a, at, p) for a in t.args]
        return _mod(sum(values) if t.op == "add" else prod(values), p)

    def _squares(self, t: Term, at: Mapping[Term, Any], p: int | None) -> Any:
        """Evaluate what is under a root: squares stand for positive numbers, and so every factor has to be one."""
        d = defined(t, self.book, self.values)
        if d is not None and d.first is None:
            args = [self.value(x, at, None) for x in t.args]
            return self._squares(d.body, dict(zip(d.params, args, strict=True)), p)
        if t.op == "mul":
            return _mod(prod(self._squares(x, at, p) for x in t.args), p)
        if t.op == "pow":
            return _power(self._squares(t.args[0], at, p), Fraction(self.value(t.args[1], at, None)), p)
        value = self.value(t, at, p)
        if p is not None and pow(value, (p - 1) // 2, p) != 1:
            raise Unlucky
        return value

    def _application(self, t: Term, args: list[Any], p: int | None) -> Any:
        name, kind, _ = t.data
        d = defined(t, self.book, self.values)
        if d is not None and d.first is None:
            body, at = d.body, dict(zip(d.params, args, strict=True))
            return self.pick((name, "value", p, *args), lambda: self.value(body, at, p))
        if d is not None and d.first is not None:
            n = args[0] - 1
            return self.value(d.body if n else d.first, dict(zip(d.params, (n, *args[1:]), strict=True)), p)
        if isinstance(kind, Sort):  # an index function
            return self.pick((name, *args), lambda: self.draw.choice(self.elements(kind)))
        if kind == "def":
            raise ProofError(f"{name} has no definition")
        # Squares, so that atoms have roots; real atoms of either sign.
        root = self.pick((name, *args), lambda: self.draw.randint(1, 2**20))
        return _mod(root * root if kind == "+" else root - 2**19, p)


def _mod(x: Any, p: int | None) -> Any:
    return x if p is None else x % p


def _inverse(x: int, p: int) -> int:
    if x % p == 0:
        raise Unlucky
    return pow(x, -1, p)


def _power(x: Any, e: Fraction, p: int | None) -> Any:
    if p is None:
        if e.denominator != 1:
            raise ProofError("a root in an exponent or an index")
        return Fraction(x) ** int(e)
    if e < 0:
        x, e = _inverse(x, p), -e
    if e.denominator == 1:
        return pow(x, int(e), p)
    if pow(x, (p - 1) // 2, p) != 1:
        raise Unlucky
    return pow(x, e.numerator * pow(e.denominator, -1, (p - 1) // 2), p)


@lru_cache(maxsize=1)
def _powers() -> dict[int, int]:
    table, x = {}, 1
    for k in range(2**17):
        table[x] = k
        x = x * GENERATOR**2 % P
    return table


@lru_cache(maxsize=2**15)
def _discrete_log(x: int) -> int:
    """Map products mod P to sums mod R: k with g^2k = x^2."""
    if x % P == 0:
        raise Unlucky
    table, x, back = _powers(), x * x % P, pow(GENERATOR, -(2**18), P)
    for k in range(0, R + 2**17, 2**17):
        if x in table:
            return (k + table[x]) % R
        x = x * back % P
    raise AssertionError("every square has a logarithm")


def assignments(t: Term, model: Model) -> Iterator[dict[Term, Any]]:
    """Give values to the free variables: all values to spins, random ones to the rest."""
    spins = sorted((x for x in t.free if x.data[1] == SPIN), key=lambda t: t.text)
    rest = {x: model.draw.choice(model.elements(x.data[1])) for x in sorted(t.free - {*spins}, key=lambda t: t.text)}
    for values in product((1, -1), repeat=len(spins)):
        yield {**rest, **dict(zip(spins, values, strict=True))}


def same_values(left: Term, right: Term, book: Book, values: Book = NONE) -> bool:
    """Decide equality in `DRAWS` random models, exactly in each."""
    done = 0
    for seed in range(2000):
        model = Model(f"{seed}", book, values)
        try:
            if any(model.value(left, x, R) != model.value(right, x, R) for x in assignments(left - right, model)):
                return False
            done += 1
        except Unlucky:
            continue
        if done == DRAWS:
            return True
    raise ProofError(f"no model found for {left} = {right}")
