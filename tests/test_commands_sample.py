from __future__ import annotations

import errno
import os
import pty
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from approx import checkpoint, read_samples, sample, samples_file
from exactrg import ising, square
from exactrg.cli import main
from exactrg.errors import FileAccessError

pytestmark = pytest.mark.jit

SLOW = ["--size", "16", "--coupling", "0.42", "--count", "4000", "--method", "swendsen_wang", "--seed", "5"]
QUICK = ["--size", "8", "--coupling", "0.3", "--count", "3000", "--seed", "7"]


def run(*arguments):
    """Run the command here; argparse leaves by SystemExit."""
    try:
        return main(["sample", *map(str, arguments)])
    except SystemExit as error:
        return error.code


def start(*arguments, **options):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "exactrg", "sample", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, text=True, **options)


def test_the_file_holds_what_approx_sample_draws(tmp_path, capsys):
    out = tmp_path / "samples.npz"
    assert run(*QUICK, "--threads", 2, "--out", out) == 0
    stored = read_samples(out)
    H = ising(square(8), 0.3)
    assert np.array_equal(stored.configs(), sample(H, 3000, 7, threads=1))
    assert np.allclose(stored.arrays["energies"], H.evaluate(stored.configs()), rtol=0, atol=1e-9)
    assert np.array_equal(stored.arrays["magnetizations"], stored.configs().sum(axis=1, dtype=np.int64))
    assert {"software", "seed", "method", "reason", "tau", "burn_in", "thin"} <= stored.provenance.keys()
    assert os.listdir(tmp_path) == ["samples.npz"]
    assert "3,000 configurations of 8 x 8" in capsys.readouterr().out


def test_interrupted_runs_go_on_to_the_same_bits(tmp_path, monkeypatch):
    out, partial = tmp_path / "out", tmp_path / "out.partial"
    blocks = 0
    for stop, code in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
        process = start(*SLOW, "--out", out, "--threads", 1, stderr=subprocess.PIPE)
        while len(list(partial.glob("block-*"))) < blocks + 2 and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(stop)
        message = process.communicate()[1]
        assert process.returncode == code, message
        assert "Traceback" not in message
        assert ("the same command goes on" in message) == (stop == signal.SIGINT)
        assert not out.exists()
        blocks = len(list(partial.glob("block-*")))
    spoilt = partial / "block-000001"
    spoilt.write_bytes(spoilt.read_bytes()[:-7])
    written, write = [], checkpoint.write_samples
    monkeypatch.setattr(
        checkpoint, "write_samples", lambda path, *a, **k: (written.append(path.name), write(path, *a, **k))
    )
    resumed = [value for value in SLOW if value not in ("--seed", "5")]  # the folder knows the seed
    assert run(*resumed, "--out", out, "--threads", 2) == 0
    assert "block-000001" in written and "block-000000" not in written  # finished and whole: kept
    assert run(*SLOW, "--out", tmp_path / "at_once", "--threads", 2) == 0
    assert out.read_bytes() == (tmp_path / "at_once").read_bytes()
    assert not partial.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--coupling", "nan"], "not finite"),
        (["--count", 0], "at least 1, got 0"),
        (["--count", "many"], "invalid int"),
        (["--method", "guess"], "invalid choice"),
        (["--method", "wolff", "--coupling", -0.3], "couplings >= 0"),
        (["--method", "perfect", "--coupling", -0.3], "J >= 0"),
        (["--burn-in", 1, "--coupling", 0.43], "shorter than the autocorrelation time"),
        (["--thin", 0], "thin must be an int of at least 1"),
        (["--size", 1], "at least 2"),
        (["--seed", -1], "nonnegative"),
        (["--threads", 0], "threads must be"),
        (["--count", 10**12], "a file holds 4 GiB; draw at most 178,082,986,"),
        (["--out", "nowhere/x"], "make the folder first"),
        (["--out", "x" * 250], "File name too long"),
        (["--out", "there"], "exists"),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(change, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").write_text("precious")
    method = [] if "--method" in change else ["--method", "metropolis"]
    assert run(*QUICK, "--out", "new", *method, *change) == 2
    assert words in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["there"] and (tmp_path / "there").read_text() == "precious"


@pytest.mark.parametrize("change", [["--out", "nowhere/x"], ["--out", "x" * 250], ["--out", "."], ["--count", 10**12]])
def test_what_no_file_can_hold_is_known_before_the_pilot_run(change, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checkpoint, "prepare", None)
    assert run(*QUICK, "--out", "x", *change) == 2
    assert os.listdir(tmp_path) == []


def test_an_interrupt_of_the_pilot_run_leaves_nothing(tmp_path, monkeypatch, capsys):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "prepare", interrupted)
    assert run(*QUICK, "--out", tmp_path / "x") == 130
    assert capsys.readouterr().err == "exactrg: interrupted\n" and os.listdir(tmp_path) == []


def test_a_folder_of_another_request_is_not_touched(tmp_path, capsys):
    partial = tmp_path / "x.partial"
    partial.mkdir()
    (partial / "request.json").write_text('{"n": 5, "seed": 1, "burn_in": null, "thin": null}')
    assert run(*QUICK, "--out", tmp_path / "x") == 2
    assert "differs in: hamiltonian, method, n, seed, software" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["x.partial"] and os.listdir(partial) == ["request.json"]


def test_a_full_disk_is_reported_and_finished_blocks_are_kept(tmp_path, monkeypatch):
    H, path, room = ising(square(4), 0.3), tmp_path / "x", [2]
    write = samples_file.write_samples

    def on_a_small_disk(*arguments, **options):
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_samples", on_a_small_disk)
        with pytest.raises(FileAccessError, match="No space left on device; finished blocks stay"):
            checkpoint.sample_to_file(path, H, 40_000, seed=1, method="metropolis", threads=1)
    assert not path.exists()
    assert len(list((tmp_path / "x.partial").glob("block-*"))) == 2
    stored = checkpoint.sample_to_file(path, H, 40_000, method="metropolis", threads=1)
    assert stored.provenance["seed"] == 1
    assert np.array_equal(stored.configs(), sample(H, 40_000, 1, method="metropolis"))


def test_a_terminal_shows_a_bar_with_rate_and_time_left(tmp_path, monkeypatch):
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    process = start(*SLOW, "--out", tmp_path / "x", stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    assert process.communicate() and process.returncode == 0
    text = shown.decode()
    assert "sampling" in text and "/4000" in text and "/s" in text and "0:00" in text
