"""kill -9 at random moments while files are written: nothing corrupt, resumed bits equal.

``python tests/files/crash.py 50`` does what the issue asks for; names of scenarios after the number choose some. The
default test run kills five times.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from approx import fit_rbm, read_chains, read_samples, start_chains, write_chains
from approx.checkpoint import sample_to_file
from approx.figure3 import run_figure3
from exactrg import DBN, RBM, ising, load, save, square, verify
from exactrg.claims.report import html_report
from exactrg.files.atomic import write_atomically


def killed(job, seconds):
    """Run a job in a fork of this process; return whether SIGKILL came before its end."""
    child = os.fork()
    if not child:
        code = 1
        try:
            job()
            code = 0
        finally:
            os._exit(code)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.0002)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def timed(job):
    start = time.monotonic()
    job()
    return time.monotonic() - start


def samples(folder, kills, rng):
    """Blocks and the final file of samples."""
    H, n = ising(square(8), 0.3), 150_000

    def draw(name):
        sample_to_file(folder / name, H, n, seed=7, method="metropolis", threads=1)

    draw("warm")
    whole = timed(lambda: draw("reference"))
    reference = (folder / "reference").read_bytes()
    count, moments = 0, 0
    while count < kills:
        if killed(lambda: draw("x"), rng.uniform(0, 0.7 * whole)):
            count += 1
            blocks = list((folder / "x.partial").glob("block-*"))
            moments += bool(blocks)
            for block in blocks:
                read_samples(block)
        elif not (folder / "x").exists():
            raise AssertionError("a resumed run failed")
        if (folder / "x").exists():
            assert (folder / "x").read_bytes() == reference
            os.remove(folder / "x")
    draw("x")
    assert (folder / "x").read_bytes() == reference
    return moments


def models(folder, kills, rng):
    """One file that is replaced again and again."""
    both = [DBN([RBM(rng.normal(size=(300, 100))), RBM(rng.normal(size=(100, 30)))]) for _ in range(2)]
    moments = 0
    for suffix in ("npz", "safetensors"):
        path = folder / f"model.{suffix}"
        save(both[0], path)
        once = timed(lambda path=path: save(both[1], path, overwrite=True))

        def rewrite(path=path):
            for k in range(1000):
                save(both[k % 2], path, overwrite=True)

        for _ in range(kills):
            assert killed(rewrite, rng.uniform(0, 5 * once))
            found = load(path)
            assert any(np.array_equal(found.rbms[0].w, dbn.rbms[0].w) for dbn in both)
        moments += sum(entry.name.endswith(".tmp") for entry in os.scandir(folder))
    return moments


def chains(folder, kills, rng):
    """Markov chains that are saved after every 20 clusters, and gone on with."""
    H = ising(square(8), 0.4)

    def advance(name):
        path = folder / name
        some = read_chains(path) if path.exists() else start_chains(H, 7, method="wolff", threads=1)
        while some.n_steps < 2000:
            some = some.run(20, threads=1)
            write_chains(path, some, overwrite=True)

    advance("warm")
    whole = timed(lambda: advance("reference"))
    write_chains(folder / "at_once", start_chains(H, 7, method="wolff", threads=1).run(2000, threads=1))
    reference, moments = (folder / "reference").read_bytes(), 0
    assert reference == (folder / "at_once").read_bytes()
    for _ in range(kills):
        if killed(lambda: advance("x"), rng.uniform(0, 0.7 * whole)):
            moments += (folder / "x").exists() and read_chains(folder / "x").n_steps < 2000
        else:
            assert (folder / "x").read_bytes() == reference
            (folder / "x").unlink()
    advance("x")
    assert (folder / "x").read_bytes() == reference
    return moments


def training(folder, kills, rng):
    """The checkpoint of a training run."""
    spins = np.where(rng.random((200, 40)) < 0.5, -1, 1)

    def train(name):
        return fit_rbm(spins, 30, rng=7, epochs=20, batch_size=20, threads=1, checkpoint=folder / name).rbm

    train("warm")
    whole = timed(lambda: train("reference"))
    reference, moments = train("reference"), 0
    for _ in range(kills):
        if not killed(lambda: train("x"), rng.uniform(0, 0.7 * whole)):
            (folder / "x").unlink()
        elif (folder / "x").exists():
            moments += 1
            read_samples(folder / "x")
    found = train("x")
    assert all(np.array_equal(getattr(found, part), getattr(reference, part)) for part in ("w", "b", "c"))
    return moments


def reproduction(folder, kills, rng):
    """Fig. 3 at the reduced size: samples, checkpoints, measurements, tables and drawings."""

    def run(name):
        run_figure3("compact", folder / name, quick=True, threads=1)

    def results(name):
        (own,) = (path for path in (folder / name).iterdir() if path.is_dir() and not path.name.endswith(".partial"))
        measures = json.loads((own / "measures.json").read_bytes())
        del measures["run"]  # the day, the machine and the seconds
        kinds = (".csv", ".png", ".svg")
        return measures, {path.name: path.read_bytes() for path in own.iterdir() if path.suffix in kinds}

    for name in ("warm", "reference"):
        (folder / name).mkdir()
    run("warm")
    whole = timed(lambda: run("reference"))
    reference, moments = results("reference"), 0
    (folder / "x").mkdir()
    for _ in range(kills):
        if killed(lambda: run("x"), rng.uniform(0, 0.7 * whole)):
            moments += any((folder / "x").iterdir())
        else:
            assert results("x") == reference
            shutil.rmtree(folder / "x")
            (folder / "x").mkdir()
    run("x")
    assert results("x") == reference
    return moments


def report(folder, kills, rng):
    """The page of `exactrg verify --html`, replaced again and again."""
    pages = [html_report([v]).encode() for v in verify(["23", "C11"])]
    path = folder / "report.html"

    def rewrite():
        for k in range(100_000):
            write_atomically(path, pages[k % 2])

    write_atomically(path, pages[0])
    for _ in range(kills):
        assert killed(rewrite, rng.uniform(0, 0.05))
        assert path.read_bytes() in pages
    return sum(entry.name.endswith(".tmp") for entry in os.scandir(folder))


def command(folder, kills, rng):
    """`exactrg verify --html` itself: its page is absent, the old one, or whole."""
    path, arguments = folder / "report.html", ["verify", "--only", "23", "--only", "C11"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def start():
        line = [sys.executable, "-m", "exactrg", *arguments, "--html", str(path)]
        return subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    whole = timed(lambda: start().communicate())
    shape = re.sub(r"\d+\.\d\d", "", path.read_text("utf-8"))  # but for seconds
    shape, moments = re.sub(r"\d\d:\d\d UTC", "", shape), 0
    for kill in range(kills):
        old = None if kill % 2 else b"old"
        path.unlink(missing_ok=True)
        if old is not None:
            path.write_bytes(old)
        process = start()
        try:
            process.wait(rng.uniform(0, 1.1 * whole))
            assert process.returncode == 0
        except subprocess.TimeoutExpired:
            process.kill()
            moments += 1
        process.communicate()
        found = path.read_bytes() if path.exists() else None
        if found != old:
            found = re.sub(r"\d+\.\d\d", "", found.decode())
            assert re.sub(r"\d\d:\d\d UTC", "", found) == shape
    return moments


SCENARIOS = (samples, models, chains, training, reproduction, report, command)

if __name__ == "__main__":
    for scenario in [s for s in SCENARIOS if s.__name__ in (sys.argv[2:] or s.__name__)]:
        with tempfile.TemporaryDirectory() as place:
            started = time.monotonic()
            hits = scenario(Path(place), int(sys.argv[1]), np.random.default_rng(int(sys.argv[1])))
            line = {"scenario": scenario.__name__, "kills": int(sys.argv[1]), "in_the_middle": hits}
            print(json.dumps(line | {"seconds": round(time.monotonic() - started, 1)}), flush=True)
