"""Odd input to every assertion: a typed error that says what was given, before any work; never a verdict."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

from exactrg import RBM, BoltzmannWeight, Exact, RGOperator, decimation, exp, free_energy, ising, ring, sample, square
from exactrg.errors import InputError
from exactrg.testing import (
    FailedAssertion,
    assert_exact_rg,
    assert_free_energy,
    assert_free_energy_estimate,
    assert_gradient,
    assert_means,
    assert_rbm_marginals,
    assert_samples_from,
    assert_stationary,
    configurations,
    rbm_gradient,
)

NAN = float("nan")
H = ising(square(2), 0.3)
F = free_energy(H)
SYMBOLIC = ising(ring(3), sympy.Symbol("J", real=True))
P = exp(-H).probability().table
S = sample(H, 2000, 0)
W, B, C = np.array([[0.5, -1.0], [0.25, 0.75]]), np.array([0.1, 0.2]), np.array([-0.3, 0.4])
DATA = np.array([[1, 1], [1, -1], [-1, -1]])
G = rbm_gradient(W, B, C, DATA)
STEP = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]).reshape(2, 2, 2)
PAIRS = [(-F, 1.0)] * 20
RAGGED = [[1, 1], [1]]


def marginals_free_energy(v):
    return v @ C - np.logaddexp(v @ W + B, -v @ W - B).sum(axis=1)


def same(spins, rng):
    return spins


ASSERTIONS = {
    "samples": lambda **kw: assert_samples_from(S, P, **kw),
    "stationary": lambda **kw: assert_stationary(same, P, n=1000, rng=0, **kw),
    "step": lambda **kw: assert_exact_rg(STEP, 2, **kw),
    "marginals": lambda **kw: assert_rbm_marginals(W, B, C, free_energy=marginals_free_energy, **kw),
    "free energy": lambda **kw: assert_free_energy(F, H, **kw),
    "gradient": lambda **kw: assert_gradient(G, W, B, C, DATA, **kw),
    "means": lambda **kw: assert_means([0.1, -0.1], 0.0, bounds=(-1, 1), **kw),
    "estimate": lambda **kw: assert_free_energy_estimate(PAIRS, -F, **kw),
}


@pytest.mark.parametrize("name", ASSERTIONS)
def test_every_assertion_takes_a_rate(name):
    assert ASSERTIONS[name](rate=1e-9).passed
    for wrong in (None, "1e-6", True, NAN, 0, 1, [1e-6], 1j):
        with pytest.raises(InputError, match="rate must be a probability between 0 and 1, such as 1e-6, got"):
            ASSERTIONS[name](rate=wrong)


@pytest.mark.parametrize("given", [None, True, "1.0", 1j, SYMBOLIC, RAGGED, [None], sympy.Symbol("x"), 10**400, {}])
def test_what_is_no_number_is_no_answer(given):
    for call in (
        lambda: assert_free_energy(given, H),
        lambda: assert_rbm_marginals(W, B, C, log_partition=given),
        lambda: assert_rbm_marginals(W, B, C, free_energy=lambda v: given),
        lambda: assert_free_energy_estimate(PAIRS, given),
        lambda: assert_free_energy_estimate(lambda rng: (given, 1.0), H, rng=0),
        lambda: assert_means(given, 0.0, bounds=(-1, 1)),
        lambda: assert_gradient((given, given, given), W, B, C, DATA),
        lambda: assert_samples_from(S, given),
    ):
        with pytest.raises(InputError):
            call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: assert_free_energy(None, H), "the value must be made of real numbers, got None"),
        (lambda: assert_free_energy(True, H), "got True; write .astype"),
        (lambda: assert_free_energy("1", H), "got the text '1'"),
        (lambda: assert_free_energy(True, SYMBOLIC), "the value is True: expected a number"),
        (lambda: assert_free_energy(1.0, square(3)), "got a graph; write ising"),
        (lambda: assert_free_energy(1.0, np.zeros(7)), r"7 energies: expected those of all configurations, 2\*\*n"),
        (lambda: assert_free_energy(1.0, exp(-H)), r"BoltzmannWeight.*write -log\(weight\)"),
        (lambda: assert_free_energy(F, H, beta=True), "beta must be a positive number, got True"),
        (lambda: assert_free_energy(F, H, beta="1"), "beta must be a positive number, got '1'"),
        (lambda: assert_free_energy(F, H, quantity=None), "quantity=None: expected 'free_energy' or"),
        (lambda: assert_free_energy(F, H, terms=10**400), "terms must be an int from 1 to 1,000,000,000"),
        (lambda: assert_gradient(None, W, B, C, DATA), "the gradient is a NoneType: expected three parts"),
        (lambda: assert_gradient(5, W, B, C, DATA), "the gradient is an int: expected three parts"),
        (lambda: assert_gradient((RAGGED, None, None), W, B, C, DATA), "dw must be an array, got rows of different"),
        (lambda: assert_gradient(lambda rng: 1.0, W, B, C, DATA, rng=0), "the gradient is a float: expected three"),
        (
            lambda: assert_gradient(lambda rng: (np.ones(rng.integers(1, 9)), None, None), W, B, C, DATA, rng=0),
            "calls returned dw of different shapes",
        ),
        (lambda: assert_gradient((np.zeros((0, 2, 2)), None, None), W, B, C, DATA), r"shape \(0, 2, 2\): expected"),
        (lambda: assert_gradient(lambda rng: G, W, B, C, DATA, rng="x"), "rng is 'x'"),
        (lambda: assert_gradient(G, W, B, C, RAGGED), "data are rows of different lengths"),
        (lambda: assert_gradient(G, W, B, C, DATA, stochastic="maybe"), "expected True, False or None"),
        (lambda: assert_gradient(G, W, B, C, DATA, chains=0), "chains must be an int of at least 1"),
        (lambda: assert_gradient(G, W, B, C, DATA, sign=np.ones(2)), "expected 1 for E"),
        (lambda: assert_gradient(G, RBM(W, B, C), None, None, DATA), "w is an RBM.*write rbm.w, rbm.b, rbm.c"),
        (lambda: assert_free_energy_estimate(lambda rng: 1.0, H, rng=0), r"shape \(\): expected \(value, stderr\)"),
        (lambda: assert_free_energy_estimate(lambda rng: (1, 2, 3), H, rng=0), r"shape \(3,\): expected \(value"),
        (lambda: assert_free_energy_estimate(PAIRS, H, dof="a"), "dof must be more than 2 degrees of freedom"),
        (lambda: assert_free_energy_estimate(PAIRS, SYMBOLIC), "which has symbols; substitute numbers"),
        *(
            (lambda bounds=bounds: assert_means([0.1, 0.2], 0.1, bounds=bounds), r"expected \(low, high\), the finite")
            for bounds in (None, "ab", 5, (1, 2, 3), (1, -1), (NAN, 1), (-np.inf, np.inf))
        ),
        *(
            (lambda m=m: assert_exact_rg(STEP, 2, magnitude=m), "magnitude must be a finite number of at least 0")
            for m in ("a", NAN, -1, np.inf, [1])
        ),
        (lambda: assert_exact_rg(2 * STEP, 2, magnitude=1e30), "no Tr_h e.T could be told from 1"),
        (lambda: assert_exact_rg(decimation([0, 1], [0]), 1), "n_visible=1 for an RGOperator with 2"),
        (lambda: assert_exact_rg(None, 2), "T is a NoneType: expected e.T as a table"),
        (lambda: assert_exact_rg(lambda v, h: RAGGED, 2, 1), "returns must be an array, got rows of different"),
        (lambda: assert_samples_from(RAGGED, P), "samples are rows of different lengths"),
        (lambda: assert_samples_from(S, P.ravel()), r"got \(16,\); write .reshape\(\(2,\) \* 4\)"),
        (lambda: assert_samples_from(S, exp(-SYMBOLIC)), "which has symbols; substitute numbers for them"),
        (lambda: assert_samples_from(S, P, units=["spins"]), "expected 'spins' for"),
        (lambda: assert_samples_from(S, BoltzmannWeight([0], [0.0, 0.0])), "not zero everywhere"),
        (lambda: assert_stationary(5, P, rng=0), "the kernel is an int: expected a function"),
        (lambda: assert_stationary(lambda s, rng: None, P, rng=0), "the kernel's configurations have the shape"),
        (lambda: configurations(21), "Test a smaller system"),
    ],
)
def test_messages(call, words):
    with pytest.raises((InputError, MemoryError), match=words):
        call()


def test_arguments_are_checked_before_the_work():
    """A user's function is not called, and nothing is summed, if the call can never end in a verdict."""

    def called(*args):
        raise AssertionError("called")

    huge = ising(square(200), 0.3)
    for call in (
        lambda: assert_gradient(called, W, B, C, DATA, rng=0, rate=None),
        lambda: assert_gradient(called, W, B, C, DATA, rng=0, chains="a"),
        lambda: assert_free_energy_estimate(called, huge, rng=0, n="a"),
        lambda: assert_free_energy_estimate(called, huge, rng=0, dof="a"),
        lambda: assert_exact_rg(called, 2, 1, magnitude="a"),
        lambda: assert_rbm_marginals(W, B, C, free_energy=called, rate=2),
        lambda: assert_free_energy(F, huge, rate=2),
        lambda: assert_stationary(called, P, rng=0, rate=None),
    ):
        with pytest.raises(InputError):
            call()


