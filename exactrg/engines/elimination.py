"""Sums over all configurations by eliminating one spin at a time, for any graph, any factors and any number kind.

A model is n spins 0..n-1 and factors (scope, table): the weight of a configuration is the product of the tables at the
spins of their scopes. Index 0 of an axis is spin +1, index 1 is spin -1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import InputError, ZeroWeightError
from .bucket_tree import Bucket, checked_scopes
from .float_tables import FloatTables, float_tables
from .orders import DEFAULT_LIMIT, cheapest_order, order_cost, too_large
from .tables import Factor, RingTables, SumProductRing, Table

Model = Sequence[tuple[Sequence[int], Any]]

# An entry of an exact table is an object (here: of a few hundred bits), and takes a microsecond.
_EXACT_BYTES, _EXACT_NANOSECONDS = 256, 1e3


def eliminate(
    n: int,
    factors: Model,
    ring: SumProductRing | None = None,
    order: Sequence[int] | None = None,
    *,
    limit: int = DEFAULT_LIMIT,
) -> Table:
    """Z = sum over all configurations of the product of all factors (Eq. 2), one spin summed out at a time.

    Parameters
    ----------
    n : int
        Number of spins.
    factors : sequence of (scope, table)
        Scopes are sequences of different spins, tables have the shape (2,)*len(scope).
    ring : SumProductRing, optional
        The numbers in the tables. None, or a ring of kind "float", means natural logarithms of weights in float64
        (-inf is a weight of zero) and takes the fast path: scaled linear tables where nothing can underflow in them
        (`float_tables` states the bound), logarithms otherwise.
    order : sequence of int, optional
        Elimination order; the cheapest that `elimination_order` finds if left out.
    limit : int
        Bytes that the tables may take.

    Returns
    -------
    ndarray, shape ()
        Z as an element of the ring; log Z for floats.

    Raises
    ------
    EnumerationTooLarge
        If the tables would take more than the limit.
    InputError, SiteError
        If a table has the wrong shape or a NaN, a scope has a spin twice, or the order is no permutation.
    """
    return Elimination(n, factors, ring, order, limit=limit).total()


class Elimination:
    """A model with its elimination order and its tables, ready to be summed.

    Parameters
    ----------
    n, factors, ring, order, limit
        See `eliminate`.
    sets : sequence of sequences of int
        Sets of spins that must meet in one bucket, at the cost of a coupling between all of them.

    Attributes
    ----------
    order : Order
        The order and its cost.
    tables : Tables
        How tables are held and multiplied.
    """

    def __init__(
        self,
        n: int,
        factors: Model,
        ring: SumProductRing | None = None,
        order: Sequence[int] | None = None,
        *,
        sets: Sequence[Sequence[int]] = (),
        limit: int = DEFAULT_LIMIT,
    ) -> None:
        exact = None if ring is None or getattr(ring, "kind", None) == "float" else ring
        given = _checked_tables(factors, floats=exact is None)
        self.scopes = [tuple(scope) for scope, _ in factors] + [tuple(scope) for scope in sets]
        sets_of_spins = checked_scopes(n, self.scopes)
        # Spins without a factor, and a model without any, get a factor of one.
        units = [(), *((spin,) for spin in sorted(set(range(n)).difference(*sets_of_spins)))]
        sets_of_spins += map(frozenset, units)
        self._limit = limit
        self._bytes_per_entry = 8 if exact is None else _EXACT_BYTES
        if order is None:
            nanoseconds = 1.0 if exact is None else _EXACT_NANOSECONDS
            self.order = cheapest_order(
                n, sets_of_spins, limit=limit, bytes_per_entry=self._bytes_per_entry, nanoseconds=nanoseconds
            )
        else:
            self.order = order_cost(n, sets_of_spins, order, self._bytes_per_entry)
            if self.order.bytes > limit:
                too_large(self.order.width, self.order.bytes, limit)
        one = np.zeros(()) if exact is None else exact.one
        given += [np.broadcast_to(one, (2,) * len(scope)) for scope in [*self.scopes[len(factors) :], *units]]
        self.tables: FloatTables | RingTables
        self.tables = float_tables(n, sets_of_spins, given, self.order.buckets) if exact is None else RingTables(exact)
        self._factors = self.tables.load(self.scopes + units, given)
        self._unit = self._factors[len(self.scopes)]
        self._constants = [factor for factor in self._factors if not factor.scope]
        self._parents = [0] * n
        for position, bucket in enumerate(self.order.buckets):
            for child in bucket.children:
                self._parents[child] = position

    def total(self) -> Table:
        """Z, from one pass that drops each message as soon as it is used."""
        total = self._sum(range(len(self.order.order)), {})
        return self.tables.export(self.tables.combine([total, *self._constants], ()))

    def backward_bytes(self) -> int:
        """Memory of a backward pass; EnumerationTooLarge if it is beyond the limit."""
        return self._segments()[1]

    def backward(self) -> tuple[Table, Iterator[tuple[Bucket, list[Factor]]]]:
        """Z, and the buckets from the last to the first, each with its factors and then the messages of its children.

        Where not all messages fit into the limit, those between some checkpoints are dropped and made again.
        """
        segments, _ = self._segments()
        messages: dict[int, Factor] = {}
        parts = [self._sum(segment, messages) for segment in segments[:-1]]
        parts.append(self._sum(segments[-1], messages, keep=True))
        total = self.tables.combine([*self._constants, *parts], ())
        if self.tables.vanishes(total):
            raise ZeroWeightError("every configuration has weight zero; there is nothing to average or to sample")
        return self.tables.export(total), self._reversed(segments, messages)

    def _reversed(self, segments: list[range], messages: dict[int, Factor]) -> Iterator[tuple[Bucket, list[Factor]]]:
        for segment in reversed(segments):
            if segment is not segments[-1]:
                self._sum(segment, messages, keep=True)
            for position in reversed(segment):
                bucket = self.order.buckets[position]
                yield bucket, self._operands(bucket, messages)
                for child in bucket.children:
                    del messages[child]

    def marginals(self, scopes: Sequence[tuple[int, ...]]) -> tuple[Table, list[Table]]:
        """Z, and the joint probabilities over scopes: spins, scopes of factors, or sets of this elimination.

        Axes are in the order of each scope; for floats all are natural logarithms. ZeroWeightError if Z = 0.
        """
        position = {spin: k for k, spin in enumerate(self.order.order)}
        wanted: dict[int, list[int]] = {}
        for number, scope in enumerate(scopes):
            if scope:
                wanted.setdefault(min(map(position.__getitem__, scope)), []).append(number)
        # What was summed before is passed down only on the ways to the buckets that are wanted.
        ways = set(wanted)
        for k, bucket in enumerate(self.order.buckets):
            if k in ways and bucket.message:
                ways.add(self._parents[k])
        results = [self.tables.normalised(self._unit) for _ in scopes]
        down: dict[int, Factor] = {}
        total, buckets = self.backward()
        for bucket, operands in buckets:
            place = position[bucket.spin]
            if place in down:
                operands.append(down.pop(place))
            for k, child in enumerate(bucket.children, start=len(bucket.factors)):
                if child in ways:
                    others = operands[:k] + operands[k + 1 :]
                    message = self.order.buckets[child].message
                    down[child] = self.tables.combine(others or [self._unit], message)
            if place not in wanted:
                continue
            numbers = wanted[place]
            joint = self.tables.combine(operands, {spin for number in numbers for spin in scopes[number]})
            for number in numbers:
                marginal = self.tables.combine([joint], scopes[number])
                ordered = Factor(scopes[number], marginal.ordered(scopes[number]))
                results[number] = self.tables.normalised(ordered)
        return total, results

    def _operands(self, bucket: Bucket, messages: dict[int, Factor]) -> list[Factor]:
        return [self._factors[k] for k in bucket.factors] + [messages[child] for child in bucket.children]

    def _sum(self, segment: range, messages: dict[int, Factor], *, keep: bool = False) -> Factor:
        """Sum the spins of a segment of the order; return the product of what has no spins left.

        Messages that are made and used within the segment are dropped, or with ``keep`` only these are made, and kept.
        """
        result = [self._unit]
        for position in segment:
            bucket = self.order.buckets[position]
            if keep and bucket.message and self._parents[position] not in segment:
                continue
            message = self.tables.combine(self._operands(bucket, messages), bucket.message)
            if bucket.message:
                messages[position] = message
            else:
                result.append(message)
            if not keep:
                for child in bucket.children:
                    if child in segment:
                        del messages[child]
        return self.tables.combine(result, ())

    def _segments(self) -> tuple[list[range], int]:
        """Cut the order into as few segments of equal size as fit into the limit; also return the bytes."""
        sizes: list[int] = []
        count = 1
        while count <= max(1, len(self.order.order)):
            segments = self._cut(count)
            size = self._kept_bytes(segments) + self.order.bytes
            if size <= self._limit:
                return segments, size
            sizes.append(size)
            count += 1 + count // 4
        too_large(self.order.width, min(sizes), self._limit)

    def _message_bytes(self, position: int) -> int:
        message = self.order.buckets[position].message
        return self._bytes_per_entry << len(message) if message else 0

    def _cut(self, count: int) -> list[range]:
        """Cut the order into segments whose messages take the same memory."""
        n = len(self.order.order)
        ends = np.cumsum([self._message_bytes(k) for k in range(n)] or [0])
        cuts = np.searchsorted(ends, ends[-1] * np.arange(1, count) / count).tolist()
        return [range(a, b) for a, b in pairwise([0, *cuts, n]) if a < b] or [range(0)]

    def _kept_bytes(self, segments: list[range]) -> int:
        """Most memory of messages: all of one segment, and those from earlier ones that leave their segment."""
        peak = kept = 0
        for segment in segments:
            sizes = {k: self._message_bytes(k) for k in segment}
            peak = max(peak, kept + sum(sizes.values()))
            kept += sum(size for k, size in sizes.items() if self._parents[k] not in segment)
        return peak


def _checked_tables(factors: Model, *, floats: bool) -> list[Table]:
    """Return the tables as arrays of shape (2,)*len(scope), or say which one is not."""
    tables = []
    for scope, entries in factors:
        try:
            table = np.asarray(entries, dtype=np.float64 if floats else object)
        except (TypeError, ValueError):
            raise InputError(f"the table over {tuple(scope)} must hold float64 logarithms of weights") from None
        if table.shape != (2,) * len(scope):
            raise InputError(
                f"the table over {tuple(scope)} must have one axis of length 2 to a spin; got the shape {table.shape}"
            )
        tables.append(table)
    return tables
