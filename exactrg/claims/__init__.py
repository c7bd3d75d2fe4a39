"""The ledger: every numbered equation of arXiv:1410.3831, the claims of its text, and what is true instead.

``exactrg.claims()`` returns it, ``exactrg.verify()`` decides it. One file holds one section of the paper.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import ModuleType

from . import (
    beyond,
    decimation_network,
    examples,
    lattice,
    mapping,
    rbms,
    theorems,
    variational_rg,
    variational_schemes,
)
from .ledger import Cases, Claim, Verdict, decide, select

__all__ = ["Claim", "Verdict", "claims", "verify"]


def claims() -> tuple[Claim, ...]:
    """All claims, in the order of the paper, then the corrected statements C1 to C12."""
    section_iv = (examples, decimation_network, lattice)
    sections = (variational_rg, rbms, mapping, variational_schemes, *section_iv, theorems, beyond)
    return tuple(claim for part in sections for claim in part.LEDGER)


def verify(
    only: str | int | Iterable[str] | None = None,
    *,
    seed: int = 0,
    progress: Callable[[Verdict], None] | None = None,
) -> list[Verdict]:
    """Decide the claims of the paper.

    Each statement is decided on small systems with symbols for all parameters, on at least 200 random exact-rational
    systems, and on the explicit counterexamples where it is false. Nothing is compared with a tolerance.

    Parameters
    ----------
    only : str, int or iterable of str, optional
        Identifiers ("8-if", "C5") or equation numbers ("8", 8); by default everything.
    seed : int
        Of the random systems.
    progress : callable, optional
        Called with each verdict as it is reached.

    Returns
    -------
    list of Verdict

    Raises
    ------
    InputError
        For a claim or an equation that is not in the ledger.
    """
    chosen, cases, verdicts = select(claims(), only), Cases(seed), []
    for claim in chosen:
        verdict = decide(claim, cases)
        verdicts.append(verdict)
        if progress is not None:
            progress(verdict)
    return verdicts


class _CallableModule(ModuleType):
    """This package under its public name: ``exactrg.claims`` is both the folder and the function."""

    def __call__(self) -> tuple[Claim, ...]:
        return claims()


sys.modules[__name__].__class__ = _CallableModule
