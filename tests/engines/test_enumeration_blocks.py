import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exactrg.engines.enumeration_blocks import Blocks, echelon_basis, spanned


def array(masks):
    return np.array(masks, dtype=np.uint64)


@given(st.lists(st.integers(0, 127), max_size=6))
def test_echelon_basis_has_the_span_and_the_rank_of_the_masks(masks):
    span = {0}
    for mask in masks:
        span |= {mask ^ other for other in span}
    basis = echelon_basis(array(masks))
    assert 2 ** len(basis) == len(span)
    assert all(lead == row & -row for lead, row in basis.items())
    assert {mask for mask in range(128) if spanned(mask, basis)} == span


@given(st.lists(st.integers(0, 127), max_size=6))
def test_every_configuration_has_one_flip_to_the_kept_spins(masks):
    flips = [f for f in range(128) if all((f & mask).bit_count() % 2 == 0 for mask in masks)]
    kept = sum(echelon_basis(array(masks)))
    images = [s ^ f for f in flips for s in range(128) if s & ~kept == 0]
    assert sorted(images) == list(range(128))


@given(st.lists(st.integers(0, (1 << 30) - 1), max_size=5), st.integers(0, (1 << 30) - 1))
def test_split_is_a_partition_and_no_mask_touches_three_blocks(masks, kept):
    blocks = Blocks.split(kept, array(masks))
    groups = (blocks.q, blocks.a, blocks.b, blocks.outer)
    assert sorted(spin for group in groups for spin in group) == [i for i in range(30) if kept >> i & 1]
    for mask in masks:
        assert not all(any(mask >> spin & 1 for spin in block) for block in groups[:3])


def test_pairs_fill_all_three_blocks():
    pairs = array([1 << i | 1 << j for i in range(30) for j in range(i)])
    assert [len(block) for block in Blocks.split((1 << 30) - 1, pairs).__dict__.values()] == [8, 8, 8, 6]


@given(st.lists(st.integers(0, 1023), max_size=6), st.integers(0, 1023))
def test_place_finds_the_entry_whose_sign_is_that_of_the_product(masks, down):
    blocks = Blocks.split(1023, array(masks))
    slots, outer_masks = blocks.place(array(masks))
    q, a, b, outer = (
        sum((down >> spin & 1) << j for j, spin in enumerate(group))
        for group in (blocks.q, blocks.a, blocks.b, blocks.outer)
    )
    x, y, w = blocks.tables(np.arange(blocks.size))
    (n_q, n_a), (_, n_b), _ = blocks.shapes
    assert x.shape == (n_q, n_a) and y.shape == (n_a, n_b) and w.shape == (n_q, n_b)
    starts = [x[0, 0], y[0, 0], w[0, 0]]
    indices = [q * n_a + a, a * n_b + b, q * n_b + b]
    for mask, slot, outer_mask in zip(masks, slots.tolist(), outer_masks.tolist(), strict=True):
        table = max(t for t in range(3) if slot >= starts[t])
        parity = (slot - int(starts[table]) & indices[table]).bit_count() + (outer_mask & outer).bit_count()
        assert parity % 2 == (mask & down).bit_count() % 2


def test_chunks_come_back_in_order_for_any_number_of_threads():
    blocks = Blocks((), (), (), tuple(range(9)))
    for threads in (1, 2, 5, 100):
        chunks = blocks.map_outer(lambda chunks: [list(chunk) for chunk in chunks], threads)
        assert len(chunks) == 64
        assert [outer for chunk in chunks for outer in chunk] == list(range(512))
