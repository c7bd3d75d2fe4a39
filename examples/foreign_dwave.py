"""dwave-samplers against the exact torus: pip install dwave-samplers; python examples/foreign_dwave.py

E = sum h_i s_i + sum J_ij s_i s_j with a plus sign, p = e^{-beta E}: a ferromagnet has J = -K.
"""

from __future__ import annotations

from importlib.metadata import version

import dimod
import numpy as np
from dwave.samplers import SimulatedAnnealingSampler, TreeDecompositionSampler
from lattice_checks import GRAPH, REDUCIBLE, WEIGHTS, H, K, N, same
from verdicts import Verdicts

from exactrg import ising
from exactrg.testing import assert_free_energy, assert_samples_from, assert_stationary


def model(field: float = 0.0) -> dimod.BinaryQuadraticModel:
    bqm = dimod.BinaryQuadraticModel("SPIN")
    for i in range(N):
        bqm.add_linear(i, -field)
    for i, j in GRAPH.edges():
        bqm.add_quadratic(i, j, -K)
    return bqm


def columns(samples: dimod.SampleSet) -> np.ndarray:
    """Samples with their columns in the order of the sites."""
    return samples.record.sample[:, [samples.variables.index(i) for i in range(N)]]


def anneal(starts: np.ndarray, rng: np.random.Generator, sweeps: int = 1, **options: object) -> np.ndarray:
    """Sweeps at beta = 1."""
    samples = SimulatedAnnealingSampler().sample(
        model(),
        initial_states=(starts, list(range(N))),
        num_reads=len(starts),
        beta_schedule_type="custom",
        beta_schedule=[1.0],
        num_sweeps_per_beta=sweeps,
        seed=int(rng.integers(2**31)),
        **options,
    )
    return columns(samples)


def main() -> Verdicts:
    table = Verdicts("dwave-samplers", version("dwave-samplers"), "E = +sum h s + sum J s s, p = e^{-beta E}")
    tree = TreeDecompositionSampler().sample(model(), num_reads=200_000, beta=1.0, seed=3)
    log_z = tree.info["log_partition_function"]
    table.check("tree decomposition: log Z", lambda: assert_free_energy(log_z, H, quantity="log_partition_function"))
    table.check(
        "the same, if E had a minus sign",
        lambda: assert_free_energy(
            TreeDecompositionSampler().sample(model(0.2)).info["log_partition_function"],
            ising(GRAPH, -K, h=0.2),
            quantity="log_partition_function",
        ),
        expected="fails",
        note="J = -K here is K in H = -K sum s s",
    )
    table.check("tree decomposition: samples", lambda: assert_samples_from(columns(tree), WEIGHTS))
    for name, options in {
        "Metropolis": {},
        "Metropolis in random order": {"randomize_order": True},
        "Gibbs": {"proposal_acceptance_criteria": "Gibbs"},
    }.items():
        table.check(
            f"simulated annealing at constant temperature, one sweep, {name}: stationary",
            lambda options=options: assert_stationary(lambda v, rng: anneal(v, rng, **options), WEIGHTS, rng=4),
        )
    rng = np.random.default_rng(5)
    random = rng.choice(np.array([1, -1], np.int8), (20_000, N))
    table.check(
        "Gibbs, 60 sweeps from random starts",
        lambda: assert_samples_from(anneal(random, rng, 60, proposal_acceptance_criteria="Gibbs"), WEIGHTS),
    )
    table.check(
        "Metropolis, 60 sweeps from random starts",
        lambda: assert_samples_from(anneal(random, rng, 60), WEIGHTS),
        expected="fails",
        note=REDUCIBLE,
    )
    table.check(
        "simulated annealing with its default schedule, as a sampler at beta = 1",
        lambda: assert_samples_from(
            columns(SimulatedAnnealingSampler().sample(model(), num_reads=20_000, num_sweeps=50, seed=6)), WEIGHTS
        ),
        expected="fails",
        note="it cools to the ground states: an optimiser, not a sampler at one temperature",
    )
    twice = [columns(SimulatedAnnealingSampler().sample(model(), num_reads=100, seed=7)) for _ in range(2)]
    table.check("the same seed gives the same samples", lambda: same(*twice))
    return table


if __name__ == "__main__":
    main().close()
