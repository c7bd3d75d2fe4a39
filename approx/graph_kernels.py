"""Compiled kernels: random words, single-spin sweeps for any log-weight, and replica exchange.

Every chain owns a row of ``streams``: the 256-bit state of a xoshiro256++ generator (Blackman and Vigna, "Scrambled
linear pseudorandom number generators", 2019). A chain reads its own row alone, so that the order in which threads
take chains changes no bit. Integer constants are typed, because uint64 and int64 meet as float64 in numba, and
indices are unsigned, because numba tests signed ones for being negative.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from exactrg.numba_tools import njit

Array = Any  # numba's array types have no static counterpart

_1 = np.uint64(1)
_11, _17, _19, _23 = np.uint64(11), np.uint64(17), np.uint64(19), np.uint64(23)
_32, _41, _45 = np.uint64(32), np.uint64(41), np.uint64(45)


@njit
def next_word(a: Any, b: Any, c: Any, d: Any) -> Any:
    """Return 64 random bits and the next state (a, b, c, d) of xoshiro256++."""
    word = a + d
    word = ((word << _23) | (word >> _41)) + a
    shifted = b << _17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << _45) | (d >> _19)
    return word, a, b, c, d


@njit
def below(word: Any, n: Any) -> Any:
    """Map 64 random bits to 0..n-1, n < 2**32 (no probability is off by more than 2**-32)."""
    return ((word >> _32) * np.uint64(n)) >> _32


@njit
def uniform(word: Any) -> Any:
    """Map 64 random bits to a multiple of 2**-53 in [0, 1)."""
    return np.float64(word >> _11) * 2.0**-53


@njit
def term_products(spins: Array, indptr: Array, members: Array, products: Array) -> None:
    """Write prod_{i in S_k} s_i for every term k."""
    for k in range(products.size):
        product = np.int8(1)
        for entry in range(indptr[k], indptr[k + 1]):
            product = np.int8(product * spins[members[entry]])
        products[k] = product


@njit
def weigh(coefficients: Array, products: Array) -> Any:
    """Return g = sum_k a_k prod_{i in S_k} s_i."""
    total = 0.0
    for k in range(products.size):
        total += coefficients[k] * products[k]
    return total


@njit
def magnetization(spins: Array) -> Any:
    """Return the sum of the spins."""
    total = np.int64(0)
    for i in range(spins.size):
        total += np.int64(spins[i])
    return total


@njit
def sweep(
    spins: Array,
    products: Array,
    coefficients: Array,
    site_indptr: Array,
    site_terms: Array,
    factor: float,
    heat_bath: bool,
    stream: Array,
) -> None:
    """One update per site under exp(factor * g): heat bath in the order of the sites, or Metropolis at random sites.

    Flipping s_i changes g by -2 x, x = sum of the terms that hold i: heat bath flips with probability
    1 / (1 + e^(2x)), Metropolis with min(1, e^(-2x)). Metropolis in the order of the sites would flip a free spin
    every sweep; at random sites the number of attempts is drawn (n or n - 1), or its parity would be conserved
    where every attempt is accepted.
    """
    n = np.uint64(spins.size)
    a, b, c, d = stream[0], stream[1], stream[2], stream[3]
    attempts = n
    if not heat_bath:
        word, a, b, c, d = next_word(a, b, c, d)
        attempts = n - (word & _1)
    for attempt in range(attempts):
        site = np.uint64(attempt)
        if not heat_bath:
            word, a, b, c, d = next_word(a, b, c, d)
            site = below(word, n)
        x = 0.0
        for entry in range(site_indptr[site], site_indptr[site + _1]):
            k = site_terms[entry]
            x += coefficients[k] * products[k]
        x *= 2.0 * factor
        e = math.exp(-abs(x))
        word, a, b, c, d = next_word(a, b, c, d)
        u = uniform(word)
        flip = u * (1.0 + e) < (e if x > 0.0 else 1.0) if heat_bath else x <= 0.0 or u < e
        if flip:
            spins[site] = -spins[site]
            for entry in range(site_indptr[site], site_indptr[site + _1]):
                k = site_terms[entry]
                products[k] = -products[k]
    stream[0], stream[1], stream[2], stream[3] = a, b, c, d


@njit(nogil=True)
def run_sweeps(
    spins: Array,
    streams: Array,
    configs: Array,
    log_weights: Array,
    magnetizations: Array,
    thin: int,
    coefficients: Array,
    indptr: Array,
    members: Array,
    site_indptr: Array,
    site_terms: Array,
    factor: float,
    heat_bath: bool,
) -> None:
    """Advance every chain by ``thin`` sweeps per draw and record each draw (``configs`` only if it has room)."""
    products = np.empty(coefficients.size, np.int8)
    for chain in range(spins.shape[0]):
        own, stream = spins[chain], streams[chain]
        term_products(own, indptr, members, products)
        for draw in range(log_weights.shape[1]):
            for _ in range(thin):
                sweep(own, products, coefficients, site_indptr, site_terms, factor, heat_bath, stream)
            log_weights[chain, draw] = weigh(coefficients, products)
            magnetizations[chain, draw] = magnetization(own)
            if configs.shape[1]:
                configs[chain, draw] = own


@njit(nogil=True)
def run_tempering(
    spins: Array,
    streams: Array,
    configs: Array,
    log_weights: Array,
    magnetizations: Array,
    accepted: Array,
    first: int,
    thin: int,
    keep: int,
    factors: Array,
    coefficients: Array,
    indptr: Array,
    members: Array,
    site_indptr: Array,
    site_terms: Array,
) -> None:
    """Sweep all replicas of every ladder by heat bath, then try to exchange every second pair of neighbours.

    ``rows[r]`` is the row of ``spins`` that sits at factor r, so that an exchange moves two integers; rows are put
    back in the order of the factors at the end. ``first`` (0 or 1) says which pairs come first.
    """
    n_rungs = factors.size
    products = np.empty((n_rungs, coefficients.size), np.int8)
    rows, g = np.empty(n_rungs, np.int64), np.empty(n_rungs)
    for ladder in range(spins.shape[0]):
        own, stream = spins[ladder], streams[ladder]
        for r in range(n_rungs):
            rows[r] = r
            term_products(own[r], indptr, members, products[r])
        parity = first
        for draw in range(log_weights.shape[1]):
            for _ in range(thin):
                for r in range(n_rungs):
                    row = rows[r]
                    sweep(own[row], products[row], coefficients, site_indptr, site_terms, factors[r], True, stream)
                    g[r] = weigh(coefficients, products[row])
                a, b, c, d = stream[0], stream[1], stream[2], stream[3]
                for r in range(parity, n_rungs - 1, 2):
                    x = (factors[r + 1] - factors[r]) * (g[r] - g[r + 1])
                    word, a, b, c, d = next_word(a, b, c, d)
                    if x >= 0.0 or uniform(word) < math.exp(x):
                        rows[r], rows[r + 1] = rows[r + 1], rows[r]
                        g[r], g[r + 1] = g[r + 1], g[r]
                        accepted[ladder, r] += 1
                stream[0], stream[1], stream[2], stream[3] = a, b, c, d
                parity = 1 - parity
            for r in range(n_rungs):
                log_weights[ladder, draw, r] = g[r]
                magnetizations[ladder, draw, r] = magnetization(own[rows[r]])
            if configs.shape[1]:
                configs[ladder, draw] = own[rows[keep]]
        before = own.copy()
        for r in range(n_rungs):
            own[r] = before[rows[r]]
