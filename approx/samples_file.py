"""Files of samples: one bit a spin in an npz archive, without pickles, with checksums and provenance.

A file is a zip archive that `numpy.load` reads too, members stored uncompressed:

- ``header.json``: schema, schema version, n_samples, n_sites, for every array its dtype, shape and sha256, and the
  provenance (any JSON object: version, seed, method, tau, burn-in);
- ``spins.npy``: uint8 (n_samples, ceil(n_sites / 8)), bit 1 is spin -1, first site in the highest bit, padding 0;
- further arrays with one row a sample (energies, magnetisations): float64, int64 or int8.

The comment of the archive is the sha256 of all bytes before the comment's length field: one flipped bit anywhere is
noticed. Nothing is allocated before the sizes that the directory, the npy headers and the JSON header declare agree
with each other and with the length of the file. Writing is atomic: a reader sees the old file or the new one.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import math
import os
import secrets
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError, SpinError

from .errors import OutputExistsError, SamplesFileError
from .graph_samplers import checked_spins, positive

SCHEMA = "exactrg-samples"
SCHEMA_VERSION = 1
MAX_HEADER = 1 << 20
MAX_MEMBERS = 64
MAX_FILE = (1 << 32) - (1 << 22)
"""Largest file in bytes: 34 thousand million spins, and no zip64 structures to check."""

_DTYPES = {"int8": "|i1", "uint8": "|u1", "int64": "<i8", "float64": "<f8"}
_DATE = (1980, 1, 1, 0, 0, 0)
_END = struct.Struct("<4s4H2LH")
_DIGEST = 64


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
    _check_packed(packed, positive("n_sites", n_sites))
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
    OSError
        If the disk is full or the folder missing; an existing file is untouched and no temporary file is left.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path} exists; write overwrite=True to replace it")
    arrays, header = _described(samples)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "x+b") as file:
            _write_archive(file, {"header.json": header, **{f"{k}.npy": v for k, v in arrays.items()}})
            file.flush()
            os.fsync(file.fileno())
        _publish(temporary, path, overwrite)
    finally:
        temporary.unlink(missing_ok=True)


def read_samples(path: str | os.PathLike[str]) -> StoredSamples:
    """Read a file of samples after checking all that it claims.

    Raises
    ------
    SamplesFileError
        If the file is truncated or altered, is no archive of this format and version, holds pickles or compressed
        members, or declares other sizes than it has.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        try:
            return _read_archive(file)
        except SamplesFileError as error:
            raise SamplesFileError(f"{os.fspath(path)}: {error}") from None
        except (zipfile.BadZipFile, NotImplementedError, struct.error, EOFError, RuntimeError) as error:
            raise SamplesFileError(f"{os.fspath(path)} is not a readable archive: {error}") from error


def _described(samples: StoredSamples) -> tuple[dict[str, bytes], bytes]:
    """Return the npy bytes of every array and the JSON header."""
    n_sites = positive("n_sites", samples.n_sites)
    _check_packed(samples.packed, n_sites)
    if "spins" in samples.arrays:
        raise InputError("the name 'spins' is taken by the packed configurations; choose another name")
    n_samples = len(samples.packed)
    members, described = {}, {}
    for name, values in {"spins": samples.packed, **samples.arrays}.items():
        array = np.ascontiguousarray(values)
        if not name.isidentifier():
            raise InputError(f"names of arrays must be Python identifiers, got {name!r}")
        if array.dtype.name not in _DTYPES or array.ndim == 0 or len(array) != n_samples:
            raise InputError(
                f"array {name!r} has dtype {array.dtype} and shape {array.shape}, expected one of {', '.join(_DTYPES)} "
                f"and {n_samples} rows"
            )
        array = array.astype(_DTYPES[array.dtype.name], copy=False)
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
        members[name] = buffer.getvalue()
        described[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "sha256": _sha256(array)}
    if len(members) >= MAX_MEMBERS or sum(map(len, members.values())) + MAX_HEADER > MAX_FILE:
        raise InputError(f"a file holds fewer than {MAX_MEMBERS} arrays and 4 GiB; write several files")
    content = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "n_samples": n_samples,
        "n_sites": n_sites,
        "arrays": described,
        "provenance": dict(samples.provenance),
    }
    try:
        header = json.dumps(content, allow_nan=False, indent=1).encode()
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the provenance must be made of JSON values (str, int, finite float, list): {error}"
        ) from None
    if len(header) > MAX_HEADER:
        raise InputError(f"the provenance takes {len(header)} bytes, expected at most {MAX_HEADER}")
    return members, header


