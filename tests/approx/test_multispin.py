"""Samplers are tested from exact i.i.d. starts: configurations from the enumerated distribution, a few sweeps, and a
chi-square against the same distribution (valid because lattices are independent; a long chain would not be)."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2

from approx import multispin
from approx.multispin import energies, hot_start, magnetizations, pack, run, unpack
from approx.streams import LATTICES_PER_BLOCK, WORDS, word_streams
from exactrg.errors import ExactRGError, InputError, LatticeError, SpinError

ALPHA = 1e-7
BLOCKS = 512
ONE = 2.0**64


@pytest.fixture(scope="module")
def streams():
    """Streams of 524,288 lattices; each test moves them on."""
    return word_streams(20240, BLOCKS)


def bonds_of(Lx, Ly, periodic):
    """Bonds (site, site), counted one by one: the oracle's geometry."""
    bonds = []
    for y, x in itertools.product(range(Ly), range(Lx)):
        for x2, y2 in ((x + 1, y), (x, y + 1)):
            if periodic:
                bonds.append((y * Lx + x, y2 % Ly * Lx + x2 % Lx))
            elif x2 < Lx and y2 < Ly:
                bonds.append((y * Lx + x, y2 * Lx + x2))
    return bonds


class Exact:
    """All configurations of a small system and their probabilities, by enumeration."""

    def __init__(self, Lx, Ly, J, h, periodic=True):
        self.Lx, self.Ly, self.J, self.h, self.periodic = Lx, Ly, J, h, periodic
        n = Lx * Ly
        self.configs = (2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1) - 1).astype(np.int8)
        s = self.configs.astype(np.int64)
        self.bond_sum = sum((s[:, i] * s[:, j] for i, j in bonds_of(Lx, Ly, periodic)), np.zeros(2**n, np.int64))
        self.magnetization = s.sum(1)
        weight = np.exp(J * self.bond_sum + h * self.magnetization)
        self.p = weight / weight.sum()

    def starts(self, rng):
        index = rng.choice(len(self.p), size=BLOCKS * LATTICES_PER_BLOCK, p=self.p)
        return pack(self.configs[index], self.Lx, self.Ly)

    def index(self, states):
        return (unpack(states) > 0).astype(np.int64) @ (1 << np.arange(self.Lx * self.Ly))


