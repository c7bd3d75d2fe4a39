"""The record of Fig. 3: what is read from it, and where thresholds lie."""

from __future__ import annotations

import copy
import json
import math
from importlib import resources
from typing import Any

import pytest

from exactrg.claims import figure3
from exactrg.claims.figure3 import LEDGER, RECIPES, Layer, Run, recorded_runs
from exactrg.claims.ledger import Cases, decide
from exactrg.errors import InputError

FILE = resources.files("exactrg.claims").joinpath("figure3.json")
RECORD = json.loads(FILE.read_bytes())


def run_of(radii: list[list[float]], shares: list[list[float]], **changes: Any) -> Run:
    layers = tuple(Layer(tuple(r), (5.0,) * len(r), tuple(s)) for r, s in zip(radii, shares, strict=True))
    kept = {way: {"magnetization": 0.98} for way in ("means", "spins", "drawn", "majority")}
    return Run(
        **{
            "recipe": "paper",
            "control": "",
            "seed": 1,
            "layers": layers,
            "in_pixel_order": (),
            "kept": kept,
            "source": "",
        }
        | changes
    )


def test_the_record_is_small_and_of_the_papers_size() -> None:
    assert len(FILE.read_bytes()) < 300_000
    runs = recorded_runs()
    assert {(run.recipe, run.seed) for run in runs if not run.control} == {(r, s) for r in RECIPES for s in (1, 2, 3)}
    for recipe in RECIPES:
        assert {run.control for run in runs if run.recipe == recipe} == {"", "K=0", "permuted", "no-L1"}
    for run in runs:
        assert [len(layer.radius) for layer in run.layers] == [400, 100, 25]
        assert bool(run.in_pixel_order) == (run.control == "permuted")


def test_every_run_of_a_recipe_is_judged() -> None:
    for claim in LEDGER:
        recipe = claim.id.split("-")[-1]
        cases = list(claim.cases(Cases(0, 0)))
        names = [getattr(case, "run", case).recipe for case in cases]
        assert names == [recipe] * len(cases) and cases
        if claim.expected == "reproduced":
            assert decide(claim, Cases(0, 0)).cases == len(cases)


def test_without_a_run_there_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure3, "recorded_runs", lambda: ())
    for claim in LEDGER:
        with pytest.raises(InputError, match="no run that decides"):
            decide(claim, Cases(0, 0))


@pytest.mark.parametrize(
    ("key", "value"), [("quick", True), ("sizes", [256, 64, 16, 4]), ("n_samples", 10_000), ("n_samples", 39_999)]
)
def test_a_run_of_another_size_is_refused(key: str, value: Any) -> None:
    record = copy.deepcopy(RECORD["runs"][0])
    record["experiment"][key] = value
    with pytest.raises(InputError, match="another size"):
        Run.of(record)


def test_units_without_numbers_are_refused_and_fields_that_vanish_are_no_blocks() -> None:
    with pytest.raises(InputError, match="as many"):
        Layer.of({"radius": [1.0, 2.0], "participation": [1.0], "window_share": [0.9, 1.0]})
    layer = Layer.of({"radius": [1.0, None, 3.0], "participation": [1.0, None, 2.0], "window_share": [0.95, None, 0.9]})
    assert layer.median_radius == 2.0 and layer.spread == pytest.approx(0.5)
    assert layer.in_window() == pytest.approx(1 / 3) and layer.smaller(2.0) == pytest.approx(1 / 3)
    assert math.isnan(Layer((math.nan,), (1.0,), (1.0,)).median_radius)


def test_thresholds() -> None:
    good = [[1.0] * 50, [1.6] * 50, [3.0] * 50]
    shares = [[0.95] * 49 + [0.5]] * 3
    run = run_of(good, shares)
    assert run.compact() == [0.98, 0.98, 1.0] and run.ratios() == pytest.approx([1.6, 1.875])
    assert figure3.blocks(run) and figure3.growing(run) and figure3.of_one_size(run) and figure3.most_are_blocks(run)
    assert not figure3.blocks(run_of(good, [[0.95] * 48 + [0.9] * 2] * 3))
    assert not figure3.blocks(run_of([*good[:2], [3.0] * 48 + [6.0] * 2], shares))
    assert not figure3.growing(run_of([[1.0] * 50, [1.4] * 50, [2.8] * 50], shares))
    assert not figure3.growing(run_of([[1.0] * 50, [1.6] * 50, [3.5] * 50], shares))
    assert not figure3.of_one_size(run_of([[1.0] * 50, [1.0, 2.0] * 25, [3.0] * 50], shares))
    assert not figure3.most_are_blocks(run_of(good, [shares[0], [0.95, 0.5] * 25, shares[2]]))
    for value, expected in ((0.97, False), (0.9701, True)):
        kept = run.kept | {"means": {"magnetization": value}}
        assert figure3.macroscopic(run_of(good, shares, kept=kept)) is expected
    for value, expected in ((0.969, False), (0.971, True)):
        kept = run.kept | {"spins": {"magnetization": value}}
        assert figure3.as_kadanoff(run_of(good, shares, kept=kept)) is expected
