"""What is written down about each epoch of training, and how good the model is on its data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exactrg.rbm import RBM

from .contrastive_divergence import Parameters

MAX_ROWS = 2000
"""Samples that likelihoods are taken over: the first ones."""

MAX_EXACT = 16
"""Units of the smaller layer up to which log Z is a sum over all of its configurations."""


@dataclass(frozen=True)
class EpochRecord:
    """One epoch.

    Parameters
    ----------
    epoch : int
        Counted from 1.
    reconstruction_error : float
        Mean of (x - x')^2 over samples and visible units, x' the negative phase of x; no likelihood, and of no meaning
        for persistent chains.
    seconds : float
        Of the epoch, evaluations apart.
    samples_per_second : float
    seconds_left : float
        For the epochs that remain, at the mean rate since the start or the restart.
    pseudo_likelihood : float, optional
        Mean log-pseudo-likelihood of a sample, in nats, at the epochs chosen.
    log_likelihood, log_likelihood_error : float, optional
        Mean log-likelihood of a sample, in nats, with the standard error of its log Z: 0 where that is exact.
    """

    epoch: int
    reconstruction_error: float
    seconds: float
    samples_per_second: float
    seconds_left: float
    pseudo_likelihood: float | None = None
    log_likelihood: float | None = None
    log_likelihood_error: float | None = None

    def __str__(self) -> str:
        text = (
            f"epoch {self.epoch}: reconstruction error {self.reconstruction_error:.5f}, "
            f"{self.samples_per_second:.0f} samples/s, {self.seconds_left:.0f} s left"
        )
        if self.pseudo_likelihood is not None:
            text += f", log-pseudo-likelihood {self.pseudo_likelihood:.3f}"
        if self.log_likelihood is not None:
            text += f", log-likelihood {self.log_likelihood:.3f} ± {self.log_likelihood_error:.2g}"
        return text


def log_weights(parameters: Parameters, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Log sum over y of exp(x W y + a x + b y), for each row x."""
    weights, visible, hidden = (array.astype(np.float64) for array in parameters.arrays())
    return np.asarray(x @ visible + np.logaddexp(0.0, x @ weights + hidden).sum(axis=1))


def pseudo_likelihoods(
    parameters: Parameters, data: npt.NDArray[np.float64], units: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Log-pseudo-likelihood sum_i log p(x_i | others), estimated from one unit i of each sample.

    Values between 0 and 1 are flipped to 1 - x, as scikit-learn does.
    """
    n_samples, n_visible = data.shape
    rows, flipped = np.arange(n_samples), data.copy()
    flipped[rows, units] = 1.0 - data[rows, units]
    difference = log_weights(parameters, flipped) - log_weights(parameters, data)
    return np.asarray(-n_visible * np.logaddexp(0.0, difference))


def log_likelihood(rbm: RBM, spins: npt.NDArray[np.int8], rng: np.random.SeedSequence) -> tuple[float, float]:
    """Mean log p(v) over samples, and the standard error of log Z: exact for a small layer, annealed otherwise."""
    fields = spins @ rbm.w + rbm.b
    mean = float(np.mean(np.logaddexp(fields, -fields).sum(axis=1) - spins @ rbm.c)) - rbm.constant
    if min(rbm.n_visible, rbm.n_hidden) <= MAX_EXACT:
        import exactrg

        return mean - float(exactrg.log_partition_function(rbm)), 0.0
    from .thermodynamics import free_energy

    value, error = free_energy(rbm, rng=rng)
    return mean + value, error
