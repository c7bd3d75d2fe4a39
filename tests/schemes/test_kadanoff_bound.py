"""Kadanoff's bound: the step from the definition, the numbers of the literature, never on the wrong side."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import exp, infinite, ising, log, log_partition_function, trace
from exactrg import square as square_lattice
from exactrg.errors import MixedKindsError
from exactrg.operators import kadanoff
from exactrg.polynomial import SpinPolynomial
from exactrg.schemes import KadanoffBound, certified_fixed_point, fixed_points, flow, optimal_p, stationary_fixed_point
from exactrg.schemes import log_partition_function as scheme_log_z
from exactrg.schemes.kadanoff_optimum import slope_in_p
from exactrg.schemes.scheme import Step

J, h, p = sympy.symbols("J h p", real=True)
COUPLINGS = st.floats(-0.8, 0.8)


def potential(spins: tuple[int, ...], pair: float, diagonal: float, four: float, field: float, three: float) -> float:
    a, b, c, d = spins
    products = [a * b * c, a * b * d, a * c * d, b * c * d]
    sides, diagonals = a * b + b * c + c * d + d * a, a * c + b * d
    return pair * sides + diagonal * diagonals + four * a * b * c * d + field * sum(spins) + three * sum(products)


def new_potential(mu: tuple[int, ...], strength: Any, couplings: tuple[Any, ...]) -> Any:
    """The definition, in mpmath."""
    terms = []
    for s in itertools.product((1, -1), repeat=4):
        field = strength * sum(s)
        kernel = mpmath.exp(strength * sum(x * y for x, y in zip(mu, s, strict=True))) / (2 * mpmath.cosh(field))
        terms.append(kernel * mpmath.exp(4 * potential(s, *couplings)))
    return mpmath.log(mpmath.fsum(terms))


@given(st.floats(0, 3), st.tuples(*[COUPLINGS] * 5))
def test_step_by_brute_force(strength: float, couplings: tuple[float, ...]) -> None:
    new, constant = KadanoffBound(strength, symmetric=False).step(couplings)
    for mu in itertools.product((1, -1), repeat=4):
        assert 4 * constant + potential(mu, *new) == pytest.approx(
            float(new_potential(mu, strength, couplings)), abs=1e-12
        )


@given(st.floats(0, 3), COUPLINGS, COUPLINGS, COUPLINGS, COUPLINGS)
def test_the_symmetric_step_is_the_general_one(
    strength: float, pair: float, four: float, field: float, three: float
) -> None:
    general = KadanoffBound(strength, symmetric=False).step((pair, pair, four, field, three))
    symmetric = KadanoffBound(strength).step((pair, four, field, three))
    assert general.couplings[0] == pytest.approx(general.couplings[1], abs=1e-12)
    assert symmetric.couplings == pytest.approx(general.couplings[1:], abs=1e-12)
    assert symmetric.constant == pytest.approx(general.constant, abs=1e-12)


def test_step_by_the_exact_core() -> None:
    """Proved for every J, h and p: trace the cell with the package's own kernel, log 2cosh on its own four spins."""
    corners, blocks = list(range(4)), [("h", j) for j in range(4)]
    V = SpinPolynomial(dict.fromkeys(itertools.combinations(corners, 2), J) | {(i,): h for i in corners}, corners)
    coupling = SpinPolynomial(dict.fromkeys(zip(corners, blocks, strict=True), p), [*corners, *blocks])
    one_block = kadanoff([corners], p)  # its denominator is 2cosh(p sum s)
    denominator = exp(SpinPolynomial({(i, ("h", 0)): p for i in corners}, [*corners, ("h", 0)])) / one_block.weight
    denominator = trace(denominator, over=[("h", 0)]) / 2  # it does not depend on h
    traced = log(trace(exp(4 * V) * exp(coupling) / denominator, over=corners)).couplings
    (pair, four, field, three), constant = KadanoffBound(p).step((J, 0, h, 0))
    assert traced[frozenset(blocks[:2])] == pair == traced[frozenset(blocks[::2])]
    assert traced[frozenset(blocks)] == four
    assert traced[frozenset(blocks[:1])] == field
    assert traced[frozenset(blocks[:3])] == three
    assert traced[frozenset()] == 4 * constant


