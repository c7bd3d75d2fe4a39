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
# # Two variational schemes: section III
#
# Two spins with $H = -K s_1 s_2$, $K > 0$, and the machines $E = w h (s_1 + s_2) + \log 2$. $D_{KL}$ and $|\Delta F|$ are
# both zero at their minima, each at one value of $\cosh 2w$, and the two values are different for every $K$. $x = e^K$.

# %%
from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_spins import *
from exactrg.proof import Definition, Script, Statement, Sum, at_most, gap, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## The machine
#
# Its marginal weight is 1 for opposite and $\cosh 2w$ for equal spins. $w$ enters nowhere else; below,
# $c = \cosh 2w$ is any positive number.

# %%
proofs.chain(
    "III-schemes",
    step((weight() ** (s1 + s2) + weight() ** (-s1 - s2)) / 2, "s = +1, -1"),
    step(cosh_2w_of_w() ** ((1 + s1 * s2) / 2), "four cases"),
)

# %% [markdown]
# ## Restricted Boltzmann machines minimise $D_{KL}$: $\cosh 2w = e^{2K}$
#
# There it is zero, $p = P$, and nowhere else: a sum of gaps vanishes only with each of them (Eq. 17).

# %%
at_least_kl = Definition("c_w", (), x() ** 2)
proofs.chain(
    "III-schemes",
    step(Sum(s1, s2, P_pair(s1, s2) * log(P_pair(s1, s2) / P_pair(s1, s2))), "p = P", LEAST_KL),
    step(0, "log 1 = 0"),
    part=1,
    model=[at_least_kl],
)

# %%
sum_of_gaps = proofs.chain(
    Statement(KL_pair(), "=", Sum(s1, s2, P_pair(s1, s2) * gap(p_pair(s1, s2) / P_pair(s1, s2)))),
    step(Sum(s1, s2, P_pair(s1, s2) * gap(p_pair(s1, s2) / P_pair(s1, s2))), "p and P sum to one"),
)
matched = proofs.vanishing(
    Statement(p_pair(s1, s2), "=", P_pair(s1, s2), (NO_KL_PAIR,)), sum_of_gaps, model=[at_least_kl]
)
proofs.chain(
    "III-schemes",
    step(p_pair(1, 1) / p_pair(1, -1), "equal and opposite spins"),
    step(P_pair(1, 1) / P_pair(1, -1), "p = P, since the divergence vanishes", matched),
    step(x() ** 2, "e^K over e^{-K}"),
    part=2,
    model=[at_least_kl],
)

# %% [markdown]
# ## Variational RG minimises $|\Delta F|$: $\cosh 2w = 2\cosh K - 1$

# %%
at_least_gap = Definition("c_w", (), ((x() - 1) ** 2 + x()) / x())
proofs.chain(
    "III-schemes",
    step(-log(2 + 2 * cosh_2w()) + log(2 * x() + 2 / x()), "two sums of four terms"),
    step(0, "2cosh 2w + 2 = 4cosh K", LEAST_GAP),
    part=3,
    model=[at_least_gap],
)

# %%
one_logarithm = proofs.chain(
    Statement(Delta_F_pair(), "=", log(Z_pair() / Z_one_unit())), step(log(Z_pair() / Z_one_unit()), "C1")
)
same_sums = proofs.vanishing(
    Statement(Z_pair(), "=", Z_one_unit(), (NO_GAP_PAIR,)), one_logarithm, model=[at_least_gap]
)
proofs.chain(
    "III-schemes",
    step(Z_one_unit() / 2 - 1, "Z' = 2 + 2cosh 2w"),
    step(Z_pair() / 2 - 1, "Z = Z', since Delta F vanishes", same_sums),
    step(x() + 1 / x() - 1, "Z = 4cosh K"),
    part=4,
    model=[at_least_gap],
)

# %% [markdown]
# ## The two never agree
#
# $e^{2K} - 2\cosh K + 1 = (e^K - 1)\, 2\cosh K$, with $e^K = 1 + \kappa$.

# %%
proofs.chain(
    "III-schemes",
    at_most(e_K_positive() ** 2, kappa() * (e_K_positive() + 1 / e_K_positive()), "k times 2cosh K", strict=True),
    part=5,
)

# %%
print(proofs)
