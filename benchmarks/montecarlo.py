"""Monte Carlo on the square lattice against its peers: updates a second, and seconds for independent configurations.

    python benchmarks/montecarlo.py                 # all tasks; peers: pip install "mcising>=1.1,<1.2" "peapods>=0.2,<0.3"
    python benchmarks/montecarlo.py --only updates

One independent configuration costs 2 tau_max steps, tau_max the larger integrated autocorrelation time of the energy and of
the absolute magnetisation, which every contender measures on its own series before it is timed. All run on one core
except where two are named. peapods gives no series; its tau is that of the textbook loop, the same Markov chain.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from common import Contender, Task, main
from montecarlo_peers import Checkerboard, McIsing, Peapods, Textbook, timed

K = 0.408
K_C = math.log(1 + math.sqrt(2)) / 2
WANTED = 20_000
LATTICES = 1024


def tau_max(energies: np.ndarray, magnetizations: np.ndarray) -> float:
    """The larger tau of the energy and of the absolute magnetisation; chains first."""
    from approx.autocorrelation import autocorrelation_time

    return max(autocorrelation_time(np.atleast_2d(x)).tau for x in (energies, np.abs(magnetizations)))


class BitParallel:
    """approx: 1,024 lattices a block."""

    def __init__(self, size: int, K: float, threads: int = 1) -> None:
        from approx import multispin
        from approx.streams import word_streams

        self.multispin, self.size, self.K, self.threads = multispin, size, K, threads
        self.streams = word_streams(1, threads)
        self.states = multispin.hot_start(self.streams, size, size)
        self.sweep(400)

    def sweep(self, n: int) -> None:
        self.multispin.run(self.states, self.K, 0.0, n, self.streams, threads=self.threads)

    def seconds_per_update(self) -> float:
        return timed(lambda: self.sweep(50)) / (50 * self.size**2 * LATTICES * self.threads)

    def tau(self) -> float:
        series = []
        for _ in range(1500):
            self.sweep(1)
            series.append((self.multispin.energies(self.states)[::8], self.multispin.magnetizations(self.states)[::8]))
        energies, magnetizations = np.array(series).transpose(1, 2, 0)
        return tau_max(energies, magnetizations)

    def seconds_per_configuration(self, thin: int) -> float:
        """With the work of storing one bit a spin."""
        from approx.samplers import BitParallel as Sampler
        from approx.samplers import Rectangle

        sampler = Sampler(Rectangle(self.size, self.size, True, self.K, 0.0), "metropolis")
        return timed(lambda: sampler.run((self.states, self.streams), 20, thin)) / (20 * LATTICES)


class Clusters:
    """approx: Wolff or Swendsen-Wang on the graph of the lattice."""

    def __init__(self, size: int, K: float, method: str) -> None:
        from approx import clusters
        from approx.graph_samplers import Chains

        sites = np.arange(size**2)
        right, down = sites - sites % size + (sites + 1) % size, (sites + size) % size**2
        bonds = np.concatenate([np.stack([sites, right], 1), np.stack([sites, down], 1)])
        graph = clusters.Ferromagnet.from_bonds(size**2, bonds, K)
        self.update = partial(getattr(clusters, method), graph, keep_configs=False, n_threads=1)
        self.chains = self.update(Chains.start(np.ones((1, size**2)), 1), 500).chains

    def series(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        run = self.update(self.chains, n)
        self.chains = run.chains
        return run.log_weights, run.magnetizations

    def steps(self, n: int) -> None:
        self.chains = self.update(self.chains, 1, thin=n).chains

    def seconds_per_step(self) -> float:
        return timed(lambda: self.steps(100)) / 100


def updates(make: Callable[[int, float], Any], given: tuple[int, int]) -> float:
    """Seconds for 10^9 spin updates."""
    size, _ = given
    contender = make(size, K)
    if isinstance(contender, BitParallel):
        return 1e9 * contender.seconds_per_update()
    return 1e9 * contender.seconds_per_step() / size**2


_MEASURED: dict[str, tuple[Any, float]] = {}


def with_tau(name: str, make: Callable[[int], Any], steps: int, score: Callable[[Any, float], float]) -> Contender:
    """A contender that measures its tau once a process, in the warm-up."""

    def run(given: tuple[int, int]) -> float:
        if name not in _MEASURED:
            built = make(given[0])
            tau = built.tau() if isinstance(built, BitParallel) else tau_max(*built.series(steps))
            print(f"  {name}: tau_max = {tau:.3g} steps", file=sys.stderr, flush=True)
            _MEASURED[name] = built, tau
        return score(*_MEASURED[name])

    return Contender(name, run, ("numba", "mcising" if "mcising" in name else "numpy"))


def independent(contender: Any, tau: float) -> float:
    """Seconds for 20,000 configurations 2 tau_max steps apart, stored where the contender can store them."""
    thin = max(1, math.ceil(2 * tau))
    if hasattr(contender, "seconds_per_configuration"):
        return float(WANTED * contender.seconds_per_configuration(thin))
    return float(WANTED * thin * contender.seconds_per_step())


def per_tau(contender: Any, tau: float) -> float:
    """Seconds for 1,000 independent configurations."""
    return float(1000 * 2 * tau * contender.seconds_per_step())


def perfect(given: tuple[int, int]) -> float:
    """Seconds for 20,000 exact draws on two cores, from 4,096 of them."""
    from approx.perfect import perfect_states

    size, run = given
    start = time.perf_counter()
    perfect_states(4, size, size, K, 0.0, run, threads=2)
    return (time.perf_counter() - start) * WANTED / (4 * LATTICES)


def at_criticality(method: str, size: int) -> Task:
    makers = {"approx": Clusters, "mcising": McIsing}
    return Task(
        f"{method}-{size}",
        f"Seconds for 1,000 independent configurations, {method} at K_c",
        (size,),
        tuple(
            with_tau(f"{name} {method}", partial(make, K=K_C, method=method), 10_000, per_tau)
            for name, make in makers.items()
        ),
        reports_seconds=True,
    )


class PeapodsWithTau(Peapods):
    """Peapods and the tau of the textbook loop."""

    def series(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        return Textbook(self.model.lattice_shape[0], K).series(n)


TASKS = [
    Task(
        "updates",
        "Seconds for 10^9 spin updates, Metropolis, K = 0.408",
        (40, 64),
        (
            Contender("approx", partial(updates, BitParallel), ("numba",)),
            Contender("approx, 2 cores", partial(updates, partial(BitParallel, threads=2)), ("numba",)),
            Contender("mcising", partial(updates, partial(McIsing, method="metropolis")), ("mcising",)),
            Contender("peapods", partial(updates, Peapods), ("peapods",)),
            Contender("textbook loop, numba", partial(updates, Textbook), ("numba",)),
            Contender("checkerboard, numpy", partial(updates, Checkerboard), ("numpy",)),
        ),
        reports_seconds=True,
    ),
    Task(
        "independent",
        "Seconds for 20,000 configurations independent in energy and magnetisation, K = 0.408",
        (40,),
        (
            with_tau("approx metropolis", lambda L: BitParallel(L, K), 0, independent),
            with_tau("mcising metropolis", lambda L: McIsing(L, K, "metropolis"), 40_000, independent),
            with_tau("mcising wolff", lambda L: McIsing(L, K, "wolff"), 40_000, independent),
            with_tau("mcising swendsen_wang", lambda L: McIsing(L, K, "swendsen_wang"), 40_000, independent),
            with_tau("peapods metropolis", lambda L: PeapodsWithTau(L, K), 40_000, independent),
            with_tau("textbook loop, numba", lambda L: Textbook(L, K), 40_000, independent),
            with_tau("checkerboard, numpy", lambda L: Checkerboard(L, K), 20_000, independent),
        ),
        reports_seconds=True,
    ),
    *[at_criticality(method, size) for method in ("wolff", "swendsen_wang") for size in (64, 256)],
    Task(
        "perfect",
        "Seconds for 20,000 perfect configurations on two cores, K = 0.408",
        (40,),
        (Contender("approx", perfect, ("numba",)),),
        reports_seconds=True,
    ),
]

if __name__ == "__main__":
    sys.exit(main(TASKS, __file__))
