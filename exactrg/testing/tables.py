"""What the assertions accept: tables over configurations, configurations in +-1 or 0/1 units, rates and generators."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EnumerationTooLarge, InputError, SpinError, ZeroWeightError, a_type

if TYPE_CHECKING:
    from ..weight import BoltzmannWeight

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
        raise EnumerationTooLarge(
            int(n),
            MAX_SPINS,
            bytes_per_entry=int(n),
            what="a list of all configurations",
            instead="Test a smaller system.",
        )
    return decode(np.arange(1 << int(n)), int(n), units)


def decode(cells: Ints, n_sites: int, units: str = "spins") -> Spins:
    """Return the configurations with these row-major indices, shape (n, n_sites)."""
    require_units(units)
    down = ((cells[:, None] >> np.arange(n_sites - 1, -1, -1)) & 1).astype(np.int8)
    return 1 - 2 * down if units == "spins" else 1 - down


def encode(configs: npt.ArrayLike, n_sites: int, units: str = "spins", what: str = "samples") -> Ints:
    """Return the row-major index of each configuration in a table, or raise `SpinError`."""
    require_units(units)
    try:
        array = np.asarray(configs)
    except ValueError:
        raise SpinError(f"{what} are rows of different lengths: expected the shape (n, {n_sites})") from None
    if array.ndim != 2 or array.shape[1] != n_sites or not len(array):
        raise SpinError(f"{what} have the shape {array.shape}, expected (n, {n_sites}) with n of at least 1")
    low = -1 if units == "spins" else 0
    down = array == low
    if not np.all(down | (array == 1)):
        if units == "spins":
            raise SpinError(f"{what} must be made of +1 and -1; for 0/1 units s write 2 * s - 1, or units='binary'")
        raise SpinError(f"{what} must be made of 0 and 1; for spins v write (v + 1) / 2, or units='spins'")
    cells = np.zeros(len(array), np.int64)
    for site in range(n_sites):
        cells = 2 * cells + down[:, site]
    return cells


def distribution(table: npt.ArrayLike | BoltzmannWeight, shape: tuple[int, ...] | None = None) -> Floats:
    """Return a normalised table of shape (2,)*n, or raise `InputError`."""
    p = numbers(_plain(table), "the table")
    if p.ndim == 0 or any(side != 2 for side in p.shape) or (shape is not None and p.shape != shape):
        listed = p.ndim == 1 and p.size > 1 and p.size & (p.size - 1) == 0
        hint = f"; write .reshape((2,) * {p.size.bit_length() - 1})" if listed else ""
        raise InputError(f"a table over n spins has the shape {shape or '(2,) * n'}, got {p.shape}{hint}")
    if not np.all(np.isfinite(p)) or np.any(p < 0) or not p.any():
        raise InputError("a table of probabilities must be finite and nonnegative, and not zero everywhere")
    p = p / p.max()  # sums of large weights stay finite
    return np.asarray(p / p.sum())


def _plain(table: Any) -> Any:
    """Return the table of a `BoltzmannWeight`, which is not imported for it; anything else as it is."""
    if not hasattr(table, "probability"):
        return table
    try:  # normalised first: float weights may be beyond float64
        return table.probability().table
    except ZeroWeightError:
        return table.table


def array_of(values: Any, what: str) -> npt.NDArray[Any]:
    """Return an array, or raise `InputError` for rows of different lengths."""
    try:
        return np.asarray(values)
    except ValueError:
        raise InputError(f"{what} must be an array, got rows of different lengths") from None


def numbers(values: Any, what: str) -> Floats:
    """Return real numbers as float64, or raise `InputError`: None, text and booleans are none."""
    if hasattr(values, "adjacency"):
        raise InputError(f"{what} must be made of real numbers, got a graph; write ising(graph, J) for its energy")
    array = array_of(values, what)
    if array.dtype.kind in "iuf":
        return np.asarray(array, dtype=np.float64)
    found = next((said for x in array.flat if (said := _no_number(x))), "")
    if found:
        raise InputError(f"{what} must be made of real numbers, got {found}")
    return np.asarray([float(x) for x in array.flat], dtype=np.float64).reshape(array.shape)


def _no_number(x: Any) -> str:
    """Say what else than a real number this is; nothing if it is one."""
    if x is None:
        return "None"
    if isinstance(x, bool | np.bool_):
        return f"{x}; write .astype(float) if 1 and 0 are meant"
    if isinstance(x, str | bytes):
        return f"the text {x[:40]!r}"
    if isinstance(x, complex | np.complexfloating):
        return f"the complex number {x}; write its real part"
    try:
        float(x)
    except OverflowError:
        return "a number beyond 1.8e308"
    except Exception:  # whatever the conversion of a foreign type raises
        if getattr(x, "free_symbols", None):
            return f"{str(x)[:40]}, which has symbols; substitute numbers for them"
        return a_type(x)
    return ""


def require_real(name: str, value: Any, expected: str, allowed: Callable[[float], bool]) -> float:
    """Return a number that a caller gives as an argument, or raise `InputError`."""
    if not _no_number(value) and np.ndim(value) == 0 and allowed(float(value)):
        return float(value)
    raise InputError(f"{name} must be {expected}, got {repr(value)[:40]}")


def epsilon(values: Any) -> float:
    """Spacing of the numbers at 1: of float32 or float16 where the values are, of float64 otherwise."""
    kind = np.asarray(values).dtype
    return float(np.finfo(kind if kind.kind == "f" and kind.itemsize < 8 else np.float64).eps)


def require_units(units: str) -> None:
    """InputError unless the units are known."""
    require_one_of("units", units, {"spins": "+1/-1", "binary": "0/1"})


def require_one_of(name: str, value: Any, known: dict[str, str]) -> None:
    """InputError unless this is one of the names, each with what it means."""
    if not isinstance(value, str) or value not in known:
        said = " or ".join(f"{k!r} for {meaning}" if meaning else repr(k) for k, meaning in known.items())
        raise InputError(f"{name}={value!r}: expected {said}")


def require_rate(rate: Any) -> float:
    """InputError unless the rate is a probability."""
    return require_real("rate", rate, "a probability between 0 and 1, such as 1e-6", lambda x: 0.0 < x < 1.0)
