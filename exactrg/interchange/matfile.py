"""Plain real matrices out of Matlab files (level 5: save -v6 and -v7), read without trusting the file.

`scipy.io.loadmat` allocates what a file claims and builds structs, cells and objects. This reader takes nothing but
full real matrices of doubles or singles that were asked for by name, checks their size against the bytes that are
there before it reads them, and unpacks no more of a compressed variable than its own header announces.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Collection, Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError
from ..files.atomic import access

MAX_BYTES = 1 << 28
"""Largest matrix."""

_MATRIX, _COMPRESSED = 14, 15
_DTYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}
_CLASSES = {6: "double", 7: "single"}
_HEAD = 4096  # a variable's header is shorter: names have up to 63 characters
_MAX_VARIABLES = 10_000


def read_matrices(path: str | os.PathLike[str], names: Collection[str]) -> dict[str, NDArray[np.float64]]:
    """Return the variables of the given names that a Matlab file has, as float64 matrices.

    Raises
    ------
    FileFormatError
        If the file is truncated, of another format, or one of these variables is no real matrix of numbers.
    FileAccessError
        If it cannot be read.
    """
    with access(path, "read"), open(path, "rb") as file:
        try:
            found: dict[str, NDArray[np.float64]] = {}
            for name, matrix in _variables(file, names):
                if name in found:
                    raise FileFormatError(f"the variable {name} occurs twice")
                found[name] = matrix
            return found
        except (FileFormatError, zlib.error, struct.error) as error:
            raise FileFormatError(f"{os.fspath(path)}: {error}") from error


def _variables(file: IO[bytes], names: Collection[str]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    header = file.read(128)
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if header[:10] == b"MATLAB 7.3" or order is None:
        raise FileFormatError("no Matlab file of level 5; in Matlab, write save -v7 (not -v7.3, not -v4)")
    place, count = 128, 0
    while place < size:
        count += 1
        file.seek(place)
        tag = file.read(8)
        if len(tag) < 8 or count > _MAX_VARIABLES:
            raise FileFormatError("the file is truncated, or has too many variables")
        kind, length = struct.unpack(f"{order}2I", tag)
        place += 8 + length
        if place > size:
            raise FileFormatError(f"a variable of {length} bytes in a file of {size}")
        if kind == _MATRIX:
            part = _Part(file.read(min(length, _HEAD)), order)
            name, rows, columns = _shape(part, names, length)
            if name in names:
                part.extend(file.read(length - len(part.content)))
                yield name, _matrix(part, rows, columns)
        elif kind == _COMPRESSED:
            stream = zlib.decompressobj()
            head = stream.decompress(file.read(length), _HEAD + 8)
            if len(head) < 8:
                raise FileFormatError("a compressed variable without a header")
            kind, inner = struct.unpack_from(f"{order}2I", head)
            if kind != _MATRIX or inner > 1100 * length:  # deflate shrinks by a factor of 1032 at most
                raise FileFormatError(f"a compressed variable claims type {kind} and {inner} bytes")
            part = _Part(head[8 : 8 + inner], order)
            name, rows, columns = _shape(part, names, inner)
            if name in names:
                missing = inner - len(part.content)
                part.extend(stream.decompress(stream.unconsumed_tail, missing) if missing else b"")
                yield name, _matrix(part, rows, columns)


class _Part:
    """The content of a variable, read element by element."""

    def __init__(self, content: bytes, order: str) -> None:
        self.content, self.order, self.place = content, order, 0

    def extend(self, more: bytes) -> None:
        """Append what was left unread."""
        self.content += more

    def element(self) -> tuple[int, bytes]:
        """Return type and bytes of the next element; small ones are packed into their tag."""
        word, length = struct.unpack_from(f"{self.order}2I", self.content, self.place)
        start = self.place + 8
        if word >> 16:
            word, length, start = word & 0xFFFF, word >> 16, self.place + 4
            self.place += 8
            if length > 4:
                raise FileFormatError(f"a small element of {length} bytes")
        else:
            self.place = start + length + -length % 8
        if start + length > len(self.content):
            raise FileFormatError(f"an element of {length} bytes is cut off")
        return word, self.content[start : start + length]


def _shape(part: _Part, names: Collection[str], length: int) -> tuple[str, int, int]:
    """Return name, rows and columns of a variable; checked if it is one of those asked for."""
    (_, flags), (_, dims), (_, title) = part.element(), part.element(), part.element()
    name = title.decode("latin1")
    if name not in names:
        return name, 0, 0
    kind = struct.unpack_from(f"{part.order}I", flags)[0]
    if kind & 0xFF not in _CLASSES or kind & 0x800 or len(dims) != 8:
        raise FileFormatError(f"{name} is no full real matrix of doubles or singles")
    rows, columns = struct.unpack(f"{part.order}2i", dims)
    n = rows * columns
    if min(rows, columns) < 0 or 8 * n > MAX_BYTES or not n <= length <= 8 * n + _HEAD:
        raise FileFormatError(f"{name} claims {rows} x {columns} numbers in {length} bytes")
    return name, rows, columns


def _matrix(part: _Part, rows: int, columns: int) -> NDArray[np.float64]:
    kind, content = part.element()
    if kind not in _DTYPES:
        raise FileFormatError(f"numbers of the unknown type {kind}")
    dtype = np.dtype(part.order + _DTYPES[kind])
    if len(content) != rows * columns * dtype.itemsize:
        raise FileFormatError(f"{len(content)} bytes for {rows} x {columns} numbers")
    values: Any = np.frombuffer(content, dtype).reshape((rows, columns), order="F")
    return np.ascontiguousarray(values, np.float64)
