"""Someone's RBM against the exact one: free energies, marginals and conditionals (Eqs. 10 to 15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import EnumerationTooLarge, InputError
from .comparisons import Comparison, compare, sign_string
from .conventions import Machine
from .reports import require_passed
from .tables import MAX_SPINS, Floats, array_of, epsilon, numbers, require_rate

Values = Callable[[Floats], Any] | Any
"""A function of configurations, or its values at all of them."""


@dataclass(frozen=True)
class MarginalsReport:
    """What `assert_rbm_marginals` compared.

    Parameters
    ----------
    units : str
    sign : int
        The conventions that were stated.
    comparisons : tuple of Comparison
        One for each quantity.
    """

    units: str
    sign: int
    comparisons: tuple[Comparison, ...]

    @property
    def passed(self) -> bool:
        """Whether all agree within rounding."""
        return all(c.passed for c in self.comparisons)

    @property
    def detects(self) -> float:
        """The smallest error that is surely seen in any value; each comparison has its own."""
        return max(c.detects for c in self.comparisons)

    def __str__(self) -> str:
        energy = f"E = {'+' if self.sign == 1 else '-'}(v w h + b h + c v)"
        head = f"{'+1/-1' if self.units == 'spins' else '0/1'} units, {energy}"
        return "\n  ".join([head, *map(str, self.comparisons)])


def assert_rbm_marginals(
    w: Any,
    b: Any,
    c: Any,
    *,
    free_energy: Values = None,
    visible_marginal: Values = None,
    hidden_marginal: Values = None,
    hidden_given_visible: Values = None,
    visible_given_hidden: Values = None,
    log_partition: float | None = None,
    units: str = "spins",
    sign: int = 1,
    up_to_constant: bool = False,
    rate: float = 1e-6,
) -> MarginalsReport:
    """Assert that an RBM's free energy F(v) = -log Tr_h e^{-E} (Eqs. 14, 15), marginals and conditionals are the exact ones.

    Each quantity is a function of configurations, called once with all of them (float64, shape (2**n, n)), or the array of
    its values in the order of `configurations`.

    Parameters
    ----------
    w, b, c : array_like
        Weights (n_visible, n_hidden), hidden and visible biases (None for zero).
    free_energy : function or array, optional
        F(v), shape (2**n_visible,).
    visible_marginal, hidden_marginal : function or array, optional
        p(v) and p(h), normalised.
    hidden_given_visible, visible_given_hidden : function or array, optional
        Probabilities that each unit is +1 (or 1), shape (2**n_visible, n_hidden) and (2**n_hidden, n_visible).
    log_partition : float, optional
        log Z', the sum over both layers.
    units : {"spins", "binary"}
        +1/-1 or 1/0, of both layers.
    sign : {1, -1}
        E = sign * (v w h + b h + c v): +1 is the paper's (Eq. 10), -1 Hinton's.
    up_to_constant : bool
        Whether F may have any additive constant.
    rate : float
        Checked and not used, so that all assertions take it: nothing is random here, and right values never fail.

    Returns
    -------
    MarginalsReport
        With the smallest error that would have been seen, as ``detects``.

    Raises
    ------
    FailedAssertion
        An AssertionError with the report: for values that rounding does not explain; it says so if another convention,
        the transpose or a constant does.
    InputError
        For arrays of the wrong shape, or nothing to compare.
    EnumerationTooLarge
        For a sum over more than 20 units.

    Notes
    -----
    The tolerance is the rounding of the sums: (n_visible + n_hidden + 6) eps times the sum of the absolute terms, with the
    eps of the least precise array involved. Nothing is chosen by hand.
    """
    machine = Machine.of(w, b, c, units, sign)
    require_rate(rate)
    wanted = {
        "free_energy": free_energy,
        "visible_marginal": visible_marginal,
        "hidden_marginal": hidden_marginal,
        "hidden_given_visible": hidden_given_visible,
        "visible_given_hidden": visible_given_hidden,
        "log_partition": log_partition,
    }
    given = {name: values for name, values in wanted.items() if values is not None}
    if not given:
        raise InputError(f"nothing to compare: give at least one of {', '.join(wanted)}")
    for name in given:
        n = machine.n_hidden if name in ("hidden_marginal", "visible_given_hidden") else machine.n_visible
        if name != "log_partition" and n > MAX_SPINS:
            raise EnumerationTooLarge(n, MAX_SPINS, what=f"{name} at all configurations", instead="Test a smaller RBM.")
    comparisons = []
    for name, values in given.items():
        found = _compare(machine, name, values, up_to_constant)
        comparisons.append(found if found.passed else replace(found, hint=_hint(machine, name, values, up_to_constant)))
    report = MarginalsReport(units, sign, tuple(comparisons))
    return require_passed(report, "the RBM is not the one that these parameters define")


def _compare(machine: Machine, name: str, values: Values, up_to_constant: bool = False) -> Comparison:
    """Compare one quantity with the exact one."""
    if name == "log_partition":
        tolerance = machine.log_partition_rounding(epsilon(array_of(values, name)))
        return compare(name, values, np.asarray(machine.log_partition()), tolerance, lambda k: "")
    if name in ("hidden_marginal", "visible_given_hidden"):
        machine = machine.transposed()
    v, units = machine.visible_states(), machine.units
    result = _evaluated(values, v, name)
    eps = max(epsilon(result), machine.eps)
    rounding = machine.rounding(v, eps)
    shape = (len(v), machine.n_hidden) if "given" in name else (len(v),)
    if result.size == np.prod(shape) and result.shape != shape and "given" not in name:
        result = result.reshape(shape)  # a column, or a table
    if "given" in name:
        exact = machine.up(v)
        field = (machine.n_visible + 3) * eps * (np.abs(machine.b) + np.abs(v) @ np.abs(machine.w))
        tolerance = 2 * field * exact * (1 - exact) + 4 * eps * exact + np.finfo(float).tiny
        width = max(machine.n_hidden, 1)
        return compare(
            name, result, exact, tolerance, lambda k: f"{sign_string(v[k // width], units)}, unit {k % width}"
        )
    exact = machine.free_energy(v)
    if name == "free_energy":
        if up_to_constant and result.shape == exact.shape:
            result = result - np.mean(result - exact)
            rounding = rounding + rounding.max()
    else:
        log_z = machine.log_partition()
        exact = np.exp(-exact - log_z)
        rounding = exact * np.expm1(rounding + machine.log_partition_rounding(eps)) + np.finfo(float).tiny
    return compare(name, result, exact, rounding, lambda k: sign_string(v[k], units))


def _hint(machine: Machine, name: str, values: Values, up_to_constant: bool) -> str:
    """Say which change of convention would make the values right."""
    if name == "free_energy" and not up_to_constant and _compare(machine, name, values, True).passed:
        v = machine.visible_states()
        constant = float(np.mean(_evaluated(values, v, name).reshape(-1) - machine.free_energy(v)))
        return f"it is right but for the constant {constant:.6g}: up_to_constant=True allows it"
    if name.endswith("marginal"):
        v = (machine if name == "visible_marginal" else machine.transposed()).visible_states()
        result = _evaluated(values, v, name)
        total = float(result.sum())
        if total and _compare(machine, name, result / total).passed:
            return f"it is right but for its normalisation: it sums to {total:.6g}"
    for units in ("spins", "binary"):
        for sign in (1, -1):
            for transposed in (False, True) if machine.n_visible == machine.n_hidden else (False,):
                w = machine.w.T if transposed else machine.w
                other = replace(machine, w=w, units=units, sign=sign)
                try:
                    agrees = _compare(other, name, values, up_to_constant).passed
                except Exception:  # the function may refuse units that it does not know: then this is no hint
                    continue
                if agrees:
                    said = [f"units={units!r}, sign={sign}"] + ["w transposed"] * transposed
                    return f"it is right for {' and '.join(said)}"
    return ""


def _evaluated(values: Values, v: Floats, name: str) -> NDArray[Any]:
    """Values at all configurations, in their own precision."""
    result = array_of(values(v.copy()) if callable(values) else values, name)
    return result if result.dtype.kind in "iuf" else numbers(result, name)
