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
# # The mapping: Eqs. 18 to 22
#
# Visible configurations $v$ and hidden ones $h$ range over any finite types: nothing below depends on how many spins
# there
# are, or on whether they are spins. $e^{-H(v)}$ and $e^{-E(v,h)}$ are arbitrary positive functions, so $E$ may have
# interactions within layers and of any order. The statements are the ledger's (`exactrg/claims/formal.py`); the kernel
# accepts a chain only if it starts and ends with one of them and every step holds.

# %%
from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.proof import Script, Sum, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## Eq. 18: $T = -E + H$
#
# $e^T = e^{-E} e^{H}$ is the definition of $T$ for a machine $E$ and data $e^{-H}$. Reading the equation backwards
# returns
# $E$, so for fixed $H$ it is a bijection between functions $T$ and functions $E$ of $(v, h)$.

# %%
proofs.chain(
    "18",
    step(log(e(v, h) / a(v)), "e^T = e^{-E} e^H"),
    step(log(e(v, h)) - log(a(v)), "log of a quotient"),
    step(-E(v, h) + H_v(v), "definitions of E and H"),
)

# %%
proofs.chain(
    "18",
    step(-log(a(v)) - (log(e(v, h)) - log(a(v))), "T and H as logarithms"),
    step(-log(e(v, h)), "H cancels"),
    step(E(v, h), "definition of E"),
    part=1,
)

# %% [markdown]
# ## Eq. 19: dividing Eq. 6 by $\mathcal Z$
#
# $\mathcal Z$ of Eq. 11 is never defined in the paper. It must be $\mathrm{Tr}_{vh}\, e^{-E}$; then both sides are a
# distribution of $h$.

# %%
eq19 = proofs.chain("19", step(Sum(v, t(v, h) * a(v)) / Z_joint(), "Eq. 6, divided by Z'"))
eq19

# %%
proofs.chain(
    "19",
    step(Sum(h, v, t(v, h) * a(v)) / Z_joint(), "Eq. 6; Z' does not depend on h"),
    step(Sum(h, v, e(v, h)) / Z_joint(), "Eq. 18"),
    step(Z_joint() / Z_joint(), "sums in either order"),
    step(1, "Z' > 0"),
    part=1,
)

# %% [markdown]
# ## Eqs. 20 and 21: the coarse-grained Hamiltonian is the hidden Hamiltonian of the machine

# %%
eq20_steps = (
    step(Sum(v, t(v, h) * a(v)) / Z_joint(), "Eq. 6, divided by Z': Eq. 19"),
    step(Sum(v, e(v, h) / a(v) * a(v)) / Z_joint(), "Eq. 18"),
    step(Sum(v, e(v, h) / Z_joint()), "e^{-H} cancels"),
    step(p_h(h), "Eqs. 11 and 13"),
)
eq20 = proofs.chain("20", *eq20_steps)
eq20

# %%
eq21_steps = (
    step(-log(Sum(v, t(v, h) * a(v))), "Eq. 6"),
    step(-log(Sum(v, e(v, h))), "Eq. 18"),
    step(H_RBM_h(h), "Eq. 15, with the same Z'"),
)
eq21 = proofs.chain("21", *eq21_steps)
eq21

# %% [markdown]
# Neither chain asks what $E$ looks like: they hold for any Boltzmann machine.

# %%
for part, steps in enumerate((eq20_steps, eq21_steps)):
    proofs.chain("21-general", *steps, part=part)

# %% [markdown]
# ## Eq. 22: what $e^T$ is
#
# Not the conditional $p(h|v)$ itself, but $p(h|v)$ times $e^{H - H^{RBM}}$, which is the trace
# $q(v) = \mathrm{Tr}_h\, e^T$.

# %%
eq22 = proofs.chain(
    "22",
    step(e(v, h) / a(v), "Eq. 18"),
    step(e(v, h) / b_v(v) * (b_v(v) / a(v)), "b(v) = Tr_h e^{-E} > 0"),
    step(p(v, h) / p_v(v) * (b_v(v) / a(v)), "Eqs. 11, 12 and 14; Z' cancels"),
    step(conditional(v, h) * (b_v(v) / a(v)), "definition of p(h|v)"),
)
eq22

# %%
trace = proofs.chain("22", step(Sum(h, e(v, h) / a(v)), "a(v) does not depend on h"), step(q(v), "Eq. 18"), part=1)
trace

# %% [markdown]
# ## When the step is exact
#
# Suppose $q(v) = 1$ for every $v$ (Eq. 9). Then the machine reproduces the data and $e^T$ is the conditional.
# The assumption is used as an equation for $q$; to have something to evaluate, the kernel is given machines for which it
# holds, $e^{-E(v,h)} = e^{-H(v)}\, u(v,h) / \sum_{h'} u(v,h')$.

# %%
from exactrg.proof import Definition, Statement, atom

any_positive = atom("u", V, H)
exact_machines = Definition("e", (v, h), a(v) * any_positive(v, h) / Sum(h, any_positive(v, h)))

visible = proofs.chain(Statement(b_v(v), "=", a(v) * q(v)), step(Sum(h, t(v, h) * a(v)), "Eq. 18"), step(a(v) * q(v)))

same_hamiltonian = proofs.chain(
    "22-exact",
    step(-log(a(v) * q(v)), "e^{-H^RBM} = e^{-H} q"),
    step(-log(a(v)), "q = 1", EXACT),
    step(H_v(v), "definition of H"),
    model=[exact_machines],
)
same_hamiltonian

# %%
proofs.chain(
    "22-exact",
    step(conditional(v, h) * q(v), "Eq. 22"),
    step(conditional(v, h), "q = 1", EXACT),
    part=1,
    model=[exact_machines],
)

# %%
matched = proofs.chain(
    "22-exact",
    step(a(v) * q(v) / Sum(v, a(v) * q(v)), "Eqs. 11 and 12, with e^{-E} = e^T e^{-H}"),
    step(a(v) / Sum(v, a(v)), "q = 1", EXACT),
    step(P(v), "Eq. 1"),
    part=2,
    model=[exact_machines],
)
matched

# %%
no_divergence = proofs.chain(
    "22-exact",
    step(Sum(v, P(v) * log(P(v) / p_v(v))), "Eq. 16"),
    step(Sum(v, P(v) * log(P(v) / P(v))), "p = P, from q = 1", matched),
    step(0, "log 1 = 0"),
    part=3,
    model=[exact_machines],
)
no_divergence

# %%
print(proofs)
