"""Fixed points with proven digits: an interval Newton (Krawczyk) step in ball arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flint import acb_mat, arb, arb_mat, ctx

from ..errors import UndecidedError
from ..numbers.balls import certified
from .fixed_points import FixedPoint
from .jets import variables
from .scheme import Scheme


def certified_fixed_point(scheme: Scheme, point: FixedPoint, digits: int = 30) -> FixedPoint:
    """Prove that a scheme has exactly one fixed point near one that was found, and give it to many digits.

    Krawczyk's test: if x - Y F(x) + (1 - Y F'(X)) (X - x) lies inside the box X around x, where F = K' - K and Y is
    about F'(x)^{-1}, then F has one zero in X, and it lies there. All in balls, with derivatives by jets.

    Parameters
    ----------
    scheme : Scheme
        A float parameter (the p of `KadanoffBound`) stands for the dyadic rational that it is.
    point : FixedPoint
        With finite couplings; odd ones that are zero stay exactly zero.
    digits : int

    Returns
    -------
    FixedPoint
        With `sympy.Float` for couplings, eigenvalues (the real ones) and exponents, each right to this many digits.

    Raises
    ------
    UndecidedError
        If the test fails: the fixed point is degenerate, infinite or not near the given one; if an eigenvalue is
        complex, or a number to be given is exactly zero, which no number of digits shows.
    """
    odd = [k for k, name in enumerate(scheme.names) if name in scheme.odd]
    even = [k for k in range(len(scheme.names)) if k not in odd]
    start = [float(value) for value in point.couplings.values()]
    active = [k for k in range(len(start)) if k in even or start[k]]

    def coupling(k: int) -> Any:
        return certified(lambda: _krawczyk(scheme, start, active)[k], digits) if k in active else certified(arb, digits)

    def eigenvalue(block: list[int], k: int) -> Any:
        return _eigenvalues(_slopes(scheme, _krawczyk(scheme, start, active), block))[k]

    def eigenvalues(block: list[int]) -> tuple[Any, ...]:
        return tuple(certified(partial(eigenvalue, block, k), digits) for k in range(len(block)))

    def exponent(block: list[int]) -> Any:
        return abs(eigenvalue(block, 0)).log() * scheme.d / arb(scheme.volume).log()

    def delta() -> Any:
        return exponent(odd) / (scheme.d - exponent(odd))

    formulas: dict[str, Callable[[], Any]] = {
        "y_T": lambda: exponent(even),
        "nu": lambda: 1 / exponent(even),
        "y_H": lambda: exponent(odd),
        "delta": delta,
    }
    return FixedPoint(
        {name: coupling(k) for k, name in enumerate(scheme.names)},
        {"even": eigenvalues(even), "odd": eigenvalues(odd)},
        {name: certified(formulas[name], digits) for name in point.exponents},
        point.phase,
    )


def _krawczyk(scheme: Scheme, start: list[float], active: list[int]) -> list[Any]:
    """Return balls that contain the fixed point, at the working precision."""
    n = len(active)
    x = [arb(value) for value in start]
    for _ in range(ctx.prec.bit_length() + 2):  # Newton's method doubles the number of right digits
        residual, slope = _residual(scheme, x, active)
        try:
            inverse = slope.inv()
        except ZeroDivisionError:
            raise UndecidedError(f"{scheme.label}: the fixed point near {start} is degenerate") from None
        for row, k in enumerate(active):
            x[k] = (x[k] - (inverse * residual)[row, 0]).mid()
    if any(abs(value - arb(old)) > 1e-6 * (1 + abs(old)) for value, old in zip(x, start, strict=True)):
        raise UndecidedError(f"{scheme.label}: no fixed point near {start}; Newton's method goes to {x}")
    residual, _ = _residual(scheme, x, active)
    inverse = arb_mat(n, n, [entry.mid() for entry in inverse.entries()])
    radius = arb(0, arb(2) ** (-ctx.prec // 2))
    box = [value + radius if k in active else value for k, value in enumerate(x)]
    one = arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
    contraction = one - inverse * _residual(scheme, box, active)[1]
    image = -inverse * residual + contraction * arb_mat(n, 1, [radius] * n)
    if not all(radius.contains_interior(image[row, 0]) for row in range(n)):
        raise UndecidedError(f"{scheme.label}: no proof of a single fixed point near {start}")
    for row, k in enumerate(active):
        x[k] = x[k] + image[row, 0]
    return x


def _residual(scheme: Scheme, x: list[Any], active: list[int]) -> tuple[Any, Any]:
    """F = K' - K and its matrix of derivatives over the active couplings."""
    jets = scheme.step(variables(x)).couplings
    n = len(active)
    slope = [jets[i].partials[j] - int(i == j) for i in active for j in active]
    return arb_mat(n, 1, [jets[i].value - x[i] for i in active]), arb_mat(n, n, slope)


def _slopes(scheme: Scheme, x: list[Any], block: list[int]) -> Any:
    jets = scheme.step(variables(x)).couplings
    return arb_mat(len(block), len(block), [jets[i].partials[j] for i in block for j in block])


def _eigenvalues(matrix: Any) -> list[Any]:
    """Eigenvalues of a real matrix, the largest first: an isolated one that may be real is."""
    if matrix.nrows() == 1:
        return [matrix[0, 0]]
    values = acb_mat(matrix).eig()
    if not all(value.imag.contains(0) for value in values):
        raise UndecidedError(f"an eigenvalue of {matrix} is complex")
    return [value.real for value in sorted(values, key=lambda value: -float(abs(value).mid()))]
