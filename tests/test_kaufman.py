"""log Z, energy and specific heat of the torus against sums over all states, in rational arithmetic where possible."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import kaufman
from exactrg.errors import CouplingError, FloatOverflowError, InputError, LatticeError

K_C = sympy.log(1 + sympy.sqrt(2)) / 2
SMALL = [(2, 2), (2, 3), (3, 2), (3, 3), (3, 4), (4, 3), (5, 2), (2, 5), (4, 4)]


def levels(m: int, n: int, cache: dict[tuple[int, int], dict[tuple[int, int], int]] = {}) -> dict[tuple[int, int], int]:  # noqa: B006
    """Count configurations by (sum of s s along m, sum of s s along n)."""
    if (m, n) not in cache:
        counts: dict[tuple[int, int], int] = {}
        for spins in itertools.product((1, -1), repeat=m * n):
            along_m = sum(spins[i * n + j] * spins[(i + 1) % m * n + j] for i in range(m) for j in range(n))
            along_n = sum(spins[i * n + j] * spins[i * n + (j + 1) % n] for i in range(m) for j in range(n))
            counts[along_m, along_n] = counts.get((along_m, along_n), 0) + 1
        cache[m, n] = counts
    return cache[m, n]


def moments(m: int, n: int, kx: Any, ky: Any) -> tuple[Any, Any, Any]:
    """log Z, <H> and the variance of H, summed over all levels with 80 digits."""
    with mpmath.workdps(80):
        kx, ky = mpmath.mpf(kx), mpmath.mpf(ky)
        table = [(g, -kx * a - ky * b) for (a, b), g in levels(m, n).items()]
        z = mpmath.fsum(g * mpmath.exp(-e) for g, e in table)
        mean = mpmath.fsum(g * e * mpmath.exp(-e) for g, e in table) / z
        variance = mpmath.fsum(g * (e - mean) ** 2 * mpmath.exp(-e) for g, e in table) / z
        return mpmath.log(z), mean, variance


def textbook(m: int, n: int, K: float, *, drop_sign: bool = False) -> float:
    """Kaufman's formula as printed, with gamma_0 = 2K + log tanh K or, wrongly, its absolute value; K > 0, floats."""
    gamma = [
        math.acosh(max(1.0, math.cosh(2 * K) / math.tanh(2 * K) - math.cos(math.pi * j / n))) for j in range(2 * n)
    ]
    gamma[0] = 2 * K + math.log(math.tanh(K))
    if drop_sign:
        gamma[0] = abs(gamma[0])
    products = (
        math.prod(2 * f(m * g / 2) for g in gamma[first::2]) for first in (0, 1) for f in (math.cosh, math.sinh)
    )
    return m * n / 2 * math.log(2 * math.sinh(2 * K)) + math.log(sum(products) / 2)


@pytest.mark.parametrize(("m", "n"), SMALL)
@pytest.mark.parametrize("K", [-20.0, -2.0, -0.5, -1e-3, 0.0, 1e-9, 0.2, 0.44, 1.0, 5.0, 20.0])
def test_against_all_states(m: int, n: int, K: float) -> None:
    log_z, mean, variance = moments(m, n, K, K)
    assert kaufman.log_partition_function(m, n, K) == pytest.approx(float(log_z), rel=4e-16)
    assert kaufman.energy(m, n, K) == pytest.approx(float(mean), rel=4e-16, abs=0)
    assert kaufman.specific_heat(m, n, K) == pytest.approx(float(variance), rel=4e-16, abs=0)


@given(
    sides=st.sampled_from(SMALL),
    kx=st.floats(-3, 3, allow_subnormal=False),
    ky=st.floats(-3, 3, allow_subnormal=False),
)
@settings(deadline=None, max_examples=60)
def test_two_couplings_against_all_states(sides: tuple[int, int], kx: float, ky: float) -> None:
    log_z, mean, variance = moments(*sides, kx, ky)
    assert kaufman.log_partition_function(*sides, (kx, ky)) == pytest.approx(float(log_z), rel=4e-16)
    assert kaufman.energy(*sides, (kx, ky)) == pytest.approx(float(mean), rel=4e-16, abs=1e-70)
    assert kaufman.specific_heat(*sides, (kx, ky)) == pytest.approx(float(variance), rel=4e-16, abs=1e-70)


