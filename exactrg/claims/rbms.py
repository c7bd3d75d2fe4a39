"""Section II, RBMs and deep networks: Eqs. 10 to 17 and appendix B."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import sympy

from ..dbn import DBN
from ..marginals import marginal_weight, rbm_hamiltonian
from ..numbers.exact import Exact
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..weight import exp
from .ledger import Cases, Claim, section
from .steps import total
from .systems import System, log_rational, logs, mean, random_rbm, scalar_weight, sizes

LEDGER: list[Claim] = []
claim = section(LEDGER)


def _rbm_cases(drawn: Cases) -> Iterator[System]:
    yield from (s for s in drawn.both() if isinstance(s.E, RBM))
    rng = random.Random(f"rbms {drawn.seed}")
    for k in range(drawn.count // 2):
        E = random_rbm(rng, *sizes(rng))
        yield System(f"random RBM {k}", "random", SpinPolynomial({}, E.visible), E)


@claim(
    "10",
    "An RBM over 0/1 units in Hinton's sign is the RBM of Eq. 10 over +1/-1 spins with w = -W/4, and a constant "
    "sum a/2 + sum b/2 + sum W/4 that Eq. 10 does not have.",
    formula=r"E(v,h) = \textstyle\sum_j b_j h_j + \sum_{ij} v_i w_{ij} h_j + \sum_i c_i v_i",
    functions=("RBM", "RBM.from_binary_units", "RBM.to_binary_units"),
    cases=_rbm_cases,
)
def binary_units(s: System) -> bool:
    rbm = s.E
    assert isinstance(rbm, RBM)
    W, b, a, constant = rbm.to_binary_units()
    shift = (a.sum() + b.sum()) / 2 + W.sum() / 4
    if RBM.from_binary_units(W, b, a, constant) != rbm or constant - shift != rbm.constant:
        return False
    weight = s.joint.aligned(s.visible + s.hidden).reshape(-1)
    for index, units in enumerate(product((True, False), repeat=rbm.n_visible + rbm.n_hidden)):
        x, y = np.array(units[: rbm.n_visible]), np.array(units[rbm.n_visible :])
        exponent = W[x][:, y].sum() + a[x].sum() + b[y].sum() - constant  # sum x W y + sum a x + sum b y - constant
        if Exact(exponent).exp() != Exact.from_element(weight[index]):
            return False
    return True


@claim(
    "11",
    "p = e^{-E}/Z' is a distribution of visible and hidden spins exactly if Z' = Tr_vh e^{-E}, which the paper leaves "
    "undefined.",
    formula=r"p(v,h) = e^{-E(v,h)}/\mathcal Z,\quad \mathcal Z = \mathrm{Tr}_{vh}\, e^{-E}",
    functions=("RBM.energy", "partition_function"),
    cases=Cases.everything,
)
def joint_distribution(s: System) -> bool:
    return total(s.p) == 1 and s.p * scalar_weight(total(s.joint)) == s.joint and s.Z_joint == total(s.coarse)


@claim(
    "12",
    "The visible marginal of the RBM is Tr_h p: a distribution that sums to one, and equals P q / E_P[q].",
    formula=r"p(v) = \mathrm{Tr}_h\, p(v,h)",
    functions=("trace", "rbm_hamiltonian"),
    cases=Cases.everything,
)
def visible_marginal(s: System) -> bool:
    return total(s.p_visible) == 1 and s.p_visible * scalar_weight(s.mean_q) == s.P * s.q


@claim(
    "13",
    "The hidden marginal of the RBM is Tr_v p: a distribution that sums to one, and equals e^{-H^RG}/Z'.",
    formula=r"p(h) = \mathrm{Tr}_v\, p(v,h)",
    functions=("trace", "rbm_hamiltonian"),
    cases=Cases.everything,
)
def hidden_marginal(s: System) -> bool:
    return total(s.p_hidden) == 1 and s.p_hidden * scalar_weight(s.Z_joint) == s.coarse


@claim(
    "14",
    "p(v) = e^{-H^RBM(v)}/Z', with H^RBM(v) = -log Tr_h e^{-E}: for an RBM a product of 2cosh over the hidden units.",
    formula=r"p(v) = e^{-H^{RBM}(v)}/\mathcal Z",
    functions=("rbm_hamiltonian",),
    cases=Cases.both,
)
def visible_hamiltonian(s: System) -> bool:
    visible, _ = s.marginals
    short = len(s.visible) > 2 or exp(-rbm_hamiltonian(s.energy, s.hidden)) == visible
    return short and visible == s.p_visible * scalar_weight(s.Z_joint)


@claim(
    "15",
    "p(h) = e^{-H^RBM(h)}/Z' with the same Z' as in Eq. 14, which fixes the constants of both Hamiltonians; the paper "
    "uses one symbol for the two functions.",
    formula=r"p(h) = e^{-H^{RBM}(h)}/\mathcal Z",
    functions=("rbm_hamiltonian",),
    cases=Cases.both,
)
def hidden_hamiltonian(s: System) -> bool:
    visible, hidden = s.marginals
    short = len(s.hidden) > 2 or exp(-rbm_hamiltonian(s.energy, s.visible)) == hidden
    return short and hidden == s.p_hidden * scalar_weight(s.Z_joint) and total(visible) == total(hidden)


@claim(
    "16",
    "KL(P||p) is the sum over v of P log(P/p).",
    formula=r"D_{KL}(P\|p) = \textstyle\sum_v P(v) \log\frac{P(v)}{p(v)}",
    functions=("kl_divergence",),
    cases=Cases.everything,
)
def divergence(s: System) -> bool:
    if s.p_visible.zeros():
        return s.kl is sympy.oo
    ratio = s.P / s.p_visible
    return s.kl == mean(s.P, logs(ratio))


@claim(
    "17",
    "KL(P||p) = 0 exactly if the RBM reproduces the data distribution, p = P; otherwise it is positive. (The last "
    '"D_KL = 0" of section III is a misprint for D_KL.)',
    formula=r"D_{KL}(P\|p) = 0 \iff p = P",
    functions=("kl_divergence",),
    cases=Cases.everything,
)
def divergence_vanishes_for_equal_distributions(s: System) -> bool:
    same = s.p_visible.aligned(s.visible)
    equal = bool(s.P.ring.equal(s.P.values, same).all())
    if equal != (s.kl == 0):
        return False
    return equal or s.kl is sympy.oo or bool(s.kl.symbols) or s.kl > 0


def _two_spin_targets(drawn: Cases) -> Iterator[System]:
    """Every positive distribution of two spins: e^{2K} = cosh 2w and either sign, any fields."""
    w, k, l, d = sympy.symbols("w k l d", real=True)
    for sign in (1, -1):
        K = sign * sympy.log(sympy.cosh(2 * w)) / 2
        H = SpinPolynomial({(0, 1): -Exact(K), (0,): -k, (1,): -l, (): d}, [0, 1])
        yield System(f"N = 2, M = 1, e^(2K) = cosh(2w)^({sign})", "symbolic", H, _matching_rbm(H, sign, w))
    rng = random.Random(f"targets {drawn.seed}")
    for k_ in range(drawn.count):
        sign, w_ = rng.choice((1, -1)), log_rational(rng)
        K = sign * (((2 * w_).exp() + (-2 * w_).exp()) / 2).log() / 2
        H = SpinPolynomial({(0, 1): -K, (0,): log_rational(rng), (1,): log_rational(rng)}, [0, 1])
        yield System(f"random target of two spins {k_}", "random", H, _matching_rbm(H, sign, w_))


def _matching_rbm(H: SpinPolynomial, sign: int, w: Any) -> RBM:
    """B = 0, c_i = -K_i, w2 = -sgn(K) w1, and a constant: 2cosh(w1 v1 + w2 v2) = 2 e^{|K|} e^{K v1 v2}."""
    get = H.couplings.get
    zero = Exact(0)
    size = -sign * get(frozenset((0, 1)), zero)
    constant = get(frozenset(), zero) + size + Exact(sympy.log(2))
    return RBM([[w], [sign * Exact(w)]], None, [get(frozenset((i,)), zero) for i in (0, 1)], constant)


@claim(
    "17-capacity",
    "With fewer than 2^N hidden units an RBM cannot match an arbitrary distribution.",
    equation=("17", "text"),
    expected="refuted",
    exists=True,
    formula=r"M < 2^N \Rightarrow \exists P:\ p \ne P",
    scope="N = 2, every positive distribution",
    corrected="one hidden unit matches every positive distribution of two spins: w1 = w, w2 = sgn(K) w, cosh 2w = e^{2|K|}, "
    "b = 0, c_i = -K_i and a constant. 2^N - N - 1 units suffice for every N",
    functions=("RBM", "kl_divergence", "decorated_rbm"),
    cases=_two_spin_targets,
)
def too_few_hidden_units(s: System) -> bool:
    matched = s.kl == 0 and s.p_visible == s.P and s.is_exact
    return not (matched and len(s.hidden) < 2 ** len(s.visible))


@dataclass(frozen=True)
class Stack:
    """Two RBMs on top of each other, with dyadic weights: appendix B takes products of weights, which floats hold exactly."""

    name: str
    origin: str
    lower: RBM
    upper: RBM

    def fields(self, scale: int = 1, flip: int | None = None) -> Any:
        """Receptive fields of the top layer, the lower weights scaled, or one top unit flipped."""
        signs = np.ones(self.upper.n_hidden, dtype=int)
        if flip is not None:
            signs[flip] = -1
        return DBN([RBM(scale * self.lower.w), RBM(self.upper.w * signs)]).receptive_fields()

    def __str__(self) -> str:
        return f"{self.name}: {DBN([self.lower, self.upper])!r}"


def _stacks(drawn: Cases) -> Iterator[Stack]:
    rng = random.Random(f"stacks {drawn.seed}")

    def dyadic(n: int, m: int) -> RBM:
        return RBM([[rng.randint(-9, 9) / 2 ** rng.randint(2, 7) for _ in range(m)] for _ in range(n)])

    for k in range(drawn.count):
        n, m = sizes(rng)
        yield Stack(f"random stack {k}", "random", dyadic(n, m), dyadic(m, rng.randint(1, 3)))


@claim(
    "B",
    "The effective receptive fields r1 = W1, r_l = r_(l-1) W_l are sums over paths, linear in the weights of each layer; "
    "flipping a top unit flips the sign of its column and no probability of the units below: signs of top units are a gauge.",
    equation=("appendix B",),
    formula=r"r^{(l)} = r^{(l-1)} W^{(l)},\quad r^{(1)} = W^{(1)}",
    functions=("DBN.receptive_fields",),
    cases=_stacks,
)
def receptive_fields(s: Stack) -> bool:
    n, m, top = s.lower.n_visible, s.lower.n_hidden, s.upper.n_hidden
    first, second = s.fields()
    paths = np.array(
        [
            [sum(Fraction(s.lower.w[i, j]) * Fraction(s.upper.w[j, k]) for j in range(m)) for k in range(top)]
            for i in range(n)
        ]
    )
    flip = np.ones(top, dtype=int)
    flip[-1] = -1
    return bool(
        (first == s.lower.w).all()
        and (second == paths).all()
        and (s.fields(scale=3)[1] == 3 * paths).all()
        and (s.fields(flip=-1)[1] == paths * flip).all()
        and _gauge(s.upper, flip)
    )


def _gauge(rbm: RBM, flip: Any) -> bool:
    """Units below see the same distribution when top units change sign; e^w = 2^w for fractions w would be radicals."""
    w = np.array([[log_of_rank(x) for x in row] for row in rbm.w], dtype=object)
    return marginal_weight(RBM(w), "hidden") == marginal_weight(RBM(w * flip), "hidden")


def log_of_rank(value: float) -> Exact:
    """Return a coupling with the sign of a dyadic number, log of 1 + |numerator|."""
    size = abs(Fraction(value).numerator) + 1
    return Exact(sympy.log(size)) * (1 if value >= 0 else -1)
