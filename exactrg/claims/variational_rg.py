"""Section I, variational RG: Eqs. 1 to 9."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import sympy

from ..errors import ZeroWeightError
from ..hamiltonians import ising
from ..lattices import ring
from ..numbers.exact import Exact
from ..operators import decimation
from ..polynomial import SpinPolynomial
from ..rg import RGOperator, rg_hamiltonian
from ..thermodynamics import free_energy, log_partition_function, partition_function
from ..walsh import spin_configurations
from ..weight import BoltzmannWeight, exp, log, trace
from .ledger import Cases, Claim, section
from .steps import log_trace_is_positive_on_average, made_exact, printed_energies, total
from .systems import System, hidden_sites, log_rational, scalar_weight, symbolic_hamiltonian

LEDGER: list[Claim] = []
claim = section(LEDGER)


@claim(
    "1",
    "P = e^{-H}/Z is a probability distribution: it sums to one, and P Z = e^{-H} everywhere.",
    formula=r"P(v) = e^{-H(v)}/Z,\quad \textstyle\sum_v P(v) = 1",
    functions=("exp", "BoltzmannWeight.probability"),
    cases=Cases.everything,
)
def boltzmann_distribution(s: System) -> bool:
    return total(s.P) == 1 and s.P * scalar_weight(s.Z) == s.a


@claim(
    "2",
    "Z = Tr e^{-H} is the sum over all configurations, and may be taken one spin at a time in any order.",
    formula=r"Z = \mathrm{Tr}_v\, e^{-H(v)}",
    functions=("partition_function", "trace"),
    cases=Cases.both,
)
def partition_function_is_a_sum(s: System) -> bool:
    one_by_one: Any = s.a
    for site in reversed(s.visible):
        one_by_one = trace(one_by_one, over=[site])
    rows = spin_configurations(len(s.visible)).tolist()
    by_energy = sum((_energy_at(s.H, row).exp() for row in rows), Exact(0))
    return bool(partition_function(s.H) == by_energy == one_by_one)


def _energy_at(H: SpinPolynomial, spins: list[int]) -> Exact:
    """-H at one configuration, straight from Eq. 3."""
    value = dict(zip(H.sites, spins, strict=True))
    return sum((-c * int(np.prod([value[s] for s in S])) for S, c in H.couplings.items()), Exact(0))


@claim(
    "3",
    "Every real function of spins is a sum over sets of spins of K_S times their product, in exactly one way, if each set "
    "occurs once and a constant is allowed.",
    formula=r"H(v) = -\textstyle\sum_S K_S \prod_{i\in S} v_i",
    functions=("SpinPolynomial", "ising", "log"),
    cases=Cases.everything,
)
def walsh_expansion(s: System) -> bool:
    # From values to couplings and back: of e^{-H}, given by couplings, and of q, given by values.
    H = -log(s.a)
    if H != s.H or any(_energy_at(H, row).exp() != value for row, value in _values(s.a)):
        return False
    if s.q.zeros() or len(s.visible) > 3:
        return True
    f = -log(s.q)
    return all(_energy_at(f, row).exp() == value for row, value in _values(s.q))


def _values(weight: BoltzmannWeight) -> Iterator[tuple[list[int], Exact]]:
    """Configurations and the weight's values there."""
    rows = spin_configurations(len(weight.sites)).tolist()
    return zip(rows, map(Exact.from_element, weight.values.reshape(-1)), strict=True)


@claim(
    "4",
    "F = -log Z, so that e^{-F} = Z and a constant added to H is added to F.",
    formula=r"F^v = -\log Z",
    functions=("free_energy", "log_partition_function"),
    cases=Cases.both,
)
def free_energy_is_minus_log_z(s: System) -> bool:
    shift = Exact(sympy.log(sympy.Rational(7, 3)))
    return (-free_energy(s.H)).exp() == s.Z and free_energy(s.H + shift) - free_energy(s.H) == shift


def _coarse_cases(drawn: Cases) -> Iterator[System]:
    J = sympy.Symbol("J", real=True)
    for n in (2, 4, 6):
        H = ising(ring(n), J)
        yield System(f"decimation of ring({n})", "symbolic", H, None, decimation(H.sites, H.sites[::2]))
    yield from drawn.both()


