from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import sympy
from golden_models import GOLDEN
from mutations import sealed_archive

from approx import read_chains, read_samples, start_chains, write_chains
from exactrg import DBN, RBM, SpinPolynomial, exp, ising, load, ring, save
from exactrg.errors import FileFormatError, InputError, MissingFileError, OutputExistsError

TEMPERED = GOLDEN / "chains_tempering_1-1.npz"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("chains_*.npz")), ids=lambda path: path.name)
def test_files_of_all_versions_load_and_keep_their_bytes(path, tmp_path):
    chains = read_chains(path)
    write_chains(tmp_path / "x", chains)
    assert (tmp_path / "x").read_bytes() == path.read_bytes() and os.listdir(tmp_path) == ["x"]
    assert chains.n_steps == 5 and chains.recorded.tolist() == [5]


def test_numpy_reads_our_files_as_docs_files_md_says():
    chains = read_chains(TEMPERED)
    with np.load(TEMPERED, allow_pickle=False) as file:
        header = json.loads(file["header.json"])
        spins = 1 - 2 * np.unpackbits(file["spins"], axis=2, count=header["n_sites"]).astype("int8")
        assert np.array_equal(spins, chains.replicas()) and np.array_equal(spins[:, -1], chains.configs())
        assert np.array_equal(file["energies"], chains.energies) and file["streams"].dtype == np.uint64
        assert file["factors"].shape == (header["n_replicas"],)
    assert (header["schema"], header["schema_version"], header["kernels"]) == ("exactrg-chains", 1, 1)


def test_every_byte_counts(tmp_path):
    path, content = tmp_path / "x", TEMPERED.read_bytes()
    for place in range(0, len(content), 37):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(FileFormatError, match="x: "):
            read_chains(path)
    for changed in (content[:-1], content + b"\0", b"", content[:7]):
        path.write_bytes(changed)
        with pytest.raises(FileFormatError):
            read_chains(path)


def forged(path, header_change=lambda header: None, source=TEMPERED, **arrays):
    """Write the chains of a golden file with another header or other numbers, under checksums that fit."""
    chains = read_chains(source)
    write_chains(path, chains)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members["header.json"])
    for name, change in arrays.items():
        head, data = members[f"{name}.npy"][:128], bytearray(members[f"{name}.npy"][128:])
        array = np.frombuffer(data, header["arrays"][name]["dtype"]).reshape(header["arrays"][name]["shape"])
        change(array)
        members[f"{name}.npy"] = head + bytes(data)
        header["arrays"][name]["sha256"] = hashlib.sha256(data).hexdigest()
    header_change(header)
    members["header.json"] = json.dumps(header).encode()
    path.write_bytes(sealed_archive(members))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda h: h.update(schema="exactrg-samples"), "schema is 'exactrg-samples'"),
        (lambda h: h.update(schema_version=2), "newer exactrg"),
        (lambda h: h.update(n_chains=0), "n_chains must be an integer of at least 1"),
        (lambda h: h.update(n_steps=-1), "n_steps must be"),
        (lambda h: h.update(n_steps=True), "n_steps must be"),
        (lambda h: h.update(n_steps=4), "within 4 steps"),
        (lambda h: h.update(parity=2), "parity 2"),
        (lambda h: h.update(n_draws=2), "recorded is described"),
        (lambda h: h.update(n_sites=6), "Hamiltonian over 5"),
        (lambda h: h.update(n_sites=80), "spins is described"),
        (lambda h: h.update(n_replicas=2**40), "spins is described"),
        (lambda h: h.update(provenance=[]), "lacks provenance"),
        (lambda h: h.update(method="heat_bath"), "'factors' belongs to nothing"),
        (lambda h: h.update(kernel="layers"), "no chains run by 'tempering' on the kernel 'layers'"),
        (lambda h: h.update(kernel="bit-parallel"), "streams is described"),
        (lambda h: h["arrays"].pop("energies"), "energies is described as {}"),
        (lambda h: h["arrays"]["streams"].update(dtype="int64"), "expected uint64"),
        (lambda h: h["model"].update(type="DBN", rbms=[]), "at least one RBM"),
    ],
)
def test_forged_headers_are_refused(tmp_path, change, words):
    forged(tmp_path / "x", change)
    with pytest.raises(FileFormatError, match=words):
        read_chains(tmp_path / "x")


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("heat_bath", lambda h: h.update(method="guess"), "expected 'auto'"),
        ("heat_bath", lambda h: h.update(method="auto"), "no chains run by 'auto'"),
        ("heat_bath_lattice", lambda h: h.update(method="perfect"), "no chains run by 'perfect'|J >= 0"),
        ("metropolis_lattice", lambda h: h.update(method="perfect"), "no chains run by 'perfect'"),
        ("metropolis_lattice", lambda h: h.update(method="wolff"), "on the kernel 'bit-parallel'"),
        ("block_gibbs", lambda h: h["model"].update(type="DBN", rbms=[dict(h["model"])]), "belongs|no array"),
        ("tempering", lambda h: h["model"].update(type="SpinPolynomial", sites=[]), "beyond the 0"),
    ],
)
def test_methods_that_do_not_fit_the_file_are_refused(tmp_path, name, change, words):
    forged(tmp_path / "x", change, GOLDEN / f"chains_{name}_1-1.npz")
    with pytest.raises(FileFormatError, match=words):
        read_chains(tmp_path / "x")


