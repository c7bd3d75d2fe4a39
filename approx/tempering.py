"""Parallel tempering: replicas at several temperatures that exchange places, for frustrated couplings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import InputError, SpinError

from .graph_samplers import Interactions, checked_spins, over_chains, random_start, random_streams
from .streams import Seed


@dataclass(frozen=True, eq=False)
class Ladders:
    """Independent ladders of replicas: where they are, and the random stream of each ladder.

    Parameters
    ----------
    spins : ndarray of int8, shape (n_ladders, n_factors, n_sites)
        One configuration per ladder and factor.
    streams : ndarray of uint64, shape (n_ladders, 4)
        States of xoshiro256++.
    parity : int
        Which pairs exchange next: (0, 1), (2, 3), ... if 0 and (1, 2), (3, 4), ... if 1.
    """

    spins: npt.NDArray[np.int8]
    streams: npt.NDArray[np.uint64]
    parity: int = 0

    @classmethod
    def start(cls, configs: npt.ArrayLike, rng: Seed) -> Ladders:
        """Start from configurations (n_ladders, n_factors, n_sites)."""
        array = np.asarray(configs)
        if array.ndim != 3 or 0 in array.shape:
            raise SpinError(f"configurations have the shape {array.shape}, expected (n_ladders, n_factors, n_sites)")
        flat = checked_spins(array.reshape(-1, array.shape[2]))
        return cls(flat.reshape(array.shape).copy(), random_streams(len(array), rng))

    @classmethod
    def hot(cls, n_ladders: int, n_factors: int, n_sites: int, rng: Seed) -> Ladders:
        """Start from independent uniform configurations."""
        shape = {"n_ladders": n_ladders, "n_factors": n_factors, "n_sites": n_sites}
        return cls(*random_start(tuple(require_count(name, n, 1) for name, n in shape.items()), rng))


@dataclass(frozen=True, eq=False)
class TemperingRun:
    """What a run of parallel tempering recorded, and the ladders to go on from.

    Parameters
    ----------
    ladders : Ladders
        State after the last draw.
    configs : ndarray of int8, shape (n_ladders, n_draws, n_sites), or None
        The draws at the factor that was kept, if any.
    log_weights : ndarray of float64, shape (n_ladders, n_draws, n_factors)
        g (not factor * g) of every replica at each draw, in the order of the factors.
    magnetizations : ndarray of int64, shape (n_ladders, n_draws, n_factors)
        Sums of the spins, likewise.
    exchange_rates : ndarray of float64, shape (n_factors - 1,)
        Fraction of the attempted exchanges between neighbouring factors that were accepted; NaN where none was tried.
    """

    ladders: Ladders
    configs: npt.NDArray[np.int8] | None
    log_weights: npt.NDArray[np.float64]
    magnetizations: npt.NDArray[np.int64]
    exchange_rates: npt.NDArray[np.float64]


def parallel_tempering(
    interactions: Interactions,
    ladders: Ladders,
    factors: Sequence[float] | npt.NDArray[np.float64],
    n_draws: int,
    *,
    thin: int = 1,
    keep: int | None = -1,
    n_threads: int | None = None,
) -> TemperingRun:
    """Sample prod_r exp(factor_r g(s_r)): a heat-bath sweep of every replica, then exchanges between neighbours.

    Neighbouring factors f and f' exchange with probability min(1, exp((f' - f)(g(s) - g(s')))), even and odd pairs
    in turn. One draw is recorded after every ``thin`` such steps.

    Parameters
    ----------
    interactions : Interactions
        The log-weight g at factor 1.
    ladders : Ladders
        Start; not changed.
    factors : sequence of float, length n_factors
        Inverse temperatures relative to that of g, strictly increasing, at least 0; the last is usually 1.
    n_draws : int
        Draws to record from each ladder.
    thin : int
        Steps per draw.
    keep : int, optional
        Index of the factor whose configurations are stored (the last if left out); None stores none.
    n_threads : int, optional
        Threads over ladders; all usable cores if left out. No bit depends on it.

    Raises
    ------
    InputError
        If the factors are not increasing, a count is not a positive int, or ``keep`` is out of range.
    SpinError
        If the ladders have another number of sites or of factors.

    Notes
    -----
    Source: K. Hukushima and K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996).
    """
    from .graph_kernels import run_tempering

    scale = np.array(factors, float)
    if (
        scale.ndim != 1
        or not scale.size
        or not np.all(np.isfinite(scale))
        or scale[0] < 0
        or np.any(np.diff(scale) <= 0)
    ):
        raise InputError(f"factors must be finite, at least 0 and strictly increasing, got {factors!r}")
    n_ladders, n_factors, n_sites = ladders.spins.shape
    if (n_factors, n_sites) != (scale.size, interactions.n_sites):
        raise SpinError(
            f"the ladders have {n_factors} factors and {n_sites} sites, "
            f"expected {scale.size} and {interactions.n_sites}"
        )
    if keep is not None and not -n_factors <= keep < n_factors:
        raise InputError(f"keep must be None or an index of the {n_factors} factors, got {keep}")
    n_draws, thin = require_count("n_draws", n_draws, 1), require_count("thin", thin, 1)

    spins, streams = ladders.spins.copy(), ladders.streams.copy()
    configs = np.empty((n_ladders, 0 if keep is None else n_draws, n_sites), np.int8)
    log_weights = np.empty((n_ladders, n_draws, n_factors))
    magnetizations = np.empty((n_ladders, n_draws, n_factors), np.int64)
    accepted = np.zeros((n_ladders, n_factors - 1), np.int64)
    kept = 0 if keep is None else keep % n_factors
    options = (ladders.parity, thin, kept, scale, *interactions.arrays)
    over_chains(run_tempering, (spins, streams, configs, log_weights, magnetizations, accepted), options, n_threads)

    steps = n_draws * thin
    attempts = (steps + (np.arange(n_factors - 1) % 2 == ladders.parity)) // 2 * n_ladders
    rates = np.divide(accepted.sum(0), attempts, out=np.full(n_factors - 1, np.nan), where=attempts > 0)
    after = Ladders(spins, streams, (ladders.parity + steps) % 2)
    return TemperingRun(after, None if keep is None else configs, log_weights, magnetizations, rates)
