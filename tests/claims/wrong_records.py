"""Plausible errors in the record of Fig. 3: each takes `recorded_runs` and returns what replaces it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any


def recipes_exchanged(right: Any) -> Any:
    """The runs of one recipe passed off as those of the other."""
    other = {"paper": "compact", "compact": "paper"}
    return lambda: [replace(run, recipe=other[run.recipe]) for run in right()]


def control_as_recipe(control: str) -> Any:
    """The runs of a control passed off as those of the recipe."""
    return lambda right: lambda: [replace(run, control="") for run in right() if run.control == control]


def recipe_as_control(right: Any) -> Any:
    """Controls that were never run: the networks of the recipe under their names."""

    def runs() -> list[Any]:
        true = {(run.recipe, run.seed): run for run in right() if not run.control}
        return [replace(run, layers=true[run.recipe, run.seed].layers) for run in right()]

    return runs


def other_control(right: Any) -> Any:
    """The network without L1 as the one of independent spins."""
    names = {"no-L1": "K=0", "K=0": "no-L1"}
    return lambda: [replace(run, control=names.get(run.control, run.control)) for run in right()]


def pixels_left_in_disorder(right: Any) -> Any:
    return lambda: [replace(run, layers=run.in_pixel_order or run.layers) for run in right()]


def shuffled_radii(right: Any) -> Any:
    """Radii of all layers mixed."""

    def mixed(run: Any) -> Any:
        pool = [radius for layer in run.layers for radius in layer.radius]
        random.Random(0).shuffle(pool)
        numbers = iter(pool)
        layers = [replace(layer, radius=tuple(next(numbers) for _ in layer.radius)) for layer in run.layers]
        return replace(run, layers=tuple(layers))

    return lambda: [mixed(run) for run in right()]


def drawn_for_kept(right: Any) -> Any:
    """Reconstructions of which every layer is drawn, noise and all."""
    return lambda: [
        replace(run, kept=run.kept | {"means": run.kept["drawn"], "spins": run.kept["drawn"]}) for run in right()
    ]


def scattered_middle_layer(right: Any) -> Any:
    """Units of the middle layer as wide as the lattice."""

    def scattered(run: Any) -> Any:
        first, second, third = run.layers
        return replace(run, layers=(first, replace(second, window_share=(0.1,) * len(second.window_share)), third))

    return lambda: [scattered(run) for run in right()]
