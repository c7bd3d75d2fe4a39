"""The command line as a user meets it: through a shell, from any folder, into pipes and files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import exactrg
from exactrg import cli
from exactrg.claims import claims, variational_rg

ROOT = Path(exactrg.__file__).parent.parent
VERIFY_8 = ["verify", "--only", "8"]


def environment(**changes: str) -> dict[str, str]:
    """Little more than the package on the path."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), **changes}


def run(*arguments: str, cwd: Path, prefix: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
    """`python -m exactrg ...`, or a small program before it."""
    program = ["-c", f"{prefix}\nimport sys\nfrom exactrg.cli import main\nsys.exit(main(sys.argv[1:]))"]
    return subprocess.run(
        [sys.executable, *(program if prefix else ["-m", "exactrg"]), *arguments],
        cwd=cwd,
        env=environment(**changes),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A pipeline; `exactrg` is this interpreter's."""
    script = f'exactrg() {{ "{sys.executable}" -m exactrg "$@"; }}\n{command}\necho "${{PIPESTATUS[0]}}" >&2'
    bash = ["bash", "-c", script]
    return subprocess.run(bash, cwd=cwd, env=environment(), capture_output=True, encoding="latin-1", timeout=120)


def test_json_has_the_fields_of_verdict_and_claim(tmp_path: Path) -> None:
    done = run(*VERIFY_8, "--json", cwd=tmp_path, LC_ALL="C", NO_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    records = json.loads(done.stdout)
    assert isinstance(records, list) and [r["id"] for r in records] == [c.id for c in claims() if "8" in c.equation]
    fields = {"id", "equation", "statement", "expected", "scope", "corrected"}
    fields |= {"verdict", "decided_by", "cases", "seconds", "counterexample"}
    for record in records:
        assert fields <= set(record)
        assert isinstance(record["equation"], list) and all(isinstance(e, str) for e in record["equation"])
        assert record["verdict"] == record["expected"] and record["cases"] > 0 and record["seconds"] >= 0
    (eighth,) = (r for r in records if r["id"] == "8")
    assert eighth["equation"] == ["8"] and eighth["verdict"] == "refuted"
    assert "N = M = 1" in eighth["counterexample"] and "C5" in eighth["corrected"]
    assert list(tmp_path.iterdir()) == []  # nothing is left behind


def test_the_table_without_a_home_or_a_writable_folder(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    empty.chmod(0o555)
    done = run(*VERIFY_8, cwd=empty, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", HOME="/nonexistent")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii() and "\x1b" not in done.stdout
    text = " ".join(re.sub(r"[|+-]", " ", done.stdout).split())
    assert "counterexample: N = M = 1, H = 0" in text and "true instead: C5: Tr_h e^T = 1" in text
    assert text.endswith("8 claims decided: 3 refuted, 4 proved, 1 ill posed; all as in the ledger")


def test_an_unknown_claim_is_one_line_on_stderr(tmp_path: Path) -> None:
    done = run("verify", "--only", "26", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("exactrg: no claim or equation '26': expected one of 1, 2, 3")
    assert len(done.stderr.splitlines()) == 1
    debugged = run("--debug", "verify", "--only", "26", cwd=tmp_path)
    assert "Traceback" in debugged.stderr and debugged.returncode != 0


@pytest.mark.parametrize("arguments", [[], ["verfy"], ["verify", "--sed", "1"], ["verify", "--json", "--latex"]])
def test_bad_arguments_show_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    assert exit_.value.code == 2
    assert capsys.readouterr().err.startswith("usage: exactrg")


# Eq. 8 as printed, asserted true.
ASSERTS_THE_CONVERSE = """
from exactrg.claims import variational_rg
from dataclasses import replace
(claim,) = (c for c in variational_rg.LEDGER if c.id == "8")
variational_rg.LEDGER[:] = [replace(claim, id="as printed", equation=(), expected="proved")]
"""


def test_a_verdict_that_differs_exits_with_1(tmp_path: Path) -> None:
    done = run("verify", "--only", "as printed", cwd=tmp_path, prefix=ASSERTS_THE_CONVERSE)
    assert done.returncode == 1
    assert "(ledger: proved)" in done.stdout and "NOT as in the ledger: as printed" in done.stdout
    assert done.stderr == ""


def test_a_broken_check_exits_with_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = [
        replace(c, holds=lambda s: s.is_exact) if c.id == "9" else c for c in variational_rg.LEDGER
    ]  # T itself, not T - log q
    monkeypatch.setattr(variational_rg, "LEDGER", ledger)
    assert cli.main(["verify", "--only", "9", "--json"]) == 1
    wrong = [r for r in json.loads(capsys.readouterr().out) if not r["as_expected"]]
    assert [(r["id"], r["verdict"]) for r in wrong] == [("9", "refuted")] and wrong[0]["counterexample"]


@pytest.mark.parametrize("options", ["", "--json"])
def test_a_reader_that_leaves_early_changes_no_exit_code(options: str, tmp_path: Path) -> None:
    done = shell(f"exactrg verify --only 1 {options} | head -c 1", tmp_path)
    assert len(done.stdout) == 1 and done.stderr.split() == ["0"]
    done = shell(f"exactrg verify --only 1 {options} | true", tmp_path)
    assert (done.stdout, done.stderr.split()) == ("", ["0"])


def test_a_reader_that_leaves_early_does_not_hide_a_wrong_verdict(tmp_path: Path) -> None:
    driver = f"{ASSERTS_THE_CONVERSE}\nimport sys\nfrom exactrg.cli import main\nsys.exit(main())"
    (tmp_path / "driver.py").write_text(driver, "utf-8")
    done = shell(f'"{sys.executable}" driver.py verify --only "as printed" | true', tmp_path)
    assert done.stderr.split() == ["1"]


def test_latex_is_a_table_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--only", "8-min", "--only", "8-observables", "--latex"]) == 0
    page = capsys.readouterr().out
    assert page.isascii() and re.findall(r"\\(begin|end)\{longtable\}", page) == ["begin", "end"]
    bare = re.sub(r"\\[{}$&%#_\\]", "", page)
    assert bare.count("{") == bare.count("}") and bare.count("$") % 2 == 0
    assert "& refuted &" in page and "& ill-posed &" in page


def test_a_seed_changes_the_systems_and_not_the_verdicts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (claim,) = (c for c in variational_rg.LEDGER if c.id == "1")
    seen: list[str] = []

    def watched(s: Any) -> bool:
        seen.append(str([str(x) for x in s.a.values.reshape(-1)[:4]]))
        return claim.holds is not None and claim.holds(s)

    def verdicts(seed: int) -> tuple[list[str], list[tuple[str, str, int]]]:
        seen.clear()
        assert cli.main(["verify", "--only", "1", "--seed", str(seed), "--json"]) == 0
        return list(seen), [(r["id"], r["verdict"], r["cases"]) for r in json.loads(capsys.readouterr().out)]

    monkeypatch.setattr(variational_rg, "LEDGER", [replace(claim, holds=watched)])
    (systems, found), (others, same), (again, _) = verdicts(0), verdicts(3), verdicts(3)
    assert found == same == [("1", "proved", 407)]
    assert systems != others == again


def test_ctrl_c_exits_with_130(tmp_path: Path) -> None:
    slow = "import time\nfrom exactrg.claims import variational_rg as v\nv.LEDGER[:] = [v.LEDGER[0]]\n"
    slow += "import exactrg.claims as c\nc.decide = lambda *_: (print('ready', flush=True), time.sleep(60))"
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"{slow}\nimport sys\nfrom exactrg.cli import main\nsys.exit(main(['verify', '--processes', '1']))",
        ],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "exactrg: interrupted\n")


def test_ctrl_c_ends_all_processes_with_one_message(tmp_path: Path) -> None:
    """A terminal interrupts the whole group."""
    process = subprocess.Popen(
        [sys.executable, "-m", "exactrg", "verify", "--processes", "2"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    time.sleep(2)  # anywhere in the work, which takes longer
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=100)
    assert (output, errors) == ("", "exactrg: interrupted\n")
    # Python dies of the signal itself, 130 in a shell, where it interrupted an exec() of an import.
    assert process.returncode in (130, -signal.SIGINT)


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["verify", "--help"]):
        with pytest.raises(SystemExit) as exit_:
            cli.main(arguments)
        assert exit_.value.code == 0
    text = capsys.readouterr().out
    assert "decide every claim of the paper" in text and "exit codes: 0 all verdicts as in the ledger" in text
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"exactrg {exactrg.__version__}\n"


def test_verify_needs_no_heavy_packages(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom exactrg.cli import main\ncode = main(['verify', '--only', '11'])\n"
        "heavy = {'numba', 'matplotlib', 'sklearn', 'scipy', 'hypothesis'} & set(sys.modules)\nprint(sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True, encoding="utf-8"
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize("shell_name", ["bash", "zsh"])
def test_completion(shell_name: str, tmp_path: Path) -> None:
    done = run("completion", shell_name, cwd=tmp_path)
    assert done.returncode == 0 and "reproduce" in done.stdout and "--processes" in done.stdout
    if shell_name == "bash":
        assert subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=False).returncode == 0


def test_every_command_has_examples_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("verify", "dos", "flow", "sample", "train", "reproduce", "completion"):
        with pytest.raises(SystemExit) as exit_:
            cli.main([command, "--help"])
        said = capsys.readouterr().out
        assert exit_.value.code == 0 and "examples:" in said and "exit codes:" in said, command


def test_a_page_of_verdicts(tmp_path: Path) -> None:
    done = run(*VERIFY_8, "--html", "report.html", cwd=tmp_path)
    assert done.returncode == 0 and "refuted" in done.stdout
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("<article") == len([c for c in claims() if "8" in c.equation])
    assert run(*VERIFY_8, "--html", "missing/report.html", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("command", ["dos 2 2", "dos 2 2 --json", "flow 0.4", "verify --only 8"])
def test_a_stdout_that_is_full_or_closed(command: str) -> None:
    def shell(redirect: str) -> subprocess.CompletedProcess[str]:
        line = f"exec {sys.executable} -m exactrg {command} {redirect}"
        return subprocess.run(line, shell=True, capture_output=True, text=True, timeout=120)

    full = shell(">/dev/full")
    assert full.returncode == 2 and full.stderr == "exactrg: [Errno 28] No space left on device\n"
    closed = shell(">&-")
    assert closed.returncode == 0 and not closed.stderr
