"""log Z' of a float RBM: the smaller layer enumerated in blocks, the larger one in closed form (Eqs. 11, 14 and 15)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..rbm import RBM
from ..walsh import spin_configurations

_BLOCK = 1 << 19  # fields held at once: they stay in the cache
_GROUP = 1000  # a product of this many factors 1 + e^{-2|f|} <= 2 is below 1.8e308


def log_partition_function(rbm: RBM) -> float:
    """Logarithm of sum_s e^{-bias.s} prod_u 2cosh(field_u(s)) over the configurations s of the smaller layer.

    log 2cosh f = |f| + log(1 + e^{-2|f|}): one exponential a field and one logarithm a configuration, at any strength.

    Parameters
    ----------
    rbm : RBM
        With float couplings.
    """
    machine = rbm if rbm.n_hidden <= rbm.n_visible else rbm.transpose()
    w, inner, outer = machine.w, machine.c, machine.b
    low = min(machine.n_hidden, max(0, int(math.log2(_BLOCK / max(1, machine.n_visible)))))
    spins = spin_configurations(low).astype(np.float64)
    fields, weights = w[:, :low] @ spins.T, spins @ outer[:low]
    tops, sums = [], []
    for rest in spin_configurations(machine.n_hidden - low).astype(np.float64):
        logs = _closed_form(fields + (inner + w[:, low:] @ rest)[:, None]) - weights - outer[low:] @ rest
        top = float(logs.max())
        tops.append(top)
        sums.append(float(np.exp(logs - top).sum()))
    highest = max(tops)
    total = math.fsum(s * math.exp(top - highest) for s, top in zip(sums, tops, strict=True))
    return highest + math.log(total) - float(machine.constant)


def _closed_form(fields: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum log 2cosh over the rows; the array is used up."""
    np.abs(fields, out=fields)
    logs: NDArray[np.float64] = fields.sum(axis=0)
    fields *= -2.0
    np.exp(fields, out=fields)
    fields += 1.0
    for start in range(0, len(fields), _GROUP):
        logs += np.log(fields[start : start + _GROUP].prod(axis=0))
    return logs
