"""RBMs with one layer in closed form, against the sum over all units."""

import numpy as np
import pytest

from exactrg import RBM, log_partition_function
from exactrg.engines import layer


@pytest.mark.parametrize("shape", [(1, 1), (5, 2), (2, 6), (9, 4), (7, 7)])
def test_equals_the_table_of_all_units(shape):
    rng = np.random.default_rng(shape)
    rbm = RBM(rng.normal(size=shape), rng.normal(size=shape[1]), rng.normal(size=shape[0]), rng.normal())
    expected = log_partition_function(rbm.energy(), engine="table")
    assert abs(layer.log_partition_function(rbm) - expected) < 1e-13 * (1 + abs(expected))
    flipped = RBM(rbm.w, -rbm.b, rbm.c, rbm.constant)
    assert abs(layer.log_partition_function(flipped) - expected) > 1e-6


def test_blocks_add_up(monkeypatch):
    rng = np.random.default_rng(2)
    rbm = RBM(rng.normal(size=(30, 9)), rng.normal(size=9), rng.normal(size=30))
    whole = layer.log_partition_function(rbm)
    monkeypatch.setattr(layer, "_BLOCK", 64)
    monkeypatch.setattr(layer, "_GROUP", 7)
    assert abs(layer.log_partition_function(rbm) - whole) < 1e-13 * abs(whole)


def test_strong_couplings_neither_overflow_nor_lose_digits():
    rbm = RBM(np.full((1500, 3), 800.0), np.zeros(3), np.zeros(1500))
    # Three aligned hidden units: |field| = 2400 for all visible ones, two configurations, one free sign each.
    assert abs(layer.log_partition_function(rbm) - (1500 * 2400.0 + np.log(2.0))) < 1e-9
