"""Single-spin samplers for exp(g), g(s) = sum_k a_k prod_{i in S_k} s_i, at the level of arrays.

`Interactions` holds the terms, `Chains` the spins and the random streams of many independent chains; `heat_bath` and
`metropolis` advance chains and record draws. Runs are pure functions of their arguments: the same bits on any number
of threads, and ``run(10 draws)`` is ``run(4 draws)`` followed by ``run(6 draws)`` from the chains that it returns.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import CouplingError, SiteError, SpinError

from .streams import Seed, seed_sequence


@dataclass(frozen=True, eq=False)
class Interactions:
    """A log-weight g(s) = sum_k a_k prod_{i in S_k} s_i over sites 0..n_sites-1 (Eq. 3 with g = -H).

    Write `Interactions.from_terms`; the arrays are the lists S_k one after another.

    Parameters
    ----------
    n_sites : int
        Number of spins.
    coefficients : ndarray of float64, shape (n_terms,)
        a_k, in units of kT.
    indptr : ndarray of uint64, shape (n_terms + 1,)
        S_k is ``members[indptr[k]:indptr[k + 1]]``; an empty S_k is a constant.
    members : ndarray of uint32
        Sites, each at most once in a term.
    """

    n_sites: int
    coefficients: npt.NDArray[np.float64]
    indptr: npt.NDArray[np.uint64]
    members: npt.NDArray[np.uint32]

    @classmethod
    def from_terms(
        cls, n_sites: int, terms: Mapping[Iterable[int], float] | Iterable[tuple[Iterable[int], float]]
    ) -> Interactions:
        """Gather terms given as {sites: coefficient} or as pairs (sites, coefficient), where a set may come twice.

        Raises
        ------
        SiteError
            If a site is not in range(n_sites), or twice in one term.
        CouplingError
            If a coefficient is not a finite real number.
        """
        n_sites = require_count("n_sites", n_sites, 1)
        pairs = terms.items() if isinstance(terms, Mapping) else terms
        sets, coefficients = [], []
        for sites, coefficient in pairs:
            members = [operator.index(i) for i in sites]
            if len(set(members)) < len(members):
                raise SiteError(f"term {members} holds a site twice; s_i s_i = 1, so write the term without it")
            if members and (min(members) < 0 or max(members) >= n_sites):
                raise SiteError(f"term {members} has a site outside range({n_sites})")
            sets.append(members)
            coefficients.append(_finite("a coefficient", coefficient))
        indptr = np.cumsum([0, *map(len, sets)]).astype(np.uint64)
        return cls(n_sites, np.array(coefficients, float), indptr, np.array([*chain(*sets)], np.uint32))

    @cached_property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """What the kernels read: coefficients, indptr, members, and for each site the terms that hold it (CSR)."""
        term_of_entry = np.repeat(np.arange(self.coefficients.size, dtype=np.uint32), np.diff(self.indptr).astype(int))
        site_terms = term_of_entry[np.argsort(self.members, kind="stable")]
        counts = np.bincount(self.members, minlength=self.n_sites)
        site_indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.uint64)
        return self.coefficients, self.indptr, self.members, site_indptr, site_terms

    def log_weight(self, configs: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return g of each configuration, shape (n_samples,).

        Raises
        ------
        SpinError
            If the configurations are not +1/-1 of shape (n_samples, n_sites).
        """
        spins = checked_spins(configs, self.n_sites)
        g = np.zeros(len(spins))
        for k, coefficient in enumerate(self.coefficients):
            members = self.members[self.indptr[k] : self.indptr[k + 1]]
            g += coefficient * np.prod(spins[:, members], axis=1, dtype=np.int8)
        return g


@dataclass(frozen=True, eq=False)
class Chains:
    """Independent Markov chains: where they are, and the random stream of each.

    Parameters
    ----------
    spins : ndarray of int8, shape (n_chains, n_sites)
        Configurations, +1 or -1.
    streams : ndarray of uint64, shape (n_chains, 4)
        States of xoshiro256++, one a chain.
    """

    spins: npt.NDArray[np.int8]
    streams: npt.NDArray[np.uint64]

    @classmethod
    def start(cls, configs: npt.ArrayLike, rng: Seed) -> Chains:
        """Start a chain from each configuration."""
        spins = checked_spins(configs)
        return cls(spins.copy(), random_streams(len(spins), rng))

    @classmethod
    def hot(cls, n_chains: int, n_sites: int, rng: Seed) -> Chains:
        """Start chains from independent uniform configurations."""
        shape = (require_count("n_chains", n_chains, 1), require_count("n_sites", n_sites, 1))
        return cls(*random_start(shape, rng))


@dataclass(frozen=True, eq=False)
class ChainRun:
    """What a run recorded, and the chains to go on from.

    Parameters
    ----------
    chains : Chains
        State after the last draw.
    configs : ndarray of int8, shape (n_chains, n_draws, n_sites), or None
        The draws, if they were kept.
    log_weights : ndarray of float64, shape (n_chains, n_draws)
        g of each draw (minus the energy).
    magnetizations : ndarray of int64, shape (n_chains, n_draws)
        Sum of the spins of each draw.
    """

    chains: Chains
    configs: npt.NDArray[np.int8] | None
    log_weights: npt.NDArray[np.float64]
    magnetizations: npt.NDArray[np.int64]


