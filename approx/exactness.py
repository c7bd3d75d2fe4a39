"""Is it an exact RG? How far a trained RBM, and a stack of them, is from Eqs. 8, 9 and 17, with error bars.

``python -m approx.exactness --networks FILE ... --out docs/exactness.md`` writes the page and its numbers.
"""

from __future__ import annotations

import math
import sys
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from exactrg.dbn import DBN
from exactrg.errors import InputError, a_type
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM
from exactrg.sites import require_same, spin_array
from exactrg.thermodynamics import log_partition_function

from .annealing import anneal
from .block_gibbs import log_marginal
from .distributions import Energy
from .estimate import Estimate
from .exactness_measures import as_estimate, exact_observables, observables, torus_of, weighted_mean
from .ising_path import IsingPath
from .problem import rounded
from .reverse_annealing import BothWays, Effort, anneal_both_ways, anneal_checked, as_log_z
from .sampling import sample
from .streams import Seed, child, given_seed
from .workers import usable_threads

Floats = npt.NDArray[np.float64]
Spins = npt.NDArray[np.int8]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SAMPLES = 4096
SUMMABLE = 25
"""Units of a layer over whose states log Z is summed."""

_SAMPLES, _ANNEALING, _UPWARD, _FROM_ISING = range(4)  # what random numbers are for


@dataclass(frozen=True, eq=False)
class Exactness:
    """How far T = -E + H of an RBM is from an exact RG step, in nats. An Estimate with error 0 is exact.

    Parameters
    ----------
    log_q : ndarray, shape (n_samples,)
        log Tr_h e^T = H - H_RBM at samples of e^{-H}/Z (Eq. 9): zero everywhere for an exact step, constant (C4) where
        only the constant of E is wrong. Exact for each sample; its spread is what no constant mends.
    log_q_mean : Estimate
    log_z : Estimate
        Of e^{-H}.
    both_ways : BothWays
        Log Z' of the RBM, and its chains.
    delta_f : Estimate
        Eq. 8, log Z - log Z' (forward). Minus this is the constant that makes it zero; the mean of log q is minus
        ``kl`` then.
    kl, reverse_kl : Estimate
        D_KL(P || p) and D_KL(p || P) (Eq. 16), P of H and p of the RBM.
    kl_twice : tuple of Estimate
        D_KL(P || p) from forward annealing and the even samples, and from reverse annealing and the odd ones.
    reverse_kl_of_chains : Estimate
        D_KL(p || P) from the chains that started at samples of P, and reverse annealing.
    observables : dict of str to dict of str to Estimate
        "exact" where known, "samples" of e^{-H}, and the RBM's own: "annealed" and "chains".
    from_ising : Estimate, optional
        Log Z' by annealing from the samples of P themselves (`approx.ising_path`).
    """

    log_q: Floats
    log_q_mean: Estimate
    log_z: Estimate
    both_ways: BothWays = field(repr=False)
    delta_f: Estimate
    kl: Estimate
    reverse_kl: Estimate
    kl_twice: tuple[Estimate, Estimate]
    reverse_kl_of_chains: Estimate
    observables: dict[str, dict[str, Estimate]] = field(repr=False)
    from_ising: Estimate | None = None

    @property
    def spread(self) -> float:
        """Standard deviation of log q."""
        return float(self.log_q.std(ddof=1))

    @property
    def quantiles(self) -> dict[float, float]:
        """Of log q: 5%, 25%, 50%, 75% and 95%."""
        return dict(zip(QUANTILES, np.quantile(self.log_q, QUANTILES).tolist(), strict=True))

    @property
    def disagreement(self) -> tuple[float, float]:
        """Forward minus reverse log Z', in nats and in standard errors."""
        return _difference(self.both_ways.forward, self.both_ways.reverse)

    @property
    def jensen(self) -> tuple[float, float]:
        """Difference of the two D_KL(P || p) = -Delta F - E_P[log q] (C3), in nats and in standard errors."""
        return _difference(*self.kl_twice)


def _difference(a: Estimate, b: Estimate) -> tuple[float, float]:
    difference, error = a.value - b.value, math.hypot(a.stderr, b.stderr)
    return difference, difference / error if error else math.nan


