"""Figures: block spins (Fig. 1), decimation, its network and its flow (Fig. 2), and the couplings of a Hamiltonian.

The one module of this package that draws. Every function takes the axes to draw on (new ones if None) and returns them;
`blank_figure` and `figure_bytes` make figures and files. matplotlib (``pip install exactrg[plot]``) is imported late.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .counts import require_count
from .errors import ExactRGError, InputError
from .polynomial import SpinPolynomial
from .schemes.flows import flow
from .schemes.scheme import Scheme

Recursion = Callable[[float], Any]
"""J -> J', or J -> (J', log constant) as `exactrg.decimate`."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#555555")
"""Okabe and Ito's, which colour-blind readers tell apart; nothing is told by colour alone."""

_GRID = 400
_FLAT = 1e-12


def plot_flow(
    recursion: Scheme | Recursion,
    ax: Any = None,
    *,
    starts: Sequence[float] = (0.25, 0.5, 1.0, 2.0),
    steps: int = 3,
) -> Any:
    """Draw the flow of one coupling as in Fig. 2C: arrows along J, a dot for each fixed point, filled if stable.

    The axis is tanh J, so that J = 0 and J = infinity are both on it. A fixed point is a zero or a change of sign of
    J' - J; it is stable if the flow points to it from every side, so nothing needs to be differentiated.

    Parameters
    ----------
    recursion : scheme or callable
        A scheme, whose first coupling is drawn for the nearest-neighbour model (the scheme must have one even coupling
        only), or J -> J', or J -> (J', constant) such as ``exactrg.decimate``.
    ax : matplotlib axes, optional
    starts : sequence of float
        Where the trajectories start; each is drawn on a row of its own.
    steps : int
        Arrows for each.
    """
    step = _one_coupling(recursion)
    ax = axes_or_new(ax, figsize=(7, 2.2))
    for row, start in enumerate(starts, 1):
        points = [float(start)]
        for _ in range(require_count("steps", steps, 1)):
            points.append(step(points[-1]))
        for old, new in pairwise(points):
            ax.annotate(
                "",
                xy=(math.tanh(new), row),
                xytext=(math.tanh(old), row),
                arrowprops={"arrowstyle": "->", "color": COLOURS[0], "shrinkA": 0, "shrinkB": 0},
            )
        ax.plot(np.tanh(points), [row] * len(points), ".", color=COLOURS[0], markersize=4)
    ax.axhline(0, color="black", linewidth=1, zorder=0)
    for J, stable in flow_fixed_points(recursion):
        face = "black" if stable else "white"
        ax.plot(math.tanh(J), 0, "o", markersize=9, markeredgecolor="black", markerfacecolor=face)
        name = "∞" if math.isinf(J) else f"{J:.4g}"
        label = f"$J$ = {name}\n{'stable' if stable else 'unstable'}"
        ax.annotate(label, (math.tanh(J), 0), (0, -8), textcoords="offset points", ha="center", va="top")
    ax.set(xlim=(-0.08, 1.08), ylim=(-0.9 - 0.35 * len(starts), len(starts) + 0.7), yticks=[], xlabel="tanh $J$")
    return ax


def flow_fixed_points(recursion: Scheme | Recursion) -> list[tuple[float, bool]]:
    """Find J = 0, every change of sign of J' - J, and J = infinity, with their stability, from the flow's direction.

    Returns
    -------
    list of (J, stable)
        In increasing order. J = 0 and infinity are listed if they are fixed points.
    """
    step = _one_coupling(recursion)

    def direction(J: float) -> float:
        return step(J) - J

    # Far enough from both ends to be above rounding, and near enough to see their side of the flow.
    grid = [*np.arctanh(np.linspace(0, 1, _GRID + 2)[1:-1]).tolist(), 20.0]
    signs = [float(np.sign(direction(J))) for J in grid]
    found = [(0.0, signs[0] < 0)] if abs(step(0.0)) < _FLAT else []
    for (low, before), (high, after) in pairwise(zip(grid, signs, strict=True)):
        if before * after < 0:
            from scipy.optimize import brentq

            found.append((float(brentq(direction, low, high, xtol=1e-14)), before > 0))
    if step(40.0) > 20.0:
        found.append((math.inf, signs[-1] > 0))
    return found


