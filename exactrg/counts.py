"""Counts that a caller gives: spins, steps, draws, threads."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .errors import InputError


def require_count(name: str, value: Any, least: int = 0, most: int | None = None) -> int:
    """Return a count as an int, or say why it is none.

    Parameters
    ----------
    name : str
        What is counted, as the caller calls it.
    value : int
        Anything that Python takes for an index, numpy's integers too, but no bool.
    least, most : int
        Smallest and largest count, both allowed.

    Raises
    ------
    InputError
        For anything else.
    """
    try:
        count = None if isinstance(value, bool | np.bool_) else operator.index(value)
    except TypeError:
        count = None
    if count is None or count < least or (most is not None and count > most):
        allowed = f"of at least {least}" if most is None else f"from {least} to {most:,}"
        raise InputError(f"{name} must be an int {allowed}, got {value!r}")
    return count
