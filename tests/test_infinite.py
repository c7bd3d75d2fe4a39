"""The infinite lattice against the large torus, a cylinder's transfer matrix, identities and FACTS.md."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import infinite, kaufman
from exactrg.errors import CouplingError, InputError, UndecidedError

K_C = infinite.critical_coupling()


def test_numbers_at_the_coupling_of_the_paper() -> None:
    """FACTS.md, K = 0.408."""
    assert infinite.log_partition_function(0.408) == pytest.approx(0.8883892096403637, rel=2e-15)
    assert infinite.energy(0.408) / -0.816 == pytest.approx(0.5754274454835, rel=1e-13)
    assert infinite.correlation_length(0.408) == pytest.approx(7.467, abs=5e-4)
    row = [infinite.row_correlation(r, 0.408) for r in (1, 2, 3, 4, 8)]
    assert row == pytest.approx([0.575427, 0.394213, 0.293892, 0.228700, 0.099860], abs=5e-7)
    diagonal = [infinite.diagonal_correlation(n, 0.408) for n in (1, 2, 3, 4)]
    assert diagonal == pytest.approx([0.464089, 0.301780, 0.213579, 0.157255], abs=6e-7)


@pytest.mark.parametrize("K", [0.05, 0.3, 0.4, 0.408, 0.48, 0.6, 2.0, 8.0])
def test_the_torus_tends_to_it(K: float) -> None:
    """The difference falls as e^{-L/xi}; xi < 8 here, and below T_c two ground states add log 2 in all."""
    L = 500
    ordered = math.log(2) / L**2 if K > 0.44 else 0.0
    torus = kaufman.log_partition_function(L, L, K) / L**2 - ordered
    assert infinite.log_partition_function(K) == pytest.approx(torus, rel=2e-15)
    assert infinite.energy(K) == pytest.approx(kaufman.energy(L, L, K) / L**2, rel=2e-15)
    assert infinite.specific_heat(K) == pytest.approx(kaufman.specific_heat(L, L, K) / L**2, rel=2e-15, abs=0)


@given(st.floats(0.01, 5) | st.floats(0.4406, 0.4408))
@settings(deadline=None, max_examples=25)
def test_derivatives_and_duality(K: float) -> None:
    h = sympy.Rational(1, 10**20)
    below, here, above = (infinite.log_partition_function(sympy.Rational(K) + i * h, digits=75) for i in (-1, 0, 1))
    assert infinite.energy(K) == pytest.approx(float(-K * (above - below) / (2 * h)), rel=1e-12)
    if abs(K - K_C) > 1e-6 and K < 3:
        curvature = float((above - 2 * here + below) / h**2)
        assert infinite.specific_heat(K) == pytest.approx(K**2 * curvature, rel=1e-8)
    dual = sympy.asinh(1 / sympy.sinh(2 * sympy.Rational(K))) / 2
    difference = here - infinite.log_partition_function(dual, digits=75) - sympy.log(sympy.sinh(2 * sympy.Rational(K)))
    assert abs(difference.evalf(75)) < 1e-70


@pytest.mark.parametrize("K", [-0.408, -0.6, -3.0])
def test_the_antiferromagnet(K: float) -> None:
    for function in (infinite.log_partition_function, infinite.energy, infinite.specific_heat):
        assert function(K) == function(-K)
    assert infinite.correlation_length(K) == infinite.correlation_length(-K)
    assert infinite.spontaneous_magnetization(K) == 0.0
    for r in range(5):
        assert infinite.row_correlation(r, K) == (-1) ** r * infinite.row_correlation(r, -K)
        assert infinite.diagonal_correlation(r, K) == infinite.diagonal_correlation(r, -K)


def cylinder(K: float, width: int) -> tuple[list[float], list[float]]:
    """Correlations of an infinitely long cylinder by its transfer matrix: along a row r = 0..3, diagonal n = 0..2."""
    states = np.arange(2**width)
    spins = 1 - 2 * (states[:, None] >> np.arange(width) & 1)
    half_row = np.exp(K / 2 * (spins * np.roll(spins, 1, axis=1)).sum(axis=1))

    def next_row(v: Any) -> Any:
        v = half_row * v
        for j in range(width):
            v = math.exp(K) * v + math.exp(-K) * v[states ^ (1 << j)]
        return half_row * v

    v = np.ones(len(states))
    for _ in range(200):
        v = next_row(v)
        v /= np.linalg.norm(v)
    largest = v @ next_row(v)
    row = [float(v @ (spins[:, 0] * spins[:, r] * v)) for r in range(4)]
    diagonal, w = [], spins[:, 0] * v
    for n in range(3):
        diagonal.append(float(v @ (spins[:, n] * w)))
        w = next_row(w) / largest
    return row, diagonal


@pytest.mark.parametrize("K", [0.1, 0.15, 0.9])
def test_correlations_against_spins_on_a_wide_cylinder(K: float) -> None:
    row, diagonal = cylinder(K, 12)
    assert [infinite.row_correlation(r, K) for r in range(4)] == pytest.approx(row, abs=1e-6)
    assert [infinite.diagonal_correlation(n, K) for n in range(3)] == pytest.approx(diagonal, abs=1e-6)


@pytest.mark.parametrize("K", [0.2, 0.38, 0.5, 1.0])
def test_correlations_against_the_printed_determinants(K: float) -> None:
    """Fourier coefficients of the symbols by the trapezoidal rule, in floats."""
    z = np.exp(2j * np.pi * (np.arange(4096) + 0.5) / 4096)

    def determinant(squared: Any, size: int) -> float:
        angle = np.unwrap(np.angle(squared)) / 2
        phase = np.exp(1j * (angle - angle[2047] / 2 - angle[2048] / 2))  # +1 at z = -1
        a = {n: float(np.mean(phase * z**-n).real) for n in range(1 - size, size)}
        return float(np.linalg.det([[a[i - j] for j in range(size)] for i in range(size)]))

    a, b, c = math.exp(-2 * K) * math.tanh(K), math.exp(-2 * K) / math.tanh(K), math.sinh(2 * K) ** -2
    for size in (1, 2, 5, 9):
        row = determinant((1 - a * z) * (1 - b / z) / ((1 - a / z) * (1 - b * z)), size)
        assert infinite.row_correlation(size, K) == pytest.approx(row, abs=1e-12)
        diagonal = determinant((1 - c / z) / (1 - c * z), size)
        assert infinite.diagonal_correlation(size, K) == pytest.approx(diagonal, abs=1e-12)


@given(st.floats(1e-12, 30) | st.floats(0.44068, 0.44070))
@settings(deadline=None, max_examples=40)
def test_the_nearest_correlation_is_the_energy(K: float) -> None:
    assert infinite.row_correlation(1, K) == pytest.approx(infinite.energy(K) / (-2 * K), rel=1e-15)


def test_every_kind_of_coupling_gives_the_same_correlations() -> None:
    for exact in (sympy.Rational(51, 125), sympy.log(sympy.Rational(3, 2))):
        for function in (infinite.row_correlation, infinite.diagonal_correlation):
            value = function(40, exact, digits=30)
            assert function(40, exact.evalf(60), digits=30) == value
            assert function(40, exact) == float(value)
            assert function(40, float(exact)) == pytest.approx(float(value), rel=1e-12, abs=0)


def test_far_correlations() -> None:
    """They tend to the squared magnetisation, and above T_c decay with the correlation length (r^(-1/2) apart)."""
    for K in (0.5, 0.7, 1.5):
        square = infinite.spontaneous_magnetization(K) ** 2
        assert infinite.row_correlation(80, K) == pytest.approx(square, rel=1e-13)
        assert infinite.diagonal_correlation(80, K) == pytest.approx(square, rel=1e-13)
    for K in (0.2, 0.38):
        near, far = (infinite.row_correlation(r, K) * math.sqrt(r) for r in (60, 80))
        assert 20 / math.log(near / far) == pytest.approx(infinite.correlation_length(K), rel=2e-3)
    square = infinite.spontaneous_magnetization(0.5, digits=60) ** 2
    near, far = ((infinite.row_correlation(r, 0.5, digits=60) - square) * r**2 for r in (60, 80))
    assert 20 / float(sympy.log(near / far)) == pytest.approx(infinite.correlation_length(0.5), rel=5e-3)


def test_the_critical_point_itself() -> None:
    """Exact couplings: closed forms of the energy, of Catalan's constant and of the diagonal determinants."""
    assert infinite.energy(K_C, digits=50) == (-sympy.sqrt(2) * K_C).evalf(50)
    expected = (sympy.log(2) / 2 + 2 * sympy.Catalan / sympy.pi).evalf(50)
    assert infinite.log_partition_function(K_C, digits=50) == expected
    assert infinite.specific_heat(K_C) == math.inf
    assert infinite.correlation_length(-K_C, digits=9) == sympy.oo
    assert infinite.spontaneous_magnetization(K_C) == 0.0
    assert infinite.row_correlation(1, K_C, digits=40) == (1 / sympy.sqrt(2)).evalf(40)
    expected = 1 - 4 / sympy.pi**2
    assert infinite.row_correlation(2, K_C, digits=40) == expected.evalf(40)
    for n in (1, 2, 3, 10):
        factors = (1 / (1 - sympy.Rational(1, 4 * l * l)) ** (n - l) for l in range(1, n))
        exact = (2 / sympy.pi) ** n * sympy.prod(factors)
        assert infinite.diagonal_correlation(n, K_C, digits=40) == exact.evalf(40)
        assert infinite.diagonal_correlation(n, float(K_C)) == pytest.approx(float(exact), rel=1e-13)


