"""Checkpoints of training: written atomically, checked before they are believed, continued to the same bits.

The file has the format of `approx.samples_file`, with every parameter as an array of one row (float64 holds float32
exactly) beside one configuration of visible spins, all up, that means nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError
from exactrg.rbm import RBM

from .contrastive_divergence import ContrastiveDivergence, Parameters
from .errors import SamplesFileError
from .kernel_versions import TRAINING
from .samples_file import StoredSamples, read_samples, write_samples
from .training_history import EpochRecord

_KIND = "exactrg-rbm-training"
_MAY_BE_NONE = {field.name: field.default is None for field in fields(EpochRecord)}


def identity(training: ContrastiveDivergence) -> dict[str, Any]:
    """What a run is a function of, the number of epochs apart where nothing else depends on it."""
    recipe = training.recipe.to_json()
    if not training.recipe.average_last:
        del recipe["epochs"]
    del recipe["name"]
    entropy = training.seed.entropy
    return {
        "kind": _KIND,
        "kernels": TRAINING,
        "recipe": recipe,
        "entropy": [str(word) for word in entropy] if isinstance(entropy, list | tuple) else str(entropy),
        "spawn_key": list(training.seed.spawn_key),
        "n_hidden": len(training.parameters.hidden_bias),
        "data": {"shape": list(training.data.shape), "sha256": digest(training.data)},
    }


def digest(data: npt.NDArray[Any]) -> str:
    """Sha256 of the values of an array."""
    return hashlib.sha256(np.ascontiguousarray(data).view(np.uint8).data).hexdigest()


def write_checkpoint(
    path: Path, training: ContrastiveDivergence, run: Mapping[str, Any], history: list[EpochRecord]
) -> None:
    """Replace the checkpoint by the state after the last epoch."""
    arrays = {"chain": training.chain}
    for name, parameters in (("now", training.parameters), ("speed", training.velocity), ("mean", training.average)):
        if parameters is not None:
            arrays |= zip((f"{name}_weights", f"{name}_visible", f"{name}_hidden"), parameters.arrays(), strict=True)
    n_visible = training.data.shape[1]
    content = {"run": dict(run), "epoch": training.epoch, "history": [asdict(record) for record in history]}
    write_samples(
        path,
        StoredSamples(
            np.zeros((1, -(-n_visible // 8)), np.uint8),
            n_visible,
            {name: array[None].astype(np.float64) for name, array in arrays.items()},
            content,
        ),
        overwrite=True,
    )


def read_checkpoint(path: Path, training: ContrastiveDivergence, run: Mapping[str, Any]) -> list[EpochRecord]:
    """Bring training to the state of a checkpoint, and return its history.

    Raises
    ------
    SamplesFileError
        If the file is damaged or no checkpoint.
    InputError
        If it belongs to a run with other data, another recipe or seed, or more epochs, or is from another version of
        the kernels, which would go on to other bits.
    """
    stored = read_samples(path)
    content = stored.provenance
    theirs = {"kernels": 1} | _require_checkpoint(path, stored)  # the first files do not say so
    if theirs["kernels"] != run.get("kernels", theirs["kernels"]):
        raise InputError(
            f"{path} is a checkpoint of version {str(theirs['kernels'])[:50]} of the kernels, here is version "
            f"{run['kernels']}: the run would not end with the bits of one that was never interrupted; go on with the "
            "exactrg that wrote it, or write another path"
        )
    if different := [key for key in run if theirs.get(key) != run[key]]:
        raise InputError(
            f"{path} is the checkpoint of a run with other {' and '.join(different)}; write another path, or the same "
            "data, recipe and seed"
        )
    epoch, history = content.get("epoch"), _history(path, content.get("history"))
    if type(epoch) is not int or epoch < 1:
        raise SamplesFileError(f"{path} says that it is {str(epoch)[:50]} epochs old")
    if epoch > training.recipe.epochs:
        raise InputError(f"{path} is {epoch} epochs old, the run has {training.recipe.epochs}; write at least as many")

    def array(name: str, like: npt.NDArray[Any]) -> npt.NDArray[Any]:
        found = stored.arrays.get(name)
        largest = np.finfo(np.float32).max
        if found is None or found.shape != (1, *like.shape) or not (np.abs(found) <= largest).all():
            raise SamplesFileError(f"{path} has no array {name!r} of shape {like.shape} with finite float32 numbers")
        return found[0]

    def parameters(name: str) -> Parameters:
        likes = zip(("weights", "visible", "hidden"), training.parameters.arrays(), strict=True)
        return Parameters(*(array(f"{name}_{part}", like).astype(np.float32) for part, like in likes))

    state = parameters("now"), parameters("speed"), parameters("mean") if "mean_weights" in stored.arrays else None
    training.chain[...] = array("chain", training.chain)
    training.parameters, training.velocity, training.average = state
    training.epoch = epoch
    return history


def read_machine(path: Path) -> RBM:
    """Read the machine of a checkpoint, as far as it was trained: averaged parameters if the recipe had begun to average.

    Raises
    ------
    SamplesFileError
        If the file is damaged or no checkpoint.
    """
    stored = read_samples(path)
    _require_checkpoint(path, stored)
    name = "mean" if "mean_weights" in stored.arrays else "now"
    arrays = [stored.arrays.get(f"{name}_{part}") for part in ("weights", "visible", "hidden")]
    if any(array is None for array in arrays):
        raise SamplesFileError(f"{path} lacks parameters of a machine")
    return Parameters(*(array[0].astype(np.float32) for array in arrays if array is not None)).to_rbm()


def _require_checkpoint(path: Path, stored: StoredSamples) -> dict[str, Any]:
    """Return what the run of a checkpoint is a function of."""
    run = stored.provenance.get("run")
    if not isinstance(run, dict) or run.get("kind") != _KIND:
        raise SamplesFileError(f"{path} is no checkpoint of training")
    return run


def _history(path: Path, records: Any) -> list[EpochRecord]:
    """Return the records of a checkpoint, checked: every field a number, or None where a field may be left out."""
    try:
        history = [EpochRecord(**record) for record in records]
    except TypeError:
        raise SamplesFileError(f"{path} has no history of epochs") from None
    for record in history:
        for name, value in asdict(record).items():
            if not (isinstance(value, int | float) or (value is None and _MAY_BE_NONE[name])):
                raise SamplesFileError(f"{path} has the {name} {str(value)[:50]!r} in its history")
    return history
