"""Figs. 1 and 2: their numbers against brute force, and what is drawn."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from fractions import Fraction

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

from matplotlib import pyplot

from exactrg.figures import (
    draw_figure1,
    draw_figure2,
    figure1_numbers,
    figure2_numbers,
    figure_files,
    majority_of_blocks,
)


@pytest.fixture(scope="module")
def block_spins() -> dict:
    return figure1_numbers()


def test_block_spins_of_the_torus_by_brute_force(block_spins: dict) -> None:
    """Tr_v e^{T - H} for the majority rule, ties at random, straight from Eq. 6."""
    weight = Fraction(3, 2)
    spins = np.array(list(itertools.product((1, -1), repeat=16)), dtype=np.int64).reshape(-1, 4, 4)
    bonds = (spins * np.roll(spins, 1, 1) + spins * np.roll(spins, 1, 2)).sum(axis=(1, 2))
    sums = spins.reshape(-1, 2, 2, 2, 2).sum(axis=(2, 4)).reshape(-1, 4)
    log_trace = {}
    for h in itertools.product((1, -1), repeat=4):
        chance = np.prod(np.where(sums * np.array(h) > 0, 1.0, np.where(sums == 0, 0.5, 0.0)), axis=1)
        log_trace[h] = math.log(float(np.sum(chance * float(weight) ** bonds)))
    for kind, members in {"neighbours": (0, 1), "diagonal": (0, 3), "four spins": (0, 1, 2, 3), "constant": ()}.items():
        expected = sum(math.prod(h[j] for j in members) * x for h, x in log_trace.items()) / 16
        assert block_spins["operators"]["majority rule"]["couplings"][kind] == pytest.approx(expected, rel=1e-12)


def test_all_three_operators_are_exact(block_spins: dict) -> None:
    found = block_spins["operators"].values()
    assert [(entry["exact_rg"], entry["delta_f"]) for entry in found] == [(True, "0")] * 3
    assert block_spins["K"]["exact"] == "log(3/2)"


def test_the_flow_and_the_network() -> None:
    numbers = figure2_numbers(0.7, 3, 6)
    t = [math.tanh(row["J"]) for row in numbers["levels"]]
    assert t == pytest.approx([math.tanh(0.7) ** (2**k) for k in range(4)], rel=1e-12)
    assert [row["correlation_length"] for row in numbers["levels"]] == pytest.approx([-1 / math.log(t[0])] * 4)
    assert numbers["network"]["kl_hidden"] == pytest.approx(0, abs=1e-12)
    # FACTS: (N/2) [log 2 - entropy(v2 | v1, v3)], the entropy in the ring's own distribution.
    ring = np.array(list(itertools.product((1, -1), repeat=6)))
    p = np.exp(0.7 * (ring * np.roll(ring, 1, axis=1)).sum(axis=1))
    p /= p.sum()
    entropy = 0.0
    for v in itertools.product((1, -1), repeat=3):
        joint = p[(ring[:, :3] == v).all(axis=1)].sum()
        pair = p[(ring[:, 0] == v[0]) & (ring[:, 2] == v[2])].sum()
        entropy -= joint * math.log(joint / pair)
    assert numbers["network"]["kl_visible"] == pytest.approx(3 * (math.log(2) - entropy), rel=1e-10)


def test_what_is_drawn(block_spins: dict) -> None:
    first = draw_figure1(block_spins)
    assert len(first.axes) == 4
    assert [len(ax.collections[0].get_offsets()) for ax in first.axes[:3]] == [64, 16, 4]
    heights = [bar.get_height() for bar in first.axes[3].patches]
    kinds = ("neighbours", "diagonal", "four spins")
    assert heights == [found["couplings"][kind] for found in block_spins["operators"].values() for kind in kinds]
    numbers = figure2_numbers()
    second = draw_figure2(numbers)
    labels = [text.get_text() for text in second.axes[2].texts]
    assert [f"$J^{{({k})}}$" in labels for k in range(5)] == [True] * 5
    chain, network = second.axes[:2]
    assert [len(c.get_offsets()) for c in chain.collections] == [17, 9, 5, 3]
    assert [len(c.get_offsets()) for c in network.collections] == [16, 8, 4, 2]
    assert numbers["network"]["n"] == 16 and f"KL = {numbers['network']['kl_visible']:.3f}" in network.get_xlabel()
    pyplot.close("all")


@pytest.mark.parametrize("which", [1, 2])
def test_nothing_is_cut_off_or_overlapping(which: int, block_spins: dict) -> None:
    figure = draw_figure1(block_spins) if which == 1 else draw_figure2(figure2_numbers())
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    width, height = figure.bbox.size
    assert all(box.x0 > -1 and box.y0 > -1 and box.x1 < width + 1 and box.y1 < height + 1 for box in boxes)
    for a, b in itertools.combinations(boxes, 2):
        assert min(min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)) < 1  # pixels


def test_majority_of_blocks() -> None:
    spins = np.array([[1, 1, -1, -1], [1, -1, -1, -1], [1, -1, 1, 1], [1, -1, 1, 1]])
    found = {tuple(majority_of_blocks(spins, np.random.default_rng(k)).ravel().tolist()) for k in range(20)}
    assert found == {(1, -1, 1, 1), (1, -1, -1, 1)}  # one tie, lower left


def test_files_are_the_same_bytes_each_time() -> None:
    files = figure_files("fig2")
    assert files == figure_files("fig2")
    assert files["fig2.png"].startswith(b"\x89PNG") and b"<svg" in files["fig2.svg"]
    rows = list(csv.reader(io.StringIO(files["fig2.csv"].decode())))
    numbers = json.loads(files["fig2.json"])
    levels, network = numbers["levels"], numbers["network"]
    assert rows[0] == ["level", "J", "spacing", "correlation_length", "network_n", "network_kl"]
    assert len(rows) == len(levels) + 1
    assert [float(row[1]) for row in rows[1:]] == [level["J"] for level in levels]
    assert [row[4:] for row in rows[1:]] == [
        [str(network["n"]), repr(network["kl_visible"])],
        [str(network["n"]), repr(network["kl_hidden"])],
        *[["", ""]] * (len(levels) - 2),
    ]
