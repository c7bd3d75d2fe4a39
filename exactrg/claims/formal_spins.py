"""The ledger's statements in the language of the proof kernel: spins on any number of sites. See `formal`.

I and J are types of sites, any finite ones; vs and hs configurations of spins on them. x = e^J is a coupling.
"""

from __future__ import annotations

from fractions import Fraction

from ..proof import (
    SPIN,
    Prod,
    Sort,
    Statement,
    Sum,
    atom,
    configurations,
    index_map,
    lift,
    log,
    numbers,
    real,
    spins,
    variable,
)
from .formal import BOOK as BOOK
from .formal import STATEMENTS as STATEMENTS
from .formal import K, V, Z, Z_joint, _book, _pinned, a, b_h, b_v, equation, h, k, p_h, p_v, v

I, J = Sort("I"), Sort("J")
i, j = variable("i", I), variable("j", J)
vs, hs = variable("v", configurations(I)), variable("h", configurations(J))
s, s1, s2, s3, s4 = spins("s s1 s2 s3 s4")

# Eq. 10: b(j) = e^{-b_j}, c(i) = e^{-c_i}, w(i,j) = e^{-w_ij}.
b, c, w = atom("b", J), atom("c", I), atom("w", I, J)
rbm = _book(
    "rbm", (vs, hs), Prod(j, b(j) ** hs[j]) * Prod(i, Prod(j, w(i, j) ** (vs[i] * hs[j]))) * Prod(i, c(i) ** vs[i])
)
from_visible = _book("from_visible", (j, vs), b(j) * Prod(i, w(i, j) ** vs[i]))
from_hidden = _book("from_hidden", (i, hs), c(i) * Prod(j, w(i, j) ** hs[j]))


# Appendix B: layers I, J, K and G of any sizes, real weights; signs of the units of a layer.
G = Sort("G")
g, signs, i_2 = variable("g", G), variable("sigma", configurations(K)), variable("i'", I)
W_1, W_2, W_3, V_1 = real("W_1", I, J), real("W_2", J, K), real("W_3", K, G), real("V_1", I, J)
flipped = _book("flipped", (j, vs, s), from_visible(j, vs) ** s + from_visible(j, vs) ** (-1 * s))

# 0/1 units (1+v)/2 and (1+h)/2: e^{W/4}, e^{a/2} and e^{b/2}.
W, alpha, beta = atom("W", I, J), atom("alpha", I), atom("beta", J)
binary = _book(
    "binary",
    (vs, hs),
    Prod(i, Prod(j, W(i, j) ** ((1 + vs[i]) * (1 + hs[j]))))
    * Prod(i, alpha(i) ** (1 + vs[i]))
    * Prod(j, beta(j) ** (1 + hs[j])),
)
binary_constant = _book("binary constant", (), Prod(i, Prod(j, W(i, j))) * Prod(i, alpha(i)) * Prod(j, beta(j)))

# Eqs. 3 and 10 as printed have no constants: the logarithm of e^{-H} has mean zero.
data = atom("a_0", configurations(I))
q_printed = _book("q_0", (vs,), Sum(hs, rbm(vs, hs)) / data(vs))
mean_log_data = _book("sum log a_0", (), Sum(vs, log(data(vs))))
NO_CONSTANT = equation(mean_log_data(), 0)

# Eq. 3: a set of sites g, g_i = -1 for those in it, and its product of spins; one more site has spins s1 or s2.
gs, us_i = variable("g", configurations(I)), variable("u", configurations(I))
factor = _book("factor", (s1, s2), (1 + s1 + s2 - s1 * s2) / 2)  # s2 if s1 = -1, else 1
character = _book("character", (gs, vs), Prod(i, factor(gs[i], vs[i])))
of_spin = real("f_3", V, SPIN)  # a function of one spin and of everything else
even = _book("A_3", (v,), (of_spin(v, 1) + of_spin(v, -1)) / 2)
odd = _book("B_3", (v,), (of_spin(v, 1) - of_spin(v, -1)) / 2)
constant, slope = real("A", V), real("B", V)
affine = _book("g_3", (v, s), constant(v) + s * slope(v))

