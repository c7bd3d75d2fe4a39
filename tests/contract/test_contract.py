"""exactrg and approx keep one contract: the same calls, an exact value here, an estimate with its error there.

Each estimate is z standard errors from the truth; a correct package exceeds |z| = 5.5 in one of about a hundred comparisons
with a probability of 4e-6 a run. Samples are held to the exact table by `assert_samples_from` at 1e-7 each.
"""

from __future__ import annotations

import inspect
import math

import networkx as nx
import numpy as np
import pytest
import sympy

import approx
import exactrg
from approx import distributions
from exactrg import RBM, RGOperator, SpinPolynomial, chain, exp, ising, kadanoff, rectangle, ring, square
from exactrg.errors import EnumerationTooLarge, InputError
from exactrg.testing import assert_samples_from

pytestmark = pytest.mark.jit

MOST = 5.5


def random_terms(n, seed):
    """Fields, bonds of both signs, three- and four-body terms, and a constant."""
    rng = np.random.default_rng(seed)
    couplings = {(): 0.7, **{(i,): rng.normal(scale=0.2) for i in range(n)}}
    for size in (2, 2, 3, 4):
        for _ in range(n // 2):
            couplings[frozenset(rng.choice(n, size, replace=False).tolist())] = rng.normal(scale=0.6)
    return SpinPolynomial(couplings, sites=range(n))


def random_rbm(n, m, seed, scale):
    rng = np.random.default_rng(seed)
    return RBM(rng.normal(scale=scale, size=(n, m)), rng.normal(scale=0.3, size=m), rng.normal(scale=0.2, size=n), 0.4)


HAMILTONIANS = {
    "2x2 torus": ising(square(2), 0.2),
    "3x3 torus": ising(square(3), 0.4),
    "4x3 torus in a field": ising(rectangle(4, 3), 0.3, 0.1),
    "open antiferromagnet": ising(square(3, periodic=False), -0.5, 0.2),
    "ring, cold": ising(ring(7), 1.1),
    "chain in a field": ising(chain(6), 0.8, -0.3),
    "free spins": ising(chain(3), 0.0, 0.4),
    "ferromagnet on a graph": ising(nx.petersen_graph(), 0.6, {0: 0.3, 4: -0.2}),
    "many-body terms": random_terms(8, 1),
    "RBM": random_rbm(6, 3, 2, 0.5),
    "exact constants": ising(ring(4), sympy.log(sympy.Rational(3, 2))),
}


def z_score(estimate, exact):
    assert isinstance(estimate, approx.Estimate)
    if estimate.stderr < 1e-12:
        assert estimate.value == pytest.approx(exact, rel=1e-12, abs=1e-12)
        return 0.0
    return (estimate.value - exact) / estimate.stderr


def energy_of(H):
    return H.energy() if isinstance(H, RBM) else H


@pytest.mark.parametrize(
    "name", ["sample", "expectation", "free_energy", "kl_divergence", "delta_f", "trace_condition"]
)
def test_the_positional_arguments_are_the_same(name):
    def positional(function):
        parameters = inspect.signature(function).parameters.values()
        return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

    assert positional(getattr(approx, name)) == positional(getattr(exactrg, name))
    extra = inspect.signature(getattr(approx, name)).parameters.values()
    assert all(p.default is not p.empty for p in extra if p.kind is p.KEYWORD_ONLY)


@pytest.mark.parametrize("name", HAMILTONIANS)
def test_samples(name):
    H = HAMILTONIANS[name]
    table = exp(-energy_of(H)).table.astype(float)
    for package in (exactrg, approx):
        configs = package.sample(H, 4096, 5)
        assert configs.shape == (4096, len(H.sites)) and configs.dtype == np.int8
        assert_samples_from(configs, table, rate=1e-7)


@pytest.mark.parametrize("name", HAMILTONIANS)
def test_expectations(name):
    H = HAMILTONIANS[name]
    a, b, c = H.sites[:3]
    half = sympy.log(2) if H.kind == "exact" else 0.5
    for f in (SpinPolynomial({(a, b): 1}), SpinPolynomial({(a, b, c): half, (c,): -4 * half}), energy_of(H)):
        exact = float(exactrg.expectation(f, H))
        found = approx.expectation(f, H, rng=6)
        assert abs(z_score(found, exact)) < MOST, f"{found} against {exact}"
        assert found.stderr < 0.1
    constant = approx.expectation(SpinPolynomial({(): 2.5}), H)
    assert (constant.value, constant.stderr) == (2.5, 0.0)


@pytest.mark.parametrize("method", ["integration", "annealing"])
@pytest.mark.parametrize("name", HAMILTONIANS)
def test_free_energies(name, method):
    H = HAMILTONIANS[name]
    found = approx.free_energy(H, rng=7, method=method, n=1024)
    assert abs(z_score(found, float(exactrg.free_energy(H)))) < MOST
    assert 0 < found.stderr < 0.1


def test_a_wrong_sampler_breaks_the_contract(monkeypatch):
    """Power: couplings 3% too small."""
    H = HAMILTONIANS["3x3 torus"]
    exact = exactrg.expectation(H, H), exactrg.free_energy(H)
    found = approx.expectation(0.97 * H, 0.97 * H, rng=8), approx.free_energy(0.97 * H, rng=8)
    assert all(abs(z_score(e, x)) > MOST for e, x in zip(found, exact, strict=True))
    with pytest.raises(AssertionError):
        assert_samples_from(approx.sample(0.95 * H, 32_768, 8), exp(-H).table)


H3 = ising(square(3), 0.4, 0.1)
PAIRS = {
    "close": (H3, 0.9 * H3),
    "far": (H3, random_rbm(9, 3, 3, 0.4)),
    "machines": (random_rbm(5, 3, 4, 0.4), random_rbm(5, 2, 5, 0.3)),
    "tables": (exp(-ising(ring(4), 0.5)), exp(-ising(ring(4), 0.2, 0.3))),
}


@pytest.mark.parametrize("engines", ["quick", "none"])
@pytest.mark.parametrize("name", PAIRS)
def test_divergences(name, engines, monkeypatch):
    if engines == "none":  # both log Z must then be estimated
        monkeypatch.setattr(distributions, "plan", _too_large)
    for p, q in (PAIRS[name], PAIRS[name][::-1]):
        exact = exactrg.kl_divergence(p, q)
        found = approx.kl_divergence(p, q, rng=9)
        assert abs(z_score(found, exact)) < MOST, f"{found} against {exact}"
        assert 0 < found.stderr < 0.2
    p, q = PAIRS[name]
    same = approx.kl_divergence(p, p, rng=9)
    assert same.value == pytest.approx(0, abs=1e-12) and same.stderr == pytest.approx(0, abs=1e-12)


def test_where_q_vanishes_the_divergence_is_infinite():
    p = exp(-ising(ring(3), 0.2))
    q = exactrg.BoltzmannWeight(p.sites, np.where(np.arange(8).reshape(2, 2, 2) == 3, 0.0, 1.0))
    assert exactrg.kl_divergence(p, q) == math.inf
    assert approx.kl_divergence(p, q, rng=1).value == math.inf
    exact = exactrg.kl_divergence(q, p)  # reweighting samples of q would miss where only p is
    assert abs(z_score(approx.kl_divergence(q, p, rng=1), exact)) < MOST
    with pytest.raises(InputError, match="vanishes somewhere"):
        approx.kl_divergence(q, p, rng=1, method="reweighting")


OPERATORS = {
    "RBM": RGOperator.from_energy(random_rbm(9, 3, 6, 0.15), H3),
    "RBM, far from exact": RGOperator.from_energy(random_rbm(9, 4, 7, 0.4), H3),
    "polynomial": RGOperator.from_energy(
        H3 + SpinPolynomial({(0, "a"): 0.3, (4, "a"): -0.2, (8, "b"): 0.4, (1, 2): 0.1, (): 0.3}), H3
    ),
    "Kadanoff": kadanoff([[0, 1, 2], [3, 4, 5], [6, 7, 8]], 0.7),
    "decimation": exactrg.decimation(range(9), keep=[0, 4]),
}


@pytest.mark.parametrize("engines", ["quick", "none"])
@pytest.mark.parametrize("name", OPERATORS)
def test_delta_f_and_the_trace_condition(name, engines, monkeypatch):
    if engines == "none":
        monkeypatch.setattr(distributions, "plan", _too_large)
    T = OPERATORS[name]
    exact = exactrg.delta_f(T, H3)
    found = approx.delta_f(T, H3, rng=10, n=1024)
    assert abs(z_score(found, exact)) < MOST, f"{found} against {exact}"
    assert found.stderr < 0.15

    samples = approx.sample(H3, 1024, 11)
    condition = approx.trace_condition(T, samples=samples)
    log_q = np.log(exactrg.trace_condition(T).table.astype(float))
    assert np.allclose(condition.log_q, log_q[tuple((1 - samples.T) // 2)], rtol=0, atol=1e-12)
    mean = float((exp(-H3).probability().table * log_q).sum())
    if exactrg.is_exact_rg(T):
        assert np.abs(condition.log_q).max() < 1e-12
    else:
        assert abs(z_score(condition.estimate, mean)) < MOST
        assert abs(z_score(approx.trace_condition(T, n=1024, rng=12).estimate, mean)) < MOST


def _too_large(*_):
    raise EnumerationTooLarge(99, 20, instead="Write less.")
