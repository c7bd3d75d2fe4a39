"""Flows and the summed free energy."""

from __future__ import annotations

import math

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from exactrg.errors import InputError
from exactrg.schemes import Checkerboard, KadanoffBound, MigdalKadanoff, NiemeijerVanLeeuwen, flow
from exactrg.schemes import log_partition_function as log_z
from exactrg.schemes.jets import variables
from exactrg.schemes.scheme import starting_point

SCHEMES = [
    MigdalKadanoff(),
    MigdalKadanoff(3, 3, "decimate first"),
    Checkerboard(),
    NiemeijerVanLeeuwen(1),
    NiemeijerVanLeeuwen(2),
    KadanoffBound(0.7),
]


@pytest.mark.parametrize("scheme", SCHEMES)
@given(K=st.floats(0, 1.5))
def test_free_energy_is_conserved_along_the_flow(scheme: MigdalKadanoff, K: float) -> None:
    """f(K) = constant + f(K') / volume for the whole sum: a forgotten constant, or weight, breaks it."""
    start = starting_point(scheme, K)
    new, constant = scheme.step(start.couplings)
    after = start.constant + (constant + log_z(scheme, new) / scheme.volume) / start.volume
    assert log_z(scheme, K) == pytest.approx(after, rel=1e-14)


@pytest.mark.parametrize("scheme", SCHEMES[:-1])
def test_free_spins_have_log_2(scheme: MigdalKadanoff) -> None:
    assert log_z(scheme, 0.0) == pytest.approx(math.log(2), abs=1e-15)


def test_bound_at_p_zero_has_free_block_spins() -> None:
    """With p = 0 the block spins are uncoupled: one step of the cell, and log 2 for every block spin."""
    assert log_z(KadanoffBound(0.0), 0.0) == pytest.approx(math.log(2), abs=1e-15)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_low_temperature(scheme: MigdalKadanoff) -> None:
    """Nothing overflows, and the ground state has the energy of all bonds: 3, or d; the truncation makes them 3 too."""
    bonds = 3 if scheme.lattice == "triangular" or scheme == Checkerboard() else scheme.d
    assert log_z(scheme, 300.0) == pytest.approx(300.0 * bonds, rel=0.01)


def test_derivative_of_log_z_is_the_bond_energy() -> None:
    """In one dimension d log Z / dK = tanh K, by jets through the whole sum."""
    (K,) = variables((0.7,))
    assert log_z(MigdalKadanoff(2, 1), (K, 0.0)).partials[0] == pytest.approx(math.tanh(0.7), abs=1e-14)


def test_flow() -> None:
    points = flow(MigdalKadanoff(), 0.3, 5)
    assert len(points) == 6 and points[0] == (0.3, 0.0)
    assert [K for K, _ in points] == sorted((K for K, _ in points), reverse=True)
    assert flow(MigdalKadanoff(), (0.3, 0.1), 1)[1] == MigdalKadanoff().step((0.3, 0.1)).couplings
    with pytest.raises(InputError):
        flow(MigdalKadanoff(), 0.3, -1)
    with pytest.raises(InputError, match="infinite sum"):
        log_z(MigdalKadanoff(), sympy.log(2))
