"""What a claim is, and how its verdict is reached: by decisions on systems, never by belief."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..errors import InputError
from .reach import derived, reach
from .systems import RANDOM_SYSTEMS, System, energy_systems, symbolic_systems, weight_systems

VERDICTS = ("proved", "refuted", "incomplete", "ill-posed", "reproduced", "not reproduced", "pending")

Statement = Callable[[Any], bool]


class Cases:
    """The systems on which claims are decided, drawn once from a seed and shared by all of them.

    Attributes
    ----------
    symbolic : list of System
        All couplings of H and E are symbols, many-body terms included: a decision holds for all real values.
    energies : list of System
        Random exact-rational H and E (RBMs and any Boltzmann machines), N <= 5, M <= 4.
    weights : list of System
        Random exact-rational e^T: exact steps, constant traces, Delta F = 0 alone, delta functions, and zeros of q among
        them.
    """

    def __init__(self, seed: int = 0, count: int = RANDOM_SYSTEMS) -> None:
        self.seed = seed
        self.count = count

    @cached_property
    def symbolic(self) -> list[System]:
        """Small systems with symbols for all parameters."""
        return symbolic_systems()

    @cached_property
    def energies(self) -> list[System]:
        """Random systems given by energies."""
        return energy_systems(self.seed, self.count)

    @cached_property
    def weights(self) -> list[System]:
        """Random systems given by weights."""
        return weight_systems(self.seed, self.count)

    def both(self) -> Iterator[System]:
        """Symbols first, then random energies."""
        yield from self.symbolic
        yield from self.energies

    def everything(self) -> Iterator[System]:
        """Symbols, random energies, random weights."""
        yield from self.both()
        yield from self.weights

    def positive(self) -> Iterator[System]:
        """Those of everything with q(v) > 0 for every v, where log q and p(h|v) exist."""
        yield from (s for s in self.everything() if not s.q.zeros())


CaseSource = Callable[[Cases], Iterable[Any]]


def _no_cases(drawn: Cases) -> Iterable[Any]:
    """Return nothing: the claim is pending."""
    return ()


@dataclass(frozen=True)
class Claim:
    """One statement of the paper, or one that corrects it.

    Attributes
    ----------
    id : str
        A short name: the equation's number, with a suffix where there are several statements; or C1 to C12.
    equation : tuple of str
        Equation numbers, or "text", "Fig. 2B", "appendix B".
    statement : str
        In our own words and formulas.
    expected : str
        The verdict of the ledger, one of `VERDICTS`.
    scope : str
        For which systems the verdict is claimed.
    corrected : str
        The true statement, where this one is not.
    formula : str
        LaTeX.
    functions : tuple of str
        Public names that carry the equation.
    holds : callable
        Decides the statement on one case. None while the claim is pending.
    cases : callable
        Picks the cases from the drawn systems.
    repaired : callable, optional
        Decides the repaired statement, for claims that are incomplete or ill-posed as printed.
    fault : str
        What the statement is called if it fails and its repaired form holds: "incomplete" or "ill-posed".
    exists : bool
        The statement says that there is a case for which it holds; otherwise, that it holds for every case.
    outcomes : tuple of str
        What the statement is called if it holds, and if it fails. Measurements are "reproduced" or "not reproduced".
    derivation : str
        The script that proves it for all sizes, as pinned in `formal`; empty if there is none.
    part : str
        What the derivation proves, if not the whole statement.
    audit : tuple of str
        Theorems of proofs/audit that prove it, or a part of it, in Coq: "Mapping.C1" is C1 in Mapping.v.
    """

    id: str
    equation: tuple[str, ...]
    statement: str
    expected: str
    scope: str = "any finite number of spins, finite couplings"
    corrected: str = ""
    formula: str = ""
    functions: tuple[str, ...] = ()
    holds: Statement | None = field(default=None, repr=False, compare=False)
    cases: CaseSource = field(default=_no_cases, repr=False, compare=False)
    repaired: Statement | None = field(default=None, repr=False, compare=False)
    fault: str = field(default="incomplete", repr=False)
    exists: bool = field(default=False, repr=False)
    outcomes: tuple[str, str] = field(default=("proved", "refuted"), repr=False)
    derivation: str = field(default="", repr=False)
    part: str = field(default="", repr=False)
    audit: tuple[str, ...] = field(default=(), repr=False)

    @property
    def reach(self) -> str:
        """How far the verdict reaches: proved for all sizes, decided for these sizes, supported by random systems."""
        return reach(self)


@dataclass(frozen=True)
class Verdict:
    """What `verify` found out about a claim.

    Attributes
    ----------
    claim : Claim
    verdict : str
        One of `VERDICTS`.
    decided_by : str
        How: on which symbolic and random systems.
    cases : int
        Number of decisions.
    seconds : float
    counterexample : str
        Empty unless the statement fails somewhere.
    """

    claim: Claim
    verdict: str
    decided_by: str
    cases: int
    seconds: float
    counterexample: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one in the ledger."""
        return self.verdict == self.claim.expected


