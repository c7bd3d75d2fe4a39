from __future__ import annotations

import itertools
import math
import tracemalloc
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy
from elimination_models import dense, dense_model, log_sum, normal_lattice
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.engines import float_tables
from exactrg.engines.elimination import Elimination, eliminate
from exactrg.errors import EnumerationTooLarge, InputError, SiteError, ZeroWeightError
from exactrg.numbers.ring import EXACT, FLOAT


class Rationals:
    """The ring protocol for tables of fractions.Fraction."""

    one = np.array(Fraction(1), dtype=object)

    def multiply(self, left, right):
        return left * right

    def divide(self, left, right):
        return left / right

    def total(self, table, axes):
        return np.add.reduce(table, axis=axes) if axes else table


RATIONALS = Rationals()


class Marginals(NamedTuple):
    total: Any
    spins: Any
    factors: Any
    sets: Any


def marginals(n, factors, ring=None, sets=(), order=None, **limit):
    """Z and everything that an elimination can tell of a model."""
    elimination = Elimination(n, factors, ring, order, sets=sets, **limit)
    total, tables = elimination.marginals([(spin,) for spin in range(n)] + elimination.scopes)
    end = n + len(factors)
    return Marginals(total, tables[:n], tables[n:end], tables[end:])


@st.composite
def models(draw, most=6, least_weight=0):
    """Random hypergraphs: fields, many-body factors, constants, free spins, zero weights."""
    n = draw(st.integers(0, most))
    weight = st.builds(Fraction, st.integers(least_weight, 5), st.integers(1, 4))
    factors = []
    for _ in range(draw(st.integers(0, 8))):
        scope = tuple(draw(st.lists(st.integers(0, max(n - 1, 0)), max_size=min(n, 4), unique=True)))
        entries = draw(st.lists(weight, min_size=2 ** len(scope), max_size=2 ** len(scope)))
        table = np.empty(2 ** len(scope), dtype=object)
        table[:] = entries
        factors.append((scope, table.reshape((2,) * len(scope))))
    return n, factors


def all_weights(n, factors):
    weights = {}
    for state in itertools.product((0, 1), repeat=n):
        weight = Fraction(1)
        for scope, table in factors:
            weight *= table[tuple(state[i] for i in scope)]
        weights[state] = weight
    return weights


def marginal(weights, scope):
    table = np.zeros((2,) * len(scope), dtype=object)
    total = sum(weights.values())
    for state, weight in weights.items():
        table[tuple(state[i] for i in scope)] += weight / total
    return table


def logs(factors):
    result = []
    for scope, table in factors:
        flat = [math.log(x) if x else -math.inf for x in table.reshape(-1)]
        result.append((scope, np.array(flat).reshape(table.shape)))
    return result


@settings(max_examples=80, deadline=None)
@given(models(), st.randoms(use_true_random=False))
def test_z_is_the_sum_over_all_configurations_for_fractions(model, rng):
    n, factors = model
    z = sum(all_weights(n, factors).values())
    assert eliminate(n, factors, RATIONALS).item() == z
    assert eliminate(n, factors, RATIONALS, rng.sample(range(n), n)).item() == z


@settings(max_examples=80, deadline=None)
@given(models(), st.sampled_from([500.0, -1.0]), st.sampled_from([None, FLOAT]), st.randoms(use_true_random=False))
def test_log_z_of_floats_linear_and_logarithmic(model, allowed, ring, rng):
    n, factors = model
    z = sum(all_weights(n, factors).values())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(float_tables, "_RANGE", allowed)
        order = rng.sample(range(n), n) if rng.random() < 0.5 else None
        found = eliminate(n, logs(factors), ring, order)
    assert found.shape == ()
    assert found.dtype == np.float64
    if z == 0:
        assert found == -math.inf
    else:
        assert found == pytest.approx(math.log(z), rel=1e-14, abs=1e-13)


