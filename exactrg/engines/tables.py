"""Tables over named spins, and the one operation that elimination needs: multiply some and sum spins out.

`RingTables` does it in any ring (exact fields, rational numbers, logarithms); `float_tables` has the fast ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Table = NDArray[Any]


class SumProductRing(Protocol):
    """What elimination needs of a number system; every `exactrg.numbers.ring.Ring` has it."""

    one: Table

    def multiply(self, left: Table, right: Table) -> Table:
        """Entrywise product, broadcasting."""

    def divide(self, left: Table, right: Table) -> Table:
        """Entrywise quotient, broadcasting."""

    def total(self, table: Table, axes: tuple[int, ...]) -> Table:
        """Sum over axes."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A function of some spins.

    Attributes
    ----------
    scope : tuple of int
        The spins, one to an axis of the table.
    table : ndarray, shape (2,)*len(scope)
        Index 0 is spin +1, index 1 is spin -1.
    exponent : int
        The function is table * 2**exponent (only scaled float tables have one).
    """

    scope: tuple[int, ...]
    table: Table
    exponent: int = 0

    def ordered(self, scope: Sequence[int]) -> Table:
        """Return the table with its axes in another order."""
        return self.table.transpose([self.scope.index(spin) for spin in scope])

    def over(self, scope: Sequence[int]) -> Table:
        """View of the table that broadcasts over a larger scope."""
        table = self.ordered([spin for spin in scope if spin in self.scope])
        return table.reshape([2 if spin in self.scope else 1 for spin in scope])


class Tables(Protocol):
    """A way to hold factors, to multiply them and to sum them."""

    def combine(self, factors: Sequence[Factor], keep: Collection[int]) -> Factor:
        """Multiply factors (at least one) and sum out every spin that is not kept; the scope is in any order."""

    def export(self, factor: Factor) -> Table:
        """Return the table in the caller's numbers."""

    def vanishes(self, number: Factor) -> bool:
        """Whether a factor without spins is zero."""

    def normalised(self, factor: Factor) -> Table:
        """Return the table in the caller's numbers, divided by its sum."""


class RingTables:
    """Tables whose entries are elements of a ring."""

    def __init__(self, ring: SumProductRing) -> None:
        self.ring = ring

    def load(self, scopes: Iterable[tuple[int, ...]], tables: Iterable[Table]) -> list[Factor]:
        """Take the entries as they are."""
        return [Factor(scope, table) for scope, table in zip(scopes, tables, strict=True)]

    def combine(self, factors: Sequence[Factor], keep: Collection[int]) -> Factor:
        """Multiply from the smallest table to the largest, so that only one product has the full size."""
        first, *rest = sorted(factors, key=lambda f: len(f.scope))
        product, scope = first.table, first.scope
        for factor in rest:
            union = tuple(dict.fromkeys(scope + factor.scope))
            product = as_table(self.ring.multiply(Factor(scope, product).over(union), factor.over(union)))
            scope = union
        axes = tuple(axis for axis, spin in enumerate(scope) if spin not in keep)
        return Factor(tuple(spin for spin in scope if spin in keep), as_table(self.ring.total(product, axes)))

    def export(self, factor: Factor) -> Table:
        """Return the table itself."""
        return factor.table

    def vanishes(self, number: Factor) -> bool:
        """Ask the element: exact numbers are false where they are zero."""
        return not number.table.item()

    def normalised(self, factor: Factor) -> Table:
        """Divide by the sum."""
        total = as_table(self.ring.total(factor.table, tuple(range(factor.table.ndim))))
        return as_table(self.ring.divide(factor.table, total))


def as_table(entries: Any) -> Table:
    """Wrap a single entry, which numpy may return as a bare object, into a 0-d array."""
    if isinstance(entries, np.ndarray):
        return entries
    table = np.empty((), dtype=object)
    table[()] = entries
    return table
