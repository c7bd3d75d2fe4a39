"""The systems on which claims are decided: a Hamiltonian H on visible spins and an operator T to hidden ones.

Every ingredient of the paper's equations is one attribute, computed by the public functions: so a test that breaks one
of them (a sign, a constant, the wrong layer) breaks the claims that rest on it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import flint
import numpy as np
import sympy

from ..divergence import kl_divergence
from ..marginals import marginal_weight
from ..numbers.exact import Exact
from ..operators import decimation, majority
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..rg import RGOperator, coarse_weight, trace_condition
from ..thermodynamics import boltzmann_factor, delta_f, log_partition_function
from ..weight import BoltzmannWeight, exp, trace

RANDOM_SYSTEMS = 200
MAX_VISIBLE, MAX_HIDDEN = 5, 4


@dataclass(frozen=True, eq=False)
class System:
    """A Hamiltonian H, and either a joint energy E (T = -E + H) or an operator T; with what follows from them.

    Notation: a = e^{-H}, P = a/Z, q = Tr_h e^T, Z' = Tr_vh e^{-E}, p = e^{-E}/Z' (FACTS).
    """

    name: str
    origin: str  # "symbolic", "random" or "given"
    H: SpinPolynomial
    E: SpinPolynomial | RBM | None = None
    operator: RGOperator | None = None

    @cached_property
    def T(self) -> RGOperator:
        """Eq. 18."""
        if self.operator is not None:
            return self.operator
        assert self.E is not None
        return RGOperator.from_energy(self.E, self.H)

    @property
    def energy(self) -> SpinPolynomial:
        """E as a polynomial."""
        assert self.E is not None
        return self.E.energy() if isinstance(self.E, RBM) else self.E

    @property
    def visible(self) -> tuple[Any, ...]:
        """Visible sites."""
        return self.T.visible

    @property
    def hidden(self) -> tuple[Any, ...]:
        """Hidden sites."""
        return self.T.hidden

    @cached_property
    def a(self) -> BoltzmannWeight:
        """e^{-H}."""
        return exp(-self.H)

    @cached_property
    def P(self) -> BoltzmannWeight:
        """The distribution of the data, Eq. 1."""
        return self.a.probability()

    @cached_property
    def Z(self) -> Exact:
        """Partition function of H, Eq. 2."""
        return Exact(trace(self.a))

    @cached_property
    def q(self) -> BoltzmannWeight:
        """Tr_h e^T, Eq. 9."""
        return trace_condition(self.T)

    @cached_property
    def joint(self) -> BoltzmannWeight:
        """e^{-E}, from the energy where there is one, and from e^T e^{-H} otherwise."""
        return boltzmann_factor(self.E) if self.E is not None else self.T.weight * self.a

    @cached_property
    def Z_joint(self) -> Exact:
        """Z' = Tr_vh e^{-E}."""
        return Exact(trace(self.joint))

    @cached_property
    def p(self) -> BoltzmannWeight:
        """Joint distribution, Eq. 11."""
        return self.joint / BoltzmannWeight((), np.array(self.Z_joint, dtype=object))

    @cached_property
    def p_visible(self) -> BoltzmannWeight:
        """Marginal of the visible spins, Eq. 12."""
        return self.p.trace(self.hidden)

    @cached_property
    def p_hidden(self) -> BoltzmannWeight:
        """Marginal of the hidden spins, Eq. 13."""
        return self.p.trace(self.visible)

    @cached_property
    def conditional(self) -> BoltzmannWeight:
        """p(h|v)."""
        return self.p / self.p_visible

    @cached_property
    def coarse(self) -> BoltzmannWeight:
        """e^{-H^RG} by Eq. 6: e^T and e^{-H} multiplied as weights."""
        return coarse_weight(self.T, self.H)

    @cached_property
    def marginals(self) -> tuple[BoltzmannWeight, BoltzmannWeight]:
        """e^{-H^RBM} on the visible and on the hidden spins, by the product form for an RBM (Eqs. 14, 15)."""
        energy = self.E
        assert energy is not None
        return marginal_weight(energy, self.hidden), marginal_weight(energy, self.visible)

    @cached_property
    def delta_f(self) -> Exact:
        """F^h - F^v."""
        return Exact(delta_f(self.T, self.H))

    @cached_property
    def log_Z(self) -> Exact:
        """Log Z."""
        return Exact(log_partition_function(self.H))

    @cached_property
    def mean_q(self) -> Exact:
        """E_P[q]."""
        return Exact(trace(self.P * self.q))

    @cached_property
    def kl(self) -> Any:
        """KL(P || p): an Exact, or sympy.oo where p vanishes and P does not."""
        return kl_divergence(self.P, self.p_visible)

    @cached_property
    def is_exact(self) -> bool:
        """Whether q = 1 for every v (Eq. 9)."""
        return bool(self.q.ring.equal(self.q.values, self.q.ring.one).all())

    @cached_property
    def q_is_constant(self) -> bool:
        """Whether q is the same for every v."""
        return is_constant(self.q)

    def with_operator(self, weight: BoltzmannWeight, name: str) -> System:
        """Return the same H with another e^T."""
        return System(name, self.origin, self.H, None, RGOperator(weight, self.visible, self.hidden))

    def __str__(self) -> str:
        parts = [f"N={len(self.visible)}, M={len(self.hidden)}", f"q = {_listed(self.q)}", f"Delta F = {self.delta_f}"]
        parts.append(f"KL(P||p) = {self.kl}")
        # A formula of a page says nothing in a table.
        return f"{self.name}: " + ", ".join(part for part in parts if len(part) < 120)