@settings(max_examples=60, deadline=None)
@given(models(), st.data())
def test_marginals_of_spins_factors_and_sets(model, data):
    n, factors = model
    weights = all_weights(n, factors)
    spins = st.lists(st.integers(0, max(n - 1, 0)), max_size=min(n, 3), unique=True)
    sets = data.draw(st.lists(spins, max_size=3))
    order = data.draw(st.one_of(st.none(), st.permutations(range(n))))
    if not sum(weights.values()):
        for ring, tables in ((RATIONALS, factors), (None, logs(factors))):
            with pytest.raises(ZeroWeightError):
                marginals(n, tables, ring, sets, order)
        return
    scopes = [(i,) for i in range(n)] + [scope for scope, _ in factors] + [tuple(s) for s in sets]
    expected = [marginal(weights, scope) for scope in scopes]
    exact = marginals(n, factors, RATIONALS, sets, order)
    assert exact.total.item() == sum(weights.values())
    assert [len(part) for part in exact[1:]] == [n, len(factors), len(sets)]
    for table, right in zip(exact.spins + exact.factors + exact.sets, expected, strict=True):
        assert table.shape == right.shape
        assert np.all(table == right)
    chosen = data.draw(st.sets(st.sampled_from(range(len(scopes))))) if scopes else set()
    alone = Elimination(n, factors, RATIONALS, order, sets=sets).marginals([scopes[k] for k in chosen])[1]
    assert all(np.all(table == expected[k]) for table, k in zip(alone, chosen, strict=True))
    for allowed in (500.0, -1.0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(float_tables, "_RANGE", allowed)
            found = marginals(n, logs(factors), None, sets, order)
        for table, right in zip(found.spins + found.factors + found.sets, expected, strict=True):
            np.testing.assert_allclose(np.exp(table), right.astype(float), rtol=1e-12, atol=0)


def test_exact_constants_and_symbols():
    x = sympy.Symbol("x", real=True)
    bond = EXACT.from_numbers(np.array([[sympy.exp(x), 1], [1, sympy.exp(x)]], dtype=object))
    half = EXACT.from_numbers(np.array([sympy.Rational(1, 2), 3], dtype=object))
    ring3 = [((0, 1), bond), ((1, 2), bond), ((2, 0), bond), ((1,), half)]
    z = EXACT.value(eliminate(3, ring3, EXACT).item())
    by_hand = sympy.Rational(7, 2) * (sympy.exp(3 * x) + 3 * sympy.exp(x))
    assert z == EXACT.value(EXACT.from_numbers(np.array(by_hand, dtype=object)).item())
    up = EXACT.numbers(marginals(3, ring3, EXACT).spins[1])
    assert list(up) == [sympy.Rational(1, 7), sympy.Rational(6, 7)]


@pytest.mark.parametrize("scale", [0.3, 1.0, 30.0])
def test_tables_of_many_spins_go_through_the_kernels(scale):
    n = 15
    factors = dense_model(n, 5, scale)
    table = dense(n, factors)
    right = log_sum(table)
    for allowed in (500.0, -1.0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(float_tables, "_RANGE", allowed)
            assert eliminate(n, factors) == pytest.approx(right, rel=1e-13)
            found = marginals(n, factors, sets=[(3, 9, 11)])
        probabilities = np.exp(table - right)
        for i, spin in enumerate(found.spins):
            others = tuple(j for j in range(n) if j != i)
            np.testing.assert_allclose(np.exp(spin), probabilities.sum(axis=others), rtol=1e-11)
        others = tuple(j for j in range(n) if j not in (3, 9, 11))
        np.testing.assert_allclose(np.exp(found.sets[0]), probabilities.sum(axis=others), rtol=1e-11)


def peak_bytes(action):
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.jit
@pytest.mark.parametrize("allowed", [500.0, -1.0], ids=["linear", "log"])
@pytest.mark.parametrize(
    ("n", "factors"),
    [(81, normal_lattice(9)), (225, normal_lattice(15, False)), (18, dense_model(18, 0, 0.1))],
    ids=["torus", "open", "complete"],
)
def test_the_memory_is_within_a_factor_two_of_the_estimate(n, factors, allowed, monkeypatch):
    monkeypatch.setattr(float_tables, "_RANGE", allowed)
    elimination = Elimination(n, factors)
    order = elimination.order
    eliminate(n, factors, order=order.order)
    assert 0.5 < peak_bytes(elimination.total) / order.bytes < 2
    assert 0.5 < peak_bytes(lambda: marginals(n, factors, order=order.order)) / elimination.backward_bytes() < 2


def test_a_backward_pass_keeps_no_message_longer_than_needed(monkeypatch):
    held = []
    reverse = Elimination._reversed

    def watched(self, segments, messages):
        held.append((segments, messages))
        return reverse(self, segments, messages)

    monkeypatch.setattr(Elimination, "_reversed", watched)
    factors = normal_lattice(12, False)
    for share in (1, 2):
        limit = Elimination(144, factors).backward_bytes() * 3 // (2 + share)
        _, buckets = Elimination(144, factors, limit=limit).backward()
        assert [bucket.spin for bucket, _ in buckets] == list(Elimination(144, factors).order.order)[::-1]
        segments, messages = held.pop()
        assert (len(segments) > 1) == (share == 2)
        assert not messages


@pytest.mark.jit
def test_checkpoints_change_the_memory_and_nothing_else():
    n, factors = 225, normal_lattice(15, False)
    free = Elimination(n, factors)
    limit = free.backward_bytes() // 2
    tight = Elimination(n, factors, limit=limit)
    assert tight.backward_bytes() <= limit
    both = [marginals(n, factors, order=free.order.order, limit=size) for size in (limit, 2**31)]
    assert both[0].total == both[1].total
    for a, b in zip(both[0].spins + both[0].factors, both[1].spins + both[1].factors, strict=True):
        assert np.array_equal(a, b)
    assert peak_bytes(lambda: marginals(n, factors, order=free.order.order, limit=limit)) < 1.2 * limit
    with pytest.raises(EnumerationTooLarge):
        Elimination(n, factors, limit=free.order.bytes + 1).backward_bytes()


@pytest.mark.jit
def test_free_energy_differences_are_marginals():
    """d log Z / dJ of a bond is <s_i s_j>, here by a finite difference of two runs (10x10 torus)."""
    factors = normal_lattice(10)
    step = 1e-4
    energies = []
    for shift in (step, -step):
        moved = [(scope, table + (shift * np.sign(np.eye(2) - 0.5) if k == 7 else 0))
                 for k, (scope, table) in enumerate(factors)]  # fmt: skip
        energies.append(float(eliminate(100, moved)))
    p = np.exp(marginals(100, factors).factors[7])
    assert (energies[0] - energies[1]) / (2 * step) == pytest.approx(p[0, 0] + p[1, 1] - p[0, 1] - p[1, 0], abs=1e-7)


def test_too_wide_raises_before_the_tables_are_made():
    factors = normal_lattice(14)

    def refused():
        with pytest.raises(EnumerationTooLarge):
            eliminate(196, factors, limit=2**24)

    assert peak_bytes(refused) < 2**22
    with pytest.raises(EnumerationTooLarge):
        eliminate(196, factors, order=range(196), limit=2**24)


@pytest.mark.parametrize(
    ("factors", "error", "match"),
    [
        ([((0, 1), np.zeros(4))], InputError, "one axis of length 2"),
        ([((0,), [0.0, math.nan])], InputError, "NaN"),
        ([((0,), [0.0, math.inf])], InputError, "NaN"),
        ([((0,), ["a", "b"])], InputError, "float64"),
        ([((0, 0), np.zeros((2, 2)))], SiteError, "twice"),
        ([((2,), np.zeros(2))], SiteError, "is not in"),
    ],
)
def test_bad_factors_are_refused(factors, error, match):
    with pytest.raises(error, match=match):
        eliminate(2, factors)


def test_bad_orders_are_refused():
    with pytest.raises(InputError, match="permutation"):
        eliminate(2, [], order=[0, 0])


@pytest.mark.slow
def test_the_12x12_torus_fits_into_6_gb():
    factors = normal_lattice(12)
    elimination = Elimination(144, factors, limit=6 * 2**30)
    assert elimination.backward_bytes() < 6 * 2**30
    assert peak_bytes(elimination.total) < 2 * elimination.order.bytes
    energy = float(elimination.total())
    back = marginals(144, factors, limit=6 * 2**30)
    assert float(back.total) == pytest.approx(energy, rel=1e-13)
