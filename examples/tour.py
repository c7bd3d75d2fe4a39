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
# # A tour
#
# Mehta and Schwab (arXiv:1410.3831) relate a renormalization step $T(v, h)$ to a Boltzmann machine with the energy $E(v,
# h)$ by $T = -E + H$ (Eq. 18), where $H(v)$ is the Hamiltonian of the visible spins. This notebook writes that down, first
# with symbols, then with exact constants, then with floats. Spins are $\pm 1$ and the temperature is one.

# %%
import sympy

from exactrg import (
    RBM,
    RGOperator,
    delta_f,
    exp,
    is_exact_rg,
    ising,
    kl_divergence,
    log,
    rbm_hamiltonian,
    rg_hamiltonian,
    ring,
    trace,
    trace_condition,
)

# %% [markdown]
# ## The mapping
#
# A ring of four spins (Eq. 23) and an RBM with one hidden spin (Eq. 10). All couplings are real symbols.

# %%
J, b, c, w = sympy.symbols("J b c w", real=True)
H = ising(ring(4), J)
H

# %%
E = RBM(w=[[w], [w], [w], [w]], b=[b], c=[c, 0, 0, 0]).energy()
E

# %% [markdown]
# Eq. 6 defines the Hamiltonian of the hidden spins, $e^{-H^{RG}(h)} = \mathrm{Tr}_v\, e^{T(v, h) - H(v)}$. Here the weights
# are multiplied and summed, spin by spin; nothing is cancelled in the exponents first.

# %%
T = RGOperator.from_energy(E, H)
H_rg = -log(trace(exp(-E + H) * exp(-H), over=H.sites))
H_rg

# %% [markdown]
# Eq. 21 says that it is the Hamiltonian of the machine's own hidden spins (Eq. 15). `==` decides that for all real $J, b,
# c, w$: its answer is a proof or a refutation, and there is no tolerance.

# %%
H_rg == rg_hamiltonian(T, H) == rbm_hamiltonian(E, over=H.sites)

# %% [markdown]
# ## When is the step exact?
#
# $T$ is an exact step if $\mathrm{Tr}_h\, e^{T(v, h)} = 1$ for every $v$ (Eq. 9). This one is not: the trace depends on
# $v$.

# %%
q = trace_condition(T)
is_exact_rg(T)

# %%
q

# %% [markdown]
# ## Exact constants
#
# A coupling may be an integer or rational combination of logarithms of rationals. This is the smallest counterexample to
# Eq. 8 ("$\Delta F = 0$ if and only if Eq. 9 holds"): one visible and one hidden spin and $H = 0$.

# %%
from sympy import Rational
from sympy import log as ln

from exactrg import SpinPolynomial

w1, c1, d = ln(2), ln(2), ln(Rational(8, 25))
T8 = RGOperator(exp(SpinPolynomial({("v", "h"): w1, ("v",): c1, (): d}, sites=["v", "h"])), visible=["v"], hidden=["h"])
H8 = SpinPolynomial({}, sites=["v"])
print("Delta F           =", delta_f(T8, H8))
print("Tr_h e^T (v = +1) =", trace_condition(T8).table[0])
print("Tr_h e^T (v = -1) =", trace_condition(T8).table[1])
print("Eq. 9 holds       :", is_exact_rg(T8))

# %% [markdown]
# $\Delta F = 0$ although Eq. 9 fails. The divergence between the data and the machine's visible marginal is not zero:

# %%
kl_divergence(exp(-H8), trace(T8.weight * exp(-H8), over=["h"]))

# %% [markdown]
# The corrected statement, C5 in the ledger: Eq. 9 holds if and only if $\Delta F = 0$ **and** $D_{KL} = 0$.
#
# ## Floats
#
# With a float everything is float64 in the log domain, and the same lines run.

# %%
import numpy as np

H = ising(ring(4), 0.4)
machine = RBM(w=0.3 * np.ones((4, 1)), b=[0.1], c=[0.2, 0, 0, 0])
T = RGOperator.from_energy(machine, H)
print("couplings of H^RG:", {tuple(s): -float(k) for s, k in rg_hamiltonian(T, H).couplings.items()})
print("Delta F          :", delta_f(T, H))
print("D_KL(P || p)     :", kl_divergence(H, machine))

# %% [markdown]
# Kinds do not mix: a float beside a symbol is an error that says what to write.

# %%
try:
    ising(ring(4), J=0.4, h=J)
except ValueError as error:
    print(type(error).__name__, "-", error)

# %% [markdown]
# ## Larger systems
#
# `plan` says how a sum over configurations will be done, before any of it is done. Where nothing can be summed, `approx`
# has functions of the same names, whose answers have error bars.

# %%
import approx
from exactrg import expectation, log_partition_function, plan, square

torus = ising(square(40), 0.408)
print(plan(torus))
print("log Z =", log_partition_function(torus))

# %%
small = ising(square(4), 0.408)
estimate = approx.expectation(small, small, rng=1)
print("exact    <H> =", expectation(small, small))
print("estimate <H> =", estimate)