def _has_no_constant(s: System) -> bool:
    return not rg_hamiltonian(s.T, s.H).couplings.get(frozenset(), Exact(0))


def _needs_only_a_constant_more(s: System) -> bool:
    return exp(-rg_hamiltonian(s.T, s.H)) == s.coarse


claim(
    "5",
    "The coarse-grained Hamiltonian has the form of Eq. 5, products of hidden spins without a constant.",
    expected="incomplete",
    formula=r"H^{RG}(h) = -\textstyle\sum_{S\ne\emptyset} \tilde K_S \prod_{j\in S} h_j",
    corrected="with a constant: H^RG = -sum_S K_S prod h, the empty set included. Decimating a ring makes "
    "log 2 + J' per removed spin",
    functions=("rg_hamiltonian",),
    cases=_coarse_cases,
    repaired=_needs_only_a_constant_more,
)(_has_no_constant)


def _checkerboard(drawn: Cases) -> Iterator[System]:
    K = sympy.Symbol("K", real=True)
    rng = random.Random(f"checkerboard {drawn.seed}")
    for value in (Exact(K), *(log_rational(rng, top=40) for _ in range(drawn.count))):
        H = SpinPolynomial({(0, k): -value for k in (1, 2, 3, 4)}, range(5))
        origin = "symbolic" if value.symbols else "random"
        yield System(f"centre of a cross, K = {value}", origin, H, None, decimation(range(5), range(1, 5)))


@claim(
    "5-orders",
    "Higher orders are unavoidable: removing one spin of the checkerboard couples its four neighbours in pairs by K2 with "
    "e^{16 K2} = cosh^2 4K and all together by K4 with e^{16 K4} = (cosh 4K / cosh^4 2K)^2.",
    equation=("5",),
    formula=r"e^{16K_2} = \cosh^2 4K,\quad e^{16K_4} = (\cosh 4K/\cosh^4 2K)^2",
    scope="square lattice, one removed spin; a neighbour bond gets two such K2",
    functions=("decimation", "rg_hamiltonian"),
    cases=_checkerboard,
)
def checkerboard_decimation(s: System) -> bool:
    K = -s.H.couplings.get(frozenset((0, 1)), Exact(0))
    cosh2, cosh4 = (((m * K).exp() + (-m * K).exp()) / 2 for m in (2, 4))
    coarse = rg_hamiltonian(s.T, s.H)

    def couplings(order: int) -> list[Exact]:
        return [-coarse.couplings.get(frozenset(S), Exact(0)) for S in combinations(coarse.sites, order)]

    return bool(
        all((16 * K2).exp() == cosh4**2 for K2 in couplings(2))
        and (16 * couplings(4)[0]).exp() == (cosh4 / cosh2**4) ** 2
        and not any(couplings(1) + couplings(3))
    )


@claim(
    "6",
    "Eq. 6 defines H^RG: e^{-H^RG(h)} is the sum over v of e^{T - H}. Where it vanishes, under a delta-function T, H^RG is "
    "+infinity and has no expansion.",
    formula=r"e^{-H^{RG}(h)} = \mathrm{Tr}_v\, e^{T(v,h) - H(v)}",
    functions=("rg_hamiltonian", "RGOperator"),
    cases=Cases.everything,
)
def coarse_graining(s: System) -> bool:
    n = len(s.visible)
    both = s.T.weight.aligned(s.visible + s.hidden).reshape(2**n, -1)
    data = s.a.aligned(s.visible).reshape(-1)
    sums = [sum((t * a for t, a in zip(column, data, strict=True)), 0 * data[0]) for column in both.T]
    agree = all(x == y for x, y in zip(sums, s.coarse.aligned(s.hidden).reshape(-1), strict=True))
    if not all(sums):
        try:
            rg_hamiltonian(s.T, s.H)
        except ZeroWeightError:
            return agree
        return False
    # The expansion of a symbolic weight has 2**M logarithms in every coupling: taken where it is short.
    return agree and (len(s.hidden) > 2 or exp(-rg_hamiltonian(s.T, s.H)) == s.coarse)


