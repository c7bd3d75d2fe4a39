"""Truncation keeps what is named, reports the rest, and what is left out costs a divergence."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_systems import hamiltonians, polynomial

from exactrg import SpinPolynomial, decimated_hamiltonian, ising, kl_divergence, square, truncate

J = sympy.Symbol("J", real=True)


@given(
    hamiltonians(list(range(4)), 8), st.sets(st.integers(0, 4)), st.sets(st.frozensets(st.integers(0, 3)), max_size=3)
)
def test_kept_and_dropped_add_up(
    H: dict[frozenset[Any], Fraction], orders: set[int], named: set[frozenset[int]]
) -> None:
    full = polynomial(H, range(4))
    split = truncate(full, named, orders=orders)
    assert split.kept + split.dropped == full and split.kept.sites == split.dropped.sites == full.sites
    for members in full.couplings:
        kept = len(members) in orders or members in named
        assert (members in split.kept.couplings) == kept and (members in split.dropped.couplings) != kept
    assert split.exact == (not split.dropped.couplings)
    assert split.divergence == kl_divergence(full, split.kept) >= 0


def test_the_four_spin_coupling_of_the_checkerboard() -> None:
    # Neighbours of one removed spin of the 4x4 torus, around the square lattice's first decimation.
    H = decimated_hamiltonian(ising(square(4), J), [0, 2, 5, 7, 8, 10, 13, 15])
    split = truncate(H, orders=(0, 2))
    assert split.dropped_orders() == {4: 8} and not split.exact
    assert str(split) == f"{len(split.kept.couplings)} couplings kept, dropped: 8 of 4 spins"
    assert truncate(H, orders=(0, 2, 4)).exact and str(truncate(H, orders=range(9))).endswith("dropped: none")


def test_formal_zeros_are_nothing() -> None:
    zero = sympy.log(sympy.sqrt(2) + 1) + sympy.log(sympy.sqrt(2) - 1)
    assert truncate(SpinPolynomial({(0, 1): zero, (0,): J}, range(2)), orders=(1,)).exact
