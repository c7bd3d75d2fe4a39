"""V(K, h) and its powers: log Z of rings and chains against enumeration, in fractions and at sizes no table reaches."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise, product

import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_systems import factors, log

from exactrg import BoltzmannWeight, Exact, chain, ising, ring
from exactrg import log_partition_function as by_engines
from exactrg.errors import InputError, MixedKindsError
from exactrg.transfer_matrix import log_partition_function, log_two_cosh, power, transfer_matrix


def brute_force(n: int, x: Fraction, y: Fraction, periodic: bool) -> Fraction:
    """Z with e^K = x and e^h = y, spin by spin."""
    z = Fraction(0)
    for spins in product((1, -1), repeat=n):
        bonds = sum(a * b for a, b in pairwise(spins)) + (spins[-1] * spins[0] if periodic else 0)
        z += x**bonds * y ** sum(spins)
    return z


@given(st.integers(1, 8), factors, factors, st.booleans())
def test_log_z_of_rings_and_chains(n: int, x: Fraction, y: Fraction, periodic: bool) -> None:
    n = max(n, 2) if periodic else n
    exact = log_partition_function(n, log(x), log(y), periodic=periodic)
    z = brute_force(n, x, y, periodic)
    assert exact == sympy.log(sympy.Rational(z.numerator, z.denominator))
    value = log_partition_function(n, math.log(x), math.log(y), periodic=periodic)
    assert value == pytest.approx(math.log(z), rel=1e-13, abs=1e-13)


@given(st.integers(2, 9), factors, factors, st.booleans())
def test_the_engines_agree(n: int, x: Fraction, y: Fraction, periodic: bool) -> None:
    H = ising(ring(n) if periodic else chain(n), log(x), log(y))
    assert by_engines(H) == log_partition_function(n, log(x), log(y), periodic=periodic)


def test_a_ring_of_two_has_a_double_bond() -> None:
    J = sympy.Symbol("J", real=True)
    assert log_partition_function(2, J) == sympy.log(4 * sympy.cosh(2 * J))
    assert log_partition_function(2, J, periodic=False) == sympy.log(4 * sympy.cosh(J))


@pytest.mark.parametrize("n", [100_001, 1_000_000])
@pytest.mark.parametrize("K", [0.4, -0.4, 30.0, -30.0])
def test_long_rings(n: int, K: float) -> None:
    with mpmath.workdps(60):
        c, s = 2 * mpmath.cosh(K), 2 * mpmath.sinh(K)
        expected = n * mpmath.log(c) + mpmath.log(1 + (s / c) ** n)
        assert abs(log_partition_function(n, K) - expected) < 1e-12 * n * (1 + abs(K))
        assert abs(
            log_partition_function(n, K, periodic=False) - (mpmath.log(2) + (n - 1) * mpmath.log(c))
        ) < 1e-12 * n * (1 + abs(K))


def test_frustration_at_strong_coupling() -> None:
    """An odd antiferromagnetic ring has 2n ground states with one broken bond."""
    assert log_partition_function(5, -700.0) == pytest.approx(3 * 700 + math.log(10), rel=1e-14)


@given(st.integers(1, 6), st.integers(1, 6), factors, factors)
def test_powers_multiply(m: int, n: int, x: Fraction, y: Fraction) -> None:
    V = transfer_matrix(log(x), log(y))
    assert power(power(V, m), n) == power(V, m * n)
    assert V == BoltzmannWeight([0, 1], [[log_exp(x * y), log_exp(1 / x)], [log_exp(1 / x), log_exp(x / y)]])


def log_exp(x: Fraction) -> sympy.Rational:
    return sympy.Rational(x.numerator, x.denominator)


def test_log_two_cosh() -> None:
    assert log_two_cosh(800.0) == log_two_cosh(-800.0) == 800.0
    assert log_two_cosh(Exact(0)) == sympy.log(2) and log_two_cosh(0.0) == math.log(2)


def test_errors() -> None:
    for n in (0, 1.0, True, "3"):
        with pytest.raises(InputError, match="must be an int of at least"):
            log_partition_function(n, 0.3, periodic=False)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least 2"):
        log_partition_function(1, 0.3)
    with pytest.raises(MixedKindsError):
        transfer_matrix(0.3, sympy.log(2))
