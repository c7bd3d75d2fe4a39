"""From independent spins to an RBM: what annealed importance sampling moves along when layers are large.

An RBM that has learned a model without a field has two parts of its space, v and -v, of nearly equal weight, which block
Gibbs sampling does not cross once the spins are ordered. Turning over all visible spins at once is a move of its own here.

Units are stored as 0/1 (1 is spin -1) in float32, many chains to a matrix, so that a step is two matrix products and what
is left to do between them. Nothing here depends on a number of threads: a block of chains is one thread's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError
from exactrg.rbm import RBM

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Spins = npt.NDArray[np.int8]

LARGEST = 1e30
"""Bound on the field of a unit: float32 ends at 3e38."""

_ZERO = np.float32(0.0)

LARGEST_MEAN = 0.98
"""Mean spins of the start of a path are kept this far inside of [-1, 1]."""


@dataclass(eq=False)
class LayerChains:
    """Chains on the way: visible units, their sums for the hidden ones, and random numbers.

    Parameters
    ----------
    units : ndarray of float32, shape (n_chains, n_visible)
        0 for spin +1, 1 for spin -1.
    sums : ndarray of float32, shape (n_chains, n_hidden)
        Of -2 w over the units that are 1.
    stream : ndarray of uint32, shape (4, 16)
        See `approx.cd_kernels.draw`.
    """

    units: Singles
    sums: Singles
    stream: npt.NDArray[np.uint32]

    @property
    def spins(self) -> Spins:
        """The visible spins."""
        return (1 - 2 * self.units).astype(np.int8)


@dataclass(frozen=True, eq=False)
class LayerPath:
    """Distributions f_beta(v) = exp(-((1 - beta) a + beta c).v) prod_j 2cosh(beta (b + v w)_j), beta from 0 to 1.

    The last one is the visible marginal of an RBM (Eq. 15) without its constant, the first one independent spins of
    mean -tanh(a). Block Gibbs sampling of the joint distribution leaves each of them unchanged, and so does turning v
    to -v with probability min(1, f_beta(-v) / f_beta(v)).

    Parameters
    ----------
    rbm : RBM
        With float parameters.
    base : ndarray, shape (n_visible,), optional
        a; zero, so that beta is an inverse temperature, if left out.

    Raises
    ------
    InputError
        If a layer is empty, or a field may leave the range of float32.

    Notes
    -----
    Source of the path: R. Salakhutdinov and I. Murray, ICML 2008 ("base-rate model"). Fields are good to 1e-7 of the
    largest weights, probabilities to 2e-7.
    """

    rbm: RBM
    base: Floats | None = None
    n_chains: ClassVar[int] = 128

    def __post_init__(self) -> None:
        rbm = self.rbm
        if not rbm.n_visible or not rbm.n_hidden:
            raise InputError(f"annealing needs two layers, got {rbm.n_visible} visible and {rbm.n_hidden} hidden units")
        widest = max(float((abs(rbm.w).sum(axis=k) + abs(bias)).max()) for k, bias in ((0, rbm.b), (1, rbm.c)))
        if not widest < LARGEST:
            raise InputError(f"the field of a unit may be {widest:.3g}: expected parameters that float32 can hold")

    @classmethod
    def from_means(cls, rbm: RBM, means: Floats) -> LayerPath:
        """Start from independent spins with given means, or nearly so.

        Without that, a path to an RBM in an ordered phase crosses a phase transition, where chains are slow; any means
        are a valid start.
        """
        return LayerPath(rbm, -np.arctanh(LARGEST_MEAN * means))

    @cached_property
    def arrays(self) -> tuple[Singles, ...]:
        """Weights up and down, biases of hidden and visible units and of the start, for units 0/1 in place of spins."""
        w = self.rbm.w
        a = np.zeros(len(w)) if self.base is None else self.base
        given = (-2 * w, -2 * w.T, self.rbm.b + w.sum(axis=0), self.rbm.c + w.sum(axis=1), np.zeros(w.shape[1]), a)
        return tuple(np.ascontiguousarray(array, np.float32) for array in given)

    @property
    def log_z0(self) -> float:
        """M log 2 + sum_i log 2cosh(a_i)."""
        a = self.arrays[5].astype(np.float64)
        return self.rbm.n_hidden * float(np.log(2)) + float(np.logaddexp(a, -a).sum())

    @cached_property
    def rounding(self) -> float:
        """A float32 in each unit and parameter, not all of one sign."""
        parameters = sum(float(abs(array).sum()) for array in (self.rbm.w, self.rbm.b, self.rbm.c))
        return 2.0**-23 * (sum(self.rbm.w.shape) + parameters)

    def start(self, seed: np.random.SeedSequence) -> LayerChains:
        """Spins of the first distribution."""
        return self._visible(self._chains(np.zeros((self.n_chains, self.rbm.n_visible), np.float32), seed), 0.0)

    def load(self, spins: npt.NDArray[Any], seed: np.random.SeedSequence) -> LayerChains:
        """Chains that start from given visible spins, shape (n_chains, n_visible)."""
        chains = self._chains((spins < 0).astype(np.float32), seed)
        return self._up(chains)

    def step(self, state: LayerChains, beta: float, n: int, threads: int = 1) -> LayerChains:
        """All spins turned over or not, hidden given visible, visible given hidden units, n times, in place."""
        from .cd_kernels import draw
        from .rbm_kernels import tempered_probabilities

        _, down, bias, _, nothing, _ = self.arrays
        for _ in range(n):
            self._turn(state, beta)
            tempered_probabilities(state.sums, nothing, bias, np.float32(beta))
            draw(state.sums, state.sums, state.stream, 0, bias.size)
            np.matmul(state.sums, down, out=state.units)
            self._visible(state, beta)
        return state

    def log_ratios(self, state: LayerChains, beta: float, after: float, threads: int = 1) -> Floats:
        """Log f_after - log f_beta at each chain's visible spins."""
        from .rbm_kernels import add_log_ratios

        low, high, bias = np.float32(beta), np.float32(after), self.arrays[2]
        totals = (float(low) - float(high)) * (self._tilt.sum() - 2 * (state.units @ self._tilt.astype(np.float32)))
        totals = totals.astype(np.float64)
        add_log_ratios(state.sums, bias, low, high, totals)
        return totals

    @cached_property
    def _tilt(self) -> Floats:
        """c - a: what the visible biases gain on the way."""
        return np.asarray(self.rbm.c - self.arrays[5].astype(np.float64), np.float64)

    def _chains(self, units: Singles, seed: np.random.SeedSequence) -> LayerChains:
        stream = seed.generate_state(64, np.uint32).reshape(4, 16).astype(np.uint32)
        return LayerChains(units, np.empty((len(units), self.rbm.n_hidden), np.float32), stream)

    def _visible(self, state: LayerChains, beta: float) -> LayerChains:
        """Draw the visible units from their sums, which are in ``units``, and add up those of the hidden ones."""
        from .cd_kernels import draw
        from .rbm_kernels import tempered_probabilities

        _, _, _, bias, _, base = self.arrays
        tempered_probabilities(state.units, base, bias, np.float32(beta))
        draw(state.units, state.units, state.stream, 0, bias.size)
        return self._up(state)

    def _turn(self, state: LayerChains, beta: float) -> None:
        """Turn v to -v, chain by chain, by Metropolis's rule."""
        from .cd_kernels import draw
        from .rbm_kernels import add_log_ratios

        high, bias, field = np.float32(beta), self.arrays[2], self._field(beta)
        turned = self._sums_of_all - state.sums
        here, there = np.zeros((2, len(state.units)))
        add_log_ratios(state.sums, bias, _ZERO, high, here)
        add_log_ratios(turned, bias, _ZERO, high, there)
        gain = there - here + 2 * (float(field.sum()) - 2 * (state.units @ field).astype(np.float64))
        chances = np.exp(np.minimum(gain, 0.0)).astype(np.float32)[:, None]
        draw(chances, chances, state.stream, 0, 1)
        rows = np.flatnonzero(chances)
        state.units[rows] = 1 - state.units[rows]
        state.sums[rows] = turned[rows]

    def _field(self, beta: float) -> Singles:
        """a(beta), where log f is -a.v and what is even under v to -v."""
        return np.asarray((1.0 - beta) * self.arrays[5] + beta * self.rbm.c, np.float32)

    @cached_property
    def _sums_of_all(self) -> Singles:
        """The sums of a chain whose units are all 1."""
        return np.asarray(-2 * self.rbm.w.sum(axis=0), np.float32)

    def _up(self, state: LayerChains) -> LayerChains:
        np.matmul(state.units, self.arrays[0], out=state.sums)
        return state
