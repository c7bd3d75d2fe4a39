"""Samplers at full scale against the truth: 40 x 40 lattices, the exact integer density of states, Kaufman, Toeplitz.

Every distribution is compared by G and by its mean and spread, with false alarms of 1e-6 a run altogether: samples are
exact, or ten autocorrelation times apart (a correlation of e^-10), so that they count as independent. What a wrong sampler
looks like is shown by the same function.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import chi2, norm

from approx import StoredSamples, multispin, samplers
from approx.sampling import prepare
from approx.streams import word_streams
from exactrg import density_of_states, infinite, ising, kaufman, square
from exactrg.testing import assert_samples_from

pytestmark = pytest.mark.jit

L, N = 40, 1600
K_C = float(infinite.critical_coupling())
CHECKS = 40  # statistics of one run of this file, generously
RATE = 1e-6 / CHECKS


@pytest.fixture(scope="module")
def density():
    """log g(k), k unsatisfied bonds: exact integers until here."""
    return np.array([math.log(g) if g else -math.inf for g in kaufman.density_of_states(L, L)])


def energy_distribution(density, K):
    log_p = density - 2 * K * np.arange(density.size)
    return np.exp(log_p - logsumexp(log_p))


def independent(H, n, method, seed):
    """Samples that count as independent: exact ones, or draws ten times the slowest tau apart."""
    job = prepare(H, n, seed, method=method, threads=2)
    if method != "perfect":
        job = replace(job, recipe=replace(job.recipe, thin=math.ceil(10 * job.recipe.slowest)))
    blocks = list(job.blocks(2))
    arrays = {name: np.concatenate([block.arrays[name] for block in blocks]) for name in blocks[0].arrays}
    return StoredSamples(np.concatenate([block.packed for block in blocks]), job.problem.n_sites, arrays)


def unsatisfied(stored, K):
    bonds = stored.arrays["energies"] / -K
    assert np.abs(bonds - np.round(bonds)).max() < 1e-6
    return ((2 * N - np.round(bonds)) // 2).astype(np.int64)


def assert_follows(values, p, wrong=None):
    """Assert that independent integers follow a distribution; values become rows of binary digits for the oracle."""
    digits = (len(p) - 1).bit_length()
    shifts = np.arange(digits - 1, -1, -1)

    def table(q):
        return np.append(q, np.zeros((1 << digits) - len(q))).reshape((2,) * digits)

    rows = 1 - 2 * ((np.asarray(values)[:, None] >> shifts) & 1)
    alternative = None if wrong is None else table(wrong)
    report = assert_samples_from(rows, table(p), rate=RATE, alternative=alternative)
    k = np.arange(len(p))
    mean = p @ k
    variance, fourth = p @ (k - mean) ** 2, p @ (k - mean) ** 4
    z_mean = (values.mean() - mean) * math.sqrt(len(values) / variance)
    z_variance = (((values - mean) ** 2).mean() - variance) * math.sqrt(len(values) / (fourth - variance**2))
    for name, z in (("mean", z_mean), ("variance", z_variance)):
        assert 2 * norm.sf(abs(z)) > RATE, f"{name}: z = {z:.2f}"
    return report


def assert_kaufman(density, K):
    """The two exact roads to energy and specific heat agree, so that `assert_follows` is about Kaufman's numbers."""
    p, E = energy_distribution(density, K), -K * (2 * N - 2 * np.arange(density.size))
    assert p @ E == pytest.approx(kaufman.energy(L, L, K), rel=1e-12)
    assert p @ (E - p @ E) ** 2 == pytest.approx(kaufman.specific_heat(L, L, K), rel=1e-9)


def check_energies(density, K, n, method, seed):
    assert_kaufman(density, K)
    p, wrong = energy_distribution(density, K), energy_distribution(density, 0.98 * K)
    report = assert_follows(unsatisfied(independent(ising(square(L), K), n, method, seed), K), p, wrong)
    assert report.power > 0.999 or n < 3000, report  # all energies 2% too small: G alone sees it


