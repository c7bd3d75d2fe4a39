"""Values beside exact ones, within the rounding that the computation may have made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from .tables import Floats, numbers


@dataclass(frozen=True)
class Comparison:
    """One quantity at all its arguments; the figures are those of the worst one.

    Parameters
    ----------
    name : str
        What was compared.
    worst : str
        The argument that deviates most, in units of its tolerance.
    value, exact : float
        There.
    tolerance : float
        Largest difference that rounding explains there.
    wrong, total : int
        How many values deviate by more than their tolerance, of how many.
    detects : float
        The smallest error that is surely seen in any of the values: twice the largest tolerance among them.
    hint : str
        What would make them agree, where something simple does.
    """

    name: str
    worst: str
    value: float
    exact: float
    tolerance: float
    wrong: int
    total: int
    detects: float
    hint: str = ""

    @property
    def passed(self) -> bool:
        """Whether every value agrees within rounding."""
        return self.wrong == 0

    def __str__(self) -> str:
        at = f" at {self.worst}" if self.worst else ""
        figures = f"{self.value!r}, exactly {self.exact!r} (difference {self.value - self.exact:.3g}, rounding allows "
        figures += f"{self.tolerance:.3g})"
        if self.passed:
            return f"{self.name}: agrees; farthest{at}: {figures}; would see {self.detects:.3g} anywhere"
        many = f"; {self.wrong} of {self.total} are wrong" if self.total > 1 else ""
        return f"{self.name} is {figures}{at}{many}{'; ' if self.hint else ''}{self.hint}"


def compare(
    name: str, values: Any, exact: Floats, tolerance: Any, label: Callable[[int], str], hint: str = ""
) -> Comparison:
    """Compare arrays of one shape; NaN agrees with nothing."""
    given = numbers(values, name)
    if given.shape != exact.shape:
        raise InputError(f"{name} has shape {given.shape}, expected {exact.shape}")
    flat, right = given.reshape(-1), exact.reshape(-1)
    allowed = np.broadcast_to(np.asarray(tolerance, np.float64), exact.shape).reshape(-1)
    with np.errstate(invalid="ignore"):
        difference = np.where(flat == right, 0.0, np.abs(flat - right))
    difference = np.where(np.isnan(difference), np.inf, difference)
    worst = int(np.argmax(difference / np.maximum(allowed, np.finfo(float).tiny)))
    wrong = int(np.count_nonzero(difference > allowed))
    return Comparison(
        name,
        label(worst),
        float(flat[worst]),
        float(right[worst]),
        float(allowed[worst]),
        wrong,
        flat.size,
        2 * float(allowed.max()),
        hint if wrong else "",
    )


def sign_string(config: Any, units: str = "spins") -> str:
    """Write a configuration as +- signs, or as digits for 0/1 units."""
    entries = [int(x) for x in np.ravel(config)]
    return "".join(map(str, entries)) if units == "binary" else "".join("+" if x > 0 else "-" for x in entries)
