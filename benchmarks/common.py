"""Side-by-side timings: every contender solves the same task, in a process of its own, under a time limit.

A benchmark file lists `Task`s and ends with ``sys.exit(main(TASKS, __file__))``. For each task and size, each contender
gets one process: it imports what the contender needs, warms up on the smallest size, and then times the runs one by
one. Who does not finish one run within the limit is reported as such, and is not asked for larger sizes. What counts
is the ratio of medians in one table, on one machine. On a machine that others use too, `Task.interleaved` keeps all
processes waiting and takes the runs in turn, so that the load of a moment slows all contenders down.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue
from typing import Any

START_LIMIT = 120.0  # seconds for the imports and the warm-up


class Unsolved(Exception):
    """Raised by a contender that cannot do its task; the message becomes the note."""


@dataclass(frozen=True)
class Contender:
    """One way to solve a task.

    Attributes
    ----------
    name : str
    run : callable
        From the prepared input to a result; this is what is timed.
    needs : tuple of str
        Modules to import before; a contender is left out, with a note, where one is missing.
    answer : callable
        From a result to the text that all contenders must agree on; not timed.
    """

    name: str
    run: Callable[[Any], Any]
    needs: tuple[str, ...] = ()
    answer: Callable[[Any], str] = str


@dataclass(frozen=True)
class Task:
    """What is solved.

    Attributes
    ----------
    name, title : str
        For ``--only``, and for people.
    sizes : sequence of int
        Ascending.
    contenders : sequence of Contender
        The first is the one that the others are measured against.
    prepare : callable
        From the size and the number of the run to the input; not timed. Each run should get an input of its own, other
        names or other numbers: what it finds in caches is then what a first run finds.
    reports_seconds : bool
        Whether `run` returns the seconds that count, instead of being timed; there is no answer then.
    interleaved : bool
        Whether the contenders take turns, run by run; all of them are in memory at once.
    """

    name: str
    title: str
    sizes: Sequence[int]
    contenders: Sequence[Contender]
    prepare: Callable[[int, int], Any] = lambda size, run: (size, run)
    reports_seconds: bool = False
    interleaved: bool = False


@dataclass(frozen=True)
class Cell:
    """What one contender did at one size: the seconds of each run, the first one first, and its answer; or a note."""

    task: str
    size: int
    contender: str
    seconds: tuple[float, ...] = ()
    answer: str = ""
    note: str = ""
    median: float | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "median", statistics.median(self.seconds) if self.seconds else None)


def main(tasks: Sequence[Task], script: str, argv: Sequence[str] | None = None) -> int:
    """Run the command line of a benchmark file; 1 if contenders disagree or the first of them fails, else 0."""
    parser = argparse.ArgumentParser(prog=Path(script).name)
    parser.add_argument("--only", nargs="+", choices=[task.name for task in tasks], help="these tasks only")
    parser.add_argument("--runs", type=int, default=5, help="timed runs per contender and size (default 5)")
    parser.add_argument("--limit", type=float, default=20.0, help="seconds that one run may take (default 20)")
    parser.add_argument("--max-size", type=int, help="leave out larger sizes")
    parser.add_argument("--sizes", type=int, nargs="+", help="these sizes instead, ascending")
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="time of the processor, for one thread on a busy machine; two threads count twice",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--worker", nargs=3, metavar=("TASK", "CONTENDER", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.runs < 1 or options.limit <= 0:
        parser.error("--runs and --limit must be positive")
    if options.worker:
        _work(tasks, options.runs, time.process_time if options.cpu else time.perf_counter, *options.worker)
        return 0
    arguments = ["--runs", str(options.runs), *(["--cpu"] if options.cpu else [])]
    chosen = [task for task in tasks if options.only is None or task.name in options.only]
    if options.sizes:
        chosen = [replace(task, sizes=options.sizes) for task in chosen]
    environment = describe_environment({module for task in chosen for c in task.contenders for module in c.needs})
    environment["clock"] = "processor time" if options.cpu else "wall clock"
    if not options.json:
        print("\n".join(f"{name}: {value}" for name, value in environment.items()))
    cells: list[Cell] = []
    for task in chosen:
        found = list(
            measure(task, [script, *arguments], runs=options.runs, limit=options.limit, max_size=options.max_size)
        )
        cells += found
        if not options.json:
            print("\n" + table(task, found), flush=True)
    if options.json:
        print(json.dumps({"environment": environment, "cells": [asdict(cell) for cell in cells]}, indent=1))
    return 1 if any(failures(task, cells) for task in chosen) else 0


def measure(
    task: Task, script: Sequence[str], *, runs: int, limit: float, max_size: int | None = None
) -> Iterator[Cell]:
    """Measure all contenders at all sizes, ascending; those that ran out of time are not asked again."""
    out: dict[str, str] = {}
    for contender in task.contenders:
        if missing := [module for module in contender.needs if find_spec(module.split(".")[0]) is None]:
            out[contender.name] = f"not installed: {', '.join(missing)}"
    for size in task.sizes:
        if max_size is not None and size > max_size:
            return
        able = [contender for contender in task.contenders if contender.name not in out]
        cells = {name: Cell(task.name, size, name, note=note) for name, note in out.items()}
        for group in [able] if task.interleaved else [[contender] for contender in able]:
            for cell in _ask(task, group, size, script, runs, limit):
                cells[cell.contender] = cell
                if cell.note:
                    out[cell.contender] = f"not tried: {cell.note} at {size}"
        yield from (cells[contender.name] for contender in task.contenders)


def _ask(
    task: Task, contenders: Sequence[Contender], size: int, script: Sequence[str], runs: int, limit: float
) -> list[Cell]:
    """Let contenders take turns, each in a worker process of its own."""
    print(f"{task.name} {size}: {', '.join(c.name for c in contenders)} ...", file=sys.stderr, flush=True)
    workers: list[_Worker] = []
    try:
        for contender in contenders:
            command = [sys.executable, *script, "--worker", task.name, contender.name, str(size)]
            workers.append(_Worker(command))
            workers[-1].next_stage(START_LIMIT, "before the runs")
        for _ in range(runs):
            for worker in workers:
                worker.next_stage(limit, "")
        for worker in workers:
            worker.next_stage(START_LIMIT, "after the runs")
    finally:
        for worker in workers:
            worker.end()
    return [
        Cell(task.name, size, contender.name, () if worker.note else tuple(worker.seconds), worker.answer, worker.note)
        for contender, worker in zip(contenders, workers, strict=True)
    ]


class _Worker:
    """A process that does the runs of one contender, one at a time, when told to.

    Attributes
    ----------
    seconds : list of float
        Of the runs so far.
    answer, note : str
        With a note, nothing is asked of it any more.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.seconds: list[float] = []
        self.answer = self.note = ""
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._orders, self._lines = self._process.stdin, Queue[str]()
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True)
        self._reader.start()

    def next_stage(self, limit: float, when: str) -> None:
        """Wait until the process is ready, has done a run, or has given its answer; end it when that takes longer."""
        if self.note:
            return
        with suppress(BrokenPipeError):
            print(file=self._orders, flush=True)
        try:
            line = self._lines.get(timeout=limit)
        except Empty:
            self.note = f"over {limit:g} s {when}".rstrip()
            self.end()
            return
        message = json.loads(line) if line else {"note": f"failed: exit status {self._process.wait()}"}
        self.note = message.get("note", "")
        self.answer = message.get("answer", "")
        if "seconds" in message:
            self.seconds.append(message["seconds"])

    def end(self) -> None:
        """Kill the process with what it started, unless all of them have ended."""
        if self._reader.is_alive():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()


