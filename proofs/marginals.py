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
# # Distributions and marginals: Eqs. 1, 4, 7 and 11 to 15, C2
#
# The layers are any finite types; $e^{-H(v)}$ and $e^{-E(v,h)}$ any positive functions. RBMs come last.

# %%
from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_spins import *
from exactrg.proof import Prod, Script, Sum, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## Eqs. 1, 4 and 7: the data and the free energies

# %%
proofs.chain("1", step(Sum(v, a(v)) / Z(), "Z does not depend on v"), step(1, "Eq. 2; Z > 0"))

# %%
proofs.chain("1", step(a(v) / Z() * Z(), "Eq. 1"), step(a(v)), part=1)

# %% [markdown]
# $Z$ may be taken one spin, or one group of spins, at a time and in any order: here two groups, $v$ and $k$.

# %%
proofs.chain("2", step(Sum(k, v, joint(v, k)), "finite sums commute"))

# %%
proofs.chain(
    "4",
    step(-log(scale() * Sum(v, a(v))), "k does not depend on v"),
    step(-log(scale()) - log(Z()), "log of a product"),
    step(F_v() - log(scale()), "Eq. 4"),
)

# %% [markdown]
# Eq. 6 is a definition, and takes a logarithm of what is positive: $T$ is finite here. Under a delta-function $T$, some $h$ may
# not be reached, and there $H^{RG} = +\infty$.

# %%
proofs.chain("6", step(Sum(v, t(v, h) * a(v)), "definition"))

# %%
proofs.chain("6", step(-log(coarse(h)), "definition"), step(-log(Sum(v, t(v, h) * a(v))), "Eq. 6"), part=1)

# %%
proofs.chain(
    "7",
    step(-log(Sum(h, v, t(v, h) * a(v))), "Eqs. 6 and 7"),
    step(-log(Sum(v, h, e(v, h))), "Eq. 18; sums in either order"),
)

# %%
proofs.chain("7", step(-log(Sum(v, h, e(v, h))), "as above"), step(-log(Z_joint()), "Z' = Tr e^{-E}"), part=1)

# %% [markdown]
# ## Eqs. 11 to 13

# %%
proofs.chain("11", step(Sum(v, h, e(v, h)) / Z_joint(), "Z' is a number"), step(1, "Z' = Tr e^{-E}"))

# %%
proofs.chain("11", step(Sum(h, v, t(v, h) * a(v)), "Eq. 18"), step(Sum(h, coarse(h)), "Eq. 6"), part=1)

# %%
proofs.chain("12", step(Sum(v, h, p(v, h)), "Eq. 12"), step(1, "Eq. 11"))

# %%
c2_steps = (
    step(Sum(h, t(v, h) * a(v)) / Z_joint(), "Eqs. 11, 12 and 18"),
    step(a(v) * q(v) / Z_joint(), "a(v) does not depend on h"),
    step(a(v) * q(v) / Sum(v, a(v) * q(v)), "Z' = Tr e^T e^{-H}"),
    step(P(v) * q(v) / mean_q(), "a = P Z, and Z cancels"),
)
proofs.chain("12", *c2_steps, part=1)

# %%
proofs.chain("C2", *c2_steps)

# %%
proofs.chain("13", step(Sum(h, v, p(v, h)), "Eq. 13"), step(1, "Eq. 11"))

# %%
proofs.chain("13", step(Sum(v, t(v, h) * a(v)) / Z_joint(), "Eq. 18"), step(coarse(h) / Z_joint(), "Eq. 6"), part=1)

# %% [markdown]
# ## Eqs. 14 and 15
#
# The same $\mathcal Z$ normalises both, which fixes the constants in both Hamiltonians.

# %%
proofs.chain(
    "14", step(Sum(h, e(v, h)) / Z_joint(), "Eqs. 11 and 12"), step(b_v(v) / Z_joint(), "H^RBM(v) = -log Tr_h e^{-E}")
)

# %%
proofs.chain(
    "15", step(Sum(v, e(v, h)) / Z_joint(), "Eqs. 11 and 13"), step(b_h(h) / Z_joint(), "H^RBM(h) = -log Tr_v e^{-E}")
)

# %%
proofs.chain("15", step(Sum(v, h, e(v, h))), step(Sum(h, b_h(h)), "sums in either order"), part=1)

# %% [markdown]
# For an RBM with $N$ visible and $M$ hidden units, $N$ and $M$ arbitrary, the sum over all $2^M$ configurations is a
# product
# over units: $\sum_h \prod_j f_j(h_j) = \prod_j [f_j(+1) + f_j(-1)]$. Here $b_j = e^{-b_j}$ and so on.

# %%
proofs.chain(
    "14",
    step(
        Prod(i, c(i) ** vs[i]) * Sum(hs, Prod(j, b(j) ** hs[j] * Prod(i, w(i, j) ** (vs[i] * hs[j])))),
        "what does not depend on h; one product over j",
    ),
    step(Prod(i, c(i) ** vs[i]) * Prod(j, Sum(s, b(j) ** s * Prod(i, w(i, j) ** (vs[i] * s)))), "sum of products"),
    step(Prod(i, c(i) ** vs[i]) * Prod(j, from_visible(j, vs) + 1 / from_visible(j, vs)), "s = +1 and s = -1"),
    part=1,
)

# %%
proofs.chain(
    "15",
    step(Prod(j, b(j) ** hs[j]) * Prod(i, Sum(s, c(i) ** s * Prod(j, w(i, j) ** (s * hs[j])))), "sum of products"),
    step(Prod(j, b(j) ** hs[j]) * Prod(i, from_hidden(i, hs) + 1 / from_hidden(i, hs)), "s = +1 and s = -1"),
    part=2,
)

# %% [markdown]
# ## Eq. 10: units that are 0 or 1
#
# With $(1+v_i)/2$ and $(1+h_j)/2$ for the units of the code that the paper used, and its sign, an RBM becomes one over
# spins with $w = -W/4$, and a constant $\sum W/4 + \sum a/2 + \sum b/2$ that Eq. 10 does not have. Any $N$ and $M$.

# %%
proofs.chain(
    "10",
    step(
        Prod(i, Prod(j, W(i, j) * W(i, j) ** vs[i] * W(i, j) ** hs[j] * W(i, j) ** (vs[i] * hs[j])))
        * (Prod(i, alpha(i) * alpha(i) ** vs[i]) * Prod(j, beta(j) * beta(j) ** hs[j])),
        "(1 + v)(1 + h) = 1 + v + h + vh",
    ),
    step(STATEMENTS["10"][0].rhs, "fields of the visible units, fields of the hidden ones, weights"),
)

# %%
print(proofs)
