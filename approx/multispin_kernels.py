"""Kernels of the bit-parallel samplers: 64 lattices to a word, 16 words side by side, one site after another.

A site update compares, for all 1,024 lattices at once, a random number u with a threshold T / 2**64 that depends on
the number n of up neighbours. The binary digits of u are random words ("planes"); a lattice is decided at the first
digit where u and T differ. The first twelve digits are compared without a branch, last digit first, so that one digit
is one step of a subtraction; the few lattices that are still undecided (one in 4,096) get further digits, each word
for itself, from a generator with random access. Every word thus takes twelve planes an update, whatever happens.

The loops over words read five rows of spins and write one work array only: with more pointers LLVM gives up on
proving that they do not overlap, and does not vectorise. For the same reason thresholds are stored once a word.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactrg.numba_tools import njit

from .streams import WORDS

Array = Any  # numba's array types have no static counterpart

PLANES = 12
RISE = 5 * PLANES  # rows of a table: 12 x 5 threshold digits, 5 rise, 5 fall, 1 keep
FALL = RISE + 5
KEEP = FALL + 5
ROWS = KEEP + 1
WORK = 6  # rows of scratch: four of the generator, new spins, undecided lattices

_0 = np.uint64(0)
_1 = np.uint64(1)
_3 = np.uint64(3)
_11 = np.uint64(11)
_24 = np.uint64(24)
_27 = np.uint64(27)
_30 = np.uint64(30)
_31 = np.uint64(31)
_40 = np.uint64(40)
_63 = np.uint64(63)
_64 = np.uint64(64)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


@njit(inline="always")
def _counts(p: Any, q: Any, r: Any, s: Any) -> Any:
    """Masks of the lattices where 0, 1, 2, 3, 4 of the four bits are set."""
    odd_pq, odd_rs, both_pq, both_rs = p ^ q, r ^ s, p & q, r & s
    odd = odd_pq ^ odd_rs
    two = both_pq ^ both_rs ^ (odd_pq & odd_rs)
    four = both_pq & both_rs
    return ~(odd | two | four), odd & ~two, two & ~odd, odd & two, four


@njit(inline="always")
def _select(m0: Any, m1: Any, m2: Any, m3: Any, m4: Any, table: Array, i: Any) -> Any:
    """Row n of five rows, for the lattices of mask n."""
    return (
        (m0 & table[i])
        | (m1 & table[i + WORDS])
        | (m2 & table[i + 2 * WORDS])
        | (m3 & table[i + 3 * WORDS])
        | (m4 & table[i + 4 * WORDS])
    )


@njit(inline="always")
def _plane(
    a: Any, b: Any, c: Any, d: Any, less: Any, equal: Any,
    m0: Any, m1: Any, m2: Any, m3: Any, m4: Any, table: Any, k: Any, w: Any,
) -> Any:  # fmt: skip
    """Draw digit k of u (one step of SFC64) and put it before the digits that `less` and `equal` have compared."""
    u = a + b + d
    d = d + _1
    a = b ^ (b >> _11)
    b = c + (c << _3)
    c = ((c << _24) | (c >> _40)) + u
    t = _select(m0, m1, m2, m3, m4, table, 5 * WORDS * k + w)
    differ = t ^ u
    return a, b, c, d, (t & differ) | (less & ~differ), equal & ~differ


@njit(inline="always")
def _four_planes(
    a: Any, b: Any, c: Any, d: Any, less: Any, equal: Any,
    m0: Any, m1: Any, m2: Any, m3: Any, m4: Any, table: Any, k: Any, w: Any,
) -> Any:  # fmt: skip
    """Digits k+3, k+2, k+1, k, written out because LLVM does not vectorise a loop within the loop over words."""
    a, b, c, d, less, equal = _plane(a, b, c, d, less, equal, m0, m1, m2, m3, m4, table, k + 3, w)
    a, b, c, d, less, equal = _plane(a, b, c, d, less, equal, m0, m1, m2, m3, m4, table, k + 2, w)
    a, b, c, d, less, equal = _plane(a, b, c, d, less, equal, m0, m1, m2, m3, m4, table, k + 1, w)
    return _plane(a, b, c, d, less, equal, m0, m1, m2, m3, m4, table, k, w)


@njit(inline="always")
def _mix(x: Any) -> Any:
    """SplitMix64's finaliser (Steele, Lea, Flood 2014)."""
    x = (x ^ (x >> _30)) * _MIX1
    x = (x ^ (x >> _27)) * _MIX2
    return x ^ (x >> _31)


