"""Throw damaged and forged files at every loader: only the documented errors, bounded memory, bounded time.

``python tests/files/fuzz.py 10000`` does what the issue asks for; the default test run does 200 a loader. Each loader
gets whole files, the damaged ones of `mutations.damaged` and forged ones whose checksums fit.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
import zlib
from pathlib import Path

import numpy as np
from golden_models import GOLDEN
from mutations import damaged, forged_archive, forged_safetensors, mutated_json
from scipy.io import savemat

MEMORY, SECONDS = 768 << 20, 20


def loaders():
    """Name -> (contents of whole files, the forger of them, the function that loads, the errors it may raise)."""
    import approx
    import exactrg
    from approx import training_checkpoint
    from approx.checkpoint import _seed
    from approx.contrastive_divergence import ContrastiveDivergence
    from approx.tiles import TileThreads
    from exactrg.errors import FileFormatError, InputError, OutputExistsError
    from exactrg.interchange import from_mat, from_rbms

    def golden(pattern):
        return [path.read_bytes() for path in sorted(GOLDEN.glob(pattern))]

    stored = approx.read_samples(GOLDEN / "training-1.npz").provenance["run"]
    spins = np.where(np.random.default_rng(1).random((12, 4)) < 0.5, -1, 1)
    units = (spins > 0).astype(np.uint8)

    def read_chains(path):
        approx.read_chains(path).run(1, threads=1)

    def read_training(path):
        recipe = approx.Recipe(batch_size=6, epochs=5)
        training = ContrastiveDivergence(units, 2, recipe, np.random.SeedSequence(3), threads)
        training_checkpoint.read_checkpoint(path, training, {"kind": stored["kind"]})

    threads = TileThreads(1)
    models = golden("[!cst]*-1.npz")
    request = {"software": "exactrg 0.1.0", "kernels": 1, "n": 5, "burn_in": None}

    def read_request(path):
        assert type(_seed(path, request, None)) is int

    attacks = {
        "models": (models, forged_archive, exactrg.load, FileFormatError),
        "safetensors": (golden("*.safetensors"), forged_safetensors, exactrg.load, FileFormatError),
        "samples": (golden("samples-1.npz"), forged_archive, approx.read_samples, FileFormatError),
        "chains": (golden("chains_*.npz"), forged_archive, read_chains, (FileFormatError, InputError)),
        "training": (golden("training-1.npz"), forged_archive, read_training, (FileFormatError, InputError)),
        "request": ([json.dumps(request | {"seed": 7}).encode()], _forged_request, read_request, OutputExistsError),
        "matlab": (_matlab_files(), _forged_matlab, from_mat, FileFormatError),
    }
    with contextlib.suppress(ImportError):
        attacks["rbms"] = (_rbms_files(), _forged_bytes, from_rbms, FileFormatError)
    return attacks


def _matlab_files():
    arrays = {"vishid": np.ones((4, 3)), "hidbiases": np.ones((1, 3)), "visbiases": np.ones((1, 4)), "text": "more"}
    buffers = [io.BytesIO(), io.BytesIO()]
    for compressed, buffer in enumerate(buffers):
        savemat(buffer, arrays, do_compression=bool(compressed))
    return [buffer.getvalue() for buffer in buffers]


def _rbms_files():
    from exactrg import RBM
    from exactrg.interchange import to_rbms

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.h5"
        to_rbms(RBM(np.ones((4, 3))), path)
        return [path.read_bytes()]


def _forged_bytes(content, rng):
    """Overwrite a few bytes: these formats have no checksum."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        data[int(rng.integers(len(data)))] = int(rng.choice([0, 1, 255, 128, int(rng.integers(256))]))
    return bytes(data)


def _forged_matlab(content, rng):
    """Overwrite bytes, in half of the files those of the first variable as it is before compression."""
    kind, length = struct.unpack_from("<2I", content, 128)
    if kind != 15 or rng.random() < 0.5:
        return _forged_bytes(content, rng)
    inner = zlib.compress(_forged_bytes(zlib.decompress(content[136 : 136 + length]), rng))
    return content[:128] + struct.pack("<2I", 15, len(inner)) + inner + content[136 + length :]


def _forged_request(content, rng):
    return json.dumps(mutated_json(json.loads(content), rng)).encode()


def attack(name, count, seed=0):
    """Return how often a loader refused and how often it read a file, and the longest time; raise for anything else."""
    contents, forge, load, allowed = loaders()[name]
    rng = np.random.default_rng(seed)
    refused, read, longest = 0, 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for content in contents:
            path.write_bytes(content)
            load(path)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        for k in range(count):
            content = contents[int(rng.integers(len(contents)))]
            forged = rng.random() < 0.7
            path.write_bytes(forge(content, rng) if forged else damaged(content, rng))
            start = time.perf_counter()
            signal.alarm(SECONDS)
            try:
                load(path)
                sealed = name not in ("request", "matlab", "rbms")
                assert forged or not sealed or path.read_bytes() in contents, "damage was not noticed"
                read += 1
            except allowed:
                refused += 1
            except BaseException:
                kept = Path(tempfile.gettempdir()) / f"exactrg-fuzz-{name}-{seed}-{k}"
                kept.write_bytes(path.read_bytes())
                print(f"file {k} of {name}, kept as {kept}", file=sys.stderr)
                raise
            finally:
                signal.alarm(0)
            longest = max(longest, time.perf_counter() - start)
    return {"loader": name, "files": count, "refused": refused, "read": read, "longest_s": round(longest, 3)}


def _too_slow(number, frame):
    raise TimeoutError(f"more than {SECONDS} s: {''.join(traceback.format_stack(frame)[-3:])}")


if __name__ == "__main__":
    signal.signal(signal.SIGALRM, _too_slow)
    chosen = sys.argv[2:] or list(loaders())
    for loader in chosen:
        print(json.dumps(attack(loader, int(sys.argv[1]))), flush=True)
