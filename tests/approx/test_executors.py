"""Samples, estimates and annealing on executors: the bits of one process, whatever happens to workers."""

from __future__ import annotations

import doctest
import inspect
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import approx
import exactrg
from approx.annealing import anneal
from approx.checkpoint import sample_to_file
from approx.exactness import exactness
from approx.layer_path import LayerPath
from approx.paths import path_of
from approx.problem import Problem
from approx.sampling import prepare
from exactrg import RBM, RGOperator, SpinPolynomial, ising, ring, square
from exactrg.errors import ExecutorError, InputError

pytestmark = pytest.mark.jit

ROOT = Path(exactrg.__file__).parent.parent
if not (ROOT / "docs").is_dir():  # an installed package: the pages are beside the tests
    ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "executors.md"

GLASS = SpinPolynomial({(0, 1): 0.9, (1, 2): -1.1, (0, 2): 0.8, (0, 1, 3): 0.5, (4,): 0.2}, range(5))
MACHINE = RBM(np.random.default_rng(1).normal(size=(12, 5)) * 0.5, b=[0.1, 0.0, -0.2, 0.3, 0.0])
CASES = {
    "bit-parallel": (ising(square(5), 0.35), "metropolis", 40_000),
    "perfect": (ising(square(5), 0.3), "perfect", 5000),
    "wolff": (ising(square(6), 0.5), "wolff", 1000),
    "swendsen_wang": (ising(ring(9), 0.9, 0.1), "swendsen_wang", 1000),
    "single chains": (GLASS, "heat_bath", 1000),
    "tempering": (GLASS, "tempering", 1000),
    "block_gibbs": (MACHINE, "block_gibbs", 1000),
}


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


def same(one: approx.StoredSamples, two: approx.StoredSamples) -> bool:
    return (
        np.array_equal(one.packed, two.packed)
        and one.provenance == two.provenance
        and one.arrays.keys() == two.arrays.keys()
        and all(np.array_equal(values, two.arrays[name]) for name, values in one.arrays.items())
    )


@pytest.mark.parametrize("name", CASES)
def test_samples(name: str, processes: Executor) -> None:
    H, method, n = CASES[name]
    counts: list[int] = []
    there = approx.sample(
        H, n, 5, method=method, packed=True, executor=processes, progress=lambda done, _: counts.append(done)
    )
    assert same(approx.sample(H, n, 5, method=method, packed=True, threads=1), there)
    assert len(counts) > 4 and counts == sorted(set(counts)) and counts[-1] == n


def test_blocks_and_files(processes: Executor, tmp_path: Path) -> None:
    here = approx.sample(GLASS, 700, 2, method="heat_bath")
    blocks = approx.sample_blocks(GLASS, 700, 2, method="heat_bath", executor=processes)
    assert np.array_equal(np.concatenate([block.configs() for block in blocks]), here)
    stored = sample_to_file(tmp_path / "samples", GLASS, 700, seed=2, method="heat_bath", executor=processes)
    assert np.array_equal(stored.configs(), here)


def test_a_job_is_sent_without_its_terms() -> None:
    job = prepare(ising(square(60), 0.2), 5000, 1)
    assert len(pickle.dumps(job)) < 2000 and job.problem.n_sites == 3600


def test_expectations(processes: Executor) -> None:
    spins = SpinPolynomial({(0, 1): 1.0, (): 0.5}, range(5))
    for f, H, n in ((spins, GLASS, 80_000), (GLASS, GLASS, 80_000), (spins, ising(ring(5), 0.2), 5000)):
        here, there = (approx.expectation(f, H, rng=3, n=n, executor=where) for where in (None, processes))
        assert here == there
        exact = exactrg.expectation(f, H)
        assert abs(there.value - exact) < 5 * there.stderr
        assert there.stderr < 0.02


def test_integration(processes: Executor) -> None:
    H = ising(square(4), 0.44)
    here, there = (approx.free_energy(H, rng=1, n=2048, executor=where) for where in (None, processes))
    assert here == there and "points" in there.method
    assert abs(there.value - exactrg.free_energy(H)) < 5 * there.stderr


@pytest.mark.parametrize("target", [MACHINE, GLASS, ising(square(4), 0.3)], ids=["machine", "glass", "lattice"])
def test_annealing(target: SpinPolynomial | RBM, processes: Executor) -> None:
    seed = np.random.SeedSequence(4)
    path = LayerPath(target) if isinstance(target, RBM) else path_of(Problem.of(target))
    here, there = (anneal(path, seed, 2500, 2, executor=where) for where in (None, processes))
    assert np.array_equal(here.betas, there.betas) and np.array_equal(here.log_weights, there.log_weights)
    assert len(here.states) == len(there.states) > 2


def test_annealing_both_ways(processes: Executor) -> None:
    given = np.sign(np.random.default_rng(2).normal(size=(300, 12)))
    here, there = (
        approx.anneal_both_ways(MACHINE, given, rng=1, n=500, sweeps=64, executor=where) for where in (None, processes)
    )
    assert here.forward == there.forward and here.reverse == there.reverse and here.steps == there.steps
    assert np.array_equal(here.annealed, there.annealed) and np.array_equal(here.chains, there.chains)


