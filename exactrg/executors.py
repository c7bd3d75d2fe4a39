"""Independent jobs, here or on any `concurrent.futures.Executor`: processes, dask, MPI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed
from typing import Any, TypeVar

T = TypeVar("T")


def run_jobs(
    function: Callable[..., T],
    jobs: Sequence[tuple[Any, ...]],
    executor: Executor | None = None,
    done: Callable[[T], None] | None = None,
) -> list[T]:
    """Call ``function(*job)`` for every job and return the results in the order of the jobs.

    A job must be the same function of its arguments wherever it runs, so that the results do not depend on the executor.

    Parameters
    ----------
    function : callable
        On an executor of other processes, one that pickle finds by its name.
    jobs : sequence of tuples
        Arguments, picklable for an executor of other processes.
    executor : Executor, optional
        By default the jobs run here, one after the other. It is not shut down.
    done : callable, optional
        Called here with each result as soon as it is there, in any order.

    Raises
    ------
    Exception
        The first that a job raises; jobs that have not started are cancelled.
    """
    if executor is None:
        results = []
        for job in jobs:
            results.append(function(*job))
            if done is not None:
                done(results[-1])
        return results
    futures: list[Future[T]] = [executor.submit(function, *job) for job in jobs]
    try:
        for future in as_completed(futures):
            result = future.result()
            if done is not None:
                done(result)
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()
