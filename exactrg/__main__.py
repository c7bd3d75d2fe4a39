"""``python -m exactrg``, and the command ``exactrg``: a ctrl-C while the command line is imported is no traceback either."""

import os
import sys


def main() -> int:
    """Entry point."""
    try:
        from .cli import main as command

        return command()
    except KeyboardInterrupt:
        os.write(2, b"exactrg: interrupted\n")  # sys.stderr may be None
        return 130


if __name__ == "__main__":
    sys.exit(main())
