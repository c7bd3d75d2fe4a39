"""Delta F and relative entropies with error bars; the approximate side of `exactrg.delta_f` and `exactrg.divergence`.

Both compare two distributions P and p through u = log of their ratio at samples of the first. Where the weights e^-u
are even enough, they also give log Z - log Z' (claims C1 and C3); elsewhere the two free energies are needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

import exactrg
from exactrg.errors import EnumerationTooLarge, InputError
from exactrg.planning import plan
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM
from exactrg.rg import RGOperator
from exactrg.sites import Site, require_same
from exactrg.weight import BoltzmannWeight

from .annealing import effective_weights
from .block_gibbs import Layers, log_marginals
from .errors import TooFewSamplesError
from .estimate import Estimate
from .graph_samplers import positive
from .problem import rounded
from .sampling import sample, usable_threads
from .streams import Seed, child, given_seed, recorded
from .thermodynamics import free_energy, log_mean_exp

Floats = npt.NDArray[np.float64]
Spins = npt.NDArray[np.int8]
RatioMethod = Literal["auto", "reweighting", "difference"]

EVEN_ENOUGH = 0.25
"""Least fraction of the weights that must be effective for their mean to be trusted."""


class Distribution(Protocol):
    """An unnormalised distribution of spins."""

    @property
    def sites(self) -> tuple[Site, ...]:
        """Columns of a configuration."""

    def log_weight(self, configs: Spins) -> Floats:
        """Log of the unnormalised weight."""

    def sample(self, n: int, seed: np.random.SeedSequence, threads: int) -> Spins:
        """Draw configurations."""

    def log_z(self, seed: np.random.SeedSequence, threads: int) -> tuple[float, float]:
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

    def sample(self, n: int, seed: np.random.SeedSequence, threads: int) -> Spins:
        """Draw by `approx.sample`."""
        return sample(self.H, n, seed, threads=threads)

    def log_z(self, seed: np.random.SeedSequence, threads: int) -> tuple[float, float]:
        """See `log_partition`."""
        return log_partition(self.H, seed, threads)


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
        return log_marginals(Layers.of(self.rbm), configs, np.ones(1), 1)[:, 0] - self.rbm.constant

    def sample(self, n: int, seed: np.random.SeedSequence, threads: int) -> Spins:
        """Draw by block Gibbs sampling."""
        return sample(self.rbm, n, seed, threads=threads)[:, : self.rbm.n_visible]

    def log_z(self, seed: np.random.SeedSequence, threads: int) -> tuple[float, float]:
        """See `log_partition`."""
        return log_partition(self.rbm, seed, threads)


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

    def sample(self, n: int, seed: np.random.SeedSequence, threads: int) -> Spins:
        """Draw by `exactrg.sample`."""
        return exactrg.sample(self.weight, n, np.random.default_rng(seed))

    def log_z(self, seed: np.random.SeedSequence, threads: int) -> tuple[float, float]:
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

    Returns
    -------
    Estimate

    Raises
    ------
    TooFewSamplesError
        If the weights are too uneven and T was not made from an energy and this H.
    """
    seed, threads = given_seed(rng), usable_threads(threads)
    if not isinstance(T, RGOperator):
        raise InputError(f"T is a {type(T).__name__}: expected an RGOperator; write RGOperator.from_energy(E, H)")
    require_same(H.sites, T.visible, "H and the visible layer")
    energy = Energy(rounded(H))
    log_q = np.empty(0)
    if _method(method) != "difference":
        v = _columns(energy.sample(positive("n", n), child(seed, 0), threads), H.sites, T.visible)
        log_q = np.asarray(T.log_trace(v), np.float64)
        if effective_weights(log_q) >= EVEN_ENOUGH * n or method == "reweighting":
            value, stderr = log_mean_exp(_even(log_q))
            return Estimate(-value, stderr, effective_weights(log_q), 0.5, math.nan, "reweighting", recorded(seed))
    E = T.joint_energy(H)
    if E is None:
        raise TooFewSamplesError(_UNEVEN + "; T was not made from an energy and this H", log_q[None])
    ours, theirs = energy.log_z(child(seed, 1), threads), log_partition(E, child(seed, 2), threads)
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
    seed, threads = given_seed(rng), usable_threads(threads)
    left, right = _distribution(p), _distribution(q)
    require_same(left.sites, right.sites, "the two distributions")
    configs = left.sample(positive("n", n), child(seed, 0), threads)
    u = left.log_weight(configs) - right.log_weight(_columns(configs, left.sites, right.sites))
    if np.any(u == math.inf):
        return Estimate(math.inf, 0.0, n, 0.5, math.nan, "q vanishes where p does not", recorded(seed))
    effective, covered = effective_weights(-u), not isinstance(left, Table) or left.is_positive
    if _method(method) == "reweighting" and not covered:
        raise InputError('p vanishes somewhere, and its samples cannot weigh q there; write method="difference"')
    if method != "difference" and covered and (effective >= EVEN_ENOUGH * n or method == "reweighting"):
        log_ratio, _ = log_mean_exp(_even(-u))
        influence = u + np.exp(-u - log_ratio)
        stderr = float(influence.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
        value = max(0.0, float(u.mean()) + log_ratio)
        return Estimate(value, stderr, effective, 0.5, math.nan, "reweighting", recorded(seed))
    log_zp, log_zq = left.log_z(child(seed, 1), threads), right.log_z(child(seed, 2), threads)
    stderr = math.hypot(float(u.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf, log_zp[1], log_zq[1])
    value = float(u.mean()) + log_zq[0] - log_zp[0]
    return Estimate(value, stderr, n, 0.5, math.nan, "difference", recorded(seed))


def log_partition(H: SpinPolynomial | RBM, seed: np.random.SeedSequence, threads: int) -> tuple[float, float]:
    """Log Z and its standard error: exact (0) if an engine of `exactrg` takes less than about a second."""
    H = rounded(H)
    try:
        if plan(H).seconds < 1.0:
            return float(exactrg.log_partition_function(H)), 0.0
    except EnumerationTooLarge:
        pass
    found = free_energy(H, rng=seed, threads=threads)
    return -found.value, found.stderr


_UNEVEN = "the weights at the samples are too uneven for their mean to be trusted"


def _even(log_w: Floats) -> Floats:
    """Return log weights of which at least a quarter are effective."""
    if effective_weights(log_w) < EVEN_ENOUGH * log_w.size:
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
