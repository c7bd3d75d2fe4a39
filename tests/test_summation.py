"""Every engine against every other where two or more apply: floats to rounding, exact numbers with ==."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import (
    RBM,
    SpinPolynomial,
    chain,
    diamond,
    exp,
    expectation,
    ising,
    log_partition_function,
    partition_function,
    rectangle,
    sample,
    square,
    trace,
    triangular,
)
from exactrg.errors import InputError
from exactrg.testing import assert_samples_from

couplings = st.floats(-3, 3, allow_nan=False).map(lambda x: round(x, 6))
FAST = settings(max_examples=25, deadline=None)


@st.composite
def polynomials(draw, max_spins=9, orders=(0, 1, 2, 2, 2, 3, 4)):
    """Random functions of spins, many-body terms included."""
    n = draw(st.integers(1, max_spins))
    terms = {}
    for _ in range(draw(st.integers(0, 14))):
        size = min(draw(st.sampled_from(orders)), n)
        terms[frozenset(draw(st.permutations(range(n)))[:size])] = draw(couplings)
    return SpinPolynomial({**terms, frozenset([0]): draw(couplings)}, range(n))


@st.composite
def planar_models(draw):
    """Random couplings of either sign on planar graphs, some bonds missing."""
    graph = draw(
        st.sampled_from(
            [square(3, False), rectangle(2, 5, False), chain(7), diamond(1), diamond(2), triangular(3, False)]
        )
    )
    J = {edge: draw(couplings) for edge in graph.edges}
    return ising(graph, J)


@FAST
@given(polynomials())
def test_float_engines_agree_on_log_z_and_on_all_means(H):
    table = log_partition_function(H, engine="table")
    scale = 1 + abs(table) + sum(abs(c) for c in H.couplings.values())
    f = SpinPolynomial({S: 1.0 + k for k, S in enumerate(combinations(H.sites, min(2, len(H.sites))))}, H.sites)
    mean = expectation(f, H, engine="table")
    for engine in ("enumeration", "elimination"):
        assert abs(log_partition_function(H, engine=engine) - table) < 1e-13 * scale
        assert abs(expectation(f, H, engine=engine) - mean) < 1e-10 * (1 + len(f.couplings) ** 2)


@FAST
@given(planar_models())
def test_the_planar_engine_agrees_with_elimination(H):
    expected = log_partition_function(H, engine="elimination")
    assert abs(log_partition_function(H, engine="planar") - expected) < 1e-12 * (1 + abs(expected))
    pairs = SpinPolynomial({(0, 1): 1.0, (0, len(H.sites) - 1): 2.0, (1, 2): -1.5}, H.sites)
    means = [expectation(pairs, H, engine=e) for e in ("planar", "elimination")]
    assert abs(means[0] - means[1]) < 1e-9


def test_what_the_planar_engine_can_average():
    H = ising(square(3, periodic=False), 0.4)
    f = SpinPolynomial({(): 2.0, (0,): 5.0, (0, 1, 2): 7.0, (0, 1): 1.0}, H.sites)
    assert expectation(f, H, engine="planar") == pytest.approx(expectation(f, H, engine="table"), abs=1e-12)
    with pytest.raises(InputError, match="pair correlations only, not 4 spins; use engine='elimination'"):
        expectation(SpinPolynomial({(0, 1, 3, 4): 1.0}, H.sites), H, engine="planar")


def test_the_joint_energy_of_an_rbm_by_every_engine():
    rbm = RBM([[0.3, -0.2], [0.5, 0.1], [-0.7, 0.4]], b=[0.1, -0.3])
    values = [log_partition_function(rbm, engine=e) for e in ("layer", "table", "enumeration", "elimination")]
    assert np.ptp(values) < 1e-13


@FAST
@given(st.integers(2, 4), st.integers(2, 4), st.floats(-1.5, 1.5))
def test_kaufman_agrees_with_elimination_on_tori(m, n, K):
    H = ising(rectangle(m, n), K)
    if (m, n) != (2, 2) and K:
        torus = log_partition_function(H, engine="torus")
        assert abs(torus - log_partition_function(H, engine="elimination")) < 1e-12 * (1 + abs(torus))


@FAST
@given(st.data())
def test_exact_engines_agree_with_equality(data):
    n = data.draw(st.integers(2, 6))
    rationals = st.fractions(min_value="1/5", max_value=5, max_denominator=6).filter(lambda x: x > 0)
    terms = {
        S: sympy.log(sympy.Rational(*data.draw(rationals).as_integer_ratio()))
        for order in (1, 2, 3)
        for S in combinations(range(n), order)
        if data.draw(st.booleans())
    }
    H = SpinPolynomial(terms, range(n))
    Z = partition_function(H, engine="table")
    assert Z == partition_function(H, engine="elimination")
    f = SpinPolynomial({(0, 1): 1, (0,): 2}, H.sites)
    assert expectation(f, H, engine="table") == expectation(f, H, engine="elimination")


@pytest.mark.parametrize(
    "graph", [square(3), square(2), rectangle(2, 4), square(3, periodic=False), nx.petersen_graph()], ids=str
)
@pytest.mark.parametrize("field", [False, True])
def test_uniform_polynomials_equal_the_table(graph, field):
    J, h = sympy.symbols("J h", real=True)
    H = ising(graph, J, h if field else 0)
    assert partition_function(H, engine="uniform") == partition_function(H, engine="table")
    half = ising(graph, sympy.log(sympy.Rational(5, 2)) / 2, h if field else 0)
    assert partition_function(half, engine="uniform") == partition_function(half, engine="table")


def test_a_different_symbol_on_every_bond_is_eliminated_exactly():
    graph = rectangle(3, 4, periodic=False)
    H = ising(graph, {edge: sympy.Symbol(f"K{k}", real=True) for k, edge in enumerate(graph.edges)})
    assert partition_function(H, engine="elimination") == trace(exp(-H))


def test_a_layer_in_closed_form_equals_the_sum_over_all_units():
    rng = np.random.default_rng(5)
    machine = RBM(rng.normal(size=(7, 3)), rng.normal(size=3), rng.normal(size=7), 0.3)
    assert abs(log_partition_function(machine) - log_partition_function(machine.energy(), engine="table")) < 1e-12
    assert abs(log_partition_function(machine.transpose()) - log_partition_function(machine)) < 1e-12


@pytest.mark.parametrize("engine", ["table", "elimination"])
def test_samples_follow_the_exact_distribution(engine):
    rng = np.random.default_rng(11)
    graph = rectangle(3, 3)
    H = ising(graph, {edge: rng.normal() for edge in graph.edges}, h=0.2)
    probabilities = exp(-H).probability().table
    draws = sample(H, 100_000, rng=3, engine=engine)
    assert_samples_from(draws, probabilities, rate=1e-7)
    wrong = exp(-1.05 * H).probability().table
    with pytest.raises(AssertionError):
        assert_samples_from(draws, wrong, rate=1e-7)
    assert (sample(H, 50, rng=3, engine=engine) == sample(H, 50, rng=3, engine=engine)).all()


def test_the_energies_of_samples_of_a_torus_follow_its_density_of_states():
    from scipy.stats import chisquare

    from exactrg import density_of_states

    K, graph = 0.3, square(10)
    H = ising(graph, K)
    spins = sample(H, 20_000, rng=1)
    unsatisfied = np.rint((200 + H.evaluate(spins) / K) / 2).astype(int)
    weights = [
        g * sympy.Float(1) * sympy.exp(sympy.Float(K * (200 - 2 * k), 30))
        for k, g in enumerate(density_of_states(graph))
    ]
    total = sum(weights)
    expected = np.array([float(w / total) for w in weights]) * len(spins)
    kept = expected > 10
    observed = np.bincount(unsatisfied, minlength=201)
    table = [[*np.asarray(x)[kept], np.asarray(x)[~kept].sum()] for x in (observed, expected)]
    assert chisquare(*table).pvalue > 1e-6
    shifted = [*table[1][1:], table[1][0]]
    assert chisquare(table[0], np.array(shifted) * sum(table[0]) / sum(shifted)).pvalue < 1e-6
