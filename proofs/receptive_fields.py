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
# # Effective receptive fields: appendix B
#
# $r^{(1)} = W^{(1)}$, $r^{(l)} = r^{(l-1)} W^{(l)}$, for layers of any sizes $I$, $J$, $K$, $G$ and any real weights.

# %%
from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_spins import *
from exactrg.proof import Prod, Script, Statement, Sum, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# A receptive field is a sum over paths, and linear in the weights of each layer.

# %%
proofs.chain("B", step(Sum(j, k, W_1(i, j) * W_2(j, k) * W_3(k, g)), "one path after the other"))

# %%
proofs.chain("B", step(Sum(j, W_1(i, j) * W_2(j, k)) + Sum(j, V_1(i, j) * W_2(j, k)), "distributive law"), part=1)

# %% [markdown]
# Flipping the signs of top units flips their columns ...

# %%
proofs.chain("B", step(signs[k] * Sum(j, W_1(i, j) * W_2(j, k)), "the sign does not depend on j"), part=2)

# %% [markdown]
# ... and changes no probability of the units below: their weight, $\mathrm{Tr}_h\, e^{-E}$ without their own biases, is the
# same for any pattern $u$ of flipped units, biases included. Here $\beta_j(v) = e^{-b_j - \sum_i w_{ij} v_i}$.

# %%
either_sign = proofs.chain(
    Statement(flipped(j, vs, s), "=", from_visible(j, vs) + 1 / from_visible(j, vs)),
    step(from_visible(j, vs) + 1 / from_visible(j, vs), "both signs of s"),
)
proofs.chain(
    "B",
    step(Prod(j, flipped(j, vs, us[j])), "a sum of products over hidden units"),
    step(Prod(j, from_visible(j, vs) + 1 / from_visible(j, vs)), "either sign", either_sign),
    step(Sum(hs, Prod(j, from_visible(j, vs) ** hs[j])), "a product of sums"),
    part=3,
)

# %%
print(proofs)
