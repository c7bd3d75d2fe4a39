"""The ledger's statements in the language of the proof kernel: spins on any number of sites. See `formal`.

I and J are types of sites, any finite ones; vs and hs configurations of spins on them. x = e^J is a coupling.
"""

from __future__ import annotations

from fractions import Fraction

from ..proof import (
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
from .formal import BOOK, STATEMENTS, K, V, Z, Z_joint, a, b_h, b_v, equation, h, k, p_h, p_v, v

I, J = Sort("I"), Sort("J")
i, j = variable("i", I), variable("j", J)
vs, hs = variable("v", configurations(I)), variable("h", configurations(J))
s, s1, s2, s3, s4 = spins("s s1 s2 s3 s4")

# Eq. 10: b(j) = e^{-b_j}, c(i) = e^{-c_i}, w(i,j) = e^{-w_ij}.
b, c, w = atom("b", J), atom("c", I), atom("w", I, J)
rbm = BOOK(
    "rbm", (vs, hs), Prod(j, b(j) ** hs[j]) * Prod(i, Prod(j, w(i, j) ** (vs[i] * hs[j]))) * Prod(i, c(i) ** vs[i])
)
from_visible = BOOK("from_visible", (j, vs), b(j) * Prod(i, w(i, j) ** vs[i]))
from_hidden = BOOK("from_hidden", (i, hs), c(i) * Prod(j, w(i, j) ** hs[j]))


# Appendix B: layers I, J, K and G of any sizes, real weights; signs of the units of a layer.
G = Sort("G")
g, signs, i_2 = variable("g", G), variable("sigma", configurations(K)), variable("i'", I)
W_1, W_2, W_3, V_1 = real("W_1", I, J), real("W_2", J, K), real("W_3", K, G), real("V_1", I, J)
flipped = BOOK("flipped", (j, vs, s), from_visible(j, vs) ** s + from_visible(j, vs) ** (-1 * s))

# 0/1 units (1+v)/2 and (1+h)/2: e^{W/4}, e^{a/2} and e^{b/2}.
W, alpha, beta = atom("W", I, J), atom("alpha", I), atom("beta", J)
binary = BOOK(
    "binary",
    (vs, hs),
    Prod(i, Prod(j, W(i, j) ** ((1 + vs[i]) * (1 + hs[j]))))
    * Prod(i, alpha(i) ** (1 + vs[i]))
    * Prod(j, beta(j) ** (1 + hs[j])),
)
binary_constant = BOOK("binary constant", (), Prod(i, Prod(j, W(i, j))) * Prod(i, alpha(i)) * Prod(j, beta(j)))

# Eqs. 3 and 10 as printed have no constants: the logarithm of e^{-H} has mean zero.
data = atom("a_0", configurations(I))
q_printed = BOOK("q_0", (vs,), Sum(hs, rbm(vs, hs)) / data(vs))
mean_log_data = BOOK("sum log a_0", (), Sum(vs, log(data(vs))))
NO_CONSTANT = equation(mean_log_data(), 0)

# C11: r(j,v) = e^{p s_j(v)}, for any functions s_j of v.
r = atom("r", J, V)
kadanoff = BOOK("kadanoff", (v, hs), Prod(j, r(j, v) ** hs[j] / (r(j, v) + 1 / r(j, v))))

# One dimension: x = e^J, link = a removed spin between two kept ones, e^{2J'} = cosh 2J, A = 2 e^{J'}.
x, z = atom("x"), atom("z")
n, m = numbers("n m")
link = BOOK("link", (s1, s2), Sum(s, x() ** (s1 * s) * x() ** (s * s2)))
y = BOOK("e^J'", (), ((x() ** 2 + x() ** -2) / 2) ** Fraction(1, 2))
cosh_x, sinh_x = BOOK("2cosh J", (), x() + 1 / x()), BOOK("2sinh J", (), x() - 1 / x())
cosh_y, sinh_y = BOOK("2cosh J'", (), y() + 1 / y()), BOOK("2sinh J'", (), y() - 1 / y())
# The chain of n bonds with its ends fixed, one spin summed after the other; and the chain of m links.
transfer = BOOK.recursion("V^n", (n, s1, s2), x() ** (s1 * s2), lambda power: Sum(s, power(n, s1, s) * x() ** (s * s2)))
coarse_transfer = BOOK.recursion(
    "V'^m", (n, s1, s2), y() ** (s1 * s2), lambda power: Sum(s, power(n, s1, s) * y() ** (s * s2))
)
links = BOOK.recursion("(V^2)^m", (n, s1, s2), link(s1, s2), lambda power: Sum(s, power(n, s1, s) * link(s, s2)))
nxt = index_map("next", J, J)
us, ws = variable("u", configurations(J)), variable("w", configurations(J))

# Any blocks, J > 0: tanh J = k/(2 + k) for e^{2J} = 1 + k.
kappa = atom("kappa")
tanh_J = BOOK("tanh J", (), kappa() / (2 + kappa()))
tanh_block = BOOK("tanh J_n", (n,), (sinh_x() / cosh_x()) ** n)

# With a field, z = e^h: a removed spin carries its own field.
link_field = BOOK("link_h", (s1, s2), Sum(s, x() ** (s1 * s) * x() ** (s * s2) * z() ** s))
cosh_plus = BOOK("2cosh(2K+h)", (), x() ** 2 * z() + x() ** -2 / z())
cosh_minus = BOOK("2cosh(2K-h)", (), x() ** 2 / z() + x() ** -2 * z())
cosh_field = BOOK("2cosh h", (), z() + 1 / z())
y_field = BOOK("e^K'", (), (cosh_plus() * cosh_minus() / cosh_field() ** 2) ** Fraction(1, 4))
f_field = BOOK("e^((h'-h)/2)", (), (cosh_plus() / cosh_minus()) ** Fraction(1, 4))
A_field = BOOK("A_h", (), (cosh_plus() * cosh_minus() * cosh_field() ** 2) ** Fraction(1, 4))

# One hidden unit a bond of any graph: bonds j run from left(j) to right(j), e^{2K} = cosh 2w.
left, right = index_map("left", J, I), index_map("right", J, I)
omega = atom("omega", J)
bond = BOOK("bond", (j, s1, s2), Sum(s, omega(j) ** (s * (s1 + s2))))
e_K = BOOK("e^K", (j,), ((omega(j) ** 2 + omega(j) ** -2) / 2) ** Fraction(1, 2))

opposite_bond = BOOK("opposite bond", (j, s1, s2), Sum(s, omega(j) ** (s * (s1 - s2))))
previous = index_map("previous", J, J)
copies = BOOK("copies", (s1,), (x() ** s1 + x() ** (-1 * s1)) / cosh_x())
x_1, x_2 = atom("x_1"), atom("x_2")

# The spin in the middle of a cross.
centre = BOOK("centre", (s1, s2, s3, s4), Sum(s, x() ** (s * (s1 + s2 + s3 + s4))))
cosh_2 = BOOK("cosh 2K", (), (x() ** 2 + x() ** -2) / 2)
cosh_4 = BOOK("cosh 4K", (), (x() ** 4 + x() ** -4) / 2)
e_K2 = BOOK("e^K2", (), cosh_4() ** Fraction(1, 8))
e_K4 = BOOK("e^K4", (), (cosh_4() / cosh_2() ** 4) ** Fraction(1, 8))
pairs = s1 * s2 + s1 * s3 + s1 * s4 + s2 * s3 + s2 * s4 + s3 * s4

# Two dimensions: tanh J* = e^{-2J} with e^{2J} = 1 + k > 1, and sinh 2J_c = 1.
e_2J = BOOK("e^{2J}", (), 1 + kappa())
dual = BOOK("e^{2J*}", (), (2 + kappa()) / kappa())
sqrt_2 = lift(2) ** Fraction(1, 2)
critical = BOOK("e^{2J_c}", (), 1 + sqrt_2)

STATEMENTS |= {
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
    "decorated": (
        equation(
            Sum(hs, Prod(j, omega(j) ** (hs[j] * (vs[left(j)] + vs[right(j)])) / (2 * e_K(j)))),
            Prod(j, e_K(j) ** (vs[left(j)] * vs[right(j)])),
        ),
        equation(
            Sum(hs, Prod(j, omega(j) ** (hs[j] * (vs[left(j)] - vs[right(j)])) / (2 * e_K(j)))),
            Prod(j, e_K(j) ** (-vs[left(j)] * vs[right(j)])),
        ),
    ),
    "2B-hidden": (
        equation(
            Sum(us, Prod(j, x() ** (hs[j] * us[j]) * x() ** (us[j] * hs[nxt(j)]))),
            Prod(j, 2 * y() * y() ** (hs[j] * hs[nxt(j)])),
        ),
        equation(
            Sum(hs, Prod(j, x() ** (us[j] * hs[j]) * x() ** (hs[j] * us[previous(j)]))),
            Prod(j, 2 * y() * y() ** (us[j] * us[previous(j)])),
        ),
    ),
    "2B-upward": (
        equation(
            Sum(hs, Prod(j, x() ** (us[j] * hs[j]) * x() ** (hs[j] * us[nxt(j)]) / link(us[j], us[nxt(j)]))),
            1,
        ),
        equation(
            Sum(
                us,
                ws,
                Prod(j, x() ** (us[j] * hs[j]) * x() ** (hs[j] * us[nxt(j)]) / link(us[j], us[nxt(j)]))
                * Prod(j, x() ** (us[j] * ws[j]) * x() ** (ws[j] * us[nxt(j)])),
            ),
            Sum(us, Prod(j, x() ** (us[j] * hs[j]) * x() ** (hs[j] * us[nxt(j)]))),
        ),
    ),
    "2B-weights": (Statement(lift(0), "<", x() ** -1 / (x() + 1 / x())),),
    "2B-copy": (equation(Sum(hs, Prod(j, x() ** (hs[j] * vs[left(j)]) / cosh_x())), 1),),
    "17-capacity": (
        equation(
            Sum(s, x() ** (s * (s1 + s2))) / (2 * y()) * x_1() ** s1 * x_2() ** s2,
            y() ** (s1 * s2) * x_1() ** s1 * x_2() ** s2,
        ),
        equation(
            Sum(s, x() ** (s * (s1 - s2))) / (2 * y()) * x_1() ** s1 * x_2() ** s2,
            y() ** (-s1 * s2) * x_1() ** s1 * x_2() ** s2,
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
