"""Training of the network of Fig. 3: contrastive divergence against its own matrix products and against peers.

    taskset -c 0,1 python benchmarks/network.py --only epoch                                    # minutes
    taskset -c 0 python benchmarks/network.py --only epoch --cpu        # where others use the machine too: one thread alone
    taskset -c 0,1 python benchmarks/network.py --only compact --sizes 5 --limit 200            # scaled down
    taskset -c 0,1 python benchmarks/network.py --only compact --sizes 50 --runs 1 --limit 900  # the whole figure
    taskset -c 0,1 python benchmarks/network.py --only paper --sizes 200 --runs 1 --limit 900

The sizes of `compact` and `paper` are epochs a layer. All contenders have their data in memory, in the type that they
want, and one thread; those that say so use two. They take turns, run by run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from common import Contender, Task, main

N_VISIBLE, N_HIDDEN, BATCH = 1600, 400, 100
SIZES, N_SAMPLES = (1600, 400, 100, 25), 40_000


def bits(n_samples: int, run: int) -> tuple[Any, Any]:
    """Random 0/1 data as uint8 and as float32: no contender's time depends on what they are."""
    data = np.random.default_rng(run).integers(0, 2, (n_samples, N_VISIBLE), dtype=np.uint8)
    return data, data.astype(np.float32)


