from __future__ import annotations

import io
import itertools
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import sympy
from scipy.io import loadmat, savemat

from exactrg import DBN, RBM
from exactrg.errors import FileFormatError, InputError, MissingFileError, OutputExistsError
from exactrg.interchange import from_mat, to_mat
from exactrg.interchange.matfile import read_matrices

RNG = np.random.default_rng(0)
W, B, A = RNG.normal(size=(4, 3)), RNG.normal(size=(1, 3)), RNG.normal(size=(1, 4))
LAYER = {"vishid": W, "hidbiases": B, "visbiases": A}
SECOND = {"hidpen": RNG.normal(size=(3, 2)), "penrecbiases": RNG.normal(size=(1, 2)), "hidgenbiases": B + 1}


def test_the_probabilities_are_those_of_the_matlab_code(tmp_path):
    savemat(tmp_path / "x.mat", LAYER)
    rbm = from_mat(tmp_path / "x.mat")
    logs = []
    for x, y in itertools.product(itertools.product((1, 0), repeat=4), itertools.product((1, 0), repeat=3)):
        theirs = np.dot(x, W @ y) + np.dot(x, A[0]) + np.dot(y, B[0])
        v, h = 2 * np.array(x) - 1, 2 * np.array(y) - 1
        ours = -(np.dot(h, rbm.b) + v @ rbm.w @ h + np.dot(v, rbm.c) + rbm.constant)
        logs.append((theirs, ours))
    theirs, ours = np.array(logs).T
    assert np.allclose(theirs, ours, rtol=0, atol=1e-13)  # the constant included: equal before any normalisation
    assert rbm == RBM.from_binary_units(W, B[0], A[0])


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("order", [1, 2])
def test_layers_in_one_file_or_in_several_make_a_dbn(tmp_path, compressed, order):
    first = {"hidrecbiases": B, "vishid": W, "visbiases": A, "numhid": 3.0, "rbms": {"a": 1}, "text": "MNIST"}
    savemat(tmp_path / "vh.mat", first, do_compression=compressed)
    savemat(tmp_path / "hp.mat", SECOND, do_compression=compressed)
    savemat(tmp_path / "all.mat", {**SECOND, **first}, do_compression=compressed)
    both = [tmp_path / "vh.mat", tmp_path / "hp.mat"][:: 1 if order == 1 else -1]
    for dbn in (from_mat(both), from_mat(tmp_path / "all.mat")):
        assert isinstance(dbn, DBN) and dbn.sizes == (4, 3, 2)
        assert np.array_equal(dbn.rbms[0].w, -W / 4) and np.array_equal(dbn.rbms[1].w, -SECOND["hidpen"] / 4)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_scipy_reads_what_we_write_and_we_read_what_scipy_writes(tmp_path, dtype):
    for compressed in (False, True):
        values = {name: a.astype(dtype) for name, a in {**LAYER, "x" * 31: RNG.normal(size=(500, 60))}.items()}
        savemat(tmp_path / "x.mat", values, do_compression=compressed)
        found = read_matrices(tmp_path / "x.mat", values)
        assert found.keys() == values.keys()
        assert all(np.array_equal(found[name], values[name]) for name in values)
    rbm = RBM.from_binary_units(W, B[0], A[0])
    to_mat(rbm, tmp_path / "rbm.mat")
    theirs = loadmat(tmp_path / "rbm.mat")
    assert np.allclose(theirs["vishid"], W, rtol=1e-14) and theirs["hidbiases"].shape == (1, 3)
    assert np.allclose(theirs["visbiases"], A, rtol=0, atol=1e-14)
    dbn = DBN([rbm, RBM(RNG.normal(size=(3, 2)))])
    to_mat(dbn, tmp_path / "dbn.mat")
    back = from_mat(tmp_path / "dbn.mat")
    for left, right in zip(dbn.rbms, back.rbms, strict=True):
        assert np.allclose(left.w, right.w, rtol=1e-14) and np.allclose(left.b, right.b, rtol=0, atol=1e-14)
    with pytest.raises(OutputExistsError):
        to_mat(rbm, tmp_path / "dbn.mat")