@pytest.mark.parametrize("J", [0.3, sympy.log(2) / 2, 300.0])
def test_weights_are_distributions(J):
    """Exact ones, and float ones beyond float64, with no table written by the user."""
    energy = ising(ring(4), J)
    spins = sample(energy, 5000, 1)
    weight = exp(-energy)
    report = assert_samples_from(spins, weight, alternative=exp(-2 * energy))
    assert report == assert_samples_from(
        spins, weight.probability().table, alternative=exp(-2 * energy).probability().table
    )
    assert assert_stationary(same, weight, n=2000, rng=0).passed


def test_tables_of_any_numbers():
    spins = sample(ising(ring(2), 0.0), 2000, 0)
    for table in (
        np.full((2, 2), Fraction(1, 4)),
        [[1, 1], [1, 1]],
        np.full((2, 2), 1e308),
        np.ones((2, 2), np.float32),
    ):
        assert assert_samples_from(spins, table).passed
    assert assert_free_energy(Exact("-log(8)"), np.zeros(8)).passed
    assert assert_free_energy_estimate([(3.0, 1.0)] * 20, ising(ring(3), sympy.log(2))).exact == pytest.approx(
        -free_energy(ising(ring(3), np.log(2)))
    )
    weight = decimation([0, 1], [0]).weight
    assert assert_exact_rg(weight, 2) == assert_exact_rg(decimation([0, 1], [0]))
    soft = RGOperator.from_conditional(RBM(W, B, C)).weight
    assert assert_exact_rg(soft, n_hidden=2).kind == "float"


