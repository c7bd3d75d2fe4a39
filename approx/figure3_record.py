"""The record of Fig. 3 that the ledger is judged by, and its page; ``python -m approx.figure3_record FOLDER``.

`exactrg` trains nothing, so that the numbers of finished runs are copied, rounded, to exactrg/claims/figure3.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from exactrg.claims.figure3 import LEDGER, RECIPES, Run, recorded_runs
from exactrg.claims.ledger import Cases, decide
from exactrg.errors import InputError
from exactrg.files.atomic import write_atomically

from .figure3_measures import SCHEMA, SCHEMA_VERSION

_COPIED = ("radius", "participation", "window_share", "window", "tiling")


def collect(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Collect the finished runs at the paper's size in a folder of `approx.figure3.run_figure3`.

    Parameters
    ----------
    folder : path

    Returns
    -------
    dict of JSON values
        ``runs``: for each its experiment, data, circumstances, the measures of every unit, and the reconstructions.

    Raises
    ------
    InputError
        If there are none.
    """
    found = [json.loads(path.read_bytes()) for path in sorted(Path(folder).glob("*/measures.json"))]
    runs = [_shortened(measures) for measures in found if not measures["experiment"]["quick"]]
    if not runs:
        raise InputError(f"{folder} has no finished runs; write python -m approx.figure3 --out {folder}")
    order = {name: k for k, name in enumerate(RECIPES)}
    runs.sort(key=lambda r: [order[r["experiment"]["recipe"]], r["experiment"]["control"], r["experiment"]["seed"]])
    return {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, "runs": runs}


