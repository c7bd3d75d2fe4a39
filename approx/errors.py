"""Errors of estimates that cannot be trusted; each carries the data, so that nothing that was computed is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import ExactRGError, FileFormatError
from exactrg.errors import MissingPackageError as MissingPackageError
from exactrg.errors import OutputExistsError as OutputExistsError


class UnreliableEstimateError(ExactRGError, ValueError):
    """A Monte Carlo series that no honest error bar can be given for.

    Attributes
    ----------
    series : ndarray, shape (n_chains, n_draws)
        The series that was given.
    details : dict
        What was found out about it (mean, tau, r_hat, ... as far as they exist).
    """

    def __init__(self, message: str, series: npt.NDArray[np.float64], **details: Any) -> None:
        super().__init__(message)
        self.series = series
        self.details = details


class NotFiniteSeriesError(UnreliableEstimateError):
    """A series with NaN or infinite entries."""


class ConstantChainError(UnreliableEstimateError):
    """A chain that never changed: frozen, or an observable that it cannot see."""


class StuckChainsError(UnreliableEstimateError):
    """Chains (or halves of chains) that disagree by more than their own spread explains."""


class TooFewSamplesError(UnreliableEstimateError):
    """A series that is too short for its autocorrelation time."""


class BurnInTooShortError(ExactRGError, ValueError):
    """A burn-in that is shorter than the autocorrelation time that was measured.

    Attributes
    ----------
    burn_in : int
        Steps that were asked for.
    tau : float
        Integrated autocorrelation time of the slowest observable, in steps.
    """

    def __init__(self, burn_in: int, tau: float, step: str) -> None:
        super().__init__(
            f"a burn-in of {burn_in} {step}s is shorter than the autocorrelation time, {tau:.4g} {step}s: the samples would "
            "remember their start; leave burn_in out (20 autocorrelation times), or write at least that many"
        )
        self.burn_in = burn_in
        self.tau = tau


class SamplesFileError(FileFormatError):
    """A file of samples that is truncated, altered, not of this format, or claims more than it holds."""
