"""Files that appear whole or not at all: a temporary file beside the target, flushed to disk, takes its name."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import ExactRGError, FileAccessError, MissingFileError, OutputExistsError


@contextmanager
def atomic_file(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary file for reading and writing; it becomes ``path`` when the block ends without an error.

    Parameters
    ----------
    path : path
        The file. Whoever reads it meanwhile, or after a crash, finds the old content or the new one, whole.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    OutputExistsError
        If the file exists, or comes into being meanwhile, and may not be replaced.
    FileAccessError
        If the folder is missing or read-only, or the disk full. An existing file stays as it was, and no temporary file
        is left.
    """
    path = Path(path)
    with access(path, "written"):
        if not overwrite and os.path.lexists(path):
            raise OutputExistsError(f"{path} exists; write overwrite=True to replace it")
        temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.tmp")
        try:
            with open(temporary, "x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _publish(temporary, path, overwrite)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a small file, or replace it: a reader sees the old one, or the new one whole. Errors: `atomic_file`."""
    with atomic_file(path, overwrite=True) as file:
        file.write(content)


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder, and those above it, unless it is there; FileAccessError if that cannot be."""
    with access(path, "made"):
        Path(path).mkdir(parents=True, exist_ok=True)


@contextmanager
def access(path: str | os.PathLike[str], done: str) -> Iterator[None]:
    """Turn an OSError of the block into a FileAccessError that names the file and what could not be done to it."""
    try:
        yield
    except ExactRGError:
        raise
    except OSError as error:
        path = Path(path)
        reason = error.strerror or str(error)
        if done == "read" and isinstance(error, FileNotFoundError):
            raise MissingFileError(f"{path}: {reason}") from error
        if done == "written":
            there = os.path.isdir(path.parent) or isinstance(error, PermissionError)
            reason += "; what was there before is intact" if there else f" {path.parent}; make the folder first"
        raise FileAccessError(f"{path} cannot be {done}: {reason}") from error


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
    # The file is whole by now: a folder that cannot be flushed (some network file systems) is no failure.
    with contextlib.suppress(OSError):
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
