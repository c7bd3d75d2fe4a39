"""Cluster updates of ferromagnets: Wolff and Swendsen-Wang for any graph, coupling strengths and field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import CouplingError, InputError, SiteError

from .graph_samplers import ChainRun, Chains, Interactions, run_chains


@dataclass(frozen=True, eq=False)
class Ferromagnet:
    """A log-weight g(s) = sum over bonds of K s_i s_j + sum over sites of h_i s_i with K >= 0, as a graph in CSR form.

    Write `Ferromagnet.from_bonds` or `Ferromagnet.from_interactions`; the constructor takes the arrays unchecked.

    Parameters
    ----------
    indptr : ndarray of uint64, shape (n_sites + 1,)
        The bonds of site i are the entries indptr[i]:indptr[i + 1].
    neighbours : ndarray of uint32, shape (2 * n_bonds,)
        Other end of each entry; a double bond is two entries.
    couplings : ndarray of float64, shape (2 * n_bonds,)
        K of each entry, in units of kT.
    fields : ndarray of float64, shape (n_sites,) or (0,)
        h_i in units of kT, of any sign; empty where all are zero.
    """

    indptr: npt.NDArray[np.uint64]
    neighbours: npt.NDArray[np.uint32]
    couplings: npt.NDArray[np.float64]
    fields: npt.NDArray[np.float64]

    @classmethod
    def from_bonds(
        cls, n_sites: int, bonds: npt.ArrayLike, couplings: npt.ArrayLike, field: npt.ArrayLike = 0.0
    ) -> Ferromagnet:
        """Build the graph from bonds (n_bonds, 2), their couplings (a number or one each), and a field (likewise).

        Raises
        ------
        SiteError
            If a bond has a site outside range(n_sites) or is a self-loop.
        CouplingError
            If a coupling is negative (use `heat_bath` or `parallel_tempering`), or anything is not finite.
        """
        n_sites = require_count("n_sites", n_sites, 1)
        pairs = np.asarray(bonds)
        if pairs.size == 0:
            pairs = np.empty((0, 2), np.int64)
        if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.issubdtype(pairs.dtype, np.integer):
            raise SiteError(f"bonds must be integers of shape (n_bonds, 2), got {pairs.dtype} of shape {pairs.shape}")
        if np.any((pairs < 0) | (pairs >= n_sites)):
            raise SiteError(f"bonds must join sites of range({n_sites}), got {pairs.min()} to {pairs.max()}")
        if np.any(pairs[:, 0] == pairs[:, 1]):
            raise SiteError(f"site {pairs[pairs[:, 0] == pairs[:, 1]][0, 0]} has a bond with itself (a constant)")
        strengths = _reals("couplings", couplings, len(pairs))
        if np.any(strengths < 0):
            raise CouplingError(
                f"cluster updates need couplings >= 0, got {strengths.min()}; write heat_bath or, for frustrated "
                "couplings, tempering instead"
            )
        fields = _reals("field", field, n_sites)
        ends = np.concatenate([pairs, pairs[:, ::-1]])
        both = np.concatenate([strengths, strengths])
        order = np.lexsort((both, ends[:, 1], ends[:, 0]))
        indptr = np.concatenate([[0], np.cumsum(np.bincount(ends[:, 0], minlength=n_sites))]).astype(np.uint64)
        return cls(indptr, ends[order, 1].astype(np.uint32), both[order], fields if fields.any() else fields[:0])

    @classmethod
    def from_interactions(cls, interactions: Interactions) -> Ferromagnet:
        """Read the bonds and fields of a log-weight without terms of three spins or more; a constant is left out.

        Raises
        ------
        InputError
            If a term has more than two sites.
        CouplingError
            If the coupling of a bond is negative.
        """
        sizes = np.diff(interactions.indptr).astype(np.int64)
        if sizes.size and sizes.max() > 2:
            raise InputError(
                f"cluster updates need terms of at most two sites, got {sizes.max()}; write heat_bath(...)"
            )
        starts = interactions.indptr[:-1].astype(np.int64)
        first = starts[sizes == 2]
        bonds = np.stack([interactions.members[first], interactions.members[first + 1]], axis=1).astype(np.int64)
        fields = np.zeros(interactions.n_sites)
        np.add.at(fields, interactions.members[starts[sizes == 1]], interactions.coefficients[sizes == 1])
        return cls.from_bonds(interactions.n_sites, bonds, interactions.coefficients[sizes == 2], fields)

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.indptr) - 1

    @cached_property
    def _bonds(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float64], np.uint64]:
        """Each bond once, in the order of its larger end; couplings of the bonds (one if equal), and their stride."""
        site = np.repeat(np.arange(self.n_sites, dtype=np.uint32), np.diff(self.indptr).astype(np.int64))
        once = self.neighbours < site
        return np.stack([self.neighbours[once], site[once]], axis=1), *_shared(self.couplings[once])


def wolff(
    graph: Ferromagnet,
    chains: Chains,
    n_draws: int,
    *,
    thin: int = 1,
    keep_configs: bool = True,
    n_threads: int | None = None,
) -> ChainRun:
    """Grow a cluster from a random site through bonds open with probability 1 - exp(-2K), and flip it.

    A field acts through a ghost spin: a cluster that is bonded to it stays. One draw is recorded after every ``thin``
    clusters; ``log_weights`` are g without the constant.

    Parameters
    ----------
    graph : Ferromagnet
        The log-weight.
    thin : int
        Clusters per draw.
    chains, n_draws, keep_configs, n_threads
        As for `approx.graph_samplers.heat_bath`, errors too.

    Notes
    -----
    Source: U. Wolff, Phys. Rev. Lett. 62, 361 (1989); ghost spin: P. W. Kasteleyn and C. M. Fortuin (1969).
    """
    from .cluster_kernels import run_wolff

    bonds, bond_couplings, stride = graph._bonds
    entry_couplings, _ = _shared(graph.couplings)
    degrees = np.diff(graph.indptr)
    degree = degrees[0] if np.all(degrees == degrees[0]) else np.uint64(0)
    thresholds = _thresholds(entry_couplings)
    csr = (degree, graph.indptr, graph.neighbours, thresholds)
    options = (require_count("thin", thin, 1), *csr, bonds, bond_couplings, stride, graph.fields)
    return run_chains(run_wolff, graph.n_sites, chains, n_draws, keep_configs, n_threads, options)


def swendsen_wang(
    graph: Ferromagnet,
    chains: Chains,
    n_draws: int,
    *,
    thin: int = 1,
    keep_configs: bool = True,
    n_threads: int | None = None,
) -> ChainRun:
    """Open every bond between equal spins with probability 1 - exp(-2K), then draw every cluster's sign.

    The sign of a cluster has probability proportional to exp(s sum of h_i); without a field that is a fair coin. One
    draw is recorded after every ``thin`` decompositions. Parameters and errors are those of `wolff`.

    Notes
    -----
    Source: R. H. Swendsen and J.-S. Wang, Phys. Rev. Lett. 58, 86 (1987).
    """
    from .cluster_kernels import run_swendsen_wang

    bonds, couplings, stride = graph._bonds
    options = (require_count("thin", thin, 1), bonds, couplings, _thresholds(couplings), stride, graph.fields)
    return run_chains(run_swendsen_wang, graph.n_sites, chains, n_draws, keep_configs, n_threads, options)


def _shared(couplings: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], np.uint64]:
    """Return (one coupling, stride 0) if all are equal: the kernels then keep it in a register."""
    if couplings.size == 0:
        return np.zeros(1), np.uint64(0)
    uniform = bool(np.all(couplings == couplings[0]))
    return (couplings[:1], np.uint64(0)) if uniform else (couplings, np.uint64(1))


def _thresholds(couplings: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """Return (1 - exp(-2K)) 2**64 as integers; beyond K = 18.7 the probability is 1 - 2**-53."""
    probabilities = np.minimum(-np.expm1(-2.0 * couplings), 1.0 - 2.0**-53)
    return np.ldexp(probabilities, 64).astype(np.uint64)


def _reals(name: str, values: npt.ArrayLike, n: int) -> npt.NDArray[np.float64]:
    """Return n finite floats from a number or n numbers, or raise `CouplingError`."""
    try:
        array = np.asarray(values, float)
    except (TypeError, ValueError):
        raise CouplingError(f"{name} must be real numbers, got {values!r}; substitute numbers for symbols") from None
    if array.shape not in ((), (n,)):
        raise CouplingError(f"{name} must be a number or have the shape ({n},), got {array.shape}")
    if not np.all(np.isfinite(array)):
        raise CouplingError(f"{name} must be finite, got {array[~np.isfinite(array)][0] if array.ndim else array}")
    return np.array(np.broadcast_to(array, (n,)))
