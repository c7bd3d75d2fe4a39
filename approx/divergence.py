"""Delta F and relative entropies with error bars; the approximate side of `exactrg.delta_f` and `exactrg.divergence`.

Both compare two distributions P and p through u = log of their ratio at samples of the first. Where the weights e^-u
are even enough, they also give log Z - log Z' (claims C1 and C3); elsewhere the two free energies are needed.
"""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

import exactrg
from exactrg.errors import EnumerationTooLarge, InputError
from exactrg.executors import require_executor
from exactrg.planning import plan
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM
from exactrg.rg import RGOperator
from exactrg.sites import Site, require_same
from exactrg.weight import BoltzmannWeight

from .annealing import anneal
from .block_gibbs import log_marginal
from .errors import TooFewSamplesError
from .estimate import Estimate
from .fitted_path import path_of
from .log_weights import effective_weights, even_enough, log_mean_exp
from .problem import Problem, rounded
from .sampling import sample
from .streams import Seed, check_count, child, given_seed, recorded
from .thermodynamics import free_energy
from .workers import usable_threads

Floats = npt.NDArray[np.float64]
Spins = npt.NDArray[np.int8]
RatioMethod = Literal["auto", "reweighting", "difference"]


@dataclass(frozen=True, eq=False)
class Draws:
    """Configurations, each worth its weight, and log Z with its error where the weights tell it."""

    configs: Spins
    log_weights: Floats
    log_z: tuple[float, float] | None = None

    @classmethod
    def equal(cls, configs: Spins) -> Draws:
        """All weights one."""
        return cls(configs, np.zeros(len(configs)))

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

    def sample(self, n: int, seed: np.random.SeedSequence, threads: int, executor: Executor | None = None) -> Draws:
        """Draw n configurations or more."""

    def log_z(
        self, seed: np.random.SeedSequence, threads: int, executor: Executor | None = None
    ) -> tuple[float, float]:
        """Log Z and its standard error, 0 where an exact engine is quick."""


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

    def sample(self, n: int, seed: np.random.SeedSequence, threads: int, executor: Executor | None = None) -> Draws:
        """Draw by `approx.sample`."""
        return Draws.equal(sample(self.H, n, seed, threads=threads, executor=executor))

    def log_z(
        self, seed: np.random.SeedSequence, threads: int, executor: Executor | None = None
    ) -> tuple[float, float]:
        """See `log_partition`."""
        return log_partition(self.H, seed, threads, executor)


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

    def sample(self, n: int, seed: np.random.SeedSequence, threads: int, executor: Executor | None = None) -> Draws:
        """Lead chains to the machine by annealing: their weights make up for what is left of the way they came."""
        found = anneal(path_of(Problem.of(self.rbm), seed), seed, n, threads, executor=executor).checked()
        log_z, stderr = found.log_z
        configs = np.concatenate([state.spins for state in found.states])
        return Draws(configs, found.log_weights, (log_z - self.rbm.constant, stderr))

    def log_z(
        self, seed: np.random.SeedSequence, threads: int, executor: Executor | None = None
    ) -> tuple[float, float]:
        """See `log_partition`."""
        return log_partition(self.rbm, seed, threads, executor)


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

    def sample(self, n: int, seed: np.random.SeedSequence, threads: int, executor: Executor | None = None) -> Draws:
        """Draw by `exactrg.sample`."""
        return Draws.equal(exactrg.sample(self.weight, n, np.random.default_rng(seed)))

    def log_z(
        self, seed: np.random.SeedSequence, threads: int, executor: Executor | None = None
    ) -> tuple[float, float]:
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


