"""Markov chains that a user runs, looks at, saves and goes on with; `approx.sample` draws independent configurations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

import exactrg
from exactrg.counts import require_count
from exactrg.errors import InputError
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM

from . import multispin
from .choice import SamplingPlan, choose, make_sampler
from .kernel_versions import SAMPLING
from .paths import GraphPath
from .problem import Problem
from .samplers import BitParallel, Sampler, held
from .schedule import ladder
from .streams import Seed, child, given_seed
from .workers import usable_threads

ChainMethod = Literal["auto", "metropolis", "heat_bath", "wolff", "swendsen_wang", "tempering", "block_gibbs"]

_LADDER, _CHAINS = 10, 11  # keys of random numbers, beyond those of `approx.sampling`


@dataclass(frozen=True, eq=False, repr=False)
class MarkovChains:
    """Independent Markov chains of e^{-H}/Z (Eq. 1): where they are, and the series that they recorded.

    Write `start_chains` or `read_chains`; `write_chains` puts them into a file.

    Parameters
    ----------
    problem : Problem
    plan : SamplingPlan
        Its ``step`` says what steps are (sweeps, clusters, ...).
    sampler : Sampler
    state : object
        Spins and random streams, as the sampler has them.
    n_steps : int
        Steps since the start.
    recorded : ndarray of int64, shape (n_draws,)
        After how many steps each draw was recorded.
    energies : ndarray of float64, shape (n_chains, n_draws)
        H, in kT.
    magnetizations : ndarray of int64, shape (n_chains, n_draws)
        Sums of the spins; visible and hidden ones for an RBM.
    kernels : int
        Version of the code that the bits are of, `approx.kernel_versions.SAMPLING`.
    provenance : mapping
        Software, seed, method, ...: JSON values.
    """

    problem: Problem
    plan: SamplingPlan
    sampler: Sampler
    state: Any
    n_steps: int
    recorded: npt.NDArray[np.int64]
    energies: npt.NDArray[np.float64]
    magnetizations: npt.NDArray[np.int64]
    kernels: int
    provenance: Mapping[str, Any]

    def __repr__(self) -> str:
        done = f"{self.n_steps} steps, {len(self.recorded)} draws"
        return f"<{self.n_chains} chains of {self.problem} by {self.plan.method}: {done}>"

    @property
    def H(self) -> SpinPolynomial | RBM:
        """What is sampled, with floats for couplings."""
        return self.problem.energy

    @property
    def n_chains(self) -> int:
        """Number of chains: 1,024 for the bit-parallel kernel, 16 for all others."""
        return self.sampler.n_chains

    def configs(self) -> npt.NDArray[np.int8]:
        """Where the chains are: int8, shape (n_chains, n_sites), of the replicas at H itself for tempering."""
        return self.replicas()[:, -1]

    def replicas(self) -> npt.NDArray[np.int8]:
        """Where all replicas are: int8, shape (n_chains, n_replicas, n_sites), one replica but for tempering."""
        if isinstance(self.sampler, BitParallel):
            return multispin.unpack(self.state[0])[:, None]
        spins: npt.NDArray[np.int8] = self.state.spins
        return spins.reshape(self.n_chains, -1, self.problem.n_sites).copy()

    def run(self, n_draws: int, *, thin: int = 1, threads: int | None = None) -> MarkovChains:
        """Return the chains after ``n_draws * thin`` further steps; these here do not change.

        Two runs of one draw are one run of two, to the bit, a file in between or not.

        Parameters
        ----------
        n_draws : int
            Draws to record from each chain.
        thin : int
            Steps a draw.
        threads : int, optional
            All usable cores if left out. No bit depends on it.

        Raises
        ------
        InputError
            For counts that are no positive ints, and for chains from a file of another version of the kernels, which
            would go on to other bits: write `restarted`.
        """
        n_draws, thin, threads = (
            require_count("n_draws", n_draws, 1),
            require_count("thin", thin, 1),
            usable_threads(threads),
        )
        if self.kernels != SAMPLING:
            raise InputError(
                f"these chains are of version {self.kernels} of the kernels "
                f"({str(self.provenance.get('software'))[:50]}), here is version {SAMPLING}: they would not go on to the "
                "same bits; write chains.restarted(rng) to go on from the same spins with new random numbers"
            )
        state, energies, magnetizations = self.state, [self.energies], [self.magnetizations]
        piece = held(self.n_chains, self.problem.n_sites)
        for start in range(0, n_draws, piece):
            state, draws = self.sampler.run(state, min(piece, n_draws - start), thin, threads)
            energies.append(self.problem.constant - draws.log_weights.T)
            magnetizations.append(draws.magnetizations.T)
        steps = self.n_steps + thin * np.arange(1, n_draws + 1)
        return replace(
            self,
            state=state,
            n_steps=int(steps[-1]),
            recorded=np.concatenate([self.recorded, steps]),
            energies=np.concatenate(energies, axis=1),
            magnetizations=np.concatenate(magnetizations, axis=1),
        )

    def restarted(self, rng: Seed | None = None) -> MarkovChains:
        """Return chains that start from these spins with new random numbers and nothing recorded."""
        root = given_seed(rng)
        before = {"seed": self.provenance.get("seed"), "n_steps": self.n_steps, "kernels": self.kernels}
        state = self.sampler.restart(self.state, child(root, _CHAINS))
        return _chains(self.problem, self.plan, self.sampler, state, root, {"restarted_from": before})


def start_chains(
    H: SpinPolynomial | RBM, rng: Seed | None = None, *, method: ChainMethod = "auto", threads: int | None = None
) -> MarkovChains:
    """Start Markov chains of e^{-H}/Z (Eq. 1), the first half from uniform spins, the second from all spins up.

    For those who look at chains themselves, or test them: nothing is thrown away as burn-in and no draw is turned over.
    `approx.sample` does both and returns draws that are next to independent.

    Parameters
    ----------
    H : SpinPolynomial or RBM
        With numbers for couplings.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
        The same seed gives the same bits on any number of threads. A fresh seed, kept in the provenance, if left out.
    method : str
        As for `approx.sample`, but for "perfect", whose draws make no chain; "auto" takes "heat_bath" in its place.
    threads : int, optional
        For the ladder of "tempering"; all usable cores if left out.

    Raises
    ------
    InputError
        For an unknown method or one that does not apply.
    CouplingError
        For symbols, and for a negative coupling given to a cluster method.

    Examples
    --------
    >>> import approx, exactrg, tempfile
    >>> chains = approx.start_chains(exactrg.ising(exactrg.square(4), 0.4), 1, method="wolff").run(10)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     approx.write_chains(f"{folder}/chains.npz", chains)
    ...     longer = approx.read_chains(f"{folder}/chains.npz").run(10)
    >>> longer.energies.shape, bool((longer.energies == chains.run(10).energies).all())
    ((16, 20), True)
    """
    root, problem = given_seed(rng), Problem.of(H)
    plan = choose(problem, method)
    if plan.method == "perfect":
        if method != "auto":
            raise InputError('"perfect" draws make no chain; write method="heat_bath", or approx.sample')
        plan = choose(problem, "heat_bath")
    seed, threads = child(root, _LADDER), usable_threads(threads)
    sampler = make_sampler(problem, plan, lambda: ladder(GraphPath(problem.interactions), seed, threads))
    return _chains(problem, plan, sampler, sampler.start(child(root, _CHAINS)), root, {})


def _chains(
    problem: Problem,
    plan: SamplingPlan,
    sampler: Sampler,
    state: Any,
    root: np.random.SeedSequence,
    more: Mapping[str, Any],
) -> MarkovChains:
    """Chains that have recorded nothing yet."""
    provenance = {
        "software": f"exactrg {exactrg.__version__}",
        "hamiltonian": str(problem),
        "seed": root.entropy if not root.spawn_key else [root.entropy, list(root.spawn_key)],
        "reason": plan.reason,
        "step": plan.step,
        **more,
    }
    none = np.empty((sampler.n_chains, 0))
    return MarkovChains(
        problem=problem,
        plan=plan,
        sampler=sampler,
        state=state,
        n_steps=0,
        recorded=np.empty(0, np.int64),
        energies=none,
        magnetizations=none.astype(np.int64),
        kernels=SAMPLING,
        provenance=provenance,
    )
