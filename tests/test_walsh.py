"""The Walsh-Hadamard transform against its definition."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactrg.walsh import spin_configurations, walsh_hadamard


def subset(mask: int, n: int) -> list[int]:
    """The set that a bit mask stands for, first spin most significant."""
    return [i for i in range(n) if mask >> (n - 1 - i) & 1]


@given(st.integers(0, 4).flatmap(lambda n: st.lists(st.fractions(-9, 9), min_size=2**n, max_size=2**n)))
def test_definition(coefficients: list[Fraction]) -> None:
    n = len(coefficients).bit_length() - 1
    f = {frozenset(subset(mask, n)): c for mask, c in enumerate(coefficients)}
    expected = [oracle.value(f, range(n), spins) for spins in oracle.configurations(range(n))]
    exact = np.array(coefficients, dtype=object)
    assert walsh_hadamard(exact).tolist() == expected
    assert exact.tolist() == coefficients
    floats = walsh_hadamard(np.array(coefficients, dtype=np.float64))
    np.testing.assert_allclose(floats, np.array(expected, dtype=np.float64), rtol=0, atol=1e-12)
    assert (walsh_hadamard(walsh_hadamard(exact)) == exact * 2**n).all()


def test_columns_are_transformed_side_by_side() -> None:
    values = np.arange(24).reshape(8, 3)
    columns = [walsh_hadamard(values[:, k]) for k in range(3)]
    assert (walsh_hadamard(values) == np.stack(columns, axis=1)).all()
    assert (walsh_hadamard(np.asfortranarray(values)) == np.stack(columns, axis=1)).all()
    assert walsh_hadamard(np.array([5.0])).tolist() == [5.0]


@pytest.mark.parametrize("size", [0, 3, 6, 12])
def test_sizes_that_are_no_powers_of_two(size: int) -> None:
    with pytest.raises(ValueError, match=f"length {size}, expected a power of two"):
        walsh_hadamard(np.zeros(size))


@pytest.mark.parametrize("n", range(6))
def test_configurations_in_table_order(n: int) -> None:
    configurations: Any = spin_configurations(n)
    assert configurations.dtype == np.int8 and configurations.shape == (2**n, n)
    assert list(map(tuple, configurations.tolist())) == list(product((1, -1), repeat=n))
