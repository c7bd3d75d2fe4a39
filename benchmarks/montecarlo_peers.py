"""The peers of benchmarks/montecarlo.py: one lattice each, updated sweep by sweep or cluster by cluster."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

MOMENT = 1.5  # seconds of each timing: clusters differ in size, and neighbours come and go


def timed(run: Callable[[], object], least: float = MOMENT) -> float:
    """Seconds of one call, from as many as fill a moment."""
    calls, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < least:
        run()
        calls += 1
    return elapsed / calls


class McIsing:
    """mcising: one lattice, Rust."""

    def __init__(self, size: int, K: float, method: str) -> None:
        import mcising

        self.temperature = 1 / K
        self.simulation = mcising.IsingSimulation(size, 1.0, 0.0, 0.0, 0.0, 1, method)
        self.simulation.set_spins(np.ones((size, size), np.int8))
        self.simulation.sweep(1000, temperature=self.temperature)

    def produce(self, n: int, interval: int, store: bool) -> dict[str, np.ndarray]:
        return self.simulation.production_sweeps(n, interval, temperature=self.temperature, store_configs=store)

    def series(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        found = self.produce(n, 1, False)
        return np.array(found["energies"]), np.array(found["magnetizations"])

    def seconds_per_step(self) -> float:
        return timed(lambda: self.simulation.sweep(100, temperature=self.temperature)) / 100

    def seconds_per_configuration(self, thin: int) -> float:
        return timed(lambda: self.produce(200, thin, True)) / 200


class Recorded:
    """One lattice in an array ``spins``, which `sweep` updates."""

    def series(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        found, s = np.empty((2, n)), self.spins
        for k in range(n):
            self.sweep()
            found[:, k] = (s * (np.roll(s, 1, 0) + np.roll(s, 1, 1))).sum(), s.sum()
        return found[0], found[1]


class Textbook(Recorded):
    """The loop that everybody writes, compiled by numba: one lattice, site after site."""

    def __init__(self, size: int, K: float) -> None:
        import numba

        @numba.njit
        def sweep(s, K):
            L = s.shape[0]
            for i in range(L):
                for j in range(L):
                    field = s[(i + 1) % L, j] + s[i - 1, j] + s[i, (j + 1) % L] + s[i, j - 1]
                    cost = 2 * K * s[i, j] * field
                    if cost <= 0 or np.random.random() < math.exp(-cost):  # noqa: NPY002
                        s[i, j] = -s[i, j]

        @numba.njit
        def many(s, K, n):
            for _ in range(n):
                sweep(s, K)

        self.spins = np.ones((size, size), np.int64)
        self.sweep, self.many = lambda: sweep(self.spins, K), lambda: many(self.spins, K, 100)
        self.many()

    def seconds_per_step(self) -> float:
        return timed(self.many) / 100


class Checkerboard(Recorded):
    """The same in numpy, half of the lattice at a time."""

    def __init__(self, size: int, K: float) -> None:
        rows, columns = np.indices((size, size))
        self.colours = [(rows + columns) % 2 == colour for colour in (0, 1)]
        self.chance = np.exp(-2 * K * np.arange(5))
        self.rng, self.spins = np.random.default_rng(1), np.ones((size, size), np.int8)
        self.series(500)

    def sweep(self) -> None:
        s = self.spins
        for colour in self.colours:
            cost = s * (np.roll(s, 1, 0) + np.roll(s, -1, 0) + np.roll(s, 1, 1) + np.roll(s, -1, 1))
            flip = colour & (self.rng.random(s.shape) < self.chance[np.maximum(cost, 0)])
            s[flip] = -s[flip]

    def seconds_per_step(self) -> float:
        return timed(self.sweep)


class Peapods:
    """peapods: Rust, one replica."""

    def __init__(self, size: int, K: float) -> None:
        import peapods

        self.model = peapods.Ising((size, size), temperatures=np.array([1 / K]))

    def seconds_per_step(self) -> float:
        return timed(lambda: self.model.sample(2000, sequential=True)) / 2000
