from __future__ import annotations

import itertools

import numpy as np
import pytest

import approx
import exactrg
from approx import UnreliableEstimateError
from exactrg import RBM, RGOperator, ising, ring
from exactrg.errors import InputError


def test_a_list_of_configurations_has_traces_but_no_mean():
    """All configurations, or one: log q is exact, and only its mean is refused."""
    T = RGOperator.from_energy(RBM([[0.3], [-0.2], [0.5]], b=[0.1]), ising(ring(3), 0.2))
    every = list(itertools.product((1, -1), repeat=3))
    for samples in (every, every[:1]):
        found = approx.trace_condition(T, samples=samples)
        expected = np.log(exactrg.trace_condition(T).table.ravel()[: len(samples)])
        assert np.allclose(found.log_q, expected, rtol=0, atol=1e-14)
        with pytest.raises(UnreliableEstimateError):
            found.estimate
    with pytest.raises(InputError, match=r"samples of shape \(0, 3\): expected at least one"):
        approx.trace_condition(T, samples=np.zeros((0, 3)))
