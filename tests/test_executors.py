"""Jobs give the same results, in the same order, wherever they run."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import count, islice
from multiprocessing import get_context
from typing import Any

import pytest

from exactrg import verify
from exactrg.errors import ExecutorError, InputError
from exactrg.executors import IN_FLIGHT, in_groups, run_jobs


def slow_first(k: int) -> int:
    time.sleep(0.05 if k == 0 else 0)
    return k * k


def test_results_come_in_the_order_of_the_jobs() -> None:
    jobs = [(k,) for k in range(5)]
    seen: list[int] = []
    assert run_jobs(slow_first, jobs, done=seen.append) == seen == [0, 1, 4, 9, 16]
    with ThreadPoolExecutor(3) as threads:
        seen.clear()
        assert run_jobs(slow_first, jobs, threads, seen.append) == [0, 1, 4, 9, 16]
    assert sorted(seen) == [0, 1, 4, 9, 16] and seen[0] != 0


def test_other_processes() -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        assert run_jobs(math.gcd, [(12, 18), (7, 5)], processes) == [6, 1]


def test_the_first_error_cancels_what_has_not_started() -> None:
    started: list[int] = []

    def job(k: int) -> None:
        started.append(k)
        if k == 0:
            raise ValueError("no")
        time.sleep(0.05)

    with ThreadPoolExecutor(1) as one, pytest.raises(ValueError, match="no"):
        run_jobs(job, [(k,) for k in range(50)], one)
    assert len(started) < 50


class Here(Executor):
    """Does a job when it is submitted, at a pace of its own, and remembers how many items it had."""

    def __init__(self, seconds_of_an_item: float, clock: list[float]) -> None:
        self.seconds, self.clock, self.sizes = seconds_of_an_item, clock, list[int]()

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.sizes.append(len(arguments[-1]))
        future.set_result(function(*arguments, **options))
        return future


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only items move."""
    now = [0.0]
    monkeypatch.setattr("exactrg.executors.perf_counter", lambda: now[0])
    return now


def test_groups_grow_to_about_a_second(clock: list[float]) -> None:
    executor = Here(1 / 32, clock)

    def item(k: int) -> int:
        clock[0] += executor.seconds
        return k * k

    assert list(in_groups(item, range(5000), executor)) == [k * k for k in range(5000)]
    assert executor.sizes[:IN_FLIGHT] == [1] * IN_FLIGHT
    assert max(executor.sizes) == 32 == executor.sizes[-2] and sum(executor.sizes) == 5000
    executor = Here(3.0, clock)
    assert list(in_groups(item, range(300), executor)) == [k * k for k in range(300)]
    assert executor.sizes == [1] * 300


def test_few_items_are_ahead_of_the_reader(clock: list[float]) -> None:
    taken = count()
    drawn: list[int] = []

    def endless() -> Iterator[int]:
        for k in taken:
            drawn.append(k)
            yield k

    results = in_groups(lambda k: k, endless(), Here(0.0, clock), most=40)
    for read in range(500):
        assert next(results) == read
        assert len(drawn) <= read + 41
    assert list(islice(in_groups(lambda k: k, count(), Here(0.0, clock)), 3000)) == list(range(3000))


def test_a_reader_who_stops_cancels_what_has_not_started() -> None:
    started: list[int] = []

    def item(k: int) -> int:
        started.append(k)
        time.sleep(0.02)
        return k

    with ThreadPoolExecutor(1) as one:
        results = in_groups(item, range(100), one)
        assert [next(results), next(results)] == [0, 1]
        results.close()  # type: ignore[attr-defined]
    assert len(started) < 50
    with ThreadPoolExecutor(1) as one, pytest.raises(ZeroDivisionError):
        list(in_groups(lambda k: 1 / (k - 3), range(50), one))


def test_executors_that_are_no_use() -> None:
    with pytest.raises(InputError, match=r"executor is an int: expected .* client.get_executor\(\)"):
        run_jobs(math.gcd, [(1, 2)], 2)  # type: ignore[arg-type]
    with ProcessPoolExecutor(1, get_context("spawn")) as broken:
        with pytest.raises(ExecutorError, match=r"lost its workers.*Make a new executor"):
            run_jobs(os._exit, [(1,)], broken)
        with pytest.raises(ExecutorError, match="lost its workers"):
            list(in_groups(abs, [1, 2], broken))
    with pytest.raises(ExecutorError, match=r"takes no jobs \(cannot schedule new futures after shutdown\)"):
        run_jobs(math.gcd, [(1, 2)], closed_pool())


def closed_pool() -> Executor:
    with ThreadPoolExecutor(1) as closed:
        return closed


def test_a_cancelled_job_is_no_result() -> None:
    class Cancelling(ThreadPoolExecutor):
        def submit(self, *job: Any, **options: Any) -> Future[Any]:  # type: ignore[override]
            future: Future[Any] = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    for lost in (lambda e: run_jobs(abs, [(1,)], e), lambda e: list(in_groups(abs, [1], e))):
        with Cancelling(1) as executor, pytest.raises(ExecutorError, match="CancelledError"):
            lost(executor)


def test_verdicts_do_not_depend_on_where_they_are_reached() -> None:
    only = ["1", "8", "C5", "2B-visible"]
    here = verify(only, seed=3)
    seen: list[str] = []
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        there = verify(only, seed=3, executor=processes, progress=lambda verdict: seen.append(verdict.claim.id))
    assert sorted(seen) == sorted(v.claim.id for v in here)

    def content(verdict: object) -> dict[str, object]:
        return {k: v for k, v in vars(verdict).items() if k != "seconds"}

    assert [content(v) for v in there] == [content(v) for v in here]
