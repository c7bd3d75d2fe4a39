"""Observables of weighted chains, and exact ones to hold them against."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg import infinite, kaufman
from exactrg.polynomial import SpinPolynomial

from .estimate import Estimate
from .problem import Problem, Rectangle

Floats = npt.NDArray[np.float64]
Spins = npt.NDArray[np.int8]

DISTANCES = (1, 2, 3, 4, 8)
"""Along rows and columns, in lattice spacings."""


def weighted_mean(values: Floats, weights: Floats | None = None, *, tilt: float = 0.0) -> tuple[float, float]:
    """Mean over chains of what each has on average, and its standard error, whatever the correlations within a chain.

    Parameters
    ----------
    values : ndarray, shape (n_chains, n_draws)
    weights : ndarray, shape (n_chains,), optional
        Adding up to 1.
    tilt : float
        Add this times the log of the mean weight, as far as the error is concerned.
    """
    means = values.mean(axis=1)
    n = means.size
    if weights is None:
        weights = np.full(n, 1.0 / n)
    mean = float(weights @ means)
    influence = n * weights * (means - mean) + tilt * (n * weights - 1.0)
    return mean, float(influence.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf


def as_estimate(found: tuple[float, float], method: str = "", effective: float = math.nan) -> Estimate:
    """Estimate whose errors come from independent chains."""
    return Estimate(found[0], found[1], effective, 0.5, math.nan, method)


def observables(H: SpinPolynomial, configs: Spins, weights: Floats | None = None) -> dict[str, Estimate]:
    """Energy and specific heat per site, mean and absolute magnetisation, and correlations on a torus.

    Parameters
    ----------
    H : SpinPolynomial
        Couplings in kT.
    configs : ndarray of int8, shape (n_chains, n_draws, n_sites)
        Columns in the order of ``H.sites``.
    weights : ndarray, shape (n_chains,), optional
        Adding up to 1.

    Returns
    -------
    dict
        "energy" <H>/N and "specific heat" var(H)/N in kT, "magnetisation", "abs magnetisation", and where H is one
        coupling on a torus "correlation r" for distances r below half of its sides.
    """
    n_chains, n_draws, n_sites = configs.shape
    flat = configs.reshape(-1, n_sites)

    def mean(values: npt.NDArray[Any]) -> Estimate:
        return as_estimate(weighted_mean(np.asarray(values, np.float64).reshape(n_chains, n_draws), weights))

    energies = np.asarray(H.evaluate(flat), np.float64)
    m = flat.mean(axis=1)
    found = {"energy": mean(energies / n_sites)}
    found["specific heat"] = mean((energies - n_sites * found["energy"].value) ** 2 / n_sites)
    found |= {"magnetisation": mean(m), "abs magnetisation": mean(np.abs(m))}
    torus = torus_of(H)
    if torus is not None:
        lattice = flat.reshape(-1, torus.Ly, torus.Lx)
        for r in DISTANCES:
            if 2 * r < min(torus.Lx, torus.Ly):
                pairs = sum(
                    np.einsum("nyx,nyx->n", lattice, np.roll(lattice, r, axis), dtype=np.int64) for axis in (1, 2)
                )
                found[f"correlation {r}"] = mean(pairs / (2 * n_sites))
    return found


def exact_observables(H: SpinPolynomial) -> dict[str, float]:
    """Kaufman's energy, specific heat and bond correlation of the torus; others of the infinite lattice, if that is near."""
    torus = torus_of(H)
    if torus is None or torus.h:
        return {}
    n_sites, constant = torus.Lx * torus.Ly, float(H.couplings.get(frozenset(), 0.0))
    energy = float(kaufman.energy(torus.Ly, torus.Lx, torus.J)) / n_sites
    found = {
        "energy": energy + constant / n_sites,
        "specific heat": float(kaufman.specific_heat(torus.Ly, torus.Lx, torus.J)) / n_sites,
        "magnetisation": 0.0,
    }
    if torus.J:
        found["correlation 1"] = -energy / (2.0 * torus.J)
        if min(torus.Lx, torus.Ly) > 4.0 * float(infinite.correlation_length(torus.J)):
            found |= {f"correlation {r}": float(infinite.row_correlation(r, torus.J)) for r in DISTANCES[1:]}
    return found


def torus_of(H: SpinPolynomial) -> Rectangle | None:
    """The torus that H is one coupling on, its columns in row-major order."""
    rectangle = Problem.of(H).rectangle
    return rectangle if rectangle is not None and rectangle.periodic else None