# Eq. 18: two visible spins s1 and s2 of an RBM, and its other units vs and hs.
c_1, c_2, w_1, w_2 = atom("c_1"), atom("c_2"), atom("w_1", J), atom("w_2", J)
two_units = _book(
    "rbm_2",
    (s1, s2, vs, hs),
    rbm(vs, hs) * c_1() ** s1 * c_2() ** s2 * Prod(j, w_1(j) ** (s1 * hs[j]) * w_2(j) ** (s2 * hs[j])),
)

# C11: r(j,v) = e^{p s_j(v)}, for any functions s_j of v.
r = atom("r", J, V)
kadanoff = _book("kadanoff", (v, hs), Prod(j, r(j, v) ** hs[j] / (r(j, v) + 1 / r(j, v))))

# One dimension: x = e^J, link = a removed spin between two kept ones, e^{2J'} = cosh 2J, A = 2 e^{J'}.
x, z = atom("x"), atom("z")
n, m = numbers("n m")
link = _book("link", (s1, s2), Sum(s, x() ** (s1 * s) * x() ** (s * s2)))
y = _book("e^J'", (), ((x() ** 2 + x() ** -2) / 2) ** Fraction(1, 2))
cosh_x, sinh_x = _book("2cosh J", (), x() + 1 / x()), _book("2sinh J", (), x() - 1 / x())
cosh_y, sinh_y = _book("2cosh J'", (), y() + 1 / y()), _book("2sinh J'", (), y() - 1 / y())
# The chain of n bonds with its ends fixed, one spin summed after the other; and the chain of m links.
transfer = _book.recursion(
    "V^n", (n, s1, s2), x() ** (s1 * s2), lambda power: Sum(s, power(n, s1, s) * x() ** (s * s2))
)
coarse_transfer = _book.recursion(
    "V'^m", (n, s1, s2), y() ** (s1 * s2), lambda power: Sum(s, power(n, s1, s) * y() ** (s * s2))
)
links = _book.recursion("(V^2)^m", (n, s1, s2), link(s1, s2), lambda power: Sum(s, power(n, s1, s) * link(s, s2)))
nxt = index_map("next", J, J)
us, ws = variable("u", configurations(J)), variable("w", configurations(J))

# Any blocks, J > 0: tanh J = k/(2 + k) for e^{2J} = 1 + k.
kappa = atom("kappa")
tanh_J = _book("tanh J", (), kappa() / (2 + kappa()))
tanh_block = _book("tanh J_n", (n,), (sinh_x() / cosh_x()) ** n)

# With a field, z = e^h: a removed spin carries its own field.
link_field = _book("link_h", (s1, s2), Sum(s, x() ** (s1 * s) * x() ** (s * s2) * z() ** s))
cosh_plus = _book("2cosh(2K+h)", (), x() ** 2 * z() + x() ** -2 / z())
cosh_minus = _book("2cosh(2K-h)", (), x() ** 2 / z() + x() ** -2 * z())
cosh_field = _book("2cosh h", (), z() + 1 / z())
y_field = _book("e^K'", (), (cosh_plus() * cosh_minus() / cosh_field() ** 2) ** Fraction(1, 4))
f_field = _book("e^((h'-h)/2)", (), (cosh_plus() / cosh_minus()) ** Fraction(1, 4))
A_field = _book("A_h", (), (cosh_plus() * cosh_minus() * cosh_field() ** 2) ** Fraction(1, 4))
# Its transfer matrix V, and alpha V + beta, which all powers of V are.
V_field = _book("V_h", (s1, s2), x() ** (s1 * s2) * z() ** ((s1 + s2) / 2))
trace_V = _book("tr V_h", (), V_field(1, 1) + V_field(-1, -1))
det_V = _book("det V_h", (), V_field(1, 1) * V_field(-1, -1) - V_field(1, -1) ** 2)
alpha_V, beta_V = real("alpha_V"), real("beta_V")
identity = (1 + s1 * s2) / 2
power_V = _book("M", (s1, s2), alpha_V() * V_field(s1, s2) + beta_V() * identity)

# Any graph: removed spin j, or bond j, lies between left(j) and right(j).
left, right = index_map("left", J, I), index_map("right", J, I)

