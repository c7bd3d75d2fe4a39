"""Burn-in and thinning from measured autocorrelation times: a pilot run that starts hot and from all spins up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count

from .autocorrelation import autocorrelation_time, r_hat
from .errors import BurnInTooShortError, StuckChainsError
from .samplers import Sampler, held

RECORDS = 256
"""Records of a pilot's last round; rounds double in steps until this is 40 autocorrelation times."""

MAX_PILOT = 1 << 17
"""Steps after which a pilot gives up."""

BURN_IN_TAUS, THIN_TAUS = 20, 5
"""Burn-in and distance of draws in units of tau: a memory of e^-20 of the start, of e^-5 of the draw before."""

_WATCHED = 128  # chains, of a block of 1,024


@dataclass(frozen=True)
class Recipe:
    """How long chains run.

    Parameters
    ----------
    burn_in, thin : int
        Steps before the first draw, and from one draw to the next.
    tau : mapping of str to float
        Integrated autocorrelation times in steps, by observable; empty for exact draws.
    pilot : int
        Steps of the pilot run that measured them.
    state : object
        Where the pilot ended: chains in equilibrium, from which blocks start.
    """

    burn_in: int
    thin: int
    tau: Mapping[str, float]
    pilot: int
    state: Any

    @property
    def slowest(self) -> float:
        """The largest tau, 1/2 for independent draws."""
        return max(self.tau.values(), default=0.5)


def measure(
    sampler: Sampler, seed: np.random.SeedSequence, n_sites: int, *, even: bool, step: str, threads: int
) -> Recipe:
    """Measure tau of the energy, the magnetisation and the overlap of two chains, and derive burn-in and thinning.

    Half of the chains start from independent uniform spins, half from all spins up. A round is as long as all before
    it; it counts when both halves agree (5 sigma), R-hat is below 1.1, and it is longer than 40 tau. Tau is about
    equilibrium: a start far from it may take much longer, which is why blocks start where the pilot ended.

    Parameters
    ----------
    sampler : Sampler
    seed : numpy.random.SeedSequence
    n_sites : int
    even : bool
        Whether H is: signs are then left out, because draws are turned over at random.
    step : str
        Name of a step, for messages.
    threads : int

    Raises
    ------
    StuckChainsError
        If no round counts within 131,072 steps.

    Notes
    -----
    The overlap sum_i s_i s'_i of two chains sees every slow mode of the spins, whatever the couplings (Bhatt and
    Young, Phys. Rev. B 37, 5606 (1988)).
    """
    state = sampler.start(seed)
    state, _ = sampler.run(state, 1, RECORDS, threads)
    watched = np.arange(0, sampler.n_chains, -(-sampler.n_chains // _WATCHED))
    interval = 1
    while True:
        state, series = _record(sampler, state, interval, watched, n_sites, even, threads)
        taus, faults = {}, []
        for name, values in series.items():
            tau, fault = _judge(values, halves=name != "overlap")
            taus[name] = interval * tau
            if fault:
                faults.append(f"{name}: {fault}")
        steps = 2 * RECORDS * interval
        if not faults:
            slowest = max(taus.values())
            return Recipe(math.ceil(BURN_IN_TAUS * slowest), math.ceil(THIN_TAUS * slowest), taus, steps, state)
        if 2 * steps > MAX_PILOT:
            raise StuckChainsError(
                f"after {steps:,} {step}s the chains have not forgotten their starts ({'; '.join(faults)}); write another "
                'method: "wolff" or "swendsen_wang" for a ferromagnet, "tempering" for frustrated couplings',
                series["energy"],
                tau=taus,
            )
        interval *= 2


def checked_recipe(recipe: Recipe, burn_in: int | None, thin: int | None, step: str) -> Recipe:
    """Put the caller's burn-in and thinning into a recipe, unless they are too short.

    Raises
    ------
    InputError
        If they are no positive counts.
    BurnInTooShortError
        If the burn-in is shorter than tau.
    """
    burn_in = recipe.burn_in if burn_in is None else require_count("burn_in", burn_in, 1)
    thin = recipe.thin if thin is None else require_count("thin", thin, 1)
    if burn_in < recipe.slowest:
        raise BurnInTooShortError(burn_in, recipe.slowest, step)
    return replace(recipe, burn_in=burn_in, thin=thin)


def _record(
    sampler: Sampler,
    state: Any,
    interval: int,
    watched: npt.NDArray[np.int64],
    n_sites: int,
    even: bool,
    threads: int,
) -> tuple[Any, dict[str, npt.NDArray[np.float64]]]:
    """Series (n_chains, RECORDS) of what is watched; runs in pieces, so that few configurations are held at once."""
    energy, magnetization, overlap = [], [], []
    piece = held(sampler.n_chains, n_sites)
    for _ in range(RECORDS // piece):
        state, draws = sampler.run(state, piece, interval, threads)
        first, second = np.array_split(draws.packed[:, watched], 2, axis=1)
        differ = np.bitwise_count(first ^ second).sum(axis=2, dtype=np.int64)
        energy.append(-draws.log_weights[:, watched])
        magnetization.append(draws.magnetizations[:, watched].astype(float))
        overlap.append((n_sites - 2 * differ).astype(float))
    size = np.abs if even else np.positive
    return state, {
        "energy": np.concatenate(energy).T,
        "magnetization": size(np.concatenate(magnetization).T),
        "overlap": size(np.concatenate(overlap).T),
    }


def _judge(values: npt.NDArray[np.float64], *, halves: bool) -> tuple[float, str]:
    """Tau in records, and what is wrong with it, if anything."""
    if np.all(values == values[0, 0]):
        return 0.5, ""
    time = autocorrelation_time(values)
    if not time.closed or values.shape[1] < 40 * time.tau:
        return time.tau, f"tau is above {values.shape[1] / 40:.3g} records"
    if r_hat(values) > 1.1:
        return time.tau, f"R-hat is {r_hat(values):.3g}"
    hot, up = np.array_split(values, 2)
    deviation = abs(hot.mean() - up.mean()) / math.sqrt(2 * time.tau * time.variance * (1 / hot.size + 1 / up.size))
    if halves and deviation > 5:
        return time.tau, f"hot starts and all spins up differ by {deviation:.1f} sigma"
    return time.tau, ""
