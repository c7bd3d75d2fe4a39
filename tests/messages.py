"""Errors word by word: the check behind tables of (call, type, message), and the sentences that many messages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Case = tuple[Callable[[], Any], type[Exception], str]

MIXED = (
    " mixes floats with exact couplings: write all of them as floats, or each float as "
    "sympy.log(sympy.Rational(p, q)) or a real symbol"
)
EXPECTED = (
    ": expected a rational combination of real symbols, Symbol('J', real=True), and logs of positive rationals, "
    "log(Rational(3, 2))"
)
FINITE = (
    " is not finite: expected a finite float; instead of an infinite coupling, write a delta-function operator with "
    "zero weights, RGOperator(BoltzmannWeight(sites, table), ...)"
)
SYMBOLS = " for all real values of its symbols; write it as a ratio of sums with positive coefficients of exponentials"
ZEROS = (
    "; expected a positive weight. Products, traces, trace_condition, delta_f and kl_divergence work with zeros: use "
    "the weight"
)
DIFFERENT = ": expected the same set of sites; use .relabel(mapping)"
DISJOINT = ': expected disjoint sets; use .relabel(mapping), or other names, such as hidden=[("h2", 0), ...]'
NO_LOG = " is not rational: write sympy.log(sympy.Rational(p, q)) for an exact coupling with e**coupling = p/q, "
OR_SYMBOL = " for a float64 one, or a real Symbol"
BEYOND = " is beyond 1.8e308; write smaller couplings, or exact ones"
HUGE = "an integer of about 10**400 is beyond 1.8e308: expected a smaller number where floats are computed with"
UNITS = "; these are 0/1 units, write 2 * units - 1"


def wrong(value: Any) -> Any:
    """Pass a value of a type that the signature forbids."""
    return value


def check(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    """Demand this very type and this very message."""
    with pytest.raises(error) as caught:
        call()
    assert caught.type is error
    assert str(caught.value) == message