def test_ends_of_the_range() -> None:
    assert infinite.log_partition_function(0) == math.log(2)
    for function in (infinite.energy, infinite.specific_heat, infinite.correlation_length):
        assert function(0) == 0.0
    assert [infinite.row_correlation(r, 0) for r in (0, 1, 2)] == [1.0, 0.0, 0.0]
    assert infinite.log_partition_function(1e300) == 2e300
    assert infinite.specific_heat(1e300) == 0.0
    assert infinite.row_correlation(3, 1e300) == infinite.diagonal_correlation(3, 1e300) == 1.0
    assert infinite.energy(1e-200) == 0.0
    assert infinite.energy(1e-100) == pytest.approx(-2e-200, rel=1e-15, abs=0)
    assert infinite.specific_heat(20) == pytest.approx(64 * 400 * math.exp(-160), rel=1e-10, abs=0)
    assert infinite.spontaneous_magnetization(0.44) == 0.0
    yang = (1 - math.sinh(0.8814) ** -4) ** 0.125
    assert infinite.spontaneous_magnetization(0.4407) == pytest.approx(yang, rel=1e-11)
    assert infinite.row_correlation(40, 0.01) == pytest.approx(math.tanh(0.01) ** 40, rel=0.7, abs=0)


def test_critical_couplings_are_exact() -> None:
    sinh, cosh = (
        {name: f(2 * infinite.critical_coupling(name)) for name in infinite._EQUATIONS}
        for f in (sympy.sinh, sympy.cosh)
    )
    assert sympy.expand(sinh["square"].rewrite(sympy.exp) ** 2 - 1).equals(0)
    assert sympy.expand(3 * sinh["triangular"].rewrite(sympy.exp) ** 2 - 1).equals(0)
    assert sympy.expand(cosh["honeycomb"].rewrite(sympy.exp) - 2).equals(0)
    assert [float(infinite.critical_coupling(name)) for name in ("square", "triangular", "honeycomb")] == pytest.approx(
        [0.4406867935097715, 0.2746530721670274, 0.6584789484624084], rel=1e-15
    )
    with pytest.raises(InputError, match="'square', 'triangular', 'honeycomb'"):
        infinite.critical_coupling("kagome")


