"""Eqs. 19 to 21 for the N x N RBM, every w, b and c a symbol.

We compare two Hamiltonians, so logarithms of weights, with H a ring whose bonds are symbols too; the peers compare
weights, the sum over v with the product over visible units, and have no H to cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from itertools import product
from typing import Any

from common import Contender, Task
from symbolic_sums import EXACTRG, Instance, names, real_symbols, ring_of_symbols

Sides = list[tuple[Any, Any]]


def spins(n: int) -> list[tuple[int, ...]]:
    return list(product((1, -1), repeat=n))


def rbm_names(n: int, run: int) -> tuple[list[str], list[str], list[str]]:
    return names("w", n**2, run), names("b", n, run), names("c", n, run)


def symbolic_rbm(n: int, run: int) -> Any:
    import exactrg

    w, b, c = map(real_symbols, rbm_names(n, run))
    return exactrg.RBM([w[i * n : (i + 1) * n] for i in range(n)], b, c)


def eq21_exactrg(instance: Instance) -> bool:
    import exactrg

    rbm, H = symbolic_rbm(*instance), ring_of_symbols(*instance)
    T = exactrg.RGOperator.from_energy(rbm, H)
    return bool(exactrg.rg_hamiltonian(T, H) == exactrg.rbm_hamiltonian(rbm, "visible"))


def z_exactrg(instance: Instance) -> bool:
    import exactrg

    rbm = symbolic_rbm(*instance)
    return bool(exactrg.trace(exactrg.exp(-rbm.energy())) == exactrg.partition_function(rbm))


def sides_of_powers(module: str, n: int, run: int) -> Sides:
    """Both sides for every h, with the symbols w, b, c standing for e^w, e^b, e^c."""
    cas = import_module(module)
    w, b, c = ([cas.Symbol(name) for name in group] for group in rbm_names(n, run))
    sides = []
    for h in spins(n):
        outer = cas.Mul(*[x**-s for x, s in zip(b, h, strict=True)])
        weights = [c[i] * cas.Mul(*[w[i * n + j] ** h[j] for j in range(n)]) for i in range(n)]
        total = cas.Add(*[outer * cas.Mul(*[x**-s for x, s in zip(weights, v, strict=True)]) for v in spins(n)])
        sides.append((total, outer * cas.Mul(*[x + 1 / x for x in weights])))
    return sides


def sides_of_exponentials(n: int, run: int) -> Sides:
    """Both sides as the paper writes them, in exponentials of real symbols."""
    import sympy
    from sympy import exp

    w, b, c = map(real_symbols, rbm_names(n, run))
    sides = []
    for h in spins(n):
        outer = -sum(x * s for x, s in zip(b, h, strict=True))
        fields = [c[i] + sum(w[i * n + j] * h[j] for j in range(n)) for i in range(n)]
        total = sympy.Add(*[exp(outer - sum(x * s for x, s in zip(fields, v, strict=True))) for v in spins(n)])
        sides.append((total, exp(outer) * sympy.Mul(*[exp(x) + exp(-x) for x in fields])))
    return sides


def sides_in_ring(n: int, run: int) -> Sides:
    """Both sides times the product of all generators, so that no exponent is negative."""
    from sympy import ZZ
    from sympy.polys.rings import ring

    w, b, c = rbm_names(n, run)
    R, *_ = ring([*w, *b, *c], ZZ)
    sides = []
    for h in spins(n):
        outer = tuple(1 - s for s in h)
        total = {
            (*(1 - v[i] * h[j] for i in range(n) for j in range(n)), *outer, *(1 - s for s in v)): 1 for v in spins(n)
        }
        factored = R.from_dict({(0,) * n**2 + outer + (0,) * n: 1})
        for i in range(n):
            unit = {}
            for s in (1, -1):
                exponents = [0] * (n**2 + 2 * n)
                exponents[i * n : (i + 1) * n] = [1 - s * x for x in h]
                exponents[n**2 + n + i] = 1 - s
                unit[tuple(exponents)] = 1
            factored *= R.from_dict(unit)
        sides.append((R.from_dict(total), factored))
    return sides


def sides_agree(sides: Callable[[int, int], Sides], module: str | None, instance: Instance) -> bool:
    """Expand and compare for each h; elements of sympy's rings (no module) are expanded as they are."""
    return all(_difference([left], [right], module) == 0 for left, right in sides(*instance))


def totals_agree(sides: Callable[[int, int], Sides], module: str | None, instance: Instance) -> bool:
    """Compare the sums over h."""
    left, right = zip(*sides(*instance), strict=True)
    return bool(_difference(left, right, module) == 0)


def _difference(left: Sequence[Any], right: Sequence[Any], module: str | None) -> Any:
    if module is None:
        return sum(left) - sum(right)
    cas = import_module(module)
    return cas.expand(cas.Add(*left) - cas.Add(*right))


def peers(decide: Callable[[Callable[[int, int], Sides], str | None, Instance], bool]) -> list[Contender]:
    return [
        Contender("sympy, exp(w)", partial(decide, sides_of_exponentials, "sympy"), ("sympy",)),
        Contender("sympy, x for e^w", partial(decide, partial(sides_of_powers, "sympy"), "sympy"), ("sympy",)),
        Contender("sympy.polys ring", partial(decide, sides_in_ring, None), ("sympy",)),
        Contender("symengine", partial(decide, partial(sides_of_powers, "symengine"), "symengine"), ("symengine",)),
    ]


TASKS = (
    Task(
        "eq21",
        "Eq. 21, N x N RBM, all symbols: H^RG == H^RBM on the hidden units",
        range(2, 7),
        (Contender("exactrg", eq21_exactrg, EXACTRG), *peers(sides_agree)),
    ),
    Task(
        "normalization",
        "Eqs. 19, 20, N x N RBM, all symbols: Z' summed over everything == Z' from the product form",
        range(2, 7),
        (Contender("exactrg", z_exactrg, EXACTRG), *peers(totals_agree)),
    ),
)
