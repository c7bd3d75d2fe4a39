"""Figures of trained networks: layers, receptive fields and reconstructions as in Fig. 3, training, sizes, compression.

The one module of this package that draws. Every function takes the axes to draw on (new ones if None) and returns them;
matplotlib (``pip install exactrg[plot]``) is imported at the first call. Layers and curves differ by marker and line
style as well as by colour, and the colours of fields grow monotonically in lightness, so that all can be read in grey.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError
from exactrg.plots import COLOURS, axes_or_new, blank_figure, figure_bytes, pyplot

if TYPE_CHECKING:
    from .figure3_runs import Network

Floats = npt.NDArray[np.float64]

_MARKERS, _LINES = ("o", "s", "^", "x"), ("-", "--", "-.", ":")
_SIZES = (0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16)
_WAYS = {
    "means": "mean spins passed down",
    "spins": "spins $\\pm 1$ passed down",
    "drawn": "every layer drawn",
    "majority": "Kadanoff's blocks, majority rule",
}


def plot_layers(sizes: Sequence[int], shape: tuple[int, int], ax: Any = None, *, spins: Any = None) -> Any:
    """Draw the layers of a network over its lattice (Fig. 3A), with a unit of each that is coupled to all below it.

    Every layer is spread over the whole lattice; where a unit is drawn says nothing of its receptive field.

    Parameters
    ----------
    sizes : sequence of int
        Units of each layer, visible first.
    shape : (Ly, Lx)
        Sides of the lattice.
    ax : matplotlib axes, optional
    spins : array of +-1, shape (n_sites,), optional
        Drawn on the lattice: filled is up, open is down. All are open if left out.

    Raises
    ------
    InputError
        If the shapes do not fit.
    """
    spins = -np.ones(sizes[0]) if spins is None else np.asarray(spins)
    if spins.shape != (shape[0] * shape[1],) or len(spins) != sizes[0]:
        raise InputError(
            f"{sizes[0]} visible units and spins of shape {spins.shape}: expected one for each of {shape[0]} x {shape[1]} sites"
        )
    ax = axes_or_new(ax, (4, 4))
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    planes = [_in_perspective(corners, level) for level in range(len(sizes))]
    for level, (size, plane) in enumerate(zip(sizes, planes, strict=True)):
        places = _spread(size, shape)
        x, y = _in_perspective(places, level).T
        diameter, color = min(4.5, 80 / math.sqrt(size)), COLOURS[(level - 1) % 4]
        ax.fill(*plane.T, facecolor="white", edgecolor="#999999", linewidth=0.8, zorder=3 * level)
        if level == 0:
            face = np.where(spins > 0, "black", "white")
            ax.scatter(x, y, diameter**2, c=face, edgecolors="black", linewidths=0.2, zorder=1)
        else:
            style = {"markersize": diameter, "fillstyle": "none", "markeredgewidth": 0.8, "zorder": 3 * level + 1}
            ax.plot(x, y, _MARKERS[(level - 1) % 4], color=color, **style)
            front = int(np.argmin(((places - (0.5, 0.0)) ** 2).sum(axis=1)))
            ax.plot(x[front], y[front], _MARKERS[(level - 1) % 4], color=color, **(style | {"fillstyle": "full"}))
            for left, right in zip(planes[level - 1], np.roll(planes[level - 1], -1, axis=0), strict=True):
                sides = np.array([(x[front], y[front]), left, right])
                ax.fill(*sides.T, facecolor=color, alpha=0.15, edgecolor=color, linewidth=0.5, zorder=3 * level - 1)
        name = f"{size} {'units' if level else 'spins'}"
        ax.annotate(name, plane[1:3].mean(axis=0), (14, 0), textcoords="offset points", va="center")
    ax.set(aspect="equal", xlabel="each unit is coupled to all of the layer below")
    ax.xaxis.label.set_fontsize("small")
    return _bare(ax)


def plot_receptive_fields(
    fields: Any, shape: tuple[int, int], ax: Any = None, *, columns: int | None = None, gauge: bool = True
) -> Any:
    """Draw the receptive fields of one layer side by side (Fig. 3B-C), each scaled to its own largest weight.

    Light is the sign of most of the field's weight (+), dark the other one, middle grey is zero.

    Parameters
    ----------
    fields : array, shape (n_sites, n_units)
        As `DBN.receptive_fields` returns them.
    shape : (Ly, Lx)
        Sides of the lattice.
    ax : matplotlib axes, optional
    columns : int, optional
        Fields in a row; about as many as rows if left out.
    gauge : bool
        Whether to turn each field so that its sum is positive: the sign of a hidden unit has no meaning.

    Raises
    ------
    InputError
        If the shapes do not fit.
    """
    array = np.asarray(fields, np.float64)
    if array.ndim != 2 or array.shape[0] != shape[0] * shape[1] or array.shape[1] == 0:
        raise InputError(f"fields have shape {array.shape}, expected ({shape[0] * shape[1]}, n_units)")
    largest = np.abs(array).max(axis=0)
    scaled = array / np.where(largest > 0, largest, 1.0)
    if gauge:
        scaled = scaled * np.where(scaled.sum(axis=0) < 0, -1.0, 1.0)
    ax = axes_or_new(ax, (5, 5))
    image = mosaic(scaled.T.reshape(-1, *shape), columns)
    ax.imshow(image, cmap=_cmap("cividis"), vmin=-1, vmax=1)
    ax.set_xlabel(
        "light +, dark \N{MINUS SIGN}, each to its own scale" if gauge else "light +, dark \N{MINUS SIGN}",
        fontsize="small",
    )
    return _bare(ax)


def plot_reconstructions(samples: Any, rows: Mapping[str, Any], shape: tuple[int, int], ax: Any = None) -> Any:
    """Draw samples and, below each, its reconstructions (Fig. 3E): white is +1, black -1, mean spins are grey.

    Parameters
    ----------
    samples : array, shape (n, n_sites)
    rows : mapping of str to array, shape (n, n_sites)
        Rows of reconstructions by their names.
    shape : (Ly, Lx)
        Sides of the lattice.
    ax : matplotlib axes, optional

    Raises
    ------
    InputError
        If the shapes do not fit.
    """
    stack = [np.asarray(row, np.float64) for row in (samples, *rows.values())]
    if any(row.shape != stack[0].shape for row in stack) or stack[0].shape[1:] != (shape[0] * shape[1],):
        raise InputError(
            f"samples and reconstructions have shapes {[row.shape for row in stack]}, expected one shape (n, "
            f"{shape[0] * shape[1]})"
        )
    n = len(stack[0])
    ax = axes_or_new(ax, (1.6 * n + 1, 1.6 * len(stack)))
    image = mosaic(np.concatenate(stack).reshape(-1, *shape), n, gap=2)
    ax.imshow(image, cmap=_cmap("gray"), vmin=-1, vmax=1)
    _bare(ax)
    ax.set_yticks([k * (shape[0] + 2) + shape[0] / 2 for k in range(len(stack))], ["samples", *rows])
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("white +1, black \N{MINUS SIGN}1, a mean in between is grey", fontsize="small")
    return ax


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
        ax.plot(range(1, len(history) + 1), history, _LINES[k % 4], color=COLOURS[k % 4], label=f"layer {k + 1}")
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
            ax.plot(
                *zip(*points, strict=True), _LINES[k] + _MARKERS[k], color=COLOURS[k], label=label, fillstyle="none"
            )
    ax.set_xscale("log")
    _ticks(ax.xaxis, [row["compression"] for row in curve])
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
        ax.plot(k + 1 + spread, radii, _MARKERS[k % 4], color=COLOURS[k % 4], markersize=2.5, fillstyle="none")
        medians.append(float(np.median(radii)) if len(radii) else math.nan)
    steps = range(1, len(medians) + 1)
    ax.hlines(medians, [k - 0.36 for k in steps], [k + 0.36 for k in steps], "black", linewidth=1, label="median")
    doubled = [medians[-1] / 2**k for k in reversed(range(len(medians)))]
    ax.plot(steps, doubled, "k:", linewidth=1, label="half the layer above")
    named = zip(steps, layers, medians, strict=True)
    ax.set_xticks(list(steps), [f"{k}\n{len(layer)} units\nmedian {median:.2f}" for k, layer, median in named])
    ax.set_yscale("log")
    _ticks(ax.yaxis, _SIZES)
    finite = [value for layer in layers for value in layer if value is not None] + doubled
    ax.set_ylim(0.9 * min(finite), 1.1 * max(finite))
    ax.set(xlabel="layer, its units sorted by size", ylabel="radius (lattice spacings)")
    ax.legend(frameon=False, fontsize="small")
    return ax


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
    from .reconstruction import reconstruct

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
    figure = blank_figure((12, 12))
    above, between, below = figure.subfigures(3, 1, height_ratios=(1.0, 0.95, 0.85))
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
    figure.suptitle(_title(network))
    return figure


def figure3_files(network: Network, measures: Mapping[str, Any], held_out: npt.NDArray[np.int8]) -> dict[str, bytes]:
    """Return `plot_figure3` as files by their names: figure3.png and figure3.svg."""
    return figure_bytes(plot_figure3(network, measures, held_out), "figure3", dpi=110)


def plot_exactness(results: Sequence[Mapping[str, Any]], ax: Any = None) -> Any:
    """Draw how far the first RBM is from an exact RG step, against the epoch of training, for each run.

    Error bars are standard errors, or the difference of forward and reverse annealing where that is larger.

    Parameters
    ----------
    results : sequence of mapping
        As `approx.exactness_report.numbers` makes them; stacks without an epoch are left out.
    ax : matplotlib axes, optional
    """
    ax = axes_or_new(ax, (5.2, 3.6))
    along = [r for r in results if r["epoch"] is not None]
    for k, run in enumerate(sorted({r["run"] for r in along})):
        own = sorted((r for r in along if r["run"] == run), key=lambda r: r["epoch"])
        epochs = [r["epoch"] for r in own]
        for line, key, label in ((0, "kl", r"$D_{KL}(P \| p)$"), (1, "reverse_kl", r"$D_{KL}(p \| P)$")):
            values = [r[key][0] for r in own]
            errors = [max(r[key][1], abs(r["forward_minus_reverse"][0])) for r in own]
            style = {"color": COLOURS[k], "marker": _MARKERS[k], "fillstyle": "none", "capsize": 2}
            ax.errorbar(epochs, values, errors, ls=_LINES[line], label=f"{run}: {label}", **style)
        spread = [r["log_q"]["sd"] for r in own]
        ax.plot(epochs, spread, _LINES[3] + _MARKERS[k], color=COLOURS[k], label=rf"{run}: sd of $\log q$")
    ax.set(xscale="log", yscale="log", xlabel="epoch of layer 1", ylabel="nats")
    for axis in (ax.xaxis, ax.yaxis):
        _ticks(axis, [x * 10.0**k for k in range(-3, 6) for x in (1, 2, 5)])
    if along:
        ax.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=3)
    return ax


def _spread(size: int, shape: tuple[int, int]) -> Floats:
    """Places (x, y) in the unit square for so many units in rows, row 0 at the back."""
    columns = math.ceil(math.sqrt(size * shape[1] / shape[0]))
    y, x = np.divmod(np.arange(size), columns)
    return np.stack([(x + 0.5) / columns, 1 - (y + 0.5) / math.ceil(size / columns)], axis=1)


def _in_perspective(points: npt.ArrayLike, level: int) -> Floats:
    """Places on paper of points of the unit square at a level, seen from the front and above."""
    x, depth = np.asarray(points, np.float64).T
    return np.stack([x + 0.45 * depth, 0.36 * depth + 0.6 * level], axis=1)


def mosaic(images: Floats, columns: int | None = None, *, gap: int = 1) -> Floats:
    """Put images (n, height, width) side by side, in rows, NaN between them and where the last row is not full."""
    n, height, width = images.shape
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for k, image in enumerate(images):
        y, x = (k // columns) * (height + gap), (k % columns) * (width + gap)
        sheet[y : y + height, x : x + width] = image
    return sheet


def _representative(samples: npt.NDArray[np.int8], n: int = 5) -> npt.NDArray[np.int8]:
    """Samples at the 10th, 30th, ... percentile of the magnetisation: chosen by a rule, not by eye."""
    ranks = np.argsort(samples.sum(axis=1), kind="stable")
    return samples[ranks[[len(ranks) * (2 * k + 1) // (2 * n) for k in range(n)]]]


def _title(network: Network) -> str:
    from .figure3_runs import CONTROLS

    e = network.experiment
    parts = [f"recipe {e.recipe}, seed {e.seed}: {'-'.join(map(str, e.sizes))}, K = {e.coupling:g}"]
    if e.control:
        parts.append(f"control: {CONTROLS[e.control]}")
    if e.quick:
        parts.append(f"QUICK LOOK on {e.L} x {e.L} spins, not the paper's network")
    return "; ".join(parts)


def _ticks(axis: Any, ticks: Sequence[float]) -> None:
    """Put these ticks, those of them that it reaches, on an axis, as plain numbers."""
    from matplotlib.ticker import FixedLocator, NullLocator

    axis.set(major_locator=FixedLocator(ticks), minor_locator=NullLocator(), major_formatter="{x:g}")


def _bare(ax: Any) -> Any:
    """Take ticks and frame away from a picture."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def _cmap(name: str) -> Any:
    """Return a colour map with white gaps."""
    return pyplot().get_cmap(name).with_extremes(bad="white")
