"""Delta F and relative entropies with error bars; the approximate side of `exactrg.delta_f` and `exactrg.divergence`.

Both compare two distributions P and p through u = log of their ratio at samples of the first. Where the weights e^-u
are even enough, they also give log Z - log Z' (claims C1 and C3); elsewhere the two free energies are needed.
"""

from __future__ import annotations

import math
from concurrent.futures import Executor
from typing import Literal

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import InputError, a_type
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM
from exactrg.rg import RGOperator
from exactrg.sites import Site, require_same
from exactrg.weight import BoltzmannWeight

from .distributions import Energy, Table, distribution, exact_log_partition, log_partition
from .errors import TooFewSamplesError
from .estimate import Estimate
from .log_weights import effective_weights, even_enough, log_mean_exp
from .problem import rounded
from .reverse_annealing import Effort
from .streams import Seed, child, given_seed, recorded

Floats = npt.NDArray[np.float64]
Spins = npt.NDArray[np.int8]
RatioMethod = Literal["auto", "reweighting", "difference"]


def delta_f(
    T: RGOperator,
    H: SpinPolynomial,
    *,
    rng: Seed | None = None,
    n: int = 4096,
    method: RatioMethod = "auto",
    sweeps: int = 2000,
    max_steps: int = 8192,
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
        "reweighting" takes the mean over samples, and sees what they reach; "difference" is log Z - log Z' of two free
        energies, for T = -E + H (exact ones where an engine of `exactrg` is quick); "auto" the first if its weights are
        even enough.
    sweeps, max_steps : int
        What may be spent on log Z of an RBM that no engine sums, as for `approx.free_energy`; some chains begin at the samples.
    threads : int, optional
    executor : concurrent.futures.Executor, optional
        Where samples are drawn and free energies estimated, to the same bits. See docs/executors.md.

    Returns
    -------
    Estimate

    Raises
    ------
    TooFewSamplesError
        If the weights are too uneven and T was not made from an energy and this H, or those of annealing are.
    StuckChainsError
        If annealing to the RBM and back disagree.
    """
    seed, effort = given_seed(rng), Effort(sweeps=sweeps, max_steps=max_steps, threads=threads, executor=executor)
    if not isinstance(T, RGOperator):
        raise InputError(f"T is {a_type(T)}: expected an RGOperator; write RGOperator.from_energy(E, H)")
    require_same(H.sites, T.visible, "H and the visible layer")
    energy = Energy(rounded(H))
    log_q, v = np.empty(0), None
    if _method(method) != "difference":
        v = _columns(energy.sample(require_count("n", n, 1), child(seed, 0), effort).configs[:, 0], H.sites, T.visible)
        log_q = np.asarray(T.log_trace(v), np.float64)
        if even_enough(log_q) or method == "reweighting":
            value, stderr = log_mean_exp(_even(log_q))
            return Estimate(0.0 - value, stderr, effective_weights(log_q), 0.5, math.nan, "reweighting", recorded(seed))
    E = T.joint_energy(H)
    if E is None:
        raise TooFewSamplesError(_UNEVEN + "; T was not made from an energy and this H", log_q[None])
    ours = energy.log_z(child(seed, 1), effort)
    theirs = log_partition(E, child(seed, 2), effort, v)
    stderr = math.hypot(ours[1], theirs[1])
    return Estimate(ours[0] - theirs[0], stderr, math.nan, 0.5, math.nan, "difference", recorded(seed))


def kl_divergence(
    p: SpinPolynomial | RBM | BoltzmannWeight,
    q: SpinPolynomial | RBM | BoltzmannWeight,
    *,
    rng: Seed | None = None,
    n: int = 4096,
    method: RatioMethod = "auto",
    sweeps: int = 2000,
    max_steps: int = 8192,
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
        Where log Z_q - log Z_p comes from: log E_p[e^-u] at the same samples, which sees the part of q that they reach,
        or two free energies (exact ones where an engine of `exactrg` is quick); "auto" takes the first if its weights are
        even enough.
    sweeps, max_steps : int
        What may be spent on log Z of an RBM that no engine sums, as for `approx.free_energy`; some chains begin at
        samples of p.
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
        If the weights are too uneven for "reweighting", or those of annealing are.
    StuckChainsError
        If annealing to an RBM and back disagree.
    """
    seed, effort = given_seed(rng), Effort(sweeps=sweeps, max_steps=max_steps, threads=threads, executor=executor)
    left, right = distribution(p), distribution(q)
    require_same(left.sites, right.sites, "the two distributions")
    draws = left.sample(require_count("n", n, 1), child(seed, 0), effort)
    v = draws.configs.reshape(-1, draws.configs.shape[-1])
    w = _columns(v, left.sites, right.sites)
    u = (left.log_weight(v) - right.log_weight(w)).reshape(draws.configs.shape[:-1])
    if np.any(u == math.inf):
        return Estimate(math.inf, 0.0, u.size, 0.5, math.nan, "q vanishes where p does not", recorded(seed))
    shares, log_w, each = draws.shares, (draws.log_weights[:, None] - u).reshape(-1), u.mean(axis=1)
    mean = float((shares * each).mean())
    influence = shares * (each - mean)
    covered = not isinstance(left, Table) or left.is_positive
    if _method(method) == "reweighting" and not covered:
        raise InputError('p vanishes somewhere, and its samples cannot weigh q there; write method="difference"')
    if method != "difference" and covered and (even_enough(log_w) or method == "reweighting"):
        log_ratio = log_mean_exp(_even(log_w))[0] - log_mean_exp(draws.log_weights)[0]
        influence += shares * (np.exp(-u - log_ratio).mean(axis=1) - 1.0)
        value, effective = max(0.0, mean + log_ratio), effective_weights(log_w)
        return Estimate(value, _stderr(influence), effective, 0.5, math.nan, "reweighting", recorded(seed))
    effective = effective_weights(draws.log_weights)
    log_zq = right.log_z(child(seed, 2), effort, w)
    if draws.log_z is not None and isinstance(p, RBM) and exact_log_partition(p) is None:
        # Mean and log Z come from the same weights, so their errors are not independent.
        influence -= shares
        value, stderr = mean + log_zq[0] - draws.log_z[0], math.hypot(_stderr(influence), log_zq[1])
    else:
        ours = left.log_z(child(seed, 1), effort)
        value, stderr = mean + log_zq[0] - ours[0], math.hypot(_stderr(influence), ours[1], log_zq[1])
    return Estimate(value, stderr, effective, 0.5, math.nan, "difference", recorded(seed))


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
