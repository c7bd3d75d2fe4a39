"""From Python numbers and sympy expressions to the exact scalar, with an error that says what to write instead."""

from __future__ import annotations

import math
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

import flint
import sympy

from ..errors import CouplingError, MixedKindsError, a_type
from .exact import Exact
from .field import ONE
from .logs import UNIT

_EXPECTED = (
    "expected a rational combination of real symbols, Symbol('J', real=True), and logs of positive rationals, "
    "log(Rational(3, 2))"
)


def parse(value: Any) -> Exact:
    """Turn a number or a sympy expression into an `Exact`."""
    if isinstance(value, flint.fmpq):
        return Exact.from_element(value)
    if isinstance(value, Integral):
        return Exact.from_element(flint.fmpq(int(value)))
    if isinstance(value, Fraction):
        return Exact.from_element(flint.fmpq(value.numerator, value.denominator))
    if isinstance(value, Real) and not isinstance(value, sympy.Basic):
        raise MixedKindsError(
            f"the float {value!r} in an exact expression: write {_as_rational(value)} for it, or use floats only"
        )
    if isinstance(value, sympy.Expr):
        return _parse_expression(value)
    raise CouplingError(f"{value!r} is {a_type(value)}: {_EXPECTED}, or a float")


def _as_rational(value: Any) -> str:
    """Suggest an exact form of a float."""
    value = float(value)
    if not math.isfinite(value):
        return "a finite number"
    nice = Fraction(value).limit_denominator(10**6)
    if float(nice) != value:
        nice = Fraction(repr(value))
    return f"sympy.Rational({nice.numerator}, {nice.denominator})"


def _parse_expression(expr: Any) -> Exact:
    """Recurse through a sympy expression."""
    if expr.is_Rational:
        return Exact.from_element(flint.fmpq(int(expr.p), int(expr.q)))
    if expr.is_Symbol:
        if not expr.is_real:
            raise CouplingError(
                f"the symbol {expr} is not declared real: write Symbol({str(expr)!r}, real=True), so that e**{expr} is "
                "a positive number"
            )
        return Exact.from_terms({expr: ONE})
    if expr.is_Float:
        raise MixedKindsError(
            f"the float {expr} in an exact expression: write {_as_rational(expr)} for it, or use floats only"
        )
    if expr.has(sympy.I) or expr.has(sympy.zoo):
        raise CouplingError(f"{expr} is not real: {_EXPECTED}")
    if expr.is_Add:
        return _combine(expr, lambda a, b: a + b)
    if expr.is_Mul:
        return _combine(expr, lambda a, b: a * b)
    if expr.is_Pow and expr.exp.is_Rational:
        base = _parse_expression(expr.base)
        if expr.exp.is_Integer:
            return _inside(base ** int(expr.exp), expr)
        return (base.log() * Exact(expr.exp)).exp() if set(base.terms) <= {UNIT} else _inside(None, expr)
    if isinstance(expr, sympy.exp):
        return _parse_expression(expr.args[0]).exp()
    if isinstance(expr, sympy.log):
        argument = _parse_expression(expr.args[0])
        return argument.log() if set(argument.terms) <= {UNIT} else _inside(None, expr)
    for form in (sympy.exp, sympy.log):
        # Hyperbolic functions and their inverses.
        rewritten = expr.rewrite(form)
        if rewritten != expr:
            return _parse_expression(rewritten)
    return _inside(None, expr)


def _combine(expr: Any, operation: Any) -> Exact:
    """Fold the arguments of a sum or product."""
    total = _parse_expression(expr.args[0])
    for argument in expr.args[1:]:
        total = _inside(operation(total, _parse_expression(argument)), expr)
    return total


def _inside(value: Any, expr: Any) -> Exact:
    """Return the value if it stayed in the exact type, else say that the expression is outside."""
    if not isinstance(value, Exact):
        raise CouplingError(f"{expr} is outside the exact numbers: {_EXPECTED}")
    return value
