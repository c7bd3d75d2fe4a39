"""``exactrg reproduce``: Figs. 1, 2 and 3 of the paper as PNG and SVG, with all their numbers as JSON and CSV."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .commands_streams import say
from .progress import Bar

_EXAMPLES = """\
examples:
  exactrg reproduce fig1 fig2                  seconds: exact numbers
  exactrg reproduce fig3 --quick               under a minute: 16 x 16 spins, labelled as such
  exactrg reproduce fig3                       the paper's size, recipe "compact": about two minutes
  exactrg reproduce fig3 --recipe paper        as printed: about eight minutes
  exactrg reproduce all --recipe both --out figures

Ctrl-C (or worse) loses no finished epoch: the same command goes on, to the same bits.

exit codes: 0 done; 2 bad arguments, or a file that cannot be read or written; 130 interrupted
"""


def add_reproduce(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "reproduce",
        help="draw the figures of the paper, with their numbers",
        description="Fig. 1 with the exact couplings of the block spins, Fig. 2 with the flow of Eq. 24, Fig. 3 by training "
        "the network of section IV. Needs matplotlib: pip install exactrg[plot].",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("figures", nargs="+", choices=("fig1", "fig2", "fig3", "all"), help="what to draw")
    parser.add_argument("--out", default="figures", metavar="FOLDER", help="folder to write to (default figures)")
    parser.add_argument(
        "--recipe",
        choices=("compact", "paper", "both"),
        default="compact",
        help="training of Fig. 3. paper: as printed; compact (default): stronger L1, smaller initial weights, 50 epochs",
    )
    parser.add_argument(
        "--quick", action="store_true", help="Fig. 3 on 16 x 16 spins: a first look, not the paper's network"
    )
    parser.add_argument("--seed", type=int, default=1, help="of all random numbers of Fig. 3 (default 1)")
    parser.add_argument("--threads", type=int, help="for Fig. 3; default all usable cores (training: 4)")
    parser.add_argument("--json", action="store_true", help="print the files that were written as JSON")
    parser.set_defaults(run=run_reproduce)


def run_reproduce(arguments: argparse.Namespace) -> int:
    """Write the figures and say on stdout which files there are."""
    from .figures import FIGURES, figure_files
    from .files.atomic import make_folder, write_atomically

    wanted = ("fig1", "fig2", "fig3") if "all" in arguments.figures else tuple(dict.fromkeys(arguments.figures))
    folder = Path(arguments.out)
    make_folder(folder)
    written: dict[str, list[str]] = {}
    for name in wanted:
        if name in FIGURES:
            with Bar(f"{name}: numbers and drawing"):
                files = figure_files(name)
            for file, content in files.items():
                write_atomically(folder / file, content)
            written[name] = [str(folder / file) for file in files]
        else:
            written[name] = _figure3(arguments, folder / name)
        if not arguments.json:
            print(f"{name}: {', '.join(written[name])}", flush=True)
    if arguments.json:
        print(json.dumps(written, indent=1))
    return 0


def _figure3(arguments: argparse.Namespace, folder: Path) -> list[str]:
    """Train, measure and draw by each recipe; return the files."""
    from approx.figure3 import run_figure3, summary
    from approx.figure3_runs import Experiment
    from approx.training_history import EpochRecord

    from .files.atomic import make_folder

    make_folder(folder)
    files: list[str] = []
    for recipe in ("compact", "paper") if arguments.recipe == "both" else (arguments.recipe,):
        experiment = Experiment(recipe=recipe, seed=arguments.seed, quick=arguments.quick)
        epochs, layers = experiment.training.epochs, len(experiment.sizes) - 1
        top = folder / experiment.name / f"layers.{layers - 1}"
        with Bar(f"{experiment.name}: samples", epochs * layers) as bar:

            def report(
                which: Experiment, record: EpochRecord, bar: Bar = bar, top: Path = top, last: int = epochs
            ) -> None:
                done = record.epoch == last and top.exists()
                bar.advance(f"{which.name}: {'measuring and drawing' if done else record}")

            try:
                (measures,) = run_figure3(
                    recipe,
                    folder,
                    seeds=(arguments.seed,),
                    quick=arguments.quick,
                    threads=arguments.threads,
                    progress=report,
                )
            except KeyboardInterrupt:
                say(f"finished epochs are in {folder}; the same command goes on from them")
                raise
        if not arguments.json:
            print(summary(measures), flush=True)
        kinds = (".json", ".csv", ".png", ".svg")
        files += sorted(str(path) for path in (folder / experiment.name).iterdir() if path.suffix in kinds)
    return files
