"""How far a network of Fig. 3 is from an exact RG step, with a budget that fits beside its training."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.dbn import DBN

from .errors import UnreliableEstimateError
from .exactness import LayerGain, exactness, exactness_of_stack
from .exactness_numbers import numbers
from .figure3_runs import Network
from .streams import child

CHAINS, SWEEPS, TEMPERATURES = 128, 1000, 2048
"""About a minute at the paper's size; `python -m approx.exactness` spends more."""


def measure_exactness(network: Network, held_out: npt.NDArray[np.int8], threads: int | None = None) -> dict[str, Any]:
    """Measure Eqs. 8, 9 and 16 for the first RBM, and what each layer adds.

    Parameters
    ----------
    network : Network
    held_out : ndarray of +-1, shape (n_samples, n_sites)
        Samples that the network was not trained on, in the order of its pixels.
    threads : int, optional
        No bit depends on it.

    Returns
    -------
    dict of JSON values
        See `approx.exactness_numbers.numbers`; where annealing to a layer above the first cannot be trusted, ``layers``
        is empty and ``refused`` says why.
    """
    experiment = network.experiment
    first, *others = network.dbn.rbms
    first = first.relabel(dict(zip(first.visible, experiment.order().tolist(), strict=True)))
    seed = experiment.exactness_seed()
    found = exactness(
        first, experiment.hamiltonian, held_out,
        rng=seed, n=CHAINS, sweeps=SWEEPS, max_steps=TEMPERATURES, threads=threads,
    )  # fmt: skip
    gains: tuple[LayerGain, ...] = ()
    refused = ""
    try:
        stack = DBN([first, *others])
        gains = exactness_of_stack(stack, found, held_out, rng=child(seed, 1), n=CHAINS, threads=threads)
    except UnreliableEstimateError as error:
        refused = str(error)
    return numbers(found, gains) | {"refused": refused}
