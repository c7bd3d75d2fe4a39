"""Boltzmann weights: nonnegative functions of spins, their logarithms and their traces (Eqs. 1, 2 and 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from .errors import CouplingError, InputError, NotPositiveError, ZeroWeightError, a_type
from .hypothesis_entry import drawable
from .latex import table_latex
from .numbers.exact import Exact
from .numbers.kinds import as_kind, common_kind, normalize
from .numbers.ring import FLOAT, Ring, lift, ring_of
from .polynomial import SpinPolynomial
from .sites import Site, describe, renamed, require_enumerable, require_known, site_tuple

_NO_TABLE = "log_partition_function(H) and approx.sample(H, ...) need no table."
_LOG_MAX = float(np.log(np.finfo(np.float64).max))


@drawable
@dataclass(frozen=True, eq=False, init=False, repr=False)
class BoltzmannWeight:
    """A nonnegative function of spins such as e^{-H}; zeros are legal (delta-function operators).

    Parameters
    ----------
    sites : sequence
        The spins, in the order of the table's axes.
    table : array_like, shape (2,)*n
        Index 0 is spin +1 and index 1 is spin -1 on each axis. Entries are floats, or exact: rationals and sympy
        expressions in exponentials of real symbols. Plain integers adapt to either kind.

    Attributes
    ----------
    sites : tuple
    kind : str
        "float", "exact", or "neutral" for tables of integers.

    Raises
    ------
    NotPositiveError
        For a negative entry, or one whose sign depends on the symbols.
    InputError
        For a table of the wrong shape.
    """

    sites: tuple[Site, ...]
    kind: str
    values: NDArray[Any]  # natural logarithms for floats, field elements otherwise; axes as sites

    def __init__(self, sites: Iterable[Site], table: Any) -> None:
        known = site_tuple(sites)
        require_enumerable(len(known), "float", what="a Boltzmann weight", instead=_NO_TABLE)
        try:
            array = np.asarray(table)
        except ValueError:
            raise InputError(f"the table is ragged: expected shape (2,)*{len(known)}, one axis a site") from None
        if array.shape != (2,) * len(known):
            raise InputError(
                f"a table of shape {array.shape} over {len(known)} sites: expected (2,)*{len(known)}, one axis a site, "
                "index 0 for spin +1"
            )
        kind, numbers = _table_kind(array)
        self._set(known, kind, np.asarray(ring_of(kind).from_numbers(numbers)))

    def _set(self, sites: tuple[Site, ...], kind: str, values: NDArray[Any]) -> None:
        values.setflags(write=False)
        object.__setattr__(self, "sites", sites)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "values", values)

    @classmethod
    def from_logs(cls, sites: Iterable[Site], logs: Any) -> BoltzmannWeight:
        """Float weights by their logarithms, shape (2,)*n: any size, and -inf where a weight is zero.

        Raises
        ------
        CouplingError
            For NaN or +inf.
        InputError
            For a table of the wrong shape.
        """
        known = site_tuple(sites)
        require_enumerable(len(known), "float", what="a Boltzmann weight", instead=_NO_TABLE)
        values = np.array(logs, dtype=np.float64)
        if values.shape != (2,) * len(known):
            raise InputError(f"logarithms of shape {values.shape} over {len(known)} sites: expected (2,)*{len(known)}")
        if not (values < np.inf).all():
            raise CouplingError("the logarithms contain NaN or +infinity: expected finite numbers, or -inf for a zero")
        return cls.of(known, "float", values)

    @classmethod
    def of(cls, sites: tuple[Site, ...], kind: str, values: NDArray[Any]) -> BoltzmannWeight:
        """Build from ring values that are known to be nonnegative."""
        self = cls.__new__(cls)
        self._set(sites, kind, np.asarray(values).view())
        return self

    @property
    def ring(self) -> Ring:
        """The ring that the values live in."""
        return ring_of(self.kind)

    def __reduce__(self) -> Any:
        return (BoltzmannWeight.of, (self.sites, self.kind, self.values))

    def as_kind(self, kind: str) -> BoltzmannWeight:
        """Return a neutral weight as one of another kind; others unchanged."""
        if self.kind != "neutral" or kind == "neutral":
            return self
        values = FLOAT.from_numbers(self.values) if kind == "float" else self.values
        return BoltzmannWeight.of(self.sites, kind, values)

    def aligned(self, sites: tuple[Site, ...]) -> NDArray[Any]:
        """Return the values with one axis for each of ``sites``, of length 1 where this weight has no such spin."""
        axis = {site: k for k, site in enumerate(self.sites)}
        order = [axis[site] for site in sites if site in axis]
        return self.values.transpose(order).reshape([2 if site in axis else 1 for site in sites])

    def ordered(self, sites: tuple[Site, ...]) -> BoltzmannWeight:
        """Return the same weight with its axes in another order."""
        return BoltzmannWeight.of(sites, self.kind, self.aligned(sites))

    def _combined(self, other: BoltzmannWeight, operation: str) -> BoltzmannWeight:
        kind = common_kind((self.kind, other.kind), "a product of Boltzmann weights")
        own = set(self.sites)
        sites = self.sites + tuple(site for site in other.sites if site not in own)
        require_enumerable(
            len(sites),
            kind,
            what="a product of Boltzmann weights",
            instead="Trace out spins of the factors first, or add their exponents: log_partition_function(H) and "
            "approx.sample(H, ...) need no table.",
        )
        left, right = self.as_kind(kind).aligned(sites), other.as_kind(kind).aligned(sites)
        values = getattr(ring_of(kind), operation)(left, right)
        return BoltzmannWeight.of(sites, kind, np.broadcast_to(values, (2,) * len(sites)))

    def _scalar(self, other: Any) -> BoltzmannWeight:
        return BoltzmannWeight((), np.asarray(other))

    def __mul__(self, other: Any) -> BoltzmannWeight:
        """Pointwise product, over the union of the sites."""
        return self._combined(other if isinstance(other, BoltzmannWeight) else self._scalar(other), "multiply")

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> BoltzmannWeight:
        """Pointwise quotient, over the union of the sites; ZeroWeightError where the divisor vanishes."""
        divisor = other if isinstance(other, BoltzmannWeight) else self._scalar(other)
        divisor.require_positive("division by a Boltzmann weight")
        return self._combined(divisor, "divide")

    def __rtruediv__(self, other: Any) -> BoltzmannWeight:
        return self._scalar(other) / self

    def __eq__(self, other: object) -> bool:
        """Decide equality of two functions on the same set of sites; floats compare bit for bit."""
        if not isinstance(other, BoltzmannWeight):
            return NotImplemented
        kinds = {self.kind, other.kind} - {"neutral"}
        if set(self.sites) != set(other.sites) or len(kinds) > 1:
            return False
        kind = kinds.pop() if kinds else "neutral"
        return bool(ring_of(kind).equal(self.as_kind(kind).values, other.as_kind(kind).aligned(self.sites)).all())

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def table(self) -> NDArray[Any]:
        """The weights, shape (2,)*n: float64, or sympy expressions.

        Raises
        ------
        FloatOverflowError
            If a float weight is beyond 1.8e308.
        """
        table = np.asarray(self.ring.numbers(self.values))  # numpy makes a scalar of a table over no sites
        table.setflags(write=False)
        return table

    @property
    def couplings(self) -> Mapping[frozenset[Site], Any]:
        """Eq. 3's K_S: the weight is exp(sum_S K_S prod_{i in S} s_i). ZeroWeightError if it vanishes somewhere."""
        return log(self).couplings

    def zeros(self) -> list[dict[Site, int]]:
        """Configurations (site -> spin) where the weight vanishes, at most four of them."""
        indices = np.flatnonzero(self.ring.vanishes(self.values).ravel())
        return [describe(self.sites, int(k)) for k in indices[:4]]

    def require_positive(self, what: str) -> None:
        """ZeroWeightError, naming configurations, if the weight vanishes somewhere."""
        zeros = self.zeros()
        if zeros:
            raise ZeroWeightError(
                f"{what}: it vanishes at {zeros[0]}{' and elsewhere' if len(zeros) > 1 else ''}; expected a positive "
                "weight. Products, traces, trace_condition, delta_f and kl_divergence work with zeros: use the weight",
                zeros,
            )

    def probability(self) -> BoltzmannWeight:
        """Normalise: P = weight / Tr weight (Eq. 1). ZeroWeightError if the weight vanishes everywhere."""
        return self / self.total()

    def total(self) -> BoltzmannWeight:
        """Tr weight, as a weight on no sites; ZeroWeightError if it vanishes."""
        total = self.trace(self.sites)
        if total.zeros():
            raise ZeroWeightError("the weight vanishes everywhere: expected a positive sum", self.zeros())
        return total

    def trace(self, over: Iterable[Site]) -> BoltzmannWeight:
        """Sum over the spins on some sites, leaving a weight on the others (over no sites: itself)."""
        summed = site_tuple(over, "over")
        require_known(summed, self.sites, "over")
        gone = set(summed)
        axes = tuple(k for k, site in enumerate(self.sites) if site in gone)
        kept = tuple(site for site in self.sites if site not in gone)
        return BoltzmannWeight.of(kept, self.kind, self.ring.total(self.values, axes))

    def relabel(self, mapping: Mapping[Site, Site]) -> BoltzmannWeight:
        """Rename sites; those that the mapping leaves out keep their names."""
        return BoltzmannWeight.of(tuple(renamed(self.sites, mapping).values()), self.kind, self.values)

    def _repr_latex_(self) -> str:
        flat = self.values.ravel()
        shown = min(flat.size, 16)
        rows = [(describe(self.sites, k), self._displayed(flat[k])) for k in range(shown)]
        return table_latex(rows, flat.size, "weight")

    def _displayed(self, entry: Any) -> Any:
        """Return a weight as a number, one beyond float64 as a sympy Float."""
        if self.kind == "float" and entry > _LOG_MAX:
            return sympy.Float(sympy.exp(float(entry)), 6)
        return self.ring.value(entry)

    @property
    def is_short(self) -> bool:
        """Whether the weight is printed as code: up to 64 entries, none of them a long expression."""
        if self.values.size > 64:
            return False
        return self.kind == "float" or not any(self.ring.value(x).summary() for x in self.values.ravel())

    def __repr__(self) -> str:
        return self.as_code() if self.is_short else f"<BoltzmannWeight over {len(self.sites)} sites, {self.kind}>"

    def as_code(self) -> str:
        """Write the call that makes this weight, however long: what hypothesis prints."""
        sites = list(self.sites)
        if self.kind != "float":
            return f"BoltzmannWeight({sites!r}, {_as_code(self.values, self.kind)})"
        table = _simplest_floats(self.values)
        if table is not None:
            return f"BoltzmannWeight({sites!r}, {table.tolist()!r})"
        logs = repr(self.values.tolist()).replace("-inf", "float('-inf')")
        return f"BoltzmannWeight.from_logs({sites!r}, {logs})"


