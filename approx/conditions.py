"""The trace condition at size: log Tr_h e^{T(v, h)} at samples (Eq. 9)."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError
from exactrg.rg import RGOperator, require_operator
from exactrg.sites import spin_array

from .estimate import Estimate, estimate
from .problem import rounded
from .sampling import sample
from .streams import Seed, given_seed, recorded


@dataclass(frozen=True, eq=False)
class TraceCondition:
    """Eq. 9 at samples: log q(v) = log Tr_h e^{T(v, h)}, zero everywhere for an exact RG step.

    Parameters
    ----------
    log_q : ndarray, shape (n_samples,)
        -infinity where the trace vanishes.
    seed : int, optional
        Of the samples.
    """

    log_q: npt.NDArray[np.float64]
    seed: int | None = None

    @cached_property
    def estimate(self) -> Estimate:
        """Estimate of E_P[log q], the part of KL(P || p) = -Delta F - E_P[log q] (claim C3) that needs samples.

        Raises
        ------
        UnreliableEstimateError
            If the samples are too few, or not independent, such as a list of all configurations.

        Notes
        -----
        A mean of -infinity (some trace vanishes), and one of several equal values, has no error.
        """
        log_q = self.log_q
        if np.any(log_q == -math.inf) or (log_q.size > 1 and np.all(log_q == log_q[0])):
            return Estimate(float(log_q.min()), 0.0, float(log_q.size), 0.5, math.nan, "", self.seed)
        return estimate(log_q, seed=self.seed)


def trace_condition(
    T: RGOperator,
    *,
    samples: npt.ArrayLike | None = None,
    n: int = 1000,
    rng: Seed | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
) -> TraceCondition:
    """Evaluate log Tr_h e^{T(v, h)} (Eq. 9) at samples of the visible spins; ``.estimate`` is its mean.

    Parameters
    ----------
    T : RGOperator
        1600 + 400 spins are no problem if the hidden spins do not interact with each other.
    samples : array_like, shape (n_samples, n_visible), optional
        Configurations, in the order of ``T.visible``, independent ones if their mean is asked for; n samples of
        e^{-H}/Z if left out, for T = -E + H.
    n : int
        Number of samples to draw.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
    threads : int, optional
    executor : concurrent.futures.Executor, optional
        Where samples are drawn, to the same bits. See docs/executors.md.

    Raises
    ------
    InputError
        If there are no samples and T does not say which H it is for.
    SpinError
        If the samples are no spins.
    """
    require_operator(T)
    seed = given_seed(rng)
    if samples is not None:
        v = spin_array(samples, len(T.visible))
        if not len(v):
            raise InputError(f"samples of shape {v.shape}: expected at least one configuration")
    elif T.parts is None:
        raise InputError(
            "T was not made from an energy and a Hamiltonian: write samples=approx.sample(H, n), columns as in T.visible"
        )
    else:
        v = sample(rounded(T.parts[1]), n, seed, threads=threads, executor=executor)
    return TraceCondition(np.asarray(T.log_trace(v), np.float64), recorded(seed))
