import numpy as np
import pytest

from exactrg.engines import enumeration_kernels as kernels


@pytest.mark.parametrize("size", [1, 2, 64, 2048, 8192])
def test_walsh_hadamard_is_the_sum_over_signs(size):
    table = np.random.default_rng(size).integers(-99, 99, size=size).astype(float)
    entries = np.random.default_rng(0).integers(0, size, size=20)
    expected = [sum(t * (-1) ** (m & i).bit_count() for m, t in enumerate(table.tolist())) for i in entries.tolist()]
    kernels.walsh_hadamard(table)
    assert table[entries].tolist() == expected


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 2, 4), (8, 16, 4), (64, 32, 128)])
def test_products_over_the_middle_block(shape):
    q, a, b = shape
    rng = np.random.default_rng(a)
    x, y, w = (rng.integers(0, 20, size=size).astype(float) for size in ((q, a), (a, b), (q, b)))
    product = np.full((q, b), np.nan)
    kernels.multiply(x, y, product)
    assert (product == x @ y).all()
    kernels.max_plus(x, y, product)
    terms = x[:, :, None] + y[None, :, :]
    assert (product == terms.max(axis=1)).all()
    counts = np.zeros((4, 64), dtype=np.int64)
    keys = [table.astype(np.uint32) for table in (x, np.ascontiguousarray(y.T), w)]
    kernels.count_keys(*keys, counts)
    everything = (terms + w[:, None, :]).astype(int).ravel()
    assert counts.sum(axis=0).tolist() == np.bincount(everything, minlength=64).tolist()


def test_sum_near_maximum_leaves_out_what_the_cut_says():
    rng = np.random.default_rng(5)
    x, y, w = (rng.normal(scale=20, size=size) for size in ((4, 8), (8, 16), (4, 16)))
    terms = x[:, :, None] + y[None, :, :] + w[:, None, :]
    best, top = terms.max(axis=1), terms.max()
    for cut in (30.0, 1000.0):
        sums = [np.zeros_like(table) for table in (x, y, w)]
        total = kernels.sum_near_maximum(x, y, w, best, top, cut, *sums)
        weights = np.where(terms - top >= -cut, np.exp(terms - top), 0.0)
        assert np.isclose(total, weights.sum(), rtol=1e-14)
        for got, axis in zip(sums, (2, 0, 1), strict=True):
            np.testing.assert_allclose(got, weights.sum(axis=axis), rtol=1e-13, atol=0)
