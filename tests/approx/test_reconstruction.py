from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy

from approx.reconstruction import reconstruct
from exactrg import DBN, RBM
from exactrg.errors import InputError, SpinError


def network(seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    sizes = (6, 4, 3)
    return DBN(
        RBM(rng.normal(0, scale, (n, m)), rng.normal(0, 0.5, m), rng.normal(0, 0.5, n)) for n, m in pairwise(sizes)
    )


def by_hand(dbn, v):
    """Probabilities of 0/1 units, unit by unit, as the paper's reference does it."""
    x = (1 + np.asarray(v)) / 2
    units = [rbm.to_binary_units() for rbm in dbn.rbms]
    for machine in units:
        x = np.array([1 / (1 + np.exp(-(x @ machine.weights[:, j] + b))) for j, b in enumerate(machine.hidden_bias)])
    for machine in reversed(units):
        x = np.array([1 / (1 + np.exp(-(x @ machine.weights[i] + a))) for i, a in enumerate(machine.visible_bias)])
    return 2 * x - 1


def test_means_are_those_of_the_binary_units():
    dbn, v = network(), np.random.default_rng(1).choice([-1, 1], (5, 6))
    found = reconstruct(dbn, v)
    assert found.shape == (5, 6) and np.abs(found).max() < 1
    for row, expected in zip(found, v, strict=True):
        assert row == pytest.approx(by_hand(dbn, expected))
    assert reconstruct(dbn, v[0]) == pytest.approx(found[0])


def test_drawn_spins_have_the_enumerated_means():
    rbm = network(2).rbms[1]
    v = np.array([1, -1, 1, 1])
    drawn = reconstruct(rbm, np.tile(v, (40000, 1)), rng=3)
    assert drawn.dtype == np.int8 and set(np.unique(drawn)) == {-1, 1}
    exact = np.zeros(4)
    for bits in range(8):
        h = np.array([1 - 2 * (bits >> j & 1) for j in range(3)])
        weight = np.prod(1 / (1 + np.exp(2 * h * (rbm.b + v @ rbm.w))))
        exact += weight * -np.tanh(rbm.c + rbm.w @ h)
    assert np.abs(drawn.mean(0) - exact).max() < 5 / np.sqrt(40000)
    assert np.array_equal(drawn[:9], reconstruct(rbm, np.tile(v, (40000, 1)), rng=3)[:9])


def test_strong_couplings_give_the_configuration_back():
    copy = RBM(-20 * np.eye(5))
    v = np.random.default_rng(0).choice([-1, 1], (20, 5))
    assert np.array_equal(reconstruct(DBN([copy, copy]), v, rng=0), v)
    assert reconstruct(DBN([copy, copy]), v) == pytest.approx(v)


def test_a_depth_is_the_network_of_the_lower_rbms():
    dbn, v = network(), np.random.default_rng(1).choice([-1, 1], (5, 6))
    for depth in (1, 2):
        assert np.array_equal(reconstruct(dbn, v, depth=depth), reconstruct(DBN(dbn.rbms[:depth]), v))
        assert np.array_equal(reconstruct(dbn, v, depth=depth, rng=1), reconstruct(DBN(dbn.rbms[:depth]), v, rng=1))
    assert np.array_equal(reconstruct(dbn, v, depth=2), reconstruct(dbn, v))
    for depth in (0, 3, 1.5):
        with pytest.raises(InputError, match="depth must be"):
            reconstruct(dbn, v, depth=depth)


def test_binary_passes_the_more_likely_spins_down():
    rbm = network(4).rbms[0]
    v = np.random.default_rng(1).choice([-1, 1], (20, 6))
    fields = v @ rbm.w + rbm.b
    assert np.abs(fields).min() > 1e-3
    expected = -np.tanh(np.where(fields > 0, -1, 1) @ rbm.w.T + rbm.c)
    assert reconstruct(rbm, v, binary=True) == pytest.approx(expected)


def test_bad_configurations_are_refused():
    for v in (np.zeros((3, 6)), np.ones((3, 5)), np.ones((1, 3, 6)), np.full(6, np.nan)):
        with pytest.raises(SpinError):
            reconstruct(network(), v)
    with pytest.raises(InputError, match=r"expected a DBN, an RBM, or the result .*, got a NoneType"):
        reconstruct(None, [1])
    with pytest.raises(InputError, match="exact"):
        reconstruct(RBM([[sympy.Symbol("w", real=True)]]), [1])
