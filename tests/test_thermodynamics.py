"""Partition functions, free energies, expectations and samples: Eqs. 1, 2, 4, 7 and 8 against enumeration."""

from __future__ import annotations

import math
import time
from collections import Counter
from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import oracle
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Surd
from oracle_numbers import J, K
from oracle_systems import hamiltonians, log, polynomial, rational, rbms

from exactrg import (
    RBM,
    BoltzmannWeight,
    Exact,
    RGOperator,
    SpinPolynomial,
    chain,
    delta_f,
    density_of_states,
    exp,
    expectation,
    free_energy,
    ising,
    log_partition_function,
    partition_function,
    rectangle,
    ring,
    sample,
    square,
)
from exactrg.errors import (
    CouplingError,
    EnumerationTooLarge,
    FloatOverflowError,
    InputError,
    LatticeError,
    MixedKindsError,
    SiteError,
    ZeroWeightError,
)
from exactrg.thermodynamics import boltzmann_factor

SITES = [0, 1, 2]


@given(hamiltonians(SITES), hamiltonians(SITES))
def test_exact_systems(h: dict[Any, Fraction], f: dict[Any, Fraction]) -> None:
    """Eqs. 1, 2 and 4: Z, F and <f> with many-body terms, as rational numbers."""
    H = polynomial(h, SITES)
    table = oracle.weight(oracle.inverse(h), SITES)
    z = oracle.total(table)
    assert partition_function(H) == z
    assert log_partition_function(H) == -free_energy(H) == Exact(z).log()
    observable = SpinPolynomial({s: k for k, s in enumerate(f, start=2)}, SITES)
    expected = sum((k * oracle.mean(table, sorted(s)) for k, s in enumerate(f, start=2)), Fraction(0))
    assert expectation(observable, H) == expected
    assert expectation(observable, exp(-H)) == expected
    logs = polynomial(f, SITES)
    assert expectation(logs, H) == sum(
        (log(x) * rational(oracle.mean(table, sorted(s))) for s, x in f.items()), Exact(0)
    )


@given(hamiltonians(SITES), st.integers(-2, 2), st.integers(-2, 2), st.integers(-2, 2))
def test_half_logarithms(h: dict[Any, Fraction], a: int, b: int, c: int) -> None:
    """Couplings log(17/8)/2 and multiples: Z = x + y sqrt(17/8) with rational x and y."""
    root = Surd(Fraction(0), Fraction(1), Fraction(17, 8))
    radicals = {frozenset(s): power for s, power in (((0,), a), ((0, 1), b), ((1, 2), c))}
    factors: dict[Any, Any] = {s: root * 0 + x for s, x in h.items()}
    for s, power in radicals.items():
        for _ in range(abs(power)):
            factors[s] = factors.get(s, 1) * root if power > 0 else factors.get(s, 1) / root
    half = Exact(sympy.log(sympy.Rational(17, 8))) / 2
    H = polynomial(h, SITES) + SpinPolynomial({s: power * half for s, power in radicals.items()}, SITES)
    table = oracle.weight(oracle.inverse(factors), SITES)
    z = oracle.total(table) if factors else Fraction(8)
    z = z if isinstance(z, Surd) else Surd(Fraction(z), Fraction(0), Fraction(17, 8))
    expected = Exact(z.a) + z.b * Exact(sympy.sqrt(sympy.Rational(17, 8)))
    assert partition_function(H) == expected
    assert free_energy(H) == -expected.log()
    if factors:
        mean = oracle.mean(table, [0, 1]) + Surd(Fraction(0), Fraction(0), Fraction(17, 8))
        found = expectation(SpinPolynomial({(0, 1): 1}, SITES), H)
        assert found == Exact(mean.a) + mean.b * Exact(sympy.sqrt(sympy.Rational(17, 8)))


