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
# # The square lattice, Eq. 25, and its critical point

# %%
from fractions import Fraction

from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_spins import *
from exactrg.proof import Script, Sum, at_most, gap, lift, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## Rows
#
# A row $r$ of any width has bonds within, $V_0(r)$, and to the next row, $V_1(r,r')$. With $V(r,r') = V_0(r) V_1(r,r')$, the
# torus of two rows, joined by double bonds, has $Z = \mathrm{Tr}\, V^2$, and that of three $\mathrm{Tr}\, V^3$.

# %%
proofs.chain(
    "25",
    step(Sum(row, row_1, rows(1, row, row_1) * rows(1, row_1, row)), "a bond down, and one up again"),
    step(Sum(row, rows(2, row, row)), "definition of V^2"),
)

# %%
proofs.chain(
    "25",
    step(Sum(row, row_1, row_2, rows(1, row, row_1) * rows(1, row_1, row_2) * rows(1, row_2, row)), "row by row"),
    step(Sum(row, rows(3, row, row)), "definition of V^3"),
    part=1,
)

# %% [markdown]
# ## The critical point
#
# That $\sinh 2J_c = 1$ is Onsager's result, and is not proved here. What follows from it is: $e^{2J_c} = 1 + \sqrt 2$, and
# so $J_c = \tfrac12 \log(1 + \sqrt 2)$ is not the $0.4352$ of the paper.

# %%
proofs.chain(
    "25-onsager",
    step(((1 + sqrt_2) ** 2 - 1) / (2 * (1 + sqrt_2)), "e^{2J} = 1 + sqrt 2"),
    step(1, "(1 + sqrt 2)^2 - 1 = 2 + 2 sqrt 2"),
)

# %% [markdown]
# ## Kramers and Wannier
#
# $\tanh J^* = e^{-2J}$ exchanges high and low temperatures, for every $J > 0$: $e^{2J} = 1 + \kappa$ and
# $e^{2J^*} = (2 + \kappa)/\kappa$. Then $\sinh 2J\, \sinh 2J^* = 1$, so $J = J^*$ only at $\sinh 2J = 1$.

# %%
proofs.chain(
    "25-onsager", step(2 / (2 + 2 * kappa()), "e^{2J*} = (2 + k)/k"), step(1 / e_2J(), "e^{2J} = 1 + k"), part=1
)

# %%
proofs.chain(
    "25-onsager",
    step((e_2J() ** 2 - 1) / (2 * e_2J()) * ((dual() ** 2 - 1) / (2 * dual()))),
    step(
        kappa() * (2 + kappa()) / (2 * (1 + kappa())) * ((4 + 4 * kappa()) / (2 * kappa() * (2 + kappa()))),
        "e^{2J} = 1 + k, e^{2J*} = (2 + k)/k",
    ),
    step(1),
    part=2,
)

# %% [markdown]
# ## Why 0.4352 is wrong, without a floating-point number
#
# $\log x = \log\frac{k+1}{k}$ summed over $k = 100 \ldots 239$ is $\log\frac{240}{100}$, and each is at least
# $\frac{1}{k+1}$: the
# difference is $\operatorname{gap}\frac{k}{k+1}$. The rest of the way, from $12/5$ to $1 + \sqrt 2$, is a gap and a
# square.
# So $2J_c > 0.8705$, and $J_c > 0.43525$: no rounding gives $0.4352$.

# %%
fine = range(100, 240)
ratio = lift(Fraction(12, 5))
harmonic = sum(Fraction(1, k + 1) for k in fine)
gaps = sum((gap(lift(Fraction(k, k + 1))) for k in fine), lift(harmonic - Fraction(8705, 10_000)))

proofs.chain(
    "25-critical",
    at_most(log(ratio), gaps, "140 gaps, and a positive number", strict=True),
    at_most(
        log(1 + sqrt_2),
        gap(ratio / (1 + sqrt_2)) + (3 - 2 * sqrt_2) ** 2 / 5,
        "1 - (12/5)/(1 + sqrt 2) = (3 - 2 sqrt 2)^2/5",
    ),
    step(log(critical()), "e^{2J_c} = 1 + sqrt 2"),
)

# %%
print(proofs)
