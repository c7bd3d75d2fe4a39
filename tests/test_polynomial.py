"""Spin polynomials: the unique expansion of Eq. 3, its algebra and its values."""

from __future__ import annotations

import copy
import pickle
import time
import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K
from oracle_systems import factors, hamiltonians, polynomial

from exactrg import Exact, SpinPolynomial, ising, square
from exactrg.errors import CouplingError, EnumerationTooLarge, InputError, MixedKindsError, SiteError, SpinError

SITES = [0, 1, "c"]
floats = st.dictionaries(st.sets(st.sampled_from(SITES)).map(frozenset), st.floats(-5, 5, allow_nan=False), max_size=6)


@given(floats)
def test_float_values(couplings: dict[frozenset[Any], float]) -> None:
    f = SpinPolynomial(couplings, SITES)
    expected = [oracle.value(couplings, SITES, spins) for spins in oracle.configurations(SITES)]
    configs = list(oracle.configurations(SITES))
    np.testing.assert_allclose(f.evaluate(configs), expected, rtol=0, atol=1e-13)
    np.testing.assert_allclose(f.table.reshape(-1), expected, rtol=0, atol=1e-13)
    assert f.table.shape == (2, 2, 2) and f.table.dtype == np.float64


@given(hamiltonians(SITES))
def test_exact_values(h: dict[frozenset[Any], Fraction]) -> None:
    f = polynomial(h, SITES)
    table = f.table
    if f.kind == "neutral":
        assert not table.any()
        return
    for spins, x in oracle.weight(h, SITES).items():
        entry = table[tuple((1 - s) // 2 for s in spins)]
        assert isinstance(entry, sympy.Expr) and Exact(entry) == Exact(x).log()
        assert Exact(f.evaluate([spins])[0]) == Exact(x).log()


@given(hamiltonians(SITES), hamiltonians(SITES), factors)
def test_algebra(g: dict[Any, Fraction], h: dict[Any, Fraction], x: Fraction) -> None:
    f, k = polynomial(g, SITES), polynomial(h, SITES)
    assert f + k == polynomial(oracle.times(g, h), SITES) == k + f
    assert f - k == polynomial(oracle.times(g, oracle.inverse(h)), SITES) == -(k - f)
    assert f * 3 == f + f + f == 3 * f
    assert f / 2 + f / 2 == f == sum([f], SpinPolynomial({}, SITES))
    assert (f - f).couplings == {}
    constant = Exact(x).log()
    assert f + constant == constant + f == f + SpinPolynomial({(): constant}, SITES)
    assert (f == k) == all(g.get(s, 1) == h.get(s, 1) for s in {*g, *h})


def test_sums_over_different_sites() -> None:
    f, g = SpinPolynomial({(0,): 1.0}, [0]), SpinPolynomial({(1,): 2.0}, [1])
    assert (f + g).sites == (0, 1) and (g + f).sites == (1, 0)
    assert f + g == g + f
    assert f != SpinPolynomial({(0,): 1.0}, [0, 1])
    assert f.evaluate([[1], [-1]]).tolist() == [1.0, -1.0]


def test_keys_and_order_of_sites() -> None:
    f = SpinPolynomial({(1, 0): 1.0, (): 2.0, ("h", 0): 3.0} | {frozenset([1]): 4.0})
    assert f.sites == (1, 0, "h")
    assert f.couplings == {frozenset({0, 1}): 1.0, frozenset(): 2.0, frozenset({"h", 0}): 3.0, frozenset({1}): 4.0}
    assert SpinPolynomial({(("h", 0), 1): 1.0}).sites == (("h", 0), 1)


def test_zeros_are_left_out() -> None:
    assert SpinPolynomial({(0,): 0.0, (1,): 0}, [0, 1]).couplings == {}
    f = SpinPolynomial({(0,): J, (1,): sympy.log(2)}, [0, 1])
    assert (f - SpinPolynomial({(0,): J}, [0])).couplings == {frozenset({1}): Exact(sympy.log(2))}
    assert SpinPolynomial({(0,): sympy.log(4) - 2 * sympy.log(2)}, [0]).couplings == {}


def test_zeros_that_are_written_differently() -> None:
    """log(1 + sqrt 2) + log(sqrt 2 - 1) is zero, which no formal sum shows."""
    r = Exact(sympy.sqrt(2))
    zero = SpinPolynomial({(0,): (1 + r).log() + (r - 1).log(), (1,): J}, [0, 1])
    plain = SpinPolynomial({(1,): J}, [0, 1])
    assert zero == plain and plain == zero and zero != SpinPolynomial({(1,): K}, [0, 1])
    assert zero - plain == SpinPolynomial({}, [0, 1]) == plain - zero


def test_kinds() -> None:
    neutral = SpinPolynomial({(0, 1): 2}, [0, 1])
    assert neutral.kind == "neutral" and neutral.evaluate([[1, -1]]).tolist() == [-2]
    assert (neutral + SpinPolynomial({(0,): 0.5}, [0, 1])).kind == "float"
    assert (neutral + SpinPolynomial({(0,): J}, [0, 1])).kind == "exact"
    assert neutral == SpinPolynomial({(0, 1): 2.0}, [0, 1]) == neutral * 1.0
    assert neutral == SpinPolynomial({(0, 1): Fraction(2)}, [0, 1])
    assert SpinPolynomial({(0, 1): 2.0}) != SpinPolynomial({(0, 1): Fraction(2)})
    assert SpinPolynomial({(0,): 1, (1,): 0.5}).kind == "float"
    assert (neutral * J).kind == (neutral / 2).kind == "exact" and (neutral / 2.0).kind == "float"
    assert (np.float64(2) * SpinPolynomial({(0,): 0.5})).couplings == {frozenset({0}): 1.0}


def test_numbers_times_and_over() -> None:
    for c in (3, 3.0, Fraction(3), sympy.log(8)):
        f = SpinPolynomial({(0,): c, (): 2 * c}, [0])
        for divisor in (2, Fraction(2)) if f.kind != "float" else (2, 2.0):
            assert f / divisor + f / divisor == f == (f / divisor) * divisor and (f / divisor).sites == (0,)
    assert (SpinPolynomial({(0,): 3}) / 4.0).couplings == {frozenset({0}): 0.75}
    assert (SpinPolynomial({(0,): 3.0}) / 4).couplings == {frozenset({0}): 0.75}
    assert (SpinPolynomial({(0,): 3}) / 4).couplings == {frozenset({0}): Exact(Fraction(3, 4))}
    assert (5 - SpinPolynomial({(0,): 3, (): 1})).couplings == {frozenset({0}): -3, frozenset(): 4}
    assert SpinPolynomial({(0,): 3}).evaluate([[1], [-1]]).dtype == np.int64
    assert SpinPolynomial({(0,): 3.0}).evaluate([[1], [-1]]).dtype == np.float64
    with pytest.raises(MixedKindsError, match="a multiple of a spin polynomial"):
        SpinPolynomial({(0,): J}) * 0.5


def test_division_rounds_once() -> None:
    assert (SpinPolynomial({(0,): 1e-310}) / 1e-310).couplings == {frozenset({0}): 1.0}
    assert (SpinPolynomial({(0,): 5.0}) / 49).couplings == {frozenset({0}): 5.0 / 49}


def test_integers_of_any_size_have_values() -> None:
    f = SpinPolynomial({(0,): 10**400, (): 1})
    assert f.evaluate([[1], [-1]]).tolist() == [10**400 + 1, 1 - 10**400]
    assert SpinPolynomial({(0,): 2**62, (): 2**62 - 1}).evaluate([[1]]).tolist() == [2**63 - 1]
    assert SpinPolynomial({(0,): 2**62, (): 2**62}).evaluate([[1], [-1]]).tolist() == [2**63, 0]


def test_numpy_numbers_are_sites() -> None:
    one, two = np.arange(1, 3)
    for f in (
        SpinPolynomial({(one, two): 0.5}),
        SpinPolynomial({frozenset((one, two)): 0.5}, [1, 2]),
        SpinPolynomial({tuple(np.arange(1, 3)): 0.5}),
        SpinPolynomial({(3, 4): 0.5}).relabel({3: one, 4: two}),
    ):
        assert sorted(f.sites) == [1, 2] and f.couplings == {frozenset({1, 2}): 0.5} and "np." not in repr(f)


def test_relabel() -> None:
    f = SpinPolynomial({(0, 1): 1.0, (2,): 2.0}, [0, 1, 2])
    swapped = f.relabel({0: 1, 1: 0})
    assert swapped.sites == (1, 0, 2) and swapped == f
    renamed = f.relabel({0: "a", 2: ("h", 0)})
    assert renamed.couplings == {frozenset({"a", 1}): 1.0, frozenset({("h", 0)}): 2.0}
    assert renamed.relabel({"a": 0, ("h", 0): 2}) == f
    with pytest.raises(SiteError, match="the mapping names the unknown site 7"):
        f.relabel({7: 8})
    with pytest.raises(SiteError, match="the mapping's result contains 1 twice"):
        f.relabel({0: 1})


def test_copies_and_immutability() -> None:
    for f in (SpinPolynomial({(0, 1): 0.5}), SpinPolynomial({(0, 1): J, (): sympy.log(3)}, [0, 1, 2])):
        for again in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f)):
            assert again == f and again.sites == f.sites and again.kind == f.kind
        with pytest.raises(TypeError):
            f.couplings[frozenset({0})] = 1.0  # type: ignore[index]
        with pytest.raises(AttributeError):
            f.sites = (1,)  # type: ignore[misc]
        with pytest.raises(ValueError, match="read-only"):
            f.table[0] = 1
        with pytest.raises(TypeError, match="unhashable"):
            hash(f)


