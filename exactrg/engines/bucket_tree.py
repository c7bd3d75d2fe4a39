"""Buckets of an elimination order: which tables meet where a spin is summed out, and where the result goes.

Sets of spins are bit sets, Python integers with bit i set for spin i.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import SiteError


@dataclass(frozen=True)
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
    message : int
        Bit set of the spins that the message to a later bucket depends on.
    """

    spin: int
    factors: tuple[int, ...]
    children: tuple[int, ...]
    message: int


def bucket_tree(n: int, masks: Sequence[int], order: Sequence[int], *, bound: int | None = None) -> list[Bucket]:
    """Buckets of an order in that order, for factors given as bit sets; stops early from ``bound`` operations on.

    A message goes to the bucket of its first spin. Where several wait for one bucket, those within the message that
    joins them go through its bucket, so that a hub with a thousand neighbours never holds a thousand tables.
    """
    position = [0] * n
    for k, spin in enumerate(order):
        position[spin] = k
    factors: list[list[int]] = [[] for _ in range(n)]
    waiting: list[list[int]] = [[] for _ in range(n)]
    for number, mask in enumerate(masks):
        if mask:
            factors[min(map(position.__getitem__, bits(mask)))].append(number)
    tree: list[Bucket] = []
    operations = 0
    for k, spin in enumerate(order):
        message = 0
        for number in factors[k]:
            message |= masks[number]
        for child in waiting[k]:
            message |= tree[child].message
        message &= ~(1 << spin)
        operations += 2 << message.bit_count()
        if bound is not None and operations >= bound:
            break
        children = waiting[k]
        if message:
            later = min(map(position.__getitem__, bits(message)))
            if len(waiting[later]) > 1:
                inside = [child for child in waiting[later] if not tree[child].message & ~message]
                waiting[later] = [child for child in waiting[later] if child not in inside]
                children = children + inside
            waiting[later].append(k)
        tree.append(Bucket(spin, tuple(factors[k]), tuple(children), message))
    return tree


def scope_masks(n: int, scopes: Iterable[Sequence[int]]) -> list[int]:
    """Bit set of each scope; SiteError if a spin is not in 0..n-1 or comes twice."""
    masks = []
    for scope in scopes:
        mask = 0
        for spin in scope:
            if not 0 <= spin < n:
                raise SiteError(f"spin {spin} of the factor over {tuple(scope)} is not in 0..{n - 1}")
            mask |= 1 << operator.index(spin)
        if mask.bit_count() != len(scope):
            raise SiteError(f"the factor over {tuple(scope)} has a spin twice; sum its diagonal into a smaller table")
        masks.append(mask)
    return masks


def interaction_graph(n: int, masks: Iterable[int]) -> list[int]:
    """Bit set of the spins that each spin shares a factor with."""
    graph = [0] * n
    for mask in set(masks):
        for spin in bits(mask):
            graph[spin] |= mask
    return [neighbours & ~(1 << spin) for spin, neighbours in enumerate(graph)]


def bits(mask: int) -> list[int]:
    """Return the members of a bit set, in increasing order."""
    members = []
    while mask:
        low = mask & -mask
        members.append(low.bit_length() - 1)
        mask ^= low
    return members