@claim(
    "7",
    "F^h = -log Tr_h e^{-H^RG} is -log Tr_vh e^{T - H}: the free energy of the coarse-grained spins.",
    formula=r"F^h = -\log \mathrm{Tr}_h\, e^{-H^{RG}(h)}",
    functions=("free_energy", "delta_f"),
    cases=Cases.everything,
)
def coarse_free_energy(s: System) -> bool:
    F_h = -Exact.log_of(total(s.coarse).element())
    return F_h == -Exact.log_of(s.Z_joint.element()) and F_h - free_energy(s.H) == s.delta_f


def _eq8_examples() -> Iterator[System]:
    two, h = sympy.log(2), hidden_sites(1)[0]
    T = SpinPolynomial({(0, h): two, (0,): two, (): sympy.log(sympy.Rational(8, 25))}, [0, h])
    H = SpinPolynomial({}, [0])
    yield System("N = M = 1, H = 0, e^w = e^c = 2, e^d = 8/25", "given", H, None, RGOperator(exp(T), [0], [h]))
    H = SpinPolynomial({(0,): -sympy.log(12)}, [0])
    rational = sympy.Rational
    E = SpinPolynomial(
        {(h,): -two, (0,): -sympy.log(rational(8, 3)), (0, h): -two},
        [0, h],
    )
    yield System("N = M = 1, no constant, e^K = 12, (e^-b, e^-c, e^-w) = (2, 8/3, 2)", "given", H, E)


def _eq8_cases(drawn: Cases) -> Iterator[System]:
    yield from _eq8_examples()
    yield from drawn.everything()


@claim(
    "8",
    "Delta F = 0 if and only if Tr_h e^T = 1 for every v.",
    expected="refuted",
    formula=r"\Delta F = 0 \iff \mathrm{Tr}_h\, e^{T(v,h)} = 1",
    corrected="C5: Tr_h e^T = 1 for every v if and only if Delta F = 0 and KL(P||p) = 0. Delta F = 0 alone says that the "
    "mean of Tr_h e^T over P is one",
    functions=("delta_f", "is_exact_rg"),
    cases=_eq8_cases,
)
def delta_f_and_trace_condition(s: System) -> bool:
    return (s.delta_f == 0) == s.is_exact


@claim(
    "8-if",
    "If Tr_h e^T = 1 for every v, then Delta F = 0.",
    equation=("8",),
    formula=r"\mathrm{Tr}_h\, e^{T(v,h)} = 1 \Rightarrow \Delta F = 0",
    functions=("delta_f", "is_exact_rg"),
    cases=lambda drawn: (made_exact(s) for s in drawn.positive()),
)
def exact_steps_keep_the_free_energy(s: System) -> bool:
    return s.is_exact and s.delta_f == 0


def _raised(s: System, t: Any) -> System:
    """T + t."""
    return s.with_operator(s.T.weight * scalar_weight(sympy.exp(t)), f"{s.name}, T raised by {t}")


def _is_least(s: System) -> bool:
    return bool(_raised(s, sympy.log(2)).delta_f - s.delta_f >= 0)


def _falls_without_bound(s: System) -> bool:
    t = sympy.Symbol("t", real=True)
    return _raised(s, t).delta_f == s.delta_f - t


claim(
    "8-min",
    "The parameters of T can be chosen to minimise Delta F.",
    equation=("8", "text"),
    expected="ill-posed",
    exists=True,
    fault="ill-posed",
    formula=r"\min_\lambda \Delta F",
    corrected="a constant t added to T lowers Delta F by t, so the infimum is -infinity; within Tr_h e^T = 1 it is always 0 "
    "(C11). Minimise |Delta F|, or KL(P||p), or a bound",
    functions=("delta_f",),
    cases=_eq8_cases,
    repaired=_falls_without_bound,
)(_is_least)


