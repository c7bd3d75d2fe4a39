"""Fig. 3 end to end: samples, training, receptive fields, reconstructions, figures; ``python -m approx.figure3 --help``."""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from exactrg.errors import ExactRGError, FileFormatError
from exactrg.files.atomic import write_atomically
from exactrg.files.document import parse_json

from .exactness_numbers import text_of
from .figure3_exactness import measure_exactness
from .figure3_measures import SCHEMA_VERSION, measure
from .figure3_runs import CONTROLS, Experiment, Network, train
from .recipes import RECIPES
from .training_history import EpochRecord

_EXAMPLES = """\
examples:
  python -m approx.figure3 --quick --out quick             a first look in under a minute, 16 x 16 spins
  python -m approx.figure3 --recipe compact --out figure3  Fig. 3 with blocks, about two minutes
  python -m approx.figure3 --recipe paper --out figure3    Fig. 3 as printed, about eight minutes
  python -m approx.figure3 --recipe compact --seeds 1 2 3 --controls all --out figure3

Ctrl-C (or worse) loses no finished epoch: the same command goes on, to the same bits.

exit codes: 0 done; 2 bad arguments, or a file that cannot be read or written; 130 interrupted
"""

Report = Callable[[Experiment, EpochRecord], object]


def run_figure3(
    recipe: str,
    folder: str | os.PathLike[str],
    *,
    seeds: Iterable[int] = (1,),
    controls: Iterable[str] = (),
    quick: bool = False,
    figures: bool = True,
    threads: int | None = None,
    keep_epochs: Sequence[int] = (),
    progress: Report | None = None,
) -> list[dict[str, Any]]:
    """Train the network of Fig. 3 by a named recipe, measure its blocks and reconstructions, and draw the figure.

    Parameters
    ----------
    recipe : {"compact", "paper"}
        See `approx.recipes`.
    folder : path
        Samples go into it, and for each run a folder with checkpoints, ``measures.json`` (all numbers, with the
        provenance of data and training), ``units.csv``, ``reconstructions.csv``, ``training.csv``, ``exactness.csv``,
        ``figure3.png`` and ``figure3.svg``. Runs that are finished there are read, not repeated; one that was killed
        goes on.
    seeds : iterable of int
        A run for each; samples, training and measurements all depend on it.
    controls : iterable of {"K=0", "permuted", "no-L1"}
        Further runs for each seed in which one thing is changed.
    quick : bool
        16 x 16 spins, a 256-64-16-4 network and 30 epochs: a first look, and not the paper's figure.
    figures : bool
        Whether to draw; needs matplotlib.
    threads : int, optional
        All usable cores if left out, 4 at most in training. No bit depends on it.
    keep_epochs : sequence of int
        Epochs of the first RBM whose checkpoints are kept.
    progress : callable, optional
        Called with the experiment and each epoch's record.

    Returns
    -------
    list of dict
        See `approx.figure3_measures.measure`; seed by seed, the recipe before its controls.

    Raises
    ------
    InputError
        For an unknown recipe or control.
    SamplesFileError
        If a file in the folder is damaged; remove it.
    ExactRGError
        If figures are wanted and matplotlib is missing.
    KeyboardInterrupt
        After Ctrl-C, once the last whole epoch is on disk.
    """
    if figures:  # what is missing is better known before training than after
        from exactrg.plots import pyplot

        pyplot()
    changes = ("", *controls)
    experiments = [Experiment(recipe=recipe, seed=seed, control=c, quick=quick) for seed in seeds for c in changes]
    return [_run(e, Path(folder), figures, threads, keep_epochs, progress) for e in experiments]


