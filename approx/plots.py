"""Figures of trained networks: receptive fields and reconstructions as in Fig. 3, training curves, sizes, compression.

The one module of this package that draws. Every function takes the axes to draw on (new ones if None) and returns them;
matplotlib (``pip install exactrg[plot]``) is imported at the first call. Layers and curves differ by marker and line
style as well as by colour, and the colours of fields grow monotonically in lightness, so that all can be read in grey.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import ExactRGError, InputError

if TYPE_CHECKING:
    from .figure3_runs import Network

Floats = npt.NDArray[np.float64]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#555555")
"""Okabe and Ito's, which colour-blind readers tell apart."""

_MARKERS, _LINES = ("o", "s", "^", "x"), ("-", "--", "-.", ":")
_SIZES = (0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16)
_WAYS = {
    "means": "mean spins passed down",
    "spins": "spins $\\pm 1$ passed down",
    "drawn": "every layer drawn",
    "majority": "Kadanoff's blocks, majority rule",
}


def plot_receptive_fields(
    fields: Any, shape: tuple[int, int], ax: Any = None, *, columns: int | None = None, gauge: bool = True
) -> Any:
    """Draw the receptive fields of one layer side by side (Fig. 3B-C), each scaled to its own largest weight.

    Light is the sign of most of the field's weight, dark the other one, middle grey is zero.

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
    ExactRGError
        If matplotlib is missing.
    """
    array = np.asarray(fields, np.float64)
    if array.ndim != 2 or array.shape[0] != shape[0] * shape[1] or array.shape[1] == 0:
        raise InputError(f"fields have shape {array.shape}, expected ({shape[0] * shape[1]}, n_units)")
    largest = np.abs(array).max(axis=0)
    scaled = array / np.where(largest > 0, largest, 1.0)
    if gauge:
        scaled = scaled * np.where(scaled.sum(axis=0) < 0, -1.0, 1.0)
    ax = _axes(ax, (5, 5))
    image = mosaic(scaled.T.reshape(-1, *shape), columns)
    ax.imshow(image, cmap=_cmap("cividis"), vmin=-1, vmax=1)
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
    ax = _axes(ax, (1.6 * n + 1, 1.6 * len(stack)))
    image = mosaic(np.concatenate(stack).reshape(-1, *shape), n, gap=2)
    ax.imshow(image, cmap=_cmap("gray"), vmin=-1, vmax=1)
    _bare(ax)
    ax.set_yticks([k * (shape[0] + 2) + shape[0] / 2 for k in range(len(stack))], ["samples", *rows])
    ax.tick_params(axis="y", length=0)
    return ax


def plot_training(histories: Sequence[Sequence[float]], ax: Any = None) -> Any:
    """Draw the reconstruction error of each RBM against the epoch.

    Parameters
    ----------
    histories : sequence of sequences of float
        One for each layer, an error for each epoch: ``measures["training"]``.
    ax : matplotlib axes, optional
    """
    ax = _axes(ax, (4.5, 3))
    for k, history in enumerate(histories):
        ax.plot(range(1, len(history) + 1), history, _LINES[k % 4], color=COLOURS[k % 4], label=f"layer {k + 1}")
    ax.set(xlabel="epoch", ylabel="mean square reconstruction error", ylim=(0, None))
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
    ax = _axes(ax, (4.5, 3.4))
    for k, (way, label) in enumerate(_WAYS.items()):
        points = [(row["compression"], row[way][quantity]) for row in curve if row[way] is not None]
        points = [(x, y) for x, y in points if y is not None]
        if points:
            ax.plot(
                *zip(*points, strict=True), _LINES[k] + _MARKERS[k], color=COLOURS[k], label=label, fillstyle="none"
            )
    ticks = [row["compression"] for row in curve]
    ax.set_xscale("log")
    ax.set_xticks(ticks, [f"{x:g}" for x in ticks])
    ax.minorticks_off()
    ax.set(xlabel="compression, spins over units", ylabel=labels[quantity], ylim=(None, 1.0))
    ax.legend(frameon=False, fontsize="small")
    return ax


