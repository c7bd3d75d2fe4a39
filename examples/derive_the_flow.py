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
# # Derive the flow
#
# Eq. 24 of the paper, $J' = \frac{1}{2}\log\cosh 2J$: every second spin of the Ising chain is summed out. Here it is
# derived for one spin, then for rings, blocks and a field. Each `==` is decided for all real $J$ and $h$. For rings and
# blocks of every length see `proofs/decimation.py`, where a proof kernel does it by induction.

# %%
import sympy
from sympy import cosh, log, sinh

from exactrg import (
    Exact,
    chain,
    decimate,
    decimate_in_field,
    decimated_ring,
    decimation,
    exp,
    ising,
    partition_function,
    rg_flow,
    rg_hamiltonian,
    ring,
    trace,
)
from exactrg import log as log_weight

J, h, K = sympy.symbols("J h K", real=True)

# %% [markdown]
# ## One spin
#
# Spin 1 stands between spins 0 and 2, and $\sum_{s} e^{J s (v_0 + v_2)} = 2\cosh J(v_0 + v_2)$ depends on $v_0 v_2$ alone.
# So it is $A\, e^{J' v_0 v_2}$ with two unknowns and two equations: $A e^{J'} = 2\cosh 2J$ for equal spins, $A e^{-J'} = 2$
# for opposite ones.

# %%
weight = trace(exp(-ising(chain(3), J)), over=[1])
weight

# %%
H_rg = -log_weight(weight)
H_rg

# %% [markdown]
# The coefficient of $v_0 v_2$ is $-J'$, and the constant is $-\log A$ with $A = 2 e^{J'}$. Eq. 5 of the paper has no room
# for this constant; without it the free energy is lost.

# %%
J1 = -H_rg.couplings[frozenset({0, 2})]
log_A = -H_rg.couplings[frozenset()]
print("J' = log(cosh 2J)/2 :", J1 == log(cosh(2 * J)) / 2)
print("log A = log 2 + J'  :", log_A == log(2) + J1)

# %% [markdown]
# ## A ring
#
# `decimation` is the operator $e^T$ of the step, zero unless every kept spin is copied. Eq. 6 then gives the ring of half
# the length, with the coupling $J'$ on each bond and a constant $-\frac{N}{2}\log A$.

# %%
N = 8
H = ising(ring(N), J)
keep = range(0, N, 2)
T = decimation(H.sites, keep)
H_rg = rg_hamiltonian(T, H).relabel({("h", j): site for j, site in enumerate(keep)})
print("couplings    :", sorted(tuple(sorted(s)) for s in H_rg.couplings))
print("all are -J'  :", all(k == -J1 for s, k in H_rg.couplings.items() if s))
print("closed form  :", H_rg == decimated_ring(N, J))
print("Z is kept    :", partition_function(H) == partition_function(H_rg))

# %% [markdown]
# ## Blocks of $b$
#
# With $t = \tanh J$, $b$ bonds in a row give $t' = t^b$, which is $e^{2J'} = \frac{\cosh^b J + \sinh^b J}{\cosh^b J -
# \sinh^b J}$.

# %%
for b in range(1, 7):
    coarse, constant = decimate(J, b)
    closed = log((cosh(J) ** b + sinh(J) ** b) / (cosh(J) ** b - sinh(J) ** b)) / 2
    print(f"b = {b}: {coarse == closed}")

# %%
decimate(J, 3)[0]

# %% [markdown]
# Two steps of 2 are one step of 4, constants included: the block of four has two inner steps and one outer one.

# %%
J2, log_A2 = decimate(J1)
print(decimate(J, 4)[0] == J2, decimate(J, 4)[1] == 2 * log_A + log_A2)

# %% [markdown]
# ## With a field
#
# $H = -K \sum v_i v_{i+1} - h \sum v_i$. The block's matrix is again of the same form, with $K'$, $h'$ and a constant.

# %%
K1, h1, log_A1 = decimate_in_field(K, h)
print(K1 == log(cosh(2 * K + h) * cosh(2 * K - h) / cosh(h) ** 2) / 4)
print(h1 == h + log(cosh(2 * K + h) / cosh(2 * K - h)) / 2)

# %% [markdown]
# $e^{2K}\sinh h$ is the same before and after a step, so the flow runs along its level lines. Twice that number is $e^{2K +
# h} - e^{2K - h}$:


# %%
def invariant(K, h):
    return Exact(2 * K + h).exp() - Exact(2 * K - h).exp()


invariant(K, h) == invariant(K1, h1)

# %% [markdown]
# ## The flow
#
# The same functions take exact constants. $J = \log 3$, that is $e^{2J} = 9$, $41/9$, ...: rational for ever.

# %%
for step, coupling in enumerate(rg_flow(log(3), 4)):
    print(f"J^({step}) = {float(coupling):.6f}   e^(2J) =", sympy.exp(2 * coupling.to_sympy()))

# %% [markdown]
# And floats. $J = 0$ (no coupling) attracts everything, $J = \infty$ (order) repels: no transition at a finite temperature
# (Fig. 2C). The correlation length halves in each step.

# %%
import matplotlib.pyplot as plt
import numpy as np

from exactrg.one_dimension import correlation_length
from exactrg.plots import plot_decimation, plot_flow

fig, (above, below) = plt.subplots(2, 1, figsize=(8, 5), height_ratios=(3, 2), layout="constrained")
plot_flow(decimate, above)
_ = plot_decimation(rg_flow(1.5, 3), below)
# %%
for coupling in rg_flow(1.5, 5):
    print(f"J = {coupling:.6f}   correlation length = {correlation_length(coupling):.6f}")

# %% [markdown]
# In a field there are two couplings. Each line starts near the unstable fixed point ($K = \infty$, $h = 0$) and ends at $K
# = 0$, where the spins are independent; dots are the steps.

# %%
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for start in (0.0, 0.001, 0.01, 0.05, 0.2, 0.8):
    points = [(2.0, start)]
    while points[-1][0] > 1e-4:
        points.append(decimate_in_field(*points[-1])[:2])
    ks, hs = np.transpose(points)
    ax.plot(np.tanh(ks), np.tanh(hs), ".-", linewidth=0.8)
_ = ax.set(xlabel="tanh $K$", ylabel="tanh $h$")
