"""Figures: what is drawn where. matplotlib is in the extra "plot", which the extra "test" does not install."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sympy

from exactrg import ising, majority, rg_hamiltonian, ring, square
from exactrg.errors import InputError
from exactrg.polynomial import SpinPolynomial
from exactrg.schemes import Checkerboard, KadanoffBound, MigdalKadanoff, NiemeijerVanLeeuwen, fixed_points

matplotlib = pytest.importorskip("matplotlib")  # extra "plot" only

matplotlib.use("Agg")

from matplotlib import colors, pyplot  # noqa: E402
from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: E402

from exactrg.plots import blank_figure, figure_bytes, flow_fixed_points, plot_couplings, plot_flow, plot_flow_plane  # noqa: E402


def eq_24(J: float) -> tuple[float, float]:
    """J' = log(cosh 2J)/2 with its constant, safe at large J."""
    new = abs(J) + (math.log1p(math.exp(-4 * abs(J))) - math.log(2)) / 2
    return new, math.log(2) + new


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    pyplot.close("all")


def dots(ax: Any) -> list[tuple[float, bool]]:
    """(x, filled) of the fixed points on the axis of a flow."""
    found = [line for line in ax.lines if line.get_marker() == "o"]
    return [(line.get_xdata()[0], colors.to_rgb(line.get_markerfacecolor()) == (0, 0, 0)) for line in found]


@pytest.mark.parametrize("recursion", [eq_24, lambda J: eq_24(J)[0], MigdalKadanoff(2, 1)])
def test_fig_2c(recursion: Any) -> None:
    """J = 0 stable and J = infinity unstable: a filled dot at tanh J = 0 and an open one at 1."""
    ax = plot_flow(recursion)
    assert dots(ax) == [(0.0, True), (1.0, False)]
    arrows = [text for text in ax.texts if text.arrow_patch is not None]
    assert len(arrows) == 4 * 3
    assert all(arrow.xy[0] < arrow.xyann[0] for arrow in arrows)  # all flow towards J = 0
    assert sorted(text.get_text() for text in ax.texts if text.get_text()) == [
        "$J$ = 0\nstable",
        "$J$ = ∞\nunstable",
    ]
    ax.figure.canvas.draw()


def test_a_flow_with_a_transition() -> None:
    _, axes = pyplot.subplots()
    ax = plot_flow(MigdalKadanoff(), axes, starts=[0.2, 0.5], steps=2)
    assert ax is axes
    (zero, critical, infinity) = dots(ax)
    assert (zero, infinity) == ((0.0, True), (1.0, True))
    assert critical == (pytest.approx(math.tanh(0.3046889317), abs=1e-9), False)
    arrows = [text for text in ax.texts if text.arrow_patch is not None]
    assert [arrow.xy[0] < arrow.xyann[0] for arrow in arrows] == [True, True, False, False]


@pytest.mark.parametrize("scheme", [MigdalKadanoff(2, 1), MigdalKadanoff(), Checkerboard(), NiemeijerVanLeeuwen(1)])
def test_the_direction_of_the_flow_agrees_with_the_eigenvalues(scheme: Any) -> None:
    expected = [(point.couplings[scheme.names[0]], point.stable) for point in fixed_points(scheme)]
    found = flow_fixed_points(scheme)
    assert [J for J, _ in found] == pytest.approx([J for J, _ in expected], abs=1e-12)
    assert [stable for _, stable in found] == [stable for _, stable in expected]


def test_flow_plane() -> None:
    scheme = NiemeijerVanLeeuwen(2)
    points = fixed_points(scheme)
    ax = plot_flow_plane(scheme, ("K_1", "K_2"), [0.2, (0.3, 0.0, 0.0, 0.0)], steps=4, fixed_points=points)
    critical = points[1].couplings
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "o"] == [
        (0.0, 0.0),
        (critical["K_1"], critical["K_2"]),
    ]
    trajectory = next(line for line in ax.lines if line.get_marker() == ".")
    assert list(trajectory.get_xdata()[:2]) == [0.2, scheme.step((0.2, 0.0, 0.0, 0.0)).couplings[0]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$K_{1}$", "$K_{2}$")
    ax.figure.canvas.draw()


def test_couplings_of_a_coarse_grained_hamiltonian() -> None:
    T = majority([(0, 1, 2), (3, 4, 5)])
    H = rg_hamiltonian(T, ising(ring(6), 0.5))
    ax = plot_couplings(H)
    K = -H.couplings[frozenset({("h", 0), ("h", 1)})]
    assert [patch.get_height() for patch in ax.patches] == [K]  # rounding in the odd ones is not drawn
    assert [label.get_text() for label in ax.get_xticklabels()] == ["h0 h1"]


def test_couplings_are_sorted_and_cut() -> None:
    H = SpinPolynomial({(): 9.0, (0,): -0.1, (0, 1): 0.3, (1, 2): -0.2}, sites=[0, 1, 2])
    ax = plot_couplings(H, largest=2)
    assert [patch.get_height() for patch in ax.patches] == [-0.3, 0.2]
    assert ax.get_title() == "1 smaller couplings left out"
    exact = plot_couplings(ising(square(2), sympy.log(2)))
    assert [patch.get_height() for patch in exact.patches] == pytest.approx([2 * math.log(2)] * 4)


def test_bad_input() -> None:
    with pytest.raises(InputError, match="plot_flow_plane"):
        plot_flow(KadanoffBound(0.7))
    with pytest.raises(InputError, match="expected a scheme or a function"):
        plot_flow(0.3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no coupling 'J'"):
        plot_flow_plane(MigdalKadanoff(), ("J", "h"), [0.3])
    with pytest.raises(InputError, match="symbols"):
        plot_couplings(ising(ring(3), sympy.Symbol("J", real=True)))


def test_noise_of_the_layout_changes_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where kiwisolver keeps its variables, and so the last bits of positions, differ from run to run."""
    rng = np.random.default_rng(1)
    execute = ConstrainedLayoutEngine.execute

    def noisy(self: Any, figure: Any) -> None:
        execute(self, figure)
        for box in [part.bbox_relative for part in figure.subfigs]:
            box.p1 = box.p1 + rng.normal(size=2) * 1e-12
        for ax in figure.axes:
            ax._set_position(ax.get_position(original=True).translated(*rng.normal(size=2) * 1e-12))

    def drawn() -> dict[str, bytes]:
        figure = blank_figure((4, 3))
        above, below = figure.subfigures(2, 1)
        plot_flow(eq_24, above.subplots(), starts=(1.0,), steps=2)
        below.subplots(1, 2)[0].imshow([[0, 1]])
        figure.suptitle("title")
        return figure_bytes(figure, "x")

    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", noisy)
    assert drawn() == drawn() == drawn()
