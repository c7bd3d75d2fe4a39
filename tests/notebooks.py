"""Percent scripts, executed as notebooks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def executed(paths: Sequence[Path], *, at_once: int = 3) -> list[Any]:
    """Run scripts as notebooks, each in a kernel of its own; return notebooks, or the error of one that failed."""
    import jupytext
    import nbclient

    async def run(path: Path, room: asyncio.Semaphore) -> Any:
        client = nbclient.NotebookClient(jupytext.read(path), timeout=300, kernel_name="python3")
        async with room:
            try:
                return await client.async_execute()
            except nbclient.exceptions.CellExecutionError as error:
                return error

    async def run_all() -> list[Any]:
        room = asyncio.Semaphore(at_once)
        return await asyncio.gather(*(run(path, room) for path in paths))

    return asyncio.run(run_all())
