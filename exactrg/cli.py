"""The command line: its commands, and what becomes of their errors."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from .commands_lattice import add_lattice_commands
from .commands_reproduce import add_reproduce
from .commands_sample import add_sample
from .commands_streams import leave, open_streams, say, settle
from .commands_train import add_train
from .commands_verify import add_verify
from .errors import ExactRGError

EXIT_OK, EXIT_USAGE, EXIT_INTERNAL, EXIT_INTERRUPTED = 0, 2, 70, 130

_EXAMPLES = """\
examples:
  exactrg verify                                     decide every claim of the paper
  exactrg flow "log(3)" --steps 3                    the flow of Eq. 24, exactly
  exactrg sample --size 40 --coupling 0.408 --count 40000 --out ising.npz
  exactrg train ising.npz --sizes 400 100 25 --out network.safetensors
  exactrg reproduce all --quick                      the figures, Fig. 3 at a reduced size
  exactrg COMMAND --help                             more examples

exit codes of all commands: 0 done; 1 a verdict differs from the ledger; 2 bad arguments, too little memory, or a file that
cannot be read or written; 70 an error of exactrg itself; 130 interrupted; 143 terminated. Results go to stdout, progress and
errors to stderr; NO_COLOR is respected.
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
    add_verify(commands)
    add_lattice_commands(commands)
    add_sample(commands)
    add_train(commands)
    add_reproduce(commands)
    add_completion(commands)
    for command in commands.choices.values():  # SUPPRESS: the one before the command stays what it is
        command.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show an error's traceback"
        )
    return parser


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


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; errors go to stderr without a traceback, unless --debug is given."""
    open_streams()
    debug = "--debug" in (sys.argv[1:] if argv is None else argv)  # known where nothing else can be parsed
    try:
        try:
            arguments = build_parser().parse_args(argv)
        finally:
            sys.stdout.flush()  # --help ends here
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except ExactRGError as error:
        return _failed(str(error), EXIT_USAGE, debug)
    except BrokenPipeError:
        leave(sys.stdout)
        return EXIT_OK
    except OSError as error:  # such as a full disk behind stdout
        leave(sys.stdout)
        return _failed(str(error), EXIT_USAGE, debug)
    except MemoryError:
        return _failed("there is not enough memory for this; write a smaller size", EXIT_USAGE, debug)
    except KeyboardInterrupt:
        say("exactrg: interrupted")
        return EXIT_INTERRUPTED
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:1000]
        return _failed(f"internal error, {text}; --debug shows the traceback", EXIT_INTERNAL, debug)
    finally:
        settle(sys.stdout)
        settle(sys.stderr)


def _failed(text: str, code: int, debug: bool) -> int:
    """Say what went wrong, or show where; return the exit code."""
    say(traceback.format_exc().rstrip() if debug else f"exactrg: {text}")
    return code
