"""Boltzmann weights, exp, log and trace: Eqs. 1, 2, 3, 5 and 6 against enumeration."""

from __future__ import annotations

import copy
import math
import pickle
import time
import tracemalloc
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import oracle
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K
from oracle_systems import hamiltonians, polynomial, rational

from exactrg import BoltzmannWeight, Exact, SpinPolynomial, exp, log, trace
from exactrg.errors import (
    CouplingError,
    EnumerationTooLarge,
    FloatOverflowError,
    InputError,
    MixedKindsError,
    NotPositiveError,
    SiteError,
    ZeroWeightError,
)

SITES = [0, 1, 2]
weights = st.lists(st.fractions(0, 9, max_denominator=9), min_size=8, max_size=8)


def entries(weight: BoltzmannWeight, sites: Any = None) -> list[Any]:
    """The numbers of a weight in the order of configurations of some sites."""
    aligned = weight.aligned(tuple(sites if sites is not None else weight.sites))
    return [weight.ring.value(x) for x in aligned.reshape(-1)]


def table(values: list[Fraction]) -> Any:
    return np.array([rational(x) for x in values], dtype=object).reshape(2, 2, 2)


@given(hamiltonians(SITES))
def test_exp_is_the_boltzmann_factor(h: dict[Any, Fraction]) -> None:
    expected = oracle.weight(h, SITES)
    weight = exp(polynomial(h, SITES))
    assert entries(weight) == list(expected.values())
    for spins, x in expected.items():
        entry = weight.table[tuple((1 - s) // 2 for s in spins)]
        assert entry == rational(x)
    floats = exp(SpinPolynomial({s: math.log(x) for s, x in h.items()}, SITES))
    np.testing.assert_allclose(
        floats.table.astype(float).reshape(-1), [float(x) for x in expected.values()], rtol=1e-13
    )


@given(hamiltonians(SITES), hamiltonians([1, 2, 3]))
def test_products_over_the_union_of_sites(g: dict[Any, Fraction], h: dict[Any, Fraction]) -> None:
    left, right = exp(polynomial(g, SITES)), exp(polynomial(h, [3, 2, 1]))
    expected = list(oracle.weight(oracle.times(g, h), [0, 1, 2, 3]).values())
    assert entries(left * right, range(4)) == expected == entries(right * left, range(4))
    assert left * right == right * left == exp(polynomial(g, SITES) + polynomial(h, [3, 2, 1]))
    assert (left * right) / right == left * exp(SpinPolynomial({}, [3]))
    assert left * 2 == 2 * left and (left * Fraction(2, 3)) / Fraction(2, 3) == left
    assert 1 / left == exp(-polynomial(g, SITES))


@given(hamiltonians(SITES), st.sets(st.sampled_from(SITES)))
def test_trace_is_the_sum(h: dict[Any, Fraction], over: set[int]) -> None:
    kept = [s for s in SITES if s not in over]
    expected = oracle.marginal(oracle.weight(h, SITES), kept)
    traced = trace(exp(polynomial(h, SITES)), over)
    if kept:
        assert traced.sites == tuple(kept) and entries(traced) == list(expected.values())
    else:
        assert isinstance(traced, Exact) and traced == expected[()]
    assert trace(exp(polynomial(h, SITES))) == oracle.total(oracle.weight(h, SITES))


@given(hamiltonians(SITES, most=8))
def test_log_is_the_inverse_of_exp(h: dict[Any, Fraction]) -> None:
    f = polynomial(h, SITES)
    assert log(exp(f)) == f
    assert dict(exp(f).couplings) == dict(f.couplings)
    halved = f / 2 + SpinPolynomial({(0, 1): J / 3, (2,): K}, SITES)
    assert log(exp(halved)) == halved


@given(st.lists(st.fractions(Fraction(1, 9), 9, max_denominator=9), min_size=8, max_size=8))
def test_walsh_coefficients_of_a_positive_table(values: list[Fraction]) -> None:
    """K_S = 2^-n sum_s chi_S(s) log w(s): as e^{2^n K_S}, a rational number."""
    found = BoltzmannWeight(SITES, table(values)).couplings
    for size in range(8):
        members = frozenset(i for i in SITES if size >> i & 1)
        product = Fraction(1)
        for spins, x in zip(oracle.configurations(SITES), values, strict=True):
            product *= x ** oracle.chi(members, SITES, spins)
        assert (8 * found[members]).exp() == product if members in found else product == 1


def test_couplings_that_cancel_are_left_out() -> None:
    """A product of two functions of different spins has no coupling between them, whatever its entries look like."""
    left = exp(SpinPolynomial({("a", "x"): J, ("x",): K})).trace(["x"])
    right = exp(SpinPolynomial({("b", "y"): K / 2, ("y",): sympy.log(3) / 2})).trace(["y"])
    couplings = log(left * right).couplings
    assert set(couplings) == {frozenset(), frozenset("a"), frozenset("b")}
    assert couplings[frozenset("a")] == Exact(sympy.log(sympy.cosh(J + K) / sympy.cosh(J - K))) / 2


@given(weights, weights)
def test_zeros_in_products_and_traces(g: list[Fraction], h: list[Fraction]) -> None:
    left, right = BoltzmannWeight(SITES, table(g)), BoltzmannWeight([2, 1, 3], table(h))
    expected = {
        (*s, t): x * h[4 * (s[2] < 0) + 2 * (s[1] < 0) + (t < 0)]
        for s, x in zip(oracle.configurations(SITES), g, strict=True)
        for t in (1, -1)
    }
    assert entries(left * right, range(4)) == list(expected.values())
    assert entries((left * right).trace([1, 3])) == list(oracle.marginal(expected, [0, 2]).values())


@given(weights)
def test_probability(values: list[Fraction]) -> None:
    weight = BoltzmannWeight(SITES, table(values))
    if not any(values):
        with pytest.raises(ZeroWeightError, match="vanishes everywhere") as caught:
            weight.probability()
        assert caught.value.configurations[0] == {0: 1, 1: 1, 2: 1} and len(caught.value.configurations) == 4
        return
    assert entries(weight.probability()) == [x / sum(values) for x in values]
    floats = BoltzmannWeight(SITES, np.array(values, dtype=float).reshape(2, 2, 2)).probability()
    np.testing.assert_allclose(floats.table.reshape(-1), [float(x / sum(values)) for x in values], atol=1e-15)


def test_symbols_and_radicals_by_substitution() -> None:
    f = SpinPolynomial({(0,): J, (0, 1): K / 2, (1,): sympy.log(sympy.Rational(17, 8)) / 2, (): -J / 2})
    weight = exp(f).trace([1]) * exp(f).trace([0]) / trace(exp(f))
    point = {J: sympy.log(4), K: sympy.log(9)}
    factors = {frozenset({0}): mpmath.mpf(4), frozenset({0, 1}): mpmath.mpf(3), frozenset(): mpmath.mpf("0.5")}
    with mpmath.workdps(40):
        factors[frozenset({1})] = mpmath.sqrt(mpmath.mpf(17) / 8)
        full = oracle.weight(factors, [0, 1])
        rows, columns = oracle.marginal(full, [0]), oracle.marginal(full, [1])
        for (s, t), entry in zip(oracle.configurations([0, 1]), weight.table.reshape(-1), strict=True):
            expected = rows[s,] * columns[t,] / oracle.total(full)
            assert abs(sympy.N(entry.subs(point), 35) - sympy.Float(str(expected), 35)) < 1e-30


def test_entries_a_user_writes() -> None:
    x = sympy.exp(J)
    weight = BoltzmannWeight(["a"], [x + 1, sympy.sqrt(2) * x])
    assert weight.kind == "exact" and weight.table.tolist() == [x + 1, sympy.sqrt(2) * x]
    assert BoltzmannWeight(["a"], [Exact(J).exp(), 1]).table.tolist() == [x, 1]
    assert BoltzmannWeight(["a"], [Fraction(1, 2), 0]).kind == "exact"
    assert BoltzmannWeight(["a"], [1, 0]).kind == "neutral" and BoltzmannWeight(["a"], [True, False]).kind == "neutral"
    assert BoltzmannWeight(["a"], [1, 0.5]).kind == "float" and BoltzmannWeight([], 3).table == 3
    mixed = BoltzmannWeight(["a", "b"], [[sympy.Float("0.5"), 1], [np.float64(0.25), 0]])
    assert mixed.kind == "float" and mixed.table.tolist() == [[0.5, 1.0], [0.25, 0.0]]
    assert BoltzmannWeight(["a"], [10**40, 1]).table.tolist() == [10**40, 1]


def test_neutral_weights_adapt() -> None:
    delta = BoltzmannWeight([0, "h"], [[1, 0], [0, 1]])
    for coupling in (0.5, J, sympy.log(sympy.Rational(3, 2))):
        f = SpinPolynomial({(0,): coupling})
        product = delta * exp(f)
        assert product.kind == exp(f).kind and product == exp(f) * delta
        assert product.trace([0]) == exp(f).relabel({0: "h"})
    assert delta == delta.as_kind("float") == BoltzmannWeight(["h", 0], [[1.0, 0.0], [0.0, 1.0]])
    assert delta == delta.as_kind("exact") and delta.as_kind("neutral") is delta
    assert exp(SpinPolynomial({}, [0])).kind == "neutral" and exp(SpinPolynomial({(0,): 1})).kind == "float"
    third = BoltzmannWeight([0], [1, 2]).probability()
    assert third.kind == "neutral" and third.as_kind("float").table.tolist() == pytest.approx([1 / 3, 2 / 3])


def test_equality() -> None:
    weight = exp(SpinPolynomial({(0, 1): J, (0,): K}))
    transposed = BoltzmannWeight([1, 0], weight.table.T)
    assert weight == transposed and weight != weight * 2
    assert weight != exp(SpinPolynomial({(0,): 0.5}, [0, 1])) and weight != exp(SpinPolynomial({(0,): J}))
    assert weight != 3 and BoltzmannWeight([0], [1.0, 2.0]) != BoltzmannWeight([0], [1.0, np.nextafter(2, 3)])
    assert exp(SpinPolynomial({(0,): J})) * exp(SpinPolynomial({(0,): -J})) == BoltzmannWeight([0], [1, 1])


def test_relabel() -> None:
    weight = BoltzmannWeight([0, 1], [[1.0, 2.0], [3.0, 4.0]])
    assert weight.relabel({0: 1, 1: 0}).sites == (1, 0)
    assert weight.relabel({0: 1, 1: 0}).table.tolist() == weight.table.tolist()
    assert weight.relabel({0: "a"}).relabel({"a": 0}) == weight
    with pytest.raises(SiteError, match="unknown site 5"):
        weight.relabel({5: 6})


def test_read_only_and_copies() -> None:
    for weight in (exp(SpinPolynomial({(0, 1): 0.5})), exp(SpinPolynomial({(0, 1): J / 2, (): sympy.log(3)}, [0, 1]))):
        for array in (weight.table, weight.values):
            with pytest.raises(ValueError, match="read-only"):
                array[0, 0] = 5
        with pytest.raises(AttributeError):
            weight.kind = "x"  # type: ignore[misc]
        with pytest.raises(TypeError, match="unhashable"):
            hash(weight)
        for again in (pickle.loads(pickle.dumps(weight)), copy.deepcopy(weight)):
            assert again == weight and not again.values.flags.writeable
    given_table = np.array([1.0, 2.0])
    weight = BoltzmannWeight([0], given_table)
    given_table[0] = 7
    assert weight.table.tolist() == [1.0, 2.0]


def test_zero_weights_have_no_logarithm() -> None:
    weight = BoltzmannWeight([0, "b"], [[1, 0], [0, 2]])
    for operation in (log, lambda w: w.couplings, lambda w: w / w, lambda w: 1 / w):
        with pytest.raises(
            ZeroWeightError, match=r"vanishes at \{0: 1, 'b': -1\} and elsewhere; expected a positive"
        ) as e:
            operation(weight)
        assert e.value.configurations == ({0: 1, "b": -1}, {0: -1, "b": 1})
    assert len(BoltzmannWeight(range(4), np.zeros((2,) * 4)).zeros()) == 4
    disguised = Exact(sympy.sqrt(3 + 2 * sympy.sqrt(2))) - sympy.sqrt(2) - 1
    with pytest.raises(ZeroWeightError):
        log(BoltzmannWeight([0], np.array([disguised, 1], dtype=object)))


@pytest.mark.parametrize(
    ("sites", "values", "error", "message"),
    [
        ([0], [1.0, -0.5], NotPositiveError, r"the weight -0\.5 is negative: expected nonnegative numbers"),
        ([0], [1, -1], NotPositiveError, "the weight -1 is negative"),
        (
            [0],
            [sympy.Rational(-1, 2), 1],
            NotPositiveError,
            "the weight -1/2 is negative: expected a nonnegative number",
        ),
        ([0], [sympy.exp(J) - 1, 1], NotPositiveError, "for all real values of its symbols"),
        ([0], [float("nan"), 1], CouplingError, "NaN or infinity: expected finite nonnegative numbers"),
        ([0], [float("inf"), 1], CouplingError, "NaN or infinity"),
        ([0], [0.5, J], MixedKindsError, "a table mixes floats with exact"),
        ([0], [sympy.log(3), 1], InputError, "expected a number without logarithms"),
        ([0], [1j, 1], CouplingError, "is complex"),
        ([0], ["1", "2"], CouplingError, "is a str"),
        (
            [0, 1],
            [1, 2],
            InputError,
            r"shape \(2,\) over 2 sites: expected \(2,\)\*2, one axis a site, index 0 for spin \+1",
        ),
        ([0], [1, 2, 3], InputError, r"shape \(3,\)"),
        ([0], 1.0, InputError, r"shape \(\)"),
        ([0, 0], [[1, 2], [3, 4]], SiteError, "contains 0 twice"),
    ],
)
def test_bad_tables(sites: Any, values: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        BoltzmannWeight(sites, values)


def test_ragged_table() -> None:
    with pytest.raises(InputError, match="ragged"):
        BoltzmannWeight([0, 1], [[1, 2], [3]])


def test_wrong_types() -> None:
    f = SpinPolynomial({(0,): 0.5})
    with pytest.raises(InputError, match="exp of a float: expected a SpinPolynomial"):
        exp(0.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"log of a SpinPolynomial: expected a BoltzmannWeight; write exp\(f\) first"):
        log(f)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"trace of a SpinPolynomial: expected a BoltzmannWeight; write exp\(-H\)"):
        trace(f)  # type: ignore[arg-type]
    with pytest.raises(NotPositiveError):
        exp(f) * -1
    with pytest.raises(MixedKindsError, match="a product of Boltzmann weights mixes"):
        exp(f) * exp(SpinPolynomial({(0,): J}))
    with pytest.raises(ZeroWeightError, match="division"):
        exp(f) / 0
    with pytest.raises(SiteError, match="over names the unknown site 3; the sites are 0"):
        trace(exp(f), [3])
    with pytest.raises(SiteError, match="contains 0 twice"):
        trace(exp(f), [0, 0])


def test_rational_without_a_logarithm() -> None:
    with pytest.raises(CouplingError, match=r"write sympy\.log\(sympy\.Rational\(p, q\)\)"):
        exp(SpinPolynomial({(0,): sympy.Rational(1, 2)}))
    with pytest.raises(CouplingError, match="depends on the couplings"):
        exp(SpinPolynomial({(0,): sympy.exp(J) * K}))


@pytest.mark.parametrize("n", [40, 63, 1600])
@pytest.mark.parametrize("coupling", [0.4, J])
def test_too_large_at_once(n: int, coupling: Any) -> None:
    f = SpinPolynomial({(k, k + 1): coupling for k in range(n - 1)})
    small = exp(SpinPolynomial({(k,): coupling for k in range(14)}))
    other = BoltzmannWeight([f"x{k}" for k in range(14)], np.ones((2,) * 14, dtype=int))
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(EnumerationTooLarge, match=rf"over {n} spins has 2\*\*{n}"):
        exp(f)
    with pytest.raises(EnumerationTooLarge, match=rf"over {n} spins"):
        BoltzmannWeight(range(n), np.ones(2))
    with pytest.raises(EnumerationTooLarge, match="a product of Boltzmann weights over 28 spins"):
        small * other
    assert time.perf_counter() - start < 0.5 and tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()


def test_overflow_names_the_logarithm() -> None:
    weight = exp(SpinPolynomial({(0, 1): 1000.0}))
    with pytest.raises(FloatOverflowError, match=r"e\*\*1000 is beyond float64; use log\(weight\)"):
        weight.table
    with pytest.raises(FloatOverflowError, match="log_partition_function"):
        trace(weight)
    assert log(weight).couplings == {frozenset({0, 1}): 1000.0}
    np.testing.assert_allclose(weight.probability().table, [[0.5, 0.0], [0.0, 0.5]], rtol=1e-12)
    assert repr(weight) == "BoltzmannWeight.from_logs([0, 1], [[1000.0, -1000.0], [-1000.0, 1000.0]])"
    assert r"10^{434}" in weight._repr_latex_()


def test_weights_by_their_logarithms() -> None:
    weight = BoltzmannWeight.from_logs(["a", "b"], [[800.0, -np.inf], [0.0, -1.5]])
    assert weight.sites == ("a", "b") and weight.kind == "float" and weight.zeros() == [{"a": 1, "b": -1}]
    assert weight.trace(["b"]).values.tolist() == pytest.approx([800.0, np.log(1 + np.exp(-1.5))])
    assert BoltzmannWeight.from_logs([], 2.0).values == 2.0
    for again in (pickle.loads(pickle.dumps(weight)), eval(repr(weight), {"BoltzmannWeight": BoltzmannWeight})):
        assert again == weight
    logs = np.zeros(2)
    kept = BoltzmannWeight.from_logs([0], logs)
    logs[0] = 7
    assert kept.values.tolist() == [0.0, 0.0]
    for bad in ([0.0, np.nan], [0.0, np.inf]):
        with pytest.raises(CouplingError, match=r"NaN or \+infinity: expected finite numbers, or -inf for a zero"):
            BoltzmannWeight.from_logs([0], bad)
    with pytest.raises(InputError, match=r"shape \(3,\) over 1 sites: expected \(2,\)\*1"):
        BoltzmannWeight.from_logs([0], [1.0, 2.0, 3.0])
    with pytest.raises(SiteError, match="contains 0 twice"):
        BoltzmannWeight.from_logs([0, 0], np.zeros((2, 2)))
    with pytest.raises(EnumerationTooLarge, match="a Boltzmann weight over 27 spins"):
        BoltzmannWeight.from_logs(range(27), 0.0)


def test_division_and_scalars() -> None:
    weight = BoltzmannWeight([0], [1.0, 4.0])
    assert (weight / 2).table.tolist() == pytest.approx([0.5, 2.0]) and (2 * weight).table.tolist() == pytest.approx(
        [2, 8]
    )
    assert (8 / weight).table.tolist() == pytest.approx([8.0, 2.0])
    assert (weight / weight) == BoltzmannWeight([0], [1, 1])
    exact = exp(SpinPolynomial({(0,): J})) / exp(SpinPolynomial({(1,): K}))
    assert exact.sites == (0, 1) and exact == exp(SpinPolynomial({(0,): J, (1,): -K}))
    with pytest.raises(ZeroWeightError, match=r"division by a Boltzmann weight: it vanishes at \{0: -1\}; expected"):
        1 / BoltzmannWeight([0], [1, 0])
    with pytest.raises(ZeroWeightError, match=r"it vanishes at \{0: 1\} and elsewhere"):
        weight / BoltzmannWeight([0], [0, 0])


def test_representations() -> None:
    assert repr(BoltzmannWeight([0], [1, 2])) == "BoltzmannWeight([0], [1, 2])"
    assert repr(BoltzmannWeight([0], [0.1, 0])) == "BoltzmannWeight([0], [0.1, 0.0])"
    assert repr(BoltzmannWeight([0], [1, sympy.exp(J) / 2])) == "BoltzmannWeight([0], [1, Exact('exp(J)/2')])"
    assert repr(BoltzmannWeight([], sympy.Integer(3)).as_kind("exact")) == "BoltzmannWeight([], Exact(3))"
    assert repr(exp(SpinPolynomial({(k,): 0.0 for k in range(7)}))) == "<BoltzmannWeight over 7 sites, float>"
    for coupling in (0.5, J):
        six = exp(SpinPolynomial({(k,): coupling for k in range(6)}))
        assert repr(six).count("[") > 32 and r"\text{64 configurations}" in six._repr_latex_()
    assert repr(exp(SpinPolynomial({(k,): J for k in range(7)}))) == "<BoltzmannWeight over 7 sites, exact>"
    long = exp(SpinPolynomial({(0,): 10**5 * sympy.log(sympy.Rational(3, 2))}))
    assert repr(long) == "<BoltzmannWeight over 1 sites, exact>" and "about 1.33630e+17609" in long._repr_latex_()
    shown = exp(SpinPolynomial({(k,): J for k in range(6)}))._repr_latex_()
    assert r"\text{64 configurations}" in shown and r"e^{6 J}" in shown


def test_a_table_over_no_sites_is_an_array() -> None:
    for weight in (BoltzmannWeight([], 2.5), BoltzmannWeight([], np.array(2.5)), exp(SpinPolynomial({(): 0.5}, []))):
        assert isinstance(weight.table, np.ndarray) and weight.table.shape == ()
    assert BoltzmannWeight([], 2.5).table == 2.5
