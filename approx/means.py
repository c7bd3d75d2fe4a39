"""Means over chains in equilibrium, with honest errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .estimate import Estimate, estimate
from .samplers import Perfect, held
from .samples_file import unpack_spins
from .sampling import SamplingJob, turned, usable_threads
from .streams import child

Floats = npt.NDArray[np.float64]
Observable = Callable[[npt.NDArray[np.int8], Floats], Floats]

MIN_DRAWS = 64
"""Draws of every chain: enough to see how they are correlated."""

_GROUPS = 32


def mean(job: SamplingJob, observable: Observable, threads: int | None) -> Estimate:
    """Estimate the mean of ``observable(configs, log_weights)``, configurations being held a few thousand at a time."""
    method = f"{job.plan.method} ({job.plan.kernel})"
    n_sites, threads = job.problem.n_sites, usable_threads(threads)
    if isinstance(job.sampler, Perfect):
        values = [
            observable(block.configs(), job.problem.constant - block.arrays["energies"])
            for block in job.blocks(threads)
        ]
        return estimate(np.concatenate(values), method=method)
    state = job.sampler.restart(job.recipe.state, child(job.root, 0))
    generator = np.random.default_rng(child(job.root, 1))
    state, _ = job.sampler.run(state, 1, job.recipe.burn_in, threads)
    thin = max(1, round(job.recipe.slowest))
    n_chains, piece = job.sampler.n_chains, held(job.sampler.n_chains, n_sites)
    pieces = []
    for _ in range(-(-max(MIN_DRAWS, -(-job.n // n_chains)) // piece)):
        state, draws = job.sampler.run(state, piece, thin, threads)
        draws = turned(job.problem, draws, generator)
        configs = unpack_spins(draws.packed.reshape(piece * n_chains, -1), n_sites)
        pieces.append(observable(configs, draws.log_weights.reshape(-1)).reshape(piece, n_chains))
    series = np.concatenate(pieces).T
    # The mean of independent chains has their autocorrelation, and is not constant where one of them is by chance.
    size = max(1, n_chains // _GROUPS)
    found = estimate(series.reshape(n_chains // size, size, -1).mean(axis=1), method=method)
    return replace(found, effective_samples=size * found.effective_samples)
