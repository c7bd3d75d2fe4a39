"""Niemeijer and van Leeuwen's cumulant expansion on the triangular lattice, first and second order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, ClassVar

from ..errors import InputError
from .jets import exp, log_sum_exp, numbers
from .scheme import Bound, Start, Step

# Sites are x e1 + y e2 with |x e1 + y e2|^2 = x^2 + y^2 - x y, as in `exactrg.triangular`; blocks are the triangles
# whose first corner has x + y divisible by 3, and form a triangular lattice of spacing sqrt 3.
_BLOCK = ((0, 0), (1, 0), (1, 1))
_NEIGHBOUR_BLOCKS = ((2, 1), (1, 2), (-1, 1), (-2, -1), (-1, -2), (1, -1))
_SHELLS = (1, 3, 4)  # squared distances of first, second and third neighbours


@dataclass(frozen=True)
class NiemeijerVanLeeuwen:
    """Majority rule on the triangles of the triangular lattice, in cumulants of the potential V between blocks.

    With the bonds K_1 inside the blocks exact, m = <s>, q = <s s'> in a block of given majority, the first order is
    <V>: K_1' = 2 m^2 K_1, h' = 3 m h. Its log Z is **too small** (or exact): <e^V> >= e^<V> for every configuration
    of the blocks. The second order adds (<V^2> - <V>^2)/2, which makes second and third neighbours K_2 and K_3; these
    count as of second order themselves and enter through <V> alone, and it is no bound.

    Parameters
    ----------
    order : 1 or 2

    Raises
    ------
    InputError

    Notes
    -----
    Th. Niemeijer and J. M. J. van Leeuwen, Phys. Rev. Lett. 31, 1411 (1973); Physica 71, 17 (1974).

    Examples
    --------
    >>> from sympy import log, sqrt
    >>> K = log(1 + 2 * sqrt(2)) / 4
    >>> NiemeijerVanLeeuwen().step((K, 0)).couplings[0] == K  # a proof
    True
    """

    order: int = 1

    odd: ClassVar[tuple[str, ...]] = ("h",)
    lattice: ClassVar[str] = "triangular"
    volume: ClassVar[int] = 3
    d: ClassVar[int] = 2

    def __post_init__(self) -> None:
        if self.order not in (1, 2):
            raise InputError(f"order={self.order!r}: expected 1 or 2")

    @property
    def names(self) -> tuple[str, ...]:
        """The couplings: of neighbours (first to third in second order), and the field on every site."""
        return ("K_1", "h") if self.order == 1 else ("K_1", "K_2", "K_3", "h")

    @property
    def label(self) -> str:
        """Name in tables."""
        return f"Niemeijer-van Leeuwen, order {self.order}"

    @property
    def bound(self) -> Bound:
        """Side of the exact log Z that this one is proven to be on."""
        return "below" if self.order == 1 else None

    def nearest_neighbour(self, K: Any) -> Start:
        """Couplings of the Ising model without a field."""
        return Start((K, *[0 * K] * (len(self.names) - 1)))

    def step(self, couplings: Any) -> Step:
        """One step, with the log constant for each site of the finer lattice."""
        *pairs, h = numbers(couplings, self.names)
        K = pairs[0]
        m = 1 - 2 * exp(-log_sum_exp([4 * K, 0 * K], [1, 3]))
        block = log_sum_exp([3 * K, -K], [1, 3])
        new = [m * m * sum(n * k for n, k in zip(row, pairs, strict=False)) for row in _bonds()[: len(pairs)]]
        if self.order == 1:
            return Step((*new, 3 * m * h), block / 3)
        same, other = 1 - m * m, 2 * m - 1 - m * m  # <s s'> - <s><s'> in a block; q = 2m - 1
        paths, loops, single = _second_order()
        square = K * K
        new = [k + square * m * m * (n * same + n2 * other) for k, (n, n2) in zip(new, paths, strict=True)]
        field = 3 * m * h + h * K * m * (single[0] * same + single[1] * other)
        correlation = {0: 1 + 0 * m, 1: 2 * m - 1}
        pair = sum(n * (correlation[i] * correlation[j] - m * m * m * m) for (i, j), n in sorted(loops.items()))
        constant = block + 3 * square * pair / 2 + h * h * (3 * same + 6 * other) / 2
        return Step((*new, field), constant / 3)


def _shift(site: tuple[int, int], by: tuple[int, int]) -> tuple[int, int]:
    return site[0] + by[0], site[1] + by[1]


def _norm(site: tuple[int, int], origin: tuple[int, int] = (0, 0)) -> int:
    x, y = site[0] - origin[0], site[1] - origin[1]
    return x * x + y * y - x * y


@cache
def _bonds() -> tuple[tuple[int, ...], ...]:
    """Count, for blocks that are first, second and third neighbours, the site pairs of each kind between them."""
    displacement = {3: (2, 1), 9: (3, 0), 12: (4, 2)}
    rows = []
    for shell in _SHELLS:
        far = [_shift(site, displacement[3 * shell]) for site in _BLOCK]
        distances = Counter(_norm(b, a) for a, b in product(_BLOCK, far))
        rows.append(tuple(distances[r] for r in _SHELLS))
    return tuple(rows)


@cache
def _second_order() -> tuple[tuple[tuple[int, int], ...], Counter[tuple[int, int]], tuple[int, int]]:
    """Count the pairs of bonds that a block correlates: at the same of its sites, and at two different ones.

    Returns
    -------
    paths
        For block pairs B, C of each shell: pairs of bonds B-A-C over all middle blocks A (same site of A, different).
    loops
        Ordered pairs of bonds between two neighbouring blocks, by (different site of A, different site of B).
    single
        Pairs of a site of A and a bond A-B, over all A next to B (the bond's site, different).
    """
    bonds = [
        (site, far, block)
        for block in _NEIGHBOUR_BLOCKS
        for site, far in product(_BLOCK, [_shift(s, block) for s in _BLOCK])
        if _norm(far, site) == 1
    ]
    paths = Counter((_norm(c, b), site != site2) for (site, _, b), (site2, _, c) in product(bonds, bonds) if b != c)
    loops = Counter(
        (int(site != site2), int(far != far2))
        for (site, far, b), (site2, far2, c) in product(bonds, bonds)
        if b == c == _NEIGHBOUR_BLOCKS[0]
    )
    # Ordered pairs of bonds and of blocks: each of the 6 displacements of a shell occurs as often as the others.
    per_pair = tuple((paths[3 * r, False] // 6, paths[3 * r, True] // 6) for r in _SHELLS)
    return per_pair, loops, (len(bonds), 2 * len(bonds))
