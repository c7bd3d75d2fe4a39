"""Beyond the paper: composition, data processing, upward passes, Kadanoff's kernel and derivatives (C8 to C12 of FACTS)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ..dbn import DBN
from ..divergence import kl_divergence
from ..numbers.exact import Exact
from ..operators import kadanoff
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..rg import RGOperator, is_exact_rg, rg_hamiltonian
from ..thermodynamics import delta_f, expectation
from ..walsh import spin_configurations
from ..weight import BoltzmannWeight, exp
from .ledger import Cases, Claim, section
from .steps import made_exact, total
from .systems import (
    System,
    hidden_sites,
    log_rational,
    random_hamiltonian,
    random_machine,
    symbolic_hamiltonian,
    symbolic_machine,
)

LEDGER: list[Claim] = []
claim = section(LEDGER)


@dataclass(frozen=True)
class TwoSteps:
    """A Hamiltonian and two steps, v -> h and h -> k."""

    first: System
    second: RGOperator
    origin: str

    @cached_property
    def both(self) -> System:
        """The composed step."""
        return replace(self.first, operator=self.first.T.compose(self.second), E=None)

    @cached_property
    def upper(self) -> BoltzmannWeight:
        """e^{-H^RG} after both steps, taken one after the other."""
        return (self.second.weight * self.first.coarse).trace(self.first.hidden)

    def __str__(self) -> str:
        return f"{self.first} then {self.second!r}"


def _two_steps(drawn: Cases) -> Iterator[TwoSteps]:
    h, k = hidden_sites(1), (("k", 0),)
    E = symbolic_machine(1, 1).relabel({0: h[0], h[0]: k[0]})
    names = {x: sympy.Symbol(f"{x}'", real=True) for c in E.couplings.values() for x in c.symbols}
    primed = SpinPolynomial({S: c.to_sympy().xreplace(names) for S, c in E.couplings.items()}, E.sites)
    first = System("symbolic steps", "symbolic", symbolic_hamiltonian(1), symbolic_machine(1, 1))
    weight = exp(primed)
    yield TwoSteps(first, RGOperator(weight, h, k), "symbolic")
    yield TwoSteps(made_exact(first), RGOperator(weight / weight.trace(k), h, k), "symbolic")
    rng = random.Random(f"steps {drawn.seed}")
    for n in range(drawn.count):
        first = drawn.weights[n] if n % 2 else drawn.energies[n]
        m = len(first.hidden)
        top = tuple(("k", j) for j in range(rng.randint(1, 2)))
        sites = dict(zip((*range(m), *hidden_sites(len(top))), (*first.hidden, *top), strict=True))
        raw = exp(random_machine(rng, m, len(top)).relabel(sites))
        step = raw / raw.trace(top) if n % 3 == 0 else raw
        yield TwoSteps(first, RGOperator(step, first.hidden, top), "random")


@claim(
    "C8",
    "Steps compose: e^{T12} = Tr_h e^{T1+T2} gives the H^RG of one step after the other; exact after exact is exact; Delta F "
    "adds.",
    formula=r"e^{T_{12}(v,k)} = \mathrm{Tr}_h\, e^{T_1(v,h) + T_2(h,k)},\quad \Delta F_{12} = \Delta F_1 + \Delta F_2",
    functions=("RGOperator.compose", "delta_f"),
    cases=_two_steps,
)
def c8(s: TwoSteps) -> bool:
    one, both = s.first, s.both
    if one.is_exact and is_exact_rg(s.second) and not both.is_exact:
        return False
    if both.coarse != s.upper or both.delta_f != one.delta_f + one.Z_joint.log() - total(s.upper).log():
        return False
    # The coarse Hamiltonian as an object of its own, where its expansion is short.
    if len(one.hidden) > 2 or one.coarse.zeros():
        return True
    middle = rg_hamiltonian(one.T, one.H)
    return rg_hamiltonian(s.second, middle) == rg_hamiltonian(both.T, one.H) and both.delta_f == one.delta_f + delta_f(
        s.second, middle
    )


@claim(
    "C9",
    "KL(P||p_v) = KL(P_h||p_h) + sum_h P_h(h) KL(P(v|h)||p(v|h)) for data passed up by p(h|v); so coarse-graining never "
    "raises the divergence: KL(P_h||p_h) <= KL(P||p_v).",
    formula=r"D_{KL}(P_h\|p_h) \le D_{KL}(P_v\|p_v)",
    functions=("kl_divergence", "RGOperator.from_conditional"),
    cases=Cases.positive,
)
def c9(s: System) -> bool:
    passed_up = s.P * s.T.weight / s.q  # P(v) p(h|v)
    hidden_part, rest = kl_divergence(passed_up.trace(s.visible), s.p_hidden), Exact(0)
    for ours, theirs in zip(_given_hidden(passed_up, s), _given_hidden(s.p, s), strict=True):
        if any(ours.values.reshape(-1)):  # h is reached
            rest = rest + total(ours) * kl_divergence(ours, theirs)  # which normalises them: P(v|h) and p(v|h)
    return s.kl == hidden_part + rest and (bool(rest.symbols) or (rest >= 0 and hidden_part >= 0))


def _given_hidden(weight: BoltzmannWeight, s: System) -> list[BoltzmannWeight]:
    """Slices of a joint weight: one function of v for each h."""
    shape = (-1, *(2,) * len(s.visible))
    rows = weight.aligned(s.hidden + s.visible).reshape(shape)
    return [BoltzmannWeight.of(s.visible, weight.kind, row) for row in rows]


def _converse() -> System:
    H = SpinPolynomial({(0,): -sympy.log(5)}, [0])
    E = RBM([[0]], [-sympy.log(2)], [-sympy.log(3)])
    return System("N = M = 1, w = 0, e^-c = 3, e^-b = 2, e^K = 5", "given", H, E)


@claim(
    "C10",
    "The upward pass of a DBN, p(h|v) applied to data, is an exact step for any parameters; its output is the model's p(h) "
    "if q is constant.",
    formula=r"\textstyle\sum_v P(v)\, p(h|v) = p(h)\ \text{if}\ q = \mathrm{const}",
    functions=("DBN.upward", "RGOperator.from_conditional"),
    cases=Cases.positive,
)
def c10(s: System) -> bool:
    if isinstance(s.E, RBM):
        (step,) = DBN([s.E]).upward()
        step = step.relabel(dict(zip(step.hidden, s.E.hidden, strict=True)))
    else:
        step = RGOperator(s.T.weight / s.q, s.visible, s.hidden)
    output = (s.P * step.weight).trace(s.visible)
    return is_exact_rg(step) and step.weight == s.conditional and (not s.q_is_constant or output == s.p_hidden)


@claim(
    "C10-converse",
    "If the upward pass gives the model's p(h), then q is constant.",
    expected="refuted",
    equation=("C10",),
    formula=r"\textstyle\sum_v P(v)\, p(h|v) = p(h) \Rightarrow q = \mathrm{const}",
    corrected="true where P -> sum_v P(v) p(h|v) is injective, derived from its left inverse for all sizes. N = M = 1, w = 0, "
    "e^-c = 3, e^-b = 2, e^K = 5 has q = (3/2, 25/6), and both hidden distributions are (4/5, 1/5)",
    functions=("RGOperator.from_conditional",),
    cases=lambda drawn: [_converse(), *(s for s in drawn.weights if not s.q.zeros())],
)
def c10_converse(s: System) -> bool:
    output = (s.P * (s.T.weight / s.q)).trace(s.visible)
    return output != s.p_hidden or s.q_is_constant


@dataclass(frozen=True)
class Blocks:
    """Kadanoff's kernel of one strength on blocks of spins."""

    system: System
    blocks: tuple[tuple[int, ...], ...]
    p: Exact
    origin: str

    @classmethod
    def of(cls, name: str, origin: str, H: SpinPolynomial, blocks: tuple[tuple[int, ...], ...], p: Exact) -> Blocks:
        """Build the system from the public operator."""
        return cls(System(f"{name} {blocks}, p = {p}", origin, H, None, kadanoff(blocks, p)), blocks, p, origin)

    def formula(self) -> BoltzmannWeight:
        """e^T, entry by entry: prod_j e^{p h_j s_j} / 2cosh(p s_j)."""
        s = self.system
        sites = s.visible + s.hidden
        n = len(s.visible)
        power = {k: (k * self.p).exp() for k in range(-n, n + 1)}
        share = {k: power[k] / (power[k] + power[-k]) for k in power}  # e^{p h s}/2cosh(p s) for h s = k
        entries = []
        for row in spin_configurations(len(sites)).tolist():
            spins, entry = dict(zip(sites, row, strict=True)), Exact(1)
            for name, block in zip(s.hidden, self.blocks, strict=True):
                entry = entry * share[spins[name] * sum(spins[i] for i in block)]
            entries.append(entry)
        return BoltzmannWeight(sites, np.array(entries, dtype=object).reshape((2,) * len(sites)))

    def __str__(self) -> str:
        return str(self.system)