def exactness(
    rbm: RBM,
    H: SpinPolynomial,
    samples: npt.ArrayLike | None = None,
    *,
    rng: Seed | None = None,
    n: int = 512,
    sweeps: int = 2000,
    max_steps: int = 8192,
    ising_steps: int = 0,
    threads: int | None = None,
    executor: Executor | None = None,
) -> Exactness:
    """Measure how far an RBM is from an exact RG step for H (Eqs. 8, 9, 16; claims C1 to C5).

    Parameters
    ----------
    rbm : RBM
        Its visible sites are those of H.
    H : SpinPolynomial
    samples : array, shape (n_samples, n_visible), optional
        Independent samples of e^{-H}/Z, columns as in ``rbm.visible``, not the ones it was trained on; 4,096 are drawn if
        left out. At least four.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
    n, sweeps, max_steps
        Chains each way, and what they do; see `approx.reverse_annealing.anneal_both_ways`.
    ising_steps : int
        Temperatures, at most, of a third estimate of log Z', which starts from the samples themselves; none if 0. H must be
        one coupling on a torus with even sides, and there must be 128 samples.
    threads : int, optional
        No bit depends on it.
    executor : concurrent.futures.Executor, optional
        Where samples are drawn and chains annealed, to the same bits. See docs/executors.md.

    Notes
    -----
    Weights that are too uneven show in ``both_ways.forward.effective_samples``; nothing is refused here, because a
    bound from each side is still an answer.
    """
    if not isinstance(rbm, RBM):
        raise InputError(f"rbm is {a_type(rbm)}: expected an RBM")
    require_same(H.sites, rbm.visible, "H and the visible layer")
    seed, threads = given_seed(rng), usable_threads(threads)
    rbm, H = rounded(rbm), rounded(H)
    column = {site: k for k, site in enumerate(rbm.visible)}
    order = [column[site] for site in H.sites]  # columns of H among those of the RBM
    v = _samples(rbm, H, samples, order, seed, threads, executor)
    log_z, error = Energy(H).log_z(child(seed, _SAMPLES, 1), Effort(threads=threads, executor=executor))
    ising = Estimate(log_z, error, math.nan, 0.5, math.nan, "" if error else "exact")

    def log_trace(configs: Spins) -> Floats:
        flat = configs.reshape(-1, len(order))
        values = np.asarray(H.evaluate(flat[:, order]), np.float64) + log_marginal(rbm, flat)
        return values.reshape(configs.shape[:-1])

    log_q = log_trace(v)
    both = anneal_both_ways(
        rbm, v, rng=child(seed, _ANNEALING), n=n, sweeps=sweeps, max_steps=max_steps,
        back_from="annealed", threads=threads, executor=executor,
    )  # fmt: skip
    third = None
    torus = torus_of(H)
    if ising_steps:
        if torus is None or H.sites != rbm.visible:
            raise InputError(
                "ising_steps: expected one coupling on a torus, and visible units in the order of its sites"
            )
        path = IsingPath(rbm, torus=torus, log_z_torus=log_z, samples=v)
        found = anneal(path, child(seed, _FROM_ISING), n, threads, max_steps=ising_steps, executor=executor)
        third = as_log_z(found, rbm.constant, seed)
    mean = as_estimate(weighted_mean(log_q[:, None]), effective=float(log_q.size))
    forward, reverse = both.forward, both.reverse
    own = as_estimate(weighted_mean(log_trace(both.annealed), both.weights, tilt=-1.0))
    others = as_estimate(weighted_mean(log_trace(both.chains)))
    own_z = as_estimate((forward.value, 0.0))  # its error is in the one before: the weights are the same
    measured = {
        "exact": {name: as_estimate((value, 0.0), "exact") for name, value in exact_observables(H).items()},
        "samples": observables(H, v[:, None, order]),
        "annealed": observables(H, both.annealed[..., order], both.weights),
        "chains": observables(H, both.chains[..., order]),
    }
    return Exactness(
        log_q,
        mean,
        ising,
        both,
        _sum(ising, (forward, -1)),
        _sum(forward, (ising, -1), (mean, -1)),
        _sum(own, (ising, 1), (own_z, -1)),
        (
            _sum(forward, (ising, -1), (as_estimate(weighted_mean(log_q[::2, None])), -1)),
            _sum(reverse, (ising, -1), (as_estimate(weighted_mean(log_q[1::2, None])), -1)),
        ),
        _sum(others, (ising, 1), (reverse, -1)),
        measured,
        third,
    )


def _samples(
    rbm: RBM,
    H: SpinPolynomial,
    given: npt.ArrayLike | None,
    order: list[int],
    seed: np.random.SeedSequence,
    threads: int,
    executor: Executor | None,
) -> Spins:
    """Samples of e^{-H} with columns as in the RBM's visible layer."""
    if given is not None:
        v = spin_array(given, rbm.n_visible)
        if len(v) < 4:
            raise InputError(f"{len(v)} samples: expected 4 or more; write samples=approx.sample(H, n)")
        return v
    drawn = sample(H, SAMPLES, child(seed, _SAMPLES), threads=threads, executor=executor)
    return np.ascontiguousarray(drawn[:, np.argsort(order)])