def _run(
    experiment: Experiment,
    folder: Path,
    figures: bool,
    threads: int | None,
    keep_epochs: Sequence[int],
    progress: Report | None,
) -> dict[str, Any]:
    """Train, measure, draw; measures.json comes last and says that all else is there."""
    own = folder / experiment.name
    wanted = [*TABLES, *(["figure3.png", "figure3.svg"] if figures else [])]
    found = read_measures(own / "measures.json", experiment)
    if found is not None and all((own / name).exists() for name in wanted):
        return found
    start = time.perf_counter()
    network = train(
        experiment,
        folder,
        threads=threads,
        progress=None if progress is None else lambda record: progress(experiment, record),
        keep_epochs=keep_epochs,
    )
    if network.interrupted:
        raise KeyboardInterrupt
    held_out = experiment.held_out(threads)
    if found is None:
        found = measure(network, held_out)
        found["exactness"] = measure_exactness(network, held_out, threads)
        found["run"] = _circumstances(network, time.perf_counter() - start)
    for name, rows in tables(found).items():
        write_atomically(own / name, _csv(rows))
    if figures:
        from .plots import figure3_files

        for name, content in figure3_files(network, found, held_out).items():
            write_atomically(own / name, content)
    sealed = found | {"sha256": _digest(found)}
    write_atomically(own / "measures.json", json.dumps(sealed, indent=1, allow_nan=False).encode())
    return found


def read_measures(path: Path, experiment: Experiment) -> dict[str, Any] | None:
    """Return what an earlier run of this experiment measured, or None if that is not there, whole and of this schema."""
    try:
        found = parse_json(path.read_bytes(), str(path))
    except (OSError, FileFormatError):
        return None
    if found.pop("sha256", None) != _digest(found) or found["schema_version"] != SCHEMA_VERSION:
        return None
    given = found["experiment"]
    same = given["training"] == experiment.training.to_json() and given["seed"] == experiment.seed
    return found if same else None


def _digest(measures: Mapping[str, Any]) -> str:
    """Sha256 of all numbers, but for when and how fast: an altered file is measured again, a repeated run has the same."""
    content = {name: value for name, value in measures.items() if name != "run"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


TABLES = ("units.csv", "reconstructions.csv", "training.csv", "exactness.csv")


def tables(measures: Mapping[str, Any]) -> dict[str, list[list[Any]]]:
    """Rows of the CSV files of a run, a header first."""
    units: list[list[Any]] = [["layer", "unit", "radius", "participation", "window_share", "centre_x", "centre_y"]]
    for number, layer in enumerate(measures["layers"], start=1):
        columns = (layer["radius"], layer["participation"], layer["window_share"], layer["centres"])
        units += [[number, k, r, p, s, *c] for k, (r, p, s, c) in enumerate(zip(*columns, strict=True))]
    kept: list[list[Any]] = [["depth", "units", "compression", "way", "magnetization", "energy", "agreement"]]
    for row in measures["reconstructions"]:
        for way in ("means", "spins", "drawn", "majority"):
            if row[way] is not None:
                numbers = (row[way][name] for name in ("magnetization", "energy", "agreement"))
                kept.append([row["depth"], row["units"], row["compression"], way, *numbers])
    errors: list[list[Any]] = [["layer", "epoch", "reconstruction_error"]]
    for number, history in enumerate(measures["training"], start=1):
        errors += [[number, epoch, error] for epoch, error in enumerate(history, start=1)]
    exact = measures["exactness"]
    distance: list[list[Any]] = [["layer", "quantity", "nats", "error"], [1, "sd of log q", exact["log_q"]["sd"], ""]]
    distance += [[1, name, *exact[name]] for name in ("delta_f", "kl", "reverse_kl")]
    for layer in exact["layers"]:
        distance += [[layer["layer"], name, *layer[name]] for name in ("log_z", "forward", "reverse", "gain", "bound")]
    return dict(zip(TABLES, (units, kept, errors, distance), strict=True))


def summary(measures: Mapping[str, Any]) -> str:
    """A few lines on what was found."""
    experiment = measures["experiment"]
    title = f"{experiment['recipe']}, seed {experiment['seed']}"
    if experiment["control"]:
        title += f", control: {CONTROLS[experiment['control']]}"
    if experiment["quick"]:
        title += f" (QUICK: {experiment['L']} x {experiment['L']} spins, not the paper's network)"
    lines = [title]
    previous = None
    for number, layer in enumerate(measures["layers"], start=1):
        radii, share, sites = (
            np.array(layer[name], dtype=np.float64) for name in ("radius", "window_share", "participation")
        )
        median = float(np.nanmedian(radii))
        ratio = f", {median / previous:.2f} times the layer below" if previous else ""
        side = layer["window"]
        lines.append(
            f"  layer {number}: {len(radii)} units, radius {median:.2f}{ratio} (spread {layer['radius_variation']:.3f}), "
            f"{np.nanmedian(sites):.0f} sites; {100 * np.mean(share > 0.9):.1f}% with > 90% of their power in {side} x {side}"
        )
        previous = median
    for row in measures["reconstructions"]:
        parts = [
            f"{way} {row[way]['magnetization']:.3f}" for way in ("means", "spins", "drawn", "majority") if row[way]
        ]
        lines.append(f"  correlation of magnetisations from {row['units']} units: {', '.join(parts)}")
    exact = measures["exactness"]
    lines.append(
        f"  an exact RG? log Tr_h e^T of the first RBM varies by {exact['log_q']['sd']:.1f} over samples (0 if exact); "
        f"KL(P||p) = {text_of(exact['kl'])} nats"
    )
    return "\n".join(lines)


def _circumstances(network: Network, seconds: float) -> dict[str, Any]:
    """When, where and how fast: what the numbers are no function of."""
    import numba

    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "machine": platform.machine(),
        "training_seconds": round(sum(r.seconds for layer in network.layers for r in layer.history), 1),
        "seconds": round(seconds, 1),
    }


