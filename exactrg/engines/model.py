"""What the engines see of a Hamiltonian: sites by number, log weights -H by term, and its structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numbers.exact import Exact
from ..numbers.kinds import as_kind
from ..numbers.ring import lift
from ..polynomial import SpinPolynomial
from ..walsh import spin_configurations
from ..weight import exp


@dataclass(frozen=True)
class Model:
    """A Hamiltonian over spins 0..n-1; the weight of a configuration is exp(sum_k log_couplings[k] prod s).

    Attributes
    ----------
    n : int
    kind : str
        "float" or "exact".
    scopes : list of tuple of int
        The spins of each term, sorted.
    log_couplings : list
        float or `Exact`: the coefficient of the term in -H.
    """

    n: int
    kind: str
    scopes: list[tuple[int, ...]]
    log_couplings: list[Any]

    @classmethod
    def of(cls, H: SpinPolynomial) -> Model:
        """Number the sites of a Hamiltonian in their order."""
        number = {site: k for k, site in enumerate(H.sites)}
        kind = "float" if H.kind == "float" or (H.kind == "neutral" and H.couplings) else "exact"
        return cls(
            len(H.sites),
            kind,
            [tuple(sorted(number[site] for site in members)) for members in H.couplings],
            [-as_kind(c, kind) for c in H.couplings.values()],
        )

    @cached_property
    def masks(self) -> list[int]:
        """The terms as bit masks, bit i for spin i."""
        return [sum(1 << spin for spin in scope) for scope in self.scopes]

    @cached_property
    def constant(self) -> Any:
        """The part of -H that no spin enters."""
        return next((c for scope, c in zip(self.scopes, self.log_couplings, strict=True) if not scope), None)

    @cached_property
    def is_zero_field_pairs(self) -> bool:
        """Whether all terms but a constant are products of two spins."""
        return all(len(scope) in (0, 2) for scope in self.scopes)

    @cached_property
    def edges(self) -> NDArray[np.int64]:
        """The pairs, (n_edges, 2)."""
        return np.array([s for s in self.scopes if len(s) == 2], dtype=np.int64).reshape(-1, 2)

    @cached_property
    def edge_couplings(self) -> list[Any]:
        """K of each pair."""
        return [c for scope, c in zip(self.scopes, self.log_couplings, strict=True) if len(scope) == 2]

    @cached_property
    def grid_positions(self) -> NDArray[np.float64] | None:
        """Coordinates of the spins if all pairs are neighbours on an open grid in row-major order, else None."""
        first, second = self.edges.min(axis=1, initial=self.n), self.edges.max(axis=1, initial=0)
        steps = set((second - first).tolist()) - {1}
        if len(steps) != 1:
            return None
        width = steps.pop()
        wrapped = (second - first == 1) & (second % width == 0)
        if wrapped.any():
            return None
        spins = np.arange(self.n)
        return np.stack([spins % width, spins // width], axis=1).astype(np.float64)

    def tables(self) -> list[tuple[tuple[int, ...], NDArray[Any]]]:
        """One factor for each term, in the numbers of the ring: log weights, or field elements of one field."""
        if self.kind == "float":
            return [(scope, c * _parities(len(scope))) for scope, c in self]
        tables = lift(*(exp(SpinPolynomial({scope: c}, scope)).values for scope, c in self))
        return list(zip(self.scopes, tables, strict=True))

    def __iter__(self) -> Iterator[tuple[tuple[int, ...], Any]]:
        return iter(zip(self.scopes, self.log_couplings, strict=True))

    @cached_property
    def torus(self) -> tuple[int, int] | None:
        """(m, n) if this is a uniform zero-field Ising model on the m x n torus of `rectangle`, in its order of sites."""
        if not self.is_zero_field_pairs or self.uniform_coupling is None:
            return None
        return torus_sides(self.n, self.bonds)

    @cached_property
    def bonds(self) -> list[tuple[int, int]]:
        """The pairs, repeated as often as their coupling is a multiple of the uniform one."""
        assert self.uniform_coupling is not None
        pairs = zip(map(tuple, self.edges.tolist()), self.multiplicities, strict=True)
        return [pair for pair, times in pairs for _ in range(times)]

    @cached_property
    def uniform_coupling(self) -> Any:
        """The coupling of which all pairs have 1 or 2 (double bonds), or None."""
        distinct: list[Any] = []
        for c in self.edge_couplings:
            if not any(c == d for d in distinct):
                distinct.append(c)
            if len(distinct) > 2:
                return None
        if len(distinct) == 2:
            first, second = distinct
            return first if second == 2 * first else second if first == 2 * second else None
        return distinct[0] if distinct else None

    @cached_property
    def multiplicities(self) -> list[int]:
        """How many bonds each pair stands for."""
        unit = self.uniform_coupling
        return [1 if c == unit else 2 for c in self.edge_couplings]

    @cached_property
    def uniform_field(self) -> Any:
        """The field that all spins have (zero if none has one), or None if they differ."""
        fields = [c for scope, c in self if len(scope) == 1]
        if not fields:
            return Exact(0) if self.kind == "exact" else 0.0
        return fields[0] if len(fields) == self.n and all(c == fields[0] for c in fields) else None


@cache
def _parities(size: int) -> NDArray[np.float64]:
    """Products of all spins, shape (2,)*size."""
    return spin_configurations(size).prod(axis=1, dtype=np.float64).reshape((2,) * size)


def torus_sides(n: int, bonds: list[tuple[int, int]]) -> tuple[int, int] | None:
    """(Lx, Ly) if the bonds are those of `rectangle(Lx, Ly)`, sites in row-major order; None otherwise.

    A 2 x L torus with all double bonds along one side is found too when the multiplicities say so.
    """
    if len(bonds) != 2 * n:
        return None
    given = sorted((min(b), max(b)) for b in bonds)
    for width in range(2, n // 2 + 1):
        if n % width == 0 and (0, width) in given:
            height = n // width
            expected = [
                (min(a, b), max(a, b))
                for y in range(height)
                for x in range(width)
                for a, b in (
                    (y * width + x, y * width + (x + 1) % width),
                    (y * width + x, (y + 1) % height * width + x),
                )
            ]
            if sorted(expected) == given:
                return width, height
    return None
