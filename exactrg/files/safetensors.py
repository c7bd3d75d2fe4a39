"""The safetensors layout, with a checksum: a length, a JSON header, and the arrays one after the other.

The entry ``sha256`` of the metadata is the digest of the file with 64 zeros in its own place; other readers (the
`safetensors` package, PyTorch) see ordinary tensors. docs/files.md has the layout byte by byte.
"""

from __future__ import annotations

import hashlib
import math
import os
import struct
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

from ..errors import FileFormatError, InputError
from .document import DTYPES, MAX_HEADER, Check, Document, is_shape, json_bytes, parse_json, stored_arrays

_NAMES = {"int8": "I8", "uint8": "U8", "int64": "I64", "uint64": "U64", "float64": "F64"}
_DTYPES = {short: name for name, short in _NAMES.items()}
_ZEROS = "0" * 64
MAX_FILE = 1 << 36


def safetensors_bytes(document: Document) -> list[bytes]:
    """Return the parts of a safetensors file that holds a document; InputError if it cannot be stored."""
    # The widest numbers first, so that all of them are aligned.
    arrays = sorted(stored_arrays(document.arrays).items(), key=lambda item: -item[1].itemsize)
    fields = json_bytes(document.fields, "what a file says about its content").decode()
    metadata = {"schema": document.schema, "schema_version": str(document.version), "fields": fields, "sha256": _ZEROS}
    header: dict[str, Any] = {"__metadata__": metadata}
    end = 0
    for name, array in arrays:
        start, end = end, end + array.nbytes
        header[name] = {
            "dtype": _NAMES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
    text = json_bytes(header, "what a file says about its content")
    text += b" " * (-len(text) % 8)
    if text.count(_ZEROS.encode()) != 1:
        raise InputError("a site or symbol has 64 zeros in its name: relabel it")
    parts = [struct.pack("<Q", len(text)), text, *(array.tobytes() for _, array in arrays)]
    digest = hashlib.sha256(b"".join(parts[:2]))
    for part in parts[2:]:
        digest.update(part)
    parts[1] = _with_digest(text, _ZEROS, digest.hexdigest())
    return parts


def read_safetensors(file: IO[bytes], check: Check) -> Document:
    """Read a safetensors file of ours after checking all that it claims; ``check`` as for `read_archive`.

    Raises
    ------
    FileFormatError
        If the file is truncated or altered, was not written by exactrg, or declares other sizes than it has.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if size > MAX_FILE or not 2 <= length <= min(size - 8, MAX_HEADER):
        raise FileFormatError("neither an archive nor a safetensors file (truncated, or of another format)")
    text = file.read(length)
    if text[:1] != b"{":
        raise FileFormatError("neither an archive nor a safetensors file (truncated, or of another format)")
    header = parse_json(text, "the header")
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise FileFormatError("the safetensors header has no metadata of exactrg")
    claimed = metadata.get("sha256", "")
    if len(claimed) != 64 or text.count(claimed.encode()) != 1:
        raise FileFormatError("the safetensors header has no sha256 of exactrg")
    digest = hashlib.sha256(start + _with_digest(text, claimed, _ZEROS))
    while block := file.read(1 << 20):
        digest.update(block)
    if digest.hexdigest() != claimed:
        raise FileFormatError("the sha256 of the file is not the one in it: the file was altered")
    schema, version = metadata.get("schema", ""), metadata.get("schema_version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise FileFormatError(f"the schema version is {version[:50]!r}, expected a number")
    fields = parse_json(metadata.get("fields", "").encode(errors="replace"), "the entry 'fields'")
    described = _described(header, size - 8 - length)
    check(schema, int(version), fields, described)
    arrays = {}
    for name, claim in described.items():
        file.seek(8 + length + claim["start"])
        dtype = np.dtype(DTYPES[claim["dtype"]])
        content = bytearray(file.read(math.prod(claim["shape"]) * dtype.itemsize))
        arrays[name] = np.ndarray(claim["shape"], dtype, content)
    return Document(schema, int(version), fields, arrays)


def _described(header: Mapping[str, Any], size: int) -> dict[str, dict[str, Any]]:
    """Check that the tensors have allowed types, and fill the rest of the file without holes or overlaps."""
    found, spans = {}, []
    for name, claim in header.items():
        if not isinstance(claim, dict) or claim.keys() != {"dtype", "shape", "data_offsets"}:
            raise FileFormatError(f"the header does not describe tensor {name[:100]!r}")
        shape, offsets = claim["shape"], claim["data_offsets"]
        if not is_shape(shape) or claim["dtype"] not in list(_DTYPES):
            raise FileFormatError(
                f"tensor {name[:100]!r} of dtype {str(claim['dtype'])[:50]!r} and shape {str(shape)[:100]} is not allowed"
            )
        dtype = _DTYPES[claim["dtype"]]
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        if not (isinstance(offsets, list) and len(offsets) == 2 and all(type(o) is int for o in offsets)):
            raise FileFormatError(f"the offsets of tensor {name[:100]!r} are {str(offsets)[:100]}")
        if offsets[1] - offsets[0] != nbytes:
            raise FileFormatError(f"the offsets {offsets} of tensor {name[:100]!r} do not fit its {nbytes} bytes")
        spans.append((offsets[0], offsets[1]))
        found[name] = {"dtype": dtype, "shape": shape, "start": offsets[0]}
    end = 0
    for start, stop in sorted(spans):
        if start != end:
            raise FileFormatError(f"a tensor starts at byte {start}, expected {end}")
        end = stop
    if end != size:
        raise FileFormatError(f"the tensors take {end} bytes, the file has {size} for them")
    return found


def _with_digest(text: bytes, old: str, new: str) -> bytes:
    return text.replace(old.encode(), new.encode())
