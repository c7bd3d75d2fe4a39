from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from approx.receptive_fields import locality, size_ratios
from exactrg.errors import InputError


def square_field(L, x0, y0, side, sign=1.0):
    grid = np.zeros((L, L))
    for y in range(side):
        for x in range(side):
            grid[(y0 + y) % L, (x0 + x) % L] = sign
    return grid.reshape(-1)


@given(st.integers(0, 39), st.integers(0, 39), st.integers(1, 9), st.sampled_from([1.0, -3.0, 1e-200]))
def test_a_square_block_anywhere_on_the_torus(x0, y0, side, scale):
    found = locality(square_field(40, x0, y0, side, scale)[:, None], (40, 40))
    assert found.participation_ratio[0] == pytest.approx(side**2)
    assert found.radius[0] == pytest.approx(
        np.sqrt((side**2 - 1) / 6), abs=1e-6
    )  # variance of 0..side-1 is (side^2 - 1) / 12
    assert found.window_share[0] == pytest.approx(1.0)
    distance = (found.centres[0] - np.array([x0, y0]) - (side - 1) / 2 + 20) % 40 - 20
    assert np.abs(distance).max() < 1e-6


def test_brute_force_on_a_random_field():
    rng = np.random.default_rng(0)
    L, window = 9, 5
    field = np.exp(3 * rng.normal(size=L * L))
    found = locality(field[:, None], (L, L), window=window)
    power = field**2 / np.sum(field**2)
    cx, cy = found.centres[0]
    square = share = 0.0
    for y in range(L):
        for x in range(L):
            dx = min(abs(x - cx + k * L) for k in (-1, 0, 1))
            dy = min(abs(y - cy + k * L) for k in (-1, 0, 1))
            square += power[y * L + x] * (dx**2 + dy**2)
            share += power[y * L + x] * (dx <= window / 2 and dy <= window / 2)
    assert found.radius[0] == pytest.approx(np.sqrt(square)) and found.window_share[0] == pytest.approx(share)
    assert found.participation_ratio[0] == pytest.approx(1 / np.sum(power**2))
    phase = sum(power[i] * np.exp(2j * np.pi * (i % L) / L) for i in range(L * L))
    assert np.angle(phase) * L / (2 * np.pi) % L == pytest.approx(cx)


def test_noise_is_no_block_and_blocks_are():
    rng = np.random.default_rng(1)
    noise = locality(rng.normal(size=(1600, 50)), (40, 40))
    blocks = locality(np.stack([square_field(40, 4 * k, 3 * k, 4) for k in range(10)], axis=1), (40, 40))
    assert noise.compact_share() == 0 and blocks.compact_share() == 1 and blocks.compact_share(radius=1.0) == 0
    assert np.median(noise.participation_ratio) > 400 and blocks.radius_variation < 1e-9 < noise.radius_variation


def test_a_permutation_of_the_sites_destroys_it():
    fields = np.stack([square_field(40, 3 * k, 7 * k, 5) for k in range(12)], axis=1)
    order = np.random.default_rng(2).permutation(1600)
    scattered = locality(fields[order], (40, 40))
    assert scattered.compact_share() == 0
    assert np.allclose(scattered.participation_ratio, 25)  # which sites they are is not its business
    assert locality(scattered_back(fields[order], order), (40, 40)).compact_share() == 1


def scattered_back(fields, order):
    back = np.empty_like(fields)
    back[order] = fields
    return back


def test_tiles_keep_apart_and_random_centres_do_not():
    rng = np.random.default_rng(3)
    tiles = [square_field(40, 4 * x, 4 * y, 3) for x in range(10) for y in range(10)]
    random = [square_field(40, *rng.integers(0, 40, 2), 3) for _ in range(100)]
    tiling, scattered = (locality(np.stack(f, axis=1), (40, 40)) for f in (tiles, random))
    assert np.allclose(tiling.nearest_distances, 4.0)
    assert tiling.tiling > 1.6 and abs(scattered.tiling - 1) < 0.2
    # n random points in area A: mean nearest distance sqrt(A / n) / 2
    assert tiling.random_nearest_distance == pytest.approx(2.0, rel=0.02) and tiling.random_nearest_error < 0.2


def test_sides_that_differ_single_units_and_empty_fields():
    grid = np.zeros((4, 10))
    grid[3, 9] = grid[0, 9] = 2.0
    found = locality(np.stack([grid.reshape(-1), np.zeros(40)], axis=1), (4, 10), window=3)
    assert found.centres[0] == pytest.approx([9, 3.5]) and found.radius[0] == pytest.approx(0.5)
    assert np.isnan(found.radius[1]) and found.nearest_distances.size == 0 and found.compact_share() == 0.5


def test_size_ratios_are_between_medians():
    layers = [locality(np.stack([square_field(40, k, 0, s) for k in range(3)], axis=1), (40, 40)) for s in (3, 7)]
    assert size_ratios(layers) == pytest.approx([np.sqrt(48 / 8)])


def test_the_window_fits_small_lattices():
    fields = np.random.default_rng(0).normal(size=(64, 2))
    assert locality(fields, (8, 8)).window == 7 and locality(fields, (4, 16)).window == 3
    assert locality(np.ones((1600, 1)), (40, 40)).window == 13
    with pytest.raises(InputError, match=r"shape is 8: expected the sides of the torus, \(Ly, Lx\)"):
        locality(fields, 8)


@pytest.mark.parametrize(
    "fields, shape, window",
    [
        (np.ones((9, 2)), (3, 4), 3), (np.ones(9), (3, 3), 3), (np.ones((9, 0)), (3, 3), 3), (np.ones((9, 1)), (3, 3), 2),
        (np.ones((9, 1)), (3, 3), 5), (np.full((9, 1), np.nan), (3, 3), 3), (np.ones((9, 1)), (3, 0), 3),
    ],
)  # fmt: skip
def test_bad_fields_are_refused(fields, shape, window):
    with pytest.raises(InputError):
        locality(fields, shape, window=window)


@pytest.mark.parametrize("L", [3, 5, 8, 12])
def test_centres_lie_on_the_torus(L):
    """An angle of -1e-17 wraps to 2 pi when it is rounded."""
    profiles = np.random.default_rng(0).normal(size=(L, 60))
    across = np.roll(profiles[::-1], 1, axis=0)  # mirrored about site 0
    fields = ((profiles**2 + across**2) ** 0.5)[:, None] * np.ones((L, L, 1))
    centres = locality(fields.reshape(L * L, -1), (L, L)).centres
    assert (centres >= 0).all() and (centres < L).all()


@pytest.mark.parametrize("fields", ["abc", object(), [["a"]], None])
def test_fields_that_are_no_numbers_are_refused(fields):
    with pytest.raises(InputError, match="expected"):
        locality(fields, (2, 2))
