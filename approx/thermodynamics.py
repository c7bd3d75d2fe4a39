"""Expectations and free energies with error bars; the approximate side of `exactrg.thermodynamics`."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

import exactrg
from exactrg.counts import require_count
from exactrg.errors import InputError, a_type
from exactrg.executors import require_executor
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM
from exactrg.sites import require_known, spin_array

from .annealing import MAX_STEPS, anneal
from .choice import SamplingMethod
from .errors import UnreliableEstimateError
from .estimate import Estimate
from .integration import integrate
from .means import mean
from .paths import path_of
from .problem import Problem, rounded
from .reverse_annealing import Effort, anneal_checked, as_log_z, both_ways
from .sampling import prepare
from .streams import Seed, given_seed, recorded
from .workers import usable_threads

Floats = npt.NDArray[np.float64]
FreeEnergyMethod = Literal["auto", "integration", "annealing"]


def expectation(
    f: SpinPolynomial,
    H: SpinPolynomial | RBM,
    *,
    rng: Seed | None = None,
    n: int = 20_000,
    method: SamplingMethod = "auto",
    threads: int | None = None,
    executor: Executor | None = None,
) -> Estimate:
    """Estimate <f> = sum_s f(s) e^{-H(s)} / Z (Eq. 1) from chains in equilibrium, recorded every tau steps.

    Parameters
    ----------
    f : SpinPolynomial
        On sites of H.
    H : SpinPolynomial or RBM
        With numbers for couplings.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
        The same seed gives the same answer on any number of threads and any executor.
    n : int
        Configurations, at least; every chain is recorded at least 64 times.
    method, threads
        As for `approx.sample`.
    executor : concurrent.futures.Executor, optional
        Where blocks of chains run, if there are several: chains of 2,048 draws, or 1,024 exact draws. See
        docs/executors.md.

    Returns
    -------
    Estimate
        With the autocorrelation time of f itself, in draws.

    Raises
    ------
    UnreliableEstimateError
        If no honest error bar can be given (`approx.estimate.estimate`).
    SiteError
        If f has a site that H does not have.
    """
    require_executor(executor)
    if not isinstance(f, SpinPolynomial):
        raise InputError(f"f is {a_type(f)}: expected a SpinPolynomial, such as SpinPolynomial({{(0, 1): 1}})")
    problem = Problem.of(H)
    require_known(f.sites, problem.sites, "the observable")
    f, seed = rounded(f), given_seed(rng)
    constant = float(f.couplings.get(frozenset(), 0.0))
    if set(f.couplings) <= {frozenset()}:
        return Estimate(constant, 0.0, math.inf, 0.5, math.nan, "a constant", recorded(seed))
    column = {site: k for k, site in enumerate(problem.sites)}
    columns = [column[site] for site in f.sites]
    is_energy = isinstance(problem.energy, SpinPolynomial) and f.couplings == problem.energy.couplings
    observable = _Observable(None if is_energy else f, columns, problem.constant)
    job = prepare(H, n, seed, method=method, threads=threads)
    return replace(mean(job, observable, threads, executor), seed=recorded(seed))


@dataclass(frozen=True, eq=False)
class _Observable:
    """A polynomial on some columns of the configurations, or H itself."""

    f: SpinPolynomial | None
    columns: list[int]
    constant: float

    def __call__(self, configs: npt.NDArray[np.int8], log_weights: Floats) -> Floats:
        if self.f is None:
            return self.constant - log_weights
        return np.asarray(self.f.evaluate(configs[:, self.columns]))


def free_energy(
    H: SpinPolynomial | RBM,
    *,
    rng: Seed | None = None,
    method: FreeEnergyMethod = "auto",
    n: int | None = None,
    starts: npt.ArrayLike | None = None,
    sweeps: int = 2000,
    max_steps: int | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
) -> Estimate:
    """Estimate F = -log Z in kT (Eq. 4), from free spins (log Z = N log 2) to H.

    To an RBM, annealing goes both ways: from independent spins, and back from chains of the RBM. Uneven weights are not
    the only fault: chains may all lead into one part of the space, and their weights do not show it. The way back starts
    elsewhere, and an answer is given only where both agree (`approx.anneal_both_ways`).

    Parameters
    ----------
    H : SpinPolynomial or RBM
        With numbers for couplings.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
    method : {"auto", "integration", "annealing"}
        "integration" of <H> over the inverse temperature; "annealing" is annealed importance sampling. "auto" takes
        the first for Hamiltonians, and the second for RBMs and where the first is refused.
    n : int, optional
        Configurations of each point of the integration (8,192), or annealed chains (1,024; 512 each way for an RBM).
    starts : array, shape (n_samples, n_visible), optional
        Where the chains of an RBM begin, data for example; uniform spins, all up and all down if left out.
    sweeps : int
        What these chains do before the way back.
    max_steps : int, optional
        Temperatures of annealing, at most; 8,192 for an RBM, 65,536 otherwise.
    threads : int, optional
        All usable cores if left out; no bit depends on it.
    executor : concurrent.futures.Executor, optional
        Where the points of the integration, or blocks of 128 annealed chains (1,024 on a lattice), are worked out, to the
        same bits. See docs/executors.md.

    Returns
    -------
    Estimate

    Raises
    ------
    UnreliableEstimateError
        If chains are stuck, the two ways disagree, or too few annealed weights matter; nothing is returned then.
    ExecutorError
        If the executor has been shut down, or has lost its workers.
    """
    require_executor(executor)
    if method not in ("auto", "integration", "annealing"):
        raise InputError(f"method={method!r}: expected 'auto', 'integration' or 'annealing'")
    problem, root, threads = Problem.of(H), given_seed(rng), usable_threads(threads)
    for name, count in (("n", n), ("max_steps", max_steps)):
        if count is not None:
            require_count(name, count, 1)
    if starts is not None and not isinstance(H, RBM):
        raise InputError("starts are where the chains of an RBM begin: leave them out for a Hamiltonian")
    if not isinstance(H, RBM) and not any(problem.model.scopes):
        value = problem.constant - problem.n_sites * math.log(2.0)
        return Estimate(value, 0.0, math.inf, 0.5, math.nan, "free spins", recorded(root))
    if isinstance(H, RBM) and not (H.n_visible and H.n_hidden):
        value = float(exactrg.free_energy(H))
        return Estimate(value, 0.0, math.inf, 0.5, math.nan, "independent spins", recorded(root))
    if method == "integration" or (method == "auto" and not isinstance(H, RBM)):
        try:
            return integrate(problem, root, n or 8192, threads, executor)
        except UnreliableEstimateError:
            if method == "integration":
                raise
    if isinstance(problem.energy, RBM):
        rbm, effort = problem.energy, Effort(n or 512, sweeps, max_steps or 8192, threads, executor)
        if starts is None:
            both = anneal_checked(rbm, root, effort)
        else:
            both = both_ways(rbm, spin_array(starts, rbm.n_visible), root, effort, draws=False).checked()
        return replace(both.forward, value=-both.forward.value)
    weights = anneal(path_of(problem), root, n or 1024, threads, max_steps=max_steps or MAX_STEPS, executor=executor)
    log_z = as_log_z(weights.checked(), problem.constant, root)
    return replace(log_z, value=-log_z.value)