def test_the_nearest_neighbour_model_has_the_symmetry_after_one_decimation() -> None:
    """On the 4x4 torus, by the exact core: decimating one sublattice leaves the eight plaquettes of the start."""
    removed = [4 * y + x for y in range(4) for x in range(4) if (x + y) % 2]
    (pair, four, *_), constant, volume = KadanoffBound(0.0).nearest_neighbour(sympy.log(sympy.Rational(3, 2)))
    H = ising(square_lattice(4), sympy.log(sympy.Rational(3, 2)))
    left = log(trace(exp(-H), over=removed))
    expected: dict[frozenset[int], Any] = {frozenset(): 16 * constant}
    for site in removed:
        y, x = divmod(site, 4)
        corners = [(y % 4) * 4 + (x + 1) % 4, (y % 4) * 4 + (x - 1) % 4, (y + 1) % 4 * 4 + x, (y - 1) % 4 * 4 + x]
        for members, value in [(c, pair) for c in itertools.combinations(corners, 2)] + [(tuple(corners), four)]:
            key = frozenset(members)
            expected[key] = expected[key] + value if key in expected else value
    assert volume == 2
    assert left == SpinPolynomial(expected, left.sites)


def test_numbers_of_facts() -> None:
    best = stationary_fixed_point()
    assert best.p == pytest.approx(0.76598, abs=5e-6)
    point = best.fixed_point
    assert point.couplings["K_2"] == pytest.approx(0.1397, abs=5e-5)
    assert point.couplings["K_4"] == pytest.approx(-0.00687, abs=5.5e-6)
    expected = {"y_T": 1.0009, "nu": 0.9991, "y_H": 1.8753}
    assert {name: point.exponents[name] for name in expected} == pytest.approx(expected, abs=5e-5)
    assert point.exponents["delta"] == pytest.approx(15.04, abs=5e-3)


def test_the_trap_of_the_cell_constant() -> None:
    """The extremum of the cell's constant along the line of fixed points is at 0.761, and not stationary for log Z."""

    def at(strength: float) -> tuple[float, tuple[float, ...]]:
        scheme = KadanoffBound(strength)
        couplings = tuple(fixed_points(scheme, (0.14, -0.007))[0].couplings.values())
        return scheme.step(couplings).constant, couplings

    values = [at(0.761 + shift)[0] for shift in (-0.002, 0, 0.002)]
    assert (values[1] - values[0]) * (values[2] - values[1]) < 0
    assert abs(slope_in_p(0.761, at(0.761)[1])) > 1e-3
    assert abs(slope_in_p(0.76598, at(0.76598)[1])) < 5e-6


def test_the_slope_in_p_is_the_derivative_of_log_z() -> None:
    """Against differences of the summed series, at the fixed point's couplings held fixed."""
    couplings = tuple(fixed_points(KadanoffBound(0.75), (0.14, -0.01))[0].couplings.values())

    def log_z(strength: float, steps: int = 24) -> Any:
        """Summed in high precision from the definition: the flow leaves an unstable fixed point."""
        K, result, weight = [mpmath.mpf(value) for value in couplings], mpmath.mpf(0), mpmath.mpf(1)
        full = (K[0], K[0], K[1], mpmath.mpf(0), mpmath.mpf(0))
        for _ in range(steps):
            table = {sum(mu): new_potential(mu, strength, full) for mu in ((1,) * 4, (1, 1, 1, -1), (1, 1, -1, -1))}
            constant = (2 * table[4] + 8 * table[2] + 6 * table[0]) / 16
            pair, four = (table[4] - table[0]) / 8, (2 * table[4] - 8 * table[2] + 6 * table[0]) / 16
            result, weight, full = result + weight * constant / 4, weight / 4, (pair, pair, four, 0, 0)
        return result

    with mpmath.workdps(40):
        difference = mpmath.diff(log_z, mpmath.mpf(0.75))
    # The series is cut after 24 steps: terms of (lambda / 4)^24 are left.
    assert slope_in_p(0.75, couplings) == pytest.approx(float(difference), abs=1e-6)


def test_the_asymmetric_branch() -> None:
    """The difference of sides and diagonals becomes relevant at p near 0.7415; at p* it grows."""

    def eigenvalues(strength: float) -> tuple[Any, ...]:
        pair, four = tuple(fixed_points(KadanoffBound(strength), (0.14, -0.007))[0].couplings.values())[:2]
        (point,) = fixed_points(KadanoffBound(strength, symmetric=False), (pair, pair, four))
        symmetric = fixed_points(KadanoffBound(strength), (0.14, -0.007))[0].eigenvalues["even"]
        return tuple(v for v in point.eigenvalues["even"] if min(abs(v - w) for w in symmetric) > 1e-6)

    (below,), (above,), (best,) = eigenvalues(0.741), eigenvalues(0.742), eigenvalues(0.76598)
    assert below < 1 < above < best


@given(st.floats(-1.5, 1.5), st.floats(0, 3), st.booleans())
@settings(max_examples=80)
def test_log_z_is_never_below_onsager(K: float, strength: float, symmetric: bool) -> None:
    assert scheme_log_z(KadanoffBound(strength, symmetric), K) >= infinite.log_partition_function(K) - 1e-14


