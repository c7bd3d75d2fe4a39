"""Section III, "the two approaches employ distinct variational approximation schemes": free energies against KL."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy

from ..divergence import kl_divergence
from ..numbers.exact import Exact
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..rg import RGOperator
from ..thermodynamics import delta_f
from .ledger import Cases, Claim, section

LEDGER: list[Claim] = []
claim = section(LEDGER)


@dataclass(frozen=True)
class Family:
    """Two spins with H = -K v1 v2, K > 0, and one hidden unit with E = w h (v1 + v2) + log 2, for every w."""

    origin: str
    K: Exact
    minimum: Exact | None = None  # the w of smallest KL, where it is a number

    @property
    def H(self) -> SpinPolynomial:
        """Hamiltonian of the data."""
        return SpinPolynomial({(0, 1): -self.K}, [0, 1])

    def machine(self, w: Any) -> RBM:
        """Member of the family; the constant makes w = 0 an exact step for K = 0."""
        return RBM([[w], [w]], constant=sympy.log(2))

    def kl(self, w: Any) -> Exact:
        """KL(P || p)."""
        return Exact(kl_divergence(self.H, self.machine(w)))

    def delta_f(self, w: Any) -> Exact:
        """F^h - F^v."""
        return Exact(delta_f(RGOperator.from_energy(self.machine(w), self.H), self.H))

    def __str__(self) -> str:
        return f"H = -K v1 v2, E = w h (v1 + v2) + log 2, K = {self.K}"


def _families(drawn: Cases) -> Iterator[Family]:
    # Every K > 0.
    yield Family("symbolic", Exact(sympy.log(1 + sympy.exp(sympy.Symbol("a", real=True)))))
    rng = random.Random(f"families {drawn.seed}")
    for _ in range(drawn.count):
        # K = (1/2) log cosh 2w, so that KL is smallest at a w with rational e^w.
        w = Exact(sympy.log(1 + sympy.Rational(rng.randint(1, 9), rng.randint(1, 9))))
        yield Family("random", _cosh(2 * w).log() / 2, w)


def _cosh(x: Exact) -> Exact:
    return (x.exp() + (-x).exp()) / 2


@claim(
    "III-schemes",
    "Variational RG, which minimises |Delta F|, and RBMs, which minimise KL(P||p), are distinct variational schemes: for "
    "two spins with K > 0 and the RBMs E = w h (v1 + v2) + log 2, KL is smallest at cosh 2w = e^{2K} only, and |Delta F| "
    "at cosh 2w = 2cosh K - 1 < e^{2K} only; both vanish at their minima, and nowhere together.",
    equation=("text",),
    formula=r"\operatorname{argmin}_w D_{KL}(P\|p) \ne \operatorname{argmin}_w |\Delta F|",
    scope="every K > 0, over all real w (w and -w are one machine)",
    functions=("kl_divergence", "delta_f"),
    cases=_families,
)
def schemes_are_distinct(s: Family) -> bool:
    return _slopes(s) if s.minimum is None else _values(s, s.minimum)


def _slopes(s: Family) -> bool:
    """As functions of y = cosh 2w >= 1: dKL/dy has the sign of y - e^{2K}, and e^{-Delta F} grows with y."""
    x, w = s.K.exp(), sympy.Symbol("w", real=True)
    at_kl, at_f = x * x, x + 1 / x - 1
    y, slope = _cosh(2 * Exact(w)), Exact(2 * sympy.sinh(2 * w))
    antiparallel = (1 / x) / (x + 1 / x)
    falls_then_rises = s.kl(w).diff(w) == slope * antiparallel * (y - at_kl) / (y * (1 + y))
    grows_through_one = (-s.delta_f(w)).exp() == (1 + y) / (1 + at_f)
    return bool(falls_then_rises and grows_through_one and at_kl > at_f and at_f > 1)


def _values(s: Family, minimum: Exact) -> bool:
    """At the minimum of KL, Delta F is negative: it vanishes at a smaller w."""
    return bool(s.kl(minimum) == 0 and s.delta_f(minimum) < 0)