def _csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


class _Lines:
    """A line on stderr for an epoch, at most one in five seconds; in a terminal one line that is renewed."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, experiment: Experiment, record: EpochRecord) -> None:
        terminal = sys.stderr.isatty()
        if time.monotonic() - self._last > (0.2 if terminal else 5.0):
            self._last = time.monotonic()
            text = f"{experiment.name}: {record}"
            print(
                f"\r\x1b[K{text[:150]}" if terminal else text, end="" if terminal else "\n", file=sys.stderr, flush=True
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m approx.figure3",
        description="Reproduce Fig. 3 of arXiv:1410.3831: train, measure, draw.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--recipe", choices=tuple(RECIPES), default="compact", help="default compact")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="SEED", help="a run for each (default 1)")
    parser.add_argument(
        "--controls", nargs="+", default=[], choices=("all", *CONTROLS), help="further runs with one thing changed"
    )
    parser.add_argument("--out", required=True, metavar="FOLDER", help="folder of the runs; finished ones are read")
    parser.add_argument(
        "--keep-epochs", type=int, nargs="+", default=[], metavar="EPOCH",
        help="epochs of the first layer whose machines are kept, for python -m approx.exactness",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="16 x 16 spins: a first look, not the paper's figure")
    parser.add_argument("--no-figures", action="store_true", help="numbers alone (no matplotlib)")
    parser.add_argument("--threads", type=int, help="default all usable cores (training: 4); no bit depends on it")
    given = parser.parse_args(arguments)
    controls = tuple(CONTROLS) if "all" in given.controls else given.controls
    try:
        results = run_figure3(
            given.recipe,
            given.out,
            seeds=given.seeds,
            controls=controls,
            quick=given.quick,
            figures=not given.no_figures,
            threads=given.threads,
            keep_epochs=given.keep_epochs,
            progress=_Lines(),
        )
    except KeyboardInterrupt:
        print(f"\ninterrupted; finished epochs are in {given.out}, and the same command goes on", file=sys.stderr)
        return 130
    except (ExactRGError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    for found in results:
        print(summary(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
