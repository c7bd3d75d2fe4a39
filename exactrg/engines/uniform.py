"""The exact integer density of states of any multigraph with one coupling, by elimination.

Z is a polynomial in x = e^{-2K}, one power to an unsatisfied bond. A polynomial is packed into one big integer (Kronecker
substitution): coefficient k in slot k, wide enough that no sum of counts, at most 2**n, reaches the next slot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import flint
import numpy as np

from ..errors import EnumerationTooLarge, LatticeError
from .bucket_tree import Bucket, Scope, checked_scopes
from .orders import DEFAULT_LIMIT, Order, cheapest_order, order_cost, too_large
from .tables import Factor, as_table

_NANOSECONDS = 500.0
_OBJECT_BYTES = 64
_PRODUCT = 10

FACTOR_BYTES = 32
"""A bond is a pair of ints here, not a table of polynomials: for each of its four entries."""


def density_by_elimination(
    n: int,
    edges: Iterable[tuple[int, int]],
    *,
    magnetization: bool = False,
    order: Sequence[int] | None = None,
    limit: int = DEFAULT_LIMIT,
) -> list[int] | list[list[int]]:
    """Count the configurations of each energy: Z(K) = e^{K n_edges} sum_k g[k] e^{-2Kk} (Eqs. 2 and 25), exactly.

    Parameters
    ----------
    n : int
        Number of spins 0..n-1.
    edges : iterable of pairs of int
        The bonds; a double bond is given twice.
    magnetization : bool
        Whether to count by magnetisation too (a uniform field).
    order : sequence of int, optional
        Elimination order; the cheapest that is found if left out.
    limit : int
        Bytes that the tables may take; the estimate takes every polynomial at its full length.

    Returns
    -------
    list of int, or list of list of int
        g[k] configurations with k unsatisfied bonds, k = 0..n_edges; or g[k][m], m of the n spins down.

    Raises
    ------
    LatticeError
        If an edge is a self-loop.
    SiteError
        If an edge has a spin outside 0..n-1.
    EnumerationTooLarge
        If the tables would take more than the limit.
    """
    bonds = Counter((min(edge), max(edge)) for edge in edges)
    for i, j in bonds:
        if i == j:
            raise LatticeError(f"spin {i} has a bond with itself; a self-loop is a constant, leave it out")
    scopes = checked_scopes(n, bonds)
    n_bonds = bonds.total()
    # Bytes, so that the counts can be cut out of the integer without arithmetic.
    slot = n // 8 + 1
    row = slot * (n + 1) if magnetization else slot
    entry = entry_bytes(n, n_bonds, magnetization)
    plan = _plan(n, scopes, limit, entry) if order is None else order_cost(n, scopes, order, entry, FACTOR_BYTES)
    if plan.bytes > limit:
        too_large(plan.width, plan.bytes, limit)
    weights = list(bonds.items())
    messages: dict[int, Factor] = {}
    total = flint.fmpz(1)
    for position, bucket in enumerate(plan.buckets):
        incoming = [messages.pop(child) for child in bucket.children]
        own = [weights[k] for k in bucket.factors]
        message = _summed(bucket, own, incoming, 8 * row, 8 * slot if magnetization else 0)
        if message.scope:
            messages[position] = message
        else:
            total *= message.table.item()
    rows = _unpacked(int(total), row, n_bonds + 1)
    if magnetization:
        return [_unpacked(packed, slot, n + 1) for packed in rows]
    return rows


def entry_bytes(n: int, n_bonds: int, magnetization: bool) -> int:
    """Bytes of a polynomial at its full length: a slot for each energy (and magnetisation) that holds up to 2**n."""
    return (n // 8 + 1) * (n + 1 if magnetization else 1) * (n_bonds + 1) + _OBJECT_BYTES


def _plan(n: int, scopes: Sequence[Scope], limit: int, bytes_per_entry: int) -> Order:
    """Cheapest order, where multiplying two messages costs ten times what shifting and adding them does."""

    def cost(plan: Order) -> int:
        return sum((1 + _PRODUCT * max(0, len(b.children) - 1)) << len(b.message) for b in plan.buckets)

    plans, refusals = [], []
    for name in ("breadth_first", "min_degree", "min_fill"):
        try:
            plans.append(
                cheapest_order(
                    n,
                    scopes,
                    heuristics=(name,),
                    limit=limit,
                    bytes_per_entry=bytes_per_entry,
                    bytes_per_factor=FACTOR_BYTES,
                    nanoseconds=_NANOSECONDS,
                )
            )
        except EnumerationTooLarge as error:
            refusals.append(error)
    if not plans:
        raise min(refusals, key=lambda error: error.n)
    return min(plans, key=cost)


def _summed(
    bucket: Bucket, bonds: list[tuple[tuple[int, int], int]], incoming: list[Factor], bond_bits: int, spin_bits: int
) -> Factor:
    """Sum one spin: multiply the messages, shift by the unsatisfied bonds and by the spin down, add."""
    spin = bucket.spin
    product, *others = sorted(incoming, key=lambda f: len(f.scope)) or [Factor((), as_table(flint.fmpz(1)))]
    for factor in others:
        scope = tuple(dict.fromkeys(product.scope + factor.scope))
        product = Factor(scope, as_table(product.over(scope) * factor.over(scope)))
    neighbours = [i + j - spin for (i, j), _ in bonds]
    scope = tuple(dict.fromkeys((spin, *neighbours, *product.scope)))
    shifts: Any = Factor((spin,), np.array([0, spin_bits])).over(scope)
    for neighbour, (_, multiplicity) in zip(neighbours, bonds, strict=True):
        unequal = bond_bits * multiplicity * (1 - np.eye(2, dtype=np.int64))
        shifts = shifts + Factor((spin, neighbour), unequal).over(scope)
    shifts = shifts.astype(object)
    table = product.over(scope)
    return Factor(scope[1:], as_table(_shift_add(table[0], table[-1], shifts[0], shifts[1])))


def _shifted_sum(a: Any, b: Any, i: int, j: int) -> Any:
    """Return a * 2**i + b * 2**j with as few shifts as can be."""
    if i > j:
        a, b, i, j = b, a, j, i
    total = a + (b << (j - i) if j > i else b)
    return total << i if i else total


_shift_add = np.frompyfunc(_shifted_sum, 4, 1)


def _unpacked(packed: int, slot: int, count: int) -> list[int]:
    """Cut an integer into slots of so many bytes."""
    data = packed.to_bytes(slot * count, "little")
    return [int.from_bytes(data[k : k + slot], "little") for k in range(0, slot * count, slot)]
