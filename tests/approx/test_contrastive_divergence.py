from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.contrastive_divergence import ContrastiveDivergence, DivergedError
from approx.recipes import Recipe
from approx.tiles import TileThreads
from exactrg.blas import one_blas_thread

sys.path.append(os.path.dirname(__file__))
from cd_reference import bits, expected_update, sigmoid, train

UNITS = st.sampled_from(["samples", "probabilities"])


def machine(data, n_hidden, seed=0, threads=1, **changes):
    recipe = Recipe(**{"epochs": 1, "batch_size": len(data), "momentum": 0.0, **changes})
    return ContrastiveDivergence(
        np.asarray(data, np.float32), n_hidden, recipe, np.random.SeedSequence(seed), TileThreads(threads)
    )


@pytest.mark.jit
@settings(max_examples=16)
@given(UNITS, UNITS, UNITS, st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 10**6))
def test_the_mean_update_is_the_enumerated_one(positive, reconstruction, negative, steps, n, m, seed):
    rng = np.random.default_rng(seed)
    W, a, b = (rng.normal(0, 1.5, shape).astype(np.float32) for shape in ((n, m), n, m))
    distinct = np.vstack([bits(n), rng.random((1, n))])  # a row between 0 and 1 too
    copies = 20000 // len(distinct)
    choices = {"positive": positive, "reconstruction": reconstruction, "negative": negative, "steps": steps}
    training = machine(np.repeat(distinct, copies, axis=0), m, seed, learning_rate=1.0, **choices)
    for own, new in zip(training.parameters.arrays(), (W, a, b), strict=True):
        own[...] = new
    training.run_epoch()
    n_rows = copies * len(distinct)
    expected = expected_update(distinct, *(x.astype(float) for x in (W, a, b)), **choices)
    for old, new, mean in zip((W, a, b), training.parameters.arrays(), expected, strict=True):
        # An entry of one sample lies in [-1, 1]: 6 sigma of the mean, and float32 sums.
        assert np.abs(new - old - mean / len(distinct)).max() < 6.0 / np.sqrt(n_rows) + 1e-4


def test_the_oracle_notices_the_wrong_kind_of_reconstruction():
    rng = np.random.default_rng(1)
    W, a, b = rng.normal(0, 2, (3, 2)), rng.normal(0, 1, 3), rng.normal(0, 1, 2)
    kinds = [
        expected_update(bits(3), W, a, b, positive="samples", reconstruction=kind, negative="samples", steps=1)[0] / 8
        for kind in ("samples", "probabilities")
    ]
    assert np.abs(kinds[0] - kinds[1]).max() > 3 * 6.0 / np.sqrt(20000) / 4


@pytest.mark.parametrize("size", [7, 20])
def test_step_by_step_like_plain_numpy(size):
    """Momentum schedule, rate schedule, L1, L2, averaging and a smaller last batch, with hidden units of no freedom."""
    rng = np.random.default_rng(3)
    X = rng.random((20, 6))
    epochs, recipe = 5, {"l1": 0.02, "l2": 0.05, "average_last": 3, "batch_size": size}
    momentum, rate = ((0, 0.5), (2, 0.9)), ((0, 0.3), (3, 0.05))
    training = machine(X, 4, epochs=epochs, momentum=momentum, learning_rate=rate, weight_scale=0.5, **recipe)
    # Hidden biases of +-30 make every draw certain, so that the reference needs no random numbers.
    training.parameters.hidden_bias[:] = [30, -30, 30, -30]
    W, a, b = (part.astype(np.float64) for part in training.parameters.arrays())
    orders = [training._generator(1, epoch).permutation(20) for epoch in range(epochs)]
    (W, a, b), mean = train(
        X.astype(np.float32).astype(float), W, a, b, orders, lambda epoch, p: np.round(p),
        rate=lambda epoch: 0.3 if epoch < 3 else 0.05, momentum=lambda epoch: 0.5 if epoch < 2 else 0.9,
        l1=0.02, l2=0.05, size=size, average_last=3, epochs=epochs,
    )  # fmt: skip
    for _ in range(epochs):
        training.run_epoch()
    for ours, theirs in zip(training.parameters.arrays(), (W, a, b), strict=True):
        assert np.abs(ours - theirs).max() < 1e-5 * max(1.0, np.abs(theirs).max())
    for ours, theirs in zip(training.result().arrays(), mean, strict=True):
        assert np.abs(ours - theirs).max() < 1e-5 * max(1.0, np.abs(theirs).max())
    assert np.abs(mean[0] - W).max() > 1e-3  # averaging is no identity here


