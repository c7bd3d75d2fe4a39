import math
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg.engines import enumeration, enumeration_blocks
from exactrg.engines.enumeration import expectations, log_partition_function
from exactrg.errors import CouplingError, EnumerationTooLarge, InputError, SiteError


def balls(n, masks, couplings, observables=()):
    """log Z and the expectations in ball arithmetic, configuration by configuration."""
    with ctx.workprec(300):
        z, sums = arb(0), [arb(0) for _ in observables]
        for down in range(1 << n):
            g = sum((arb(c) * (-1) ** (m & down).bit_count() for m, c in zip(masks, couplings, strict=True)), arb(0))
            weight = g.exp()
            z += weight
            sums = [s + weight * (-1) ** (m & down).bit_count() for m, s in zip(observables, sums, strict=True)]
        return z.log(), [s / z for s in sums]


def assert_right(n, masks, couplings, observables):
    log_z, values = balls(n, masks, couplings, observables)
    scale = n * math.log(2) + sum(map(abs, couplings))
    got = log_partition_function(n, masks, couplings)
    assert float(abs(arb(got) - log_z)) <= 2e-15 * scale + 1e-80  # the balls have a radius
    for got, value in zip(expectations(n, masks, couplings, observables), values, strict=True):
        assert float(abs(arb(float(got)) - value)) <= 4e-15 + 1e-15 * scale * float(1 - value * value)


@st.composite
def systems(draw, spins=7, largest=5.0):
    n = draw(st.integers(0, spins))
    masks = st.integers(0, (1 << n) - 1)
    terms = draw(st.lists(st.tuples(masks, st.floats(-largest, largest)), max_size=12))
    observables = draw(st.lists(masks, max_size=4))
    return n, [m for m, _ in terms], [c for _, c in terms], observables


@settings(deadline=None, max_examples=60)
@given(systems())
def test_random_many_body_terms_against_balls(system):
    assert_right(*system)


@settings(deadline=None, max_examples=40)
@given(systems(largest=1000.0))
def test_couplings_up_to_1000_against_balls(system):
    assert_right(*system)


@settings(deadline=None, max_examples=40)
@given(system=systems(spins=9), block=st.integers(1, 2), chunks=st.sampled_from([1, 4, 64]))
def test_outer_spins_against_balls(system, block, chunks):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enumeration_blocks, "_BLOCK", block)
        patch.setattr(enumeration_blocks, "_CHUNKS", chunks)
        assert_right(*system)


def test_a_term_in_all_three_blocks_would_be_noticed(monkeypatch):
    n, masks, couplings = 3, [0b111, 0b011], [0.5, 0.25]
    assert_right(n, masks, couplings, [0b001, 0b111])
    monkeypatch.setattr(
        enumeration_blocks.Blocks, "split", classmethod(lambda cls, kept, masks: cls((0,), (1,), (2,), ()))
    )
    with pytest.raises(AssertionError):
        assert_right(n, masks, couplings, [0b001, 0b111])


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_rational_weights(data):
    n = data.draw(st.integers(1, 6))
    ratios = data.draw(
        st.dictionaries(st.integers(0, (1 << n) - 1), st.fractions(Fraction(1, 9), 9, max_denominator=9), max_size=8)
    )
    z = sum(
        math.prod((r if (mask & down).bit_count() % 2 == 0 else 1 / r for mask, r in ratios.items()), start=Fraction(1))
        for down in range(1 << n)
    )
    got = log_partition_function(n, list(ratios), [math.log(r) for r in ratios.values()])
    assert math.isclose(got, math.log(z.numerator) - math.log(z.denominator), rel_tol=1e-14, abs_tol=1e-14)


@pytest.mark.parametrize("coupling", [1000.0, -1000.0])
def test_frustrated_triangles_go_through_the_log_domain(coupling, monkeypatch):
    used = []
    contract = enumeration._contract_logs
    monkeypatch.setattr(enumeration, "_contract_logs", lambda *args: used.append(args) or contract(*args))
    pairs = [1 << i | 1 << j for i in range(6) for j in range(i)]
    assert_right(6, [*pairs, 1], [coupling] * len(pairs) + [0.3], [0b11, 0b1, 0b1111])
    assert bool(used) == (coupling < 0)


@settings(deadline=None, max_examples=20)
@given(systems(spins=9))
def test_linear_and_log_domain_agree(system):
    n, masks, couplings, observables = system
    linear = log_partition_function(n, masks, couplings), expectations(n, masks, couplings, observables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enumeration, "_SAFE", math.inf)
        logs = log_partition_function(n, masks, couplings), expectations(n, masks, couplings, observables)
    assert math.isclose(linear[0], logs[0], rel_tol=1e-14, abs_tol=1e-13)
    np.testing.assert_allclose(linear[1], logs[1], atol=1e-13, rtol=0)