@given(
    sides=st.tuples(st.integers(2, 12), st.integers(2, 12)),
    ratio=st.fractions(Fraction(1, 9), 9, max_denominator=30).filter(lambda r: r != 1),
)
@settings(deadline=None, max_examples=40)
def test_exact_couplings_against_the_density_of_states(sides: tuple[int, int], ratio: Fraction) -> None:
    """With e^{2K} rational, Z is a rational number: 60 digits of its logarithm."""
    m, n = sides
    z = sum((g / ratio**k for k, g in enumerate(kaufman.density_of_states(m, n)) if g), Fraction(0)) * ratio ** (m * n)
    K = sympy.log(sympy.Rational(ratio.numerator, ratio.denominator)) / 2
    with mpmath.workdps(90):
        expected = mpmath.log(mpmath.mpf(z.numerator) / z.denominator)
        value = kaufman.log_partition_function(m, n, K, digits=60)
        assert isinstance(value, sympy.Float)
        assert abs(mpmath.mpf(value._mpf_) / expected - 1) < mpmath.mpf(10) ** -59


@given(m=st.integers(2, 200), n=st.integers(2, 200), K=st.floats(-2, 20))
@settings(deadline=None, max_examples=40)
def test_floats_are_the_rounded_digits(m: int, n: int, K: float) -> None:
    assert kaufman.log_partition_function(m, n, K) == float(kaufman.log_partition_function(m, n, K, digits=40))
    assert kaufman.energy(m, n, K) == float(kaufman.energy(m, n, K, digits=40))


@pytest.mark.parametrize("K", [0.2, 0.408, 0.43, 0.4406867935097715, 0.45, 0.7])
def test_the_printed_formula(K: float) -> None:
    for m, n in ((4, 4), (7, 5), (6, 9), (16, 16), (20, 12)):
        assert kaufman.log_partition_function(m, n, K) == pytest.approx(textbook(m, n, K), rel=1e-13)


def test_the_sign_of_the_fourth_product() -> None:
    """The public NeuralRG table drops the sign of gamma_0: right at and below T_c, wrong above (FACTS.md)."""
    assert kaufman.log_partition_function(16, 16, K_C) == 238.6422566351329
    assert textbook(16, 16, float(K_C), drop_sign=True) == pytest.approx(238.6422566351329, rel=1e-13)
    for m, n in SMALL:
        for K, wrong in ((0.2, True), (0.3, True), (0.4, True), (0.6, False), (1.0, False)):
            exact = float(moments(m, n, K, K)[0])
            naive = textbook(m, n, K, drop_sign=True)
            assert (abs(naive - exact) > 1e-5) is wrong, (m, n, K)
            assert abs(kaufman.log_partition_function(m, n, K) - exact) < 1e-13
    assert textbook(16, 16, 0.42, drop_sign=True) - kaufman.log_partition_function(16, 16, 0.42) > 0.1


@pytest.mark.parametrize(("m", "n"), [(40, 40), (101, 57), (12, 300)])
@pytest.mark.parametrize("K", [0.1, 0.408, 0.44, 0.6])
def test_derivatives_against_differences(m: int, n: int, K: float) -> None:
    h = sympy.Rational(1, 10**25)
    below, here, above = (
        kaufman.log_partition_function(m, n, sympy.Rational(K) + i * h, digits=90) for i in (-1, 0, 1)
    )
    assert kaufman.energy(m, n, K) == pytest.approx(float(-K * (above - below) / (2 * h)), rel=1e-15)
    assert kaufman.specific_heat(m, n, K) == pytest.approx(float(K**2 * (above - 2 * here + below) / h**2), rel=1e-15)


