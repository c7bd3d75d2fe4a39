from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import RBM, kl_gradient
from exactrg.errors import EnumerationTooLarge, InputError, SpinError
from exactrg.testing import FailedAssertion, assert_gradient, rbm_gradient

conventions = st.tuples(st.sampled_from(["spins", "binary"]), st.sampled_from([1, -1]))


def machine(seed, n=3, m=2, units="binary"):
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 2, (20, n))
    return rng.normal(size=(n, m)), rng.normal(size=m), rng.normal(size=n), data if units == "binary" else 2 * data - 1


def log_likelihood(w, b, c, data, units, sign):
    """By summing e^{-E} over every configuration."""
    values = (1, -1) if units == "spins" else (1, 0)
    hs = np.array(list(itertools.product(values, repeat=len(b))))

    def weight(v):
        return np.exp(-sign * (v @ w @ hs.T + hs @ b + v @ c)).sum()

    z = sum(weight(np.array(v)) for v in itertools.product(values, repeat=len(c)))
    return np.mean([math.log(weight(v) / z) for v in data])


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 4), st.integers(1, 3), conventions, st.integers(0, 2**32))
def test_the_likelihood_gradient_is_the_derivative_of_the_summed_likelihood(n, m, convention, seed):
    units, sign = convention
    *parameters, data = machine(seed, n, m, units)
    exact = rbm_gradient(*parameters, data, units=units, sign=sign)
    for part, parameter in zip(exact, parameters, strict=True):
        for index in np.ndindex(parameter.shape):
            ends = []
            for step in (1e-4, -1e-4):
                parameter[index] += step
                ends.append(log_likelihood(*parameters, data, units, sign))
                parameter[index] -= step
            assert abs(part[index] - (ends[0] - ends[1]) / 2e-4) < 1e-6


def test_in_the_papers_convention_it_is_minus_the_gradient_of_the_divergence():
    w, b, c, data = machine(1, units="spins")
    found = kl_gradient(data, RBM(w, b, c))
    for ours, theirs in zip(rbm_gradient(w, b, c, data), (found.w, found.b, found.c), strict=True):
        assert np.allclose(ours, -theirs, atol=1e-12)


@settings(deadline=None, max_examples=15)
@given(conventions, st.integers(1, 3), st.integers(0, 2**32))
def test_the_mean_of_contrastive_divergence_by_summing_over_all_its_paths(convention, steps, seed):
    units, sign = convention
    w, b, c, data = machine(seed, 2, 2, units)
    data = data[:1]
    values = (1, -1) if units == "spins" else (1, 0)
    states = [np.array(s) for s in itertools.product(values, repeat=2)]

    def conditional(weights):
        total = sum(weights)
        return [x / total for x in weights]

    h_given_v = [conditional([math.exp(-sign * (v @ w @ h + b @ h)) for h in states]) for v in states]
    v_given_h = [conditional([math.exp(-sign * (v @ w @ h + c @ v)) for v in states]) for h in states]
    start = next(k for k, s in enumerate(states) if (s == data[0]).all())
    expected = np.zeros((2, 2))
    for path in itertools.product(range(4), repeat=2 * steps + 1):  # h, v, h, v, ..., and the last h
        p, v = 1.0, start
        for h, after in zip(path[0::2], path[1::2], strict=False):
            p *= h_given_v[v][h] * v_given_h[h][after]
            v = after
        expected += p * h_given_v[v][path[-1]] * np.outer(states[v], states[path[-1]])
    data_term = sum(h_given_v[start][k] * np.outer(states[start], states[k]) for k in range(4))
    dw, _, _ = rbm_gradient(w, b, c, data, units=units, sign=sign, steps=steps)
    assert np.allclose(dw, -sign * (data_term - expected), atol=1e-12)


def test_many_steps_reach_the_likelihood():
    w, b, c, data = machine(2)
    near = rbm_gradient(w, b, c, data, units="binary", sign=-1, steps=300)
    for a, e in zip(near, rbm_gradient(w, b, c, data, units="binary", sign=-1), strict=True):
        assert np.allclose(a, e, atol=1e-9)


def contrastive_divergence(w, b, c, data, steps=1, rows=50, fault=None):
    """CD-k over 0/1 units in Hinton's sign, with the faults that a test must see."""

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def estimate(rng):
        v0 = data[rng.integers(len(data), size=rows)].astype(float)
        v, h0 = v0, sigmoid(v0 @ w + b)
        for _ in range(steps):
            h = sigmoid(v @ w + b)
            h = (rng.random(h.shape) < h) if fault != "probabilities passed down" else h
            v = sigmoid(h @ w.T + (c if fault != "visible bias forgotten" else 0))
            v = (rng.random(v.shape) < v).astype(float)
        h = sigmoid(v @ w + b)
        return (v0.T @ h0 - v.T @ h) / rows, (h0 - h).mean(axis=0), (v0 - v).mean(axis=0)

    return estimate


@pytest.mark.parametrize("steps", [1, 2])
def test_contrastive_divergence_passes_as_what_it_is(steps):
    w, b, c, data = machine(3)
    estimate = contrastive_divergence(w, b, c, data, steps)
    kind = {"units": "binary", "sign": -1, "steps": steps, "chains": 50}
    report = assert_gradient(estimate, w, b, c, data, rng=1, n=500, **kind)
    assert report.of == f"CD-{steps}" and report.means.n == 500 and report.means.components == 11
    assert 0 < report.means.detects < 0.1
    rng = np.random.default_rng(2)
    repeats = [np.array(part) for part in zip(*(estimate(rng) for _ in range(500)), strict=True)]
    assert assert_gradient(repeats, w, b, c, data, **kind).passed
    assert assert_gradient((None, repeats[1], None), w, b, c, data, **kind).means.components == 2


