"""log Tr_h e^T at samples: against tables where they exist, and against the formula at 1600 + 400 spins."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle import Step
from oracle_numbers import J, K
from oracle_systems import hamiltonians, polynomial, rbms, systems

from exactrg import (
    RBM,
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    decimation,
    ising,
    majority,
    ring,
    square,
    trace_condition,
)
from exactrg.errors import EnumerationTooLarge, SpinError


@given(systems(n=3, m=3))
def test_exact_samples(step: Step) -> None:
    """Interacting hidden spins included; every configuration, in the order of `visible`."""
    T = RGOperator.from_energy(polynomial(step.E, step.sites), polynomial(step.H, step.visible))
    q = step.q()
    found = T.log_trace(list(q))
    assert found.shape == (len(q),)
    for x, value in zip(q.values(), found, strict=True):
        assert isinstance(value, sympy.Expr) and Exact(value) == Exact(x).log()


@given(rbms(), st.data())
def test_rbms(machine: tuple[RBM, dict[Any, Fraction]], data: st.DataObject) -> None:
    rbm, e = machine
    h = data.draw(hamiltonians(list(rbm.visible)))
    q = Step(h, e, rbm.visible, rbm.hidden).q()
    T = RGOperator.from_energy(rbm, polynomial(h, rbm.visible))
    for x, value in zip(q.values(), T.log_trace(list(q)), strict=True):
        assert Exact(value) == Exact(x).log()
    floats = RGOperator.from_energy(
        RBM(*(np.array(a, dtype=float) for a in (rbm.w, rbm.b, rbm.c)), float(rbm.constant)),
        SpinPolynomial({s: math.log(x) for s, x in h.items()}, rbm.visible),
    )
    np.testing.assert_allclose(floats.log_trace(list(q)), [math.log(x) for x in q.values()], atol=1e-12)


def test_stored_tables_of_every_kind() -> None:
    """A trace of one has the logarithm zero, and a trace of zero minus infinity."""
    for one, expected in ((1.0, [0.0, -math.inf, math.log(3)]), (1, [0, -sympy.oo, sympy.log(3)])):
        table = [[one, 0 * one], [0 * one, 0 * one], [one, 2 * one], [0 * one, one]]
        T = RGOperator(BoltzmannWeight([0, 1, "h"], np.array(table).reshape(2, 2, 2)), [0, 1], ["h"])
        found = T.log_trace([[1, 1], [1, -1], [-1, 1]])
        assert found.dtype == (np.float64 if isinstance(one, float) else object)
        assert found.tolist()[:2] == expected[:2] and float(found[2]) == pytest.approx(math.log(3), rel=1e-15)
        assert isinstance(one, float) or found[2] == expected[2]


def test_order_of_the_visible_spins() -> None:
    """Samples are read in the order of `visible`, however the weight, H or the RBM order their sites."""
    table = np.arange(1.0, 9.0).reshape(2, 2, 2)
    T = RGOperator(BoltzmannWeight([1, 0, "h"], table), [0, 1], ["h"])
    assert T.log_trace([[1, -1]])[0] == pytest.approx(math.log(table[1, 0].sum()))
    assert T.log_trace([[-1, 1]])[0] == pytest.approx(math.log(table[0, 1].sum()))
    rbm = RBM([[0.3], [-0.7]], [0.2], [0.5, 0.1], visible=["a", "b"])
    H = SpinPolynomial({("a",): 0.4, ("a", "b"): 1.0}, ["b", "a"])
    S = RGOperator.from_energy(rbm, H)
    assert S.visible == ("b", "a")
    direct = {(b, a): 0.4 * a + a * b - 0.5 * a - 0.1 * b for a in (1, -1) for b in (1, -1)}
    for (b, a), rest in direct.items():
        expected = rest + math.log(2 * math.cosh(0.2 + 0.3 * a - 0.7 * b))
        assert S.log_trace([[b, a]])[0] == pytest.approx(expected, abs=1e-14)
        assert RGOperator.from_energy(rbm.energy(), H).log_trace([[b, a]])[0] == pytest.approx(expected, abs=1e-14)


def test_full_scale() -> None:
    """1600 + 400 float spins: log q = H - c.v - constant + sum_j log 2cosh(b_j + sum_i v_i w_ij)."""
    rng = np.random.default_rng(7)
    w, b, c = rng.normal(size=(1600, 400)), rng.normal(size=400), rng.normal(size=1600)
    graph = square(40)
    T = RGOperator.from_energy(RBM(w, b, c, 0.25), ising(graph, 0.4, 0.1))
    spins = rng.choice(np.array([-1, 1], dtype=np.int8), size=(3, 1600))
    found = T.log_trace(spins)
    for v, value in zip(spins.astype(float), found, strict=True):
        energy = -0.4 * math.fsum(v[i] * v[j] for i, j in graph.edges()) - 0.1 * math.fsum(v)
        logs = [abs(f) + math.log1p(math.exp(-2 * abs(f))) for f in (math.fsum(v * w[:, j]) + b[j] for j in range(400))]
        assert value == pytest.approx(energy - 0.25 - math.fsum(c * v) + math.fsum(logs), rel=1e-12)


def test_full_scale_of_a_polynomial_energy() -> None:
    """The same for a Boltzmann machine with three-spin terms, 400 + 100 spins, and one visible coupling."""
    rng = np.random.default_rng(8)
    couplings: dict[Any, float] = {}
    for j in range(100):
        couplings[("h", j),] = float(rng.normal())
        for k in range(4):
            couplings[4 * j + k, ("h", j)] = float(rng.normal())
        couplings[4 * j, 4 * j + 1, ("h", j)] = float(rng.normal())
    E = SpinPolynomial(couplings | {(0, 399): 0.5}, [*range(400), *(("h", j) for j in range(100))])
    T = RGOperator.from_energy(E, ising(square(20), 0.3))
    v = rng.choice([-1, 1], size=400)
    expected = -0.3 * sum(v[i] * v[j] for i, j in square(20).edges()) - 0.5 * v[0] * v[399]
    for j in range(100):
        field = sum(
            c * math.prod(v[s] for s in sites if not isinstance(s, tuple))
            for sites, c in couplings.items()
            if ("h", j) in sites
        )
        expected += math.log(2 * math.cosh(field))
    assert T.log_trace(v)[0] == pytest.approx(expected, rel=1e-12)


@given(st.integers(0, 2**16))
def test_exact_against_the_trace_condition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    E = RBM([[J, K], [J / 2, 0], [sympy.log(3), J]], [K, 0], [0, J, sympy.log(2) / 2])
    T = RGOperator.from_energy(E, ising(ring(3), J, K))
    spins = rng.choice([-1, 1], size=(2, 3))
    table = trace_condition(T).table
    for v, value in zip(spins, T.log_trace(spins), strict=True):
        assert Exact(value).exp() == table[tuple((1 - v) // 2)]


def test_delta_functions() -> None:
    for T in (decimation(range(3), [0, 2]), majority([[0, 1, 2]])):
        assert [Exact(x) for x in T.log_trace([[1, -1, 1], [-1, -1, 1]])] == [0, 0]
    T = RGOperator(BoltzmannWeight([0, "h"], [[1, 1], [0, 0]]), [0], ["h"])
    assert list(T.log_trace([[1], [-1]])) == [sympy.log(2), -sympy.oo]
    S = RGOperator(BoltzmannWeight([0, "h"], [[1.0, 1.0], [0.0, 0.0]]), [0], ["h"])
    assert S.log_trace([[1], [-1]]).tolist() == [pytest.approx(math.log(2)), -math.inf]


def test_no_hidden_spins_and_nothing_at_all() -> None:
    H = SpinPolynomial({(0, 1): sympy.log(2)}, [0, 1])
    assert list(RGOperator.from_energy(H, H).log_trace([[1, 1]])) == [0]
    assert Exact(RGOperator.from_energy(2 * H, H).log_trace([[1, -1]])[0]) == sympy.log(2)
    zero = RGOperator.from_energy(RBM([[0]]), SpinPolynomial({}, [0]))
    assert list(zero.log_trace([[1]])) == [sympy.log(2)]
    floats = RGOperator.from_energy(SpinPolynomial({(0,): 1.0}), SpinPolynomial({(0,): 1.0})).log_trace([[1]])
    assert [float(x) for x in floats] == [0.0]
    empty = RGOperator.from_energy(RBM([[0.5]]), SpinPolynomial({(0,): 0.5})).log_trace(np.zeros((0, 1)))
    assert empty.shape == (0,)


def test_hidden_spins_without_couplings_leave_a_factor_of_two() -> None:
    T = RGOperator.from_energy(SpinPolynomial({(0, 1): 0.5}, [0, 1, 2]), SpinPolynomial({(0,): 0.25}))
    assert T.log_trace([[1]]) == pytest.approx([0.25 + math.log(2 * math.cosh(0.5)) + math.log(2)])


def test_large_couplings_do_not_overflow() -> None:
    T = RGOperator.from_energy(RBM([[1000.0], [-2000.0]]), SpinPolynomial({(0, 1): 500.0}))
    assert T.log_trace([[1, 1], [1, -1]]).tolist() == pytest.approx([500 + 1000, -500 + 3000])


def test_bad_samples() -> None:
    T = RGOperator.from_energy(RBM([[0.5], [0.5]]), SpinPolynomial({(0, 1): 0.5}))
    for spins, message in (
        ([[0, 1]], r"0/1 units, write 2 \* units - 1"),
        ([[1, 1, 1]], r"expected \(n_samples, 2\)"),
        ([[1, 0.5]], "got values such as 0.5"),
    ):
        with pytest.raises(SpinError, match=message):
            T.log_trace(spins)


def test_too_many_interacting_hidden_spins() -> None:
    hidden = [("h", j) for j in range(17)]
    E = SpinPolynomial(dict.fromkeys(pairwise(hidden), 0.1) | {(0, hidden[0]): 0.2})
    T = RGOperator.from_energy(E, SpinPolynomial({}, [0]))
    with pytest.raises(EnumerationTooLarge, match="a sum over interacting hidden spins over 17 spins has 2"):
        T.log_trace([[1]])
    small = SpinPolynomial({s: c for s, c in E.couplings.items() if hidden[16] not in s})
    S = RGOperator.from_energy(small, SpinPolynomial({}, [0]))
    assert S.log_trace([[1]])[0] == pytest.approx(math.log(2**16 * math.cosh(0.1) ** 15 * math.cosh(0.2)), rel=1e-12)
