"""Energies, machines and tables as distributions: log weights, draws and log Z."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import exactrg
from exactrg.errors import EnumerationTooLarge, InputError, a_type
from exactrg.planning import plan
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM
from exactrg.sites import Site
from exactrg.weight import BoltzmannWeight

from .block_gibbs import log_marginal
from .log_weights import log_mean_exp
from .problem import rounded
from .reverse_annealing import DRAWS, Effort, anneal_checked
from .sampling import sample
from .thermodynamics import free_energy

Floats = npt.NDArray[np.float64]
Spins = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Draws:
    """Configurations of independent chains, and log Z with its error where their weights tell it.

    Parameters
    ----------
    configs : ndarray of int8, shape (n_chains, n_draws, n_sites)
    log_weights : ndarray, shape (n_chains,)
        What a chain is worth.
    log_z : (float, float), optional
    """

    configs: Spins
    log_weights: Floats
    log_z: tuple[float, float] | None = None

    @classmethod
    def equal(cls, configs: Spins) -> Draws:
        """Independent configurations."""
        return cls(configs[:, None], np.zeros(len(configs)))

    @property
    def shares(self) -> Floats:
        """The weights over their mean."""
        return np.asarray(np.exp(self.log_weights - log_mean_exp(self.log_weights)[0]))


class Distribution(Protocol):
    """An unnormalised distribution of spins."""

    @property
    def sites(self) -> tuple[Site, ...]:
        """Columns of a configuration."""

    def log_weight(self, configs: Spins) -> Floats:
        """Log of the unnormalised weight."""

    def sample(self, n: int, seed: np.random.SeedSequence, effort: Effort) -> Draws:
        """Draw n configurations or more."""

    def log_z(self, seed: np.random.SeedSequence, effort: Effort, starts: Spins | None = None) -> tuple[float, float]:
        """Log Z and its standard error, 0 where an exact engine is quick; chains may begin at ``starts`` too."""


@dataclass(frozen=True, eq=False)
class Energy:
    """e^{-H}."""

    H: SpinPolynomial

    @property
    def sites(self) -> tuple[Site, ...]:
        """Those of H."""
        return self.H.sites

    def log_weight(self, configs: Spins) -> Floats:
        """-H."""
        return np.asarray(-self.H.evaluate(configs), np.float64)

    def sample(self, n: int, seed: np.random.SeedSequence, effort: Effort) -> Draws:
        """Draw by `approx.sample`."""
        return Draws.equal(sample(self.H, n, seed, threads=effort.threads, executor=effort.executor))

    def log_z(self, seed: np.random.SeedSequence, effort: Effort, starts: Spins | None = None) -> tuple[float, float]:
        """See `log_partition`."""
        return log_partition(self.H, seed, effort)


@dataclass(frozen=True, eq=False)
class VisibleMarginal:
    """The visible marginal of an RBM, Tr_h e^{-E}."""

    rbm: RBM

    @property
    def sites(self) -> tuple[Site, ...]:
        """The visible ones."""
        return self.rbm.visible

    def log_weight(self, configs: Spins) -> Floats:
        """-constant - c.v + sum_j log 2cosh(field_j)."""
        return log_marginal(self.rbm, configs)

    def sample(self, n: int, seed: np.random.SeedSequence, effort: Effort) -> Draws:
        """Draw 8 configurations of each annealed chain; weights make up for what is left of the way it came."""
        both = anneal_checked(self.rbm, seed, replace(effort, n=-(-n // DRAWS)), draws=True)
        with np.errstate(divide="ignore"):
            log_weights = np.log(both.weights)
        return Draws(both.annealed, log_weights, (both.forward.value, both.forward.stderr))

    def log_z(self, seed: np.random.SeedSequence, effort: Effort, starts: Spins | None = None) -> tuple[float, float]:
        """See `log_partition`."""
        return log_partition(self.rbm, seed, effort, starts)


@dataclass(frozen=True, eq=False)
class Table:
    """A table over all configurations: sums and samples are exact."""

    weight: BoltzmannWeight

    @property
    def sites(self) -> tuple[Site, ...]:
        """Those of the weight."""
        return self.weight.sites

    def log_weight(self, configs: Spins) -> Floats:
        """Log of the entries, -infinity where one vanishes."""
        return np.asarray(self._log_table[tuple((1 - configs.T.astype(np.int64)) // 2)], np.float64)

    def sample(self, n: int, seed: np.random.SeedSequence, effort: Effort) -> Draws:
        """Draw by `exactrg.sample`."""
        return Draws.equal(exactrg.sample(self.weight, n, np.random.default_rng(seed)))

    def log_z(self, seed: np.random.SeedSequence, effort: Effort, starts: Spins | None = None) -> tuple[float, float]:
        """Log of the sum."""
        return float(np.logaddexp.reduce(self._log_table, axis=None)), 0.0

    @property
    def is_positive(self) -> bool:
        """Whether no entry vanishes."""
        return bool(np.all(self._log_table > -math.inf))

    @property
    def _log_table(self) -> Floats:
        with np.errstate(divide="ignore"):
            return np.log(np.asarray(self.weight.table, np.float64))


def distribution(p: Any) -> Distribution:
    """Take an energy, a machine or a table as a distribution."""
    if isinstance(p, SpinPolynomial):
        return Energy(rounded(p))
    if isinstance(p, RBM):
        return VisibleMarginal(rounded(p))
    if isinstance(p, BoltzmannWeight):
        return Table(p)
    raise InputError(f"{a_type(p)} is no distribution here: expected an energy, an RBM or a BoltzmannWeight")


def exact_log_partition(H: SpinPolynomial | RBM) -> float | None:
    """Log Z if an engine of `exactrg` takes less than about a second."""
    H = rounded(H)
    try:
        return float(exactrg.log_partition_function(H)) if plan(H).seconds < 1.0 else None
    except EnumerationTooLarge:
        return None


def log_partition(
    H: SpinPolynomial | RBM, seed: np.random.SeedSequence, effort: Effort, starts: Spins | None = None
) -> tuple[float, float]:
    """Log Z and its standard error, 0 where it is exact; some chains of an RBM begin at ``starts``."""
    exact = exact_log_partition(H)
    if exact is not None:
        return exact, 0.0
    if isinstance(H, RBM):
        forward = anneal_checked(rounded(H), seed, effort, starts).forward
        return forward.value, forward.stderr
    found = free_energy(H, rng=seed, threads=effort.threads, executor=effort.executor)
    return -found.value, found.stderr
