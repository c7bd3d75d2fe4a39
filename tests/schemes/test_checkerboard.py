"""Checkerboard decimation with truncation."""

from __future__ import annotations

import math

import networkx as nx
import pytest
import sympy

from exactrg import exp, infinite, ising, log, trace
from exactrg.schemes import Checkerboard, fixed_points, is_fixed_point, log_partition_function

K = sympy.Symbol("K", real=True)


def test_the_step_is_the_traced_star_with_its_truncation() -> None:
    """Sum the middle spin of a star by the exact core; fold the pair couplings together, drop the four-spin one."""
    star = nx.star_graph(4)
    traced = log(trace(exp(-ising(star, K)), over=[0])).couplings
    pair = traced[frozenset({1, 2})]
    (new,), constant = Checkerboard().step(K)
    assert new == 2 * pair + pair  # a neighbour bond is on two stars, a diagonal on one: K_nn + K_nnn
    assert 2 * constant == traced[frozenset()]
    assert new == sympy.Rational(3, 8) * sympy.log(sympy.cosh(4 * K))
    assert frozenset({1, 2, 3, 4}) in traced


def test_numbers_of_facts() -> None:
    _, critical, _ = fixed_points(Checkerboard())
    assert critical.couplings["K"] == pytest.approx(0.5070, abs=5e-5)
    assert critical.exponents["y_T"] == pytest.approx(1.0700, abs=5e-5)
    assert not critical.stable


def test_trivial_fixed_points() -> None:
    assert is_fixed_point(Checkerboard(), sympy.Integer(0))
    disordered, _, ordered = fixed_points(Checkerboard())
    assert disordered.couplings["K"] == 0 and disordered.stable
    assert math.isinf(ordered.couplings["K"]) and ordered.stable


def test_log_z_to_lowest_orders() -> None:
    """log Z = log 2 + K^2 + O(K^4) on the square lattice, and the truncation starts at K^4."""
    for k in (0.01, 0.02):
        assert log_partition_function(Checkerboard(), k) == pytest.approx(math.log(2) + k**2, abs=3 * k**4)
        assert log_partition_function(Checkerboard(), k) == pytest.approx(
            infinite.log_partition_function(k), abs=3 * k**4
        )
