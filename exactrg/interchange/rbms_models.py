"""RBMs of the package rbms (Decelle, Furtlehner, Seoane et al.): 0/1 units, objects or HDF5 files.

A file has one group ``update_N`` for every saved step, with ``params/weight_matrix`` (n_visible, n_hidden), ``vbias`` and
``hbias``, and ``model_type`` "BBRBM". Facts: rbms 0.5.0, ``rbms/io.py``. HDF5 files are parsed by libhdf5, in C: do not
open those of strangers.
"""

from __future__ import annotations

import io
import math
import os
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ExactRGError, FileFormatError, InputError, a_type
from ..files.atomic import access, atomic_file
from ..rbm import RBM
from .packages import package, require_float, require_rbm

_NAMES = ("weight_matrix", "hbias", "vbias")
_MAX_BYTES = 1 << 30


def from_rbms(source: Any, update: int | None = None) -> RBM:
    """Return the RBM over spins that a binary RBM of rbms is.

    Parameters
    ----------
    source : rbms BBRBM, or path
        An object with ``weight_matrix``, ``vbias`` and ``hbias``, or an HDF5 file of rbms (needs h5py).
    update : int, optional
        Which saved step of a file; the last one by default.

    Raises
    ------
    FileFormatError
        If the file is of another kind, claims more than it holds, or has no such update.
    FileAccessError
        If it cannot be read.
    InputError
        If an object is no binary RBM of rbms.
    MissingPackageError
        Without h5py, for a file.
    """
    if isinstance(source, str | os.PathLike):
        arrays = _read(source, update)
        try:
            return RBM.from_binary_units(*arrays)
        except ExactRGError as error:
            raise FileFormatError(f"{os.fspath(source)}: {error}") from error
    parts: list[Any] = [getattr(source, name, None) for name in _NAMES]
    if any(part is None for part in parts) or len(parts[0].shape) != 2:
        raise InputError(f"{a_type(source)}: expected a BBRBM of rbms, with {', '.join(_NAMES)}, or a path")
    return RBM.from_binary_units(*(np.asarray(_on_host(part), np.float64) for part in parts))


def to_rbms(rbm: RBM, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write an RBM as update 0 of an HDF5 file that ``rbms.io.load_params(path, 0, ...)`` reads; its constant is lost.

    Raises
    ------
    InputError
        For exact couplings.
    OutputExistsError, FileAccessError
        As for `exactrg.save`.
    MissingPackageError
        Without h5py.
    """
    require_rbm(rbm)
    require_float(rbm.kind, "rbms")
    units = rbm.to_binary_units()
    buffer = io.BytesIO()
    with package("h5py", "h5py").File(buffer, "w") as file:
        parts = (units.weights, units.hidden_bias, units.visible_bias)
        for name, values in zip(_NAMES, parts, strict=True):
            file[f"update_0/params/{name}"] = np.asarray(values, np.float64)
        file["model_type"] = "BBRBM"
    with atomic_file(path, overwrite=overwrite) as out:
        out.write(buffer.getvalue())


def _on_host(tensor: Any) -> Any:
    """Return a tensor that numpy can read, without importing torch."""
    for step in ("detach", "cpu"):
        tensor = getattr(tensor, step, lambda t=tensor: t)()
    return tensor


def _read(path: str | os.PathLike[str], update: int | None) -> list[NDArray[np.float64]]:
    h5py = package("h5py", "h5py")
    with access(path, "read"), open(path, "rb") as plain:
        size = plain.seek(0, os.SEEK_END)
        plain.seek(0)
        try:
            with h5py.File(plain, "r") as file:
                updates = [int(name[7:]) for name in file if re.fullmatch(r"update_[0-9]{1,18}", name)]
                chosen = max(updates, default=0) if update is None else update
                if chosen not in updates:
                    raise FileFormatError(f"no update_{chosen} among {len(updates)} updates")
                # Not model_type, a string of variable length: libhdf5 2.0 crashes on damaged ones. Potts RBMs are 3-d.
                parts = (_dataset(h5py, file, f"update_{chosen}/params/{name}") for name in _NAMES)
                return [_array(part, name, size) for part, name in zip(parts, _NAMES, strict=True)]
        except FileFormatError as error:
            raise FileFormatError(f"{os.fspath(path)}: {error}") from None
        except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError, MemoryError) as error:
            raise FileFormatError(f"{os.fspath(path)} is no readable HDF5 file of rbms: {error}"[:500]) from error


def _dataset(h5py: Any, file: Any, name: str) -> Any:
    """Return a dataset that lies in this very file."""
    place = file
    for part in name.split("/"):
        link = place.get(part, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise FileFormatError(f"{name} is missing, or a link")
        place = place[part]
    if not isinstance(place, h5py.Dataset) or place.is_virtual or place.external:
        raise FileFormatError(f"{name} is no dataset of this file")
    largest = max(place.size or 0, math.prod(place.chunks or ()))
    if place.size is None or largest * place.dtype.itemsize > _MAX_BYTES:
        raise FileFormatError(f"{name} claims {place.shape} numbers")
    return place


def _array(dataset: Any, name: str, size: int) -> NDArray[np.float64]:
    """Read an array of numbers whose claimed size fits the bytes that the file stores for it."""
    if dataset.dtype.kind != "f" or dataset.ndim != (2 if name == "weight_matrix" else 1):
        raise FileFormatError(f"{name} has dtype {dataset.dtype} and shape {dataset.shape}: expected a binary RBM")
    stored = min(dataset.id.get_storage_size(), size)
    if dataset.size * dataset.dtype.itemsize > 1100 * stored or dataset.compression not in (None, "gzip"):
        raise FileFormatError(f"{name} claims {dataset.shape} numbers in {stored} bytes")
    return np.asarray(dataset[()], np.float64)
