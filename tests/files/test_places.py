"""Every writer on a full disk, under a limit on the size of files, and in a read-only folder: see places.py."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import approx
import exactrg

SCRIPT = Path(__file__).with_name("places.py")
REPLACED = [
    "model.npz",
    "model.safetensors",
    "samples.npz",
    "chains.npz",
    "training",
    "page",
    "report.html",
    "model.mat",
]
PRIVATE = (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"])  # mounts that nobody else sees
MOUNT = 'mount -t tmpfs -o size=2m none "$0" && exec "$@"'


def writers(command, kind, folder):
    """Run places.py; return the names of the writers that behaved."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    command = [*command, sys.executable, str(SCRIPT), kind, str(folder)]
    done = subprocess.run(command, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr[-4000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["place"] for line in lines} == {kind}
    return [line["writer"] for line in lines if "left_out" not in line and line["writer"] != "model.h5"]


@pytest.mark.jit
def test_a_limit_on_the_size_of_files(tmp_path):
    assert writers([], "limit", tmp_path) == [*REPLACED, "drawn.npz"]


@pytest.mark.jit
def test_a_full_disk(tmp_path):
    for prefix in PRIVATE:
        tried = shutil.which("unshare") and subprocess.run([*prefix, "sh", "-c", MOUNT, tmp_path, "true"])
        if tried and tried.returncode == 0:
            break
    else:
        pytest.skip("this user may not mount a small file system; the limit on the size of files is tested everywhere")
    assert writers([*prefix, "sh", "-c", MOUNT, str(tmp_path)], "full", tmp_path) == [*REPLACED, "drawn.npz"]
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="privileges of root are given up in Linux's way")
def test_a_read_only_folder(tmp_path):
    tmp_path.chmod(0o755)
    try:
        found = writers([], "locked", tmp_path)
    finally:
        tmp_path.chmod(0o755)
    assert found == [*REPLACED, "drawn.npz", "figures", "network", "fig3"]


WRITING = {"write_text", "write_bytes", "tofile", "savez", "savetxt", "dump"}
DEVELOPERS = {"exactrg/claims/tables.py"}  # rewrites README.md in a checkout


@pytest.mark.parametrize("package", [exactrg, approx], ids=lambda package: package.__name__)
def test_nothing_is_written_but_by_atomic_file(package):
    root = Path(package.__file__).parent.parent
    found = set()
    for path in sorted((root / package.__name__).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            modes = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if name in WRITING or (name == "open" and any(set("wxa+") & set(mode) for mode in modes if len(mode) < 4)):
                found.add(path.relative_to(root).as_posix())
    assert found - DEVELOPERS == ({"exactrg/files/atomic.py"} if package is exactrg else set())
