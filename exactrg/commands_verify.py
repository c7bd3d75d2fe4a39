"""``exactrg verify``: every claim of the paper, decided in a few processes, as a table, JSON, LaTeX and a page."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from .commands_lattice import at_least
from .commands_streams import console, reader_may_leave
from .progress import Bar

EXIT_OK, EXIT_DIFFERS, EXIT_TERMINATED = 0, 1, 143

_EXAMPLES = """\
examples:
  exactrg verify                     decide everything
  exactrg verify --only 8 --only C5  what is true of Eq. 8
  exactrg verify --json > out.json   one object a claim
  exactrg verify --latex > out.tex   a longtable for an appendix
  exactrg verify --html report.html  a page with formulas, counterexamples and proofs

exit codes: 0 all verdicts as in the ledger; 1 a verdict differs; 2 bad arguments, or a page that cannot be written; 70 an
error of exactrg itself; 130 interrupted; 143 terminated
"""


def add_verify(commands: Any) -> None:
    """Register the command."""
    verify = commands.add_parser(
        "verify",
        help="decide every claim of the paper",
        description="Decide the claims of the paper: symbols, random rational systems, explicit counterexamples.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("--only", action="append", metavar="ID", help="a claim or an equation number; may be repeated")
    verify.add_argument("--seed", type=int, default=0, help="seed of the random systems (default 0)")
    verify.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help="processes to decide in, one a claim at most (default: two for the whole ledger, else one)",
    )
    form = verify.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a list of JSON objects")
    form.add_argument("--latex", action="store_true", help="print a LaTeX longtable")
    verify.add_argument("--html", metavar="FILE", help="write a page with formulas, counterexamples and proofs too")
    verify.set_defaults(run=run_verify)


def run_verify(arguments: argparse.Namespace) -> int:
    """Decide, show progress on stderr, print the table on stdout."""
    from .claims import Verdict, claims, tables, verify
    from .claims.ledger import select
    from .files.atomic import require_writable, write_atomically

    chosen = select(claims(), arguments.only)
    wanted = (2 if arguments.only is None else 1) if arguments.processes is None else arguments.processes
    processes = min(at_least("--processes", wanted, 1), len(chosen))
    if arguments.html is not None:
        require_writable(arguments.html, overwrite=True)
    with pool(processes) as executor, Bar("deciding", len(chosen)) as bar:

        def done(verdict: Verdict) -> None:
            bar.advance(f"deciding {verdict.claim.id:<16}")

        verdicts = verify(arguments.only, seed=arguments.seed, progress=done, executor=executor)
    if arguments.html is not None:
        from .claims.report import html_report

        write_atomically(arguments.html, html_report(verdicts, seed=arguments.seed).encode())
    with reader_may_leave():
        if arguments.json:
            print(json.dumps([tables.record(v) for v in verdicts], indent=1))
        elif arguments.latex:
            print(tables.latex_table(verdicts))
        else:
            out = console(sys.stdout)
            out.print(tables.terminal_table(verdicts, out.width))
            out.print(tables.summary(verdicts))
    return EXIT_OK if all(v.as_expected for v in verdicts) else EXIT_DIFFERS


@contextmanager
def pool(processes: int) -> Iterator[Executor | None]:
    """Yield that many processes, or None for this one alone. They end with this one, whatever ends it.

    Ctrl-C and SIGTERM raise nothing here, which in the middle of a pool's locks could hang it: they kill the processes, and
    who waits for these finds them gone. A terminal sends ctrl-C to all processes: the new ones inherit that it is blocked.
    """
    if processes == 1 or not hasattr(signal, "pthread_sigmask"):
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import active_children, get_context

    received: list[int] = []
    others = set(active_children())

    def end() -> None:
        for process in set(active_children()) - others:
            process.kill()

    def stop(number: int, frame: object) -> None:
        received.append(number)
        end()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        # Spawned, not forked: this process has threads.
        with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_end_with_parent) as executor:
            try:
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                for _ in range(processes):
                    executor.submit(int)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
                if not received:
                    yield executor
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
                if received:
                    end()  # those too that were being made when the signal came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if received:
            raise KeyboardInterrupt if received[0] == signal.SIGINT else SystemExit(EXIT_TERMINATED)


def _end_with_parent() -> None:
    """Have this process end when its parent does: one that was killed cannot tell it."""
    from multiprocessing import parent_process
    from threading import Thread

    def watch() -> None:
        if (parent := parent_process()) is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()