@pytest.mark.jit
@pytest.mark.parametrize("persistent", [False, True])
def test_same_bits_with_any_number_of_threads(persistent):
    rng = np.random.default_rng(0)
    data = rng.integers(0, 2, (250, 500))
    recipe = {"batch_size": 100, "persistent": persistent, "steps": 2, "reconstruction": "samples", "epochs": 2}
    found = []
    for threads in (1, 2, 3):
        training = machine(data, 210, threads=threads, learning_rate=0.1, **recipe)
        assert not training._small and len(training._tiles) > 3  # the pool has work to do
        with one_blas_thread():
            training.run_epoch(), training.run_epoch()
        found.append([part.tobytes() for part in training.parameters.arrays()] + [training.chain.tobytes()])
    assert found[0] == found[1] == found[2]


@pytest.mark.jit
def test_persistent_chains_reach_the_machines_own_distribution():
    """At a tiny rate the chains sample the machine: their hidden means are the enumerated ones."""
    rng = np.random.default_rng(5)
    W, a, b = rng.normal(0, 1, (3, 2)), rng.normal(0, 1, 3), rng.normal(0, 1, 2)
    training = machine(np.zeros((20000, 3)), 2, persistent=True, reconstruction="samples", learning_rate=0.0, epochs=30)
    for own, new in zip(training.parameters.arrays(), (W, a, b), strict=True):
        own[...] = new
    for _ in range(30):
        training.run_epoch()
    x, y = bits(3), bits(2)
    weight = np.exp(x @ W @ y.T + (x @ a)[:, None] + y @ b)
    exact = weight.sum(0) @ y / weight.sum()
    assert np.abs(training.chain.mean(0) - exact).max() < 5 * 0.5 / np.sqrt(20000)


def test_overflow_is_an_error_and_says_after_which_epoch():
    training = machine(np.random.default_rng(0).integers(0, 2, (50, 8)), 4, learning_rate=1e10, l2=1.0, epochs=50)
    with pytest.raises(DivergedError, match="smaller learning_rate") as caught:
        for _ in range(50):
            training.run_epoch()
    assert caught.value.epoch == training.epoch


def test_reconstruction_error_is_that_of_the_negative_phase():
    X = np.random.default_rng(2).random((30, 5)).astype(np.float32)
    training = machine(X, 3, learning_rate=0.0)
    training.parameters.weights[:] = 0.0
    training.parameters.visible_bias[:] = [0.3, -1, 2, 0, 5]
    assert training.run_epoch() == pytest.approx(
        np.mean((X - sigmoid(training.parameters.visible_bias)) ** 2), rel=1e-5
    )


ALL_CHOICES = """
import numpy as np, warnings
from itertools import product
warnings.simplefilter("ignore")
from approx.contrastive_divergence import ContrastiveDivergence
from approx.recipes import Recipe
from approx.tiles import TileThreads
units = ("samples", "probabilities")
for n, choices in [(9, c) for c in product(units, units, units, (1, 2), (False, True))] + [(200, ("samples",) * 3 + (1, True))]:
    names = dict(zip(("positive", "reconstruction", "negative", "steps", "persistent"), choices))
    data = np.random.default_rng(0).integers(0, 2, (5, n)).astype(np.uint8)
    recipe = Recipe(epochs=2, batch_size=3, l1=0.01, l2=0.02, learning_rate=0.5, weight_scale=1, average_last=1, **names)
    training = ContrastiveDivergence(data, 4, recipe, np.random.SeedSequence(4), TileThreads(1))
    training.run_epoch(), training.run_epoch()
    print(*choices, *(part.tobytes().hex() for part in (*training.result().arrays(), training.chain)))
"""


def test_without_jit_the_bits_are_the_same():
    """For all choices, and for two tiles: what holds of the compiled kernels' expectation holds without numba too."""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", ALL_CHOICES], capture_output=True, text=True, check=True, env=os.environ | extra
        ).stdout.splitlines()
        for extra in ({}, {"NUMBA_DISABLE_JIT": "1"})
    ]
    assert outputs[0] == outputs[1]
    assert len({line.split(maxsplit=5)[5] for line in outputs[0]}) == len(outputs[0]) == 33  # no choice is ignored
