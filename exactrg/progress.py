"""Progress of the commands: a bar with the time on stderr, where that is a terminal."""

from __future__ import annotations

import sys
import time
from typing import Any


class Bar:
    """A bar of so many steps, with what is being done and for how long; nothing at all where stderr is no terminal.

    Parameters
    ----------
    description : str
    total : int or None
        Steps, None as long as they are not known.
    """

    def __init__(self, description: str, total: int | None = None) -> None:
        self._progress: Any = None
        self._first: tuple[float, int] | None = None
        if not sys.stderr.isatty():
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        from .commands_streams import console

        # The spinner of ASCII alone, which every terminal can show.
        moving = (SpinnerColumn("line"), TimeElapsedColumn(), TextColumn("{task.description}"), BarColumn())
        self._progress = Progress(
            *moving, MofNCompleteColumn(), TimeRemainingColumn(), console=console(sys.stderr), transient=True
        )
        self._task = self._progress.add_task(description, total=total)

    def __enter__(self) -> Bar:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def advance(self, description: str) -> None:
        """Go one step on, and say what is done now."""
        if self._progress is not None:
            self._progress.update(self._task, advance=1, description=description)

    def update(self, description: str, done: int, total: int) -> None:
        """Show how far it is, and at what rate since the first call."""
        if self._progress is None:
            return
        now = time.perf_counter()
        self._first = self._first or (now, done)
        seconds, steps = now - self._first[0], done - self._first[1]
        rate = f", {steps / seconds:,.0f}/s" if steps and seconds else ""
        self._progress.update(self._task, description=description + rate, completed=done, total=total)
