"""Tables of float64 weights: linear and scaled where the range of the weights allows it, logarithms otherwise.

Small tables are multiplied by numpy, large ones by a kernel whose output keeps the axes of its larger operand, with the
new spins in the place of the summed one: the fast axes rarely change, and the inner loop runs over contiguous memory.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from .bucket_tree import Bucket
from .tables import Factor, Table

# Up to how many spins one einsum of all tables, and einsum of two at a time, is faster than the kernel.
_SMALL, _MEDIUM = 9, 12
_OPERANDS = 8
# Linear tables are rescaled when their reference entry leaves 2**-32..2**32; eight of them then stay within e**178.
_DRIFT = 32
_RANGE = 500.0


class _FloatTables(ABC):
    """What linear and logarithmic tables have in common: the way through tables of many spins."""

    @abstractmethod
    def _together(self, factors: Sequence[Factor], scope: tuple[int, ...]) -> Factor:
        """Multiply a few small tables and sum to a scope."""

    @abstractmethod
    def _join(self, a: Factor, b: Factor, scope: tuple[int, ...], summed: int | None) -> Factor:
        """Multiply two large tables and sum one spin, or none."""

    @abstractmethod
    def _halve(self, table: Table, axis: int) -> Table:
        """Sum one axis of a large table."""

    @abstractmethod
    def export(self, factor: Factor) -> Table:
        """Return logarithms."""

    def vanishes(self, number: Factor) -> bool:
        """Whether the logarithm is -inf."""
        return bool(np.isneginf(self.export(number)))

    def combine(self, factors: Sequence[Factor], keep: Collection[int]) -> Factor:
        """Multiply all tables but the largest; sum what only one side depends on there; then join the two."""
        factors = sorted(factors, key=lambda f: len(f.scope))
        spins = dict.fromkeys(spin for factor in factors for spin in factor.scope)
        if len(spins) <= _SMALL:
            kept = tuple(spin for spin in spins if spin in keep)
            while len(factors) > _OPERANDS:
                group = factors[:_OPERANDS]
                scope = tuple(dict.fromkeys(spin for factor in group for spin in factor.scope))
                factors = [self._together(group, scope), *factors[_OPERANDS:]]
            return self._together(factors, kept)
        *rest, large = factors
        if not rest:
            return self._sum(large, [spin for spin in large.scope if spin not in keep])
        side = rest[0]
        for factor in rest[1:]:
            side = self._pair(factor, side, None)
        side = self._sum(side, [spin for spin in side.scope if spin not in keep and spin not in large.scope])
        large = self._sum(large, [spin for spin in large.scope if spin not in keep and spin not in side.scope])
        summed = [spin for spin in large.scope if spin not in keep]
        result = self._pair(large, side, summed[0] if summed else None)
        return self._sum(result, summed[1:])

    def _pair(self, a: Factor, b: Factor, summed: int | None) -> Factor:
        """Multiply two tables and sum one spin that both depend on, or none."""
        if len(a.scope) < len(b.scope):
            a, b = b, a
        new = tuple(spin for spin in b.scope if spin not in a.scope)
        place = 0 if summed is None else a.scope.index(summed)
        scope = a.scope[:place] + new + a.scope[place + (summed is not None) :]
        if len(a.scope) + len(new) <= _MEDIUM:
            return self._together([a, b], scope)
        return self._join(a, b, scope, summed)

    def _sum(self, factor: Factor, spins: Sequence[int]) -> Factor:
        """Sum spins of one table, slow axes first: they halve it in contiguous pieces."""
        if not spins:
            return factor
        kept = tuple(spin for spin in factor.scope if spin not in spins)
        if len(factor.scope) <= _MEDIUM:
            return self._together([factor], kept)
        table, scope = factor.table, list(factor.scope)
        for spin in sorted(spins, key=factor.scope.index):
            table = self._halve(table, scope.index(spin))
            scope.remove(spin)
        return Factor(kept, table, factor.exponent)


class LinearTables(_FloatTables):
    """Weights as table * 2**exponent, all entries within e**(+-500) of a reference entry that is near one.

    The reference is the first entry, or the largest one where weights may be zero.
    """

    def __init__(self, *, zeros: bool) -> None:
        self._zeros = zeros

    def load(self, scopes: Sequence[tuple[int, ...]], logs: Sequence[Table]) -> list[Factor]:
        """Exponentiate logarithms, all tables of one size together."""
        factors: list[Any] = [None] * len(scopes)
        for numbers, stack in _by_size(logs):
            references = stack.max(axis=1) if self._zeros else stack[:, 0]
            large = np.isfinite(references) & (np.abs(references) > _DRIFT * math.log(2))
            exponents = np.rint(np.where(large, references, 0.0) / math.log(2))
            weights = stack - math.log(2) * exponents[:, None]
            np.exp(weights, out=weights)
            for row, number in enumerate(numbers):
                scope = scopes[number]
                factors[number] = Factor(scope, weights[row].reshape((2,) * len(scope)), int(exponents[row]))
        return factors

    def export(self, factor: Factor) -> Table:
        """Return logarithms."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(factor.table) + factor.exponent * math.log(2))

    def normalised(self, factor: Factor) -> Table:
        """Return logarithms of probabilities."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(factor.table / factor.table.sum()))

    def chance(self, up: Table, down: Table) -> Table:
        """Probability of the first of two weights."""
        return up / (up + down)

    def multiply(self, left: Table, right: Table) -> Table:
        """Product of weights."""
        return left * right

    def _together(self, factors: Sequence[Factor], scope: tuple[int, ...]) -> Factor:
        label: dict[int, int] = {}
        operands: list[Any] = []
        exponent = 0
        for factor in factors:
            operands += [factor.table, [label.setdefault(spin, len(label)) for spin in factor.scope]]
            exponent += factor.exponent
        table = np.einsum(*operands, [label[spin] for spin in scope])
        return self._scaled(scope, np.asarray(table), exponent)

    def _join(self, a: Factor, b: Factor, scope: tuple[int, ...], summed: int | None) -> Factor:
        from .elimination_kernels import contract, product

        out = np.empty(1 << len(scope))
        if summed is None:
            product(out, *_flat(a, b, scope), False)
        else:
            contract(out, *_flat(a, b, scope), *_states(a, b, summed))
        return self._scaled(scope, out.reshape((2,) * len(scope)), a.exponent + b.exponent, out=out)

    def _halve(self, table: Table, axis: int) -> Table:
        pairs = table.reshape(1 << axis, 2, -1)
        return (pairs[:, 0] + pairs[:, 1]).reshape((2,) * (table.ndim - 1))

    def _scaled(self, scope: tuple[int, ...], table: Table, exponent: int, out: Table | None = None) -> Factor:
        """Keep the reference entry near one; in place if ``out`` is the flat table."""
        reference = float(table.max()) if self._zeros else table.item(0)
        shift = math.frexp(reference)[1]
        if abs(shift) > _DRIFT:
            table = np.multiply(table.reshape(-1), 2.0**-shift, out=out).reshape(table.shape)
            exponent += shift
        return Factor(scope, table, exponent)


class LogTables(_FloatTables):
    """Weights as natural logarithms; zero is -inf."""

    def load(self, scopes: Sequence[tuple[int, ...]], logs: Sequence[Table]) -> list[Factor]:
        """Take the logarithms as they are."""
        return [Factor(scope, np.asarray(table, order="C")) for scope, table in zip(scopes, logs, strict=True)]

    def export(self, factor: Factor) -> Table:
        """Return the table itself."""
        return factor.table

    def normalised(self, factor: Factor) -> Table:
        """Return logarithms of probabilities."""
        return np.asarray(factor.table - np.logaddexp.reduce(factor.table, axis=None))

    def chance(self, up: Table, down: Table) -> Table:
        """Probability of the first of two weights."""
        return np.asarray(np.exp(up - np.logaddexp(up, down)))

    def multiply(self, left: Table, right: Table) -> Table:
        """Product of weights."""
        return left + right

    def _together(self, factors: Sequence[Factor], scope: tuple[int, ...]) -> Factor:
        summed = tuple(dict.fromkeys(s for factor in factors for s in factor.scope if s not in scope))
        table: Table = np.zeros((1,) * len(scope + summed))
        for factor in factors:
            table = table + factor.over(scope + summed)
        for _ in summed:
            table = np.logaddexp(table[..., 0], table[..., 1])
        return Factor(scope, np.asarray(table))

    def _join(self, a: Factor, b: Factor, scope: tuple[int, ...], summed: int | None) -> Factor:
        from .elimination_kernels import log_contract, product

        out = np.empty(1 << len(scope))
        if summed is None:
            product(out, *_flat(a, b, scope), True)
        else:
            log_contract(out, *_flat(a, b, scope), *_states(a, b, summed))
        return Factor(scope, out.reshape((2,) * len(scope)))

    def _halve(self, table: Table, axis: int) -> Table:
        pairs = table.reshape(1 << axis, 2, -1)
        return np.asarray(np.logaddexp(pairs[:, 0], pairs[:, 1])).reshape((2,) * (table.ndim - 1))


FloatTables = LinearTables | LogTables


def float_tables(
    n: int, scopes: Sequence[Collection[int]], logs: Sequence[Table], buckets: Sequence[Bucket]
) -> FloatTables:
    """Choose linear tables if no weight can underflow in them, logarithms otherwise.

    Let the range of a factor be its largest log minus its smallest. Two entries of any product of tables in a bucket
    differ by a factor of at most exp(sum of the ranges of all factors that touch the bucket), because all other factors
    take the same value in both, configuration by configuration. Linear tables are used where that exponent is at most
    500 in every bucket. With weights of zero, different configurations contribute to the two entries: then all (finite)
    ranges count, and n log 2.

    Raises
    ------
    InputError
        If a logarithm is NaN or +inf.
    """
    ranges = np.zeros(len(scopes))
    zeros = False
    for numbers, stack in _by_size(logs):
        if not (stack < math.inf).all():
            raise InputError("logarithms of weights must be finite, or -inf for a weight of zero; got a NaN or +inf")
        finite = stack > -math.inf
        zeros = zeros or not finite.all()
        high = stack.max(axis=1)
        low = stack.min(axis=1, where=finite, initial=math.inf)
        ranges[numbers] = np.where(low <= high, high - low, 0.0)
    if ranges.sum() + (n * math.log(2) if zeros else 0.0) <= _RANGE:
        return LinearTables(zeros=zeros)
    if zeros:
        return LogTables()
    touching: list[list[int]] = [[] for _ in range(n)]
    for number, scope in enumerate(scopes):
        for spin in scope:
            touching[spin].append(number)
    values = ranges.tolist()
    sums = [sum(values[number] for number in numbers) for numbers in touching]
    for bucket in buckets:
        spins = (bucket.spin, *bucket.message)
        # Factors within the bucket are counted once for each of their spins here: enough in most buckets.
        if sum(sums[spin] for spin in spins) > _RANGE:
            near = {number for spin in spins for number in touching[spin]}
            if sum(values[number] for number in near) > _RANGE:
                return LogTables()
    return LinearTables(zeros=False)


def _by_size(logs: Sequence[Table]) -> Iterable[tuple[list[int], Table]]:
    """Stack tables of one size: their numbers, and an array of shape (tables, entries)."""
    sizes: dict[int, list[int]] = {}
    for number, table in enumerate(logs):
        sizes.setdefault(table.size, []).append(number)
    for size, numbers in sizes.items():
        stack = logs[numbers[0]] if len(numbers) == 1 else np.array([logs[number] for number in numbers])
        yield numbers, stack.reshape(-1, size)


def _flat(a: Factor, b: Factor, scope: tuple[int, ...]) -> tuple[Table, Table, Table, Table]:
    """Flat operands of a kernel and their strides along the axes of the output."""
    return a.table.reshape(-1), b.table.reshape(-1), _strides(a, scope), _strides(b, scope)


def _states(a: Factor, b: Factor, summed: int) -> tuple[Table, Table]:
    """What the two states of the summed spin add to the index of each operand."""
    return np.append(0, _strides(a, (summed,))), np.append(0, _strides(b, (summed,)))


def _strides(factor: Factor, scope: tuple[int, ...]) -> Table:
    """Step in the flat table along each spin of a scope, 0 for spins it does not depend on."""
    last = len(factor.scope) - 1
    stride = {spin: 1 << (last - axis) for axis, spin in enumerate(factor.scope)}
    return np.array([stride.get(spin, 0) for spin in scope], dtype=np.int64)