@given(st.lists(st.sampled_from([Fraction(2), Fraction(1, 3), Fraction(5, 4)]), min_size=2, max_size=2))
def test_symbols_by_substitution(values: list[Fraction]) -> None:
    """All-symbolic systems: with numbers for e^J and e^K, what the oracle says."""
    H = SpinPolynomial({(0, 1): -J, (1, 2): -J / 1, (0, 1, 2): K, (2,): K - J, (): 2 * J}, SITES)
    x, y = values
    factors = {
        frozenset({0, 1}): 1 / x,
        frozenset({1, 2}): 1 / x,
        frozenset({0, 1, 2}): y,
        frozenset({2}): y / x,
        frozenset(): x**2,
    }
    table = oracle.weight(oracle.inverse(factors), SITES)
    point = {J: log(x), K: log(y)}
    assert partition_function(H).subs(point) == rational(oracle.total(table))
    mean = expectation(SpinPolynomial({(0, 2): 3, (1,): -1}, SITES), H).subs(point)
    assert sympy.nsimplify(mean) == rational(3 * oracle.mean(table, [0, 2]) - oracle.mean(table, [1]))
    assert Exact(free_energy(H).subs(point)) == -log(oracle.total(table))


@given(rbms())
def test_rbms(machine: tuple[RBM, dict[Any, Fraction]]) -> None:
    rbm, e = machine
    table = oracle.weight(oracle.inverse(e), rbm.sites)
    assert partition_function(rbm) == partition_function(rbm.transpose()) == oracle.total(table)
    f = SpinPolynomial({(rbm.visible[0], rbm.hidden[-1]): 1, (rbm.hidden[0],): 2})
    n = rbm.n_visible
    expected = oracle.mean(table, [0, len(rbm.sites) - 1]) + 2 * oracle.mean(table, [n])
    assert expectation(f, rbm) == expected
    floats = RBM(rbm.w.astype(float), rbm.b.astype(float), rbm.c.astype(float), float(rbm.constant))
    assert log_partition_function(floats) == pytest.approx(math.log(oracle.total(table)), rel=1e-12, abs=1e-12)
    assert expectation(f, floats) == pytest.approx(float(expected), rel=1e-11, abs=1e-12)


def test_transfer_matrix() -> None:
    """square(2) has 8 bonds and ring(2) 2: Z = Tr T^n, symbolically, with a field too."""
    x, y = sympy.exp(J), sympy.exp(K)

    def bonds(n: int) -> Any:
        # T(s, t) = e^{J s t + K (s + t)/2}
        return sympy.Matrix(2, 2, [x * y, 1 / x, 1 / x, x / y]) ** n

    for n in (2, 3, 4, 5):
        assert partition_function(ising(ring(n), J, K)) == sympy.expand(bonds(n).trace())
    assert partition_function(ising(ring(2), J)) == 2 * x**2 + 2 * x**-2
    assert partition_function(ising(chain(3), J)) == 2 * (x + 1 / x) ** 2 * 1
    # Rows of two spins, with double bonds within a row, and between the two rows.
    spins = list(oracle.configurations([0, 1]))
    rows = sympy.Matrix(
        4,
        4,
        lambda a, b: x ** (2 * spins[a][0] * spins[a][1] + sum(s * t for s, t in zip(spins[a], spins[b], strict=True))),
    )
    for height in (2, 3, 4):
        assert partition_function(ising(rectangle(2, height), J)) == sympy.expand((rows**height).trace())
    assert partition_function(ising(square(2), J)) == 2 * x**8 + 12 + 2 * x**-8


def test_density_of_the_4x4_torus() -> None:
    """FACTS: g(k) = 2, 0, 32, 64, 424, ... from the coefficients of Z in e^{2J}."""
    z = partition_function(ising(square(4), J))
    half = [2, 32, 64, 424, 1728, 6688, 13568]
    counts = dict(zip((0, 4, 6, 8, 10, 12, 14), half, strict=True)) | {16: 20524}
    counts |= {32 - k: g for k, g in counts.items()}
    assert z == sum(g * sympy.exp((32 - 2 * k) * J) for k, g in counts.items())


