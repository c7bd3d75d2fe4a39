from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import sympy
from golden_models import GOLDEN, models, same
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import sealed_archive

import exactrg
from approx import StoredSamples, read_samples, write_samples
from approx.samples_file import pack_spins
from exactrg import RBM, SpinPolynomial, exp, ising, load, log, ring, save
from exactrg.errors import FileFormatError, InputError, MissingFileError, OutputExistsError

SUFFIXES = ("npz", "safetensors")
COMMON = {"suppress_health_check": [HealthCheck.function_scoped_fixture], "deadline": None, "max_examples": 25}


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*-*-[0-9]*.*")), ids=lambda path: path.name)
def test_files_of_all_versions_load_to_what_was_saved(path):
    name = path.stem.rsplit("-", 1)[0]
    assert same(load(path), models()[name])


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", models())
def test_what_is_written_now_is_what_the_golden_file_of_this_version_holds(name, suffix, tmp_path):
    path = tmp_path / f"x.{suffix}"
    save(models()[name], path)
    assert path.read_bytes() == (GOLDEN / f"{name}-1.{suffix}").read_bytes()
    assert os.listdir(tmp_path) == [path.name]


def test_old_samples_load():
    read = read_samples(GOLDEN / "samples-1.npz")
    spins = np.where(np.random.default_rng(2026).random((5, 11)) < 0.5, -1, 1)
    assert np.array_equal(read.configs(), spins) and read.provenance == {"seed": 2026, "method": "none"}
    assert np.array_equal(read.arrays["energies"], np.linspace(-2, 2, 5))
    assert np.array_equal(read.arrays["magnetizations"], spins.sum(axis=1))


sites = st.recursive(
    st.integers(-(10**20), 10**20) | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False) | st.none(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)


@settings(**COMMON)
@given(st.lists(sites, min_size=1, max_size=5, unique=True), st.data())
def test_any_polynomial_survives(tmp_path, names, data):
    sets = data.draw(st.lists(st.frozensets(st.sampled_from(names)), max_size=6, unique=True))
    J, K = sympy.symbols("J K", real=True)
    numbers = {
        "float": st.floats(allow_nan=False, allow_infinity=False),
        "exact": st.sampled_from(
            [J, K / 3 - J, sympy.log(7), sympy.log(sympy.cosh(J + K)), sympy.log(sympy.sqrt(2) + 1)]
        ),
        "neutral": st.integers(),
    }[data.draw(st.sampled_from(["float", "exact", "neutral"]))]
    f = SpinPolynomial({s: data.draw(numbers) for s in sets}, names)
    for suffix in SUFFIXES:
        save(f, tmp_path / f"f.{suffix}", overwrite=True)
        assert same(load(tmp_path / f"f.{suffix}"), f)


@settings(**COMMON)
@given(st.integers(0, 5), st.integers(0, 4), st.integers(0, 2**32))
def test_float_rbms_keep_their_bits(tmp_path, n, m, seed):
    rng = np.random.default_rng(seed)
    rbm = RBM(rng.normal(size=(n, m)) * 10.0 ** rng.integers(-300, 300, (n, m)), rng.normal(size=m), rng.normal(size=n))
    for suffix in SUFFIXES:
        save(rbm, tmp_path / f"f.{suffix}", overwrite=True)
        assert same(load(tmp_path / f"f.{suffix}"), rbm)


def test_the_exact_hamiltonian_of_a_coarse_ring_survives(tmp_path):
    J, K = sympy.symbols("J K", real=True)
    weight = exp(-ising(ring(4), J)) * exp(SpinPolynomial({(0, "h"): K, (2, "h"): K / 2, (): -sympy.log(2)}))
    H = -log(weight.trace([0, 1, 2, 3]) * 3)
    coarse = -log(exp(-ising(ring(5), J)).trace([0, 3]))
    for model in (H, coarse, weight.probability()):
        save(model, tmp_path / "x", overwrite=True)
        assert load(tmp_path / "x") == model


