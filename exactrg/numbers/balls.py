"""Certified real numbers: ball arithmetic, its precision raised until the answer is good to the last bit asked for.

A ball is a number with a proven error bound (python-flint's ``arb``). A float that comes out of here is the exact
value rounded, up to a relative 2**-60 before the rounding; with ``digits`` it is a `sympy.Float` of that many digits.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import sympy
from flint import arb, ctx, fmpq, fmpz

from ..errors import CouplingError, FloatOverflowError, InputError, UndecidedError

FLOAT_BITS = 60
MAX_BITS = 1 << 17

# The precision of python-flint is one number for the whole process.
precision_lock = threading.RLock()


def real_number(value: Any, name: str = "K") -> Any:
    """Return a finite real number of any kind as a sympy number that holds its exact value.

    Parameters
    ----------
    value : int, float, numpy scalar, fractions.Fraction, mpmath.mpf or sympy number
        A float stands for the dyadic rational that it is.
    name : str
        What the number is called in the error.

    Raises
    ------
    CouplingError
        If it is a string, a boolean, an array, not finite, not real, or still holds symbols.
    """
    if not isinstance(value, (str, bool)):
        try:
            number = sympy.sympify(value, strict=True)
        except (sympy.SympifyError, TypeError, ValueError):
            number = None
        if isinstance(number, sympy.Expr) and number.is_number and number.is_real:
            return number
    raise CouplingError(
        f"{name} must be a finite real number, got {value!r}; write a float, a Fraction or a real sympy number"
    )


def ball(number: Any) -> Any:
    """Return the ball of a sympy number from `real_number`, at the working precision.

    A number that is neither rational nor a float is taken at the nearest float of more than the working precision:
    an error below 2**-(bits + 60), which keeps functions that are finite but not smooth at a critical point finite.
    """
    if number.is_Rational:
        return arb(fmpq(int(number.p), int(number.q)))
    if not number.is_Float:
        number = number.evalf(int(0.30103 * (ctx.prec + 64)) + 1)
    sign, mantissa, exponent, _ = number._mpf_
    return arb((fmpz(-int(mantissa) if sign else int(mantissa)), int(exponent)))


def certified(evaluate: Callable[[], Any], digits: int | None = None, *, extra_bits: int = 0) -> Any:
    """Evaluate in balls of growing precision until the relative error is proven small enough, then round once.

    Parameters
    ----------
    evaluate : callable
        Returns an ``arb``; called under a working precision that doubles from call to call.
    digits : int, optional
        Number of significant decimal digits; a float when left out.
    extra_bits : int
        Bits that are known to be lost to cancellation; the first attempt has that many more.

    Returns
    -------
    float or sympy.Float
        A float answer below 2**-1080 is zero.

    Raises
    ------
    InputError
        If ``digits`` is not a positive integer.
    FloatOverflowError
        If the answer is beyond the range of floats.
    UndecidedError
        If 131,072 bits more than asked for are not enough.
    """
    if digits is not None and (isinstance(digits, bool) or not isinstance(digits, int) or digits < 1):
        raise InputError(f"digits must be a positive integer or None (a float), got {digits!r}")
    wanted = FLOAT_BITS if digits is None else math.ceil(digits * math.log2(10)) + 8
    guard = 24
    while guard <= MAX_BITS:
        with precision_lock, ctx.workprec(wanted + extra_bits + guard):
            value = evaluate()
            tiny = digits is None and value.abs_upper() < arb(2) ** -1080
            if tiny or value.rel_accuracy_bits() >= wanted:
                return _rounded(value, digits)
        guard *= 2
    raise UndecidedError(
        f"{MAX_BITS:,} bits beyond the precision asked for do not settle the value: it is zero, infinite or "
        "exponentially small here; write a float coupling or fewer digits"
    )


def _rounded(value: Any, digits: int | None) -> Any:
    """Round the middle of a ball to a float or to a `sympy.Float`."""
    if digits is not None:
        return sympy.Float(value.mid().str(digits + 3, radius=False), digits)
    result = float(value.mid())
    if math.isinf(result):
        raise FloatOverflowError("the answer is beyond 1.8e308; write digits=15 for a number without that limit")
    return result
