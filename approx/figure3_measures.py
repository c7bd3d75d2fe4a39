"""What is measured on a network of Fig. 3: its blocks layer by layer, and what each layer keeps of a configuration."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.dbn import DBN
from exactrg.errors import InputError

from .figure3_runs import Experiment, Network
from .receptive_fields import Locality, locality
from .reconstruction import reconstruct
from .streams import Seed, child, seed_sequence

Floats = npt.NDArray[np.float64]

SCHEMA, SCHEMA_VERSION = "exactrg-figure3", 1


def measure(network: Network, held_out: npt.NDArray[np.int8]) -> dict[str, Any]:
    """Receptive fields, reconstructions and training of a network of Fig. 3 as numbers.

    Parameters
    ----------
    network : Network
    held_out : ndarray of +-1, shape (n_samples, n_sites)
        Samples that the network was not trained on: ``experiment.held_out()``.

    Returns
    -------
    dict of JSON values
        ``layers``: of every layer the measures of `Locality`, unit by unit (null for a field that vanishes), on the
        lattice, and under ``in_pixel_order`` as the network sees its pixels where these are permuted.
        ``reconstructions``: see `compression_curve`. ``training``: reconstruction error by epoch. ``experiment`` and
        ``provenance``: what the numbers are a function of.
    """
    experiment = network.experiment
    layers = [_blocks(found) for found in localities(network.fields_on_the_lattice(), experiment)]
    if experiment.control == "permuted":
        for layer, found in zip(layers, localities(network.fields(), experiment), strict=True):
            layer["in_pixel_order"] = _blocks(found)
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "experiment": asdict(experiment)
        | {
            "L": experiment.L,
            "K": experiment.coupling,
            "sizes": list(experiment.sizes),
            "n_samples": experiment.n_samples,
            "recipe": experiment.recipe,
            "training": experiment.training.to_json(),
        },
        "provenance": [dict(layer.provenance) for layer in network.layers],
        "layers": layers,
        "reconstructions": compression_curve(
            network.dbn, held_out, experiment.order(), experiment.L, rng=experiment.reconstruction_seed()
        ),
        "training": [[record.reconstruction_error for record in layer.history] for layer in network.layers],
    }


def localities(fields: list[Floats], experiment: Experiment) -> list[Locality]:
    """`approx.locality` of every layer."""
    return [locality(field, (experiment.L, experiment.L), window=experiment.window) for field in fields]


def compression_curve(
    dbn: DBN, configs: npt.NDArray[np.int8], order: npt.NDArray[np.int64], L: int, *, rng: Seed
) -> list[dict[str, Any]]:
    """What reconstructions from each layer keep of configurations, against the compression N / (units of the layer).

    Parameters
    ----------
    dbn : DBN
    configs : ndarray of +-1, shape (n_samples, L * L)
        Columns in the order of the network's pixels.
    order : ndarray of int, shape (L * L,)
        Site of each pixel.
    L : int
        Side of the torus.
    rng : int, numpy.random.SeedSequence or numpy.random.Generator
        For the drawn reconstructions and the ties of the majority rule.

    Returns
    -------
    list of dict
        For depth 1, 2, ...: ``units``, ``compression``, and for each way of passing down a dict with the correlation
        over samples of the ``magnetization`` and of the ``energy`` of sample and reconstruction, and the ``agreement``,
        the mean of v_i v'_i. The ways: ``means`` (real mean spins in all layers), ``spins`` (the most likely spins +-1
        in that layer, means in the others), ``drawn`` (all layers are drawn), and ``majority`` (no network: the sign of
        the sum of each block of 2 x 2, 4 x 4, 8 x 8 spins, copied back to the block; None where the layer has another
        number of units).
    """
    root = seed_sequence(rng)
    sites = np.argsort(order)
    true = configs[:, sites].astype(np.float64)
    curve = []
    for depth, rbm in enumerate(dbn.rbms, start=1):
        means = reconstruct(dbn, configs, depth=depth)[:, sites]
        spins = reconstruct(dbn, configs, depth=depth, binary=True)[:, sites]
        drawn = reconstruct(dbn, configs, depth=depth, rng=child(root, depth, 0))[:, sites].astype(np.float64)
        side = math.isqrt(L * L // rbm.n_hidden)
        blocks = None
        if side * side * rbm.n_hidden == L * L and L % side == 0:
            blocks = _kept(true, majority_blocks(true, L, side, child(root, depth, 1)), L)
        curve.append(
            {
                "depth": depth,
                "units": rbm.n_hidden,
                "compression": L * L / rbm.n_hidden,
                "samples": len(configs),
                "means": _kept(true, means, L),
                "spins": _kept(true, spins, L),
                "drawn": _kept(true, drawn, L),
                "majority": blocks,
            }
        )
    return curve


def torus_energies(spins: Floats, L: int) -> Floats:
    """-sum of s s' over the bonds of the L x L torus, for rows of spins or of mean spins."""
    grid = spins.reshape(-1, L, L)
    return np.asarray(-np.sum(grid * (np.roll(grid, 1, axis=1) + np.roll(grid, 1, axis=2)), axis=(1, 2)))


def majority_blocks(spins: Floats, L: int, side: int, rng: Seed) -> Floats:
    """Replace each side x side block by the sign of its sum, or by a random sign where the sum is 0.

    Raises
    ------
    InputError
        If the blocks do not tile the torus.
    """
    if L % side:
        raise InputError(f"blocks of side {side} do not tile a torus of side {L}")
    blocks = spins.reshape(-1, L // side, side, L // side, side)
    sums = blocks.sum(axis=(2, 4), keepdims=True)
    ties = np.random.default_rng(seed_sequence(rng)).choice([-1.0, 1.0], sums.shape)
    signs = np.where(sums == 0, ties, np.sign(sums))
    return np.asarray(np.broadcast_to(signs, blocks.shape).reshape(spins.shape))


def _kept(true: Floats, found: Floats, L: int) -> dict[str, float | None]:
    """Correlations of magnetisations and energies, and mean v_i v'_i."""
    return {
        "magnetization": _correlation(true.mean(axis=1), found.mean(axis=1)),
        "energy": _correlation(torus_energies(true, L), torus_energies(found, L)),
        "agreement": float(np.mean(true * found)),
    }


def _correlation(x: Floats, y: Floats) -> float | None:
    """Pearson's; None if one of them is constant."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _blocks(found: Locality) -> dict[str, Any]:
    """Measures of one layer as JSON values; numbers of a single unit to 4 digits."""
    return {
        "radius": _rounded(found.radius),
        "participation": _rounded(found.participation_ratio),
        "window_share": _rounded(found.window_share),
        "window": found.window,
        "centres": [_rounded(pair) for pair in found.centres],
        "radius_variation": _finite(found.radius_variation),
        "tiling": _finite(found.tiling),
        "random_nearest_distance": _finite(found.random_nearest_distance),
        "random_nearest_error": _finite(found.random_nearest_error),
    }


def _rounded(values: Floats) -> list[float | None]:
    return [float(f"{value:.4g}") if math.isfinite(value) else None for value in values]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
