from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import approx
import exactrg
from approx import UnreliableEstimateError
from approx.conditions import TraceCondition
from approx.errors import NotFiniteSeriesError, TooFewSamplesError
from approx.estimate import Estimate
from approx.samples_file import StoredSamples, pack_spins
from exactrg import RBM, RGOperator, ising, ring
from exactrg.errors import InputError


def operator():
    return RGOperator.from_energy(RBM([[0.3], [-0.2], [0.5]], b=[0.1]), ising(ring(3), 0.2))


def test_a_list_of_configurations_has_traces_and_the_mean_of_the_list():
    T, every = operator(), list(itertools.product((1, -1), repeat=3))
    found = approx.trace_condition(T, samples=every)
    expected = np.log(exactrg.trace_condition(T).table.ravel())
    assert np.allclose(found.log_q, expected, rtol=0, atol=1e-14)
    assert found.estimate.value == pytest.approx(expected.mean())
    stored = StoredSamples(pack_spins(np.array(every, np.int8)), 3)
    assert np.array_equal(approx.trace_condition(T, samples=stored).log_q, found.log_q)
    one = approx.trace_condition(T, samples=every[:1])
    assert np.allclose(one.log_q, expected[:1], rtol=0, atol=1e-14)
    with pytest.raises(TooFewSamplesError, match="two or more"):
        one.estimate
    with pytest.raises(InputError, match=r"samples of shape \(0, 3\): expected at least one"):
        approx.trace_condition(T, samples=np.zeros((0, 3)))
    with pytest.raises(InputError, match="n must be an int of at least 1, got 0"):
        approx.trace_condition(T, n=0, rng=1)


@pytest.mark.parametrize("n", [2, 20, 99, 100, 1000])
def test_independent_samples_have_the_standard_error_of_their_number(n):
    T, H = operator(), ising(ring(3), 0.2)
    table = np.log(exactrg.trace_condition(T).table)
    probabilities = exactrg.exp(-H).probability().table
    truth = float((probabilities * table).sum())
    samples = exactrg.sample(H, n, rng=3)
    for found in (approx.trace_condition(T, samples=samples).estimate, approx.trace_condition(T, n=n, rng=3).estimate):
        assert abs(found.value - truth) < 5 * max(found.stderr, 0.1 / n**0.5)
        if n < 100:
            assert (found.tau, found.effective_samples) == (0.5, n)
    log_q = approx.trace_condition(T, samples=samples).log_q
    if n < 100:
        plain = approx.trace_condition(T, samples=samples).estimate
        assert plain.stderr == pytest.approx(log_q.std(ddof=1) / n**0.5, abs=1e-16)


def test_many_samples_that_depend_on_each_other_are_refused():
    samples = np.repeat(exactrg.sample(ising(ring(3), 0.2), 20, rng=3), 50, axis=0)
    with pytest.raises(UnreliableEstimateError):
        approx.trace_condition(operator(), samples=samples).estimate


def test_traces_that_are_equal_within_rounding_have_a_mean_without_error():
    every = list(itertools.product((1, -1), repeat=2))
    found = approx.trace_condition(exactrg.kadanoff([[0, 1]], 0.4), samples=every)
    assert len(set(found.log_q.tolist())) > 1  # rounding
    assert found.estimate.stderr == 0.0 and abs(found.estimate.value) < 1e-15
    assert TraceCondition(np.full(1000, 3.5)).estimate == Estimate(3.5, 0.0, 1000.0, 0.5)
    assert TraceCondition(np.array([0.5, -math.inf])).estimate == Estimate(-math.inf, 0.0, 2.0, 0.5)
    assert TraceCondition(np.array([0.0, 1e-12])).estimate.stderr > 0.0
    with pytest.raises(NotFiniteSeriesError):
        TraceCondition(np.array([0.0, math.nan])).estimate
