"""The Ising model on the infinite square lattice (Onsager, Kaufman, Yang), and where three lattices are critical.

Everything is per site, in units of kT (the specific heat in units of k), lengths in lattice spacings: H = -K sum s s,
temperature one, two bonds a site. K < 0 is the antiferromagnet, which the square lattice maps to |K| by turning every
second spin. Values are certified (see `balls`): floats are right to the last bit, ``digits=50`` gives 50 digits.

Sources: L. Onsager, Phys. Rev. 65, 117 (1944); C. N. Yang, Phys. Rev. 85, 808 (1952); B. M. McCoy and T. T. Wu,
The Two-Dimensional Ising Model (1973), chapters V, VII, VIII and X; R. M. F. Houtappel, Physica 16, 425 (1950).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sympy
from flint import acb, arb, arb_mat, ctx, fmpq

from .counts import require_count
from .errors import InputError, UndecidedError
from .numbers.balls import ball, certified, real_number

MAX_DISTANCE = 1000

# The equation that e^{4K} satisfies at the critical coupling (on bipartite lattices at -K too), which is irreducible:
# its coefficients, the highest power first.
_EQUATIONS = {"square": (1, -6, 1), "triangular": (1, -3), "honeycomb": (1, -14, 1)}


def critical_coupling(lattice: str = "square") -> sympy.Expr:
    """Exact critical coupling K_c: log(1 + sqrt 2)/2 (square), log(3)/4 (triangular), log(2 + sqrt 3)/2 (honeycomb).

    Raises
    ------
    InputError
        If the lattice has another name.
    """
    _equation(lattice)
    if lattice == "triangular":
        return sympy.log(3) / 4
    return sympy.log(1 + sympy.sqrt(2) if lattice == "square" else 2 + sympy.sqrt(3)) / 2


def is_critical(lattice: str, K: Any) -> bool:
    """Decide exactly whether the ferro- or antiferromagnet of coupling K is critical on a lattice.

    With v = e^{4K}, Onsager's condition sinh(2K)^2 = 1 (square) reads v^2 - 6v + 1 = 0, Houtappel's 3 sinh(2K)^2 = 1
    with K > 0 (triangular) v = 3, and cosh(2K) = 2 (honeycomb) v^2 - 14v + 1 = 0. Where v is algebraic, its minimal
    polynomial decides. A rational K (a float is one) is never critical: e^{4K} is transcendental unless K = 0
    (Lindemann), and v = 1 solves none of the equations. Other couplings are decided by 50 digits, if they differ.

    Parameters
    ----------
    lattice : str
        "square", "triangular" or "honeycomb".
    K : real number
        Best of all the logarithm of an algebraic number, such as ``sympy.log(1 + sympy.sqrt(2)) / 2``.

    Raises
    ------
    InputError
        If the lattice has another name, or K is not a finite real number.
    UndecidedError
        If e^{4K} cannot be seen to be algebraic, and K agrees with the critical coupling to 50 digits.
    """
    equation = _equation(lattice)
    K = real_number(K)
    if K.is_Rational or K.is_Float:
        return False
    v = sympy.exp(4 * K.rewrite(sympy.log))
    if v.is_algebraic:
        return bool(sympy.minimal_polynomial(v, polys=True).all_coeffs() == list(equation))
    critical = critical_coupling(lattice)
    if abs((abs(K) - critical).evalf(60)) > sympy.Float("1e-50"):
        return False
    raise UndecidedError(f"{K} agrees with {critical} to 50 digits; write it as the log of an algebraic number")


def _equation(lattice: str) -> tuple[int, ...]:
    """Look a lattice up by its name."""
    if lattice not in _EQUATIONS:
        raise InputError(f"unknown lattice {lattice!r}; write one of {', '.join(map(repr, _EQUATIONS))}")
    return _EQUATIONS[lattice]


def log_partition_function(K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Log Z per site: log(2 sinh 2K)/2 + (1/2 pi) int_0^pi gamma(theta), cosh gamma = cosh 2K coth 2K - cos theta.

    Onsager's integral, with x = e^{-2K} factored out so that it holds from K = 0 to K = infinity.

    Parameters
    ----------
    K : real number
        Coupling, of either sign.
    digits : int, optional
        Significant digits of the answer; a float (correct to the last bit) when left out.

    Raises
    ------
    CouplingError
        If K is not a finite real number.
    InputError
        If ``digits`` is not a positive integer.
    """
    K = abs(real_number(K))

    def onsager() -> Any:
        x = (-2 * ball(K)).exp()
        d = x * (1 - x * x)
        root = 1 - 2 * x - x * x
        gap = root * root  # arb ** 2 is nan for a ball around zero

        def log_d_exp_gamma(theta: Any, analytic: bool) -> Any:
            low = gap + 4 * d * (theta / 2).sin() ** 2  # 4 d sinh(gamma/2)^2
            roots = low.sqrt(analytic=analytic) + (low + 4 * d).sqrt(analytic=analytic)
            return 2 * (roots / 2).log(analytic=analytic)

        return 2 * ball(K) + acb.integral(log_d_exp_gamma, 0, arb.pi()).real / (2 * arb.pi())

    return certified(onsager, digits)


