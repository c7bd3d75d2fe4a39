"""docs/benchmarks.md: all benchmarks as tables, with versions, cores and date.

    python benchmarks/tables.py [--limit SECONDS] [--runs N] [--largest]

By default small: three runs each, and at most three seconds for a run (network: 30; executors: 60). What takes longer, or is
not installed, is listed as such; the peers are in the extra "bench".
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from common import Cell, Task, failures

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"

# A script, and what keeps it small: no --limit helps where a worker compiles or reads for long.
SCRIPTS = {
    "symbolic": (),
    "exact": (),
    "montecarlo": ("--only", "updates"),
    "network": ("--only", "epoch", "--sizes", "40000", "--limit", "30"),
    "executors": ("--only", "samples", "annealing", "scan", "--sizes", "6", "--limit", "60"),  # jobs of a second
}


def main() -> int:
    """Run the scripts, write the page; 1 if contenders disagreed."""
    parser = argparse.ArgumentParser(description="Write docs/benchmarks.md.")
    parser.add_argument("--limit", type=float, default=3.0, help="seconds that one run may take (default 3)")
    parser.add_argument("--runs", type=int, default=3, help="timed runs (default 3)")
    parser.add_argument("--largest", action="store_true", help="all tasks and sizes (hours with the peers)")
    parser.add_argument("--note", default="", help="a sentence on the circumstances, for the page")
    options = parser.parse_args()
    small = ["--limit", str(options.limit), "--runs", str(options.runs)]
    sections, status = [], 0
    for name, restriction in SCRIPTS.items():
        command = [
            sys.executable,
            str(HERE / f"{name}.py"),
            "--json",
            *small,
            *(() if options.largest else restriction),
        ]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        status |= run.returncode
        sections.append(section(name, json.loads(run.stdout), import_module(name).TASKS))
    PAGE.write_text(page(sections, small, options.note), "utf-8")
    return status


def page(sections: Sequence[str], arguments: Sequence[str], note: str) -> str:
    """Return the whole page."""
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Made by `python benchmarks/tables.py {' '.join(arguments)}` on {date}. {note}".rstrip(),
            "",
            "Medians of seconds, in brackets the ratio to the first column; between machines, only ratios can be compared.",
            "The scripts take larger sizes, fewer tasks and more runs: `python benchmarks/exact.py --help`.",
            "",
            *sections,
        ]
    )


def section(name: str, found: dict[str, Any], tasks: Sequence[Task]) -> str:
    """Return the tables of one script, and what went wrong."""
    cells = [Cell(**{key: value for key, value in cell.items() if key != "median"}) for cell in found["cells"]]
    lines = [f"## {name}.py", ""]
    lines += [f"- {key}: {value}" for key, value in found["environment"].items()]
    for task in tasks:
        measured = {(cell.size, cell.contender): cell for cell in cells if cell.task == task.name}
        if measured:
            names = [contender.name for contender in task.contenders]
            lines += ["", f"### {task.title}", "", f"| size | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
            for size in dict.fromkeys(size for size, _ in measured):
                row = [measured[size, name] for name in names]
                lines.append(f"| {size} | {' | '.join(entry(cell, row[0]) for cell in row)} |")
            if wrong := failures(task, measured.values()):
                lines += ["", *(f"- {text}" for text in wrong)]
    return "\n".join([*lines, ""])


def entry(cell: Cell, first: Cell) -> str:
    """Return seconds, and the ratio to the first contender in brackets; or why there are none."""
    if cell.median is None:
        return cell.note
    ratio = "" if cell is first or not first.median else f" ({short(cell.median / first.median)})"
    return short(cell.median) + ratio


def short(number: float) -> str:
    """Return two digits, without an exponent for large numbers."""
    return f"{float(f'{number:.2g}'):g}"


if __name__ == "__main__":
    sys.exit(main())
