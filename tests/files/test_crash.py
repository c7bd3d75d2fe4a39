"""kill -9 while files are written; `python tests/files/crash.py 50` is the run in full."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("crash.py")


def crash(kills):
    """Run all scenarios in a process of their own, which forks."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, str(SCRIPT), str(kills)], env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr[-4000:]
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    names = ["samples", "models", "chains", "training", "reproduction", "report", "command"]
    assert [report["scenario"] for report in reports] == names
    # How many kills come in the middle of a write is chance: few kills may miss it.
    hits = [report["in_the_middle"] > 0 for report in reports]
    assert all(hits) if kills >= 50 else any(hits), reports


@pytest.mark.jit
def test_killed_writers_leave_whole_files_and_resume_to_the_same_bits():
    crash(5)


@pytest.mark.jit
@pytest.mark.slow
def test_fifty_kills():
    crash(50)
