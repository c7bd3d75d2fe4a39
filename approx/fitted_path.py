"""The path of a problem, and for an RBM where it should start."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from exactrg.blas import one_blas_thread
from exactrg.rbm import RBM

from .layer_path import LayerPath
from .log_weights import tempered_weights
from .paths import GraphPath, LatticePath, Path
from .problem import Problem
from .schedule import climb
from .streams import child

Floats = npt.NDArray[np.float64]

FITTING_ROUNDS, FITTING_SWEEPS, FITTING_STEP = 3, 64, 0.1
LARGEST_MEAN = 0.98
"""Mean spins of the start of a path to an RBM are kept this far inside of [-1, 1]."""


def path_of(problem: Problem, seed: np.random.SeedSequence) -> Path:
    """Take the fastest kernel that applies; the seed is that of the annealing that follows."""
    if isinstance(problem.energy, RBM):
        return fitted_path(problem.energy, child(seed, 0, 0))
    return GraphPath(problem.interactions) if problem.rectangle is None else LatticePath(problem.rectangle)


def fitted_path(rbm: RBM, seed: np.random.SeedSequence) -> LayerPath:
    """Path to an RBM that starts from independent spins with about its own mean spins.

    Without that, a path to an RBM in an ordered phase crosses a phase transition, where chains are slow. The mean spins
    are those of weighted chains that were led along the path found before; any choice of them is a valid start.
    """
    path = LayerPath(rbm)
    with one_blas_thread():
        for k in range(FITTING_ROUNDS):
            _, state, log_w = climb(path, child(seed, k), 1, deviations=FITTING_STEP)
            total = np.zeros(rbm.n_visible)
            weights = tempered_weights(log_w, len(log_w) / 4)
            for _ in range(FITTING_SWEEPS):
                total += weights @ path.step(state, 1.0, 1).spins
            means = total / FITTING_SWEEPS
            path = path_from(rbm, means)
    return path


def path_from(rbm: RBM, means: Floats) -> LayerPath:
    """Path to an RBM from independent spins with given means, or nearly so."""
    return LayerPath(rbm, -np.arctanh(LARGEST_MEAN * means))