def energy(K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Mean energy <H> per site in kT: -K coth(2K) [1 + (2/pi) (2 tanh(2K)^2 - 1) K(k)], k = 2 sinh 2K / cosh(2K)^2.

    It is -2K times the mean <s s> of a bond. Parameters and errors are those of `log_partition_function`.
    """
    K = abs(real_number(K))
    if K == 0:
        return certified(lambda: arb(0), digits)

    def onsager() -> Any:
        k = ball(K)
        return -k * (2 * k).coth() * _one_plus_ratio(k)

    return certified(onsager, digits)


def specific_heat(K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Specific heat K^2 d^2 (log Z / N) / d K^2 per site in units of k; infinite at the critical point itself.

    Onsager's (4/pi) (K coth 2K)^2 {K(k) - E(k) - (1 - tanh(2K)^2) [pi/2 + (2 tanh(2K)^2 - 1) K(k)]}, with the
    complete elliptic integrals of `energy`. Parameters and errors are those of `log_partition_function`.
    """
    K = abs(real_number(K))
    if K == 0:
        return certified(lambda: arb(0), digits)
    if is_critical("square", K):
        return _infinity(digits)

    def onsager() -> Any:
        k = ball(K)
        sinh, cosh = (2 * k).sinh_cosh()
        modulus = acb(4 * sinh**2 / cosh**4)
        braces = (modulus.elliptic_k() - modulus.elliptic_e()).real - arb.pi() / 2 * _one_plus_ratio(k) / cosh**2
        return 4 / arb.pi() * (k * cosh / sinh) ** 2 * braces

    return certified(onsager, digits)


def _one_plus_ratio(k: Any) -> Any:
    """1 + (2/pi) k' K(k) for the signed k' = 2 tanh(2K)^2 - 1, by the arithmetic-geometric mean of 1 and |k'|."""
    complement = 2 * (2 * k).tanh() ** 2 - 1
    if complement.contains(0):  # the mean is at least the geometric one: the ratio is at most the square root
        return 1 + arb(0, complement.abs_upper().sqrt())
    return 1 + complement / abs(complement).agm()


def spontaneous_magnetization(K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Yang's magnetisation per site (1 - sinh(2K)^{-4})^{1/8} above K_c, and zero up to K_c and for K < 0.

    Parameters and errors are those of `log_partition_function`.
    """
    K = real_number(K)
    if K <= 0 or is_critical("square", K) or not K > critical_coupling():
        return certified(lambda: arb(0), digits)
    return certified(lambda: (1 - (2 * ball(K)).sinh() ** -4).root(8), digits)


def correlation_length(K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Correlation length along a row, in lattice spacings: 1/xi = log coth K - 2K disordered, twice its size ordered.

    This is the true correlation length, the rate of the exponential decay of <s_0 s_r> (above K_c: of what remains
    when the squared magnetisation is taken off, where two fermions are the lightest state). It is zero at K = 0 and
    infinite at the critical point itself. Parameters and errors are those of `log_partition_function`.
    """
    K = abs(real_number(K))
    if K == 0:
        return certified(lambda: arb(0), digits)
    if is_critical("square", K):
        return _infinity(digits)
    factor = -2 if K > critical_coupling() else 1
    return certified(lambda: 1 / (factor * (-ball(K).tanh().log() - 2 * ball(K))), digits)


def row_correlation(r: int, K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Correlation <s_00 s_0r> of two spins r apart along a row: an r x r Toeplitz determinant.

    With z = e^{it}, a = e^{-2K} tanh K and b = e^{-2K} coth K its symbol is
    [(1 - a z)(1 - b/z) / ((1 - a/z)(1 - b z))]^{1/2}, positive at z = -1 (McCoy and Wu, chapter VIII).

    Parameters
    ----------
    r : int
        Distance in lattice spacings, 0 to 1000.
    K : real number
        Coupling, of either sign.
    digits : int, optional
        Significant digits of the answer; a float (correct to the last bit) when left out.

    Raises
    ------
    CouplingError
        If K is not a finite real number.
    InputError
        If r is not an integer from 0 to 1000 or ``digits`` not a positive integer.
    """
    number = real_number(K)

    def entries() -> list[Any]:
        # The coefficients of the first factor are at most a^|j|, a <= (sqrt 2 - 1)^2 < 2^-2.5; of the second, 1.
        cut = int(ctx.prec / 2.5) + 2
        first = _symbol_coefficients(abs(number), lambda k: (-2 * k).exp() * k.tanh(), cut)
        second = _symbol_coefficients(abs(number), lambda k: (-2 * k).exp() * k.coth(), cut + r)
        tail = arb(0, arb(2) ** -ctx.prec)
        return [sum((first[j] * second[n + j] for j in range(-cut, cut + 1)), tail) for n in range(1 - r, r)]

    value = _toeplitz(r, abs(number), entries, digits)
    return -value if number < 0 and r % 2 else value


def diagonal_correlation(n: int, K: Any, *, digits: int | None = None) -> float | sympy.Float:
    """Correlation <s_00 s_nn> of two spins n steps apart along the diagonal: an n x n Toeplitz determinant.

    With z = e^{it} and a = sinh(2K)^{-2} its symbol is [(1 - a/z) / (1 - a z)]^{1/2}, positive at z = -1 (McCoy and
    Wu, chapter VIII). Parameters and errors are those of `row_correlation`.
    """
    number = abs(real_number(K))

    def entries() -> list[Any]:
        coefficients = _symbol_coefficients(number, lambda k: (2 * k).sinh() ** -2, n)
        return [coefficients[j] for j in range(1 - n, n)]

    return _toeplitz(n, number, entries, digits)


def _toeplitz(size: int, K: Any, entries: Callable[[], list[Any]], digits: int | None) -> Any:
    """Return the determinant of the Toeplitz matrix with these entries on its diagonals 1 - size .. size - 1."""
    size = require_count("a distance", size, 0, MAX_DISTANCE)
    if size == 0 or K == 0:
        return certified(lambda: arb(int(size == 0)), digits)

    def determinant() -> Any:
        row = entries()
        return arb_mat(size, size, [row[size - 1 + i - j] for i in range(size) for j in range(size)]).det()

    return certified(determinant, digits)


def _symbol_coefficients(K: Any, parameter: Callable[[Any], Any], count: int) -> dict[int, Any]:
    """Return the coefficients of z^j, |j| <= count, in [(1 - a/z) / (1 - a z)]^{1/2}, positive at z = -1.

    For a = parameter(K) <= 1 they are a^|j| times hypergeometric functions, which the symbol's differential equation
    joins by a recurrence, stable towards smaller |j|. For a > 1, -1/z comes out and leaves the reversed symbol of 1/a.
    """
    with ctx.extraprec(4 * count + 8):  # balls widen along the recurrence
        a = parameter(ball(K))
        if a > 1:
            mirrored = _symbol_coefficients(K, lambda k: 1 / parameter(k), count + 1)
            return {j: -mirrored[-1 - j] for j in range(-count, count + 1)}
        if a.contains(1) and is_critical("square", K):
            a = arb(1)
        z = a * a
        right = {n: _central(n) * z.hypgeom_2f1(fmpq(2 * n + 1, 2), fmpq(-1, 2), n + 1) for n in (count, count + 1)}
        left = {n: _central(n) / (1 - 2 * n) * z.hypgeom_2f1(fmpq(2 * n - 1, 2), fmpq(1, 2), n + 1) for n in right}
        for n in range(count, 0, -1):
            right[n - 1] = ((2 * n + 2 * z * (n + 1)) * right[n] - z * (2 * n + 3) * right[n + 1]) / (2 * n - 1)
        for n in range(count, 1, -1):
            left[n - 1] = ((2 * n + 2 * z * (n - 1)) * left[n] - z * (2 * n + 1) * left[n + 1]) / (2 * n - 3)
        return {j: (right[j] if j >= 0 else left[-j]) * a ** abs(j) for j in range(-count, count + 1)}


def _central(n: int) -> Any:
    """Binomial(2n, n) / 4^n, the coefficient of z^n in (1 - z)^{-1/2}."""
    return fmpq(math.comb(2 * n, n), 4**n)


def _infinity(digits: int | None) -> Any:
    """Infinity in the kind of number that was asked for."""
    return math.inf if digits is None else sympy.oo
