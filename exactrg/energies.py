"""The exact distribution of the energy, from the density of states: what samples are held against at any size."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from .errors import InputError
from .thermodynamics import density_of_states

Floats = npt.NDArray[np.float64]


def energy_distribution(graph: nx.Graph, J: float) -> tuple[Floats, Floats]:
    """Energies of the Ising model with one coupling, and the probability of each: g(k) e^{-E} / Z (Eqs. 1, 23, 25).

    Parameters
    ----------
    graph : networkx graph
        With k of its bonds unsatisfied, E = -J (n_edges - 2 k).
    J : float
        Coupling over kT, not zero.

    Returns
    -------
    levels, probabilities : ndarray
        Energies in kT, rising, and their probabilities, those with g(k) > 0 only.

    Raises
    ------
    InputError
        If J is no finite number, or zero.
    EnumerationTooLarge
        If no engine counts the states of the graph.

    Examples
    --------
    >>> import exactrg
    >>> levels, probabilities = exactrg.energy_distribution(exactrg.square(40), 0.408)
    >>> round(float(levels @ probabilities) / 1600, 6)
    -0.469939
    """
    try:
        coupling = float(J)
    except (TypeError, ValueError):
        coupling = math.nan
    if not math.isfinite(coupling) or coupling == 0.0:
        raise InputError(f"J is {J!r}: expected one finite number other than zero")
    counts: list[Any] = density_of_states(graph)
    unsatisfied = np.array([k for k, g in enumerate(counts) if g])
    levels = -coupling * (len(counts) - 1 - 2.0 * unsatisfied)
    log_p = np.array([math.log(counts[k]) for k in unsatisfied]) - levels
    p = np.exp(log_p - log_p.max())
    order = np.argsort(levels)
    return levels[order], (p / p.sum())[order]
