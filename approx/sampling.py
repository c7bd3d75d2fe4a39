"""Samples of e^{-H}/Z at any size, block by block; the approximate side of `exactrg.sample`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

import exactrg
from exactrg.counts import require_count
from exactrg.errors import InputError
from exactrg.executors import require_executor
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM

from .choice import SamplingMethod, SamplingPlan, choose, make_sampler
from .equilibration import Recipe, checked_recipe, measure
from .kernel_versions import SAMPLING
from .paths import GraphPath
from .problem import Outline, Problem
from .samplers import Draws, Perfect, Sampler
from .samples_file import StoredSamples
from .schedule import ladder
from .streams import Seed, child, given_seed
from .workers import in_order, usable_threads

DRAWS = 8
"""Draws of a chain; a block is its chains times these, and the unit of threads and of checkpoints."""

_BLOCK, _TURN, _PILOT, _LADDER = range(4)


@dataclass(frozen=True, eq=False)
class SamplingJob:
    """Samples to be drawn: block k is a function of the job and of k alone.

    Write `prepare`.

    Parameters
    ----------
    problem : Outline
    plan : SamplingPlan
    sampler : Sampler
    recipe : Recipe
    root : numpy.random.SeedSequence
    n : int
        Number of configurations.
    """

    problem: Outline
    plan: SamplingPlan
    sampler: Sampler
    recipe: Recipe
    root: np.random.SeedSequence
    n: int

    @property
    def block_size(self) -> int:
        """Configurations of a full block."""
        return self.sampler.n_chains * (1 if isinstance(self.sampler, Perfect) else DRAWS)

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return -(-self.n // self.block_size)

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the samples come from, as JSON values."""
        return {
            "software": f"exactrg {exactrg.__version__}",
            "kernels": SAMPLING,
            "hamiltonian": self.problem.name,
            "seed": self.root.entropy if not self.root.spawn_key else [self.root.entropy, list(self.root.spawn_key)],
            "method": self.plan.method,
            "kernel": self.plan.kernel,
            "reason": self.plan.reason,
            "step": self.plan.step,
            "burn_in": self.recipe.burn_in,
            "thin": self.recipe.thin,
            "tau": dict(self.recipe.tau),
            "pilot": self.recipe.pilot,
        }

    def block(self, k: int) -> StoredSamples:
        """Draw block k; the last one is cut to what is left of n."""
        left = min(self.block_size, self.n - k * self.block_size)
        draws = -(-left // self.sampler.n_chains)
        state = self.sampler.restart(self.recipe.state, child(self.root, _BLOCK, k))
        if self.recipe.burn_in:
            state, _ = self.sampler.run(state, 1, self.recipe.burn_in)
        _, found = self.sampler.run(state, draws, self.recipe.thin)
        found = turned(self.problem, found, np.random.default_rng(child(self.root, _TURN, k)))
        packed = found.packed.reshape(-1, found.packed.shape[2])[:left]
        energies = self.problem.constant - found.log_weights.reshape(-1)[:left]
        arrays = {"energies": energies, "magnetizations": found.magnetizations.reshape(-1)[:left]}
        return StoredSamples(packed, self.problem.n_sites, arrays, self.provenance)

    def blocks(
        self, threads: int | None = None, numbers: Iterable[int] | None = None, executor: Executor | None = None
    ) -> Iterator[StoredSamples]:
        """Draw blocks in order, a few ahead of the reader."""
        size = self.block_size * (self.problem.n_sites // 8 + 17)
        return in_order(self.block, range(self.n_blocks) if numbers is None else numbers, threads, executor, size)


def prepare(
    H: SpinPolynomial | RBM,
    n: int,
    rng: Seed | None = None,
    *,
    method: SamplingMethod = "auto",
    burn_in: int | None = None,
    thin: int | None = None,
    threads: int | None = None,
) -> SamplingJob:
    """Choose the sampler and measure its autocorrelation times; parameters and errors are those of `sample`, but n >= 1."""
    return _job(H, require_count("n", n, 1), rng, method, burn_in, thin, threads)


def _job(
    H: SpinPolynomial | RBM,
    n: int,
    rng: Seed | None,
    method: SamplingMethod = "auto",
    burn_in: int | None = None,
    thin: int | None = None,
    threads: int | None = None,
) -> SamplingJob:
    """Do the work of `prepare`; without a pilot run where there is nothing to draw."""
    n, threads = require_count("n", n), usable_threads(threads)
    if isinstance(H, RBM) and H.sites and not (H.n_visible and H.n_hidden) and method != "block_gibbs":
        H = H.energy()  # one layer: independent spins
    root, problem = given_seed(rng), Problem.of(H)
    plan = choose(problem, method)
    outline = problem.outline
    sampler = make_sampler(
        problem,
        plan,
        lambda: ladder(GraphPath(problem.interactions), child(root, _LADDER), threads) if n else np.ones(1),
    )
    if isinstance(sampler, Perfect) or not n:
        return SamplingJob(outline, plan, sampler, Recipe(0, 1, {}, 0, None), root, n)
    seed, even = child(root, _PILOT), outline.is_even
    measured = measure(sampler, seed, outline.n_sites, even=even, step=plan.step, threads=threads)
    return SamplingJob(outline, plan, sampler, checked_recipe(measured, burn_in, thin, plan.step), root, n)


@overload
def sample(
    H: SpinPolynomial | RBM,
    n: int,
    rng: Seed | None = None,
    *,
    method: SamplingMethod = "auto",
    packed: Literal[False] = False,
    burn_in: int | None = None,
    thin: int | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> npt.NDArray[np.int8]: ...


@overload
def sample(
    H: SpinPolynomial | RBM,
    n: int,
    rng: Seed | None = None,
    *,
    method: SamplingMethod = "auto",
    packed: Literal[True],
    burn_in: int | None = None,
    thin: int | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> StoredSamples: ...


def sample(
    H: SpinPolynomial | RBM,
    n: int,
    rng: Seed | None = None,
    *,
    method: SamplingMethod = "auto",
    packed: bool = False,
    burn_in: int | None = None,
    thin: int | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> npt.NDArray[np.int8] | StoredSamples:
    """Draw n configurations from e^{-H}/Z (Eq. 1) by Markov chains in equilibrium, or by coupling from the past.

    A pilot run, half of it from random spins and half from all spins up, must reach equilibrium. Chains start where it
    ended, run for 20 autocorrelation times, and are recorded every 5, 8 times each. For even H every draw is turned over
    with probability 1/2, an exact symmetry that single spins are slow to find.

    Parameters
    ----------
    H : SpinPolynomial or RBM
        With numbers for couplings.
    n : int
        Number of configurations; 0 makes no pilot run.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
        The same seed gives the same bits on any number of threads and any executor, and the first configurations of a
        larger n. A fresh seed, kept in the provenance, if left out.
    method : str
        "auto" (`plan_sampling` says what and why), "metropolis", "heat_bath", "wolff", "swendsen_wang", "tempering",
        "perfect", or "block_gibbs" for an RBM.
    packed : bool
        Whether to return one bit a spin, with energies, magnetisations and provenance.
    burn_in, thin : int, optional
        Steps (sweeps, clusters, ...) before the first draw and between draws, instead of 20 and 5 times tau.
    threads : int, optional
        All usable cores if left out.
    executor : concurrent.futures.Executor, optional
        Where blocks are drawn, to the same bits, instead of by threads here; the pilot run stays here. See
        docs/executors.md.
    progress : callable, optional
        Called with (configurations done, n) after every block.

    Returns
    -------
    ndarray of int8, shape (n, n_sites), or StoredSamples
        In the order of the sites of H; visible, then hidden for an RBM. Packed samples have the arrays ``energies``
        (H, in kT) and ``magnetizations`` (sums of spins).

    Raises
    ------
    InputError
        For an unknown method or one that does not apply, for counts that are no ints or negative, for packed samples that
        are none or of no spins, and for more samples than the memory holds.
    CouplingError
        For symbols, and for a negative coupling given to a cluster method.
    BurnInTooShortError
        If ``burn_in`` is less than the measured tau.
    StuckChainsError
        If chains that start hot and from all spins up do not come to agree.
    ExecutorError
        If the executor has been shut down, or has lost its workers.
    """
    require_executor(executor)
    n = require_count("n", n, 1 if packed else 0)
    if isinstance(H, SpinPolynomial | RBM) and not H.sites and not packed:
        return np.empty((n, 0), np.int8)  # the one configuration of no spins
    n_sites = Problem.of(H).n_sites
    n_rows = n if packed else 0
    try:
        configs = np.empty((n - n_rows, n_sites), np.int8)
        rows = np.empty((n_rows, -(-n_sites // 8)), np.uint8)
        arrays: dict[str, npt.NDArray[Any]] = {
            "energies": np.empty(n_rows),
            "magnetizations": np.empty(n_rows, np.int64),
        }
    except (MemoryError, ValueError):  # ValueError: beyond the address space
        raise InputError(
            f"{n:,} configurations of {n_sites:,} spins fit no memory; write packed=True for a bit a spin, or read "
            "sample_blocks(H, n) block by block"
        ) from None
    job = _job(H, n, rng, method, burn_in, thin, threads)
    done = 0
    for block in job.blocks(threads, executor=executor):
        part = slice(done, done + len(block))
        if packed:
            rows[part] = block.packed
            for name, values in arrays.items():
                values[part] = block.arrays[name]
        else:
            configs[part] = block.configs()
        done = part.stop
        if progress is not None:
            progress(done, job.n)
    return StoredSamples(rows, n_sites, arrays, job.provenance) if packed else configs


def sample_blocks(
    H: SpinPolynomial | RBM,
    n: int,
    rng: Seed | None = None,
    *,
    threads: int | None = None,
    executor: Executor | None = None,
    **options: Any,
) -> Iterator[StoredSamples]:
    """Draw what `sample` draws, packed, one block after another: memory for a few blocks, whatever n is.

    Up to 1 GiB of blocks, and eight at least, may wait for the reader with an executor. Parameters and errors are those
    of `sample`.
    """
    require_executor(executor)
    return _job(H, n, rng, threads=threads, **options).blocks(threads, executor=executor)


def turned(problem: Outline, draws: Draws, generator: np.random.Generator) -> Draws:
    """Turn all spins of a draw over with probability 1/2, where H is even."""
    if not problem.is_even:
        return draws
    over = generator.integers(0, 2, draws.magnetizations.shape, np.uint8)
    packed = draws.packed ^ (over * np.uint8(0xFF))[..., None]
    if problem.n_sites % 8:
        packed[..., -1] &= np.uint8(0xFF00 >> problem.n_sites % 8 & 0xFF)
    return draws._replace(packed=packed, magnetizations=draws.magnetizations * (1 - 2 * over.astype(np.int64)))
