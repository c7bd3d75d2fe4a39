"""Jobs give the same results, in the same order, wherever they run."""

from __future__ import annotations

import math
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from exactrg import verify
from exactrg.executors import run_jobs


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
