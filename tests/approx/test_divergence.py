from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

import approx
import exactrg
from approx import TooFewSamplesError
from approx.distributions import Table
from approx.reverse_annealing import Effort
from exactrg import RBM, BoltzmannWeight, RGOperator, decimation, exp, ising, kl_divergence, ring, square
from exactrg.errors import InputError, SiteError, SpinError

pytestmark = pytest.mark.jit

H = ising(square(3), 0.4)


def test_uneven_weights_are_refused_or_replaced():
    far = ising(square(3), -0.6, 0.5)
    with pytest.raises(TooFewSamplesError, match='write method="difference"') as info:
        approx.kl_divergence(H, far, rng=1, method="reweighting")
    assert info.value.series.shape == (1, 4096)
    answer = approx.kl_divergence(H, far, rng=1)
    assert answer.method == "difference" and abs(answer.value - kl_divergence(H, far)) < 5.5 * answer.stderr
    T = RGOperator.from_energy(H + 4 * far.relabel({i: ("x", i) for i in range(9)}) + 3 * far, H)
    with pytest.raises(TooFewSamplesError, match="not made from"):
        approx.delta_f(RGOperator(T.weight, T.visible, T.hidden), H, rng=1, n=200)


def test_the_same_seed_gives_the_same_answer_on_any_number_of_threads():
    near = ising(square(3), 0.35, 0.1)
    assert approx.kl_divergence(H, near, rng=3, threads=1) == approx.kl_divergence(H, near, rng=3, threads=3)
    T = RGOperator.from_energy(RBM(np.full((9, 2), 0.1)).energy() + 0.8 * H, H)
    one, two = (approx.delta_f(T, H, rng=3, threads=threads, method="reweighting", n=500) for threads in (1, 2))
    assert one == two and one.seed == 3 and one.method == "reweighting"


def test_tables_of_any_kind():
    weight = BoltzmannWeight(["a", "b"], [[1, 0], [2, sympy.Rational(3, 2)]])
    table = Table(weight)
    configs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]], np.int8)
    assert np.array_equal(np.exp(table.log_weight(configs)), [1, 0, 2, 1.5])
    assert table.log_z(np.random.SeedSequence(1), Effort()) == (pytest.approx(math.log(4.5)), 0.0)
    assert not table.is_positive
    drawn = table.sample(1000, np.random.SeedSequence(1), Effort()).configs[:, 0]
    assert not np.any(np.all(drawn == [1, -1], axis=1))


def test_sites_in_another_order():
    p = ising(ring(4), 0.3, {0: 0.5})
    q = exp(-ising(ring(4), 0.2, {0: 0.4, 2: -0.3}))
    shuffled = BoltzmannWeight((2, 0, 3, 1), q.table.transpose(2, 0, 3, 1))
    answer = approx.kl_divergence(p, shuffled, rng=1)
    assert abs(answer.value - kl_divergence(p, q)) < 5.5 * answer.stderr


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: approx.kl_divergence(H, ising(ring(4), 0.1)), SiteError, "different sites"),
        (lambda: approx.kl_divergence(H, "q"), InputError, "a str is no distribution"),
        (lambda: approx.kl_divergence(H, H, method="exact"), InputError, "expected 'auto'"),
        (lambda: approx.kl_divergence(H, H, n=0), InputError, "n must be"),
        (lambda: approx.delta_f(H, H), InputError, "expected an RGOperator"),
        (lambda: approx.delta_f(decimation(range(4), [0]), H), SiteError, "different sites"),
        (lambda: approx.delta_f(decimation(range(9), [0]), H, method="x"), InputError, "expected 'auto'"),
        (lambda: approx.trace_condition(H), InputError, "expected an RGOperator"),
        (lambda: approx.trace_condition(decimation(range(9), [0])), InputError, "write samples="),
        (lambda: approx.trace_condition(decimation(range(9), [0]), samples=[[0] * 9]), SpinError, "0/1"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_trace_that_vanishes_and_one_that_is_constant():
    half = RGOperator(BoltzmannWeight(["v", "h"], [[0.5, 0.5], [0.0, 0.0]]), ["v"], ["h"])
    found = approx.trace_condition(half, samples=[[1], [-1], [1]])
    assert found.log_q.tolist() == [0.0, -math.inf, 0.0]
    assert (found.estimate.value, found.estimate.stderr) == (-math.inf, 0.0)
    exact = approx.trace_condition(decimation(range(9), [0, 4]), samples=approx.sample(H, 10, 1))
    assert not exact.log_q.any() and (exact.estimate.value, exact.estimate.stderr) == (0.0, 0.0)


def test_the_papers_first_layer():
    """1600 + 400 spins: Eq. 9 at samples, and Delta F from two free energies, one of them Kaufman's."""
    big = ising(square(40), 0.408)
    rng = np.random.default_rng(1)
    E = RBM(rng.normal(scale=0.01, size=(1600, 400)))
    T = RGOperator.from_energy(E, big)
    found = approx.trace_condition(T, n=200, rng=1)
    v = approx.sample(big, 200, 1)
    fields = v.astype(float) @ E.w
    log_q = big.evaluate(v) + np.log(2 * np.cosh(fields)).sum(axis=1)
    assert np.allclose(found.log_q, log_q, rtol=0, atol=1e-8)
    assert found.estimate.value == pytest.approx(log_q.mean())


@pytest.mark.slow
def test_the_papers_sizes_with_a_known_answer():
    """1600 + 400 spins, each hidden one coupled to one visible one: Delta F and both divergences are closed forms."""
    big = ising(square(40), 0.408)
    w = np.zeros((1600, 400))
    w[np.arange(400), np.arange(400)] = np.linspace(0.5, 1.5, 400)
    log_z = 1600 * math.log(2) + np.log(2 * np.cosh(np.diag(w))).sum()  # the marginal is uniform
    E, ours = RBM(w), exactrg.log_partition_function(big)
    found = approx.delta_f(RGOperator.from_energy(E, big), big, n=256, rng=1)
    assert abs(found.value - (ours - log_z)) < 5.5 * found.stderr < 1
    entropy = ours + exactrg.kaufman.energy(40, 40, 0.408)
    kl = approx.kl_divergence(big, E, n=256, rng=1)
    assert abs(kl.value - (1600 * math.log(2) - entropy)) < 5.5 * kl.stderr < 20
    back = approx.kl_divergence(E, big, n=256, rng=1)
    assert abs(back.value - (ours - 1600 * math.log(2))) < 5.5 * back.stderr < 20
