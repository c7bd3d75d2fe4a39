"""Files of samples: one bit a spin, without pickles, with checksums and provenance.

A file has the container format of `exactrg.files.archive` with the schema "exactrg-samples", version 1: the fields
``n_samples``, ``n_sites`` and ``provenance`` (any JSON object: software, seed, method, tau, burn-in), and the arrays

- ``spins``: uint8 (n_samples, ceil(n_sites / 8)), bit 1 is spin -1, first site in the highest bit, padding 0;
- further ones with one row a sample (energies, magnetisations): float64, int64, int8 or uint8.

docs/files.md has the format byte by byte. Writing is atomic: a reader sees the old file or the new one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import FileFormatError, InputError, SpinError
from exactrg.files.archive import MAX_FILE, archive_members, read_archive, write_archive
from exactrg.files.atomic import access, atomic_file
from exactrg.files.document import MAX_HEADER, Described, Document, require_schema

from .errors import SamplesFileError
from .graph_samplers import checked_spins

SCHEMA = "exactrg-samples"
SCHEMA_VERSION = 1


@dataclass(frozen=True, eq=False)
class StoredSamples:
    """Samples in packed form, as a file holds them.

    Parameters
    ----------
    packed : ndarray of uint8, shape (n_samples, ceil(n_sites / 8))
        See `pack_spins`.
    n_sites : int
        Spins of a configuration.
    arrays : mapping of str to ndarray
        Further arrays with one row a sample.
    provenance : mapping
        Where the samples come from.
    """

    packed: npt.NDArray[np.uint8]
    n_sites: int
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.packed)

    def configs(self, start: int = 0, stop: int | None = None) -> npt.NDArray[np.int8]:
        """Unpack samples start..stop-1 to int8 +1/-1, shape (stop - start, n_sites)."""
        return unpack_spins(self.packed[start:stop], self.n_sites)


def pack_spins(configs: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Pack configurations (n_samples, n_sites) to one bit a spin: 1 is spin -1, the first site is the highest bit.

    Raises
    ------
    SpinError
        If they are not made of +1 and -1.
    """
    return np.packbits(checked_spins(configs) < 0, axis=1)


def unpack_spins(packed: npt.NDArray[np.uint8], n_sites: int) -> npt.NDArray[np.int8]:
    """Unpack what `pack_spins` packed to int8 +1/-1, shape (n_samples, n_sites).

    Raises
    ------
    SpinError
        If the bytes of a sample do not belong to n_sites spins.
    """
    _check_packed(packed, require_count("n_sites", n_sites, 1))
    bits = np.unpackbits(packed, axis=1, count=n_sites).view(np.int8)
    return 1 - 2 * bits


def write_samples(path: str | os.PathLike[str], samples: StoredSamples, *, overwrite: bool = False) -> None:
    """Write samples to a file, atomically: a temporary file in the same folder, flushed to disk, takes its name.

    Parameters
    ----------
    path : path
        The file; its name need not end in .npz.
    samples : StoredSamples
        ``StoredSamples(pack_spins(configs), n_sites, arrays, provenance)``.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    OutputExistsError
        If the file exists and may not be replaced.
    InputError, SpinError
        If an array cannot be stored, or the provenance is no JSON object; nothing is written.
    FileAccessError
        If the disk is full or the folder missing; an existing file is untouched and no temporary file is left.
    """
    members = archive_members(_document(samples))
    with atomic_file(path, overwrite=overwrite) as file:
        write_archive(file, members)


def read_samples(path: str | os.PathLike[str]) -> StoredSamples:
    """Read a file of samples after checking all that it claims.

    Raises
    ------
    SamplesFileError
        If the file is truncated or altered, is no archive of this format and version, holds pickles or compressed
        members, or declares other sizes than it has.
    FileAccessError
        If it cannot be read; MissingFileError if it is not there.
    """
    with access(path, "read"), open(path, "rb") as file:
        try:
            document = read_archive(file, _check)
            packed = document.arrays["spins"]
            n_sites = document.fields["n_sites"]
            _check_packed(packed, n_sites)
        except (FileFormatError, SpinError) as error:
            raise SamplesFileError(f"{os.fspath(path)}: {error}") from error
    arrays = {name: array for name, array in document.arrays.items() if name != "spins"}
    return StoredSamples(packed, n_sites, arrays, document.fields["provenance"])


def require_one_file(n: int, n_sites: int, bytes_beside: int) -> None:
    """InputError for more samples than a file holds, each with that many bytes of other arrays."""
    row = -(-n_sites // 8) + bytes_beside
    most = (MAX_FILE - MAX_HEADER - (1 << 12)) // row  # 4 KiB: headers of arrays
    if n > most:
        raise InputError(
            f"{n:,} samples of {n_sites:,} spins take {n * row / 2**30:,.1f} GiB, and a file holds 4 GiB; draw at most "
            f"{most:,}, into several files with a seed each"
        )


def _document(samples: StoredSamples) -> Document:
    """Return what a file of these samples holds."""
    n_sites = require_count("n_sites", samples.n_sites, 1)
    _check_packed(samples.packed, n_sites)
    n_samples = len(samples.packed)
    if "spins" in samples.arrays:
        raise InputError("the name 'spins' is taken by the packed configurations; choose another name")
    for name, array in samples.arrays.items():
        if np.shape(array)[:1] != (n_samples,):
            raise InputError(f"array {name!r} has shape {np.shape(array)}, expected {n_samples} rows")
    fields = {"n_samples": n_samples, "n_sites": n_sites, "provenance": dict(samples.provenance)}
    return Document(SCHEMA, SCHEMA_VERSION, fields, {"spins": samples.packed, **samples.arrays})


def _check(schema: str, version: int, fields: Mapping[str, Any], arrays: Described) -> None:
    """Check the header, before any array is read."""
    require_schema((schema, version), (SCHEMA, SCHEMA_VERSION))
    if "spins" not in arrays or not isinstance(fields.get("provenance"), dict):
        raise FileFormatError("header.json lacks the array 'spins', or 'provenance'")
    n_samples, n_sites = fields.get("n_samples"), fields.get("n_sites")
    if not (type(n_samples) is int and type(n_sites) is int and n_samples > 0 and n_sites > 0):
        raise FileFormatError(f"n_samples and n_sites must be positive integers, got {n_samples!r} and {n_sites!r}")
    for name, described in arrays.items():
        if described["shape"][0] != n_samples:
            raise FileFormatError(
                f"array {name!r} of shape {described['shape']} is not allowed for {n_samples} samples"
            )
    spins = arrays["spins"]
    if (spins["dtype"], spins["shape"][1:]) != ("uint8", [-(-n_sites // 8)]):
        raise FileFormatError(f"spins are described as {dict(spins)}, for {n_sites} sites")


def _check_packed(packed: npt.NDArray[np.uint8], n_sites: int) -> None:
    width = -(-n_sites // 8)
    if packed.dtype != np.uint8 or packed.ndim != 2 or packed.shape[1] != width or not len(packed):
        raise SpinError(
            f"packed spins have dtype {packed.dtype} and shape {packed.shape}, expected uint8 (n_samples, {width}) for "
            f"{n_sites} sites; write pack_spins(configs)"
        )
    if n_sites % 8 and np.any(packed[:, -1] & (0xFF >> n_sites % 8)):
        raise SpinError(f"padding bits beyond {n_sites} sites are set; write pack_spins(configs)")
