"""The ledger's statements in the language of the proof kernel: networks of spins, and Fig. 2B. See `formal_spins`."""

from __future__ import annotations

from fractions import Fraction

from ..proof import SPIN, Prod, Statement, Sum, atom, configurations, index_map, lift, log, variable
from .formal import BOOK as BOOK
from .formal import STATEMENTS as STATEMENTS
from .formal import K, V, _book, _pinned, a, e, equation, h, k, v
from .formal_spins import (
    J,
    c,
    cosh_x,
    e_2J,
    hs,
    i,
    j,
    kappa,
    left,
    link,
    nxt,
    r,
    right,
    s,
    s1,
    s2,
    s3,
    us,
    vs,
    ws,
    x,
    y,
)

# One hidden unit a bond of any graph: bonds j run from left(j) to right(j), sigma_j K_j with e^{2K} = cosh 2w.
bond_signs = variable("sigma", configurations(J))
omega = atom("omega", J)
bond = _book("bond", (j, s1, s2, s3), Sum(s, omega(j) ** (s * (s1 + s3 * s2))))
e_K = _book("e^K", (j,), ((omega(j) ** 2 + omega(j) ** -2) / 2) ** Fraction(1, 2))

previous = index_map("previous", J, J)
copies = _book("copies", (s1,), (x() ** s1 + x() ** (-1 * s1)) / cosh_x())
x_1, x_2 = atom("x_1"), atom("x_2")

# A visible spin s that the machine leaves alone, between two neighbours: f_s(v) = e^{J (v_1 + v_3)}.
beside = atom("f_s", V)
q_alone = _book("q_s", (v, s), Sum(h, e(v, h) / (a(v) * beside(v) ** s)))

# Two layers added up: unit k of the second one is coupled to units first(k) and second(k) of the first, by J'.
gk = variable("g", configurations(K))
first, second = index_map("first", K, J), index_map("second", K, J)
link_2 = _book("link'", (s1, s2), Sum(s, y() ** (s1 * s) * y() ** (s * s2)))
y_2 = _book("e^J''", (), ((y() ** 2 + y() ** -2) / 2) ** Fraction(1, 2))
cosh_2J = _book("cosh 2J", (), (e_2J() + 1 / e_2J()) / 2)  # e^{2J'}, for J > 0
cosh_2J_1 = _book("cosh 2J'", (), (cosh_2J() + 1 / cosh_2J()) / 2)  # e^{2J''}

# The divergence: v are the coupled spins, u_j those between them, r(j,v) = e^{J (v_j + v_{j+1})}.
ring = _book("ring", (v, us), Prod(j, r(j, v) ** us[j]))
layer = _book("layer", (v, hs), Prod(j, r(j, v) ** hs[j] / 2))
b_layer = _book("b_layer", (v,), Sum(hs, layer(v, hs)))
Z_ring = _book("Z_ring", (), Sum(v, us, ring(v, us)))
Z_layer = _book("Z_layer", (), Sum(v, us, b_layer(v)))
P_ring = _book("P_ring", (v, us), ring(v, us) / Z_ring())
p_layer = _book("p_layer", (v,), b_layer(v) / Z_layer())  # of (v, u), but the same for every u
KL_layer = _book("KL_layer", (), Sum(v, us, P_ring(v, us) * log(P_ring(v, us) / p_layer(v))))
between = _book("P(u|v)", (j, v, s), r(j, v) ** s / (r(j, v) + 1 / r(j, v)))
entropy = _book("S", (j,), -Sum(v, us, P_ring(v, us) * log(between(j, v, us[j]))))

# One of them, v_2 = s, between v_1 and v_3 = s1 and s2, whose joint law is any that the rest of the ring makes.
rest = atom("a_13", SPIN, SPIN)
P_3 = _book(
    "P_123", (s1, s, s2), rest(s1, s2) * x() ** (s1 * s) * x() ** (s * s2) / Sum(s1, s2, rest(s1, s2) * link(s1, s2))
)
P_13 = _book("P_13", (s1, s2), Sum(s, P_3(s1, s, s2)))
P_2 = _book("P(v2|v1,v3)", (s1, s, s2), P_3(s1, s, s2) / P_13(s1, s2))
entropy_2 = _book("S(v2|v1,v3)", (), -Sum(s1, s, s2, P_3(s1, s, s2) * log(P_2(s1, s, s2))))
known = _book("log 2 - S(v2|s1,s2)", (s1, s2), Sum(s, P_2(s1, s, s2) * log(2 * P_2(s1, s, s2))))
agree = _book("P(v1=v3)", (), Sum(s1, s2, P_13(s1, s2) * (1 + s1 * s2) / 2))
# 2J tanh 2J - log cosh 2J in terms of e^{4J}, any positive number; and e^{4J} = 1 + kappa, J > 0.
gain = _book("G", (), log(x() ** 4) / 2 * ((x() ** 4 - 1) / (x() ** 4 + 1)) - log((x() ** 4 + 1) / (2 * x() ** 2)))
e_4J = _book("e^{4J}", (), 1 + kappa())
gain_positive = _book(
    "G(J)",
    (),
    log(e_4J()) / 2 * ((e_4J() - 1) / (e_4J() + 1)) - log((e_4J() + 1) / (2 * e_4J() ** Fraction(1, 2))),
)

_pinned |= {
    "decorated": (
        equation(
            Sum(hs, Prod(j, omega(j) ** (hs[j] * (vs[left(j)] + bond_signs[j] * vs[right(j)])) / (2 * e_K(j))))
            * Prod(i, c(i) ** vs[i]),
            Prod(j, e_K(j) ** (bond_signs[j] * vs[left(j)] * vs[right(j)])) * Prod(i, c(i) ** vs[i]),
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
            Sum(s, x() ** (s * (s1 + s3 * s2))) / (2 * y()) * x_1() ** s1 * x_2() ** s2,
            y() ** (s3 * s1 * s2) * x_1() ** s1 * x_2() ** s2,
        ),
    ),
    "2B-visible": (
        equation(
            Sum(hs, Prod(j, x() ** (us[j] * hs[j]) * x() ** (hs[j] * us[previous(j)]))),
            Prod(j, link(us[j], us[previous(j)])),
        ),
        equation(x() ** 2 - link(1, 1) / link(1, -1), (x() ** 2 - x() ** -2) / 2),
        Statement(lift(0), "<", (e_2J() - 1 / e_2J()) / 2),
    ),
    "2B": (
        equation(q_alone(v, -1), beside(v) ** 2 * q_alone(v, 1)),
        Statement(lift(1), "<", e_2J() ** 2),
    ),
    "2B-sum": (
        equation(
            Sum(
                us,
                gk,
                Prod(j, x() ** (hs[j] * us[j]) * x() ** (us[j] * hs[nxt(j)]))
                * Prod(k, y() ** (hs[first(k)] * gk[k]) * y() ** (gk[k] * hs[second(k)])),
            ),
            Prod(j, 2 * y() * y() ** (hs[j] * hs[nxt(j)]))
            * Prod(k, 2 * y_2() * y_2() ** (hs[first(k)] * hs[second(k)])),
        ),
        Statement(lift(1), "<", cosh_2J_1()),
    ),
    "2B-kl": (
        equation(-log(Z_layer()) + log(Z_ring()), 0),
        equation(KL_layer(), Sum(j, log(2) - entropy(j))),
        equation(log(2) - entropy_2(), agree() * gain()),
        Statement(lift(0), "<", gain_positive()),
    ),
}
