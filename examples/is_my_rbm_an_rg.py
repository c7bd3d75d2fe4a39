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
# # Is my RBM an RG?
#
# An RBM with the energy $E(v, h)$, trained on samples of $e^{-H}/Z$, defines $T = -E + H$ (Eq. 18). Here all of it is small
# enough to be summed, so each question has an exact answer: is $q(v) = \mathrm{Tr}_h\, e^{T(v, h)}$ one for every $v$ (Eq.
# 9)? Is $\Delta F = 0$ (Eq. 8)? Is $D_{KL} = 0$ (Eq. 17)?

# %%
import matplotlib.pyplot as plt
import numpy as np

import approx
from exactrg import (
    RBM,
    RGOperator,
    decorated_rbm,
    delta_f,
    exp,
    expectation,
    is_exact_rg,
    ising,
    kl_divergence,
    log,
    rbm_hamiltonian,
    rectangle,
    rg_hamiltonian,
    sample,
    trace_condition,
    verify,
)

H = ising(rectangle(4, 2, periodic=False), 0.5)
data = sample(H, 20_000, np.random.default_rng(1))
trained = approx.fit_rbm(data, 3, rng=1, epochs=40, l1=0.0).rbm
trained

# %% [markdown]
# ## The three numbers
#
# $\log q$ is the Hamiltonian of the machine's visible marginal subtracted from $H$ (claim C2); the step would be exact if
# it were zero everywhere.


# %%
def report(name, rbm):
    T = RGOperator.from_energy(rbm, H)
    log_q = np.log(trace_condition(T).table)
    print(
        f"{name:22} exact RG: {is_exact_rg(T)!s:5}  Delta F = {delta_f(T, H):+8.5f}  "
        f"D_KL = {kl_divergence(H, rbm):.5f}  log q in [{log_q.min():+.4f}, {log_q.max():+.4f}]"
    )
    return log_q.ravel()


log_q = report("trained by CD", trained)

# %% [markdown]
# ## A constant mends $\Delta F$ and nothing else
#
# $E$ of Eq. 10 may be shifted by a constant without changing a probability. Shifted by $\Delta F$, the machine has $\Delta
# F = 0$; the divergence is what it was, and $q$ still depends on $v$. So $\Delta F = 0$ does not mean that the step is
# exact, which is the refuted half of Eq. 8.

# %%
T = RGOperator.from_energy(trained, H)
shifted = RBM(trained.w, trained.b, trained.c, trained.constant - delta_f(T, H), visible=trained.visible)
_ = report("shifted by a constant", shifted)

# %%
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
p = exp(-H).probability().table.ravel()
ax.hist(log_q - log_q.mean(), bins=30, label="configurations", density=True, alpha=0.5)
ax.hist(
    log_q - log_q.mean(),
    bins=30,
    weights=p,
    label="weighted with $e^{-H}/Z$",
    density=True,
    histtype="step",
    color="black",
)
ax.set(xlabel=r"$\log q(v)$ minus its mean", ylabel="density")
_ = ax.legend(frameon=False)
# %% [markdown]
# ## What the ledger says
#
# C5 is Eq. 8 corrected. C7: with $E$ as printed, without a constant, the mean of $\log q$ over all $v$ is at least $M \log
# 2$, so that Eq. 9 cannot hold for an RBM as the paper writes it.

# %%
for verdict in verify(only=["C5", "C7"]):
    print(f"{verdict.claim.id} {verdict.verdict}, {verdict.cases} cases: {verdict.claim.statement}")

# %%
printed = RBM(trained.w, trained.b, trained.c, visible=trained.visible)
log_q = report("without a constant", printed)
print(f"mean of log q = {log_q.mean():.4f}, M log 2 = {trained.n_hidden * np.log(2):.4f}")

# %% [markdown]
# ## Better training
#
# Contrastive divergence does not minimise $D_{KL}$. `fit_maximum_likelihood` does, on the exact gradient (to a local
# minimum).

# %%
from exactrg import fit_maximum_likelihood

for hidden in (1, 2, 3):
    best = fit_maximum_likelihood(H, hidden, rng=1, max_iterations=200).rbm
    T = RGOperator.from_energy(best, H)
    report(f"max. likelihood, M = {hidden}", RBM(best.w, best.b, best.c, -delta_f(T, H), visible=best.visible))

# %% [markdown]
# One hidden unit for each bond is enough for an exact step ($\cosh 2w = e^{2|K|}$), and then nothing is coarse-grained:

# %%
_ = report("one unit a bond", decorated_rbm(H))

# %% [markdown]
# ## A step that is always exact
#
# $p(h | v)$, the machine's conditional, is an exact RG step for any parameters and any data (C6): it is what "passing data
# up" does. Its $H^{RG}$ is the Hamiltonian of the data's hidden representations. It differs from the machine's own (Eq. 15)
# unless training succeeded.

# %%
upward = RGOperator.from_conditional(trained)
print("exact RG:", is_exact_rg(upward))
for name, coarse in (
    ("data passed up", rg_hamiltonian(upward, H)),
    ("the machine's own", rbm_hamiltonian(trained, over="visible")),
):
    pairs = [-float(k) for s, k in coarse.couplings.items() if len(s) == 2]
    print(f"{name:18} couplings of pairs of hidden spins from {min(pairs):+.4f} to {max(pairs):+.4f}")

# %% [markdown]
# ## When nothing can be summed
#
# `approx` has functions of the same names for machines of any size, with error bars. Here they are held to the exact
# values.

# %%
T = RGOperator.from_energy(trained, H)
for name, estimate, exact in (
    ("Delta F", approx.delta_f(T, H, rng=2), delta_f(T, H)),
    ("D_KL(P || p)", approx.kl_divergence(H, trained, rng=2), kl_divergence(H, trained)),
    ("mean of log q", approx.trace_condition(T, rng=2).estimate, expectation(log(trace_condition(T)), H)),
):
    print(f"{name:13} {estimate}   exact: {exact:.5f}")
