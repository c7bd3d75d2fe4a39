"""Proven digits: certified fixed points against Newton's, and what cannot be proved."""

from __future__ import annotations

import pytest
import sympy

from exactrg.errors import UndecidedError
from exactrg.schemes import Checkerboard, MigdalKadanoff, NiemeijerVanLeeuwen, certified_fixed_point, fixed_points
from exactrg.schemes.enclosures import _krawczyk


def test_digits_of_a_known_fixed_point() -> None:
    """K* = log(1 + 2 sqrt 2)/4 and y_H = log(3 / sqrt 2) / log(sqrt 3), to 60 digits."""
    scheme = NiemeijerVanLeeuwen(1)
    point = certified_fixed_point(scheme, fixed_points(scheme)[1], digits=60)
    K = sympy.log(1 + 2 * sympy.sqrt(2)) / 4
    y_h = sympy.log(3 / sympy.sqrt(2)) / sympy.log(sympy.sqrt(3))
    assert abs(point.couplings["K_1"] - K.evalf(70)) < 1e-59
    assert abs(point.exponents["y_H"] - y_h.evalf(70)) < 1e-58
    assert abs(point.exponents["delta"] - (y_h / (2 - y_h)).evalf(70)) < 1e-58


@pytest.mark.parametrize("scheme", [MigdalKadanoff(3, 3), Checkerboard(), NiemeijerVanLeeuwen(2)])
def test_the_float_result_is_right_to_rounding(scheme: MigdalKadanoff) -> None:
    point = fixed_points(scheme)[1]
    certified = certified_fixed_point(scheme, point)
    assert {name: float(K) for name, K in certified.couplings.items()} == pytest.approx(point.couplings, abs=2e-15)
    for sector, values in point.eigenvalues.items():
        assert [float(value) for value in certified.eigenvalues[sector]] == pytest.approx(values, rel=1e-14, abs=2e-14)
    assert {name: float(y) for name, y in certified.exponents.items()} == pytest.approx(point.exponents, rel=1e-12)


def test_no_proof_where_there_is_no_fixed_point() -> None:
    scheme = MigdalKadanoff(2, 1)  # K' = K - log(2)/2 at large K
    with pytest.raises(UndecidedError):
        _krawczyk(scheme, [400.0, 0.0], [0])
    with pytest.raises(UndecidedError, match="no fixed point near"):
        _krawczyk(MigdalKadanoff(), [0.31, 0.0], [0])  # a fixed point, but another one than was given
