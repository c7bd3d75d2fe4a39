"""Section IV, the one-dimensional Ising model: Eqs. 23 and 24 and Fig. 2C."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy

from ..decimated import decimated_hamiltonian
from ..decimation_in_field import decimate_in_field
from ..hamiltonians import ising
from ..lattices import chain, ring
from ..numbers.exact import Exact
from ..one_dimension import decimate, decimated_chain, decimated_ring, inverse_correlation_length
from ..operators import decimation
from ..polynomial import SpinPolynomial
from ..rg import rg_hamiltonian
from ..thermodynamics import log_partition_function, partition_function
from .every_block import Lemma, decimation_lemmas, field_lemmas
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
    scope="even rings of 2 to 10 spins, from the table of e^{-H}; every N and every block b in 24-general",
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


@dataclass(frozen=True)
class Block:
    """Decimation by a block of b bonds: of a ring or a chain of n spins with coupling J and field h."""

    origin: str
    n: int
    b: int
    J: Any
    h: Any = 0
    periodic: bool = True

    @property
    def from_the_definition(self) -> SpinPolynomial:
        """-log of e^{-H} summed over the removed spins."""
        graph = ring(self.n) if self.periodic else chain(self.n)
        return decimated_hamiltonian(ising(graph, self.J, self.h), range(0, self.n, self.b))

    def __str__(self) -> str:
        return f"{'ring' if self.periodic else 'chain'} of {self.n} spins, b = {self.b}, J = {self.J}, h = {self.h}"


MAX_RING = 64
J, H_FIELD = sympy.symbols("J h", real=True)


def positive_coupling() -> sympy.Expr:
    """Every positive coupling, with a over all real numbers (no constant: a first sum loads a tenth of sympy)."""
    return sympy.log(1 + sympy.exp(sympy.Symbol("a", real=True))) / 2


def _general(drawn: Cases) -> Iterator[Block | Lemma]:
    yield from decimation_lemmas()
    yield from (Block("symbolic", n, 2, J) for n in range(2, MAX_RING + 1))
    yield from (
        Block("symbolic", n, b, J, 0, p) for b in (3, 4, 5) for n in (b, b + 1, 3 * b + 2) for p in (True, False)
    )
    rng = random.Random(f"blocks {drawn.seed}")
    for _ in range(drawn.count):
        yield Block("random", rng.randint(2, 10), rng.randint(2, 5), log_rational(rng), 0, rng.random() < 0.5)


@claim(
    "24-general",
    "For every N and every block b, decimation gives V^b = A_b V(J') with tanh J' = tanh^b J and A_b^2 = 4^(b-1) "
    "(1 - t^2b)/(1 - t^2)^b, so that a ring of N = m b spins becomes one of m, Z_N(J) = A_b^m Z_m(J'), and H^RG has "
    "nearest-neighbour bonds only. Proved with the projectors of the transfer matrix, powers being free symbols.",
    equation=("24",),
    formula=r"V(J)^b = A_b V(J'),\quad \tanh J' = \tanh^b J,\quad A_b^2 = 4^{b-1}\frac{1-t^{2b}}{(1-t^2)^b}",
    scope="proved for all N and b; also from the definition, e^{-H} summed over the removed spins, for every ring of 2 to 64 "
    "spins with b = 2 and for rings and chains with b = 3, 4, 5",
    functions=("decimate", "decimated_ring", "decimated_chain", "decimated_hamiltonian"),
    cases=_general,
)
def decimation_of_any_ring(s: Block | Lemma) -> bool:
    if isinstance(s, Lemma):
        return s.holds()
    expected = decimated_ring(s.n, s.J, s.b) if s.periodic else decimated_chain(s.n, s.J, s.b)
    return s.from_the_definition == expected


def _odd_rings(drawn: Cases) -> Iterator[Block]:
    yield from (Block("symbolic", n, 2, J) for n in range(3, 34, 2))
    rng = random.Random(f"odd rings {drawn.seed}")
    yield from (Block("random", 2 * rng.randint(1, 5) + 1, 2, log_rational(rng)) for _ in range(drawn.count))


@claim(
    "24-odd",
    "Decimating every other spin of an odd ring of N leaves (N-1)/2 bonds J' and one bond J, between the first and the last "
    "spin, and the constant (N-1)/2 log A.",
    equation=("24",),
    formula=r"H^{RG} = -J' \textstyle\sum_{k=1}^{(N-1)/2} h_k h_{k+1} - J h_{(N+1)/2} h_1 - \tfrac{N-1}2 \log A",
    scope="rings of 3 to 33 spins here; every N in 24-general",
    functions=("decimated_hamiltonian", "decimate"),
    cases=_odd_rings,
)
def decimation_of_an_odd_ring(s: Block) -> bool:
    m = (s.n - 1) // 2
    coarse, log_A = decimate(s.J)
    expected = ising(chain(m + 1), coarse).relabel({k: 2 * k for k in range(1, m + 1)}) - m * log_A
    closing = SpinPolynomial({(0, s.n - 1): -Exact(s.J)}, expected.sites)
    return s.from_the_definition == expected + closing


@dataclass(frozen=True)
class TwoBlocks:
    """Decimation by b and then by c."""

    origin: str
    b: int
    c: int
    J: Any

    def __str__(self) -> str:
        return f"b = {self.b}, then {self.c}, J = {self.J}"


def _two_blocks(drawn: Cases) -> Iterator[TwoBlocks]:
    # (log D - log O)/2 is every coupling that a first block can give, for any b.
    log_D, log_O = sympy.symbols("d o", real=True)
    yield from (TwoBlocks("symbolic", 1, c, (log_D - log_O) / 2) for c in range(1, 7))
    yield from (TwoBlocks("symbolic", b, c, J) for b in range(2, 6) for c in range(2, 5))
    rng = random.Random(f"two blocks {drawn.seed}")
    yield from (
        TwoBlocks("random", rng.randint(1, 5), rng.randint(1, 4), log_rational(rng)) for _ in range(drawn.count)
    )


@claim(
    "24-semigroup",
    "Decimation by b and then by c is decimation by bc, constants included: log A_bc = c log A_b(J) + log A_c(J').",
    equation=("24",),
    formula=r"R_c \circ R_b = R_{bc},\quad \log A_{bc}(J) = c \log A_b(J) + \log A_c(R_b J)",
    scope="all b <= 5 and c <= 4; for all of them by 24-general, V^(bc) = (V^b)^c, as A V(J') determines A and J'",
    functions=("decimate", "rg_flow"),
    cases=_two_blocks,
)
def decimation_is_a_semigroup(s: TwoBlocks) -> bool:
    first, log_A = decimate(Exact(s.J), s.b)
    second, log_B = decimate(first, s.c)
    both, log_AB = decimate(Exact(s.J), s.b * s.c)
    return bool(second == both and log_AB == s.c * log_A + log_B)


def _lengths(drawn: Cases) -> Iterator[Block]:
    yield from (Block("symbolic", 2, b, positive_coupling()) for b in range(2, 9))
    rng = random.Random(f"lengths {drawn.seed}")
    for _ in range(drawn.count):
        K = log_rational(rng)
        yield Block("random", 2, rng.randint(2, 8), K if K else Exact(sympy.log(7)))


@claim(
    "24-xi",
    "Decimation divides the correlation length by b exactly: xi = -1/log|tanh J|, xi' = xi/b.",
    equation=("24",),
    formula=r"\xi = -1/\log|\tanh J|,\quad \xi' = \xi/b",
    scope="every J != 0 and b = 2 to 8; every b by 24-general",
    functions=("one_dimension.correlation_length", "decimate"),
    cases=_lengths,
)
def correlation_length_shrinks(s: Block) -> bool:
    coarse, _ = decimate(Exact(s.J), s.b)
    up, down = Exact(s.J).exp(), (-Exact(s.J)).exp()
    rate = inverse_correlation_length(s.J)
    # <s_0 s_1> = tanh J on the infinite chain.
    by_definition = (-rate).exp() ** 2 == ((up - down) / (up + down)) ** 2
    return bool(by_definition and inverse_correlation_length(coarse) == s.b * rate)


def _fields(drawn: Cases) -> Iterator[Block | Lemma]:
    yield from field_lemmas()
    yield from (Block("symbolic", n, b, J, H_FIELD) for b in (2, 3, 4) for n in (b, 2 * b, 3 * b))
    rng = random.Random(f"fields {drawn.seed}")
    for _ in range(drawn.count):
        b = rng.randint(2, 4)
        yield Block("random", b * rng.randint(1, 3), b, log_rational(rng), log_rational(rng))


@claim(
    "24-field-general",
    "With a field, decimation by any block b gives V(K, h)^b = A V(K', h') and leaves e^{2K} sinh h as it is. Proved for "
    "every b by Cayley and Hamilton: V^b = alpha V + beta with numbers alpha and beta.",
    equation=("24",),
    formula=r"e^{2K'} \sinh h' = e^{2K} \sinh h",
    scope="the invariant for all b; H^RG from the definition for b = 2, 3, 4 on rings of up to 12 spins",
    functions=("decimate_in_field", "decimated_hamiltonian"),
    cases=_fields,
)
def decimation_of_any_block_in_a_field(s: Block | Lemma) -> bool:
    if isinstance(s, Lemma):
        return s.holds()
    K, h, log_A = decimate_in_field(s.J, s.h, s.b)
    m = s.n // s.b
    bonds = ising(ring(m), K, h) if m > 1 else SpinPolynomial({(0,): -h, (): -K}, [0])
    expected = bonds.relabel({k: k * s.b for k in range(m)}) - m * log_A
    return s.from_the_definition == expected and bool(_invariant(K, h) == _invariant(Exact(s.J), Exact(s.h)))


def _invariant(K: Exact, h: Exact) -> Exact:
    return (2 * K).exp() * (h.exp() - (-h).exp())


def _fixed_points(drawn: Cases) -> Iterator[Block]:
    yield from (Block("symbolic", 2, b, J) for b in range(2, 9))
    rng = random.Random(f"fixed points {drawn.seed}")
    yield from (Block("random", 2, rng.randint(2, 8), log_rational(rng)) for _ in range(drawn.count))


@claim(
    "2C",
    "J = 0 is a stable and J = infinity an unstable fixed point of Eq. 24, and the only ones: every J > 0 flows to J = 0, "
    "0 < J' < J. The derivative of J' is 0 at J = 0; at J = infinity e^{-2J'} = b e^{-2J} + ..., so nu = 1, and a field "
    "grows by b, so y_H = 1.",
    equation=("Fig. 2C", "24"),
    formula=r"0 < J' < J,\quad \left.\frac{dJ'}{dJ}\right|_0 = 0,\quad \frac{e^{-2J'}}{e^{-2J}} \to b",
    scope="every J and b = 2 to 8",
    functions=("decimate", "rg_flow", "decimate_in_field"),
    cases=_fixed_points,
)
def flow_of_fig_2c(s: Block) -> bool:
    coarse, _ = decimate(Exact(s.J), s.b)
    if not coarse.symbols:
        # J < 0 is turned into J > 0 by an even block, and stays negative under an odd one.
        return (coarse == 0) == (s.J == 0) and (s.J == 0 or abs(coarse) < abs(s.J))
    slope = Exact(coarse.diff(s.J).to_sympy().subs(s.J, 0))
    coupling = Exact(positive_coupling())
    shrunk, _ = decimate(coupling, s.b)
    positive, smaller = (2 * shrunk).exp() > 1, (2 * (coupling - shrunk)).exp() > 1
    growth = at_infinity((2 * (Exact(s.J) - coarse)).exp(), s.J)
    _, field, _ = decimate_in_field(s.J, H_FIELD, s.b)
    field_growth = at_infinity(Exact(field.diff(H_FIELD).to_sympy().subs(H_FIELD, 0)), s.J)
    return bool(decimate(Exact(0), s.b)[0] == 0 and slope == 0 and positive and smaller) and (
        growth == field_growth == s.b
    )


def at_infinity(ratio: Exact, symbol: Any) -> Any:
    """Value of a ratio of polynomials in e^J where J goes to infinity."""
    x = sympy.Symbol("x", positive=True)
    return sympy.limit(sympy.cancel(ratio.to_sympy().rewrite(sympy.exp).subs(symbol, -sympy.log(x))), x, 0)