def _shortened(measures: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what the ledger does not need, and round to four digits."""
    provenance = measures["provenance"][0]
    data = provenance["data"]
    layers = []
    for layer in measures["layers"]:
        short = {name: layer[name] for name in _COPIED}
        if "in_pixel_order" in layer:
            short["in_pixel_order"] = {name: layer["in_pixel_order"][name] for name in _COPIED}
        layers.append(short)
    content = {
        "experiment": measures["experiment"],
        "run": dict(measures["run"]) | {"exactrg": provenance["version"]},
        "data": {"sha256": data["sha256"]}
        | {name: data["provenance"].get(name) for name in ("seed", "method", "burn_in", "thin", "tau")},
        "layers": layers,
        "reconstructions": measures["reconstructions"],
        "reconstruction_error": [history[-1] for history in measures["training"]],
    }
    return dict(_rounded(content))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, Mapping):
        return {name: _rounded(entry) for name, entry in value.items()}
    return [_rounded(entry) for entry in value] if isinstance(value, list) else value


def differences(again: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
    """Say in what a repeated run differs from the recorded one by more than chance, or by another machine's rounding.

    Parameters
    ----------
    again : mapping
        A run as `collect` returns it.
    record : mapping
        The same experiment in figure3.json.

    Returns
    -------
    list of str
        Empty if medians of the radii agree within 5%, shares of blocks within 0.1 (one of 25 units is 0.04), and
        correlations of magnetisations within 0.01.
    """
    found, known = Run.of(again), Run.of(record)
    lines = []
    for k, (new, old) in enumerate(zip(found.layers, known.layers, strict=True), start=1):
        if not abs(new.median_radius / old.median_radius - 1) <= 0.05:
            lines.append(f"layer {k}: median radius {new.median_radius:.3f}, recorded {old.median_radius:.3f}")
    for k, (share, before) in enumerate(zip(found.compact(), known.compact(), strict=True), start=1):
        if not abs(share - before) <= 0.1:
            lines.append(f"layer {k}: {share:.3f} of the units are blocks, recorded {before:.3f}")
    for way in ("means", "spins", "drawn", "majority"):
        new_r, old_r = found.kept[way]["magnetization"], known.kept[way]["magnetization"]
        if not abs(new_r - old_r) <= 0.01:
            lines.append(f"correlation of magnetisations, {way}: {new_r:.4f}, recorded {old_r:.4f}")
    return lines


def page(record: Mapping[str, Any], pictures: Iterable[str] = ()) -> str:
    """Return docs/figure3.md: the runs, the claims and their verdicts as tables.

    Parameters
    ----------
    record : mapping
        figure3.json, as it is installed: the verdicts are the ledger's.
    pictures : iterable of str
        Links to figures, relative to the page.
    """
    runs = [(Run.of(r), r) for r in record["runs"]]
    parts = [_HEAD]
    parts += [f"![Fig. 3 by the recipe {Path(link).stem.removeprefix('figure3-')}]({link})\n" for link in pictures]
    parts += ["## What is claimed\n", *(f"- `{name}`: {text}." for name, text in RECIPES.items()), ""]
    parts += [f"| claim | statement | {' | '.join(RECIPES)} |", "|---|---|" + "---|" * len(RECIPES)]
    for name, (statement, verdicts) in _verdicts().items():
        parts.append(f"| {name} | {statement} | {' | '.join(verdicts.get(recipe, 'not run') for recipe in RECIPES)} |")
    parts += ["\n## Blocks\n", _BLOCKS]
    parts += [
        "| run | layer | units | blocks | median radius | ratio | spread | median sites | tiling |",
        "|" + "---|" * 9,
    ]
    for run, raw in runs:
        parts += _block_rows(_name(run), run, raw, "layers")
        if run.in_pixel_order:
            parts += _block_rows(f"{_name(run)}, as the network sees the pixels", run, raw, "in_pixel_order")
    parts += ["\n## Reconstructions\n", _KEPT]
    parts += [
        "| run | units | means | spins | drawn | majority | energies: means | spins | drawn | majority |",
        "|" + "---|" * 10,
    ]
    for run, raw in runs:
        for row in raw["reconstructions"]:
            cells = [_number(row[way][q]) for q in ("magnetization", "energy") for way in _WAYS]
            parts.append(f"| {_name(run)} | {row['units']} | {' | '.join(cells)} |")
    parts += [
        "\n## The runs\n",
        "| run | day | exactrg | numpy | numba | training, s | sha256 of the data |",
        "|" + "---|" * 7,
    ]
    for run, raw in runs:
        when = raw["run"]
        facts = (when["date"], when["exactrg"], when["numpy"], when["numba"], f"{when['training_seconds']:.0f}")
        parts.append(f"| {_name(run)} | {' | '.join(facts)} | `{raw['data']['sha256'][:16]}` |")
    return "\n".join([*parts, ""])


_WAYS = ("means", "spins", "drawn", "majority")

_HEAD = """\
# Figure 3: is the trained network a coarse-graining?

Generated by `python -m approx.figure3_record FOLDER --write exactrg/claims/figure3.json --page docs/figure3.md` from the runs
of `python -m approx.figure3 --recipe RECIPE --seeds ... --controls ... --out FOLDER`. Times are of a machine that other jobs
shared. A run repeats bit by bit on one machine with one version of the kernels; elsewhere it agrees within the bounds of
`python -m approx.figure3_record FOLDER --compare exactrg/claims/figure3.json`.
"""

_BLOCKS = """\
A unit is a block if more than 90% of the power of its receptive field (appendix B) lies in a 13x13 window (layers 1 and 2), or
if its radius of gyration is under 6 (layer 3). Ratio: of the median radius to that of the layer below. Spread: standard
deviation of the radii over their mean. Tiling: mean distance to the nearest other centre, over that of as many points at
random.
"""

_KEPT = """\
Correlation, over 4,000 exact draws that the network was not trained on, of the magnetisation (first four columns) and of the
energy of a sample and its reconstruction from the layer with so many units. Means: real mean spins go up and down. Spins:
the layer keeps its most likely spins, +1 or -1. Drawn: every layer is drawn. Majority: no network, the signs of as many
square blocks. The standard error is about (1 - r^2)/63.
"""


def _verdicts() -> dict[str, tuple[str, dict[str, str]]]:
    """Statement and verdicts by recipe of each claim."""
    table: dict[str, tuple[str, dict[str, str]]] = {}
    for claim in LEDGER:
        name, recipe = claim.id.rsplit("-", 1)
        statement = claim.statement.removeprefix(f"By {RECIPES[recipe]}, ")
        table.setdefault(name, (statement, {}))[1][recipe] = decide(claim, Cases(0, 0)).verdict
    return table


def _block_rows(name: str, run: Run, raw: Mapping[str, Any], which: str) -> list[str]:
    layers = run.layers if which == "layers" else run.in_pixel_order
    rows = []
    for k, layer in enumerate(layers):
        record = raw["layers"][k] if which == "layers" else raw["layers"][k][which]
        ratio = f"{layer.median_radius / layers[k - 1].median_radius:.2f}" if k else ""
        sites = sorted(layer.participation)[len(layer.participation) // 2]
        cells = (
            f"{100 * run.compact(layers)[k]:.1f}%",
            f"{layer.median_radius:.2f}",
            ratio,
            f"{layer.spread:.3f}",
            f"{sites:.0f}",
            _number(record["tiling"]),
        )
        rows.append(f"| {name} | {k + 1} | {len(layer.radius)} | {' | '.join(cells)} |")
    return rows


def _name(run: Run) -> str:
    return f"{run.recipe}, {run.control + ', ' if run.control else ''}seed {run.seed}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m approx.figure3_record", description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="where python -m approx.figure3 wrote its runs")
    parser.add_argument("--write", metavar="FILE", help="record to write: exactrg/claims/figure3.json")
    parser.add_argument("--compare", metavar="FILE", help="record to compare with; exit code 1 if a run differs")
    parser.add_argument("--page", metavar="FILE", help="page to write: docs/figure3.md")
    parser.add_argument("--pictures", nargs="*", default=[], metavar="LINK", help="figures on it, relative to the page")
    given = parser.parse_args(arguments)
    content = collect(given.folder)
    if given.write:
        write_atomically(given.write, json.dumps(content, separators=(",", ":"), allow_nan=False).encode())
    if given.page:
        recorded_runs.cache_clear()
        write_atomically(given.page, page(content, given.pictures).encode())
    if given.compare:
        known = {_key(r): r for r in json.loads(Path(given.compare).read_bytes())["runs"]}
        lines = [
            f"{_key(run)}: {line}"
            for run in content["runs"]
            if _key(run) in known
            for line in differences(run, known[_key(run)])
        ]
        print("\n".join(lines) or "as recorded")
        return 1 if lines else 0
    return 0


def _key(run: Mapping[str, Any]) -> str:
    """Name of an experiment."""
    experiment = run["experiment"]
    return " ".join(str(experiment[name]) for name in ("recipe", "control", "seed"))


if __name__ == "__main__":
    sys.exit(main())
