"""Flows of a scheme, and the free energy that its log constants add up to."""

from __future__ import annotations

from typing import Any

from ..counts import require_count
from ..errors import InputError, UndecidedError
from . import tensor
from .jets import Jet
from .scheme import Scheme, starting_point
from .tensor import TensorScheme

_NEGLIGIBLE = 2.0**-64
_MOST_STEPS = 2000


def flow(scheme: Scheme, couplings: Any, steps: int) -> list[tuple[Any, ...]]:
    """Trace the flow K, K', K'', ... of a scheme (Fig. 2C).

    Parameters
    ----------
    scheme : Scheme
    couplings : number or tuple
        Where it starts: a number is the coupling of the nearest-neighbour model (see `starting_point`).
    steps : int

    Returns
    -------
    list of tuple
        ``steps + 1`` sets of couplings, of the kind of the first.
    """
    points = [starting_point(scheme, couplings).couplings]
    for _ in range(require_count("steps", steps, 0)):
        points.append(scheme.step(points[-1]).couplings)
    return points


def log_partition_function(scheme: Scheme | TensorScheme, couplings: Any) -> Any:
    """Log Z per site that a scheme predicts: the sum of its log constants along the flow, each over its volume.

    The sum runs until what is left is below 2^-64 of what it is a part of; it is not an extrapolation.

    Parameters
    ----------
    scheme : Scheme, TRG or HOTRG
    couplings : float, jet, or tuple of them
        A number is the coupling of the nearest-neighbour model.

    Returns
    -------
    float, or jet
        On the side of the exact value that ``scheme.bound`` names, if it is a bound.

    Raises
    ------
    InputError
        For exact couplings: the sum is infinite. Sum a few steps, or write float(K).
    UndecidedError
        If the sum does not converge.
    """
    if isinstance(scheme, TensorScheme):
        return tensor.log_partition_function(scheme, couplings)
    point, result, volume = starting_point(scheme, couplings)
    weight = 1.0 / volume
    for _ in range(_MOST_STEPS):
        if not all(isinstance(value, float | Jet) for value in point):
            raise InputError(f"log Z of the couplings {point} is an infinite sum: write floats")
        # log Z per site grows at most linearly in the couplings, with a factor of the number of bonds and plaquettes.
        size = 1.0 + max(abs(value.value if isinstance(value, Jet) else value) for value in point)
        if weight * size < _NEGLIGIBLE:
            return result
        point, constant = scheme.step(point)
        result, weight = result + weight * constant, weight / scheme.volume
    raise UndecidedError(
        f"log Z does not converge: the couplings of {scheme.label} grow as fast as its blocks, {point}"
    )
