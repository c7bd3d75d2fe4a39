"""The systems on which claims are decided: varied enough, truly of their kind, and computed as the oracle computes."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
import sympy
from oracle import Step, marginal, normalised, total

from exactrg import RBM, Exact, SpinPolynomial
from exactrg.claims import systems
from exactrg.claims.ledger import Cases
from exactrg.claims.systems import System

CASES = Cases(0)
ENERGIES, WEIGHTS, SYMBOLIC = CASES.energies, CASES.weights, CASES.symbolic
SMALL = [s for s in ENERGIES if len(s.visible) + len(s.hidden) <= 5][:40]


def fraction(value: Any) -> Fraction:
    """A rational number of the package as a Fraction."""
    element = value.element() if isinstance(value, Exact) else value
    return Fraction(int(element.p), int(element.q))


def factors(f: SpinPolynomial) -> dict[frozenset[Any], Fraction]:
    return {members: fraction(Exact(c).exp()) for members, c in f.couplings.items()}


def step(s: System) -> Step:
    return Step(factors(s.H), factors(s.energy), s.visible, s.hidden)


def values(weight: Any, sites: tuple[Any, ...]) -> list[Fraction]:
    return [fraction(x) for x in weight.aligned(sites).reshape(-1)]


def shapes(cases: list[System]) -> list[tuple[int, int]]:
    return [(len(s.visible), len(s.hidden)) for s in cases]


@pytest.mark.parametrize("seed", [0, 1, 2, 12345])
def test_random_sizes_are_varied(seed: int) -> None:
    cases = Cases(seed)
    for drawn in (cases.energies, cases.weights):
        assert len(drawn) == systems.RANDOM_SYSTEMS >= 200
        sizes = shapes(drawn)
        assert max(n for n, _ in sizes) == 5 and max(m for _, m in sizes) >= 3
        assert all(1 <= n <= 5 and 1 <= m <= 4 for n, m in sizes)
        assert sum(n < m for n, m in sizes) >= 20 and sum(n > m for n, m in sizes) >= 20
        assert len(set(sizes)) >= 12
    assert shapes(cases.energies)[:2] == [(5, 4), (1, 4)]


def test_many_body_terms_occur_in_both_energies() -> None:
    orders = {len(S) for s in ENERGIES for S in s.H.couplings}
    assert orders == {0, 1, 2, 3, 4, 5}
    machines = [s for s in ENERGIES if not isinstance(s.E, RBM)]
    assert len(machines) == len(ENERGIES) // 2
    layered = [(len(S & set(s.visible)), len(S & set(s.hidden))) for s in machines for S in s.energy.couplings]
    assert {(2, 0), (0, 2), (1, 1), (2, 1), (1, 2)} <= set(layered)


def test_all_parameters_of_symbolic_systems_are_symbols_of_their_own() -> None:
    for s in SYMBOLIC:
        n, m = len(s.visible), len(s.hidden)
        assert len(s.H.couplings) == 2**n
        most = n * m + n + m + 1 if isinstance(s.E, RBM) else 2 ** (n + m)
        assert len(s.energy.couplings) == most
        couplings = [*s.H.couplings.values(), *s.energy.couplings.values()]
        names = [c.symbols for c in couplings]
        assert all(len(x) == 1 and c == Exact(next(iter(x))) for x, c in zip(names, couplings, strict=True))
        assert len(set.union(*names)) == len(couplings)
    assert {(isinstance(s.E, RBM), *shape) for s, shape in zip(SYMBOLIC, shapes(SYMBOLIC), strict=True)} >= {
        (kind, *shape) for kind in (True, False) for shape in ((1, 1), (1, 2), (2, 1))
    }


@pytest.mark.parametrize("draw", [systems.energy_systems, systems.weight_systems])
def test_a_seed_gives_the_same_systems_and_another_gives_others(draw: Any) -> None:
    def tables(seed: int) -> list[Any]:
        return [(s.name, values(s.a, s.visible), values(s.T.weight, s.visible + s.hidden)) for s in draw(seed, 12)]

    assert tables(3) == tables(3)
    assert tables(3) != tables(4)


def kinds(word: str) -> list[System]:
    return [s for s in WEIGHTS if word in s.name]


def q_of(s: System) -> list[Fraction]:
    """Tr_h e^T, summed from the table."""
    table, rows = values(s.T.weight, s.visible + s.hidden), 2 ** len(s.visible)
    width = len(table) // rows
    return [sum(table[k * width : (k + 1) * width], Fraction(0)) for k in range(rows)]


def test_weights_are_of_the_kinds_that_they_name() -> None:
    names = ("exact step", "constant trace", "Delta F = 0", "delta function", "zeros of its trace")
    counts = [len(kinds(name)) for name in names]
    assert min(counts) >= 33 and sum(counts) < len(WEIGHTS)
    assert all(set(q_of(s)) == {1} for s in kinds("exact step"))
    constant = [set(q_of(s)) for s in kinds("constant trace")]
    assert all(len(q) == 1 for q in constant) and {1} not in constant[:3]
    alone = 0
    for s in kinds("Delta F = 0"):
        P = [x / sum(values(s.a, s.visible)) for x in values(s.a, s.visible)]
        assert sum(p * q for p, q in zip(P, q_of(s), strict=True)) == 1
        alone += set(q_of(s)) != {1}
    assert alone >= 30  # Delta F = 0 and not exact: what refutes Eq. 8
    assert all(0 in values(s.T.weight, s.visible + s.hidden) for s in kinds("delta function"))
    assert all(0 in q_of(s) and any(q_of(s)) for s in kinds("zeros of its trace"))


def test_some_delta_functions_leave_coarse_spins_unreachable() -> None:
    unreachable = [s for s in kinds("delta function") if s.coarse.zeros()]
    assert len(unreachable) >= 5
    assert all(set(q_of(s)) == {1} for s in kinds("delta function"))


@pytest.mark.parametrize("s", SMALL, ids=lambda s: s.name)
def test_ingredients_are_those_of_the_oracle(s: System) -> None:
    truth = step(s)
    n, sites = len(s.visible), s.visible + s.hidden
    e_T, a, q, coarse = truth.e_T(), truth.data(), truth.q(), truth.coarse()
    joint = {spins: x * a[spins[:n]] for spins, x in e_T.items()}
    p = normalised(joint)
    hidden = range(n, len(sites))
    P = normalised(a)
    expected = {
        "a": (s.a, s.visible, a),
        "P": (s.P, s.visible, P),
        "q": (s.q, s.visible, q),
        "T": (s.T.weight, sites, e_T),
        "coarse": (s.coarse, s.hidden, coarse),
        "joint": (s.joint, sites, joint),
        "p": (s.p, sites, p),
        "p_visible": (s.p_visible, s.visible, marginal(p, range(n))),
        "p_hidden": (s.p_hidden, s.hidden, marginal(p, hidden)),
        "marginals[0]": (s.marginals[0], s.visible, marginal(joint, range(n))),
        "marginals[1]": (s.marginals[1], s.hidden, marginal(joint, hidden)),
        "conditional": (s.conditional, sites, {k: x / q[k[:n]] for k, x in e_T.items()}),
    }
    for name, (weight, order, table) in expected.items():
        assert values(weight, tuple(order)) == list(table.values()), name
    assert fraction(s.Z) == total(a) and fraction(s.Z_joint) == total(joint)
    assert fraction(s.mean_q) == sum(P[v] * q[v] for v in P)
    assert fraction(s.delta_f.exp()) == truth.exp_delta_f()
    assert fraction(s.log_Z.exp()) == total(a)
    assert s.is_exact == (set(q.values()) == {1}) and s.q_is_constant == (len(set(q.values())) == 1)


def test_constant_traces_are_seen_as_constant_and_only_exact_ones_as_one() -> None:
    for s in WEIGHTS:
        assert s.is_exact == (set(q_of(s)) == {1}) and s.q_is_constant == (len(set(q_of(s))) == 1)


def test_mean_and_logs() -> None:
    p = SMALL[3].P
    assert systems.mean(p, [Exact(1)] * p.values.size) == 1
    entropy = systems.mean(p, systems.logs(p))
    numbers = values(p, p.sites)
    assert float(entropy) == pytest.approx(float(sum(float(x) * float(sympy.log(x)) for x in numbers)), rel=1e-12)
    zero = kinds("zeros of its trace")[0].q
    assert [x is None for x in systems.logs(zero)] == [x == 0 for x in values(zero, zero.sites)]


def test_a_system_prints_its_sizes_and_numbers() -> None:
    text = str(kinds("zeros of its trace")[0])
    assert "N=" in text and "M=" in text and "q = (" in text and "Delta F = " in text and "KL(P||p) = oo" in text
    assert all(len(str(s)) < 500 for s in [*SYMBOLIC, *SMALL])


def test_every_product_of_spins_can_occur_in_h() -> None:
    seen = {S for s in ENERGIES if len(s.visible) == 3 for S in s.H.couplings}
    assert seen == {frozenset(c) for order in range(4) for c in combinations(range(3), order)}
