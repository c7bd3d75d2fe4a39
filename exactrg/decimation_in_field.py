"""Decimation of the Ising chain in a field: (K, h) -> (K', h') for any block."""

from __future__ import annotations

import math
from typing import Any

from .counts import require_count
from .errors import FloatOverflowError
from .numbers.exact import Exact
from .transfer_matrix import chain_couplings, power, transfer_matrix
from .weight import BoltzmannWeight, log


def decimate_in_field(K: Any, h: Any, b: int = 2) -> tuple[Any, Any, Any]:
    """Decimation of a ring in a field: V(K, h)^b = A V(K', h'), the block form of Eq. 24 with a field.

    For b = 2, K' = (1/4) log[cosh(2K+h) cosh(2K-h) / cosh^2 h] and h' = h + (1/2) log[cosh(2K+h) / cosh(2K-h)]. For
    every b, e^{2K} sinh h = e^{2K'} sinh h'.

    Parameters
    ----------
    K, h : number
        Coupling and field (H = -K sum s s' - h sum s) in kT.
    b : int
        Bonds in a block, at least 1.

    Returns
    -------
    K', h', log A : float or Exact
        Z_N(K, h) = A^(N/b) Z_(N/b)(K', h'). Floats are good to about b epsilon (1 + |K| + |h|).

    Raises
    ------
    InputError, CouplingError
        As `decimate`.
    """
    b = require_count("b", b, 1)
    kind, K, h = chain_couplings(K, h)
    if kind == "float":
        finite(b * (2.0 * abs(K) + abs(h)), "the constant of a block")
    block = power(transfer_matrix(K, h), b)
    if kind == "exact":
        couplings = log(block).couplings
        zero = Exact(0)
        field = couplings.get(frozenset((0,)), zero)
        return couplings.get(frozenset((0, 1)), zero), 2 * field, couplings.get(frozenset(), zero)
    if b == 1:
        return K, h, 0.0
    return _field_from_block(block, K, h, b)


def _field_from_block(block: BoltzmannWeight, K: float, h: float, b: int) -> tuple[float, float, float]:
    """K', h' and log A from the logarithms of V^b, without the cancellation of adding these up.

    With V^b = ((a, o), (o, d)) and a d - o^2 = (det V)^b: e^{4K'} = a d / o^2, A = o e^{K'}, sinh h' = e^{2K-2K'} sinh h.
    """
    log_a, log_o, log_d = (float(block.values[index]) for index in ((0, 0), (0, 1), (1, 1)))
    if K == 0.0:
        coarse = 0.0
    else:
        log_det = b * (math.log(-math.expm1(-4.0 * abs(K))) + 2.0 * abs(K))
        if K > 0.0 or b % 2 == 0:
            coarse = 0.25 * _log_1_plus_exp(log_det - 2.0 * log_o)
        else:
            coarse = -0.25 * _log_1_plus_exp(log_det - log_a - log_d)
    field = h
    if h != 0.0:
        size = abs(h)
        log_sinh = 2.0 * (K - coarse) + size + math.log(-math.expm1(-2.0 * size)) - math.log(2.0)
        field = math.copysign(_arsinh_exp(log_sinh), h)
    return coarse, field, log_o + coarse


def _log_1_plus_exp(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _arsinh_exp(x: float) -> float:
    """Return arsinh(e^x)."""
    return math.asinh(math.exp(x)) if x < 0.0 else x + math.log1p(math.sqrt(1.0 + math.exp(-2.0 * x)))


def finite(value: float, what: str) -> float:
    """Return the value, or raise an error where float64 ends."""
    if math.isinf(value):
        raise FloatOverflowError(f"{what} is beyond 1.8e308; write weaker couplings or a smaller block")
    return value