@pytest.mark.parametrize("coupling", [1000.0, -1000.0, 0.4406867935097715, 1e-9])
@pytest.mark.parametrize("field", [0.0, 750.0])
def test_large_couplings_on_the_4x4_torus(coupling: float, field: float) -> None:
    """Against exact big numbers: e^J and e^h are rationals whose logarithms are the floats, to 1e-12 of F."""
    import mpmath

    graph = square(4)
    with mpmath.workdps(60):
        energies: Counter[tuple[int, int]] = Counter()
        edges = list(graph.edges())
        for spins in oracle.configurations(range(16)):
            energies[sum(spins[i] * spins[j] for i, j in edges), sum(spins)] += 1
        z = mpmath.fsum(
            g * mpmath.exp(mpmath.mpf(coupling) * bonds + mpmath.mpf(field) * m) for (bonds, m), g in energies.items()
        )
        expected = float(-mpmath.log(z))
    H = ising(graph, coupling, field)
    assert free_energy(H) == pytest.approx(expected, rel=1e-12)
    assert free_energy(H, engine="table") == pytest.approx(expected, rel=1e-12)


def test_large_exact_couplings() -> None:
    H = ising(square(3), 1000 * sympy.log(sympy.Rational(3, 2)))
    z = partition_function(H)
    floats = ising(square(3), 1000 * math.log(1.5))
    assert float(z.log()) == pytest.approx(log_partition_function(floats), rel=1e-13)
    with pytest.raises(FloatOverflowError, match="log_partition_function"):
        float(z)