def test_exactness(processes: Executor) -> None:
    rbm, H = RBM(np.full((16, 4), 0.05)), ising(square(4), 0.3)
    here, there = (exactness(rbm, H, rng=1, n=256, sweeps=32, executor=where) for where in (None, processes))
    assert np.array_equal(here.log_q, there.log_q) and here.kl == there.kl and here.kl_twice == there.kl_twice


def test_divergences(processes: Executor) -> None:
    H = ising(ring(6), 0.4)
    q = RBM(np.full((6, 3), 0.2), visible=H.sites)
    here, there = (approx.kl_divergence(q, H, rng=1, n=1024, executor=where) for where in (None, processes))
    assert here == there
    T = RGOperator.from_energy(q, H)
    here, there = (approx.delta_f(T, H, rng=1, n=3000, executor=where) for where in (None, processes))
    assert here == there
    traces = [approx.trace_condition(T, rng=1, n=3000, executor=where).log_q for where in (None, processes)]
    assert np.array_equal(*traces)


def test_a_scan(processes: Executor) -> None:
    jobs = [(ising(ring(8), K), 50, seed) for seed, K in enumerate((0.1, 0.2, 0.3))]
    here, there = (exactrg.run_jobs(approx.sample, jobs, where) for where in (None, processes))
    assert all(np.array_equal(*pair) for pair in zip(here, there, strict=True))


@pytest.mark.parametrize(
    "call",
    [
        lambda bad: approx.sample(GLASS, 10, 1, executor=bad),
        lambda bad: approx.sample_blocks(GLASS, 10, 1, executor=bad),
        lambda bad: approx.expectation(GLASS, GLASS, executor=bad),
        lambda bad: approx.free_energy(GLASS, executor=bad),
        lambda bad: approx.kl_divergence(GLASS, GLASS, executor=bad),
        lambda bad: approx.delta_f(None, GLASS, executor=bad),
        lambda bad: approx.anneal_both_ways(MACHINE, [[1] * 12], executor=bad),
        lambda bad: sample_to_file("nowhere/at/all", GLASS, 10, executor=bad),
    ],
)
def test_what_is_no_executor(call) -> None:
    with pytest.raises(InputError, match="executor is an int: expected"):
        call(2)


def test_a_pool_that_loses_a_process() -> None:
    """It is broken for good; a new one gives the bits of an undisturbed run."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        worker = pool.submit(os.getpid).result()
        seen: list[int] = []

        def kill(done: int, n: int) -> None:
            if done >= n // 2 and not seen:
                seen.append(done)
                os.kill(worker, signal.SIGKILL)

        with pytest.raises(ExecutorError, match=r"lost its workers.*Make a new executor and call again"):
            approx.sample(GLASS, 50_000, 1, method="heat_bath", executor=pool, progress=kill)
        assert seen
        with pytest.raises(ExecutorError, match="lost its workers"):
            approx.sample(GLASS, 10, 1, method="heat_bath", executor=pool)


class Sabotage(Executor):
    """Another executor, of which one process is killed while it does the twentieth job, the first time it is done."""

    def __init__(self, executor: Executor, marker: Path) -> None:
        self.executor, self.marker, self.count = executor, str(marker), 0

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        marker = self.marker
        self.count += 1

        def deadly(*arguments: Any) -> Any:  # not found by its name: it travels whole
            import os
            import signal

            with suppress(FileExistsError):
                os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments)

        return self.executor.submit(deadly if self.count == 20 else function, *arguments, **options)


def test_dask_loses_a_worker_and_nothing_else(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    H, n = ising(square(10), 0.41), 300_000
    here = approx.sample(H, n, 5, method="metropolis", packed=True)
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        executor = Sabotage(client.get_executor(), tmp_path / "killed")
        there = approx.sample(H, n, 5, method="metropolis", packed=True, executor=executor)
    assert executor.count >= 36 and executor.marker in map(str, tmp_path.iterdir())
    assert same(here, there)


def test_the_script_of_the_page(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    (code,) = re.findall(r"```python\n(from .*?)```", PAGE.read_text("utf-8"), flags=re.S)
    script.write_text(code, "utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    shown = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout == "the same samples: True\nthe same scan: True\n"


def test_the_page() -> None:
    pytest.importorskip("distributed")
    results = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert results.attempted >= 6 and results.failed == 0


def test_the_calls_of_the_page() -> None:
    calls = (
        *(approx.sample, approx.sample_blocks, sample_to_file, approx.expectation, approx.free_energy),
        *(approx.anneal_both_ways, approx.delta_f, approx.kl_divergence, approx.trace_condition, exactness),
        *(exactrg.verify, exactrg.run_jobs),
    )
    text = PAGE.read_text("utf-8").split("## Processes")[0]
    for call in calls:
        assert "executor" in inspect.signature(call).parameters and f"{call.__name__}" in text
