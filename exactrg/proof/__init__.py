"""A small proof kernel for sums over finite types, and what scripts need to write derivations with it."""

from .calculus import differentiate
from .derivation import Derivation, Proved, Script, at_most, step
from .notation import (
    Definitions,
    Prod,
    Sum,
    atom,
    configurations,
    gap,
    index_map,
    log,
    numbers,
    real,
    spins,
    variable,
)
from .statements import Statement, Step, Theorem
from .terms import NAT, SPIN, Definition, ProofError, Sort, Term, lift

__all__ = [
    "NAT",
    "SPIN",
    "Definition",
    "Definitions",
    "Derivation",
    "Prod",
    "ProofError",
    "Proved",
    "Script",
    "Sort",
    "Statement",
    "Step",
    "Sum",
    "Term",
    "Theorem",
    "at_most",
    "atom",
    "configurations",
    "differentiate",
    "gap",
    "index_map",
    "lift",
    "log",
    "numbers",
    "real",
    "spins",
    "step",
    "variable",
]
