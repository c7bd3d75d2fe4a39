"""Tables of floats: linear where every entry stays within float64, logarithms elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from elimination_models import chain_model, dense, log_sum, normal_lattice
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.engines import float_tables
from exactrg.engines.elimination import Elimination, eliminate
from exactrg.lattices import square


@pytest.mark.parametrize("magnitude", [20.0, 1000.0])
def test_couplings_that_no_linear_table_holds(magnitude):
    edges = list(square(3).edges())
    rng = np.random.default_rng(0)
    factors = [(edge, magnitude * sign * np.array([[1, -1], [-1, 1]])) for edge, sign in
               zip(edges, rng.choice([-1, 1], len(edges)), strict=True)]  # fmt: skip
    factors += [((i,), np.array([h, -h])) for i, h in enumerate(rng.standard_normal(9))]
    right = log_sum(dense(9, factors))
    assert isinstance(Elimination(9, factors).tables, float_tables.LogTables)
    assert eliminate(9, factors) == pytest.approx(right, rel=1e-14)
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(float_tables, "_RANGE", math.inf)
        linear = float(eliminate(9, factors))
    assert (magnitude == 20.0) == (abs(linear - right) < 1e-9)  # without the bound, 1000 would go wrong


def test_long_sums_are_rescaled():
    """Z = 2 prod 2 cosh J of a long chain is beyond float64."""
    couplings, factors = chain_model(1500)
    right = math.log(2) + math.fsum(np.log(2 * np.cosh(couplings)))
    assert right > 1000
    elimination = Elimination(1500, factors)
    assert isinstance(elimination.tables, float_tables.LinearTables)
    assert float(elimination.total()) == pytest.approx(right, rel=1e-14)


def test_large_tables_are_rescaled():
    factors = [(scope, 3.0 + table) for scope, table in normal_lattice(8)]
    linear = float(eliminate(64, factors))
    assert linear > 400
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(float_tables, "_RANGE", -1.0)
        assert linear == pytest.approx(float(eliminate(64, factors)), rel=1e-14)


def test_zero_weights_count_all_ranges_and_the_number_of_configurations():
    def kind(n, factors):
        return type(Elimination(n, factors).tables)

    wall = ((0,), np.array([0.0, -math.inf]))
    couplings, factors = chain_model(1500)
    assert kind(1500, [*factors, wall]) is float_tables.LogTables
    right = math.fsum(np.log(2 * np.cosh(couplings)))
    assert float(eliminate(1500, [*factors, wall])) == pytest.approx(right, rel=1e-14)
    field = ((0,), np.array([499.9, 0.0]))
    assert kind(1, [field]) is kind(20, [field]) is float_tables.LinearTables
    assert kind(20, [field, wall]) is float_tables.LogTables
    assert float(eliminate(20, [field, wall])) == pytest.approx(499.9 + 19 * math.log(2), rel=1e-15)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_no_entry_of_a_linear_table_comes_near_the_ends_of_float64(seed):
    """Scale random lattices up to the bound; every table that is made must stay within e**(+-700)."""
    rng = np.random.default_rng(seed)
    edges = list(square(5, periodic=False).edges())
    couplings = rng.standard_normal(len(edges))
    seen = []

    class Watched(float_tables.LinearTables):
        def combine(self, factors, keep):
            result = super().combine(factors, keep)
            seen.extend([result.table.min(), result.table.max()])
            return result

    def model(scale):
        return [(edge, scale * j * np.array([[1, -1], [-1, 1]])) for edge, j in zip(edges, couplings, strict=True)]

    low, high = 0.0, 1000.0
    for _ in range(12):
        middle = (low + high) / 2
        linear = isinstance(Elimination(25, model(middle)).tables, float_tables.LinearTables)
        low, high = (middle, high) if linear else (low, middle)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(float_tables, "LinearTables", Watched)
        z = eliminate(25, model(low))
        Elimination(25, model(low)).marginals([(spin,) for spin in range(25)])
        patch.setattr(float_tables, "_RANGE", -1.0)
        assert z == pytest.approx(float(eliminate(25, model(low))), rel=1e-13)
    assert low > 1.0
    assert len(seen) > 50
    assert min(seen) > math.exp(-700)
    assert max(seen) < math.exp(700)
