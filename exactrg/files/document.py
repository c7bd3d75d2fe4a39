"""What every file of ours holds: a schema with its version, JSON fields, and named arrays of plain numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, InputError

MAX_HEADER = 1 << 24
"""Largest header in bytes."""

_MAX_NESTED = 50

DTYPES = {"int8": "|i1", "uint8": "|u1", "int64": "<i8", "uint64": "<u8", "float64": "<f8"}
"""Names of dtypes, and what an npy header calls them."""

Described = Mapping[str, Mapping[str, Any]]
Check = Callable[[str, int, Mapping[str, Any], Described], None]
"""check(schema, version, fields, described arrays): raises FileFormatError before any array is read."""


@dataclass(frozen=True, eq=False)
class Document:
    """The content of a file.

    Parameters
    ----------
    schema : str
        What the file is, such as "exactrg-samples".
    version : int
        Version of the schema, from 1.
    fields : mapping
        JSON values by name.
    arrays : mapping of str to ndarray
        int8, uint8, int64, uint64 or float64, of one dimension or more; names are Python identifiers.
    """

    schema: str
    version: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)


def stored_arrays(arrays: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays in the byte order of files, C-contiguous; InputError for what no file can hold."""
    stored = {}
    for name, values in arrays.items():
        array = np.asarray(values)
        if not name.isidentifier():
            raise InputError(f"names of arrays must be Python identifiers, got {name!r}")
        if array.dtype.name not in DTYPES or array.ndim == 0:
            raise InputError(
                f"array {name!r} has dtype {array.dtype} and shape {array.shape}, expected one of {', '.join(DTYPES)} "
                "and at least one dimension"
            )
        stored[name] = np.ascontiguousarray(array, DTYPES[array.dtype.name])
    return stored


def require_schema(given: tuple[str, int], expected: tuple[str, int]) -> None:
    """FileFormatError for a file of another schema, or of another version of it."""
    if given[0] != expected[0]:
        raise FileFormatError(f"the schema is {given[0][:100]!r}, expected {expected[0]!r}")
    if given[1] != expected[1]:
        raise FileFormatError(f"schema version {given[1]} is not {expected[1]}; read it with a newer exactrg")


def json_bytes(content: Mapping[str, Any], what: str) -> bytes:
    """Return JSON text of bounded length; InputError for what is no JSON value."""
    try:
        text = json.dumps(content, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{what} must be made of JSON values (str, int, finite float, list): {error}") from None
    if len(text) > MAX_HEADER:
        raise InputError(f"{what} takes {len(text)} bytes, expected at most {MAX_HEADER}")
    if _is_deep(content):
        raise InputError(f"{what} is nested more than {_MAX_NESTED} deep")
    return text


def parse_json(content: bytes, what: str) -> dict[str, Any]:
    """Parse a JSON object of bounded length; FileFormatError for anything else, a repeated name or NaN included."""
    try:
        if len(content) > MAX_HEADER:
            raise ValueError
        parsed = json.loads(content.decode(), object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise FileFormatError(f"{what} is not JSON of at most {MAX_HEADER} bytes") from None
    if not isinstance(parsed, dict) or _is_deep(parsed):
        raise FileFormatError(f"{what} is no JSON object, or nested more than {_MAX_NESTED} deep")
    return parsed


def _is_deep(content: Any) -> bool:
    """Whether lists and dicts are nested so deeply that printing or comparing them could exhaust the stack."""
    level = [content]
    for _ in range(_MAX_NESTED):
        inner = (value.values() if isinstance(value, Mapping) else value for value in level)
        level = [part for values in inner for part in values if isinstance(part, list | tuple | Mapping)]
        if not level:
            return False
    return True


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return pairs as a dict; ValueError where a name occurs twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def is_shape(value: Any) -> bool:
    """Whether a JSON value is the shape of an array: a short list of nonnegative integers."""
    return isinstance(value, list) and 0 < len(value) <= 8 and all(type(n) is int and 0 <= n < 1 << 48 for n in value)
