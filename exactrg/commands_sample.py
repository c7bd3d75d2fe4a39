"""``exactrg sample``: configurations of the square lattice in a file (section IV of the paper used 20,000 or 40,000)."""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

from .commands_lattice import at_least
from .commands_streams import say
from .progress import Bar

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
    parser.add_argument("--seed", type=int, help="of the random numbers; default: a fresh one, kept in the file")
    parser.add_argument(
        "--burn-in", type=int, metavar="STEPS", help="before the first draw; default 20 autocorrelation times"
    )
    parser.add_argument("--thin", type=int, metavar="STEPS", help="from draw to draw; default 5 autocorrelation times")
    parser.add_argument("--threads", type=int, help="default all usable cores; no bit depends on it")
    parser.add_argument("--json", action="store_true", help="print what was drawn, and how, as JSON")
    parser.set_defaults(run=run_sample)


def run_sample(arguments: argparse.Namespace) -> int:
    """Draw, with a bar on stderr if that is a terminal, and say on stdout what was written."""
    from approx.checkpoint import sample_to_file

    from . import ising, square

    H = ising(square(at_least("--size", arguments.size, 2)), arguments.coupling, arguments.field)
    start = time.perf_counter()
    try:
        with Bar("measuring autocorrelation times") as bar:
            samples = sample_to_file(
                arguments.out,
                H,
                at_least("--count", arguments.count, 1),
                seed=arguments.seed,
                method=arguments.method,
                burn_in=arguments.burn_in,
                thin=arguments.thin,
                threads=arguments.threads,
                progress=lambda done, total: bar.update("sampling", done, total),
            )
    except KeyboardInterrupt:
        if os.path.isdir(f"{arguments.out}.partial"):
            say(f"finished blocks are in {arguments.out}.partial; the same command goes on from them")
        raise
    where = samples.provenance
    if arguments.json:
        print(json.dumps({"file": arguments.out, "count": len(samples), "sites": samples.n_sites, **where}, indent=1))
        return 0
    times = ", ".join(f"{name} {tau:.3g}" for name, tau in where["tau"].items()) or "none: draws are exact"
    print(
        f"{arguments.out}: {len(samples):,} configurations of {arguments.size} x {arguments.size} spins, "
        f"{time.perf_counter() - start:.1f} s\n"
        f"method: {where['method']} ({where['kernel']}); {where['reason']}\n"
        f"autocorrelation times in {where['step']}s: {times}\n"
        f"burn-in: {where['burn_in']}, thinning: {where['thin']}, seed: {where['seed']}"
    )
    return 0
