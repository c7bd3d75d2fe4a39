from __future__ import annotations

import os
import pickle
import pty
import resource
import socket
import stat
import subprocess
import sys
import threading
from functools import partial

import pytest

from approx import read_samples
from exactrg import RBM, load, save
from exactrg.errors import (
    ExactRGError,
    FileAccessError,
    FileFormatError,
    InputError,
    MissingFileError,
    OutputExistsError,
)
from exactrg.files.atomic import access, atomic_file, make_folder, require_writable, write_atomically


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


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "x", tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(OutputExistsError), atomic_file(link):
        raise AssertionError("not reached")
    for content in (b"one", b"two"):  # a target that is not there, and one that is
        write_atomically(link, content)
        assert link.is_symlink() and not target.is_symlink() and target.read_bytes() == content
    assert os.listdir(tmp_path / "far") == ["x"] and sorted(os.listdir(tmp_path)) == ["far", "link"]
    link.unlink()
    link.symlink_to(link)
    with pytest.raises(FileAccessError, match="symbolic links"):
        write_atomically(link, b"")


def test_pipes_terminals_and_sockets_are_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    save(RBM([[0.5]]), pipe, overwrite=True)
    reader.join()
    (tmp_path / "x").write_bytes(received[0])
    assert load(tmp_path / "x") == RBM([[0.5]])
    assert stat.S_ISFIFO(os.stat(pipe).st_mode) and sorted(os.listdir(tmp_path)) == ["pipe", "x"]
    ours, theirs = pty.openpty()  # a device that not even root could replace
    terminal = tmp_path / "terminal"
    terminal.symlink_to(os.ttyname(theirs))
    require_writable(terminal, overwrite=True)
    write_atomically(terminal, b"shown")
    assert os.read(ours, 100) == b"shown" and terminal.is_symlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        with pytest.raises(FileAccessError, match="No such device"):
            write_atomically(tmp_path / "socket", b"gone")
    assert stat.S_ISSOCK(os.stat(tmp_path / "socket").st_mode)
    with pytest.raises(OutputExistsError):
        require_writable(pipe)


def test_stdout_by_its_name(tmp_path):
    """A shell's file is not written from its start again by what is printed afterwards."""
    code = "from exactrg.files.atomic import write_atomically as w; w('/dev/stdout', b'page\\n'); print('table')"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with open(tmp_path / "out", "wb") as out:
        subprocess.run([sys.executable, "-c", code], env=environment, stdout=out, check=True)
    assert (tmp_path / "out").read_text() == "page\ntable\n"
    piped = subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, check=True)
    assert piped.stdout == b"page\ntable\n"


@pytest.mark.parametrize("name", ["测" * 80 + ".npz", "x" * 255, "é" * 127])
def test_names_as_long_as_the_file_system_allows(tmp_path, name):
    save(RBM([[0.5]]), tmp_path / name)
    assert load(tmp_path / name) == RBM([[0.5]]) and os.listdir(tmp_path) == [name]
    with pytest.raises(FileAccessError, match="File name too long"):
        require_writable(tmp_path / ("y" + "测" * 85))


def test_what_can_be_written_is_tried_and_leaves_nothing(tmp_path):
    path = tmp_path / "x"
    require_writable(path)
    assert os.listdir(tmp_path) == []
    path.write_bytes(b"old")
    require_writable(path, overwrite=True)
    with pytest.raises(OutputExistsError):
        require_writable(path)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["x"]
    for place in (tmp_path, tmp_path / "nowhere" / "x", path / "x", "/proc/x"):
        with pytest.raises(FileAccessError):
            require_writable(place, overwrite=True)


@pytest.mark.parametrize("path", [None, 3, 0.5, "", "a\0b", ["x"]])
@pytest.mark.parametrize("call", [load, partial(save, RBM([[0.5]])), write_atomically, make_folder, read_samples])
def test_what_is_no_path(call, path):
    arguments = (path, b"") if call is write_atomically else (path,)
    with pytest.raises(InputError, match="the path of a file is "):
        call(*arguments)


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
