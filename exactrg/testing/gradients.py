"""Someone's RBM learning rule against exact derivatives, or against the exact mean of contrastive divergence (claim C12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ..counts import require_count
from ..errors import InputError, a_type
from ..seeds import random_generator
from .comparisons import Comparison, compare
from .conventions import Machine
from .means import MeansReport, measure_means
from .rbm_gradients import MAX_CD_SPINS, rbm_gradient
from .reports import require_passed
from .tables import Floats, array_of, epsilon, numbers, require_rate

Parts = Sequence[Any]
"""Derivatives by w, b and c; None for those that are not tested."""


@dataclass(frozen=True)
class GradientReport:
    """What `assert_gradient` compared.

    Parameters
    ----------
    of : str
        "log likelihood" or "CD-k".
    comparisons : tuple of Comparison
        One for each part of a deterministic gradient.
    means : MeansReport, optional
        Of a stochastic one.
    impossible : int
        Numbers in the estimates that no mean over these units can reach.
    hint : str
        What the values are instead, where that is something simple.
    """

    of: str
    comparisons: tuple[Comparison, ...] = ()
    means: MeansReport | None = None
    impossible: int = 0
    hint: str = ""

    @property
    def passed(self) -> bool:
        """Whether all parts agree."""
        agrees = all(c.passed for c in self.comparisons) and (self.means is None or self.means.passed)
        return agrees and self.impossible == 0

    @property
    def detects(self) -> float:
        """The smallest error that is seen in any component: surely, or with probability 0.99 in the mean of estimates."""
        return max([c.detects for c in self.comparisons] + ([self.means.detects] if self.means else []))

    def __str__(self) -> str:
        lines = [f"ascent direction of {self.of}", *map(str, self.comparisons)]
        if self.means:
            lines.append(str(self.means))
        if self.impossible:
            lines.append(
                f"{self.impossible} numbers are larger than any mean over these units: is each divided by its count?"
            )
        return "\n  ".join([*lines, *([self.hint] if self.hint else [])])


def assert_gradient(
    gradient: Parts | Callable[[np.random.Generator], Parts],
    w: Any,
    b: Any,
    c: Any,
    data: Any,
    *,
    units: str = "spins",
    sign: int = 1,
    steps: int | None = None,
    stochastic: bool | None = None,
    n: int = 1000,
    chains: int = 1,
    rng: np.random.Generator | int | None = None,
    rate: float = 1e-6,
) -> GradientReport:
    """Assert d log p / d(w, b, c) = -sign (<v h, h, v>_data - <v h, h, v>_model), averaged over the data (claim C12).

    Parameters
    ----------
    gradient : tuple (dw, db, dc) or callable
        Ascent directions (to increase the likelihood), means over the data, without learning rate; None for a part that is
        not tested. A function of a Generator returns one independent estimate at each of n calls; arrays with a further
        leading axis hold n independent estimates.
    w, b, c : array_like
        The parameters at which it was taken, (n_visible, n_hidden), (n_hidden,), (n_visible,).
    data : array_like, shape (n_data, n_visible)
        In these units.
    units : {"spins", "binary"}
    sign : {1, -1}
        E = sign * (v w h + b h + c v): +1 is the paper's (Eq. 10), -1 Hinton's.
    steps : int, optional
        Compare with the exact mean of CD-k, k = steps, instead of the likelihood's gradient, which CD-k is not.
    stochastic : bool, optional
        Whether ``gradient`` holds estimates; found out from its shape if left out.
    n : int
        Calls of a function.
    chains : int
        How many independent chains (or rows of a mini-batch) are averaged in each estimate: more power if it is stated.
    rng : numpy.random.Generator or int
        For a function: handed to it.
    rate : float
        Probability of a false alarm, for estimates.

    Returns
    -------
    GradientReport
        With the smallest error that would have been seen, as ``detects``.

    Raises
    ------
    FailedAssertion
        An AssertionError with the report: it says so if the values have the other sign, are sums, or are CD-k.
    InputError, SpinError
        For arrays of the wrong shape, NaN, or data in other units.
    EnumerationTooLarge
        Beyond 20 visible units, or 12 in either layer with ``steps``.

    Notes
    -----
    The rounding of a deterministic gradient follows from that of the probabilities, as in `assert_rbm_marginals`. Estimates
    are judged by `assert_means`, whose rate holds for any distribution within the bounds of the units.
    """
    machine, rate = Machine.of(w, b, c, units, sign), require_rate(rate)
    n, chains = require_count("n", n, 2), require_count("chains", chains, 1)
    if stochastic is not None and not isinstance(stochastic, bool | np.bool_):
        raise InputError(f"stochastic={stochastic!r}: expected True, False or None, to find out")
    draw = partial(gradient, random_generator(_required(rng))) if callable(gradient) else None
    arrays = [] if draw else _three(gradient)
    exact = rbm_gradient(w, b, c, data, units=units, sign=sign, steps=steps)
    if draw:
        arrays, stochastic = _stacked([_three(draw()) for _ in range(n)]), True
    if stochastic is None:
        stochastic = any(a is not None and a.ndim > e.ndim for a, e in zip(arrays, exact, strict=True))
    of = "log likelihood" if steps is None else f"CD-{steps}"

    limit = 2.0 if units == "spins" else 1.0
    impossible = 0
    if stochastic:
        impossible = sum(
            int(np.count_nonzero(np.abs(numbers(a, "the estimates")) > limit)) for a in arrays if a is not None
        )

    def judge(target: Sequence[Floats], factor: float = 1.0) -> GradientReport:
        if stochastic:
            return GradientReport(
                of, means=_means(arrays, [factor * e for e in target], limit, chains, rate), impossible=impossible
            )
        return GradientReport(
            of, _comparisons(machine, arrays, [factor * e for e in target], len(np.asarray(data)), factor)
        )

    report = judge(exact)
    if not report.passed:
        report = replace(report, hint=_hint(judge, machine, exact, data, steps))
    return require_passed(report, "the gradient is wrong")


def _required(rng: Any) -> Any:
    if rng is None:
        raise InputError("a gradient that is a function needs rng, a Generator or a seed")
    return rng


def _three(gradient: Any) -> list[Any]:
    """Return the parts of a gradient as arrays."""
    parts = list(gradient) if isinstance(gradient, Sequence | np.ndarray) and not isinstance(gradient, str) else []
    if len(parts) != 3 or all(part is None for part in parts):
        given = f"{len(parts)} parts" if parts else a_type(gradient)
        raise InputError(f"the gradient is {given}: expected three parts, (dw, db, dc), not all of them None")
    return [None if part is None else array_of(part, f"d{name}") for name, part in zip("wbc", parts, strict=True)]


def _stacked(calls: list[list[Any]]) -> list[Any]:
    """Stack the estimates of all calls, part by part."""
    for name, parts in zip("wbc", zip(*calls, strict=True), strict=True):
        shapes = {None if part is None else part.shape for part in parts}
        if len(shapes) > 1:
            said = " and ".join(str(shape) if shape is not None else "None" for shape in list(shapes)[:2])
            raise InputError(f"calls returned d{name} of different shapes, {said}: expected one shape")
    return [None if parts[0] is None else np.array(parts) for parts in zip(*calls, strict=True)]


def _means(arrays: list[Any], exact: list[Floats], limit: float, chains: int, rate: float) -> MeansReport:
    """All components of the parts that are given, side by side."""
    names = [name for name, a in zip("wbc", arrays, strict=True) if a is not None]
    given = [(numbers(a, name), e) for name, a, e in zip("wbc", arrays, exact, strict=True) if a is not None]
    for name, (a, e) in zip(names, given, strict=True):
        if a.ndim == 0 or not len(a) or a.shape[1:] != e.shape:
            raise InputError(
                f"estimates of d{name} have shape {a.shape}: expected (n, {str(e.shape)[1:-1].rstrip(',')})"
            )
    x = np.concatenate([a.reshape(len(a), -1) for a, _ in given], axis=1)
    right = np.concatenate([e.reshape(-1) for _, e in given])
    labels = [
        f"d{name}{list(index)}" for name, (_, e) in zip(names, given, strict=True) for index in np.ndindex(e.shape)
    ]
    # Impossible estimates are judged within wider bounds, so that the report can say what is wrong with them.
    bound = max(limit, *(float(np.abs(values).max(initial=0.0)) for values in (x, right) if np.isfinite(values).all()))
    return measure_means(x, right, (-bound, bound), chains if bound == limit else 1, rate, labels)


def _comparisons(
    machine: Machine, arrays: list[Any], exact: list[Floats], n_data: int, factor: float
) -> tuple[Comparison, ...]:
    """Each part within the rounding of the probabilities and of the averages over the data and over all configurations."""
    result = []
    for name, a, e in zip("wbc", arrays, exact, strict=True):
        if a is None:
            continue
        eps = max(epsilon(a), machine.eps)
        log_p = float(machine.rounding(np.ones((1, machine.n_visible)), eps)[0]) + machine.log_partition_rounding(eps)
        sums = eps * (2.0 ** (machine.n_visible / 2) + n_data**0.5 + 4)
        result.append(compare(f"d{name}", a, e, 4 * abs(factor) * (log_p + sums), partial(_place, shape=e.shape)))
    return tuple(result)


def _place(k: int, shape: tuple[int, ...]) -> str:
    return str([int(i) for i in np.unravel_index(k, shape)])


def _hint(
    judge: Callable[..., GradientReport],
    machine: Machine,
    exact: tuple[Floats, ...],
    data: Any,
    steps: int | None,
) -> str:
    """Say what the values are instead."""
    count = len(np.asarray(data))
    small = max(machine.n_visible, machine.n_hidden) <= MAX_CD_SPINS

    def other(k: int | None) -> tuple[Floats, ...]:
        return rbm_gradient(machine.w, machine.b, machine.c, data, units=machine.units, sign=machine.sign, steps=k)

    candidates: list[tuple[str, tuple[Floats, ...], float]] = [
        ("they have the other sign: a descent direction, or the other sign of E", exact, -1.0),
        (f"they are sums over the {count} rows of the data: divide by {count}", exact, float(count)),
    ]
    if steps is not None:
        candidates.append(("they are the likelihood's gradient", other(None), 1.0))
    elif small:
        candidates += [
            (f"they are CD-{k}, which is no gradient: steps={k} passes", other(k), 1.0) for k in (1, 2, 5, 10)
        ]

    def agrees(target: tuple[Floats, ...], factor: float) -> bool:
        return replace(judge(target, factor), impossible=0).passed

    return next((text for text, target, factor in candidates if agrees(target, factor)), "")
