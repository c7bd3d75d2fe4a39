"""The ``rng`` argument of everything that draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import InputError


def random_generator(rng: Any) -> np.random.Generator:
    """Return the Generator that was given, or one made from a seed (fresh for None); InputError for anything else."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise InputError(f"rng is {rng!r}: expected a numpy Generator or a nonnegative int, the seed") from None
