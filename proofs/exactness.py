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
# # Exactness: Eqs. 8 and 9, what is true instead (C5), and C7
#
# $q(v) = \mathrm{Tr}_h\, e^{T(v,h)}$. The paper's Eq. 8 says that $\Delta F = 0$ if and only if $q = 1$ for every $v$.

# %%
from fractions import Fraction

from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_spins import *
from exactrg.proof import Definition, Prod, Script, Statement, Sum, at_most, atom, gap, lift, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## Eq. 8, the half that is true
#
# The assumption is an equation for $q$. The machines for which it holds give the kernel something to evaluate.

# %%
u = atom("u", V, H)
exact_machines = Definition("e", (v, h), a(v) * u(v, h) / Sum(h, u(v, h)))

eq8_steps = (
    step(-log(Sum(v, a(v) * q(v))) + log(Z()), "Eqs. 4, 6 and 7, the sum over h first"),
    step(-log(Sum(v, a(v))) + log(Z()), "q = 1", EXACT),
    step(0, "Eq. 2"),
)
proofs.chain("8-if", *eq8_steps, model=[exact_machines])

# %% [markdown]
# ## Eq. 8, the half that is false
#
# One visible and one hidden spin, $H = 0$, $T = w v h + c v + d$ with $e^w = e^c = 2$ and $e^d = 8/25$:
# $\Delta F = 0$, and $q = (8/5, 2/5)$.

# %%
proofs.counterexample(
    "8",
    Definition("a", (v,), lift(1)),
    Definition("e", (v, h), lift(2) ** (v * h) * lift(2) ** v * Fraction(8, 25)),
    spins=(V, H),
)

# %% [markdown]
# The constant $d$ is not to blame: $e^K = 12$ and $(e^{-b}, e^{-c}, e^{-w}) = (2, 8/3, 2)$ have $q = (17/18, 9)$.

# %%
proofs.counterexample(
    "8",
    Definition("a", (v,), lift(12) ** v),
    Definition("e", (v, h), lift(2) ** h * lift(Fraction(8, 3)) ** v * lift(2) ** (v * h)),
    spins=(V, H),
)

# %% [markdown]
# ## "Minimise $\Delta F$" has no solution
#
# A constant $\log k$ added to $T$ lowers $\Delta F$ by $\log k$.

# %%
proofs.chain(
    "8-min",
    step(-log(scale() * Sum(h, v, t(v, h) * a(v))) + log(Z()), "k is a number"),
    step(-log(scale()) + Delta_F(), "log of a product"),
    step(Delta_F() - log(scale())),
)

# %% [markdown]
# ## An exact step may carry no information
#
# $e^T = 1/|H|$ has $q = 1$ and $\Delta F = 0$ for all data, and $h$ is independent of $v$.

# %%
forgetful_machine = Definition("e", (v, h), a(v) / Sum(h, lift(1)))
flat = proofs.chain(
    "8-observables",
    step(Sum(h, t(v, h)), "definition of q"),
    step(Sum(h, 1 / Sum(h, lift(1))), "e^T = 1/|H|", FORGETFUL),
    step(1, "|H| terms"),
    model=[forgetful_machine],
)
flat

# %%
proofs.chain(
    "8-observables",
    step(-log(Sum(v, a(v) * q(v))) + log(Z()), "the sum over h first"),
    step(0, "q = 1, as above", flat),
    part=1,
    model=[forgetful_machine],
)

# %%
total = Sum(v, h, t(v, h) * a(v))
proofs.chain(
    "8-observables",
    step(t(v, h) * a(v) / total, "Eqs. 11 and 18"),
    step(Sum(h, t(v, h) * a(v)) / total * (Sum(v, t(v, h) * a(v)) / total), "e^T = 1/|H|", FORGETFUL),
    step(p_v(v) * p_h(h), "Eqs. 12, 13 and 18"),
    part=2,
    model=[forgetful_machine],
)

# %% [markdown]
# ## Lin and Tegmark's example
#
# $E = H(v) + H(u) + f(v) + \log \sum_v e^{-H-f}$, with a copy $u$ of the visible layer as hidden layer. It keeps $Z$ and
# replaces the marginal by that of $H + f$: with $f$ for the ledger's $K$.

# %%
proofs.chain(
    "8-lin-tegmark",
    step(Sum(v, a(v) * field(v)) * Sum(v, a(v)) / Sum(v, a(v) * field(v)), "a product of sums"),
    step(Z(), "the first cancels"),
)

# %%
proofs.chain(
    "8-lin-tegmark",
    step(a(v) * field(v) / Sum(v, a(v) * field(v)) * (Sum(v, a(v)) / Z()), "what depends on u"),
    step(a(v) * field(v) / Sum(v, a(v) * field(v)), "Eq. 2"),
    part=1,
)

# %% [markdown]
# The trace condition it fails: $q$ is proportional to $e^{-f}$, and constant only if $f$ is.

# %%
proofs.chain(
    "8-lin-tegmark",
    step(field(v) / Sum(v, a(v) * field(v)) * Sum(v, a(v)), "Eq. 18; what depends on u"),
    step(field(v) * (Z() / Sum(v, a(v) * field(v))), "Eq. 2"),
    part=2,
)

