"""Progress of the commands: a bar with time left on stderr, where that is a terminal."""

from __future__ import annotations

import sys
import time


class Bar:
    """A bar of so many steps, with what is being done; nothing at all where stderr is no terminal.

    Parameters
    ----------
    description : str
    total : int or None
        Steps, None as long as they are not known.
    """

    def __init__(self, description: str, total: int | None = None) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from .commands_streams import console

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(
            *columns, console=console(sys.stderr), transient=True, disable=not sys.stderr.isatty()
        )
        self._task = self._progress.add_task(description, total=total)
        self._first: tuple[float, int] | None = None

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def advance(self, description: str) -> None:
        """Go one step on."""
        self._progress.update(self._task, advance=1, description=description)

    def update(self, description: str, done: int, total: int) -> None:
        """Show how far it is, and at what rate since the first call."""
        now = time.perf_counter()
        self._first = self._first or (now, done)
        seconds, steps = now - self._first[0], done - self._first[1]
        rate = f", {steps / seconds:,.0f}/s" if steps and seconds else ""
        self._progress.update(self._task, description=description + rate, completed=done, total=total)
