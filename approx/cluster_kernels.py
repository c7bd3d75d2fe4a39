"""Compiled kernels: Wolff and Swendsen-Wang updates of a ferromagnet given by its bonds.

Fortuin and Kasteleyn: e^(K s s') = e^K [(1 - p) + p 1(s = s')] with p = 1 - e^(-2K) makes spins and bonds one joint
distribution, and both updates draw from its conditionals. A probability p arrives as the threshold p 2**64, compared
with 64 random bits; with ``stride`` 0 all bonds read the first threshold (and coupling). ``degree`` is the number of
bonds of every site, or 0 where it differs and ``indptr`` is needed. Without a field, ``fields`` is empty.

Indices are unsigned: numba tests a signed one for being negative, and that costs a Wolff cluster 60% more time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from exactrg.numba_tools import njit

from .graph_kernels import below, magnetization, next_word, uniform

Array = Any  # numba's array types have no static counterpart

_MINUS = np.int8(-2)  # s ^ -2 = -s for s = +1 and s = -1
_KEEP = np.int8(0)
_0, _1 = np.uint64(0), np.uint64(1)


@njit
def record(spins: Array, bonds: Array, couplings: Array, stride: Any, fields: Array) -> Any:
    """Return g = sum of K s s' over bonds + sum of h s over sites, and the sum of the spins."""
    g, aligned = 0.0, np.int64(0)
    for i in range(fields.size):
        g += fields[i] * spins[i]
    if stride == _0:
        for k in range(bonds.shape[0]):
            aligned += np.int64(spins[bonds[k, 0]] * spins[bonds[k, 1]])
        g += couplings[0] * aligned
    else:
        for k in range(bonds.shape[0]):
            g += couplings[k] * (spins[bonds[k, 0]] * spins[bonds[k, 1]])
    return g, magnetization(spins)


@njit
def wolff_update(
    spins: Array,
    queue: Array,
    degree: Any,
    indptr: Array,
    neighbours: Array,
    thresholds: Array,
    stride: Any,
    fields: Array,
    stream: Array,
) -> None:
    """Grow one cluster from a random site and flip it, unless it meets the ghost spin that carries the field.

    A site aligned with its field h joins the ghost with probability 1 - e^(-2|h|): the cluster stays free while the
    sum of 2|h| over such sites is below one exponential variate, and is given up (flipped back) beyond it.
    """
    a, b, c, d = stream[0], stream[1], stream[2], stream[3]
    word, a, b, c, d = next_word(a, b, c, d)
    seed = below(word, spins.size)
    limit = 0.0
    if fields.size:
        word, a, b, c, d = next_word(a, b, c, d)
        limit = -math.log(1.0 - uniform(word))
    old = spins[seed]
    spins[seed] = -old
    queue[0] = seed
    head, tail = _0, _1
    while head < tail:
        site = np.uint64(queue[head])
        head += _1
        if fields.size:
            limit -= 2.0 * max(fields[site] * old, 0.0)
            if limit < 0.0:
                for k in range(tail):
                    spins[queue[k]] = old
                break
        if degree:
            start, stop = site * degree, site * degree + degree
        else:
            start, stop = indptr[site], indptr[site + _1]
        for entry in range(start, stop):  # a push that comes to nothing is cheaper than a branch mispredicted
            other = neighbours[entry]
            word, a, b, c, d = next_word(a, b, c, d)
            joins = (spins[other] == old) & (word < thresholds[entry * stride])
            spins[other] ^= _MINUS if joins else _KEEP
            queue[tail] = other
            tail += np.uint64(joins)
    stream[0], stream[1], stream[2], stream[3] = a, b, c, d


@njit
def connect(parent: Array, i: Any, j: Any) -> None:
    """Join two trees (Rem's algorithm with splicing); a parent is never larger than its child."""
    while parent[i] != parent[j]:
        if parent[i] < parent[j]:
            i, j = j, i
        above = parent[i]
        parent[i] = parent[j]
        if above == i:
            return
        i = above