def delta_f(
    T: RGOperator,
    H: SpinPolynomial,
    *,
    rng: Seed | None = None,
    n: int = 4096,
    method: RatioMethod = "auto",
    threads: int | None = None,
    executor: Executor | None = None,
) -> Estimate:
    """Estimate Delta F = F^h - F^v = -log E_P[Tr_h e^T] (Eq. 8, claim C1) at samples of P = e^{-H}/Z.

    Parameters
    ----------
    T : RGOperator
    H : SpinPolynomial
        On the visible sites.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
    n : int
        Samples.
    method : {"auto", "reweighting", "difference"}
        "reweighting" takes the mean over samples; "difference" is log Z - log Z' of two free energies, for T = -E + H
        (exact ones where an engine of `exactrg` is quick); "auto" the first if its weights are even enough.
    threads : int, optional
    executor : concurrent.futures.Executor, optional
        Where samples are drawn and free energies estimated, to the same bits. See docs/executors.md.

    Returns
    -------
    Estimate

    Raises
    ------
    TooFewSamplesError
        If the weights are too uneven and T was not made from an energy and this H.
    """
    require_executor(executor)
    seed, threads = given_seed(rng), usable_threads(threads)
    if not isinstance(T, RGOperator):
        raise InputError(f"T is a {type(T).__name__}: expected an RGOperator; write RGOperator.from_energy(E, H)")
    require_same(H.sites, T.visible, "H and the visible layer")
    energy = Energy(rounded(H))
    log_q = np.empty(0)
    if _method(method) != "difference":
        v = _columns(
            energy.sample(check_count("n", n, 1), child(seed, 0), threads, executor).configs, H.sites, T.visible
        )
        log_q = np.asarray(T.log_trace(v), np.float64)
        if even_enough(log_q) or method == "reweighting":
            value, stderr = log_mean_exp(_even(log_q))
            return Estimate(-value, stderr, effective_weights(log_q), 0.5, math.nan, "reweighting", recorded(seed))
    E = T.joint_energy(H)
    if E is None:
        raise TooFewSamplesError(_UNEVEN + "; T was not made from an energy and this H", log_q[None])
    ours = energy.log_z(child(seed, 1), threads, executor)
    theirs = log_partition(E, child(seed, 2), threads, executor)
    stderr = math.hypot(ours[1], theirs[1])
    return Estimate(ours[0] - theirs[0], stderr, math.nan, 0.5, math.nan, "difference", recorded(seed))


def kl_divergence(
    p: SpinPolynomial | RBM | BoltzmannWeight,
    q: SpinPolynomial | RBM | BoltzmannWeight,
    *,
    rng: Seed | None = None,
    n: int = 4096,
    method: RatioMethod = "auto",
    threads: int | None = None,
    executor: Executor | None = None,
) -> Estimate:
    """Estimate D_KL(p || q) = E_p[u] + log Z_q - log Z_p in nats (Eq. 16), u = log of the ratio of the weights.

    Parameters
    ----------
    p, q : SpinPolynomial, RBM or BoltzmannWeight
        An energy, a machine (its visible marginal), or an unnormalised weight; both over the same sites.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
    n : int
        Samples of p.
    method : {"auto", "reweighting", "difference"}
        Where log Z_q - log Z_p comes from: log E_p[e^-u] at the same samples, or two free energies (exact ones where an
        engine of `exactrg` is quick); "auto" takes the first if its weights are even enough.
    threads : int, optional
    executor : concurrent.futures.Executor, optional
        Where samples are drawn and free energies estimated, to the same bits. See docs/executors.md.

    Returns
    -------
    Estimate
        Infinity, with no error, where q vanishes at a sample.

    Raises
    ------
    SiteError
        If the sites differ.
    TooFewSamplesError
        If the weights are too uneven for "reweighting".
    """
    require_executor(executor)
    seed, threads = given_seed(rng), usable_threads(threads)
    left, right = _distribution(p), _distribution(q)
    require_same(left.sites, right.sites, "the two distributions")
    draws = left.sample(check_count("n", n, 1), child(seed, 0), threads, executor)
    u = left.log_weight(draws.configs) - right.log_weight(_columns(draws.configs, left.sites, right.sites))
    n = u.size
    if np.any(u == math.inf):
        return Estimate(math.inf, 0.0, n, 0.5, math.nan, "q vanishes where p does not", recorded(seed))
    shares, log_w = draws.shares, draws.log_weights - u
    mean = float((shares * u).mean())
    influence = shares * (u - mean)
    effective, covered = effective_weights(log_w), not isinstance(left, Table) or left.is_positive
    if _method(method) == "reweighting" and not covered:
        raise InputError('p vanishes somewhere, and its samples cannot weigh q there; write method="difference"')
    if method != "difference" and covered and (even_enough(log_w) or method == "reweighting"):
        log_ratio = log_mean_exp(_even(log_w))[0] - log_mean_exp(draws.log_weights)[0]
        influence += shares * (np.exp(-u - log_ratio) - 1.0)
        value = max(0.0, mean + log_ratio)
        return Estimate(value, _stderr(influence), effective, 0.5, math.nan, "reweighting", recorded(seed))
    effective = effective_weights(draws.log_weights)
    log_zq = right.log_z(child(seed, 2), threads, executor)
    if draws.log_z is not None and isinstance(p, RBM) and exact_log_partition(p) is None:
        # Mean and log Z come from the same weights, so their errors are not independent.
        influence -= shares
        value, stderr = mean + log_zq[0] - draws.log_z[0], math.hypot(_stderr(influence), log_zq[1])
    else:
        ours = left.log_z(child(seed, 1), threads, executor)
        value, stderr = mean + log_zq[0] - ours[0], math.hypot(_stderr(influence), ours[1], log_zq[1])
    return Estimate(value, stderr, effective, 0.5, math.nan, "difference", recorded(seed))