def test_deterministic_assertions_see_what_they_say():
    """An error of `detects` in one value is seen, whatever the rounding."""
    just = 1.01
    step, values, part = STEP.copy(), marginals_free_energy(configurations(2).astype(float)), G[1].copy()
    error = just * assert_free_energy(F, H).detects
    step[0, 0, 0] += just * assert_exact_rg(STEP, 2).detects
    values[2] += just * assert_rbm_marginals(W, B, C, free_energy=values.copy()).detects
    part[0] += just * assert_gradient((None, G[1], None), W, B, C, DATA).detects
    for call in (
        lambda: assert_free_energy(F + error, H),
        lambda: assert_exact_rg(step, 2),
        lambda: assert_gradient((None, part, None), W, B, C, DATA),
        lambda: assert_rbm_marginals(W, B, C, free_energy=values),
    ):
        with pytest.raises(FailedAssertion, match="rounding allows"):
            call()


@pytest.mark.filterwarnings("error")
def test_traces_beyond_float64_have_no_hint():
    for weight in (0.0, 1e308):
        with pytest.raises(FailedAssertion, match="violate Eq") as failure:
            assert_exact_rg(lambda v, h, weight=weight: np.full(len(v), weight), 1, 10)
        assert "logarithm" not in str(failure.value)


def test_decisions_see_everything():
    assert assert_exact_rg(decimation([0, 1], [0])).detects == 0
    assert assert_free_energy(free_energy(SYMBOLIC), SYMBOLIC).detects == 0
