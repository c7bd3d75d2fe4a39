"""RG operators on random Hamiltonians with many-body terms: free energy, composition, rules, and broken variants."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle import configurations, inverse, total, weight
from oracle_systems import factors, hamiltonians, log, polynomial, rational

from exactrg import (
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    decimation,
    delta_f,
    exp,
    free_energy,
    is_exact_rg,
    ising,
    kadanoff,
    kl_divergence,
    majority,
    noisy_copy,
    rg_hamiltonian,
    ring,
    square,
    step_information,
    trace,
    trace_condition,
    truncate,
)
from exactrg.errors import InputError, ZeroWeightError
from exactrg.rg import coarse_weight

SITES = list(range(5))
many_body = hamiltonians(SITES, 8)


@st.composite
def steps(draw: Any, sites: Any = SITES, tag: str = "h") -> RGOperator:
    """Any operator with trace condition 1: named ones on random blocks, and random conditional distributions."""
    sites = draw(st.permutations(sites))
    cut = draw(st.integers(1, len(sites)))
    blocks = [sites[:cut], sites[cut:]] if cut < len(sites) else [sites]
    names = [(tag, j) for j in range(len(blocks))]
    kind = draw(st.sampled_from(["decimation", "majority", "first", "kadanoff", "copy", "conditional"]))
    if kind == "decimation":
        return decimation(sites, sites[: len(names)], hidden=names)
    if kind in ("majority", "first"):
        return majority(blocks, tie="first" if kind == "first" else "random", hidden=names)
    if kind == "kadanoff":
        return kadanoff(blocks, log(draw(factors)), hidden=names)
    if kind == "copy":
        return noisy_copy(sites, sites[: len(names)], log(draw(factors)), hidden=names)
    entries = draw(st.lists(st.integers(0, 4), min_size=2 ** len(sites), max_size=2 ** len(sites)))
    table = np.array([[rational(Fraction(k, 4)), rational(Fraction(4 - k, 4))] for k in entries], dtype=object)
    p = BoltzmannWeight([*sites, names[0]], table.reshape((2,) * (len(sites) + 1)))
    return RGOperator.from_conditional(p, names[:1])


@given(steps(), many_body)
def test_exact_steps_conserve_the_free_energy(T: RGOperator, H: dict[frozenset[Any], Fraction]) -> None:
    assert is_exact_rg(T)
    full = polynomial(H, SITES)
    coarse = coarse_weight(T, full)
    assert trace(coarse) == rational(total(weight(inverse(H), SITES))) and delta_f(T, full) == 0
    if not coarse.zeros():
        assert free_energy(rg_hamiltonian(T, full)) == free_energy(full)
    assert kl_divergence(full, (T.weight * exp(-full)).trace(T.hidden)) == 0


@given(steps(), many_body)
def test_floats_conserve_it_too(T: RGOperator, H: dict[frozenset[Any], Fraction]) -> None:
    numbers = T.weight.table.astype(float)
    T = RGOperator(BoltzmannWeight(T.weight.sites, numbers), T.visible, T.hidden)
    full = SpinPolynomial({S: float(np.log(float(x))) for S, x in H.items()}, SITES) + 0.5
    assert is_exact_rg(T) and abs(delta_f(T, full)) < 1e-13


@given(st.data(), many_body)
def test_two_steps_are_one_step_of_the_composed_operator(data: Any, H: dict[frozenset[Any], Fraction]) -> None:
    first = data.draw(steps())
    second = data.draw(steps(list(first.hidden), "k"))
    both, full = first.compose(second), polynomial(H, SITES)
    assert is_exact_rg(both)
    middle = coarse_weight(first, full)
    assert coarse_weight(both, full) == (second.weight * middle).trace(second.visible)
    if not middle.zeros():
        assert coarse_weight(second, -log_of(middle)) == coarse_weight(both, full)


def log_of(weight: BoltzmannWeight) -> SpinPolynomial:
    return SpinPolynomial(weight.couplings, weight.sites)


def test_decimation_by_b_then_c_is_decimation_by_bc() -> None:
    first = decimation(range(12), range(0, 12, 2), hidden=range(100, 106))
    second = decimation(range(100, 106), (100, 103), hidden=range(200, 202))
    assert first.compose(second).weight == decimation(range(12), (0, 6), hidden=range(200, 202)).weight


@given(st.integers(1, 5), st.sampled_from(["random", "first"]))
def test_majority_rule_by_hand(size: int, tie: Any) -> None:
    T = majority([range(size)], tie=tie)
    for spins in product((1, -1), repeat=size):
        wins = sum(spins) if sum(spins) else (spins[0] if tie == "first" else 0)
        up = sympy.Rational(1, 2) if wins == 0 else sympy.Integer(wins > 0)
        index = tuple((1 - s) // 2 for s in spins)
        assert T.weight.table[(*index, 0)] == up and T.weight.table[(*index, 1)] == 1 - up


def test_ties() -> None:
    assert is_exact_rg(majority([[0, 1, 2], [3]], tie="error"))
    with pytest.raises(InputError, match="can tie"):
        majority([[0, 1, 2], [3, 4]], tie="error")
    # Odd blocks never tie: all rules agree.
    assert len({str(majority([[0, 1, 2]], tie=tie).weight.table.tolist()) for tie in ("random", "first", "error")}) == 1  # type: ignore[arg-type]
    # The first spin of an even block breaks the symmetry between its spins, not that between up and down.
    table = majority([[0, 1]], tie="first").weight.table
    assert table[0, 1, 0] == 1 and table[1, 0, 0] == 0


def test_kadanoffs_kernel_is_exact_for_every_p() -> None:
    p = sympy.Symbol("p", real=True)
    for blocks in ([[0, 1, 2, 3]], [[0], [1, 2, 3]]):
        T = kadanoff(blocks, p)
        assert is_exact_rg(T) and is_exact_rg(kadanoff(blocks, 0)) and is_exact_rg(kadanoff(blocks, -3.7))
    # p = 0 forgets everything, p = infinity is the majority rule.
    half = np.full((2, 2, 2), sympy.Rational(1, 2))
    assert kadanoff([[0, 1]], 0).weight == BoltzmannWeight([0, 1, ("h", 0)], half)
    strong = kadanoff([[0, 1, 2]], 400.0).weight.table
    assert np.array_equal(strong, majority([[0, 1, 2]]).weight.table.astype(float))


@given(factors, st.integers(1, 3))
def test_noisy_copies(x: Fraction, kept: int) -> None:
    T = noisy_copy(range(3), range(kept), log(x))
    right = x * x / (1 + x * x)
    for spins in configurations([*range(3), *range(kept)]):
        expected = Fraction(1)
        for j in range(kept):
            expected *= right if spins[j] == spins[3 + j] else 1 - right
        assert T.weight.table[tuple((1 - s) // 2 for s in spins)] == rational(expected)
    if kept == 3:
        assert T.weight == kadanoff([[0], [1], [2]], log(x)).weight


def test_strong_copies_are_decimation() -> None:
    strong = noisy_copy(range(4), (0, 2), 400.0).weight.table
    assert np.array_equal(strong, decimation(range(4), (0, 2)).weight.table.astype(float))


J = sympy.Symbol("J", real=True)


@pytest.mark.parametrize("J", [J, sympy.log(sympy.Rational(3, 2)), 0.4])
@pytest.mark.parametrize("rule", ["majority", "kadanoff"])
def test_block_spins_of_a_small_torus(rule: str, J: Any) -> None:
    """H^RG of the 2x4 torus of blocks of 2 spins with all its couplings, and what truncation drops."""
    from exactrg import rectangle

    H = ising(rectangle(2, 4), J)
    blocks = [[0, 1], [2, 3], [4, 5], [6, 7]]
    p = 0.7 if isinstance(J, float) else sympy.log(2)
    T = majority(blocks) if rule == "majority" else kadanoff(blocks, p)
    assert is_exact_rg(T)
    coarse = rg_hamiltonian(T, H)
    # The blocks form a ring of 4 with two bonds between neighbours: pairs at both distances, and four spins.
    nonzero = {S for S, c in coarse.couplings.items() if c != 0 and (not isinstance(c, float) or abs(c) > 1e-12)}
    assert {len(S) for S in nonzero} == {0, 2, 4} and len(nonzero) == 8
    kept = truncate(coarse, orders=(0, 2))
    assert len(truncate(kept.dropped, orders=(4,)).kept.couplings) >= 1
    if isinstance(J, float):
        assert abs(delta_f(T, H)) < 1e-12
    else:
        assert delta_f(T, H) == 0 and kept.kept + kept.dropped == coarse


def test_information_lost_by_block_spins() -> None:
    H = ising(square(2), sympy.log(2))
    exact = step_information(majority([[0, 1, 2], [3]]), H)
    floats = step_information(majority([[0, 1, 2], [3]]), ising(square(2), float(np.log(2.0))))
    assert exact.kl == 0 and exact.delta_f == 0 and exact.noise == 0
    assert exact.lost == exact.data_entropy - exact.hidden_entropy and exact.lost > 0
    assert floats.lost == pytest.approx(float(exact.lost), abs=1e-13)
    assert floats.mutual_information == pytest.approx(float(exact.mutual_information), abs=1e-13)


# Broken variants are caught by the same checks.


def forgotten_constant(T: RGOperator) -> RGOperator:
    """Kadanoff's kernel without log 2cosh, or any e^T times 2: the trace is not one."""
    return RGOperator(T.weight * 2, T.visible, T.hidden)


