"""What is true instead, and beyond: C1 to C12 of FACTS."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy

from ..divergence import kl_divergence
from ..numbers.exact import Exact
from ..operators import kadanoff
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..rg import RGOperator, is_exact_rg
from ..thermodynamics import expectation
from ..walsh import spin_configurations
from ..weight import BoltzmannWeight, exp
from .ledger import Cases, Claim, section
from .steps import log_trace_is_positive_on_average, printed_energies
from .systems import (
    System,
    hidden_sites,
    log_rational,
    logs,
    mean,
    random_hamiltonian,
    random_machine,
    scalar_weight,
    symbolic_hamiltonian,
    symbolic_machine,
)

LEDGER: list[Claim] = []
claim = section(LEDGER)


def log_q(s: System) -> list[Any]:
    """Log q(v), in the order of P."""
    return [x if x is not None else Exact(0) for x in logs(s.q)]


@claim(
    "C1",
    "Delta F = -log E_P[q] = log Z - log Z'.",
    formula=r"\Delta F = -\log \mathbb E_P[q] = \log Z - \log \mathcal Z",
    functions=("delta_f",),
    cases=Cases.everything,
)
def c1(s: System) -> bool:
    return s.delta_f == -s.mean_q.log() and s.delta_f == s.log_Z - s.Z_joint.log()


@claim(
    "C2",
    "p(v) = P(v) q(v) / E_P[q].",
    formula=r"p(v) = P(v)\, q(v) / \mathbb E_P[q]",
    functions=("trace_condition",),
    cases=Cases.everything,
)
def c2(s: System) -> bool:
    return s.p_visible == s.P * s.q / scalar_weight(s.mean_q)


@claim(
    "C3",
    "KL(P||p) = -Delta F - E_P[log q], a Jensen gap; reversed, KL(p||P) = E_p[log q] + Delta F.",
    formula=r"D_{KL}(P\|p) = -\Delta F - \mathbb E_P[\log q],\quad D_{KL}(p\|P) = \mathbb E_p[\log q] + \Delta F",
    functions=("kl_divergence", "delta_f", "trace_condition"),
    cases=Cases.everything,
)
def c3(s: System) -> bool:
    values = log_q(s)
    backward = BoltzmannWeight.of(s.visible, s.p_visible.kind, s.p_visible.aligned(s.visible))
    return (
        s.kl == -s.delta_f - mean(s.P, values) and kl_divergence(s.p_visible, s.P) == mean(backward, values) + s.delta_f
    )


@claim(
    "C4",
    "p = P if and only if q does not depend on v; it is then Z'/Z.",
    formula=r"p = P \iff q = \mathcal Z/Z",
    functions=("trace_condition", "kl_divergence"),
    cases=Cases.everything,
)
def c4(s: System) -> bool:
    if (s.p_visible == s.P) != s.q_is_constant:
        return False
    return not s.q_is_constant or Exact.from_element(s.q.values.reshape(-1)[0]) == s.Z_joint / s.Z


@claim(
    "C5",
    "Eq. 8 corrected: Tr_h e^T = 1 for every v if and only if KL(P||p) = 0 and Delta F = 0. Neither alone is enough.",
    equation=("8",),
    formula=r"\mathrm{Tr}_h\, e^T = 1 \iff \Delta F = 0 \ \text{and}\ D_{KL}(P\|p) = 0",
    functions=("is_exact_rg", "delta_f", "kl_divergence"),
    cases=Cases.everything,
)
def c5(s: System) -> bool:
    return s.is_exact == (s.kl == 0 and s.delta_f == 0)


@claim(
    "C5-kl",
    "KL(P||p) = 0 alone implies Tr_h e^T = 1.",
    equation=("8",),
    expected="refuted",
    formula=r"D_{KL}(P\|p) = 0 \Rightarrow \mathrm{Tr}_h\, e^T = 1",
    corrected="C5. With w1 = w2, e^w = 2 and e^{2K} = cosh 2w = 17/8 and no constant, p = P and q^2 = 17/2",
    functions=("kl_divergence", "is_exact_rg"),
    cases=lambda drawn: [_kl_alone(), *drawn.weights],
)
def kl_alone_is_enough(s: System) -> bool:
    return s.kl != 0 or s.is_exact


def _kl_alone() -> System:
    K = sympy.log(sympy.Rational(17, 8)) / 2
    E = RBM([[sympy.log(2)], [sympy.log(2)]])
    return System(
        "N = 2, M = 1, H = -K v1 v2, e^(2K) = 17/8, e^w = 2", "given", SpinPolynomial({(0, 1): -K}, [0, 1]), E
    )


@claim(
    "C6",
    "T - log q is the conditional log p(h|v), and is an exact step; any conditional distribution of h given v is one.",
    formula=r"T - \log q = \log p(h|v)",
    functions=("RGOperator.from_conditional", "is_exact_rg"),
    cases=Cases.everything,
)
def c6(s: System) -> bool:
    step = s.T.weight / s.q
    conditional = step * s.p_visible == s.p
    return conditional and is_exact_rg(RGOperator.from_conditional(step, s.hidden))


@claim(
    "C7",
    "Without constants in H and E (Eqs. 3 and 10 as printed), the mean of log q over all v is at least M log 2 > 0, so "
    "Eq. 9 can never hold.",
    equation=("9", "10"),
    formula=r"2^{-N}\textstyle\sum_v \log q(v) \ge M \log 2",
    functions=("RBM", "trace_condition"),
    cases=printed_energies,
)
def c7(s: System) -> bool:
    if not log_trace_is_positive_on_average(s) or s.is_exact:
        return False
    gap = sum(logs(s.q), Exact(0)) / 2 ** len(s.visible) - len(s.hidden) * Exact(sympy.log(2))
    return bool(gap.symbols) or gap >= 0


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
    yield TwoSteps(first, RGOperator(exp(primed), h, k), "symbolic")
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
    second_delta = one.Z_joint.log() - _log_total(s.upper)
    second_exact = bool(is_exact_rg(s.second))
    return (
        both.coarse == s.upper
        and both.delta_f == one.delta_f + second_delta
        and (both.is_exact or not (one.is_exact and second_exact))
    )


def _log_total(weight: BoltzmannWeight) -> Exact:
    return Exact.log_of(weight.trace(weight.sites).values.item())


@claim(
    "C9",
    "KL(P||p_v) = KL(P_h||p_h) + sum_h P_h(h) KL(P(v|h)||p(v|h)) for data passed up by p(h|v); so coarse-graining never "
    "raises the divergence: KL(P_h||p_h) <= KL(P||p_v).",
    formula=r"D_{KL}(P_h\|p_h) \le D_{KL}(P_v\|p_v)",
    functions=("kl_divergence", "RGOperator.from_conditional"),
    cases=lambda drawn: (s for s in drawn.everything() if not s.q.zeros()),
)
def c9(s: System) -> bool:
    passed_up = s.P * (s.T.weight / s.q)  # P(v) p(h|v)
    data, model = passed_up.trace(s.visible), s.p_hidden
    hidden_part = Exact(kl_divergence(data, model))
    joint_part = Exact(kl_divergence(passed_up, s.p))
    rest = joint_part - hidden_part
    return joint_part == s.kl and (bool(rest.symbols) or (rest >= 0 and hidden_part >= 0))


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
    cases=lambda drawn: (s for s in drawn.everything() if not s.q.zeros()),
)
def c10(s: System) -> bool:
    step = RGOperator(s.T.weight / s.q, s.visible, s.hidden)
    output = (s.P * step.weight).trace(s.visible)
    return is_exact_rg(step) and (not s.q_is_constant or output == s.p_hidden)


@claim(
    "C10-converse",
    "If the upward pass gives the model's p(h), then q is constant.",
    expected="refuted",
    equation=("C10",),
    formula=r"\textstyle\sum_v P(v)\, p(h|v) = p(h) \Rightarrow q = \mathrm{const}",
    corrected="true where P -> sum_v P(v) p(h|v) is injective. N = M = 1, w = 0, e^-c = 3, e^-b = 2, e^K = 5 has "
    "q = (3/2, 25/6), and both hidden distributions are (4/5, 1/5)",
    functions=("RGOperator.from_conditional",),
    cases=lambda drawn: [_converse(), *(s for s in drawn.weights if not s.q.zeros())],
)
def c10_converse(s: System) -> bool:
    output = (s.P * (s.T.weight / s.q)).trace(s.visible)
    return output != s.p_hidden or s.q_is_constant


def _kadanoff_cases(drawn: Cases) -> Iterator[System]:
    p = sympy.Symbol("p", real=True)
    rng = random.Random(f"kadanoff {drawn.seed}")
    for blocks in ([[0]], [[0, 1]], [[0, 1, 2]], [[0], [1, 2]]):
        n = sum(map(len, blocks))
        yield System(f"blocks {blocks}, strength p", "symbolic", symbolic_hamiltonian(n), None, kadanoff(blocks, p))
    for k in range(drawn.count):
        n = rng.randint(1, 5)
        cut = rng.randint(0, n - 1)
        blocks = [list(range(cut, n)), *([list(range(cut))] if cut else [])]
        step = kadanoff(blocks, log_rational(rng))
        yield System(f"random blocks {k}", "random", random_hamiltonian(rng, n), None, step)


@claim(
    "C11",
    "Kadanoff's kernel T = sum_j [p h_j s_j - log 2cosh(p s_j)], s_j the sum of block j, has q = 1 and Delta F = 0 for "
    "every p and every H: there, minimising Delta F is vacuous.",
    equation=("8", "text"),
    formula=r"T = \textstyle\sum_j \left[p h_j s_j - \log 2\cosh(p s_j)\right]",
    functions=("kadanoff",),
    cases=_kadanoff_cases,
)
def c11(s: System) -> bool:
    return s.is_exact and s.delta_f == 0


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
