"""Sum, product and quotient of the numbers that the planar engine computes with, inside and outside of kernels.

Floats and python-flint's balls add like Python numbers. A complex number stands for a pair of floats: the number is
the sum of its real and its (far smaller) imaginary part, good to 31 digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

Operation = Callable[[Any, Any], Any]


def add(x: Any, y: Any) -> Any:
    """Sum of two numbers, or of two arrays of them."""
    return _add_pairs(x, y) if _is_pair(x) else x + y


def multiply(x: Any, y: Any) -> Any:
    """Product of two numbers, or of two arrays of them."""
    return _multiply_pairs(x, y) if _is_pair(x) else x * y


def divide(x: Any, y: Any) -> Any:
    """Quotient of two numbers, or of two arrays of them."""
    return _divide_pairs(x, y) if _is_pair(x) else x / y


def accumulate(target: Any, factor: Any, source: Any, start: int) -> None:
    """Add a multiple of one row to another, from an index on."""
    target[start:] = add(target[start:], multiply(factor, source[start:]))


def _is_pair(x: Any) -> bool:
    return isinstance(x, complex) or (isinstance(x, np.ndarray) and x.dtype.kind == "c")


def _add_pairs(x: Any, y: Any) -> Any:
    """Knuth's two-sum of the leading parts; the rounding of the rest is 2**-106 of the larger operand."""
    total = x.real + y.real
    part = total - x.real
    rest = (x.real - (total - part)) + (y.real - part) + (x.imag + y.imag)
    leading = total + rest
    return leading + 1j * (rest - (leading - total))


def _multiply_pairs(x: Any, y: Any) -> Any:
    """Dekker's exact product of the leading parts, and the cross terms."""
    product = x.real * y.real
    shifted_x, shifted_y = 134217729.0 * x.real, 134217729.0 * y.real
    high_x, high_y = shifted_x - (shifted_x - x.real), shifted_y - (shifted_y - y.real)
    low_x, low_y = x.real - high_x, y.real - high_y
    rest = ((high_x * high_y - product) + high_x * low_y + low_x * high_y) + low_x * low_y
    rest = rest + (x.real * y.imag + x.imag * y.real)
    leading = product + rest
    return leading + 1j * (rest - (leading - product))


def _divide_pairs(x: Any, y: Any) -> Any:
    """Quotient of the leading parts, corrected once by the remainder."""
    quotient = x.real / y.real + 0j
    remainder = add(x, -multiply(quotient, y))
    return add(quotient, remainder.real / y.real + 0j)


def _add_floats(x: Any, y: Any) -> Any:
    return x + y


def _multiply_floats(x: Any, y: Any) -> Any:
    return x * y


def _divide_floats(x: Any, y: Any) -> Any:
    return x / y


def _overload(operation: Operation, floats: Operation, pairs: Operation) -> None:
    """Let kernels call ``operation``; numba wants the same parameters in all three, annotations included."""

    def implementation(x: Any, y: Any) -> Operation:
        return pairs if isinstance(x, types.Complex) else floats

    overload(operation)(implementation)


_overload(add, _add_floats, _add_pairs)
_overload(multiply, _multiply_floats, _multiply_pairs)
_overload(divide, _divide_floats, _divide_pairs)


@overload(accumulate)
def _accumulate_in_kernels(target: Any, factor: Any, source: Any, start: Any) -> Callable[..., None]:
    def loop(target: Any, factor: Any, source: Any, start: Any) -> None:
        for k in range(start, target.size):
            target[k] = add(target[k], multiply(factor, source[k]))

    return loop
