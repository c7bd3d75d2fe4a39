"""Fig. 3, the trained network: what its recorded runs say of the paper's claims, for each of two recipes.

Training takes minutes and lives in `approx`, so nothing is trained here. A check judges the numbers that
``python -m approx.figure3`` measured, unit by unit, and ``python -m approx.figure3_record`` copied to figure3.json, by the
thresholds in the claim's statement. ``pytest -m slow tests/approx/test_figure3.py`` trains again and compares.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

from ..errors import InputError
from .ledger import Cases, Claim

LEDGER: list[Claim] = []

RECIPES = {
    "paper": "the recipe as printed (L1 2e-4, 200 epochs)",
    "compact": "the recipe with L1 1e-3, initial weights 0.01 * normal and 50 epochs",
}

ENOUGH, FEW = 0.98, 0.05
SPREAD = 0.25
GROWTH = (1.5, 2.1)
MAGNETIZATION = 0.97
AS_KADANOFF = 0.01
ONE_SITE = 3.0


@dataclass(frozen=True)
class Layer:
    """Receptive fields of one layer: a number for each unit, NaN where the field vanishes.

    Attributes
    ----------
    radius : tuple of float
        Radius of gyration on the torus, in lattice spacings.
    participation : tuple of float
        Participation ratio, in sites.
    window_share : tuple of float
        Share of the power in a 13x13 window around the centre.
    """

    radius: tuple[float, ...]
    participation: tuple[float, ...]
    window_share: tuple[float, ...]

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Layer:
        """Read a layer of a record; InputError unless every unit has every number."""
        columns = [record[name] for name in ("radius", "participation", "window_share")]
        numbers = [tuple(math.nan if x is None else float(x) for x in column) for column in columns]
        if len({len(column) for column in numbers}) != 1 or not numbers[0]:
            raise InputError(
                "a layer of figure3.json must have as many radii, participations and shares, and one at least"
            )
        return cls(*numbers)

    @property
    def median_radius(self) -> float:
        """Of the fields that don't vanish."""
        return statistics.median(self._radii())

    @property
    def spread(self) -> float:
        """Standard deviation of the radii over their mean."""
        return statistics.pstdev(self._radii()) / statistics.fmean(self._radii())

    def in_window(self) -> float:
        """Share of the units with more than 90% of their power in the window."""
        return sum(share > 0.9 for share in self.window_share) / len(self.window_share)

    def smaller(self, radius: float) -> float:
        """Share of the units with a smaller radius."""
        return sum(r < radius for r in self.radius) / len(self.radius)

    def _radii(self) -> list[float]:
        return [r for r in self.radius if math.isfinite(r)] or [math.nan]


@dataclass(frozen=True)
class Run:
    """A recorded run: a network of 1600-400-100-25 spins, trained on 40,000 samples.

    Attributes
    ----------
    recipe, control, seed
        What it is a function of; ``control`` is "" for the recipe itself.
    layers : tuple of Layer
        First layer first; on the lattice.
    in_pixel_order : tuple of Layer
        The same as the network saw its pixels, where these were permuted.
    kept : mapping
        Correlations of sample and reconstruction from the top layer: ``means``, ``spins``, ``drawn``, ``majority``.
    source : str
        The command, the day and the versions.
    """

    recipe: str
    control: str
    seed: int
    layers: tuple[Layer, ...]
    in_pixel_order: tuple[Layer, ...]
    kept: Mapping[str, Mapping[str, float]]
    source: str
    origin: str = "recorded"

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Run:
        """Read a run of figure3.json; InputError for one at another size than the paper's."""
        experiment, when = record["experiment"], record["run"]
        if experiment["quick"] or experiment["sizes"] != [1600, 400, 100, 25] or experiment["n_samples"] != 40_000:
            raise InputError(f"figure3.json holds a run of another size than the paper's: {experiment}")
        layers = record["layers"]
        controls = f" --controls {experiment['control']}" if experiment["control"] else ""
        return cls(
            experiment["recipe"],
            experiment["control"],
            experiment["seed"],
            tuple(Layer.of(layer) for layer in layers),
            tuple(Layer.of(layer["in_pixel_order"]) for layer in layers if "in_pixel_order" in layer),
            record["reconstructions"][-1],
            f"`python -m approx.figure3 --recipe {experiment['recipe']}{controls}`, {when['date']}, "
            f"exactrg {when['exactrg']}, numpy {when['numpy']}",
        )

    @property
    def label(self) -> str:
        """Which one of several."""
        return f"seed {self.seed}"

    def compact(self, layers: tuple[Layer, ...] = ()) -> list[float]:
        """Share of the units of each layer that are blocks: by the window in layers 1 and 2, by the radius in layer 3."""
        first, second, third = layers or self.layers
        return [first.in_window(), second.in_window(), third.smaller(6.0)]

    def ratios(self) -> list[float]:
        """Ratio of the median radii, from each layer to the next."""
        return [upper.median_radius / lower.median_radius for lower, upper in pairwise(self.layers)]

    def __str__(self) -> str:
        name = f"recipe {self.recipe}, seed {self.seed}" + (f", control {self.control}" if self.control else "")
        return (
            f"{name}: {_list(100 * x for x in self.compact())} % of the units are blocks, median radii "
            f"{_list(layer.median_radius for layer in self.layers)}, spread {_list(layer.spread for layer in self.layers)}, "
            f"correlation of magnetisations {self.kept['means']['magnetization']:.3f} from 25 numbers, "
            f"{self.kept['spins']['magnetization']:.3f} from 25 spins"
        )


