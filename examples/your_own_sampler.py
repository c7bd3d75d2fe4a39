# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---
# %% [markdown]
# # Test your own sampler
#
# A histogram of one chain's states cannot test a sampler: they are correlated, and a chi-square calls correct samplers
# wrong. `assert_stationary` starts many chains **exactly** from the Boltzmann distribution of a small system and runs your
# kernel once. If the kernel is right, the chains still are exact and independent samples afterwards.

# %%
import numpy as np

from exactrg import exp, ising, square
from exactrg.testing import FailedAssertion, assert_samples_from, assert_stationary

L, K = 3, 0.4
lattice = square(L)
weights = exp(-ising(lattice, K)).table  # e^{-H} for all 512 configurations, shape (2,) * 9
neighbours = [[j for bond in lattice.edges() if i in bond for j in bond if j != i] for i in lattice]

# %% [markdown]
# ## The kernel
#
# Yours takes configurations, an array of shape (n, 9) of $\pm 1$, and a generator; it returns the configurations one step
# later. This one is a sweep of heat-bath updates, with two switches to break it.


# %%
def heat_bath(scale=1.0, order=range(L * L)):
    def sweep(v, rng):
        for i in order:
            field = scale * K * v[:, neighbours[i]].sum(axis=1)
            v[:, i] = np.where(rng.random(len(v)) < 1 / (1 + np.exp(-2 * field)), 1, -1)
        return v

    return sweep


print(assert_stationary(heat_bath(), weights, rng=1))

# %% [markdown]
# The last lines tell what would have been seen: the report states the power against an error of 3% in all energies. `rate`
# is the probability of a false alarm, $10^{-6}$ if left out, so that a red test means a wrong sampler.
#
# ## A wrong one
#
# An error of 1% in the field, with a million chains:

# %%
try:
    assert_stationary(heat_bath(scale=0.99), weights, n=1_000_000, rng=1)
except FailedAssertion as failure:
    print(failure)

# %% [markdown]
# ## Stationary is not ergodic
#
# A kernel that updates only some of the spins leaves the distribution alone as well, and passes:

# %%
lazy = heat_bath(order=range(8))
print(assert_stationary(lazy, weights, rng=1).passed)

# %% [markdown]
# Independent runs from a common start answer the other question: do the samples arrive? Each of 20,000 chains starts with
# all spins up and makes 150 sweeps; one sample is taken from each.

# %%
rng = np.random.default_rng(2)


def after(kernel, sweeps, n=20_000):
    v = np.ones((n, L * L), dtype=np.int8)
    for _ in range(sweeps):
        v = kernel(v, rng)
    return v


for name, kernel in (("all spins", heat_bath()), ("one spin never moves", lazy)):
    try:
        report = assert_samples_from(after(kernel, 150), weights)
        print(f"{name}: passes, p = {report.p_value:.3g}")
    except FailedAssertion as failure:
        print(f"{name}: fails, p = {failure.report.p_value:.3g}")

# %% [markdown]
# ## The mistake that this replaces
#
# Pearson's chi-square of the magnetisation, for samples that are independent and for the successive sweeps of one chain.
# Both come from right samplers, so a valid test would reject 1 in 100 at the level 0.01.

# %%
from scipy.stats import chi2

from exactrg import sample

p = (weights / weights.sum()).ravel()
downs = np.array([bin(k).count("1") for k in range(512)])
expected = np.bincount(downs, p)


def p_value(v):
    counts = np.bincount((v < 0).sum(axis=1), minlength=10)
    return chi2.sf(((counts - len(v) * expected) ** 2 / (len(v) * expected)).sum(), 9)


def one_chain(length, rng):
    kernel, v, states = heat_bath(), np.ones((1, L * L), dtype=np.int8), []
    for _ in range(length):
        v = kernel(v, rng)
        states.append(v[0].copy())
    return np.array(states)


n = 1000
for name, draw in (
    ("independent", lambda rng: sample(ising(lattice, K), n, rng)),
    ("one chain", lambda rng: one_chain(n, rng)),
):
    wrong = np.mean([p_value(draw(np.random.default_rng(seed))) < 0.01 for seed in range(30)])
    print(f"{name:12} {wrong:.0%} of 30 tests reject")

# %% [markdown]
# ## Error bars
#
# `assert_free_energy_estimate` asks whether error bars cover the exact value as often as they promise. The estimate here is
# $\log Z$ by importance sampling of independent spins, $Z = 2^9 \langle e^{-H} \rangle$, with the usual error of a mean. It
# is right about the size of its errors if $K$ is small, and too sure of itself if it is not.

# %%
from exactrg import free_energy
from exactrg.testing import assert_free_energy_estimate


def importance_sampling(K, n):
    H = ising(lattice, K)

    def estimate(rng):
        x = np.exp(-H.evaluate(rng.choice([1, -1], size=(n, L * L))))
        mean = x.mean()
        return -np.log(2**9 * mean), x.std(ddof=1) / mean / np.sqrt(n)

    return estimate, float(free_energy(H))


for coupling, n in ((0.1, 5000), (0.8, 50)):
    estimate, exact = importance_sampling(coupling, n)
    try:
        print(f"K = {coupling}, {n} samples:", assert_free_energy_estimate(estimate, exact, rng=3))
    except FailedAssertion as failure:
        print(f"K = {coupling}, {n} samples:", failure)

# %% [markdown]
# ## Pictures
#
# At sizes where no table of configurations exists, the density of states gives the exact distribution of the energy: here
# of the 40 x 40 torus, beside 4,000 exact samples. The autocorrelation of a chain of Wolff's clusters shows how far apart
# its draws have to be; the vertical lines are where the sum for tau was cut.

# %%
from matplotlib import pyplot as plt

import approx
from exactrg import energy_distribution

torus, J = square(40), 0.408
H = ising(torus, J)
chains = approx.start_chains(H, 1, method="wolff").run(3000)
_, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
approx.plot_histogram(H.evaluate(approx.sample(H, 4000, rng=1, method="perfect")), *energy_distribution(torus, J), left)
_ = approx.plot_autocorrelation({"energy": chains.energies, "|m|": abs(chains.magnetizations)}, right)
