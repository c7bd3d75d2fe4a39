from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.multispin import pack
from approx.packing_kernels import pack_rows, transpose
from approx.samples_file import pack_spins


def plain(kernel):
    return getattr(kernel, "py_func", kernel)


@pytest.mark.parametrize("compiled", [True, False])
def test_transpose(compiled):
    square = np.random.default_rng(1).integers(2**64, size=64, dtype=np.uint64)
    bits = (square[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    (transpose if compiled else plain(transpose))(square)
    assert np.array_equal((square[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1), bits.T)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 14), st.integers(1, 14), st.integers(0, 2**32))
def test_rows_are_the_packed_spins(Lx, Ly, seed):
    configs = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (1024, Lx * Ly))
    rows = np.full((1024, -(-Lx * Ly // 64)), 7, np.uint64)
    pack_rows(pack(configs, Lx, Ly)[0].reshape(Lx * Ly, 16), rows)
    octets = rows.astype(">u8").view(np.uint8)
    assert np.array_equal(octets[:, : -(-Lx * Ly // 8)], pack_spins(configs))
    assert not octets[:, -(-Lx * Ly // 8) :].any()
