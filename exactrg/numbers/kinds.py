"""The kind of a number that a user wrote: neutral, float or exact; and its stored form."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from numbers import Complex, Integral, Real
from typing import Any

import numpy as np
import sympy

from ..errors import CouplingError, FloatOverflowError, MixedKindsError
from .exact import Exact
from .logs import rational_exponent
from .parse import parse


def normalize(value: Any) -> tuple[str, Any]:
    """Return (kind, number) with the number an int ("neutral"), a float ("float") or an `Exact` ("exact").

    Raises
    ------
    CouplingError
        For NaN, infinities, complex numbers and whatever is no number.
    """
    if isinstance(value, Exact):
        return "exact", value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()  # what numpy.load returns for a number
    if isinstance(value, Integral):
        return "neutral", int(value)
    if isinstance(value, Fraction | sympy.Rational):
        return "exact", Exact(value)
    if isinstance(value, Real | sympy.Number):
        number = float(value)
        if not math.isfinite(number):
            raise CouplingError(
                f"the coupling {number} is not finite: expected a finite float; instead of an infinite coupling, write "
                "a delta-function operator with zero weights, RGOperator(BoltzmannWeight(sites, table), ...)"
            )
        return "float", number
    if isinstance(value, Complex) and not isinstance(value, sympy.Basic):
        raise CouplingError(f"the coupling {value!r} is complex: expected a real number; write its real part")
    # A text is a number only where it is said to be one: Exact("log(3/2)").
    return "exact", parse(value)


def common_kind(kinds: Iterable[str], what: str) -> str:
    """Return the one kind that all numbers share, neutral ones adapting; MixedKindsError otherwise."""
    named = set(kinds) - {"neutral"}
    if len(named) > 1:
        raise MixedKindsError(
            f"{what} mixes floats with exact couplings: write all of them as floats, or each float as "
            "sympy.log(sympy.Rational(p, q)) or a real symbol"
        )
    return named.pop() if named else "neutral"


def as_coupling(number: Any, kind: str, what: str | Callable[[], str]) -> Any:
    """Convert a coupling to the kind of its company; CouplingError if e to it is no exact number where that is needed.

    A nonzero integer beside exact couplings is as far outside as a rational without a logarithm. ``what`` names the
    coupling in the message: a text, or a function that returns it.
    """
    number = as_kind(number, kind)
    if isinstance(number, Exact):
        try:
            for atom, coefficient in number.terms.items():
                rational_exponent(atom, coefficient)
        except CouplingError as error:
            raise CouplingError(f"{what() if callable(what) else what} is {number}: {error}") from None
    return number


def as_kind(number: Any, kind: str) -> Any:
    """Convert a neutral integer to the kind of its company; FloatOverflowError if it is no float64."""
    if isinstance(number, int):
        if kind == "float":
            try:
                return float(number)
            except OverflowError:
                raise FloatOverflowError(
                    f"an integer of about 10**{int(number.bit_length() * math.log10(2))} is beyond 1.8e308: expected a "
                    "smaller number where floats are computed with"
                ) from None
        if kind == "exact":
            return Exact(number)
    return number
