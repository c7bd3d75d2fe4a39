"""Decimation of every second site of the square lattice, with the new couplings folded into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .jets import log_sum_exp, numbers
from .scheme import Bound, Start, Step


@dataclass(frozen=True)
class Checkerboard:
    """Checkerboard decimation, truncated: K' = (3/8) log cosh 4K, with b = sqrt 2 on the square lattice.

    A removed spin leaves log 2cosh(K sum_i s_i) on its four neighbours: (1/8) log cosh 4K for each of the six pairs, which
    sides of the new plaquettes get twice, and a four-spin coupling. That sum is exact. The truncation drops the
    four-spin coupling and adds the diagonal's (1/8) to the side's (1/4), so that log Z is no bound.

    Notes
    -----
    K. G. Wilson, Rev. Mod. Phys. 47, 773 (1975); H. J. Maris and L. P. Kadanoff, Am. J. Phys. 46, 652 (1978).
    """

    names: ClassVar[tuple[str, ...]] = ("K",)
    odd: ClassVar[tuple[str, ...]] = ()
    lattice: ClassVar[str] = "square"
    label: ClassVar[str] = "Checkerboard, truncated"
    volume: ClassVar[int] = 2
    d: ClassVar[int] = 2
    bound: ClassVar[Bound] = None

    def nearest_neighbour(self, K: Any) -> Start:
        """Couplings of the Ising model of Eq. 25."""
        return Start((K,))

    def step(self, couplings: Any) -> Step:
        """One step K -> K', with the log constant for each site of the finer lattice."""
        (K,) = numbers(couplings, self.names)
        # log 2cosh(n K) for n = 0, 2, 4: the removed spin between 4 neighbours whose sum is n.
        zero, two, four = (log_sum_exp([n * K, -n * K]) for n in (0, 2, 4))
        constant = (3 * zero + 4 * two + four) / 8
        return Step((3 * (four - zero) / 8,), constant / 2)