def is_constant(weight: BoltzmannWeight) -> bool:
    """Whether all entries are the same."""
    return bool(weight.ring.equal(weight.values, weight.values[(slice(1),) * weight.values.ndim]).all())


def _listed(weight: BoltzmannWeight) -> str:
    """First entries of a table."""
    flat = [str(weight.ring.value(x)) for x in weight.values.reshape(-1)[:4]]
    return f"({', '.join(flat)}{', ...' if weight.values.size > 4 else ''})"


def scalar_weight(value: Any) -> BoltzmannWeight:
    """Return a constant weight."""
    return BoltzmannWeight((), np.array(value, dtype=object))


def mean(p: BoltzmannWeight, values: list[Exact]) -> Exact:
    """sum_s p(s) values(s), in the order of the flat table; 0 times anything is 0."""
    total = Exact(0)
    for probability, value in zip(p.values.reshape(-1), values, strict=True):
        if probability:
            total = total + Exact.from_element(probability) * value
    return total


def logs(weight: BoltzmannWeight) -> list[Any]:
    """Logarithms of the entries, None where the weight vanishes."""
    return [Exact.log_of(x) if x else None for x in weight.values.reshape(-1)]


def log_rational(rng: random.Random, top: int = 6) -> Exact:
    """Return a coupling K with e^K = p/q at random."""
    return Exact.log_of(flint.fmpq(rng.randint(1, top), rng.randint(1, top)))


def hidden_sites(count: int) -> tuple[Any, ...]:
    """("h", 0), ("h", 1), ..."""
    return tuple(("h", j) for j in range(count))


def random_hamiltonian(rng: random.Random, n: int, *, constant: bool = True) -> SpinPolynomial:
    """Random fields, pairs and many-body terms, each present at random."""
    couplings = {}
    for order in range(0 if constant else 1, n + 1):
        for members in combinations(range(n), order):
            if rng.random() < (0.7 if order <= 2 else 0.25):
                couplings[members] = log_rational(rng)
    return SpinPolynomial(couplings, range(n))


def random_rbm(rng: random.Random, n: int, m: int, *, constant: bool = True) -> RBM:
    """Return an RBM with random rational e^w, e^b, e^c."""
    return RBM(
        [[log_rational(rng) for _ in range(m)] for _ in range(n)],
        [log_rational(rng) for _ in range(m)],
        [log_rational(rng) for _ in range(n)],
        log_rational(rng) if constant else 0,
    )


def random_machine(rng: random.Random, n: int, m: int) -> SpinPolynomial:
    """Joint energy of any Boltzmann machine: interactions within and between the layers, of any order."""
    sites = (*range(n), *hidden_sites(m))
    couplings: dict[tuple[Any, ...], Exact] = {(): log_rational(rng)}
    couplings |= {(site,): log_rational(rng) for site in sites}
    couplings |= {pair: log_rational(rng) for pair in combinations(sites, 2) if rng.random() < 0.6}
    couplings |= {triple: log_rational(rng) for triple in combinations(sites, 3) if rng.random() < 0.1}
    return SpinPolynomial(couplings, sites)


def sizes(rng: random.Random) -> tuple[int, int]:
    """N <= 5 and M <= 4 at random, N < M among them; small ones more often."""
    n = min(rng.randint(1, MAX_VISIBLE), rng.randint(1, MAX_VISIBLE))
    m = min(rng.randint(1, MAX_HIDDEN), rng.randint(1, MAX_HIDDEN))
    return n, m