def _read(stream: Iterable[str], lines: Queue[str]) -> None:
    """Pass lines on; an empty one at the end."""
    for line in stream:
        lines.put(line)
    lines.put("")


def _work(
    tasks: Sequence[Task], runs: int, clock: Callable[[], float], task_name: str, contender_name: str, size: str
) -> None:
    """Do the runs of one contender at one size, and print one line of JSON for each stage."""
    task = next(task for task in tasks if task.name == task_name)
    contender = next(contender for contender in task.contenders if contender.name == contender_name)
    for module in contender.needs:
        import_module(module)
    try:
        sys.stdin.readline()  # one line asks for one line
        contender.run(task.prepare(task.sizes[0], runs))  # lazy imports, compilation
        print(json.dumps({"ready": True}), flush=True)
        for run in range(runs):
            sys.stdin.readline()
            prepared = task.prepare(int(size), run)
            gc.collect()
            gc.freeze()  # what the imports left is not collected again in a run; its own garbage is
            start = clock()
            result = contender.run(prepared)
            elapsed = result if task.reports_seconds else clock() - start
            print(json.dumps({"seconds": elapsed}), flush=True)
        sys.stdin.readline()
        print(json.dumps({"answer": "" if task.reports_seconds else contender.answer(result)}), flush=True)
    except Unsolved as reason:
        print(json.dumps({"note": str(reason)}), flush=True)


