"""Section IV, the network of Fig. 2B: what it does and does not realise; and the RBM that is exact without coarse-graining."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import sympy

from ..dbn import DBN
from ..decimated import decimated_hamiltonian
from ..decimation_network import decimation_dbn, summed_energy
from ..divergence import kl_divergence
from ..hamiltonians import ising
from ..information import entropy
from ..lattices import ring
from ..marginals import marginal_weight
from ..numbers.exact import Exact
from ..one_dimension import decimated_ring, rg_flow
from ..operators import decimation, decorated_rbm, noisy_copy
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..rg import RGOperator, coarse_weight, is_exact_rg, trace_condition
from ..thermodynamics import delta_f
from ..weight import BoltzmannWeight, exp, log
from .ledger import Cases, Claim, section
from .systems import is_constant, log_rational, random_hamiltonian, symbolic_hamiltonian

LEDGER: list[Claim] = []
claim = section(LEDGER)


@dataclass(frozen=True)
class Network:
    """Fig. 2B for a ring of n spins with coupling J."""

    origin: str
    n: int
    J: Any
    layers: int

    @cached_property
    def dbn(self) -> DBN:
        """The stack of RBMs."""
        return decimation_dbn(self.n, self.J, self.layers)

    @cached_property
    def flow(self) -> list[Any]:
        """J^(0), J^(1), ..."""
        return rg_flow(self.J, self.layers)

    @property
    def H(self) -> SpinPolynomial:
        """The ring of n spins, Eq. 23."""
        return ising(ring(self.n), self.J)

    @property
    def bottom(self) -> RBM:
        """The lowest RBM."""
        return self.dbn.rbms[0]

    def decimated(self, level: int) -> BoltzmannWeight:
        """e^{-H^RG} of layer ``level``, on the hidden units above it, by Eq. 24."""
        n = self.n >> level
        names: dict[Any, Any] = dict(zip(range(0, n, 2), self.dbn.layers[level + 1], strict=True))
        return exp(-decimated_ring(n, self.flow[level]).relabel(names))

    def __str__(self) -> str:
        kl = kl_divergence(self.H, self.bottom)
        shown = f", KL = {kl}" if len(str(kl)) < 120 else ""
        return f"ring of {self.n} spins, {self.layers} layers, J = {self.J}{shown}"


def _networks(
    drawn: Cases, sizes: tuple[tuple[int, int], ...], choices: tuple[tuple[int, int], ...]
) -> Iterator[Network]:
    J = sympy.Symbol("J", real=True)
    yield from (Network("symbolic", n, J, layers) for n, layers in sizes)
    rng = random.Random(f"networks {drawn.seed}")
    for _ in range(drawn.count):
        n, layers = rng.choice(choices)
        yield Network("random", n, log_rational(rng), layers)


_ONE_LAYER = ((4, 1), (2, 1), (6, 1))
_SMALL = ((2, 1), (2, 1), (4, 1), (4, 2))


@claim(
    "2B-hidden",
    "In every layer of the network of Fig. 2B, weights J^(n) on a zig-zag ring, the marginal of the hidden units is the "
    "decimated ring with J^(n+1), its constant included, and so is that of the visible units which are coupled to them.",
    equation=("Fig. 2B",),
    formula=r"\mathrm{Tr}_v\, e^{-E_n(v,h)} = e^{-H^{RG}(h)} \propto e^{J^{(n+1)} \sum h_j h_{j+1}}",
    scope="rings of up to 8 spins and 3 layers",
    functions=("decimation_dbn", "rbm_hamiltonian", "decimated_ring"),
    cases=lambda drawn: _networks(drawn, (*_ONE_LAYER, (4, 2), (8, 3)), _SMALL),
)
def hidden_units_are_decimated(s: Network) -> bool:
    for level, rbm in enumerate(s.dbn.rbms):
        coarse = s.decimated(level)
        if marginal_weight(rbm, "visible") != coarse or _coupled(rbm) != coarse.relabel(_neighbours(rbm)).probability():
            return False
    return True


def _coupled(rbm: RBM) -> BoltzmannWeight:
    """Distribution of the visible units that have weights: every second one."""
    return marginal_weight(rbm, "hidden").trace(rbm.visible[::2]).probability()


def _neighbours(rbm: RBM) -> dict[Any, Any]:
    """Hidden unit -> the coupled visible unit after it."""
    return dict(zip(rbm.hidden, rbm.visible[1::2], strict=True))


@claim(
    "2B-visible",
    'The coupled visible spins of Fig. 2B, "isomorphic to the original spin chain", have the original coupling J^(n).',
    expected="refuted",
    equation=("Fig. 2B",),
    formula=r"\mathrm{Tr}_h\, e^{-E_n(v,h)} \propto e^{J^{(n)} \sum v_i v_{i+1}}",
    scope="a ring of 4 coupled spins",
    corrected="2B-hidden: they have J^(n+1), like the hidden units; the coupling between a visible and a hidden unit is J^(n)",
    functions=("decimation_dbn", "rbm_hamiltonian"),
    cases=lambda drawn: _networks(drawn, ((8, 1),), _SMALL[2:]),
)
def coupled_visible_spins_keep_their_coupling(s: Network) -> bool:
    m = s.n // 2
    original = ising(ring(m), s.J).relabel(dict(enumerate(s.bottom.visible[1::2])))
    return _coupled(s.bottom) == exp(-original).probability()


@claim(
    "2B",
    "The network of Fig. 2B, with weights J^(n), implements decimation: against the whole ring of N spins with J^(n) below "
    "it, a layer is an exact RG step, Tr_h e^T = 1, up to the constant in E.",
    expected="refuted",
    equation=("Fig. 2B",),
    formula=r"\mathrm{Tr}_h\, e^{T(v,h)} = \mathrm{const},\quad T = -E_n + H",
    scope="one layer",
    corrected="2B-kl: Delta F = 0, and KL(P||p) > 0, since half of the visible spins are coupled to nothing. As a "
    "conditional, p(h|v), it is exact (2B-upward)",
    functions=("decimation_dbn", "trace_condition"),
    cases=lambda drawn: _networks(drawn, _ONE_LAYER, _SMALL),
)
def network_is_exact(s: Network) -> bool:
    return is_constant(trace_condition(RGOperator.from_energy(s.bottom, s.H)))


@claim(
    "2B-kl",
    "A layer of Fig. 2B has Delta F = 0 and KL(P||p) = (N/2) [log 2 - S(v2|v1,v3)] = (N/2) P(v1 = v3) [2J tanh 2J - log cosh "
    "2J], which is positive for every J != 0: its derivative factor 4J/cosh^2 2J has the sign of J.",
    equation=("Fig. 2B",),
    formula=r"D_{KL}(P\|p) = \tfrac N2\left[\log 2 - S(v_2|v_1,v_3)\right] > 0",
    scope="rings of 2, 4 and 6 spins",
    functions=("decimation_dbn", "kl_divergence", "entropy", "delta_f"),
    cases=lambda drawn: _networks(drawn, _ONE_LAYER, _SMALL[:3]),
)
def divergence_of_the_network(s: Network) -> bool:
    data, m = exp(-s.H), s.n // 2
    around = sorted({1, 3 % s.n})
    pair = data.trace([i for i in range(s.n) if i not in around]).probability()
    triple = data.trace([i for i in range(s.n) if i not in {2 % s.n, *around}])
    kl = Exact(kl_divergence(data, s.bottom))
    aligned = sum((Exact.from_element(x) for x in (pair.values.flat[0], pair.values.flat[-1])), Exact(0))
    J = Exact(s.J)
    cosh = ((2 * J).exp() + (-2 * J).exp()) / 2
    gain = 2 * J * (((2 * J).exp() - (-2 * J).exp()) / (2 * cosh)) - cosh.log()
    if J.symbols:
        positive = gain.diff(s.J) == 4 * J / (cosh * cosh) and gain.to_sympy().subs(s.J, 0) == 0
    else:
        positive = kl > 0 if J else kl == 0
    return bool(
        positive
        and kl == m * (Exact(sympy.log(2)) - (entropy(triple) - entropy(pair)))
        and kl == m * aligned * gain
        and delta_f(RGOperator.from_energy(s.bottom, s.H), s.H) == 0
    )


@claim(
    "2B-upward",
    "Layer by layer upwards the network of Fig. 2B does decimate: p(h|v) is an exact RG step, and it takes the ring with "
    "J^(n) to the ring with J^(n+1), constant included, for every n.",
    equation=("Fig. 2B",),
    formula=r"\mathrm{Tr}_v\, p_n(h|v)\, e^{-H_n(v)} = e^{-H_n^{RG}(h)}",
    scope="rings of up to 8 spins and 3 layers",
    functions=("DBN.upward", "is_exact_rg", "rg_hamiltonian", "decimated_ring"),
    cases=lambda drawn: _networks(drawn, (*_ONE_LAYER, (8, 3)), _SMALL),
)
def upward_pass_decimates(s: Network) -> bool:
    for level, step in enumerate(s.dbn.upward()):
        n = s.n >> level
        bonds = ising(ring(n), s.flow[level]).relabel(dict(zip(range(n), step.visible, strict=True)))
        if not is_exact_rg(step) or coarse_weight(step, bonds) != s.decimated(level):
            return False
    return True


@claim(
    "2B-sum",
    "Added up into one Boltzmann machine, the energies of the layers of Fig. 2B give the first hidden layer the ring with "
    "J^(1).",
    expected="refuted",
    equation=("Fig. 2B",),
    formula=r"\mathrm{Tr}_{v, h_2}\, e^{-E_0(v,h_1) - E_1(h_1,h_2)} \propto e^{J^{(1)} \sum h_j h_{j+1}}",
    scope="N = 8, two layers; it holds for N = 4, where the second hidden layer is one spin",
    corrected="2B-hidden, layer by layer. Here the second hidden layer adds bonds J^(2) between every second unit of the first",
    functions=("decimation_dbn", "decimated_hamiltonian"),
    cases=lambda drawn: _networks(drawn, ((4, 2), (8, 2)), ((8, 2),)),
)
def layers_add_up(s: Network) -> bool:
    first = decimated_hamiltonian(summed_energy(s.dbn), s.dbn.layers[1])
    difference = first + log(s.decimated(0))
    return not any(value for members, value in difference.couplings.items() if members)


@dataclass(frozen=True)
class Copies:
    """Noisy copies, with weight w, of a ring of n spins with coupling J, or of any Hamiltonian."""

    origin: str
    w: Any
    J: Any
    H: SpinPolynomial

    def __str__(self) -> str:
        return f"copies with weight w = {self.w} of {len(self.H.sites)} spins"


def _copies(drawn: Cases) -> Iterator[Copies]:
    w, J = sympy.symbols("w J", real=True)
    yield Copies("symbolic", w, J, symbolic_hamiltonian(2))
    rng = random.Random(f"copies {drawn.seed}")
    for _ in range(drawn.count):
        yield Copies("random", log_rational(rng), log_rational(rng), random_hamiltonian(rng, rng.randint(1, 4)))


@claim(
    "2B-weights",
    "There is a finite weight for which hidden units are exact copies of the spins that they stand for: decimation as an RBM.",
    expected="refuted",
    equation=("Fig. 2B",),
    formula=r"\exists w: \ e^{w h v}/2\cosh w = \delta(h, v)",
    corrected="a copy with weight w is wrong with probability 1/(1 + e^{2w}) > 0; decimation needs infinite weights",
    functions=("noisy_copy", "decimation"),
    cases=_copies,
    exists=True,
)
def finite_weights_decimate(s: Copies) -> bool:
    sites = s.H.sites
    return noisy_copy(sites, sites[:1], s.w).weight == decimation(sites, sites[:1]).weight


@claim(
    "2B-copy",
    "Noisy copies with a weight w, wrong with probability 1/(1 + e^{2w}), are an exact RG step for every w and every H; but "
    "the copies of the spins of a ring have couplings beyond nearest neighbours, unless w or J vanishes.",
    equation=("Fig. 2B",),
    formula=r"e^T = \textstyle\prod_j e^{w h_j v_{2j}}/2\cosh w,\quad \mathrm{Tr}_h\, e^T = 1",
    scope="a ring of 4 copied spins, which every second spin of a ring of 8 is; the step for H of up to 4 spins with "
    "many-body terms",
    functions=("noisy_copy", "is_exact_rg", "rg_hamiltonian"),
    cases=_copies,
)
def noisy_copies(s: Copies) -> bool:
    sites, w = s.H.sites, Exact(s.w)
    one = noisy_copy(sites, sites[:1], s.w)
    wrong = 1 / (1 + (2 * w).exp())
    kernel = one.weight.trace(sites[1:]).values.reshape(-1) / 2 ** (len(sites) - 1)
    errors_as_stated = all(
        Exact.from_element(x) == y for x, y in zip(kernel, (1 - wrong, wrong, wrong, 1 - wrong), strict=True)
    )
    exact = is_exact_rg(one) and delta_f(one, s.H) == 0
    # What decimation leaves of a ring of 8: copying these 4 spins is copying every second one of 8.
    couplings = log(coarse_weight(noisy_copy(range(4), range(4), s.w), ising(ring(4), s.J))).couplings
    across = bool(couplings.get(frozenset((("h", 0), ("h", 2))), 0))
    return errors_as_stated and exact and across == (bool(w) and bool(Exact(s.J)))


@dataclass(frozen=True)
class Pairwise:
    """A Hamiltonian of fields and pairs."""

    origin: str
    H: SpinPolynomial

    def __str__(self) -> str:
        return f"{self.H}"


def _pairwise(drawn: Cases) -> Iterator[Pairwise]:
    # K = (1/2) log cosh 2w with e^{2w} = 1 + e^a is every K > 0.
    y = [1 + sympy.exp(a) for a in sympy.symbols("a:4", real=True)]
    K = [sympy.log((x + 1 / x) / 2) / 2 for x in y]
    h = sympy.symbols("h:4", real=True)
    fields = {(i,): h[i] for i in range(3)} | {(): h[3]}
    yield Pairwise("symbolic", SpinPolynomial({(0, 1): K[0]} | {(0,): h[0]}, range(2)))
    yield Pairwise("symbolic", SpinPolynomial({(0, 1): -K[0], (1, 2): K[1]} | fields, range(3)))
    yield Pairwise("symbolic", SpinPolynomial({(0, 1): -K[0], (1, 2): K[1], (0, 2): -K[2]}, range(3)))
    rng = random.Random(f"pairwise {drawn.seed}")
    for _ in range(drawn.count):
        n = rng.choice((2, 3, 3))
        pairs = [pair for pair in combinations(range(n), 2) if rng.random() < 0.7]
        couplings = {key: log_rational(rng, 4) for key in (*pairs, *((i,) for i in range(n)), ())}
        yield Pairwise("random", SpinPolynomial(couplings, range(n)))


@claim(
    "decorated",
    "One hidden unit a bond, coupled to both ends with cosh 2w = e^{2|K|} (w2 = -w1 for K < 0), makes an exact RBM of every "
    "pairwise H, constant included. It has as many hidden units as H has bonds: it does not coarse-grain.",
    equation=("10",),
    formula=r"\mathrm{Tr}_h\, e^{-E(v,h)} = e^{-H(v)},\quad \cosh 2w = e^{2|K|}",
    scope="every K != 0 and every graph, as bonds are summed one by one; decided on graphs of up to 3 spins",
    functions=("decorated_rbm", "rbm_hamiltonian"),
    cases=_pairwise,
)
def decorated_rbm_is_exact(s: Pairwise) -> bool:
    rbm = decorated_rbm(s.H)
    bonds = sum(len(members) == 2 for members in s.H.couplings)
    return marginal_weight(rbm, "hidden") == exp(-s.H) and rbm.n_hidden == bonds
