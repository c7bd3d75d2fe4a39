"""The timing harness: medians, ratios, limits, missing peers, and contenders that disagree."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

SCRIPT = f"""
import os, sys, time
sys.path.insert(0, {str(BENCHMARKS)!r})
from common import Contender, Task, Unsolved, main

def ours(instance):
    return sum(range(instance[0]))

def slow(instance):
    time.sleep(60 if instance[0] > 10 else 0)
    return ours(instance)

def start(instance):
    return time.time()

def refuses(instance):
    raise Unsolved("cannot add")

TASKS = [
    Task("add", "Sums", (10, 20, 30), (
        Contender("ours", ours),
        Contender("slow", slow),
        Contender("absent", ours, ("no_such_module_anywhere",)),
        Contender("refuses", refuses),
    )),
    Task("wrong", "Wrong sums", (10,), (Contender("ours", ours), Contender("other", lambda i: ours(i) + i[1]))),
    Task("crash", "Crashes", (10,), (Contender("ours", ours), Contender("other", lambda i: os._exit(3)))),
    Task("own", "Own clock", (10,), (Contender("ours", lambda i: 0.25 + i[1]),), reports_seconds=True),
    Task("nap", "Sleep", (10,), (Contender("ours", lambda i: time.sleep(0.3)),)),
    Task("turns", "Taking turns", (1, 2), (
        Contender("ours", start), Contender("slow", slow), Contender("other", start),
    ), lambda size, run: (10 * size, run), reports_seconds=True, interleaved=True),
]
sys.exit(main(TASKS, __file__))
"""


@pytest.fixture
def common(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("common")


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("benchmark") / "adding.py"
    path.write_text(SCRIPT)
    return path


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, timeout=60)


def cells(script: Path, *arguments: str) -> tuple[int, dict[tuple[str, int], dict[str, Any]]]:
    done = run(script, "--json", *arguments)
    found = json.loads(done.stdout)["cells"]
    return done.returncode, {(cell["contender"], cell["size"]): cell for cell in found}


def test_limits_missing_peers_and_notes(script: Path) -> None:
    start = time.perf_counter()
    code, found = cells(script, "--only", "add", "--runs", "3", "--limit", "0.5")
    assert time.perf_counter() - start < 20  # the sleep of 60 s was ended
    assert code == 0
    assert len(found["ours", 30]["seconds"]) == 3
    assert found["ours", 30]["answer"] == found["slow", 10]["answer"].replace("45", "435") == "435"
    assert found["slow", 20]["note"] == "over 0.5 s"
    assert found["slow", 20]["median"] is None
    assert found["slow", 30]["note"] == "not tried: over 0.5 s at 20"
    assert found["absent", 10]["note"] == "not installed: no_such_module_anywhere"
    assert found["refuses", 10]["note"] == "cannot add"


def test_a_wrong_answer_is_an_error(script: Path) -> None:
    done = run(script, "--only", "wrong", "--runs", "2")
    assert done.returncode == 1
    assert "WRONG: contenders disagree at 10" in done.stdout
    assert run(script, "--only", "wrong", "--runs", "1").returncode == 0  # run 0 adds nothing


def test_a_crash_is_an_error(script: Path) -> None:
    code, found = cells(script, "--only", "crash", "--runs", "1")
    assert code == 1
    assert found["other", 10]["note"] == "failed: exit status 3"


def test_own_clock_and_max_size(script: Path) -> None:
    code, found = cells(script, "--only", "own", "--runs", "3")
    assert code == 0
    assert found["ours", 10]["seconds"] == [0.25, 1.25, 2.25]
    assert found["ours", 10]["median"] == 1.25
    assert set(cells(script, "--only", "own", "--max-size", "9")[1]) == set()


def test_contenders_take_turns_and_late_ones_leave(script: Path) -> None:
    code, found = cells(script, "--only", "turns", "--runs", "3", "--limit", "5")
    ours, other = found["ours", 2]["seconds"], found["other", 2]["seconds"]
    assert code == 0 and len(ours) == len(other) == 3
    assert all(a < b for a, b in zip(ours, other, strict=True)) and all(
        b < a for a, b in zip(ours[1:], other, strict=False)
    )
    assert found["slow", 2]["note"] == "over 5 s" and len(found["slow", 1]["seconds"]) == 3
    assert {size for _, size in cells(script, "--only", "turns", "--runs", "1", "--sizes", "1")[1]} == {1}


def test_processor_time_does_not_count_sleep(script: Path) -> None:
    found = cells(script, "--only", "nap", "--runs", "1")[1]["ours", 10]["seconds"]
    busy = cells(script, "--only", "nap", "--runs", "1", "--cpu")[1]["ours", 10]["seconds"]
    assert found[0] > 0.3 > 0.1 > busy[0]


def test_bad_arguments(script: Path) -> None:
    for arguments in (["--runs", "0"], ["--limit", "-1"], ["--only", "nothing"]):
        assert run(script, *arguments).returncode == 2


def test_table_shows_medians_ratios_and_notes(common: Any) -> None:
    task = common.Task("t", "Title", (1, 2), (common.Contender("ours", str), common.Contender("peer", str)))
    found = [
        common.Cell("t", 1, "ours", (3.0, 1.0, 2.0), "a"),
        common.Cell("t", 1, "peer", (9.0, 8.0, 7.0), "a"),
        common.Cell("t", 2, "ours", (2.0,), "b"),
        common.Cell("t", 2, "peer", note="over 5 s"),
    ]
    lines = common.table(task, found).splitlines()
    assert lines[0] == "Title"
    assert lines[2].split() == ["1", "ours", "2", "3", "1"]
    assert lines[3].split() == ["1", "peer", "8", "9", "4"]
    assert lines[5].split() == ["2", "peer", "over", "5", "s"]
    assert lines[6].strip() == "peer, at 1, the largest that it finishes: ratio 4"
    assert common.failures(task, found) == []


def test_failures_say_who(common: Any) -> None:
    task = common.Task("t", "Title", (1,), (common.Contender("ours", str), common.Contender("peer", str)))
    slow = common.Cell("t", 1, "ours", note="over 5 s")
    assert common.failures(task, [slow]) == ["ours: over 5 s at 1"]
    assert common.failures(task, [common.Cell("t", 1, "peer", note="over 5 s")]) == []
    assert common.failures(task, [common.Cell("another", 1, "ours", note="over 5 s")]) == []


def test_environment_names_versions_and_cores(common: Any) -> None:
    found = common.describe_environment(["sympy", "sympy.polys", "no_such_module_anywhere"])
    assert "no_such_module_anywhere not installed, sympy " in found["versions"]
    assert "cores" in found["processor"]
    assert found["python"].startswith(sys.version.split()[0])
