"""Decimation, the majority rule, Kadanoff's kernel and decorated RBMs, against their definitions."""

from __future__ import annotations

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
from oracle_systems import hamiltonians, log, polynomial

from exactrg import (
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    decimate,
    decimation,
    decorated_rbm,
    delta_f,
    exp,
    is_exact_rg,
    ising,
    kadanoff,
    kl_divergence,
    majority,
    noisy_copy,
    rg_hamiltonian,
    ring,
    sample,
    square,
)
from exactrg.errors import CouplingError, EnumerationTooLarge, MixedKindsError, SiteError, ZeroWeightError
from exactrg.marginals import marginal_weight
from exactrg.rg import coarse_weight


def table(T: RGOperator) -> dict[Any, Any]:
    """e^T by configuration (visible, then hidden spins)."""
    sites = (*T.visible, *T.hidden)
    values = (T.weight.ring.value(x) for x in T.weight.aligned(sites).reshape(-1))
    return dict(zip(oracle.configurations(sites), values, strict=True))


@given(st.integers(1, 4).flatmap(lambda n: st.permutations(range(n))), st.data())
def test_decimation(order: list[int], data: st.DataObject) -> None:
    keep = order[: data.draw(st.integers(1, len(order)))]
    sites = sorted(order)
    T = decimation(sites, keep)
    n = len(sites)
    for spins, x in table(T).items():
        assert x == int(all(spins[n + j] == spins[site] for j, site in enumerate(keep)))
    assert is_exact_rg(T) and T.weight.kind == "neutral"
    h = data.draw(hamiltonians(sites))
    coarse = coarse_weight(T, polynomial(h, sites))
    expected = oracle.marginal(oracle.weight(oracle.inverse(h), sites), keep)
    assert [coarse.ring.value(x) for x in coarse.values.reshape(-1)] == list(expected.values())
    assert delta_f(T, polynomial(h, sites)) == 0


def test_decimation_of_the_ring() -> None:
    """Eq. 24: every other spin of ring(8) leaves ring(4) with e^{2J'} = cosh 2J, and a constant a removed spin."""
    H = ising(ring(8), J)
    H_rg = rg_hamiltonian(decimation(range(8), [0, 2, 4, 6]), H).relabel({("h", j): j for j in range(4)})
    coarse = sympy.log(sympy.cosh(2 * J)) / 2
    assert H_rg == ising(ring(4), coarse) - 4 * (sympy.log(2) + coarse)
    assert H_rg != ising(ring(4), coarse) - 4 * sympy.log(2)


@pytest.mark.parametrize("tie", ["random", "first"])
@pytest.mark.parametrize("blocks", [[[0]], [[0, 1]], [[2, 0], [1]], [[0, 1, 2]], [[3, 1, 0, 2]]])
def test_majority(blocks: list[list[int]], tie: Any) -> None:
    T = majority(blocks, tie)
    flat = [s for block in blocks for s in block]
    assert T.visible == tuple(flat)
    for spins, x in table(T).items():
        at = dict(zip(flat, spins, strict=False))
        expected = Fraction(1)
        for block, h in zip(blocks, spins[len(flat) :], strict=True):
            total = sum(at[s] for s in block)
            if total == 0 and tie == "random":
                expected *= Fraction(1, 2)
            else:
                winner = at[block[0]] if total == 0 else total
                expected *= int(winner * h > 0)
        assert x == expected
    assert is_exact_rg(T)


@pytest.mark.parametrize("p", [0.7, J, sympy.log(2), 2, 0, 0.0])
def test_kadanoff(p: Any) -> None:
    T = kadanoff([[0, 1], [2]], p)
    for spins, x in table(T).items():
        expected: Any = 1
        for total, h in ((spins[0] + spins[1], spins[3]), (spins[2], spins[4])):
            expected *= 1 / (1 + sympy.exp(-2 * p * h * total))
        assert float(x) == pytest.approx(float(expected)) if T.weight.kind == "float" else x == expected
    assert is_exact_rg(T)
    H = SpinPolynomial({(0, 2): 0.5 if T.weight.kind == "float" else K}, [0, 1, 2])
    assert delta_f(T, H) == 0 if T.weight.kind == "exact" else delta_f(T, H) == pytest.approx(0, abs=1e-14)


def test_kadanoff_becomes_the_majority_rule() -> None:
    sharp = kadanoff([[0, 1, 2]], 400.0)
    limit = majority([[0, 1, 2]]).weight.as_kind("float")
    np.testing.assert_allclose(sharp.weight.table, np.exp(limit.aligned(sharp.weight.sites)), atol=1e-300)


