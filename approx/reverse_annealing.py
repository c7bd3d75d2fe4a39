"""Annealing to an RBM and back: log Z from both sides, and what the chains at its end say about the machine itself."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.blas import one_blas_thread
from exactrg.errors import InputError
from exactrg.executors import require_executor
from exactrg.rbm import RBM
from exactrg.sites import spin_array

from .annealing import AnnealedWeights, anneal, lead
from .estimate import Estimate
from .fitted_path import path_from
from .layer_path import LayerPath
from .log_weights import effective_weights, even_enough
from .problem import rounded
from .schedule import refined
from .streams import Seed, check_count, child, given_seed, recorded
from .workers import in_order, usable_threads

Floats = npt.NDArray[np.float64]
Spins = npt.NDArray[np.int8]

DRAWS = 8
"""Configurations that are kept of each chain."""

AGREEMENT = 3.0
"""Standard errors between the two estimates beyond which there are more temperatures."""

_FORWARD, _CHAINS, _BACK, _AGAIN = range(4)  # what random numbers are for


@dataclass(frozen=True, eq=False)
class BothWays:
    """Log Z of an RBM from both sides, and chains at its end.

    Parameters
    ----------
    forward, reverse : Estimate
        Log Z; too low and too high, if anything, where weights are uneven (see `anneal_both_ways`).
    steps : int
        Temperatures on the way.
    sweeps : int
        Of the chains from the given configurations before the first half of the draws is over.
    weights : ndarray, shape (n_chains,)
        Of the annealed chains; they add up to 1.
    annealed, chains : ndarray of int8, shape (n_chains, 8, n_visible)
        Draws of the annealed chains, and of those from the given configurations.
    """

    forward: Estimate
    reverse: Estimate
    steps: int
    sweeps: int
    weights: Floats
    annealed: Spins
    chains: Spins


def anneal_both_ways(
    rbm: RBM,
    starts: npt.ArrayLike,
    *,
    rng: Seed | None = None,
    n: int = 512,
    sweeps: int = 2000,
    max_steps: int = 8192,
    threads: int | None = None,
    executor: Executor | None = None,
) -> BothWays:
    """Estimate log Z from independent spins to the RBM, and from chains of the RBM back to independent spins.

    Chains that start from given configurations sweep at the RBM's own temperature first; the independent spins have their
    mean spins. Forward, E[w] = Z / Z_0 exactly; the log of a mean of few uneven weights is too low on average. Backward, if
    these chains are samples of the RBM by then, E[1/w] = Z_0 / Z exactly, and log Z is too high on average: the truth lies
    between. If they still remember their start, or are shut in a part of the space, the reverse estimate is that of the part
    that they have seen, and it bounds nothing: compare `BothWays.chains` with `BothWays.annealed`.

    Parameters
    ----------
    rbm : RBM
    starts : array, shape (n_samples, n_visible)
        The data, for example; taken in turn.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
        The same seed gives the same bits on any number of threads and any executor.
    n : int
        Chains each way; rounded up to a multiple of 128.
    sweeps : int
        Hidden and visible units drawn so often before the way back; draws are taken from the second half.
    max_steps : int
        Temperatures, at most; fewer if both estimates agree and a quarter of the weights is effective both ways.
    threads : int, optional
    executor : concurrent.futures.Executor, optional
        Where blocks of 128 chains run. See docs/executors.md.

    Notes
    -----
    Source: R. B. Grosse, Z. Ghahramani, R. P. Adams, arXiv:1511.02543 (bounds from both sides); Y. Burda, R. B. Grosse,
    R. Salakhutdinov, AISTATS 2015.
    """
    require_executor(executor)
    if not isinstance(rbm, RBM):
        raise InputError(f"rbm is a {type(rbm).__name__}: expected an RBM")
    check_count("n", n, 2), check_count("sweeps", sweeps, DRAWS), check_count("max_steps", max_steps, 1)
    rbm, given = rounded(rbm), spin_array(starts, rbm.n_visible)
    seed, threads = given_seed(rng), usable_threads(threads)
    path = LayerPath(rbm)
    size, blocks = path.n_chains, -(-n // path.n_chains)
    first = np.resize(np.arange(len(given)), size * blocks).reshape(blocks, size)
    ends = [path.load(given[rows], child(seed, _CHAINS, k)) for k, rows in enumerate(first)]
    chains, ends = _sweep(path, ends, sweeps, threads, executor)
    path = path_from(rbm, chains.mean(axis=(0, 1)))
    found = anneal(path, child(seed, _FORWARD), n, threads, max_steps=max_steps, executor=executor)
    number = 0
    while True:
        back = [replace(end, units=end.units.copy(), sums=end.sums.copy()) for end in ends]
        seeds = _seeds(seed, _BACK, number, blocks)
        log_w, growth, _ = lead(path, found.betas[::-1], seeds, threads, back, executor=executor)
        forward = as_log_z(found, rbm.constant, seed)
        reverse = as_log_z(AnnealedWeights(path, found.betas, log_w, []), rbm.constant, seed, back=True)
        agree = abs(forward.value - reverse.value) <= AGREEMENT * math.hypot(forward.stderr, reverse.stderr)
        if (agree and even_enough(log_w)) or found.steps >= max_steps:
            break
        number += 1
        betas = refined(found.betas, growth[::-1], max_steps, least=4)
        log_w, _, states = lead(path, betas, _seeds(seed, _AGAIN, number, blocks), threads, executor=executor)
        found = AnnealedWeights(path, betas, log_w, states)
    annealed, _ = _sweep(path, found.states, sweeps, threads, executor)
    w = np.exp(found.log_weights - found.log_weights.max())
    return BothWays(forward, reverse, found.steps, sweeps, w / w.sum(), annealed, chains)


def _seeds(seed: np.random.SeedSequence, purpose: int, number: int, blocks: int) -> list[np.random.SeedSequence]:
    return [child(seed, purpose, number, k) for k in range(blocks)]


def as_log_z(found: AnnealedWeights, constant: float, seed: np.random.SeedSequence, *, back: bool = False) -> Estimate:
    """Log Z of annealed weights; on the way back they are those of independent spins over the RBM's."""
    value, stderr = found.log_z
    if back:
        value = 2 * found.path.log_z0 - value
    name = f"annealed importance sampling ({found.steps} temperatures{', backward' if back else ''})"
    effective = effective_weights(found.log_weights)
    return Estimate(value - constant, stderr, effective, 0.5, math.nan, name, recorded(seed))


def _sweep(
    path: LayerPath, states: list[Any], sweeps: int, threads: int, executor: Executor | None
) -> tuple[Spins, list[Any]]:
    """Sweep all chains, and keep draws at even distances from the second half; also return the last states."""
    kept, after = zip(*in_order(partial(_sweep_block, path, sweeps), states, threads, executor), strict=True)
    return np.concatenate(kept), list(after)


def _sweep_block(path: LayerPath, sweeps: int, state: Any) -> tuple[Spins, Any]:
    gap = sweeps // (2 * DRAWS)
    draws = []
    with one_blas_thread():
        state = path.step(state, 1.0, sweeps - DRAWS * gap)
        for _ in range(DRAWS):
            state = path.step(state, 1.0, gap)
            draws.append(state.spins)
    return np.stack(draws, axis=1), state