def test_chains_of_other_models_and_kinds_are_refused(tmp_path):
    chains = start_chains(ising(ring(3), 0.5), 1)
    for H in (ising(ring(3), sympy.log(2)), DBN([RBM([[0.5]])]), exp(ising(ring(3), 0.5))):
        write_chains(tmp_path / "x", replace(chains, problem=SimpleNamespace(energy=H, n_sites=3)), overwrite=True)
        with pytest.raises(FileFormatError, match=f"chains of a {type(H).__name__}, expected"):
            read_chains(tmp_path / "x")


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("spins", lambda a: a.__setitem__(..., 255), "padding"),
        ("streams", lambda a: a.__setitem__(3, 0), "stay zero"),
        ("recorded", lambda a: a.__setitem__(0, 0), "one after another"),
        ("recorded", lambda a: a.__setitem__(0, 6), "within 5 steps"),
        ("energies", lambda a: a.__setitem__((0, 0), np.nan), "not finite"),
        ("magnetizations", lambda a: a.__setitem__((0, 0), -(2**63)), "beyond 5 spins"),
        ("factors", lambda a: a.__setitem__(-1, 0.0), "do not increase"),
        ("factors", lambda a: a.__setitem__(-1, np.inf), "do not increase"),
        ("model_coefficients", lambda a: a.__setitem__(0, np.inf), "finite"),
    ],
)
def test_forged_numbers_are_refused(tmp_path, name, change, words):
    forged(tmp_path / "x", **{name: change})
    with pytest.raises(FileFormatError, match=words):
        read_chains(tmp_path / "x")


def test_a_forged_file_that_fits_is_read(tmp_path):
    forged(tmp_path / "x", lambda h: h.update(n_steps=6), streams=lambda a: a.__setitem__((3, 0), 0))
    assert read_chains(tmp_path / "x").run(1).recorded.tolist() == [5, 7]


def test_wrong_files_and_places_are_typed_errors(tmp_path):
    path, chains = tmp_path / "x", start_chains(ising(ring(3), 0.5), 1)
    with pytest.raises(MissingFileError):
        read_chains(path)
    write_chains(path, chains)
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        write_chains(path, chains)
    with pytest.raises(FileFormatError, match=r"approx\.read_chains"):
        load(path)
    with pytest.raises(FileFormatError, match="exactrg-samples"):
        read_samples(path)
    save(ising(ring(3), 0.5), path, overwrite=True)
    with pytest.raises(FileFormatError, match="exactrg-model"):
        read_chains(path)
    with pytest.raises(InputError, match="cannot be stored"):
        write_chains(tmp_path / "y", start_chains(SpinPolynomial({(frozenset((1,)),): 1.0}), 1))
    assert os.listdir(tmp_path) == ["x"]