class _Code(str):
    """A text that is its own repr."""

    __slots__ = ()
    __repr__ = str.__str__


def _as_code(values: NDArray[Any], kind: str) -> str:
    """Write exact entries as code, integers bare unless the kind of the table would be lost."""
    numbers = [Exact.from_element(value) for value in values.ravel()]
    integers = [number.to_sympy().is_Integer for number in numbers]
    bare = kind == "neutral" or not all(integers)
    texts = [_Code(number if bare and i else repr(number)) for number, i in zip(numbers, integers, strict=True)]
    table = np.empty(len(texts), dtype=object)
    table[:] = texts
    return repr(table.reshape(values.shape).tolist())


def _simplest_floats(logs: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the shortest decimals whose logarithms are these bit for bit; None if there are none."""
    with np.errstate(over="ignore"):
        near = [np.exp(logs)]
    for direction in (0.0, np.inf):
        near += [np.nextafter(near[0], direction)]
        near += [np.nextafter(near[-1], direction)]
    candidates = np.stack(near)
    agree = (FLOAT.from_numbers(candidates) == logs) & np.isfinite(candidates)
    if not agree.any(axis=0).all():
        return None
    lengths = np.array([len(repr(x)) for x in candidates.ravel().tolist()]).reshape(candidates.shape)
    best = np.where(agree, lengths, np.iinfo(np.int64).max).argmin(axis=0)
    return np.take_along_axis(candidates, best[None], axis=0)[0]


def _table_kind(array: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    """Return the kind of a user's table, and its numbers."""
    if array.dtype.kind in "iub":
        if (array < 0).any():
            raise NotPositiveError(f"the weight {array.min()} is negative: expected nonnegative numbers")
        return "neutral", array.astype(object)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise CouplingError("the table contains NaN or infinity: expected finite nonnegative numbers")
        if (array < 0).any():
            raise NotPositiveError(f"the weight {array.min()} is negative: expected nonnegative numbers")
        return "float", array
    flat = [normalize(value) for value in array.ravel()]
    kind = common_kind((k for k, _ in flat), "a table")
    if kind == "float":
        return _table_kind(np.array([float(value) for _, value in flat]).reshape(array.shape))
    numbers = np.empty(len(flat), dtype=object)
    numbers[:] = [value for _, value in flat]
    return kind, numbers.reshape(array.shape)


def product(factors: Sequence[BoltzmannWeight]) -> BoltzmannWeight:
    """Multiply weights on the same sites, lifted to one field once instead of for every partial product."""
    sites, kind = factors[0].sites, common_kind((f.kind for f in factors), "a product of Boltzmann weights")
    tables = [f.as_kind(kind).aligned(sites) for f in factors]
    ring = ring_of(kind)
    return BoltzmannWeight.of(sites, kind, reduce(ring.multiply, tables if kind == "float" else lift(*tables)))


def exp(f: SpinPolynomial) -> BoltzmannWeight:
    """e^f as a weight: ``exp(-H)`` is the Boltzmann factor of Eq. 1.

    Raises
    ------
    CouplingError
        If a coefficient is a rational without a logarithm.
    EnumerationTooLarge
        Beyond 26 spins (20 for exact couplings), before any allocation.
    """
    if not isinstance(f, SpinPolynomial):
        raise InputError(f"exp of {a_type(f)}: expected a SpinPolynomial; for an RBM write exp(-rbm)")
    kind = "float" if f.kind == "neutral" and f.couplings else f.kind
    n = len(f.sites)
    require_enumerable(n, kind, what="a Boltzmann weight", instead=_NO_TABLE)
    exponents = {mask: as_kind(c, kind) for mask, c in f.masks().items()}
    return BoltzmannWeight.of(f.sites, kind, ring_of(kind).exponential(exponents, n))


def log(weight: BoltzmannWeight) -> SpinPolynomial:
    """Logarithm of a positive weight as a polynomial of spins, by a Walsh-Hadamard transform (Eqs. 3 and 5).

    Raises
    ------
    ZeroWeightError
        If the weight vanishes at some configuration (an effective Hamiltonian of +infinity); it names some.
    """
    if not isinstance(weight, BoltzmannWeight):
        raise InputError(f"log of {a_type(weight)}: expected a BoltzmannWeight; write exp(f) first")
    weight.require_positive("the logarithm of a Boltzmann weight")
    kind = "float" if weight.kind == "float" else "exact"
    return SpinPolynomial.from_coefficients(weight.ring.logarithm(weight.values), weight.sites, kind)


def trace(weight: BoltzmannWeight, over: Iterable[Site] | None = None) -> Any:
    """Tr, the sum over the spins on some sites (Eqs. 2, 6, 12 and 13).

    Parameters
    ----------
    weight : BoltzmannWeight
    over : iterable of sites, optional
        By default all.

    Returns
    -------
    BoltzmannWeight or number
        A weight on the remaining sites; a float or an `Exact` when none is left.

    Raises
    ------
    SiteError
        For an unknown or repeated site.
    FloatOverflowError
        If a float sum is beyond 1.8e308.
    """
    if not isinstance(weight, BoltzmannWeight):
        raise InputError(f"trace of {a_type(weight)}: expected a BoltzmannWeight; write exp(-H)")
    traced = weight.trace(weight.sites if over is None else over)
    return traced if traced.sites else traced.ring.value(traced.values)
