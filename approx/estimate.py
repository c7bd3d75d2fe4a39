"""An expectation value with an honest error bar, or a refusal that carries the data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError

from .autocorrelation import AutocorrelationTime, as_series, autocorrelation_time, r_hat
from .errors import ConstantChainError, MissingPackageError, StuckChainsError, TooFewSamplesError


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error; unpacks as ``value, stderr = estimate`` and converts to float.

    What is left out of the numbers is NaN: not known.

    Parameters
    ----------
    value : float
        The estimate.
    stderr : float
        Its standard error (one sigma), autocorrelation included; 0 for an exact answer.
    effective_samples : float
        Independent samples it is worth, n / (2 tau).
    tau : float
        Integrated autocorrelation time in draws, 1/2 for independent ones (see `approx.autocorrelation`).
    r_hat : float
        Split R-hat over the chains.
    method : str
        How it was made.
    seed : int, optional
        The seed, where there was one.
    """

    value: float
    stderr: float
    effective_samples: float = math.nan
    tau: float = math.nan
    r_hat: float = math.nan
    method: str = ""
    seed: int | None = None

    def __iter__(self) -> Iterator[float]:
        return iter((self.value, self.stderr))

    def __eq__(self, other: object) -> bool:
        """Compare all fields; NaN (an R-hat without chains) equals NaN, which dataclasses of Python 3.13 deny."""
        if not isinstance(other, Estimate):
            return NotImplemented
        pairs = [(getattr(self, field.name), getattr(other, field.name)) for field in fields(Estimate)]
        return all(a == b or (a != a and b != b) for a, b in pairs)

    def __hash__(self) -> int:
        found = (getattr(self, field.name) for field in fields(Estimate))
        return hash(
            tuple("nan" if value != value else value for value in found)
        )  # NaN equals NaN, but hashes by identity

    def __float__(self) -> float:
        return float(self.value)

    def __str__(self) -> str:
        if not (self.stderr > 0.0 and math.isfinite(self.stderr) and math.isfinite(self.value)):
            return f"{self.value} ± {self.stderr}"
        digits = 1 - math.floor(math.log10(self.stderr))
        if digits < 0:
            return f"{self.value:.6g} ± {self.stderr:.2g}"
        return f"{self.value:.{digits}f} ± {self.stderr:.{digits}f}"

    def to_uncertainties(self) -> Any:
        """Convert to `uncertainties.ufloat`, for error propagation.

        Raises
        ------
        MissingPackageError
            If the package uncertainties is not installed.
        """
        return _optional("uncertainties").ufloat(self.value, self.stderr)


def estimate(
    series: npt.ArrayLike,
    *,
    method: str = "",
    seed: int | None = None,
    min_taus: float = 50.0,
    max_r_hat: float = 1.1,
) -> Estimate:
    """Mean of a series with the standard error sqrt(2 tau var / n), refused where that cannot be trusted.

    Parameters
    ----------
    series : array, shape (n_chains, n_draws) or (n_draws,)
        Successive values of an observable in equilibrium; independent draws are one chain.
    method, seed : str, int
        Kept in the answer.
    min_taus : float
        Draws that are needed, all chains together, in units of tau.
    max_r_hat : float
        Largest R-hat that is accepted.

    Raises
    ------
    NotFiniteSeriesError
        If an entry is NaN or infinite.
    ConstantChainError
        If a chain never changes.
    StuckChainsError
        If R-hat is above ``max_r_hat``.
    TooFewSamplesError
        If there are fewer than ``min_taus`` tau draws, fewer than 4 in a chain, or tau does not settle within half a
        chain.
    """
    values = as_series(series)
    n_chains, n_draws = values.shape
    mean = float(values.mean())
    if n_draws < 4:
        raise TooFewSamplesError(
            f"{n_draws} draws a chain, expected 4 or more; pass independent draws as one chain of shape (n_draws,)",
            values,
            mean=mean,
        )
    frozen = np.flatnonzero(np.all(values == values[:, :1], axis=1))
    if frozen.size:
        raise ConstantChainError(
            f"{frozen.size} of {n_chains} chains are constant (the first is number {frozen[0]}, at "
            f"{values[frozen[0], 0]}); run longer, or sample with moves that change this observable",
            values,
            mean=mean,
            chains=frozen,
        )
    spread = r_hat(values)
    time = autocorrelation_time(values)
    found = {"mean": mean, "tau": time.tau, "r_hat": spread}
    if spread > max_r_hat:
        raise StuckChainsError(
            f"R-hat is {spread:.4g}, above {max_r_hat:g}: parts of the chains disagree; run longer, discard more at "
            "the start, or use a sampler that crosses between their regions (cluster updates, parallel_tempering)",
            values,
            **found,
        )
    _check_length(values, time, min_taus, found)
    stderr = math.sqrt(2.0 * time.tau * time.variance / values.size)
    return Estimate(mean, stderr, values.size / (2.0 * time.tau), time.tau, spread, method, seed)


def _check_length(
    values: npt.NDArray[np.float64], time: AutocorrelationTime, min_taus: float, found: dict[str, float]
) -> None:
    if not time.closed:
        raise TooFewSamplesError(
            f"the autocorrelation does not decay within half a chain of {values.shape[1]} draws (tau is at least about "
            f"{time.tau:.3g}); run longer chains",
            values,
            **found,
        )
    if values.size < min_taus * time.tau:
        raise TooFewSamplesError(
            f"{values.size} draws are {values.size / time.tau:.1f} autocorrelation times (tau = {time.tau:.3g}), "
            f"expected {min_taus:g} or more; draw at least {math.ceil(min_taus * time.tau)}",
            values,
            **found,
        )


def to_arviz(**series: npt.ArrayLike) -> Any:
    """Convert named series of shape (n_chains, n_draws) to an arviz dataset with dimensions (chain, draw).

    Raises
    ------
    InputError
        If there is no series, or their shapes differ.
    MissingPackageError
        If the package arviz is not installed.
    """
    arrays = {name: as_series(values) for name, values in series.items()}
    if len({array.shape for array in arrays.values()}) != 1:
        raise InputError(f"expected one shape for all series, got { {k: a.shape for k, a in arrays.items()} }")
    return _optional("arviz").convert_to_dataset(arrays)


def _optional(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingPackageError(f"this conversion needs the package {name}; write: pip install {name}") from None
