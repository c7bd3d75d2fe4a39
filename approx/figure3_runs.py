"""One run behind Fig. 3: the data, the deep belief network trained on them, and the controls that each change one thing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.dbn import DBN
from exactrg.errors import InputError
from exactrg.files.atomic import make_folder, write_atomically
from exactrg.hamiltonians import ising
from exactrg.lattices import square
from exactrg.polynomial import SpinPolynomial

from .checkpoint import sample_to_file
from .fit import FitResult, fit_dbn
from .recipes import RECIPES, Recipe, recipe_of
from .samples_file import StoredSamples, read_samples
from .sampling import sample
from .streams import child, seed_sequence
from .training_history import EpochRecord

COUPLING = 0.408
"""J/kT of Fig. 3; T/T_c = 1.080."""

CONTROLS = {
    "K=0": "independent spins",
    "permuted": "pixels in random order",
    "no-L1": "without L1",
}
"""Each changes one thing in a run of the recipe."""

_TRAINING, _HELD_OUT, _PERMUTATION, _RECONSTRUCTION, _EXACTNESS = range(1000, 1005)  # purposes of random numbers

Configs = npt.NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What a run is a function of.

    Parameters
    ----------
    recipe : {"compact", "paper"}
        See `approx.recipes`.
    seed : int
        Of the samples, the training and all measurements.
    control : {"", "K=0", "permuted", "no-L1"}
        What is changed; see `CONTROLS`.
    quick : bool
        A smaller lattice, network and data set, for a first look: not the paper's.

    Raises
    ------
    InputError
        For an unknown recipe or control, or a seed that is none.
    """

    recipe: str
    seed: int
    control: str = ""
    quick: bool = False

    def __post_init__(self) -> None:
        recipe_of(self.recipe)
        require_count("seed", self.seed)
        if self.control and self.control not in CONTROLS:
            raise InputError(f"unknown control {self.control!r}: expected one of {', '.join(CONTROLS)}")

    @property
    def L(self) -> int:
        """Side of the lattice."""
        return 16 if self.quick else 40

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, visible first: each has a quarter of those below."""
        return (256, 64, 16, 4) if self.quick else (1600, 400, 100, 25)

    @property
    def n_samples(self) -> int:
        """Samples that the network is trained on."""
        return 10_000 if self.quick else 40_000

    @property
    def n_held_out(self) -> int:
        """Further samples, for the reconstructions."""
        return 1_000 if self.quick else 4_000

    @property
    def window(self) -> int:
        """Side of the window in which the power of a block is counted."""
        return 7 if self.quick else 13

    @property
    def coupling(self) -> float:
        """J/kT."""
        return 0.0 if self.control == "K=0" else COUPLING

    @property
    def training(self) -> Recipe:
        """Parameters of contrastive divergence."""
        changes: dict[str, Any] = {"l1": 0.0} if self.control == "no-L1" else {}
        if self.quick:
            changes["epochs"] = min(30, RECIPES[self.recipe].epochs)
        return recipe_of(self.recipe, **changes)

    @property
    def hamiltonian(self) -> SpinPolynomial:
        """Eq. 25."""
        return ising(square(self.L), self.coupling)

    @property
    def name(self) -> str:
        """Name of the folder."""
        parts = ["quick"] * self.quick + [self.recipe] + [self.control] * bool(self.control)
        return "-".join([*parts, f"seed{self.seed}"])

    def random(self, purpose: int) -> np.random.SeedSequence:
        """Seed for one purpose."""
        return child(seed_sequence(self.seed), purpose)

    def order(self) -> npt.NDArray[np.int64]:
        """Site that each pixel of the data shows: every one its own, but for the control with permuted pixels."""
        n_sites = self.L**2
        if self.control != "permuted":
            return np.arange(n_sites)
        return np.random.default_rng(self.random(_PERMUTATION)).permutation(n_sites)

    def held_out(self, threads: int | None = None) -> Configs:
        """Exact draws that the network was not trained on, in the order of its pixels."""
        seed = self.random(_HELD_OUT)
        return sample(self.hamiltonian, self.n_held_out, seed, method="perfect", threads=threads)[:, self.order()]

    def reconstruction_seed(self) -> np.random.SeedSequence:
        """Seed of the drawn reconstructions."""
        return self.random(_RECONSTRUCTION)

    def exactness_seed(self) -> np.random.SeedSequence:
        """Seed of annealing."""
        return self.random(_EXACTNESS)


@dataclass(frozen=True, eq=False)
class Network:
    """A trained network of Fig. 3.

    Parameters
    ----------
    experiment : Experiment
    dbn : DBN
    layers : tuple of FitResult
        One for each RBM.
    interrupted : bool
        Whether training ended early, after Ctrl-C: the same call goes on.
    """

    experiment: Experiment
    dbn: DBN
    layers: tuple[FitResult, ...]
    interrupted: bool

    def fields(self) -> list[npt.NDArray[np.float64]]:
        """Receptive fields of appendix B, one column a unit, rows in the order of the network's pixels."""
        return [np.asarray(field, np.float64) for field in self.dbn.receptive_fields()]

    def fields_on_the_lattice(self) -> list[npt.NDArray[np.float64]]:
        """The same with rows in the order of the lattice's sites: another order only where pixels were permuted."""
        back = np.argsort(self.experiment.order())
        return [field[back] for field in self.fields()]


def training_data(experiment: Experiment, folder: Path, threads: int | None = None) -> StoredSamples:
    """Read the samples of an experiment from a folder, or draw them into it; controls share those of their recipe."""
    size = f"L{experiment.L}-K{experiment.coupling:g}-n{experiment.n_samples}-seed{experiment.seed}"
    path = folder / f"samples-{size}.npz"
    if path.exists():
        return read_samples(path)
    return sample_to_file(path, experiment.hamiltonian, experiment.n_samples, seed=experiment.seed, threads=threads)


def train(
    experiment: Experiment,
    folder: str | os.PathLike[str],
    *,
    threads: int | None = None,
    progress: Callable[[EpochRecord], object] | None = None,
    keep_epochs: Sequence[int] = (),
) -> Network:
    """Train the network of Fig. 3 in a folder, or go on with it: a killed run ends with the bits of one that was not.

    Parameters
    ----------
    experiment : Experiment
    folder : path
        Samples go into it, checkpoints into a folder of the experiment's name below it.
    threads : int, optional
        All usable cores if left out, 4 at most in training. No bit depends on it.
    progress : callable, optional
        Called with the record of each epoch.
    keep_epochs : sequence of int
        Epochs of the first RBM whose checkpoints are kept, as ``layers.0.epoch-0005``.

    Returns
    -------
    Network

    Raises
    ------
    SamplesFileError
        If a file in the folder is damaged; remove it.
    """
    folder = Path(folder)
    own = folder / experiment.name
    make_folder(own)
    stored = training_data(experiment, folder, threads)
    data: Any = stored
    if experiment.control == "permuted":
        data = stored.configs()[:, experiment.order()]
    checkpoint = own / "layers"

    def report(record: EpochRecord) -> None:
        if record.epoch in keep_epochs and not checkpoint.with_name("layers.1").exists():
            kept = checkpoint.with_name(f"layers.0.epoch-{record.epoch:04d}")
            write_atomically(kept, checkpoint.with_name("layers.0").read_bytes())
        if progress is not None:
            progress(record)

    result = fit_dbn(
        data,
        experiment.sizes,
        recipe=experiment.training,
        rng=experiment.random(_TRAINING),
        threads=threads,
        checkpoint=checkpoint,
        progress=report,
    )
    return Network(experiment, result.dbn, result.layers, result.interrupted)
