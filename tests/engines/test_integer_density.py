import itertools
import math
import os
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.engines import enumeration_blocks
from exactrg.engines.enumeration import log_partition_function
from exactrg.engines.integer_density import integer_density
from exactrg.errors import EnumerationTooLarge, InputError, LatticeError, SiteError
from exactrg.lattices import rectangle, square

SQUARE_4 = [2, 0, 32, 64, 424, 1728, 6688, 13568, 20524, 13568, 6688, 1728, 424, 64, 32, 0, 2]


def brute_force(n, edges):
    counts = [[0] * (n + 1) for _ in range(len(edges) + 1)]
    for spins in itertools.product((0, 1), repeat=n):
        counts[sum(spins[i] != spins[j] for i, j in edges)][sum(spins)] += 1
    return counts


@st.composite
def multigraphs(draw, spins=8):
    n = draw(st.integers(0, spins))
    pairs = list(itertools.permutations(range(n), 2))
    return n, draw(st.lists(st.sampled_from(pairs), max_size=12)) if pairs else []


@settings(deadline=None, max_examples=60)
@given(multigraphs(), st.integers(1, 8))
def test_multigraphs_against_brute_force(graph, block):
    n, edges = graph
    expected = brute_force(n, edges)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enumeration_blocks, "_BLOCK", block)
        assert integer_density(n, edges, magnetization=True) == expected
        assert integer_density(n, edges) == [sum(row) for row in expected]


def test_the_checker_notices_a_missing_bond():
    edges = [(0, 1), (1, 2), (2, 0)]
    assert integer_density(3, edges[:2]) != [sum(row) for row in brute_force(3, edges)]


def test_square_torus_of_side_4():
    edges = list(square(4).edges())
    assert integer_density(16, edges) == [g for pair in zip(SQUARE_4, [0] * 17, strict=True) for g in pair][:-1]
    resolved = integer_density(16, edges, magnetization=True)
    assert [sum(row) for row in resolved] == integer_density(16, edges)
    assert [sum(column) for column in zip(*resolved, strict=True)] == [math.comb(16, m) for m in range(17)]


def test_double_bonds_of_the_square_of_side_2():
    edges = list(square(2).edges())
    assert integer_density(4, edges) == [2, 0, 0, 0, 12, 0, 0, 0, 2]


@pytest.mark.jit
@pytest.mark.parametrize("n", [20, 25])
def test_complete_graph_in_closed_form(n):
    edges = list(itertools.combinations(range(n), 2))
    expected = [[0] * (n + 1) for _ in range(len(edges) + 1)]
    for down in range(n + 1):
        expected[down * (n - down)][down] = math.comb(n, down)
    resolved = integer_density(n, edges, magnetization=True, threads=2)
    assert resolved == expected
    assert integer_density(n, edges) == [sum(row) for row in expected]


@pytest.mark.jit
def test_random_graph_of_26_spins_against_log_z_and_on_two_threads():
    rng = random.Random(1)
    edges = [pair for pair in itertools.combinations(range(26), 2) if rng.random() < 0.2]
    counts = integer_density(26, edges)
    assert counts == integer_density(26, edges, threads=2)
    assert sum(counts) == 2**26
    masks = [1 << i | 1 << j for i, j in edges]
    for K in (0.3, -0.4):
        z = math.fsum(g * math.exp(K * (len(edges) - 2 * k)) for k, g in enumerate(counts))
        assert math.isclose(math.log(z), log_partition_function(26, masks, [K] * len(edges)), rel_tol=1e-14)


def test_types_are_python_ints():
    flat, resolved = integer_density(2, [(0, 1)]), integer_density(2, [(0, 1)], magnetization=True)
    assert flat == [2, 2] and resolved == [[1, 0, 1], [0, 2, 0]]
    assert {type(count) for count in [*flat, *resolved[0]]} == {int}


@pytest.mark.parametrize(
    ("error", "n", "edges"),
    [
        (EnumerationTooLarge, 41, None),
        (LatticeError, 3, [(1, 1)]),
        (SiteError, 3, [(0, 3)]),
        (SiteError, 3, [(-1, 0)]),
        (SiteError, 3, [(0.5, 1)]),
        (SiteError, 3, [(0, 1, 2)]),
        (SiteError, 3, [7]),
        (InputError, -1, []),
        (InputError, "4", []),
    ],
)
def test_bad_input(error, n, edges):
    with pytest.raises(error):
        integer_density(n, edges)


def test_the_same_counts_without_jit():
    edges = list(rectangle(3, 2).edges())
    script = (
        "from exactrg.engines.integer_density import integer_density\n"
        f"print(integer_density(6, {edges}, magnetization=True))"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(brute_force(6, edges))