@dataclass(frozen=True)
class Compared:
    """A recorded run and its control: the same seed, with one thing changed."""

    run: Run
    control: Run
    origin: str = "recorded"

    @property
    def label(self) -> str:
        """Which one of several."""
        return self.run.label

    @property
    def source(self) -> str:
        """The command of the control, which runs the recipe too."""
        return self.control.source

    def __str__(self) -> str:
        text = f"{self.run}; {self.control}"
        if self.control.in_pixel_order:
            scattered = self.control.compact(self.control.in_pixel_order)
            text += f"; in the order of the pixels {_list(100 * x for x in scattered)} %"
        return text


@cache
def recorded_runs() -> tuple[Run, ...]:
    """All runs of figure3.json."""
    content = json.loads(resources.files(__package__).joinpath("figure3.json").read_bytes())
    return tuple(Run.of(record) for record in content["runs"])


def _runs(recipe: str) -> Callable[[Cases], Iterator[Run]]:
    return lambda drawn: (run for run in recorded_runs() if (run.recipe, run.control) == (recipe, ""))


def _compared(recipe: str, control: str) -> Callable[[Cases], Iterator[Compared]]:
    def cases(drawn: Cases) -> Iterator[Compared]:
        runs = {(run.control, run.seed): run for run in recorded_runs() if run.recipe == recipe}
        for name, seed in runs:
            if name == control:
                yield Compared(runs["", seed], runs[control, seed])

    return cases


def _list(numbers: Any) -> str:
    return ", ".join(f"{x:.3g}" for x in numbers)


def blocks(run: Run) -> bool:
    return min(run.compact()) >= ENOUGH


def of_one_size(run: Run) -> bool:
    return all(layer.spread < SPREAD for layer in run.layers)


def growing(run: Run) -> bool:
    return all(GROWTH[0] <= ratio <= GROWTH[1] for ratio in run.ratios())


def blocks_need_l1(s: Compared) -> bool:
    return blocks(s.run) and max(s.control.compact()[:2]) <= FEW


def follows_the_permutation(s: Compared) -> bool:
    scattered = s.control.in_pixel_order
    return blocks(s.control) and bool(scattered) and max(s.control.compact(scattered)[:2]) <= FEW


def blocks_need_correlations(s: Compared) -> bool:
    single = statistics.median(s.control.layers[0].participation) < ONE_SITE
    return blocks(s.run) and statistics.median(s.run.layers[0].participation) >= ONE_SITE and single


def macroscopic(run: Run) -> bool:
    return run.kept["means"]["magnetization"] > MAGNETIZATION


def as_kadanoff(run: Run) -> bool:
    return run.kept["spins"]["magnetization"] >= run.kept["majority"]["magnetization"] - AS_KADANOFF


_FIELDS = ("approx.fit_dbn", "DBN.receptive_fields", "approx.locality")
_KEPT = ("approx.fit_dbn", "approx.reconstruct")
