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
# # Couplings: Eqs. 3 and 5, and what Eq. 18 does to them
#
# $H = -\sum_S K_S \prod_{i \in S} v_i$: every function of spins is such a sum, coarse-graining makes a constant, and
# $E = H - T$ inherits the couplings of $H$.

# %%
from fractions import Fraction

from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_spins import *
from exactrg.proof import Prod, Script, Sum, at_most, gap, lift, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## Eq. 3: one spin after the other
#
# A function of a spin $s$ and of anything else $v$ is $A(v) + s B(v)$, and in one way only. Done for each spin in turn,
# this gives a sum over sets of spins; it ends with a constant.

# %%
proofs.chain("3", step(even(v) + s * odd(v), "s = +1, -1"))

# %%
proofs.chain("3", step(constant(v), "the sum of g(v,+) and g(v,-)"), part=1)

# %%
proofs.chain("3", step(slope(v), "their difference"), part=2)

# %% [markdown]
# ## Eq. 3: all spins at once
#
# A set of spins is a configuration $g$ itself, $g_i = -1$ for those in it, and its product is
# $\chi(g,v) = \prod_i \chi(g_i, v_i)$ with $\chi(+,s) = 1$, $\chi(-,s) = s$. Then $\sum_g \chi(g,v)\,\chi(g,u)$ is $2^N$
# for $u = v$ ...

# %%
proofs.chain(
    "3",
    step(Prod(i, Sum(s, factor(s, vs[i]) ** 2)), "a sum of products"),
    step(Prod(i, lift(2)), "1 + v^2"),
    part=3,
)

# %% [markdown]
# ... and zero if they differ anywhere, by $s_1 \ne s_2$ at one more site: $(s_1 - s_2)(1 + s_1 s_2) = 0$.

# %%
proofs.chain(
    "3",
    step((s1 - s2) * (1 + s1 * s2) * Sum(gs, character(gs, vs) * character(gs, us_i)), "the site where they differ"),
    step(0, "four cases"),
    part=4,
)

# %% [markdown]
# As $\chi(g,v) = \chi(v,g)$, the same holds with sets and configurations exchanged: $2^{-N/2} \chi$ is an orthogonal matrix,
# and $K_S = -2^{-N} \sum_v H(v) \prod_{i \in S} v_i$.

# %%
proofs.chain("3", step(character(vs, gs), "1 + g + v - gv is symmetric"), part=5)

# %% [markdown]
# ## Eq. 5: coarse-graining makes a constant
#
# Removed spins $u_j$, each coupled to kept spins $v$ alone: $e^{-H} = \prod_j r(j,v)^{u_j}$, $r = e^{J (v_1 + v_3)}$ on a
# ring. The constant in $-H^{RG}$ is its mean over all $v$, and every removed spin adds at least $\log 2$ to it.

# %%
proofs.chain(
    "5",
    at_most(
        Sum(v, j, log(2)), Sum(v, j, gap(lift(Fraction(1, 2))) + Fraction(1, 2)), "log 2 = gap(1/2) + 1/2", strict=True
    ),
    at_most(
        Sum(v, j, log(r(j, v) + 1 / r(j, v))),
        Sum(v, j, gap(2 / (r(j, v) + 1 / r(j, v))) + (r(j, v) - 1) ** 2 / (r(j, v) ** 2 + 1)),
        "log cosh >= 0",
    ),
    step(Sum(v, log(Prod(j, r(j, v) + 1 / r(j, v)))), "log of a product"),
    step(Sum(v, log(kept(v))), "the sum over u"),
)

# %% [markdown]
# ## Eq. 18 leaves the family of Eq. 10
#
# Two visible spins $s_1$, $s_2$ of an RBM do not interact: with all other units $v$ and $h$ held fixed,
# $e^{-E}$ is a product of a function of $s_1$ and one of $s_2$.

# %%
each = rbm(vs, hs) ** 2
proofs.chain(
    "18-family",
    step(each, "what depends on s_1 or s_2 is there with its inverse"),
    step(two_units(1, -1, vs, hs) * two_units(-1, 1, vs, hs), "likewise"),
)

# %% [markdown]
# An operator $T$ of that form, and any $H$ with a bond $K$ between the two: $E = H - T$ has it too, and it is no RBM.

# %%
proofs.chain(
    "18-family",
    step(x() ** 2 * data(vs) ** 2 * each, "Eq. 18, s_1 = s_2"),
    step(x() ** 4 * (with_bond(1, -1, vs, hs) * with_bond(-1, 1, vs, hs)), "e^K for equal, e^{-K} for opposite spins"),
    part=1,
)

# %%
print(proofs)
