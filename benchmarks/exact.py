"""The exact engines against what users would pick instead: Gray codes, quimb, dwave-samplers, sympy.

    python benchmarks/exact.py [--only TASK ...] [--limit SECONDS] [--json]

One thread each. Couplings are normal(0, 1) with a fixed seed; every contender starts from edges and numbers, and ours
from a Hamiltonian, the choice of the engine included. Peers are in the extra "bench".
"""

from __future__ import annotations

import os

# One thread for everyone: before numpy is imported.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", NUMBA_NUM_THREADS="1", MKL_NUM_THREADS="1")

import sys
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
from common import Contender, Task, main

Bonds = tuple[int, list[tuple[int, int]], Any]


def lattice(periodic: bool, L: int, run: int) -> Bonds:
    """(n, edges, couplings) of the L x L lattice."""
    edges = []
    for y in range(L):
        for x in range(L):
            if periodic or x + 1 < L:
                edges.append((y * L + x, y * L + (x + 1) % L))
            if periodic or y + 1 < L:
                edges.append((y * L + x, (y + 1) % L * L + x))
    return L * L, edges, np.random.default_rng((L, run)).standard_normal(len(edges))


def complete(n: int, run: int) -> Bonds:
    """Every pair of n spins."""
    edges = [(i, j) for i in range(n) for j in range(i)]
    return n, edges, np.random.default_rng((n, run)).standard_normal(len(edges))


def hamiltonian(bonds: Bonds) -> Any:
    """-sum K s s."""
    from exactrg import SpinPolynomial

    n, edges, K = bonds
    return SpinPolynomial({frozenset(e): -k for e, k in zip(edges, K.tolist(), strict=True)}, range(n))


def ours(bonds: Bonds, **options: Any) -> float:
    """log Z by the engine that `plan` chooses."""
    from exactrg import log_partition_function

    return log_partition_function(hamiltonian(bonds), **options)


@cache
def gray_kernel() -> Any:
    """Plain numba Gray code with local fields kept."""
    import math

    import numba

    @numba.njit
    def kernel(n: int, J: Any, shift: float) -> float:
        s, f = np.ones(n), J.sum(axis=1)
        g = J.sum() / 2
        z = math.exp(g - shift)
        for code in range(1, 1 << n):
            i, t = 0, code
            while t & 1 == 0:
                t >>= 1
                i += 1
            g -= 2 * s[i] * f[i]
            s[i] = -s[i]
            f += 2 * s[i] * J[i]
            z += math.exp(g - shift)
        return shift + math.log(z)

    return kernel


def gray(bonds: Bonds) -> float:
    """log Z by a Gray code; the shift is a bound that keeps exp in range."""
    n, edges, K = bonds
    J = np.zeros((n, n))
    for (i, j), k in zip(edges, K, strict=True):
        J[i, j] = J[j, i] = k
    return float(gray_kernel()(n, J, float(np.abs(K).sum() / 2)))


def quimb(bonds: Bonds) -> float:
    """log Z as a tensor network, greedy path."""
    import quimb.tensor as qtn

    _, edges, K = bonds
    tensors = [
        qtn.Tensor(np.exp(np.array([[k, -k], [-k, k]])), inds=(f"s{i}", f"s{j}"))
        for (i, j), k in zip(edges, K, strict=True)
    ]
    network = qtn.TensorNetwork(tensors)
    mantissa, exponent = network.contract(output_inds=(), optimize="greedy", strip_exponent=True)
    return float(np.log(mantissa) + exponent * np.log(10))


def dwave(bonds: Bonds, reads: int = 1) -> Any:
    """Tree decomposition; log Z is a by-product of sampling."""
    import dimod
    from common import Unsolved
    from dwave.samplers import TreeDecompositionSampler

    _, edges, K = bonds
    model = dimod.BinaryQuadraticModel({}, {(i, j): -k for (i, j), k in zip(edges, K, strict=True)}, 0.0, "SPIN")
    try:
        found = TreeDecompositionSampler().sample(model, num_reads=reads, beta=1.0, marginals=False)
    except (ValueError, RuntimeError) as error:
        raise Unsolved(f"refused: {str(error)[:60]}") from None
    return float(found.info["log_partition_function"]) if reads == 1 else found


def our_samples(bonds: Bonds) -> Any:
    """20,000 exact samples."""
    from exactrg import sample

    return sample(hamiltonian(bonds), 20_000, rng=1)


