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
# # How far Fig. 2B is from decimation: the divergence of a layer
#
# The coupled visible spins of a ring are $v$, any number of them, and $u_j$ is the spin between two of them. The ring has
# $e^{-H(v,u)} = \prod_j r_j^{u_j}$ with $r_j = e^{J (v_j + v_{j+1})}$, below $r(j,v)$, and a layer of Fig. 2B
# $e^{-E} = \prod_j \tfrac12 r_j^{h_j}$: it does not see the $u_j$. Nothing but $r_j > 0$ is used at first.

# %%
from fractions import Fraction

from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_network import *
from exactrg.claims.formal_spins import *
from exactrg.proof import Prod, Script, Statement, Sum, at_most, gap, lift, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## The free energy is kept
#
# A factor $\tfrac12$ for each hidden unit makes up for the two values of each free spin.

# %%
same_sums = proofs.chain(
    Statement(Z_layer(), "=", Z_ring()),
    step(Sum(v, Prod(j, 2 * (r(j, v) + 1 / r(j, v)) / 2)), "sums over u and h, a site at a time"),
    step(Sum(v, Prod(j, r(j, v) + 1 / r(j, v))), "two halves"),
    step(Z_ring(), "the sum over u"),
)
same_sums

# %%
proofs.chain("2B-kl", step(-log(Z_ring()) + log(Z_ring()), "as above", same_sums), step(0, "F^h = F^v"))

# %% [markdown]
# ## The divergence is what the machine does not know of the spins between
#
# Given $v$, the $u_j$ are independent under $P$, with $P_j(s|v) = r_j^s/(r_j + 1/r_j)$; for the machine each is an even
# coin. $S_j$ is the mean of $-\log P_j(u_j|v)$, the entropy of $u_j$ given its neighbours.

# %%
proofs.chain(
    "2B-kl",
    step(Sum(v, us, P_ring(v, us) * log(ring(v, us) / b_layer(v) * (Z_layer() / Z_ring()))), "Eqs. 14 and 16"),
    step(Sum(v, us, P_ring(v, us) * log(ring(v, us) / b_layer(v) * (Z_ring() / Z_ring()))), "as above", same_sums),
    step(
        Sum(v, us, P_ring(v, us) * Sum(j, log(2 * between(j, v, us[j])))),
        "log of a product over j",
    ),
    step(Sum(j, log(2) - entropy(j)), "P sums to one"),
    part=1,
)

# %% [markdown]
# ## One spin between two
#
# $v_2$ between $v_1$ and $v_3$, whose joint law may be any: the rest of the ring is in $a(v_1, v_3)$. Where they are
# opposite, $v_2$ is an even coin and the machine is right. Where they are equal, it misses
# $G(J) = 2J \tanh 2J - \log\cosh 2J$.

# %%
conditional_law = proofs.chain(
    Statement(P_2(s1, s, s2), "=", x() ** (s1 * s) * x() ** (s * s2) / link(s1, s2)),
    step(x() ** (s1 * s) * x() ** (s * s2) / link(s1, s2), "a cancels"),
)
four_cases = proofs.chain(
    Statement(known(s1, s2), "=", (1 + s1 * s2) / 2 * gain()),
    step(
        Sum(
            s,
            x() ** (s1 * s)
            * x() ** (s * s2)
            / link(s1, s2)
            * log(2 * x() ** (s1 * s) * x() ** (s * s2) / link(s1, s2)),
        ),
        "P(v_2|v_1,v_3)",
        conditional_law,
    ),
    step((1 + s1 * s2) / 2 * gain(), "four cases"),
)
four_cases

# %%
proofs.chain(
    "2B-kl",
    step(log(2) + Sum(s1, s, s2, P_13(s1, s2) * P_2(s1, s, s2) * log(P_2(s1, s, s2))), "P(v_2|v_1,v_3)"),
    step(Sum(s1, s2, P_13(s1, s2) * known(s1, s2)), "P sums to one"),
    step(agree() * gain(), "four cases", four_cases),
    part=2,
)

# %% [markdown]
# ## It is positive
#
# $G$ is the divergence of $c = (c_+, c_-)$, $c_+ = e^{4J}/(1 + e^{4J})$, from the even coin. Through the mean of the two,
# $m = (c + \tfrac12)/2$, the logarithm is $\log 2c = -\log\frac mc - \log\frac{1/2}m$, and the two gaps leave the triangle
# $\sum_\pm \frac{(c_\pm - 1/2)^2}{2 (c_\pm + 1/2)}$, a rational number. $G$ is even in $J$.

# %%
half = lift(Fraction(1, 2))
up, down = e_4J() / (1 + e_4J()), 1 / (1 + e_4J())
gaps = sum((c * (gap((c + half) / (2 * c)) + gap(1 / (c + half))) for c in (up, down)), lift(0))
triangle = (kappa() / (2 * (2 + kappa()))) ** 2 / 2 * (1 / (up + half) + 1 / (down + half))

proofs.chain(
    "2B-kl",
    at_most(triangle, triangle, "c_+ - 1/2 = k/(4 + 2k) for e^{4J} = 1 + k, J > 0", strict=True),
    at_most(up * log(2 * up) + down * log(2 * down), gaps, "four gaps"),
    step(gain_positive(), "log of quotients"),
    part=3,
)

# %%
print(proofs)