@njit
def _further_planes(
    undecided: Any, p: Any, q: Any, r: Any, s: Any, thresholds: Array, counter: Any, key: Any
) -> Any:  # fmt: skip
    """Lattices of `undecided` where u < T by the digits after the twelfth; u = T in all 64 digits is not less."""
    m0, m1, m2, m3, m4 = _counts(p, q, r, s)
    less = _0
    for k in range(PLANES, 64):
        shift = _63 - np.uint64(k)
        u = _mix(_mix((counter * _64 + np.uint64(k)) * _GOLDEN) + key)
        t = (
            (m0 & (_0 - ((thresholds[0] >> shift) & _1)))
            | (m1 & (_0 - ((thresholds[1] >> shift) & _1)))
            | (m2 & (_0 - ((thresholds[2] >> shift) & _1)))
            | (m3 & (_0 - ((thresholds[3] >> shift) & _1)))
            | (m4 & (_0 - ((thresholds[4] >> shift) & _1)))
        )
        differ = t ^ u
        less |= undecided & differ & t
        undecided &= ~differ
        if undecided == _0:
            break
    return less


@njit(nogil=True)
def sweep_block(
    spins: Array,
    stream: Array,
    order: Array,
    neighbours: Array,
    kinds: Array,
    tables: Array,
    thresholds: Array,
    work: Array,
    sweeps: int,
) -> None:
    """Update every site of a block of 1,024 lattices, in the given order, `sweeps` times, in place.

    With n up neighbours a spin becomes ``(spin & keep) ^ (forced | u < T[n] / 2**64)`` where
    ``forced = spin ? fall[n] : rise[n]``. Heat bath has 0 for keep, rise and fall; Metropolis has keep = 1 and flips
    for certain a spin down where the local field is positive (rise) and a spin up where it is negative (fall).

    Parameters
    ----------
    spins : uint64 (sites, 16)
        Bit 1 is spin up.
    stream : uint64 (5, 16)
        From `approx.streams.word_streams`; moves on by twelve steps an update.
    order : int64 (any,)
        Sites in the order in which they are updated.
    neighbours : int64 (sites, 4)
        -1 for a neighbour that is missing.
    kinds : int64 (sites,)
        Which row of `tables` and `thresholds` a site uses.
    tables : uint64 (kinds, 71 * 16)
        Masks, each 16 times: digits of the thresholds [12][n], rise [n], fall [n], keep.
    thresholds : uint64 (kinds, 5)
        T[n].
    work : uint64 (6 * 16,)
        Scratch.
    sweeps : int
        Number of sweeps.
    """
    for i in range(4):
        for w in range(WORDS):
            work[i * WORDS + w] = stream[i, w]
    missing = np.zeros(WORDS, np.uint64)
    for _ in range(sweeps):
        for site in order:
            own = spins[site]
            n0 = missing if neighbours[site, 0] < 0 else spins[neighbours[site, 0]]
            n1 = missing if neighbours[site, 1] < 0 else spins[neighbours[site, 1]]
            n2 = missing if neighbours[site, 2] < 0 else spins[neighbours[site, 2]]
            n3 = missing if neighbours[site, 3] < 0 else spins[neighbours[site, 3]]
            table = tables[kinds[site]]
            for w in range(WORDS):
                m0, m1, m2, m3, m4 = _counts(n0[w], n1[w], n2[w], n3[w])
                a, b, c, d = work[w], work[WORDS + w], work[2 * WORDS + w], work[3 * WORDS + w]
                less, equal = _0, _ALL
                a, b, c, d, less, equal = _four_planes(a, b, c, d, less, equal, m0, m1, m2, m3, m4, table, 8, w)
                a, b, c, d, less, equal = _four_planes(a, b, c, d, less, equal, m0, m1, m2, m3, m4, table, 4, w)
                a, b, c, d, less, equal = _four_planes(a, b, c, d, less, equal, m0, m1, m2, m3, m4, table, 0, w)
                work[w], work[WORDS + w], work[2 * WORDS + w], work[3 * WORDS + w] = a, b, c, d
                rise = _select(m0, m1, m2, m3, m4, table, RISE * WORDS + w)
                fall = _select(m0, m1, m2, m3, m4, table, FALL * WORDS + w)
                forced = (own[w] & fall) | (~own[w] & rise)
                work[4 * WORDS + w] = (own[w] & table[KEEP * WORDS + w]) ^ (forced | less)
                work[5 * WORDS + w] = equal & ~forced
            any_undecided = _0
            for w in range(WORDS):
                own[w] = work[4 * WORDS + w]
                any_undecided |= work[5 * WORDS + w]
            if any_undecided != _0:
                for w in range(WORDS):
                    if work[5 * WORDS + w] != _0:
                        own[w] ^= _further_planes(
                            work[5 * WORDS + w], n0[w], n1[w], n2[w], n3[w],
                            thresholds[kinds[site]], work[3 * WORDS + w], stream[4, w],
                        )  # fmt: skip
    for i in range(4):
        for w in range(WORDS):
            stream[i, w] = work[i * WORDS + w]


