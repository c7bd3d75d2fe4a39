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
# # Test your own RG
#
# You have code for a renormalization step $T(v, h)$. It is exact if $\mathrm{Tr}_h\, e^{T(v, h)} = 1$ for every
# configuration $v$ (Eq. 9), whatever the Hamiltonian. `exactrg.testing.assert_exact_rg` checks that on a table or a
# function of yours, and knows nothing about how it was made.

# %%
import numpy as np

from exactrg import ising, square
from exactrg.testing import FailedAssertion, assert_exact_rg

# %% [markdown]
# ## A function of yours
#
# A majority rule on six spins in blocks of two: $h_j$ is the sign of the block's sum. `v` comes as an array of shape (n, 6)
# of $\pm 1$ and `h` as (n, 3); n weights $e^T$ go back.


# %%
def majority_with_ties(v, h):
    sums = v.reshape(-1, 3, 2).sum(axis=2)
    return (h * sums >= 0).all(axis=1).astype(float)


try:
    assert_exact_rg(majority_with_ties, n_visible=6, n_hidden=3)
except FailedAssertion as failure:
    print(failure)

# %% [markdown]
# The message names the worst configuration. In a block `+-` both values of $h_j$ got the full weight. A fair coin mends it.


# %%
def majority(v, h):
    sums = v.reshape(-1, 3, 2).sum(axis=2)
    return np.where(sums == 0, 0.5, h * sums > 0).prod(axis=1)


print(assert_exact_rg(majority, n_visible=6, n_hidden=3))

# %% [markdown]
# ## Rationals are decided
#
# A table of fractions, integers or sympy expressions is decided, with tolerance zero. Here the kernel $e^{T} \propto
# 2^{h(v_1 + v_2)}$ is normalised by hand, with a slip in the last row.

# %%
from sympy import Rational

up, tie = Rational(16, 17), Rational(1, 2)
table = np.array([[[up, 1 - up], [tie, tie]], [[tie, tie], [1 - up, Rational(17, 18)]]], dtype=object)
try:
    assert_exact_rg(table, n_visible=2)
except FailedAssertion as failure:
    print(failure)

# %% [markdown]
# ## Which couplings did your step drop?
#
# A recursion for the couplings usually keeps a few of them. The exact $H^{RG}$ (Eq. 6) of a small system says what was
# dropped. Summing out one sublattice of the square lattice makes second neighbours and four-spin couplings; the recursion
# $K' = \frac{3}{8} \log\cosh 4K$ folds the former into the nearest neighbours and forgets the latter.

# %%
from collections import Counter

import matplotlib.pyplot as plt

from exactrg.decimated import decimated_hamiltonian
from exactrg.plots import plot_couplings

K = 0.4
L = 6
lattice = square(L)
H = ising(lattice, K)
keep = [site for site in lattice if (site // L + site % L) % 2 == 0]
exact = decimated_hamiltonian(H, keep)


def show(hamiltonian):
    kinds = Counter((len(sites), round(-float(k), 6)) for sites, k in hamiltonian.couplings.items() if abs(k) > 1e-12)
    for (size, value), count in sorted(kinds.items()):
        print(f"{count:3} couplings of {size} spins: {value:+.6f}")


show(exact)
print(f"the recursion keeps one number: K' = {3 / 8 * np.log(np.cosh(4 * K)):.6f}")

# %% [markdown]
# Your own step need not be a decimation. The majority rule in blocks of three, on a ring of 15 spins at $K = 1$: beyond the
# nearest neighbours there are couplings of second neighbours and of four spins.

# %%
from exactrg import majority as majority_rule
from exactrg import rg_hamiltonian, ring

step = majority_rule([range(start, start + 3) for start in range(0, 15, 3)])
blocks = rg_hamiltonian(step, ising(ring(15), 1.0))
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
_ = plot_couplings(blocks, ax)
show(blocks)

# %% [markdown]
# ## Is the machine a step for this data?
#
# `kl_divergence` and `delta_f` take energies as well as weights. A majority rule on the columns of an open 3 x 2
# lattice, with a fair coin for ties:

# %%
from exactrg import delta_f, exp, is_exact_rg, kl_divergence, rectangle, trace

H6 = ising(rectangle(3, 2, periodic=False), 0.5)
T = majority_rule([(0, 3), (1, 4), (2, 5)])
print("Eq. 9 holds:", is_exact_rg(T), "  Delta F:", delta_f(T, H6))
marginal = trace(T.weight * exp(-H6), over=T.hidden)
print("D_KL of data and visible marginal:", kl_divergence(exp(-H6), marginal))

# %% [markdown]
# ## A property instead of an example
#
# `exactrg.strategies` draws operators, machines and Hamiltonians for hypothesis. Your formula for $\Delta F$ is held to one
# fact: it is zero for every exact step.

# %%
from hypothesis import given, settings

from exactrg import chain, strategies, trace_condition


def my_delta_f(T, H):
    """Minus the logarithm of the mean of Tr_h e^T over e^{-H}/Z."""
    q, p = (np.asarray(weight.table, dtype=float) for weight in (trace_condition(T), exp(-H)))
    return -np.log((q * p).sum() / p.sum())


@settings(max_examples=50, database=None, derandomize=True, deadline=None)
@given(strategies.rg_operators(exact=True, kind="float"))
def test_delta_f_of_an_exact_step_is_zero(T):
    H = ising(chain(len(T.visible)), 0.3)
    H = H.relabel(dict(zip(H.sites, T.visible, strict=True)))
    assert abs(my_delta_f(T, H)) < 1e-12


test_delta_f_of_an_exact_step_is_zero()
print("50 exact steps: Delta F = 0 within 1e-12")
