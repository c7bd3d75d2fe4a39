"""Section IV, the one- and two-dimensional Ising models: Eqs. 23 to 25 and the figures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy

from ..hamiltonians import ising
from ..lattices import ring, square
from ..numbers.exact import Exact
from ..operators import decimation
from ..polynomial import SpinPolynomial
from ..rg import rg_hamiltonian
from ..thermodynamics import log_partition_function, partition_function
from .ledger import Cases, Claim, section
from .systems import log_rational

LEDGER: list[Claim] = []
claim = section(LEDGER)


@dataclass(frozen=True)
class Ring:
    """A ring of n spins with coupling J and field h."""

    origin: str
    n: int
    J: Any
    h: Any = 0

    @property
    def H(self) -> SpinPolynomial:
        """Eq. 23."""
        return ising(ring(self.n), self.J, self.h)

    def __str__(self) -> str:
        return f"ring of {self.n} spins, J = {self.J}, h = {self.h}"


def _rings(drawn: Cases, sizes: tuple[int, ...], *, field: bool = False) -> Iterator[Ring]:
    J, h = sympy.symbols("J h", real=True)
    yield from (Ring("symbolic", n, J, h if field else 0) for n in sizes)
    rng = random.Random(f"rings {drawn.seed}")
    for _ in range(drawn.count):
        yield Ring("random", rng.choice(sizes[:-1]), log_rational(rng), log_rational(rng) if field else 0)


@claim(
    "23",
    "H = -J sum v_i v_(i+1) on a ring has Z = (2cosh J)^N + (2sinh J)^N: the trace of the N-th power of the transfer "
    "matrix, the double bond of N = 2 included.",
    formula=r"Z_N = (2\cosh J)^N + (2\sinh J)^N",
    functions=("ising", "ring", "partition_function"),
    cases=lambda drawn: _rings(drawn, (2, 3, 4, 5, 6, 8)),
)
def transfer_matrix(s: Ring) -> bool:
    up, down = Exact(s.J).exp(), (-Exact(s.J)).exp()
    return bool(partition_function(s.H) == (up + down) ** s.n + (up - down) ** s.n)


def _decimated(s: Ring) -> SpinPolynomial:
    return rg_hamiltonian(decimation(range(s.n), range(0, s.n, 2), hidden=range(100, 100 + s.n // 2)), s.H)


@claim(
    "24",
    "Decimating every other spin of an even ring gives a ring with tanh J' = tanh^2 J, and a constant: "
    "Z_N(J) = A^(N/2) Z_(N/2)(J') with A = 2 e^{J'}. J' >= 0 for both signs of J.",
    formula=r"\tanh J^{(n+1)} = \tanh^2 J^{(n)}",
    scope="even rings of 2 to 10 spins here; every N and every block b is pending (24-general)",
    functions=("decimation", "rg_hamiltonian"),
    cases=lambda drawn: _rings(drawn, (2, 4, 6, 8, 10)),
)
def decimation_of_the_ring(s: Ring) -> bool:
    J = Exact(s.J)
    up, down = (2 * J).exp(), (-2 * J).exp()
    coarse = ((up + down) / 2).log() / 2  # e^{2J'} = cosh 2J
    t, t_coarse = (up - 1) / (up + 1), ((2 * coarse).exp() - 1) / ((2 * coarse).exp() + 1)
    m = s.n // 2
    bonds = ising(ring(m), coarse) if m > 1 else SpinPolynomial({(): -coarse}, [0])
    log_A = Exact(sympy.log(2)) + coarse
    expected = bonds.relabel({k: 100 + k for k in range(m)}) - m * log_A
    nonnegative = bool(t_coarse.symbols) or t_coarse >= 0
    return (
        t_coarse == t * t
        and nonnegative
        and _decimated(s) == expected
        and log_partition_function(s.H) == m * log_A + log_partition_function(bonds)
    )


@claim(
    "24-field",
    "With a field, K' = 1/4 log[cosh(2K+h) cosh(2K-h) / cosh^2 h] and h' = h + 1/2 log[cosh(2K+h) / cosh(2K-h)].",
    equation=("24",),
    formula=r"K' = \tfrac14\log\frac{\cosh(2K+h)\cosh(2K-h)}{\cosh^2 h},\quad "
    r"h' = h + \tfrac12\log\frac{\cosh(2K+h)}{\cosh(2K-h)}",
    scope="even rings of 4 and 6 spins",
    functions=("decimation", "rg_hamiltonian"),
    cases=lambda drawn: _rings(drawn, (4, 4, 6), field=True),
)
def decimation_in_a_field(s: Ring) -> bool:
    K, h = Exact(s.J), Exact(s.h)
    plus, minus, zero = (_log_cosh(x) for x in (2 * K + h, 2 * K - h, h))
    m = s.n // 2
    expected = ising(ring(m), (plus + minus - 2 * zero) / 4, h + (plus - minus) / 2)
    difference = _decimated(s) - expected.relabel({k: 100 + k for k in range(m)})
    return not any(value for members, value in difference.couplings.items() if members)


def _log_cosh(x: Exact) -> Exact:
    return ((x.exp() + (-x).exp()) / 2).log()


def _squares(drawn: Cases) -> Iterator[Ring]:
    J = sympy.Symbol("J", real=True)
    yield from (Ring("symbolic", n, J) for n in (2, 3))
    rng = random.Random(f"squares {drawn.seed}")
    for _ in range(drawn.count):
        yield Ring("random", rng.choice((2, 2, 2, 3)), log_rational(rng))


@claim(
    "25",
    "H = -J sum over nearest neighbours: every site of the periodic square lattice has four bonds, double ones for L = 2, "
    "and Z is the trace of the L-th power of the row transfer matrix.",
    formula=r"H = -J \textstyle\sum_{\langle ij\rangle} v_i v_j",
    scope="2x2 and 3x3 tori",
    functions=("ising", "square"),
    cases=_squares,
)
def square_lattice(s: Ring) -> bool:
    graph = square(s.n)
    if graph.number_of_edges() != 2 * s.n**2 or any(degree != 4 for _, degree in graph.degree()):
        return False
    return bool(partition_function(ising(graph, s.J)) == _row_transfer_trace(s.n, Exact(s.J).exp()))


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


def _pending(id: str, statement: str, equation: tuple[str, ...], corrected: str = "", formula: str = "") -> None:
    LEDGER.append(
        Claim(
            id,
            equation,
            statement,
            "pending",
            scope="needs a later part of the project",
            corrected=corrected,
            formula=formula,
        )
    )


_pending("24-general", "Eq. 24 for every N and every block size b, by transfer-matrix algebra.", ("24",))
_pending("2C", "J = 0 is a stable and J = infinity an unstable fixed point of Eq. 24.", ("Fig. 2C",))
_pending("2B", "The deep network of Fig. 2B, with weights J^(n), implements decimation.", ("Fig. 2B",))
_pending("III-schemes", "Variational RG (free energies) and RBMs (KL) are distinct variational schemes.", ("text",))
_pending("25-critical", "The phase transition of the square lattice is at J = 0.4352.", ("25", "text"))
_pending(
    "3B-D",
    "The trained 1600-400-100-25 network organises itself into blocks of about one size, growing with the layer.",
    ("Fig. 3",),
)
_pending("3E", "25 numbers reproduce the macroscopic features of a 40x40 sample.", ("Fig. 3",))
