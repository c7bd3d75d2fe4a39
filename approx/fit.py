"""Training of RBMs, and of deep belief networks layer by layer, by contrastive divergence."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import exactrg
from exactrg.blas import one_blas_thread
from exactrg.counts import require_count
from exactrg.dbn import DBN
from exactrg.errors import InputError, a_type
from exactrg.rbm import RBM

from .contrastive_divergence import ContrastiveDivergence
from .recipes import Recipe, recipe_of
from .streams import Seed, seed_sequence
from .tiles import TileThreads
from .training_checkpoint import identity, read_checkpoint, write_checkpoint
from .training_data import provenance_of, unit_values
from .training_history import MAX_ROWS, EpochRecord, log_likelihood, pseudo_likelihoods

Progress = Callable[[EpochRecord], object]

_EVALUATION, _UPWARD = 100, 101  # keys of random numbers, beyond those of training


@dataclass(frozen=True, eq=False)
class FitResult:
    """A trained RBM and how it came about.

    Parameters
    ----------
    rbm : RBM
        Over spins +-1, in the paper's sign, constant included.
    history : tuple of EpochRecord
    recipe : Recipe
    interrupted : bool
        Whether training ended early; the machine is then that of the last whole epoch.
    provenance : mapping
        Versions, seed, recipe, digest and provenance of the data: JSON values.
    """

    rbm: RBM
    history: tuple[EpochRecord, ...]
    recipe: Recipe
    interrupted: bool
    provenance: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class StackResult:
    """A deep belief network, trained layer by layer.

    Parameters
    ----------
    dbn : DBN
        As many layers as were trained: fewer than asked for after an interruption.
    layers : tuple of FitResult
    interrupted : bool
        Whether training ended early.
    """

    dbn: DBN
    layers: tuple[FitResult, ...]
    interrupted: bool

    @property
    def rbms(self) -> tuple[RBM, ...]:
        """The RBMs of the network, from the bottom up."""
        return self.dbn.rbms

    def receptive_fields(self) -> list[npt.NDArray[Any]]:
        """Effective receptive fields of appendix B, one column a hidden unit; see `exactrg.DBN.receptive_fields`."""
        return self.dbn.receptive_fields()


def fit_rbm(
    data: Any,
    n_hidden: int,
    *,
    recipe: str | Recipe = "compact",
    rng: Seed,
    threads: int | None = None,
    progress: bool | Progress = False,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 1,
    evaluate_every: int = 0,
    **changes: Any,
) -> FitResult:
    """Train an RBM (Eq. 10) by contrastive divergence.

    Parameters
    ----------
    data : array, shape (n_samples, n_visible), or StoredSamples
        Spins +1/-1, or values in [0, 1] (see `approx.training_data.unit_values`). Constant columns are legal.
    n_hidden : int
    recipe : {"compact", "paper"} or Recipe
        See `approx.recipes`.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator
    threads : int, optional
        All usable cores, 4 at most, if left out. No bit depends on it.
    progress : bool or callable
        Print each epoch's record, or call with it.
    checkpoint : path, optional
        File to which the state is written, atomically. If it exists, training goes on from there and ends with the bits
        of a run that was never interrupted.
    checkpoint_every : int
        Epochs from one checkpoint to the next; the last epoch has one always.
    evaluate_every : int
        Epochs between evaluations of pseudo-likelihood and (for 0/1 data) log-likelihood on the first 2,000 samples;
        0: none. log Z is exact if a layer has at most 16 units, by annealed importance sampling otherwise.
    **changes
        Parameters of the recipe to change, for example ``epochs=60, l1=2e-3``.

    Returns
    -------
    FitResult
        After KeyboardInterrupt, with the machine of the last whole epoch (if there is none, the interrupt goes on).

    Raises
    ------
    InputError
        For data, a recipe or a number that has no meaning, or a batch larger than the data.
    DivergedError
        If the parameters leave the finite numbers.
    SamplesFileError
        If the checkpoint is damaged.

    Notes
    -----
    Source: G. E. Hinton, Neural Computation 14, 1771 (2002); appendix A of arXiv:1410.3831.
    """
    chosen = recipe_of(recipe, **changes)
    n_hidden, seed = require_count("n_hidden", n_hidden, 1), seed_sequence(rng)
    checkpoint_every = require_count("checkpoint_every", checkpoint_every, 1)
    evaluate_every = require_count("evaluate_every", evaluate_every)
    values = unit_values(data)
    if chosen.batch_size > len(values):
        raise InputError(
            f"a batch of {chosen.batch_size} is larger than the data, {len(values)} samples; draw more, or write "
            f"batch_size={len(values)}"
        )
    report = print if progress is True else progress or None
    path = None if checkpoint is None else Path(checkpoint)
    with one_blas_thread(), TileThreads(threads) as tiles:
        training = ContrastiveDivergence(values, n_hidden, chosen, seed, tiles)
        history: list[EpochRecord] = []
        run = identity(training)
        if path is not None and path.exists():
            history = read_checkpoint(path, training, run)
        last = training.result()
        restarted, done, interrupted = time.perf_counter(), training.epoch, False
        evaluating = 0.0
        try:
            while training.epoch < chosen.epochs:
                start = time.perf_counter()
                error = training.run_epoch()
                stop = time.perf_counter()
                last = training.result()
                likelihoods: dict[str, float] = {}
                if evaluate_every and training.epoch % evaluate_every == 0:
                    likelihoods = _evaluate(training)
                evaluating += time.perf_counter() - stop
                rate = (stop - restarted - evaluating) / (training.epoch - done)
                history.append(
                    EpochRecord(
                        training.epoch,
                        error,
                        stop - start,
                        len(values) / (stop - start),
                        (chosen.epochs - training.epoch) * max(rate, 0.0),
                        **likelihoods,
                    )
                )
                final = training.epoch == chosen.epochs
                if path is not None and (final or training.epoch % checkpoint_every == 0):
                    write_checkpoint(path, training, run, history)
                if report is not None:
                    report(history[-1])
        except KeyboardInterrupt:
            if not history:
                raise
            interrupted = True
    provenance = run | {
        "version": exactrg.__version__,
        "numpy": np.__version__,
        "recipe": chosen.to_json(),
        "epochs_done": len(history),
        "data": run["data"] | {"provenance": provenance_of(data)},
    }
    return FitResult(last.to_rbm(), tuple(history), chosen, interrupted, provenance)


def fit_dbn(
    data: Any,
    sizes: Sequence[int],
    *,
    recipe: str | Recipe | Sequence[str | Recipe] = "compact",
    rng: Seed,
    checkpoint: str | os.PathLike[str] | None = None,
    **options: Any,
) -> StackResult:
    """Train a deep belief network (section II): an RBM on the data, the next one on its hidden units, and so on.

    Parameters
    ----------
    data : array, shape (n_samples, n_visible), or StoredSamples
        As for `fit_rbm`.
    sizes : sequence of int
        Units of every layer, the visible one first: ``(1600, 400, 100, 25)`` is the network of Fig. 3.
    recipe : {"compact", "paper"}, Recipe, or a sequence with one for each RBM
        Its ``upward`` says whether samples or probabilities of the hidden units are passed up.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator
        RBM k has the seed of spawn key ``(k,)``.
    checkpoint : path, optional
        RBM k has the checkpoint ``{checkpoint}.{k}``.
    **options
        As for `fit_rbm`; changes of the recipe hold for all layers.

    Returns
    -------
    StackResult

    Raises
    ------
    InputError
        If the first size is not the width of the data, and as for `fit_rbm`.

    Notes
    -----
    Source: G. E. Hinton and R. R. Salakhutdinov, Science 313, 504 (2006).
    """
    if not isinstance(sizes, Iterable):
        raise InputError(f"sizes is {sizes!r}: expected the units of every layer, (1600, 400, 100, 25)")
    widths = [require_count("each size", size, 1) for size in sizes]
    values: Any = data
    units = unit_values(data)
    visible = units.shape[1]
    if widths[:1] != [visible]:
        hidden = ", ".join(map(str, widths)) or "n_hidden"
        raise InputError(
            f"sizes={tuple(widths)} for data of {visible} columns: expected the visible layer first; write "
            f"sizes=({visible}, {hidden}) if these are the hidden layers"
        )
    if len(widths) < 2:
        raise InputError(
            f"sizes={tuple(widths)}: expected the visible layer and at least one hidden one; write "
            f"sizes=({visible}, n_hidden)"
        )
    if not isinstance(recipe, str | Recipe | Sequence):
        raise InputError(
            f"recipe is {a_type(recipe)}: expected 'compact', 'paper', a Recipe, or one of these for each RBM"
        )
    recipes = [recipe] * (len(widths) - 1) if isinstance(recipe, str | Recipe) else list(recipe)
    if len(recipes) != len(widths) - 1:
        raise InputError(f"{len(recipes)} recipes for {len(widths) - 1} RBMs: expected one for each, or one for all")
    root = seed_sequence(rng)
    layers: list[FitResult] = []
    interrupted = False
    for k, width in enumerate(widths[1:]):
        seed = np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, k))
        path = None if checkpoint is None else f"{os.fspath(checkpoint)}.{k}"
        try:
            fitted = fit_rbm(values, width, recipe=recipes[k], rng=seed, checkpoint=path, **options)
        except KeyboardInterrupt:
            if not layers:
                raise
            interrupted = True
            break
        layers.append(fitted)
        interrupted = fitted.interrupted
        if interrupted or k == len(widths) - 2:
            break
        values = units = pass_up(fitted.rbm, units, fitted.recipe, seed)
    return StackResult(DBN(layer.rbm for layer in layers), tuple(layers), interrupted)


def pass_up(rbm: RBM, units: npt.NDArray[Any], recipe: Recipe, seed: np.random.SeedSequence) -> npt.NDArray[Any]:
    """Hidden units of 0/1 data (or of probabilities) as data of the next RBM: probabilities of 1, or samples of them."""
    machine = rbm.to_binary_units()
    weights, bias = np.asarray(machine.weights, np.float32), np.asarray(machine.hidden_bias, np.float32)
    fields = np.empty((len(units), rbm.n_hidden), np.float32)
    with one_blas_thread():
        for start in range(0, len(units), 1000):  # the same pieces, whatever the memory
            np.matmul(units[start : start + 1000].astype(np.float32), weights, out=fields[start : start + 1000])
    from .cd_kernels import to_probabilities

    to_probabilities(fields, bias, 0, len(bias))
    if recipe.upward == "probabilities":
        return fields
    child = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, _UPWARD))
    uniforms = np.random.Generator(np.random.SFC64(child)).random(fields.shape, dtype=np.float32)
    return (uniforms < fields).view(np.uint8)


def _evaluate(training: ContrastiveDivergence) -> dict[str, float]:
    """Pseudo-likelihood and, for 0/1 data, log-likelihood; random numbers are a function of seed and epoch."""
    seed = training.seed
    child = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, _EVALUATION, training.epoch))
    some, parameters = training.data[:MAX_ROWS], training.result()
    units = np.random.default_rng(child).integers(some.shape[1], size=len(some))
    found = {"pseudo_likelihood": float(pseudo_likelihoods(parameters, some.astype(np.float64), units).mean())}
    if some.dtype == np.uint8:
        spins = 2 * some.astype(np.int8) - 1
        value, error = log_likelihood(parameters.to_rbm(), spins, child)
        found |= {"log_likelihood": value, "log_likelihood_error": error}
    return found