# The spin in the middle of a cross.
centre = _book("centre", (s1, s2, s3, s4), Sum(s, x() ** (s * (s1 + s2 + s3 + s4))))
cosh_2 = _book("cosh 2K", (), (x() ** 2 + x() ** -2) / 2)
cosh_4 = _book("cosh 4K", (), (x() ** 4 + x() ** -4) / 2)
e_K2 = _book("e^K2", (), cosh_4() ** Fraction(1, 8))
e_K4 = _book("e^K4", (), (cosh_4() / cosh_2() ** 4) ** Fraction(1, 8))
pairs = s1 * s2 + s1 * s3 + s1 * s4 + s2 * s3 + s2 * s4 + s3 * s4

# Two dimensions: tanh J* = e^{-2J} with e^{2J} = 1 + k > 1, and sinh 2J_c = 1.
e_2J = _book("e^{2J}", (), 1 + kappa())
dual = _book("e^{2J*}", (), (2 + kappa()) / kappa())
sqrt_2 = lift(2) ** Fraction(1, 2)
critical = _book("e^{2J_c}", (), 1 + sqrt_2)

# Rows of any width on a torus, and the transfer matrix from one to the next.
row, row_1, row_2 = (variable(name, configurations(J)) for name in ("r", "r'", "r''"))
within = _book("V_within", (row,), Prod(j, x() ** (row[j] * row[nxt(j)])))
across = _book("V_across", (row, row_1), Prod(j, x() ** (row[j] * row_1[j])))
rows = _book.recursion(
    "V_row^n",
    (n, row, row_1),
    within(row) * across(row, row_1),
    lambda power: Sum(row_2, power(n, row, row_2) * within(row_2) * across(row_2, row_1)),
)

# Eq. 18: e^{-E} = e^T e^{-H}, T like an RBM and H with a bond K between two visible spins, e^K = x.
with_bond = _book("e^{T-H}", (s1, s2, vs, hs), two_units(s1, s2, vs, hs) * (x() ** (s1 * s2) * data(vs)))

# Eq. 5: removed spins u_j between kept ones v, e^{-H} = prod_j r(j,v)^{u_j}.
kept = _book("kept", (v,), Sum(us, Prod(j, r(j, v) ** us[j])))

# Section III: two spins, X = e^K, and one hidden unit with weights w; c = cosh 2w is any number from 1 on.
weight, any_cosh = atom("e^w"), atom("c_w")
machine = _book("e^{-H^RBM(s)}", (s1, s2), Sum(s, weight() ** (s * (s1 + s2))) / 2)
cosh_2w_of_w = _book("cosh(2w)", (), (weight() ** 2 + weight() ** -2) / 2)
cosh_2w = _book("cosh 2w", (), any_cosh())
Z_pair = _book("Z_pair", (), Sum(s1, s2, x() ** (s1 * s2)))
Z_one_unit = _book("Z'_pair", (), Sum(s1, s2, cosh_2w() ** ((1 + s1 * s2) / 2)))
P_pair = _book("P_pair", (s1, s2), x() ** (s1 * s2) / Z_pair())
p_pair = _book("p_pair", (s1, s2), cosh_2w() ** ((1 + s1 * s2) / 2) / Z_one_unit())
KL_pair = _book("KL_pair", (), Sum(s1, s2, P_pair(s1, s2) * log(P_pair(s1, s2) / p_pair(s1, s2))))
Delta_F_pair = _book("Delta F_pair", (), -log(Z_one_unit()) + log(Z_pair()))
e_K_positive = _book("e^K_+", (), 1 + kappa())
LEAST_GAP = equation(cosh_2w(), x() + 1 / x() - 1)
LEAST_KL = equation(cosh_2w(), x() ** 2)
NO_GAP_PAIR, NO_KL_PAIR = equation(Delta_F_pair(), 0), equation(KL_pair(), 0)

