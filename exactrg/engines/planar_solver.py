"""Answers about one triangulated plane, right to the digits promised.

In `planar_plane` every pivot is the partition function of a smaller system (some bonds summed over, the others
contracted) divided by that with one more bond contracted, hence at least 1, and every entry is the weight of a wall
across a region relative to no wall at all. Measured from a configuration close to a ground state no wall has a large
weight, nothing grows, and float64 keeps its digits at couplings of several kT; measured from any other configuration
it loses them at 3. So the spins are turned by a reference configuration first: that of the stiffest bonds, or if that
is not good enough one that is cooled down, with the exact energies of this very engine at each temperature.

Floats are trusted under two conditions. Taking the plane apart again gives the derivative of log Pf with respect to every
number that was rounded, hence a bound on the error, which is good to first order. And the Pfaffian is computed twice
with its rows and columns scaled by different random numbers, so that every rounding is another one: the two must agree.
Otherwise the same steps run in pairs of floats, and if that is not enough in ball arithmetic (python-flint), whose
error bounds are proofs, with as many bits as it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from flint import ctx
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from ..errors import UndecidedError
from ..numbers.balls import precision_lock
from .planar_order import schedule
from .planar_plane import GluedPlane
from .planar_triangulation import FloatArray, Triangulation

SEEDS = (1, 2)
FIRST_BITS, MAX_BITS = 512, 1 << 15
RELATIVE, ABSOLUTE, LOG_ABSOLUTE = 5e-13, 1e-11, 1e-9


def log_partition_function(triangulation: Triangulation, couplings: FloatArray) -> float:
    """Logarithm of Z, to a relative 1e-12."""
    (log_sum,), reference = _certified(triangulation, couplings, GluedPlane.log_sum, relative=True)
    return math.log(2.0) + math.fsum([*(couplings * _aligned(triangulation, reference)), log_sum])


def bond_expectations(triangulation: Triangulation, couplings: FloatArray) -> FloatArray:
    """<s_i s_j> of every given bond, to an absolute 1e-11."""
    walls, reference = _certified(triangulation, couplings, GluedPlane.walls)
    return (1.0 - 2.0 * walls[: triangulation.n_given]) * _aligned(triangulation, reference)


def correlation(triangulation: Triangulation, couplings: FloatArray, i: int, j: int) -> float:
    """<s_i s_j> of any two sites, to an absolute 1e-11."""
    (ratio,), reference = _certified(triangulation, couplings, GluedPlane.path_ratio, kept=triangulation.path(i, j))
    return float(ratio * reference[i] * reference[j])


def _certified(
    triangulation: Triangulation,
    couplings: FloatArray,
    question: Callable[[GluedPlane], Any],
    *,
    kept: Collection[int] = (),
    relative: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Answer in the first kind of numbers that is good enough; also return the reference spins it is for."""
    steps = schedule(triangulation, kept)
    reference = _stiff_reference(triangulation, couplings)
    for dtype, is_cooled in ((np.float64, False), (np.float64, True), (np.complex128, True)):
        if is_cooled and dtype == np.float64:
            reference = _cooled_reference(triangulation, couplings, reference)
        relaxed = couplings * _aligned(triangulation, reference)
        # log Z is at least that of free spins, and that of the reference configuration alone.
        scale = max(triangulation.n_sites * math.log(2.0), relaxed.sum())
        tolerance, log_tolerance = (RELATIVE * scale,) * 2 if relative else (ABSOLUTE, LOG_ABSOLUTE)
        with np.errstate(all="ignore"):
            planes = [GluedPlane(triangulation, steps, relaxed, dtype, seed) for seed in SEEDS]
            answers = [question(plane) for plane in planes]
            if np.ptp(answers, axis=0).max() <= tolerance and planes[0].log_error() <= log_tolerance:
                return answers[0], reference
    bits = FIRST_BITS
    while bits <= MAX_BITS:
        with precision_lock, ctx.workprec(bits):
            balls = question(GluedPlane(triangulation, steps, relaxed, object, 0))
            if all(ball.rad() <= tolerance for ball in balls):
                return np.array([float(ball.mid()) for ball in balls]), reference
        bits *= 4
    raise UndecidedError(
        f"the cancellations between walls at couplings up to {np.abs(couplings).max():.3g} cost more than {bits // 4:,} "
        "bits; divide all couplings by a common factor, or use the elimination engine"
    )


def _aligned(triangulation: Triangulation, spins: FloatArray) -> FloatArray:
    """Product of the two spins of every given bond."""
    ends = np.array(triangulation.bonds[: triangulation.n_given])
    aligned: FloatArray = spins[ends[:, 0]] * spins[ends[:, 1]]
    return aligned


def _stiff_reference(triangulation: Triangulation, stiffness: FloatArray) -> FloatArray:
    """Spins that satisfy the stiffest bonds: those of the spanning tree of largest absolute values."""
    n = triangulation.n_sites
    ends = np.array(triangulation.bonds[: triangulation.n_given], dtype=np.int32).T  # what csgraph takes in all scipys
    slack = 2.0 - np.abs(stiffness) / (np.abs(stiffness).max() or 1.0)
    tree = minimum_spanning_tree(csr_array((slack, (ends[0], ends[1])), shape=(n, n)))
    order, parents = breadth_first_order(tree, 0, directed=False)
    signs = np.where(stiffness < 0, -1.0, 1.0).tolist()
    sign = dict(zip(triangulation.bonds[: triangulation.n_given], signs, strict=True))
    spins = np.ones(n)
    for site, parent in zip(order[1:].tolist(), parents[order[1:]].tolist(), strict=True):
        spins[site] = spins[parent] * (sign[site, parent] if (site, parent) in sign else sign[parent, site])
    return spins


def _cooled_reference(triangulation: Triangulation, couplings: FloatArray, reference: FloatArray) -> FloatArray:
    """Spins close to a ground state: the temperature lowered by steps of 2/3, the stiffest bonds kept satisfied.

    At each temperature the <s_i s_j> say how stiff a bond is. They need not be good, the energy alone decides.
    """
    steps = schedule(triangulation)
    n_steps = max(0, math.ceil(math.log(np.abs(couplings).mean(), 1.5)))
    for step in range(n_steps, 0, -1):
        aligned = _aligned(triangulation, reference)
        with np.errstate(all="ignore"):
            plane = GluedPlane(triangulation, steps, couplings * aligned / 1.5**step, np.float64, SEEDS[0])
            walls = plane.walls()[: triangulation.n_given]
        if np.isnan(walls).any():
            break
        candidate = _stiff_reference(triangulation, (1.0 - 2.0 * walls) * aligned)
        if couplings @ _aligned(triangulation, candidate) > couplings @ aligned:
            reference = candidate
    return reference