@pytest.mark.parametrize(
    "K",
    [
        K_C,
        -K_C,
        sympy.asinh(1) / 2,
        sympy.atanh(sympy.sqrt(2) - 1),
        sympy.log(3 + 2 * sympy.sqrt(2)) / 4,
        -sympy.log(sympy.sqrt(2) - 1) / 2,
    ],
)
def test_onsagers_condition_is_decided(K: sympy.Expr) -> None:
    assert infinite.is_critical("square", K)
    assert not infinite.is_critical("triangular", K)
    assert not infinite.is_critical("honeycomb", K)


@pytest.mark.parametrize(
    "K",
    [
        sympy.Rational(4352, 10000),  # the paper's J_c
        0.4352,
        float(K_C),  # a float is rational, hence not critical
        0,
        sympy.log(1 + sympy.sqrt(3)) / 2,
        sympy.log(sympy.Rational(2414213562373095, 10**15)) / 2,  # right to 16 digits
        sympy.pi / 7,
        sympy.sqrt(2) / 3,
    ],
)
def test_couplings_that_are_not_critical(K: Any) -> None:
    assert not any(infinite.is_critical(name, K) for name in ("square", "triangular", "honeycomb"))


def test_bipartite_lattices_have_a_critical_antiferromagnet() -> None:
    """The triangular antiferromagnet has none at K < 0 (it is disordered down to zero temperature)."""
    for name, expected in (("square", True), ("honeycomb", True), ("triangular", False)):
        assert infinite.is_critical(name, infinite.critical_coupling(name))
        assert infinite.is_critical(name, -infinite.critical_coupling(name)) is expected


def test_what_neither_algebra_nor_digits_decide() -> None:
    with pytest.raises(UndecidedError, match="50 digits"):
        infinite.is_critical("square", K_C + sympy.pi / 10**60)
    assert not infinite.is_critical("square", K_C + sympy.pi / 10**40)


@pytest.mark.parametrize("r", [-1, 1.5, "2", True, 10**9, None])
def test_distances_that_are_refused(r: Any) -> None:
    for function in (infinite.row_correlation, infinite.diagonal_correlation):
        with pytest.raises(InputError, match="distance"):
            function(r, 0.4)


@pytest.mark.parametrize("K", [math.nan, -math.inf, 1j, "0.4", sympy.Symbol("K", real=True)])
def test_couplings_that_are_no_number(K: Any) -> None:
    for function in (infinite.log_partition_function, infinite.energy, infinite.correlation_length):
        with pytest.raises(CouplingError, match="real number"):
            function(K)
    with pytest.raises(CouplingError, match="real number"):
        infinite.is_critical("square", K)