def products(threads: int) -> Callable[[Any], None]:
    """The five products of CD-1, and nothing else; on two threads, each in two halves."""

    def run(prepared: tuple[Any, Any]) -> None:
        from approx.tiles import TileThreads
        from exactrg.blas import one_blas_thread

        with one_blas_thread(), TileThreads(threads) as pool:
            for _ in range(len(prepared[0]) // BATCH):
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

    def run(prepared: tuple[Any, Any]) -> None:
        from approx.contrastive_divergence import ContrastiveDivergence
        from approx.recipes import RECIPES
        from approx.tiles import TileThreads
        from exactrg.blas import one_blas_thread

        recipe, seed = RECIPES["compact"], np.random.SeedSequence(0)
        with one_blas_thread(), TileThreads(threads) as pool:
            ContrastiveDivergence(prepared[0], N_HIDDEN, recipe, seed, pool).run_epoch()

    return run


def scikit_learn(prepared: tuple[Any, Any]) -> None:
    """Persistent CD, with neither L1 nor momentum."""
    from sklearn.neural_network import BernoulliRBM

    from exactrg.blas import one_blas_thread

    with one_blas_thread():
        BernoulliRBM(N_HIDDEN, batch_size=BATCH, n_iter=1, random_state=0).fit(prepared[1])


def rbms(prepared: tuple[Any, Any]) -> None:
    """CD-1 with L1, by its own loop, which also writes each learning rate to a file."""
    import torch
    from rbms.dataset.dataset_class import RBMDataset
    from rbms.training.pcd import train

    torch.set_num_threads(1)
    data = prepared[1]
    n = len(data)
    dataset = RBMDataset(data, np.zeros(n), np.ones(n, np.float32), np.zeros(n), "bits", is_binary=True, device="cpu")
    with TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        options = {
            "filename": str(Path(folder, "rbm.h5")), "overwrite": True, "restore": False, "log": False, "seed": 0,
            "num_hiddens": N_HIDDEN, "batch_size": BATCH, "num_chains": BATCH, "gibbs_steps": 1, "training_type": "cd",
            "learning_rate": 0.1, "num_updates": 1 + n // BATCH, "beta": 1.0, "no_center": True, "L1": 1e-3, "L2": 0.0,
            "device": "cpu", "dtype": torch.float32, "train_size": 1.0, "test_size": None,
        }  # fmt: skip
        train(dataset, dataset, "BBRBM", options, torch.float32, np.array([], int))


def rbms_updates(prepared: tuple[Any, Any]) -> None:
    """The updates of `rbms` alone, with persistent chains as by its default: a product less, and no file."""
    import torch
    from rbms.bernoulli_bernoulli.classes import BBRBM
    from rbms.training.pcd import fit_batch_pcd

    torch.set_num_threads(1)
    data = torch.from_numpy(prepared[1])
    weights = torch.ones(BATCH)
    shapes = ((N_VISIBLE, N_HIDDEN), (N_VISIBLE,), (N_HIDDEN,))
    machine = BBRBM(0.01 * torch.randn(shapes[0]), torch.zeros(shapes[1]), torch.zeros(shapes[2]))
    machine.init_grad()
    optimizer = torch.optim.SGD(machine.parameters(), lr=0.1, maximize=True)
    chains = machine.init_chains(BATCH)
    with torch.no_grad():
        order = torch.randperm(len(data))
        for start in range(0, len(data), BATCH):
            batch = data[order[start : start + BATCH]], weights
            chains, _ = fit_batch_pcd(batch, chains, machine, 1, 1.0, centered=False, lambda_l1=1e-3)
            optimizer.step()


def plain_numpy(prepared: tuple[Any, Any]) -> None:
    """CD-1 with L1 and momentum, as a few lines of numpy."""
    from exactrg.blas import one_blas_thread

    rng, data = np.random.default_rng(0), prepared[1]
    w = rng.standard_normal((N_VISIBLE, N_HIDDEN), dtype=np.float32) * np.float32(0.01)
    a, b, speed = np.zeros(N_VISIBLE, np.float32), np.zeros(N_HIDDEN, np.float32), np.zeros_like(w)
    half, rate = np.float32(0.5), np.float32(0.1)
    order = rng.permutation(len(data))
    with one_blas_thread():
        for start in range(0, len(data), BATCH):
            x = data[order[start : start + BATCH]]
            p = 1 / (1 + np.exp(-(x @ w + b)))
            h = (rng.random(p.shape, dtype=np.float32) < p).astype(np.float32)
            x1 = 1 / (1 + np.exp(-(h @ w.T + a)))
            p1 = 1 / (1 + np.exp(-(x1 @ w + b)))
            speed = half * speed + rate * ((x.T @ p - x1.T @ p1) / np.float32(BATCH) - np.float32(1e-3) * np.sign(w))
            w += speed
            a += rate * (x - x1).mean(0)
            b += rate * (p - p1).mean(0)


def figure(recipe: str) -> Callable[[tuple[int, int]], None]:
    """All of Fig. 3 on two threads: 40,000 samples of the 40x40 lattice at J = 0.408, then layer by layer."""

    def run(prepared: tuple[int, int]) -> None:
        from approx import fit_dbn, sample
        from exactrg import ising, square

        epochs, seed = prepared
        data = sample(ising(square(40), 0.408), N_SAMPLES, rng=seed)
        fit_dbn(data, SIZES, recipe=recipe, rng=seed, epochs=epochs, threads=2)

    return run


def figure_products(prepared: tuple[int, int]) -> None:
    """The products of the training alone; those of the small layers on one thread, where they are faster."""
    from approx.tiles import TileThreads
    from exactrg.blas import one_blas_thread

    epochs, _ = prepared
    with one_blas_thread(), TileThreads(2) as pool, TileThreads(1) as alone:
        for n_visible, n_hidden in pairwise(SIZES):
            parts = 2 if n_visible == N_VISIBLE else 1
            for _ in range(epochs * (N_SAMPLES // BATCH)):
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
            contender("approx", ours(1), "exactrg"),
            contender("five products", products(1), "exactrg"),
            contender("approx, 2 threads", ours(2), "exactrg"),
            contender("five products, 2 threads", products(2), "exactrg"),
            contender("scikit-learn", scikit_learn, "sklearn", "exactrg"),
            contender("rbms", rbms, "rbms"),
            contender("rbms, updates alone", rbms_updates, "rbms"),
            contender("plain numpy", plain_numpy, "exactrg"),
        ],
        bits,
        interleaved=True,
    ),
    *(
        Task(
            recipe,
            f"1600-400-100-25 by `{recipe}`, 40,000 samples made and learned, n epochs a layer, two threads",
            (1,),
            [contender("approx", figure(recipe), "exactrg"), contender("products alone", figure_products, "exactrg")],
            interleaved=True,
        )
        for recipe in ("compact", "paper")
    ),
]

if __name__ == "__main__":
    sys.exit(main(TASKS, __file__))
