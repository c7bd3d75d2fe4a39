"""Independent jobs, here or on any `concurrent.futures.Executor`: processes, dask, MPI."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, as_completed
from itertools import islice
from time import perf_counter
from typing import Any, TypeVar

from .errors import ExecutorError, InputError, a_type

Item = TypeVar("Item")
T = TypeVar("T")

SECONDS = 1.0
"""What a job of many items is worth: a hundred times what it costs to send it."""

IN_FLIGHT = 128
"""Jobs of many items that are submitted and not read."""


def run_jobs(
    function: Callable[..., T],
    jobs: Sequence[tuple[Any, ...]],
    executor: Executor | None = None,
    done: Callable[[T], object] | None = None,
) -> list[T]:
    """Call ``function(*job)`` for every job and return the results in the order of the jobs.

    A job must be the same function of its arguments wherever it runs, so that the results do not depend on the executor:
    give each its own seed.

    Parameters
    ----------
    function : callable
        On an executor of other processes, one that pickle finds by its name.
    jobs : sequence of tuples
        Arguments, picklable for an executor of other processes.
    executor : concurrent.futures.Executor, optional
        By default the jobs run here, one after the other. It is not shut down.
    done : callable, optional
        Called here with each result as soon as it is there, in any order.

    Raises
    ------
    InputError
        If ``executor`` is no Executor.
    ExecutorError
        If the executor has been shut down, or has lost its workers.
    Exception
        The first that a job raises; jobs that have not started are cancelled.
    """
    require_executor(executor)
    if executor is None:
        results = []
        for job in jobs:
            results.append(function(*job))
            if done is not None:
                done(results[-1])
        return results
    futures: list[Future[T]] = []
    try:
        futures.extend(_submit(executor, function, *job) for job in jobs)
        for future in as_completed(futures):
            result = _result(future)
            if done is not None:
                done(result)
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()


def in_groups(
    function: Callable[[Item], T], items: Iterable[Item], executor: Executor, *, most: int = 1 << 14
) -> Iterator[T]:
    """Yield ``function(item)`` for every item, in their order, from jobs of as many items as take about a second.

    The first jobs have one item, and a next one has up to twice as many as the last one that was read: no result depends
    on that. At most 128 jobs are in flight, so that more workers than these have nothing to do.

    Parameters
    ----------
    function : callable
    items : iterable
    executor : Executor
    most : int
        Items in flight, at most: what there is memory for.

    Raises
    ------
    ExecutorError
        If the executor has been shut down, or has lost its workers.
    Exception
        The first that an item raises; jobs that have not started are cancelled.
    """
    left = iter(items)
    waiting: deque[Future[tuple[float, list[T]]]] = deque()
    size, held = 1, 0
    try:
        while True:
            while len(waiting) < IN_FLIGHT and held + size <= most and (group := list(islice(left, size))):
                waiting.append(_submit(executor, _timed, function, group))
                held += len(group)
            if not waiting:
                return
            seconds, results = _result(waiting.popleft())
            held -= len(results)
            worth = int(SECONDS * len(results) / max(seconds, 1e-9))
            size = max(1, min(worth, 2 * len(results), most // 8))
            yield from results
    finally:
        for future in waiting:
            future.cancel()


def require_executor(executor: object) -> None:
    """Raise `InputError` for what is neither None nor an Executor."""
    if executor is not None and not isinstance(executor, Executor):
        raise InputError(
            f"executor is {a_type(executor)}: expected a concurrent.futures.Executor, such as "
            "ProcessPoolExecutor(2), or client.get_executor() of a dask Client"
        )


def _timed(function: Callable[[Item], T], group: list[Item]) -> tuple[float, list[T]]:
    """Do a job, and say how long it took here."""
    start = perf_counter()
    results = [function(item) for item in group]
    return perf_counter() - start, results


def _submit(executor: Executor, function: Callable[..., T], *arguments: Any) -> Future[T]:
    try:
        return executor.submit(function, *arguments)
    except BrokenExecutor as error:
        raise _lost(error) from error
    except RuntimeError as error:  # what every Executor raises after `shutdown`
        raise ExecutorError(
            f"the executor takes no jobs ({error}); make a new one, and use the results inside of its `with` block"
        ) from error


def _result(future: Future[T]) -> T:
    try:
        return future.result()
    except (BrokenExecutor, CancelledError) as error:
        raise _lost(error) from error


def _lost(error: Exception) -> ExecutorError:
    return ExecutorError(
        f"the executor has lost its workers ({str(error) or type(error).__name__}): one was killed, or ran out of memory, or a "
        'script makes a pool of processes outside of `if __name__ == "__main__":`. Make a new executor and call again, '
        "with the same seed; dask.distributed replaces lost workers by itself"
    )
