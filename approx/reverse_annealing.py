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
from exactrg.counts import require_count
from exactrg.errors import InputError, a_type
from exactrg.executors import require_executor
from exactrg.rbm import RBM
from exactrg.sites import spin_array

from .annealing import AnnealedWeights, anneal, lead
from .errors import StuckChainsError, TooFewSamplesError
from .estimate import Estimate
from .layer_path import LayerPath
from .log_weights import effective_weights, even_enough
from .problem import rounded
from .schedule import refined
from .streams import Seed, child, given_seed, recorded
from .workers import in_order, usable_threads

Floats = npt.NDArray[np.float64]
Spins = npt.NDArray[np.int8]

DRAWS = 8
"""Configurations that are kept of each chain."""

AGREEMENT = 3.0
"""Standard errors between the two estimates beyond which there are more temperatures."""

FEWEST = 32
"""Effective weights of which a standard error can be made."""

BACK_FROM = ("given", "annealed")
"""Where chains of the way back begin."""

_FORWARD, _CHAINS, _BACK, _AGAIN, _SCATTERED, _PICKED = range(6)  # what random numbers are for


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
        Draws of the annealed chains (none of them where only log Z was asked for), and of those from the given
        configurations.
    """

    forward: Estimate
    reverse: Estimate
    steps: int
    sweeps: int
    weights: Floats
    annealed: Spins
    chains: Spins

    @property
    def apart(self) -> float:
        """Distance of the two estimates in standard errors."""
        forward, reverse = self.forward, self.reverse
        return abs(forward.value - reverse.value) / math.hypot(forward.stderr, reverse.stderr)

    def checked(self) -> BothWays:
        """Return this, if both estimates can be trusted.

        Raises
        ------
        TooFewSamplesError
            If fewer than 32 weights are effective one way.
        StuckChainsError
            If the estimates are more than 3 standard errors apart.
        """
        forward, reverse = self.forward, self.reverse
        found = {"forward": forward, "reverse": reverse, "steps": self.steps, "sweeps": self.sweeps}
        with np.errstate(divide="ignore"):
            log_w = np.log(self.weights)[None]
        if min(forward.effective_samples, reverse.effective_samples) < FEWEST:
            raise TooFewSamplesError(
                f"{self.steps:,} temperatures leave {forward.effective_samples:.0f} effective weights of "
                f"{self.weights.size} on the way to the RBM and {reverse.effective_samples:.0f} on the way back, expected "
                f"{FEWEST} or more; write max_steps={4 * self.steps}",
                log_w,
                **found,
            )
        if self.apart > AGREEMENT:
            raise StuckChainsError(
                f"log Z is {forward} by annealing to the RBM and {reverse} by annealing back from its own chains, "
                f"{self.apart:.1f} sigma apart after {self.steps:,} temperatures: one of them has missed a part of the "
                f"space; write sweeps={4 * self.sweeps}, so that the chains forget where they began, and "
                f"max_steps={4 * self.steps}",
                log_w,
                **found,
            )
        return self


@dataclass(frozen=True)
class Effort:
    """How much is spent on log Z of an RBM, both ways, and where: see `anneal_both_ways`."""

    n: int = 512
    sweeps: int = 2000
    max_steps: int = 8192
    threads: int | None = None
    executor: Executor | None = None

    def __post_init__(self) -> None:
        require_executor(self.executor)
        for name, least in (("n", 1), ("sweeps", DRAWS), ("max_steps", 1)):
            object.__setattr__(self, name, require_count(name, getattr(self, name), least))
        usable_threads(self.threads)


def anneal_both_ways(
    rbm: RBM,
    starts: npt.ArrayLike,
    *,
    rng: Seed | None = None,
    n: int = 512,
    sweeps: int = 2000,
    max_steps: int = 8192,
    back_from: str = "given",
    threads: int | None = None,
    executor: Executor | None = None,
) -> BothWays:
    """Estimate log Z from independent spins to the RBM, and from chains of the RBM back to independent spins.

    Chains that start from given configurations sweep at the RBM's own temperature first; the independent spins have their
    mean spins. Forward, E[w] = Z / Z_0 exactly; the log of a mean of few uneven weights is too low on average. Backward, if
    these chains are samples of the RBM by then, E[1/w] = Z_0 / Z exactly, and log Z is too high on average: the truth lies
    between. If they still remember their start, the shares of the parts of the space are wrong: where only a fraction a
    is in the part that annealing leads to, the reverse estimate is too high by log 1/a, and one from a light part bounds
    nothing; compare `BothWays.chains` with `BothWays.annealed`.

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
    back_from : {"given", "annealed"}
        Where the chains of the way back begin: at the given configurations, or at the ends of annealed chains, drawn by
        their weights and swept as often. The latter have the shares that annealing has found, whatever the barriers
        between parts, but then the two estimates agree on a part that both have missed.
    threads : int, optional
    executor : concurrent.futures.Executor, optional
        Where blocks of 128 chains run. See docs/executors.md.

    Notes
    -----
    Source: R. B. Grosse, Z. Ghahramani, R. P. Adams, arXiv:1511.02543 (bounds from both sides); Y. Burda, R. B. Grosse,
    R. Salakhutdinov, AISTATS 2015.
    """
    if not isinstance(rbm, RBM):
        raise InputError(f"rbm is {a_type(rbm)}: expected an RBM")
    if back_from not in BACK_FROM:
        raise InputError(f"back_from={back_from!r}: expected 'given' or 'annealed'")
    effort = Effort(n, sweeps, max_steps, threads, executor)
    seed, annealed = given_seed(rng), back_from == "annealed"
    return both_ways(rounded(rbm), spin_array(starts, rbm.n_visible), seed, effort, back_from_annealed=annealed)


def both_ways(
    rbm: RBM,
    starts: Spins,
    seed: np.random.SeedSequence,
    effort: Effort,
    *,
    draws: bool = True,
    back_from_annealed: bool = False,
) -> BothWays:
    """See `anneal_both_ways`; without draws of the annealed chains if they are not wanted."""
    threads, executor = usable_threads(effort.threads), effort.executor
    path = LayerPath(rbm)
    size, blocks = path.n_chains, -(-effort.n // path.n_chains)
    first = np.resize(np.arange(len(starts)), size * blocks).reshape(blocks, size)
    ends = [path.load(starts[rows], child(seed, _CHAINS, k)) for k, rows in enumerate(first)]
    chains, ends = _sweep(path, ends, effort)
    path = LayerPath.from_means(rbm, chains.mean(axis=(0, 1)))
    found = anneal(path, child(seed, _FORWARD), effort.n, threads, max_steps=effort.max_steps, executor=executor)
    number = 0
    while True:
        if back_from_annealed:
            _, back = _sweep(path, _picked(path, found, child(seed, _PICKED, number)), effort)
        else:
            back = [replace(end, units=end.units.copy(), sums=end.sums.copy()) for end in ends]
        seeds = _seeds(seed, _BACK, number, blocks)
        log_w, growth, _ = lead(path, found.betas[::-1], seeds, threads, back, executor=executor)
        forward = as_log_z(found, rbm.constant, seed)
        reverse = as_log_z(AnnealedWeights(path, found.betas, log_w, []), rbm.constant, seed, back=True)
        w = np.exp(found.log_weights - found.log_weights.max())
        result = BothWays(forward, reverse, found.steps, effort.sweeps, w / w.sum(), chains[:, :0], chains)
        enough = forward.effective_samples >= FEWEST and even_enough(log_w)
        if (enough and result.apart <= AGREEMENT) or found.steps >= effort.max_steps:
            break
        number += 1
        betas = refined(found.betas, growth[::-1], effort.max_steps, least=4)
        log_w, _, states = lead(path, betas, _seeds(seed, _AGAIN, number, blocks), threads, executor=executor)
        found = AnnealedWeights(path, betas, log_w, states)
    return replace(result, annealed=_sweep(path, found.states, effort)[0]) if draws else result


def _picked(path: LayerPath, found: AnnealedWeights, seed: np.random.SeedSequence) -> list[Any]:
    """Ends of annealed chains, each about as often as its weight says (systematic resampling)."""
    spins = np.concatenate([state.spins for state in found.states])
    shares = np.cumsum(np.exp(found.log_weights - found.log_weights.max()))
    places = (np.random.default_rng(seed).random() + np.arange(len(spins))) / len(spins)
    rows = np.minimum(np.searchsorted(shares / shares[-1], places), len(spins) - 1)
    blocks = rows.reshape(-1, path.n_chains)
    return [path.load(spins[own], child(seed, k)) for k, own in enumerate(blocks)]


def anneal_checked(
    rbm: RBM, seed: np.random.SeedSequence, effort: Effort, given: Spins | None = None, *, draws: bool = False
) -> BothWays:
    """Anneal both ways with chains that begin far from each other, and refuse what cannot be trusted."""
    return both_ways(rbm, scattered(rbm.n_visible, effort.n, seed, given), seed, effort, draws=draws).checked()


def scattered(n_visible: int, n: int, seed: np.random.SeedSequence, given: Spins | None = None) -> Spins:
    """Configurations far from each other: uniform spins, all up, all down and given ones, in turn.

    What annealing to the RBM has missed, chains that start there may find.
    """
    random = np.random.default_rng(child(seed, _SCATTERED)).integers(0, 2, (n, n_visible), np.int8) * 2 - 1
    kinds = [random, np.ones_like(random), -np.ones_like(random)]
    if given is not None:
        kinds.append(given[np.resize(np.arange(len(given)), n)])
    return np.stack(kinds, axis=1).reshape(-1, n_visible)


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


def _sweep(path: LayerPath, states: list[Any], effort: Effort) -> tuple[Spins, list[Any]]:
    """Sweep all chains, and keep draws at even distances from the second half; also return the last states."""
    task = partial(_sweep_block, path, effort.sweeps)
    kept, after = zip(*in_order(task, states, effort.threads, effort.executor), strict=True)
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