@pytest.mark.parametrize(
    ("T", "blocks"),
    [(decimation(range(4), [0, 2]), [[0], [2]]), (majority([[0, 1], [2, 3]]), [[0, 1], [2, 3]])],
    ids=["decimation", "majority"],
)
def test_delta_functions_live_with_every_kind(T: RGOperator, blocks: list[list[int]]) -> None:
    """Zero weights: what needs weights only works, with floats, exact constants and symbols; logs do not exist."""
    for coupling in (0.4, J, sympy.log(2)):
        H = ising(ring(4), coupling)
        assert T.compose(decimation(T.hidden, [T.hidden[1]], hidden=["top"])).hidden == ("top",)
        p = RGOperator(T.weight * exp(H), T.visible, T.hidden)
        assert not is_exact_rg(p)
        zero = delta_f(T, H)
        assert zero == pytest.approx(0, abs=1e-14) if coupling == 0.4 else zero == 0
        rg_hamiltonian(T, H)
        with pytest.raises(ZeroWeightError, match="vanishes at"):
            T.energy(H)
    joint = T.weight * exp(-ising(ring(4), 0.4))
    draws = sample(joint, 500, 3)
    column = {site: k for k, site in enumerate(joint.sites)}
    for name, block in zip(T.hidden, blocks, strict=True):
        total = sum(draws[:, column[s]].astype(int) for s in block)
        assert ((total == 0) | (np.sign(total) == draws[:, column[name]])).all()


def test_unreachable_coarse_spins() -> None:
    """H^RG is +infinity there (Eq. 6), and says so."""
    T = RGOperator(BoltzmannWeight([0, "h"], [[1, 0], [1, 0]]), [0], ["h"])
    with pytest.raises(ZeroWeightError, match=r"vanishes at \{'h': -1\}") as e:
        rg_hamiltonian(T, SpinPolynomial({(0,): J}))
    assert e.value.configurations == ({"h": -1},)
    assert delta_f(T, SpinPolynomial({(0,): J})) == 0


# Decorated RBMs.


@given(st.lists(st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3), min_size=4, max_size=4), st.floats(-2, 2))
def test_decoration_of_floats(bonds: list[float], field: float) -> None:
    H = ising(ring(4), dict(zip([(0, 1), (1, 2), (2, 3), (3, 0)], bonds, strict=True)), field) + 0.3
    rbm = decorated_rbm(H)
    assert rbm.n_hidden == 4 and rbm.visible == H.sites
    np.testing.assert_allclose(marginal_weight(rbm, "hidden").values, exp(-H).values, atol=1e-11)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("x", [Fraction(2), Fraction(5, 3), Fraction(17, 4)])
def test_decoration_is_exact(x: Fraction, sign: int) -> None:
    """cosh 2w = e^{2|K|}: rational e^{2w} for e^{2K} = (x + 1/x)/2."""
    half = sympy.log(sympy.Rational(*((x + 1 / x) / 2).as_integer_ratio())) / 2
    H = ising(square(2, periodic=False), sign * half, sympy.log(3)) + sympy.log(2)
    rbm = decorated_rbm(H)
    assert marginal_weight(rbm, "hidden") == exp(-H)
    assert is_exact_rg(RGOperator.from_energy(rbm, H)) and kl_divergence(H, rbm) == 0
    assert all((2 * abs(Exact(w))).exp() in (1, x) for w in rbm.w.reshape(-1))


def test_decoration_with_nested_radicals() -> None:
    """e^{2K} = 9 gives e^{2w} = 9 + 4 sqrt(5) = (2 + sqrt(5))^2, and e^{2K} = 2 gives e^w = sqrt(2 + sqrt(3))."""
    for factor, root in ((9, 2 + sympy.sqrt(5)), (2, (sympy.sqrt(6) + sympy.sqrt(2)) / 2)):
        H = ising(ring(3), sympy.log(factor) / 2)
        rbm = decorated_rbm(H)
        assert marginal_weight(rbm, "hidden") == exp(-H)
        assert Exact(rbm.w[0, 0]).exp() == root
        assert is_exact_rg(RGOperator.from_energy(rbm, H))
    noisy = decorated_rbm(ising(ring(3), sympy.log(2)))
    assert kl_divergence(ising(ring(3), sympy.log(2)), noisy) == 0


def test_decoration_of_symbols_needs_a_sign() -> None:
    with pytest.raises(CouplingError, match=r"the decoration of K = J depends on the sign of K.*write Symbol"):
        decorated_rbm(ising(ring(3), J))
    with pytest.raises(CouplingError, match=r"has no exact decoration.*write K = log"):
        decorated_rbm(ising(ring(3), sympy.Symbol("P", nonnegative=True)))  # w has a kink at zero


@pytest.mark.parametrize(
    "coupling",
    [
        sympy.Symbol("P", positive=True),
        -sympy.Symbol("P", positive=True) / 3,
        sympy.Symbol("N", negative=True) - sympy.Symbol("P", positive=True),
        sympy.log(sympy.cosh(J) + 1),
        decimate(J)[0],
        -decimate(J, 4)[0],
    ],
)
def test_decoration_where_the_sign_is_known(coupling: Any) -> None:
    H = ising(ring(3), coupling)
    assert marginal_weight(decorated_rbm(H), "hidden") == exp(-H)


def test_the_decoration_of_a_decimated_ring_has_its_coupling_back() -> None:
    """cosh 2w = e^{2K} with K = log cosh(2J)/2 (Eq. 24)."""
    assert {abs(x.coeff(J)) for x in decorated_rbm(ising(ring(3), decimate(J)[0])).w.flat if x != 0} == {1}