def torus_density(engine: str, case: tuple[int, int]) -> list[int]:
    """Integer density of states of the L x L torus."""
    from exactrg import density_of_states, square

    return density_of_states(square(case[0]), engine=engine)


def symbolic_ours(case: tuple[int, int]) -> Any:
    """Z of the open lattice as a polynomial in e^K, conversion to sympy left out."""
    import sympy

    from exactrg import ising, partition_function, square

    return partition_function(ising(square(case[0], periodic=False), sympy.Symbol("K", real=True)))


def symbolic_sympy(case: tuple[int, int]) -> Any:
    """The same by a row transfer matrix of sympy expressions in x = e^K."""
    import sympy

    L, x = case[0], sympy.Symbol("x")
    rows = [[1 - 2 * (k >> i & 1) for i in range(L)] for k in range(2**L)]
    inside = [sum(a * b for a, b in pairwise(r)) for r in rows]
    vector = [x**e for e in inside]
    for _ in range(L - 1):
        vector = [
            sympy.expand(
                x ** inside[t]
                * sum(
                    v * x ** sum(a * b for a, b in zip(r, rows[t], strict=True))
                    for v, r in zip(vector, rows, strict=True)
                )
            )
            for t in range(2**L)
        ]
    return sympy.expand(sum(vector))


def at_two(value: Any) -> str:
    """Compare polynomials by their value at e^K = 2."""
    import sympy

    K, x = sympy.Symbol("K", real=True), sympy.Symbol("x")
    return str(sympy.sympify(value).subs({K: sympy.log(2), x: 2}))


def rounded(value: float) -> str:
    """Nine significant digits: Gray codes drift."""
    return f"{value:.9g}"


LOG_Z = (
    Contender("exactrg", ours, ("exactrg",), rounded),
    Contender("quimb, greedy", quimb, ("quimb",), rounded),
    Contender("dwave-samplers", dwave, ("dwave.samplers", "dimod"), rounded),
)
TASKS = (
    Task(
        "enumeration",
        "log Z of n spins, every pair coupled (target: 8 times the Gray code at 30)",
        (16, 20, 25, 30),
        (
            Contender("exactrg", partial(ours, engine="enumeration"), ("exactrg",), rounded),
            Contender("numba Gray code", gray, ("numba",), rounded),
        ),
        complete,
    ),
    Task("open", "log Z of the open L x L lattice", (8, 10, 20), LOG_Z, partial(lattice, False)),
    Task("torus", "log Z of the L x L torus", (8, 10), LOG_Z, partial(lattice, True)),
    Task(
        "elimination",
        "log Z of the open L x L lattice by elimination (target: twice the better peer)",
        (8, 10, 20),
        (Contender("exactrg", partial(ours, engine="elimination"), ("exactrg",), rounded), *LOG_Z[1:]),
        partial(lattice, False),
    ),
    Task(
        "planar",
        "log Z of the open L x L lattice by the planar engine (targets: 0.3 s at 40, 2 s at 100)",
        (20, 40, 100),
        (Contender("exactrg", partial(ours, engine="planar"), ("exactrg",), rounded),),
        partial(lattice, False),
    ),
    Task(
        "samples",
        "20,000 exact samples of the L x L torus",
        (8, 10),
        (
            Contender("exactrg", our_samples, ("exactrg",), lambda s: str(s.shape)),
            Contender(
                "dwave-samplers",
                partial(dwave, reads=20_000),
                ("dwave.samplers",),
                lambda s: str(s.record.sample.shape),
            ),
        ),
        partial(lattice, True),
    ),
    Task(
        "density",
        "integer density of states of the L x L torus (targets: 1 s at 32, 3 s at 40, 60 s at 64)",
        (4, 8, 32, 40, 64),
        (
            Contender(
                "exactrg, Kaufman", partial(torus_density, "torus"), ("exactrg",), lambda g: str(sum(g) % 10**9 + g[8])
            ),
        ),
    ),
    Task(
        "symbolic",
        "Z of the open L x L lattice, one symbol (target: 1 s at 10)",
        (3, 4, 5, 10),
        (
            Contender("exactrg", symbolic_ours, ("exactrg",), at_two),
            Contender("sympy, transfer matrix", symbolic_sympy, ("sympy",), at_two),
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main(TASKS, __file__))