@given(st.lists(st.floats(-30, 30), min_size=8, max_size=8))
def test_floats_against_exact_sums(couplings: list[float]) -> None:
    import mpmath

    subsets = [frozenset(i for i in SITES if k >> i & 1) for k in range(8)]
    H = SpinPolynomial(dict(zip(subsets, couplings, strict=True)), SITES)
    with mpmath.workdps(50):
        factors = {s: mpmath.exp(mpmath.mpf(c)) for s, c in zip(subsets, couplings, strict=True)}
        table = oracle.weight(oracle.inverse(factors), SITES)
        expected, mean = float(mpmath.log(oracle.total(table))), float(oracle.mean(table, [0, 2]))
    assert log_partition_function(H) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert expectation(SpinPolynomial({(0, 2): 1}, SITES), H) == pytest.approx(mean, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("engine", ["auto", "table", "elimination"])
@given(h=hamiltonians(range(4)))
@settings(max_examples=10)
def test_every_engine(engine: str, h: dict[Any, Fraction]) -> None:
    sites = list(range(4))
    H = polynomial(h, sites)
    floats = SpinPolynomial({s: float(c) for s, c in H.couplings.items()}, sites)
    f = SpinPolynomial({(0, 2): 2, (3,): -1, (): 5})
    table = oracle.weight(oracle.inverse(h), sites)
    z, mean = oracle.total(table), 2 * oracle.mean(table, [0, 2]) - oracle.mean(table, [3]) + 5
    assert partition_function(H, engine=engine) == z and log_partition_function(H, engine=engine) == Exact(z).log()
    assert free_energy(H, engine=engine) == -Exact(z).log() and expectation(f, H, engine=engine) == mean
    assert float(partition_function(floats, engine=engine)) == pytest.approx(float(z), rel=1e-12)
    assert float(log_partition_function(floats, engine=engine)) == pytest.approx(math.log(z), rel=1e-12, abs=1e-12)
    assert expectation(f * 0.5, floats, engine=engine) == pytest.approx(float(mean) / 2, rel=1e-10, abs=1e-12)


def test_the_engine_and_the_limit_are_heeded() -> None:
    H, f = ising(square(4), 0.3), SpinPolynomial({(0, 1): 1})
    for function in (partition_function, log_partition_function, free_energy):
        with pytest.raises(InputError, match="engine='none': expected"):
            function(H, engine="none")
        with pytest.raises(EnumerationTooLarge):
            function(H, engine="elimination", limit=16)
        with pytest.raises(InputError, match="'uniform' does not apply here"):
            function(H + SpinPolynomial({(0, 1, 2): 0.1}, H.sites), engine="uniform")
    for function in (expectation, lambda f, H, **options: sample(H, 3, 1, **options)):
        with pytest.raises(InputError, match="engine='none': expected"):
            function(f, H, engine="none")
        with pytest.raises(EnumerationTooLarge):
            function(f, H, engine="elimination", limit=16)
    for function in (
        density_of_states,
        lambda graph, **options: density_of_states(graph, magnetization=True, **options),
    ):
        with pytest.raises(InputError, match="engine='none': expected"):
            function(square(3), engine="none")
        with pytest.raises(EnumerationTooLarge):
            function(square(6), engine="uniform", limit=16)


@pytest.mark.parametrize("graph", [ring(5), chain(4), square(2), square(3), rectangle(2, 3)], ids=str)
@pytest.mark.parametrize("engine", ["auto", "enumeration", "uniform"])
def test_densities_of_states(graph: nx.Graph, engine: str) -> None:
    """Unsatisfied bonds, and spins down, counted over all configurations."""
    sites, edges = list(graph.nodes), list(graph.edges())
    counts: Counter[tuple[int, int]] = Counter()
    for spins in oracle.configurations(sites):
        value = dict(zip(sites, spins, strict=True))
        counts[sum(value[i] != value[j] for i, j in edges), spins.count(-1)] += 1
    joint = [[counts[k, m] for m in range(len(sites) + 1)] for k in range(len(edges) + 1)]
    assert density_of_states(graph, magnetization=True, engine=engine) == joint
    assert density_of_states(graph, engine=engine) == [sum(row) for row in joint]


def test_observables_under_neutral_distributions() -> None:
    """Tables of integers, and H = 0, have no kind of their own: they take that of the observable."""
    weight = BoltzmannWeight([0, 1], [[3, 1], [0, 4]])
    assert expectation(SpinPolynomial({(0,): J, (0, 1): sympy.log(2)}), weight) == 3 * Exact(sympy.log(2)) / 4
    assert expectation(SpinPolynomial({(0, 1): 0.5}), weight) == pytest.approx(0.375)
    assert expectation(SpinPolynomial({(0, 1): 1}), weight) == Fraction(3, 4)
    for engine, coupling, kind in (("table", J, Exact), ("elimination", J, Exact), ("table", 0.5, float)):
        nothing = expectation(SpinPolynomial({}, [0]), ising(ring(3), coupling), engine=engine)
        assert isinstance(nothing, kind) and nothing == 0
    free = SpinPolynomial({}, range(4))
    for engine in ("auto", "table", "elimination"):
        assert expectation(SpinPolynomial({(0, 1): 0.5, (): 1.5}), free, engine=engine) == 1.5
        assert expectation(SpinPolynomial({(0, 1): J, (): K}), free, engine=engine) == K


def test_delta_f_uses_the_energy_it_was_made_from() -> None:
    H = ising(ring(3), J)
    E = RBM([[J], [0], [K]])
    T = RGOperator.from_energy(E, H)
    assert delta_f(T, H) == log_partition_function(H) - log_partition_function(E)
    other = ising(ring(3), K)
    joint = trace_of(T, other)
    assert delta_f(T, other) == log_partition_function(other) - joint.log()


def trace_of(T: RGOperator, H: SpinPolynomial) -> Exact:
    """Z' = Tr_vh e^{T - H}."""
    from exactrg import trace

    return trace(T.weight * exp(-H))


def test_operator_that_is_zero_everywhere() -> None:
    for H, zeros in ((SpinPolynomial({(0,): J}), [[0, 0], [0, 0]]), (SpinPolynomial({(0,): 1.0}), np.zeros((2, 2)))):
        T = RGOperator(BoltzmannWeight([0, "h"], zeros), [0], ["h"])
        with pytest.raises(ZeroWeightError, match=r"e\^{T - H} vanishes everywhere"):
            delta_f(T, H)


def test_boltzmann_factors() -> None:
    rbm = RBM([[J], [K]], c=[J, 0])
    assert boltzmann_factor(rbm) == boltzmann_factor(rbm.energy()) == exp(-rbm.energy())
    with pytest.raises(InputError, match="or an RBM, got an int"):
        boltzmann_factor(3)  # type: ignore[arg-type]


# Bad input.


def test_bad_hamiltonians() -> None:
    H = ising(ring(3), 0.5)
    for function in (partition_function, free_energy, log_partition_function):
        with pytest.raises(InputError, match="expected a SpinPolynomial or an RBM"):
            function(3)  # type: ignore[operator]
    with pytest.raises(InputError, match="T is a SpinPolynomial: expected an RGOperator"):
        delta_f(H, H)  # type: ignore[arg-type]
    with pytest.raises(LatticeError, match=r"undirected graph, got a directed one; write graph\.to_undirected"):
        density_of_states(nx.DiGraph([(0, 1)]))
    with pytest.raises(CouplingError, match="not rational"):
        partition_function(SpinPolynomial({(0,): sympy.Rational(1, 2)}))
    with pytest.raises(InputError, match="f is an int: expected a SpinPolynomial, such as"):
        expectation(1, H)  # type: ignore[arg-type]
    with pytest.raises(SiteError, match="the observable names the unknown site 9; the sites are 0, 1, 2"):
        expectation(SpinPolynomial({(9,): 1}), H)
    with pytest.raises(MixedKindsError, match="an expectation mixes"):
        expectation(SpinPolynomial({(0,): J}), H)
    with pytest.raises(MixedKindsError):
        expectation(SpinPolynomial({(0,): 0.5}), ising(ring(3), J))


def test_a_large_dense_rbm_is_refused_at_once() -> None:
    """Its energy has 640,000 terms: it must not be written down, nor an order looked for."""
    rbm = RBM(np.full((1600, 400), 0.01))
    start = time.perf_counter()
    for call in (lambda: sample(rbm, 3, 0), lambda: expectation(SpinPolynomial({(0,): 1}), rbm)):
        with pytest.raises(
            EnumerationTooLarge, match=r"an RBM of 1600 \+ 400 units over 400 spins.* approx has the same"
        ) as e:
            call()
        assert (e.value.n, e.value.limit) == (400, 28)
    assert time.perf_counter() - start < 1
    sparse = np.zeros((120, 119))
    sparse[np.arange(119), np.arange(119)] = sparse[np.arange(1, 120), np.arange(119)] = 0.3
    assert sample(RBM(sparse), 2, 0).shape == (2, 239)


def test_overflow_names_the_logarithm() -> None:
    H = ising(square(3), 300.0)
    with pytest.raises(
        FloatOverflowError, match=r"Z = e\*\*5400\.69 is beyond float64; write log_partition_function\(H\)"
    ):
        partition_function(H)
    assert log_partition_function(H) == pytest.approx(5400 + math.log(2))
    assert partition_function(ising(square(3), 30.0)) == pytest.approx(2 * math.exp(540))


def test_delta_f_without_couplings_on_one_side_adapts_to_floats() -> None:
    nothing, H = SpinPolynomial({}, [0, 1]), ising(chain(2), 0.3)
    machine, zero = RBM([[0.3], [0.2]]), RBM([[0], [0]])
    ours = math.log(4) - log_partition_function(machine)
    assert delta_f(RGOperator.from_energy(machine, nothing), nothing) == pytest.approx(ours, abs=1e-14)
    weight = exp(-machine.energy())
    assert delta_f(RGOperator(weight, machine.visible, machine.hidden), nothing) == pytest.approx(ours, abs=1e-14)
    theirs = log_partition_function(H) - math.log(8)
    assert delta_f(RGOperator.from_energy(zero, H), H) == pytest.approx(theirs, abs=1e-14)
    assert delta_f(RGOperator.from_energy(zero, nothing), nothing) == -sympy.log(2)
    with pytest.raises(MixedKindsError):
        delta_f(RGOperator(weight, machine.visible, machine.hidden), ising(chain(2), J))
