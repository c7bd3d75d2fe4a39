"""Bits are promised for a version of the kernels: where one changes, its number has to, and new golden files be written."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from golden_models import GOLDEN, chains, samples, training

import approx.chains
import approx.checkpoint
import approx.contrastive_divergence
import approx.sampling
from approx import read_chains, read_samples, training_checkpoint
from approx.checkpoint import sample_to_file
from approx.errors import OutputExistsError
from approx.kernel_versions import SAMPLING, TRAINING
from exactrg import ising, square
from exactrg.errors import InputError

RISE = "the bits of a seed have changed: raise the number in approx/kernel_versions.py, then write golden files"


@pytest.mark.parametrize("name", chains())
def test_the_bits_of_chains_are_those_of_their_version(name):
    now, stored = chains()[name], read_chains(GOLDEN / f"chains_{name}_{SAMPLING}-1.npz")
    assert stored.kernels == SAMPLING and stored.H == now.H and stored.provenance == now.provenance
    streams = [c.state[1] if isinstance(c.state, tuple) else c.state.streams for c in (now, stored)]
    assert np.array_equal(now.replicas(), stored.replicas()) and np.array_equal(*streams), RISE
    assert np.array_equal(now.magnetizations, stored.magnetizations), RISE
    assert np.allclose(now.energies, stored.energies, rtol=0, atol=1e-12)
    ahead = [c.run(3, thin=2).replicas() for c in (now, stored)]
    assert np.array_equal(*ahead), RISE


@pytest.mark.parametrize("name", samples())
def test_the_bits_of_samples_are_those_of_their_version(name):
    now, stored = samples()[name], read_samples(GOLDEN / f"samples_{name}_{SAMPLING}-1.npz")
    assert stored.provenance["kernels"] == SAMPLING
    assert np.array_equal(now.packed, stored.packed), RISE
    assert np.allclose(now.arrays["energies"], stored.arrays["energies"], rtol=0, atol=1e-12)


def test_training_is_that_of_its_version():
    """Up to rounding: matrix products have other last bits on other processors."""
    now, stored = training(None).rbm.to_binary_units(), read_samples(GOLDEN / f"training_{TRAINING}-1.npz")
    assert stored.provenance["run"]["kernels"] == TRAINING
    for name, values in (("weights", now.weights), ("visible", now.visible_bias), ("hidden", now.hidden_bias)):
        assert np.allclose(stored.arrays[f"now_{name}"][0], np.asarray(values, float), rtol=0, atol=1e-5), RISE


def test_other_random_numbers_would_be_seen(monkeypatch):
    monkeypatch.setattr(approx.chains, "_CHAINS", 99)
    monkeypatch.setattr(approx.sampling, "_BLOCK", 99)
    monkeypatch.setattr(approx.contrastive_divergence, "_HIDDEN", 99)
    for test, names in (
        (test_the_bits_of_chains_are_those_of_their_version, chains()),
        (test_the_bits_of_samples_are_those_of_their_version, samples()),
    ):
        for name in names:
            with pytest.raises(AssertionError, match="raise the number"):
                test(name)
    with pytest.raises(AssertionError, match="raise the number"):
        test_training_is_that_of_its_version()


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("training*.npz")), ids=lambda path: path.name)
def test_training_goes_on_from_old_checkpoints_of_the_same_kernels(path, tmp_path):
    shutil.copy(path, tmp_path / "x")
    if read_samples(path).provenance["run"].get("kernels", 1) != TRAINING:
        with pytest.raises(InputError, match="of the kernels, here is version"):
            training(tmp_path / "x", epochs=4)
        return
    resumed, whole = training(tmp_path / "x", epochs=4).rbm, training(None, epochs=4).rbm
    for part in ("w", "b", "c"):
        assert np.allclose(getattr(resumed, part), getattr(whole, part), rtol=0, atol=1e-5), RISE


def test_training_refuses_a_checkpoint_of_other_kernels(tmp_path, monkeypatch):
    training(tmp_path / "x")
    before = (tmp_path / "x").read_bytes()
    monkeypatch.setattr(training_checkpoint, "TRAINING", TRAINING + 1)
    with pytest.raises(InputError, match=f"version {TRAINING} of the kernels, here is version {TRAINING + 1}"):
        training(tmp_path / "x", epochs=4)
    shutil.copy(GOLDEN / "training-1.npz", tmp_path / "x")  # written before files said so: version 1
    with pytest.raises(InputError, match="version 1 of the kernels"):
        training(tmp_path / "x", epochs=4)
    (tmp_path / "x").write_bytes(before)
    monkeypatch.undo()
    assert len(training(tmp_path / "x", epochs=4).history) == 4


def test_samples_of_other_kernels_are_not_mixed(tmp_path, monkeypatch):
    H, path = ising(square(3), 0.3), tmp_path / "x"

    def stop(done, n):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample_to_file(path, H, 20_000, seed=1, method="metropolis", threads=1, progress=stop)
    blocks = sorted((tmp_path / "x.partial").glob("block-*"))
    assert blocks and read_samples(blocks[0]).provenance["kernels"] == SAMPLING
    monkeypatch.setattr(approx.checkpoint, "SAMPLING", SAMPLING + 1)
    with pytest.raises(OutputExistsError, match=r"another request or version \(it differs in: kernels\)"):
        sample_to_file(path, H, 20_000, seed=1, method="metropolis", threads=1)
    monkeypatch.setattr(approx.sampling, "SAMPLING", SAMPLING + 1)
    (tmp_path / "x.partial" / "request.json").unlink()  # nothing says what the blocks are of, but they themselves
    stored = sample_to_file(path, H, 20_000, seed=1, method="metropolis", threads=1)
    assert stored.provenance["kernels"] == SAMPLING + 1
