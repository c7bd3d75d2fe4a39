"""Exact derivatives of an RBM's log likelihood, and the exact mean of a contrastive divergence update (claim C12)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..counts import require_count
from ..errors import EnumerationTooLarge
from .conventions import Machine
from .tables import Floats, encode

MAX_CD_SPINS = 12
"""Units of a layer whose Gibbs sampling is followed exactly."""


def rbm_gradient(
    w: Any,
    b: Any,
    c: Any,
    data: Any,
    *,
    units: str = "spins",
    sign: int = 1,
    steps: int | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Mean over the data of d log p(v) / d(w, b, c) = -sign * (<v h, h, v>_data - <v h, h, v>_model) (claim C12).

    With ``steps`` the model's average is taken after that many steps of block Gibbs sampling from the data, h then v,
    with h averaged over p(h|v) at the end: the exact mean of a CD-k update, which is no gradient.

    Parameters
    ----------
    w, b, c : array_like
        As for `assert_rbm_marginals`.
    data : array_like, shape (n, n_visible)
        In these units.
    units : {"spins", "binary"}
    sign : {1, -1}
    steps : int, optional
        The k of CD-k.

    Returns
    -------
    tuple of ndarray
        The ascent directions of w, b and c.

    Raises
    ------
    EnumerationTooLarge
        Beyond 20 visible units, or 12 in either layer with ``steps``.
    InputError, SpinError
        For arrays of the wrong shape, or data in other units.
    """
    machine = Machine.of(w, b, c, units, sign)
    if steps is not None:
        steps = require_count("steps", steps, 1)
    limit = 20 if steps is None else MAX_CD_SPINS
    largest = machine.n_visible if steps is None else max(machine.n_visible, machine.n_hidden)
    if largest > limit:
        raise EnumerationTooLarge(largest, limit, what="an average over a layer", instead="Test a smaller RBM.")
    start = np.bincount(encode(data, machine.n_visible, units, "data"), minlength=1 << machine.n_visible).astype(
        np.float64
    )
    start /= start.sum()
    v = machine.visible_states()
    if steps is None:
        p = np.exp(-machine.free_energy(v) - machine.log_partition())
    else:
        p = start
        for _ in range(steps):
            p = _gibbs(machine, p)
    h = 2 * machine.up(v) - 1 if units == "spins" else machine.up(v)
    excess = -sign * (start - p)
    return v.T @ (excess[:, None] * h), excess @ h, excess @ v


def _gibbs(machine: Machine, p: Floats) -> Floats:
    """One step of block Gibbs sampling on a distribution of visible configurations."""
    for side in (machine, machine.transposed()):
        up = side.up(side.visible_states())
        conditional = np.ones((len(p), 1))
        for j in range(side.n_hidden):  # index 0 of each unit is +1, the first unit changes last
            unit = np.stack([up[:, j], 1 - up[:, j]], axis=1)
            conditional = (conditional[:, :, None] * unit[:, None, :]).reshape(len(p), -1)
        p = p @ conditional
    return p
