"""Two workers against one process, for jobs of a second: what sending jobs and results costs.

    python benchmarks/executors.py --limit 120        # dask as well: pip install "distributed>=2024.1"
    python benchmarks/executors.py --only samples-cpu annealing-cpu scan-cpu

The contenders take turns, and must find the same bits. "bare" is what two processes could do at best: each is told once
to do every other block, and sends back nothing but checksums. On a machine with two free cores its ratio to one
process is 0.5; where other work takes their time it is larger, and what sending costs is the ratio of the others to it.
The tasks with "-cpu" add up the processor time of all processes instead (Linux): a ratio r bounds the gain on two free
cores by 2 / r.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import numpy as np
from common import Contender, Task, main

Job = Callable[[int], Any]


@cache
def processes() -> Executor:
    return ProcessPoolExecutor(2, get_context("spawn"))


@cache
def dask() -> Any:
    from distributed import Client

    return Client(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.ERROR).get_executor()


def checksum(result: Any) -> str:
    """Of the bits of a block of samples, of annealed weights, or of an estimate."""
    if hasattr(result, "packed"):
        content = result.packed.tobytes()
    elif isinstance(result, tuple):
        content = result[0].tobytes()
    else:
        content = repr((result.value, result.stderr)).encode()
    return hashlib.sha256(content).hexdigest()


def here(job: tuple[Job, int]) -> list[str]:
    function, n = job
    return [checksum(function(k)) for k in range(n)]


def elsewhere(executor: Callable[[], Executor], job: tuple[Job, int]) -> list[str]:
    from exactrg.executors import in_groups

    function, n = job
    return [checksum(result) for result in in_groups(function, range(n), executor())]


def bare(job: tuple[Job, int]) -> list[str]:
    function, n = job
    halves = [processes().submit(checksums, function, range(k, n, 2)) for k in range(2)]
    found = [""] * n
    for k, half in enumerate(halves):
        found[k::2] = half.result()
    return found


def checksums(function: Job, numbers: Iterable[int]) -> list[str]:
    return [checksum(function(k)) for k in numbers]


def digest(checksums: list[str]) -> str:
    return hashlib.sha256("".join(checksums).encode()).hexdigest()[:12]


def samples(n: int, run: int) -> tuple[Job, int]:
    """Blocks of 8,192 configurations of the 40 x 40 torus, 1.6 MB each to send back."""
    from approx.sampling import prepare
    from exactrg import ising, square

    job = prepare(ising(square(40), 0.42), n * 8192, run, method="metropolis", threads=1)
    return job.block, n


def annealing(n: int, run: int) -> tuple[Job, int]:
    """Blocks of 128 chains, led to an RBM of 400 + 100 units by 500 temperatures."""
    from approx.layer_path import LayerPath
    from exactrg import RBM

    rbm = RBM(np.random.default_rng(0).normal(size=(400, 100)) * 0.05)
    return partial(led, LayerPath(rbm), np.linspace(0.0, 1.0, 501), run), n


def led(path: Any, betas: Any, run: int, k: int) -> Any:
    from approx.annealing import lead
    from approx.streams import child

    return lead(path, betas, [child(np.random.SeedSequence(run), k)], 1)


def scan(n: int, run: int) -> tuple[Job, int]:
    """The energy of a spin glass of 256 spins at n temperatures."""
    from exactrg import SpinPolynomial

    rng = np.random.default_rng(0)
    pairs = list(combinations(range(256), 2))
    bonds = {pairs[k]: float(rng.choice([-1, 1])) for k in rng.choice(len(pairs), 600, replace=False)}
    return partial(energy, SpinPolynomial(bonds, range(256)), n, run), n


def energy(glass: Any, n: int, run: int, k: int) -> Any:
    import approx

    H = (0.1 + 0.2 * k / n) * glass
    return approx.expectation(H, H, rng=1000 * run + k, n=20_000, method="heat_bath", threads=1)


def processor_time(run: Callable[[Any], Any]) -> Callable[[Any], float]:
    """The same, but it returns the seconds that all its processes took."""

    def timed(job: Any) -> float:
        before = seconds_of_all()
        run(job)
        return seconds_of_all() - before

    return timed


def seconds_of_all() -> float:
    ticks = 0
    for process in active_children():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


CONTENDERS = [
    Contender("one process", here, ("exactrg",), digest),
    Contender("two processes", partial(elsewhere, processes), ("exactrg",), digest),
    Contender("dask, two workers", partial(elsewhere, dask), ("exactrg", "distributed"), digest),
    Contender("bare", bare, ("exactrg",), digest),
]
ON_CPU = [replace(contender, run=processor_time(contender.run)) for contender in CONTENDERS]
KINDS = (("samples", samples, 24), ("annealing", annealing, 40), ("scan", scan, 40))
TASKS = [
    *(Task(name, f"n jobs of {name}", (2, n), CONTENDERS, job, interleaved=True) for name, job, n in KINDS),
    *(
        Task(
            f"{name}-cpu",
            f"n jobs of {name}, processor time",
            (n,),
            ON_CPU,
            job,
            interleaved=True,
            reports_seconds=True,
        )
        for name, job, n in KINDS
    ),
]

if __name__ == "__main__":
    sys.exit(main(TASKS, __file__))
