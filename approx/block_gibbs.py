"""Block Gibbs sampling of restricted Boltzmann machines, at the level of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from exactrg.blas import one_blas_thread
from exactrg.counts import require_count
from exactrg.errors import InputError
from exactrg.rbm import RBM

from .graph_samplers import ChainRun, Chains, run_chains

Floats = npt.NDArray[np.float64]

ROWS = 4096
"""Samples whose fields are held at once."""


@dataclass(frozen=True, eq=False)
class Layers:
    """The parameters of an RBM as contiguous floats, in the sign of Eq. 10.

    Parameters
    ----------
    w : ndarray, shape (n_visible, n_hidden)
    b, c : ndarray
        Hidden and visible biases.
    """

    w: Floats
    b: Floats
    c: Floats

    @classmethod
    def of(cls, rbm: RBM) -> Layers:
        """Read a machine with float parameters.

        Raises
        ------
        InputError
            If a layer is empty.
        """
        if not rbm.n_visible or not rbm.n_hidden:
            raise InputError(
                f"block Gibbs needs two layers, got {rbm.n_visible} visible and {rbm.n_hidden} hidden units"
            )
        return cls(*(np.ascontiguousarray(a, np.float64) for a in (rbm.w, rbm.b, rbm.c)))

    @cached_property
    def transposed(self) -> Floats:
        """w, hidden units first."""
        return np.ascontiguousarray(self.w.T)

    @property
    def n_units(self) -> int:
        """Visible and hidden units together."""
        return sum(self.w.shape)


def block_gibbs(
    layers: Layers,
    chains: Chains,
    n_draws: int,
    *,
    thin: int = 1,
    factor: float = 1.0,
    keep_configs: bool = True,
    n_threads: int | None = None,
) -> ChainRun:
    """Draw all hidden units given the visible ones, then all visible units given the hidden ones (Eq. 11).

    p(h_j = -1 | v) = 1 / (1 + exp(-2 (b_j + sum_i v_i w_ij))), and likewise for v; any state can follow any other.
    ``log_weights`` are -E without its constant.

    Parameters
    ----------
    layers : Layers
    chains : Chains
        Spins of the visible, then of the hidden units; not changed.
    n_draws, thin : int
        Draws to record from each chain, and steps per draw.
    factor : float
        Inverse temperature: the chain is stationary for exp(-factor E).
    keep_configs : bool
        Whether to store configurations.
    n_threads : int, optional
        Threads over chains; all usable cores if left out. No bit depends on it.
    """
    from .rbm_kernels import run_block_gibbs

    options = (require_count("thin", thin, 1), layers.w, layers.transposed, layers.b, layers.c, float(factor))
    return run_chains(run_block_gibbs, layers.n_units, chains, n_draws, keep_configs, n_threads, options)


def log_marginal(rbm: RBM, visible: npt.ArrayLike) -> Floats:
    """Log of the sum over hidden units of e^{-E} (minus Eq. 15), constant included, shape (n_samples,)."""
    v = np.asarray(visible)
    values = np.empty(len(v))
    with one_blas_thread():
        for start in range(0, len(v), ROWS):
            rows = v[start : start + ROWS].astype(np.float64)
            fields = rows @ rbm.w + rbm.b
            values[start : start + ROWS] = np.logaddexp(fields, -fields).sum(axis=1) - rows @ rbm.c - rbm.constant
    return values