@pytest.mark.jit
@pytest.mark.parametrize(
    ("n", "coupling", "field"), [(30, 0.05, 0.1), (29, -0.2, 0.3), (28, 3.0, -1.0), (27, 0.3, 0.0)]
)
def test_every_pair_with_random_gauge_has_a_relative_error_below_1e_13(n, coupling, field):
    gauge = np.random.default_rng(n).choice([-1, 1], size=n).tolist()
    pairs = [(i, j) for i in range(n) for j in range(i)]
    masks = [1 << i | 1 << j for i, j in pairs] + [1 << i for i in range(n)]
    couplings = [coupling * gauge[i] * gauge[j] for i, j in pairs] + [field * gauge[i] for i in range(n)]
    with ctx.workprec(300):
        z = sum(
            math.comb(n, down) * (arb(coupling) * ((n - 2 * down) ** 2 - n) / 2 + arb(field) * (n - 2 * down)).exp()
            for down in range(n + 1)
        )
        got = log_partition_function(n, masks, couplings, threads=2)
        assert float(abs(arb(got) / z.log() - 1)) < 1e-15


@pytest.mark.jit
def test_open_chain_correlations_at_24_spins():
    couplings = np.random.default_rng(1).normal(size=23)
    masks = [0b11 << i for i in range(23)]
    expected = [math.prod(np.tanh(couplings[:r])) for r in range(1, 24)]
    got = expectations(24, masks, couplings, [1 | 1 << r for r in range(1, 24)])
    np.testing.assert_allclose(got, expected, atol=1e-15, rtol=1e-12)


@pytest.mark.jit
def test_same_bits_for_any_number_of_threads():
    rng = np.random.default_rng(2)
    n = 28
    masks = [1 << i | 1 << j for i in range(n) for j in range(i)] + [1 << i for i in range(n)]
    couplings = rng.normal(size=len(masks))
    assert len({log_partition_function(n, masks, couplings, threads=t) for t in (1, 2, 3)}) == 1
    n = 26
    masks = [mask for mask in masks if mask < 1 << n]
    couplings = couplings[: len(masks)]
    one, two = (expectations(n, masks, couplings, masks, threads=t) for t in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_expectations_are_derivatives_of_log_z():
    rng = np.random.default_rng(3)
    masks = rng.integers(1, 1 << 12, size=15)
    couplings = rng.normal(size=15)
    step = 1e-5 * np.eye(15)
    slopes = [
        (log_partition_function(12, masks, couplings + d) - log_partition_function(12, masks, couplings - d)) / 2e-5
        for d in step
    ]
    np.testing.assert_allclose(expectations(12, masks, couplings, masks), slopes, atol=1e-8)


def test_flips_that_change_nothing_give_exact_zeros_and_factors_of_two():
    masks, couplings = [0b000011, 0b011000], [0.7, -1.1]
    got = expectations(6, masks, couplings, [0b000001, 0b100000, 0b001001, 0b011011, 0])
    assert got.tolist()[:3] == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(got[3:], [math.tanh(0.7) * math.tanh(-1.1), 1.0], atol=1e-15)
    expected = 4 * math.log(2) + sum(math.log(2 * math.cosh(c)) for c in couplings)
    assert math.isclose(log_partition_function(6, masks, couplings), expected, rel_tol=1e-15)


def test_no_spins_no_terms_and_constants():
    assert log_partition_function(0, [], []) == 0.0
    assert log_partition_function(0, [0, 0], [1.5, 0.5]) == 2.0
    assert log_partition_function(40, [], []) == 40 * math.log(2)
    assert expectations(3, [0], [1.0], []).shape == (0,)


def test_too_many_spins_are_refused_before_anything_is_looked_at():
    with pytest.raises(EnumerationTooLarge) as caught:
        log_partition_function(41, object(), object())
    assert caught.value.n == 41
    with pytest.raises(EnumerationTooLarge):
        expectations(10**4, [1], [math.nan], [1])


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (CouplingError, (2, [1], [math.nan])),
        (CouplingError, (2, [1], [math.inf])),
        (CouplingError, (2, [1, 2], [1e308, 1e308])),
        (CouplingError, (2, [1], ["J"])),
        (InputError, (2, [1], [1.0, 2.0])),
        (InputError, (2, [1.0], [1.0])),
        (InputError, (2, [[1]], [[1.0]])),
        (InputError, (-1, [], [])),
        (InputError, (2.5, [], [])),
        (SiteError, (2, [4], [1.0])),
        (SiteError, (2, [-1], [1.0])),
    ],
)
def test_bad_input(error, arguments):
    with pytest.raises(error):
        log_partition_function(*arguments)
    with pytest.raises(error):
        expectations(*arguments, [0])


def test_bad_observables_and_threads():
    with pytest.raises(SiteError):
        expectations(2, [1], [1.0], [8])
    for threads in (0, -1, 1.5, None):
        with pytest.raises(InputError):
            log_partition_function(2, [1], [1.0], threads=threads)


def test_the_same_numbers_without_jit():
    masks, couplings, observables = [1, 3, 6, 7, 9, 31], [0.3, -0.7, 1.1, 0.2, -400.0, 350.0], [1, 3, 12, 31]
    script = (
        "from exactrg.engines.enumeration import *\n"
        f"system = 5, {masks}, {couplings}\n"
        f"print(log_partition_function(*system), *expectations(*system, {observables}))"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    got = [float(word) for word in run.stdout.split()]
    assert math.isclose(got[0], log_partition_function(5, masks, couplings), rel_tol=1e-15)
    np.testing.assert_allclose(got[1:], expectations(5, masks, couplings, observables), atol=1e-14)
    assert_right(5, masks, couplings, observables)
