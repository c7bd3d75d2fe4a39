"""The best parameter p of Kadanoff's bound: at a given coupling, and together with the fixed point."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..numbers.kinds import normalize
from .fixed_points import FixedPoint, fixed_points
from .flows import log_partition_function
from .jets import variables
from .kadanoff_bound import KadanoffBound


class StationaryPoint(NamedTuple):
    """The p at which log Z is stationary at the fixed point that belongs to it."""

    p: float
    fixed_point: FixedPoint


def optimal_p(K: Any) -> float:
    """Return the p with the smallest (best) log Z of the nearest-neighbour model, one p for all steps.

    Parameters
    ----------
    K : number
        Coupling of the nearest-neighbour Ising model.
    """
    from scipy.optimize import minimize_scalar

    K = abs(float(normalize(K)[1]))  # the first, exact step forgets the sign

    def log_z(p: float) -> float:
        return float(log_partition_function(KadanoffBound(p), K))

    grid = np.linspace(0.0, 2.0 + 2.0 * K, 41).tolist()  # the best p grows about as 2K
    best = min(range(41), key=lambda k: log_z(grid[k]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, 40)]
    return float(minimize_scalar(log_z, bounds=(low, high), method="bounded", options={"xatol": 1e-9}).x)


def slope_in_p(p: float, couplings: tuple[float, ...]) -> float:
    """Derivative in p, at fixed couplings, of the whole log Z per site of `KadanoffBound`, at a fixed point of it.

    With f(K, p) = g(K, p) + f(K'(K, p), p)/4 and K' = K there, f_K (1 - K'_K/4) = g_K and
    f_p (1 - 1/4) = g_p + f_K K'_p / 4. (The extremum of g alone along the line of fixed points is somewhere else.)
    """
    *point, strength = variables((*couplings, p))
    step = KadanoffBound(strength).step(tuple(point))
    g = np.array(step.constant.partials)
    jacobian = np.array([jet.partials for jet in step.couplings])
    f_k = np.linalg.solve((np.eye(len(couplings)) - jacobian[:, :-1] / 4).T, g[:-1])
    return float((g[-1] + f_k @ jacobian[:, -1] / 4) / 0.75)


def stationary_fixed_point() -> StationaryPoint:
    """Find p* where log Z is stationary in p at fixed coupling, and the critical fixed point of that p.

    Returns
    -------
    StationaryPoint
        p* = 0.76598 with y_T = 1.0009, y_H = 1.8753, delta = 15.04 in the literature.
    """
    from scipy.optimize import brentq

    (start,) = (point for point in fixed_points(KadanoffBound(0.75)) if point.phase == "critical")
    guess = tuple(start.couplings.values())

    def critical(p: float) -> FixedPoint:
        return fixed_points(KadanoffBound(p), guess)[0]

    p = float(brentq(lambda p: slope_in_p(p, tuple(critical(p).couplings.values())), 0.7, 0.85, xtol=1e-14))
    return StationaryPoint(p, critical(p))
