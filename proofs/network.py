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
# # Networks of spins: Fig. 2B, and the RBM that is exact for every graph
#
# $x = e^J$. In a layer of Fig. 2B, visible unit $u_j$ is coupled to hidden units $h_j$ and $h_{next(j)}$ of a ring,
# with weight $J$.

# %%
from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_network import *
from exactrg.claims.formal_spins import *
from exactrg.proof import Prod, Script, Statement, Sum, at_most, lift, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## The hidden units have the decimated coupling, and so do the visible ones
#
# $e^{2J'} = \cosh 2J$. The ring may be of any size. Hidden unit $h_j$ is coupled to $u_j$ and to $u_{previous(j)}$, so
# the roles of the layers may be exchanged: the coupled visible units have $J^{(1)}$ too.

# %%
one_link = proofs.chain(Statement(link(s1, s2), "=", 2 * y() * y() ** (s1 * s2)), step(2 * y() * y() ** (s1 * s2)))
proofs.chain(
    "2B-hidden",
    step(Prod(j, link(hs[j], hs[nxt(j)])), "a sum of products over visible units"),
    step(Prod(j, 2 * y() * y() ** (hs[j] * hs[nxt(j)])), "Eq. 24, a link at a time", one_link),
)

# %%
proofs.chain(
    "2B-hidden",
    step(Prod(j, link(us[j], us[previous(j)])), "a sum of products over hidden units"),
    step(Prod(j, 2 * y() * y() ** (us[j] * us[previous(j)])), "Eq. 24, a link at a time", one_link),
    part=1,
)

# %% [markdown]
# They have not $J^{(0)}$: the ratio of the weights of two equal and of two opposite neighbours is $e^{2J'}$ and should be
# $e^{2J}$. The difference is $\sinh 2J$, and vanishes only at $J = 0$. On an even ring, the odds of all spins up against
# the alternating configuration are $e^{2NJ'}$, and those of the original chain $e^{2NJ}$.

# %%
proofs.chain(
    "2B-visible",
    step(Prod(j, Sum(s, x() ** (us[j] * s) * x() ** (s * us[previous(j)]))), "a sum of products over hidden units"),
    step(Prod(j, link(us[j], us[previous(j)])), "one link"),
)

# %%
proofs.chain(
    "2B-visible",
    step(x() ** 2 - (x() ** 2 + x() ** -2) / 2, "L(+,+) = 2cosh 2J, L(+,-) = 2"),
    step((x() ** 2 - x() ** -2) / 2, "e^{2J} - cosh 2J"),
    part=1,
)

# %%
sinh_2J = kappa() * (2 + kappa()) / (2 * (1 + kappa()))
proofs.chain(
    "2B-visible",
    at_most(sinh_2J, sinh_2J, "positive", strict=True),
    step((e_2J() - 1 / e_2J()) / 2, "e^{2J} = 1 + k, J > 0"),
    part=2,
)

# %% [markdown]
# ## Upwards, layer by layer
#
# $p(h|v)$ is an exact step. Applied to the whole ring, coupled spins $u_j$ and the others $w_j$ between them, it gives
# the hidden marginal of the machine itself, which is the decimated ring by the above: the spins $w_j$ leave exactly the
# factors that normalise $p(h|v)$.

# %%
pass_up = x() ** (us[j] * hs[j]) * x() ** (hs[j] * us[nxt(j)]) / link(us[j], us[nxt(j)])
proofs.chain(
    "2B-upward",
    step(Prod(j, link(us[j], us[nxt(j)]) / link(us[j], us[nxt(j)])), "a sum of products over hidden units"),
    step(1),
)

# %%
proofs.chain(
    "2B-upward",
    step(Sum(us, Prod(j, pass_up) * Prod(j, link(us[j], us[nxt(j)]))), "the sum over w, a site at a time"),
    step(Sum(us, Prod(j, x() ** (us[j] * hs[j]) * x() ** (hs[j] * us[nxt(j)]))), "the links cancel"),
    part=1,
)

# %% [markdown]
# ## Against the whole ring a layer is no exact step
#
# Every second spin $s$ of the ring is coupled to no hidden unit: $E$ does not depend on it, and $e^{-H}$ has the factor
# $e^{J s (v_1 + v_3)}$. So $q$ depends on it, whatever the machine does with the other spins $v$: by the factor $e^{4J}$
# where both neighbours are up, and then $q$ is not constant.

# %%
proofs.chain(
    "2B",
    step(Sum(h, e(v, h) / a(v)) * beside(v), "s = -1"),
    step(beside(v) ** 2 * (Sum(h, e(v, h) / a(v)) / beside(v)), "s = +1"),
    step(beside(v) ** 2 * q_alone(v, 1), "definition of q"),
)

# %%
proofs.chain("2B", at_most(e_2J() ** 2, kappa() * (2 + kappa()), "e^{2J} = 1 + k", strict=True), part=1)

