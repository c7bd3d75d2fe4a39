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
# # Decimation in one dimension: Eqs. 23 and 24, any ring and any block, with a field, and one spin of a plane
#
# $x = e^J$ is any positive number. A ring of $N$ spins has $Z = \mathrm{Tr}\, V^N$ with $V(s,s') = x^{ss'}$; a chain
# of $n$ bonds
# with its ends fixed is $V^n$, one spin summed after the other.

# %%
from fractions import Fraction

from exactrg.claims.formal import *
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_spins import *
from exactrg.proof import Prod, Script, Statement, Sum, at_most, log, step

proofs = Script(STATEMENTS, BOOK, LATEX)

# %% [markdown]
# ## The chain, for every length, by induction
#
# The kernel checks $n = 1$, and that $\sum_u V^n(s,u) V(u,s')$ has the closed form for $n + 1$ if $V^n$ has it for $n$.

# %%
chain = proofs.induction("24-general")
chain

# %% [markdown]
# ## Eq. 23: $Z_N = (2\cosh J)^N + (2\sinh J)^N$

# %%
proofs.chain(
    "23",
    step(Sum(s, (cosh_x() ** n + s * s * sinh_x() ** n) / 2), "the chain, closed", chain),
    step(cosh_x() ** n + sinh_x() ** n, "s^2 = 1, and two values of s"),
)

# %% [markdown]
# ## Eq. 24 for any block of $n$ bonds
#
# $V^n = A\, V(J')$ with $e^{2J'} = V^n(+,+)/V^n(+,-)$ and $A^2 = V^n(+,+)\, V^n(+,-)$. So
# $\tanh J' = (V^n(+,+) - V^n(+,-))/(V^n(+,+) + V^n(+,-))$, and that is $\tanh^n J$:

# %%
up, down = (cosh_x() ** n + sinh_x() ** n) / 2, (cosh_x() ** n - sinh_x() ** n) / 2
proofs.chain(
    "24-general",
    step((up - down) * cosh_x() ** n, "the chain, closed", chain),
    step(sinh_x() ** n * cosh_x() ** n),
    step(sinh_x() ** n * (up + down)),
    step(sinh_x() ** n * (transfer(n, 1, 1) + transfer(n, 1, -1)), "the chain, closed", chain),
    part=1,
)

# %%
proofs.chain(
    "24-general",
    step(4 * up * down, "the chain, closed", chain),
    step(cosh_x() ** (2 * n) - sinh_x() ** (2 * n), "a product of sum and difference"),
    part=2,
)

# %% [markdown]
# ## Eq. 24 for every second spin
#
# With $e^{2J'} = \cosh 2J$ and $A = 2e^{J'}$, one removed spin leaves $A\, e^{J' s_1 s_2}$ between its neighbours,
# whatever their
# signs: the two cases are $A e^{J'} = 2\cosh 2J$ and $A e^{-J'} = 2$.

# %%
one_link = proofs.chain(
    "24", step(x() ** (s1 + s2) + x() ** (-s1 - s2), "s = +1, -1"), step(2 * y() * y() ** (s1 * s2))
)
one_link

# %%
proofs.chain(
    "24",
    step((y() ** 2 - 1) / (y() ** 2 + 1), "tanh J', over e^{J'}"),
    step((x() ** 2 + x() ** -2 - 2) / (x() ** 2 + x() ** -2 + 2), "e^{2J'} = cosh 2J"),
    step((sinh_x() / cosh_x()) ** 2, "two squares"),
    part=1,
)

# %% [markdown]
# A whole ring at once: kept spins $h_j$, removed spins $u_j$ between $h_j$ and $h_{next(j)}$, $|J|$ of each, for any
# successor
# map. The sum over all configurations of the removed spins is a product over sites.

# %%
ring = proofs.chain(
    "24",
    step(Prod(j, Sum(s, x() ** (hs[j] * s) * x() ** (s * hs[nxt(j)]))), "sum of products"),
    step(Prod(j, link(hs[j], hs[nxt(j)])), "a removed spin between two kept ones"),
    step(Prod(j, 2 * y() * y() ** (hs[j] * hs[nxt(j)])), "one link", one_link),
    part=2,
)
ring

# %% [markdown]
# The partition function, $Z_{2m}(J) = A^m Z_m(J')$: both chains are closed by induction.

# %%
coarse_chain = proofs.induction(
    Statement(coarse_transfer(n, s1, s2), "=", (cosh_y() ** n + s1 * s2 * sinh_y() ** n) / 2)
)
chain_of_links = proofs.induction(
    Statement(links(n, s1, s2), "=", (2 * y()) ** n * (cosh_y() ** n + s1 * s2 * sinh_y() ** n) / 2)
)
proofs.chain(
    "24",
    step(Sum(s, (2 * y()) ** n * (cosh_y() ** n + sinh_y() ** n) / 2), "closed form", chain_of_links),
    step((2 * y()) ** n * Sum(s, coarse_transfer(n, s, s)), "closed form", coarse_chain),
    part=3,
)

# %% [markdown]
# An odd ring has two kept spins side by side, and the bond between them stays as it is. More generally: removed spins $u_j$
# between $v_{l(j)}$ and $v_{r(j)}$, on any graph, and a bond between two kept spins.

# %%
proofs.chain(
    "24-odd",
    step(Prod(j, link(vs[left(j)], vs[right(j)])) * x() ** (vs[i] * vs[i_2]), "sum of products"),
    step(Prod(j, 2 * y() * y() ** (vs[left(j)] * vs[right(j)])) * x() ** (vs[i] * vs[i_2]), "one link", one_link),
)

