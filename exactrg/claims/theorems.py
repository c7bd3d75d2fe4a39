"""What is true instead: C1 to C7 of FACTS."""

from __future__ import annotations

import sympy

from ..divergence import kl_divergence
from ..numbers.exact import Exact
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..rg import RGOperator, is_exact_rg
from ..weight import BoltzmannWeight
from .ledger import Cases, Claim, section
from .steps import log_trace_is_positive_on_average, printed_energies
from .systems import System, logs, mean, scalar_weight

LEDGER: list[Claim] = []
claim = section(LEDGER)


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
    scope="q(v) > 0 for every v",
    functions=("kl_divergence", "delta_f", "trace_condition"),
    cases=Cases.positive,
)
def c3(s: System) -> bool:
    values = logs(s.q)
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
    scope="q(v) > 0 for every v",
    functions=("RGOperator.from_conditional", "is_exact_rg"),
    cases=Cases.positive,
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