def test_contrastive_divergence_is_no_gradient_of_the_likelihood():
    w, b, c, data = machine(4)
    with pytest.raises(FailedAssertion, match="they are CD-1, which is no gradient"):
        assert_gradient(
            contrastive_divergence(2 * w, b, c, data), 2 * w, b, c, data, units="binary", sign=-1, rng=1, chains=50
        )


@pytest.mark.parametrize("fault", ["probabilities passed down", "visible bias forgotten"])
def test_faults_of_contrastive_divergence_are_caught(fault):
    w, b, c, data = machine(5)
    w = 3 * w
    with pytest.raises(FailedAssertion, match="the gradient is wrong"):
        assert_gradient(
            contrastive_divergence(w, b, c, data, fault=fault),
            w,
            b,
            c,
            data,
            units="binary",
            sign=-1,
            steps=1,
            rng=1,
            chains=50,
        )


@settings(deadline=None, max_examples=20)
@given(conventions, st.integers(0, 2**32), st.sampled_from([0, 1, 2]))
def test_deterministic_gradients_pass_within_rounding_and_not_beyond(convention, seed, which):
    units, sign = convention
    w, b, c, data = machine(seed, units=units)
    exact = list(rbm_gradient(w, b, c, data, units=units, sign=sign))
    report = assert_gradient(exact, w, b, c, data, units=units, sign=sign)
    assert report.passed and report.means is None and all(x.tolerance < 1e-11 for x in report.comparisons)
    exact[which] = exact[which] + 3 * report.comparisons[which].tolerance
    with pytest.raises(FailedAssertion, match=f"d{'wbc'[which]} is"):
        assert_gradient(exact, w, b, c, data, units=units, sign=sign)


def test_hints():
    w, b, c, data = machine(6)
    kind = {"units": "binary", "sign": -1}
    exact = rbm_gradient(w, b, c, data, **kind)
    with pytest.raises(FailedAssertion, match="a descent direction"):
        assert_gradient([-part for part in exact], w, b, c, data, **kind)
    with pytest.raises(FailedAssertion, match="divide by 20"):
        assert_gradient([20 * part for part in exact], w, b, c, data, **kind)
    with pytest.raises(FailedAssertion, match="they are the likelihood's gradient"):
        assert_gradient(exact, w, b, c, data, steps=1, **kind)
    with pytest.raises(FailedAssertion, match="they are CD-2, which is no gradient: steps=2 passes"):
        assert_gradient(rbm_gradient(w, b, c, data, steps=2, **kind), w, b, c, data, **kind)


def test_estimates_that_no_mean_can_reach_fail_and_sums_are_named():
    w, b, c, data = machine(6)
    estimate = contrastive_divergence(w, b, c, data)
    kind = {"units": "binary", "sign": -1, "steps": 1, "rng": 1, "n": 300}
    with pytest.raises(FailedAssertion, match="sums over the 20 rows") as caught:
        assert_gradient(lambda rng: [20 * part for part in estimate(rng)], w, b, c, data, **kind)
    assert caught.value.report.impossible > 0 and "larger than any mean" in str(caught.value)

    def once(rng, seen=[]):  # noqa: B006
        seen.append(1)
        return [part + 2.0 * (len(seen) == 1) for part in estimate(rng)]

    with pytest.raises(FailedAssertion) as caught:
        assert_gradient(once, w, b, c, data, **kind)
    assert caught.value.report.means.passed and caught.value.report.impossible > 0


def test_bad_input():
    w, b, c, data = machine(7)
    exact = rbm_gradient(w, b, c, data, units="binary", sign=-1)
    kind = {"units": "binary", "sign": -1}
    with pytest.raises(InputError, match="three parts"):
        assert_gradient(exact[:2], w, b, c, data, **kind)
    with pytest.raises(InputError, match="not all of them None"):
        assert_gradient((None,) * 3, w, b, c, data, **kind)
    with pytest.raises(InputError, match="needs rng"):
        assert_gradient(lambda rng: exact, w, b, c, data, **kind)
    with pytest.raises(InputError, match="dw has shape"):
        assert_gradient((exact[0].T, None, None), w, b, c, data, **kind)
    with pytest.raises(InputError, match="estimates of dw have shape"):
        assert_gradient((np.zeros((9, 2, 3)), None, None), w, b, c, data, **kind)
    with pytest.raises(InputError, match="is nan"):
        assert_gradient((np.full((9, 3, 2), np.nan), None, None), w, b, c, data, **kind)
    with pytest.raises(SpinError, match="0 and 1"):
        assert_gradient(exact, w, b, c, 2 * data - 1, **kind)
    with pytest.raises(EnumerationTooLarge):
        rbm_gradient(np.zeros((30, 2)), None, None, np.zeros((1, 30)), units="binary")
    with pytest.raises(EnumerationTooLarge):
        rbm_gradient(np.zeros((3, 13)), None, None, np.zeros((1, 3)), units="binary", steps=1)
    with pytest.raises(InputError, match="steps must be"):
        rbm_gradient(w, b, c, data, units="binary", steps=0)
