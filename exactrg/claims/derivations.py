"""The derivations behind the ledger: the scripts of proofs/, run where they are found."""

from __future__ import annotations

import contextlib
import io
import runpy
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import MissingFileError

_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (_PACKAGE.parent / "proofs", _PACKAGE / "proof" / "scripts")


def script_path(name: str) -> Path:
    """Return where a script such as "proofs/mapping.py" lies: beside the package in a checkout, inside it in a wheel.

    Raises
    ------
    MissingFileError
        If it is in neither place.
    """
    for folder in _FOLDERS:
        path = folder / Path(name).name
        if path.is_file():
            return path
    raise MissingFileError(
        f"{name}: not found in {' or '.join(map(str, _FOLDERS))}; install exactrg from a wheel or a checkout"
    )


@cache
def derivations(name: str) -> tuple[Any, ...]:
    """Run a script, whose every step the kernel checks, and return its derivations."""
    with contextlib.redirect_stdout(io.StringIO()):
        script = runpy.run_path(str(script_path(name)))["proofs"]
    return tuple(script.derivations)


def derivations_of(claim: Any) -> list[Any]:
    """Return the derivations of a claim's statements, part by part, the lemmas before the first that uses them.

    Empty if the ledger names no script for it.
    """
    if not claim.derivation:
        return []
    return [d for d in derivations(claim.derivation) if d.claim == claim.id]
