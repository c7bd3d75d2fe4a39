"""The definitions that are pinned for the proofs are those of the package."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from exactrg import (
    RBM,
    RGOperator,
    decimate,
    decimate_in_field,
    decimation_dbn,
    delta_f,
    ising,
    kl_divergence,
    partition_function,
    rbm_hamiltonian,
    rectangle,
    ring,
    trace_condition,
)
from exactrg.claims import formal as F
from exactrg.claims import formal_network as N
from exactrg.claims import formal_spins as S
from exactrg.claims.ledger import Cases
from exactrg.claims.systems import System
from exactrg.proof import Definition, Term, log
from exactrg.proof.mutation import Reals

DRAWN = Cases(3, 6)


def real(value: Any) -> mpmath.mpf:
    return mpmath.mpf(sympy.N(sympy.sympify(value), 40))


def table(weight: Any, order: tuple[Any, ...]) -> Any:
    return [real(weight.ring.value(x)) for x in weight.aligned(order).reshape(-1)]


def model_of(s: System) -> Reals:
    """The types of the two layers and the two positive functions of a system of the package."""
    model = Reals("formal", F.BOOK)
    rows, columns = 2 ** len(s.visible), 2 ** len(s.hidden)
    model.known |= {F.V: rows, F.H: columns}
    model.known |= {("a", k): x for k, x in enumerate(table(s.a, s.visible))}
    joint = table(s.joint, s.visible + s.hidden)
    model.known |= {("e", k // columns, k % columns): x for k, x in enumerate(joint)}
    return model


@pytest.mark.parametrize("k", range(4))
def test_the_pinned_definitions_are_those_of_the_package(k: int) -> None:
    s = [s for s in DRAWN.energies if len(s.visible) + len(s.hidden) <= 5][k]
    with mpmath.workdps(40):
        model = model_of(s)

        def close(term: Term, expected: Any, **at: int) -> None:
            value = model(term, {("v", F.V): at.get("v"), ("h", F.H): at.get("h")})
            assert abs(value - expected) < mpmath.mpf(10) ** -30 * (1 + abs(value)), term

        close(F.Z(), real(s.Z.to_sympy()))
        close(F.Z_joint(), real(s.Z_joint.to_sympy()))
        close(F.Delta_F(), real(s.delta_f.to_sympy()))
        close(F.KL(), real(s.kl.to_sympy() if hasattr(s.kl, "to_sympy") else s.kl))
        close(F.mean_q(), real(s.mean_q.to_sympy()))
        for name, weight in ((F.P, s.P), (F.q, s.q), (F.p_v, s.p_visible)):
            for v, x in enumerate(table(weight, s.visible)):
                close(name(F.v), x, v=v)
        for name, weight in ((F.coarse, s.coarse), (F.p_h, s.p_hidden)):
            for h, x in enumerate(table(weight, s.hidden)):
                close(name(F.h), x, h=h)
        both = s.visible + s.hidden
        for name, weight in ((F.t, s.T.weight), (F.p, s.p), (F.conditional, s.conditional)):
            values = np.array(table(weight, both), dtype=object).reshape(2 ** len(s.visible), -1)
            for (v, h), x in np.ndenumerate(values):
                close(name(F.v, F.h), x, v=v, h=h)


def test_the_pinned_rbm_is_the_package_s() -> None:
    """Eq. 10's sign: b(j) = e^{-b_j}."""
    rng = np.random.default_rng(5)
    w, b, c = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=2)
    E = RBM(w, b, c).energy()
    H = rbm_hamiltonian(RBM(w, b, c), "hidden")
    model = Reals("rbm", S.BOOK)
    model.known |= {S.I: 2, S.J: 3}
    model.known |= {("b", j): mpmath.exp(-x) for j, x in enumerate(b)}
    model.known |= {("c", i): mpmath.exp(-x) for i, x in enumerate(c)}
    model.known |= {("w", i, j): mpmath.exp(-x) for (i, j), x in np.ndenumerate(w)}
    vs, hs = S.vs.data, S.hs.data
    for visible in model.range(S.vs.data[1]):
        for hidden in model.range(S.hs.data[1]):
            energy = -mpmath.log(model(S.rbm(S.vs, S.hs), {vs: visible, hs: hidden}))
            assert float(energy) == pytest.approx(float(E.evaluate(np.array([[*visible, *hidden]]))[0]), abs=1e-12)
        marginal = S.STATEMENTS["14"][1].rhs
        value = -mpmath.log(model(marginal, {vs: visible}))
        assert float(value) == pytest.approx(float(H.evaluate(np.array([visible]))[0]), abs=1e-12)


