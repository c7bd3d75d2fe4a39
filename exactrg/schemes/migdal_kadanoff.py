"""Migdal-Kadanoff bond moving on the hypercubic lattice, for any b and d; exact in one dimension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ..counts import require_count
from ..errors import InputError
from .jets import log_sum_exp, numbers
from .scheme import Bound, Start, Step


@dataclass(frozen=True)
class MigdalKadanoff:
    """Bond moving and decimation on the d-dimensional hypercubic lattice with scale factor b.

    A bond carries the potential K s s' + h (s + s'), so that a site of the lattice feels the field 2 d h. One step
    moves b^(d-1) bonds onto one (K, h are multiplied) and decimates chains of b bonds (Eq. 24 for b = 2). For d = 1
    nothing is moved and the recursion is exact.

    Moving first, log Z comes out **too large** (or exact): with B the exact Hamiltonian and M what is moved,
    log Tr e^(B+M) >= log Tr e^B + <M>_B by Jensen's inequality, and <M>_B = 0 because equivalent bonds have equal
    expectations. Decimating first is exact on the diamond lattice (`exactrg.diamond` for b = d = 2); its "log Z per site"
    is that of d bonds of the diamond lattice with the count of free spins made right, no bound on the hypercubic one.

    Parameters
    ----------
    b : int
        Scale factor, at least 2.
    d : int
        Dimension, at least 1.
    order : "move first" or "decimate first"

    Raises
    ------
    InputError

    Notes
    -----
    A. A. Migdal, Sov. Phys. JETP 42, 743 (1975); L. P. Kadanoff, Ann. Phys. 100, 359 (1976).

    Examples
    --------
    >>> round(MigdalKadanoff(2, 1).step((0.5, 0.0)).couplings[0], 6)  # log(cosh(2 * 0.5)) / 2
    0.21689
    """

    b: int = 2
    d: int = 2
    order: Literal["move first", "decimate first"] = "move first"

    names: ClassVar[tuple[str, ...]] = ("K", "h")
    odd: ClassVar[tuple[str, ...]] = ("h",)
    lattice: ClassVar[str] = "hypercubic"

    def __post_init__(self) -> None:
        require_count("b", self.b, 2)
        require_count("d", self.d, 1)
        if self.order not in ("move first", "decimate first"):
            raise InputError(f'order={self.order!r}: expected "move first" or "decimate first"')

    @property
    def label(self) -> str:
        """Name in tables."""
        return f"Migdal-Kadanoff, b={self.b}, d={self.d}, {self.order}"

    @property
    def volume(self) -> int:
        """Sites of a block, b^d."""
        return int(self.b**self.d)

    @property
    def bound(self) -> Bound:
        """Side of the exact log Z that this one is proven to be on."""
        return "exact" if self.d == 1 else "above" if self.order == "move first" else None

    def nearest_neighbour(self, K: Any) -> Start:
        """Couplings of the Ising model of Eq. 25 without a field."""
        return Start((K, 0 * K))

    def step(self, couplings: Any) -> Step:
        """One step (K, h) -> (K', h'), with the log constant for each site of the finer lattice."""
        K, h = numbers(couplings, self.names)
        moved = self.b ** (self.d - 1)
        first, last = (moved, 1) if self.order == "move first" else (1, moved)
        up, down, mixed = first * (K + 2 * h), first * (K - 2 * h), first * (-K)
        # log of the powers of the transfer matrix: entries ++, +-, -+, --.
        pp, pm, mp, mm = up, mixed, mixed, down
        for _ in range(self.b - 1):
            pp, pm = log_sum_exp([pp + up, pm + mixed]), log_sum_exp([pp + mixed, pm + down])
            mp, mm = log_sum_exp([mp + up, mm + mixed]), log_sum_exp([mp + mixed, mm + down])
        constant = last * (pp + pm + mp + mm) / 4
        # Bonds per site: d before, d / b^d after. The spins that lost all their bonds are free.
        decimated = self.d * (self.b - 1) * last
        free = log_sum_exp([0 * K, 0 * K]) * (self.volume - 1 - decimated)
        return Step(
            (last * (pp - pm - mp + mm) / 4, last * (pp - mm) / 4),
            (self.d * constant + free) / self.volume,
        )
