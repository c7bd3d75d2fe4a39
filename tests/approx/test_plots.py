"""Figures of networks: what is drawn where, in colour and in grey. matplotlib is in the extra "plot"."""

from __future__ import annotations

import io
import itertools
from itertools import pairwise

import numpy as np
import pytest

from approx.errors import ConstantChainError
from approx.figure3_measures import compression_curve
from approx.figure3_runs import Experiment, Network
from exactrg import DBN, RBM, energy_distribution, square
from exactrg.errors import InputError

matplotlib = pytest.importorskip("matplotlib")  # extra "plot" only

matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402

from approx import plots  # noqa: E402


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def picture(ax):
    """The numbers of the one image on the axes, NaN in the gaps."""
    (image,) = ax.images
    return np.ma.filled(image.get_array().astype(float), np.nan), image


def test_fields_lie_side_by_side_each_to_its_own_scale():
    fields = np.array([[1.0, -8.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    ax = pyplot.subplots()[1]
    assert plots.plot_receptive_fields(fields, (2, 2), ax, columns=3) is ax
    found, image = picture(ax)
    gap = np.nan
    # The second field is turned over: its sum is negative, and the sign of a hidden unit is a gauge.
    assert found == pytest.approx(
        np.array([[0.5, 1.0, gap, 1.0, -0.5, gap, 0.0, 0.0], [0.0, -0.5, gap, 0.0, 0.0, gap, 0.0, 0.0]]), nan_ok=True
    )
    assert (image.norm.vmin, image.norm.vmax) == (-1, 1)
    raw, _ = picture(plots.plot_receptive_fields(fields, (2, 2), columns=3, gauge=False))
    assert raw[0, 3] == -1.0 and raw[0, 4] == 0.5
    assert list(ax.get_xticks()) == [] and picture(plots.plot_receptive_fields(fields, (2, 2)))[0].shape == (5, 5)


def test_the_sign_of_a_field_can_be_read_in_grey():
    """Lightness grows with the value, and equally far on both sides of zero."""
    _, image = picture(plots.plot_receptive_fields(np.eye(4), (2, 2)))
    rgb = image.cmap(image.norm(np.linspace(-1, 1, 101)))[:, :3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    lightness = np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)
    assert np.all(np.diff(lightness) > 0)
    below, above = lightness[50] - lightness[0], lightness[100] - lightness[50]
    assert min(below, above) > 30 and abs(below - above) < 0.2 * (below + above)


def test_reconstructions_are_rows_below_their_samples():
    samples = np.array([[1, -1, 1, 1], [-1, -1, -1, 1]])
    ax = plots.plot_reconstructions(samples, {"kept": 0.5 * samples, "lost": 0 * samples}, (2, 2))
    found, _ = picture(ax)
    assert found.shape == (2 * 3 + 4, 2 * 2 + 2)
    assert np.array_equal(found[:2, :2], [[1, -1], [1, 1]]) and np.array_equal(
        found[4:6, 4:], [[-0.5, -0.5], [-0.5, 0.5]]
    )
    assert np.isnan(found[2:4]).all() and np.all(found[8:, :2] == 0)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["samples", "kept", "lost"]


def test_curves_hold_the_numbers_and_differ_without_colour():
    ax = plots.plot_training([[3.0, 2.0], [5.0, 4.0, 1.0]])
    assert [list(line.get_ydata()) for line in ax.lines] == [[3.0, 2.0], [5.0, 4.0, 1.0]]
    assert list(ax.lines[1].get_xdata()) == [1, 2, 3] and len({line.get_linestyle() for line in ax.lines}) == 2
    ways = {"means": 0.9, "spins": 0.8, "drawn": 0.7}
    curve = [
        {"compression": 4.0 * 4**k} | {way: {"energy": r / (k + 1)} for way, r in ways.items()} | {"majority": None}
        for k in range(2)
    ]
    curve[1]["drawn"]["energy"] = None  # a correlation with a constant
    ax = plots.plot_compression(curve, quantity="energy")
    assert [list(line.get_ydata()) for line in ax.lines] == [[0.9, 0.45], [0.8, 0.4], [0.7]]
    assert len({(line.get_linestyle(), line.get_marker()) for line in ax.lines}) == 3
    assert [label.get_text() for label in ax.get_xticklabels()] == ["4", "16"]
    assert "energies" in ax.get_ylabel() and len(ax.get_legend().get_texts()) == 3


def test_radii_of_all_units_and_their_medians():
    ax = plots.plot_radii([[1.0, 3.0, 2.0], [4.0, None, 4.5], [7.0]])
    assert [sorted(line.get_ydata()) for line in ax.lines[:3]] == [[1.0, 2.0, 3.0], [4.0, 4.5], [7.0]]
    (medians,) = ax.collections
    assert [segment[:, 1].tolist() for segment in medians.get_segments()] == [[2.0, 2.0], [4.25, 4.25], [7.0, 7.0]]
    assert list(ax.lines[3].get_ydata()) == [1.75, 3.5, 7.0]  # halves, from the top layer down
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels == ["1\n3 units\nmedian 2.00", "2\n3 units\nmedian 4.25", "3\n1 units\nmedian 7.00"]


def test_layers_are_drawn_over_their_lattice():
    """Fig. 3A: every spin and unit once, a unit of each layer coupled to the whole layer below."""
    spins = np.array([1, -1, -1, 1] * 6)
    ax = pyplot.subplots()[1]
    assert plots.plot_layers((24, 6, 2), (4, 6), ax, spins=spins) is ax
    (lattice,) = ax.collections
    assert [tuple(face[:3]) == (0, 0, 0) for face in lattice.get_facecolors()] == list(spins > 0)
    heights = lattice.get_offsets()[:, 1].reshape(4, 6)
    assert np.all(heights == heights[:, :1]) and np.all(np.diff(heights[:, 0]) < 0)  # row 0 is at the back
    units, chosen = ax.lines[::2], ax.lines[1::2]
    assert [len(line.get_xdata()) for line in units] == [6, 2] and len({line.get_marker() for line in units}) == 2
    assert [text.get_text() for text in ax.texts] == ["24 spins", "6 units", "2 units"]
    places = [lattice.get_offsets(), *(line.get_xydata() for line in units)]
    assert places[0][:, 1].max() < places[1][:, 1].min() and places[1][:, 1].max() < places[2][:, 1].min()
    planes = [patch.get_xy() for patch in ax.patches if patch.get_facecolor() == (1.0, 1.0, 1.0, 1.0)]
    cones = [patch.get_xy() for patch in ax.patches if patch.get_facecolor() != (1.0, 1.0, 1.0, 1.0)]
    assert len(planes) == 3 and len(cones) == 2 * 4
    for level, unit in enumerate(chosen):
        sides = cones[4 * level : 4 * level + 4]
        assert all(np.array_equal(side[0], unit.get_xydata()[0]) for side in sides)
        assert np.array_equal([side[1] for side in sides], planes[level][:4])  # to all corners of the plane below
    with pytest.raises(InputError, match="expected one for each of 4 x 6 sites"):
        plots.plot_layers((24, 6), (4, 6), spins=spins[:5])
    with pytest.raises(InputError, match="25 visible units"):
        plots.plot_layers((25, 6), (4, 6))


LAYER = {"forward": [10.0, 0.5], "reverse": [10.5, 0.5], "gain": [1.0, 0.1], "bound": [7.0, 0.2]}
EXACTNESS = {
    "log_q": {"mean": [3.0, 0.1], "sd": 6.25},
    "delta_f": [-4.0, 0.1],
    "kl": [8.0, 0.1],
    "reverse_kl": [5.0, 0.1],
    "layers": [LAYER | {"layer": 1, "log_z": [10.0, 0.5]}, LAYER | {"layer": 2, "log_z": [10.25, 0.0]}],
    "refused": "",
}


def test_the_table_of_exactness_says_what_was_found():
    ax = plots.plot_exactness_table(EXACTNESS)
    (table,) = ax.tables
    cells = {place: cell.get_text().get_text() for place, cell in table.get_celld().items()}
    assert [cells[1, k] for k in range(6)] == ["1", "10.00 ± 0.50", "10.50 ± 0.50", "", "", "7.00 ± 0.20"]
    assert cells[2, 3] == "10.25" and cells[2, 4] == "1.00 ± 0.10"
    assert "varies by 6.2" in ax.get_xlabel() and "8.00 ± 0.10" in ax.get_xlabel()
    ax = plots.plot_exactness_table(EXACTNESS | {"layers": [], "refused": "stuck"}, pyplot.subplots()[1])
    assert not ax.tables and [text.get_text() for text in ax.texts] == ["stuck"]


def test_a_histogram_has_the_exact_probabilities_beside_it():
    lattice = square(4)
    levels, p = energy_distribution(lattice, 0.4)
    drawn = np.random.default_rng(1).choice(levels, 5000, p=p)
    ax = pyplot.subplots()[1]
    assert plots.plot_histogram(drawn, levels, p, ax, bins=1000) is ax
    (exact,), (points, *_) = ax.patches, ax.lines
    values, edges, _ = exact.get_data()
    shown = p > 1e-3 / 5000
    assert values == pytest.approx(p[shown.argmax() : len(p) - shown[::-1].argmax()])
    assert np.all(np.diff(edges) > 0) and np.sum(points.get_ydata()) == pytest.approx(1)
    inside = [(levels > a) & (levels < b) for a, b in pairwise(edges)]
    assert values == pytest.approx([p[own].sum() for own in inside])
    assert points.get_ydata() == pytest.approx([np.isin(drawn, levels[own]).mean() for own in inside])
    coarse, edges, _ = plots.plot_histogram(drawn, levels, p, bins=4).patches[0].get_data()
    assert len(coarse) <= 4 and coarse.sum() == pytest.approx(values.sum())
    for wrong, words in (
        (lambda: plots.plot_histogram(drawn / 16, levels, p[:-1]), "one probability a level"),
        (lambda: plots.plot_histogram(drawn, levels, 2 * p), "add up to 2"),
        (lambda: plots.plot_histogram(3 * drawn, levels, p), "the same units"),
    ):
        with pytest.raises(InputError, match=words):
            wrong()


def test_the_autocorrelation_of_a_chain_with_a_known_time():
    rng, rho, x = np.random.default_rng(1), 0.9, np.zeros(20_000)
    for k in range(1, x.size):
        x[k] = rho * x[k - 1] + rng.normal()
    ax = plots.plot_autocorrelation({"x": x, "noise": rng.normal(size=500)})
    slow, _, noise, *_ = ax.lines
    assert slow.get_ydata()[:20] == pytest.approx(rho ** np.arange(20), abs=0.05)
    assert noise.get_ydata()[0] == 1 and abs(noise.get_ydata()[1:4]).max() < 0.2
    (label, _) = (text.get_text() for text in ax.get_legend().get_texts())
    assert label.startswith("x: ") and "9." in label  # tau = 1/2 + rho / (1 - rho) = 9.5
    assert plots.plot_autocorrelation({"x": x}, longest=7).get_xlim() == (0, 7)
    with pytest.raises(InputError, match="named series"):
        plots.plot_autocorrelation(x)
    with pytest.raises(ConstantChainError):
        plots.plot_autocorrelation({"x": np.ones(9)})


@pytest.fixture(scope="module")
def quick():
    """An untrained network of the quick size, with the numbers that the figure shows."""
    experiment = Experiment(recipe="compact", seed=1, quick=True, control="no-L1")
    rng = np.random.default_rng(0)
    network = Network(experiment, DBN(RBM(rng.normal(0, 0.2, pair)) for pair in pairwise(experiment.sizes)), (), False)
    held_out = rng.choice([-1, 1], (30, 256)).astype(np.int8)
    measures = {
        "layers": [{"radius": list(rng.uniform(2, 4, n))} for n in experiment.sizes[1:]],
        "reconstructions": compression_curve(network.dbn, held_out, experiment.order(), 16, rng=0),
        "training": [[3.0, 2.0]] * 3,
        "exactness": EXACTNESS,
    }
    return network, measures, held_out


def test_figure_3_has_all_parts_and_says_what_it_is(quick):
    figure = plots.plot_figure3(*quick)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles[-1] == "Is it an exact RG?"
    assert titles[:6] == [
        "A  layers over the lattice",
        "B  top layer, 4 units",
        "C  middle layer, 16 units",
        "first layer, 36 of 64 units",
        "D  size of the blocks",
        "E  samples and what 4 units keep",
    ]
    assert len(figure.axes) == 10 and all(ax.images or ax.lines or ax.tables for ax in figure.axes)
    words = figure.get_suptitle()
    assert "QUICK LOOK on 16 x 16 spins, not the paper's network" in words and "control: without L1" in words
    (image,) = figure.axes[5].images
    samples = image.get_array()[:16]
    assert samples.shape[1] == 5 * 16 + 4 * 2
    # Five ranks of the magnetisation: the samples shown get no darker. The third lies below the layers.
    assert np.all(np.diff([samples[:, 18 * k : 18 * k + 16].mean() for k in range(5)]) >= 0)
    (lattice,) = figure.axes[0].collections
    assert np.array_equal(lattice.get_facecolors()[:, 0] == 0, samples[:, 36:52].ravel() == 1)


def test_figure_3_leaves_nothing_cut_off_or_overlapping(quick):
    """Labels and titles lie within the figure, and those of one panel not on another's."""
    figure = plots.plot_figure3(*quick)
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    width, height = figure.bbox.size
    assert all(box.x0 > -1 and box.y0 > -1 and box.x1 < width + 1 and box.y1 < height + 1 for box in boxes)
    pairs = itertools.combinations(boxes, 2)
    shared = [min(a.x1, b.x1) - max(a.x0, b.x0) for a, b in pairs if min(a.y1, b.y1) - max(a.y0, b.y0) > 1]
    assert len(shared) >= 9 and max(shared) < 1  # pixels


def test_files_are_the_same_bytes_each_time(quick):
    files = plots.figure3_files(*quick)
    assert sorted(files) == ["figure3.png", "figure3.svg"] and files == plots.figure3_files(*quick)
    assert pyplot.imread(io.BytesIO(files["figure3.png"])).shape[1] > 1000
    assert files["figure3.svg"].startswith(b"<?xml")
    assert pyplot.get_fignums() == []


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="expected \\(4, n_units\\)"):
        plots.plot_receptive_fields(np.ones((3, 2)), (2, 2))
    with pytest.raises(InputError, match="expected one shape \\(n, 4\\)"):
        plots.plot_reconstructions(np.ones((2, 4)), {"other": np.ones((3, 4))}, (2, 2))
    with pytest.raises(InputError, match="unknown quantity 'entropy'"):
        plots.plot_compression([], quantity="entropy")