@pytest.mark.parametrize("J", [0.3, -0.8, 1.7])
def test_the_pinned_decimation_is_the_package_s(J: float) -> None:
    model = Reals("decimation", S.BOOK)
    model.known[("x",)], model.known[("z",)] = mpmath.exp(J), mpmath.exp(0.4)
    coarse, log_A = decimate(J)
    value = {
        name: float(mpmath.log(model(d(), {}))) for name, d in {"J'": S.y, "K'": S.y_field, "f": S.f_field}.items()
    }
    assert value["J'"] == pytest.approx(float(coarse)) and float(log_A) == pytest.approx(np.log(2) + value["J'"])
    K, h, log_A = decimate_in_field(J, 0.4)
    assert value["K'"] == pytest.approx(float(K)) and 0.4 + 2 * value["f"] == pytest.approx(float(h))
    assert float(mpmath.log(model(S.A_field(), {}))) == pytest.approx(float(log_A))
    assert isinstance(S.y, Definition)


def ring_model(n: int, J: float) -> Reals:
    """Coupled spins v of a ring of n, the others between them."""
    model, m = Reals("ring", N.BOOK), n // 2
    spins = list(np.ndindex(*(2,) * m))
    model.known |= {F.V: len(spins), S.J: m, ("x",): mpmath.exp(J)}
    for j in range(m):
        for k, v in enumerate(spins):
            model.known["r", j, k] = mpmath.exp(J * (2 - 2 * v[j] - 2 * v[(j + 1) % m]))
    return model


@pytest.mark.parametrize("J", [0.6, -0.4])
def test_the_pinned_layer_is_the_package_s(J: float) -> None:
    model, H, layer = ring_model(4, J), ising(ring(4), J), decimation_dbn(4, J, 1).rbms[0]
    assert float(model(N.Z_ring(), {})) == pytest.approx(partition_function(H))
    assert float(model(N.Z_layer(), {})) == pytest.approx(partition_function(layer))
    assert float(model(N.KL_layer(), {})) == pytest.approx(kl_divergence(H, layer))


@pytest.mark.parametrize(("n", "J"), [(4, 0.6), (6, -0.4), (8, 1.1)])
def test_one_spin_between_two_has_its_share_of_the_divergence(n: int, J: float) -> None:
    model = Reals("one spin", N.BOOK)
    model.known |= {("x",): mpmath.exp(J), ("kappa",): mpmath.expm1(4 * abs(J))}
    around = np.arctanh(np.tanh(J) ** (n - 2))  # the rest of the ring is a bond between the two
    model.known |= {("a_13", s1, s2): mpmath.exp(around * s1 * s2) for s1 in (1, -1) for s2 in (1, -1)}
    share = model(N.agree() * N.gain(), {})
    assert float(n // 2 * share) == pytest.approx(kl_divergence(ising(ring(n), J), decimation_dbn(n, J, 1).rbms[0]))
    assert float(model(log(2) - N.entropy_2(), {})) == pytest.approx(float(share))
    assert float(model(N.gain_positive(), {})) == pytest.approx(float(model(N.gain(), {})))


def test_the_trace_condition_depends_on_the_spins_that_a_layer_leaves_alone() -> None:
    J = sympy.log(2)
    q = trace_condition(RGOperator.from_energy(decimation_dbn(4, J, 1).rbms[0], ising(ring(4), J))).table
    assert q[1, 0, 0, 0] / q[0, 0, 0, 0] == 2**4  # e^{4J}, as in "2B"


@pytest.mark.parametrize("rows", [2, 3])
def test_the_pinned_torus_is_the_package_s(rows: int) -> None:
    model = Reals("torus", S.BOOK)
    model.known |= {S.J: 3, ("x",): mpmath.exp(0.3)} | {("next", j): (j + 1) % 3 for j in range(3)}
    for side in (S.STATEMENTS["25"][rows - 2].lhs, S.STATEMENTS["25"][rows - 2].rhs):
        assert float(model(side, {})) == pytest.approx(partition_function(ising(rectangle(3, rows), 0.3)))


@pytest.mark.parametrize("w", [0.2, 0.9])
def test_the_pinned_family_of_two_spins_is_the_package_s(w: float) -> None:
    K = 0.5
    model = Reals("two spins", S.BOOK)
    model.known |= {("x",): mpmath.exp(K), ("e^w",): mpmath.exp(w), ("c_w",): mpmath.cosh(2 * w)}
    H = ising(ring(2), K / 2)  # a double bond
    machine = RBM([[w], [w]], constant=np.log(2))
    assert float(model(S.KL_pair(), {})) == pytest.approx(kl_divergence(H, machine))
    assert float(model(S.Delta_F_pair(), {})) == pytest.approx(delta_f(RGOperator.from_energy(machine, H), H))


def test_characters_are_products_over_sets() -> None:
    model = Reals("sets", S.BOOK)
    model.known[S.I] = 3
    for g in model.range(S.gs.data[1]):
        for v in model.range(S.vs.data[1]):
            product = np.prod([x for x, inside in zip(v, g, strict=True) if inside == -1])
            assert model(S.character(S.gs, S.vs), {S.gs.data: g, S.vs.data: v}) == product