# %% [markdown]
# Blocks of blocks: $\tanh J_n = \tanh^n J$, so that $m$ of them make $\tanh^{nm} J$. And the correlation length,
# $-1/\log\tanh J$, is divided by the size of the block.

# %%
proofs.chain("24-semigroup", step((sinh_x() / cosh_x()) ** (n * m), "a power of a power"))

# %%
proofs.chain("24-xi", step(kappa() / (2 + kappa()), "e^{2J} = 1 + k"), step(tanh_J(), "definition"))

# %%
proofs.chain("24-xi", step(n * log(tanh_J()), "log of a power"), part=1)

# %% [markdown]
# ## With a field
#
# $z = e^h$. A removed spin leaves $A\, e^{K' s_1 s_2}\, f^{s_1 + s_2}$ with
# $e^{4K'} = \cosh(2K+h)\cosh(2K-h)/\cosh^2 h$ and
# $f^4 = \cosh(2K+h)/\cosh(2K-h)$. On a ring each kept spin has two such neighbours, so $h' = h + 2\log f$.

# %%
one_link_in_a_field = proofs.chain(
    "24-field",
    step(x() ** (s1 + s2) * z() + x() ** (-s1 - s2) / z(), "s = +1, -1"),
    step(A_field() * f_field() ** (s1 + s2) * y_field() ** (s1 * s2), "three cases"),
)
one_link_in_a_field

# %%
proofs.chain(
    "24-field",
    step(Prod(j, Sum(s, x() ** (hs[j] * s) * x() ** (s * hs[nxt(j)]) * z() ** s)), "sum of products"),
    step(Prod(j, link_field(hs[j], hs[nxt(j)])), "a removed spin between two kept ones"),
    step(
        Prod(j, A_field() * f_field() ** (hs[j] + hs[nxt(j)]) * y_field() ** (hs[j] * hs[nxt(j)])),
        "one link",
        one_link_in_a_field,
    ),
    part=1,
)

# %% [markdown]
# $e^{2K} \sinh h$ is left as it is by every block. First for two bonds:

# %%
proofs.chain(
    "24-field-general",
    step((z() * cosh_plus() - cosh_minus() / z()) / (2 * cosh_field()), "e^{2K'} f^2 = cosh(2K+h)/cosh h, and for -h"),
    step(x() ** 2 * (z() - 1 / z()) / 2, "z^2 - 1/z^2 = (z - 1/z)(z + 1/z)"),
)

# %% [markdown]
# Then for any block. $V(s,s') = e^{K s s' + h (s + s')/2}$, and $V^b$ is $M = \alpha V + \beta$ with two numbers: by Cayley
# and Hamilton one more factor $V$ only changes the numbers, $\alpha \to \alpha\,\mathrm{tr} V + \beta$ and
# $\beta \to -\alpha \det V$.

# %%
proofs.chain(
    "24-field-general",
    step(alpha_V() * Sum(s, V_field(s1, s) * V_field(s, s2)) + beta_V() * V_field(s1, s2), "M = alpha V + beta"),
    step(
        (alpha_V() * trace_V() + beta_V()) * V_field(s1, s2) + -alpha_V() * det_V() * identity, "V^2 = tr(V) V - det(V)"
    ),
    part=1,
)

# %% [markdown]
# A matrix $A\, e^{K' s s' + h' (s + s')/2}$ has $e^{2K'} \sinh h' = (M_{++} - M_{--})/(2 M_{+-})$, where $\alpha$ cancels and
# $\beta$ drops out.

# %%
proofs.chain(
    "24-field-general",
    step(alpha_V() * (V_field(1, 1) - V_field(-1, -1)) * V_field(1, -1), "beta drops out"),
    step((V_field(1, 1) - V_field(-1, -1)) * power_V(1, -1), "M(+,-) = alpha V(+,-)"),
    part=2,
)

# %%
proofs.chain("24-field-general", step(x() ** 2 * (z() - 1 / z()) / 2, "the same of V itself"), part=3)

# %% [markdown]
# ## The flow of Fig. 2C
#
# $t = \tanh J = \kappa/(2 + \kappa)$ with $e^{2J} = 1 + \kappa$, $J > 0$. Larger blocks have smaller couplings, and
# none is zero: $J = 0$ and $J = \infty$ are the only fixed points.

# %%
proofs.chain("2C", at_most(tanh_J() ** n, tanh_J() ** n, "a positive number", strict=True))

# %%
proofs.chain("2C", at_most(tanh_J() ** n, 2 * tanh_J() ** n / (2 + kappa()), "1 - t = 2/(2 + k)", strict=True), part=1)

# %% [markdown]
# ## Higher orders are unavoidable in two dimensions (Eq. 5)
#
# The spin in the middle of a cross couples its four neighbours in pairs and all together. Sixteen cases, which the kernel
# goes through; up to symmetry they are three.

# %%
proofs.chain(
    "5-orders",
    step(x() ** (s1 + s2 + s3 + s4) + x() ** (-s1 - s2 - s3 - s4), "s = +1, -1"),
    step(
        2 * (cosh_4() * cosh_2() ** 4) ** Fraction(1, 8) * e_K2() ** pairs * e_K4() ** (s1 * s2 * s3 * s4),
        "e^{16 K2} = cosh^2 4K, e^{16 K4} = (cosh 4K / cosh^4 2K)^2",
    ),
)

# %%
print(proofs)
