"""Wrong Metropolis kernels on the 3x3 torus, caught at one false alarm in a million: python examples/metropolis_faults.py

Prints the drift of log p in standard deviations, and the seconds that `assert_stationary` takes.
"""

from __future__ import annotations

import time

import numpy as np
from lattice_checks import GRAPH, WEIGHTS, K, N

from exactrg.testing import FailedAssertion, assert_stationary

NEIGHBOURS = [[j for bond in GRAPH.edges() if i in bond for j in bond if j != i] for i in range(N)]


def metropolis(scale: float = 1.0, spurious: float = 0.0):
    """One sweep of all chains at once, with Delta E scaled and a probability to accept what should be refused."""

    def kernel(configs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        for i in range(N):
            cost = 2 * K * scale * configs[:, i] * configs[:, NEIGHBOURS[i]].sum(axis=1)
            accept = np.minimum(1.0, np.exp(-cost))
            configs[rng.random(len(configs)) < accept + spurious * (1 - accept), i] *= -1
        return configs

    return kernel


def main() -> bool:
    """Whether every wrong kernel was caught and the right one was not."""
    assert_stationary(metropolis(), WEIGHTS, n=1000, rng=0)  # imports
    cases = [
        ("right", {}, 200_000),
        ("Delta E scaled by 0.97", {"scale": 0.97}, 200_000),
        ("1% spurious acceptance", {"spurious": 0.01}, 200_000),
        ("Delta E scaled by 0.99", {"scale": 0.99}, 1_000_000),
        ("0.1% spurious acceptance", {"spurious": 0.001}, 1_000_000),
    ]
    right = True
    for name, fault, n in cases:
        start = time.perf_counter()
        try:
            report, found = assert_stationary(metropolis(**fault), WEIGHTS, n=n, rng=1), "passes"
        except FailedAssertion as failure:
            report, found = failure.report, "caught"
        seconds = time.perf_counter() - start
        drift = next(s for s in report.statistics if s.name == "drift of log p")
        print(f"{name:26} {n:9} chains  {found}  {drift.value:7.1f} sigma  p = {report.p_value:8.2g}  {seconds:.2f} s")
        right &= found == ("caught" if fault else "passes")
    return right


if __name__ == "__main__":
    raise SystemExit(not main())