@pytest.mark.parametrize(
    ("K", "n", "method"),
    [(0.3, 24_576, "metropolis"), (0.408, 1024, "perfect"), (0.408, 24_576, "metropolis"), (K_C, 3072, "wolff"),
     (0.5, 4096, "wolff")],
)  # fmt: skip
def test_energies_follow_the_exact_density_of_states(K, n, method, density):
    check_energies(density, K, n, method, 11)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("K", "n", "method"),
    [
        *[(0.3, 100_000, method) for method in ("perfect", "metropolis", "heat_bath", "swendsen_wang")],
        (0.408, 20_000, "perfect"),
        *[(0.408, 40_000, method) for method in ("metropolis", "heat_bath", "wolff", "swendsen_wang")],
        (K_C, 1024, "perfect"),
        (K_C, 40_000, "wolff"),
        (K_C, 10_000, "swendsen_wang"),
        *[(0.5, 40_000, method) for method in ("metropolis", "wolff")],
        (0.5, 10_000, "swendsen_wang"),
    ],
)
def test_energies_follow_the_exact_density_of_states_at_length(K, n, method, density):
    check_energies(density, K, n, method, 12)


# What is wrong is seen.

right_acceptance, right_geometry = multispin.acceptance, multispin._geometry


def with_thresholds(change):
    """Metropolis with changed acceptance probabilities p[neighbours][neighbours up], of spins that agree with them."""

    def acceptance(J, h, method):
        p = right_acceptance(J, h, method)[1] / 2.0**64
        change(p)
        thresholds = (np.minimum(p, 1 - 2.0**-53) * 2.0**64).astype(np.uint64)
        fields = [[J * (2 * up - degree) if up <= degree else 0 for up in range(5)] for degree in range(5)]
        return multispin.masks(thresholds, np.sign(fields), True), thresholds

    return acceptance


def power(p):
    p[...] **= 0.97


def spurious(p):
    p += 0.01 * (1 - p)


def off_by_a_thousandth(p):
    p[4, 4] += 1e-3


@pytest.mark.parametrize("fault", [power, spurious, off_by_a_thousandth])
def test_wrong_acceptance_is_caught(fault, density, monkeypatch):
    monkeypatch.setattr(multispin, "acceptance", with_thresholds(fault))
    values = unsatisfied(independent(ising(square(L), 0.408), 24_576, "metropolis", 13), 0.408)
    with pytest.raises(AssertionError):
        assert_follows(values, energy_distribution(density, 0.408))


def test_a_missing_periodic_bond_is_caught(monkeypatch):
    """One of 3,200 bonds is too little for the energy, but the two spins that it joined give it away."""
    bond = -kaufman.energy(L, L, 0.3) / (0.3 * 2 * N)
    for missing in (False, True):
        order, neighbours, _ = right_geometry(L, L, True)
        neighbours = neighbours.copy()
        if missing:
            neighbours[0, 2] = neighbours[L - 1, 0] = -1
        spoilt = (order, neighbours, np.count_nonzero(neighbours >= 0, axis=1))
        monkeypatch.setattr(multispin, "_geometry", lambda *_, found=spoilt: found)
        configs = independent(ising(square(L), 0.3), 16_384, "metropolis", 14).configs()
        z = ((configs[:, 0] * configs[:, L - 1]).mean() - bond) / math.sqrt((1 - bond**2) / len(configs))
        assert (2 * norm.sf(abs(z)) < RATE) == missing


