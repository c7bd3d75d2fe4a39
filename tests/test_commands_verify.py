"""`exactrg verify`: its processes end with it, and what cannot be written is known before anything is decided."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from exactrg.cli import main
from exactrg.commands_verify import pool
from exactrg.errors import InputError

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are found in Linux's /proc")


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "exactrg", "verify", *arguments]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def status(pid: int) -> list[str]:
    """State, parent, ...; a process that is gone is a zombie of no parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["Z", "0"]


def workers(parent: int) -> list[int]:
    """The children of a process that are spawned to decide."""
    found = []
    for pid in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
        if status(pid)[1] == str(parent):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            found += [pid] if b"spawn_main" in command else []
    return found


def until(condition: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("moment", [0.0, 1.5])  # while the processes start, and while they decide
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)]
)
def test_no_process_outlives_the_command(number: int, code: int, moment: float) -> None:
    process = start("--processes", "2")
    assert until(lambda: len(workers(process.pid)) == 2, 60)
    children = workers(process.pid)
    time.sleep(moment)
    process.send_signal(number)
    began = time.monotonic()
    output, errors = process.communicate(timeout=30)  # ends when nobody holds the pipes any more
    assert time.monotonic() - began < 10
    assert process.returncode == code and output == ""
    assert until(lambda: all(status(pid)[0] == "Z" for pid in children), 10)
    if number != signal.SIGKILL:  # after it, multiprocessing warns of its own semaphores
        assert errors == ("exactrg: interrupted\n" if number == signal.SIGINT else "")


@pytest.mark.parametrize("path", ["nowhere/report.html", ".", ""])
def test_a_page_that_cannot_be_written_is_known_first(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(import_module("exactrg.claims"), "verify", None)
    assert main(["verify", "--only", "8", "--html", path]) == 2
    output, errors = capsys.readouterr()
    assert output == "" and errors.count("\n") == 1 and errors.startswith("exactrg: ")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("wanted", "only", "made"), [("40", "8", 8), ("2", "8", 2), ("2", "11", 1), (None, "8", 1)])
def test_there_are_no_more_processes_than_claims(
    wanted: str | None, only: str, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def counted(processes: int) -> Any:
        seen.append(processes)
        return pool(1)

    monkeypatch.setattr("exactrg.commands_verify.pool", counted)
    monkeypatch.setattr(import_module("exactrg.claims"), "verify", lambda *_, **__: [])
    assert main(["verify", "--json", "--only", only, *([] if wanted is None else ["--processes", wanted])]) == 0
    assert seen == [made]


@pytest.mark.parametrize("number", ["0", "-2"])
def test_a_number_of_processes_is_positive(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--only", "8", f"--processes={number}"]) == 2
    assert f"--processes must be at least 1, got {number}" in capsys.readouterr().err


def test_the_pool_leaves_signals_and_errors_as_they_were() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(InputError), pool(2) as executor:
        assert isinstance(executor, ProcessPoolExecutor)
        assert executor.submit(abs, -3).result() == 3
        raise InputError("mine")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    with pool(1) as executor:
        assert executor is None
