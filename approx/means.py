"""Means over chains in equilibrium, with honest errors."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .estimate import Estimate, estimate
from .samplers import Perfect, held
from .samples_file import unpack_spins
from .sampling import SamplingJob, turned
from .streams import child
from .workers import in_order, usable_threads

Floats = npt.NDArray[np.float64]
Observable = Callable[[npt.NDArray[np.int8], Floats], Floats]

MIN_DRAWS = 64
"""Draws of every chain: enough to see how they are correlated."""

MAX_DRAWS = 2048
"""Draws of a chain beyond which there are more chains, which need not wait for each other."""

_GROUPS = 32


def mean(
    job: SamplingJob, observable: Observable, threads: int | None = None, executor: Executor | None = None
) -> Estimate:
    """Estimate the mean of ``observable(configs, log_weights)``, configurations being held a few thousand at a time.

    Blocks of chains are independent: they run side by side, in threads here or on an executor, to which the observable
    must be able to travel.
    """
    method, threads = f"{job.plan.method} ({job.plan.kernel})", usable_threads(threads)
    if isinstance(job.sampler, Perfect):
        exact = _Draws(job, observable)
        values = in_order(exact.values, range(job.n_blocks), threads, executor, 8 * job.block_size)
        return estimate(np.concatenate(list(values)), method=method)
    n_chains = job.sampler.n_chains
    draws = max(MIN_DRAWS, -(-job.n // n_chains))
    blocks = -(-draws // MAX_DRAWS)
    executor = executor if blocks > 1 else None
    chains = _Chains(job, observable, -(-draws // blocks), max(1, threads // blocks) if executor is None else 1)
    series = np.concatenate(list(in_order(chains.series, range(blocks), threads, executor, 8 * draws * n_chains)))
    # The mean of independent chains has their autocorrelation, and is not constant where one of them is by chance.
    size = max(1, n_chains // _GROUPS)
    found = estimate(series.reshape(len(series) // size, size, -1).mean(axis=1), method=method)
    return replace(found, effective_samples=size * found.effective_samples)


@dataclass(frozen=True, eq=False)
class _Draws:
    """Values of an observable at exact draws."""

    job: SamplingJob
    observable: Observable

    def values(self, k: int) -> Floats:
        """Of block k."""
        block = self.job.block(k)
        return self.observable(block.configs(), self.job.problem.constant - block.arrays["energies"])


@dataclass(frozen=True, eq=False)
class _Chains:
    """Series of an observable along chains, recorded every tau steps; more chains are there where series are long."""

    job: SamplingJob
    observable: Observable
    n_draws: int
    threads: int

    def series(self, k: int) -> Floats:
        """Of the chains of block k, shape (n_chains, n_draws or a few more)."""
        job, n_chains, n_sites = self.job, self.job.sampler.n_chains, self.job.problem.n_sites
        key = (k,) if k else ()
        state = job.sampler.restart(job.recipe.state, child(job.root, 0, *key))
        generator = np.random.default_rng(child(job.root, 1, *key))
        state, _ = job.sampler.run(state, 1, job.recipe.burn_in, self.threads)
        thin, piece = max(1, round(job.recipe.slowest)), held(n_chains, n_sites)
        pieces = []
        for _ in range(-(-self.n_draws // piece)):
            state, draws = job.sampler.run(state, piece, thin, self.threads)
            draws = turned(job.problem, draws, generator)
            configs = unpack_spins(draws.packed.reshape(piece * n_chains, -1), n_sites)
            pieces.append(self.observable(configs, draws.log_weights.reshape(-1)).reshape(piece, n_chains))
        return np.concatenate(pieces).T
