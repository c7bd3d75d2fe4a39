"""Fig. 3 of the paper for a trained network, with the numbers that decide what is claimed of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from exactrg.plots import blank_figure, figure_bytes

from .curves import plot_compression, plot_radii, plot_training
from .exactness import plot_exactness_table
from .fields import plot_layers, plot_receptive_fields, plot_reconstructions

if TYPE_CHECKING:
    from ..figure3_runs import Network


def plot_figure3(network: Network, measures: Mapping[str, Any], held_out: npt.NDArray[np.int8]) -> Any:
    """Draw Fig. 3 of the paper for a trained network, with the numbers that decide what is claimed of it.

    Parameters
    ----------
    network : Network
        From `approx.figure3_runs.train`.
    measures : mapping
        What `approx.figure3_measures.measure` said of it.
    held_out : ndarray of +-1, shape (n_samples, n_sites)
        Samples that the network has not seen, ``experiment.held_out()``. Five at fixed ranks of the magnetisation are
        drawn.

    Returns
    -------
    matplotlib Figure
        A notebook shows it; else write it with ``.savefig(path)``.
    """
    from ..reconstruction import reconstruct

    experiment = network.experiment
    shape = (experiment.L, experiment.L)
    fields = network.fields_on_the_lattice()
    back = np.argsort(experiment.order())
    samples = _representative(held_out)
    rows = {
        "from means": reconstruct(network.dbn, samples),
        "from spins": reconstruct(network.dbn, samples, binary=True),
    }
    sizes = experiment.sizes
    figure = blank_figure((12, 13.6))
    above, between, below, table = figure.subfigures(4, 1, height_ratios=(1.0, 0.95, 0.85, 0.4))
    axes = dict(zip(("A", "B", "C"), above.subplots(1, 3, width_ratios=(1.1, 1, 1)), strict=True))
    axes |= zip(("first", "D", "E"), between.subplots(1, 3, width_ratios=(3, 3, 4)), strict=True)
    shown = min(sizes[1], 36)
    plot_layers(sizes, shape, axes["A"], spins=samples[len(samples) // 2, back])
    plot_receptive_fields(fields[-1], shape, axes["B"])
    plot_receptive_fields(fields[1], shape, axes["C"])
    plot_receptive_fields(fields[0][:, :shown], shape, axes["first"])
    plot_radii([layer["radius"] for layer in measures["layers"]], axes["D"])
    plot_reconstructions(samples[:, back], {name: row[:, back] for name, row in rows.items()}, shape, axes["E"])
    axes["A"].set_title("A  layers over the lattice", loc="left")
    axes["B"].set_title(f"B  top layer, {sizes[3]} units", loc="left")
    axes["C"].set_title(f"C  middle layer, {sizes[2]} units", loc="left")
    axes["first"].set_title(f"first layer, {shown} of {sizes[1]} units", loc="left")
    axes["D"].set_title("D  size of the blocks", loc="left")
    axes["E"].set_title(f"E  samples and what {sizes[3]} units keep", loc="left")
    *kept, training = below.subplots(1, 3)
    for ax, quantity in zip(kept, ("magnetization", "energy"), strict=True):
        plot_compression(measures["reconstructions"], ax, quantity=quantity)
    kept[1].get_legend().remove()  # it is the same as its neighbour's, and would lie on the curves
    plot_training(measures["training"], training)
    ax = plot_exactness_table(measures["exactness"], table.subplots())
    ax.set_title("Is it an exact RG?", loc="left")
    figure.suptitle(_title(network))
    return figure


def figure3_files(network: Network, measures: Mapping[str, Any], held_out: npt.NDArray[np.int8]) -> dict[str, bytes]:
    """Return `plot_figure3` as files by their names: figure3.png and figure3.svg."""
    return figure_bytes(plot_figure3(network, measures, held_out), "figure3", dpi=110)


def _representative(samples: npt.NDArray[np.int8], n: int = 5) -> npt.NDArray[np.int8]:
    """Samples at the 10th, 30th, ... percentile of the magnetisation: chosen by a rule, not by eye."""
    ranks = np.argsort(samples.sum(axis=1), kind="stable")
    return samples[ranks[[len(ranks) * (2 * k + 1) // (2 * n) for k in range(n)]]]


def _title(network: Network) -> str:
    from ..figure3_runs import CONTROLS

    e = network.experiment
    parts = [f"recipe {e.recipe}, seed {e.seed}: {'-'.join(map(str, e.sizes))}, K = {e.coupling:g}"]
    if e.control:
        parts.append(f"control: {CONTROLS[e.control]}")
    if e.quick:
        parts.append(f"QUICK LOOK on {e.L} x {e.L} spins, not the paper's network")
    return "; ".join(parts)