def plot_flow_plane(
    scheme: Scheme,
    names: tuple[str, str],
    starts: Iterable[Any],
    ax: Any = None,
    *,
    steps: int = 8,
    fixed_points: Iterable[Any] = (),
) -> Any:
    """Draw trajectories of a scheme with several couplings, projected on two of them.

    Parameters
    ----------
    scheme : Scheme
    names : pair of str
        The couplings on the axes.
    starts : iterable of numbers or tuples
        A number is the coupling of the nearest-neighbour model, a tuple a set of couplings.
    ax : matplotlib axes, optional
    steps : int
        At most so many arrows a trajectory; it ends where a coupling passes 3.
    fixed_points : iterable of FixedPoint
        From `exactrg.schemes.fixed_points`; finite ones are drawn, filled if stable.

    Raises
    ------
    InputError
        For a coupling that the scheme does not have.
    """
    if unknown := [name for name in names if name not in scheme.names]:
        raise InputError(f"{scheme.label} has no coupling {unknown[0]!r}: expected one of {', '.join(scheme.names)}")
    columns = [scheme.names.index(name) for name in names]
    ax = axes_or_new(ax, figsize=(5, 4))
    for start in starts:
        points = [point for point in flow(scheme, start, steps) if max(map(abs, point)) < 3]
        x, y = (np.array([float(point[k]) for point in points]) for k in columns)
        moves = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.004, "color": COLOURS[0]}
        ax.quiver(x[:-1], y[:-1], np.diff(x), np.diff(y), **moves)
        ax.plot(x, y, ".", color=COLOURS[0], markersize=3)
    for point in fixed_points:
        position = [point.couplings[name] for name in names]
        if all(map(math.isfinite, position)):
            face = "black" if point.stable else "white"
            ax.plot(*position, "o", markersize=8, markeredgecolor="black", markerfacecolor=face)
    ax.set(xlabel=f"${_math(names[0])}$", ylabel=f"${_math(names[1])}$", title=scheme.label)
    return ax


def plot_couplings(H: SpinPolynomial, ax: Any = None, *, largest: int = 20) -> Any:
    """Draw the couplings K_S of a Hamiltonian (Eq. 5), for instance of H^RG, as bars sorted by size.

    Parameters
    ----------
    H : SpinPolynomial
        Of floats or exact numbers; K_S is **minus** its coefficient (Eq. 3). The constant is left out, and so is what
        is zero to rounding. The colour tells the number of spins.
    ax : matplotlib axes, optional
    largest : int
        At most so many bars; the title says how many are left out.
    """
    order = {site: k for k, site in enumerate(H.sites)}
    named = []
    for members, coefficient in H.couplings.items():
        if members:
            sites = sorted(members, key=order.__getitem__)
            named.append((" ".join(_site_name(site) for site in sites), -_number(coefficient), len(sites)))
    noise = 1e-13 * max((abs(value) for _, value, _ in named), default=0.0)
    named = sorted((entry for entry in named if abs(entry[1]) > noise), key=lambda entry: -abs(entry[1]))
    shown = named[: require_count("largest", largest, 1)]
    ax = axes_or_new(ax, figsize=(max(4, 0.35 * len(shown) + 1), 3))
    colors = [COLOURS[(size - 1) % 4] for _, _, size in shown]
    ax.bar(range(len(shown)), [value for _, value, _ in shown], color=colors)
    ax.set_xticks(range(len(shown)), [name for name, _, _ in shown], rotation=90)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(ylabel="$K_S$")
    if hidden := len(named) - len(shown):
        ax.set_title(f"{hidden} smaller couplings left out", fontsize="small")
    return ax


def plot_blocks(configuration: Any, ax: Any = None, *, block: int = 2, spacing: str = "a") -> Any:
    """Draw a configuration of a square lattice and outline its blocks (Fig. 1): filled is spin up, open is spin down.

    Parameters
    ----------
    configuration : array of +-1, shape (Ly, Lx)
    ax : matplotlib axes, optional
    block : int
        Side of a block.
    spacing : str
        LaTeX of the lattice spacing, for the title.
    """
    spins = np.asarray(configuration)
    if spins.ndim != 2 or not np.isin(spins, (1, -1)).all():
        raise InputError(f"a configuration of shape {spins.shape}: expected +1 and -1, shape (Ly, Lx)")
    ax = axes_or_new(ax, figsize=(3, 3))
    from matplotlib.patches import FancyBboxPatch

    rows, columns = spins.shape
    style: dict[str, Any] = {
        "boxstyle": "round,pad=0,rounding_size=0.25",
        "facecolor": "#eeeeee",
        "edgecolor": "#999999",
    }
    for top in range(0, rows, block):
        for left in range(0, columns, block):
            corner, side = (left - 0.46, top - 0.46), block - 0.08
            ax.add_patch(FancyBboxPatch(corner, side, side, linewidth=0.8, zorder=0, **style))
    y, x = np.indices(spins.shape).reshape(2, -1)
    size = (110 / max(rows, columns)) ** 2 / 4
    face = np.where(spins.reshape(-1) > 0, "black", "white")
    ax.scatter(x, y, size, c=face, edgecolors="black", linewidths=0.9, zorder=3)
    ax.set(xlim=(-0.7, columns - 0.3), ylim=(rows - 0.3, -0.7), aspect="equal", xticks=[], yticks=[])
    ax.set_title(f"{columns} × {rows} spins, spacing ${spacing}$", fontsize="medium")
    ax.spines[:].set_visible(False)
    return ax


