"""Exact integer density of states of small graphs, in energy and in (energy, magnetisation), by enumeration."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import LatticeError, SiteError

from .enumeration_blocks import Blocks, checked_size, echelon_basis

Counts = npt.NDArray[np.int64]


@overload
def integer_density(
    n: int, edges: Iterable[tuple[int, int]], *, magnetization: Literal[False] = False, threads: int = 1
) -> list[int]: ...


@overload
def integer_density(
    n: int, edges: Iterable[tuple[int, int]], *, magnetization: Literal[True], threads: int = 1
) -> list[list[int]]: ...


def integer_density(
    n: int, edges: Iterable[tuple[int, int]], *, magnetization: bool = False, threads: int = 1
) -> list[int] | list[list[int]]:
    """Number g[k] of the 2**n configurations with k unsatisfied bonds, or g[k][m] with m spins down as well.

    With uniform couplings K on the bonds, Z = sum_k g[k] e^{K (E - 2k)} (Eqs. 2 and 3). Every configuration is counted
    in integers, at about half a nanosecond each; flips that change no bond are factored out.

    Parameters
    ----------
    n : int
        Number of spins, at most 40.
    edges : iterable of (int, int)
        The E bonds between spins 0..n-1; a pair that occurs twice is a double bond.
    magnetization : bool
        Whether to resolve the number of down spins.
    threads : int
        Number of threads.

    Returns
    -------
    list of int, length E + 1, or list of E + 1 lists of n + 1 int
        Exact counts; their sum is 2**n.

    Raises
    ------
    EnumerationTooLarge
        If n > 40.
    LatticeError
        If a bond joins a spin with itself.
    SiteError
        If a bond ends at a spin that does not exist.
    """
    n, threads = checked_size(n), require_count("threads", threads, 1)
    bonds = [_bond(n, edge) for edge in edges]
    width = n + 1 if magnetization else 1
    masks = [1 << i | 1 << j for i, j in bonds]
    couplings = [-width] * len(bonds)
    if magnetization:
        masks += [1 << i for i in range(n)]
        couplings += [-1] * n
        # Each bond is the same with all spins flipped: keep the last spin up, and count the mirror image as well.
        kept = (1 << n) - 1 >> 1
    else:
        kept = sum(echelon_basis(np.array(masks, dtype=np.uint64)))
    keys = _key_counts(kept, masks, couplings, (len(bonds) + 1) * width, threads)
    if not magnetization:
        multiplicity = 1 << n - kept.bit_count()
        return [count * multiplicity for count in keys.tolist()]
    half = keys.reshape(len(bonds) + 1, width)
    return (half + half[:, ::-1] if n else half).tolist()


def _bond(n: int, edge: Any) -> tuple[int, int]:
    """Return the two ends of a bond, both of them spins and different."""
    try:
        i, j = (operator.index(end) for end in edge)
    except (TypeError, ValueError):
        raise SiteError(f"an edge must be a pair of ints, got {edge!r}") from None
    if not (0 <= i < n and 0 <= j < n):
        raise SiteError(f"edge {(i, j)} ends beyond the {n} spins 0..{n - 1}")
    if i == j:
        raise LatticeError(f"edge {(i, j)} is a self-loop, which no spin Hamiltonian has; leave it out")
    return i, j


def _key_counts(kept: int, masks: list[int], couplings: list[int], size: int, threads: int) -> Counts:
    """Count the values of sum_k |c_k| (1 - prod_k) / 2 over the configurations of the kept spins, the others up."""
    terms = np.array(masks, dtype=np.uint64)
    blocks = Blocks.split(kept, terms)
    slots, outer_masks = blocks.place(terms)
    coefficients = np.array(couplings, dtype=np.float64)  # sums of small integers: exact

    def count(configurations: range) -> Counts:
        from . import enumeration_kernels as kernels

        walsh = np.empty(blocks.size)
        counts = np.zeros((4, size), dtype=np.int64)
        for outer in configurations:
            kernels.scatter(outer, slots, outer_masks, coefficients, walsh)
            offset = -sum(couplings)
            tables = []
            for table in blocks.tables(walsh):
                kernels.walsh_hadamard(table.reshape(-1))
                least = int(table.min())
                offset += least
                tables.append(((table - least) / 2).astype(np.uint32))  # the entries of one table have one parity
            x, y, w = tables
            kernels.count_keys(x, np.ascontiguousarray(y.T), w + np.uint32(offset // 2), counts)
        return counts.sum(axis=0)

    return np.sum(blocks.map_outer(lambda chunks: [count(chunk) for chunk in chunks], threads), axis=0)
