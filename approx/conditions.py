"""The trace condition at size: log Tr_h e^{T(v, h)} at samples (Eq. 9)."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import InputError
from exactrg.rg import RGOperator, require_operator
from exactrg.sites import spin_array

from .autocorrelation import as_series
from .errors import TooFewSamplesError
from .estimate import Estimate, estimate
from .problem import rounded
from .samples_file import StoredSamples
from .sampling import sample
from .streams import Seed, given_seed, recorded

_MEASURABLE = 100
"""Values from which on an autocorrelation time is measured to better than itself."""

_ROUNDING = 64 * float(np.finfo(np.float64).eps)


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

        Samples are taken for independent draws from P, in any case those that `trace_condition` draws. From 100 values on,
        their autocorrelation in the order given is measured and counts. Fewer cannot show any: for them the standard
        error is that of independent draws, whatever they are. The mean of a list of all configurations, for example, is
        the mean over the uniform distribution, and its error means nothing.

        Raises
        ------
        UnreliableEstimateError
            If there is a single sample, or many samples are far from independent.

        Notes
        -----
        A mean of -infinity (some trace vanishes), and one of several values that are equal within rounding, has no error.
        """
        log_q = self.log_q
        n = log_q.size
        if np.any(log_q == -math.inf):
            return Estimate(-math.inf, 0.0, float(n), 0.5, seed=self.seed)
        if n >= _MEASURABLE and not self._is_constant:
            return estimate(log_q, seed=self.seed)
        mean = float(as_series(log_q).mean())
        if n < 2:
            raise TooFewSamplesError(
                "one sample has no standard error, expected two or more; read its log_q", log_q[None], mean=mean
            )
        stderr = 0.0 if self._is_constant else float(log_q.std(ddof=1)) / math.sqrt(n)
        return Estimate(mean, stderr, float(n), 0.5, seed=self.seed)

    @property
    def _is_constant(self) -> bool:
        """Whether the values differ by rounding alone."""
        return bool(np.ptp(self.log_q) <= _ROUNDING * max(1.0, float(np.abs(self.log_q).max())))


def trace_condition(
    T: RGOperator,
    *,
    samples: npt.ArrayLike | StoredSamples | None = None,
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
    samples : array_like, shape (n_samples, n_visible), or StoredSamples, optional
        Configurations, in the order of ``T.visible``; independent draws from P if their mean is asked for (see
        `TraceCondition.estimate`). n samples of e^{-H}/Z if left out, for T = -E + H.
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
        v = spin_array(samples.configs() if isinstance(samples, StoredSamples) else samples, len(T.visible))
        if not len(v):
            raise InputError(f"samples of shape {v.shape}: expected at least one configuration")
    elif T.parts is None:
        raise InputError(
            "T was not made from an energy and a Hamiltonian: write samples=approx.sample(H, n), columns as in T.visible"
        )
    else:
        require_count("n", n, 1)
        v = sample(rounded(T.parts[1]), n, seed, threads=threads, executor=executor)
    return TraceCondition(np.asarray(T.log_trace(v), np.float64), recorded(seed))