def failures(task: Task, cells: Iterable[Cell]) -> list[str]:
    """Say where contenders disagree, fail, or the first one does not finish; peers may run out of time."""
    own = [cell for cell in cells if cell.task == task.name]
    ours = task.contenders[0].name
    found = [
        f"{cell.contender}: {cell.note} at {cell.size}"
        for cell in own
        if cell.note.startswith("failed") or (cell.note and cell.contender == ours)
    ]
    for size in task.sizes:
        answers = {cell.contender: cell.answer for cell in own if cell.size == size and cell.seconds}
        if len(set(answers.values())) > 1:
            found.append(f"contenders disagree at {size}: {answers}")
    return found


def table(task: Task, cells: Sequence[Cell]) -> str:
    """Lay out one task: medians, first runs, and ratios to the first contender; then each peer at its largest size."""
    ours = {cell.size: cell.median for cell in cells if cell.contender == task.contenders[0].name}
    width = max(len(contender.name) for contender in task.contenders)
    lines = [task.title, f"{'size':>6}  {'contender':<{width}}  {'median s':>10}  {'first s':>10}  {'ratio':>8}"]
    largest: dict[str, tuple[int, float]] = {}
    for cell in cells:
        head = f"{cell.size:>6}  {cell.contender:<{width}}"
        reference = ours.get(cell.size)
        if cell.median is None:
            lines.append(f"{head}  {cell.note}")
        elif reference is None:
            lines.append(f"{head}  {cell.median:10.4g}  {cell.seconds[0]:10.4g}")
        else:
            ratio = cell.median / reference
            lines.append(f"{head}  {cell.median:10.4g}  {cell.seconds[0]:10.4g}  {ratio:8.3g}")
            largest[cell.contender] = cell.size, ratio
    for contender in task.contenders[1:]:
        if contender.name in largest:
            size, ratio = largest[contender.name]
            lines.append(f"  {contender.name}, at {size}, the largest that it finishes: ratio {ratio:.3g}")
    return "\n".join(lines + [f"  WRONG: {failure}" for failure in failures(task, cells)])


def describe_environment(modules: Iterable[str]) -> dict[str, str]:
    """Versions, cores and load: what a reader needs to judge a ratio."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    versions = [f"{module} {_version(module)}" for module in sorted({m.split(".")[0] for m in modules})]
    return {
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "processor": f"{_processor()}, {cores} cores{load}",
        "versions": ", ".join(versions),
    }


def _version(module: str) -> str:
    """Version of the distribution that provides a module."""
    if find_spec(module) is None:
        return "not installed"
    try:
        return metadata.version(metadata.packages_distributions().get(module, [module])[0])
    except metadata.PackageNotFoundError:
        return str(getattr(import_module(module), "__version__", "?"))


def _processor() -> str:
    """Model name of the processor, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "processor unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "processor unknown"
