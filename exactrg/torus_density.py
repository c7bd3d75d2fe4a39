"""The periodic m x n lattice as a polynomial: Kaufman's four products in any ring, and the integers in it.

Source: B. Kaufman, Phys. Rev. 76, 1232 (1949); P. D. Beale, Phys. Rev. Lett. 76, 78 (1996) for the density of states.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from operator import mul
from typing import Any

import numpy as np
from flint import fmpz, nmod_poly
from numpy.typing import NDArray

from .errors import InputError
from .lattices import checked_side

MAX_SITES = 1 << 16


def torus_sides(m: Any, n: Any) -> tuple[int, int]:
    """Return the two sides of a torus as integers of at least 2, or raise `LatticeError`."""
    why = "a periodic side of 1 is a self-loop; a side of 2 has double bonds"
    return checked_side("m", m, 2, why), checked_side("n", n, 2, why)


def four_products(m: int, n: int, x: Any, y: Any, two_cos: Callable[[int], Any]) -> Any:
    r"""Twice the sum over all spins of x^(unsatisfied bonds along m) y^(unsatisfied bonds along n) on the m x n torus.

    Kaufman's four products over the momenta theta = pi j / n, multiplied by what makes each of them a polynomial in
    x = e^{-2 K_x} and y = e^{-2 K_y}: with a = (1+x^2)(1+y^2) - 2 cos(theta) x (1-y^2) and d = y (1-x^2), so that
    2 cosh(gamma) = a/d, a pair of momenta +-theta contributes d^m (2 cosh(m gamma) +- 2). The unpaired momenta 0 and
    pi contribute (1-x)^m +- (y (1+x))^m and (1+x)^m +- (y (1-x))^m: the difference at theta = 0 is negative above
    the critical temperature, which is the sign of the fourth product.

    Parameters
    ----------
    m, n : int
        Sides; the couplings of x run along m.
    x, y : ring elements
        Anything with ``+ - *`` and ``**`` that mixes with ints: polynomials mod p, balls, power series of balls.
    two_cos : callable
        j -> 2 cos(pi j / n) in the same ring.
    """
    one_plus_x, one_minus_x = 1 + x, 1 - x
    even, odd = (1 + x * x) * (1 + y * y), x * (1 - y * y)
    d = y * one_plus_x * one_minus_x
    d_squared, twice_d_power = d * d, 2 * d**m
    total = 0
    for first in (1, 0):  # odd j: antiperiodic fermions; even j: periodic ones
        paired = [chebyshev(even - two_cos(j) * odd, d_squared, m) for j in range(first or 2, n, 2)]
        plus, minus = [u + twice_d_power for u in paired], [u - twice_d_power for u in paired]
        unpaired = [] if first else [(one_minus_x**m, (y * one_plus_x) ** m)]
        if (n - first) % 2 == 0:
            unpaired.append((one_plus_x**m, (y * one_minus_x) ** m))
        plus += [a + b for a, b in unpaired]
        minus += [a - b for a, b in unpaired]
        total = total + product(plus) + product(minus)
    return total


def chebyshev(a: Any, d_squared: Any, m: int) -> Any:
    """Return U_m of U_0 = 2, U_1 = a, U_(k+1) = a U_k - d^2 U_(k-1): 2 d^m cosh(m gamma) where a = 2 d cosh(gamma)."""
    u, v, power = 2, a, 1  # U_k, U_(k+1), d^(2k) for the leading bits k of m
    for bit in f"{m:b}":
        if bit == "1":
            u, v = u * v - power * a, v * v - 2 * power * d_squared
            power = power * power * d_squared
        else:
            u, v = u * u - 2 * power, u * v - power * a
            power = power * power
    return u


def product(factors: Iterable[Any]) -> Any:
    """Multiply neighbours, then neighbours of the result and so on: balanced degrees are what fast products like."""
    factors = list(factors)
    while len(factors) > 1:
        pairs = [a * b for a, b in zip(factors[::2], factors[1::2], strict=False)]
        factors = pairs + factors[2 * len(pairs) :]
    return factors[0] if factors else 1


def density_of_states(m: int, n: int) -> list[int]:
    """Count the configurations of the m x n torus with k unsatisfied bonds, for every k: exact integers.

    Kaufman's products are polynomials in e^{-2K}. They are multiplied modulo primes p = 1 mod 2n, where the cosines
    of the momenta exist, and joined by the Chinese remainder theorem. The g[k] are not negative and add up to 2^N, so
    each is below the product of the primes, which exceeds 2^N, and the residues determine it.

    Parameters
    ----------
    m, n : int
        Sides, at least 2; odd and unequal ones too. A side of 2 has double bonds.

    Returns
    -------
    list of int
        g[k] for k = 0..2mn; odd k are zero, since every ring has an even number of unsatisfied bonds.

    Raises
    ------
    LatticeError
        If a side is below 2.
    InputError
        If the torus has more than 65,536 sites (half a gigabyte of integers); use `kaufman.log_partition_function`.
    """
    m, n = torus_sides(m, n)
    m, n = max(m, n), min(m, n)
    sites = m * n
    if sites > MAX_SITES:
        raise InputError(
            f"the density of states of the {m} x {n} torus has {sites + 1:,} integers of up to {sites:,} bits; the "
            f"limit is {MAX_SITES:,} sites. log Z itself has no limit: write kaufman.log_partition_function(m, n, K)"
        )
    primes = list(_primes(2 * n, 2**sites))
    residues = np.array([_density_mod(m, n, p) for p in primes], dtype=np.uint64)
    modulus = math.prod(primes)
    weights = [modulus // p * pow(modulus // p, -1, p) for p in primes]
    density = [0] * (2 * sites + 1)
    density[::2] = [sum(map(mul, column.tolist(), weights)) % modulus for column in residues.T]
    return density


def _density_mod(m: int, n: int, p: int) -> NDArray[np.uint64]:
    """Return g[0], g[2], ... g[2mn] modulo a prime p = 1 mod 2n."""
    zeta = _root_of_unity(2 * n, p)
    x = nmod_poly([0, 1], p)
    polynomial = four_products(m, n, x, x, lambda j: (pow(zeta, j, p) + pow(zeta, -j, p)) % p)
    even = [int(c) for c in (polynomial * pow(2, -1, p)).coeffs()[::2]]
    return np.array(even + [0] * (m * n + 1 - len(even)), dtype=np.uint64)


def _primes(step: int, bound: int) -> Iterator[int]:
    """Yield the primes p = 1 mod step below 2^62, largest first, until their product exceeds the bound."""
    p = (1 << 62) // step * step + 1
    while bound > 0:
        p -= step
        if fmpz(p).is_prime():
            yield p
            bound //= p


def _root_of_unity(order: int, p: int) -> int:
    """Return an element of exactly this order modulo a prime p = 1 mod order."""
    divisors = [order // f for f in range(2, order + 1) if order % f == 0]
    candidates = (pow(g, (p - 1) // order, p) for g in range(2, p))
    return next(z for z in candidates if all(pow(z, d, p) != 1 for d in divisors))
