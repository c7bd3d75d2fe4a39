"""What the assertions accept: tables over configurations, configurations in +-1 or 0/1 units, rates and generators."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import EnumerationTooLarge, InputError, SpinError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Spins = npt.NDArray[np.int8]

MAX_SPINS = 20
"""Spins of a table: 2**20 configurations."""


def configurations(n: int, *, units: str = "spins") -> Spins:
    """All configurations of n units, in the order of a raveled table: the first unit changes last, +1 (or 1) comes first.

    Parameters
    ----------
    n : int
        At most 20.
    units : {"spins", "binary"}
        +1/-1 or 1/0.

    Returns
    -------
    ndarray of int8, shape (2**n, n)

    Raises
    ------
    EnumerationTooLarge
        Beyond 20 units.
    InputError
        For a negative n, or unknown units.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
        raise InputError(f"n must be a number of units, an int of at least 0, got {n!r}")
    if n > MAX_SPINS:
        raise EnumerationTooLarge(int(n), MAX_SPINS, bytes_per_entry=int(n), what="a list of all configurations")
    return decode(np.arange(1 << int(n)), int(n), units)


def decode(cells: Ints, n_sites: int, units: str = "spins") -> Spins:
    """Return the configurations with these row-major indices, shape (n, n_sites)."""
    require_units(units)
    down = ((cells[:, None] >> np.arange(n_sites - 1, -1, -1)) & 1).astype(np.int8)
    return 1 - 2 * down if units == "spins" else 1 - down


def encode(configs: npt.ArrayLike, n_sites: int, units: str = "spins") -> Ints:
    """Return the row-major index of each configuration in a table, or raise `SpinError`."""
    require_units(units)
    array = np.asarray(configs)
    if array.ndim != 2 or array.shape[1] != n_sites or not len(array):
        raise SpinError(f"samples have the shape {array.shape}, expected (n, {n_sites}) with n of at least 1")
    low = -1 if units == "spins" else 0
    down = array == low
    if not np.all(down | (array == 1)):
        if units == "spins":
            raise SpinError("samples must be made of +1 and -1; for 0/1 units s write 2 * s - 1, or units='binary'")
        raise SpinError("samples must be made of 0 and 1; for spins v write (v + 1) / 2, or units='spins'")
    cells = np.zeros(len(array), np.int64)
    for site in range(n_sites):
        cells = 2 * cells + down[:, site]
    return cells


def distribution(table: npt.ArrayLike, shape: tuple[int, ...] | None = None) -> Floats:
    """Return a normalised table of shape (2,)*n, or raise `InputError`."""
    p = numbers(table, "the table")
    if p.ndim == 0 or any(side != 2 for side in p.shape) or (shape is not None and p.shape != shape):
        raise InputError(f"a table over n spins has the shape {shape or '(2,) * n'}, got {p.shape}")
    if not np.all(np.isfinite(p)) or np.any(p < 0) or not p.sum() > 0:
        raise InputError("a table of probabilities must be finite and nonnegative, and not zero everywhere")
    return np.asarray(p / p.sum())


def numbers(values: Any, what: str) -> Floats:
    """Return real numbers as float64, or raise `InputError`."""
    try:
        array = np.asarray(values)
        if array.dtype.kind != "c":
            return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        pass
    raise InputError(f"{what} must be made of real numbers; substitute numbers for symbols") from None


def epsilon(values: Any) -> float:
    """Spacing of the numbers at 1: of float32 or float16 where the values are, of float64 otherwise."""
    kind = np.asarray(values).dtype
    return float(np.finfo(kind if kind.kind == "f" and kind.itemsize < 8 else np.float64).eps)


def require_units(units: str) -> None:
    """InputError unless the units are known."""
    if units not in ("spins", "binary"):
        raise InputError(f"units={units!r}: expected 'spins' for +1/-1 or 'binary' for 0/1")


def require_rate(rate: float) -> float:
    """InputError unless the rate is a probability."""
    if not 0.0 < rate < 1.0:
        raise InputError(f"rate must be a probability between 0 and 1, got {rate!r}")
    return float(rate)
