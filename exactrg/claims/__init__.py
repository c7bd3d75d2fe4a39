"""The ledger: every numbered equation of arXiv:1410.3831, the claims of its text, and what is true instead.

``exactrg.claims()`` returns it, ``exactrg.verify()`` decides it. One file holds one section of the paper.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import fields
from functools import lru_cache
from types import ModuleType
from typing import Any

from ..errors import InputError
from ..executors import run_jobs
from . import (
    beyond,
    decimation_network,
    examples,
    figure3,
    lattice,
    mapping,
    rbms,
    theorems,
    variational_rg,
    variational_schemes,
)
from .ledger import Cases, Claim, Selection, Verdict, decide, select

__all__ = ["Claim", "Verdict", "claims", "verify"]


def claims() -> tuple[Claim, ...]:
    """All claims, in the order of the paper, then the corrected statements C1 to C12."""
    section_iv = (examples, decimation_network, lattice, figure3)
    sections = (variational_rg, rbms, mapping, variational_schemes, *section_iv, theorems, beyond)
    return tuple(claim for part in sections for claim in part.LEDGER)


def verify(
    only: Selection = None,
    *,
    seed: int = 0,
    progress: Callable[[Verdict], None] | None = None,
    executor: Executor | None = None,
) -> list[Verdict]:
    """Decide the claims of the paper.

    Each statement is decided on small systems with symbols for all parameters, on at least 200 random exact-rational
    systems, and on the explicit counterexamples where it is false. Nothing is compared with a tolerance.

    Parameters
    ----------
    only : str, int, Claim or iterable of these, optional
        Identifiers ("8-if", "C5"), equation numbers ("8", 8) or claims; by default everything.
    seed : int
        Of the random systems.
    progress : callable, optional
        Called with each verdict as it is reached.
    executor : concurrent.futures.Executor, optional
        Where the claims are decided, one job a claim; the verdicts do not depend on it. By default here.

    Returns
    -------
    list of Verdict

    Raises
    ------
    InputError
        For a claim or an equation that is not in the ledger, or a seed that is no int.
    """
    try:
        seed = operator.index(seed)
    except TypeError:
        raise InputError(f"seed is {seed!r}: expected an int") from None
    chosen = {claim.id: claim for claim in select(claims(), only)}
    if executor is None:
        cases = Cases(seed)
        return run_jobs(lambda claim: decide(claim, cases), [(claim,) for claim in chosen.values()], done=progress)
    report = None if progress is None else lambda found: progress(_verdict(chosen, *found))
    return [_verdict(chosen, *found) for found in run_jobs(_decided, [(id, seed) for id in chosen], executor, report)]


def _decided(id: str, seed: int) -> tuple[str, dict[str, Any]]:
    """Decide one claim in another process: claims hold functions, which do not travel."""
    (claim,) = (claim for claim in claims() if claim.id == id)
    verdict = decide(claim, _cases(seed))
    return id, {field.name: getattr(verdict, field.name) for field in fields(verdict) if field.name != "claim"}


@lru_cache(maxsize=1)
def _cases(seed: int) -> Cases:
    """Draw the systems once in a process."""
    return Cases(seed)


def _verdict(chosen: Mapping[str, Claim], id: str, found: Mapping[str, Any]) -> Verdict:
    return Verdict(chosen[id], **found)


class _CallableModule(ModuleType):
    """This package under its public name: ``exactrg.claims`` is both the folder and the function."""

    def __call__(self) -> tuple[Claim, ...]:
        return claims()


sys.modules[__name__].__class__ = _CallableModule
