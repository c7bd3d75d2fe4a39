"""Coprime bases: write integers, or polynomials, as products over pairwise coprime factors, by gcds alone.

Pairwise coprime integers greater than one are multiplicatively independent, and so are pairwise coprime non-constant
polynomials modulo constants. That is all a decision about logarithms needs, and it never has to factor a large number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import gcd
from typing import Any, TypeVar

T = TypeVar("T")


def coprime_base(numbers: Iterable[T], gcd: Callable[[T, T], T], is_unit: Callable[[T], bool]) -> list[T]:
    """Pairwise coprime non-units such that every number is a product of their powers (up to a unit).

    Parameters
    ----------
    numbers : iterable
        Elements of a ring with gcds and exact division ``//``.
    gcd, is_unit : callable
        The ring's gcd, and whether an element is invertible.
    """
    base: list[T] = []
    queue = [x for x in numbers if not is_unit(x)]
    while queue:
        x = queue.pop()
        for k, b in enumerate(base):
            g = gcd(x, b)
            if not is_unit(g):
                # g is split off both; what remains of b and x is queued, so the base stays pairwise coprime.
                del base[k]
                queue += [part for part in (g, b // g, x // g) if not is_unit(part)]  # type: ignore[operator]
                break
        else:
            base.append(x)
    return base


def integer_base(numbers: Iterable[int]) -> list[int]:
    """Coprime base of positive integers, sorted, with perfect powers replaced by their roots."""
    base = coprime_base((int(x) for x in numbers), gcd, lambda x: x == 1)
    return sorted(perfect_power_root(b)[0] for b in base)


def valuations(x: Any, base: Sequence[Any]) -> list[int]:
    """Exponents e with x = prod base**e up to a unit; exact division decides each."""
    exponents = []
    for b in base:
        e = 0
        while True:
            quotient, remainder = divmod(x, b)
            if remainder != 0:
                break
            x, e = quotient, e + 1
        exponents.append(e)
    return exponents


def perfect_power_root(n: int) -> tuple[int, int]:
    """Return (r, k) with r**k = n and k as large as possible."""
    k, p = 1, 2
    while n.bit_length() > p:
        root = _integer_root(n, p)
        if root**p == n:
            n, k = root, k * p
        else:
            p = _next_prime(p)
    return n, k


def _integer_root(n: int, p: int) -> int:
    """Floor of the p-th root of n, by Newton's iteration from above."""
    r = 1 << -(-n.bit_length() // p)
    while True:
        s = ((p - 1) * r + n // r ** (p - 1)) // p
        if s >= r:
            return r
        r = s


def _next_prime(p: int) -> int:
    """Return the next prime; exponents are small, so trial division serves."""
    p += 1
    while any(p % q == 0 for q in range(2, int(p**0.5) + 1)):
        p += 1
    return p
