"""Number kinds for couplings: floats, exact numbers, balls, and jets (first derivatives carried along exactly).

A scheme writes its recursion once, with ``+ - * /`` and the two functions here; the couplings carry the number system.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import flint

from ..errors import InputError
from ..numbers.exact import Exact
from ..numbers.kinds import as_kind, common_kind, normalize


@dataclass(frozen=True, slots=True)
class Jet:
    """A value with its partial derivatives: arithmetic that obeys the chain rule (no finite differences).

    Parameters
    ----------
    value : float, Exact or flint.arb
    partials : tuple
        One derivative for each variable, of the kind of the value.
    """

    value: Any
    partials: tuple[Any, ...]

    def __add__(self, other: Any) -> Jet:
        if isinstance(other, Jet):
            partials = tuple(a + b for a, b in zip(self.partials, other.partials, strict=True))
            return Jet(self.value + other.value, partials)
        return Jet(self.value + other, self.partials)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return self * -1

    def __sub__(self, other: Any) -> Jet:
        return self + -other

    def __rsub__(self, other: Any) -> Jet:
        return -self + other

    def __mul__(self, other: Any) -> Jet:
        if isinstance(other, Jet):
            pairs = zip(self.partials, other.partials, strict=True)
            return Jet(self.value * other.value, tuple(a * other.value + self.value * b for a, b in pairs))
        return Jet(self.value * other, tuple(a * other for a in self.partials))

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Jet:
        return Jet(self.value / divisor, tuple(a / divisor for a in self.partials))


def variables(values: Sequence[Any]) -> tuple[Jet, ...]:
    """Make jets of independent variables: the k-th has the k-th unit vector for its derivatives."""
    zeros = [value * 0 for value in values]
    units = [zero + 1 for zero in zeros]
    return tuple(Jet(v, (*zeros[:k], units[k], *zeros[k + 1 :])) for k, v in enumerate(values))


def exp(x: Any) -> Any:
    """E to the x, of the kind of x."""
    if isinstance(x, Jet):
        value = exp(x.value)
        return Jet(value, tuple(value * a for a in x.partials))
    return x.exp() if isinstance(x, Exact | flint.arb) else math.exp(x)


def log_sum_exp(terms: Iterable[Any], counts: Iterable[int] | None = None) -> Any:
    """Log of sum_k n_k e^{x_k}, in the log domain for floats; each n_k is a positive count, by default one."""
    x = list(terms)
    n = [1] * len(x) if counts is None else list(counts)
    if any(isinstance(term, Jet) for term in x):
        size = next(len(term.partials) for term in x if isinstance(term, Jet))
        jets = [term if isinstance(term, Jet) else Jet(term, (term * 0,) * size) for term in x]
        value = log_sum_exp([jet.value for jet in jets], n)
        weights = [k * exp(jet.value - value) for k, jet in zip(n, jets, strict=True)]
        pairs = list(zip(weights, jets, strict=True))
        return Jet(value, tuple(total(w * jet.partials[i] for w, jet in pairs) for i in range(size)))
    if any(isinstance(term, Exact | flint.arb) for term in x):
        return total(k * exp(term) for k, term in zip(n, x, strict=True)).log()
    top = max(x)
    return top + math.log(math.fsum(k * math.exp(term - top) for k, term in zip(n, x, strict=True)))


def total(terms: Iterable[Any]) -> Any:
    """Add up at least one term; floats in an order-independent way, so that what cancels by symmetry is zero."""
    x = list(terms)
    if all(isinstance(term, float) for term in x):
        return math.fsum(x)
    if all(isinstance(term, Jet) for term in x):
        return Jet(total(jet.value for jet in x), tuple(map(total, zip(*(jet.partials for jet in x), strict=True))))
    first, *rest = x
    for term in rest:
        first = first + term
    return first


def numbers(couplings: Any, names: Sequence[str]) -> tuple[Any, ...]:
    """Check one coupling for each name and bring them to one kind; jets and balls pass through.

    Raises
    ------
    InputError
        For another number of couplings.
    CouplingError, MixedKindsError
        For NaN, infinity, a rational without a logarithm next to floats, ...
    """
    given = tuple(couplings) if isinstance(couplings, Sequence) else (couplings,)
    if len(given) != len(names):
        raise InputError(f"{len(given)} couplings: expected {len(names)}, ({', '.join(names)}); write a tuple")
    # Jets and balls are of a kind already, that of the numbers in them; the others follow, floats into balls too.
    inside = [value.value if isinstance(value, Jet) else value for value in given]
    pairs = [("float", value) if isinstance(value, flint.arb) else normalize(value) for value in inside]
    kind = common_kind((k for k, _ in pairs), "a set of couplings")
    kind = "float" if kind == "neutral" else kind
    balls = any(isinstance(value, flint.arb) for value in inside)
    converted = [as_kind(number, kind) for _, number in pairs]
    converted = [flint.arb(number) if balls else number for number in converted]
    return tuple(old if isinstance(old, Jet) else new for old, new in zip(given, converted, strict=True))
