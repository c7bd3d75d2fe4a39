from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import chi2, norm

from approx import perfect
from approx.multispin import Words, aligned, block_sweeper, energies, magnetizations, run, unpack
from approx.perfect import NotCoalescedError, perfect_states
from approx.streams import LATTICES_PER_BLOCK, WORDS, word_streams
from exactrg.errors import ExactRGError, InputError, LatticeError

pytestmark = pytest.mark.jit

ALPHA = 1e-7
HALF_4X4 = {0: 2, 4: 32, 6: 64, 8: 424, 10: 1728, 12: 6688, 14: 13568, 16: 20524}  # unsatisfied bonds: configurations


def p_value(classes, p):
    """Chi-square of i.i.d. classes against probabilities; rare classes are put together."""
    counts, expected = np.bincount(classes, minlength=len(p)), p * len(classes)
    rare = expected < 20
    counts = np.append(counts[~rare], counts[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    counts, expected = counts[expected > 0], expected[expected > 0]
    return chi2.sf(((counts - expected) ** 2 / expected).sum(), len(counts) - 1)


def probabilities(Lx, Ly, J, h, periodic):
    """Boltzmann distribution over configurations, site i in bit i, by enumeration."""
    weights = []
    for up in itertools.product((-1, 1), repeat=Lx * Ly):
        s = np.array(up[::-1]).reshape(Ly, Lx)
        if periodic:
            bonds = (s * np.roll(s, -1, 0)).sum() + (s * np.roll(s, -1, 1)).sum()
        else:
            bonds = (s[1:] * s[:-1]).sum() + (s[:, 1:] * s[:, :-1]).sum()
        weights.append(math.exp(J * bonds + h * s.sum()))
    return np.array(weights) / sum(weights)


def index(states):
    configs = unpack(states)
    return (configs > 0).astype(np.int64) @ (1 << np.arange(configs.shape[1]))


def histogram_4x4(K):
    counts = HALF_4X4 | {32 - k: g for k, g in HALF_4X4.items()}
    weights = np.array([counts.get(k, 0) * math.exp(-2 * K * k) for k in range(33)])
    return weights / weights.sum()


def unsatisfied(states):
    return (32 - energies(states)) // 2


@pytest.mark.parametrize(
    ("Lx", "Ly", "J", "h", "periodic"),
    [
        (2, 2, 0.3, 0.0, True),
        (3, 3, 0.3, 0.2, True),
        (2, 3, 0.5, -0.1, True),
        (4, 2, 0.6, 0.05, False),
        (3, 1, 0, 0.4, False),
    ],
)
def test_every_configuration_has_its_probability(Lx, Ly, J, h, periodic):
    states = perfect_states(64, Lx, Ly, J, h, 1, periodic=periodic, threads=2)
    assert p_value(index(states), probabilities(Lx, Ly, J, h, periodic)) > ALPHA


@pytest.mark.parametrize("K", [0.2, 0.408, 0.44068679])
def test_energies_of_4x4_against_the_density_of_states(K):
    states = perfect_states(32, 4, 4, K, 0.0, 2, threads=2)
    assert p_value(unsatisfied(states), histogram_4x4(K)) > ALPHA


def test_impatience_is_caught(monkeypatch):
    """Taking the upper chain where the two have not met yet fails the test above."""
    with monkeypatch.context() as patch:
        patch.setattr(perfect, "FIRST_SWEEPS", 2)
        patch.setattr(np, "array_equal", lambda a, b: True)
        states = perfect_states(32, 4, 4, 0.408, 0.0, 2, threads=2)
    assert p_value(unsatisfied(states), histogram_4x4(0.408)) < ALPHA


def test_stationary_under_metropolis_and_lanes_are_independent():
    states = perfect_states(256, 2, 2, 0.2, 0.1, 3, threads=2)
    p = probabilities(2, 2, 0.2, 0.1, True)
    lanes = index(states).reshape(-1, 64)
    assert 64 * min(p_value(lane, p) for lane in lanes.T) > ALPHA
    x = magnetizations(states).reshape(-1, 64).astype(float)
    r = np.corrcoef(x.T)[np.triu_indices(64, 1)]
    assert chi2.sf(len(x) * (r**2).sum(), len(r)) > ALPHA
    run(states, 0.2, 0.1, 1, word_streams(4, 256))
    assert p_value(index(states), p) > ALPHA


def test_any_chain_from_farther_back_ends_in_the_same_states():
    """The definition: with the random numbers of each stretch, the state at time 0 forgets where it came from."""
    states = perfect_states(1, 5, 4, 0.4, 0.0, 6, first_block=3)
    update = block_sweeper(5, 4, 0.4, 0.0, True, "heat_bath")
    chain: Words = aligned((4, 5, WORDS))
    chain[...] = np.random.default_rng(0).integers(2**64, size=chain.shape, dtype=np.uint64)
    for epoch in range(8, -1, -1):
        update(chain, word_streams(6, 1, first_block=3, key=(epoch,))[0], 32 * 2 ** max(epoch - 1, 0))
    assert np.array_equal(chain, states[0])


def test_bits_do_not_depend_on_threads_or_blocks():
    states = perfect_states(5, 6, 5, 0.4, 0.01, 7)
    assert np.array_equal(states, perfect_states(5, 6, 5, 0.4, 0.01, 7, threads=2))
    assert np.array_equal(states[2:], perfect_states(3, 6, 5, 0.4, 0.01, 7, first_block=2))
    assert not np.array_equal(states, perfect_states(5, 6, 5, 0.4, 0.01, 8))


def kaufman_log_z(m, n, K):
    """Kaufman's four products for the m x n torus, T > T_c (Phys. Rev. 76, 1232; gamma_0 = 2K + log tanh K < 0)."""
    q = np.arange(2 * n)
    gamma = np.arccosh(np.cosh(2 * K) / np.tanh(2 * K) - np.cos(np.pi * q / n))
    gamma[0] = 2 * K + np.log(np.tanh(K))
    odd, even = m * gamma[1::2] / 2, m * gamma[0::2] / 2
    logs = [
        np.log(np.abs(2 * f(x))).sum() for f, x in ((np.cosh, odd), (np.sinh, odd), (np.cosh, even), (np.sinh, even))
    ]
    signs = [1, 1, 1, np.sign(gamma[0])]
    total = sum(sign * math.exp(log - max(logs)) for sign, log in zip(signs, logs, strict=True))
    return m * n / 2 * math.log(2 * math.sinh(2 * K)) + max(logs) + math.log(total / 2)


@pytest.mark.parametrize("K", [0.35, 0.408])
def test_mean_energy_of_40x40_against_kaufman(K):
    counts = HALF_4X4 | {32 - k: g for k, g in HALF_4X4.items()}
    assert kaufman_log_z(4, 4, K) == pytest.approx(
        math.log(sum(g * math.exp(K * (32 - 2 * k)) for k, g in counts.items()))
    )
    step = 1e-3
    states = perfect_states(1, 40, 40, K, 0.0, 9, threads=2)
    z = [kaufman_log_z(40, 40, K + i * step) for i in (-2, -1, 1, 2)]
    mean = (z[0] - 8 * z[1] + 8 * z[2] - z[3]) / (12 * step)
    sample = energies(states)
    error = sample.std() / math.sqrt(len(sample))
    assert 2 * norm.sf(abs(sample.mean() - mean) / error) > ALPHA


def test_progress_counts_lattices():
    calls = []
    perfect_states(3, 2, 2, 0.1, 0.0, 1, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(i * LATTICES_PER_BLOCK, 3 * LATTICES_PER_BLOCK) for i in (1, 2, 3)]


def test_no_sample_comes_out_where_the_chains_have_not_met():
    with pytest.raises(NotCoalescedError, match="within 64 sweeps") as info:
        perfect_states(1, 8, 8, 1.0, 0.0, 1, max_epochs=2)
    assert info.value.sweeps == 64


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"J": -0.1}, InputError),
        ({"J": math.nan}, InputError),
        ({"n_blocks": -1}, InputError),
        ({"n_blocks": 1.5}, InputError),
        ({"first_block": -1}, InputError),
        ({"max_epochs": 0}, InputError),
        ({"threads": 0}, InputError),
        ({"rng": None}, InputError),
        ({"Lx": 1}, LatticeError),
        ({"Lx": 2.5}, LatticeError),
    ],
)
def test_bad_input(change, error):
    good = {"n_blocks": 1, "Lx": 2, "Ly": 2, "J": 0.1, "h": 0.0, "rng": 1}
    with pytest.raises(error) as info:
        perfect_states(**{**good, **change})
    assert isinstance(info.value, ExactRGError)
