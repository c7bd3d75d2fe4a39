"""Section IV, the two-dimensional Ising model: Eq. 25 and its critical point."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy

from ..hamiltonians import ising
from ..infinite import critical_coupling, is_critical
from ..kaufman import pseudo_critical_coupling
from ..lattices import square
from ..numbers.exact import Exact
from ..thermodynamics import partition_function
from .ledger import Cases, Claim, section
from .systems import log_rational

LEDGER: list[Claim] = []
claim = section(LEDGER)


@dataclass(frozen=True)
class Torus:
    """The L x L torus with coupling J."""

    origin: str
    L: int
    J: Any

    def __str__(self) -> str:
        return f"{self.L}x{self.L} torus, J = {self.J}"


def _squares(drawn: Cases) -> Iterator[Torus]:
    J = sympy.Symbol("J", real=True)
    yield from (Torus("symbolic", L, J) for L in (2, 3))
    rng = random.Random(f"squares {drawn.seed}")
    for _ in range(drawn.count):
        yield Torus("random", rng.choice((2, 2, 2, 3)), log_rational(rng))


@claim(
    "25",
    "H = -J sum over nearest neighbours: every site of the periodic square lattice has four bonds, double ones for L = 2, "
    "and Z is the trace of the L-th power of the row transfer matrix.",
    formula=r"H = -J \textstyle\sum_{\langle ij\rangle} v_i v_j",
    scope="2x2 and 3x3 tori",
    functions=("ising", "square"),
    cases=_squares,
)
def square_lattice(s: Torus) -> bool:
    graph = square(s.L)
    if graph.number_of_edges() != 2 * s.L**2 or any(degree != 4 for _, degree in graph.degree()):
        return False
    return bool(partition_function(ising(graph, s.J)) == _row_transfer_trace(s.L, Exact(s.J).exp()))


def _row_transfer_trace(L: int, x: Exact) -> Exact:
    """Tr V^L, the entries of V being powers of e^J."""
    rows = [tuple(1 - 2 * (k >> i & 1) for i in range(L)) for k in range(2**L)]

    def entry(r: tuple[int, ...], s: tuple[int, ...]) -> Exact:
        within = sum(r[i] * r[(i + 1) % L] for i in range(L))
        return x ** (within + sum(a * b for a, b in zip(r, s, strict=True)))

    V = [[entry(r, s) for s in rows] for r in rows]
    power = V
    for _ in range(L - 1):
        power = [
            [sum((a * b for a, b in zip(row, col, strict=True)), Exact(0)) for col in zip(*V, strict=True)]
            for row in power
        ]
    return sum((power[k][k] for k in range(len(rows))), Exact(0))


@dataclass(frozen=True)
class Coupling:
    """A coupling of the infinite square lattice."""

    origin: str
    J: Any

    def __str__(self) -> str:
        return f"J = {self.J}"


def _couplings(drawn: Cases) -> Iterator[Coupling]:
    yield Coupling("symbolic", sympy.Symbol("J", real=True))
    yield Coupling("given", critical_coupling("square"))
    rng = random.Random(f"couplings {drawn.seed}")
    for _ in range(drawn.count):
        yield Coupling("random", log_rational(rng).to_sympy() / rng.randint(1, 2))


@claim(
    "25-onsager",
    "The square lattice is critical exactly if |sinh 2J| = 1, which is where the Kramers-Wannier duality "
    "tanh J* = e^{-2J}, sinh 2J sinh 2J* = 1, maps J > 0 to itself: J = log(1 + sqrt 2)/2 = 0.4406867935...",
    equation=("25", "text"),
    formula=r"\sinh 2J_c = 1 \iff J_c = \tfrac12\log(1+\sqrt2)",
    scope="the infinite lattice; Onsager's solution itself is taken from the literature",
    functions=("critical_coupling", "infinite.is_critical"),
    cases=_couplings,
)
def onsager(s: Coupling) -> bool:
    J = Exact(s.J)
    up, down = J.exp(), (-J).exp()
    sinh_2J = (up * up - down * down) / 2
    if J.symbols:
        t = (up - down) / (up + down)  # e^{-2J*} = t, so that sinh 2J* = (1/t - t)/2
        return bool(sinh_2J * (1 / t - t) / 2 == 1)
    # The antiferromagnet is critical at -J_c.
    return is_critical("square", s.J) == bool(sinh_2J * sinh_2J == 1)


@dataclass(frozen=True)
class Reading:
    """What "the phase transition" of a square lattice may mean, and the coupling where it is."""

    name: str
    J: Any
    origin: str = "given"

    def __str__(self) -> str:
        return f"{self.name}: J = {self.J.evalf(10)}"


def _readings(drawn: Cases) -> list[Reading]:
    return [
        Reading("infinite lattice, log(1 + sqrt 2)/2", critical_coupling("square")),
        Reading("maximum of the specific heat of the 40x40 torus", pseudo_critical_coupling(40, 40, digits=15)),
    ]


@claim(
    "25-critical",
    "The phase transition of the square lattice is at J = 0.4352: at the critical point of the infinite lattice, or at the "
    "maximum of the specific heat of the 40x40 torus.",
    expected="refuted",
    equation=("25", "text"),
    formula=r"J_c = 0.4352",
    scope="four decimals, as printed",
    corrected="25-onsager: J_c = log(1 + sqrt 2)/2 = 0.4406867935; the specific heat of the 40x40 torus is largest at "
    "0.43686",
    functions=("critical_coupling", "infinite.is_critical", "kaufman.pseudo_critical_coupling"),
    cases=_readings,
    exists=True,
)
def printed_critical_coupling(s: Reading) -> bool:
    printed = sympy.Rational(4352, 10_000)
    return is_critical("square", printed) or bool(abs(s.J - printed) <= sympy.Rational(1, 20_000))
