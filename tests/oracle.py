"""The oracle: sums over all configurations, straight from the formulas of the paper, sharing no code with exactrg.

A function f(s) = sum_S f_S prod_{i in S} s_i is given by its factors x_S = e^{f_S}, so that e^{f(s)} is the product of
x_S or 1/x_S. With x_S a `Fraction` every weight, trace and probability is a `Fraction`; with x_S a `Surd` or an
`mpmath.mpf` they are those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import product
from operator import mul
from typing import Any

import mpmath

Spins = tuple[int, ...]
Factors = Mapping[frozenset[Any], Any]


@dataclass(frozen=True)
class Surd:
    """a + b sqrt(r) with rational a, b and r > 0 no square: enough for couplings log(r)/2."""

    a: Fraction
    b: Fraction
    r: Fraction

    def _other(self, other: Any) -> Surd:
        return other if isinstance(other, Surd) else Surd(Fraction(other), Fraction(0), self.r)

    def __add__(self, other: Any) -> Surd:
        other = self._other(other)
        return Surd(self.a + other.a, self.b + other.b, self.r)

    def __mul__(self, other: Any) -> Surd:
        other = self._other(other)
        return Surd(self.a * other.a + self.b * other.b * self.r, self.a * other.b + self.b * other.a, self.r)

    def __truediv__(self, other: Any) -> Surd:
        other = self._other(other)
        norm = other.a**2 - other.b**2 * other.r
        return self * Surd(other.a / norm, -other.b / norm, self.r)

    __radd__, __rmul__ = __add__, __mul__

    def __rtruediv__(self, other: Any) -> Surd:
        return self._other(other) / self


def configurations(sites: Sequence[Any]) -> Iterator[Spins]:
    """All spin configurations, +1 first, the last site fastest."""
    return product((1, -1), repeat=len(sites))


def chi(members: Iterable[Any], sites: Sequence[Any], spins: Spins) -> int:
    """prod_{i in S} s_i."""
    return reduce(mul, (spins[sites.index(site)] for site in members), 1)


def value(couplings: Mapping[frozenset[Any], Any], sites: Sequence[Any], spins: Spins) -> Any:
    """f(s) = sum_S f_S prod s_i, Eq. 3 without its sign."""
    return sum(c * chi(members, sites, spins) for members, c in couplings.items())


def exponential(factors: Factors, sites: Sequence[Any], spins: Spins) -> Any:
    """e^{f(s)}."""
    powers = [x if chi(members, sites, spins) > 0 else 1 / x for members, x in factors.items()]
    return reduce(mul, powers) if powers else Fraction(1)


def weight(factors: Factors, sites: Sequence[Any]) -> dict[Spins, Any]:
    """e^{f} at every configuration."""
    return {spins: exponential(factors, sites, spins) for spins in configurations(sites)}


def inverse(factors: Factors) -> dict[frozenset[Any], Any]:
    """Factors of -f."""
    return {members: 1 / x for members, x in factors.items()}


def times(left: Factors, right: Factors) -> dict[frozenset[Any], Any]:
    """Factors of f + g."""
    return {s: left.get(s, Fraction(1)) * right.get(s, Fraction(1)) for s in {**left, **right}}


def total(table: Mapping[Spins, Any]) -> Any:
    """Tr over everything."""
    return reduce(lambda x, y: x + y, table.values())


def marginal(table: Mapping[Spins, Any], keep: Sequence[int]) -> dict[Spins, Any]:
    """Sum over all spins but those in the columns ``keep``; in the order of their configurations."""
    result: dict[Spins, Any] = {}
    for spins, x in table.items():
        key = tuple(spins[k] for k in keep)
        result[key] = result[key] + x if key in result else x
    return dict(sorted(result.items(), reverse=True))


def normalised(table: Mapping[Spins, Any]) -> dict[Spins, Any]:
    """P = weight / Z, Eqs. 1 and 11."""
    z = total(table)
    return {spins: x / z for spins, x in table.items()}


def rbm_factors(w: Any, b: Any, c: Any, constant: Any, visible: Sequence[Any], hidden: Sequence[Any]) -> dict[Any, Any]:
    """Eq. 10, E = sum_j b_j h_j + sum_ij v_i w_ij h_j + sum_i c_i v_i + constant, every parameter given as its e^."""
    factors = {frozenset(): constant}
    factors |= {frozenset((h,)): b[j] for j, h in enumerate(hidden)}
    factors |= {frozenset((v,)): c[i] for i, v in enumerate(visible)}
    factors |= {frozenset((v, h)): w[i][j] for i, v in enumerate(visible) for j, h in enumerate(hidden)}
    return factors


@dataclass(frozen=True)
class Step:
    """A step T = -E + H (Eq. 18) by enumeration; H and E by their factors, visible sites first."""

    H: Factors
    E: Factors
    visible: Sequence[Any]
    hidden: Sequence[Any]

    @property
    def sites(self) -> list[Any]:
        return [*self.visible, *self.hidden]

    def data(self) -> dict[Spins, Any]:
        """e^{-H(v)}, Eq. 1."""
        return weight(inverse(self.H), list(self.visible))

    def e_T(self) -> dict[Spins, Any]:
        """e^{T(v, h)}."""
        n = len(self.visible)
        boltzmann, machine = self.data(), weight(inverse(self.E), self.sites)
        return {spins: x / boltzmann[spins[:n]] for spins, x in machine.items()}

    def q(self) -> dict[Spins, Any]:
        """Tr_h e^{T(v, h)}, Eq. 9."""
        return marginal(self.e_T(), range(len(self.visible)))

    def coarse(self) -> dict[Spins, Any]:
        """e^{-H^RG(h)} = Tr_v e^{T - H}, Eq. 6."""
        n, boltzmann = len(self.visible), self.data()
        joint = {spins: x * boltzmann[spins[:n]] for spins, x in self.e_T().items()}
        return marginal(joint, range(n, len(self.sites)))

    def exp_delta_f(self) -> Any:
        """e^{Delta F} = Z / Z', Eqs. 4, 7 and 8."""
        return total(self.data()) / total(self.coarse())


def kl_terms(p: Mapping[Spins, Any], q: Mapping[Spins, Any]) -> list[tuple[Any, Any]]:
    """Eq. 16 as pairs (p, p/q) of the normalised tables, over the support of p."""
    left, right = normalised(p), normalised(q)
    return [(x, x / right[spins]) for spins, x in left.items() if x]


def kl(p: Mapping[Spins, Any], q: Mapping[Spins, Any], digits: int = 50) -> Any:
    """Eq. 16 as an `mpmath.mpf`."""
    with mpmath.workdps(digits + 10):
        return mpmath.fsum(_mpf(x) * mpmath.log(_mpf(ratio)) for x, ratio in kl_terms(p, q))


def _mpf(x: Any) -> Any:
    return mpmath.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else mpmath.mpf(x)


def mean(table: Mapping[Spins, Any], columns: Sequence[int]) -> Any:
    """<prod of the spins in some columns>."""
    signed = (x if reduce(mul, (spins[k] for k in columns), 1) > 0 else -1 * x for spins, x in table.items())
    return reduce(lambda x, y: x + y, signed) / total(table)
