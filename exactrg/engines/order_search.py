"""Heuristics for elimination orders: each proposes an order of the spins of an interaction graph.

A graph is a list: the set of neighbours of each spin.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Graph = list[set[int]]

# Beyond so many spins, bit sets for min-fill would take hundreds of megabytes, and the tries minutes.
_MOST_FILLED = 10_000


@dataclass(frozen=True)
class Room:
    """What an order may cost before a heuristic gives it up.

    Attributes
    ----------
    operations : int
    neighbours : float
        Spins that one message may depend on.
    nanoseconds : float
        Of the search itself.
    """

    operations: int
    neighbours: float
    nanoseconds: float


def peeled(graph: Graph) -> tuple[list[int], Graph]:
    """Sum spins with at most two neighbours until none is left; return them in order, and the graph of the others.

    No order is narrower for that: a spin with one neighbour adds nothing to the rest, and once there are none of these,
    there is a cycle, and summing a spin with two neighbours contracts a bond. What remains has at least three neighbours
    everywhere. The walk goes on to a neighbour, so that a ring of any numbering is summed along itself.
    """
    graph = [set(neighbours) for neighbours in graph]
    order: list[int] = []
    done = [False] * len(graph)
    ends = [spin for spin in reversed(range(len(graph))) if len(graph[spin]) < 2]
    middles = [spin for spin in reversed(range(len(graph))) if len(graph[spin]) == 2]
    while ends or middles:
        spin = (ends or middles).pop()
        if done[spin]:
            continue
        done[spin] = True
        order.append(spin)
        for other in sorted(graph[spin], reverse=True):
            around = graph[other]
            around |= graph[spin]
            around -= {spin, other}
            if len(around) <= 2:
                (middles if len(around) == 2 else ends).append(other)
    return order, graph


def breadth_first(graph: Graph, ranks: Sequence[int]) -> list[int]:
    """Order by distance from a spin that is far from everything, component by component."""
    order: list[int] = []
    seen: set[int] = set()
    for start in ranks:
        if start not in seen:
            component = _by_distance(graph, _by_distance(graph, start)[-1])
            order += component
            seen.update(component)
    return order


def _by_distance(graph: Graph, start: int) -> list[int]:
    order, seen = [start], {start}
    for spin in order:
        new = graph[spin] - seen
        order += sorted(new)
        seen |= new
    return order


def min_degree(graph: Graph, ranks: Sequence[int], room: Room) -> list[int] | None:
    """Sum the spin with the fewest neighbours left; None where that exceeds the operations or the neighbours."""
    left = {spin: set(graph[spin]) for spin in ranks}
    heap = [(len(neighbours), spin) for spin, neighbours in left.items()]
    heapq.heapify(heap)
    order: list[int] = []
    operations = 0
    while heap:
        degree, spin = heapq.heappop(heap)
        neighbours = left.get(spin)
        if neighbours is None or degree != len(neighbours):
            continue
        operations += 2 << degree
        if operations >= room.operations or degree > room.neighbours:
            return None
        del left[spin]
        order.append(spin)
        for other in sorted(neighbours):
            around = left[other]
            around |= neighbours
            around -= {spin, other}
            heapq.heappush(heap, (len(around), other))
    return order


def min_fill(
    graph: Graph, ranks: Sequence[int], room: Room, ties: random.Random | None
) -> tuple[list[int] | None, float]:
    """Sum the spin that makes the fewest new pairs of neighbours; None where that exceeds operations or nanoseconds.

    Ties go by distance, or at random and then half of the time by fill plus degree. Also returns the nanoseconds.
    """
    if len(ranks) > _MOST_FILLED:
        return None, room.nanoseconds
    number = {spin: k for k, spin in enumerate(ranks)}
    rank = [number[spin] for spin in breadth_first(graph, ranks)]
    masks = [sum(1 << number[other] for other in graph[spin]) for spin in ranks]
    order, spent = _min_fill(masks, rank, room, ties)
    return None if order is None else [ranks[k] for k in order], spent


def _min_fill(
    graph: list[int], rank: list[int], room: Room, ties: random.Random | None
) -> tuple[list[int] | None, float]:
    """Do the work of `min_fill` on neighbours as bit sets."""
    weight = 0
    if ties is not None:
        weight = ties.randrange(2)
        ties.shuffle(rank)
    tie = [0] * len(graph)
    for k, spin in enumerate(rank):
        tie[spin] = k
    score = [_fill(graph, spin, 0) + weight * graph[spin].bit_count() for spin in range(len(graph))]
    heap = [(score[spin], tie[spin], spin) for spin in range(len(graph))]
    heapq.heapify(heap)
    order: list[int] = []
    done, operations, spent = 0, 0, 1e4 * len(graph)
    words = 1 + len(graph) / 4000
    while heap:
        value, _, spin = heapq.heappop(heap)
        if done >> spin & 1 or value != score[spin]:
            continue
        done |= 1 << spin
        order.append(spin)
        neighbours = graph[spin]
        operations += 2 << neighbours.bit_count()
        if operations >= room.operations or spent > room.nanoseconds:
            return None, spent
        members = _bits(neighbours)
        seen = twice = 0
        for other in members:
            old = graph[other]
            graph[other] = (old | neighbours) & ~(1 << spin | 1 << other)
            if graph[other] & ~old:
                twice |= seen & old
                seen |= old
        # Outside the new clique the fill changes only where two ends of a new edge meet.
        for other in members + _bits(twice & ~done & ~neighbours):
            value = _fill(graph, other, neighbours) + weight * graph[other].bit_count()
            spent += words * (1e3 + 300 * (graph[other] & ~neighbours).bit_count())
            if value != score[other]:
                score[other] = value
                heapq.heappush(heap, (value, tie[other], other))
    return order, spent


def _fill(graph: list[int], spin: int, clique: int) -> int:
    """Count the pairs of neighbours that are not neighbours themselves; none of them lie within ``clique``."""
    neighbours = graph[spin]
    inside, outside = neighbours & clique, neighbours & ~clique
    missing = 0
    for other in _bits(outside):
        strangers = neighbours & ~graph[other] & ~(1 << other)
        missing += 2 * (strangers & inside).bit_count() + (strangers & outside).bit_count()
    return missing // 2


def _bits(mask: int) -> list[int]:
    """Return the members of a bit set, in increasing order."""
    members = []
    while mask:
        low = mask & -mask
        members.append(low.bit_length() - 1)
        mask ^= low
    return members


Heuristic = Callable[[Graph, Sequence[int], Room, random.Random | None], tuple[list[int] | None, float]]

HEURISTICS: dict[str, Heuristic] = {
    "min_degree": lambda graph, ranks, room, ties: (min_degree(graph, ranks, room), 0),
    "breadth_first": lambda graph, ranks, room, ties: (breadth_first(graph, ranks), 0),
    "given": lambda graph, ranks, room, ties: (list(ranks), 0),
    "min_fill": min_fill,
}

# What a try takes at least, for each spin.
NANOSECONDS = {"min_degree": 0.0, "breadth_first": 1e3, "given": 1e3, "min_fill": 2e4}
