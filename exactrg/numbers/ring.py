"""One small protocol for tables of Boltzmann weights, in float64 (log domain) and exactly.

A table is a numpy array whose axes are spins, of shape (2,)*n (or broadcastable to it). Everything above this module
is written once, against `Ring`: the two implementations differ in what an entry is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd, inf, lcm, log
from typing import Any, Protocol

import flint
import numpy as np
import sympy
from numpy.typing import NDArray

from ..errors import FloatOverflowError
from ..walsh import walsh_hadamard
from .decide import vanishing
from .element import Element
from .exact import Exact
from .field import Field, common_field
from .logs import Terms, log_terms, rational_exponent
from .render import element_expression
from .signs import require_positive

Table = NDArray[Any]


class Ring(Protocol):
    """What the algebra needs of a number system: nonnegative weights, and logarithms where they are positive."""

    kind: str
    one: Table

    def exponential(self, coefficients: Mapping[int, Any], n: int) -> Table:
        """e^{sum_S c_S chi_S} as a table of shape (2,)*n; bit n-1-i of the key S is set if spin i is in S."""

    def logarithm(self, table: Table) -> list[Any]:
        """Return the 2**n coefficients c_S of the logarithm of a positive table, indexed by S."""

    def multiply(self, left: Table, right: Table) -> Table:
        """Entrywise product, broadcasting."""

    def divide(self, left: Table, right: Table) -> Table:
        """Entrywise quotient, broadcasting; the divisor has no zeros."""

    def total(self, table: Table, axes: tuple[int, ...]) -> Table:
        """Sum over axes (the trace)."""

    def vanishes(self, table: Table) -> NDArray[np.bool_]:
        """Where the weight is zero."""

    def equal(self, left: Table, right: Table) -> NDArray[np.bool_]:
        """Where two tables agree."""

    def from_numbers(self, values: Table) -> Table:
        """Import what a user wrote."""

    def numbers(self, table: Table) -> Table:
        """Export weights: float64, or sympy expressions."""

    def value(self, entry: Any) -> Any:
        """One weight as a public scalar: float, or `Exact`."""

    def log_value(self, entry: Any) -> Any:
        """Return the logarithm of one positive weight as a public scalar: float, or `Exact`."""


class FloatRing:
    """Weights as float64 natural logarithms; zero is -inf."""

    kind = "float"
    one = np.zeros(())

    def exponential(self, coefficients: Mapping[int, float], n: int) -> Table:
        """Evaluate the exponent by a Walsh-Hadamard transform."""
        dense = np.zeros(2**n)
        for mask, c in coefficients.items():
            dense[mask] = c
        with np.errstate(over="ignore", invalid="ignore"):
            values = walsh_hadamard(dense).reshape((2,) * n)
        if not np.isfinite(values).all():
            raise FloatOverflowError("the exponent of a weight is beyond 1.8e308; expected a smaller sum of couplings")
        return values

    def logarithm(self, table: Table) -> list[float]:
        """Transform back and divide by 2**n."""
        return (walsh_hadamard(table.ravel()) / table.size).tolist()

    def multiply(self, left: Table, right: Table) -> Table:
        """Add logarithms."""
        return left + right

    def divide(self, left: Table, right: Table) -> Table:
        """Subtract logarithms."""
        return left - right

    def total(self, table: Table, axes: tuple[int, ...]) -> Table:
        """Log-sum-exp, shifted by the maximum."""
        if not axes:
            return table
        top = table.max(axis=axes, keepdims=True)
        shift = np.where(np.isfinite(top), top, 0.0)
        with np.errstate(divide="ignore"):
            return np.log(np.exp(table - shift).sum(axis=axes)) + shift.reshape(np.delete(table.shape, axes))

    def vanishes(self, table: Table) -> NDArray[np.bool_]:
        """Where the logarithm is -inf."""
        return np.isneginf(table)

    def equal(self, left: Table, right: Table) -> NDArray[np.bool_]:
        """Compare the float64 logarithms, bit for bit."""
        return left == right

    def from_numbers(self, values: Table) -> Table:
        """Take logarithms of nonnegative numbers, of integers and rationals beyond float64 too."""
        try:
            numbers = np.asarray(values, np.float64)
        except OverflowError:
            return np.array([_log_rational(value) for value in values.ravel()]).reshape(values.shape)
        with np.errstate(divide="ignore"):
            return np.log(numbers)

    def numbers(self, table: Table) -> Table:
        """Exponentiate; FloatOverflowError if an entry is beyond float64."""
        with np.errstate(over="ignore"):
            values: Table = np.exp(table)
        if np.isinf(values).any():
            raise FloatOverflowError(
                f"a weight of e**{table.max():.6g} is beyond float64; use log(weight), log_partition_function or "
                "weight.probability(), which stay in the log domain"
            )
        return values

    def value(self, entry: Any) -> float:
        """Exponentiate one entry."""
        return float(self.numbers(np.asarray(entry)))

    def log_value(self, entry: Any) -> float:
        """Return the entry itself."""
        return float(entry)


class ExactRing:
    """Weights as elements of exact fields: `flint.fmpq` where rational, `Element` otherwise."""

    kind = "exact"
    one = np.array(flint.fmpq(1), dtype=object)

    def exponential(self, coefficients: Mapping[int, Exact], n: int) -> Table:
        """Transform the exponents of all atoms at once, as integers over a common denominator.

        All entries share one denominator, so that their sums need no gcd.
        """
        atoms = {atom for scalar in coefficients.values() for atom in scalar.terms}
        if atoms and all(isinstance(atom, sympy.Symbol) for atom in atoms):
            return _monomials(coefficients, n)
        exponents: dict[Any, dict[int, Fraction]] = {}
        for mask, scalar in coefficients.items():
            for atom, c in scalar.terms.items():
                exponents.setdefault(atom, {})[mask] = rational_exponent(atom, c)
        if not exponents:
            return _object_array([flint.fmpq(1)] * 2**n).reshape((2,) * n)
        scale = lcm(*(exponent.denominator for by_mask in exponents.values() for exponent in by_mask.values()))
        dense = np.zeros((2**n, len(exponents)), dtype=object)
        for column, by_mask in enumerate(exponents.values()):
            for mask, exponent in by_mask.items():
                dense[mask, column] = exponent.numerator * (scale // exponent.denominator)
        values = walsh_hadamard(_compact_integers(dense))
        return _powers(list(exponents), values, scale).reshape((2,) * n)

    def logarithm(self, table: Table) -> list[Exact]:
        """Transform the multiplicities of all atoms at once."""
        rows: list[Terms] = [log_terms(entry) for entry in table.ravel()]
        atoms = list(dict.fromkeys(atom for row in rows for atom in row))
        column = {atom: k for k, atom in enumerate(atoms)}
        scale = lcm(*(int(c.q) for row in rows for c in row.values()))
        dense = np.zeros((len(rows), len(atoms)), dtype=object)
        for k, row in enumerate(rows):
            for atom, c in row.items():
                dense[k, column[atom]] = int(c.p) * (scale // int(c.q))
        values = walsh_hadamard(_compact_integers(dense))
        denominator = scale * len(rows)
        values[vanishing(values, atoms)] = 0
        result = []
        for row_values in values:
            terms = {atoms[k]: flint.fmpq(int(row_values[k]), denominator) for k in np.flatnonzero(row_values)}
            result.append(Exact.from_terms(terms))
        return result

    def multiply(self, left: Table, right: Table) -> Table:
        """Multiply in one common field."""
        left, right = lift(left, right)
        return np.asarray(left * right)

    def divide(self, left: Table, right: Table) -> Table:
        """Divide in one common field."""
        left, right = lift(left, right)
        return np.asarray(left / right)

    def total(self, table: Table, axes: tuple[int, ...]) -> Table:
        """Sum in one common field."""
        if not axes:
            return table
        (table,) = lift(table)
        kept = [k for k in range(table.ndim) if k not in axes]
        rows = table.transpose(*kept, *axes).reshape(*(table.shape[k] for k in kept), -1)
        # Pairwise: adding one by one would copy a polynomial that grows with every term.
        while rows.shape[-1] > 1:
            half = rows.shape[-1] // 2
            rows = np.concatenate([rows[..., :half] + rows[..., half : 2 * half], rows[..., 2 * half :]], axis=-1)
        return np.asarray(rows[..., 0])

    def vanishes(self, table: Table) -> NDArray[np.bool_]:
        """Where the element is zero, decided."""
        return np.asarray(~table.astype(bool))

    def equal(self, left: Table, right: Table) -> NDArray[np.bool_]:
        """Decide equality entry by entry."""
        left, right = lift(left, right)
        return np.asarray(left == right)

    def from_numbers(self, values: Table) -> Table:
        """Parse sympy expressions and rationals, and demand that they are nonnegative."""
        entries = []
        for value in values.ravel():
            element = Exact(value).element()
            require_positive(element, f"the weight {value}", zero=True)
            entries.append(element)
        return _object_array(entries).reshape(values.shape)

    def numbers(self, table: Table) -> Table:
        """Convert to sympy expressions."""
        return _object_array([element_expression(entry) for entry in table.ravel()]).reshape(table.shape)

    def value(self, entry: Any) -> Exact:
        """Embed one entry."""
        return Exact.from_element(np.asarray(entry).item())

    def log_value(self, entry: Any) -> Exact:
        """Return the formal logarithm of one entry."""
        return Exact.log_of(np.asarray(entry).item())


FLOAT: Ring = FloatRing()
EXACT: Ring = ExactRing()


def ring_of(kind: str) -> Ring:
    """Return the ring of a number kind; neutral numbers (0/1 weights) are stored as exact ones."""
    return FLOAT if kind == "float" else EXACT


def _object_array(entries: Sequence[Any]) -> Table:
    """One-dimensional object array (numpy must not look into the entries)."""
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array


def _compact_integers(dense: Table) -> Table:
    """int64 where the transform cannot overflow, Python integers otherwise."""
    # 2**40 leaves room for the multiplications by degrees that follow.
    return dense.astype(np.int64) if np.abs(dense).sum() < 2**40 else dense


def lift(*tables: Table) -> tuple[Table, ...]:
    """Write all entries of all tables in one field."""
    fields = {id(e.field): e.field for table in tables for e in table.ravel() if isinstance(e, Element)}
    if len(fields) <= 1:
        return tables
    common: Field | None = None
    for field in fields.values():
        common = field if common is None else common | field
    assert common is not None
    convert = common.convert
    return tuple(_object_array([convert(entry) for entry in table.ravel()]).reshape(table.shape) for table in tables)


def _powers(atoms: list[Any], exponents: Table, scale: int) -> Table:
    """Build prod_a a**(exponents[:, a] / scale) for every row, over one shared denominator."""
    denominators = [scale // gcd(scale, int(np.gcd.reduce(column))) for column in exponents.T]
    field = common_field(zip(atoms, denominators, strict=True))
    # Exponents are counted from a lowest one, so that numerators are polynomials: an integer for a symbol, which has no
    # relation to reduce by, and the lowest that occurs for a radical, of which high powers would be multiplied out.
    floors = [
        min(0, int(column.min()) // scale * scale if isinstance(atom, sympy.Symbol) else int(column.min()))
        for atom, column in zip(atoms, exponents.T, strict=True)
    ]
    shared: Any = field.one if field.roots else flint.fmpz(1)
    numerators = _object_array([shared] * len(exponents))
    symbols = [k for k, atom in enumerate(atoms) if isinstance(atom, sympy.Symbol)]
    if symbols:
        vectors = np.zeros((len(exponents), len(field.roots)), dtype=exponents.dtype)
        for k in symbols:
            column = field.index[atoms[k]]
            vectors[:, column] = (exponents[:, k] - floors[k]) * field.roots[column].degree // scale
        numerators = _object_array([field.context.from_dict({tuple(row): 1}) for row in vectors.tolist()])
    for k, atom in enumerate(atoms):
        shared = shared * _numerator(field.power(atom, Fraction(-floors[k], scale)))
        if k not in symbols:
            occurring, which = np.unique(exponents[:, k], return_inverse=True)
            above = (Fraction(int(e) - floors[k], scale) for e in occurring)
            powers = _object_array([_numerator(field.power(atom, e)) for e in above])
            numerators = numerators * powers[which]
            if field.radicals:
                numerators = _object_array([field.reduce(n) for n in numerators])
    if field.roots:
        return _object_array([Element(field, n, shared) for n in numerators])
    return _object_array([flint.fmpq(n, shared) for n in numerators])


def _monomials(coefficients: Mapping[int, Exact], n: int) -> Table:
    """e^f where all couplings are combinations of symbols: a product of two monomials for each coupling.

    Couplings are multiplied in by their first spin, the last spins first, so that most products are of small tables.
    """
    exponents = {
        mask: {atom: rational_exponent(atom, c) for atom, c in scalar.terms.items()}
        for mask, scalar in coefficients.items()
    }
    field = common_field((atom, e.denominator) for row in exponents.values() for atom, e in row.items())
    shared = field.one
    by_first: dict[int, Table] = {}
    for mask, row in exponents.items():
        # x^e at even and x^-e at odd parity, both times x^|e|.
        even: dict[int, int] = {}
        odd: dict[int, int] = {}
        for atom, e in row.items():
            k = field.index[atom]
            power = int(abs(e) * field.roots[k].degree)
            (even if e > 0 else odd)[k] = 2 * power
            shared = shared * field.monomial({k: power})
        pair = field.monomial(even), field.monomial(odd)
        places = [k for k in range(n) if mask >> (n - 1 - k) & 1]
        factor = _object_array([pair[j.bit_count() % 2] for j in range(2 ** len(places))])
        factor = factor.reshape([2 if k in places else 1 for k in range(n)])
        first = places[0] if places else n
        by_first[first] = np.multiply(by_first[first], factor) if first in by_first else factor
    table = _object_array([field.one]).reshape((1,) * n)
    for first in sorted(by_first, reverse=True):
        table = np.multiply(table, by_first[first])
    flat = np.broadcast_to(table, (2,) * n).ravel()
    return _object_array([Element(field, x, shared) for x in flat]).reshape((2,) * n)


def _log_rational(value: Any) -> float:
    """Logarithm of a nonnegative int, float or rational of any size."""
    numerator, denominator = (value.p, value.q) if isinstance(value, flint.fmpq) else (value, 1)
    return log(int(numerator)) - log(int(denominator)) if numerator else -inf


def _numerator(value: Any) -> Any:
    """Return the polynomial, or integer, that a power with nonnegative exponent is."""
    return value.num if isinstance(value, Element) else value.p
