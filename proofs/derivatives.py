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
# # Derivatives, C12
#
# The energy is moved along any real function: $E \to E + tX$, so that $\mathrm dE = X$, $\mathrm d e^{-E} = -X e^{-E}$
# and, by Eq. 18, $\mathrm dT = -X$. With $X = v_i h_j$ the derivative is the one by $w_{ij}$, in the paper's sign. The
# derivatives are definitions of the ledger, made by `exactrg.proof.differentiate`: linear, Leibniz,
# $\mathrm d\log x = \mathrm dx/x$.

# %%
from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.proof import Script, Statement, Sum, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# $\mathrm d\log\mathcal Z = -\langle X\rangle$: for weights,
# $\partial\log\mathcal Z/\partial w_{ij} = -\langle v_i h_j\rangle$.

# %%
proofs.chain(
    "C12",
    step(-Sum(v, h, X(v, h) * e(v, h)) / Z_joint(), "the sum, term by term; the logarithm"),
    step(-Sum(v, h, p(v, h) * X(v, h)), "Eq. 11"),
)

# %%
moved_T = proofs.chain(Statement(d_T(v, h), "=", -X(v, h)), step(-X(v, h), "Eq. 18: T = -E + H"))
moved_T

# %%
proofs.chain(
    "C12",
    step(Sum(v, h, X(v, h) * e(v, h)) / Sum(v, h, e(v, h)), "F^h moves, F^v does not"),
    step(Sum(v, h, p(v, h) * X(v, h)), "Eq. 11"),
    step(-Sum(v, h, p(v, h) * d_T(v, h)), "dT = -X", moved_T),
    part=1,
)

# %%
proofs.chain(
    "C12",
    step(Sum(v, X(v, h) * e(v, h)) / Sum(v, e(v, h)), "Eqs. 6 and 18"),
    step(Sum(v, p_back(v, h) * X(v, h)), "the conditional of v given h"),
    step(-Sum(v, p_back(v, h) * d_T(v, h)), "dT = -X", moved_T),
    part=2,
)

# %%
print(proofs)
