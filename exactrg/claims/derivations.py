"""The derivations behind the ledger: the scripts of proofs/, run where they are found, and checked once more."""

from __future__ import annotations

import contextlib
import io
import runpy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MissingFileError

if TYPE_CHECKING:
    from ..proof import Derivation

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


def verified(script: Path) -> tuple[Derivation, ...]:
    """Run a script and hold each derivation that it leaves against the ledger as it was before.

    A script is not believed: it may have put together derivations of its own, or have changed what is pinned.

    Raises
    ------
    ProofError
        If one of them does not prove what it says, or what the ledger pins.
    """
    from ..proof import Derivation, ProofError
    from .formal_network import BOOK, STATEMENTS

    statements, book = dict(STATEMENTS), dict(BOOK)
    with contextlib.redirect_stdout(io.StringIO()):
        found = tuple(runpy.run_path(str(script))["proofs"].derivations)
    for d in found:
        if type(d) is not Derivation:
            raise ProofError(f"{script.name} leaves what is no derivation: {d!r}")
        d.check(statements, book)
    return found


@cache
def derivations(name: str) -> tuple[Derivation, ...]:
    """Run a script of the ledger and return its derivations, every step of them checked."""
    return verified(script_path(name))


def derivations_of(claim: Any) -> list[Any]:
    """Return the derivations of a claim's statements, part by part, the lemmas before the first that uses them.

    Empty if the ledger names no script for it.
    """
    if not claim.derivation:
        return []
    return [d for d in derivations(claim.derivation) if d.claim == claim.id]
