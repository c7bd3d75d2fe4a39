"""Someone's renormalization step e^{T(v, h)} against Eq. 9: Tr_h e^T = 1 for every v."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..counts import require_count
from ..errors import EnumerationTooLarge, InputError, NotExactRGError, a_type
from ..rg import RGOperator, require_exact_rg, trace_condition
from ..weight import BoltzmannWeight
from .reports import require_passed
from .tables import MAX_SPINS, array_of, configurations, decode, epsilon, numbers, require_rate, require_real


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

    @property
    def detects(self) -> float:
        """The smallest error of Tr_h e^T that is surely seen, at any v: twice the tolerance."""
        return 2 * self.tolerance

    def __str__(self) -> str:
        at = "".join("+" if s > 0 else "-" for s in self.worst)
        seen = f"rounding allows {self.tolerance:.3g}, would see {self.detects:.3g}"
        decided = "decided exactly" if self.kind == "exact" else seen
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
    rate: float = 1e-6,
) -> ExactRGReport:
    """Assert Eq. 9, Tr_h e^{T(v, h)} = 1 for every v: the step is exact, whatever the Hamiltonian.

    Parameters
    ----------
    T : array_like, callable, BoltzmannWeight or RGOperator
        e^T as a table of shape (2,)*(n_visible + n_hidden), visible axes first, index 0 for spin +1; or a function
        ``T(v, h)`` of +-1 arrays of shape (n, n_visible) and (n, n_hidden) that returns n weights e^T. Floats, or exact:
        integers, rationals, sympy expressions in exponentials of real symbols.
    n_visible, n_hidden : int
        Both for a function; either one for a table, whose first axes (a weight's first sites) are visible.
    log : bool
        Whether the values are T instead of e^T (floats; -inf where the weight is zero).
    magnitude : float, optional
        Largest absolute number that was added up to make T; the largest |T| if left out. Give it where T = -E + H is a
        small difference of large energies.
    terms : int, optional
        How many numbers were added up to make T; by default as many as the E and H of Eq. 18 have, if pairwise.
    rate : float
        Checked and not used, so that all assertions take it: nothing is random here, and an exact step never fails.

    Returns
    -------
    ExactRGReport
        With the smallest error that would have been seen, as ``detects``.

    Raises
    ------
    FailedAssertion
        An AssertionError with the report: it names the configuration that is farthest from one.
    InputError, NotPositiveError
        For tables of the wrong shape, NaN, or negative weights; or if rounding alone would explain an error of 1, so that
        nothing could fail.
    EnumerationTooLarge
        For more than 20 spins together.

    Notes
    -----
    The tolerance of floats: a T of ``terms`` summands has the rounding terms * eps * magnitude, its exponential that
    relative error and one more, and a sum of 2**n_hidden positive terms at most 2**n_hidden more.
    """
    require_rate(rate)
    if magnitude is not None:
        magnitude = require_real("magnitude", magnitude, "a finite number of at least 0", lambda x: 0 <= x < np.inf)
    if terms is not None:
        require_count("terms", terms, 1, 10**9)
    if isinstance(T, RGOperator):
        _require_layers(T, n_visible, n_hidden)
        table, n, m = T.weight.aligned(T.visible + T.hidden), len(T.visible), len(T.hidden)
        weight = BoltzmannWeight.of(tuple(range(n + m)), T.weight.kind, table)
        kind, eps = T.weight.kind, float(np.finfo(float).eps)
        log_weights = weight.as_kind("float").values if kind == "float" else None
    elif isinstance(T, BoltzmannWeight):
        n, m = _layers(len(T.sites), T.values.shape, n_visible, n_hidden)
        weight, eps = BoltzmannWeight.of(tuple(range(n + m)), T.kind, T.values), float(np.finfo(float).eps)
        log_weights = weight.values if T.kind == "float" else None
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
    size = float(finite.max(initial=0.0)) if magnitude is None else magnitude
    count = (n + 1) * (m + 1) + n * (n + 1) // 2 if terms is None else terms
    tolerance = eps * (count * size + 1 + 2**m)
    if tolerance >= 1:
        raise InputError(
            f"numbers up to {size:.3g} in {count} terms, of a type that is spaced by {eps:.3g} at 1, have a rounding of "
            f"{tolerance:.3g}: no Tr_h e^T could be told from 1; give a smaller magnitude, float64, or exact numbers"
        )
    with np.errstate(over="ignore"):
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
        bool(0 < q.max() < np.inf and np.ptp(q) <= tolerance * q.max()),
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


def _require_layers(T: RGOperator, n_visible: int | None, n_hidden: int | None) -> None:
    """InputError if an operator has other layers than the caller says."""
    for name, given, layer in (("n_visible", n_visible, T.visible), ("n_hidden", n_hidden, T.hidden)):
        if given is not None and require_count(name, given) != len(layer):
            raise InputError(f"{name}={given} for an RGOperator with {len(layer)}: leave it out")


def _layers(ndim: int, shape: tuple[int, ...], n_visible: int | None, n_hidden: int | None) -> tuple[int, int]:
    """Return n and m of a table."""
    for name, k in (("n_visible", n_visible), ("n_hidden", n_hidden)):
        if k is not None:
            require_count(name, k)
    n = ndim - int(n_hidden or 0) if n_visible is None else int(n_visible)
    m = ndim - n if n_hidden is None else int(n_hidden)
    if n_visible is n_hidden is None or shape != (2,) * (n + m) or min(n, m) < 0:
        raise InputError(
            f"a table of shape {shape} with n_visible={n_visible} and n_hidden={n_hidden}: expected the shape "
            "(2,)*(n_visible + n_hidden), visible axes first, and at least one of the numbers"
        )
    _require_small(n + m)
    return n, m


def _table(T: Any, n_visible: int | None, n_hidden: int | None) -> tuple[NDArray[Any], int, int]:
    """Values of shape (2,)*(n + m), n and m."""
    if callable(T):
        if n_visible is None or n_hidden is None:
            raise InputError("a function T(v, h) needs n_visible and n_hidden")
        n, m = require_count("n_visible", n_visible), require_count("n_hidden", n_hidden)
        _require_small(n + m)
        both = configurations(n + m)
        values = array_of(T(both[:, :n], both[:, n:]), "what T(v, h) returns")
        if values.shape != (1 << (n + m),):
            raise InputError(
                f"T(v, h) returned the shape {values.shape} for {1 << (n + m)} pairs, expected one number each"
            )
        return values.reshape((2,) * (n + m)), n, m
    values = array_of(T, "the table")
    if values.ndim == 0 and values.dtype.kind not in "iuf":
        raise InputError(f"T is {a_type(T)}: expected e^T as a table, a function T(v, h), or an RGOperator")
    return values, *_layers(values.ndim, values.shape, n_visible, n_hidden)


def _require_small(n: int) -> None:
    """EnumerationTooLarge, before anything is allocated."""
    if n > MAX_SPINS:
        raise EnumerationTooLarge(
            n, MAX_SPINS, what="e^T", instead="RGOperator.log_trace(v) takes single configurations of large operators."
        )
