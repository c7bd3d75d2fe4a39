"""Damaged and forged files; `python tests/files/fuzz.py 10000` is the run in full, about ten minutes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fuzz.py")


def fuzz(count, *loaders):
    """Run the attacks in a process of their own, whose memory is limited; return what is said of each loader."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(SCRIPT), str(count), *loaders]
    done = subprocess.run(command, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(reports, count):
    assert len(reports) >= 5
    for report in reports:
        assert report["refused"] + report["read"] == report["files"] == count
        assert report["refused"] > count // 4, report


def test_damaged_and_forged_files_raise_the_documented_errors_only():
    check(fuzz(200), 200)


@pytest.mark.slow
def test_ten_thousand_damaged_and_forged_files_for_each_loader():
    check(fuzz(10_000), 10_000)
