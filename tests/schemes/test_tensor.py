"""TRG and HOTRG: exact on small tori, the published errors at K_c, determinism."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import infinite, kaufman
from exactrg.errors import InputError
from exactrg.schemes import HOTRG, TRG, critical_coupling, log_partition_function
from exactrg.schemes.tensor import ising_tensor, scaling_dimensions, torus_log_partition_function

K_C = float(infinite.critical_coupling())


@given(st.floats(0, 3))
def test_the_tensor_is_the_model(K: float) -> None:
    """Two tensors on the 1 x 2 torus against the sum over two spins: a double bond across, each with a bond to itself."""
    tensor = ising_tensor(K)
    contracted = np.einsum("aubu,bvav->", tensor, tensor) * math.exp(4 * K)
    expected = sum(math.exp(2 * K * s * t + 2 * K) for s, t in itertools.product((1, -1), repeat=2))
    assert contracted == pytest.approx(expected, rel=1e-13)


@given(st.floats(-2, 2))
@settings(max_examples=15)
def test_exact_on_tori_where_nothing_is_cut(K: float) -> None:
    for scheme in (TRG(16), HOTRG(16)):
        for size in (2, 4):
            exact = kaufman.log_partition_function(size, size, K)
            assert torus_log_partition_function(scheme, K, size) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("size", [8, 16, 32])
def test_larger_tori(size: int) -> None:
    """Away from criticality the cut is small, and the size is felt: the finite torus is what is computed."""
    for K in (0.3, 0.6):
        exact = kaufman.log_partition_function(size, size, K) / size**2
        infinite_lattice = infinite.log_partition_function(K)
        for scheme in (TRG(8), HOTRG(8)):
            found = torus_log_partition_function(scheme, K, size) / size**2
            assert found == pytest.approx(exact, rel=2e-4 if size == 8 else 2e-5)
            if K == 0.6:  # two ordered phases: log 2 in all
                assert abs(found - exact) < abs(found - infinite_lattice) / 10


@pytest.mark.parametrize(
    ("scheme", "published"), [(TRG(8), 6.9e-5), (HOTRG(8), 1.4e-5), (TRG(16), 4.6e-6), (HOTRG(16), 5.6e-7)]
)
def test_published_errors_at_criticality(scheme: TRG, published: float) -> None:
    exact = infinite.log_partition_function(K_C)
    error = abs(log_partition_function(scheme, K_C) / exact - 1)
    assert published / 2 < error < 2 * published


def test_broken_tensor_is_caught() -> None:
    """K where 2K belongs is far outside the published errors."""
    exact = infinite.log_partition_function(K_C)
    assert abs(log_partition_function(HOTRG(8), 2 * K_C) / exact - 1) > 1e-2


@pytest.mark.parametrize("scheme", [TRG(6), HOTRG(6)])
def test_limits(scheme: TRG) -> None:
    assert log_partition_function(scheme, 0) == pytest.approx(math.log(2), rel=1e-14)
    assert log_partition_function(scheme, 1e-9) == pytest.approx(math.log(2), rel=1e-14)
    assert log_partition_function(scheme, 500.0) == pytest.approx(1000.0, rel=1e-14)
    assert log_partition_function(scheme, -0.3) == log_partition_function(scheme, 0.3)


def test_the_same_bits_every_time() -> None:
    for scheme in (TRG(6), HOTRG(6)):
        assert log_partition_function(scheme, 0.44) == log_partition_function(scheme, 0.44)


def test_scaling_dimensions_at_criticality() -> None:
    """1/8 and 1, with corrections of the finite size."""
    for scheme in (TRG(12), HOTRG(12)):
        dimensions = scaling_dimensions(scheme, K_C, 8)
        assert dimensions["spin"] == pytest.approx(1 / 8, abs=2e-3)
        assert dimensions["energy"] == pytest.approx(1, abs=2e-2)


def test_critical_coupling() -> None:
    assert critical_coupling(HOTRG(6)) == pytest.approx(K_C, abs=2e-3)


def test_bad_input() -> None:
    with pytest.raises(InputError, match="power of 2"):
        torus_log_partition_function(TRG(4), 0.4, 6)
    for kind in (TRG, HOTRG):
        with pytest.raises(InputError):
            kind(1)
