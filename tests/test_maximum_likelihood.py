from __future__ import annotations

from itertools import product
from math import exp, log

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import RBM, SpinPolynomial, decorated_rbm, ising, kl_divergence, rectangle, ring
from exactrg.errors import EnumerationTooLarge, InputError, MixedKindsError, SiteError, SpinError
from exactrg.maximum_likelihood import fit_maximum_likelihood, kl_gradient
from exactrg.thermodynamics import boltzmann_factor


def random_rbm(n, m, seed, scale=0.8):
    rng = np.random.default_rng(seed)
    return RBM(rng.normal(0, scale, (n, m)), rng.normal(0, scale, m), rng.normal(0, scale, n))


def brute_force_kl(target, rbm):
    """D_KL over explicit sums of e^{-E}; target: {v: probability}."""
    weights = {}
    for v in target:
        weights[v] = sum(
            exp(
                -sum(b * y for b, y in zip(rbm.b, h, strict=True))
                - sum(c * x for c, x in zip(rbm.c, v, strict=True))
                - sum(rbm.w[i, j] * v[i] * h[j] for i in range(len(v)) for j in range(len(h)))
            )
            for h in product((1, -1), repeat=rbm.n_hidden)
        )
    Z = sum(weights.values())
    return sum(p * log(p * Z / weights[v]) for v, p in target.items() if p > 0)


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 10**6))
def test_value_and_gradient_against_explicit_sums(n, m, seed):
    rbm, rng = random_rbm(n, m, seed), np.random.default_rng(seed + 1)
    samples = rng.choice([-1, 1], (30, n))
    target = {v: float(np.mean(np.all(samples == v, axis=1))) for v in product((1, -1), repeat=n)}
    found = kl_gradient(samples, rbm)
    assert found.kl == pytest.approx(brute_force_kl(target, rbm), abs=1e-12)
    step = 1e-5
    for name in ("w", "b", "c"):
        ours, part = getattr(found, name), getattr(rbm, name)
        for index in np.ndindex(part.shape):
            values = []
            for sign in (1, -1):
                moved = {key: np.array(getattr(rbm, key)) for key in ("w", "b", "c")}
                moved[name][index] += sign * step
                values.append(brute_force_kl(target, RBM(**moved)))
            assert ours[index] == pytest.approx((values[0] - values[1]) / (2 * step), abs=1e-8)


def test_the_target_may_be_an_energy_a_machine_or_a_weight():
    H = ising(ring(4), J=0.6)
    rbm = random_rbm(4, 2, 1)
    assert kl_gradient(H, rbm).kl == pytest.approx(kl_divergence(H, rbm), abs=1e-12)
    other = random_rbm(4, 3, 2)
    assert kl_gradient(other, rbm).kl == pytest.approx(kl_divergence(other, rbm), abs=1e-12)
    itself = kl_gradient(rbm, rbm)
    assert itself.kl < 1e-12 and itself.largest < 1e-12


def test_a_machine_and_samples_are_fitted():
    target = random_rbm(3, 1, 5)
    assert fit_maximum_likelihood(target, 1, rng=0).gradient.kl < 1e-6
    samples = np.array([[1, 1], [1, 1], [-1, -1], [1, -1]])
    fitted = fit_maximum_likelihood(samples, 1, rng=0).rbm
    found = boltzmann_factor(fitted).trace(fitted.hidden).probability().table
    assert fitted.visible == (0, 1) and found == pytest.approx(np.array([[0.5, 0.25], [0.0, 0.25]]), abs=1e-3)


def test_the_order_of_sites_is_that_of_the_machine():
    H = SpinPolynomial({frozenset("a"): 0.3, frozenset("ab"): 0.9}, ["a", "b"])
    rbm = RBM([[0.2], [0.7]], visible=["b", "a"])
    assert kl_gradient(H, rbm).kl == pytest.approx(kl_divergence(H, rbm), abs=1e-12)


def test_decorated_machines_are_optima_and_are_found():
    """One hidden unit per bond suffices (FACTS: decorated RBM): the divergence of the optimum is zero."""
    H = ising(rectangle(2, 2, periodic=False), J=0.5)
    exact = decorated_rbm(H)
    assert kl_gradient(H, exact).largest < 1e-12
    found = min((fit_maximum_likelihood(H, exact.n_hidden, rng=seed) for seed in range(3)), key=lambda fit: fit.kl)
    assert found.kl < 1e-7
    assert found.rbm.visible == tuple(H.sites) and found.kl == pytest.approx(kl_divergence(H, found.rbm), abs=1e-10)


def test_one_unit_matches_any_distribution_of_two_spins():
    rng = np.random.default_rng(4)
    for K in (0.7, -0.4):
        target = SpinPolynomial(
            {frozenset((0,)): rng.normal(), frozenset((1,)): rng.normal(), frozenset((0, 1)): K}, (0, 1)
        )
        found = fit_maximum_likelihood(target, 1, rng=1)
        assert found.kl < 1e-9 and found.converged and found.gradient.largest < 1e-8


def test_it_goes_down_from_where_it_starts():
    H, start = ising(ring(5), J=0.8), random_rbm(5, 2, 7)
    found = fit_maximum_likelihood(H, 2, start=start, max_iterations=5)
    assert found.kl < kl_divergence(H, start) and not found.converged and found.iterations <= 5
    again = fit_maximum_likelihood(H, 2, start=start, max_iterations=5)
    assert np.array_equal(found.rbm.w, again.rbm.w)


def test_hidden_sites_are_those_of_the_start():
    """The target of a second layer has the default names of hidden sites; then a start names the next ones."""
    target = SpinPolynomial({frozenset([("h", 0), ("h", 1)]): 0.4}, [("h", 0), ("h", 1)])
    start = RBM([[0.1], [0.2]], visible=target.sites, hidden=["top"])
    found = fit_maximum_likelihood(target, 1, start=start)
    assert found.rbm.hidden == ("top",) and found.kl < 1e-9
    with pytest.raises(SiteError, match="share"):
        fit_maximum_likelihood(target, 1)


def test_bad_input_is_refused_before_any_work():
    with pytest.raises(EnumerationTooLarge, match="fit_rbm"):
        kl_gradient(np.ones((3, 40), int), RBM(np.zeros((40, 2)) + 0.1))
    with pytest.raises(SpinError):
        kl_gradient(np.zeros((3, 2)), RBM([[0.1], [0.2]]))
    with pytest.raises(SpinError):
        fit_maximum_likelihood(np.ones(4), 2)
    with pytest.raises(SiteError):
        kl_gradient(ising(ring(4), J=0.1), random_rbm(5, 2, 0))
    with pytest.raises(InputError, match="exact"):
        kl_gradient(np.ones((3, 1), int), RBM([[sympy.log(2)]]))
    with pytest.raises(MixedKindsError):
        kl_gradient(ising(ring(4), J=sympy.log(2)), random_rbm(4, 2, 0))
    with pytest.raises(InputError, match="n_hidden"):
        fit_maximum_likelihood(ising(ring(4), J=0.1), 0)
    with pytest.raises(InputError, match="start"):
        fit_maximum_likelihood(ising(ring(4), J=0.1), 3, start=random_rbm(4, 2, 0))
