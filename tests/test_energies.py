from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest

from exactrg import chain, energy_distribution, exp, ising, kaufman, ring, square, triangular
from exactrg.errors import InputError


@pytest.mark.parametrize("graph", [square(2), square(3), chain(5), ring(2), triangular(3), square(3, periodic=False)])
@pytest.mark.parametrize("J", [0.4, -0.7, 1])
def test_it_is_the_sum_over_all_configurations(graph, J):
    H = ising(graph, J)
    n = len(H.sites)
    v = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    energies = np.round(H.evaluate(v), 9)
    weights = np.exp(-energies)
    levels, p = energy_distribution(graph, J)
    assert levels == pytest.approx(np.unique(energies)) and np.all(np.diff(levels) > 0)
    expected = [weights[energies == level].sum() for level in np.unique(energies)]
    assert p == pytest.approx(np.array(expected) / exp(-H).table.sum(), rel=1e-9)


def test_at_full_scale_it_has_kaufmans_energy_and_specific_heat():
    for K in (0.2, 0.408, 0.44):
        E, p = energy_distribution(square(40), K)
        assert p @ E == pytest.approx(kaufman.energy(40, 40, K), rel=1e-12)
        assert p @ (E - p @ E) ** 2 == pytest.approx(kaufman.specific_heat(40, 40, K), rel=1e-9)


@pytest.mark.parametrize("J", [0.0, math.nan, math.inf, "a", None, [0.1, 0.2]])
def test_a_coupling_that_is_none_is_refused(J):
    with pytest.raises(InputError, match="one finite number other than zero"):
        energy_distribution(nx.path_graph(3), J)
