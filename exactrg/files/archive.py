"""The container of samples, checkpoints and models: an uncompressed npz archive without pickles, with checksums.

A file is a zip archive that `numpy.load` reads too, members stored as they are:

- ``header.json``: "schema", "schema_version", the fields of the schema, and "arrays": for every array its dtype, shape
  and sha256;
- ``NAME.npy`` for every array.

The comment of the archive is the sha256 of all bytes before the comment's length field: one flipped bit anywhere is
noticed. Nothing is allocated before the sizes that the directory, the npy headers and the JSON header declare agree
with each other and with the length of the file. docs/files.md has it byte by byte.
"""

from __future__ import annotations

import ast
import hashlib
import io
import math
import os
import struct
import zipfile
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, InputError
from .document import DTYPES, MAX_HEADER, Check, Document, is_shape, json_bytes, parse_json, stored_arrays

MAX_MEMBERS = 1024
MAX_FILE = (1 << 32) - (1 << 22)
"""Largest file in bytes: 34 thousand million spins, and no zip64 structures to check."""

_DATE = (1980, 1, 1, 0, 0, 0)
_END = struct.Struct("<4s4H2LH")
_DIGEST = 64
_HEADER = "header.json"
_UNREADABLE = (zipfile.BadZipFile, NotImplementedError, struct.error, EOFError, RuntimeError, ValueError, KeyError)


def archive_members(document: Document) -> dict[str, bytes]:
    """Return the members of a document's archive by name; InputError if it cannot be stored."""
    members, described = {}, {}
    for name, array in stored_arrays(document.arrays).items():
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
        members[f"{name}.npy"] = buffer.getvalue()
        described[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "sha256": _sha256(array)}
    if len(members) >= MAX_MEMBERS or sum(map(len, members.values())) + MAX_HEADER > MAX_FILE:
        raise InputError(f"a file holds fewer than {MAX_MEMBERS} arrays and 4 GiB; write several files")
    version = {"schema": document.schema, "schema_version": document.version}
    header = json_bytes({**version, **document.fields, "arrays": described}, "what a file says about its content")
    return {_HEADER: header, **members}


def write_archive(file: IO[bytes], members: Mapping[str, bytes]) -> None:
    """Write a zip archive whose comment is the sha256 of everything before the length of the comment."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = 3  # the same bytes on every system
            archive.writestr(info, content)
    file.seek(-2, os.SEEK_END)
    size = file.tell()
    digest = _digest(file, size)
    file.seek(size)
    file.write(struct.pack("<H", _DIGEST) + digest)


def read_archive(file: IO[bytes], check: Check) -> Document:
    """Read an archive after checking all that it claims.

    Parameters
    ----------
    file : binary file
    check : callable
        Called with the schema, its version, the fields and the descriptions of the arrays before any array is read.

    Raises
    ------
    FileFormatError
        If the file is truncated or altered, is no such archive, holds pickles or compressed members, or declares other
        sizes than it has.
    """
    size = _check_end(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return _read(archive, size, check)
    except _UNREADABLE as error:
        raise FileFormatError(f"no readable archive: {error}") from error


def _read(archive: zipfile.ZipFile, size: int, check: Check) -> Document:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(set(names)) < len(names) or _HEADER not in names:
        raise FileFormatError(f"the archive has no {_HEADER}, or members of the same name")
    if sum(info.file_size for info in infos) > size:
        raise FileFormatError(f"the members claim {sum(i.file_size for i in infos)} bytes in a file of {size}")
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size or info.flag_bits & 1:
            raise FileFormatError(f"{info.filename} is compressed or encrypted; members must be stored as they are")
    if archive.getinfo(_HEADER).file_size > MAX_HEADER:
        raise FileFormatError(f"{_HEADER} is not JSON of at most {MAX_HEADER} bytes")
    fields = parse_json(archive.read(_HEADER), _HEADER)
    schema, version, described = (fields.pop(key, None) for key in ("schema", "schema_version", "arrays"))
    if not isinstance(schema, str) or type(version) is not int or not isinstance(described, dict):
        raise FileFormatError(f"the {_HEADER} lacks 'schema', 'schema_version' or 'arrays'")
    for name, claim in described.items():
        if not isinstance(claim, dict) or not is_shape(claim.get("shape")):
            raise FileFormatError(f"the header does not describe array {name!r}")
        if claim.get("dtype") not in list(DTYPES):
            raise FileFormatError(f"array {name!r} of dtype {claim.get('dtype')!r} is not allowed")
    check(schema, version, fields, described)
    if set(names) != {_HEADER, *(f"{name}.npy" for name in described)}:
        raise FileFormatError(f"the archive holds {sorted(names)[:20]}, the header lists {sorted(described)[:20]}")
    arrays = {}
    for name, claim in described.items():
        with archive.open(f"{name}.npy") as member:
            arrays[name] = _array(name, member, archive.getinfo(f"{name}.npy").file_size, claim)
    return Document(schema, version, fields, arrays)


def _digest(file: IO[bytes], size: int) -> bytes:
    """Return the sha256 of the first bytes of a file in hexadecimal digits."""
    file.seek(0)
    digest = hashlib.sha256()
    while size > 0:
        block = file.read(min(size, 1 << 20))
        if not block:
            raise FileFormatError("the file became shorter while it was read")
        digest.update(block)
        size -= len(block)
    return digest.hexdigest().encode()


def _check_end(file: IO[bytes]) -> int:
    """Check the last record of the archive and the digest in its comment, before anything is parsed."""
    size = file.seek(0, os.SEEK_END)
    if size < _END.size + _DIGEST or size > MAX_FILE:
        raise FileFormatError(f"{size} bytes are no file of exactrg (truncated, or of another format)")
    file.seek(size - _END.size - _DIGEST)
    record = file.read(_END.size + _DIGEST)
    magic, (*_, members, length, start, comment) = record[:4], _END.unpack(record[: _END.size])[1:]
    if magic != b"PK\x05\x06" or comment != _DIGEST:
        raise FileFormatError("the file does not end as files of exactrg do (truncated, or of another format)")
    if members > MAX_MEMBERS or start + length + _END.size + _DIGEST != size:
        raise FileFormatError(f"the directory claims {members} members and {length} bytes from byte {start} on")
    if _digest(file, size - _DIGEST - 2) != record[_END.size :]:
        raise FileFormatError("the sha256 of the file is not the one in it: the file was altered")
    return size


def _array(name: str, member: IO[bytes], size: int, described: Mapping[str, Any]) -> npt.NDArray[Any]:
    """Check an npy member of a known size against its description, then read it."""
    start = member.read(10)
    length = struct.unpack("<H", start[8:10])[0] if start[:8] == b"\x93NUMPY\x01\x00" and len(start) == 10 else 0
    try:
        declared = ast.literal_eval(member.read(length).decode("latin1").strip()) if length else None
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        declared = None
    shape = tuple(described["shape"])
    if declared != {"descr": DTYPES[described["dtype"]], "fortran_order": False, "shape": shape}:
        raise FileFormatError(
            f"{name}.npy declares {str(declared)[:200]}, the header {described['dtype']} of shape {shape}"
        )
    dtype = np.dtype(DTYPES[described["dtype"]])
    if 10 + length + math.prod(shape) * dtype.itemsize != size:
        raise FileFormatError(f"{name}.npy has {size} bytes, which do not fit {dtype} of shape {shape}")
    array = np.ndarray(shape, dtype, bytearray(member.read()))
    if _sha256(array) != described.get("sha256"):
        raise FileFormatError(f"the sha256 of {name} is not the one in the header")
    return array


def _sha256(array: npt.NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data).hexdigest()
