"""From the Ising model itself to an RBM over its spins: annealing that needs no symmetry to be broken on the way.

A path from independent spins may lead all chains into one of several parts of an RBM's space, and its weights do not show
that. Exact samples of the Ising model are spread over both signs of the magnetisation from the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError

from .layer_path import LayerChains, LayerPath, Singles
from .problem import Rectangle

Floats = npt.NDArray[np.float64]
Spins = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False, kw_only=True)
class IsingPath(LayerPath):
    """Distributions f_t(v) = exp(-(1 - t) H(v) - t c.v) prod_j 2cosh(t (b + v w)_j), t from 0 to 1.

    Given the hidden units the visible ones are an Ising model in a field: one sublattice is drawn given the other.

    Parameters
    ----------
    rbm : RBM
        Visible units in row-major order.
    torus : Rectangle
        H: one coupling, and one field, on a torus with even sides.
    log_z_torus : float
        Log Z of e^{-H}.
    samples : ndarray of int8, shape (n_samples, n_visible)
        Independent samples of e^{-H}/Z, 128 or more; chains start from some of them.
    """

    torus: Rectangle
    log_z_torus: float
    samples: Spins

    def __post_init__(self) -> None:
        super().__post_init__()
        sides = self.torus.Lx, self.torus.Ly
        if not self.torus.periodic or sides[0] % 2 or sides[1] % 2:
            raise InputError(f"{self.torus}: expected a torus with even sides, which has two sublattices")
        if len(self.samples) < self.n_chains:
            raise InputError(f"{len(self.samples)} samples of the torus: expected {self.n_chains} or more")

    @property
    def log_z0(self) -> float:
        """Log Z of the Ising model and M log 2."""
        return self.log_z_torus + self.rbm.n_hidden * float(np.log(2))

    def start(self, seed: np.random.SeedSequence) -> LayerChains:
        """Samples of the Ising model, no two of one block the same."""
        rows = np.random.default_rng(seed).choice(len(self.samples), self.n_chains, replace=False)
        return self.load(self.samples[rows], seed)

    def step(self, state: LayerChains, beta: float, n: int, threads: int = 1) -> LayerChains:
        """All spins turned over or not, hidden units, then one sublattice and the other, n times, in place."""
        from .cd_kernels import draw
        from .rbm_kernels import sublattice_probabilities, tempered_probabilities

        _, down, hidden, visible, nothing, _ = self.arrays
        t, torus = np.float32(beta), self.torus
        fields, chances = np.empty_like(state.units), np.empty_like(state.units)
        for _ in range(n):
            self._turn(state, beta)
            tempered_probabilities(state.sums, nothing, hidden, t)
            draw(state.sums, state.sums, state.stream, 0, hidden.size)
            np.matmul(state.sums, down, out=fields)
            for parity in (0, 1):
                coupling, field = np.float32((1.0 - beta) * torus.J), np.float32((1.0 - beta) * torus.h)
                sublattice_probabilities(
                    fields, visible, t, state.units, coupling, field, torus.Lx, torus.Ly, parity, chances
                )
                draw(chances, state.units, state.stream, 0, visible.size)
            self._up(state)
        return state

    def log_ratios(self, state: LayerChains, beta: float, after: float, threads: int = 1) -> Floats:
        """Log f_after - log f_beta at each chain's visible spins."""
        from .rbm_kernels import bond_sums

        bonds = np.empty(len(state.units))
        bond_sums(state.units, self.torus.Lx, self.torus.Ly, bonds)
        m = self.rbm.n_visible - 2.0 * state.units.sum(axis=1, dtype=np.float64)
        weight = self.torus.J * bonds + self.torus.h * m  # -H
        change = float(np.float32(after)) - float(np.float32(beta))
        return super().log_ratios(state, beta, after) - change * weight

    def _field(self, beta: float) -> Singles:
        """Of t c and (1 - t) H; the bonds are even."""
        return np.asarray(beta * self.rbm.c - (1.0 - beta) * self.torus.h, np.float32)

    @cached_property
    def rounding(self) -> float:
        """As for independent spins, and of the couplings."""
        torus = self.torus
        return super().rounding + 2.0**-23 * self.rbm.n_visible * (2 * abs(torus.J) + abs(torus.h))
