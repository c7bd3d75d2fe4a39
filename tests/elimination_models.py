"""Models that the tests of the elimination share, and sums over all their configurations."""

from __future__ import annotations

import itertools
import math

import numpy as np

from exactrg.lattices import square


def dense(n, factors):
    """Log weights of all configurations, by numpy broadcasting."""
    table = np.zeros((2,) * n)
    for scope, entries in factors:
        axes = sorted(range(len(scope)), key=lambda axis: scope[axis])
        shape = [2 if i in scope else 1 for i in range(n)]
        table = table + np.transpose(entries, axes).reshape(shape)
    return table


def log_sum(table):
    top = table.max()
    return top + math.log(math.fsum(np.exp(table - top).reshape(-1)))


def dense_model(n, seed, scale=1.0):
    """All pairs, fields and some triples of n spins: buckets far beyond what numpy multiplies."""
    rng = np.random.default_rng(seed)
    scopes = [(i,) for i in range(n)] + list(itertools.combinations(range(n), 2))
    scopes += [tuple(rng.permutation(n)[:3]) for _ in range(6)]
    return [(tuple(int(i) for i in scope), scale * rng.standard_normal((2,) * len(scope))) for scope in scopes]


def chain_model(n, seed=0):
    couplings = np.random.default_rng(seed).standard_normal(n - 1)
    return couplings, [((i, i + 1), j * np.array([[1, -1], [-1, 1]])) for i, j in enumerate(couplings)]


def normal_lattice(L, periodic=True, seed=0):
    edges = list(square(L, periodic).edges())
    couplings = np.random.default_rng(seed).standard_normal(len(edges))
    return [(edge, j * np.array([[1, -1], [-1, 1]])) for edge, j in zip(edges, couplings, strict=True)]
