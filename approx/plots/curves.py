"""Curves of networks: training, sizes of blocks (Fig. 3D), what reconstructions keep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from exactrg.errors import InputError
from exactrg.plots import COLOURS, axes_or_new

from .style import LINES, MARKERS, put_ticks

_SIZES = (0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16)
_WAYS = {
    "means": "mean spins passed down",
    "spins": "spins $\\pm 1$ passed down",
    "drawn": "every layer drawn",
    "majority": "Kadanoff's blocks, majority rule",
}


def plot_training(histories: Sequence[Sequence[float]], ax: Any = None) -> Any:
    """Draw the mean square reconstruction error of each RBM against the epoch.

    Parameters
    ----------
    histories : sequence of sequences of float
        One for each layer, an error for each epoch: ``measures["training"]``.
    ax : matplotlib axes, optional
    """
    ax = axes_or_new(ax, (4.5, 3))
    for k, history in enumerate(histories):
        ax.plot(range(1, len(history) + 1), history, LINES[k % 4], color=COLOURS[k % 4], label=f"layer {k + 1}")
    ax.set(xlabel="epoch", ylabel="reconstruction error", ylim=(0, None))
    ax.legend(frameon=False, fontsize="small")
    return ax


def plot_compression(curve: Sequence[Mapping[str, Any]], ax: Any = None, *, quantity: str = "magnetization") -> Any:
    """Draw what reconstructions from each layer keep of the samples, against the compression.

    Parameters
    ----------
    curve : sequence of mapping
        ``measures["reconstructions"]``, see `approx.figure3_measures.compression_curve`.
    ax : matplotlib axes, optional
    quantity : {"magnetization", "energy", "agreement"}

    Raises
    ------
    InputError
        For another quantity.
    """
    labels = {
        "magnetization": "correlation of magnetisations",
        "energy": "correlation of energies",
        "agreement": r"mean of $v_i v'_i$",
    }
    if quantity not in labels:
        raise InputError(f"unknown quantity {quantity!r}: expected one of {', '.join(labels)}")
    ax = axes_or_new(ax, (4.5, 3.4))
    for k, (way, label) in enumerate(_WAYS.items()):
        points = [(row["compression"], row[way][quantity]) for row in curve if row[way] is not None]
        points = [(x, y) for x, y in points if y is not None]
        if points:
            ax.plot(*zip(*points, strict=True), LINES[k] + MARKERS[k], color=COLOURS[k], label=label, fillstyle="none")
    ax.set_xscale("log")
    put_ticks(ax.xaxis, [row["compression"] for row in curve])
    ax.set(xlabel="compression, spins over units", ylabel=labels[quantity], ylim=(None, 1.0))
    ax.legend(frameon=False, fontsize="small")
    return ax


def plot_radii(layers: Sequence[Sequence[float | None]], ax: Any = None) -> Any:
    """Draw the radius of gyration of every unit, layer by layer (Fig. 3D), and the doubling of Kadanoff's 2 x 2 blocks.

    Parameters
    ----------
    layers : sequence of sequences of float
        Radii of gyration in lattice spacings; None (a field that vanishes) is left out.
    ax : matplotlib axes, optional
    """
    ax = axes_or_new(ax, (4.5, 3.4))
    medians = []
    for k, layer in enumerate(layers):
        radii = np.sort([value for value in layer if value is not None])
        spread = (np.arange(len(radii)) + 0.5) / max(len(radii), 1) * 0.6 - 0.3
        ax.plot(k + 1 + spread, radii, MARKERS[k % 4], color=COLOURS[k % 4], markersize=2.5, fillstyle="none")
        medians.append(float(np.median(radii)) if len(radii) else math.nan)
    steps = range(1, len(medians) + 1)
    ax.hlines(medians, [k - 0.36 for k in steps], [k + 0.36 for k in steps], "black", linewidth=1, label="median")
    doubled = [medians[-1] / 2**k for k in reversed(range(len(medians)))]
    ax.plot(steps, doubled, "k:", linewidth=1, label="half the layer above")
    named = zip(steps, layers, medians, strict=True)
    ax.set_xticks(list(steps), [f"{k}\n{len(layer)} units\nmedian {median:.2f}" for k, layer, median in named])
    ax.set_yscale("log")
    put_ticks(ax.yaxis, _SIZES)
    finite = [value for layer in layers for value in layer if value is not None] + doubled
    ax.set_ylim(0.9 * min(finite), 1.1 * max(finite))
    ax.set(xlabel="layer, its units sorted by size", ylabel="radius (lattice spacings)")
    ax.legend(frameon=False, fontsize="small")
    return ax
