"""Checks at the boundary: sites, spins, and sizes that cannot be enumerated."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

from exactrg.errors import EnumerationTooLarge, SiteError, SpinError
from exactrg.sites import (
    describe,
    renamed,
    require_disjoint,
    require_enumerable,
    require_known,
    require_same,
    site_tuple,
    spin_array,
)


def test_site_tuple() -> None:
    assert site_tuple(iter([2, "a", ("h", 0)])) == (2, "a", ("h", 0))
    assert site_tuple([]) == ()


@pytest.mark.parametrize(
    ("sites", "message"),
    [
        ([0, 1, 0], r"keep contains 0 twice: expected distinct sites"),
        ([[0, 1]], r"keep contains \[0, 1\], which is not hashable; write a tuple instead of a list"),
        ("ab", r"keep is 'ab': expected a sequence of sites; write \['ab'\]"),
        (7, r"keep is 7: expected a sequence of sites; write \[7\]"),
        ([], r"keep is empty: expected at least one site"),
        ([1, 1.0], r"twice"),
    ],
)
def test_bad_sites(sites: Any, message: str) -> None:
    with pytest.raises(SiteError, match=message):
        site_tuple(sites, "keep", empty=False)


def test_relations_between_sets_of_sites() -> None:
    require_known([1], [0, 1], "f")
    with pytest.raises(SiteError, match=r"f names the unknown site 9; the sites are 0, 1, 2, 3, 4, 5, 6, 7, \.\.\."):
        require_known([3, 9], range(9), "f")
    with pytest.raises(SiteError, match="the sites are none"):
        require_known([3], [], "f")
    require_disjoint([1], [2], "layers")
    with pytest.raises(SiteError, match=r"layers share the site 1: expected disjoint sets; use \.relabel"):
        require_disjoint([0, 1], [1, 2], "layers")
    require_same([0, 1], (1, 0), "p and q")
    with pytest.raises(SiteError, match=r"p and q live on different sites \(2 and 1; 1 is in one of them only\)"):
        require_same([0, 1], [0], "p and q")


def test_many_sites_are_looked_up_fast() -> None:
    start = time.perf_counter()
    require_known(range(200_000), range(200_000), "f")
    assert time.perf_counter() - start < 5


def test_spins() -> None:
    for given in ([[1, -1]], [1, -1], np.array([[1.0, -1.0]]), np.array([[1, -1]], dtype=np.int64), ((1, -1),)):
        array = spin_array(given, 2)
        assert array.dtype == np.int8 and array.tolist() == [[1, -1]]
    assert spin_array(np.zeros((0, 3)), 3).shape == (0, 3)
    assert spin_array([[]], 0).shape == (1, 0)


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        ([[1, 0]], r"spins must be \+1 or -1, got values such as 0; these are 0/1 units, write 2 \* units - 1"),
        ([[True, False]], r"0/1 units, write 2 \* units - 1"),
        ([[True, True]], r"got values such as True; these are 0/1 units"),
        ([[1, 2]], r"got values such as 2$"),
        ([[1, 0.5]], r"got values such as 0\.5$"),
        ([[1, np.nan]], r"got values such as nan"),
        (np.array([[1, 255]], dtype=np.uint8), r"got values such as 255"),
        ([[1, -1, 1]], r"configurations of shape \(1, 3\): expected \(n_samples, 2\), in the order of .sites"),
        ([[[1, -1]]], r"shape \(1, 1, 2\)"),
        (1, r"shape \(\)"),
        ([[1, 1], [1]], r"ragged configurations: expected rows of one length, \(n_samples, 2\)"),
        ([["+", "-"]], r"dtype <U1: expected int8 spins"),
        ([[1, None]], r"dtype object: expected int8 spins"),
        ([[1j, 1]], r"dtype complex128: expected int8 spins"),
    ],
)
def test_bad_spins(configs: Any, message: str) -> None:
    with pytest.raises(SpinError, match=message):
        spin_array(configs, 2)


def test_numpy_scalars_become_what_they_stand_for() -> None:
    given = (np.int64(3), ("h", np.int32(1)), (np.str_("a"), (np.uint8(0),)), 5, "b", frozenset((1,)))
    assert repr(site_tuple(given)) == "(3, ('h', 1), ('a', (0,)), 5, 'b', frozenset({1}))"
    assert repr(site_tuple(np.arange(2))) == "(0, 1)"
    assert renamed((0, 1, "a"), {np.int64(1): np.int64(7)}) == {0: 0, 1: 7, "a": "a"}


def test_the_largest_tables() -> None:
    require_enumerable(26, "float", instead="Write smaller.")
    require_enumerable(20, "exact", instead="Write smaller.")
    require_enumerable(20, "neutral", instead="Write smaller.")


@pytest.mark.parametrize("n", [27, 40, 63, 64, 1600, 10**6])
@pytest.mark.parametrize("kind", ["float", "exact", "neutral"])
def test_too_large_at_once(n: int, kind: str) -> None:
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(EnumerationTooLarge, match=rf"a table over {n} spins has 2\*\*{n}") as caught:
        require_enumerable(n, kind, instead="Write smaller.")
    assert time.perf_counter() - start < 0.1
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()
    assert caught.value.n == n and caught.value.limit == (26 if kind == "float" else 20)
    assert "Write smaller." in str(caught.value) and len(str(caught.value)) < 400


def test_describe() -> None:
    assert [describe("ab", k) for k in range(4)] == [
        {"a": 1, "b": 1},
        {"a": 1, "b": -1},
        {"a": -1, "b": 1},
        {"a": -1, "b": -1},
    ]
