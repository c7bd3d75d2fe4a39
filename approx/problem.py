"""What is sampled, e^{-H} / Z, in the forms that samplers read: terms by number, a lattice, an RBM."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from exactrg.engines.model import Model, torus_sides
from exactrg.errors import CouplingError, InputError, a_type
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM
from exactrg.sites import Site

from .clusters import Ferromagnet
from .graph_samplers import Interactions


@dataclass(frozen=True)
class Rectangle:
    """An Ising model with one coupling J and one field h on `exactrg.rectangle`, the case of the bit-parallel kernels.

    Parameters
    ----------
    Lx, Ly : int
        Sides; site y * Lx + x.
    periodic : bool
        Torus or open rectangle.
    J, h : float
        Coupling of every bond and field on every site, in kT.
    """

    Lx: int
    Ly: int
    periodic: bool
    J: float
    h: float

    def __str__(self) -> str:
        shape = "torus" if self.periodic else "open rectangle"
        return f"uniform {self.Lx} x {self.Ly} {shape}, J = {self.J:g}, h = {self.h:g}"


@dataclass(frozen=True)
class Outline:
    """What matters of a problem once its sampler is made: little to send to another machine.

    Parameters
    ----------
    name : str
    n_sites : int
    constant : float
        In H.
    is_even : bool
        Whether turning all spins over changes nothing.
    """

    name: str
    n_sites: int
    constant: float
    is_even: bool


@dataclass(frozen=True, eq=False)
class Problem:
    """A Hamiltonian or an RBM with floats for couplings.

    Parameters
    ----------
    energy : SpinPolynomial or RBM
    """

    energy: SpinPolynomial | RBM

    @classmethod
    def of(cls, H: SpinPolynomial | RBM) -> Problem:
        """Round exact constants to floats.

        Raises
        ------
        InputError
            If H is no Hamiltonian and no RBM, or has no spin.
        CouplingError
            If a coupling is a symbol.
        """
        if not isinstance(H, SpinPolynomial | RBM):
            raise InputError(f"expected a Hamiltonian (SpinPolynomial) or an RBM, got {a_type(H)}")
        if not H.sites:
            raise InputError("there is no spin to sample: expected at least one site")
        return cls(rounded(H))

    def __str__(self) -> str:
        if isinstance(self.energy, RBM):
            return f"RBM of {self.energy.n_visible} visible and {self.energy.n_hidden} hidden units"
        return str(self.rectangle or f"{len(self.energy.couplings)} terms over {self.n_sites} spins")

    @property
    def outline(self) -> Outline:
        """Without the terms."""
        return Outline(str(self), self.n_sites, self.constant, self.is_even)

    @property
    def sites(self) -> tuple[Site, ...]:
        """Columns of a configuration; visible, then hidden for an RBM."""
        return self.energy.sites

    @property
    def n_sites(self) -> int:
        """Number of spins."""
        return len(self.sites)

    @cached_property
    def model(self) -> Model:
        """The terms of -H, sites by number."""
        return Model.of(self.energy.energy() if isinstance(self.energy, RBM) else self.energy)

    @cached_property
    def interactions(self) -> Interactions:
        """The log-weight -H without its constant."""
        return Interactions.from_terms(self.n_sites, [(scope, float(c)) for scope, c in self.model if scope])

    @cached_property
    def ferromagnet(self) -> Ferromagnet:
        """The bonds and fields; an error where a term has three spins or a coupling is negative."""
        return Ferromagnet.from_interactions(self.interactions)

    @cached_property
    def constant(self) -> float:
        """The constant in H."""
        if isinstance(self.energy, RBM):
            return float(self.energy.constant)
        return float(self.energy.couplings.get(frozenset(), 0.0))

    @cached_property
    def is_even(self) -> bool:
        """Whether turning all spins over leaves H as it is."""
        if isinstance(self.energy, RBM):
            return not (np.any(self.energy.b) or np.any(self.energy.c))
        return all(len(members) % 2 == 0 for members in self.energy.couplings)

    @cached_property
    def is_ferromagnetic(self) -> bool:
        """Whether all terms are fields of any sign or bonds of positive coupling, and there is a bond."""
        pairs = [c for scope, c in self.model if len(scope) == 2]
        return bool(pairs) and min(pairs) > 0 and all(len(scope) <= 2 for scope in self.model.scopes)

    @cached_property
    def influence(self) -> float:
        """Dobrushin's bound on the influence of all other spins on one: the largest sum of (|S| - 1) tanh|K_S|.

        Below one, single-spin updates mix in about log N sweeps, whatever the graph.

        Notes
        -----
        Source: R. L. Dobrushin, Theory Probab. Appl. 13, 197 (1968); H. Foellmer, Springer LNM 1362 (1988).
        """
        terms = self.interactions
        sizes = np.diff(terms.indptr).astype(np.int64)
        strength = (sizes - 1) * np.tanh(np.abs(terms.coefficients))
        return float(np.bincount(terms.members, np.repeat(strength, sizes), self.n_sites).max())

    @cached_property
    def rectangle(self) -> Rectangle | None:
        """The lattice, if this is one that the bit-parallel kernels know; free spins are an open row."""
        if isinstance(self.energy, RBM) or any(len(scope) > 2 for scope in self.model.scopes):
            return None
        n, field = self.n_sites, self.model.uniform_field
        if field is None:
            return None
        if not self.model.edge_couplings:
            return Rectangle(n, 1, False, 0.0, float(field))
        if self.model.uniform_coupling is None:
            return None
        J, bonds = float(self.model.uniform_coupling), self.model.bonds
        if sides := torus_sides(n, bonds):
            return Rectangle(*sides, True, J, float(field))
        if sides := _open_sides(n, bonds):
            return Rectangle(*sides, False, J, float(field))
        return None


def rounded(f: Any) -> Any:
    """Return a polynomial or an RBM with floats for exact constants.

    Raises
    ------
    CouplingError
        If there are symbols.
    """
    if f.kind == "float":
        return f
    try:
        if isinstance(f, RBM):
            w, b, c = (np.array([float(x) for x in a.reshape(-1)]).reshape(a.shape) for a in (f.w, f.b, f.c))
            return RBM(w, b, c, float(f.constant), visible=f.visible, hidden=f.hidden)
        return SpinPolynomial({members: float(c) for members, c in f.couplings.items()}, f.sites)
    except TypeError:
        raise CouplingError(
            "symbols have no samples: expected floats or exact constants; substitute numbers for the symbols"
        ) from None


def _open_sides(n: int, bonds: list[tuple[int, int]]) -> tuple[int, int] | None:
    """(Lx, Ly) if the bonds are those of the open rectangle, sites in row-major order; None otherwise."""
    total = 2 * n - len(bonds)  # Lx + Ly
    root = round(max(total * total - 4 * n, 0) ** 0.5)
    given = sorted((min(bond), max(bond)) for bond in bonds)
    for Lx in {(total + root) // 2, (total - root) // 2}:
        if Lx < 1 or n % Lx or Lx + n // Lx != total:
            continue
        right = [(i, i + 1) for i in range(n) if (i + 1) % Lx]
        if sorted(right + [(i, i + Lx) for i in range(n - Lx)]) == given:
            return Lx, n // Lx
    return None
