"""One layer summed out: Eqs. 12 to 15 against enumeration."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import oracle
import pytest
from hypothesis import given
from oracle_systems import rbms

from exactrg import RBM, exp, partition_function, rbm_hamiltonian
from exactrg.errors import SiteError
from exactrg.marginals import marginal_weight


@given(rbms())
def test_marginals_and_partition_function(machine: tuple[RBM, dict[frozenset[Any], Fraction]]) -> None:
    """Eqs. 12 to 15: both marginals with the same Z', by the product form over the other layer."""
    rbm, h = machine
    joint = oracle.weight(oracle.inverse(h), rbm.sites)
    n = rbm.n_visible
    for over, keep in (("hidden", range(n)), ("visible", range(n, len(rbm.sites)))):
        expected = oracle.marginal(joint, keep)
        weight = marginal_weight(rbm, over)
        assert [weight.ring.value(x) for x in weight.values.reshape(-1)] == list(expected.values())
        assert exp(-rbm_hamiltonian(rbm, over)) == weight
        assert marginal_weight(rbm.energy(), getattr(rbm, over)) == weight
    assert partition_function(rbm) == oracle.total(joint) == partition_function(rbm.energy())
    part = [rbm.visible[0], rbm.hidden[0]]
    assert marginal_weight(rbm, part) == marginal_weight(rbm.energy(), part)


def test_bad_layers() -> None:
    rbm = RBM([[0.5]])
    with pytest.raises(SiteError, match=r'over=\'both\': expected "visible" or "hidden" for an RBM'):
        rbm_hamiltonian(rbm, "both")
    with pytest.raises(SiteError, match=r"expected.*a sequence of sites"):
        rbm_hamiltonian(rbm.energy(), "visible")
    with pytest.raises(SiteError, match="unknown site 7"):
        rbm_hamiltonian(rbm, [7])
