"""``exactrg dos`` and ``exactrg flow``: integer densities of states, and the couplings of Eq. 24 level by level."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .errors import ExactRGError, InputError
from .progress import Bar

_DOS_EXAMPLES = """\
examples:
  exactrg dos 4 4              the 4 x 4 torus: configurations by number of unsatisfied bonds
  exactrg dos 40 40 --json     a list of integers of up to 1600 bits
  exactrg dos 3 5 --open --magnetization

exit codes: 0 done; 2 bad arguments; 130 interrupted
"""

_FLOW_EXAMPLES = """\
examples:
  exactrg flow 1.0 --steps 4            floats
  exactrg flow "log(3)" --block 3       exact: e^J = 3

exit codes: 0 done; 2 bad arguments; 130 interrupted
"""


def add_lattice_commands(commands: Any) -> None:
    """Register both commands."""
    dos = commands.add_parser(
        "dos",
        help="count the configurations of a lattice by energy, exactly",
        description="Integer density of states of the Ising model on a rectangle: g[k] configurations have k "
        "unsatisfied bonds.",
        epilog=_DOS_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    dos.add_argument("sides", type=int, nargs=2, metavar="SIDE", help="columns and rows")
    dos.add_argument("--open", action="store_true", help="open boundaries (default: a torus)")
    dos.add_argument("--magnetization", action="store_true", help="count by the number of spins down too")
    dos.add_argument(
        "--engine",
        default="auto",
        choices=("auto", "torus", "enumeration", "uniform"),
        help="default auto: the one that is done first; none is chosen that takes minutes",
    )
    dos.add_argument("--limit", type=int, metavar="BYTES", help="of memory (default 2 GiB)")
    dos.add_argument("--json", action="store_true", help="print g as JSON: g[k], or g[k][m]")
    dos.set_defaults(run=run_dos)
    flow = commands.add_parser(
        "flow",
        help="decimate the one-dimensional Ising model step by step",
        description="The flow of Eq. 24, tanh J' = tanh^b J, with the correlation length.",
        epilog=_FLOW_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flow.add_argument("coupling", help="J/kT: a float, or an exact expression such as log(3/2)")
    flow.add_argument("--steps", type=int, default=4, help="number of decimations (default 4)")
    flow.add_argument("--block", type=int, default=2, help="one spin of this many is kept (default 2)")
    flow.add_argument("--json", action="store_true", help="print a list of JSON objects")
    flow.set_defaults(run=run_flow)


def at_least(option: str, value: int, least: int) -> int:
    """Return the value, or say by the option's name that it is too small."""
    if value < least:
        raise InputError(f"{option} must be at least {least}, got {value}")
    return value


def run_dos(arguments: argparse.Namespace) -> int:
    """Print the counts that are not zero."""
    from . import density_of_states, rectangle
    from .planning import require_room_for_counts

    columns, rows = (at_least("SIDE", side, 1 if arguments.open else 2) for side in arguments.sides)
    given = {} if arguments.limit is None else {"limit": at_least("--limit", arguments.limit, 1)}
    n_bonds = 2 * columns * rows - (columns + rows if arguments.open else 0)
    require_room_for_counts(columns * rows, n_bonds, magnetization=arguments.magnetization, **given)
    graph = rectangle(columns, rows, periodic=not arguments.open)
    with Bar("counting"):
        density = density_of_states(graph, magnetization=arguments.magnetization, engine=arguments.engine, **given)
    if arguments.json:
        print(json.dumps(density))
        return 0
    counts = [row if isinstance(row, list) else [row] for row in density]
    print("unsatisfied bonds  configurations" + (" by spins down" if arguments.magnetization else ""))
    for k, row in enumerate(counts):
        if any(row):
            print(f"{k:>17}  {' '.join(map(str, row))}")
    return 0


def run_flow(arguments: argparse.Namespace) -> int:
    """Print J and the correlation length at each level."""
    from .one_dimension import correlation_length, rg_flow

    block = at_least("--block", arguments.block, 1)
    steps = at_least("--steps", arguments.steps, 0)
    J = _number(arguments.coupling)
    _require_short(J, block, steps)
    couplings = rg_flow(J, steps, block)
    rows = [{"level": n, "J": J, "correlation_length": correlation_length(J)} for n, J in enumerate(couplings)]
    if arguments.json:
        exact = (int, float)
        print(
            json.dumps([{k: v if isinstance(v, exact) else str(v) for k, v in row.items()} for row in rows], indent=1)
        )
        return 0
    width = max(len(str(row["J"])) for row in rows)
    print(f"level  {'J':<{width}}  correlation length")
    for row in rows:
        print(f"{row['level']:>5}  {row['J']!s:<{width}}  {row['correlation_length']}")
    return 0


MOST_BITS = 4096
"""Of e^J at the last step: half a second, and a number that fills a screen."""

MOST_STEPS = 100_000
"""Of floats, and where numbers do not grow."""


def _require_short(J: Any, block: int, steps: int) -> None:
    """InputError for a flow without end: exact numbers are ``block`` times longer after each step."""
    if steps > MOST_STEPS:
        raise InputError(f"--steps must be at most {MOST_STEPS}, got {steps}")
    if isinstance(J, float):
        return
    bits = 0
    for atom, c in J.terms.items():
        bits += abs(int(c.p)) * int(c.q) * (atom.bit_length() if isinstance(atom, int) else 4 * len(str(atom)))
    if bits > MOST_BITS:
        raise InputError(f"the exact coupling has {bits} bits, expected at most {MOST_BITS}; write it as a float")
    most = 0
    while most < steps and bits * block ** (most + 1) <= MOST_BITS:
        most += 1
    if most < steps:
        raise InputError(
            f"--steps {steps}: exact numbers are {block} times longer after each step; write --steps {most} at most, or "
            "the coupling as a float"
        )


def _number(text: str) -> Any:
    """Read a float, or an exact number without symbols; nothing is evaluated."""
    try:
        return float(text)
    except ValueError:
        pass
    from .numbers.exact import Exact

    try:
        value = Exact(text)
    except ExactRGError:
        value = None
    if value is None or value.symbols:
        raise InputError(f"the coupling {text!r}: expected a float such as 0.4, or an exact number such as log(3/2)")
    return value
