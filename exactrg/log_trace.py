"""log Tr_h e^{T(v, h)} at samples v: Eq. 9 at sizes where no table over all spins exists."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import EnumerationTooLarge
from .polynomial import SpinPolynomial
from .rbm import RBM
from .rg import RGOperator, trace_condition
from .sites import Site
from .weight import BoltzmannWeight, exp

MAX_COUPLED_HIDDEN = 16
"""Hidden spins that interact with each other are summed together, up to this many."""


def log_trace(T: RGOperator, spins: NDArray[np.int8]) -> NDArray[Any]:
    """Return log Tr_h e^T for checked samples; see `RGOperator.log_trace`."""
    parts = T.parts
    if parts is None:
        weight = trace_condition(T)
        return _log_at(weight, spins[:, [T.visible.index(site) for site in weight.sites]])
    energy, hamiltonian = parts
    if isinstance(energy, RBM) and energy.kind == "float":
        columns = [T.visible.index(site) for site in energy.visible]
        v = spins[:, columns].astype(np.float64)
        fields = v @ energy.w + energy.b
        # log Tr_h e^{-E} = -constant - c.v + sum_j log 2cosh(field_j)
        free = energy.constant + v @ energy.c - np.logaddexp(fields, -fields).sum(axis=1)
        return np.asarray(hamiltonian.evaluate(spins) - free, dtype=np.float64)
    return _numbers(_summed_by_groups(T.exponent, T.visible, T.hidden, spins))


def _summed_by_groups(
    exponent: SpinPolynomial, visible: tuple[Site, ...], hidden: tuple[Site, ...], spins: NDArray[np.int8]
) -> list[Any]:
    """Sum hidden spins one by one where no term holds two of them, all at once otherwise."""
    coarse = set(hidden)
    coupled = any(len(members & coarse) > 1 for members in exponent.couplings)
    if coupled and len(hidden) > MAX_COUPLED_HIDDEN:
        raise EnumerationTooLarge(
            len(hidden),
            MAX_COUPLED_HIDDEN,
            what="a sum over interacting hidden spins",
            instead="For one v, put its spins into -T and write log_partition_function of the polynomial that is left.",
        )
    groups = [hidden] if coupled else [(site,) for site in hidden]
    group_of = {site: group for group in groups for site in group}
    column = {site: k for k, site in enumerate(visible)}
    terms = [
        (members & coarse, [column[s] for s in members - coarse], coefficient)
        for members, coefficient in exponent.couplings.items()
    ]
    kind = "float" if exponent.kind == "float" else "exact"
    result = []
    for row in spins:
        outside: Any = 0
        fields: dict[tuple[Site, ...], dict[frozenset[Site], Any]] = {group: {} for group in groups}
        for inside, columns, coefficient in terms:
            signed = int(np.prod(row[columns])) * coefficient
            if inside:
                field = fields[group_of[next(iter(inside))]]
                field[inside] = field[inside] + signed if inside in field else signed
            else:
                outside = outside + signed
        for group, field in fields.items():
            traced = exp(SpinPolynomial(field, group)).as_kind(kind).trace(group)
            outside = outside + traced.ring.log_value(traced.values)
        result.append(outside)
    return result


def _log_at(weight: BoltzmannWeight, spins: NDArray[np.int8]) -> NDArray[Any]:
    """Logarithms of a weight at configurations, -infinity where it vanishes."""
    powers = 2 ** np.arange(spins.shape[1] - 1, -1, -1, dtype=np.int64)
    entries = weight.values.reshape(-1)[((1 - spins.astype(np.int64)) // 2) @ powers]
    if weight.kind == "float":
        return np.asarray(entries, dtype=np.float64)
    import sympy

    return _numbers([weight.ring.log_value(entry) if entry else -sympy.oo for entry in entries])


def _numbers(values: list[Any]) -> NDArray[Any]:
    """Float array, or object array of sympy expressions."""
    if all(isinstance(x, float) for x in values):
        return np.array(values, dtype=np.float64)
    import sympy

    array = np.empty(len(values), dtype=object)
    array[:] = [sympy.sympify(x) for x in values]
    return array
