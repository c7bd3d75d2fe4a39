"""Named recipes of contrastive divergence: every choice that training makes, visible and written down with each run."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from numbers import Real
from typing import Any, Literal

from exactrg.counts import require_count
from exactrg.errors import InputError

Units = Literal["samples", "probabilities"]
Schedule = float | tuple[tuple[int, float], ...]
"""A number, or pairs (first epoch, value) of which the first is for epoch 0."""

_UNITS = ("samples", "probabilities")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How an RBM over 0/1 units is trained: CD-k or persistent CD in mini-batches, with momentum.

    velocity <- momentum velocity + learning_rate (<x y>_data - <x y>_model - l1 sign(W) - l2 W); W <- W + velocity,
    the averages over a mini-batch; the biases likewise, with neither L1 nor L2.

    Parameters
    ----------
    name : str
        Kept in the provenance of each run.
    epochs : int
        Passes over the data, which are shuffled anew for each.
    batch_size : int
        Samples of a mini-batch; the last one of an epoch may be smaller.
    learning_rate, momentum : float or sequence of (first epoch, value)
        Constant, or constant from epoch to epoch: ``((0, 0.5), (5, 0.9))``.
    l1, l2 : float
        Of the weights alone; they are multiplied by the learning rate.
    weight_scale : float
        Standard deviation of the normal weights at the start; biases start at zero.
    steps : int
        k of CD-k.
    persistent : bool
        Whether the negative phase goes on where it was (persistent CD) instead of starting at the data.
    positive : {"samples", "probabilities"}
        Hidden units of the data in the update. Those that start the negative phase are always samples.
    reconstruction : {"samples", "probabilities"}
        Visible units of the negative phase, all steps.
    negative : {"samples", "probabilities"}
        Hidden units in the update at the end of the negative phase. In between they are always samples.
    upward : {"samples", "probabilities"}
        Hidden units that are the data of the next RBM of a stack.
    average_last : int
        Average the parameters over the updates of this many last epochs; 0: keep the last ones.

    Raises
    ------
    InputError
        For a number that has no meaning here (a negative rate, a momentum of 1, an epoch of length 0, ...).

    Notes
    -----
    Source: G. E. Hinton, Neural Computation 14, 1771 (2002) and UTML TR 2010-003; T. Tieleman, ICML 2008.
    """

    name: str = "custom"
    epochs: int = 50
    batch_size: int = 100
    learning_rate: Schedule = 0.1
    momentum: Schedule = 0.5
    l1: float = 0.0
    l2: float = 0.0
    weight_scale: float = 0.01
    steps: int = 1
    persistent: bool = False
    positive: Units = "probabilities"
    reconstruction: Units = "probabilities"
    negative: Units = "probabilities"
    upward: Units = "probabilities"
    average_last: int = 0

    def __post_init__(self) -> None:
        for name, least in (("epochs", 0), ("batch_size", 1), ("steps", 1), ("average_last", 0)):
            object.__setattr__(self, name, require_count(name, getattr(self, name), least))
        for name in ("l1", "l2", "weight_scale"):
            object.__setattr__(self, name, _rate(name, getattr(self, name), math.inf))
        for name, limit in (("learning_rate", math.inf), ("momentum", 1.0)):
            object.__setattr__(self, name, _schedule(name, getattr(self, name), limit))
        for name in ("positive", "reconstruction", "negative", "upward"):
            if getattr(self, name) not in _UNITS:
                raise InputError(f'{name} must be "samples" or "probabilities", got {getattr(self, name)!r}')

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as a JSON object, for the provenance of a run."""
        return {
            name: [list(pair) for pair in value] if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Recipe:
        """Rebuild what `to_json` wrote."""
        return cls(**content)


def at_epoch(schedule: Schedule, epoch: int) -> float:
    """Value of a schedule in an epoch, counted from 0."""
    if not isinstance(schedule, tuple):
        return schedule
    return [value for first, value in schedule if first <= epoch][-1]


def recipe_of(recipe: str | Recipe, **changes: Any) -> Recipe:
    """Return a recipe by its name, or as it is, with some parameters changed (and ", changed" added to its name).

    Raises
    ------
    InputError
        For an unknown name or parameter, or a value that has no meaning.
    """
    if isinstance(recipe, str):
        if recipe not in RECIPES:
            raise InputError(f"unknown recipe {recipe!r}: expected one of {', '.join(RECIPES)}, or a Recipe")
        recipe = RECIPES[recipe]
    elif not isinstance(recipe, Recipe):
        raise InputError(f"recipe must be the name of one or a Recipe, got {type(recipe).__name__}")
    known = {field.name for field in fields(Recipe)} - {"name"}
    if unknown := changes.keys() - known:
        raise InputError(f"unknown parameters {sorted(unknown)}: expected some of {sorted(known)}")
    changed = replace(recipe, **changes)
    if changed != recipe and not recipe.name.endswith("changed"):
        changed = replace(changed, name=f"{recipe.name}, changed")
    return changed


def _rate(name: str, value: Any, limit: float) -> float:
    """Return a nonnegative float below a limit."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 <= float(value) < limit:
        bound = "finite" if limit == math.inf else f"less than {limit:g}"
        raise InputError(f"{name} must be a nonnegative number and {bound}, got {value!r}")
    return float(value)


def _schedule(name: str, value: Any, limit: float) -> Schedule:
    """Return a number, or pairs in the order of their epochs, the first of them 0."""
    if not isinstance(value, Iterable):
        return _rate(name, value, limit)
    try:
        pairs = tuple((require_count(f"an epoch of {name}", first), _rate(name, x, limit)) for first, x in value)
    except (TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} must be a number or pairs (first epoch, value), got {value!r}") from None
    epochs = [first for first, _ in pairs]
    if not pairs or epochs[0] != 0 or epochs != sorted(set(epochs)):
        raise InputError(f"{name} must have pairs (first epoch, value) with ascending epochs from 0, got {value!r}")
    return pairs


RECIPES = {
    "paper": Recipe(name="paper", epochs=200, l1=2e-4, weight_scale=0.1),
    "compact": Recipe(name="compact", epochs=50, l1=1e-3, weight_scale=0.01),
}
"""The recipes of Fig. 3.

``paper``: as printed, nothing tuned. CD for 200 epochs, momentum 0.5, mini-batches of 100, L1 2e-4 (appendix A of
arXiv:1410.3831); learning rate 0.1, weights 0.1 * normal and probabilities in the statistics and passed up, from the Matlab
code that it says it used.
``compact``: the same with L1 1e-3, weights 0.01 * normal and 50 epochs a layer, where nearly every unit is one compact block.
"""
