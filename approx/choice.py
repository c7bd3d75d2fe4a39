"""Which sampler for which Hamiltonian, and why: `plan_sampling`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exactrg.errors import InputError
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM

from .block_gibbs import Layers
from .clusters import swendsen_wang, wolff
from .graph_samplers import heat_bath, metropolis
from .problem import Problem
from .samplers import BitParallel, Perfect, Sampler, SingleChains, Tempered

SamplingMethod = Literal[
    "auto", "metropolis", "heat_bath", "wolff", "swendsen_wang", "tempering", "perfect", "block_gibbs"
]
METHODS = ("metropolis", "heat_bath", "wolff", "swendsen_wang", "tempering", "perfect", "block_gibbs")

NEARLY_CRITICAL = 0.42
"""Coupling of the square lattice (K_c = 0.4407) beyond which clusters beat 1,024 lattices updated side by side."""

LARGE = 10_000
"""Sites beyond which a Wolff cluster, small on random spins, takes too long to reach equilibrium first."""

_STEPS = {"wolff": "cluster", "tempering": "exchange step", "perfect": "draw"}


@dataclass(frozen=True)
class SamplingPlan:
    """How a Hamiltonian would be sampled.

    Attributes
    ----------
    method : str
        "metropolis", "heat_bath", "wolff", "swendsen_wang", "tempering", "perfect" or "block_gibbs".
    kernel : str
        "bit-parallel" (1,024 lattices at once), "graph" (any terms) or "layers" (an RBM).
    step : str
        What burn-in, thinning and autocorrelation times are counted in.
    reason : str
        Why this one.
    """

    method: str
    kernel: str
    step: str
    reason: str


def plan_sampling(H: SpinPolynomial | RBM, method: SamplingMethod = "auto") -> SamplingPlan:
    """Choose the sampler for e^{-H}/Z, before any work.

    Parameters
    ----------
    H : SpinPolynomial or RBM
        With numbers for couplings.
    method : str
        "auto", or the one that must be taken.

    Raises
    ------
    InputError
        For an unknown method, or one that does not apply here.
    CouplingError
        For symbols, and for a negative coupling given to "wolff" or "swendsen_wang".
    """
    return choose(Problem.of(H), method)


def choose(problem: Problem, method: SamplingMethod) -> SamplingPlan:
    """Choose the method and its kernel for a problem."""
    if method == "auto":
        method, reason = _auto(problem)
    elif method in METHODS:
        reason = "named by the caller"
    else:
        raise InputError(f"method={method!r}: expected 'auto' or one of {', '.join(map(repr, METHODS))}")
    kernel = "graph"
    if method == "block_gibbs":
        kernel = "layers"
        if not isinstance(problem.energy, RBM):
            raise InputError('"block_gibbs" needs an RBM, got a Hamiltonian; write method="heat_bath"')
    elif method in ("wolff", "swendsen_wang"):
        _ = problem.ferromagnet  # says which coupling is negative
    elif method in ("metropolis", "heat_bath", "perfect") and problem.rectangle is not None:
        kernel = "bit-parallel"
    if method == "perfect" and (problem.rectangle is None or problem.rectangle.J < 0):
        raise InputError(
            '"perfect" needs a square lattice with one coupling J >= 0 and one field (its heat bath must be monotone), '
            'got something else; write method="auto"'
        )
    return SamplingPlan(method, kernel, _STEPS.get(method, "sweep"), reason)


def _auto(problem: Problem) -> tuple[SamplingMethod, str]:
    """Take the fastest method that is known to mix here."""
    if isinstance(problem.energy, RBM):
        return "block_gibbs", "an RBM: all units of a layer are independent given the other layer"
    rectangle, influence = problem.rectangle, problem.influence
    if rectangle is not None and rectangle.J >= 0 and influence < 1:
        return "perfect", f"{rectangle}: chains from the past meet at once (influence {influence:.3g} < 1), no burn-in"
    if rectangle is not None and abs(rectangle.J) <= NEARLY_CRITICAL:
        return "metropolis", f"{rectangle}: |J| is below {NEARLY_CRITICAL}, 1,024 lattices at once mix fast enough"
    if influence < 1:
        return "heat_bath", f"influence {influence:.3g} < 1: single spins mix in about log N sweeps (Dobrushin)"
    if problem.is_ferromagnetic:
        if rectangle is not None and problem.n_sites <= LARGE:
            return "wolff", f"{rectangle}: near or below the critical temperature, where single spins are slow"
        return "swendsen_wang", f"a ferromagnet with influence {influence:.3g} >= 1: clusters, in case it is ordered"
    return "tempering", f"couplings may be frustrated (influence {influence:.3g} >= 1): replicas at many temperatures"


def make_sampler(
    problem: Problem, plan: SamplingPlan, factors: Callable[[], np.ndarray[tuple[int], np.dtype[np.float64]]]
) -> Sampler:
    """Build what a plan names; ``factors()`` gives the ladder of inverse temperatures, should it need one."""
    rectangle, n = problem.rectangle if plan.kernel == "bit-parallel" else None, problem.n_sites
    if rectangle is not None:
        if plan.method == "perfect":
            return Perfect(rectangle)
        return BitParallel(rectangle, "metropolis" if plan.method == "metropolis" else "heat_bath")
    if plan.method == "block_gibbs":
        assert isinstance(problem.energy, RBM)
        return SingleChains.of_layers(Layers.of(problem.energy))
    if plan.method in ("wolff", "swendsen_wang"):
        return SingleChains.of(wolff if plan.method == "wolff" else swendsen_wang, problem.ferromagnet, n)
    if plan.method == "tempering":
        return Tempered(problem.interactions, factors())
    return SingleChains.of(metropolis if plan.method == "metropolis" else heat_bath, problem.interactions, n)
