from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.problem import Problem, Rectangle
from exactrg import RBM, SpinPolynomial, chain, ising, rectangle, ring, square, triangular
from exactrg.errors import CouplingError, InputError


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 6), st.integers(1, 6), st.booleans(), st.floats(-2, 2), st.floats(-2, 2))
def test_rectangles_are_recognised(Lx, Ly, periodic, J, h):
    if periodic and min(Lx, Ly) < 2:
        return
    H = ising(rectangle(Lx, Ly, periodic), J, h)
    found = Problem.of(H).rectangle
    assert found is not None
    # Another description of the same weights is as good: 2 x 2 tori are open squares of twice the coupling.
    again = ising(rectangle(found.Lx, found.Ly, found.periodic), found.J, found.h)
    configs = np.array(list(itertools.islice(itertools.product((1, -1), repeat=Lx * Ly), 0, 4096, 17)))
    assert np.allclose(H.evaluate(configs), again.evaluate(configs), rtol=0, atol=1e-9)
    if J and (Lx, Ly) not in ((1, 1), (2, 2)):
        assert found.J == J and found.h == h
        assert sorted((found.Lx, found.Ly)) == sorted((Lx, Ly)) and (found.periodic == periodic or 1 in (Lx, Ly))


@pytest.mark.parametrize(
    "H",
    [
        ising(ring(6), 0.4),
        ising(triangular(4), 0.4),
        ising(square(4), {edge: 0.4 + 0.1 * (edge[:2] == (0, 1)) for edge in square(4).edges}),
        ising(square(4), 0.4, {0: 0.1}),
        ising(nx.relabel_nodes(square(4), {0: 5, 5: 0}), 0.4) + SpinPolynomial({(0, 10): 0.4}),
        ising(square(4), 0.4) + SpinPolynomial({(0, 1, 2): 0.1}),
        RBM([[0.1]]),
    ],
)
def test_other_systems_are_not_rectangles(H):
    assert Problem.of(H).rectangle is None


def test_what_is_even_and_what_is_ferromagnetic():
    assert Problem.of(ising(square(3), 0.4)).is_even and Problem.of(ising(square(3), 0.4)).is_ferromagnetic
    assert not Problem.of(ising(square(3), 0.4, {0: 0.1})).is_even
    assert Problem.of(ising(square(3), 0.4, {0: -0.1})).is_ferromagnetic
    assert not Problem.of(ising(square(3), -0.4)).is_ferromagnetic
    assert Problem.of(SpinPolynomial({(0, 1, 2, 3): 1.0, (): 2.0})).is_even
    assert not Problem.of(SpinPolynomial({(0, 1, 2): 1.0})).is_even
    assert not Problem.of(SpinPolynomial({(0, 1, 2, 3): -1.0})).is_ferromagnetic
    assert Problem.of(RBM([[1.0, 2.0]])).is_even and not Problem.of(RBM([[1.0, 2.0]], b=[0.0, 0.1])).is_even


def test_the_influence_bounds_how_much_one_spin_can_move_another():
    """Brute force over all neighbours: the largest change of the mean of a spin, summed over the spin that changes."""
    rng = np.random.default_rng(1)
    couplings = {(0, 1): 0.3, (0, 2): -0.5, (0, 1, 3): 0.2, (1, 2): 0.1, (2, 3): -0.4, (1,): 0.3}
    H = SpinPolynomial({s: c * (1 + 0.1 * rng.random()) for s, c in couplings.items()}, range(4))
    configs = np.array(list(itertools.product((1, -1), repeat=4)))
    energy = H.evaluate(configs).reshape((2,) * 4)
    mean = [np.tanh((np.take(energy, 1, i) - np.take(energy, 0, i)) / 2) for i in range(4)]  # given all others
    for i in range(4):
        changes = [np.abs(np.take(mean[i], 0, j) - np.take(mean[i], 1, j)).max() / 2 for j in range(3)]
        assert sum(changes) <= Problem.of(H).influence
    assert Problem.of(ising(square(4), 0.3)).influence == pytest.approx(4 * math.tanh(0.3))


def test_problems_describe_themselves():
    assert str(Problem.of(ising(square(5), 0.3))) == "uniform 5 x 5 torus, J = 0.3, h = 0"
    assert str(Problem.of(ising(ring(5), 0.3))) == "5 terms over 5 spins"
    assert str(Problem.of(RBM([[0.1], [0.2]]))) == "RBM of 2 visible and 1 hidden units"


def test_exact_constants_are_rounded_and_symbols_refused():
    H = ising(square(3), sympy.log(sympy.Rational(3, 2))) + sympy.log(2)
    problem = Problem.of(H)
    assert problem.rectangle == Rectangle(3, 3, True, pytest.approx(math.log(1.5)), 0.0)
    assert problem.constant == pytest.approx(math.log(2))
    machine = Problem.of(RBM([[sympy.log(2)]], constant=sympy.log(3))).energy
    assert machine.w.dtype == float and machine.constant == pytest.approx(math.log(3))
    J = sympy.Symbol("J", real=True)
    for symbolic in (ising(chain(3), J), RBM([[J]])):
        with pytest.raises(CouplingError, match="substitute numbers"):
            Problem.of(symbolic)
    with pytest.raises(InputError, match="got a Graph"):
        Problem.of(nx.Graph())
    with pytest.raises(InputError, match="no spin"):
        Problem.of(SpinPolynomial({(): 1.0}))
