"""The same task for many items, side by side: threads here, or an executor."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

from exactrg.counts import require_count
from exactrg.executors import in_groups

HELD = 1 << 30
"""Bytes of results of an executor that may wait to be read."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    task: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int | None = None,
    executor: Executor | None = None,
    size: int = 0,
) -> Iterator[Result]:
    """Results of a task, in order: on an executor, or by threads here, at most two a thread ahead of the reader.

    Parameters
    ----------
    task : callable
        Releases the GIL, and can be pickled.
    items : iterable
    threads : int, optional
    executor : Executor, optional
    size : int
        Bytes of a result, which bound how many are ahead of the reader of an executor.
    """
    if executor is not None:
        return in_groups(task, items, executor, most=max(8, HELD // max(size, 1 << 16)))
    return _by_threads(task, items, usable_threads(threads))


def _by_threads(task: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    if threads == 1:
        yield from map(task, items)
        return
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in items:
            waiting.append(pool.submit(task, item))
            if len(waiting) >= 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def usable_threads(threads: int | None) -> int:
    """Return a number of threads, all usable cores for None."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return require_count("threads", threads, 1)