@njit(nogil=True)
def count_ones(spins: Array, first: Array, second: Array, counts: Array) -> None:
    """For each lattice of a block, in how many of the pairs (first, second) of sites the two bits differ.

    Counters are bit-sliced: digit k of the 64 counters of a word is one word. A second word of weight 2**k waits in
    `waiting` until a third one comes, so that a pair costs about two full adders.

    Parameters
    ----------
    spins : uint64 (sites, 16)
        Bit 1 is spin up.
    first, second : int64 (pairs,)
        Sites; -1 as the second stands for a site where all bits are 0.
    counts : int64 (16 * 64,)
        Output, lattice 64 * word + bit.
    """
    levels = 1
    while (1 << levels) <= first.size:
        levels += 1
    digits = np.zeros((levels, WORDS), np.uint64)
    waiting = np.zeros((levels, WORDS), np.uint64)
    waits = np.zeros(levels, np.bool_)
    zeros = np.zeros(WORDS, np.uint64)
    carry = np.empty(WORDS, np.uint64)
    for pair in range(first.size):
        x = spins[first[pair]]
        y = zeros if second[pair] < 0 else spins[second[pair]]
        for w in range(WORDS):
            carry[w] = x[w] ^ y[w]
        level = 0
        while waits[level]:
            _full_adder(digits[level], waiting[level], carry)
            waits[level] = False
            level += 1
        waiting[level, :] = carry
        waits[level] = True
    counts[:] = 0
    for level in range(levels):
        for w in range(WORDS):
            for bit in range(64):
                shift = np.uint64(bit)
                value = (digits[level, w] >> shift) & _1
                if waits[level]:
                    value += (waiting[level, w] >> shift) & _1
                counts[64 * w + bit] += np.int64(value) << level


@njit
def _full_adder(digit: Array, waiting: Array, carry: Array) -> None:
    """Add three bits of equal weight: the sum's low digit to `digit`, the high one to `carry`."""
    for w in range(WORDS):
        x, y, z = digit[w], waiting[w], carry[w]
        digit[w] = x ^ y ^ z
        carry[w] = (x & y) | (z & (x ^ y))
