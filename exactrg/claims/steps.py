"""Systems derived from others, and lemmas, that claims of several sections share."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ..marginals import marginal_weight
from ..numbers.exact import Exact
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..weight import BoltzmannWeight, exp
from .ledger import Cases
from .systems import System, random_hamiltonian, random_rbm, sizes, symbolic_hamiltonian, symbolic_rbm


def total(weight: BoltzmannWeight) -> Exact:
    """Sum a weight configuration by configuration, without `trace`."""
    return sum((Exact.from_element(x) for x in weight.values.reshape(-1)), Exact(0))


def made_exact(s: System) -> System:
    """T - log q: the exact step that belongs to any T with q > 0."""
    return s.with_operator(s.T.weight / s.q, f"{s.name} made exact")


def printed_energies(drawn: Cases) -> Iterator[System]:
    """Return systems in which neither H nor the RBM has a constant, as printed in Eqs. 3 and 10."""
    rng = random.Random(f"printed {drawn.seed}")
    for n, m in ((1, 1), (2, 1), (1, 2)):
        H = symbolic_hamiltonian(n)
        H = H - H.couplings[frozenset()]
        yield System(f"Eq. 10 without a constant, {n}x{m}", "symbolic", H, symbolic_rbm(n, m, constant=False))
    for k in range(drawn.count):
        n, m = sizes(rng)
        H, E = random_hamiltonian(rng, n, constant=False), random_rbm(rng, n, m, constant=False)
        yield System(f"Eq. 10 without a constant {k}", "random", H, E)


def log_trace_is_positive_on_average(s: System) -> bool:
    """Decide 2^-N sum_v log q(v) >= M log 2, as prod_v prod_j cosh >= 1, each cosh - 1 being half a square."""
    energy = s.E
    assert isinstance(energy, RBM)
    fields = [
        SpinPolynomial({(): energy.b[j], **{(v,): energy.w[i, j] for i, v in enumerate(energy.visible)}}, s.visible)
        for j in range(energy.n_hidden)
    ]
    # log q = H - c.v + sum_j log 2cosh(field_j), and H and c.v have mean zero over all v.
    linear = SpinPolynomial({(v,): c for v, c in zip(energy.visible, energy.c.tolist(), strict=True)}, s.visible)
    if (s.H - linear).couplings.get(frozenset()):
        return False
    outer = exp(s.H - linear)
    for f in fields:
        outer = outer * _two_cosh(f)
    squares = all(
        Exact.from_element(x) - 2 == (Exact(y) - 1 / Exact(y)) ** 2
        for f in fields
        for x, y in zip(
            _two_cosh(f).values.reshape(-1), map(Exact.from_element, exp(f / 2).values.reshape(-1)), strict=True
        )
    )
    return outer == s.q and squares


def _two_cosh(f: SpinPolynomial) -> BoltzmannWeight:
    spin = "u"
    return marginal_weight(SpinPolynomial({(*S, spin): c for S, c in f.couplings.items()}, (*f.sites, spin)), [spin])
