from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys

import pytest

from exactrg.errors import ExactRGError, FileAccessError, FileFormatError, MissingFileError, OutputExistsError
from exactrg.files.atomic import access, atomic_file, write_atomically


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "x"
    with atomic_file(path) as file:
        file.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    with pytest.raises(OutputExistsError), atomic_file(path):
        raise AssertionError("not reached")
    with atomic_file(path, overwrite=True) as file:
        file.write(b"two")
        assert path.read_bytes() == b"one"
    write_atomically(path, b"three")
    assert path.read_bytes() == b"three" and os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError("no"), OSError(28, "No space left on device")])
def test_an_error_keeps_the_old_file(tmp_path, stop):
    path = tmp_path / "x"
    write_atomically(path, b"old")
    with pytest.raises(BaseException) as caught, atomic_file(path, overwrite=True) as file:
        file.write(b"new")
        raise stop
    if isinstance(stop, OSError):
        assert type(caught.value) is FileAccessError and "No space left on device" in str(caught.value)
    else:
        assert caught.value is stop or caught.type is stop
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["x"]


def test_a_full_disk(tmp_path):
    path = tmp_path / "x"
    write_atomically(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(FileAccessError, match="File too large; what was there before is intact"):
            write_atomically(path, bytes(20_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["x"]


def test_places_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("a file in the place of a folder")
    with pytest.raises(FileAccessError, match="make the folder first"):
        write_atomically(tmp_path / "file" / "x", b"")
    with pytest.raises(FileAccessError, match="make the folder first"):
        write_atomically(tmp_path / "nowhere" / "x", b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileAccessError, match="directory"):
        write_atomically(tmp_path / "folder", b"")
    with pytest.raises(FileAccessError, match="cannot be written"):
        write_atomically("/proc/x", b"")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"] and os.listdir(tmp_path / "folder") == []


READ_ONLY = """
import os, sys
from exactrg import RBM, save
from exactrg.errors import FileAccessError
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)  # permissions do not bind root
try:
    save(RBM([[0.5]]), sys.argv[1], overwrite=True)
except FileAccessError as error:
    print(error)
"""


def test_a_read_only_folder(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "x").write_bytes(b"old")
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)  # to be entered by the other user
    folder.chmod(0o555)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", READ_ONLY, str(folder / "x")]
    try:
        done = subprocess.run(command, env=environment, text=True, capture_output=True)
    finally:
        folder.chmod(0o755)
    assert "Permission denied; what was there before is intact" in done.stdout, done.stderr
    assert (folder / "x").read_bytes() == b"old" and os.listdir(folder) == ["x"]


def test_reading_errors_are_typed_and_errors_travel_between_processes(tmp_path):
    with pytest.raises(MissingFileError, match="nothing: No such file"), access("nothing", "read"):
        open(tmp_path / "nothing").close()
    with pytest.raises(FileAccessError, match="cannot be read: Is a directory"), access(tmp_path, "read"):
        open(tmp_path).close()
    for kind in (FileAccessError, FileFormatError, MissingFileError, OutputExistsError):
        again = pickle.loads(pickle.dumps(kind("text")))
        assert type(again) is kind and str(again) == "text" and isinstance(again, ExactRGError)
