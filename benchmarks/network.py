"""Training of the network of Fig. 3: contrastive divergence against its own matrix products and against peers.

    python benchmarks/network.py                  # one epoch of the first layer
    python benchmarks/network.py --only stack     # whole stacks, against their matrix products

All contenders have float32 data in memory and one BLAS thread; those that say so use two threads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from common import Contender, Task, main

N_VISIBLE, N_HIDDEN, BATCH = 1600, 400, 100
SIZES = (1600, 400, 100, 25)


def bits(n_samples: int, run: int) -> Any:
    """Random 0/1 data: no contender's time depends on what they are."""
    return np.random.default_rng(run).integers(0, 2, (n_samples, N_VISIBLE), dtype=np.uint8)


def products(threads: int) -> Callable[[Any], None]:
    """The five products of CD-1, and nothing else; on two threads, each in two halves."""

    def run(data: Any) -> None:
        from approx.tiles import TileThreads
        from exactrg.blas import one_blas_thread

        with one_blas_thread(), TileThreads(threads) as pool:
            for _ in range(len(data) // BATCH):
                five_products(pool, threads, N_VISIBLE, N_HIDDEN)

    return run


_arrays: dict[tuple[int, int], list[Any]] = {}


def five_products(pool: Any, parts: int, n_visible: int, n_hidden: int) -> None:
    if (n_visible, n_hidden) not in _arrays:
        shapes = [(BATCH, n_visible), (n_visible, n_hidden), (BATCH, n_hidden), (n_visible, n_hidden)]
        _arrays[n_visible, n_hidden] = [np.random.default_rng(0).random(shape, dtype=np.float32) for shape in shapes]
    x, w, h, g = _arrays[n_visible, n_hidden]
    p, v = np.empty_like(h), np.empty_like(x)

    def cut(size: int, k: int) -> slice:
        return slice(size * k // parts, size * (k + 1) // parts)

    def up(k: int) -> None:
        mine = cut(n_hidden, k)
        np.matmul(x, w[:, mine], out=p[:, mine])

    def down(k: int) -> None:
        mine = cut(n_visible, k)
        np.matmul(h, w[mine].T, out=v[:, mine])

    def outer(k: int) -> None:
        mine = cut(n_visible, k)
        np.matmul(x[:, mine].T, h, out=g[mine])

    for step in (up, down, up, outer, outer):
        pool.run(step, parts)


def ours(threads: int) -> Callable[[Any], None]:
    """One epoch of CD-1 by the recipe `compact`: L1, momentum, reconstruction error."""

    def run(data: Any) -> None:
        from approx.contrastive_divergence import ContrastiveDivergence
        from approx.recipes import RECIPES
        from approx.tiles import TileThreads
        from exactrg.blas import one_blas_thread

        with one_blas_thread(), TileThreads(threads) as pool:
            ContrastiveDivergence(data, N_HIDDEN, RECIPES["compact"], np.random.SeedSequence(0), pool).run_epoch()

    return run


def scikit_learn(data: Any) -> None:
    """Persistent CD, with neither L1 nor momentum."""
    from sklearn.neural_network import BernoulliRBM

    from exactrg.blas import one_blas_thread

    with one_blas_thread():
        BernoulliRBM(N_HIDDEN, batch_size=BATCH, n_iter=1, random_state=0).fit(data.astype(np.float32))


def plain_numpy(data: Any) -> None:
    """CD-1 with L1 and momentum, as a few lines of numpy."""
    from exactrg.blas import one_blas_thread

    rng = np.random.default_rng(0)
    w = rng.standard_normal((N_VISIBLE, N_HIDDEN), dtype=np.float32) * np.float32(0.01)
    a, b, speed = np.zeros(N_VISIBLE, np.float32), np.zeros(N_HIDDEN, np.float32), np.zeros_like(w)
    half, rate = np.float32(0.5), np.float32(0.1)
    order = rng.permutation(len(data))
    with one_blas_thread():
        for start in range(0, len(data), BATCH):
            x = data[order[start : start + BATCH]].astype(np.float32)
            p = 1 / (1 + np.exp(-(x @ w + b)))
            h = (rng.random(p.shape, dtype=np.float32) < p).astype(np.float32)
            x1 = 1 / (1 + np.exp(-(h @ w.T + a)))
            p1 = 1 / (1 + np.exp(-(x1 @ w + b)))
            speed = half * speed + rate * ((x.T @ p - x1.T @ p1) / np.float32(BATCH) - np.float32(1e-3) * np.sign(w))
            w += speed
            a += rate * (x - x1).mean(0)
            b += rate * (p - p1).mean(0)


def stack(epochs: int, run: int) -> tuple[int, Any]:
    return epochs, bits(10_000, run)


def stack_ours(prepared: tuple[int, Any]) -> None:
    from approx.fit import fit_dbn

    epochs, data = prepared
    fit_dbn(data, SIZES, recipe="compact", rng=0, epochs=epochs, threads=2)


def stack_products(prepared: tuple[int, Any]) -> None:
    from approx.tiles import TileThreads
    from exactrg.blas import one_blas_thread

    epochs, data = prepared
    with one_blas_thread(), TileThreads(2) as pool, TileThreads(1) as alone:
        for n_visible, n_hidden in pairwise(SIZES):
            parts = 2 if n_visible == N_VISIBLE else 1
            for _ in range(epochs * (len(data) // BATCH)):
                five_products(pool if parts == 2 else alone, parts, n_visible, n_hidden)


def no_answer(_: Any) -> str:
    """Training has no answer that all contenders share."""
    return ""


def contender(name: str, run: Callable[[Any], Any], *needs: str) -> Contender:
    return Contender(name, run, needs, no_answer)


TASKS = [
    Task(
        "epoch",
        "One CD-1 epoch, n samples x 1600 x 400, mini-batches of 100",
        (2_000, 40_000),
        [
            contender("approx", ours(1), "approx"),
            contender("five products", products(1), "approx"),
            contender("approx, 2 threads", ours(2), "approx"),
            contender("five products, 2 threads", products(2), "approx"),
            contender("scikit-learn", scikit_learn, "sklearn", "approx"),
            contender("plain numpy", plain_numpy, "approx"),
        ],
        bits,
    ),
    Task(
        "stack",
        "1600-400-100-25 by `compact`, 10,000 samples, n epochs a layer, two threads",
        (1, 10),
        [contender("approx", stack_ours, "approx"), contender("products alone", stack_products, "approx")],
        stack,
    ),
]

if __name__ == "__main__":
    sys.exit(main(TASKS, __file__))