def exact_log_partition(H: SpinPolynomial | RBM) -> float | None:
    """Log Z if an engine of `exactrg` takes less than about a second."""
    H = rounded(H)
    try:
        return float(exactrg.log_partition_function(H)) if plan(H).seconds < 1.0 else None
    except EnumerationTooLarge:
        return None


def log_partition(
    H: SpinPolynomial | RBM, seed: np.random.SeedSequence, threads: int, executor: Executor | None = None
) -> tuple[float, float]:
    """Log Z and its standard error, 0 where it is exact."""
    exact = exact_log_partition(H)
    if exact is not None:
        return exact, 0.0
    found = free_energy(H, rng=seed, threads=threads, executor=executor)
    return -found.value, found.stderr


def _stderr(influence: Floats) -> float:
    """Standard error of a mean of independent terms."""
    return float(influence.std(ddof=1)) / math.sqrt(influence.size) if influence.size > 1 else math.inf


_UNEVEN = "the weights at the samples are too uneven for their mean to be trusted"


def _even(log_w: Floats) -> Floats:
    """Return log weights of which at least a quarter are effective."""
    if not even_enough(log_w):
        effective = effective_weights(log_w)
        raise TooFewSamplesError(
            f'{_UNEVEN} ({effective:.1f} of {log_w.size} are effective); write method="difference"', log_w[None]
        )
    return log_w


def _method(method: str) -> str:
    if method not in ("auto", "reweighting", "difference"):
        raise InputError(f"method={method!r}: expected 'auto', 'reweighting' or 'difference'")
    return method


def _columns(configs: Spins, given: tuple[Site, ...], wanted: tuple[Site, ...]) -> Spins:
    """Columns in another order of the same sites."""
    if given == wanted:
        return configs
    column = {site: k for k, site in enumerate(given)}
    return np.ascontiguousarray(configs[:, [column[site] for site in wanted]])


def _distribution(p: Any) -> Distribution:
    if isinstance(p, SpinPolynomial):
        return Energy(rounded(p))
    if isinstance(p, RBM):
        return VisibleMarginal(rounded(p))
    if isinstance(p, BoltzmannWeight):
        return Table(p)
    raise InputError(f"a {type(p).__name__} is no distribution here: expected an energy, an RBM or a BoltzmannWeight")