def test_a_dictionary_given_is_copied() -> None:
    couplings = {(0,): 1.0}
    f = SpinPolynomial(couplings)
    couplings[(0,)] = 2.0
    assert f.couplings == {frozenset({0}): 1.0}


@pytest.mark.parametrize(
    ("couplings", "sites", "error", "message"),
    [
        ({(0, 1): 1.0, (1, 0): 2.0}, None, SiteError, r"the set of sites \{0, 1\} occurs twice: expected one"),
        ({(0, 0): 1.0}, None, SiteError, r"\(0, 0\) contains 0 twice: expected distinct sites"),
        ({(0, 5): 1.0}, [0, 1], SiteError, "a coupling names the unknown site 5; the sites are 0, 1"),
        ({(0,): 1.0}, [0, 0], SiteError, "contains 0 twice"),
        ({"ab": 1.0}, None, SiteError, r"expected a sequence of sites; write \['ab'\]"),
        ({3: 1.0}, None, SiteError, r"expected a sequence of sites; write \[3\]"),
        ({(0,): float("nan")}, None, CouplingError, "nan is not finite"),
        ({(0,): float("inf")}, None, CouplingError, "inf is not finite.*delta-function operator"),
        ({(0,): 1j}, None, CouplingError, "complex: expected a real number"),
        ({(0,): sympy.Symbol("J")}, None, CouplingError, r"Symbol\('J', real=True\)"),
        ({(0,): sympy.I * J}, None, CouplingError, "is not real"),
        ({(0,): "1"}, None, CouplingError, "is a str"),
        ({(0,): 0.5, (1,): J}, None, MixedKindsError, "a spin polynomial mixes floats with exact couplings"),
        (None, [0], InputError, r"couplings of a NoneType: expected a mapping"),
        ([((0, 1), 0.5)], [0, 1], InputError, r"couplings of a list: expected a mapping"),
        ({(0,): 0.5 * J}, None, MixedKindsError, r"write sympy\.Rational\(1, 2\)"),
    ],
)
def test_bad_input(couplings: Any, sites: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SpinPolynomial(couplings, sites)


def test_bad_operands() -> None:
    f, exact = SpinPolynomial({(0,): 0.5}), SpinPolynomial({(0,): J})
    with pytest.raises(SiteError, match="the mapping is None: expected sites of 0"):
        f.relabel(None)  # type: ignore[arg-type]
    with pytest.raises(MixedKindsError, match="a sum of spin polynomials mixes"):
        f + exact
    with pytest.raises(MixedKindsError):
        exact * 0.5
    with pytest.raises(MixedKindsError):
        exact + 0.5
    with pytest.raises(CouplingError):
        f + "x"
    with pytest.raises(TypeError):
        f * f
    with pytest.raises(ZeroDivisionError):
        exact / 0
    assert f != 3 and (f == "x") is False
    with pytest.raises(SpinError, match="0/1 units"):
        f.evaluate([[0]])


@pytest.mark.parametrize("n", [40, 63, 1600])
@pytest.mark.parametrize("coupling", [0.4, J])
def test_tables_that_are_too_large(n: int, coupling: Any) -> None:
    f = SpinPolynomial({(k, k + 1): coupling for k in range(n - 1)})
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(EnumerationTooLarge, match=rf"spin polynomial over {n} spins.*Use .evaluate\(configs\)"):
        f.table
    assert time.perf_counter() - start < 0.5 and tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()
    ferromagnet = f.evaluate(np.ones((1, n)))[0]
    assert ferromagnet == pytest.approx(0.4 * (n - 1)) if coupling == 0.4 else ferromagnet == (n - 1) * J


def test_large_polynomials_are_made_fast() -> None:
    start = time.perf_counter()
    H = ising(square(64), 0.4)
    assert len(H.couplings) == 2 * 64 * 64
    assert time.perf_counter() - start < 5


def test_integers_adapt_to_their_company() -> None:
    neutral, other = SpinPolynomial({(0,): 2}), SpinPolynomial({(1,): 0.5})
    for f in (neutral + other, other + neutral, neutral * 0.5, neutral - other):
        assert f.kind == "float" and {type(c) for c in f.couplings.values()} == {float}
    assert {type(c) for c in (neutral + Exact(J)).couplings.values()} == {Exact}


def test_representations() -> None:
    f = SpinPolynomial({(1, 0): J / 2, (): K}, [0, 1])
    assert repr(f) == "SpinPolynomial({(): Exact('K'), (0, 1): Exact('J/2')}, sites=[0, 1])"
    assert f._repr_latex_() == r"$\displaystyle K\, + \frac{J}{2}\,s_{0}s_{1}$"
    assert SpinPolynomial({}, [0])._repr_latex_() == r"$\displaystyle 0$"
    for n, shown in ((39, False), (40, False), (41, True), (42, True)):
        text = repr(SpinPolynomial({(k,): 0.5 for k in range(n)}))
        assert ("..." in text) == shown and text.count("0.5") == min(n, 40)
