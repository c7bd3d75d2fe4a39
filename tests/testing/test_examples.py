"""The kit on code that we did not write, and what its notes claim, decided."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(code, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, *arguments] if code is None else [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=EXAMPLES, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("package", "passes", "fails"), [("sklearn", 5, 4), ("peapods", 5, 3), ("dwave", 7, 3)])
def test_peers_pass_and_fail_as_recorded(package, passes, fails):
    status, text = run(None, f"foreign_{package}.py")
    assert status == 0 and f"{passes} pass, {fails} fail; 0 not as recorded" in text, text


def test_the_faults_of_a_metropolis_are_caught():
    status, text = run(None, "metropolis_faults.py")
    assert status == 0 and text.count("caught") == 4 and text.count("passes") == 1, text


def test_a_surprise_is_shown_and_ends_in_an_error():
    code = (
        "from verdicts import Verdicts\nfrom exactrg.testing import assert_samples_from\n"
        "t = Verdicts('nothing', '0', 'none')\n"
        "t.check('fair', lambda: assert_samples_from([[1], [-1]] * 50, [1, 1]), expected='fails')\n"
        "t.check('biased', lambda: assert_samples_from([[1]] * 100, [1, 1]))\n"
        "t.check('as expected', lambda: assert_samples_from([[1]] * 100, [1, 1]), expected='fails', note='one side')\n"
        "t.close()\n"
    )
    status, text = run(code)
    assert status == 1 and "1 pass, 2 fail; 2 not as recorded" in text
    assert "<-- expected: fails" in text and "<-- expected: passes" in text and "one side" in text


def test_sequential_metropolis_on_the_3x3_torus_is_reducible():
    """The transition matrix of a sweep: four closed pairs of states, the other 504 states in one class."""
    K, bonds = (
        0.4,
        [(3 * y + x, j) for y in range(3) for x in range(3) for j in (3 * y + (x + 1) % 3, (3 * y + 3 + x) % 9)],
    )
    states = np.array(list(itertools.product((1, -1), repeat=9)))
    sweep = np.eye(512)
    for i in range(9):
        neighbours = [sum(bond) - i for bond in bonds if i in bond]
        accept = np.minimum(1.0, np.exp(-2 * K * states[:, i] * states[:, neighbours].sum(axis=1)))
        step = np.diag(1 - accept)
        step[np.arange(512), np.arange(512) ^ (1 << (8 - i))] += accept
        sweep = sweep @ step
    p = np.exp(K * sum(states[:, i] * states[:, j] for i, j in bonds))
    assert np.allclose(p @ sweep, p)  # and yet it is stationary
    reach = sweep > 0
    for _ in range(9):
        reach = reach | ((reach.astype(float) @ reach) > 0)
    classes = {frozenset(np.flatnonzero(reach[k] & reach[:, k]).tolist()) for k in range(512)}
    assert sorted(map(len, classes)) == [2, 2, 2, 2, 504]
    assert all(reach[k].sum() == len(c) for c in classes for k in c if len(c) == 2)
