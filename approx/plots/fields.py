"""The layers of a network, their receptive fields and reconstructions, as pictures (Fig. 3A, B, C and E)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import InputError
from exactrg.plots import COLOURS, axes_or_new

from .style import MARKERS, bare, colours

Floats = npt.NDArray[np.float64]


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
            ax.plot(x, y, MARKERS[(level - 1) % 4], color=color, **style)
            front = int(np.argmin(((places - (0.5, 0.0)) ** 2).sum(axis=1)))
            ax.plot(x[front], y[front], MARKERS[(level - 1) % 4], color=color, **(style | {"fillstyle": "full"}))
            for left, right in zip(planes[level - 1], np.roll(planes[level - 1], -1, axis=0), strict=True):
                sides = np.array([(x[front], y[front]), left, right])
                ax.fill(*sides.T, facecolor=color, alpha=0.15, edgecolor=color, linewidth=0.5, zorder=3 * level - 1)
        name = f"{size} {'units' if level else 'spins'}"
        ax.annotate(name, plane[1:3].mean(axis=0), (14, 0), textcoords="offset points", va="center")
    ax.set(aspect="equal", xlabel="each unit is coupled to all of the layer below")
    ax.xaxis.label.set_fontsize("small")
    return bare(ax)


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
    ax.imshow(image, cmap=colours("cividis"), vmin=-1, vmax=1)
    ax.set_xlabel(
        "light +, dark \N{MINUS SIGN}, each to its own scale" if gauge else "light +, dark \N{MINUS SIGN}",
        fontsize="small",
    )
    return bare(ax)


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
    ax.imshow(image, cmap=colours("gray"), vmin=-1, vmax=1)
    bare(ax)
    ax.set_yticks([k * (shape[0] + 2) + shape[0] / 2 for k in range(len(stack))], ["samples", *rows])
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("white +1, black \N{MINUS SIGN}1, a mean in between is grey", fontsize="small")
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


def _spread(size: int, shape: tuple[int, int]) -> Floats:
    """Places (x, y) in the unit square for so many units in rows, row 0 at the back."""
    columns = math.ceil(math.sqrt(size * shape[1] / shape[0]))
    y, x = np.divmod(np.arange(size), columns)
    return np.stack([(x + 0.5) / columns, 1 - (y + 0.5) / math.ceil(size / columns)], axis=1)


def _in_perspective(points: npt.ArrayLike, level: int) -> Floats:
    """Places on paper of points of the unit square at a level, seen from the front and above."""
    x, depth = np.asarray(points, np.float64).T
    return np.stack([x + 0.45 * depth, 0.36 * depth + 0.6 * level], axis=1)