def plot_radii(layers: Sequence[Sequence[float | None]], ax: Any = None) -> Any:
    """Draw the radius of every unit, layer by layer (Fig. 3D), and the doubling of Kadanoff's 2 x 2 blocks.

    Parameters
    ----------
    layers : sequence of sequences of float
        Radii of gyration in lattice spacings; None (a field that vanishes) is left out.
    ax : matplotlib axes, optional
    """
    ax = _axes(ax, (4.5, 3.4))
    medians = []
    for k, layer in enumerate(layers):
        radii = np.sort([value for value in layer if value is not None])
        spread = (np.arange(len(radii)) + 0.5) / max(len(radii), 1) * 0.6 - 0.3
        ax.plot(k + 1 + spread, radii, _MARKERS[k % 4], color=COLOURS[k % 4], markersize=2.5, fillstyle="none")
        medians.append(float(np.median(radii)) if len(radii) else math.nan)
        ax.annotate(f"{medians[-1]:.2f}", (k + 1, medians[-1]), (12, -16), textcoords="offset points", fontsize="small")
    steps = range(1, len(medians) + 1)
    doubled = [medians[-1] / 2**k for k in reversed(range(len(medians)))]
    ax.plot(steps, doubled, "k:", linewidth=1, label="half the layer above")
    ax.set_yscale("log")
    ax.set_xticks(list(steps), [f"{k}\n({len(layer)})" for k, layer in zip(steps, layers, strict=True)])
    ax.set_yticks(_SIZES, [f"{x:g}" for x in _SIZES])
    ax.minorticks_off()
    finite = [value for layer in layers for value in layer if value is not None] + doubled
    ax.set_ylim(0.9 * min(finite), 1.1 * max(finite))
    ax.set(xlabel="layer (units), each sorted by size", ylabel="radius of gyration")
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

    load_pyplot()
    from matplotlib.figure import Figure  # bound to no window, so that a caller's backend stays as it is

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
    figure = Figure(figsize=(11, 10.5), layout="constrained")
    grid = figure.add_gridspec(3, 6, height_ratios=(1.0, 1.0, 0.85))
    top, middle, bottom = (figure.add_subplot(grid[0, k : k + 2]) for k in (0, 2, 4))
    plot_receptive_fields(fields[-1], shape, top)
    plot_receptive_fields(fields[1], shape, middle)
    shown = min(sizes[1], 36)
    plot_receptive_fields(fields[0][:, :shown], shape, bottom)
    top.set_title(f"B  top layer, {sizes[3]} units", loc="left")
    middle.set_title(f"C  middle layer, {sizes[2]} units", loc="left")
    bottom.set_title(f"first layer, {shown} of {sizes[1]} units", loc="left")
    radii = plot_radii([layer["radius"] for layer in measures["layers"]], figure.add_subplot(grid[1, :2]))
    radii.set_title("D  size of the blocks", loc="left")
    pictures = figure.add_subplot(grid[1, 2:])
    plot_reconstructions(samples[:, back], {name: row[:, back] for name, row in rows.items()}, shape, pictures)
    pictures.set_title(f"E  samples and what {sizes[3]} units keep", loc="left")
    for k, quantity in enumerate(("magnetization", "energy")):
        plot_compression(measures["reconstructions"], figure.add_subplot(grid[2, 2 * k : 2 * k + 2]), quantity=quantity)
    plot_training(measures["training"], figure.add_subplot(grid[2, 4:]))
    figure.suptitle(_title(network))
    return figure


def figure3_files(network: Network, measures: Mapping[str, Any], held_out: npt.NDArray[np.int8]) -> dict[str, bytes]:
    """Return `plot_figure3` as files by their names: figure3.png and figure3.svg."""
    pyplot = load_pyplot()
    files = {}
    with pyplot.rc_context({"svg.hashsalt": "exactrg", "svg.image_inline": True}):
        figure = plot_figure3(network, measures, held_out)
        for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
            content = io.BytesIO()
            figure.savefig(content, format=kind, dpi=110, metadata=metadata)
            files[f"figure3.{kind}"] = content.getvalue()
    return files


def plot_exactness(results: Sequence[Mapping[str, Any]], ax: Any = None) -> Any:
    """Draw how far the first RBM is from an exact RG step, against the epoch of training, for each recipe.

    Error bars are standard errors, or the difference of forward and reverse annealing where that is larger.

    Parameters
    ----------
    results : sequence of mapping
        As `approx.exactness_report.numbers` makes them; stacks without an epoch are left out.
    ax : matplotlib axes, optional
    """
    ax = _axes(ax, (5.2, 3.6))
    along = [r for r in results if r["epoch"] is not None]
    for k, recipe in enumerate(sorted({r["recipe"] for r in along})):
        own = sorted((r for r in along if r["recipe"] == recipe), key=lambda r: r["epoch"])
        epochs = [r["epoch"] for r in own]
        for line, key, label in ((0, "kl", r"$D_{KL}(P \| p)$"), (1, "reverse_kl", r"$D_{KL}(p \| P)$")):
            values = [r[key][0] for r in own]
            errors = [max(r[key][1], abs(r["forward_minus_reverse"][0])) for r in own]
            style = {"color": COLOURS[k], "marker": _MARKERS[k], "fillstyle": "none", "capsize": 2}
            ax.errorbar(epochs, values, errors, ls=_LINES[line], label=f"{recipe}: {label}", **style)
        spread = [r["log_q"]["sd"] for r in own]
        ax.plot(epochs, spread, _LINES[3] + _MARKERS[k], color=COLOURS[k], label=rf"{recipe}: sd of $\log q$")
    ax.set(xscale="log", yscale="log", xlabel="epoch of layer 1", ylabel="nats")
    if along:
        ax.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=3)
    return ax


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


def _bare(ax: Any) -> Any:
    """Take ticks and frame away from a picture."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def _cmap(name: str) -> Any:
    """Return a colour map with white gaps."""
    return load_pyplot().get_cmap(name).with_extremes(bad="white")


def _axes(ax: Any, figsize: tuple[float, float]) -> Any:
    """Return the given axes, or new ones."""
    return load_pyplot().subplots(figsize=figsize, layout="constrained")[1] if ax is None else ax


def load_pyplot() -> Any:
    """Import matplotlib.pyplot, or say what to install."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ExactRGError("drawing needs matplotlib: write pip install exactrg[plot]") from None
    return pyplot
