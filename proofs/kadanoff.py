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
# # Kadanoff's kernel, C11
#
# $T = \sum_j [p\, h_j s_j(v) - \log 2\cosh(p\, s_j(v))]$, with $s_j$ the sum of the spins of block $j$. Below,
# $r(j, v) = e^{p s_j(v)}$ is any positive function: any number of blocks, of any sizes and shapes, any $p$ and any $H$.

# %%
from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_spins import *
from exactrg.proof import Prod, Script, Sum, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %%
two_cosh = r(j, v) + 1 / r(j, v)
exact = proofs.chain(
    "C11",
    step(Prod(j, Sum(s, r(j, v) ** s) / two_cosh), "a sum of products over blocks"),
    step(Prod(j, two_cosh / two_cosh), "s = +1, -1"),
    step(1, "every factor is one"),
)
exact

# %% [markdown]
# So $\Delta F = 0$ whatever $p$ is: in this scheme "minimise $\Delta F$" says nothing.

# %%
proofs.chain(
    "C11",
    step(-log(Sum(v, a(v) * Sum(hs, kadanoff(v, hs)))) + log(Z()), "the sum over h first"),
    step(-log(Sum(v, a(v))) + log(Z()), "the kernel sums to one"),
    step(0, "Eq. 2"),
    part=1,
)

# %%
print(proofs)
