"""The exact log Z per site that the schemes of each lattice are held to."""

from __future__ import annotations

from typing import Any

from flint import acb, arb

from .. import infinite
from ..errors import InputError
from ..numbers.balls import ball, certified, real_number


def exact_log_partition_function(lattice: str, K: Any) -> float:
    """Exact log Z per site of the nearest-neighbour model: Onsager on the square, Houtappel on the triangular lattice.

    Parameters
    ----------
    lattice : "square" or "triangular"
    K : real number
        Coupling; not negative on the triangular lattice.

    Raises
    ------
    InputError
        For another lattice, or a frustrated triangular one.
    """
    if lattice == "square":
        return float(infinite.log_partition_function(K))
    if lattice != "triangular":
        raise InputError(f'lattice={lattice!r}: expected "square" or "triangular"')
    return float(triangular_log_partition_function(K))


def triangular_log_partition_function(K: Any, *, digits: int | None = None) -> Any:
    """Log Z per site of the triangular lattice, log 2 + (1/2) <log(C - S (cos a + cos b + cos(a + b)))>, K >= 0.

    With C = cosh(2K)^3 + sinh(2K)^3, S = sinh 2K, and the mean over both angles, of which the one over b is done here:
    <log(A - B cos b)> = log((A + sqrt(A^2 - B^2)) / 2). R. M. F. Houtappel, Physica 16, 425 (1950).

    Parameters
    ----------
    K : real number
    digits : int, optional
        Significant digits; a float when left out.
    """
    K = real_number(K)
    if K < 0:
        raise InputError(f"K={K}: expected K >= 0 on the triangular lattice")

    def houtappel() -> Any:
        x = (-4 * ball(K)).exp()  # 4 e^{-6K} C = 1 + 3 x^2, and s = 4 e^{-6K} S
        s = 2 * x * (1 - x)
        root_gap = 1 - 3 * x  # of (1 + 3 x^2 - 3 s)^(1/2): zero at K_c, where python-flint's ** 2 gives nan

        def integrand(t: Any, analytic: bool) -> Any:
            # Both A -+ B for a = 4 t, without cancellation at t = 0.
            sine, cosine = t.sin(), t.cos()
            low = root_gap * root_gap + 4 * s * sine * sine * (1 + 2 * cosine * cosine)
            high = low + 4 * s * (2 * t).cos()
            root = low.sqrt(analytic=analytic) + high.sqrt(analytic=analytic)
            return 2 * (root / 2).log(analytic=analytic)

        mean = acb.integral(integrand, 0, arb.pi() / 4).real / (arb.pi() / 4)
        return 3 * ball(K) + mean / 2

    return certified(houtappel, digits)