def test_numbers_that_matlab_packs_as_small_integers_and_big_endian_files(tmp_path):
    """Matlab stores doubles that are whole numbers in fewer bytes; scipy does not, so the file is built here."""

    def matrix(order, name, rows, columns, kind, content):
        def element(kind, data):
            return struct.pack(f"{order}2I", kind, len(data)) + data + bytes(-len(data) % 8)

        packed = struct.pack(f"{order}I", len(content) << 16 | kind) + content.ljust(4, b"\0")
        body = element(6, struct.pack(f"{order}2I", 6, 0)) + element(5, struct.pack(f"{order}2i", rows, columns))
        body += element(1, name) + (packed if len(content) <= 4 else element(kind, content))
        return struct.pack(f"{order}2I", 14, len(body)) + body

    for order, mark in (("<", b"IM"), (">", b"MI")):
        content = b"MATLAB 5.0".ljust(124) + struct.pack(f"{order}H", 0x0100) + mark
        content += matrix(order, b"vishid", 2, 2, 2, bytes([1, 2, 3, 4]))
        content += matrix(order, b"hidbiases", 1, 2, 3, struct.pack(f"{order}2h", -5, 300))
        content += matrix(order, b"visbiases", 1, 2, 9, struct.pack(f"{order}2d", 0.5, -2.0))
        (tmp_path / "x.mat").write_bytes(content)
        expected = RBM.from_binary_units([[1.0, 3.0], [2.0, 4.0]], [-5.0, 300.0], [0.5, -2.0])
        assert from_mat(tmp_path / "x.mat") == expected


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"vishid": W, "visbiases": A}, "one of hidrecbiases and hidbiases"),
        ({**LAYER, "hidrecbiases": B}, "one of hidrecbiases and hidbiases"),
        ({**LAYER, "hidbiases": B[:, :2]}, r"hidbiases has shape \(1, 2\), expected \(1, 3\)"),
        ({**LAYER, "visbiases": A.reshape(2, 2)}, "visbiases has shape"),
        ({**LAYER, "hidtop": W}, "linear hidden units"),
        ({**LAYER, "vishid": W * 1j}, "no full real matrix"),
        ({**LAYER, "vishid": "text"}, "no full real matrix"),
        ({**LAYER, "vishid": {"a": W}}, "no full real matrix"),
        ({**LAYER, "vishid": np.array([[W, W]], object)}, "no full real matrix"),
        ({**LAYER, "vishid": W.astype(np.int32)}, "no full real matrix"),
        ({**LAYER, "vishid": np.zeros((2, 2, 2))}, "no full real matrix"),
        ({**LAYER, "vishid": W * np.nan}, "not finite"),
        ({**LAYER, **SECOND, "hidpen": np.zeros((5, 2)), "hidgenbiases": np.zeros((1, 5))}, "same number"),
        ({"hidpen": W}, "needs"),
        (SECOND, "expected vishid"),
        ({}, "expected vishid"),
    ],
)
def test_other_variables_are_refused(tmp_path, variables, words):
    savemat(tmp_path / "x.mat", variables)
    with pytest.raises(FileFormatError, match=words):
        from_mat(tmp_path / "x.mat")


def test_other_files_bombs_and_bad_models_are_refused(tmp_path):
    path = tmp_path / "x.mat"
    with pytest.raises(MissingFileError):
        from_mat(path)
    for content in (b"", b"x" * 500, b"MATLAB 7.3 MAT-file".ljust(126) + b"IM" + bytes(500)):
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match="level 5"):
            from_mat(path)
    savemat(path, LAYER, format="4")
    with pytest.raises(FileFormatError, match="level 5"):
        from_mat(path)
    buffer = io.BytesIO()
    savemat(buffer, LAYER)
    head = buffer.getvalue()[:128]
    flags, name = struct.pack("<4I", 6, 8, 6, 0), struct.pack("<2I8s", 1, 6, b"vishid")

    def variable(rows, columns, content, claim):
        body = flags + struct.pack("<2I2i", 5, 8, rows, columns) + name + struct.pack("<2I", 9, claim) + content
        return struct.pack("<2I", 14, len(body)) + body

    bomb = zlib.compress(variable(1, 5, bytes(20_000_000), 40), 9)
    huge = zlib.compress(variable(20_000, 20_000, b"", 8 * 20_000**2), 9)
    tracemalloc.start()
    for content, words in (
        (struct.pack("<2I", 15, len(bomb)) + bomb, r"claims 1 x 5 numbers in 200\d\d\d\d\d bytes"),
        (struct.pack("<2I", 15, len(huge)) + huge, "claims 20000 x 20000"),
        (variable(20_000, 20_000, b"", 8 * 20_000**2), "claims 20000 x 20000"),
        (variable(-1, 1, b"", 0), "claims -1 x 1"),
        (variable(1, 1, bytes(8), 1 << 31), "cut off"),
        (variable(1, 2, bytes(8), 8), "8 bytes for 1 x 2"),
        (struct.pack("<2I", 14, 1 << 31), "in a file of"),
    ):
        path.write_bytes(head + content)
        with pytest.raises(FileFormatError, match=words):
            from_mat(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 << 20
    J = sympy.Symbol("J", real=True)
    for model, words in ((RBM([[J]]), "float64"), (DBN([RBM([[0.5]])] * 4), "at most 3"), ("x", "expected an RBM")):
        with pytest.raises(InputError, match=words):
            to_mat(model, tmp_path / "y.mat")
    savemat(path, LAYER)
    with pytest.raises(FileFormatError, match="in another file"):
        from_mat([path, path])
