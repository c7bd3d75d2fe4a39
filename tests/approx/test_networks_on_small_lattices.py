"""Trained networks on the 4x4 torus against exact RG operators: what every statement about layers says in numbers.

Two stacks of 16, 4 and 2 spins for the same data, one by contrastive divergence on 20,000 exact samples, one by exact
maximum likelihood layer by layer. The oracle is plain numpy over all 2^16 configurations.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from approx.fit import fit_dbn
from exactrg import (
    DBN,
    RBM,
    RGOperator,
    decimation,
    delta_f,
    is_exact_rg,
    ising,
    kadanoff,
    kl_divergence,
    majority,
    rbm_hamiltonian,
    rg_hamiltonian,
    sample,
    square,
    step_information,
    trace_condition,
)
from exactrg.marginals import marginal_weight
from exactrg.maximum_likelihood import fit_maximum_likelihood
from exactrg.rg import coarse_weight

pytestmark = pytest.mark.jit

K = 0.4
BLOCKS = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
CONFIGS = np.array(list(product((1.0, -1.0), repeat=16)))
LATTICE = CONFIGS.reshape(-1, 4, 4)
LOG_WEIGHTS = K * (LATTICE * (np.roll(LATTICE, 1, 1) + np.roll(LATTICE, 1, 2))).sum(axis=(1, 2))
HIDDEN = np.array(list(product((1.0, -1.0), repeat=4)))


def log_sum(x, axis=None):
    largest = x.max(axis=axis, keepdims=True)
    return np.squeeze(largest + np.log(np.exp(x - largest).sum(axis=axis, keepdims=True)), axis=axis)


def log_joint(rbm):
    """-E over (v, h), by the formula of Eq. 10."""
    fields = CONFIGS @ rbm.w + rbm.b
    return -fields @ HIDDEN.T - (CONFIGS @ rbm.c)[:, None] - rbm.constant


P = np.exp(LOG_WEIGHTS - log_sum(LOG_WEIGHTS))


@pytest.fixture(scope="module")
def H():
    return ising(square(4), J=K)


@pytest.fixture(scope="module")
def networks(H):
    schedule = {"learning_rate": ((0, 0.2), (14, 0.03)), "l1": 0.0, "weight_scale": 0.1, "average_last": 6}
    by_cd = fit_dbn(sample(H, 20_000, rng=1), (16, 4, 2), rng=0, epochs=20, **schedule).dbn
    first = fit_maximum_likelihood(H, 4, rng=0, max_iterations=60).rbm
    coarse = coarse_weight(RGOperator.from_conditional(first), H)
    start = RBM([[0.1, -0.05], [0.1, 0.1], [0.05, 0.1], [0.1, 0.0]], visible=first.hidden, hidden=["top0", "top1"])
    return {"cd": by_cd, "ml": DBN([first, fit_maximum_likelihood(coarse, 2, start=start, max_iterations=200).rbm])}


@pytest.fixture(params=["cd", "ml"])
def dbn(request, networks):
    return networks[request.param]


def test_the_oracle_is_the_model(H):
    assert np.abs(np.asarray((-H).table, float).reshape(-1) - LOG_WEIGHTS).max() < 1e-12


def test_the_upward_pass_is_an_exact_rg_and_changes_no_free_energy(H, dbn):
    """Claim C10: p(h|v) sums to one, so that F is kept, whatever was learned."""
    steps = dbn.upward()
    assert all(is_exact_rg(T) for T in steps) and is_exact_rg(steps[0].compose(steps[1]))
    found = step_information(steps[0], H)
    assert abs(found.delta_f) < 1e-11 and found.kl < 1e-12
    assert found.visible_entropy == pytest.approx(found.data_entropy, abs=1e-11)
    joint = log_joint(dbn.rbms[0])
    conditional = np.exp(joint - log_sum(joint, axis=1)[:, None])
    ours = np.asarray(coarse_weight(steps[0], H).probability().table, float).reshape(-1)
    assert np.abs(ours - P @ conditional).max() < 1e-12


def test_the_layer_itself_is_none_and_by_how_much(H, dbn):
    """Eqs. 8, 9 and 18: log Tr_h e^T for every v, Delta F = -log E_P[q] (C1), and D_KL as their Jensen gap (C3)."""
    rbm = dbn.rbms[0]
    T = RGOperator.from_energy(rbm, H)
    log_q = log_sum(log_joint(rbm), axis=1) - LOG_WEIGHTS
    assert np.abs(np.log(np.asarray(trace_condition(T).table, float)).reshape(-1) - log_q).max() < 1e-9
    assert np.abs(T.log_trace(CONFIGS[::1000].astype(np.int8)) - log_q[::1000]).max() < 1e-9
    assert not is_exact_rg(T) and log_q.std() > 0.1
    change, divergence = delta_f(T, H), kl_divergence(H, rbm)
    assert change == pytest.approx(-log_sum(log_q + np.log(P)), abs=1e-9)
    assert divergence == pytest.approx(-change - P @ log_q, abs=1e-9) and divergence > 0


def test_eq_21_holds_for_trained_parameters_and_not_for_others(H, dbn):
    rbm = dbn.rbms[0]
    T = RGOperator.from_energy(rbm, H)
    ours, theirs = (np.asarray(x.table, float) for x in (rg_hamiltonian(T, H), rbm_hamiltonian(rbm, "visible")))
    assert np.abs(ours - theirs).max() < 1e-10
    assert np.abs(ours.reshape(-1) + log_sum(log_joint(rbm), axis=0)).max() < 1e-10
    moved = RBM(rbm.w, rbm.b + 1e-6, rbm.c, rbm.constant, visible=rbm.visible, hidden=rbm.hidden)
    assert np.abs(np.asarray(rbm_hamiltonian(moved, "visible").table, float) - ours).max() > 1e-7


def test_data_processing_from_layer_to_layer(H, dbn):
    """Claim C9: the upward pass brings data and model together, never apart."""
    data, divergences = None, []
    for rbm, T in zip(dbn.rbms, dbn.upward(), strict=True):
        at_visible = kl_divergence(H if data is None else data, rbm)
        data = coarse_weight(T, H) if data is None else (T.weight * data).trace(T.visible)
        at_hidden = kl_divergence(data, marginal_weight(rbm, "visible"))
        assert 0 <= at_hidden <= at_visible + 1e-12
        divergences.append(at_visible)
    # A layer more bounds the whole stack by the chain rule: KL(P || p) <= KL(P || p_1) + what the prior of h1 gains.
    up = coarse_weight(dbn.upward()[0], H)
    gained = kl_divergence(up, marginal_weight(dbn.rbms[0], "visible")) - divergences[1]
    assert 0 <= kl_divergence(H, dbn) <= divergences[0] - gained + 1e-9


def test_contrastive_divergence_stays_above_maximum_likelihood(H, networks):
    cd, ml = (kl_divergence(H, networks[name].rbms[0]) for name in ("cd", "ml"))
    untrained = kl_divergence(H, RBM(np.zeros((16, 4))))
    assert 0 < ml < 0.28 and ml + 0.05 < cd < 0.7 and untrained > 4
    better = fit_maximum_likelihood(H, 4, start=networks["cd"].rbms[0], max_iterations=5)
    assert better.kl < cd - 0.01  # the optimum of CD is none of the likelihood


def test_what_the_steps_keep(H, networks):
    """Four hidden spins each, on the same data: bits kept in all, and about the magnetisation."""
    steps = {
        "decimation": decimation(range(16), [block[0] for block in BLOCKS]),
        "majority": majority(BLOCKS),
        "kadanoff": kadanoff(BLOCKS, 0.766),
        "weak kadanoff": kadanoff(BLOCKS, 0.3),
    } | {name: network.upward()[0] for name, network in networks.items()}
    magnetization = CONFIGS.sum(axis=1)
    kept, macroscopic = {}, {}
    for name, T in steps.items():
        found = step_information(T, H)
        kept[name] = found.mutual_information
        assert 0 <= found.mutual_information <= found.hidden_entropy <= 4 * np.log(2) + 1e-12
        assert found.mutual_information + found.lost == pytest.approx(found.data_entropy, abs=1e-10)
        conditional = np.exp(np.asarray(T.weight.as_kind("float").aligned((*range(16), *T.hidden)))).reshape(
            1 << 16, 16
        )
        both = np.array([P[magnetization == m] @ conditional[magnetization == m] for m in range(-16, 17, 2)])
        apart = np.outer(both.sum(axis=1), both.sum(axis=0))
        macroscopic[name] = np.sum(both[both > 0] * np.log(both[both > 0] / apart[both > 0]))
        assert macroscopic[name] <= kept[name] + 1e-12  # data processing again: m is a function of v
    # Decimation keeps most, but not of what is macroscopic: there the units of a network, which see the whole lattice,
    # are ahead of the majority of a block.
    assert kept["decimation"] > kept["ml"] > kept["majority"] > kept["kadanoff"] > kept["weak kadanoff"]
    assert macroscopic["ml"] > macroscopic["majority"] > macroscopic["decimation"] > macroscopic["weak kadanoff"]
    assert macroscopic["cd"] > macroscopic["kadanoff"]