def _sum(first: Estimate, *others: tuple[Estimate, int]) -> Estimate:
    """Sum of independent estimates, with signs."""
    value = first.value + sum(sign * e.value for e, sign in others)
    return as_estimate((value, math.sqrt(first.stderr**2 + sum(e.stderr**2 for e, _ in others))))


@dataclass(frozen=True, eq=False)
class LayerGain:
    """What an RBM on top of another one adds.

    Parameters
    ----------
    layer : int
        Counted from 1; 1 is the lowest, and has no gain.
    log_z : Estimate
        Of the RBM: a sum over all states of a layer of up to 25 units, annealed otherwise.
    both_ways : BothWays
        The same by annealing, to be held against the sum where there is one.
    gain : Estimate
        E[log p_l(h) - log p_(l-1)(h)] over the hidden data of the layer below, in nats: by how much the RBM is a better
        prior than the one below: D_KL(data || p_(l-1)) - D_KL(data || p_l), whatever the data's entropy.
    bound : Estimate
        Upper bound on D_KL(P || p) of the stack so far: that of the first RBM less all gains.
    """

    layer: int
    log_z: Estimate
    both_ways: BothWays = field(repr=False)
    gain: Estimate
    bound: Estimate


def exactness_of_stack(
    dbn: DBN,
    first: Exactness,
    samples: npt.ArrayLike,
    *,
    rng: Seed | None = None,
    n: int = 512,
    threads: int | None = None,
    executor: Executor | None = None,
) -> tuple[LayerGain, ...]:
    """Measure what each layer of a stack adds to the first, whose distance is known (claims C8 to C10).

    Each layer's p(h|v) applied to the data of the layer below is an exact RG step (C10); its RBM is a model of these
    data. The mean log-likelihood of the stack is at least that of the first RBM plus the gains (Hinton, Osindero, Teh,
    Neural Computation 18, 1527 (2006)).

    Parameters
    ----------
    dbn : DBN
    first : Exactness
        Of ``dbn.rbms[0]``.
    samples : array, shape (n_samples, n_visible)
        Independent samples of e^{-H}/Z.
    rng, n, threads, executor
        As for `exactness`. Log Z is exact for a layer that `exactrg` sums (25 units in 10 seconds).

    Raises
    ------
    TooFewSamplesError, StuckChainsError
        If annealing to a layer above the first cannot be trusted.
    """
    seed, threads = given_seed(rng), usable_threads(threads)
    data = spin_array(samples, dbn.rbms[0].n_visible)
    log_z, bound, error = first.both_ways.forward, first.kl, first.log_q_mean.stderr
    effort = Effort(n=n, threads=threads, executor=executor)
    found = [LayerGain(1, log_z, first.both_ways, as_estimate((0.0, 0.0)), bound)]
    for k, (lower, upper) in enumerate(pairwise(map(rounded, dbn.rbms)), start=1):
        data = draw_hidden(lower, data, np.random.default_rng(child(seed, _UPWARD, k)))
        ratios = log_marginal(upper, data) - log_marginal(lower.transpose(), data)
        better = as_estimate(weighted_mean(ratios[:, None]))
        both = anneal_checked(upper, child(seed, _ANNEALING, k), effort, data)
        above = both.forward
        if min(upper.n_visible, upper.n_hidden) <= SUMMABLE:
            above = as_estimate((float(log_partition_function(upper, engine="layer")), 0.0), "exact")
        gain = _sum(better, (above, -1), (log_z, 1))
        # The log Z of the layer below cancels from the bound, and so does its error.
        error = math.hypot(error, better.stderr)
        log_z, bound = above, as_estimate((bound.value - gain.value, math.hypot(error, above.stderr)))
        found.append(LayerGain(k + 1, above, both, gain, bound))
    return tuple(found)


def draw_hidden(rbm: RBM, v: Spins, rng: np.random.Generator) -> Spins:
    """Draw hidden spins from p(h|v)."""
    fields = v.astype(np.float64) @ rbm.w + rbm.b
    return np.where(rng.random(fields.shape) < expit(2.0 * fields), -1, 1).astype(np.int8)


if __name__ == "__main__":
    from .exactness_report import main

    sys.exit(main())
