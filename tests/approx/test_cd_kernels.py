from __future__ import annotations

import numpy as np

from approx import cd_kernels as kernels


def test_sigmoid_is_good_to_float32_everywhere():
    x = np.concatenate([np.linspace(-87, 87, 200001), [0.0, -0.0]]).astype(np.float32)[None].copy()
    found = x.copy()
    kernels.to_probabilities(found, np.zeros(x.shape[1], np.float32), 0, x.shape[1])
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    assert np.abs(found / exact - 1).max() < 2.5e-7
    extreme = np.array([[np.inf, -np.inf, 1e38, -1e38]], np.float32)
    kernels.to_probabilities(extreme, np.zeros(4, np.float32), 0, 4)
    assert np.all((extreme >= 0) & (extreme <= 1)) and extreme[0, 0] == 1 and extreme[0, 1] < 1e-37


def test_draws_have_their_probabilities_and_are_independent():
    stream = np.random.SeedSequence(7).generate_state(64).reshape(4, 16).copy()
    p = np.tile(np.array([0.0, 1.0, 0.5, 0.1, 0.9, 1e-3] * 6 + [0.3], np.float32), (20000, 1))
    states = np.full_like(p, 9)
    kernels.draw(p, states, stream, 3, 37)
    assert np.all(states[:, :3] == 9)  # only the columns of the tile
    drawn, p = states[:, 3:37], p[0, 3:37].astype(np.float64)
    assert set(np.unique(drawn)) == {0.0, 1.0} and np.all(drawn[:, p == 0] == 0) and np.all(drawn[:, p == 1] == 1)
    sigma = np.sqrt(p * (1 - p) / len(drawn)) + 1e-9
    assert np.abs((drawn.mean(0) - p) / sigma).max() < 5
    between = drawn[:, (p > 0.05) & (p < 0.95)]
    correlations = np.corrcoef(between.T) - np.eye(between.shape[1])
    assert np.abs(correlations).max() < 5.5 / np.sqrt(len(drawn))
    lagged = np.mean((between[1:] - between.mean(0)) * (between[:-1] - between.mean(0)), axis=0)
    assert np.abs(lagged).max() < 5 * 0.25 / np.sqrt(len(drawn))


def test_streams_move_on():
    stream = np.random.SeedSequence(7).generate_state(64).reshape(4, 16).copy()
    half, states = np.full((1, 160), 0.5, np.float32), np.empty((2, 160), np.float32)
    kernels.draw(half, states[:1], stream, 0, 160)
    kernels.draw(half, states[1:], stream, 0, 160)
    assert 40 < np.sum(states[0] != states[1]) < 120
