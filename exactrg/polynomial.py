"""Functions of spins as polynomials: f(s) = sum_S f_S prod_{i in S} s_i (Eq. 3, each set once, constant allowed)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import FloatOverflowError, InputError, SiteError, a_type
from .hypothesis_entry import drawable
from .latex import polynomial_latex
from .numbers.exact import Exact
from .numbers.kinds import as_kind, common_kind, normalize
from .sites import Site, plain, renamed, require_enumerable, require_known, site_tuple, spin_array
from .walsh import walsh_hadamard


@drawable
@dataclass(frozen=True, eq=False, init=False, repr=False)
class SpinPolynomial:
    """A real function of spins, sum_S f_S prod_{i in S} s_i, the form of every Hamiltonian of Eqs. 3 and 5.

    The expansion is unique (Walsh), so two polynomials are equal exactly if all their coefficients are.

    Parameters
    ----------
    couplings : mapping
        From sets of sites (frozensets, or tuples of distinct sites) to the coefficient of **+** prod s_i. An Ising
        Hamiltonian therefore holds -J. The empty set is the constant. Coefficients are floats, or exact: rational
        combinations of real sympy symbols and logs of positive rationals. Plain integers adapt to either.
    sites : sequence, optional
        The sites the function lives on, in the order of table axes; by default those that occur, as they occur.

    Attributes
    ----------
    couplings : mapping
        frozenset -> float, int or `Exact`; zeros left out.
    sites : tuple
    kind : str
        "float", "exact", or "neutral" for integer coefficients only.

    Raises
    ------
    CouplingError, MixedKindsError
        For a coefficient that is no number of one kind.
    SiteError
        For repeated or unknown sites.

    Examples
    --------
    >>> H = SpinPolynomial({(0, 1): -0.5, (): 1.0}, sites=[0, 1])
    >>> H.evaluate([[1, 1], [1, -1]])
    array([0.5, 1.5])
    """

    couplings: Mapping[frozenset[Site], Any]
    sites: tuple[Site, ...]
    kind: str

    def __init__(self, couplings: Mapping[Any, Any], sites: Iterable[Site] | None = None) -> None:
        if not isinstance(couplings, Mapping):
            raise InputError(f"couplings of {a_type(couplings)}: expected a mapping, {{(0, 1): -0.4, ...}}")
        keyed: dict[frozenset[Site], Any] = {}
        for key, value in couplings.items():
            if isinstance(key, frozenset):
                members = frozenset(map(plain, key))
            else:
                members = frozenset(site_tuple(key, f"the set of sites {key!r}"))
            if members in keyed:
                raise SiteError(f"the set of sites {set(members)} occurs twice: expected one coefficient for each set")
            keyed[members] = value
        if sites is None:
            order = {plain(site): None for key in couplings for site in key}
            known = tuple(order)
        else:
            known = site_tuple(sites)
            require_known((site for members in keyed for site in members), known, "a coupling")
        numbers = {members: normalize(value) for members, value in keyed.items()}
        kind = common_kind((k for k, _ in numbers.values()), "a spin polynomial")
        stored = {members: as_kind(number, kind) for members, (_, number) in numbers.items()}
        self._set(stored, known, kind)

    def _set(self, couplings: Mapping[frozenset[Site], Any], sites: tuple[Site, ...], kind: str) -> None:
        nonzero = {s: c for s, c in couplings.items() if (c.terms if isinstance(c, Exact) else c)}
        if kind == "float" and not all(map(math.isfinite, nonzero.values())):
            members = next(s for s, c in nonzero.items() if not math.isfinite(c))
            raise FloatOverflowError(
                f"the coefficient of {tuple(members)} is beyond 1.8e308; write smaller couplings, or exact ones"
            )
        object.__setattr__(self, "couplings", MappingProxyType(nonzero))
        object.__setattr__(self, "sites", sites)
        object.__setattr__(self, "kind", kind)

    @classmethod
    def _of(cls, couplings: Mapping[frozenset[Site], Any], sites: tuple[Site, ...], kind: str) -> SpinPolynomial:
        """Build from coefficients that are known to be of one kind."""
        self = cls.__new__(cls)
        self._set(couplings, sites, kind)
        return self

    @classmethod
    def from_coefficients(cls, coefficients: list[Any], sites: tuple[Site, ...], kind: str) -> SpinPolynomial:
        """Build from the 2**n Walsh coefficients, indexed by bit masks (first site most significant)."""
        n = len(sites)
        couplings = {}
        for mask, c in enumerate(coefficients):
            couplings[frozenset(site for k, site in enumerate(sites) if mask >> (n - 1 - k) & 1)] = c
        return cls._of(couplings, sites, kind)

    def masks(self) -> dict[int, Any]:
        """Coefficients by bit mask: bit n-1-i is set if the i-th site is in the product."""
        n = len(self.sites)
        bit = {site: 1 << (n - 1 - k) for k, site in enumerate(self.sites)}
        return {sum(bit[site] for site in members): c for members, c in self.couplings.items()}

    def __reduce__(self) -> Any:
        return (SpinPolynomial._of, (dict(self.couplings), self.sites, self.kind))

    # Algebra.

    def __add__(self, other: Any) -> SpinPolynomial:
        other = _summand(other)
        kind = common_kind((self.kind, other.kind), "a sum of spin polynomials")
        total = {s: as_kind(c, kind) for s, c in self.couplings.items()}
        for members, c in other.couplings.items():
            c = as_kind(c, kind)
            total[members] = total[members] + c if members in total else c
        own = set(self.sites)
        return SpinPolynomial._of(total, self.sites + tuple(s for s in other.sites if s not in own), kind)

    __radd__ = __add__

    def __neg__(self) -> SpinPolynomial:
        return self._map(lambda c: -c, self.kind)

    def __sub__(self, other: Any) -> SpinPolynomial:
        return self + -_summand(other)

    def __rsub__(self, other: Any) -> SpinPolynomial:
        return -self + other

    def __mul__(self, scalar: Any) -> SpinPolynomial:
        if isinstance(scalar, SpinPolynomial):
            return NotImplemented
        kind, factor = normalize(scalar)
        kind = common_kind((self.kind, kind), "a multiple of a spin polynomial")
        factor = as_kind(factor, kind)
        return self._map(lambda c: as_kind(c, kind) * factor, kind)

    __rmul__ = __mul__

    def __truediv__(self, scalar: Any) -> SpinPolynomial:
        kind, divisor = normalize(scalar)
        if "float" not in (kind, self.kind):
            return self * (1 / Exact(divisor))
        kind = common_kind((self.kind, kind), "a multiple of a spin polynomial")
        divisor = as_kind(divisor, kind)
        return self._map(lambda c: as_kind(c, kind) / divisor, kind)

    def _map(self, function: Callable[[Any], Any], kind: str) -> SpinPolynomial:
        return SpinPolynomial._of({s: function(c) for s, c in self.couplings.items()}, self.sites, kind)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpinPolynomial):
            return NotImplemented
        if set(self.sites) != set(other.sites):
            return False
        kinds = {self.kind, other.kind} - {"neutral"}
        if len(kinds) > 1:
            return False
        return all(self.couplings.get(s, 0) == other.couplings.get(s, 0) for s in {*self.couplings, *other.couplings})

    __hash__ = None  # type: ignore[assignment]

    # Values.

    def evaluate(self, configs: Any) -> NDArray[Any]:
        """Values on configurations of shape (n_samples, n_sites): float64, or sympy expressions.

        Raises
        ------
        SpinError
            If a spin is not +1 or -1, or the shape is wrong.
        FloatOverflowError
            If a float value is beyond 1.8e308.
        """
        spins = spin_array(configs, len(self.sites))
        column = {site: k for k, site in enumerate(self.sites)}
        exact = self.kind == "exact"
        values: NDArray[Any]
        if self.kind == "neutral" and sum(map(abs, self.couplings.values())) < 2**63:
            values = np.zeros(len(spins), dtype=np.int64)
        else:  # integers beyond int64 are Python's own
            values = np.zeros(len(spins), dtype=np.float64 if self.kind == "float" else object)
        if exact:
            values[:] = [Exact(0)] * len(spins)
        with np.errstate(over="ignore", invalid="ignore"):
            for members, c in self.couplings.items():
                signs = math.prod(spins[:, column[site]] for site in members)
                values += np.where(signs > 0, *np.array([[c], [-c]], dtype=values.dtype))
        self._require_finite(values)
        if exact:
            values[:] = [value.to_sympy() for value in values]
        return values

    @cached_property
    def table(self) -> NDArray[Any]:
        """All values, shape (2,)*n, index 0 for spin +1: float64, or sympy expressions.

        Raises
        ------
        EnumerationTooLarge
            Beyond 26 spins (20 for exact coefficients).
        FloatOverflowError
            If a value is beyond 1.8e308.
        """
        n = len(self.sites)
        require_enumerable(n, self.kind, what="the table of a spin polynomial", instead="Use .evaluate(configs).")
        exact = self.kind == "exact"
        dense = np.zeros(2**n, dtype=object if exact else np.float64)
        if exact:
            dense[:] = [Exact(0)] * 2**n
        for mask, c in self.masks().items():
            dense[mask] = c if exact else as_kind(c, "float")
        with np.errstate(over="ignore", invalid="ignore"):
            values = walsh_hadamard(dense)
        self._require_finite(values)
        if exact:
            values[:] = [value.to_sympy() for value in values]
        values.setflags(write=False)
        return values.reshape((2,) * n)

    def _require_finite(self, values: NDArray[Any]) -> None:
        if values.dtype == np.float64 and not np.isfinite(values).all():
            raise FloatOverflowError(
                "a value of this spin polynomial is beyond 1.8e308; write smaller couplings, or exact ones"
            )

    def relabel(self, mapping: Mapping[Site, Site]) -> SpinPolynomial:
        """Rename sites; those that the mapping leaves out keep their names."""
        names = renamed(self.sites, mapping)
        couplings = {frozenset(map(names.__getitem__, members)): c for members, c in self.couplings.items()}
        return SpinPolynomial._of(couplings, tuple(names.values()), self.kind)

    def _repr_latex_(self) -> str:
        return polynomial_latex(self.couplings, self.sites)

    def __repr__(self) -> str:
        return self._code(40)

    def as_code(self) -> str:
        """Write the call that makes this polynomial, however long: what hypothesis prints."""
        return self._code(len(self.couplings))

    def _code(self, most: int) -> str:
        order = {site: k for k, site in enumerate(self.sites)}
        keyed = sorted((sorted(order[s] for s in members), members) for members in self.couplings)
        parts = ", ".join(
            f"{tuple(self.sites[k] for k in indices)!r}: {self.couplings[members]!r}"
            for indices, members in keyed[:most]
        )
        more = ", ..." if len(keyed) > most else ""
        if not keyed and self.kind != "neutral":
            parts = f"(): {as_kind(0, self.kind)!r}"
        return f"SpinPolynomial({{{parts}{more}}}, sites={list(self.sites)!r})"


class HasEnergy(ABC):
    """A machine that stands for its energy in sums and differences: T = -rbm + H (Eq. 18)."""

    @abstractmethod
    def energy(self) -> SpinPolynomial:
        """Return the joint energy as a polynomial."""

    def __neg__(self) -> SpinPolynomial:
        return -self.energy()

    def __add__(self, other: Any) -> SpinPolynomial:
        return self.energy() + other

    __radd__ = __add__

    def __sub__(self, other: Any) -> SpinPolynomial:
        return self.energy() - other

    def __rsub__(self, other: Any) -> SpinPolynomial:
        return -self.energy() + other


def _summand(value: Any) -> SpinPolynomial:
    """Return what is added to a polynomial as one: the energy of a machine, or a constant."""
    if isinstance(value, HasEnergy):
        return value.energy()
    return value if isinstance(value, SpinPolynomial) else SpinPolynomial({(): value})


def require_polynomial(value: Any, name: str) -> None:
    """InputError unless this is a spin polynomial."""
    if not isinstance(value, SpinPolynomial):
        raise InputError(f"{name} is {a_type(value)}: expected a SpinPolynomial; write ising(graph, J)")