def p_value(classes, p):
    """Chi-square of i.i.d. classes against probabilities; rare classes are put together."""
    counts = np.bincount(classes, minlength=len(p))
    expected = p * len(classes)
    rare = expected < 20
    counts = np.append(counts[~rare], counts[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    counts, expected = counts[expected > 0], expected[expected > 0]
    return chi2.sf(((counts - expected) ** 2 / expected).sum(), len(counts) - 1)


def correlation_p_value(x):
    """Independence of the columns of x (samples, columns): n r^2 summed over pairs is chi-square to good accuracy."""
    x = (x - x.mean(0)) / x.std(0)
    r = (x.T @ x) / len(x)
    above = np.triu_indices(x.shape[1], 1)
    return chi2.sf(len(x) * (r[above] ** 2).sum(), len(above[0]))


def lane_p_values(exact, states):
    """Each of the 64 lanes follows the distribution; lanes of a word and words of a block are independent."""
    index = exact.index(states).reshape(BLOCKS, WORDS, 64)
    m = exact.magnetization[index] + 0.1 * exact.bond_sum[index]
    return {
        "each lane": min(1.0, 64 * min(p_value(index[:, :, i].ravel(), exact.p) for i in range(64))),
        "lanes of a word": correlation_p_value(m.reshape(-1, 64)),
        "words of a block": correlation_p_value(m.transpose(0, 2, 1).reshape(-1, WORDS)),
    }


SYSTEMS = [
    (2, 2, 0.5, 0.0, True),
    (2, 2, -0.3, 0.15, True),
    (3, 3, 0.408, 0.0, True),
    (3, 3, -0.4, 0.2, True),
    (4, 3, 0.3, -0.25, True),
    (2, 3, 0.5, 0.5, True),
    (3, 3, 0.44, 0.1, False),
    (4, 3, -0.35, 0.0, False),
    (5, 1, 0.6, 0.3, False),
    (1, 1, 0.6, 0.3, False),
]


@pytest.mark.jit
@pytest.mark.parametrize("method", ["metropolis", "heat_bath"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_stationary(system, method, streams):
    exact = Exact(*system)
    states = exact.starts(np.random.default_rng(1))
    for sweeps in (1, 20):
        run(states, exact.J, exact.h, sweeps, streams, periodic=exact.periodic, method=method, threads=2)
        assert p_value(exact.index(states), exact.p) > ALPHA


@pytest.mark.jit
@pytest.mark.parametrize("method", ["metropolis", "heat_bath"])
def test_stationary_4x4_in_energy_and_magnetization(method, streams):
    exact = Exact(4, 4, 0.408, 0.03)
    states = exact.starts(np.random.default_rng(2))
    run(states, exact.J, exact.h, 3, streams, method=method)
    classes = (exact.bond_sum + 32) * 17 + (exact.magnetization + 16) // 2
    p = np.bincount(classes, weights=exact.p)
    assert p_value((energies(states) + 32) * 17 + (magnetizations(states) + 16) // 2, p) > ALPHA


@pytest.mark.jit
@pytest.mark.parametrize("method", ["metropolis", "heat_bath"])
def test_each_lane_and_independence(method, streams):
    exact = Exact(2, 2, 0.2, 0.1)
    states = exact.starts(np.random.default_rng(3))
    run(states, exact.J, exact.h, 3, streams, method=method)
    for p in lane_p_values(exact, states).values():
        assert p > ALPHA


@pytest.mark.jit
@pytest.mark.parametrize("method", ["metropolis", "heat_bath"])
@pytest.mark.parametrize(
    ("J", "start"), [(0.2, [1, 1, 1, 1]), (0.2, [1, -1, 1, -1]), (0.2, [1, 1, -1, 1]), (0.0, [1] * 4)]
)
def test_ergodic_on_the_2x2_torus(method, J, start, streams):
    """From the states that Metropolis with certain flips at Delta E = 0 never leaves, too."""
    exact = Exact(2, 2, J, 0.0)
    states = pack(np.tile(np.array(start, np.int8), (BLOCKS * LATTICES_PER_BLOCK, 1)), 2, 2)
    run(states, J, 0.0, 600, streams, method=method, threads=2)
    assert p_value(exact.index(states), exact.p) > ALPHA


@pytest.mark.jit
def test_rare_flips_need_the_digits_after_the_twelfth(streams):
    """A free spin in a field is up with probability p = 1 / (1 + e^{-2h}), here 0.7 / 2**14 and 1/3."""
    for p in (0.7 / 2**14, 1 / 3, 1 - 0.7 / 2**14):
        ups = 0
        for _ in range(20):
            states = np.zeros((BLOCKS, 1, 1, WORDS), np.uint64)
            run(states, 0.0, np.log(p / (1 - p)) / 2, 1, streams, periodic=False, method="heat_bath")
            ups += int(np.unpackbits(states.view(np.uint8)).sum())
        assert binomtest(ups, 20 * BLOCKS * LATTICES_PER_BLOCK, p).pvalue > ALPHA


# Wrong samplers, run through the kernel with spoilt tables, must fail the tests above.


WRONG = ["Delta E times 0.97", "1% spurious acceptance", "one threshold off by 1e-3", "a missing periodic bond"]


def stationary_p_value(exact, method, streams, spoil=None):
    """p-value of `test_stationary` after 20 sweeps of the kernel with its tables or its neighbours spoilt."""
    from approx.multispin_kernels import WORK, sweep_block

    keep = method == "metropolis"
    fields = [[exact.J * (2 * up - degree) + exact.h if up <= degree else 0 for up in range(5)] for degree in range(5)]
    signs = np.sign(fields) * keep
    table, thresholds = multispin.acceptance(exact.J, exact.h, method)
    assert np.array_equal(multispin.masks(thresholds, signs, keep), table)
    p = thresholds / ONE
    if spoil == "Delta E times 0.97":
        p = p**0.97 if keep else p**0.97 / (p**0.97 + (1 - p) ** 0.97)
    elif spoil == "1% spurious acceptance":
        p += 0.01 * (1 - p)
    elif spoil == "one threshold off by 1e-3":
        p[4, 4] += 1e-3
    thresholds = (np.minimum(p, 1 - 2.0**-53) * ONE).astype(np.uint64)
    table = multispin.masks(thresholds, signs, keep)

    order, neighbours, _ = multispin._geometry(exact.Lx, exact.Ly, exact.periodic)
    neighbours = neighbours.copy()
    if spoil == "a missing periodic bond":
        neighbours[0, 2] = neighbours[exact.Lx - 1, 0] = -1
    kinds = np.count_nonzero(neighbours >= 0, axis=1)
    states = exact.starts(np.random.default_rng(4))
    for block in range(BLOCKS):
        work = np.empty(WORK * WORDS, np.uint64)
        spins = states[block].reshape(-1, WORDS)
        sweep_block(spins, streams[block], order, neighbours, kinds, table, thresholds, work, 20)
    return p_value(exact.index(states), exact.p)


@pytest.mark.jit
@pytest.mark.parametrize("method", ["metropolis", "heat_bath"])
def test_wrong_samplers_are_caught(method, streams):
    exact = Exact(2, 2, 0.5, 0.0)
    assert stationary_p_value(exact, method, streams) > ALPHA
    for spoil in WRONG:
        assert stationary_p_value(exact, method, streams, spoil) < ALPHA, spoil


@pytest.mark.jit
def test_reused_random_words_are_caught():
    exact = Exact(2, 2, 0.2, 0.1)
    start = exact.starts(np.random.default_rng(5))
    own = word_streams(6, BLOCKS)

    between_words = own.copy()
    between_words[:, :, 9] = between_words[:, :, 4]
    states = start.copy()
    run(states, exact.J, exact.h, 2, between_words)
    assert lane_p_values(exact, states)["words of a block"] < ALPHA

    # Lane 1 with the random bits of lane 0: run once more with lane 1's spins moved to lane 0.
    states, moved = start.copy(), start.copy()
    moved ^= (moved ^ (moved >> np.uint64(1))) & np.uint64(1)
    run(states, exact.J, exact.h, 2, own.copy())
    run(moved, exact.J, exact.h, 2, own.copy())
    assert lane_p_values(exact, states)["lanes of a word"] > ALPHA
    states ^= ((states >> np.uint64(1)) ^ moved) << np.uint64(1) & np.uint64(2)
    assert lane_p_values(exact, states)["lanes of a word"] < ALPHA


# The same bits.


@pytest.mark.jit
@pytest.mark.parametrize("method", ["metropolis", "heat_bath"])
def test_bits_do_not_depend_on_threads_blocks_words_or_calls(method):
    def fresh(first=0, n=5):
        streams = word_streams(8, n, first_block=first)
        return hot_start(streams, 6, 5), streams

    states, streams = fresh()
    run(states, 0.4, 0.1, 3, streams, method=method)

    threaded, streams2 = fresh()
    run(threaded, 0.4, 0.1, 3, streams2, method=method, threads=2)
    assert np.array_equal(states, threaded)
    assert np.array_equal(streams, streams2)

    for first, n in ((0, 2), (2, 3)):
        part, streams2 = fresh(first, n)
        run(part, 0.4, 0.1, 1, streams2, method=method)
        run(part, 0.4, 0.1, 2, streams2, method=method)
        assert np.array_equal(states[first : first + n], part)

    others, streams2 = fresh()
    others[..., :7] = 0
    streams2[:, :, 8:] ^= np.uint64(12345)
    run(others, 0.4, 0.1, 3, streams2, method=method)
    assert np.array_equal(states[..., 7], others[..., 7])


SCRIPT = """
import hashlib
from approx.multispin import energies, hot_start, magnetizations, run
from approx.streams import word_streams
digest = hashlib.sha256()
for Lx, Ly, periodic in ((3, 2, True), (2, 2, True), (3, 2, False)):
    for method in ("metropolis", "heat_bath"):
        streams = word_streams(9, 1)
        states = hot_start(streams, Lx, Ly)
        run(states, 0.408, 0.1, 3, streams, periodic=periodic, method=method)
        for x in (states, streams, energies(states, periodic=periodic), magnetizations(states)):
            digest.update(x.tobytes())
print(digest.hexdigest())
"""


@pytest.mark.jit
def test_bits_do_not_depend_on_the_compiler(capsys):
    exec(SCRIPT, {})
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    plain = subprocess.run(
        [sys.executable, "-W", "ignore::RuntimeWarning", "-c", SCRIPT],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert plain.stdout == capsys.readouterr().out
    assert len(plain.stdout.strip()) == 2 * hashlib.sha256().digest_size


# Packing and measuring.


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2100), st.booleans(), st.integers(0, 2**32))
def test_pack_unpack_energies_magnetizations(Lx, Ly, n, periodic, seed):
    configs = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n, Lx * Ly))
    states = pack(configs, Lx, Ly)
    assert states.shape == (-(-n // LATTICES_PER_BLOCK), Ly, Lx, WORDS)
    assert np.array_equal(unpack(states, n), configs)
    assert np.all(unpack(states)[n:] == 1)
    assert np.array_equal(magnetizations(states)[:n], configs.sum(1, dtype=np.int64))
    if not periodic or min(Lx, Ly) > 1:
        s = configs.astype(np.int64)
        expected = sum((s[:, i] * s[:, j] for i, j in bonds_of(Lx, Ly, periodic)), np.zeros(n, np.int64))
        assert np.array_equal(energies(states, periodic=periodic)[:n], expected)


@pytest.mark.parametrize("L", [7, 16, 40])
def test_energies_at_scale(L):
    states = hot_start(word_streams(1, 2), L, L)
    s = unpack(states).reshape(-1, L, L).astype(np.int64)
    assert np.array_equal(energies(states), (s * (np.roll(s, 1, 1) + np.roll(s, 1, 2))).sum((1, 2)))
    assert np.array_equal(magnetizations(states), s.sum((1, 2)))


def test_lattice_number_is_word_and_bit():
    configs = np.ones((2 * LATTICES_PER_BLOCK, 6), np.int8)
    configs[LATTICES_PER_BLOCK + 64 * 3 + 17, 4] = -1
    states = pack(configs, 3, 2)
    assert np.argwhere(~states).tolist() == [[1, 1, 1, 3]]
    assert ~states[1, 1, 1, 3] == np.uint64(1 << 17)


# Bad input.


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"J": float("nan")}, InputError),
        ({"h": float("inf")}, InputError),
        ({"J": 1e308}, InputError),
        ({"J": "0.4"}, InputError),
        ({"J": np.zeros(2)}, InputError),
        ({"sweeps": -1}, InputError),
        ({"sweeps": 1.5}, InputError),
        ({"threads": 0}, InputError),
        ({"method": "wolff"}, InputError),
        ({"states": np.zeros((2, 4, 4, WORDS), np.int64)}, InputError),
        ({"states": np.zeros((2, 4, 4, 8), np.uint64)}, InputError),
        ({"states": np.zeros((2, 4, 8, WORDS), np.uint64)[:, :, ::2]}, InputError),
        ({"states": [1]}, InputError),
        ({"states": np.broadcast_to(np.zeros(1, np.uint64), (2, 4, 4, WORDS))}, InputError),
        ({"states": np.frombuffer(bytes(8 * 32 * WORDS), np.uint64).reshape(2, 4, 4, WORDS)}, InputError),
        ({"streams": None}, InputError),
        ({"states": np.zeros((2, 1, 4, WORDS), np.uint64)}, LatticeError),
        ({"streams": np.zeros((1, 5, WORDS), np.uint64)}, InputError),
    ],
)
def test_bad_input_changes_nothing(change, error):
    states, streams = np.zeros((2, 4, 4, WORDS), np.uint64), word_streams(1, 2)
    with pytest.raises(error) as info:
        run(**{"states": states, "J": 0.4, "h": 0.0, "sweeps": 1, "streams": streams, **change})
    assert isinstance(info.value, ExactRGError)
    assert not np.any(states)
    assert np.array_equal(streams, word_streams(1, 2))


def test_bad_configurations():
    with pytest.raises(SpinError, match="have shape"):
        pack(np.ones((3, 5), np.int8), 2, 2)
    with pytest.raises(SpinError, match="1 - 2"):
        pack(np.zeros((3, 4), np.int8), 2, 2)
    with pytest.raises(InputError, match="asked for 1025"):
        unpack(np.zeros((1, 2, 2, WORDS), np.uint64), 1025)
    with pytest.raises(InputError, match="write pack"):
        energies(np.zeros((1, 2, 2), np.uint64))
