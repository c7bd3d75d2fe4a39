"""Entropies, mutual information and the loss of a step, against 50-digit sums over enumerated fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle import Step, inverse, kl, marginal, normalised, weight
from oracle_systems import hamiltonians, polynomial, systems

from exactrg import (
    RBM,
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    decimation,
    entropy,
    ising,
    kadanoff,
    kl_divergence,
    majority,
    mutual_information,
    rbm_hamiltonian,
    ring,
    step_information,
)
from exactrg.errors import SiteError, ZeroWeightError

J = sympy.Symbol("J", real=True)


def shannon(table: dict[Any, Fraction]) -> Any:
    """-sum p log p."""
    with mpmath.workdps(50):
        values = [mpmath.mpf(p.numerator) / p.denominator for p in normalised(table).values() if p]
        return -mpmath.fsum(p * mpmath.log(p) for p in values)


def agrees(exact: Any, reference: Any) -> bool:
    return abs(float(exact) - float(reference)) < 1e-13 * (1 + abs(float(reference)))


@given(hamiltonians(list(range(4)), 6), st.integers(0, 4))
def test_entropy_and_mutual_information(H: dict[frozenset[Any], Fraction], cut: int) -> None:
    full, table = polynomial(H, range(4)), weight(inverse(H), list(range(4)))
    assert agrees(entropy(full), shannon(table))
    a, b = shannon(marginal(table, range(cut))), shannon(marginal(table, range(cut, 4)))
    shared = mutual_information(full, range(cut))
    assert agrees(shared, a + b - shannon(table)) and shared >= 0
    assert shared == mutual_information(full, range(cut, 4))
    floats = SpinPolynomial({S: float(c) for S, c in full.couplings.items()}, range(4)) + 0.5
    assert entropy(floats) == pytest.approx(float(entropy(full)), abs=1e-13)
    assert mutual_information(floats, range(cut)) == pytest.approx(float(shared), abs=1e-13)


@given(systems())
def test_any_step(step: Step) -> None:
    H, E = polynomial(step.H, step.visible), polynomial(step.E, step.sites)
    info = step_information(RGOperator.from_energy(E, H), H)
    n = len(step.visible)
    joint = weight(inverse(step.E), step.sites)
    v, h = marginal(joint, range(n)), marginal(joint, range(n, len(step.sites)))
    assert agrees(info.data_entropy, shannon(step.data())) and agrees(info.kl, kl(step.data(), v))
    assert agrees(info.visible_entropy, shannon(v)) and agrees(info.hidden_entropy, shannon(h))
    assert agrees(info.joint_entropy, shannon(joint))
    assert info.mutual_information + info.lost == info.visible_entropy
    assert info.mutual_information + info.noise == info.hidden_entropy
    assert info.mutual_information >= 0 and info.lost >= 0 and info.noise >= 0 and info.kl >= 0


@given(hamiltonians(list(range(4)), 6))
def test_decimation_loses_what_the_removed_spins_did_not_share(H: dict[frozenset[Any], Fraction]) -> None:
    full = polynomial(H, range(4))
    info = step_information(decimation(range(4), [1, 3]), full)
    assert info.noise == 0 and info.kl == 0 and info.delta_f == 0 and info.visible_entropy == info.data_entropy
    # S(removed | kept)
    assert info.lost == entropy(full) - entropy(BoltzmannWeight([1, 3], marginal_table(full)))


def marginal_table(H: SpinPolynomial) -> Any:
    """Boltzmann weights of the spins 1 and 3."""
    table = BoltzmannWeight(H.sites, np.vectorize(lambda x: sympy.exp(-x), otypes=[object])(H.table))
    return table.trace([0, 2]).table


def test_symbols() -> None:
    """A ring of 4 decimated to 2: entropies as functions of J, decided."""
    info = step_information(decimation(range(4), (0, 2)), ising(ring(4), J))
    t = sympy.tanh(J)
    c = 2 * t**2 / (1 + t**4)  # <s_0 s_2>
    p = [(1 + c) / 4, (1 - c) / 4]
    assert info.hidden_entropy == -2 * sum(x * sympy.log(x) for x in p)
    assert info.mutual_information == info.hidden_entropy and info.kl == 0
    assert Exact(entropy(ising(ring(4), J)).subs(J, 0)) == sympy.log(16)


def test_floats_stay_floats() -> None:
    info = step_information(decimation([0, 1], [0]), SpinPolynomial({(0, 1): 0.5}))
    assert info.kl == 0.0 and {type(x) for x in vars(info).values()} == {float}


def test_a_step_that_forgets_everything() -> None:
    H = ising(ring(3), sympy.log(2))
    info = step_information(kadanoff([[0, 1, 2]], sympy.Integer(0)), ising(ring(3), 0.7))
    assert info.mutual_information == pytest.approx(0, abs=1e-15) and info.noise == pytest.approx(np.log(2))
    strength = sympy.log(sympy.Rational(3, 2))
    weak, strong = (step_information(kadanoff([[0, 1, 2]], p * strength), H) for p in (1, 3))
    rule = step_information(majority([[0, 1, 2]]), H)
    assert 0 < weak.mutual_information < strong.mutual_information < rule.mutual_information == sympy.log(2)


def test_infinite_where_it_must_be() -> None:
    """A model that gives weight zero to data that occur."""
    cut = RGOperator(BoltzmannWeight([0, ("h", 0)], [[1, 0], [0, 0]]), [0], [("h", 0)])
    up = sympy.log(1 + sympy.exp(2 * J))  # Delta F = log Z/Z', Z' = e^{-J}
    for H, infinity, change in (
        (SpinPolynomial({(0,): J}, [0]), sympy.oo, up),
        (SpinPolynomial({(0,): 0.3}, [0]), float("inf"), pytest.approx(float(up.subs(J, 0.3)))),
    ):
        info = step_information(cut, H)
        assert info.kl == infinity and info.visible_entropy == info.hidden_entropy == info.joint_entropy == 0
        assert info.lost == 0 and info.delta_f == change
    point = BoltzmannWeight([0, 1], [[1, 0], [0, 0]])
    assert entropy(point) == 0 and kl_divergence(BoltzmannWeight([0, 1], [[1, 1], [1, 1]]), point) == sympy.oo
    assert mutual_information(BoltzmannWeight([0, 1], [[1, 0], [0, 1]]), [0]) == sympy.log(2)


def test_machines_are_their_visible_marginals() -> None:
    rbm = RBM([[sympy.log(2)], [sympy.log(3)]])
    assert entropy(rbm) == entropy(rbm_hamiltonian(rbm, "hidden"))


def test_independent_spins_have_no_mutual_information() -> None:
    """Never negative by rounding in floats, and an exact zero otherwise."""
    fields = [0.1 * k + 0.01 for k in range(1, 6)]
    for n in range(2, 6):
        H = SpinPolynomial({(k,): h for k, h in enumerate(fields[:n])})
        for k in range(n):
            assert 0 <= mutual_information(H, [k]) < 1e-14
    assert mutual_information(SpinPolynomial({(0,): J, (1,): -2 * J}), [0]) == 0


def test_errors() -> None:
    with pytest.raises(SiteError):
        mutual_information(ising(ring(3), J), [7])
    with pytest.raises(ZeroWeightError):
        entropy(BoltzmannWeight([0], [0, 0]))
    with pytest.raises(SiteError):
        step_information(decimation(range(3), [0]), ising(ring(4), J))
