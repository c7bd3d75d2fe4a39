"""Partition functions as Laurent polynomials, and Eq. 24, whose couplings are radicals of polynomials.

The peers get a transfer of one spin at a time, expanded at every step: nobody would sum 2^36 terms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from importlib import import_module
from math import prod
from typing import Any

from common import Contender, Task, Unsolved

EXACTRG = ("sympy", "networkx", "numpy", "flint", "exactrg")


Instance = tuple[int, int]
"""The size, and the number of the run, which goes into the names of the symbols."""


def names(letter: str, count: int, run: int) -> list[str]:
    return [f"{letter}{k}_{run}" for k in range(count)]


def real_symbols(given: Sequence[str]) -> list[Any]:
    import sympy

    return [sympy.Symbol(name, real=True) for name in given]


def lattice_exactrg(instance: Instance) -> Any:
    import exactrg

    L, run = instance
    return exactrg.partition_function(
        exactrg.ising(exactrg.square(L, periodic=False), *real_symbols(names("K", 1, run)))
    )


def lattice_of(L: int, agree: Any, differ: Any, tidy: Callable[[Any], Any]) -> Any:
    """Z of the open L x L lattice: a table over the last L spins, one more spin at a time."""
    values: dict[tuple[int, ...], Any] = {(): agree**0}
    for site in range(L * L):
        following: dict[tuple[int, ...], Any] = {}
        for edge, value in values.items():
            for s in (1, -1):
                term = value
                if site % L:
                    term = term * (agree if s == edge[-1] else differ)
                if site >= L:
                    term = term * (agree if s == edge[0] else differ)
                key = (*edge, s)[-L:]
                following[key] = following.get(key, 0) + term
        values = {key: tidy(value) for key, value in following.items()}
    return tidy(sum(values.values()))


def ring_of_symbols(n: int, run: int) -> Any:
    import exactrg

    return exactrg.ising(exactrg.ring(n), bonds_of_ring(real_symbols(names("K", n, run))))


def bonds_of_ring(couplings: Sequence[Any]) -> dict[tuple[int, ...], Any]:
    """One coupling a bond; a ring of two spins has two parallel ones."""
    n = len(couplings)
    keys = [(0, 1, 0), (0, 1, 1)] if n == 2 else [(k, (k + 1) % n) for k in range(n)]
    return dict(zip(keys, couplings, strict=True))


def ring_exactrg(instance: Instance, **options: Any) -> Any:
    import exactrg

    return exactrg.partition_function(ring_of_symbols(*instance), **options)


def transfer_ring(agree: Sequence[Any], differ: Sequence[Any], one: Any, tidy: Callable[[Any], Any]) -> Any:
    """Z of the ring: the first spin is up, times two."""
    up, down = one, 0 * one
    for a, d in zip(agree, differ, strict=True):
        up, down = tidy(up * a + down * d), tidy(up * d + down * a)
    return 2 * up


def ring_in(module: str, instance: Instance) -> Any:
    cas = import_module(module)
    x = [cas.Symbol(name) for name in names("x", *instance)]
    return transfer_ring(x, [1 / y for y in x], cas.Integer(1), cas.expand)


def ring_in_polys(instance: Instance) -> Any:
    from sympy import ZZ
    from sympy.polys.rings import ring

    R, *x = ring(names("x", *instance), ZZ)
    return transfer_ring([y**2 for y in x], [R.one] * len(x), R.one, lambda value: value)


def lattice_in(module: str, instance: Instance) -> Any:
    cas = import_module(module)
    L, run = instance
    x = cas.Symbol(*names("x", 1, run))
    return lattice_of(L, x, 1 / x, cas.expand)


def lattice_in_polys(instance: Instance) -> Any:
    from sympy import ZZ
    from sympy.polys.rings import ring

    L, run = instance
    R, x = ring(names("x", 1, run), ZZ)
    return lattice_of(L, x**2, R.one, lambda value: value)


def at_point(symbol: Any) -> Fraction:
    """e^{K_k} where answers are compared, for the symbols K_k and x_k."""
    k = int(str(symbol)[1:].partition("_")[0])
    return Fraction(k + 3, k + 2)


def value_exactrg(Z: Any) -> str:
    import flint

    point = {symbol: flint.fmpq(*at_point(symbol).as_integer_ratio()) for symbol in Z.symbols}
    return f"{float(Z.ball(80, point).mid()):.10g}"


def value_sympy(Z: Any) -> str:
    """For x_k and for e^{K_k}."""
    import sympy

    total = Fraction(0)
    for term in sympy.Add.make_args(Z):
        value = Fraction(1)
        for base, power in term.as_powers_dict().items():
            if base.is_Integer:
                value *= int(base) ** int(power)
            elif base.is_Symbol:
                value *= at_point(base) ** int(power)
            else:
                (exponent,) = (base**power).args
                value *= prod(at_point(K) ** int(c) for K, c in exponent.as_coefficients_dict().items())
        total += value
    return f"{float(total):.10g}"


def value_symengine(Z: Any) -> str:
    symengine = import_module("symengine")
    point = {s: symengine.Integer(at_point(s).numerator) / at_point(s).denominator for s in Z.free_symbols}
    return f"{float(Z.subs(point)):.10g}"


def value_polys(Z: Any) -> str:
    """Exponents were counted from minus the number of bonds, which is half the degree."""
    points = [at_point(symbol) for symbol in Z.ring.symbols]
    total = sum(int(c) * prod(x**e for x, e in zip(points, exponents, strict=True)) for exponents, c in Z.terms())
    return f"{float(total / prod(x ** (d // 2) for x, d in zip(points, Z.degrees(), strict=True))):.10g}"


# Eq. 24 on a ring whose bonds are all different symbols: Z_n(K) = prod_k A_k Z_{n/2}(K'), with the half-couplings
# e^{2K'} = cosh(K1 + K2) / cosh(K1 - K2) and A^2 = 4 cosh(K1 + K2) cosh(K1 - K2): radicals of polynomials.


def radicals_exactrg(instance: Instance) -> bool:
    from sympy import cosh, log

    from exactrg import Exact, ising, partition_function, ring

    n, _ = instance
    K = real_symbols(names("K", *instance))
    pairs = [(cosh(K[k] + K[k + 1]), cosh(K[k] - K[k + 1])) for k in range(0, n, 2)]
    coarse = ising(ring(n // 2), bonds_of_ring([log(p / q) / 2 for p, q in pairs]))
    factor = prod((Exact(log(4 * p * q) / 2).exp() for p, q in pairs), start=Exact(1))
    return bool(partition_function(ring_of_symbols(*instance)) == factor * partition_function(coarse))


def radicals_in(module: str, instance: Instance) -> bool:
    cas = import_module(module)
    x = [cas.Symbol(name) for name in names("x", *instance)]
    half = cas.Integer(1) / 2
    pairs = [
        ((y * z + 1 / (y * z)) * half, (y / z + z / y) * half) for y, z in zip(x[::2], x[1::2], strict=True)
    ]  # cosh(K1 + K2), cosh(K1 - K2)
    agree = [cas.sqrt(p) / cas.sqrt(q) for p, q in pairs]
    factor = prod((2 * cas.sqrt(p) * cas.sqrt(q) for p, q in pairs), start=cas.Integer(1))
    coarse = transfer_ring(agree, [1 / y for y in agree], cas.Integer(1), cas.expand)
    if cas.expand(ring_in(module, instance) - factor * coarse) != 0:
        raise Unsolved("does not decide it")
    return True


def sum_task(
    name: str, title: str, sizes: Sequence[int], ours: Sequence[Contender], in_polys: Any, within: Any
) -> Task:
    return Task(
        name,
        title,
        sizes,
        (
            *ours,
            Contender("sympy", partial(within, "sympy"), ("sympy",), value_sympy),
            Contender("sympy.polys ring", in_polys, ("sympy",), value_polys),
            Contender("symengine", partial(within, "symengine"), ("symengine",), value_symengine),
        ),
    )


TASKS = (
    sum_task(
        "lattice",
        "Z of the open L x L lattice, one symbol K",
        range(2, 8),
        (
            Contender("exactrg", lattice_exactrg, EXACTRG, value_exactrg),
            Contender("exactrg, to sympy", lambda instance: lattice_exactrg(instance).to_sympy(), EXACTRG, value_sympy),
        ),
        lattice_in_polys,
        lattice_in,
    ),
    sum_task(
        "ring",
        "Z of a ring of n spins, a symbol for each bond",
        (4, 8, 12, 14, 16),
        (
            Contender("exactrg", ring_exactrg, EXACTRG, value_exactrg),
            Contender("exactrg, dense table", partial(ring_exactrg, engine="table"), EXACTRG, value_exactrg),
            Contender("exactrg, to sympy", lambda instance: ring_exactrg(instance).to_sympy(), EXACTRG, value_sympy),
        ),
        ring_in_polys,
        ring_in,
    ),
    Task(
        "radicals",
        "Eq. 24 on a ring of n spins, a symbol for each bond: Z(K) = prod A Z'(K')",
        (4, 6, 8, 10, 12),
        (
            Contender("exactrg", radicals_exactrg, EXACTRG),
            Contender("sympy", partial(radicals_in, "sympy"), ("sympy",)),
            Contender("symengine", partial(radicals_in, "symengine"), ("symengine",)),
        ),
    ),
)