@given(st.floats(-1, 1), st.floats(0, 2))
@settings(max_examples=10)
def test_one_step_is_a_bound_on_a_torus(K: float, strength: float) -> None:
    """Jensen's inequality on the 4x4 torus, whose block spins are the 2x2 torus with four plaquettes."""
    new, constant = KadanoffBound(strength, symmetric=False).step((K / 2, 0.0, 0.0, 0.0, 0.0))
    levels = [4 * (4 * constant + potential(mu, *new)) for mu in itertools.product((1, -1), repeat=4)]
    bound = max(levels) + math.log(sum(math.exp(level - max(levels)) for level in levels))
    assert bound >= log_partition_function(ising(square_lattice(4), K)) - 1e-12


@dataclass(frozen=True)
class Broken(KadanoffBound):
    """Forgets that three more plaquettes moved in, the constant, or the denominator."""

    fault: str = ""

    def step(self, couplings: Any) -> Step:
        if self.fault == "moved":
            return super().step(tuple(value / 4 for value in couplings))
        new, constant = super().step(couplings)
        return Step(new, 0.0 if self.fault == "constant" else constant - math.log(2) / 4)


@pytest.mark.parametrize("fault", ["moved", "constant", "denominator"])
def test_the_bound_catches_broken_steps(fault: str) -> None:
    assert scheme_log_z(Broken(0.9, fault=fault), 0.6) < infinite.log_partition_function(0.6) - 0.01


def test_the_best_p() -> None:
    """It beats its neighbours and grows with K; at high and low temperature the bound becomes exact."""
    last = 0.0
    for K in (0.1, 0.3, 0.408, 0.5, 1.0):
        best = optimal_p(K)
        values = [scheme_log_z(KadanoffBound(best + shift), K) for shift in (-1e-3, 0, 1e-3)]
        assert values[1] <= min(values)
        assert best > last
        last = best
    assert optimal_p(-0.3) == optimal_p(0.3)
    assert scheme_log_z(KadanoffBound(optimal_p(1.5)), 1.5) == pytest.approx(
        infinite.log_partition_function(1.5), abs=1e-8
    )


def test_eigenvalues_in_high_precision() -> None:
    """Certified digits against mpmath differences of the definition, at the dyadic p = 0.75."""
    with mpmath.workdps(50):

        def step(pair: Any, four: Any, field: Any, three: Any) -> list[Any]:
            couplings = (pair, pair, four, field, three)
            table = {k: new_potential((1,) * k + (-1,) * (4 - k), mpmath.mpf(0.75), couplings) for k in range(5)}
            even = {k: (table[k] + table[4 - k]) / 2 for k in (2, 3, 4)}
            odd = {k: (table[k] - table[4 - k]) / 2 for k in (3, 4)}
            return [
                (even[4] - even[2]) / 8,
                (even[4] - 4 * even[3] + 3 * even[2]) / 8,
                (odd[4] + 2 * odd[3]) / 8,
                (odd[4] - 2 * odd[3]) / 8,
            ]

        start = (0.1405, -0.0119)
        root = mpmath.findroot(lambda a, b: [step(a, b, 0, 0)[0] - a, step(a, b, 0, 0)[1] - b], start)
        at = (*root, mpmath.mpf(0), mpmath.mpf(0))
        found = certified_fixed_point(
            KadanoffBound(0.75), fixed_points(KadanoffBound(0.75), (0.14, -0.012))[0], digits=25
        )
        for sector, block in (("even", (0, 1)), ("odd", (2, 3))):
            slope = mpmath.matrix(2, 2)
            for i, j in itertools.product(range(2), repeat=2):
                order = tuple(int(k == block[j]) for k in range(4))
                slope[i, j] = mpmath.diff(lambda *k, i=block[i]: step(*k)[i], at, order)
            expected = sorted(mpmath.eig(slope)[0], key=lambda value: -abs(value))
            for value, reference in zip(found.eigenvalues[sector], expected, strict=True):
                assert abs(mpmath.mpf(str(value)) - reference) < mpmath.mpf(10) ** -23


def test_the_flow_keeps_the_symmetry_under_reversal() -> None:
    assert all(point[2:] == (0.0, 0.0) for point in flow(KadanoffBound(0.8), 0.6, 40))


def test_kinds_do_not_mix() -> None:
    with pytest.raises(MixedKindsError):
        KadanoffBound(0.5).step((J, 0, 0, 0))
    with pytest.raises(MixedKindsError):
        KadanoffBound(sympy.log(2)).step((0.4, 0, 0, 0))