def heat_bath(
    interactions: Interactions,
    chains: Chains,
    n_draws: int,
    *,
    thin: int = 1,
    keep_configs: bool = True,
    n_threads: int | None = None,
) -> ChainRun:
    """Draw every spin in turn from its conditional distribution p(s_i | rest) = 1 / (1 + exp(-2 s_i h_i)).

    A sweep visits the sites in order; one draw is recorded after every ``thin`` sweeps. Any configuration can follow
    any other in one sweep, so the chain is ergodic for every g.

    Parameters
    ----------
    interactions : Interactions
        The log-weight g.
    chains : Chains
        Start; not changed.
    n_draws : int
        Draws to record from each chain.
    thin : int
        Sweeps per draw.
    keep_configs : bool
        Whether to store configurations, n_chains * n_draws * n_sites bytes.
    n_threads : int, optional
        Threads over chains; all usable cores if left out. No bit depends on it.

    Raises
    ------
    InputError
        If a count is not a positive int.
    SpinError
        If the chains live on another number of sites.
    """
    return _single_spin(interactions, chains, n_draws, thin, keep_configs, n_threads, use_heat_bath=True)


def metropolis(
    interactions: Interactions,
    chains: Chains,
    n_draws: int,
    *,
    thin: int = 1,
    keep_configs: bool = True,
    n_threads: int | None = None,
) -> ChainRun:
    """Flip a random spin with probability min(1, p(s') / p(s)) (Metropolis et al. 1953).

    A sweep is n_sites or n_sites - 1 attempts (a fair coin: a fixed number would conserve a parity at g = 0).
    Parameters and errors are those of `heat_bath`.
    """
    return _single_spin(interactions, chains, n_draws, thin, keep_configs, n_threads, use_heat_bath=False)


def _single_spin(
    interactions: Interactions,
    chains: Chains,
    n_draws: int,
    thin: int,
    keep_configs: bool,
    n_threads: int | None,
    *,
    use_heat_bath: bool,
) -> ChainRun:
    from .graph_kernels import run_sweeps

    options = (require_count("thin", thin, 1), *interactions.arrays, 1.0, use_heat_bath)
    return run_chains(run_sweeps, interactions.n_sites, chains, n_draws, keep_configs, n_threads, options)


def run_chains(
    kernel: Callable[..., None],
    n_sites: int,
    chains: Chains,
    n_draws: int,
    keep_configs: bool,
    n_threads: int | None,
    options: tuple[Any, ...],
) -> ChainRun:
    """Copy the chains, make room for the draws and run ``kernel(spins, streams, *records, *options)`` over threads."""
    if chains.spins.shape[1] != n_sites:
        raise SpinError(f"the chains have {chains.spins.shape[1]} sites, the weight has {n_sites}")
    n_draws, n_chains = require_count("n_draws", n_draws, 1), len(chains.spins)
    spins, streams = chains.spins.copy(), chains.streams.copy()
    configs = np.empty((n_chains, n_draws if keep_configs else 0, n_sites), np.int8)
    log_weights, magnetizations = np.empty((n_chains, n_draws)), np.empty((n_chains, n_draws), np.int64)
    over_chains(kernel, (spins, streams, configs, log_weights, magnetizations), options, n_threads)
    return ChainRun(Chains(spins, streams), configs if keep_configs else None, log_weights, magnetizations)


def over_chains(
    kernel: Callable[..., None], arrays: tuple[npt.NDArray[Any], ...], options: tuple[Any, ...], n_threads: int | None
) -> None:
    """Run a kernel that releases the GIL on contiguous slices of the first axis of ``arrays``, one a thread.

    Threads of our own rather than numba's: its default threading layer aborts the process when two callers meet.
    """
    n = len(arrays[0])
    if n_threads is None:
        n_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    n_threads = require_count("n_threads", n_threads, 1)
    cuts = np.linspace(0, n, min(n, n_threads) + 1).astype(int)

    def work(start: int, stop: int) -> None:
        with np.errstate(over="ignore"):  # the words of a generator wrap around; numpy says so when nothing is compiled
            kernel(*(array[start:stop] for array in arrays), *options)

    if len(cuts) == 2:
        work(0, n)
        return
    with ThreadPoolExecutor(len(cuts) - 1) as pool:
        for done in [pool.submit(work, *cut) for cut in pairwise(cuts)]:
            done.result()


def random_streams(n: int, rng: Seed) -> npt.NDArray[np.uint64]:
    """Draw n states of 256 random bits: streams of 2**64 words overlap with a probability of about n**2 2**-191."""
    return np.random.default_rng(seed_sequence(rng)).integers(0, 2**64, (n, 4), np.uint64)


def random_start(shape: tuple[int, ...], rng: Seed) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.uint64]]:
    """Draw uniform spins of a shape, and a stream for each entry of its first axis."""
    generator = np.random.default_rng(seed_sequence(rng))
    return 1 - 2 * generator.integers(0, 2, shape, np.int8), random_streams(shape[0], generator)


def checked_spins(configs: npt.ArrayLike, n_sites: int | None = None) -> npt.NDArray[np.int8]:
    """Return configurations as contiguous int8, or raise `SpinError`."""
    array = np.asarray(configs)
    if array.ndim != 2 or 0 in array.shape or (n_sites is not None and array.shape[1] != n_sites):
        expected = "(n_samples, n_sites)" if n_sites is None else f"(n_samples, {n_sites})"
        raise SpinError(f"configurations have the shape {array.shape}, expected {expected} with one sample or more")
    if not np.all((array == 1) | (array == -1)):
        raise SpinError("configurations must be made of +1 and -1; 0/1 units s become spins as 2 * s - 1")
    return np.ascontiguousarray(array, np.int8)


def _finite(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise CouplingError(f"{name} must be a real number, got {value!r}; substitute numbers for symbols") from None
    if not np.isfinite(number):
        raise CouplingError(f"{name} must be finite, got {number}")
    return number