def _write_archive(file: IO[bytes], members: Mapping[str, bytes]) -> None:
    """Write a zip archive whose comment is the sha256 of everything before the length of the comment."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content)
    file.seek(-2, os.SEEK_END)
    size = file.tell()
    digest = _digest(file, size)
    file.seek(size)
    file.write(struct.pack("<H", _DIGEST) + digest)


def _digest(file: IO[bytes], size: int) -> bytes:
    """Return the sha256 of the first bytes of a file in hexadecimal digits."""
    file.seek(0)
    digest = hashlib.sha256()
    while size > 0:
        block = file.read(min(size, 1 << 20))
        if not block:
            raise SamplesFileError("the file became shorter while it was read")
        digest.update(block)
        size -= len(block)
    return digest.hexdigest().encode()


def _read_archive(file: IO[bytes]) -> StoredSamples:
    size = _check_end(file)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        names = [info.filename for info in infos]
        if len(set(names)) < len(names) or "header.json" not in names:
            raise SamplesFileError("the archive has no header.json, or members of the same name")
        if sum(info.file_size for info in infos) > size:
            raise SamplesFileError(f"the members claim {sum(i.file_size for i in infos)} bytes in a file of {size}")
        for info in infos:
            if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size or info.flag_bits & 1:
                raise SamplesFileError(
                    f"{info.filename} is compressed or encrypted; members must be stored as they are"
                )
        header = _header(archive.read("header.json") if archive.getinfo("header.json").file_size <= MAX_HEADER else b"")
        arrays = {}
        if set(names) != {"header.json", *(f"{name}.npy" for name in header["arrays"])}:
            raise SamplesFileError(f"the archive holds {sorted(names)}, the header lists {sorted(header['arrays'])}")
        for name, described in header["arrays"].items():
            with archive.open(f"{name}.npy") as member:
                arrays[name] = _array(name, member, archive.getinfo(f"{name}.npy").file_size, described)
    packed = arrays.pop("spins")
    try:
        _check_packed(packed, header["n_sites"])
    except SpinError as error:
        raise SamplesFileError(str(error)) from None
    return StoredSamples(packed, header["n_sites"], arrays, header["provenance"])


def _check_end(file: IO[bytes]) -> int:
    """Check the last record of the archive and the digest in its comment, before anything is parsed."""
    size = file.seek(0, os.SEEK_END)
    if size < _END.size + _DIGEST or size > MAX_FILE:
        raise SamplesFileError(f"{size} bytes are not a file of samples (truncated, or of another format)")
    file.seek(size - _END.size - _DIGEST)
    record = file.read(_END.size + _DIGEST)
    magic, (*_, members, length, start, comment) = record[:4], _END.unpack(record[: _END.size])[1:]
    if magic != b"PK\x05\x06" or comment != _DIGEST:
        raise SamplesFileError("the file does not end like a file of samples (truncated, or of another format)")
    if members > MAX_MEMBERS or start + length + _END.size + _DIGEST != size:
        raise SamplesFileError(f"the directory claims {members} members and {length} bytes from byte {start} on")
    if _digest(file, size - _DIGEST - 2) != record[_END.size :]:
        raise SamplesFileError("the sha256 of the file is not the one in it: the file was altered")
    return size


def _header(content: bytes) -> dict[str, Any]:
    """Parse and check the JSON header."""
    try:
        header = json.loads(content)
    except (ValueError, RecursionError):
        raise SamplesFileError(f"header.json is not JSON of at most {MAX_HEADER} bytes") from None
    if not isinstance(header, dict) or header.get("schema") != SCHEMA:
        raise SamplesFileError(f"the schema is not {SCHEMA!r}")
    if header.get("schema_version") != SCHEMA_VERSION:
        raise SamplesFileError(
            f"schema version {header.get('schema_version')!r} is not {SCHEMA_VERSION}; read it with a newer exactrg"
        )
    arrays, counts = header.get("arrays"), (header.get("n_samples"), header.get("n_sites"))
    if not isinstance(arrays, dict) or "spins" not in arrays or not isinstance(header.get("provenance"), dict):
        raise SamplesFileError("header.json lacks 'arrays' with 'spins', or 'provenance'")
    if not all(type(count) is int and count > 0 for count in counts):
        raise SamplesFileError(f"n_samples and n_sites must be positive integers, got {counts}")
    for name, described in arrays.items():
        shape = described.get("shape") if isinstance(described, dict) else None
        if not isinstance(shape, list) or not all(type(side) is int and side >= 0 for side in shape):
            raise SamplesFileError(f"the header does not describe array {name!r}")
        if described.get("dtype") not in list(_DTYPES) or shape[:1] != [header["n_samples"]]:
            raise SamplesFileError(
                f"array {name!r} of dtype {described.get('dtype')!r} and shape {shape} is not allowed"
            )
    if (arrays["spins"]["dtype"], arrays["spins"]["shape"][1:]) != ("uint8", [-(-header["n_sites"] // 8)]):
        raise SamplesFileError(f"spins are described as {arrays['spins']}, for {header['n_sites']} sites")
    return header


def _array(name: str, member: IO[bytes], size: int, described: dict[str, Any]) -> npt.NDArray[Any]:
    """Check an npy member of a known size against its description, then read it."""
    start = member.read(10)
    length = struct.unpack("<H", start[8:10])[0] if start[:8] == b"\x93NUMPY\x01\x00" and len(start) == 10 else 0
    try:
        declared = ast.literal_eval(member.read(length).decode("latin1").strip()) if length else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        declared = None
    shape = tuple(described["shape"])
    if declared != {"descr": _DTYPES[described["dtype"]], "fortran_order": False, "shape": shape}:
        raise SamplesFileError(f"{name}.npy declares {declared!r}, the header {described['dtype']} of shape {shape}")
    dtype = np.dtype(_DTYPES[described["dtype"]])
    if 10 + length + math.prod(shape) * dtype.itemsize != size:
        raise SamplesFileError(f"{name}.npy has {size} bytes, which do not fit {dtype} of shape {shape}")
    array = np.frombuffer(bytearray(member.read()), dtype).reshape(shape)
    if _sha256(array) != described.get("sha256"):
        raise SamplesFileError(f"the sha256 of {name} is not the one in the header")
    return array


def _check_packed(packed: npt.NDArray[np.uint8], n_sites: int) -> None:
    width = -(-n_sites // 8)
    if packed.dtype != np.uint8 or packed.ndim != 2 or packed.shape[1] != width or not len(packed):
        raise SpinError(
            f"packed spins have dtype {packed.dtype} and shape {packed.shape}, expected uint8 (n_samples, {width}) for "
            f"{n_sites} sites; write pack_spins(configs)"
        )
    if n_sites % 8 and np.any(packed[:, -1] & (0xFF >> n_sites % 8)):
        raise SpinError(f"padding bits beyond {n_sites} sites are set; write pack_spins(configs)")


def _sha256(array: npt.NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data).hexdigest()


def _publish(temporary: Path, path: Path, overwrite: bool) -> None:
    """Give a finished file its name, and flush the name to disk."""
    try:
        if not overwrite:
            os.link(temporary, path)  # unlike os.replace, refuses a file that came into being meanwhile
    except FileExistsError:
        raise OutputExistsError(f"{path} came into being meanwhile; write overwrite=True to replace it") from None
    except OSError:  # a file system without hard links
        overwrite = True
    if overwrite:
        os.replace(temporary, path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