_pinned |= {
    "3": (
        equation(of_spin(v, s), even(v) + s * odd(v)),
        equation((affine(v, 1) + affine(v, -1)) / 2, constant(v)),
        equation((affine(v, 1) - affine(v, -1)) / 2, slope(v)),
        equation(Sum(gs, character(gs, vs) ** 2), Prod(i, lift(2))),
        equation(
            (s1 - s2) * Sum(gs, s, character(gs, vs) * character(gs, us_i) * factor(s, s1) * factor(s, s2)), lift(0)
        ),
        equation(character(gs, vs), character(vs, gs)),
    ),
    "5": (Statement(lift(0), "<", Sum(v, log(kept(v)))),),
    "18-family": (
        equation(
            two_units(1, 1, vs, hs) * two_units(-1, -1, vs, hs), two_units(1, -1, vs, hs) * two_units(-1, 1, vs, hs)
        ),
        equation(
            with_bond(1, 1, vs, hs) * with_bond(-1, -1, vs, hs),
            x() ** 4 * (with_bond(1, -1, vs, hs) * with_bond(-1, 1, vs, hs)),
        ),
    ),
    "III-schemes": (
        equation(machine(s1, s2), cosh_2w_of_w() ** ((1 + s1 * s2) / 2)),
        equation(KL_pair(), 0, LEAST_KL),
        equation(cosh_2w(), x() ** 2, NO_KL_PAIR),
        equation(Delta_F_pair(), 0, LEAST_GAP),
        equation(cosh_2w(), x() + 1 / x() - 1, NO_GAP_PAIR),
        Statement(e_K_positive() + 1 / e_K_positive() - 1, "<", e_K_positive() ** 2),
    ),
    "25": (
        equation(
            Sum(row, row_1, within(row) * within(row_1) * across(row, row_1) ** 2),
            Sum(row, rows(2, row, row)),
        ),
        equation(
            Sum(
                row,
                row_1,
                row_2,
                within(row)
                * within(row_1)
                * within(row_2)
                * across(row, row_1)
                * across(row_1, row_2)
                * across(row_2, row),
            ),
            Sum(row, rows(3, row, row)),
        ),
    ),
    "10": (
        equation(
            binary(vs, hs),
            binary_constant()
            * Prod(i, (alpha(i) * Prod(j, W(i, j))) ** vs[i])
            * Prod(j, (beta(j) * Prod(i, W(i, j))) ** hs[j])
            * Prod(i, Prod(j, W(i, j) ** (vs[i] * hs[j]))),
        ),
    ),
    "14": (
        equation(p_v(v), b_v(v) / Z_joint()),
        equation(Sum(hs, rbm(vs, hs)), Prod(i, c(i) ** vs[i]) * Prod(j, from_visible(j, vs) + 1 / from_visible(j, vs))),
    ),
    "15": (
        equation(p_h(h), b_h(h) / Z_joint()),
        equation(Sum(v, b_v(v)), Sum(h, b_h(h))),
        equation(Sum(vs, rbm(vs, hs)), Prod(j, b(j) ** hs[j]) * Prod(i, from_hidden(i, hs) + 1 / from_hidden(i, hs))),
    ),
    "C7": (Statement(Sum(vs, Sum(j, lift(1)) * log(2)), "<=", Sum(vs, log(q_printed(vs))), (NO_CONSTANT,)),),
    "9-rbm": (Statement(lift(0), "<", Sum(vs, log(q_printed(vs))), (NO_CONSTANT,)),),
    "C11": (
        equation(Sum(hs, kadanoff(v, hs)), 1),
        equation(-log(Sum(hs, v, kadanoff(v, hs) * a(v))) + log(Z()), 0),
    ),
    "23": (equation(Sum(s, transfer(n, s, s)), cosh_x() ** n + sinh_x() ** n),),
    "24": (
        equation(link(s1, s2), 2 * y() * y() ** (s1 * s2)),
        equation(sinh_y() / cosh_y(), (sinh_x() / cosh_x()) ** 2),
        equation(
            Sum(us, Prod(j, x() ** (hs[j] * us[j]) * x() ** (us[j] * hs[nxt(j)]))),
            Prod(j, 2 * y() * y() ** (hs[j] * hs[nxt(j)])),
        ),
        equation(Sum(s, links(n, s, s)), (2 * y()) ** n * Sum(s, coarse_transfer(n, s, s))),
    ),
    "24-general": (
        equation(transfer(n, s1, s2), (cosh_x() ** n + s1 * s2 * sinh_x() ** n) / 2),
        equation(
            (transfer(n, 1, 1) - transfer(n, 1, -1)) * cosh_x() ** n,
            sinh_x() ** n * (transfer(n, 1, 1) + transfer(n, 1, -1)),
        ),
        equation(4 * transfer(n, 1, 1) * transfer(n, 1, -1), cosh_x() ** (2 * n) - sinh_x() ** (2 * n)),
    ),
    "24-field": (
        equation(link_field(s1, s2), A_field() * f_field() ** (s1 + s2) * y_field() ** (s1 * s2)),
        equation(
            Sum(us, Prod(j, x() ** (hs[j] * us[j]) * x() ** (us[j] * hs[nxt(j)]) * z() ** us[j])),
            Prod(j, A_field() * f_field() ** (hs[j] + hs[nxt(j)]) * y_field() ** (hs[j] * hs[nxt(j)])),
        ),
    ),
    "24-field-general": (
        equation(
            y_field() ** 2 * (z() * f_field() ** 2 - 1 / (z() * f_field() ** 2)) / 2, x() ** 2 * (z() - 1 / z()) / 2
        ),
        equation(
            Sum(s, power_V(s1, s) * V_field(s, s2)),
            (alpha_V() * trace_V() + beta_V()) * V_field(s1, s2) + -alpha_V() * det_V() * identity,
        ),
        equation(
            (power_V(1, 1) - power_V(-1, -1)) * V_field(1, -1), (V_field(1, 1) - V_field(-1, -1)) * power_V(1, -1)
        ),
        equation((V_field(1, 1) - V_field(-1, -1)) / (2 * V_field(1, -1)), x() ** 2 * (z() - 1 / z()) / 2),
    ),
    "2C": (
        Statement(lift(0), "<", tanh_J() ** n),
        Statement(tanh_J() ** (n + 1), "<", tanh_J() ** n),
    ),
    "24-odd": (
        equation(
            Sum(us, Prod(j, x() ** (vs[left(j)] * us[j]) * x() ** (us[j] * vs[right(j)])) * x() ** (vs[i] * vs[i_2])),
            Prod(j, 2 * y() * y() ** (vs[left(j)] * vs[right(j)])) * x() ** (vs[i] * vs[i_2]),
        ),
    ),
    "24-semigroup": (equation(tanh_block(n) ** m, (sinh_x() / cosh_x()) ** (n * m)),),
    "24-xi": (
        equation((e_2J() - 1) / (e_2J() + 1), tanh_J()),
        equation(log(tanh_J() ** n), n * log(tanh_J())),
    ),
    "B": (
        equation(Sum(k, Sum(j, W_1(i, j) * W_2(j, k)) * W_3(k, g)), Sum(j, k, W_1(i, j) * W_2(j, k) * W_3(k, g))),
        equation(
            Sum(j, (W_1(i, j) + V_1(i, j)) * W_2(j, k)), Sum(j, W_1(i, j) * W_2(j, k)) + Sum(j, V_1(i, j) * W_2(j, k))
        ),
        equation(Sum(j, W_1(i, j) * (W_2(j, k) * signs[k])), signs[k] * Sum(j, W_1(i, j) * W_2(j, k))),
        equation(
            Sum(hs, Prod(j, from_visible(j, vs) ** (us[j] * hs[j]))),
            Sum(hs, Prod(j, from_visible(j, vs) ** hs[j])),
        ),
    ),
    "5-orders": (
        equation(
            centre(s1, s2, s3, s4),
            2 * (cosh_4() * cosh_2() ** 4) ** Fraction(1, 8) * e_K2() ** pairs * e_K4() ** (s1 * s2 * s3 * s4),
        ),
    ),
    "25-onsager": (
        equation((critical() - 1 / critical()) / 2, 1),
        equation((dual() - 1) / (dual() + 1), 1 / e_2J()),
        equation((e_2J() - 1 / e_2J()) / 2 * ((dual() - 1 / dual()) / 2), 1),
    ),
    "25-critical": (Statement(lift(Fraction(8705, 10_000)), "<", log(critical())),),
}
