from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import RBM, SpinPolynomial, free_energy, ising, log_partition_function, ring, square
from exactrg.errors import CouplingError, InputError
from exactrg.testing import FailedAssertion, assert_free_energy

COUPLINGS = [((0,), 0.3), ((0, 1), -0.7), ((1, 2), 1.1), ((0, 1, 2), 0.25), ((), 0.4)]
H = -SpinPolynomial({frozenset(s): k for s, k in COUPLINGS}, range(3))


def energies():
    spins = itertools.product((1, -1), repeat=3)
    return [-sum(k * math.prod(v[i] for i in s) for s, k in COUPLINGS) for v in spins]


@settings(deadline=None, max_examples=25)
@given(st.floats(0.05, 20.0), st.integers(-40, 40))
def test_sums_pass_in_every_form_and_an_error_of_twice_the_tolerance_fails(beta, step):
    F = -math.log(sum(math.exp(-beta * e) for e in energies())) / beta
    report = assert_free_energy(F, H, beta=beta)
    assert assert_free_energy(F, energies(), beta=beta).passed
    assert assert_free_energy(-F * beta, H, beta=beta, quantity="log_partition_function").passed
    if abs(step) > 2:
        with pytest.raises(FailedAssertion):
            assert_free_energy(F + step * report.tolerance, H, beta=beta)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda F: -F, "the sign is the other one"),
        (lambda F: F / 3, "one of the 3 sites"),
        (lambda F: -F / 3, "but for the sign, for one site"),
        (lambda F: F + 3 * math.log(2) / 2, "3 log 2 is missing"),
        (lambda F: F + 0.4, "lacks the constant -0.4"),
        (lambda F: -2 * F, "it is log Z"),
        (lambda F: 2 * F, "divide by beta"),
        (lambda F: F + 0.1, ""),
    ],
)
def test_hints(change, hint):
    F = -math.log(sum(math.exp(-2 * e) for e in energies())) / 2
    with pytest.raises(FailedAssertion) as caught:
        assert_free_energy(change(F), H, beta=2.0)
    assert hint in str(caught.value) and bool(caught.value.report.hint) == bool(hint)


def test_exact_answers_are_decided():
    J = sympy.Symbol("J", real=True)
    symbolic = ising(ring(3), J)
    Z = 2 * sympy.exp(3 * J) + 6 * sympy.exp(-J)
    assert assert_free_energy(sympy.log(Z), symbolic, quantity="log_partition_function").tolerance == 0
    assert assert_free_energy(free_energy(symbolic), symbolic).passed
    with pytest.raises(FailedAssertion, match="decided exactly"):
        assert_free_energy(-sympy.log(Z + sympy.Rational(1, 10**50)), symbolic)
    with pytest.raises(FailedAssertion, match="the sign is the other one"):
        assert_free_energy(sympy.log(Z), symbolic)
    rbm = RBM([[sympy.log(2)]])
    assert_free_energy(sympy.log(Fraction(5)), rbm, quantity="log_partition_function")
    with pytest.raises(CouplingError, match="float and H is exact"):
        assert_free_energy(1.5, symbolic)
    with pytest.raises(InputError, match="exact couplings"):
        assert_free_energy(sympy.log(Z), symbolic, beta=2.0)


def test_single_precision_and_large_systems():
    torus = ising(square(16), 0.44)
    exact = log_partition_function(torus)
    report = assert_free_energy(np.float32(-exact), torus)
    assert report.tolerance > 1e-3
    with pytest.raises(FailedAssertion):
        assert_free_energy(-float(np.float32(exact)), torus)
    with pytest.raises(FailedAssertion):  # the sign of Kaufman's fourth term dropped moves log Z by far less than 1%
        assert_free_energy(-exact * (1 + 1e-8), torus)


@pytest.mark.parametrize(
    ("value", "energy", "options", "words"),
    [
        ([1.0, 2.0], H, {}, "one number"),
        ("a", H, {}, "real numbers"),
        (1.0, H, {"beta": 0.0}, "positive"),
        (1.0, H, {"beta": float("nan")}, "positive"),
        (1.0, H, {"quantity": "Z"}, "expected 'free_energy'"),
        (1.0, H, {"terms": 0}, "terms must be"),
        (1.0, [np.nan, 1.0], {}, "above -infinity"),
        (1.0, [], {}, "above -infinity"),
    ],
)
def test_bad_input(value, energy, options, words):
    with pytest.raises(InputError, match=words):
        assert_free_energy(value, energy, **options)


def test_a_value_that_is_not_a_number_fails():
    with pytest.raises(FailedAssertion):
        assert_free_energy(float("nan"), H)