def test_the_safetensors_package_and_numpy_read_our_files(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    rbm = RBM([[0.5, -1.0], [2.0, 1e-5], [0.0, 3.0]], [0.25, 4.0], [1.0, 2.0, 3.0], -1.5)
    save(rbm, tmp_path / "x.safetensors")
    save(rbm, tmp_path / "x.npz")
    tensors = safetensors.load_file(tmp_path / "x.safetensors")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        for name, values in (("w", rbm.w), ("b", rbm.b), ("c", rbm.c), ("constant", [-1.5])):
            assert np.array_equal(tensors[name], values) and np.array_equal(archive[name], values)
    assert tensors.keys() == {"w", "b", "c", "constant"}
    safetensors.save_file(tensors, tmp_path / "theirs.safetensors")
    with pytest.raises(FileFormatError, match="no metadata of exactrg"):
        load(tmp_path / "theirs.safetensors")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_byte_counts(tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    save(RBM([[0.5]]), path)
    content = path.read_bytes()
    for place in range(0, len(content), 5):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(FileFormatError, match=f"x.{suffix}"):
            load(path)
    for changed in (content[:-1], content + b"\0", content + content, b"", content[:7]):
        path.write_bytes(changed)
        with pytest.raises(FileFormatError):
            load(path)


@pytest.mark.parametrize(
    "content", [pickle.dumps({"a": 1}), b"\x93NUMPY", b"PK\x03\x04", b"x" * 500, bytes(500), b"{}"]
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(FileFormatError, match="x: "):
        load(tmp_path / "x")


def forged(path, change):
    """Write a file of a model whose description is changed, and whose checksum fits."""
    save(models()["polynomial-symbols"], path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members["header.json"])
    change(header)
    members["header.json"] = json.dumps(header).encode()
    path.write_bytes(sealed_archive(members))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda h: h.update(schema="other"), "schema is 'other'"),
        (lambda h: h.update(schema_version=2), "newer exactrg"),
        (lambda h: h["model"].update(type="Lambda"), "unknown type"),
        (lambda h: h["model"].update(kind="float"), "no array 'coefficients'"),
        (lambda h: h["model"].update(kind="neutral"), "expected an integer"),
        (lambda h: h["model"].update(sites=[0, 0]), "twice"),
        (lambda h: h["model"].update(sites=[0]), "beyond the 1"),
        (lambda h: h["model"].update(sites=[0, {}]), "no site"),
        (lambda h: h["model"]["coefficients"].pop(), "list of 3"),
        (lambda h: h["model"]["coefficients"].__setitem__(0, "__import__('os').abort()"), "unexpected"),
        (lambda h: h["model"]["coefficients"].__setitem__(0, "s2"), "2 symbols"),
        (lambda h: h["model"]["coefficients"].__setitem__(0, "0"), "coefficient of zero"),
        (lambda h: h["model"]["coefficients"].__setitem__(0, 1.5), "as text"),
        (lambda h: h["symbols"][0].update(name=3), "declares no symbol"),
        (lambda h: h["symbols"][0].update(assumptions={"real": False}), "not declared real"),
        (lambda h: h["symbols"][0].update(assumptions={"real": True, "cls": True}), "unknown assumptions"),
        (lambda h: h["symbols"][0].update(assumptions={"real": True, "zero": True, "prime": True}), "contradict"),
        (lambda h: h["arrays"]["lengths"].update(shape=[2**40]), "declares"),
        (lambda h: h["arrays"]["lengths"].update(dtype="object"), "not allowed"),
    ],
)
def test_forged_descriptions_are_refused(tmp_path, change, words):
    path = tmp_path / "x"
    forged(path, lambda header: None)
    assert same(load(path), models()["polynomial-symbols"])
    path.unlink()
    forged(path, change)
    with pytest.raises(FileFormatError, match=words):
        load(path)


def test_a_tensor_that_claims_a_tebibyte_is_refused(tmp_path):
    save(RBM([[0.5]]), tmp_path / "x.safetensors")
    content = (tmp_path / "x.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    for shape, offsets, words in (
        ([2**40], [24, 24 + 2**43], "take"),
        ([2**40], [24, 32], "do not fit"),
        ([1], [32, 40], "expected 24"),
        ([1], [-8, 0], "starts at byte -8"),
        ([2], [24, 40], "take 40 bytes"),
        ([1], [16, 24], "starts at byte 16"),
        ([1.5], [24, 32], "not allowed"),
    ):
        header = json.loads(content[8 : 8 + length])
        name = next(name for name, claim in header.items() if claim.get("data_offsets") == [24, 32])
        header[name].update(shape=shape, data_offsets=offsets)
        header["__metadata__"]["sha256"] = "0" * 64
        text = json.dumps(header).encode()
        whole = struct.pack("<Q", len(text)) + text + content[8 + length :]
        digest = hashlib.sha256(whole).hexdigest().encode()
        (tmp_path / "y").write_bytes(whole.replace(b"0" * 64, digest))
        with pytest.raises(FileFormatError, match=words):
            load(tmp_path / "y")


def test_wrong_models_and_places_are_typed_errors(tmp_path):
    path = tmp_path / "x"
    with pytest.raises(MissingFileError, match="No such file"):
        load(path)
    for model, words in (
        ({"a": 1}, "a dict cannot be saved"),
        (SpinPolynomial({(frozenset((1,)),): 1.0}), "cannot be stored"),
        (SpinPolynomial({(0,): sympy.Dummy("J", real=True)}), "no name that a file could keep"),
        (RBM([[0.5]], visible=["0" * 64]), None),
    ):
        if words is None:
            path = tmp_path / "x.safetensors"
            words = "relabel"
        with pytest.raises(InputError, match=words):
            save(model, path)
    assert os.listdir(tmp_path) == []
    write_samples(path, StoredSamples(pack_spins([[1, -1]]), 2))
    with pytest.raises(FileFormatError, match=r"approx\.read_samples"):
        load(path)
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        save(RBM([[0.5]]), path)
    save(RBM([[0.5]]), path, overwrite=True)
    assert load(Path(path)) == RBM([[0.5]])
    with pytest.raises(FileFormatError, match="exactrg-model"):
        read_samples(GOLDEN / "rbm-float-1.npz")
    assert exactrg.save is save
