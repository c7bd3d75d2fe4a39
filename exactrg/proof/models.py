"""Values of terms in random finite models, found without the normal form: condition 2 of the kernel.

Numbers are taken mod R, arguments of logarithms mod P = 2R + 1, and log is the homomorphism from products mod P to sums
mod R. A true equation is true there; a false one is found out but for one chance in about 10^9 a model. What is under a
logarithm or a root is also enclosed in a ball of real numbers: that it is positive is seen here, not believed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from itertools import product
from math import prod
from typing import Any

from flint import arb, ctx, fmpq

from .terms import NAT, NONE, SPIN, Book, ProofError, Sort, Term, defined

# Primes; the squares mod either form a group of odd order, in which roots are unique, and 2, 3 and 5 are squares.
R, P, GENERATOR = 4294964879, 8589929759, 11
REAL = 0  # in place of a modulus: balls of real numbers
BITS, TRIES = 256, 2000
# Atoms that may be negative vanish in the first model, are negative in the next, then positive, then of either sign.
SIGNS = ((0,), (-1,), (1,), (-1, 1), (-1, 1))


class Unlucky(Exception):
    """A model in which something positive is no square, or zero mod a prime: another is drawn."""


class Model:
    """A random finite model: sizes of types and values of atoms, drawn when they are first asked for."""

    def __init__(self, seed: str, book: Book, values: Book = NONE, signs: tuple[int, ...] = (-1, 1)) -> None:
        self.draw, self.book, self.values, self.signs = random.Random(seed), book, values, signs
        self.known: dict[Any, Any] = {}

    def pick(self, key: Any, draw: Callable[[], Any]) -> Any:
        """Return what was drawn for a key."""
        if key not in self.known:
            self.known[key] = draw()
        return self.known[key]

    def elements(self, sort: Sort) -> list[Any]:
        """Return the elements of a type: numbers, spins, or configurations as tuples of spins, in the order of the sites."""
        if sort.over is not None:
            return list(product((1, -1), repeat=len(self.elements(sort.over))))
        if sort == NAT:
            return [1, 2, 3, 4]
        return [1, -1] if sort == SPIN else list(range(self.pick(sort, lambda: self.draw.randint(1, 3))))

    def value(self, t: Term, at: Mapping[Term, Any], p: int | None) -> Any:
        """Evaluate a term, the free variables being given: mod p, exactly for p = None, in a ball for p = REAL."""
        if t.op == "num":
            return _number(t.data, p)
        if t.op == "var":
            return _element(at[t], p)
        if t.op == "at":
            sites = self.elements(t.args[0].data[1].over)
            return _element(self.value(t.args[0], at, None)[sites.index(self.value(t.args[1], at, None))], p)
        if t.op == "app":
            return self._application(t, [self.value(a, at, None) for a in t.args], p)
        if t.op in ("sum", "prod"):
            x, body = t.args
            terms = (self.value(body, {**at, x: v}, p) for v in self.elements(x.data[1]))
            return _mod(sum(terms) if t.op == "sum" else prod(terms), p)
        if t.op in ("log", "gap"):
            return self._logarithm(t, at, p)
        if t.op == "pow":
            return self._power(t, at, p)
        values = [self.value(a, at, p) for a in t.args]
        return _mod(sum(values) if t.op == "add" else prod(values), p)

    def sign(self, t: Term, at: Mapping[Term, Any]) -> int:
        """Return the sign of a real number, 0 where the ball around it does not tell."""
        ball = self.value(t, at, REAL)
        return 1 if ball > 0 else -1 if ball < 0 else 0

    def _logarithm(self, t: Term, at: Mapping[Term, Any], p: int | None) -> Any:
        (x,) = t.args
        if p not in (R, REAL):
            raise ProofError("a logarithm inside a logarithm, an exponent or an index")
        if self.sign(x, at) < 1:
            raise ProofError(f"a logarithm of what is not positive in a random model: {x}")
        log = self.value(x, at, REAL).log() if p == REAL else _discrete_log(self.value(x, at, P))
        return log if t.op == "log" else _mod(self.value(x, at, p) - 1 - log, p)

    def _power(self, t: Term, at: Mapping[Term, Any], p: int | None) -> Any:
        base, e = t.args[0], Fraction(self.value(t.args[1], at, None))
        if e.denominator > 1 and (p is None or self.sign(base, at) < 1):
            raise ProofError(f"a root in an exponent or an index, or of what is not positive in a random model: {t}")
        if e < 0 and self.sign(base, at) == 0:
            raise ProofError(f"a division by zero in a random model: {t}")
        return _raised((self.value if e.denominator == 1 else self._squares)(base, at, p), e, p)

    def _squares(self, t: Term, at: Mapping[Term, Any], p: int | None) -> Any:
        """Evaluate what is under a root: squares stand for positive numbers, so every factor must be one if it is positive."""
        d = defined(t, self.book, self.values)
        if p != REAL and d is not None and d.first is None:
            args = [self.value(x, at, None) for x in t.args]
            return self._squares(d.body, dict(zip(d.params, args, strict=True)), p)
        if p != REAL and t.op == "mul":
            return _mod(prod(self._squares(x, at, p) for x in t.args), p)
        if p != REAL and t.op == "pow":
            return _raised(self._squares(t.args[0], at, p), Fraction(self.value(t.args[1], at, None)), p)
        value = self.value(t, at, p)
        if p in (R, P) and pow(value, (p - 1) // 2, p) != self.sign(t, at) % p:
            raise Unlucky
        return value

    def _application(self, t: Term, args: list[Any], p: int | None) -> Any:
        name, kind, _ = t.data
        d = defined(t, self.book, self.values)
        if d is not None and d.first is None:
            body, at = d.body, dict(zip(d.params, args, strict=True))
            return self.pick(("value", name, p, *args), lambda: self.value(body, at, p))
        if d is not None and d.first is not None:
            n = args[0] - 1
            return self.value(d.body if n else d.first, dict(zip(d.params, (n, *args[1:]), strict=True)), p)
        if isinstance(kind, Sort):  # an index function
            return _element(self.pick((t.data, *args), lambda: self.draw.choice(self.elements(kind))), p)
        if kind == "def":
            raise ProofError(f"{name} has no definition")
        # Squares, so that atoms have roots; smaller and greater than one.
        x = self.pick((t.data, *args), lambda: Fraction(self.draw.randint(1, 2**31), self.draw.randint(1, 2**31)))
        sign = self.pick(("sign", t.data, *args), lambda: self.draw.choice(self.signs)) if kind == "real" else 0
        return _number(x * sign if kind == "real" else x * x, p)


def _element(x: Any, p: int | None) -> Any:
    return x if p is None or isinstance(x, tuple) else _number(Fraction(x), p)


def _number(x: Fraction, p: int | None) -> Any:
    if p == REAL:
        return arb(fmpq(x.numerator, x.denominator))
    return x if p is None else x.numerator * _inverse(x.denominator, p) % p


def _mod(x: Any, p: int | None) -> Any:
    return x % p if p else x


def _inverse(x: int, p: int) -> int:
    if x % p == 0:
        raise Unlucky
    return pow(x, -1, p)


def _raised(x: Any, e: Fraction, p: int | None) -> Any:
    if p is None:
        return Fraction(x) ** int(e)
    if p == REAL:  # a power of a ball around zero is none in flint
        return prod([x] * int(e)) if e in range(64) else x ** arb(fmpq(e.numerator, e.denominator))
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
    """Give values to the free variables: all values to spins and to as many as three numbers, random ones to the rest."""
    free = sorted(t.free, key=lambda x: x.text)
    every = [x for x in free if x.data[1] == SPIN] + [x for x in free if x.data[1] == NAT][:3]
    rest = {x: model.draw.choice(model.elements(x.data[1])) for x in free if x not in every}
    for values in product(*(model.elements(x.data[1]) for x in every)):
        yield {**rest, **dict(zip(every, values, strict=True))}


def _seed(left: Term, right: Term, book: Book, values: Book) -> str:
    """Return what no script can aim at: models depend on all that is written in what they are to decide."""
    texts = [
        left.text,
        right.text,
        *sorted(d.text for d in book.values()),
        "",
        *sorted(d.text for d in values.values()),
    ]
    return sha256("\n".join(texts).encode("utf-8", "backslashreplace")).hexdigest()


def same_values(left: Term, right: Term, book: Book, values: Book = NONE) -> bool:
    """Decide equality in random models, one for each of `SIGNS`, exactly in each."""
    seed, done = _seed(left, right, book, values), 0
    with ctx.workprec(BITS):
        for k in range(TRIES):
            model = Model(f"{seed} {k}", book, values, SIGNS[done])
            try:
                if any(model.value(left, x, R) != model.value(right, x, R) for x in assignments(left - right, model)):
                    return False
                done += 1
            except Unlucky:
                pass
            if done == len(SIGNS):
                return True
    raise ProofError(f"no model found for {left} = {right}")


def apart(left: Term, right: Term, book: Book, values: Book) -> bool:
    """Whether two terms without atoms differ for certain, as real numbers, for some values of their free spins."""
    model = Model("", book, values)
    with ctx.workprec(BITS):
        pairs = [(model.value(left, x, REAL), model.value(right, x, REAL)) for x in assignments(left - right, model)]
        return any(l < r or l > r for l, r in pairs)
