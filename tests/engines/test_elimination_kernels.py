from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.engines.elimination_kernels import contract, log_contract, product


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_kernels_against_einsum(data):
    """Any layout of the two operands; runs of all lengths, and blocks beyond the first level."""
    out_spins = data.draw(st.permutations(range(data.draw(st.sampled_from([1, 4, 12])))))
    width = len(out_spins)
    kept = data.draw(st.integers(0, width))
    a_scope = [width, *out_spins[width - kept :]]
    a_place = data.draw(st.integers(0, kept))
    a_scope = [*a_scope[1 : 1 + a_place], width, *a_scope[1 + a_place :]]
    b_scope = [*data.draw(st.permutations([s for s in out_spins if s not in a_scope])), width]
    shared = data.draw(st.lists(st.sampled_from(out_spins), max_size=2, unique=True))
    b_scope = [s for s in shared if s not in b_scope] + b_scope
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    a, b = rng.random((2,) * len(a_scope)), rng.random((2,) * len(b_scope))

    def strides(scope, spins):
        return np.array([1 << (len(scope) - 1 - scope.index(s)) if s in scope else 0 for s in spins], dtype=np.int64)

    operands = (a.reshape(-1), b.reshape(-1), strides(a_scope, out_spins), strides(b_scope, out_spins))
    log_operands = (np.log(operands[0]), np.log(operands[1]), *operands[2:])
    states = (np.append(0, strides(a_scope, [width])), np.append(0, strides(b_scope, [width])))
    out = np.empty(1 << width)
    right = np.einsum(a, a_scope, b, b_scope, list(out_spins)).reshape(-1)
    contract(out, *operands, *states)
    np.testing.assert_allclose(out, right, rtol=1e-15)
    log_contract(out, *log_operands, *states)
    np.testing.assert_allclose(out, np.log(right), rtol=1e-13, atol=1e-13)
    both = np.einsum(a, a_scope, b, b_scope, [*out_spins, width])[..., 0].reshape(-1)
    product(out, *operands, False)
    np.testing.assert_allclose(out, both, rtol=1e-15)
    product(out, *log_operands, True)
    np.testing.assert_allclose(out, np.log(both), rtol=1e-13, atol=1e-13)


def test_the_log_kernel_keeps_zero_weights():
    minus = np.array([-math.inf, -math.inf])
    out = np.empty(1)
    strides, states = np.zeros(1, np.int64)[:0], np.array([0, 1])
    log_contract(out, minus, np.zeros(2), strides, strides, states, states)
    assert out[0] == -math.inf
    log_contract(out, np.array([-math.inf, 2.0]), np.zeros(2), strides, strides, states, states)
    assert out[0] == 2.0
