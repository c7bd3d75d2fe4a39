from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.graph_kernels import below, next_word, uniform

MASK = 2**64 - 1


def xoshiro256_plus_plus(state):
    """The reference of Blackman and Vigna, in integers."""

    def rotated(x, k):
        return (x << k | x >> (64 - k)) & MASK

    result = (rotated((state[0] + state[3]) & MASK, 23) + state[0]) & MASK
    t = (state[1] << 17) & MASK
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= t
    state[3] = rotated(state[3], 45)
    return result


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, MASK), min_size=4, max_size=4))
def test_words_are_those_of_xoshiro256_plus_plus(state):
    for _ in range(10):
        before = [np.uint64(s) for s in state]
        expected = xoshiro256_plus_plus(state)
        assert [int(s) for s in next_word(*before)] == [expected, *state]


def test_the_first_words_of_the_published_generator():
    """State (1, 2, 3, 4), as in the test vectors of the rand_xoshiro package."""
    state, words = (1, 2, 3, 4), []
    for _ in range(3):
        word, *state = next_word(*(np.uint64(s) for s in state))
        words.append(int(word))
    assert words == [41943041, 58720359, 3588806011781223]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, MASK), st.integers(1, 2**32 - 1))
def test_numbers_stay_in_their_range(word, n):
    assert int(below(np.uint64(word), n)) == ((word >> 32) * n) >> 32 < n
    assert uniform(np.uint64(word)) == (word >> 11) / 2**53 < 1


SCRIPT = """
import hashlib, numpy as np
from approx.clusters import Ferromagnet, swendsen_wang, wolff
from approx.graph_samplers import Chains, Interactions, heat_bath, metropolis
from approx.tempering import Ladders, parallel_tempering
terms = Interactions.from_terms(7, {(0, 1): 0.3, (1, 2, 3): -0.4, (4,): 0.2, (): 1.0, (2, 3, 5, 6): 0.7, (5, 6): -0.2})
bonds = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (3, 4), (5, 6)]
mixed = Ferromagnet.from_bonds(7, bonds, [0.2, 0.5, 0.1, 0.0, 0.4, 0.3, 30.0], [0.1, 0, -0.3, 0, 0, 0.2, 0])
ring = Ferromagnet.from_bonds(7, [(i, (i + 1) % 7) for i in range(7)], 0.6)
runs = [f(terms, Chains.hot(3, 7, 1), 4, thin=2) for f in (heat_bath, metropolis)]
runs += [f(g, Chains.hot(3, 7, 2), 4, thin=2) for f in (wolff, swendsen_wang) for g in (mixed, ring)]
runs += [parallel_tempering(terms, Ladders.hot(3, 4, 7, 3), [0.0, 0.3, 0.6, 1.0], 4, thin=2)]
digest = hashlib.sha256()
for r in runs:
    state = r.ladders if hasattr(r, "ladders") else r.chains
    for array in (r.configs, r.magnetizations, np.round(r.log_weights, 9) + 0.0, state.spins, state.streams):
        digest.update(np.ascontiguousarray(array).tobytes())
print(digest.hexdigest())
"""


def test_compiled_and_plain_kernels_make_the_same_bits_without_warnings():
    def run(**environment):
        command = [sys.executable, "-W", "error", "-c", SCRIPT]
        environment = {**os.environ, **environment}
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    plain = run(NUMBA_DISABLE_JIT="1")
    assert len(plain.strip()) == len(hashlib.sha256().hexdigest()) and plain == run(NUMBA_DISABLE_JIT="0")
