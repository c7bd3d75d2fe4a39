"""Samples to a file, in a way that survives Ctrl-C, kill -9 and a full disk: finished blocks are kept.

While it runs, ``FILE.partial`` is a folder with ``request.json`` (what was asked for) and a file of samples for every
finished block, each written atomically with its checksum. The same request goes on where the last run stopped, to the
same bits: block k depends on the seed, on k and on the version of the kernels alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

import exactrg
from exactrg.counts import require_count
from exactrg.errors import FileAccessError, FileFormatError
from exactrg.executors import require_executor
from exactrg.files.atomic import as_path, make_folder, require_writable, write_atomically
from exactrg.files.document import parse_json
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM

from .choice import SamplingMethod
from .errors import OutputExistsError
from .kernel_versions import SAMPLING
from .problem import Problem
from .samples_file import StoredSamples, read_samples, require_one_file, write_samples
from .sampling import SamplingJob, prepare
from .streams import seed_sequence

_BESIDE = 16
"""Bytes of the energy and the magnetisation of a sample."""


def sample_to_file(
    path: str | os.PathLike[str],
    H: SpinPolynomial | RBM,
    n: int,
    *,
    seed: int | None = None,
    method: SamplingMethod = "auto",
    burn_in: int | None = None,
    thin: int | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> StoredSamples:
    """Draw what `approx.sample` draws into a file of samples, or go on with a run that was interrupted.

    Parameters
    ----------
    path : path
        The file; it must not exist.
    H, n, method, burn_in, thin, threads, executor, progress
        As for `approx.sample`; ``progress`` is also called for blocks that are there already.
    seed : int, optional
        That of the interrupted run, or a fresh one, if left out.

    Returns
    -------
    StoredSamples
        What the file holds.

    Raises
    ------
    OutputExistsError
        If the file exists, or the folder FILE.partial is from another request or version of the kernels.
    InputError
        For more samples than a file holds (4 GiB), before any is drawn.
    FileAccessError
        If something cannot be written: a missing or read-only folder is known before the pilot run; where the disk is
        full, finished blocks are kept.
    """
    require_executor(executor)
    path = as_path(path)
    if os.path.lexists(path):
        raise OutputExistsError(f"{path} exists; write another name, or remove it")
    require_writable(path)
    problem, n = Problem.of(H), require_count("n", n, 1)
    require_one_file(n, problem.n_sites, _BESIDE)
    partial = path.with_name(f"{path.name}.partial")
    request: dict[str, Any] = {
        "software": f"exactrg {exactrg.__version__}",
        "kernels": SAMPLING,
        "hamiltonian": _fingerprint(problem),
        "n": n,
        "method": method,
        "burn_in": burn_in,
        "thin": thin,
    }
    request["seed"] = _seed(partial / "request.json", request, seed)
    make_folder(partial)
    try:
        job = prepare(H, n, request["seed"], method=method, burn_in=burn_in, thin=thin, threads=threads)
    except BaseException:
        with contextlib.suppress(OSError):  # one with blocks stays
            partial.rmdir()
        raise
    try:
        write_atomically(partial / "request.json", json.dumps(request, indent=1).encode())
        missing = [k for k in range(job.n_blocks) if not _finished(partial, job, k)]
        count = n - sum(_length(job, k) for k in missing)
        for k, block in zip(missing, job.blocks(threads, missing, executor), strict=True):
            if progress is not None:
                progress(count, n)
            write_samples(_block_path(partial, k), block, overwrite=True)
            count += len(block)
        if progress is not None:
            progress(count, n)
        samples = _joined(partial, job)
        write_samples(path, samples)
    except (OutputExistsError, FileFormatError):
        raise
    except OSError as error:
        raise FileAccessError(
            f"{error}; finished blocks stay in {partial}, and the same command goes on from them"
        ) from error
    shutil.rmtree(partial, ignore_errors=True)
    return samples


def _seed(name: Path, request: dict[str, Any], seed: int | None) -> int:
    """Return the seed that was asked for, that of an interrupted run of the same request, or a fresh one."""
    if seed is not None:
        seed_sequence(seed)
    try:
        there = {"kernels": 1} | parse_json(name.read_bytes(), str(name))  # the first files do not say so
    except OSError:  # FileFormatError is one
        there = {}
    if type(there.get("seed")) is not int:  # none, or written by someone else; blocks are checked one by one
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0]) if seed is None else int(seed)
    wanted = request | {"seed": there.get("seed") if seed is None else int(seed)}
    if differing := sorted(key for key in {*there, *wanted} if there.get(key) != wanted.get(key)):
        raise OutputExistsError(
            f"{name.parent} holds samples of another request or version (it differs in: {', '.join(differing)}); repeat "
            "that request, write another name, or remove the folder"
        )
    return int(wanted["seed"])


def _fingerprint(problem: Problem) -> str:
    """Return the sha256 of the sites and couplings."""
    H = problem.energy
    digest = hashlib.sha256(repr(H.sites).encode())
    if isinstance(H, RBM):
        for part in (H.w, H.b, H.c, np.array(H.constant)):
            digest.update(np.ascontiguousarray(part, "<f8").tobytes())
    else:
        number = {site: k for k, site in enumerate(H.sites)}
        terms = sorted((sorted(number[s] for s in members), float(c).hex()) for members, c in H.couplings.items())
        digest.update(repr(terms).encode())
    return digest.hexdigest()


def _block_path(partial: Path, k: int) -> Path:
    return partial / f"block-{k:06d}"


def _length(job: SamplingJob, k: int) -> int:
    return min(job.block_size, job.n - k * job.block_size)


def _finished(partial: Path, job: SamplingJob, k: int) -> bool:
    """Whether block k is there, whole, and from this job."""
    try:
        block = read_samples(_block_path(partial, k))
    except (FileFormatError, FileNotFoundError):
        return False
    return len(block) == _length(job, k) and block.provenance == job.provenance


def _joined(partial: Path, job: SamplingJob) -> StoredSamples:
    """Put the blocks together."""
    blocks = [read_samples(_block_path(partial, k)) for k in range(job.n_blocks)]
    arrays = {name: np.concatenate([block.arrays[name] for block in blocks]) for name in blocks[0].arrays}
    packed = np.concatenate([block.packed for block in blocks])
    return StoredSamples(packed, job.problem.n_sites, arrays, job.provenance)