# %% [markdown]
# ## Eq. 9 can be reached from every $T$

# %%
proofs.chain("9", step(Sum(h, t(v, h)) / q(v), "q(v) does not depend on h"), step(1, "definition of q; q > 0"))

# %% [markdown]
# ## C5: Eq. 8 corrected
#
# $q = 1$ for every $v$ if and only if $\Delta F = 0$ *and* $D_{KL}(P\|p) = 0$.

# %%
proofs.chain("C5", *eq8_steps, model=[exact_machines])

# %%
matched_if_exact = proofs.chain(
    Statement(p_v(v), "=", P(v), (EXACT,)),
    step(a(v) * q(v) / Sum(v, a(v) * q(v)), "C2"),
    step(P(v), "q = 1", EXACT),
    model=[exact_machines],
)
proofs.chain(
    "C5",
    step(Sum(v, P(v) * log(P(v) / p_v(v))), "Eq. 16"),
    step(Sum(v, P(v) * log(P(v) / P(v))), "p = P", matched_if_exact),
    step(0, "log 1 = 0"),
    part=1,
    model=[exact_machines],
)

# %% [markdown]
# Now the other way. The divergence is a sum of gaps, $x - 1 - \log x \ge 0$, that vanishes only where $x = p/P = 1$; and
# $\Delta F$ is one logarithm.

# %%
sum_of_gaps = proofs.chain(
    Statement(KL(), "=", Sum(v, P(v) * gap(p_v(v) / P(v)))),
    step(Sum(v, P(v) * gap(p_v(v) / P(v))), "p and P sum to one"),
)
matched = proofs.vanishing(Statement(p_v(v), "=", P(v), (NO_KL,)), sum_of_gaps, model=[exact_machines])
one_logarithm = proofs.chain(Statement(Delta_F(), "=", log(Z() / Z_joint())), step(log(Z() / Z_joint()), "C1"))
same_sums = proofs.vanishing(Statement(Z(), "=", Z_joint(), (NO_GAP,)), one_logarithm, model=[exact_machines])
same_sums

# %%
proofs.chain(
    "C5",
    step(p_v(v) / P(v) * (Z_joint() / Z()), "C2"),
    step(P(v) / P(v) * (Z_joint() / Z()), "p = P, since the divergence vanishes", matched),
    step(Z_joint() / Z()),
    step(Z_joint() / Z_joint(), "Z = Z', since Delta F vanishes", same_sums),
    step(1),
    part=2,
    model=[exact_machines],
)

# %% [markdown]
# $D_{KL} = 0$ alone is not enough: no data ($H = 0$), no weights, and $e^{-b} = 2$ on the hidden spin give $p = P$ and
# $q = 5/2$.

# %%
proofs.counterexample("C5-kl", Definition("a", (v,), lift(1)), Definition("e", (v, h), lift(2) ** h), spins=(V, H))

# %% [markdown]
# ## C7: without a constant Eq. 9 can never hold
#
# $N$ visible and $M = |J|$ hidden spins, $E$ as printed in Eq. 10 and any $H$ without a constant, $\sum_v H(v) = 0$. Then
# $\log q(v) = H(v) - c\cdot v + \sum_j \log 2\cosh(\cdot)$, the first two terms have mean zero, and with
# $\beta = e^{\ldots}$ the argument of the cosh, $\log\cosh$ is a gap and a square:
# $\log\frac{\beta + 1/\beta}{2} = \operatorname{gap}\frac{2}{\beta + 1/\beta} + \frac{(\beta - 1)^2}{\beta^2 + 1}$.

# %%
beta = from_visible(j, vs)
excess = gap(2 / (beta + 1 / beta)) + (beta - 1) ** 2 / (beta**2 + 1)
without_data = Sum(vs, j, log(beta + 1 / beta))
# Data without a constant: odd in one spin of a copy of the layer.
no_constant = Definition("a_0", (vs,), Prod(i, c(i) ** vs[i]))

proofs.chain(
    "C7",
    at_most(without_data, Sum(vs, j, excess), "log cosh >= 0, for each v and j"),
    step(without_data + Sum(vs, i, vs[i] * log(c(i))) - mean_log_data(), "mean zero", NO_CONSTANT),
    step(Sum(vs, log(q_printed(vs))), "Eqs. 3 and 10; one factor for each hidden spin"),
    model=[no_constant],
)

# %%
proofs.chain(
    "9-rbm",
    at_most(
        Sum(vs, j, log(2)),
        Sum(vs, j, gap(lift(Fraction(1, 2))) + Fraction(1, 2)),
        "log 2 = gap(1/2) + 1/2",
        strict=True,
    ),
    at_most(without_data, Sum(vs, j, excess), "log cosh >= 0"),
    step(without_data + Sum(vs, i, vs[i] * log(c(i))) - mean_log_data(), "mean zero", NO_CONSTANT),
    step(Sum(vs, log(q_printed(vs))), "as above"),
    model=[no_constant],
)

# %%
print(proofs)
