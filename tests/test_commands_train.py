"""`exactrg train` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import approx.fit
from approx import fit_dbn, read_samples, sample, write_samples
from exactrg import DBN, ising, load, square
from exactrg.cli import main

pytestmark = pytest.mark.jit


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "ising.npz"
    write_samples(path, sample(ising(square(6), 0.4), 500, 3, packed=True))
    return path


def options(data: Path, out: Path) -> list[str]:
    return ["train", str(data), "--sizes", "9", "4", "--epochs", "3", "--seed", "5", "--out", str(out)]


def same(left: DBN, right: DBN) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(left.rbms, right.rbms, strict=True)
        for name in ("w", "b", "c", "constant")
    )


def test_the_file_holds_what_fit_dbn_trains(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = fit_dbn(read_samples(data), (36, 9, 4), rng=5, epochs=3).dbn
    for name in ("network.safetensors", "network.npz"):
        assert main([*options(data, tmp_path / name), "--json"]) == 0
        found = load(tmp_path / name)
        assert isinstance(found, DBN) and same(found, expected)
        said = json.loads(capsys.readouterr().out)
        assert [(layer["visible"], layer["hidden"], layer["epochs"]) for layer in said["layers"]] == [
            (36, 9, 3),
            (9, 4, 3),
        ]
    assert {path.name for path in tmp_path.iterdir()} == {"network.safetensors", "network.npz"}  # no checkpoint is left


def test_an_interrupted_training_goes_on_to_the_same_bits(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "network.npz"
    real, seen = approx.fit.write_checkpoint, []

    def interrupt(*arguments: Any) -> None:
        real(*arguments)
        seen.append(1)
        if len(seen) == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(approx.fit, "write_checkpoint", interrupt)
        assert main(options(data, out)) == 130
    assert not out.exists() and "the same command goes on" in capsys.readouterr().err
    assert main(options(data, out)) == 0
    found = load(out)
    assert isinstance(found, DBN) and same(found, fit_dbn(read_samples(data), (36, 9, 4), rng=5, epochs=3).dbn)
    assert "36 - 9 - 4" in capsys.readouterr().out


def test_errors(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "network.npz"
    out.write_text("mine")
    assert main(options(data, out)) == 2
    assert "exists" in capsys.readouterr().err and out.read_text() == "mine"
    assert main(options(tmp_path / "nothing.npz", tmp_path / "new.npz")) == 2
    assert "nothing.npz" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nowhere/x.npz", "x" * 245])  # the second leaves no room for .checkpoint.0
def test_a_model_that_cannot_be_written_is_known_first(
    name: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(approx, "fit_dbn", None)
    assert main(options(data, tmp_path / name)) == 2
    error = capsys.readouterr().err
    assert "cannot be written" in error and error.count("\n") == 1 and list(tmp_path.iterdir()) == []
