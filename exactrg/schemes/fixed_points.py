"""Fixed points of a scheme, their stability and their exponents; derivatives are exact, never finite differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UndecidedError, a_type
from ..numbers.exact import Exact
from . import tensor
from .jets import numbers, variables
from .scheme import Scheme, starting_point
from .tensor import TensorScheme

_LARGE = 100.0
_MOST_STEPS = 600


@dataclass(frozen=True)
class FixedPoint:
    """A fixed point of a scheme, K' = K.

    Attributes
    ----------
    couplings : dict
        Coupling by name; infinite ones are ``math.inf``.
    eigenvalues : dict
        "even" and "odd": those of dK'/dK among the couplings that do not, and do, change sign with all spins, the
        largest first. At an infinite coupling the even one is that of e^{-2K}.
    exponents : dict
        y_T = log_b of the largest even eigenvalue and nu = 1/y_T if that is above one, y_H = log_b of the largest odd
        one if that is, and delta = y_H / (d - y_H) if y_H < d at a fixed point with a y_T.
    phase : str
        "disordered", "critical" or "ordered" where it is known which phase of the nearest-neighbour model flows there.
    """

    couplings: dict[str, float]
    eigenvalues: dict[str, tuple[Any, ...]]
    exponents: dict[str, float]
    phase: str = ""

    @property
    def stable(self) -> bool:
        """Whether no even coupling grows, as at J = 0 in Fig. 2C."""
        return all(abs(value) < 1 for value in self.eigenvalues["even"])


def fixed_points(scheme: Scheme | TensorScheme, guess: Any = None) -> list[FixedPoint]:
    """Find fixed points K' = K with their eigenvalues and exponents (Fig. 2C).

    Without a guess: where the nearest-neighbour model flows from K = 0 ("disordered"), from its critical coupling if
    it has one ("critical", found by bisection along the nearest-neighbour axis, then Newton's method), and from large K
    ("ordered", often at infinity). Other fixed points need a guess.

    Parameters
    ----------
    scheme : Scheme
    guess : float or sequence of floats, optional
        Where Newton's method starts; odd couplings that are zero (or left out) stay zero.

    Returns
    -------
    list of FixedPoint

    Raises
    ------
    InputError
        If Newton's method finds nothing from the guess.

    Examples
    --------
    >>> from exactrg.schemes import MigdalKadanoff
    >>> [(point.phase, round(point.couplings["K"], 6), point.stable) for point in fixed_points(MigdalKadanoff())]
    [('disordered', 0.0, True), ('critical', 0.304689, False), ('ordered', inf, True)]
    """
    if isinstance(scheme, TensorScheme):
        raise InputError(
            f"{scheme.label} has no couplings: write exactrg.schemes.tensor.scaling_dimensions(scheme, K, 8)"
        )
    if not hasattr(scheme, "nearest_neighbour"):
        raise InputError(f"expected a scheme, got {a_type(scheme)}; write exactrg.schemes.MigdalKadanoff()")
    if guess is not None:
        given = tuple(guess) if isinstance(guess, Sequence | np.ndarray) else (guess,)
        padded = (*given, *[0.0] * (len(scheme.names) - len(given)))
        return [_describe(scheme, _newton(scheme, tuple(map(float, padded))), "")]
    found = [_describe(scheme, _newton(scheme, _limit(scheme, 0.0)), "disordered")]
    K = critical_coupling(scheme)
    if math.isfinite(K):
        found.append(_describe(scheme, _newton(scheme, _turning_point(scheme, K)), "critical"))
    if (infinite := _at_infinity(scheme)) is not None:
        found.append(infinite)
    elif math.isfinite(K):
        found.append(_describe(scheme, _newton(scheme, _limit(scheme, 10.0)), "ordered"))
    return found


def critical_coupling(scheme: Scheme | TensorScheme, *, below: float = 10.0) -> float:
    """Coupling at which the nearest-neighbour model stops flowing to where K = 0 flows, by bisection.

    Returns
    -------
    float
        Infinity if it flows there from every K up to ``below``, as in one dimension.
    """
    if isinstance(scheme, TensorScheme):
        return tensor.critical_coupling(scheme)
    disorder = np.array(_limit(scheme, 0.0))
    low, high = 0.0, below
    if not _ordered(scheme, high, disorder):
        return math.inf
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (low, middle) if _ordered(scheme, middle, disorder) else (middle, high)
    return high


def linearize(scheme: Scheme, couplings: Any) -> list[list[Any]]:
    """Exact derivatives dK'_i / dK_j of a step, by jets: floats for floats, `Exact` for exact numbers and symbols."""
    point = numbers(couplings, scheme.names)
    return [list(jet.partials) for jet in scheme.step(variables(point)).couplings]


def is_fixed_point(scheme: Scheme, couplings: Any) -> bool:
    """Decide K' = K: a proof or a refutation for exact couplings, bit for bit for floats.

    Raises
    ------
    UndecidedError
        If a step leaves the exact numbers (products of couplings, in the second order of Niemeijer-van Leeuwen).
    """
    point = numbers(couplings, scheme.names)
    new = scheme.step(point).couplings
    if not all(isinstance(value, Exact | float) for value in new):
        raise UndecidedError(f"{scheme.label} has no exact equality of couplings; write certified_fixed_point(...)")
    return all(bool(a == b) for a, b in zip(new, point, strict=True))


def _walk(scheme: Scheme, K: float) -> Any:
    """Follow the flow from the nearest-neighbour model until it stands still, runs away, or takes too long."""
    point = starting_point(scheme, K).couplings
    for _ in range(_MOST_STEPS):
        yield point
        new = scheme.step(point).couplings
        if max(map(abs, new)) > _LARGE or _distance(new, point) < 1e-14:
            yield new
            return
        point = new


def _limit(scheme: Scheme, K: float) -> tuple[float, ...]:
    """Where the flow from the nearest-neighbour model ends."""
    *_, last = _walk(scheme, K)
    return tuple(last)


def _ordered(scheme: Scheme, K: float, disorder: NDArray[Any]) -> bool:
    """Whether the nearest-neighbour model does not flow to the disordered fixed point."""
    return all(_distance(point, disorder) > 1e-4 for point in _walk(scheme, K))


def _turning_point(scheme: Scheme, K: float) -> tuple[float, ...]:
    """Where the flow from a coupling that is nearly critical is slowest: next to the critical fixed point."""
    points = list(_walk(scheme, K))
    # From the first steps on: a flow that ends in a sink is slow there as well.
    moves = [_distance(new, old) for old, new in pairwise(points)]
    slowest = next((k for k in range(1, len(moves) - 1) if moves[k] <= min(moves[k - 1], moves[k + 1])), 0)
    return tuple(points[slowest])


def _distance(a: Any, b: Any) -> float:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def _newton(scheme: Scheme, start: tuple[float, ...]) -> tuple[float, ...]:
    """Newton's method for K' = K, with steps halved until the residual shrinks."""
    x = np.array(numbers(start, scheme.names), dtype=float)
    active = [k for k, name in enumerate(scheme.names) if name not in scheme.odd or x[k]]

    def residual(point: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        jets = scheme.step(variables(tuple(point.tolist()))).couplings
        slope = np.array([[jets[i].partials[j] for j in active] for i in active])
        return np.array([jets[i].value for i in active]) - point[active], slope - np.eye(len(active))

    r, slope = residual(x)
    for _ in range(100):
        move, *_ = np.linalg.lstsq(slope, -r, rcond=None)
        for halvings in range(30):
            new = x.copy()
            new[active] += move / 2**halvings
            r_new, slope_new = residual(new)
            if np.isfinite(r_new).all() and np.abs(r_new).max() < np.abs(r).max():
                break
        else:
            break
        x, r, slope = new, r_new, slope_new
    if not np.abs(r).max() < 1e-12 * (1 + np.abs(x).max()):
        raise InputError(f"Newton's method from {start} found no fixed point of {scheme.label}; write another guess")
    return tuple(x.tolist())


def _describe(scheme: Scheme, point: tuple[float, ...], phase: str) -> FixedPoint:
    """Linearise at a finite fixed point."""
    matrix = np.array(linearize(scheme, point))
    odd = [k for k, name in enumerate(scheme.names) if name in scheme.odd]
    even = [k for k in range(len(scheme.names)) if k not in odd]
    blocks = {"even": _eigenvalues(matrix[np.ix_(even, even)]), "odd": _eigenvalues(matrix[np.ix_(odd, odd)])}
    return FixedPoint(dict(zip(scheme.names, point, strict=True)), blocks, _exponents(scheme, blocks), phase)


def _at_infinity(scheme: Scheme) -> FixedPoint | None:
    """The fixed point at infinite coupling, K' = a K + c with a > 0, if there is one.

    At twice `_LARGE` corrections of order e^{-K} are far below rounding: a and c are exact.
    """
    K = 2 * _LARGE
    point = starting_point(scheme, K).couplings
    jets = scheme.step(variables(point)).couplings
    a = jets[0].partials[0]
    if a < 0.5:
        return None
    slope = 0.0 if a > 1 + 1e-9 else math.exp(-2 * (jets[0].value - point[0])) if a > 1 - 1e-9 else math.inf
    odd = [k for k, name in enumerate(scheme.names) if name in scheme.odd]
    blocks = {"even": (slope,), "odd": _eigenvalues(np.array([[jets[i].partials[j] for j in odd] for i in odd]))}
    couplings = {name: math.inf if k == 0 else 0.0 for k, name in enumerate(scheme.names)}
    return FixedPoint(couplings, blocks, _exponents(scheme, blocks), "ordered")


def _eigenvalues(matrix: NDArray[Any]) -> tuple[Any, ...]:
    """Eigenvalues, the largest first; real ones as floats."""
    if not matrix.size:
        return ()
    values = sorted(np.linalg.eigvals(matrix), key=lambda value: (-abs(value), -value.real))
    return tuple(float(value.real) if not value.imag else complex(value) for value in values)


def _exponents(scheme: Scheme, eigenvalues: dict[str, tuple[Any, ...]]) -> dict[str, float]:
    """Read the exponents off the largest eigenvalues."""
    leading = {sector: abs(values[0]) for sector, values in eigenvalues.items() if values and abs(values[0]) > 1}
    y = {sector: scheme.d * math.log(value) / math.log(scheme.volume) for sector, value in leading.items()}
    exponents: dict[str, float] = {}
    if "even" in y:
        exponents |= {"y_T": y["even"], "nu": 1 / y["even"]}
    if "odd" in y:
        exponents["y_H"] = y["odd"]
        if "even" in y and y["odd"] < scheme.d:
            exponents["delta"] = y["odd"] / (scheme.d - y["odd"])
    return exponents
