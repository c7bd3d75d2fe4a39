"""Fixed tiles on a few threads: a tile is the same work whoever does it, so that no bit depends on the threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import pairwise
from types import TracebackType
from typing import Any

from exactrg.counts import require_count

MOST_TILES = 4
"""More would serve more threads, but eight of them cost one or two threads a twentieth."""
LEAST_WIDTH = 96
"""Products that are narrower than this run below the speed of the BLAS."""
STEP = 16
"""Tiles begin at multiples of this: the micro-kernels of the BLAS have no rest to do."""


def tile_bounds(size: int) -> tuple[tuple[int, int], ...]:
    """Cut range(size) into at most 4 tiles of about the same width, at least 96, that begin at multiples of 16.

    The cut is a function of the size alone.
    """
    n_tiles = min(MOST_TILES, max(1, size // LEAST_WIDTH))
    starts = [(size * k // n_tiles + STEP // 2) // STEP * STEP for k in range(n_tiles)]
    return tuple(pairwise([*starts, size]))


class TileThreads:
    """A few threads that work through the tiles of one step after another; the caller is one of them.

    Parameters
    ----------
    threads : int, optional
        All usable cores, 4 at most, if left out.

    Notes
    -----
    A task must release the GIL for most of its time (BLAS, kernels with ``nogil=True``) and write where no other tile
    of its step reads or writes.
    """

    def __init__(self, threads: int | None = None) -> None:
        if threads is None:
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
            threads = min(MOST_TILES, cores)
        self.threads = require_count("threads", threads, 1)
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def run(self, task: Callable[[int], Any], n_tiles: int) -> None:
        """Call ``task(0), ..., task(n_tiles - 1)``, in any order, and return when all are done.

        The first error of a task is raised again here, after every thread has stopped.
        """
        if self._pool is None or n_tiles == 1:
            for tile in range(n_tiles):
                task(tile)
            return
        tiles = iter(range(n_tiles))  # `next` on it is atomic
        helpers: list[Future[None]] = []
        try:
            helpers.extend(self._pool.submit(_work, task, tiles) for _ in range(min(self.threads, n_tiles) - 1))
            _work(task, tiles)
        finally:
            for _ in tiles:  # only after an error: what is left is not begun
                pass
            wait(helpers)
        for helper in helpers:
            helper.result()

    def __enter__(self) -> TileThreads:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown()


def _work(task: Callable[[int], Any], tiles: Iterator[int]) -> None:
    """Take tiles until none is left."""
    for tile in tiles:
        task(tile)
