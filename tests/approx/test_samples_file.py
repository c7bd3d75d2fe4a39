from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import resource
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approx.errors import OutputExistsError, SamplesFileError
from approx.samples_file import StoredSamples, pack_spins, read_samples, unpack_spins, write_samples
from exactrg.errors import InputError, SpinError
from exactrg.files.document import MAX_HEADER


def some(n_samples=20, n_sites=11, seed=0, **provenance):
    rng = np.random.default_rng(seed)
    packed = pack_spins(rng.choice([-1, 1], (n_samples, n_sites)))
    energies, magnetizations = rng.normal(size=n_samples), rng.integers(-9, 9, (n_samples, 2))
    return StoredSamples(packed, n_sites, {"energy": energies, "m": magnetizations}, provenance)


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 2**32))
def test_packing_is_one_bit_a_spin_and_loses_nothing(n_samples, n_sites, seed):
    configs = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n_samples, n_sites))
    packed = pack_spins(configs)
    assert packed.shape == (n_samples, -(-n_sites // 8)) and packed.dtype == np.uint8
    back = unpack_spins(packed, n_sites)
    assert back.dtype == np.int8 and np.array_equal(back, configs)
    text = "".join("1" if s < 0 else "0" for s in configs[0]).ljust(8 * packed.shape[1], "0")
    assert bytes(packed[0]) == int(text, 2).to_bytes(packed.shape[1], "big")


def test_a_file_brings_back_what_was_written(tmp_path):
    path = tmp_path / "samples.npz"
    written = some(300, 1600, seed=7, method="wolff", tau=3.5, nested={"burn_in": [1, 2]})
    write_samples(path, written)
    read = read_samples(path)
    assert np.array_equal(read.packed, written.packed) and len(read) == 300 and read.n_sites == 1600
    assert np.array_equal(read.configs(10, 20), unpack_spins(written.packed, 1600)[10:20])
    assert read.arrays.keys() == {"energy", "m"} and read.provenance == written.provenance
    for name, array in read.arrays.items():
        assert array.dtype == written.arrays[name].dtype and np.array_equal(array, written.arrays[name])
    assert path.stat().st_size < 300 * 200 + 300 * 24 + 3000  # one bit a spin
    assert os.listdir(tmp_path) == ["samples.npz"]


def test_numpy_and_unzip_read_it_too_and_the_same_samples_make_the_same_bytes(tmp_path):
    write_samples(tmp_path / "a", some())
    write_samples(tmp_path / "b", some())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with np.load(tmp_path / "a", allow_pickle=False) as archive:
        assert np.array_equal(archive["spins"], some().packed) and np.array_equal(archive["m"], some().arrays["m"])
        spins = 1 - 2 * np.unpackbits(archive["spins"], axis=1, count=11).astype("int8")  # as docs/files.md says
        assert np.array_equal(spins, some().configs())
        header = json.loads(archive["header.json"])
    assert header["schema"] == "exactrg-samples" and header["schema_version"] == 1
    assert header["arrays"]["spins"]["sha256"] == hashlib.sha256(some().packed.tobytes()).hexdigest()
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert archive.testzip() is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_any_flipped_bit_is_noticed(tmp_path, data):
    path = tmp_path / "flip"
    write_samples(path, some(3, 9), overwrite=True)
    content = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    with pytest.raises(SamplesFileError):
        read_samples(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_any_truncation_or_addition_is_noticed(tmp_path, data):
    path = tmp_path / "cut"
    write_samples(path, some(3, 9), overwrite=True)
    content = path.read_bytes()
    cut = data.draw(st.integers(0, len(content) - 1))
    path.write_bytes(content[:cut])
    with pytest.raises(SamplesFileError):
        read_samples(path)
    path.write_bytes(content + content[: data.draw(st.integers(1, len(content)))])
    with pytest.raises(SamplesFileError):
        read_samples(path)


def forged(path, members, compression=zipfile.ZIP_STORED, patch=lambda content: content):
    """Write an archive that is whole by its digest, whatever is in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=compression)
    content = patch(buffer.getvalue())[:-2]
    path.write_bytes(content + struct.pack("<H", 64) + hashlib.sha256(content).hexdigest().encode())
    return path


def npy(array, version=(1, 0), **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version, **options)
    return buffer.getvalue()


def good_parts():
    packed = pack_spins(np.ones((3, 9), np.int8))
    digest = hashlib.sha256(packed.tobytes()).hexdigest()
    described = {"spins": {"dtype": "uint8", "shape": [3, 2], "sha256": digest}}
    header = {"schema": "exactrg-samples", "schema_version": 1, "n_samples": 3, "n_sites": 9, "arrays": described}
    return {**header, "provenance": {}}, npy(packed)


def test_the_forger_of_this_test_forges_readable_files(tmp_path):
    header, spins = good_parts()
    path = forged(tmp_path / "f", [("header.json", json.dumps(header)), ("spins.npy", spins)])
    assert np.all(read_samples(path).configs() == 1)


HUGE = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118)
HUGE += b"{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 2), }".ljust(117) + b"\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda h, s: (h, npy(np.array([[{}, 1]] * 3, object), allow_pickle=True)), "declares"),
        (lambda h, s: (h, pickle.dumps([1, 2])), "declares None"),
        (lambda h, s: (h, HUGE), "declares"),
        (lambda h, s: (h, s[:-1]), "do not fit"),
        (lambda h, s: (h, s + b"\0"), "do not fit"),
        (lambda h, s: (h, npy(np.ones((3, 2)))), "declares"),
        (lambda h, s: (h, npy(np.zeros((3, 2), np.uint8), version=(2, 0))), "declares"),
        (lambda h, s: (h, npy(np.asfortranarray(np.zeros((3, 2), np.uint8)))), "declares"),
        (lambda h, s: (h, npy(np.full((3, 2), 255, np.uint8))), "sha256 of spins"),
        (lambda h, s: ({**h, "schema": "other"}, s), "schema is 'other', expected"),
        (lambda h, s: ({**h, "schema_version": 2}, s), "newer exactrg"),
        (lambda h, s: ({**h, "n_samples": 10**13}, s), "not allowed"),
        (lambda h, s: ({**h, "n_sites": 17}, s), "17 sites"),
        (lambda h, s: ({**h, "n_sites": -1}, s), "positive"),
        (lambda h, s: ({**h, "n_sites": True}, s), "positive"),
        (lambda h, s: ({**h, "arrays": {}}, s), "lacks"),
        (lambda h, s: ({**h, "arrays": {"spins": 3}}, s), "does not describe"),
        (lambda h, s: ({**h, "arrays": {"spins": {"shape": [3, 2], "dtype": ["O"]}}}, s), "not allowed"),
        (lambda h, s: ({**h, "arrays": {**h["arrays"], "more": h["arrays"]["spins"]}}, s), "the header lists"),
        (lambda h, s: ({**h, "provenance": None}, s), "provenance"),
        (lambda h, s: ([h], s), "no JSON object"),
        (lambda h, s: ("[" * 100_000, s), "not JSON"),
        (lambda h, s: ("9" * 5000, s), "not JSON"),
        (lambda h, s: ('{"a": ' + "[" * 60 + "]" * 60 + "}", s), "nested"),
        (lambda h, s: ('{"schema": 1, "schema": 2}', s), "not JSON"),
        (lambda h, s: ('{"schema": NaN}', s), "not JSON"),
        (lambda h, s: (" " * (MAX_HEADER + 1), s), "not JSON"),
    ],
)
def test_crafted_files_are_refused(tmp_path, change, words):
    header, spins = change(*good_parts())
    text = header if isinstance(header, str) else json.dumps(header)
    path = forged(tmp_path / "f", [("header.json", text), ("spins.npy", spins)])
    with pytest.raises(SamplesFileError, match=words):
        read_samples(path)


def test_padding_bits_are_checked(tmp_path):
    header, _ = good_parts()
    packed = np.full((3, 2), 255, np.uint8)
    header["arrays"]["spins"]["sha256"] = hashlib.sha256(packed.tobytes()).hexdigest()
    path = forged(tmp_path / "f", [("header.json", json.dumps(header)), ("spins.npy", npy(packed))])
    with pytest.raises(SamplesFileError, match="padding"):
        read_samples(path)


def test_bombs_and_false_directories_are_refused_without_memory(tmp_path):
    header, spins = good_parts()
    text = json.dumps(header)
    bomb = forged(tmp_path / "bomb", [("header.json", text), ("spins.npy", spins + bytes(10**8))], zipfile.ZIP_DEFLATED)

    def claim_2_gib(content):
        """Enlarge both sizes of spins.npy in the directory."""
        content = bytearray(content)
        entry = content.rindex(b"PK\x01\x02")
        content[entry + 20 : entry + 28] = struct.pack("<2L", 2**31, 2**31)
        return bytes(content)

    noise = np.random.default_rng(0).bytes(1000)  # does not shrink
    deflated = forged(tmp_path / "deflated", [("header.json", text), ("spins.npy", noise)], zipfile.ZIP_DEFLATED)
    false = forged(tmp_path / "false", [("header.json", text), ("spins.npy", spins)], patch=claim_2_gib)
    many = forged(tmp_path / "many", [(f"m{i}", b"") for i in range(2000)])
    twice = [("header.json", text), ("spins.npy", spins), ("spins.npy", spins)]
    with pytest.warns(UserWarning, match="Duplicate"):
        double = forged(tmp_path / "double", twice)
    headless = forged(tmp_path / "headless", [("spins.npy", spins)])
    tracemalloc.start()
    cases = (
        (bomb, "claim 1000"),
        (deflated, "compressed"),
        (false, "claim"),
        (many, "2000 members"),
        (double, "same name"),
        (headless, "no header"),
    )
    for path, words in cases:
        with pytest.raises(SamplesFileError, match=words):
            read_samples(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * 2**20
    for content in (b"", pickle.dumps({"a": 1}), b"PK\x05\x06" + bytes(82)):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(SamplesFileError):
            read_samples(tmp_path / "other")


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path):
    path = tmp_path / "f"
    write_samples(path, some(seed=1))
    before = path.read_bytes()
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        write_samples(path, some(seed=2))
    assert path.read_bytes() == before
    write_samples(path, some(seed=2), overwrite=True)
    assert np.array_equal(read_samples(path).packed, some(seed=2).packed)


def test_a_file_that_appears_while_writing_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "f"
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (path.write_text("mine"), fsync(descriptor)))
    with pytest.raises(OutputExistsError):
        write_samples(path, some())
    assert path.read_text() == "mine" and os.listdir(tmp_path) == ["f"]


def test_file_systems_without_links(tmp_path, monkeypatch):
    def no_link(a, b):
        raise PermissionError("no hard links here")

    monkeypatch.setattr(os, "link", no_link)
    write_samples(tmp_path / "f", some())
    assert len(read_samples(tmp_path / "f")) == 20 and os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, stop):
    path = tmp_path / "f"
    write_samples(path, some(seed=1))
    before = path.read_bytes()

    def interrupted(descriptor):
        raise stop

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt if stop is KeyboardInterrupt else OSError):
        write_samples(path, some(seed=2), overwrite=True)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["f"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "f"
    write_samples(path, some())
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_samples(path, some(2000, 100), overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize(
    ("samples", "error", "words"),
    [
        (StoredSamples(np.zeros((3, 2), np.uint8), 17), SpinError, "pack_spins"),
        (StoredSamples(np.zeros((3, 2), np.int8), 9), SpinError, "uint8"),
        (StoredSamples(np.full((3, 2), 255, np.uint8), 9), SpinError, "padding"),
        (StoredSamples(np.zeros((3, 2), np.uint8), 0), InputError, "n_sites"),
        (StoredSamples(np.zeros((3, 2), np.uint8), 9, {"e": np.zeros(4)}), InputError, "3 rows"),
        (StoredSamples(np.zeros((3, 2), np.uint8), 9, {"e": np.array([{}] * 3)}), InputError, "dtype object"),
        (StoredSamples(np.zeros((3, 2), np.uint8), 9, {"../e": np.zeros(3)}), InputError, "identifiers"),
        (StoredSamples(np.zeros((3, 2), np.uint8), 9, {"spins": np.zeros(3)}), InputError, "taken"),
        (StoredSamples(np.zeros((3, 2), np.uint8), 9, {}, {"x": float("nan")}), InputError, "JSON"),
        (StoredSamples(np.zeros((3, 2), np.uint8), 9, {}, {"x": object()}), InputError, "JSON"),
        (
            StoredSamples(np.zeros((3, 2), np.uint8), 9, {}, {"x": json.loads("[" * 60 + "]" * 60)}),
            InputError,
            "nested",
        ),
        (StoredSamples(np.zeros((3, 2), np.uint8), 9, {}, {"x": "y" * MAX_HEADER}), InputError, "bytes"),
    ],
)
def test_what_cannot_be_stored_is_refused_before_writing(tmp_path, samples, error, words):
    with pytest.raises(error, match=words):
        write_samples(tmp_path / "f", samples)
    assert os.listdir(tmp_path) == []


def test_packing_refuses_what_is_no_spin():
    with pytest.raises(SpinError):
        pack_spins(np.zeros((2, 3), np.int8))
    with pytest.raises(FileNotFoundError):
        read_samples("/nonexistent/file")
