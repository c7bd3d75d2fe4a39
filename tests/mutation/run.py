"""Mutation testing of the exact core: which changes of the code does no test notice?

    python tests/mutation/run.py [--sample 0.3] [--only rg,weight] [--jobs 2] [--output mutation.json]

Works on a copy of the last commit, with mutmut's mutants (pip install mutmut). pytest collects the tests once; every
mutant then has a forked process of its own, in which the tests that reach the mutated function run until one fails: those
of the mirror file first, the quickest first. Caches are cold, hypothesis derives the same examples each time and does not
shrink. tests/mutation/report.py turns the output into docs/mutation.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from mutants import Mutant, mutate

ROOT = Path(__file__).resolve().parents[2]
MODULES = [
    *("walsh", "polynomial", "weight", "hamiltonians", "rbm", "marginals", "rg", "log_trace", "dbn", "operators"),
    *("thermodynamics", "divergence", "information", "truncation", "decimated", "one_dimension", "sites"),
    *("numbers/exact", "numbers/logs", "numbers/coprime", "numbers/decide", "numbers/signs", "numbers/element"),
    *("numbers/field", "numbers/ring", "numbers/parse", "numbers/kinds", "numbers/calculus", "numbers/rounded"),
]
# Tests elsewhere that reach these modules.
MORE_TESTS = [
    *("test_messages_objects", "test_messages_machines", "test_messages_steps", "test_rg_errors", "test_reprs"),
    *("test_latex", "test_rg_steps", "test_thermodynamics_samples"),
    *("test_decimation_network", "test_decimation_in_field", "test_planning"),
]
MEMORY = 8 << 30


def paths_of_tests() -> list[str]:
    """Return the test files of the modules."""
    mirrors = [f"test_{module}" for module in MODULES if "/" not in module]
    return ["tests/numbers", *(f"tests/{name}.py" for name in (*mirrors, *MORE_TESTS))]


class Mutation:
    """A pytest plugin that runs mutants instead of the tests once."""

    def __init__(
        self, mutants: Sequence[Mutant], options: argparse.Namespace, output: Path, reach: Path | None
    ) -> None:
        self.mutants, self.jobs, self.budget = mutants, options.jobs, options.budget
        self.output, self.reach = output, reach
        self.results: list[dict[str, Any]] = []

    def pytest_configure(self, config: Any) -> None:
        """Load the profile after the conftest has loaded its own."""
        from hypothesis import Phase, Verbosity, settings

        del config
        settings.register_profile(
            "mutation",
            settings.get_profile("ci"),
            max_examples=20,
            phases=(Phase.explicit, Phase.generate),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
            print_blob=False,
        )
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure which test reaches which function, then run the mutants."""
        seconds, reach = self._coverage(session)
        waiting = list(self.mutants)
        running: dict[int, Mutant] = {}
        start = time.monotonic()
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.pop()
                tests = list(self._selected(session, mutant, seconds, reach.get(mutant.function, set())))
                if tests:
                    pid = _fork(lambda m=mutant, t=tests: _run(session, m, t, seconds))
                    running[pid] = mutant
                else:
                    self._record(mutant, "no test", 0.0)
            if running:
                pid, status, usage = os.wait4(-1, 0)
                timeout = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)
                result = "timeout" if timeout else "killed" if status else "survived"
                self._record(running.pop(pid), result, usage.ru_utime + usage.ru_stime)
                if len(self.results) % 50 == 0:
                    self._progress(time.monotonic() - start)
        self._progress(time.monotonic() - start)
        return True

    def _selected(
        self, session: pytest.Session, mutant: Mutant, seconds: dict[str, float], reached: set[str]
    ) -> Iterator[pytest.Item]:
        mirror = "test_" + mutant.module.rsplit(".", 1)[1] + ".py"
        items = [item for item in session.items if item.nodeid in reached]
        items.sort(key=lambda item: (item.path.name != mirror, seconds[item.nodeid]))
        spent = 0.0
        for item in items:
            if item.path.name != mirror:
                if spent > self.budget:
                    return
                spent += seconds[item.nodeid]
            yield item

    def _coverage(self, session: pytest.Session) -> tuple[dict[str, float], dict[str, set[str]]]:
        """Run every test in a process of its own, and list the mutated functions that it calls."""
        known: dict[str, Any] = {}
        if self.reach and self.reach.exists():
            known = json.loads(self.reach.read_text("utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            waiting = [(k, item) for k, item in enumerate(session.items) if item.nodeid not in known]
            running: dict[int, tuple[int, pytest.Item]] = {}
            while waiting or running:
                while waiting and len(running) < self.jobs:
                    k, item = waiting.pop()
                    pid = _fork(lambda i=item, k=k: _trace(session, i, Path(folder, f"{k}.json")))
                    running[pid] = (k, item)
                pid, status, usage = os.wait4(-1, 0)
                k, item = running.pop(pid)
                if status:
                    raise SystemExit(f"{item.nodeid} fails without any mutant")
                calls = json.loads(Path(folder, f"{k}.json").read_text("utf-8"))
                known[item.nodeid] = [usage.ru_utime + usage.ru_stime, calls]
        if self.reach:
            self.reach.write_text(json.dumps(known), "utf-8")
        reach: dict[str, set[str]] = {}
        for item in session.items:
            for function in known[item.nodeid][1]:
                reach.setdefault(function, set()).add(item.nodeid)
        return {item.nodeid: known[item.nodeid][0] for item in session.items}, reach

    def _record(self, mutant: Mutant, result: str, took: float) -> None:
        self.results.append(
            {
                "place": mutant.place,
                "before": mutant.before,
                "after": mutant.after,
                "result": result,
                "seconds": round(took, 2),
            }
        )

    def _progress(self, elapsed: float) -> None:
        killed = sum(r["result"] in ("killed", "timeout") for r in self.results)
        print(f"{len(self.results)} of {len(self.mutants)} mutants, {killed} killed, {elapsed:.0f} s", file=sys.stderr)
        self.output.write_text(json.dumps(self.results, indent=0, ensure_ascii=False) + "\n", "utf-8")


def _fork(work: Any) -> int:
    """Run work in a child that exits with its return value."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        time.perf_counter = time.process_time  # tests with a clock must not fail because the machine is busy
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        status = work()
    finally:
        os._exit(status)


def _run(session: pytest.Session, mutant: Mutant, tests: Sequence[pytest.Item], seconds: dict[str, float]) -> int:
    os.environ["MUTANT_UNDER_TEST"] = f"{mutant.module}.{mutant.name}"
    return _passes(session, tests, seconds)


def _trace(session: pytest.Session, item: pytest.Item, file: Path) -> int:
    from mutmut.mutation import trampoline

    calls: set[str] = set()
    trampoline.record_trampoline_hit = lambda name, caller=None: calls.add(name)  # type: ignore[assignment]
    os.environ["MUTANT_UNDER_TEST"] = "stats"
    status = _passes(session, [item], {item.nodeid: 60.0})
    file.write_text(json.dumps(sorted(calls)))
    return status


def _passes(session: pytest.Session, items: Sequence[pytest.Item], seconds: dict[str, float]) -> int:
    """Return 0 if the tests pass, 1 at the first that does not; a signal ends one that takes ten times its CPU time."""
    session.shouldfail = session.shouldstop = False
    for item, following in zip(items, [*items[1:], None], strict=True):
        signal.setitimer(signal.ITIMER_PROF, 5 + 10 * seconds[item.nodeid])
        signal.alarm(120 + int(120 * seconds[item.nodeid]))
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    return 0


def main() -> int:
    """Copy, mutate, run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--sample", type=float, default=1.0, help="fraction of each module's mutants, drawn with --seed"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="modules, comma-separated (default: the exact core)")
    parser.add_argument("--survivors", type=Path, help="run again what survived in this output")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=30.0, help="seconds of tests from other files than the mirror")
    parser.add_argument("--reach", type=Path, help="file that keeps which test reaches what, for the next run")
    parser.add_argument("--output", type=Path, default=Path("mutation.json"))
    options = parser.parse_args()
    output, reach = options.output.resolve(), options.reach and options.reach.resolve()
    again = None
    if options.survivors:
        old = json.loads(options.survivors.read_text("utf-8"))
        again = {(r["place"], r["before"], r["after"]) for r in old if r["result"] in ("survived", "no test")}

    copy = Path(tempfile.mkdtemp(prefix="mutation-"))
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", "HEAD"], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(copy)], input=archive, check=True)
    os.chdir(copy)
    with open("pyproject.toml", "a", encoding="utf-8") as file:
        file.write('[tool.mutmut]\nsource_paths = ["exactrg"]\n')
    rng = random.Random(options.seed)
    chosen: list[Mutant] = []
    for module in options.only.split(",") if options.only else MODULES:
        made = mutate(copy, f"exactrg/{module}.py")
        if again is not None:
            chosen += [m for m in made if (m.place, m.before, m.after) in again]
        else:
            chosen += rng.sample(made, round(options.sample * len(made)))
    rng.shuffle(chosen)

    sys.path.insert(0, str(copy))
    os.environ.update(CI="1", OMP_NUM_THREADS="1", NUMBA_NUM_THREADS="1", MUTANT_UNDER_TEST="")
    plugin = Mutation(chosen, options, output, reach)
    # Nobody reads how a mutant failed.
    quick = ["-q", "-p", "no:cacheprovider", "--capture=no", "--tb=no", "--assert=plain"]
    return int(pytest.main([*quick, *paths_of_tests()], plugins=[plugin]))


if __name__ == "__main__":
    sys.exit(main())
