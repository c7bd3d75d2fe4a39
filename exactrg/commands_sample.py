"""``exactrg sample``: configurations of the square lattice in a file (section IV of the paper used 20,000 or 40,000)."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

_EXAMPLES = """\
examples:
  exactrg sample --size 40 --coupling 0.408 --count 40000 --out ising.npz
  exactrg sample --size 40 --coupling 0.5 --count 1000 --method wolff --seed 1 --out cold.npz

Ctrl-C (or worse) loses no finished block: the same command goes on, to the same bits.
In Python: approx.read_samples("ising.npz").configs() is int8, shape (count, size * size), spins +1 and -1.

exit codes: 0 written; 2 bad arguments, or nothing could be written; 130 interrupted
"""


def add_sample(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "sample",
        help="draw configurations of the square lattice into a file",
        description="Draw configurations of the Ising model on an L x L torus (Eq. 25), one bit a spin, with energies, "
        "magnetisations, checksums and provenance.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", type=int, required=True, metavar="L", help="side of the lattice, at least 2")
    parser.add_argument("--coupling", type=float, required=True, metavar="K", help="coupling of every bond, J/kT")
    parser.add_argument("--field", type=float, default=0.0, metavar="H", help="field on every site, h/kT (default 0)")
    parser.add_argument("--count", type=int, required=True, metavar="N", help="number of configurations")
    parser.add_argument("--out", required=True, metavar="FILE", help="file to write; it must not exist")
    parser.add_argument(
        "--method",
        default="auto",
        choices=("auto", "metropolis", "heat_bath", "wolff", "swendsen_wang", "tempering", "perfect"),
        help="default auto: the fastest that mixes; the file says which, and why",
    )
    parser.add_argument("--seed", type=int, help="default: a fresh one, kept in the file")
    parser.add_argument("--burn-in", type=int, metavar="STEPS", help="default 20 measured autocorrelation times")
    parser.add_argument("--thin", type=int, metavar="STEPS", help="from draw to draw; default 5 autocorrelation times")
    parser.add_argument("--threads", type=int, help="default all usable cores; no bit depends on it")
    parser.set_defaults(run=run_sample)


def run_sample(arguments: argparse.Namespace) -> int:
    """Draw, with a bar on stderr if that is a terminal, and say on stdout what was written."""
    from approx.checkpoint import sample_to_file

    from . import ising, square

    H = ising(square(arguments.size), arguments.coupling, arguments.field)
    start = time.perf_counter()
    try:
        with _Bar() as bar:
            samples = sample_to_file(
                arguments.out,
                H,
                arguments.count,
                seed=arguments.seed,
                method=arguments.method,
                burn_in=arguments.burn_in,
                thin=arguments.thin,
                threads=arguments.threads,
                progress=bar,
            )
    except KeyboardInterrupt:
        print(f"finished blocks are in {arguments.out}.partial; the same command goes on from them", file=sys.stderr)
        raise
    where = samples.provenance
    times = ", ".join(f"{name} {tau:.3g}" for name, tau in where["tau"].items()) or "none: draws are exact"
    print(
        f"{arguments.out}: {len(samples):,} configurations of {arguments.size} x {arguments.size} spins, "
        f"{time.perf_counter() - start:.1f} s\n"
        f"method: {where['method']} ({where['kernel']}); {where['reason']}\n"
        f"autocorrelation times in {where['step']}s: {times}\n"
        f"burn-in: {where['burn_in']}, thinning: {where['thin']}, seed: {where['seed']}"
    )
    return 0


class _Bar:
    """A progress bar with rate and time left, where stderr is a terminal."""

    def __enter__(self) -> _Bar:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from .cli import console

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console(sys.stderr),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("measuring autocorrelation times", total=None, rate="")
        self._first: tuple[float, int] | None = None
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show how far it is."""
        now = time.perf_counter()
        self._first = self._first or (now, done)
        seconds, drawn = now - self._first[0], done - self._first[1]
        rate = f"{drawn / seconds:,.0f}/s" if drawn and seconds else ""
        self._progress.update(self._task, description="sampling", completed=done, total=total, rate=rate)
