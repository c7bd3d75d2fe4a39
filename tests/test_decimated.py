"""H^RG of decimation, cluster by cluster, against the sum over all removed spins at once."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle import configurations, inverse, marginal, weight
from oracle_systems import factors, hamiltonians, log, polynomial, rational

from exactrg import (
    BoltzmannWeight,
    SpinPolynomial,
    decimated_hamiltonian,
    decimation,
    exp,
    ising,
    rg_hamiltonian,
    ring,
    square,
)
from exactrg.errors import CouplingError, EnumerationTooLarge, InputError, SiteError
from exactrg.weight import log as logarithm

J = sympy.Symbol("J", real=True)


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.tuples(hamiltonians(list(range(n)), 6), st.permutations(range(n)), st.integers(0, n))
    )
)
def test_any_hamiltonian_and_any_kept_spins(drawn: tuple[dict[frozenset[Any], Fraction], list[int], int]) -> None:
    H, order, count = drawn
    n, keep = len(order), order[:count]
    table = marginal(weight(inverse(H), list(range(n))), keep)
    entries = np.array([rational(table[spins]) for spins in configurations(keep)], dtype=object)
    expected = BoltzmannWeight(keep, entries.reshape((2,) * count))
    coarse = decimated_hamiltonian(polynomial(H, range(n)), keep)
    assert coarse.sites == tuple(keep) and exp(-coarse) == expected


@given(hamiltonians(list(range(5)), 6))
def test_eq_6_for_decimation(H: dict[frozenset[Any], Fraction]) -> None:
    full, names = polynomial(H, range(5)), {4: ("h", 0), 1: ("h", 1)}
    assert rg_hamiltonian(decimation(range(5), [4, 1]), full) == decimated_hamiltonian(full, [4, 1]).relabel(names)


def test_floats_agree_with_the_dense_sum() -> None:
    rng = np.random.default_rng(0)
    full = SpinPolynomial({S: float(rng.normal()) for S in [(), (0,), (0, 1), (1, 2), (2, 3, 4), (0, 5)]}, range(6))
    dense = rg_hamiltonian(decimation(range(6), [0, 2, 5], hidden=list("abc")), full).relabel({"a": 0, "b": 2, "c": 5})
    sparse = decimated_hamiltonian(full, [0, 2, 5])
    assert np.allclose(sparse.table, dense.table, rtol=0, atol=1e-14)


@pytest.mark.parametrize("L", [4, 40])
def test_checkerboard_decimation_of_any_size(L: int) -> None:
    """Per removed spin e^{16 K2} = cosh^2 4K, two of them for a neighbour bond, and e^{16 K4} = (cosh 4K / cosh^4 2K)^2."""
    graph = square(L)
    black = [i for i, (x, y) in graph.nodes(data="pos") if (x + y) % 2 == 0]
    K = sympy.log(sympy.Rational(3, 2)) if L > 4 else J
    H = decimated_hamiltonian(ising(graph, K), black)
    c2, c4 = sympy.cosh(2 * K), sympy.cosh(4 * K)
    pair, four = sympy.log(c4**2) / 16, 2 * sympy.log(c4 / c2**4) / 16
    constant = sympy.log(2) + (sympy.log(c4) + 4 * sympy.log(c2)) / 8
    if L == 40:  # on 4x4 distant pairs meet around the torus
        orders = [len(S) for S in H.couplings]
        assert {k: orders.count(k) for k in (0, 2, 4)} == {0: 1, 2: 2 * L * L, 4: L * L // 2}
        couplings = {-H.couplings[S] for S in list(H.couplings)[:40] if len(S) == 2}
        assert all(value == pair or value == 2 * pair for value in couplings)
    assert all(-value == four for S, value in list(H.couplings.items())[:40] if len(S) == 4)
    assert -H.couplings[frozenset()] == L * L // 2 * constant


def test_spins_without_couplings_leave_a_factor_of_two() -> None:
    assert decimated_hamiltonian(SpinPolynomial({}, range(3)), [1]) == SpinPolynomial({(): -2 * sympy.log(2)}, [1])
    alone = decimated_hamiltonian(SpinPolynomial({(0,): 0.5}, range(2)), [0])
    assert alone.couplings == {frozenset((0,)): 0.5, frozenset(): -np.log(2.0)}


@given(st.lists(st.sampled_from([Fraction(2), Fraction(3)]), min_size=6, max_size=6))
def test_clusters_that_look_alike_are_told_apart(x: list[Fraction]) -> None:
    """A ring of 6 with two kinds of bonds: some clusters repeat, others do not."""
    H = SpinPolynomial({(i, (i + 1) % 6): -log(y) for i, y in enumerate(x)}, range(6))
    assert exp(-decimated_hamiltonian(H, (0, 2, 4))) == exp(-H).trace((1, 3, 5))


def test_sites_of_any_type() -> None:
    names = ["a", 0, ("b", 1), 1.5, frozenset(), "c"]
    H = SpinPolynomial({(s, t): 0.1 * k + 0.2 for k, (s, t) in enumerate(pairwise(names))}, names)
    coarse = decimated_hamiltonian(H, ["c", "a"])
    assert coarse.sites == ("c", "a")
    np.testing.assert_allclose(coarse.table, -logarithm(exp(-H).trace(names[1:5])).table.T, atol=1e-14)


def test_everything_or_nothing_kept() -> None:
    H = ising(ring(5), J)
    assert decimated_hamiltonian(H, H.sites) == H
    assert decimated_hamiltonian(H, []).couplings[frozenset()] == -sympy.log(
        (2 * sympy.cosh(J)) ** 5 + (2 * sympy.sinh(J)) ** 5
    )


@given(st.lists(factors, min_size=8, max_size=8), st.integers(2, 7))
def test_a_disordered_chain(x: list[Fraction], k: int) -> None:
    """tanh J' is the product of the tanh J between two kept spins."""
    H = SpinPolynomial({(i, i + 1): -log(y) for i, y in enumerate(x)}, range(9))
    coarse = -decimated_hamiltonian(H, [0, k, 8]).couplings.get(frozenset((0, k)), sympy.Integer(0))
    t = Fraction(1)
    for y in x[:k]:
        t *= (y * y - 1) / (y * y + 1)
    assert coarse == log((1 + t) / (1 - t)) / 2


def test_bad_input() -> None:
    with pytest.raises(SiteError):
        decimated_hamiltonian(ising(ring(4), J), [7])
    with pytest.raises(SiteError):
        decimated_hamiltonian(ising(ring(4), J), [0, 0])
    with pytest.raises(InputError):
        decimated_hamiltonian(ring(4), [0])  # type: ignore[arg-type]
    for rejected in (J * sympy.exp(J), sympy.Rational(1, 2)):
        with pytest.raises(CouplingError):
            decimated_hamiltonian(SpinPolynomial({(0, 1): rejected}, range(2)), [0])
    with pytest.raises(EnumerationTooLarge):
        decimated_hamiltonian(ising(square(8), J), [0])
    with pytest.raises(EnumerationTooLarge, match=r"decimated_hamiltonian\(H, keep\)"):
        decimation(range(16), range(0, 16, 2))