def test_exact_identities() -> None:
    for m, n in ((2, 2), (3, 7), (40, 40)):
        assert kaufman.log_partition_function(m, n, 0) == m * n * math.log(2)
        assert str(kaufman.energy(m, n, 0)) == "0.0"
        assert kaufman.specific_heat(m, n, 0) == 0.0
    assert kaufman.log_partition_function(6, 8, -0.7) == kaufman.log_partition_function(6, 8, 0.7)
    assert kaufman.log_partition_function(6, 7, -0.7) < kaufman.log_partition_function(6, 7, 0.7)
    assert kaufman.log_partition_function(6, 7, 0.7) == kaufman.log_partition_function(7, 6, 0.7)
    assert kaufman.log_partition_function(6, 7, (0.2, 0.7)) == kaufman.log_partition_function(7, 6, (0.7, 0.2))
    ring = 9 * math.log(2 * math.cosh(0.3)) + math.log1p(math.tanh(0.3) ** 9)
    assert kaufman.log_partition_function(9, 5, (0.3, 0)) == pytest.approx(5 * ring, rel=1e-15)


@pytest.mark.parametrize("K", [1e3, 1e6, 1e300])
def test_huge_couplings(K: float) -> None:
    """Only ground states are left: 2 of them, and on a frustrated odd torus those that enumeration counts."""
    assert kaufman.log_partition_function(5, 4, K) == pytest.approx(40 * K + math.log(2), rel=1e-15)
    assert kaufman.energy(5, 4, K) == -40 * K
    assert kaufman.specific_heat(5, 4, K) == 0.0
    for m, n in ((3, 3), (4, 3), (5, 2)):
        most = min(a + b for a, b in levels(m, n))
        ground = sum(g for (a, b), g in levels(m, n).items() if a + b == most)
        assert kaufman.log_partition_function(m, n, -K) == pytest.approx(-most * K + math.log(ground), rel=1e-15)
        assert kaufman.energy(m, n, -K) == most * K
        assert kaufman.specific_heat(m, n, -K) == 0.0


def test_both_roads_to_large_negative_couplings_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = (kaufman.log_partition_function, kaufman.energy, kaufman.specific_heat)
    products = [f(m, n, K, digits=30) for f in functions for m, n in ((3, 5), (4, 7)) for K in (-0.3, -8)]
    monkeypatch.setattr(kaufman, "MAX_BITS", 0)
    assert products == [f(m, n, K, digits=30) for f in functions for m, n in ((3, 5), (4, 7)) for K in (-0.3, -8)]


def test_location_of_the_specific_heat_maximum() -> None:
    assert kaufman.pseudo_critical_coupling(40, 40) == pytest.approx(0.4369, abs=1e-4)
    for m, n in ((2, 2), (3, 5), (16, 16), (40, 40), (6, 50)):
        peak = kaufman.pseudo_critical_coupling(m, n)
        grid = [peak] + [0.02 * i for i in range(1, 80)] + [peak - 1e-5, peak + 1e-5]
        assert max(grid, key=lambda K: float(kaufman.specific_heat(m, n, K))) == peak
    value = kaufman.pseudo_critical_coupling(8, 8, digits=40)
    step = sympy.Float("1e-38", 60)
    heat = [kaufman.specific_heat(8, 8, sympy.Float(value, 60) + i * step, digits=90) for i in (-1, 0, 1)]
    assert heat[0] < heat[1] > heat[2]


@pytest.mark.parametrize(("m", "n"), [(1, 4), (4, 1), (0, 0), (2.5, 3)])
def test_sides_that_are_no_torus(m: int, n: int) -> None:
    for function in (kaufman.log_partition_function, kaufman.energy, kaufman.specific_heat):
        with pytest.raises(LatticeError, match="at least 2"):
            function(m, n, 0.4)
    with pytest.raises(LatticeError, match="at least 2"):
        kaufman.pseudo_critical_coupling(m, n)


@pytest.mark.parametrize("K", [math.nan, math.inf, 1j, "0.4", None, (1, 2, 3), (0.1, math.nan), sympy.Symbol("K")])
def test_couplings_that_are_no_number(K: Any) -> None:
    with pytest.raises(CouplingError, match="real number"):
        kaufman.log_partition_function(4, 4, K)


def test_limits_are_typed_errors() -> None:
    with pytest.raises(FloatOverflowError, match="digits"):
        kaufman.log_partition_function(4, 4, 1e308)
    assert kaufman.log_partition_function(4, 4, 1e308, digits=20) > sympy.Float("1e308")
    with pytest.raises(InputError, match="frustrates"):
        kaufman.log_partition_function(3, 4, (-1e6, 1.0))
    with pytest.raises(InputError, match="digits"):
        kaufman.log_partition_function(3, 4, 0.1, digits=0)
