"""Measures of receptive fields on a periodic lattice: are the units of a layer blocks of spins? (Fig. 3, appendix B)"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import InputError, a_type

from .streams import Seed, seed_sequence

Floats = npt.NDArray[np.float64]

RANDOM_PLACEMENTS = 200


@dataclass(frozen=True, eq=False)
class Locality:
    """How local the receptive fields of one layer are; power is the square of a field, normalised to sum 1.

    Parameters
    ----------
    participation_ratio : ndarray, shape (n_units,)
        1 / sum power^2: the number of sites that a field lives on.
    radius : ndarray, shape (n_units,)
        Root mean square distance from the centre, in lattice spacings, on the torus.
    window_share : ndarray, shape (n_units,)
        Share of the power within a square window around the centre.
    window : int
        Side of the window.
    centres : ndarray, shape (n_units, 2)
        (x, y): phase of the mean of e^{2 pi i x / L} over the power.
    nearest_distances : ndarray, shape (n_units,)
        Distance from each centre to the nearest other one; empty for a single unit.
    random_nearest_distance, random_nearest_error : float
        Mean of the same for units placed at random, and the standard deviation of that mean between placements.

    Notes
    -----
    Fields that vanish everywhere have NaN in every measure, and are no block.
    """

    participation_ratio: Floats
    radius: Floats
    window_share: Floats
    window: int
    centres: Floats
    nearest_distances: Floats
    random_nearest_distance: float
    random_nearest_error: float

    @property
    def radius_variation(self) -> float:
        """Coefficient of variation of the radii: are blocks of one layer of about the same size?"""
        radii = self.radius[np.isfinite(self.radius)]
        return float(radii.std() / radii.mean()) if radii.size else math.nan

    @property
    def tiling(self) -> float:
        """Mean nearest-centre distance over that of random placement: above 1 where units keep apart, as tiles do."""
        finite = self.nearest_distances[np.isfinite(self.nearest_distances)]
        return float(finite.mean()) / self.random_nearest_distance if finite.size else math.nan

    def compact_share(self, *, share: float = 0.9, radius: float = math.inf) -> float:
        """Share of units with at least so much power in the window, and a smaller radius."""
        return float(np.mean((self.window_share >= share) & (self.radius < radius)))


def locality(fields: Any, shape: tuple[int, int], *, window: int | None = None, rng: Seed = 0) -> Locality:
    """Participation ratio, radius of gyration, share of power in a window and tiling of fields on a torus.

    Parameters
    ----------
    fields : array, shape (n_sites, n_units)
        Receptive fields of a layer, one column a unit, as `DBN.receptive_fields` returns them. Signs don't matter.
    shape : (Ly, Lx)
        Sides of the torus; site y * Lx + x.
    window : int, optional
        Odd side of the window, in sites; 13 if left out, or the largest that fits.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator
        For the random placements that the tiling is compared with.

    Returns
    -------
    Locality

    Raises
    ------
    InputError
        If the shapes do not fit, the window is even or too large, or a field is not finite.
    """
    try:
        array = np.asarray(fields, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"fields are {a_type(fields)}: expected an array of numbers, the fields of one layer; write "
            "dbn.receptive_fields()[0]"
        ) from None
    if np.shape(shape) != (2,):
        raise InputError(f"shape is {shape!r}: expected the sides of the torus, (Ly, Lx)")
    Ly, Lx = (require_count("a side", side, 1) for side in shape)
    if window is None:
        window = min(13, (min(Ly, Lx) - 1) // 2 * 2 + 1)
    window = require_count("window", window, 1)
    if array.ndim != 2 or array.shape[0] != Ly * Lx or array.shape[1] == 0:
        raise InputError(
            f"fields have shape {array.shape}, expected ({Ly * Lx}, n_units) on {Ly} x {Lx} sites, one layer"
        )
    if window % 2 == 0 or window > min(Ly, Lx):
        raise InputError(f"window must be odd and at most {min(Ly, Lx)}, got {window}")
    if not np.isfinite(array).all():
        raise InputError("fields hold NaN or infinite values")
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = array / np.abs(array).max(axis=0)  # squares must not underflow
        power = scaled**2 / np.sum(scaled**2, axis=0)
        participation = 1.0 / np.sum(power**2, axis=0)
    grid = power.reshape(Ly, Lx, -1)
    cx, cy = _centre(grid.sum(axis=0)), _centre(grid.sum(axis=1))
    dx, dy = _offsets(Lx, cx), _offsets(Ly, cy)
    square = np.einsum("xu,xu->u", grid.sum(axis=0), dx**2) + np.einsum("yu,yu->u", grid.sum(axis=1), dy**2)
    inside_x, inside_y = (np.abs(d) <= window / 2 for d in (dx, dy))
    share = np.einsum("yxu,yu,xu->u", grid, inside_y.astype(float), inside_x.astype(float), optimize=False)
    centres = np.stack([cx, cy], axis=1)
    finite = np.isfinite(centres).all(axis=1)
    mean, spread = _random_nearest(int(finite.sum()), (Ly, Lx), rng)
    return Locality(
        participation,
        np.sqrt(square),
        share,
        window,
        centres,
        _nearest(centres[finite], (Ly, Lx)),
        mean,
        spread,
    )


def size_ratios(layers: list[Locality]) -> list[float]:
    """Ratio of the median radii from each layer to the next: 2 for Kadanoff's 2 x 2 blocks."""
    radii = [float(np.nanmedian(layer.radius)) for layer in layers]
    return [upper / lower for lower, upper in pairwise(radii)]


def _centre(profile: Floats) -> Floats:
    """Circular mean of power along one side, shape (L, n_units) -> (n_units,)."""
    length = len(profile)
    phases = np.exp(2j * np.pi * np.arange(length) / length)
    centre = np.angle(phases @ profile) * length / (2 * np.pi) % length
    return np.asarray(centre % length)  # a small negative angle comes out as the length itself


def _offsets(length: int, centre: Floats) -> Floats:
    """Shortest signed distance of each site from the centre, shape (L, n_units)."""
    return np.asarray((np.arange(length)[:, None] - centre + length / 2) % length - length / 2)


def _nearest(points: Floats, shape: tuple[int, int]) -> Floats:
    """Distance from each point to the nearest other one on the torus; empty for fewer than two points."""
    if len(points) < 2:
        return np.empty(0)
    sides = np.array(shape[::-1], dtype=np.float64)
    offsets = (points[:, None] - points[None] + sides / 2) % sides - sides / 2
    squares = np.sum(offsets**2, axis=-1)
    np.fill_diagonal(squares, np.inf)
    return np.asarray(np.sqrt(squares.min(axis=1)))


def _random_nearest(n: int, shape: tuple[int, int], rng: Seed) -> tuple[float, float]:
    """Mean nearest distance of n random points, and the standard deviation of that mean."""
    generator = np.random.default_rng(seed_sequence(rng))
    if n < 2:
        return math.nan, math.nan
    sides = np.array(shape[::-1], dtype=np.float64)
    means = [_nearest(generator.random((n, 2)) * sides, shape).mean() for _ in range(RANDOM_PLACEMENTS)]
    return float(np.mean(means)), float(np.std(means))
