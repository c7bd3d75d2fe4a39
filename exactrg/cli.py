"""The command line: ``exactrg verify`` decides every claim of the paper."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from io import StringIO
from typing import Any

from .commands_lattice import add_lattice_commands
from .commands_reproduce import add_reproduce
from .commands_sample import add_sample
from .commands_train import add_train
from .errors import ExactRGError, InputError
from .progress import Bar

EXIT_OK, EXIT_DIFFERS, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130

_EXAMPLES = """\
examples:
  exactrg verify                                     decide every claim of the paper
  exactrg flow "log(3)" --steps 3                    the flow of Eq. 24, exactly
  exactrg sample --size 40 --coupling 0.408 --count 40000 --out ising.npz
  exactrg train ising.npz --sizes 400 100 25 --out network.safetensors
  exactrg reproduce all --quick                      the figures, Fig. 3 at a reduced size
  exactrg COMMAND --help                             more examples

exit codes of all commands: 0 done; 1 a verdict differs from the ledger; 2 bad arguments, or a file that cannot be read or
written; 130 interrupted. Results go to stdout, progress and errors to stderr; NO_COLOR is respected.
"""

_VERIFY_EXAMPLES = """\
examples:
  exactrg verify                     decide everything
  exactrg verify --only 8 --only C5  what is true of Eq. 8
  exactrg verify --json > out.json   one object a claim
  exactrg verify --latex > out.tex   a longtable for an appendix
  exactrg verify --html report.html  a page with formulas, counterexamples and proofs

exit codes: 0 all verdicts as in the ledger; 1 a verdict differs; 2 bad arguments; 130 interrupted
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    from . import __version__

    parser = argparse.ArgumentParser(
        prog="exactrg",
        description="Exact verdicts on variational RG and deep learning (arXiv:1410.3831).",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"exactrg {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    verify = commands.add_parser(
        "verify",
        help="decide every claim of the paper",
        description="Decide the claims of the paper: symbols, random rational systems, explicit counterexamples.",
        epilog=_VERIFY_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("--only", action="append", metavar="ID", help="a claim or an equation number; may be repeated")
    verify.add_argument("--seed", type=int, default=0, help="seed of the random systems (default 0)")
    verify.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help="processes to decide in (default: two for the whole ledger, else one)",
    )
    form = verify.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a list of JSON objects")
    form.add_argument("--latex", action="store_true", help="print a LaTeX longtable")
    verify.add_argument("--html", metavar="FILE", help="write a page with formulas, counterexamples and proofs too")
    verify.set_defaults(run=run_verify)
    add_lattice_commands(commands)
    add_sample(commands)
    add_train(commands)
    add_reproduce(commands)
    add_completion(commands)
    return parser


def console(stream: Any) -> Any:
    """Return a rich console that is wide enough for a table where the stream is no terminal."""
    from rich import console as rich

    class Console(rich.Console):
        def on_broken_pipe(self) -> None:
            raise  # rich would exit with 1, which here means that a verdict differs

    if stream.isatty() or "COLUMNS" in os.environ:
        return Console(file=stream, highlight=False)
    return Console(file=stream, width=140, highlight=False)


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Print on stdout until the reader (head, less) closes the pipe; the exit code stays what it is."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _leave_stdout()


def _leave_stdout() -> None:
    """Say nothing more on stdout, not even at interpreter shutdown."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def add_completion(commands: Any) -> None:
    """Register ``exactrg completion``."""
    completion = commands.add_parser(
        "completion",
        help="print what makes a shell complete these commands",
        description="Print a script with which a shell completes the commands and options of exactrg.",
        epilog="examples:\n  exactrg completion bash > ~/.local/share/bash-completion/completions/exactrg\n"
        "  exactrg completion zsh > ~/.zfunc/_exactrg\n\nexit codes: 0 done; 2 bad arguments\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    completion.set_defaults(run=run_completion)


def run_completion(arguments: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    print(shtab.complete(build_parser(), shell=arguments.shell))
    return EXIT_OK


def run_verify(arguments: argparse.Namespace) -> int:
    """Decide, show progress on stderr, print the table on stdout."""
    from .claims import Verdict, claims, tables, verify
    from .claims.ledger import select

    chosen = select(claims(), arguments.only)
    processes = arguments.processes or (2 if arguments.only is None else 1)
    with pool(processes) as (executor, check), Bar("deciding", len(chosen)) as bar:

        def done(verdict: Verdict) -> None:
            check()
            bar.advance(f"deciding {verdict.claim.id:<16}")

        verdicts = verify(arguments.only, seed=arguments.seed, progress=done, executor=executor)
    if arguments.html:
        from .claims.report import html_report
        from .files.atomic import write_atomically

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
def pool(processes: int) -> Iterator[tuple[Executor | None, Callable[[], None]]]:
    """Yield that many processes (None for this one alone), and a function to call between results.

    An interrupt in the middle of a pool's locks can hang it, so ctrl-C waits for that call, which raises
    KeyboardInterrupt. A terminal sends ctrl-C to all processes: the new ones inherit that it is blocked.
    """
    if processes < 1:
        raise InputError(f"--processes {processes}: expected a positive number")
    if processes == 1 or not hasattr(signal, "pthread_sigmask"):
        yield None, lambda: None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    interrupts: list[int] = []

    def check() -> None:
        if interrupts:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, lambda number, frame: interrupts.append(number))
    try:
        # Spawned, not forked: this process has threads.
        with ProcessPoolExecutor(processes, get_context("spawn")) as executor:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            for _ in range(processes):
                executor.submit(int)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            yield executor, check
        check()
    finally:
        signal.signal(signal.SIGINT, before)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; errors go to stderr without a traceback, unless --debug is given."""
    arguments = build_parser().parse_args(argv)
    if sys.stdout is None:  # closed by the shell: >&-
        sys.stdout = StringIO()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a character shows a question mark
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except ExactRGError as error:
        if arguments.debug:
            raise
        print(f"exactrg: {error}", file=sys.stderr)
        return EXIT_USAGE
    except BrokenPipeError:
        _leave_stdout()
        return EXIT_OK
    except OSError as error:  # such as a full disk behind stdout
        if arguments.debug:
            raise
        _leave_stdout()
        print(f"exactrg: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("exactrg: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
