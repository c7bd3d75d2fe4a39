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
# # Steps after steps: C6, C8 and C10
#
# All layers are any finite types, and all weights any positive functions.

# %%
from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.proof import Definition, Script, Statement, Sum, atom, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## C6: every $T$ becomes an exact step by subtracting $\log q$

# %%
proofs.chain(
    "C6",
    step(log(t(v, h) / q(v)), "log of a quotient"),
    step(log(e(v, h) / b_v(v)), "Eq. 18; e^{-H} cancels"),
    step(log(conditional(v, h)), "Z' cancels"),
)

# %%
proofs.chain("C6", step(Sum(h, e(v, h)) / b_v(v), "p(h|v) = e^{-E}/Tr_h e^{-E}"), step(1, "b(v) > 0"), part=1)

# %% [markdown]
# Any conditional distribution of $h$ given $v$ is of the form $u(v,h)/\sum_h u(v,h)$.

# %%
proofs.chain("C6", step(1, "the denominator does not depend on h"), part=2)

# %% [markdown]
# ## C8: composition
#
# $e^{T_{12}(v,k)} = \sum_h e^{T(v,h)} e^{T_2(h,k)}$.

# %%
proofs.chain(
    "C8",
    step(Sum(v, h, t(v, h) * t_2(h, k) * a(v)), "definition of T12"),
    step(Sum(h, t_2(h, k) * Sum(v, t(v, h) * a(v))), "the sum over v first"),
    step(coarse_2(k), "Eq. 6, twice"),
)

# %%
u, u_2 = atom("u", V, H), atom("u_2", H, K)
exact = Definition("e", (v, h), a(v) * u(v, h) / Sum(h, u(v, h)))
exact_2 = Definition("t_2", (h, k), u_2(h, k) / Sum(k, u_2(h, k)))

proofs.chain(
    "C8",
    step(Sum(h, t(v, h) * q_2(h)), "the sum over k first"),
    step(Sum(h, t(v, h)), "q_2 = 1", EXACT_2),
    step(q(v), "definition of q"),
    step(1, "q = 1", EXACT),
    part=1,
    model=[exact, exact_2],
)

# %%
proofs.chain(
    "C8",
    step(-log(Sum(k, coarse_2(k))) + log(Z()), "one Hamiltonian, as above"),
    step(
        -log(Sum(h, coarse(h))) + log(Z()) - log(Sum(k, coarse_2(k))) + log(Sum(h, coarse(h))),
        "subtract and add the free energy of the middle layer",
    ),
    step(Delta_F() + Delta_F_2(), "definitions of the two differences"),
    part=2,
)

# %% [markdown]
# ## C10: the upward pass
#
# $p(h|v)$ is an exact step for any parameters. Applied to the data it gives the machine's own $p(h)$ if $q$ is constant.

# %%
proofs.chain("C10", step(Sum(h, p(v, h)) / p_v(v), "p(v) does not depend on h"), step(1, "Eq. 12"))

# %%
constant_trace = Definition("e", (v, h), scale() * a(v) * u(v, h) / Sum(h, u(v, h)))
matched = proofs.chain(
    Statement(p_v(v), "=", P(v), (CONSTANT,)),
    step(a(v) * q(v) / Sum(v, a(v) * q(v)), "C2"),
    step(a(v) * scale() / Sum(v, a(v) * scale()), "q = k", CONSTANT),
    step(P(v), "k cancels"),
    model=[constant_trace],
)
matched

# %%
proofs.chain(
    "C10",
    step(Sum(v, P(v) * p(v, h) / p_v(v)), "data passed up"),
    step(Sum(v, P(v) * p(v, h) / P(v)), "p = P", matched),
    step(p_h(h), "Eq. 13"),
    part=1,
    model=[constant_trace],
)

# %% [markdown]
# The converse fails: with $w = 0$, $e^{-c} = 3$, $e^{-b} = 2$ and $e^{K} = 5$ on one visible and one hidden spin, the
# data
# passed up are the machine's $p(h) = (4/5, 1/5)$, yet $q = (3/2, 25/6)$.

# %%
proofs.counterexample(
    "C10-converse",
    Definition("a", (v,), lift(5) ** v),
    Definition("e", (v, h), lift(3) ** v * lift(2) ** h),
    spins=(V, H),
)

# %% [markdown]
# It holds where $P \to \sum_v P(v)\, p(h|v)$ is injective. A linear map that is has a left inverse $L$ (it is one on
# distributions if it is one at all, because it keeps sums): $\sum_h L(v,h) P_h(h) = P(v)$, and the same for $p(v)$, whose
# image is $p(h)$. No more than these two equations is used. For the model, $L$ is Bayes' $P(v|h)$.

# %%
invertible = [constant_trace, Definition("L", (v, h), P_back(v, h))]
given = (PASSED_UP, *RECOVERED)

images = proofs.chain(
    Statement(recovered(v), "=", recovered_machine(v), given),
    step(Sum(h, recover(v, h) * p_h(h)), "P_h = p_h", PASSED_UP),
    step(recovered_machine(v)),
    model=invertible,
)
data = proofs.chain(
    Statement(p_v(v), "=", P(v), given),
    step(recovered_machine(v), "L takes p(h) to p(v)", RECOVERED[1]),
    step(recovered(v), "and is applied to the same", images),
    step(P(v), "L takes P_h to P", RECOVERED[0]),
    model=invertible,
)
proofs.chain(
    "C10-converse",
    step(p_v(v) / P(v) * (Z_joint() / Z()), "C2"),
    step(P(v) / P(v) * (Z_joint() / Z()), "p = P", data),
    step(Z_joint() / Z()),
    part=1,
    model=invertible,
)

# %%
print(proofs)
