"""Section III, the mapping between variational RG and RBMs: Eqs. 18 to 22."""

from __future__ import annotations

import random
from collections.abc import Iterator

import sympy

from ..marginals import rbm_hamiltonian
from ..numbers.exact import Exact
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..rg import RGOperator, rg_hamiltonian
from ..weight import exp
from .ledger import Cases, Claim, section
from .steps import made_exact
from .systems import System, hidden_sites, random_hamiltonian, random_machine, scalar_weight, sizes

LEDGER: list[Claim] = []
claim = section(LEDGER)


@claim(
    "18",
    "T = -E + H is a one-to-one affine map between joint energies E and operators T, for fixed H: E = H - T takes it back.",
    formula=r"T(v,h) = -E(v,h) + H(v)",
    functions=("RGOperator.from_energy", "RGOperator.energy"),
    cases=Cases.both,
)
def affine_bijection(s: System) -> bool:
    back = s.T.energy(s.H) == s.energy
    again = RGOperator.from_energy(s.T.energy(s.H), s.H).exponent == s.T.exponent
    return back and again and s.T.weight * s.a == s.joint


def _family_cases(drawn: Cases) -> Iterator[System]:
    K, w = sympy.symbols("K w", real=True)
    h = hidden_sites(1)[0]
    yield System(
        "H = -K v0 v1, T = w v0 h",
        "symbolic",
        SpinPolynomial({(0, 1): -K}, [0, 1]),
        None,
        RGOperator(exp(SpinPolynomial({(0, h): w}, [0, 1, h])), [0, 1], [h]),
    )
    yield from (s for s in drawn.energies if not isinstance(s.E, RBM))


@claim(
    "18-family",
    "Eq. 18 maps the operators of variational RG one to one onto RBMs: E = H - T has the form of Eq. 10.",
    equation=("18",),
    expected="refuted",
    formula=r"T = wv_0h,\ H = -Kv_0v_1 \Rightarrow E = -wv_0h - Kv_0v_1",
    corrected="18: a bijection of functions of (v, h). E has the form of Eq. 10 only if T - H has no interaction within a "
    "layer: H moves its own couplings into E",
    functions=("RGOperator.energy",),
    cases=_family_cases,
)
def energies_are_rbms(s: System) -> bool:
    visible, hidden = set(s.visible), set(s.hidden)
    E = s.T.energy(s.H)
    return all(len(S & visible) <= 1 and len(S & hidden) <= 1 for S in E.couplings)


@claim(
    "19",
    "Both sides of Eq. 6 may be divided by Z' = Tr_vh e^{-E}: e^{-H^RG}/Z' = Tr_v e^{T-H}/Z' sums to one over h.",
    formula=r"\frac{e^{-H^{RG}(h)}}{\mathcal Z} = \frac{\mathrm{Tr}_v\, e^{T - H}}{\mathcal Z}",
    functions=("rg_hamiltonian", "partition_function"),
    cases=Cases.everything,
)
def divided_by_z(s: System) -> bool:
    left = s.coarse / scalar_weight(s.Z_joint)
    right = (s.T.weight / scalar_weight(s.Z_joint) * s.a).trace(s.visible)
    return left == right and sum((Exact.from_element(x) for x in left.values.reshape(-1)), Exact(0)) == 1


@claim(
    "20",
    "e^{-H^RG(h)}/Z' = Tr_v e^{-E}/Z' = p(h): the coarse-grained distribution is the hidden marginal of the machine, for "
    "every T, exact or not.",
    formula=r"\frac{e^{-H^{RG}(h)}}{\mathcal Z} = \mathrm{Tr}_v \frac{e^{-E}}{\mathcal Z} = p(h)",
    functions=("rg_hamiltonian", "rbm_hamiltonian"),
    cases=Cases.everything,
)
def coarse_distribution_is_the_marginal(s: System) -> bool:
    return s.coarse / scalar_weight(s.Z_joint) == s.p_hidden


@claim(
    "21",
    "H^RG = H^RBM on the hidden spins, constants included, for any T and any energy-based machine.",
    formula=r"H^{RG}(h) = H^{RBM}(h)",
    functions=("rg_hamiltonian", "rbm_hamiltonian"),
    cases=Cases.both,
)
def hamiltonians_agree(s: System) -> bool:
    # Two routes that share no cancellation: e^T times e^{-H} as weights, and the product over visible units.
    _, product_form = s.marginals
    if s.coarse != product_form:
        return False
    return len(s.hidden) > 2 or rg_hamiltonian(s.T, s.H) == rbm_hamiltonian(s.energy, s.visible)


def _machines(drawn: Cases) -> Iterator[System]:
    """Energies that are no RBM's."""
    yield from (s for s in drawn.both() if not isinstance(s.E, RBM))
    rng = random.Random(f"machines {drawn.seed}")
    for k in range(drawn.count // 2):
        n, m = sizes(rng)
        yield System(f"another Boltzmann machine {k}", "random", random_hamiltonian(rng, n), random_machine(rng, n, m))


@claim(
    "21-general",
    "The correspondence does not depend on the form of E: it holds for any Boltzmann machine, interactions within layers "
    "and of any order included.",
    equation=("21", "text"),
    formula=r"E(v,h)\ \text{arbitrary}",
    functions=("RGOperator", "SpinPolynomial"),
    cases=_machines,
)
def any_machine(s: System) -> bool:
    return hamiltonians_agree(s) and coarse_distribution_is_the_marginal(s)


@claim(
    "22",
    "e^T = p(h|v) e^{H(v) - H^RBM(v)}, where e^{H - H^RBM} is Tr_h e^T.",
    formula=r"e^{T} = p(h|v)\, e^{H(v) - H^{RBM}(v)}",
    functions=("trace_condition", "RGOperator.from_conditional"),
    cases=Cases.both,
)
def operator_is_a_conditional(s: System) -> bool:
    visible, _ = s.marginals
    factor = visible / s.a
    return s.T.weight == s.conditional * factor and factor == s.T.weight.trace(s.hidden)


@claim(
    "22-exact",
    "If Tr_h e^T = 1, then H = H^RBM, e^T is the conditional p(h|v), p = P and KL(P||p) = 0.",
    equation=("22",),
    formula=r"\mathrm{Tr}_h\, e^T = 1 \Rightarrow H = H^{RBM},\ D_{KL}(P\|p) = 0",
    functions=("is_exact_rg", "kl_divergence"),
    cases=lambda drawn: (made_exact(s) for s in drawn.positive()),
)
def exact_steps_match_the_data(s: System) -> bool:
    return bool(
        s.is_exact
        and s.joint.trace(s.hidden) == s.a
        and s.p_visible == s.P
        and s.kl == 0
        and s.T.weight * s.p_visible == s.p
    )