def test_words_that_share_random_numbers_are_caught(monkeypatch):
    """Words are independent: n r^2, summed over pairs of words, is chi-square."""

    def reused(*arguments, **options):
        streams = word_streams(*arguments, **options)
        streams[:, :, 6] = streams[:, :, 4]
        return streams

    for streams in (word_streams, reused):
        monkeypatch.setattr(samplers, "word_streams", streams)
        energies = independent(ising(square(L), 0.3), 8192, "metropolis", 15).arrays["energies"]
        words = energies.reshape(-1, 16, 64).swapaxes(1, 2).reshape(-1, 16)
        r = np.corrcoef(words.T)[np.triu_indices(16, 1)]
        assert (chi2.sf(len(words) * (r**2).sum(), r.size) < RATE) == (streams is reused)


# Correlations.


def correlations(configs, side, step, distances):
    """Spin products at (r, 0), (0, r), or (r, r), averaged over the sites of each sample: shape (n, distances)."""
    s = configs.reshape(-1, side, side)
    found = []
    for r in distances:
        axes = [((r, r), (1, 2)), ((r, -r), (1, 2))] if step == "diagonal" else [(r, 1), (r, 2)]
        found.append(np.mean([(s * np.roll(s, *move)).mean(axis=(1, 2)) for move in axes], axis=0))
    return np.stack(found, axis=1)


def check_correlations(configs, side, K):
    for step, exact in (("row", infinite.row_correlation), ("diagonal", infinite.diagonal_correlation)):
        distances = range(1, 9)
        found = correlations(configs, side, step, distances)
        for r, values in zip(distances, found.T, strict=True):
            error = values.std(ddof=1) / math.sqrt(len(values))
            z = (values.mean() - exact(r, K)) / error
            assert 2 * norm.sf(abs(z)) > RATE, f"{step}, r = {r}: z = {z:.2f}"
        assert found[:, 0].std() / math.sqrt(len(found)) < 2e-3 * found[:, 0].mean()  # power: 1% is seen at five sigma


def test_correlations_follow_the_toeplitz_determinants():
    """At K = 0.3 the torus differs from the infinite lattice by e^(-40 / 1.58)."""
    check_correlations(independent(ising(square(L), 0.3), 10_240, "perfect", 16).configs(), L, 0.3)


@pytest.mark.slow
def test_correlations_of_the_papers_coupling_follow_the_toeplitz_determinants():
    """K = 0.408, 128 x 128: the torus differs by e^(-128 / 7.467), a hundredth of the error."""
    check_correlations(independent(ising(square(128), 0.408), 10_240, "metropolis", 17).configs(), 128, 0.408)


# Magnetisation, with a field, where (E, M) is counted.


def magnetization_distribution(side, J, h):
    """P(m spins down), from exact counts by energy and magnetisation."""
    counts = density_of_states(square(side), magnetization=True)
    k, m = np.indices((len(counts), len(counts[0])))
    log_g = np.array([[math.log(g) if g else -math.inf for g in row] for row in counts])
    log_p = log_g + J * (2 * side**2 - 2 * k) + h * (side**2 - 2 * m)
    return np.exp(log_p - logsumexp(log_p)).sum(axis=0)


def spins_down(side, J, h, method, n):
    stored = independent(ising(square(side), J, h), n, method, 18)
    return (side**2 - stored.arrays["magnetizations"]) // 2


@pytest.mark.parametrize(
    ("J", "h", "method", "n"),
    [
        (0.408, 0.0, "metropolis", 40_000),
        (0.3, 0.05, "heat_bath", 40_000),
        (0.44, -0.02, "perfect", 20_000),
        (0.5, 0.01, "wolff", 10_000),
        (0.44, 0.03, "swendsen_wang", 10_000),
        (0.5, 0.01, "tempering", 2000),
        (-0.4, 0.3, "metropolis", 40_000),
    ],
)
def test_magnetizations_follow_the_exact_counts(J, h, method, n):
    assert_follows(spins_down(6, J, h, method, n), magnetization_distribution(6, J, h))


def test_a_wrong_field_is_caught():
    values = spins_down(6, 0.3, 0.05, "metropolis", 40_000)
    with pytest.raises(AssertionError):
        assert_follows(values, magnetization_distribution(6, 0.3, 0.053))
