"""Plain numpy contrastive divergence, and its exact expectation on tiny machines, for the tests of approx."""

from __future__ import annotations

from itertools import product

import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def bits(n):
    return np.array(list(product((0.0, 1.0), repeat=n)))


def expected_update(X, W, a, b, *, positive, reconstruction, negative, steps):
    """Mean of <x y>_data - <x' y'>_model (weights, visible, hidden) over all random choices, summed over rows of X.

    ``positive`` and ``negative`` change no mean; ``reconstruction`` does.
    """
    assert positive in ("samples", "probabilities") and negative in ("samples", "probabilities")
    hidden, visible = bits(len(b)), bits(len(a))

    def p_of(states, means):  # product of Bernoulli probabilities, (n_states, n_means)
        return np.prod(np.where(states[:, None, :] > 0, means[None], 1.0 - means[None]), axis=2)

    total = [np.zeros_like(W), np.zeros_like(a), np.zeros_like(b)]
    for x in X:
        y = sigmoid(x @ W + b)
        xs, weight = x[None], np.ones(1)  # visible states and their probabilities
        for _ in range(steps):
            p_hidden = p_of(hidden, sigmoid(xs @ W + b)) @ weight
            means = sigmoid(hidden @ W.T + a)
            if reconstruction == "probabilities":
                xs, weight = means, p_hidden
            else:
                xs, weight = visible, p_of(visible, means) @ p_hidden
        y_model = sigmoid(xs @ W + b)
        total[0] += np.outer(x, y) - np.einsum("s,si,sj->ij", weight, xs, y_model)
        total[1] += x - weight @ xs
        total[2] += y - weight @ y_model
    return total


def train(X, W, a, b, orders, draws, *, rate, momentum, l1, l2, size, average_last, epochs):
    """CD-1 with probabilities everywhere but in the first hidden states; ``draws(n, p)`` makes these."""
    v = [np.zeros_like(part) for part in (W, a, b)]
    mean, count = [np.zeros_like(part) for part in (W, a, b)], 0
    for epoch in range(epochs):
        for start in range(0, len(X), size):
            x = X[orders[epoch][start : start + size]]
            y = sigmoid(x @ W + b)
            x1 = sigmoid(draws(epoch, y) @ W.T + a)
            y1 = sigmoid(x1 @ W + b)
            g = [(x.T @ y - x1.T @ y1) / len(x) - l1 * np.sign(W) - l2 * W, (x - x1).mean(0), (y - y1).mean(0)]
            v = [momentum(epoch) * old + rate(epoch) * new for old, new in zip(v, g, strict=True)]
            W, a, b = W + v[0], a + v[1], b + v[2]
            if epoch >= epochs - average_last:
                count += 1
                mean = [old + (new - old) / count for old, new in zip(mean, (W, a, b), strict=True)]
    return (W, a, b), mean
