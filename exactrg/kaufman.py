"""Kaufman's exact solution of the Ising model on the periodic m x n square lattice (the torus), at any coupling.

Everything is a total over the torus, in units of kT (the specific heat in units of k): H = -K sum s s, temperature one.
Values are certified (see `balls`): floats are right to the last bit, ``digits=50`` gives a `sympy.Float` of 50 digits.

Source: B. Kaufman, Phys. Rev. 76, 1232 (1949).
"""

from __future__ import annotations

import math
from typing import Any

import sympy
from flint import arb, arb_series, fmpq

from .errors import InputError
from .numbers.balls import MAX_BITS, ball, certified, real_number
from .torus_density import density_of_states, four_products, torus_sides

__all__ = ["density_of_states", "energy", "log_partition_function", "pseudo_critical_coupling", "specific_heat"]


def log_partition_function(m: int, n: int, K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Log Z of the m x n torus (Eq. 2): log of half the sum of Kaufman's four products, the fourth with its sign.

    Parameters
    ----------
    m, n : int
        Sides, at least 2; a side of 2 has double bonds.
    K : real number, or pair (Kx, Ky)
        The coupling of all bonds, or those along m and along n, of either sign and any size: a float, a Fraction or
        a real sympy number such as ``sympy.log(1 + sympy.sqrt(2)) / 2``.
    digits : int, optional
        Significant digits of the answer; a float (correct to the last bit) when left out.

    Raises
    ------
    LatticeError
        If a side is below 2.
    CouplingError
        If K is not a finite real number or a pair of them.
    InputError
        If ``digits`` is not a positive integer, or if an anisotropic torus with a negative coupling along an odd
        side would need more than 131,072 bits.
    """
    return _coefficient(m, n, K, 0, digits)


def energy(m: int, n: int, K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Mean energy <H> of the torus in kT: -K d log Z / d K, a total over the 2mn bonds.

    Divide by -2mnK for the mean <s s> of a bond; for a pair (Kx, Ky) it is the sum over both directions.
    Parameters and errors are those of `log_partition_function`.
    """
    return _coefficient(m, n, K, 1, digits, factor=-1)


def specific_heat(m: int, n: int, K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Specific heat of the torus in units of k: K^2 d^2 log Z / d K^2, a total over the mn sites.

    It is the variance of H, for a pair (Kx, Ky) too. Parameters and errors are those of `log_partition_function`.
    """
    return _coefficient(m, n, K, 2, digits, factor=2)


def pseudo_critical_coupling(m: int, n: int, *, digits: int | None = None) -> float | sympy.Float:
    """Coupling at which the specific heat K^2 d^2 log Z / d K^2 of the m x n torus is largest, K > 0.

    Found by bisection between 0.1 and 2 on the sign of its slope, every sign decided in ball arithmetic.
    Parameters and errors are those of `log_partition_function`.
    """
    m, n = torus_sides(m, n)

    def bracket() -> Any:
        low, high = arb(0.1), arb(2)
        while True:
            K = ((low + high) / 2).mid()
            c = _log_z(m, n, K, K, order=3)
            slope = 4 * c[2] + 6 * c[3]  # of (1 + eps)^2 (log Z)'', where log Z(K (1 + eps)) = sum of c[i] eps^i
            if slope > 0:
                low = K
            elif slope < 0:
                high = K
            else:
                return low.union(high)

    return certified(bracket, digits)


def _coefficient(m: Any, n: Any, K: Any, order: int, digits: int | None, factor: int = 1) -> Any:
    """Return ``factor`` times the coefficient of eps^order in log Z(K (1 + eps))."""
    m, n = torus_sides(m, n)
    kx, ky = map(real_number, K if isinstance(K, (tuple, list)) and len(K) == 2 else (K, K))
    isotropic = kx == ky
    # A ring of even length is bipartite: only the size of the coupling along it matters.
    kx, ky = (k if side % 2 else abs(k) for k, side in ((kx, m), (ky, n)))
    # Every odd ring with K < 0 has a frustrated bond, which the four products find by cancelling.
    frustrated = n * max(0, -kx) + m * max(0, -ky)
    if frustrated < MAX_BITS / 3:
        lost = 2 / math.log(2) * float(frustrated)
        return certified(
            lambda: factor * _log_z(m, n, ball(kx), ball(ky), order)[order], digits, extra_bits=math.ceil(lost)
        )
    if not isotropic:
        raise InputError(
            f"K = {K} on the {m} x {n} torus cancels more than {MAX_BITS:,} bits (a negative coupling along an odd "
            "side frustrates it); write weaker couplings, or equal ones, which have no limit"
        )
    density = density_of_states(m, n)
    return certified(lambda: factor * _log_z_from_density(density, ball(min(kx, ky)), order)[order], digits)


def _log_z(m: int, n: int, kx: Any, ky: Any, order: int) -> Any:
    """Log Z(K (1 + eps)) as a power series in eps of this order, by the four products over the shorter side."""
    if n > m:
        m, n, kx, ky = n, m, ky, kx
    kx, ky = (arb_series([k, k], prec=order + 1) for k in (kx, ky))
    x, y = (-2 * kx).exp(), (-2 * ky).exp()
    twice = four_products(m, n, x, y, lambda j: 2 * arb.cos_pi_fmpq(fmpq(j, n)))
    return m * n * (kx + ky) + (twice / 2).log()


def _log_z_from_density(density: list[int], k: Any, order: int) -> Any:
    """Log Z(K (1 + eps)) for large negative K: the states counted from the fewest satisfied bonds up."""
    K = arb_series([k, k], prec=order + 1)
    levels = density[::2]
    while not levels[-1]:
        levels.pop()
    y, total = (4 * K).exp(), 0 * K
    for count in levels:
        total = total * y + count
    return (len(density) + 3 - 4 * len(levels)) * K + total.log()