@pytest.mark.parametrize(
    "T",
    [
        decimation(np.arange(4), np.array([0, 2])),
        decimation([0, 1, 2, 3], [np.int64(0), 2]),
        kadanoff(np.arange(4).reshape(2, 2), 0.4),
        majority(np.arange(4).reshape(2, 2), "first"),
    ],
)
def test_numpy_numbers_are_sites(T: RGOperator) -> None:
    assert T.visible == (0, 1, 2, 3) and "np." not in repr(T)
    assert T == RGOperator(T.weight.relabel({0: 0}), range(4), [("h", np.int64(0)), ("h", 1)])
    assert is_exact_rg(T)


def test_decoration_of_large_and_tiny_couplings() -> None:
    for size in (1e-12, 1e-3, 300.0):
        H = SpinPolynomial({(0, 1): -size}, [0, 1])
        values = marginal_weight(decorated_rbm(H), "hidden").values
        np.testing.assert_allclose(values, [[size, -size], [-size, size]], atol=1e-12 * (1 + size))
    assert decorated_rbm(SpinPolynomial({(0,): 0.5}, [0, 1])).n_hidden == 0


def test_a_decoration_that_is_not_shown_to_be_positive() -> None:
    """e^{2K} = 1 + x^2 - xy + y^2 is, and e^{2K} + sqrt(e^{4K} - 1) is not, by the signs of coefficients."""
    x, y = Exact(sympy.exp(J)), Exact(sympy.exp(K))
    with pytest.raises(CouplingError, match=r"has no exact decoration.*write K = log"):
        decorated_rbm(SpinPolynomial({(0, 1): -(1 + x**2 - x * y + y**2).log() / 2}))


def test_names_of_hidden_sites() -> None:
    assert decimation(range(3), [1], hidden=["top"]).hidden == ("top",)
    assert majority([[0, 1, 2]], hidden=["top"]).hidden == ("top",)
    assert kadanoff([[0], [1]], 0.5, hidden=["a", "b"]).hidden == ("a", "b")
    assert noisy_copy(range(3), [1], 0.5, hidden=["top"]).hidden == ("top",)
    for T in (decimation(range(3), [1]), majority([range(3)]), kadanoff([range(3)], J), noisy_copy(range(3), [1], J)):
        assert T.hidden == (("h", 0),) and T.visible == (0, 1, 2)
    H = SpinPolynomial({("b", "a"): 0.5, ("a", "c"): -0.25, ("c",): 1.0}, ["c", "a", "b"])
    machine = decorated_rbm(H)
    assert machine.visible == ("c", "a", "b") and machine.hidden == (("h", 0), ("h", 1)) and machine.kind == "float"


@given(st.sampled_from([Fraction(2), Fraction(1, 3), Fraction(5, 2)]), st.integers(2, 4))
def test_noisy_copies(x: Fraction, n: int) -> None:
    """e^{w h v} / 2cosh w for the kept spin, with e^w = x; e^T does not depend on the others."""
    T = noisy_copy(range(n), [1], log(x))
    assert T.visible == tuple(range(n)) and is_exact_rg(T)
    for spins, entry in table(T).items():
        assert entry == (x if spins[1] * spins[-1] > 0 else 1 / x) / (x + 1 / x)
    with pytest.raises(SiteError, match="keep is empty"):
        noisy_copy(range(n), [], 0.5)
    with pytest.raises(SiteError, match="keep names the unknown site 9"):
        noisy_copy(range(n), [9], 0.5)


# Bad input.


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: decimation(range(3), [1, 1]), SiteError, "keep contains 1 twice"),
        (lambda: majority([[0, 1], [1, 2]]), SiteError, "the list of blocks contains 1 twice"),
        (lambda: majority([0, 1]), SiteError, r"a block is 0: expected a sequence of sites; write \[0\]"),
        (lambda: kadanoff([[0]], float("nan")), CouplingError, "nan is not finite"),
        (lambda: kadanoff([[0]], sympy.Rational(1, 2)), CouplingError, "not rational"),
        (lambda: kadanoff([[0]], 1j), CouplingError, "complex"),
        (lambda: delta_f(kadanoff([[0]], 0.5), SpinPolynomial({(0,): J})), MixedKindsError, "mixes floats"),
    ],
)
def test_bad_input(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("n", [40, 63, 70, 1600])
def test_too_large_at_once(n: int) -> None:
    tracemalloc.start()
    start = time.perf_counter()
    for make in (
        lambda: decimation(range(n), range(0, n, 2)),
        lambda: majority([range(n)]),
        lambda: majority([[k] for k in range(n)]),
        lambda: kadanoff([range(n)], 0.5),
        lambda: kadanoff([range(n)], J),
        lambda: kadanoff([[k] for k in range(n)], 0.5),
    ):
        with pytest.raises(EnumerationTooLarge, match=r"spins has 2\*\*\d+"):
            make()
    assert tracemalloc.get_traced_memory()[1] < 10**8 and time.perf_counter() - start < 10
    tracemalloc.stop()
