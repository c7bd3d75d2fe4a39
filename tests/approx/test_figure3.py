"""Fig. 3: do blocks emerge by themselves, and are they there because of the data and of L1?"""

from __future__ import annotations

import numpy as np
import pytest

from approx.fit import fit_dbn, fit_rbm
from approx.multispin import unpack
from approx.perfect import perfect_states
from approx.receptive_fields import locality, size_ratios
from approx.reconstruction import reconstruct


def ising_samples(L, K, n, seed):
    return unpack(perfect_states(-(-n // 1024), L, L, K, 0.0, seed, threads=2), n)


def blocks(data, L, **changes):
    fields = fit_rbm(data, 64, rng=1, epochs=25, threads=2, **changes).rbm.w
    return fields, locality(fields, (L, L), window=7)


def test_blocks_follow_the_data_and_need_l1():
    """Small network, 256-64: controls with permuted pixels, without L1 and by the paper's own recipe."""
    L = 16
    data = ising_samples(L, 0.408, 10_000, 5)
    assert blocks(data, L)[1].compact_share() > 0.85
    order = np.random.default_rng(0).permutation(L * L)
    fields, scattered = blocks(data[:, order], L)
    assert scattered.compact_share() < 0.05
    back = np.empty_like(fields)
    back[order] = fields
    assert locality(back, (L, L), window=7).compact_share() > 0.85
    assert blocks(data, L, l1=0.0)[1].compact_share() < 0.05
    assert blocks(data, L, recipe="paper")[1].compact_share() < 0.1


def test_without_couplings_no_unit_grows_beyond_single_sites():
    L = 16
    _, found = blocks(ising_samples(L, 0.0, 10_000, 5), L)
    assert np.median(found.participation_ratio) < 3


@pytest.mark.slow
def test_the_network_of_figure_3_by_the_compact_recipe():
    data = ising_samples(40, 0.408, 40_000, 2026)
    dbn = fit_dbn(data, (1600, 400, 100, 25), recipe="compact", rng=1, threads=2).dbn
    layers = [locality(fields, (40, 40)) for fields in dbn.receptive_fields()]
    assert (
        min(layers[0].compact_share(), layers[1].compact_share(), layers[2].compact_share(share=0.0, radius=6.0))
        >= 0.98
    )
    assert all(1.5 <= ratio <= 2.1 for ratio in size_ratios(layers))
    medians = [float(np.median(layer.participation_ratio)) for layer in layers]
    assert medians == pytest.approx([5, 26, 106], rel=0.15)
    assert all(layer.radius_variation < 0.25 and layer.tiling > 1.5 for layer in layers)
    some = data[:4000]
    means = reconstruct(dbn, some).mean(axis=1)
    assert np.corrcoef(some.mean(axis=1), means)[0, 1] > 0.97
