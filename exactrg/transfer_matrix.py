"""The transfer matrix of the Ising chain and its powers: V(s, s') = e^{K s s' + h (s + s')/2}, on floats and exactly.

A ring of n spins has Z = Tr V^n, and (V^b)(s, s') is what b bonds between two spins leave when the b - 1 spins between
them are summed. Everything about one dimension follows from that.
"""

from __future__ import annotations

import math
from typing import Any

from .counts import require_count
from .numbers.kinds import as_kind, common_kind, normalize
from .polynomial import SpinPolynomial
from .weight import BoltzmannWeight, exp


def chain_couplings(K: Any, h: Any = 0) -> tuple[str, Any, Any]:
    """Return (kind, K, h) as numbers of one kind, "float" or "exact"; integers are floats as in `ising`, but zero is exact."""
    (kind_K, K), (kind_h, h) = normalize(K), normalize(h)
    kind = common_kind((kind_K, kind_h), "a chain")
    if kind == "neutral":
        kind = "float" if K or h else "exact"
    return kind, as_kind(K, kind), as_kind(h, kind)


def log_two_cosh(x: Any) -> Any:
    """log 2cosh x = log Tr_s e^{x s}, for a float without overflow, or exactly."""
    if isinstance(x, float):
        return abs(x) + math.log1p(math.exp(-2.0 * abs(x)))
    return (x.exp() + (-x).exp()).log()


def transfer_matrix(K: Any, h: Any = 0) -> BoltzmannWeight:
    """V(s_0, s_1) = e^{K s_0 s_1 + h (s_0 + s_1)/2} as a weight on the sites 0 and 1.

    Parameters
    ----------
    K, h : number
        Coupling and field in kT, of either sign; floats or exact.
    """
    kind, K, h = chain_couplings(K, h)
    return exp(SpinPolynomial({(0, 1): K, (0,): h / 2, (1,): h / 2}, [0, 1])).as_kind(kind)


def power(V: BoltzmannWeight, n: int) -> BoltzmannWeight:
    """V^n on the same two sites, by repeated squaring: n bonds in a row, n - 1 spins between them summed.

    Parameters
    ----------
    V : BoltzmannWeight
        On the sites 0 and 1, such as `transfer_matrix` returns.
    n : int
        At least 1.
    """
    n = require_count("the power", n, 1)
    result, square = None, V
    while True:
        if n & 1:
            result = square if result is None else multiply(result, square)
        n >>= 1
        if not n:
            assert result is not None
            return result
        square = multiply(square, square)


def multiply(left: BoltzmannWeight, right: BoltzmannWeight) -> BoltzmannWeight:
    """Matrix product sum_s left(0, s) right(s, 1)."""
    return (left.relabel({1: "s"}) * right.relabel({0: "s"})).trace(["s"])


def log_partition_function(n: int, K: Any, h: Any = 0, *, periodic: bool = True) -> Any:
    """Log Z of a ring or an open chain of n spins with coupling K and field h: log Tr V^n, or log u V^(n-1) u (Eq. 2).

    A ring of two spins has a double bond. For floats all sums are of positive terms in the log domain, so that any size,
    sign and strength works; the relative error is about n epsilon at most.

    Parameters
    ----------
    n : int
        Number of spins: at least 2 for a ring, 1 for a chain.
    K, h : number
        In kT.
    periodic : bool

    Returns
    -------
    float or Exact

    Raises
    ------
    InputError
        If n is no such int.
    """
    n = require_count("n", n, 2 if periodic else 1)
    kind, K, h = chain_couplings(K, h)
    V = transfer_matrix(K, h)
    if periodic:
        # Identifying both ends keeps the diagonal.
        closed = power(V, n) * BoltzmannWeight((0, 1), [[1, 0], [0, 1]])
    else:
        # V holds half of the field of the two ends: u = e^{h s / 2} adds the rest.
        ends = exp(SpinPolynomial({(0,): h / 2, (1,): h / 2}, [0, 1])).as_kind(kind)
        single = exp(SpinPolynomial({(0,): h}, [0])).as_kind(kind)
        closed = power(V, n - 1) * ends if n > 1 else single
    total = closed.trace(closed.sites)
    return total.ring.log_value(total.values)
