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
# # The divergence: Eqs. 16 and 17, C1, C3, C4 and C9
#
# $P = e^{-H}/Z$ is the data, $p(v) = \mathrm{Tr}_h\, e^{-E}/\mathcal Z$ the machine,
# $q(v) = \mathrm{Tr}_h\, e^{T(v,h)}$ the trace of the step. The layers are any finite types, $e^{-H}$ and $e^{-E}$ any
# positive functions on them.

# %%
from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.proof import Definition, Script, Statement, Sum, at_most, atom, gap, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## Eq. 16

# %%
proofs.chain(
    "16",
    step(Sum(v, P(v) * log(P(v) / p_v(v))), "Eq. 16"),
    step(Sum(v, P(v) * log(P(v))) - Sum(v, P(v) * log(p_v(v))), "log of a quotient"),
)

# %% [markdown]
# ## C1: what $\Delta F$ measures
#
# The mean of $q$ over the data, and nothing else. In particular $\Delta F = 0$ says that this mean is one.

# %%
proofs.chain(
    "C1",
    step(-log(Sum(h, v, t(v, h) * a(v))) + log(Z()), "Eqs. 4, 6 and 7"),
    step(-log(Sum(v, q(v) * a(v))) + log(Z()), "the sum over h first"),
    step(-log(Sum(v, P(v) * q(v))), "a = P Z"),
    step(-log(mean_q()), "definition of the mean"),
)

# %%
proofs.chain(
    "C1",
    step(-log(Sum(h, v, e(v, h))) + log(Z()), "Eqs. 4, 6, 7 and 18"),
    step(log(Z()) - log(Z_joint()), "Z' is the sum of e^{-E}"),
    part=1,
)

# %% [markdown]
# ## C3: the divergence is a Jensen gap
#
# $p/P = q Z/\mathcal Z$, so that the logarithm splits into $\log q$ and a constant, $\Delta F$.

# %%
proofs.chain(
    "C3",
    step(-Sum(v, P(v) * log(p_v(v) / P(v))), "Eq. 16, turned over"),
    step(-Sum(v, P(v) * log(q(v) * Z() / Z_joint())), "p/P = q Z/Z'"),
    step(-Sum(v, P(v) * log(q(v))) - (log(Z()) - log(Z_joint())) * Sum(v, P(v)), "log of a product"),
    step(-Sum(v, P(v) * log(q(v))) - Delta_F(), "P sums to one; C1"),
    step(-Delta_F() - Sum(v, P(v) * log(q(v)))),
)

# %%
proofs.chain(
    "C3",
    step(Sum(v, p_v(v) * log(q(v) * Z() / Z_joint())), "p/P = q Z/Z'"),
    step(Sum(v, p_v(v) * log(q(v))) + Delta_F(), "p sums to one; C1"),
    part=1,
)

# %% [markdown]
# ## Eq. 17: the divergence vanishes exactly where $p = P$
#
# $\operatorname{gap}(x) = x - 1 - \log x$ is nonnegative, and zero only at $x = 1$: Gibbs' inequality. The divergence
# is a sum
# of gaps with positive weights, because $P$ and $p$ have the same sum.

# %%
sum_of_gaps = proofs.chain(
    Statement(KL(), "=", Sum(v, P(v) * gap(p_v(v) / P(v)))),
    step(
        Sum(v, P(v) * (p_v(v) / P(v) - 1)) - Sum(v, P(v) * log(p_v(v) / P(v))), "both sum to one: the first sum is zero"
    ),
    step(Sum(v, P(v) * gap(p_v(v) / P(v))), "definition of the gap"),
)
sum_of_gaps

# %%
proofs.chain("17", at_most(KL(), Sum(v, P(v) * gap(p_v(v) / P(v))), "a sum of gaps"))

# %%
# Machines that match the data: any distribution of h for each v.
u = atom("u", V, H)
matching_machines = Definition("e", (v, h), scale() * a(v) * u(v, h) / Sum(h, u(v, h)))

proofs.chain(
    "17",
    step(Sum(v, P(v) * log(P(v) / p_v(v))), "Eq. 16"),
    step(Sum(v, P(v) * log(P(v) / P(v))), "p = P", MATCHED),
    step(0, "log 1 = 0"),
    part=1,
    model=[matching_machines],
)

# %%
proofs.vanishing("17", sum_of_gaps, part=2, model=[matching_machines])

# %% [markdown]
# ## C4: $p = P$ if and only if $q$ does not depend on $v$
#
# It is then $\mathcal Z/Z$, which need not be one.

# %%
marginal = proofs.chain(
    Statement(p_v(v), "=", a(v) * q(v) / Sum(v, a(v) * q(v))),
    step(Sum(h, t(v, h) * a(v)) / Sum(v, h, t(v, h) * a(v)), "Eqs. 11, 12 and 18"),
    step(a(v) * q(v) / Sum(v, a(v) * q(v)), "a(v) does not depend on h"),
)
marginal

# %%
proofs.chain(
    "C4",
    step(a(v) * q(v) / Sum(v, a(v) * q(v)), "as above"),
    step(a(v) * scale() / Sum(v, a(v) * scale()), "q = k", CONSTANT),
    step(P(v), "k cancels"),
    model=[matching_machines],
)

# %%
proofs.chain(
    "C4",
    step(q(v) * Sum(v, a(v)) / Z(), "Z > 0"),
    step(Sum(v, a(v) * q(v)) / Z(), "q(v) = k for one v and for all", CONSTANT),
    step(Z_joint() / Z(), "Eq. 18"),
    part=1,
    model=[matching_machines],
)

# %%
proofs.chain(
    "C4",
    step(p_v(v) / P(v) * (Z_joint() / Z()), "p/P = q Z/Z'"),
    step(P(v) / P(v) * (Z_joint() / Z()), "p = P", MATCHED),
    step(Z_joint() / Z()),
    part=2,
    model=[matching_machines],
)

# %% [markdown]
# ## C9: coarse-graining never raises the divergence
#
# Data are passed up by $p(h|v)$: $P_h(h) = \sum_v P(v)\, p(h|v)$. The divergence splits into that of the hidden layers
# and
# that of $v$ given $h$.

# %%
proofs.chain(
    "C9",
    step(Sum(v, h, P(v) * conditional(v, h) * log(P(v) / p_v(v))), "p(h|v) sums to one"),
    step(
        Sum(v, h, P(v) * conditional(v, h) * log(P_h(h) * P_back(v, h) / (p_h(h) * p_back(v, h)))),
        "P(v) p(h|v) = P_h(h) P(v|h), and p(v) p(h|v) = p(h) p(v|h)",
    ),
    step(KL_h() + KL_back(), "log of a product; P(v|h) sums to one"),
)

# %%
proofs.chain(
    "C9",
    at_most(
        KL(),
        Sum(h, P_h(h) * Sum(v, P_back(v, h) * gap(p_back(v, h) / P_back(v, h)))),
        "the second part is a sum of gaps",
    ),
    part=1,
)

# %%
print(proofs)
