"""The ledger's statements in the language of the proof kernel, and the definitions that they are about: sections I to III.

``STATEMENTS[id]`` is what a derivation of the claim has to prove, word for word; ``BOOK`` holds the definitions, the only
ones that it may use. v and h range over configurations of the two layers, any finite types; a(v) = e^{-H(v)} and
e(v,h) = e^{-E(v,h)} are arbitrary positive functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..proof import Definition, Definitions, Sort, Statement, Sum, Term, atom, differentiate, lift, log, real, variable

_book, _pinned = Definitions(), dict[str, tuple[Statement, ...]]()
BOOK: Mapping[str, Definition] = MappingProxyType(_book)  # what a script sees, and can't write to
STATEMENTS: Mapping[str, tuple[Statement, ...]] = MappingProxyType(_pinned)

V, H, K = Sort("V"), Sort("H"), Sort("K")
v, u, h, k = variable("v", V), variable("u", V), variable("h", H), variable("k", K)
a, e = atom("a", V), atom("e", V, H)
scale, field, joint = atom("k"), atom("f", V), atom("a_2", V, K)


def equation(lhs: Term, rhs: Term | int, *given: Statement) -> Statement:
    """Return lhs = rhs, given other statements."""
    return Statement(lhs, "=", lift(rhs), given)


# Section I. T is given by Eq. 18, so that any positive e^T is meant.
t = _book("t", (v, h), e(v, h) / a(v))
Z = _book("Z", (), Sum(v, a(v)))
P = _book("P", (v,), a(v) / Z())
q = _book("q", (v,), Sum(h, t(v, h)))
coarse = _book("coarse", (h,), Sum(v, t(v, h) * a(v)))  # e^{-H^RG}
F_v = _book("F^v", (), -log(Z()))
F_h = _book("F^h", (), -log(Sum(h, coarse(h))))
Delta_F = _book("Delta F", (), F_h() - F_v())
mean_q = _book("E_P[q]", (), Sum(v, P(v) * q(v)))

# Section II.
Z_joint = _book("Z'", (), Sum(v, h, e(v, h)))
p = _book("p", (v, h), e(v, h) / Z_joint())
p_v = _book("p_v", (v,), Sum(h, p(v, h)))
p_h = _book("p_h", (h,), Sum(v, p(v, h)))
b_v = _book("b_v", (v,), Sum(h, e(v, h)))  # e^{-H^RBM(v)}
b_h = _book("b_h", (h,), Sum(v, e(v, h)))  # e^{-H^RBM(h)}
KL = _book("KL", (), Sum(v, P(v) * log(P(v) / p_v(v))))
KL_reversed = _book("KL reversed", (), Sum(v, p_v(v) * log(p_v(v) / P(v))))

# Section III.
H_v = _book("H", (v,), -log(a(v)))
E = _book("E", (v, h), -log(e(v, h)))
T = _book("T", (v, h), log(t(v, h)))
H_RG = _book("H^RG", (h,), -log(coarse(h)))
H_RBM_v = _book("H^RBM_v", (v,), -log(b_v(v)))
H_RBM_h = _book("H^RBM_h", (h,), -log(b_h(h)))
conditional = _book("p(h|v)", (v, h), p(v, h) / p_v(v))


# The ledger's additions.
Delta_F_raised = _book("Delta F(T + t)", (), -log(Sum(h, v, scale() * t(v, h) * a(v))) + log(Z()))
lin_tegmark = _book("e_LT", (v, u), a(v) * a(u) * field(v) / Sum(v, a(v) * field(v)))
t_2 = atom("t_2", H, K)
q_2 = _book("q_2", (h,), Sum(k, t_2(h, k)))
t_12 = _book("t_12", (v, k), Sum(h, t(v, h) * t_2(h, k)))
q_12 = _book("q_12", (v,), Sum(k, t_12(v, k)))
coarse_2 = _book("coarse_2", (k,), Sum(h, t_2(h, k) * coarse(h)))
coarse_12 = _book("coarse_12", (k,), Sum(v, t_12(v, k) * a(v)))
Delta_F_2 = _book("Delta F_2", (), -log(Sum(k, coarse_2(k))) + log(Sum(h, coarse(h))))
Delta_F_12 = _book("Delta F_12", (), -log(Sum(k, coarse_12(k))) + log(Z()))
P_h = _book("P_h", (h,), Sum(v, P(v) * conditional(v, h)))  # data passed up
P_back = _book("P(v|h)", (v, h), P(v) * conditional(v, h) / P_h(h))
p_back = _book("p(v|h)", (v, h), p(v, h) / p_h(h))
recover = real("L", V, H)  # a left inverse of P -> P_h, on the data and on the machine's own p(v)
recovered = _book("L P_h", (v,), Sum(h, recover(v, h) * P_h(h)))
recovered_machine = _book("L p_h", (v,), Sum(h, recover(v, h) * p_h(h)))
KL_h = _book("KL_h", (), Sum(h, P_h(h) * log(P_h(h) / p_h(h))))
KL_back = _book("KL_v|h", (), Sum(h, P_h(h) * Sum(v, P_back(v, h) * log(P_back(v, h) / p_back(v, h)))))

# C12: E moves to E + t X, any real X(v,h); dE = X, so that de^{-E} = -X e^{-E} and dT = -X.
X = real("X", V, H)
_moved = {"e": Definition("e", (v, h), -X(v, h) * e(v, h))}
d_log_Z = _book("d log Z'", (), differentiate(log(Z_joint()), _moved, BOOK))
d_Delta_F = _book("d Delta F", (), differentiate(Delta_F(), _moved, BOOK))
d_H_RG = _book("d H^RG", (h,), differentiate(H_RG(h), _moved, BOOK))
d_T = _book("d T", (v, h), differentiate(T(v, h), _moved, BOOK))

EXACT = equation(q(v), 1)
EXACT_2 = equation(q_2(h), 1)
CONSTANT = equation(q(v), scale())
MATCHED = equation(p_v(v), P(v))
NO_GAP = equation(Delta_F(), 0)
NO_KL = equation(KL(), 0)
FORGETFUL = equation(t(v, h), 1 / Sum(h, lift(1)))
PASSED_UP = equation(P_h(h), p_h(h))
RECOVERED = (equation(recovered(v), P(v)), equation(recovered_machine(v), p_v(v)))

_mapping = (equation(coarse(h) / Z_joint(), p_h(h)), equation(H_RG(h), H_RBM_h(h)))

_pinned |= {
    "1": (equation(Sum(v, P(v)), 1), equation(P(v) * Z(), a(v))),
    "2": (equation(Sum(v, Sum(k, joint(v, k))), Sum(k, Sum(v, joint(v, k)))),),
    "4": (equation(-log(Sum(v, scale() * a(v))), F_v() - log(scale())),),
    "6": (equation(coarse(h), Sum(v, t(v, h) * a(v))), equation(H_RG(h), -log(Sum(v, t(v, h) * a(v))))),
    "7": (equation(F_h(), -log(Sum(v, h, e(v, h)))), equation(F_h(), -log(Z_joint()))),
    "8": (equation(q(v), 1, NO_GAP),),
    "8-if": (equation(Delta_F(), 0, EXACT),),
    "8-min": (equation(Delta_F_raised(), Delta_F() - log(scale())),),
    "8-observables": (
        equation(q(v), 1, FORGETFUL),
        equation(Delta_F(), 0, FORGETFUL),
        equation(p(v, h), p_v(v) * p_h(h), FORGETFUL),
    ),
    "8-lin-tegmark": (
        equation(Sum(v, u, lin_tegmark(v, u)), Z()),
        equation(Sum(u, lin_tegmark(v, u)) / Z(), a(v) * field(v) / Sum(v, a(v) * field(v))),
        equation(Sum(u, lin_tegmark(v, u)) / a(v), field(v) * (Z() / Sum(v, a(v) * field(v)))),
    ),
    "9": (equation(Sum(h, t(v, h) / q(v)), 1),),
    "11": (equation(Sum(v, h, p(v, h)), 1), equation(Z_joint(), Sum(h, coarse(h)))),
    "12": (equation(Sum(v, p_v(v)), 1), equation(p_v(v), P(v) * q(v) / mean_q())),
    "13": (equation(Sum(h, p_h(h)), 1), equation(p_h(h), coarse(h) / Z_joint())),
    "16": (equation(KL(), Sum(v, P(v) * log(P(v))) - Sum(v, P(v) * log(p_v(v)))),),
    "17": (Statement(lift(0), "<=", KL()), equation(KL(), 0, MATCHED), equation(p_v(v), P(v), NO_KL)),
    "18": (equation(T(v, h), -E(v, h) + H_v(v)), equation(H_v(v) - T(v, h), E(v, h))),
    "19": (
        equation(coarse(h) / Z_joint(), Sum(v, t(v, h) * a(v)) / Z_joint()),
        equation(Sum(h, coarse(h) / Z_joint()), 1),
    ),
    "20": _mapping[:1],
    "21": _mapping[1:],
    "21-general": _mapping,
    "22": (equation(t(v, h), conditional(v, h) * (b_v(v) / a(v))), equation(b_v(v) / a(v), q(v))),
    "22-exact": (
        equation(H_RBM_v(v), H_v(v), EXACT),
        equation(t(v, h), conditional(v, h), EXACT),
        equation(p_v(v), P(v), EXACT),
        equation(KL(), 0, EXACT),
    ),
    "C1": (equation(Delta_F(), -log(mean_q())), equation(Delta_F(), log(Z()) - log(Z_joint()))),
    "C2": (equation(p_v(v), P(v) * q(v) / mean_q()),),
    "C3": (
        equation(KL(), -Delta_F() - Sum(v, P(v) * log(q(v)))),
        equation(KL_reversed(), Sum(v, p_v(v) * log(q(v))) + Delta_F()),
    ),
    "C4": (
        equation(p_v(v), P(v), CONSTANT),
        equation(q(v), Z_joint() / Z(), CONSTANT),
        equation(q(v), Z_joint() / Z(), MATCHED),
    ),
    "C5": (equation(Delta_F(), 0, EXACT), equation(KL(), 0, EXACT), equation(q(v), 1, NO_GAP, NO_KL)),
    "C5-kl": (equation(q(v), 1, NO_KL),),
    "C6": (
        equation(log(t(v, h)) - log(q(v)), log(conditional(v, h))),
        equation(Sum(h, conditional(v, h)), 1),
        equation(Sum(h, e(v, h) / Sum(h, e(v, h))), 1),
    ),
    "C8": (
        equation(coarse_12(k), coarse_2(k)),
        equation(q_12(v), 1, EXACT, EXACT_2),
        equation(Delta_F_12(), Delta_F() + Delta_F_2()),
    ),
    "C9": (equation(KL(), KL_h() + KL_back()), Statement(KL_h(), "<=", KL())),
    "C10": (equation(Sum(h, conditional(v, h)), 1), equation(P_h(h), p_h(h), CONSTANT)),
    "C10-converse": (
        equation(q(v), q(u), PASSED_UP),
        equation(q(v), Z_joint() / Z(), PASSED_UP, *RECOVERED),
    ),
    "C12": (
        equation(d_log_Z(), -Sum(v, h, p(v, h) * X(v, h))),
        equation(d_Delta_F(), -Sum(v, h, p(v, h) * d_T(v, h))),
        equation(d_H_RG(h), -Sum(v, p_back(v, h) * d_T(v, h))),
    ),
}
