"""Training data of RBMs: spins +1/-1, or values in [0, 1], checked before anything is allocated for training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError, SpinError

from .samples_file import StoredSamples


def unit_values(data: Any, n_visible: int | None = None) -> npt.NDArray[Any]:
    """Data as values of 0/1 units, x = (1 + v) / 2.

    Parameters
    ----------
    data : array, shape (n_samples, n_visible), or StoredSamples
        Spins +1/-1; or values in [0, 1], a probability that the unit is 1 (spin +1). Both readings agree where both are
        possible.
    n_visible : int, optional
        Expected width.

    Returns
    -------
    ndarray
        uint8 if all values are 0 or 1, else float32.

    Raises
    ------
    InputError
        For another shape or width, fewer than two samples, NaN, or numbers outside [0, 1] that are not all +1 or -1.
    """
    array = data.configs() if isinstance(data, StoredSamples) else np.asarray(data)
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise InputError(
            f"data are {array.dtype} of shape {array.shape}: expected numbers of shape (n_samples, n_visible)"
        )
    n_samples, width = array.shape
    if n_samples < 2 or width < 1:
        raise InputError(f"data of shape {array.shape}: expected two samples or more, of one unit or more")
    if n_visible is not None and width != n_visible:
        raise InputError(
            f"data of {width} columns, expected {n_visible}; the sizes of a stack start with its visible layer, "
            f"({width}, ...)"
        )
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    lowest, highest = array.min(), array.max()
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise InputError("data hold NaN or infinite values, expected spins +1/-1 or values in [0, 1]")
    if lowest < 0:
        up = array == 1
        if not np.all(up | (array == -1)):
            raise SpinError(
                f"data lie between {lowest} and {highest}: expected spins +1/-1, or values in [0, 1]; write "
                "np.where(data > 0, 1, -1) for spins"
            )
        return up.view(np.uint8)
    if highest > 1:
        raise InputError(f"data lie between {lowest} and {highest}: expected spins +1/-1, or values in [0, 1]")
    if np.all((array == 0) | (array == 1)):
        return array.astype(np.uint8)
    return np.ascontiguousarray(array, np.float32)


def provenance_of(data: Any) -> Mapping[str, Any]:
    """What is known about where the data come from."""
    return dict(data.provenance) if isinstance(data, StoredSamples) else {}
