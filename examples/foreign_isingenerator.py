"""isingenerator against the exact torus: pip install isingenerator; python examples/foreign_isingenerator.py

H = -J sum s s - B sum s, temperature in units of J. `get_lattice` is a view of the spins, through which they can be set.
"""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
from isingenerator import Simulation
from lattice_checks import K, row_by_row, same
from verdicts import Verdicts

from exactrg import exp, expectation, free_energy, ising, square
from exactrg.testing import assert_free_energy, assert_means, assert_stationary, configurations

SIDE = 4  # even: its checkerboard update needs two colours
H = ising(square(SIDE), K)


def run(sim: Simulation, sweeps: int, blocks: int = 1, between: int = 0) -> dict[str, float]:
    return sim.run_single_temperature(1 / K, sweeps, blocks, between, 1)


def simulation(seed: int = 5) -> Simulation:
    return Simulation(rows=SIDE, cols=SIDE, J=1.0, B=0.0, seed=seed)


def energies() -> np.ndarray:
    """What it calls the energy, of all 65,536 states."""
    sim, found = simulation(), []
    spins = sim.get_lattice()
    for row in configurations(SIDE * SIDE):
        spins[:] = row.reshape(SIDE, SIDE)
        found.append(run(sim, 0)["energy"])
    return np.array(found)


def main() -> Verdicts:
    table = Verdicts("isingenerator", version("isingenerator"), "H = -J sum s s - B sum s")
    found = energies()
    table.check(
        "the energies of all states give the exact free energy", lambda: assert_free_energy(free_energy(H), K * found)
    )
    table.check(
        "they are energies per spin, as documented",
        lambda: assert_free_energy(free_energy(H), K * SIDE**2 * found),
        expected="fails",
        note="they are totals; so is its magnetization",
    )
    sim = simulation()
    spins = sim.get_lattice()

    def sweep(row: np.ndarray) -> np.ndarray:
        spins[:] = row.reshape(SIDE, SIDE)
        run(sim, 1)
        return spins.copy()

    table.check(
        "one sweep leaves the Boltzmann distribution alone",
        lambda: assert_stationary(row_by_row(sweep), exp(-H).table, n=200_000, rng=1),
    )
    means = [run(simulation(seed=s), 1000, 500, 2)["energy"] / SIDE**2 for s in range(1, 301)]
    table.check(
        "mean energies of 300 runs, per site",
        lambda: assert_means(means, expectation(H, H) / K / SIDE**2, bounds=(-2, 2), name="energy"),
    )
    twice = [run(simulation(), 100, 10, 2)["energy"] for _ in range(3)]
    table.check(
        "the same seed gives the same results, on one thread",
        lambda: same(*twice),
        expected="fails",
        note="the seed repeats the first configuration, but not the sweeps",
    )
    return table


if __name__ == "__main__":
    main().close()