def _kadanoff_cases(drawn: Cases) -> Iterator[Blocks]:
    p = Exact(sympy.Symbol("p", real=True))
    rng = random.Random(f"kadanoff {drawn.seed}")
    for blocks in (((0,),), ((0, 1),), ((0, 1, 2),), ((0,), (1, 2))):
        yield Blocks.of("blocks", "symbolic", symbolic_hamiltonian(sum(map(len, blocks))), blocks, p)
    for k in range(drawn.count):
        n = rng.randint(1, 5)
        cut = rng.randint(0, n - 1)
        parts = (tuple(range(cut, n)), *((tuple(range(cut)),) if cut else ()))
        yield Blocks.of(f"random blocks {k}", "random", random_hamiltonian(rng, n), parts, log_rational(rng))


@claim(
    "C11",
    "Kadanoff's kernel T = sum_j [p h_j s_j - log 2cosh(p s_j)], s_j the sum of block j, has q = 1 and Delta F = 0 for "
    "every p and every H: there, minimising Delta F is vacuous.",
    equation=("8", "text"),
    formula=r"T = \textstyle\sum_j \left[p h_j s_j - \log 2\cosh(p s_j)\right]",
    functions=("kadanoff",),
    cases=_kadanoff_cases,
)
def c11(case: Blocks) -> bool:
    s = case.system
    return s.T.weight == case.formula() and s.is_exact and s.delta_f == 0


