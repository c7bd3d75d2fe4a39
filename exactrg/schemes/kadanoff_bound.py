"""Kadanoff's lower-bound (potential-moving) scheme on the square lattice, with 2x2 blocks and parameter p."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from math import prod
from typing import Any, ClassVar

from .jets import log_sum_exp, numbers, total
from .scheme import Bound, Start, Step

# The products of the corners 0..3 (cyclic) of a plaquette that a coupling multiplies.
_SIDES, _DIAGONALS = ((0, 1), (1, 2), (2, 3), (3, 0)), ((0, 2), (1, 3))
_COMMON = {"K_4": ((0, 1, 2, 3),), "h": ((0,), (1,), (2,), (3,)), "K_3": tuple(combinations(range(4), 3))}
_PRODUCTS: dict[bool, dict[str, tuple[tuple[int, ...], ...]]] = {
    True: {"K_2": _SIDES + _DIAGONALS, **_COMMON},
    False: {"K_nn": _SIDES, "K_diag": _DIAGONALS, **_COMMON},
}
_Class = tuple[tuple[int, ...], int, tuple[int, ...]]


@dataclass(frozen=True)
class KadanoffBound:
    """Kadanoff's kernel e^{p mu sum s} / 2cosh(p sum s) on 2x2 blocks, all potentials moved to one plaquette in four.

    Those are the plaquettes with one corner in each of four blocks: each gets four plaquette potentials V (its own and
    three neighbours') and one log 2cosh, and the trace becomes a product over them,
    V'(mu) = log sum_s exp(p sum_i mu_i s_i + 4 V(s) - log 2cosh(p sum_i s_i)).
    The kernel is exact for every p (claim C11) and what is moved has zero expectation by translation invariance, so
    that by Jensen's inequality log Z is **too large** for every p: a lower bound on the free energy. The p that makes
    it smallest is `optimal_p`; `stationary_fixed_point` gives the p* and the fixed point that belong together.

    Parameters
    ----------
    p : number
        Of the kind of the couplings: float, exact, or a jet.
    symmetric : bool
        Whether all six pairs of a plaquette have one coupling K_2, which the step preserves. Otherwise sides and
        diagonals have couplings K_nn and K_diag of their own: the symmetric fixed point is unstable against their
        difference for p above about 0.741, where an asymmetric branch crosses it.

    Notes
    -----
    A plaquette has V = K_2 (sum of 6 pairs) + K_4 (product of 4) + h (sum of 4) + K_3 (sum of 4 products of three);
    there is one plaquette a site. L. P. Kadanoff, Phys. Rev. Lett. 34, 1005 (1975); L. P. Kadanoff, A. Houghton and
    M. C. Yalabik, J. Stat. Phys. 14, 171 (1976).
    """

    p: Any
    symmetric: bool = True

    odd: ClassVar[tuple[str, ...]] = ("h", "K_3")
    lattice: ClassVar[str] = "square"
    volume: ClassVar[int] = 4
    d: ClassVar[int] = 2
    bound: ClassVar[Bound] = "above"

    @property
    def names(self) -> tuple[str, ...]:
        """The couplings of a plaquette."""
        return tuple(_PRODUCTS[self.symmetric])

    @property
    def label(self) -> str:
        """Name in tables."""
        return f"Kadanoff bound, p={float(self.p):.5f}"

    def nearest_neighbour(self, K: Any) -> Start:
        """Couplings of the Ising model of Eq. 25, exactly, after a checkerboard decimation if symmetric.

        Every removed spin leaves a plaquette with V = log 2cosh(K sum_i s_i), which has the symmetry. Without it a bond
        is on two plaquettes, and each has half of its coupling.
        """
        (K,) = numbers(K, ("K",))
        if not self.symmetric:
            return Start((K / 2, *[0 * K] * 4))
        zero, two, four = (log_sum_exp([n * K, -n * K]) for n in (0, 2, 4))
        constant = (3 * zero + 4 * two + four) / 8
        return Start(((four - zero) / 8, (four - 4 * two + 3 * zero) / 8, 0 * K, 0 * K), constant / 2, 2)

    def step(self, couplings: Any) -> Step:
        """One step of the plaquette couplings, with the log constant for each site of the finer lattice."""
        *couplings, p = numbers((*numbers(couplings, self.names), self.p), (*self.names, "p"))
        classes, overlaps = _classes(self.symmetric), _overlaps(self.symmetric)
        energies = []
        for spins, _, sums in classes:
            field = p * sum(spins)
            potential = total(4 * n * k for n, k in zip(sums, couplings, strict=True))
            energies.append(potential - log_sum_exp([field, -field]))
        new = [
            log_sum_exp([p * overlap + energies[k] for overlap, k in counts], counts.values()) for counts in overlaps
        ]
        values = list(zip(classes, new, strict=True))
        fourier = (
            total(size * sums[a] * v for (_, size, sums), v in values) / (16 * len(sets))
            for a, sets in enumerate(_PRODUCTS[self.symmetric].values())
        )
        return Step(tuple(fourier), total(size * v for (_, size, _), v in values) / 64)


def _sums(spins: tuple[int, ...], symmetric: bool) -> tuple[int, ...]:
    """Return what each coupling multiplies."""
    return tuple(sum(prod(spins[i] for i in s) for s in sets) for sets in _PRODUCTS[symmetric].values())


@cache
def _classes(symmetric: bool) -> tuple[_Class, ...]:
    """Sort the 16 configurations by what the couplings multiply: (one of them, how many, the sums)."""
    counts = Counter(_sums(spins, symmetric) for spins in product((1, -1), repeat=4))
    first = {_sums(spins, symmetric): spins for spins in product((1, -1), repeat=4)}
    return tuple((first[sums], size, sums) for sums, size in counts.items())


@cache
def _overlaps(symmetric: bool) -> tuple[Counter[tuple[int, int]], ...]:
    """Count, for the block spins mu of each class, the configurations s by (sum_i mu_i s_i, class of s)."""
    classes = _classes(symmetric)
    index = {sums: k for k, (_, _, sums) in enumerate(classes)}
    return tuple(
        Counter(
            (sum(a * b for a, b in zip(mu, spins, strict=True)), index[_sums(spins, symmetric)])
            for spins in product((1, -1), repeat=4)
        )
        for mu, _, _ in classes
    )
