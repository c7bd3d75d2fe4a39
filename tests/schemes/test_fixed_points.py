"""The generic tools on maps whose answers are known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
import sympy

from exactrg import decimate
from exactrg.errors import InputError
from exactrg.schemes import (
    TRG,
    Checkerboard,
    KadanoffBound,
    MigdalKadanoff,
    NiemeijerVanLeeuwen,
    critical_coupling,
    fixed_points,
    is_fixed_point,
    linearize,
)
from exactrg.schemes.jets import exp
from exactrg.schemes.scheme import Bound, Start, Step


@dataclass(frozen=True)
class Toy:
    """K' = K + a K (1 - K) (2 - K)..., h' = 3 h: fixed points and slopes by hand."""

    names: ClassVar[tuple[str, ...]] = ("K", "h")
    odd: ClassVar[tuple[str, ...]] = ("h",)
    d: ClassVar[int] = 2
    volume: ClassVar[int] = 4
    lattice: ClassVar[str] = "square"
    bound: ClassVar[Bound] = None
    label: ClassVar[str] = "toy"

    def nearest_neighbour(self, K: Any) -> Start:
        return Start((K, 0 * K))

    def step(self, couplings: Any) -> Step:
        K, h = couplings
        return Step((K + K * (K - 1) * (2 - K) / 2, 3 * h + 0 * exp(K)), 0.0)


def test_a_map_with_known_answers() -> None:
    """K' - K = K (K - 1)(2 - K)/2: slopes 1 - 1 = 0 at 0, 1 + 1/2 at 1, 1 - 1 = 0 at 2."""
    disordered, critical = fixed_points(Toy(), 0.1)[0], fixed_points(Toy(), 0.9)[0]
    assert disordered.couplings == {"K": pytest.approx(0, abs=1e-12), "h": 0.0}
    assert critical.couplings["K"] == pytest.approx(1, abs=1e-14)
    assert critical.eigenvalues["even"] == pytest.approx((1.5,))
    y_t, y_h = math.log2(1.5), math.log2(3)
    assert critical.exponents == pytest.approx({"y_T": y_t, "nu": 1 / y_t, "y_H": y_h, "delta": y_h / (2 - y_h)})
    assert disordered.stable and not critical.stable
    assert fixed_points(Toy(), [1.8])[0].couplings["K"] == pytest.approx(2)
    assert critical_coupling(Toy(), below=1.9) == pytest.approx(1, abs=1e-12)


@dataclass(frozen=True)
class NoFixedPoint(Toy):
    def step(self, couplings: Any) -> Step:
        K, h = couplings
        return Step((K + 1 + K * K, h), 0.0)


def test_nothing_to_find() -> None:
    with pytest.raises(InputError, match="no fixed point"):
        fixed_points(NoFixedPoint(), 0.3)


def test_fig_2c() -> None:
    """One dimension: J = 0 is stable, J = infinity unstable with eigenvalue 2 of e^{-2J}, and nothing in between."""
    zero, infinity = fixed_points(MigdalKadanoff(2, 1))
    assert zero.couplings["K"] == 0 and zero.stable
    assert infinity.couplings["K"] == math.inf and not infinity.stable
    assert infinity.eigenvalues["even"] == pytest.approx((2.0,), abs=1e-12)
    assert infinity.exponents["y_T"] == pytest.approx(1, abs=1e-12)  # xi = e^{2J}/2 near J = infinity
    assert critical_coupling(MigdalKadanoff(2, 1)) == math.inf


@pytest.mark.parametrize(
    "scheme", [MigdalKadanoff(), MigdalKadanoff(3, 3), Checkerboard(), NiemeijerVanLeeuwen(2), KadanoffBound(0.8)]
)
def test_the_phases(scheme: Any) -> None:
    """Two sinks and an unstable fixed point with one relevant even direction between them."""
    disordered, critical, ordered = fixed_points(scheme)
    assert [point.phase for point in (disordered, critical, ordered)] == ["disordered", "critical", "ordered"]
    assert disordered.stable and ordered.stable
    assert [abs(value) > 1 for value in critical.eigenvalues["even"]][:2] in ([True], [True, False])
    if "h" in scheme.names:
        assert ordered.exponents["y_H"] == pytest.approx(scheme.d, abs=0.02)  # a first-order transition in h
    point = tuple(critical.couplings.values())
    assert scheme.step(point).couplings == pytest.approx(point, abs=1e-13)


def test_one_phase() -> None:
    """At small p the bound has no transition: one fixed point."""
    (point,) = fixed_points(KadanoffBound(0.3))
    assert point.phase == "disordered" and point.stable


def test_criticality_is_where_the_flow_turns() -> None:
    for scheme in (MigdalKadanoff(), Checkerboard(), NiemeijerVanLeeuwen(1)):
        name = scheme.names[0]
        assert critical_coupling(scheme) == pytest.approx(fixed_points(scheme)[1].couplings[name], abs=1e-12)


def test_exact_decisions() -> None:
    assert is_fixed_point(MigdalKadanoff(), (0.0, 0.0))
    assert not is_fixed_point(MigdalKadanoff(), (sympy.log(2), 0))
    assert linearize(MigdalKadanoff(), (sympy.log(2) / 4, 0))[0][0] == sympy.Rational(6, 5)  # 2 tanh(log 2)


def test_tensors_have_no_couplings() -> None:
    with pytest.raises(InputError, match="scaling_dimensions"):
        fixed_points(TRG(4))
    with pytest.raises(InputError, match=r"expected a scheme, got a function; write exactrg\.schemes\.MigdalKadanoff"):
        fixed_points(decimate)  # type: ignore[arg-type]