# %% [markdown]
# ## Layers cannot be added up
#
# Two layers in one Boltzmann machine: unit $k$ of the second one is coupled to two units of the first by $J'$. Summed
# out, it couples them by $J''$, $e^{2J''} = \cosh 2J'$, and the first layer is no ring with $J'$ any more.

# %%
second_link = proofs.chain(
    Statement(link_2(s1, s2), "=", 2 * y_2() * y_2() ** (s1 * s2)), step(2 * y_2() * y_2() ** (s1 * s2))
)
proofs.chain(
    "2B-sum",
    step(
        Prod(j, link(hs[j], hs[nxt(j)])) * Prod(k, link_2(hs[first(k)], hs[second(k)])),
        "two sums of products",
    ),
    step(
        Prod(j, 2 * y() * y() ** (hs[j] * hs[nxt(j)])) * Prod(k, 2 * y_2() * y_2() ** (hs[first(k)] * hs[second(k)])),
        "Eq. 24, a link at a time",
        one_link,
        second_link,
    ),
)

# %% [markdown]
# The bonds that are added are not zero: $e^{2J''} > 1$, for every $J > 0$, and so for every $J \ne 0$, since $\cosh 2J$
# does not depend on the sign. Only where the two units are one, as for $N = 4$, do they make but a constant.

# %%
proofs.chain(
    "2B-sum",
    at_most(
        1 + (cosh_2J() - 1) ** 2 / (2 * cosh_2J()),
        (kappa() ** 2 / (2 * e_2J())) ** 2 / (2 * cosh_2J()),
        "cosh 2J - 1 = k^2/(2+2k)",
        strict=True,
    ),
    step(cosh_2J_1(), "e^{2J'} = cosh 2J"),
    part=1,
)

# %% [markdown]
# ## Decimation itself needs infinite weights
#
# A copy $h$ of a spin $v$ with weight $w$, $x = e^w$, is wrong with probability $1/(1 + e^{2w})$, which is positive.

# %%
proofs.chain(
    "2B-weights",
    at_most(1 / (1 + x() ** 2), 1 / (1 + x() ** 2), "positive", strict=True),
    step(x() ** -1 / (x() + 1 / x()), "the weight of h = -v"),
)

# %% [markdown]
# ## A noisy copy is exact, whatever its weight
#
# $e^{T} = \prod_j e^{w h_j v_{i(j)}}/2\cosh w$ with $x = e^w$, for any choice $i(j)$ of the spins that are copied.

# %%
proofs.chain(
    "2B-copy",
    step(Prod(j, Sum(s, x() ** (s * vs[left(j)])) / cosh_x()), "a sum of products"),
    step(Prod(j, (x() ** vs[left(j)] + x() ** -vs[left(j)]) / cosh_x()), "s = +1, -1"),
    step(Prod(j, copies(vs[left(j)])), "for one copied spin"),
    step(
        1,
        "2cosh w for either sign",
        proofs.chain(Statement(copies(s1), "=", lift(1)), step(1, "2cosh w for either sign")),
    ),
)

# %% [markdown]
# ## One hidden unit a bond
#
# Any graph, its bonds $j$ running from $left(j)$ to $right(j)$; $\omega_j = e^{w_j}$ and $e^{2K_j} = \cosh 2w_j$. The
# hidden units, one for each bond, with weights $w_j$ and $\sigma_j w_j$, make the interaction $\sigma_j K_j$ exactly, for
# any signs $\sigma_j$ and any fields. The constant $2 e^{K_j}$ is in $E$.

# %%
one_bond = proofs.chain(
    Statement(bond(j, s1, s2, s3), "=", 2 * e_K(j) * e_K(j) ** (s3 * s1 * s2)),
    step(2 * e_K(j) * e_K(j) ** (s3 * s1 * s2), "e^{2K} = cosh 2w for equal, 1 for opposite s_1 and s_3 s_2"),
)
one_bond

# %%
ends, fields = (vs[left(j)], vs[right(j)], bond_signs[j]), Prod(i, c(i) ** vs[i])
proofs.chain(
    "decorated",
    step(Prod(j, bond(j, *ends) / (2 * e_K(j))) * fields, "a sum of products over bonds"),
    step(Prod(j, e_K(j) ** (bond_signs[j] * vs[left(j)] * vs[right(j)])) * fields, "bond by bond", one_bond),
)

# %% [markdown]
# ## One hidden unit for every positive distribution of two spins
#
# A single bond and two fields: with $M = 1 < 2^N = 4$ hidden units every target
# $e^{\pm K s_1 s_2 + k_1 s_1 + k_2 s_2}$ is reached, where $e^{2K} = \cosh 2w$, that is, for every $K \ge 0$. By Eq. 3
# that is every positive distribution of two spins. The sign is $s_3$.

# %%
proofs.chain(
    "17-capacity",
    step((x() ** (s1 + s3 * s2) + x() ** (-s1 - s3 * s2)) / (2 * y()) * x_1() ** s1 * x_2() ** s2, "s = +1, -1"),
    step(y() ** (s3 * s1 * s2) * x_1() ** s1 * x_2() ** s2, "eight cases"),
)

# %%
print(proofs)
