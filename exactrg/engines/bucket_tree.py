"""Buckets of an elimination order: which tables meet where a spin is summed out, and where the result goes.

Sets of spins are Python sets, because a hundred thousand spins that each have a few neighbours as bit sets would be
gigabytes of zeros.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ..errors import SiteError

Scope = frozenset[int]


@dataclass(frozen=True, slots=True)
class Bucket:
    """The factors and messages that meet where one spin is summed out.

    Attributes
    ----------
    spin : int
        The spin that is summed out.
    factors : tuple of int
        Factors (by their number) whose first spin in the order is this one.
    children : tuple of int
        Earlier buckets (by their position in the order) whose messages arrive here.
    message : frozenset of int
        The spins that the message to a later bucket depends on.
    """

    spin: int
    factors: tuple[int, ...]
    children: tuple[int, ...]
    message: Scope


def bucket_tree(
    n: int, scopes: Sequence[Collection[int]], order: Sequence[int], *, bound: int | None = None
) -> list[Bucket]:
    """Buckets of an order in that order, for the scopes of factors; stops early from ``bound`` operations on.

    A message goes to the bucket of its first spin. Where several wait for one bucket, those within the message that
    joins them go through its bucket, so that a hub with a thousand neighbours never holds a thousand tables.
    """
    position = [0] * n
    for k, spin in enumerate(order):
        position[spin] = k
    factors: list[list[int]] = [[] for _ in range(n)]
    waiting: list[list[int]] = [[] for _ in range(n)]
    for number, scope in enumerate(scopes):
        if scope:
            factors[min(map(position.__getitem__, scope))].append(number)
    tree: list[Bucket] = []
    operations = 0
    for k, spin in enumerate(order):
        children = waiting[k]
        joined = {spin}.union(*(scopes[number] for number in factors[k]), *(tree[child].message for child in children))
        message = frozenset(joined - {spin})
        operations += 2 << len(message)
        if bound is not None and operations >= bound:
            break
        if message:
            later = min(map(position.__getitem__, message))
            if len(waiting[later]) > 1:
                inside = [child for child in waiting[later] if tree[child].message <= message]
                waiting[later] = [child for child in waiting[later] if child not in inside]
                children = children + inside
            waiting[later].append(k)
        tree.append(Bucket(spin, tuple(factors[k]), tuple(children), message))
    return tree


def checked_scopes(n: int, scopes: Iterable[Sequence[int]]) -> list[Scope]:
    """Return each scope as a set; SiteError if a spin is not in 0..n-1 or comes twice."""
    sets = []
    for scope in scopes:
        found = frozenset(map(operator.index, scope))
        for spin in found:
            if not 0 <= spin < n:
                raise SiteError(f"spin {spin} of the factor over {tuple(scope)} is not in 0..{n - 1}")
        if len(found) != len(scope):
            raise SiteError(f"the factor over {tuple(scope)} has a spin twice; sum its diagonal into a smaller table")
        sets.append(found)
    return sets


def interaction_graph(n: int, scopes: Iterable[Collection[int]]) -> list[set[int]]:
    """Return the spins that each spin shares a factor with."""
    graph: list[set[int]] = [set() for _ in range(n)]
    for scope in set(map(frozenset, scopes)):
        for spin in scope:
            graph[spin] |= scope
    for spin, neighbours in enumerate(graph):
        neighbours.discard(spin)
    return graph
