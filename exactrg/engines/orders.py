"""Elimination orders: which spin to sum out next, and what the whole sum will cost, before any work.

Summing out a spin joins all its neighbours, so the order fixes the size of every table. Finding the best order is
NP-hard: spins with at most two neighbours go first, which is never wrong and leaves nothing of a ring or a tree, and for
the rest a few heuristics propose orders, of which the cheapest is taken.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from ..errors import EnumerationTooLarge, InputError
from .bucket_tree import Bucket, bucket_tree, checked_scopes, interaction_graph
from .order_search import HEURISTICS, NANOSECONDS, Room, peeled

DEFAULT_LIMIT = 2 * 2**30

_REPETITIONS = 8
_BUDGET = 10**10  # operations whose time bounds the search
_HOPELESS = 100  # orders of 2**100 operations are not followed to their end
_INSTEAD = (
    "Pass a larger limit in bytes, enumerate (up to 40 spins), use the planar or the Kaufman engine where they apply, "
    "or estimate with approx."
)


@dataclass(frozen=True)
class Order:
    """An elimination order of n spins and its cost.

    Attributes
    ----------
    order : tuple of int
        Every spin once, the first one summed first.
    width : int
        Most spins that one message (the table left by a sum) depends on: the induced width of the order.
    operations : int
        Multiply-adds: the sum over spins of 2**(1 + spins in the message).
    bytes : int
        Peak memory when each message is dropped as soon as it is used.
    buckets : tuple of Bucket
        What meets where each spin is summed out.
    """

    order: tuple[int, ...]
    width: int
    operations: int
    bytes: int
    buckets: tuple[Bucket, ...] = field(repr=False, compare=False)


def elimination_order(
    n: int,
    scopes: Iterable[Sequence[int]],
    *,
    heuristics: Sequence[str] = ("min_degree", "breadth_first", "given", "min_fill"),
    limit: int | None = DEFAULT_LIMIT,
    bytes_per_entry: int = 8,
    bytes_per_factor: int | None = None,
    nanoseconds: float = 1.0,
    seed: int = 0,
) -> Order:
    """Cheapest order in which to sum n spins one at a time (bucket elimination), with its width, operations and bytes.

    Deterministic. The search takes about a twentieth of the time of the sum, or 50 ms and 30 us a spin where nothing
    fits.

    Parameters
    ----------
    n : int
        Number of spins.
    scopes : iterable of sequences of int
        The spins of each factor, in 0..n-1.
    heuristics : sequence of str
        Tried from left to right: "min_degree" (fewest neighbours left), "breadth_first" (by distance from a
        peripheral spin: a diagonal front on an open lattice), "given" (0, 1, 2, ...: row-major on a lattice), and
        "min_fill" (fewest new pairs of neighbours; several times, with random ties, where that pays).
    limit : int or None
        Bytes that the sum may take; None plans without a limit.
    bytes_per_entry : int
        Size of one table entry.
    bytes_per_factor : int, optional
        Size of one entry of a given factor, where it is another.
    nanoseconds : float
        Time of one operation.
    seed : int
        Seed of the random ties.

    Raises
    ------
    EnumerationTooLarge
        If no order that was found fits into the limit; carries the width and the memory of the leanest, or of the widest
        factor or the fewest neighbours that refute all orders.
    SiteError
        If a scope has a spin outside 0..n-1, or one twice.

    References
    ----------
    R. Dechter, "Bucket elimination", Artificial Intelligence 113, 41 (1999).
    """
    return cheapest_order(
        n,
        checked_scopes(n, scopes),
        heuristics=heuristics,
        limit=limit,
        bytes_per_entry=bytes_per_entry,
        bytes_per_factor=bytes_per_factor,
        nanoseconds=nanoseconds,
        seed=seed,
    )


def cheapest_order(
    n: int,
    scopes: Sequence[Collection[int]],
    *,
    heuristics: Sequence[str] = ("min_degree", "breadth_first", "given", "min_fill"),
    limit: int | None = DEFAULT_LIMIT,
    bytes_per_entry: int = 8,
    bytes_per_factor: int | None = None,
    nanoseconds: float = 1.0,
    seed: int = 0,
) -> Order:
    """Do the work of `elimination_order` for scopes that are checked already."""
    unknown = [name for name in heuristics if name not in HEURISTICS]
    if unknown or not heuristics:
        raise InputError(f"heuristics must be some of {', '.join(HEURISTICS)}; got {heuristics!r}")
    factor = bytes_per_entry if bytes_per_factor is None else bytes_per_factor
    # The interaction graph has an entry for each pair within a factor: refuse what cannot be summed before it is made.
    _require_width(max(map(len, scopes), default=0), factor, limit)
    graph = interaction_graph(n, scopes)
    first, core = peeled(graph)
    if len(first) == n:
        return _fitting(_cost(scopes, bucket_tree(n, scopes, first), bytes_per_entry, factor), limit)
    ranks = sorted(set(range(n)).difference(first))
    _require_width(min(len(core[spin]) for spin in ranks), bytes_per_entry, limit)
    if len(first) < n // 2:  # a few corners less would only bend a straight front
        core, first, ranks = graph, [], list(range(n))
    entries = None if limit is None else limit // bytes_per_entry
    best: Order | None = None
    for name in heuristics:
        spent = 0.0
        for attempt in range(_REPETITIONS if name == "min_fill" else 1):
            bound, time = _allowance(best, limit, nanoseconds, len(ranks))
            if spent + NANOSECONDS[name] * len(ranks) > time:
                break
            room = Room(bound, math.inf, time - spent)
            if entries is not None:
                room = Room(min(bound, 2 * n * entries + 1), entries.bit_length() - 1, time - spent)
            ties = random.Random(f"{seed}:{attempt}") if attempt else None
            rest, more = HEURISTICS[name](core, ranks, room, ties)
            spent += more
            tree = [] if rest is None else bucket_tree(n, scopes, first + rest, bound=bound)
            if rest is not None and len(tree) == n:
                order = _cost(scopes, tree, bytes_per_entry, factor)
                best = order if best is None else min(best, order, key=lambda o: _rank(o, limit))
    if best is None:
        too_large(_HOPELESS, bytes_per_entry << _HOPELESS, limit or DEFAULT_LIMIT)
    return _fitting(best, limit)


def _fitting(order: Order, limit: int | None) -> Order:
    """Return an order, if its tables fit into the limit."""
    if limit is not None and order.bytes > limit:
        too_large(order.width, order.bytes, limit)
    return order


def _require_width(width: int, bytes_per_entry: int, limit: int | None) -> None:
    """Refuse tables over so many spins that no order avoids."""
    if limit is None:
        limit = bytes_per_entry << _HOPELESS
    if width > (limit // bytes_per_entry).bit_length() - 1:
        too_large(width, bytes_per_entry << width, limit)


def order_cost(
    n: int,
    scopes: Sequence[Collection[int]],
    order: Iterable[int],
    bytes_per_entry: int = 8,
    bytes_per_factor: int | None = None,
) -> Order:
    """Width, operations and peak bytes of a given order, for the scopes of factors; see `bucket_tree`.

    The bytes are those of the factors, of the messages that wait for their bucket, of the product of all but the
    largest table of the current bucket, and of its message.

    Raises
    ------
    InputError
        If the order is no permutation of 0..n-1.
    """
    spins = checked_order(n, order)
    factor = bytes_per_entry if bytes_per_factor is None else bytes_per_factor
    return _cost(scopes, bucket_tree(n, scopes, spins), bytes_per_entry, factor)


def _cost(
    scopes: Sequence[Collection[int]], tree: Sequence[Bucket], bytes_per_entry: int, bytes_per_factor: int
) -> Order:
    width = operations = 0
    live = peak = 0
    for bucket in tree:
        messages = [tree[child].message for child in bucket.children]
        tables = sorted([*(scopes[k] for k in bucket.factors), *messages], key=len)
        side: set[int] = set().union(*tables[:-1])
        size = len(bucket.message)
        width = max(width, size)
        operations += 2 << size
        peak = max(peak, live + (1 << size) + (1 << len(side)))
        live += (1 << size) - sum(1 << len(message) for message in messages)
    held = bytes_per_factor * sum(1 << len(scope) for scope in scopes)
    return Order(tuple(b.spin for b in tree), width, operations, held + peak * bytes_per_entry, tuple(tree))


def checked_order(n: int, order: Iterable[int]) -> tuple[int, ...]:
    """Return an order as a tuple of n different spins, or raise InputError."""
    spins = tuple(operator.index(spin) for spin in order)
    if sorted(spins) != list(range(n)):
        raise InputError(f"an elimination order is a permutation of range({n}); got {len(spins)} spins: {spins!r:.80}")
    return spins


def too_large(width: int, size: int, limit: int) -> NoReturn:
    """Raise EnumerationTooLarge for tables of 2**width entries that take ``size`` bytes altogether."""
    bytes_per_entry = -(-size >> width)
    spins = max(0, (limit // bytes_per_entry).bit_length() - 1)
    raise EnumerationTooLarge(
        width, spins, bytes_per_entry=bytes_per_entry, what=f"elimination within {limit} bytes", instead=_INSTEAD
    )


def _allowance(best: Order | None, limit: int | None, nanoseconds: float, n: int) -> tuple[int, float]:
    """Operations where an order is no improvement, and the time for a search: a twentieth of the sum's.

    Where nothing fits, it is 50 ms and 30 us a spin: an error should come soon.
    """
    if best is None or (limit is not None and best.bytes > limit):
        return 1 << _HOPELESS, 5e7 + 3e4 * n
    return best.operations, min(best.operations, _BUDGET) * nanoseconds / 20


def _rank(order: Order, limit: int | None) -> tuple[int, int]:
    """Sort key: what fits comes first and then counts by operations, what doesn't by bytes."""
    return (0, order.operations) if limit is None or order.bytes <= limit else (1, order.bytes)
