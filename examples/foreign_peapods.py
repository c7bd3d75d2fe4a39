"""peapods' samplers against the exact torus: pip install peapods; python examples/foreign_peapods.py

Couplings +1 are ferromagnetic; temperatures in units of J, K = 1 / T; "energies" are +sum s s / N, the negative of H.
"""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
from lattice_checks import ENERGY_PER_SITE, REDUCIBLE, WEIGHTS, K, L, N, different, same
from peapods import Ising
from verdicts import Verdicts

from exactrg.testing import assert_means, assert_samples_from

COPIES = 10_000
WAYS = {
    "Gibbs": {"sweep_mode": "gibbs"},
    "Metropolis with Swendsen-Wang": {"cluster_update_interval": 1, "cluster_mode": "sw"},
    "Metropolis with Wolff": {"cluster_update_interval": 1, "cluster_mode": "wolff"},
}


def model(copies: int = 1) -> Ising:
    """Many copies at one temperature: the only way to independent chains, as there is no seed."""
    return Ising((L, L), temperatures=np.full(copies, 1 / K))


def spins(**options: object) -> np.ndarray:
    ising = model(COPIES)
    ising.sample(100, sequential=True, **options)
    return ising._sim.get_spins().reshape(COPIES, N)


def main() -> Verdicts:
    table = Verdicts("peapods", version("peapods"), "J = +1 is ferromagnetic, energies are +sum s s / N, no seed")
    for name, options in WAYS.items():
        table.check(
            f"{name}, 100 sweeps from random starts",
            lambda options=options: assert_samples_from(spins(**options), WEIGHTS),
        )
    table.check(
        "Metropolis alone, 100 sweeps from random starts",
        lambda: assert_samples_from(spins(), WEIGHTS),
        expected="fails",
        note=REDUCIBLE,
    )
    energies = mean_energies()
    table.check(
        "its mean energy is <H> / N",
        lambda: assert_means(energies, ENERGY_PER_SITE, bounds=(-2, 2), name="energy"),
        expected="fails",
        note="the sign is the other one: it reports +<sum s s> / N",
    )
    table.check(
        "its mean energy, sign changed, is <H> / N",
        lambda: assert_means(-energies, ENERGY_PER_SITE, bounds=(-2, 2), name="energy"),
    )
    runs = []
    for _ in range(3):
        ising = model()
        ising.sample(60, sequential=True)
        runs.append(ising._sim.get_spins().copy())
    table.check(
        "three objects are three chains",
        lambda: different(*runs),
        expected="fails",
        note="without a seed parameter, all objects run the same chain, spin by spin: averaging over them adds nothing",
    )
    ising = model()
    first = ising._sim.get_spins().copy()
    ising.reset()
    table.check("reset() starts again from the same random state", lambda: same(first, start_of(ising)))
    return table


def mean_energies() -> np.ndarray:
    ising = model(2000)
    return np.asarray(ising.sample(1000, sweep_mode="gibbs", sequential=True)["energies"], float).ravel()


def start_of(ising: Ising) -> np.ndarray:
    ising.reset()
    return ising._sim.get_spins()


if __name__ == "__main__":
    main().close()
