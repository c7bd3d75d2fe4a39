from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import RBM, RGOperator, chain, ising, majority
from exactrg.errors import EnumerationTooLarge, InputError, NotPositiveError
from exactrg.testing import FailedAssertion, assert_exact_rg


def conditional(rng, n, m, dtype=np.float64):
    """e^T of an exact step: for every v positive numbers that sum to one."""
    table = rng.random((2**n, 2**m)) + 0.01
    return (table / table.sum(axis=1, keepdims=True)).astype(dtype).reshape((2,) * (n + m))


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 4), st.integers(0, 3), st.integers(0, 2**32), st.sampled_from([np.float64, np.float32]))
def test_conditionals_pass_and_a_change_of_one_entry_is_found_and_named(n, m, seed, dtype):
    rng = np.random.default_rng(seed)
    table = conditional(rng, n, m, dtype)
    report = assert_exact_rg(table, n)
    assert report.passed and report.kind == "float" and (report.n_visible, report.n_hidden) == (n, m)
    assert assert_exact_rg(np.log(table), n, log=True).passed
    index = tuple(rng.integers(0, 2, n + m))
    wrong = table.copy()
    wrong[index] += 3 * report.tolerance + 4 * np.finfo(dtype).eps
    with pytest.raises(FailedAssertion, match="violate Eq") as caught:
        assert_exact_rg(wrong, n)
    assert caught.value.report.worst == tuple(1 - 2 * i for i in index[:n])
    assert caught.value.report.wrong == 1 and "".join("+-"[i] for i in index[:n]) in str(caught.value)


@given(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any), min_size=4, max_size=4))
def test_rationals_are_decided(rows):
    table = [[Fraction(x, sum(row)) for x in row] for row in rows]
    report = assert_exact_rg(np.array(table, dtype=object).reshape((2,) * 4), n_hidden=2)
    assert report.passed and report.kind == "exact" and report.tolerance == 0.0
    table[2][1] += Fraction(1, 10**40)  # far below any rounding
    with pytest.raises(FailedAssertion) as caught:
        assert_exact_rg(np.array(table, dtype=object).reshape((2,) * 4), n_visible=2)
    assert caught.value.report.worst == (-1, 1) and caught.value.report.wrong == 1


def test_symbols_are_decided_and_so_is_an_operator():
    p = sympy.Symbol("p", real=True)
    up = sympy.exp(p) / (sympy.exp(p) + sympy.exp(-p))
    table = np.array([[up, 1 - up], [1 - up, up]], dtype=object)
    assert assert_exact_rg(table, 1).kind == "exact"
    with pytest.raises(FailedAssertion, match="decided exactly"):
        assert_exact_rg(np.array([[up, up], [1 - up, up]], dtype=object), 1)
    assert assert_exact_rg(majority([[0, 1, 2]])).kind == "exact"
    rbm = RBM([[0.3], [0.2]], [0.1], [0.0, 0.4])
    assert_exact_rg(RGOperator.from_conditional(rbm))
    with pytest.raises(FailedAssertion):
        assert_exact_rg(RGOperator.from_energy(rbm, ising(chain(2), 0.1)))


def test_functions_are_called_with_every_pair():
    def decimation(v, h):
        assert v.shape == (8, 2) and h.shape == (8, 1) and len(set(map(tuple, np.hstack([v, h])))) == 8
        return (v[:, 0] == h[:, 0]).astype(float)

    assert assert_exact_rg(decimation, 2, 1).value == 1.0
    assert assert_exact_rg(lambda v, h: np.where(v[:, 0] == h[:, 0], 0.0, -np.inf), 2, 1, log=True).passed


def test_a_constant_trace_is_said_to_be_one():
    with pytest.raises(FailedAssertion, match="the same for every v: subtract its logarithm"):
        assert_exact_rg(lambda v, h: np.exp(0.3 * v[:, 0] * h[:, 0]), 2, 1)
    with pytest.raises(FailedAssertion, match="the same for every v"):
        assert_exact_rg(np.ones((2, 2), dtype=int), 1)
    with pytest.raises(FailedAssertion) as caught:
        assert_exact_rg(np.array([[0.5, 0.5], [0.5, 0.6]]), 1)
    assert "same for every v" not in str(caught.value)


def test_large_energies_that_cancel_need_their_magnitude():
    """T = -E + H with E and H near 1e6: its rounding is that of the energies, not that of T."""
    v, h = (np.array(x) for x in zip(*itertools.product((1, -1), repeat=2), strict=True))
    energy = 1e6 / 3 * v
    T = -(energy + np.log(2 * np.cosh(0.7 * v)) - 0.7 * v * h) + energy
    table = T.reshape(2, 2)
    with pytest.raises(FailedAssertion):
        assert_exact_rg(table, 1, log=True)
    assert assert_exact_rg(table, 1, log=True, magnitude=1e6 / 3).tolerance < 1e-8
    with pytest.raises(FailedAssertion):
        assert_exact_rg(table + np.array([[1e-8, 0], [0, 0]]), 1, log=True, magnitude=1e6 / 3, terms=4)


@pytest.mark.parametrize(
    ("table", "n", "m", "error", "words"),
    [
        (np.ones((2, 3)), 1, 1, InputError, "expected the shape"),
        (np.ones((2, 2)), None, None, InputError, "at least one of the numbers"),
        (np.ones((2, 2)), 3, None, InputError, "visible axes first"),
        (np.ones((2, 2)), 1, 2, InputError, "visible axes first"),
        (np.array([[1.0, -1.0], [1, 1]]), 1, 1, NotPositiveError, "negative"),
        (np.array([[1.0, np.nan], [1, 1]]), 1, 1, InputError, "NaN"),
        (lambda v, h: v, 1, 1, InputError, "returned the shape"),
        (lambda v, h: v, 1, None, InputError, "needs n_visible and n_hidden"),
        (lambda v, h: v, 30, 30, EnumerationTooLarge, "2\\*\\*60"),
        (lambda v, h: v, -1, 1, InputError, "n_visible must be"),
    ],
)
def test_bad_input(table, n, m, error, words):
    with pytest.raises(error, match=words):
        assert_exact_rg(table, n, m)


def test_nan_among_logarithms():
    with pytest.raises(InputError, match="NaN or \\+infinity"):
        assert_exact_rg(np.array([[np.inf, 0.0], [0.0, 0.0]]), 1, log=True)
