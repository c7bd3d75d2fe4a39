from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.multispin import run
from approx.streams import WORDS, seed_sequence, word_streams
from exactrg.errors import InputError


def numpy_sfc64(seed: int, word: int) -> np.random.SFC64:
    return np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(word,)))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**70), st.integers(0, 3), st.integers(0, 2))
def test_a_word_depends_on_the_seed_and_its_number_alone(seed, first, n):
    together = word_streams(seed, first + n)
    assert np.array_equal(together[first:], word_streams(seed, n, first_block=first))
    assert np.array_equal(together[first:], word_streams(np.random.SeedSequence(seed), n, first_block=first))


@pytest.mark.parametrize("method", ["metropolis", "heat_bath"])
@pytest.mark.parametrize(("Lx", "Ly", "sweeps"), [(3, 2, 1), (4, 3, 5)])
def test_the_kernel_takes_twelve_words_of_numpys_sfc64_an_update(method, Lx, Ly, sweeps):
    streams = word_streams(7, 2)
    states = np.zeros((2, Ly, Lx, WORDS), np.uint64)
    run(states, 0.4, 0.1, sweeps, streams, method=method)
    for word in (0, 5, WORDS, 2 * WORDS - 1):
        oracle = numpy_sfc64(7, word)
        oracle.random_raw(12 * Lx * Ly * sweeps)
        assert np.array_equal(streams[word // WORDS, :4, word % WORDS], oracle.state["state"]["state"])


def test_streams_differ_between_words_seeds_keys_and_children():
    parent = np.random.SeedSequence(1)
    children = parent.spawn(2)
    streams = [
        word_streams(1, 4),
        word_streams(2, 4),
        word_streams(1, 4, key=(0,)),
        word_streams(1, 4, key=(1,)),
        word_streams(1, 4, key=(1, 0)),
        word_streams(children[0], 4, key=(9,)),
        word_streams(children[1], 4, key=(9,)),
    ]
    words = np.concatenate([s.transpose(0, 2, 1).reshape(-1, 5) for s in streams])
    for column in (0, 1, 2, 4):  # column 3 is the counter, the same for all
        assert len(np.unique(words[:, column])) == len(words)


def test_a_generator_moves_on_and_repeats():
    rng = np.random.default_rng(5)
    first, second = word_streams(rng, 1), word_streams(rng, 1)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, word_streams(np.random.default_rng(5), 1))


@pytest.mark.parametrize("rng", [None, -1, 1.5, "seed", np.random.RandomState(1)])
def test_bad_seeds(rng):
    with pytest.raises(InputError, match="rng must be"):
        seed_sequence(rng)


@pytest.mark.parametrize(
    "arguments", [{"n_blocks": -1}, {"n_blocks": 1, "first_block": -1}, {"n_blocks": 1, "key": (-1,)}]
)
def test_bad_numbers(arguments):
    with pytest.raises(InputError, match="must be an int of at least 0"):
        word_streams(1, **arguments)