def energy_systems(seed: int, count: int) -> list[System]:
    """Return random systems given by energies: RBMs and any Boltzmann machines, alternately."""
    rng = random.Random(f"energies {seed}")
    systems = []
    for k in range(count):
        n, m = (MAX_VISIBLE, MAX_HIDDEN) if k == 0 else (1, MAX_HIDDEN) if k == 1 else sizes(rng)
        H = random_hamiltonian(rng, n)
        E = random_rbm(rng, n, m) if k % 2 == 0 else random_machine(rng, n, m)
        systems.append(System(f"random {'RBM' if k % 2 == 0 else 'Boltzmann machine'} {k}", "random", H, E))
    return systems


def weight_systems(seed: int, count: int) -> list[System]:
    """Return random systems given by e^T, six kinds in turn.

    Exact steps, traces that are constant but not one, Delta F = 0 alone, delta functions, traces that vanish for some
    v, and anything.
    """
    rng = random.Random(f"weights {seed}")
    return [_weight_system(rng, k) for k in range(count)]


def _weight_system(rng: random.Random, k: int) -> System:
    n, m = sizes(rng)
    base = System("random weight", "random", random_hamiltonian(rng, n), random_machine(rng, n, m))
    raw, kind = base.T.weight, k % 6
    if kind == 0:
        return base.with_operator(raw / base.q, f"random exact step {k}")
    if kind == 1:
        return base.with_operator(
            raw / base.q * scalar_weight(sympy.Rational(rng.randint(2, 9), 7)), f"random step with constant trace {k}"
        )
    if kind == 2:
        return base.with_operator(raw / scalar_weight(base.mean_q), f"random step with Delta F = 0 {k}")
    if kind == 3:
        return System(f"random delta function {k}", "random", base.H, None, _delta_function(rng, base.visible))
    if kind == 4:
        forbid = BoltzmannWeight([rng.choice(base.visible)], rng.choice(([1, 0], [0, 1])))
        return base.with_operator(raw * forbid, f"random step with zeros of its trace {k}")
    return base.with_operator(raw, f"random step {k}")


def _delta_function(rng: random.Random, sites: tuple[Any, ...]) -> RGOperator:
    """Decimation, the majority rule, or two copies of one spin: those never differ, so some h are unreachable."""
    step = rng.choice(("decimation", "majority", "copies"))
    if step == "decimation":
        return decimation(sites, rng.sample(sites, rng.randint(1, min(len(sites), MAX_HIDDEN))))
    if step == "majority":
        return majority([sites], tie=rng.choice(["random", "first"]))
    copied, names = rng.choice(sites), hidden_sites(2)
    weight = BoltzmannWeight(sites, np.ones((2,) * len(sites), dtype=int))
    for name in names:
        weight = weight * BoltzmannWeight((copied, name), [[1, 0], [0, 1]])
    return RGOperator(weight, sites, names)


def _symbol_names(prefix: str) -> Iterator[Any]:
    k = 0
    while True:
        yield sympy.Symbol(f"{prefix}_{k}", real=True)
        k += 1


def symbolic_hamiltonian(n: int) -> SpinPolynomial:
    """Every product of n spins with a symbol of its own, the constant included."""
    names = _symbol_names("K")
    return SpinPolynomial({s: next(names) for order in range(n + 1) for s in combinations(range(n), order)}, range(n))


def symbolic_rbm(n: int, m: int, *, constant: bool = True) -> RBM:
    """Return an RBM whose every parameter is a symbol."""
    w, b, c = _symbol_names("w"), _symbol_names("b"), _symbol_names("c")
    return RBM(
        [[next(w) for _ in range(m)] for _ in range(n)],
        [next(b) for _ in range(m)],
        [next(c) for _ in range(n)],
        sympy.Symbol("d", real=True) if constant else 0,
    )


def symbolic_machine(n: int, m: int) -> SpinPolynomial:
    """Every product of n + m spins with a symbol of its own: the most general joint energy."""
    sites, names = (*range(n), *hidden_sites(m)), _symbol_names("e")
    return SpinPolynomial({s: next(names) for order in range(n + m + 1) for s in combinations(sites, order)}, sites)


def symbolic_systems() -> list[System]:
    """Return RBMs and general machines with symbols for all parameters of H and of E."""
    systems = [
        System(f"symbolic RBM {n}x{m}", "symbolic", symbolic_hamiltonian(n), symbolic_rbm(n, m))
        for n, m in ((1, 1), (1, 2), (2, 1), (2, 2))
    ]
    return systems + [
        System(f"symbolic Boltzmann machine {n}x{m}", "symbolic", symbolic_hamiltonian(n), symbolic_machine(n, m))
        for n, m in ((1, 1), (2, 1), (1, 2))
    ]
