"""Closed and full streams, errors that nobody foresaw, interrupts before anything runs: exit codes say what is true."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import exactrg
from exactrg import cli, commands_lattice

ROOT = Path(exactrg.__file__).parent.parent


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    line = f"exec {sys.executable} -m exactrg {command}"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(line, shell=True, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full", ">&- 2>&-"])
def test_a_stderr_that_is_closed_or_full_changes_no_exit_code(where: str, tmp_path: Path) -> None:
    done = shell(f"verify --only 23 {where}", tmp_path)
    assert done.returncode == 0 and (">&- 2" in where or "all as in the ledger" in done.stdout)
    assert shell(f"verify --only 26 {where}", tmp_path).returncode == 2
    assert shell(f"verify --sed {where}", tmp_path).returncode == 2


@pytest.mark.jit
@pytest.mark.parametrize("command", ["reproduce fig2 --out f", "sample --size 4 --coupling 0.3 --count 9 --out x"])
def test_progress_needs_no_stderr(command: str, tmp_path: Path) -> None:
    assert shell(f"{command} 2>&-", tmp_path).returncode == 0


def test_no_file_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    """Whoever writes to descriptor 2 would write into it."""
    program = (
        "import os; from exactrg.commands_streams import open_streams; open_streams(); import sys; "
        "assert os.open('x', os.O_CREAT | os.O_WRONLY) > 2; print('lost', file=sys.stderr); os.write(2, b'lost')"
    )
    line = f'exec {sys.executable} -c "{program}" >&- 2>&- <&-'
    assert subprocess.run(line, shell=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}).returncode == 0
    assert (tmp_path / "x").read_bytes() == b""


def test_a_reader_that_leaves_hides_no_error(tmp_path: Path) -> None:
    program = """
import sys
from exactrg import cli, commands_lattice
from exactrg.errors import InputError
def late(arguments):
    print("something")
    raise InputError("and then this")
commands_lattice.run_flow = late
sys.exit(cli.main(["flow", "0.4"]))
"""
    command = ["bash", "-c", f"'{sys.executable}' -c '{program}' | true; exit ${{PIPESTATUS[0]}}"]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "exactrg: and then this\n")


@pytest.mark.parametrize("arguments", ["--help", "verify --help", "--version"])
def test_help_on_a_full_disk(arguments: str, tmp_path: Path) -> None:
    done = shell(f"{arguments} >/dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (2, "exactrg: [Errno 28] No space left on device\n")
    assert shell(f"{arguments} >&-", tmp_path).returncode == 0


def test_an_unforeseen_error_is_no_verdict(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(arguments: object) -> int:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(commands_lattice, "run_flow", broken)
    assert cli.main(["flow", "0.4"]) == 70
    assert capsys.readouterr().err == (
        "exactrg: internal error, RuntimeError: two lines; --debug shows the traceback\n"
    )
    for arguments in (["flow", "0.4", "--debug"], ["--debug", "flow", "0.4"]):
        assert cli.main(arguments) == 70
        errors = capsys.readouterr().err
        assert errors.startswith("Traceback") and errors.endswith("RuntimeError: two\nlines\n")


def test_debug_stands_before_or_after_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--debug", "flow", "x"], ["flow", "x", "--debug"], ["flow", "--debug", "x"]):
        assert cli.main(arguments) == 2
        errors = capsys.readouterr().err
        assert errors.startswith("Traceback") and "InputError: the coupling 'x'" in errors


def test_an_interrupt_before_the_command_line_is_there(tmp_path: Path) -> None:
    program = """
import sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "exactrg.progress":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from exactrg.__main__ import main
sys.exit(main())
"""
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "exactrg: interrupted\n")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"]["exactrg"] == "exactrg.__main__:main"


def test_the_help_has_all_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for code in (
        "0 done",
        "1 a verdict differs",
        "2 bad arguments",
        "70 an error of exactrg",
        "130 interrupted",
        "143",
    ):
        assert code in said
