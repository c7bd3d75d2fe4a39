"""Numbers of the three kinds: couplings, and the positive numbers that Boltzmann weights are made of."""

from __future__ import annotations

from typing import Any

import sympy
from hypothesis import strategies as st

from ..errors import InputError
from ..numbers.exact import Exact

KINDS = ("float", "exact", "symbolic")
"""The kinds of numbers that everything here is drawn in."""

SYMBOLS = sympy.symbols("J K", real=True)
"""The symbols of the kind "symbolic"."""

_LARGEST = 3.0


def require_kind(kind: str) -> None:
    """InputError unless the kind is one of `KINDS`."""
    if kind not in KINDS:
        raise InputError(f'kind={kind!r}: expected "float", "exact" or "symbolic"')


@st.composite
def couplings(draw: st.DrawFn, *, kind: str = "float") -> float | Exact:
    """Couplings c whose e^c is a number of the kind; they shrink to zero.

    Parameters
    ----------
    kind : str
        "float": from -3 to 3. "exact": logarithms of rationals, log(p/q) with p and q from 1 to 7, so that e^c is p/q.
        "symbolic": a J + b K + log(p/q) with integers a and b from -2 to 2 and real symbols J and K.

    Raises
    ------
    InputError
        For another kind.
    """
    require_kind(kind)
    if kind == "float":
        return draw(st.floats(-_LARGEST, _LARGEST, allow_subnormal=False))
    largest = 7 if kind == "exact" else 3
    # What is drawn last is the last to shrink to zero: log(2) and J are the simplest couplings after 0.
    q, p = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    total = Exact(sympy.Rational(p, q)).log()
    if kind == "symbolic":
        total += sum(draw(st.integers(-2, 2)) * Exact(symbol) for symbol in reversed(SYMBOLS))
    return total


@st.composite
def positives(draw: st.DrawFn, *, kind: str) -> float | Exact:
    """Positive numbers, 1 the simplest: floats from 1/8 to 8, p/q, or sums of one or two p/q e^(a J + b K)."""
    if kind == "float":
        return draw(st.floats(0.125, 8.0))
    terms: list[Any] = draw(st.lists(couplings(kind=kind), min_size=1, max_size=1 if kind == "exact" else 2))
    return sum((c.exp() for c in terms), Exact(0))
