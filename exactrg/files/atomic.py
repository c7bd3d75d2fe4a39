"""Files that appear whole or not at all: a temporary file beside the target, flushed to disk, takes its name."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import ExactRGError, FileAccessError, InputError, MissingFileError, OutputExistsError


@contextmanager
def atomic_file(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary file for reading and writing; it becomes ``path`` when the block ends without an error.

    Parameters
    ----------
    path : path
        The file. Whoever reads it meanwhile, or after a crash, finds the old content or the new one, whole. A symbolic
        link stays one, and its target is replaced. What is no file (a pipe, a terminal, /dev/stdout) is written to, at
        the end of the block.
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
    path = as_path(path)
    with access(path, "written"):
        found = _there(path)
        if not overwrite and (found is not None or os.path.lexists(path)):
            raise OutputExistsError(f"{path} exists; write overwrite=True to replace it")
        if found is not None and _is_stream(path, found):
            yield (buffer := io.BytesIO())
            with os.fdopen(_descriptor(path, found), "wb") as stream:
                stream.write(buffer.getbuffer())
            return
        target = Path(os.path.realpath(path)) if path.is_symlink() else path
        # A name has at most 255 bytes, and those of a character must not be parted.
        shown = os.fsencode(target.name)[:100].decode(errors="ignore")
        temporary = target.with_name(f".{shown}.{secrets.token_hex(8)}.tmp")
        try:
            with open(temporary, "x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _publish(temporary, target, overwrite)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a small file, or replace it: a reader sees the old one, or the new one whole. Errors: `atomic_file`."""
    with atomic_file(path, overwrite=True) as file:
        file.write(content)


def require_writable(path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Raise what `atomic_file` would, before the work whose result the file is to hold; nothing is left behind."""
    with contextlib.suppress(_Enough), atomic_file(path, overwrite=overwrite):
        raise _Enough


class _Enough(Exception):
    """The file could be opened."""


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder, and those above it, unless it is there; FileAccessError if that cannot be."""
    path = as_path(path)
    with access(path, "made"):
        path.mkdir(parents=True, exist_ok=True)


def as_path(path: object) -> Path:
    """Return what names a file; InputError for what names none."""
    if not isinstance(path, str | bytes | os.PathLike) or not (name := os.fsdecode(path)) or "\0" in name:
        raise InputError(f"the path of a file is {path!r}: expected a str or os.PathLike without null characters")
    return Path(name)


@contextmanager
def access(path: str | os.PathLike[str], done: str) -> Iterator[None]:
    """Turn an OSError of the block into a FileAccessError that names the file and what could not be done to it."""
    path = as_path(path)
    try:
        yield
    except ExactRGError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        if done == "read" and isinstance(error, FileNotFoundError):
            raise MissingFileError(f"{path}: {reason}") from error
        if done == "written":
            there = os.path.isdir(path.parent) or isinstance(error, PermissionError)
            reason += "; what was there before is intact" if there else f" {path.parent}; make the folder first"
        raise FileAccessError(f"{path} cannot be {done}: {reason}") from error


def _there(path: Path) -> os.stat_result | None:
    """Return what is at the end of links, None for nothing; OSError for a folder, and for what must not be written."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode) and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return found


def _is_stream(path: Path, found: os.stat_result) -> bool:
    """Whether this is no file that could be replaced: a pipe or device, or the name of an open file in /dev or /proc."""
    folder = os.path.realpath(path.parent)
    opened = folder == "/dev" or (folder.startswith("/proc/") and folder.endswith("/fd"))
    return opened or not stat.S_ISREG(found.st_mode)


def _descriptor(path: Path, found: os.stat_result) -> int:
    """Open what is no file. stdout and stderr are used as they are: opened again, a file would be written from its start."""
    for own in (1, 2):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(own), found):
                return os.dup(own)
    return os.open(path, os.O_WRONLY)


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
