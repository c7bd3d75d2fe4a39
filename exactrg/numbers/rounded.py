"""Exact numbers as ints and decimals: what ``int``, ``round``, ``math.floor`` and format specifications ask for."""

from __future__ import annotations

import math
import re
from typing import Any

import flint


class Rounded:
    """The part of `exactrg.numbers.exact.Exact` that rounds: ints are decided, decimals are those of the float.

    Symbols are a `SymbolsLeftError`.
    """

    __slots__ = ()

    def __floor__(self: Any) -> int:
        precision = 64
        while True:
            value = self.ball(precision)
            with flint.ctx.workprec(precision + 16):
                floor = value.floor().unique_fmpz()
                nearest = (value.mid() + 0.5).floor().unique_fmpz()
            if floor is not None:
                return int(floor)
            # An integer, or closer to one than the precision shows.
            if nearest is not None and self == int(nearest):
                return int(nearest)
            precision *= 2

    def __ceil__(self: Any) -> int:
        return -math.floor(-self)

    def __trunc__(self: Any) -> int:
        floor = math.floor(self)
        return floor if floor >= 0 else math.ceil(self)

    __int__ = __trunc__

    def __round__(self: Any, digits: int | None = None) -> Any:
        """Round to an int, ties to even, or to a float of so many decimals."""
        if digits is not None:
            return round(float(self), digits)
        floor = math.floor(self)
        return floor + {-1: 0, 0: floor % 2, 1: 1}[(2 * (self - floor) - 1).sign()]

    def __format__(self: Any, spec: str) -> str:
        """Pad the text, or format the float: f"{x:>20}", f"{x:.3f}"."""
        return format(str(self), spec) if re.fullmatch(r"(.?[<>^])?\d*s?", spec) else format(float(self), spec)