@dataclass
class Count:
    """Decisions made so far, by kind of system."""

    symbolic: int = 0
    random: int = 0
    given: int = 0
    recorded: dict[str, list[str]] = field(default_factory=dict)

    def add(self, case: Any) -> None:
        """Count one decision; one on a recorded measurement by its source and label."""
        kind = getattr(case, "origin", "given")
        if kind == "recorded":
            self.recorded.setdefault(case.source, []).append(case.label)
        else:
            setattr(self, kind, getattr(self, kind) + 1)

    @property
    def total(self) -> int:
        """All decisions."""
        return self.symbolic + self.random + self.given + sum(map(len, self.recorded.values()))

    def __str__(self) -> str:
        parts = []
        if self.symbolic:
            parts.append(f"symbols on {self.symbolic} system{'s' if self.symbolic > 1 else ''}")
        if self.random:
            parts.append(f"{self.random} random rational systems")
        if self.given:
            parts.append(f"{self.given} explicit example{'s' if self.given > 1 else ''}")
        parts += [f"recorded run, {', '.join(labels)}: {source}" for source, labels in self.recorded.items()]
        return "; ".join(parts)


def _first(answer: bool, holds: Statement, cases: Iterable[Any], count: Count) -> Any:
    """Decide the statement case by case; return the first case with this answer, or None."""
    for case in cases:
        count.add(case)
        if bool(holds(case)) is answer:
            return case
    return None


def decide(claim: Claim, drawn: Cases) -> Verdict:
    """Reach the verdict on a claim.

    A statement about every case is proved if it holds in all of them, and refuted by the first case where it fails;
    one that says "there is" is proved by the first case where it holds, and refuted if it holds in none. If a statement
    fails and its repaired form holds in every case, it has the claim's fault: incomplete or ill-posed as printed. The
    expected verdict is not looked at.
    """
    if claim.holds is None:
        return Verdict(claim, "pending", "not yet decided", 0, 0.0)
    start, count = time.perf_counter(), Count()
    systems = list(claim.cases(drawn))
    if claim.exists:
        # What refutes "there is" is that even the first system, its parameters being symbols, is no example.
        failure = systems[0] if _first(True, claim.holds, systems, count) is None else None
    else:
        failure = _first(False, claim.holds, systems, count)
    verdict = claim.outcomes[failure is not None]
    if failure is not None and claim.repaired is not None:
        count = Count()
        broken = _first(False, claim.repaired, systems, count)
        verdict = claim.fault if broken is None else "refuted"
        failure = failure if broken is None else broken
    shown = "" if failure is None else str(failure)
    return Verdict(claim, verdict, str(count), count.total, time.perf_counter() - start, shown)


def section(ledger: list[Claim]) -> Callable[..., Callable[[Statement], Statement]]:
    """Return a decorator that enters a statement, as a function that decides it on one case, into a ledger."""

    def claim(
        id: str,
        statement: str,
        *,
        cases: CaseSource,
        expected: str = "proved",
        equation: tuple[str, ...] | None = None,
        **fields: Any,
    ) -> Callable[[Statement], Statement]:
        def enter(holds: Statement) -> Statement:
            filled = {**derived(id), **fields}
            ledger.append(Claim(id, equation or (id,), statement, expected, cases=cases, holds=holds, **filled))
            return holds

        return enter

    return claim


Selection = str | int | Claim | Iterable[str | int | Claim] | None


def _name(item: Any) -> str:
    """Return an identifier or an equation number as text; TypeError for anything else."""
    if isinstance(item, bool):
        raise TypeError
    return item if isinstance(item, str) else item.id if isinstance(item, Claim) else str(operator.index(item))


def select(ledger: Iterable[Claim], only: Selection) -> list[Claim]:
    """Return the claims with these identifiers or equation numbers; all for None; InputError for anything else."""
    ledger = list(ledger)
    if only is None:
        return ledger
    chosen = [only] if isinstance(only, str | int | Claim) or not isinstance(only, Iterable) else list(only)
    try:
        names = [_name(item) for item in chosen]
    except TypeError:
        raise InputError(
            f"only={only!r:.80}: expected claims, their identifiers or equation numbers; write only=8, "
            'only="8-if" or only=["C1", "C5"]'
        ) from None
    known = {name for claim in ledger for name in (claim.id, *claim.equation)}
    for name in names:
        if name not in known:
            raise InputError(f"no claim or equation {name!r}: expected one of {', '.join(c.id for c in ledger)}")
    return [claim for claim in ledger if {claim.id, *claim.equation} & set(names)]
