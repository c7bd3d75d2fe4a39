"""stdout and stderr of the commands, also where the shell has closed them, they are full, or their reader has left."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def open_streams() -> None:
    """Open /dev/null in the place of a stream that the shell has closed (``2>&-``): the next file would take its number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a character shows a question mark


def say(text: str) -> None:
    """Print a line on stderr; where that is full, the exit code says it alone."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        leave(sys.stderr)


def settle(stream: Any) -> None:
    """Write what is left of a stream, or leave it."""
    try:
        stream.flush()
    except OSError:
        leave(stream)


def leave(stream: Any) -> None:
    """Say nothing more on a stream, not even at interpreter shutdown, which would exit with 120."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Print on stdout until the reader (head, less) closes the pipe; the exit code stays what it is."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        leave(sys.stdout)


def console(stream: Any) -> Any:
    """Return a rich console that is wide enough for a table where the stream is no terminal."""
    from rich import console as rich

    class Console(rich.Console):
        def on_broken_pipe(self) -> None:
            raise  # rich would exit with 1, which here means that a verdict differs

    if stream.isatty() or "COLUMNS" in os.environ:
        return Console(file=stream, highlight=False)
    return Console(file=stream, width=140, highlight=False)
