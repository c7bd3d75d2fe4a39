"""docs/benchmarks.md: columns of contenders, ratios to the first one, notes and failures."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in ("common", "tables"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return import_module("tables")


def test_a_row_has_seconds_ratios_and_notes(tables: Any) -> None:
    common = import_module("common")
    task = common.Task("add", "Sums", (10,), [common.Contender(name, sum) for name in ("ours", "peer", "slow")])
    found = {
        "environment": {"python": "3.x"},
        "cells": [
            {"task": "add", "size": 10, "contender": "ours", "seconds": [9.0, 0.5, 0.5], "answer": "1", "median": 0.5},
            {"task": "add", "size": 10, "contender": "peer", "seconds": [1.0, 1.0, 7.0], "answer": "2", "median": 1.0},
            {"task": "add", "size": 10, "contender": "slow", "note": "over 3 s", "median": None},
        ],
    }
    text = tables.section("sums", found, [task])
    assert "- python: 3.x" in text and "| size | ours | peer | slow |\n|---|---|---|---|\n" in text
    assert "| 10 | 0.5 | 1 (2) | over 3 s |" in text
    assert "- contenders disagree at 10" in text


def test_the_page_names_its_command(tables: Any) -> None:
    page = tables.page(["## sums.py\n"], ["--limit", "3"], "Busy.")
    assert (
        "`python benchmarks/tables.py --limit 3` on 20" in page and ". Busy.\n" in page and page.endswith("sums.py\n")
    )


def test_the_scripts_exist_and_have_these_tasks(tables: Any, capsys: pytest.CaptureFixture[str]) -> None:
    has_tasks = {path.stem for path in BENCHMARKS.glob("*.py") if "\nTASKS" in path.read_text("utf-8")}
    assert set(tables.SCRIPTS) == {name for name in has_tasks if "__main__" in (BENCHMARKS / f"{name}.py").read_text()}
    for name, restriction in tables.SCRIPTS.items():
        common = import_module("common")
        script = str(BENCHMARKS / f"{name}.py")
        tasks = import_module(name).TASKS
        with pytest.raises(SystemExit):  # at the last option, which is read after all others were
            common.main(tasks, script, ["--limit", "3", *restriction, "--runs", "0"])
        assert "--runs and --limit must be positive" in capsys.readouterr().err
        chosen = [word for word in restriction if word in {task.name for task in tasks}]
        assert bool(chosen) == ("--only" in restriction)
