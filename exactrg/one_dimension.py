"""The one-dimensional Ising model, renormalized exactly: Eqs. 23 and 24, and Fig. 2, for any block b and any sign of J.

Summing the b - 1 spins between two kept ones leaves e^{-H^RG} = prod (V^b)(s, s') over neighbouring kept spins, and
V^b = A V(J') with tanh J' = tanh^b J. The constant log A is kept, so that free energies agree exactly at every level.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from .counts import require_count
from .decimation_in_field import decimate_in_field, finite
from .errors import FloatOverflowError
from .numbers.exact import Exact
from .polynomial import SpinPolynomial
from .transfer_matrix import (
    chain_couplings,
    log_partition_function,
    log_two_cosh,
    power,
    transfer_matrix,
)
from .weight import log

__all__ = [
    "correlation_length",
    "decimate",
    "decimate_in_field",
    "decimated_chain",
    "decimated_ring",
    "inverse_correlation_length",
    "log_partition_function",
    "rg_flow",
]


def decimate(J: Any, b: int = 2) -> tuple[Any, Any]:
    """Decimation of the Ising chain, Eq. 24 for any block: tanh J' = tanh^b J, and the log constant of a block of b bonds.

    Z_N(J) = A^(N/b) Z_(N/b)(J') on a ring of N = m b spins, with A^2 = 4^(b-1) (1 - t^2b) / (1 - t^2)^b and t = tanh J;
    for b = 2, A = 2 e^{J'}.

    Parameters
    ----------
    J : number
        Coupling in kT, of either sign: a float, or exact (a real symbol, the log of a rational, ...).
    b : int
        Bonds in a block, at least 1: one spin of b is kept.

    Returns
    -------
    J', log A : float or Exact
        Floats are accurate to a few units in the last place of J' and b J, at any strength.

    Raises
    ------
    InputError
        If b is no int of at least 1.
    CouplingError
        If J is no finite float and not exact.

    Examples
    --------
    >>> import sympy
    >>> J = sympy.Symbol("J", real=True)
    >>> decimate(J)[0] == sympy.log(sympy.cosh(2 * J)) / 2
    True
    """
    b = require_count("b", b, 1)
    kind, J, _ = chain_couplings(J)
    if kind == "exact":
        block = log(power(transfer_matrix(J), b)).couplings
        return block.get(frozenset((0, 1)), Exact(0)), block.get(frozenset(), Exact(0))
    coarse = _decimate_float(J, b)
    if abs(J) < 1.0:  # log 2 is b - 1 times in the answer: not b times less once
        return coarse, (b - 1) * math.log(2.0) + b * _log_cosh(J) - _log_cosh(coarse)
    return coarse, finite(b * log_two_cosh(J) - log_two_cosh(coarse), "the constant of a block")


def _log_cosh(x: float) -> float:
    """Log cosh x for small x, without cancellation."""
    return 0.5 * math.log1p(math.sinh(x) ** 2)


def _decimate_float(J: float, b: int) -> float:
    """Return artanh(tanh^b J) without cancellation."""
    if b == 1 or J == 0.0:
        return J
    t = math.tanh(J) ** b
    if abs(t) < 0.5:
        return math.atanh(t)
    # y = -log|t|^b = 2 b artanh(u), u = e^{-2|J|}, may underflow: J' = (1/2) log[(1 + e^{-y}) / (1 - e^{-y})] with
    # log y = -2|J| + log(2 b) + log(artanh(u) / u) put in by hand.
    size = abs(J)
    u = math.exp(-2.0 * size)
    slope = math.atanh(u) / u if u > 0.0 else 1.0
    y = 2.0 * b * slope * u
    ratio = -math.expm1(-y) / y if y > 0.0 else 1.0
    coarse = size + 0.5 * (math.log1p(math.exp(-y)) - math.log(2.0 * b * slope * ratio))
    return math.copysign(coarse, t)


def rg_flow(J: Any, steps: int, b: int = 2) -> list[Any]:
    """Renormalization group flow J^(0) = J, J^(1), ... of Eq. 24 under repeated decimation (Fig. 2C).

    Parameters
    ----------
    J : number
    steps : int
        At least 0.
    b : int
        Bonds in a block.

    Returns
    -------
    list of float or Exact
        steps + 1 couplings; J^(k) has tanh J^(k) = tanh^(b^k) J.

    Raises
    ------
    InputError, CouplingError
        As `decimate`.
    """
    flow = [chain_couplings(J)[1]]
    for _ in range(require_count("steps", steps)):
        flow.append(decimate(flow[-1], b)[0])
    return flow


def inverse_correlation_length(J: Any) -> Any:
    """Decay rate -log|tanh J| of <s_0 s_r> = tanh^r J; decimation multiplies it by b exactly.

    Parameters
    ----------
    J : number

    Returns
    -------
    float or Exact
        In inverse lattice spacings; infinity (of the kind of J) at J = 0.

    Raises
    ------
    NotPositiveError
        If J is an expression in symbols that is not positive for all of their values; J = log(1 + e^a)/2 is.
    """
    kind, J, _ = chain_couplings(J)
    if kind == "exact":
        if J == 0:
            import sympy

            return sympy.oo
        size = abs(J) if not J.symbols else J
        square = (2 * size).exp()
        return -((square - 1) / (square + 1)).log()
    size = abs(J)
    if size == 0.0:
        return math.inf
    return -math.log(math.tanh(size)) if size < 0.5 else 2.0 * math.atanh(math.exp(-2.0 * size))


def correlation_length(J: Any) -> Any:
    """Correlation length xi = -1/log|tanh J|, in lattice spacings; decimation divides it by b exactly.

    Parameters
    ----------
    J : number

    Returns
    -------
    float or sympy expression
        Zero at J = 0.

    Raises
    ------
    FloatOverflowError
        Above |J| of about 355: log xi is 2|J| - log 2 there.
    NotPositiveError
        As `inverse_correlation_length`.
    """
    rate = inverse_correlation_length(J)
    if isinstance(rate, float):
        if rate < 1.0 / 1.7e308:
            raise FloatOverflowError("the correlation length is beyond 1.8e308; its logarithm is 2|J| - log 2")
        return 1.0 / rate
    return 1 / rate


def decimated_ring(n: int, J: Any, b: int = 2) -> SpinPolynomial:
    """H^RG of a ring of any length by Eq. 24: bonds J' between the sites 0, b, 2b, ... that are kept, and a constant.

    Where b does not divide n, the last bond closes the ring over the n mod b bonds that are left: an odd ring has
    (n-1)/2 bonds J' and one J.

    Parameters
    ----------
    n : int
        At least 2; a ring of two spins has a double bond.
    J : number
    b : int
        At least 1.

    Returns
    -------
    SpinPolynomial
        Equal to ``decimated_hamiltonian(ising(ring(n), J), range(0, n, b))``, which sums the removed spins.
    """
    n, b = require_count("n", n, 2), require_count("b", b, 1)
    kept = range(0, n, b)
    ends = [*kept, n]
    return _bonds(kept, [(i, j % n, j - i) for i, j in pairwise(ends)], J)


def decimated_chain(n: int, J: Any, b: int = 2) -> SpinPolynomial:
    """H^RG of an open chain of any length by Eq. 24: bonds J' between the sites 0, b, 2b, ..., and a constant.

    Each spin beyond the last kept one adds log 2cosh J to -H^RG.

    Parameters
    ----------
    n : int
        At least 1.
    J : number
    b : int
        At least 1.

    Returns
    -------
    SpinPolynomial
        Equal to ``decimated_hamiltonian(ising(chain(n), J), range(0, n, b))``.
    """
    n, b = require_count("n", n, 1), require_count("b", b, 1)
    kept = range(0, n, b)
    return _bonds(kept, [(i, i + b, b) for i in kept[:-1]], J, n - 1 - kept[-1])


def _bonds(kept: range, bonds: list[tuple[int, int, int]], J: Any, dangling: int = 0) -> SpinPolynomial:
    """Add up -log of A V(J') over blocks (site, site, number of bonds), and of 2cosh J for each dangling spin."""
    _, J, _ = chain_couplings(J)
    blocks = {size: decimate(J, size) for size in {size for *_, size in bonds}}
    couplings: dict[frozenset[Any], Any] = {}

    def add(members: frozenset[Any], value: Any) -> None:
        couplings[members] = couplings[members] - value if members in couplings else -value

    for i, j, size in bonds:
        coarse, log_A = blocks[size]
        add(frozenset(), log_A)
        add(frozenset((i, j)) if i != j else frozenset(), coarse)
    if dangling:
        add(frozenset(), dangling * log_two_cosh(J))
    return SpinPolynomial(couplings, kept)