def _forgetful_cases(drawn: Cases) -> Iterator[System]:
    for n, m in ((1, 1), (2, 1), (3, 2)):
        H = symbolic_hamiltonian(n)
        sites = (*range(n), *hidden_sites(m))
        weight = BoltzmannWeight(sites, np.full((2,) * (n + m), sympy.Rational(1, 2**m), dtype=object))
        yield System(f"T = -{m} log 2", "symbolic", H, None, RGOperator(weight, range(n), hidden_sites(m)))
    yield from (made_exact(s) for s in drawn.weights if not s.q.zeros())


@claim(
    "8-observables",
    "Keeping the free energy (Tr_h e^T = 1) ensures that the coarse-grained spins carry the long-distance observables.",
    equation=("8", "text"),
    expected="refuted",
    formula=r"\Delta F = 0 \Rightarrow h \text{ depends on } v",
    corrected="T = -M log 2 has Tr_h e^T = 1 and Delta F = 0 for every H, and h is independent of v: exactness says "
    "nothing about information",
    functions=("is_exact_rg", "delta_f"),
    cases=_forgetful_cases,
)
def exact_steps_keep_information(s: System) -> bool:
    return not (s.is_exact and s.delta_f == 0 and s.p == s.p_visible * s.p_hidden)


def _lin_tegmark_cases(drawn: Cases) -> Iterator[System]:
    n = 2
    first, names = symbolic_hamiltonian(n), hidden_sites(n)
    k, l = sympy.symbols("k l", real=True)
    for K in (SpinPolynomial({(0,): k}, range(n)), SpinPolynomial({(0, 1): k, (1,): l}, range(n))):
        yield _lin_tegmark("Lin-Tegmark, symbols", "symbolic", first, K, names)
    for s in drawn.energies[: drawn.count]:
        K = SpinPolynomial({(s.visible[0],): sympy.log(3)}, s.visible)
        yield _lin_tegmark(f"Lin-Tegmark, {s.name}", "random", s.H, K, hidden_sites(len(s.visible)))


def _lin_tegmark(name: str, origin: str, H: SpinPolynomial, K: SpinPolynomial, names: tuple[Any, ...]) -> System:
    copy = H.relabel(dict(zip(H.sites, names, strict=True)))
    return System(name, origin, H, H + copy + K + log_partition_function(H + K))


@claim(
    "8-lin-tegmark",
    "E = H(v) + H(h) + K(v) + log Tr e^{-H-K} keeps Z and changes the visible marginal (Lin and Tegmark): it fails the "
    "trace condition, so it contradicts not Eq. 9 but only that Delta F = 0 is enough.",
    equation=("8", "9", "text"),
    formula=r"E = H(v) + H(h) + K(v) + \log \mathrm{Tr}_v\, e^{-H-K}",
    scope="arXiv:1608.08225; as many hidden as visible spins, K not constant",
    functions=("delta_f", "is_exact_rg"),
    cases=_lin_tegmark_cases,
)
def lin_tegmark_example(s: System) -> bool:
    return s.delta_f == 0 and s.p_visible != s.P and not s.is_exact


@claim(
    "9",
    "An exact step, Tr_h e^T = 1, can be made of every T: T - log Tr_h e^T satisfies it.",
    formula=r"\mathrm{Tr}_h\, e^{T - \log \mathrm{Tr}_h e^T} = 1",
    scope="any T with Tr_h e^T > 0 everywhere",
    functions=("trace_condition", "is_exact_rg"),
    cases=Cases.positive,
)
def every_operator_can_be_made_exact(s: System) -> bool:
    return made_exact(s).is_exact


@claim(
    "9-rbm",
    "The parameters of Eq. 10 can be chosen so that Tr_h e^T = 1, for some H of the form of Eq. 3.",
    equation=("9", "10"),
    expected="refuted",
    exists=True,
    formula=r"\exists\, b, w, c:\ \mathrm{Tr}_h\, e^{-E + H} = 1",
    corrected="C7: without a constant in E and H, the mean of log Tr_h e^T over all v is at least M log 2 > 0. E needs an "
    "additive constant",
    functions=("RBM", "trace_condition"),
    cases=printed_energies,
)
def printed_rbm_can_be_exact(s: System) -> bool:
    return not log_trace_is_positive_on_average(s)