TANGENT = sympy.Symbol("t", real=True)


@dataclass(frozen=True)
class Tangent:
    """A system whose joint energy is moved along a product of spins: E + t X, so that dT = -X dt."""

    system: System
    members: frozenset[Any]
    origin: str

    @cached_property
    def moved(self) -> System:
        """The system with E + t X, t a symbol."""
        X = SpinPolynomial({self.members: TANGENT}, self.system.energy.sites)
        return replace(self.system, E=self.system.energy + X)

    @cached_property
    def X(self) -> SpinPolynomial:
        """The product of spins."""
        return SpinPolynomial({self.members: 1}, self.system.energy.sites)

    def mean_given_hidden(self) -> list[Exact]:
        """E[X | h] for every h, in the moved system."""
        s = self.moved
        columns = s.p.aligned(s.visible + s.hidden).reshape(2 ** len(s.visible), -1).T
        spins = spin_configurations(len(s.visible + s.hidden))
        order = [(s.visible + s.hidden).index(site) for site in self.X.sites]
        signs = self.X.evaluate(spins[:, order]).reshape(2 ** len(s.visible), -1).T
        hidden = s.p_hidden.aligned(s.hidden).reshape(-1)
        return [
            sum((Exact.from_element(x * int(g)) for x, g in zip(column, sign, strict=True)), Exact(0))
            / Exact.from_element(total)
            for column, sign, total in zip(columns, signs, hidden, strict=True)
        ]

    def __str__(self) -> str:
        return f"{self.system}, moved along the product of {sorted(map(str, self.members))}"


def _tangents(drawn: Cases) -> Iterator[Tangent]:
    for s in drawn.symbolic[:2]:
        yield Tangent(s, frozenset((s.visible[0], s.hidden[0])), "symbolic")
    rng = random.Random(f"tangents {drawn.seed}")
    small = [s for s in drawn.energies if len(s.visible) + len(s.hidden) <= 5]
    for k in range(drawn.count):
        s = small[k % len(small)]
        sites = s.visible + s.hidden
        yield Tangent(s, frozenset(rng.sample(sites, rng.randint(1, min(3, len(sites))))), "random")


@claim(
    "C12",
    "Derivatives: d log Z'/d w_ij = -<v_i h_j> in the paper's sign, d Delta F = -E_p[dT], d H^RG(h) = -E[dT | h].",
    formula=r"\partial\log\mathcal Z/\partial w_{ij} = -\langle v_i h_j\rangle,\ d\Delta F = -\mathbb E_p[dT],\ "
    r"dH^{RG} = -\mathbb E[dT|h]",
    functions=("expectation", "delta_f", "rg_hamiltonian"),
    cases=_tangents,
)
def c12(s: Tangent) -> bool:
    moved = s.moved
    mean_X = expectation(s.X, moved.energy)
    if moved.Z_joint.log().diff(TANGENT) != -mean_X or moved.delta_f.diff(TANGENT) != mean_X:
        return False
    coarse = moved.coarse.aligned(moved.hidden).reshape(-1)
    return all(
        (-Exact.log_of(weight)).diff(TANGENT) == given
        for weight, given in zip(coarse, s.mean_given_hidden(), strict=True)
    )
