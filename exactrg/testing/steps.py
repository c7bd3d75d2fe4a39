"""Someone's renormalization step e^{T(v, h)} against Eq. 9: Tr_h e^T = 1 for every v."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..counts import require_count
from ..errors import EnumerationTooLarge, InputError, NotExactRGError
from ..rg import RGOperator, require_exact_rg, trace_condition
from ..weight import BoltzmannWeight
from .reports import require_passed
from .tables import MAX_SPINS, configurations, decode, epsilon, numbers


@dataclass(frozen=True)
class ExactRGReport:
    """What `assert_exact_rg` found.

    Parameters
    ----------
    n_visible, n_hidden : int
    kind : str
        "exact" (decided) or "float" (compared within rounding).
    worst : tuple of int
        The visible configuration, +1/-1, whose Tr_h e^T is farthest from one.
    value : object
        Tr_h e^T there: a float, or an exact number.
    tolerance : float
        Largest |Tr_h e^T - 1| that rounding explains; 0 for exact kinds.
    wrong : int
        Configurations that violate Eq. 9.
    constant : bool
        Whether Tr_h e^T is one and the same number everywhere (C4: then the marginal is right, and e^T needs a factor).
    """

    n_visible: int
    n_hidden: int
    kind: str
    worst: tuple[int, ...]
    value: Any
    tolerance: float
    wrong: int
    constant: bool

    @property
    def passed(self) -> bool:
        """Whether Eq. 9 holds everywhere."""
        return self.wrong == 0

    def __str__(self) -> str:
        at = "".join("+" if s > 0 else "-" for s in self.worst)
        decided = "decided exactly" if self.kind == "exact" else f"rounding allows {self.tolerance:.3g}"
        size = f"{self.n_visible} visible and {self.n_hidden} hidden spins"
        if self.passed:
            return f"Tr_h e^T = 1 for every v, {size}; {decided}; farthest: {self.value} at v = {at}"
        text = (
            f"Tr_h e^T = {self.value} at v = {at}, {size}; {self.wrong} of {2**self.n_visible} configurations violate "
        )
        text += f"Eq. 9 ({decided})"
        if self.constant:
            text += "; it is the same for every v: subtract its logarithm from T"
        return text


def assert_exact_rg(
    T: RGOperator | Callable[..., Any] | Any,
    n_visible: int | None = None,
    n_hidden: int | None = None,
    *,
    log: bool = False,
    magnitude: float | None = None,
    terms: int | None = None,
) -> ExactRGReport:
    """Assert Eq. 9, Tr_h e^{T(v, h)} = 1 for every v: the step is exact, whatever the Hamiltonian.

    Parameters
    ----------
    T : array_like, callable or RGOperator
        e^T as a table of shape (2,)*(n_visible + n_hidden), visible axes first, index 0 for spin +1; or a function
        ``T(v, h)`` of +-1 arrays of shape (n, n_visible) and (n, n_hidden) that returns n weights e^T. Floats, or exact:
        integers, rationals, sympy expressions in exponentials of real symbols.
    n_visible, n_hidden : int
        Both for a function; either one for a table.
    log : bool
        Whether the values are T instead of e^T (floats; -inf where the weight is zero).
    magnitude : float, optional
        Largest absolute number that was added up to make T; the largest |T| if left out. Give it where T = -E + H is a
        small difference of large energies.
    terms : int, optional
        How many numbers were added up to make T; by default as many as the E and H of Eq. 18 have, if pairwise.

    Returns
    -------
    ExactRGReport

    Raises
    ------
    FailedAssertion
        An AssertionError with the report: it names the configuration that is farthest from one.
    InputError, NotPositiveError
        For tables of the wrong shape, NaN, or negative weights.
    EnumerationTooLarge
        For more than 20 spins together.

    Notes
    -----
    The tolerance of floats: a T of ``terms`` summands has the rounding terms * eps * magnitude, its exponential that
    relative error and one more, and a sum of 2**n_hidden positive terms at most 2**n_hidden more.
    """
    if isinstance(T, RGOperator):
        table, n, m = T.weight.aligned(T.visible + T.hidden), len(T.visible), len(T.hidden)
        weight = BoltzmannWeight.of(tuple(range(n + m)), T.weight.kind, table)
        kind, eps = T.weight.kind, float(np.finfo(float).eps)
        log_weights = weight.as_kind("float").values if kind == "float" else None
    else:
        values, n, m = _table(T, n_visible, n_hidden)
        eps = epsilon(values)
        if log:
            log_weights = numbers(values, "T")
            if np.isnan(log_weights).any() or np.isposinf(log_weights).any():
                raise InputError("T contains NaN or +infinity: expected finite numbers, or -inf where e^T is zero")
            weight = BoltzmannWeight.of(tuple(range(n + m)), "float", log_weights)
        else:
            weight = BoltzmannWeight(
                range(n + m), np.asarray(values, np.float64) if values.dtype.kind == "f" else values
            )
            log_weights = weight.values if weight.kind == "float" else None
    if log_weights is None:
        return require_passed(_decided(weight, n, m), "the step is not exact")
    finite = np.abs(log_weights[np.isfinite(log_weights)])
    size = float(finite.max(initial=0.0)) if magnitude is None else float(magnitude)
    count = (n + 1) * (m + 1) + n * (n + 1) // 2 if terms is None else require_count("terms", terms, 1)
    tolerance = eps * (count * size + 1 + 2**m)
    q = np.exp(weight.trace(range(n, n + m)).values.reshape(-1))
    index = int(np.argmax(np.abs(q - 1)))
    report = ExactRGReport(
        n,
        m,
        "float",
        tuple(int(s) for s in decode(np.array([index]), n)[0]),
        float(q[index]),
        tolerance,
        int(np.count_nonzero(~(np.abs(q - 1) <= tolerance))),
        bool(np.ptp(q) <= tolerance * q.max()),
    )
    return require_passed(report, "the step is not exact")


def _decided(weight: BoltzmannWeight, n: int, m: int) -> ExactRGReport:
    """Eq. 9 in the ring."""
    operator = RGOperator(weight, range(n), range(n, n + m))
    q = trace_condition(operator)
    flat = q.values.reshape(-1)
    worst, value = (1,) * n, q.ring.value(flat[0])
    try:
        require_exact_rg(operator)
    except NotExactRGError as found:
        worst, value = tuple(found.configuration[site] for site in range(n)), found.value
    wrong = int(np.count_nonzero(~np.asarray(q.ring.equal(flat, q.ring.one))))
    return ExactRGReport(n, m, "exact", worst, value, 0.0, wrong, bool(np.all(q.ring.equal(flat, flat[:1]))))


def _table(T: Any, n_visible: int | None, n_hidden: int | None) -> tuple[NDArray[Any], int, int]:
    """Values of shape (2,)*(n + m), n and m."""
    given = [require_count(name, k) for k, name in ((n_visible, "n_visible"), (n_hidden, "n_hidden")) if k is not None]
    if callable(T):
        if len(given) < 2:
            raise InputError("a function T(v, h) needs n_visible and n_hidden")
        n, m = given
        _require_small(n + m)
        both = configurations(n + m)
        values = np.asarray(T(both[:, :n], both[:, n:]))
        if values.shape != (1 << (n + m),):
            raise InputError(
                f"T(v, h) returned the shape {values.shape} for {1 << (n + m)} pairs, expected one number each"
            )
        return values.reshape((2,) * (n + m)), n, m
    try:
        values = np.asarray(T)
    except ValueError:
        raise InputError("the table is ragged: expected the shape (2,)*(n_visible + n_hidden)") from None
    n = values.ndim - int(n_hidden or 0) if n_visible is None else int(n_visible)
    m = values.ndim - n if n_hidden is None else int(n_hidden)
    if not given or values.shape != (2,) * (n + m) or min(n, m) < 0:
        raise InputError(
            f"a table of shape {values.shape} with n_visible={n_visible} and n_hidden={n_hidden}: expected the shape "
            "(2,)*(n_visible + n_hidden), visible axes first, and at least one of the numbers"
        )
    _require_small(n + m)
    return values, n, m


def _require_small(n: int) -> None:
    """EnumerationTooLarge, before anything is allocated."""
    if n > MAX_SPINS:
        raise EnumerationTooLarge(
            n, MAX_SPINS, what="e^T", instead="RGOperator.log_trace(v) takes single configurations of large operators."
        )
