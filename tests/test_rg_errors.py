"""RG operators: what is refused, at once and with what to write instead."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from oracle_numbers import J, K

from exactrg import (
    RBM,
    BoltzmannWeight,
    RGOperator,
    SpinPolynomial,
    is_exact_rg,
    ising,
    rbm_hamiltonian,
    rg_hamiltonian,
    ring,
    trace_condition,
)
from exactrg.errors import EnumerationTooLarge, InputError, MixedKindsError, SiteError


def test_bad_operators() -> None:
    weight = BoltzmannWeight([0, 1, "h"], np.ones((2, 2, 2)))
    H = SpinPolynomial({(0, 1): 0.5})
    with pytest.raises(
        InputError, match=r"the weight is a SpinPolynomial: expected e\^T as a BoltzmannWeight; write exp\(T\)"
    ):
        RGOperator(H, [0], [1])  # type: ignore[arg-type]
    with pytest.raises(SiteError, match="the visible and the hidden sites share the site 1: expected disjoint sets"):
        RGOperator(weight, [0, 1], [1, "h"])
    with pytest.raises(SiteError, match=r"e\^T and the layers live on different sites"):
        RGOperator(weight, [0], ["h"])
    with pytest.raises(SiteError, match="visible contains 0 twice"):
        RGOperator(weight, [0, 0, 1], ["h"])
    with pytest.raises(InputError, match=r"H is a int: expected a SpinPolynomial; write ising\(graph, J\)"):
        RGOperator.from_energy(RBM([[0.5]]), 3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="E is a BoltzmannWeight: expected a SpinPolynomial"):
        RGOperator.from_energy(weight, H)  # type: ignore[arg-type]
    with pytest.raises(SiteError, match="the visible layer of E and H live on different sites"):
        RGOperator.from_energy(RBM([[0.5]]), H)
    with pytest.raises(MixedKindsError, match=r"T = -E \+ H mixes floats with exact couplings"):
        RGOperator.from_energy(RBM([[J], [K]]), H)
    with pytest.raises(SiteError, match=r'no site of \[0, 1, \'h\'\] has the form \("h", j\): write hidden='):
        RGOperator.from_conditional(weight)
    with pytest.raises(SiteError, match="hidden names the unknown site 'x'"):
        RGOperator.from_conditional(weight, hidden=["x"])
    T = RGOperator(weight, [0, 1], ["h"])
    with pytest.raises(SiteError, match="H and the visible layer live on different sites"):
        rg_hamiltonian(T, SpinPolynomial({(0,): 0.5}))
    with pytest.raises(SiteError, match="H and the visible layer"):
        T.energy(SpinPolynomial({(0,): 0.5}))
    with pytest.raises(SiteError, match="the first step's hidden and the second step's visible layer"):
        T.compose(T)
    with pytest.raises(SiteError, match="the first visible and the last hidden layer share the site 0"):
        T.compose(RGOperator(BoltzmannWeight(["h", 0], np.ones((2, 2))), ["h"], [0]))


@pytest.mark.parametrize("n", [40, 63, 1600])
def test_too_large_at_once(n: int) -> None:
    H = ising(ring(n), 0.4)
    rbm = RBM(np.zeros((n, n)))
    T = RGOperator.from_energy(rbm, H)
    after = RGOperator.from_energy(RBM(np.zeros((n, 1)), visible=T.hidden, hidden=["k"]), SpinPolynomial({}, T.hidden))
    tracemalloc.start()
    start = time.process_time()
    for operation in (
        lambda: T.weight,
        lambda: rg_hamiltonian(T, H),
        lambda: trace_condition(T),
        lambda: is_exact_rg(T),
        lambda: rbm_hamiltonian(rbm, over="visible"),
        lambda: T.compose(after),
    ):
        with pytest.raises(EnumerationTooLarge, match=r"spins has 2\*\*\d+"):
            operation()
    assert time.process_time() - start < 1 and tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()
