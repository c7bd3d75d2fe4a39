"""Each writer where nothing can be written: a clear error, the old file intact, nothing left behind, and on it goes later.

``python tests/files/places.py full FOLDER`` needs a small file system, which it fills::

    mkdir /tmp/small && sudo mount -t tmpfs -o size=2m none /tmp/small

``limit`` instead of ``full`` sets a limit on the size of files (RLIMIT_FSIZE), anywhere. ``locked`` takes permission to
write from the folder, and from root the privileges that would ignore that; give it an empty folder.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import json
import os
import resource
import sys
from functools import partial
from pathlib import Path

import numpy as np

from approx import Recipe, StoredSamples, fit_rbm, start_chains, write_chains, write_samples
from approx.checkpoint import sample_to_file
from exactrg import RBM, interchange, ising, save, square
from exactrg.cli import main
from exactrg.errors import FileAccessError, MissingPackageError
from exactrg.files.atomic import write_atomically

ROOM = 8192
"""Bytes that are left on the disk, or that a file may have."""

WORDS = {"full": "No space left on device", "limit": "File too large", "locked": "Permission denied"}


def machine(n):
    return RBM(np.random.default_rng(n).normal(size=(n, n)))


def training(path, epochs):
    spins = np.where(np.random.default_rng(0).random((40, 40)) < 0.5, -1, 1)
    fit_rbm(spins, 30, recipe=Recipe(batch_size=20, epochs=epochs), rng=7, threads=1, checkpoint=path)


def command(*arguments):
    """Run a command here; its error on stderr, which has no traceback, becomes an error again."""
    shown = io.StringIO()
    with contextlib.redirect_stderr(shown), contextlib.redirect_stdout(io.StringIO()):
        code = main([str(a) for a in arguments])
    if code:
        assert code == 2 and "Traceback" not in shown.getvalue(), shown.getvalue()
        raise FileAccessError(shown.getvalue())


def replaced():
    """Name -> (write the old file, write the new one, of more than ``ROOM`` bytes)."""
    chains = start_chains(ising(square(4), 0.3), 1, method="metropolis", threads=1)
    rows = StoredSamples(np.zeros((20_000, 1), np.uint8), 8)

    def both(write, old, new):
        return (lambda path: write(old, path)), (lambda path: write(new, path, overwrite=True))

    def switched(write):
        return lambda value, path, **options: write(path, value, **options)

    return {
        "model.npz": both(save, machine(3), machine(60)),
        "model.safetensors": both(save, machine(3), machine(60)),
        "samples.npz": both(switched(write_samples), StoredSamples(rows.packed[:3], 8), rows),
        "chains.npz": both(switched(write_chains), chains, chains.run(1, threads=1)),
        "training": (partial(training, epochs=1), partial(training, epochs=2)),
        "page": (lambda path: write_atomically(path, b"old"), lambda path: write_atomically(path, bytes(20_000))),
        "report.html": (
            lambda path: write_atomically(path, b"old"),
            lambda path: command("verify", "--only", "23", "--html", path),
        ),
        "model.mat": both(interchange.to_mat, machine(3), machine(60)),
        "model.h5": both(interchange.to_rbms, machine(3), machine(60)),
    }


def draw(path):
    """Draw samples block by block."""
    sample_to_file(path, ising(square(8), 0.3), 20_000, seed=1, method="metropolis", threads=1)


def runs():
    """Name -> a run that makes this file or folder."""
    return {
        "drawn.npz": draw,
        "figures": lambda path: command("reproduce", "fig1", "--out", path),
        "network": lambda path: command("reproduce", "fig3", "--quick", "--out", path),
        "fig3": lambda path: command("reproduce", "fig3", "--quick", "--out", path.parent),
    }


def refused(write, path, words):
    """Check that writing fails as documented."""
    try:
        write(path)
    except FileAccessError as error:
        assert words in str(error) and path.name in str(error), error
    else:
        raise AssertionError(f"{path} was written")
    assert not list(path.parent.rglob("*.tmp")), os.listdir(path.parent)


@contextlib.contextmanager
def without_room(kind, folder):
    """Fill the disk but for ``ROOM``, or limit the size of files to it."""
    if kind == "limit":
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        return
    assert os.statvfs(folder).f_blocks * os.statvfs(folder).f_frsize <= 1 << 26, "not a small file system"
    filler = folder / "filler"
    try:
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                assert error.errno == errno.ENOSPC
            file.truncate(file.tell() - ROOM)
        yield
    finally:
        filler.unlink()


def short_of_room(kind, folder):
    """Replace old files on a full disk, or under a limit on the size of a file; then again, with room."""
    for name, (old, new) in replaced().items():
        path = folder / "replaced" / name
        path.parent.mkdir()
        try:
            old(path)
        except MissingPackageError:
            print(json.dumps({"place": kind, "writer": name, "left_out": "a package is missing"}))
            path.parent.rmdir()
            continue
        before = path.read_bytes()
        with without_room(kind, folder):
            refused(new, path, WORDS[kind])
            assert path.read_bytes() == before and os.listdir(path.parent) == [name]
        new(path)
        assert path.read_bytes() != before and os.listdir(path.parent) == [name]
        path.unlink()
        path.parent.rmdir()
        print(json.dumps({"place": kind, "writer": name}), flush=True)


def stopped_for_want_of_room(kind, folder):
    """Draw samples, run out of room, and go on to the same bytes."""
    draw(folder / "whole")
    whole = (folder / "whole").read_bytes()
    (folder / "whole").unlink()
    with without_room(kind, folder):
        refused(draw, folder / "drawn.npz", WORDS[kind])
    assert os.listdir(folder) == ["drawn.npz.partial"]
    draw(folder / "drawn.npz")
    assert (folder / "drawn.npz").read_bytes() == whole and os.listdir(folder) == ["drawn.npz"]
    print(json.dumps({"place": kind, "writer": "drawn.npz"}), flush=True)


def give_up_privileges():
    """Have permissions bind this thread and those that it starts, root's too: it keeps its name, and no capability."""
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capset(header, none) == 0


def locked(folder):
    """Read-only folders: what was there stays, and nothing comes."""
    for name, (old, _) in replaced().items():
        with contextlib.suppress(MissingPackageError):
            old(folder / name)
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    folder.chmod(0o555)
    give_up_privileges()
    writers = {name: new for name, (_, new) in replaced().items() if name in contents} | runs()
    for name, write in writers.items():
        refused(write, folder / name, WORDS["locked"])
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == contents
        print(json.dumps({"place": "locked", "writer": name}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "locked":
        locked(Path(sys.argv[2]))
    else:
        short_of_room(sys.argv[1], Path(sys.argv[2]))
        stopped_for_want_of_room(sys.argv[1], Path(sys.argv[2]))