@njit
def swendsen_wang_update(
    spins: Array,
    parent: Array,
    occupied: Array,
    cluster_fields: Array,
    bonds: Array,
    thresholds: Array,
    stride: Any,
    fields: Array,
    stream: Array,
) -> None:
    """Draw every bond between aligned spins, then every cluster's sign given the field that acts on it.

    Bonds to a ghost spin are summed out: a cluster flips with probability 1 / (1 + e^(2x)), x = sum of h s over it.
    """
    a, b, c, d = stream[0], stream[1], stream[2], stream[3]
    word = a
    n = np.uint64(spins.size)
    count = _0
    for k in range(np.uint64(bonds.shape[0])):  # no branch: half of the bonds would be mispredicted
        word, a, b, c, d = next_word(a, b, c, d)
        occupied[count] = k
        count += np.uint64((spins[bonds[k, 0]] == spins[bonds[k, 1]]) & (word < thresholds[k * stride]))
    for i in range(n):
        parent[i] = i
    for k in occupied[:count]:
        connect(parent, bonds[k, 0], bonds[k, 1])
    if fields.size:
        for i in range(n):
            parent[i] = parent[parent[i]]
            cluster_fields[i] = 0.0
            cluster_fields[parent[i]] += fields[i] * spins[i]
        for i in range(n):
            if parent[i] == i:
                word, a, b, c, d = next_word(a, b, c, d)
                x = 2.0 * cluster_fields[i]
                e = math.exp(-abs(x))
                cluster_fields[i] = -1.0 if uniform(word) * (1.0 + e) < (e if x > 0 else 1.0) else 1.0
            if cluster_fields[parent[i]] < 0.0:
                spins[i] = -spins[i]
    else:
        # Parents come first: a site copies the new spin of its parent, to which it was equal before.
        for i in range(n):
            bit = np.uint64(i) & np.uint64(63)
            if bit == _0:
                word, a, b, c, d = next_word(a, b, c, d)
            drawn = np.int8(np.int64((word >> bit) & _1) * 2 - 1)
            spins[i] = drawn if parent[i] == i else spins[parent[i]]
    stream[0], stream[1], stream[2], stream[3] = a, b, c, d


@njit(nogil=True)
def run_wolff(
    spins: Array,
    streams: Array,
    configs: Array,
    log_weights: Array,
    magnetizations: Array,
    thin: int,
    degree: Any,
    indptr: Array,
    neighbours: Array,
    entry_thresholds: Array,
    bonds: Array,
    couplings: Array,
    stride: Any,
    fields: Array,
) -> None:
    """Advance every chain by ``thin`` clusters per draw and record each draw (``configs`` only if it has room)."""
    queue = np.empty(spins.shape[1] + 1, np.uint32)
    for chain in range(spins.shape[0]):
        own, stream = spins[chain], streams[chain]
        for draw in range(log_weights.shape[1]):
            for _ in range(thin):
                wolff_update(own, queue, degree, indptr, neighbours, entry_thresholds, stride, fields, stream)
            log_weights[chain, draw], magnetizations[chain, draw] = record(own, bonds, couplings, stride, fields)
            if configs.shape[1]:
                configs[chain, draw] = own


@njit(nogil=True)
def run_swendsen_wang(
    spins: Array,
    streams: Array,
    configs: Array,
    log_weights: Array,
    magnetizations: Array,
    thin: int,
    bonds: Array,
    couplings: Array,
    thresholds: Array,
    stride: Any,
    fields: Array,
) -> None:
    """Advance every chain by ``thin`` decompositions per draw and record each draw (``configs`` if it has room)."""
    parent, occupied = np.empty(spins.shape[1], np.uint32), np.empty(bonds.shape[0] + 1, np.uint32)
    cluster_fields = np.empty(fields.size)
    for chain in range(spins.shape[0]):
        own, stream = spins[chain], streams[chain]
        for draw in range(log_weights.shape[1]):
            for _ in range(thin):
                swendsen_wang_update(own, parent, occupied, cluster_fields, bonds, thresholds, stride, fields, stream)
            log_weights[chain, draw], magnetizations[chain, draw] = record(own, bonds, couplings, stride, fields)
            if configs.shape[1]:
                configs[chain, draw] = own
