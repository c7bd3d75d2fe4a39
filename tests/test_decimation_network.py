"""Fig. 2B against enumeration: what the network realises, and what it does not."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_systems import factors, log, rational

from exactrg import (
    BoltzmannWeight,
    RGOperator,
    decimate,
    decimated_ring,
    decimation_dbn,
    decimation_rbm,
    delta_f,
    exp,
    is_exact_rg,
    ising,
    kl_divergence,
    ring,
)
from exactrg import (
    log as log_weight,
)
from exactrg.decimation_network import summed_energy
from exactrg.errors import InputError
from exactrg.marginals import marginal_weight
from exactrg.rg import coarse_weight

J = sympy.Symbol("J", real=True)


def joint(n: int, x: Fraction) -> dict[tuple[tuple[int, ...], tuple[int, ...]], Fraction]:
    """Weights of (v, h) on the zig-zag ring h_0 v_1 h_1 v_3 ... with e^J = x, times 2^(-n/2); other v are free."""
    m = n // 2
    result = {}
    for v in product((1, -1), repeat=n):
        for h in product((1, -1), repeat=m):
            bonds = sum(v[2 * j + 1] * (h[j] + h[(j + 1) % m]) for j in range(m))
            result[v, h] = x**bonds / 2**m
    return result


@given(st.sampled_from([2, 4]), factors)
def test_the_machine_is_the_zig_zag_ring(n: int, x: Fraction) -> None:
    rbm = decimation_rbm(n, log(x))
    for (v, h), value in joint(n, x).items():
        exponent = -rbm.energy().evaluate([v + h])[0]
        assert sympy.exp(exponent).simplify() == rational(value)


@given(st.sampled_from([2, 4, 6]), factors)
def test_hidden_marginal_is_the_decimated_ring(n: int, x: Fraction) -> None:
    m = n // 2
    hidden: dict[tuple[int, ...], Fraction] = {}
    ring_of_data: dict[tuple[int, ...], Fraction] = {}
    for (_, h), value in joint(n, x).items():
        hidden[h] = hidden.get(h, Fraction(0)) + value
    for v in product((1, -1), repeat=n):
        value = x ** sum(v[i] * v[(i + 1) % n] for i in range(n))
        ring_of_data[v[::2]] = ring_of_data.get(v[::2], Fraction(0)) + value
    assert hidden == ring_of_data
    coarse = marginal_weight(decimation_rbm(n, log(x)), "visible")
    table = np.array([rational(hidden[h]) for h in product((1, -1), repeat=m)], dtype=object).reshape((2,) * m)
    assert coarse == BoltzmannWeight([("h", j) for j in range(m)], table)


@given(st.sampled_from([2, 4, 6]), factors)
def test_divergence_from_the_whole_layer(n: int, x: Fraction) -> None:
    """KL = (N/2) [log 2 - S(v2 | v1, v3)], by enumeration of the data and of the machine."""
    data = {v: x ** sum(v[i] * v[(i + 1) % n] for i in range(n)) for v in product((1, -1), repeat=n)}
    model: dict[tuple[int, ...], Fraction] = {}
    for (v, _), value in joint(n, x).items():
        model[v] = model.get(v, Fraction(0)) + value
    zp, zq = sum(data.values()), sum(model.values())
    assert zp == zq  # Delta F = 0
    with mpmath.workdps(40):
        expected = mpmath.fsum(mp(p / zp) * mpmath.log(mp(p / model[v])) for v, p in data.items())
        conditional: Any = mpmath.mpf(0)
        near = {1, 3 % n}
        for value in product((1, -1), repeat=n):
            given_near = sum(p for v, p in data.items() if all(v[i] == value[i] for i in near))
            same = sum(p for v, p in data.items() if all(v[i] == value[i] for i in {*near, 2 % n}))
            conditional -= mp(data[value] / zp) * mpmath.log(mp(same / given_near))
        assert abs(expected - n // 2 * (mpmath.log(2) - conditional)) < 1e-30
    H, rbm = ising(ring(n), log(x)), decimation_rbm(n, log(x))
    assert float(kl_divergence(H, rbm)) == pytest.approx(float(expected), abs=1e-13)
    T = RGOperator.from_energy(rbm, H)
    assert delta_f(T, H) == 0 and is_exact_rg(T) == (x == 1)


def mp(x: Fraction) -> Any:
    return mpmath.mpf(x.numerator) / x.denominator


def test_divergence_is_infinite_nowhere_and_largest_at_strong_coupling() -> None:
    values = [kl_divergence(ising(ring(6), K), decimation_rbm(6, K)) for K in (0.0, 0.5, 1.0, 5.0, 50.0)]
    assert values[0] == 0 and all(a < b for a, b in pairwise(values))
    assert values[-1] == pytest.approx(3 * math.log(2))


@given(factors)
def test_the_stack_decimates_layer_by_layer(x: Fraction) -> None:
    dbn = decimation_dbn(8, log(x), 3)
    assert dbn.sizes == (8, 4, 2, 1)
    coupling: Any = log(x)
    for level, (rbm, step) in enumerate(zip(dbn.rbms, dbn.upward(), strict=True)):
        n = 8 >> level
        coarse = exp(-decimated_ring(n, coupling).relabel(dict(zip(range(0, n, 2), rbm.hidden, strict=True))))
        assert marginal_weight(rbm, "visible") == coarse
        data = ising(ring(n), coupling).relabel(dict(zip(range(n), rbm.visible, strict=True)))
        if n < 8:  # 12 spins for every example would be slow
            assert is_exact_rg(step) and coarse_weight(step, data) == coarse
        coupling = decimate(coupling)[0]


def test_receptive_fields() -> None:
    """r1 = W1: each unit sees the two neighbours of its spin; r2 sees four spins, every second coupled one twice."""
    K, coarse = 0.5, decimate(0.5)[0]
    first, second = decimation_dbn(8, K, 2).receptive_fields()
    assert np.array_equal(first[:, 1], [0, -K, 0, -K, 0, 0, 0, 0])
    assert np.allclose(second[:, 1], K * coarse * np.array([0, 1, 0, 1, 0, 1, 0, 1]))


def test_two_spins_have_a_double_bond() -> None:
    rbm = decimation_rbm(2, J)
    assert rbm.w.tolist() == [[0], [-2 * J]] and rbm.constant == sympy.log(2)


def test_a_boltzmann_machine_of_all_layers_is_something_else() -> None:
    """From N = 8 on, the second hidden layer couples every second unit of the first."""
    for n, right in ((4, True), (8, False)):
        dbn = decimation_dbn(n, sympy.log(2), 2)
        everything = summed_energy(dbn)
        assert everything == dbn.rbms[0].energy() + dbn.rbms[1].energy()
        others = [site for site in everything.sites if site not in dbn.layers[1]]
        coarse = exp(-everything).trace(others)
        names = dict(zip(range(0, n, 2), dbn.layers[1], strict=True))
        expected = exp(-decimated_ring(n, sympy.log(2)).relabel(names))
        assert (coarse.probability() == expected.probability()) == right
        if not right:
            extra = frozenset((dbn.layers[1][1], dbn.layers[1][3]))
            assert log_weight(coarse).couplings[extra] == 2 * decimate(decimate(sympy.log(2))[0])[0]


def test_bad_input() -> None:
    for n in (0, 1, 3, -2, 2.0):
        with pytest.raises(InputError):
            decimation_rbm(n, J)  # type: ignore[arg-type]
    for n, layers in ((6, 2), (8, 4), (8, 0), (4, 10**9)):
        with pytest.raises(InputError):
            decimation_dbn(n, J, layers)
