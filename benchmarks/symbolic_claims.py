"""C1 to C5 for a rational RBM with N visible and N/2 hidden units, and a ring with fields for H.

Identities of logarithms (C3) are decided by us, and by sympy if it is told to factor what is in the logarithms (its own
`simplify` takes minutes for some systems of three spins). The other peers look at 50 digits, which is no decision.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from importlib import import_module
from math import prod
from typing import Any

from common import Contender, Task
from symbolic_rbm import spins
from symbolic_sums import EXACTRG, bonds_of_ring

Weights = dict[str, list[Fraction]]


def random_weights(n: int, run: int) -> Weights:
    """e^coupling for every parameter."""
    rng = random.Random(f"C1-C5 {n} {run}")
    counts = {"K": n, "field": n, "w": n * (n // 2), "b": n // 2, "c": n, "constant": 1}
    return {
        name: [Fraction(rng.randint(1, 6), rng.randint(1, 6)) for _ in range(count)] for name, count in counts.items()
    }


def claims_exactrg(weights: Weights) -> bool:
    import sympy

    from exactrg import (
        RBM,
        Exact,
        RGOperator,
        delta_f,
        exp,
        is_exact_rg,
        ising,
        kl_divergence,
        partition_function,
        ring,
        trace,
        trace_condition,
    )

    K, field, w, b, c, (constant,) = (
        [sympy.log(sympy.Rational(x.numerator, x.denominator)) for x in values] for values in weights.values()
    )
    n, m = len(c), len(b)
    E = RBM([w[i * m : (i + 1) * m] for i in range(n)], b, c, constant)
    H = ising(ring(n), bonds_of_ring(K), dict(enumerate(field)))
    T = RGOperator.from_energy(E, H)
    P, q, dF = exp(-H).probability(), trace_condition(T), delta_f(T, H)
    p = (T.weight * exp(-H)).trace(E.hidden).probability()
    mean_q, kl, log_q = trace(P * q), kl_divergence(P, E), [Exact(x).log() for x in q.table.flat]

    def mean(weight: Any) -> Any:
        return sum((Exact(x) * y for x, y in zip(weight.table.flat, log_q, strict=True)), Exact(0))

    c1 = dF == -mean_q.log() == partition_function(H).log() - partition_function(E).log()
    c2 = p == P * q / mean_q
    c3 = kl == -dF - mean(P) and kl_divergence(p, P) == mean(p) + dF
    c4 = (p == P) == all(x == log_q[0] for x in log_q)
    c5 = is_exact_rg(T) == (kl == 0 and dF == 0)
    return bool(c1 and c2 and c3 and c4 and c5)


def claims_direct(weights: Weights, number: Callable[[int, int], Any], vanishes: Callable[[list[Any]], bool]) -> bool:
    """The same in any rational arithmetic; ``vanishes`` decides whether sum_k x_k log(y_k) is zero, for (x_k, y_k)."""
    K, field, w, b, c, (constant,) = (
        [number(x.numerator, x.denominator) for x in values] for values in weights.values()
    )
    n, m = len(c), len(b)
    one = number(1, 1)
    a, q = {}, {}
    Z = joint_Z = 0 * one
    for v in spins(n):
        a[v] = prod((x ** (v[i] * v[(i + 1) % n]) for i, x in enumerate(K)), start=one)
        a[v] *= prod((x**s for x, s in zip(field, v, strict=True)), start=one)
        outer = prod((x**-s for x, s in zip(c, v, strict=True)), start=1 / constant)
        units = [b[j] * prod((w[i * m + j] ** v[i] for i in range(n)), start=one) for j in range(m)]
        marginal = sum(prod((x**-s for x, s in zip(units, h, strict=True)), start=outer) for h in spins(m))
        q[v] = marginal / a[v]
        Z, joint_Z = Z + a[v], joint_Z + marginal
    P = {v: x / Z for v, x in a.items()}
    p = {v: q[v] * a[v] / joint_Z for v in a}
    mean_q = sum(P[v] * q[v] for v in P)
    kl = [(P[v], P[v] / p[v]) for v in P]
    reverse = [(p[v], p[v] / P[v]) for v in P]
    c1 = mean_q == joint_Z / Z
    c2 = all(p[v] == P[v] * q[v] / mean_q for v in P)
    c3 = vanishes([*kl, (-one, mean_q), *((P[v], q[v]) for v in P)]) and vanishes(
        [*reverse, (one, mean_q), *((-p[v], q[v]) for v in P)]
    )
    c4 = (p == P) == (len(set(q.values())) == 1)
    c5 = all(x == 1 for x in q.values()) == (vanishes(kl) and mean_q == 1)
    return bool(c1 and c2 and c3 and c4 and c5)


def claims_sympy(weights: Weights) -> bool:
    """Decided by factoring what is in the logarithms."""
    import sympy

    def vanishes(terms: list[Any]) -> bool:
        total = sympy.Add(*[x * sympy.log(y) for x, y in terms])
        return bool(sympy.expand(sympy.expand_log(total, factor=True)) == 0)

    return claims_direct(weights, sympy.Rational, vanishes)


def zero_to_50_digits(terms: list[Any]) -> bool:
    mpmath = import_module("mpmath")

    def real(x: Any) -> Any:
        numerator, _, denominator = str(x).partition("/")
        return mpmath.mpf(int(numerator)) / int(denominator or 1)

    with mpmath.workdps(60):
        return bool(abs(mpmath.fsum(real(x) * mpmath.log(real(y)) for x, y in terms)) < mpmath.mpf(10) ** -50)


RATIONALS: dict[str, Callable[[], Callable[[int, int], Any]]] = {
    "sympy": lambda: import_module("sympy").Rational,
    "sympy.polys QQ": lambda: import_module("sympy").QQ,
    "symengine": lambda: lambda p, q: import_module("symengine").Integer(p) / q,
}


def claims_numeric(number: str, weights: Weights) -> bool:
    return claims_direct(weights, RATIONALS[number](), zero_to_50_digits)


TASKS = (
    Task(
        "claims",
        "C1 to C5, rational RBM with N visible and N/2 hidden units",
        (2, 4, 6, 8, 10),
        (
            Contender("exactrg", claims_exactrg, EXACTRG),
            Contender("sympy, factoring", claims_sympy, ("sympy",)),
            *(
                Contender(f"{name}, 50 digits", partial(claims_numeric, name), (name.split(".")[0], "mpmath"))
                for name in RATIONALS
            ),
        ),
        prepare=random_weights,
    ),
)