def plot_decimation(couplings: Sequence[float], ax: Any = None) -> Any:
    """Draw a chain that is decimated again and again (Fig. 2A), with the couplings J^(n) of Eq. 24.

    Parameters
    ----------
    couplings : sequence of float
        J^(0), J^(1), ... from `exactrg.rg_flow`, a row for each; open spins are summed out in the next step.
    ax : matplotlib axes, optional
    """
    ax = axes_or_new(ax, figsize=(6, 2.4))
    levels = len(couplings)
    length = 2**levels
    for level, coupling in enumerate(couplings):
        sites = np.arange(0, length + 1, 2**level)
        kept = sites % 2 ** (level + 1) == 0
        height = -level
        ax.plot(sites, np.full(len(sites), height), color=COLOURS[0], linewidth=0.6 + 3 * math.tanh(coupling), zorder=1)
        face = np.where(kept, "black", "white")
        ax.scatter(sites, np.full(len(sites), height), 36, c=face, edgecolors="black", zorder=3)
        spacing = "a" if level == 0 else f"{2**level}a"
        text = f"$J^{{({level})}}$ = {coupling:.4g}, spacing ${spacing}$"
        ax.annotate(text, (length, height), (12, 0), textcoords="offset points", va="center", annotation_clip=False)
    ax.set(xlim=(-0.5, length * 1.45), ylim=(-levels + 0.5, 0.5), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax


def plot_network(dbn: Any, ax: Any = None) -> Any:
    """Draw the couplings of a stack of RBMs as lines between its layers (Fig. 2B), the visible layer at the bottom.

    Unit j of a layer is drawn above visible unit j n / n_layer, for which it stands in `exactrg.decimation_dbn`. Couplings
    around the end of a ring leave at the sides. Open units are coupled to nothing above them.

    Parameters
    ----------
    dbn : DBN
        With float couplings.
    ax : matplotlib axes, optional
    """
    ax = axes_or_new(ax, figsize=(6, 2.4))
    n = dbn.rbms[0].n_visible
    for level, rbm in enumerate(dbn.rbms):
        w = np.asarray(rbm.w, dtype=np.float64)
        below, above = (np.arange(size) * (n / size) for size in w.shape)
        largest = float(np.abs(w).max(initial=0.0))
        for i, j in zip(*np.nonzero(w), strict=True):
            wrap = n * round((above[j] - below[i]) / n)
            width = 0.6 + 2.4 * math.tanh(abs(w[i, j]))
            for shift in {0.0, float(wrap)}:
                x = (below[i] + shift, above[j] + shift - wrap)
                ax.plot(x, (level, level + 1), color=COLOURS[0], linewidth=width, zorder=1, clip_on=True)
        coupled = np.abs(w).sum(axis=1) > 0
        face = np.where(coupled, "black", "white")
        ax.scatter(below, np.full(len(below), level), 40, c=face, edgecolors="black", zorder=3)
        if level == len(dbn.rbms) - 1:
            ax.scatter(above, np.full(len(above), level + 1), 40, c="black", edgecolors="black", zorder=3)
        text = f"$J^{{({level})}}$ = {largest:.4g}"
        ax.annotate(text, (n, level + 0.5), (6, 0), textcoords="offset points", va="center", annotation_clip=False)
    names = ["visible", *(f"hidden {k}" for k in range(1, len(dbn.rbms) + 1))]
    ax.set_yticks(range(len(names)), names)
    ax.set(xlim=(-1, n), ylim=(-0.4, len(dbn.rbms) + 0.4), xticks=[])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def plot_coupling_groups(groups: dict[str, dict[str, float]], ax: Any = None) -> Any:
    """Draw couplings by kind, a bar for each operator (Fig. 1, the Hamiltonian of the block spins).

    Parameters
    ----------
    groups : dict
        Operator -> kind of coupling -> K_S.
    ax : matplotlib axes, optional
    """
    ax = axes_or_new(ax, figsize=(4, 3))
    kinds = list(next(iter(groups.values())))
    width = 0.8 / len(groups)
    for k, (name, values) in enumerate(groups.items()):
        x = np.arange(len(kinds)) + (k - (len(groups) - 1) / 2) * width
        style = {"color": COLOURS[k % 4], "hatch": ("", "///", "...", "xxx")[k % 4], "edgecolor": "white"}
        bars = ax.bar(x, [values[kind] for kind in kinds], width, label=name, linewidth=0, **style)
        ax.bar_label(bars, fmt=lambda K: f"{K:.3f}".replace("-", "\N{MINUS SIGN}"), fontsize=7.5, padding=2)
    ax.set_xticks(range(len(kinds)), kinds)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.margins(y=0.15)
    ax.set(ylabel="$K_S$ (in kT)")
    ax.legend(fontsize="small", frameon=False)
    return ax


def _one_coupling(recursion: Scheme | Recursion) -> Callable[[float], float]:
    """Read a scheme with one even coupling, or a function, as J -> J'."""
    if hasattr(recursion, "step"):
        scheme: Any = recursion
        even = [name for name in scheme.names if name not in scheme.odd]
        if len(even) != 1:
            raise InputError(f"{scheme.label} has the couplings {', '.join(even)}: write plot_flow_plane(...)")
        return lambda J: float(scheme.step(scheme.nearest_neighbour(J).couplings).couplings[0])
    if not callable(recursion):
        raise InputError(f"expected a scheme or a function J -> J', got {recursion!r}")

    def step(J: float) -> float:
        result = recursion(J)
        return float(result[0] if isinstance(result, tuple | list) else result)

    return step


def _site_name(site: Any) -> str:
    """Write ("h", 3) as h3."""
    return "".join(map(str, site)) if isinstance(site, tuple) and site[:1] == ("h",) else str(site)


def _number(value: Any) -> float:
    try:
        return float(value)
    except TypeError:
        raise InputError(f"the coupling {value} has symbols: expected numbers; write them with .subs first") from None


def _math(name: str) -> str:
    """K_nn as K_{nn}."""
    head, _, tail = name.partition("_")
    return f"{head}_{{{tail}}}" if tail else head


def blank_figure(figsize: tuple[float, float]) -> Any:
    """Return a figure that is bound to no window, so that a caller's backend stays as it is."""
    pyplot()
    from matplotlib.figure import Figure

    return Figure(figsize=figsize, layout="constrained")


def figure_bytes(figure: Any, name: str, *, dpi: int = 150) -> dict[str, bytes]:
    """Return a figure as files by their names, name.png and name.svg: the same bytes each time."""
    files = {}
    _settle(figure)
    with pyplot().rc_context({"svg.hashsalt": "exactrg", "svg.image_inline": True}):
        for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
            content = io.BytesIO()
            figure.savefig(content, format=kind, dpi=dpi, metadata=metadata)
            files[f"{name}.{kind}"] = content.getvalue()
    return files


def _settle(figure: Any) -> None:
    """Lay out a figure once, and round: the last bits of a constrained layout depend on where its variables are stored."""

    def rounded(places: Any) -> Any:  # to 1e-6, off its halves: texts have multiples of 1/64 pixel
        return np.round(np.asarray(places) * 1e6 + 0.137) / 1e6

    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for part in figure.subfigs:
        part.bbox_relative.set_points(rounded(part.bbox_relative.get_points()))
    for text in figure.texts:
        text.set_position(rounded(text.get_position()))
    for ax in figure.axes:
        ax.set_position(rounded(ax.get_position(original=True).bounds))


def axes_or_new(ax: Any, figsize: tuple[float, float]) -> Any:
    """Return the given axes, or new ones of a pyplot figure."""
    return pyplot().subplots(figsize=figsize, layout="constrained")[1] if ax is None else ax


def pyplot() -> Any:
    """Import matplotlib.pyplot, or say how to install it."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ExactRGError("drawing needs matplotlib: write pip install exactrg[plot]") from None
    return pyplot
