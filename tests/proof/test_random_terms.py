"""Random terms: the normal form, read as a term, has the values of the term it came from."""

from __future__ import annotations

import random

import pytest

from exactrg.proof import NAT, SPIN, Prod, ProofError, Sort, Sum, Term, atom, configurations, lift, log, variable
from exactrg.proof.kernel import well_formed
from exactrg.proof.models import same_values
from exactrg.proof.normal_form import normal, reify

V, H, J = Sort("V"), Sort("H"), Sort("J")
a, e, f, r, x, y = atom("a", V), atom("e", V, H), atom("f", J, SPIN), atom("r", J, V), atom("x"), atom("y")
TYPES = {"v": V, "h": H, "j": J, "c": configurations(J), "s": SPIN}


class Writer:
    """Writes a random term with the variables in scope."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.names = 0

    def pick(self, scope: list[Term], sort: Sort) -> Term | None:
        here = [z for z in scope if z.data[1] == sort]
        return self.draw.choice(here) if here else None

    def leaf(self, scope: list[Term]) -> Term:
        v, h, j = (self.pick(scope, sort) for sort in (V, H, J))
        c, s = self.pick(scope, configurations(J)), self.pick(scope, SPIN)
        made = [x(), y(), lift(self.draw.choice((2, 3, 6)))]
        if v is not None:
            made += [a(v)] * 2 + ([e(v, h)] * 3 if h is not None else []) + ([r(j, v)] * 2 if j is not None else [])
        if j is not None:
            made += [f(j, s if s is not None else 1), f(j, -1)]
            if c is not None:
                made += [f(j, c[j]), x() ** c[j], f(j, c[j]) ** c[j]] * 2
        if s is not None:
            made += [x() ** s, y() ** (2 * s)]
        return self.draw.choice(made)

    def positive(self, scope: list[Term], depth: int) -> Term:
        if depth == 0:
            return self.leaf(scope)
        kind = self.draw.choice(["add", "mul", "mul", "div", "pow", "sum", "sum", "prod", "leaf", "nat"])
        if kind in ("add", "mul", "div"):
            left, right = self.positive(scope, depth - 1), self.positive(scope, depth - 1)
            return left + right if kind == "add" else left * right if kind == "mul" else left / right
        if kind == "pow":
            return self.positive(scope, depth - 1) ** self.draw.choice((-2, -1, 2))
        if kind == "nat":
            return self.positive(scope, depth - 1) ** variable("n", NAT)
        if kind in ("sum", "prod"):
            self.names += 1
            name = self.draw.choice("vhjcs" if kind == "sum" else "vhjj")
            z = variable(f"{name}{self.names if self.draw.random() < 0.5 else ''}", TYPES[name])
            return (Sum if kind == "sum" else Prod)(z, self.positive([z, *scope], depth - 1))
        return self.leaf(scope)

    def term(self, depth: int) -> Term:
        scope = [variable("v", V), variable("j", J), variable("s", SPIN)][: self.draw.randint(0, 3)]
        t = self.positive(scope, depth)
        if self.draw.random() < 0.4:
            t = self.positive(scope, 1) * log(t) - log(self.positive(scope, depth - 1))
        return t


@pytest.mark.parametrize("part", range(4))
def test_the_normal_form_has_the_values_of_the_term(part: int) -> None:
    decided = 0
    for seed in range(60 * part, 60 * (part + 1)):
        t = Writer(seed).term(3)
        try:
            well_formed(t)
            again = reify(normal(t))
            equal = same_values(t, again, {})
        except ProofError:  # no model was found, or no root taken
            continue
        assert equal, f"seed {seed}: {t} became {again}"
        assert normal(again) == normal(t), f"seed {seed}: {t} has no fixed normal form"
        decided += 1
    assert decided > 40