def summed_over_the_wrong_layer(T: RGOperator) -> RGOperator:
    """Normalised for each h, not for each v."""
    return RGOperator(T.weight / T.weight.trace(T.visible), T.visible, T.hidden)


@pytest.mark.parametrize("broken", [forgotten_constant, summed_over_the_wrong_layer])
def test_broken_operators_are_caught(broken: Callable[[RGOperator], RGOperator]) -> None:
    H = SpinPolynomial({(0, 1): -log(Fraction(3)), (0,): log(Fraction(2)), (0, 1, 2): log(Fraction(5))}, range(3))
    T = kadanoff([[0, 1, 2]], log(Fraction(2)))
    assert is_exact_rg(T) and not is_exact_rg(broken(T))
    assert delta_f(T, H) == 0 and delta_f(broken(T), H) != 0
    assert trace_condition(T).ring.equal(trace_condition(T).values, trace_condition(T).ring.one).all()


def test_a_lost_bond_of_the_small_torus_is_caught() -> None:
    """networkx's periodic 2x2 grid has 4 edges: couplings J where square(2) has 2J."""
    import networkx as nx

    wrong = nx.convert_node_labels_to_integers(nx.grid_2d_graph(2, 2, periodic=True))
    T = decimation(range(4), (0, 3))
    right_side = rg_hamiltonian(T, ising(square(2), J))
    assert right_side != rg_hamiltonian(T, ising(wrong, J))
    assert right_side == rg_hamiltonian(T, ising(wrong, 2 * J))
    # Two removed spins with 2J to each of two kept ones: K' = log cosh 4J.
    assert -right_side.couplings[frozenset((("h", 0), ("h", 1)))] == sympy.log(sympy.cosh(4 * J))


def test_k_instead_of_2k_is_caught() -> None:
    T = decimation(range(8), range(0, 8, 2))
    pair = -rg_hamiltonian(T, ising(ring(8), J)).couplings[frozenset((("h", 0), ("h", 1)))]
    assert pair == sympy.log(sympy.cosh(2 * J)) / 2 and pair != sympy.log(sympy.cosh(J)) / 2


def test_unreachable_configurations_have_no_hamiltonian() -> None:
    both = np.zeros((2, 2, 2), dtype=int)
    both[0, 0, 0] = both[1, 1, 1] = 1
    T = RGOperator(BoltzmannWeight([0, ("h", 0), ("h", 1)], both), [0], [("h", 0), ("h", 1)])
    assert is_exact_rg(T)
    with pytest.raises(ZeroWeightError):
        rg_hamiltonian(T, SpinPolynomial({(0,): Exact(J)}, [0]))
