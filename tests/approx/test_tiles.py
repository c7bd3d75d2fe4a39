from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from approx.tiles import MOST_TILES, TileThreads, tile_bounds
from exactrg.blas import blas_threads, one_blas_thread
from exactrg.errors import InputError


@given(st.integers(1, 5000))
def test_tiles_cover_once_and_are_even(size):
    tiles = tile_bounds(size)
    assert [k for start, stop in tiles for k in range(start, stop)] == list(range(size))
    widths = [stop - start for start, stop in tiles]
    assert len(tiles) <= MOST_TILES and max(widths) - min(widths) <= 32 and (len(tiles) == 1 or min(widths) >= 80)
    assert all(start % 16 == 0 for start, _ in tiles)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_tile_is_done_once(threads):
    with TileThreads(threads) as pool:
        for _ in range(50):
            done: list[int] = []
            pool.run(done.append, 8)
            assert sorted(done) == list(range(8))


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_comes_out_after_all_threads_have_stopped(threads):
    running = []

    def task(tile):
        running.append(tile)
        if tile == 2:
            raise ArithmeticError("tile 2")
        running.remove(tile)

    with TileThreads(threads) as pool:
        with pytest.raises(ArithmeticError, match="tile 2"):
            pool.run(task, 8)
        assert running == [2]
        pool.run(lambda tile: None, 8)  # and the pool still works


def test_threads_share_the_work():
    barrier, names = threading.Barrier(2, timeout=20), set()

    def task(tile):
        names.add(threading.get_ident())
        barrier.wait()

    with TileThreads(2) as pool:
        pool.run(task, 2)
    assert len(names) == 2


def test_bad_numbers_of_threads():
    for bad in (0, -1, 1.5, "2"):
        with pytest.raises(InputError):
            TileThreads(bad)


def test_the_blas_has_one_thread_inside_and_its_own_number_outside():
    control = blas_threads()
    if control is None:
        with one_blas_thread() as told:
            assert told is False
        return
    get, put = control
    before = get()
    put(2)
    try:
        with one_blas_thread() as told, one_blas_thread():
            assert told and get() == 1
        assert get() == 2
        with pytest.raises(KeyError), one_blas_thread():
            raise KeyError
        assert get() == 2
    finally:
        put(before)


def test_tiles_of_a_product_have_the_same_bits_on_any_thread():
    rng = np.random.default_rng(0)
    a, b = rng.random((100, 700), dtype=np.float32), rng.random((700, 400), dtype=np.float32)
    found, tiles = [], [slice(*tile) for tile in tile_bounds(400)]
    for threads in (1, 2, 4):
        out = np.empty((100, 400), np.float32)
        with one_blas_thread(), TileThreads(threads) as pool:
            pool.run(lambda t, out=out: np.matmul(a, b[:, tiles[t]], out=out[:, tiles[t]]), len(tiles))
        found.append(out.tobytes())
    assert len(set(found)) == 1
