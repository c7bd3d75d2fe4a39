"""The normal form of terms: polynomials in generators (atoms, logs, sums over types, sums under a power) with exponents.

Terms with the same normal form are equal. The converse is not claimed: what is not recognised needs a smaller step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import count, permutations
from math import gcd, lcm
from types import MappingProxyType

from .positivity import natural, sign
from .terms import SPIN, ProofError, Term, _Bound, lift, substitute

Poly = Mapping[frozenset[tuple[Term, Term]], Fraction]
ZERO, ONE = lift(0), lift(1)
UNIT: frozenset[tuple[Term, Term]] = frozenset()
_fresh = count()


def plus(*ps: Poly) -> Poly:
    """Add."""
    keys = {m: None for p in ps for m in p}
    return {m: c for m in keys if (c := sum((p.get(m, Fraction(0)) for p in ps), Fraction(0)))}


def times(p: Poly, q: Poly) -> Poly:
    """Multiply."""
    return plus(*({m: x * c * d for m, x in gather((*a, *b)).items()} for a, c in p.items() for b, d in q.items()))


def gather(factors: Iterable[tuple[Term, Term]]) -> Poly:
    """Add exponents of equal generators; s^2 = 1 for spins; whole powers of numbers and of sums are multiplied out."""
    exponents: dict[Term, Term] = {}
    for g, e in factors:
        exponents[g] = reify(normal(exponents[g] + e)) if g in exponents else e
    coefficient, opened = Fraction(1), []
    for g, e in exponents.items():
        whole = normal(e).get(UNIT, Fraction(0)).__floor__()
        if is_spin(g):
            whole -= whole % 2
        elif g.op == "num":
            coefficient *= g.data**whole
        elif g.op == "add" and whole > 0:
            opened += [normal(g)] * whole
        else:
            whole = 0
        exponents[g] = reify(normal(e - whole)) if whole else e
    return reduce(times, opened, {frozenset((g, e) for g, e in exponents.items() if e != ZERO): coefficient})


def _text(t: Term) -> str:
    return t.text


def is_spin(t: Term) -> bool:
    """Whether a term is a spin, s^2 = 1."""
    return t.op == "at" or (t.op == "var" and t.data[1] == SPIN)


def reify(p: Poly) -> Term:
    """Return the one term that stands for a polynomial."""
    monomials = []
    for m, c in p.items():
        powers = sorted((g if e == ONE else g**e for g, e in m), key=_text)
        factors = [*([lift(c)] if c != 1 or not powers else []), *powers]
        monomials.append(factors[0] if len(factors) == 1 else Term("mul", factors))
    return (monomials[0] if len(monomials) == 1 else Term("add", sorted(monomials, key=_text))) if p else ZERO


def content(p: Poly) -> tuple[Poly, Poly]:
    """Split off the positive monomial that divides every term."""
    number = Fraction(gcd(*(c.numerator for c in p.values())), lcm(*(c.denominator for c in p.values())))
    common = []
    for g in sorted({g for m in p for g, _ in m if sign(g) == 2}, key=_text):
        least = min(normal(dict(m).get(g, ZERO)).get(UNIT, Fraction(0)) for m in p)
        common.append((g, lift(least)))
    inverse = {frozenset((g, lift(-e.data)) for g, e in common if e != ZERO): 1 / number}
    return {frozenset((g, e) for g, e in common if e != ZERO): number}, times(p, inverse)


def power(p: Poly, e: Term) -> Poly:
    """Raise to a power: a product factor by factor, a sum as a generator of its own unless the power is whole."""
    if e.op == "num" and e.data >= 0 and e.data.denominator == 1:
        return reduce(times, [p] * int(e.data), {UNIT: Fraction(1)})
    if len(p := divided(p)) != 1:
        common, rest = content(p)
        return times(power(common, e), gather([(reify(rest), e)]))
    ((m, c),) = p.items()
    if c < 0 or (not natural(e) and any(sign(g) < 2 for g, _ in m)):
        raise ProofError(f"an exponent {e} over what may not be positive: {reify(p)}")
    numbers = [(lift(q), reify(normal(e * k))) for q, k in primes(c)]
    return gather([(g, reify(normal(k * e))) for g, k in m] + numbers)


def primes(c: Fraction) -> list[tuple[int, int]]:
    """Return the prime factors of a positive number, with their exponents."""
    found: dict[int, int] = {}
    for n, direction in ((c.numerator, 1), (c.denominator, -1)):
        q = 2
        while n > 1:
            q = q if q * q <= n else n
            while n % q == 0:
                n, found[q] = n // q, found.get(q, 0) + direction
            q += 1
    return list(found.items())


def open_binders(g: Term) -> tuple[list[Term], Term]:
    """Strip the leading sums (or products) of a term and give their variables fresh names."""
    xs: list[Term] = []
    op = g.op
    while g.op == op:
        x = Term("var", (), (_Bound("?", next(_fresh)), g.args[0].data[1]))
        xs, g = [*xs, x], substitute(g.args[1], {g.args[0]: x})
    return xs, g


def close_binders(op: str, xs: Sequence[Term], body: Term) -> Term:
    """Bind variables under names that depend on the depth alone, in the order that comes first."""
    depth, found = height(body), []
    names = [_Bound("#", depth + k) for k in range(len(xs))]
    if any(x.data[0] in names for x in body.free - {*xs}):
        raise ProofError(f"no bound name is left for {body}")
    for order in permutations(xs):
        bound = [Term("var", (), (name, x.data[1])) for name, x in zip(names, order, strict=True)]
        t = reify(normal(substitute(body, dict(zip(order, bound, strict=True)))))
        found.append(reduce(lambda inner, x: Term(op, (x, inner)), bound, t))
    return min(found, key=_text)


def height(t: Term) -> int:
    """Return one more than the number of the highest bound name."""
    name = t.args[0].data[0] if t.op in ("sum", "prod") else None
    own = name.number + 1 if type(name) is _Bound and name.mark == "#" else 0
    return max([own, *map(height, t.args)])


def summed(xs: Sequence[Term], p: Poly) -> Poly:
    """Sum over variables: linear; Fubini; what does not depend on a variable comes out; products of sums are merged."""
    return plus(*({n: c * d for n, d in _summed(xs, m).items()} for m, c in divided(p).items()))


def divided(p: Poly) -> Poly:
    """Divide by the sums in denominators, leading monomial by leading monomial, so that D / D = 1 inside a sum too."""
    for g in sorted({g for m in p for g, e in m if g.op == "add" and _whole(e) < 0}, key=_text):
        d = normal(g)
        lead = max(d, key=lambda m: sorted((x.text, e.text) for x, e in m))
        for _ in range(50):
            found = (
                m
                for m in p
                if _whole(dict(m).get(g)) < 0 and all(_whole(dict(m).get(x)) >= _whole(e) > 0 for x, e in lead)
            )
            if (m := next(found, None)) is None:
                break
            rest = times({m: p[m] / d[lead]}, gather((x, lift(-_whole(e))) for x, e in lead))
            p = plus(p, times(rest, {frozenset({(g, ONE)}): Fraction(1)}), times(times(rest, d), {UNIT: Fraction(-1)}))
    return p


def _whole(e: Term | None) -> Fraction:
    """Return a numerical exponent, zero for others."""
    return e.data if e is not None and e.op == "num" else Fraction(0)


def _summed(xs: Sequence[Term], m: frozenset[tuple[Term, Term]]) -> Poly:
    for g, e in m:
        if g.op == "sum" and e.op == "num" and e.data >= 1 and g.free & {*xs}:  # an inner sum joins this one
            ys, body = open_binders(g)
            return summed([*xs, *ys], times(normal(body), gather([*(m - {(g, e)}), (g, reify(normal(e - 1)))])))
    for x in xs:
        inner = frozenset((g, e) for g, e in m if x in g.free | e.free)
        outer, others = m - inner, [y for y in xs if y != x]
        if len(inner) == 1 and all(
            g.op == "at" and g.args[0] == x and x not in g.args[1].free and e == ONE for g, e in inner
        ):
            return {}  # the sum of one spin over all configurations
        if x.data[1].over is not None and (whole := _distributed(x, inner)) is not None:
            return summed(others, times(whole, {outer: Fraction(1)}))
        done = close_binders("sum", [x], reify({inner: Fraction(1)}))
        over = dict(outer).get(done, ZERO)
        if others and over.op == "num" and over.data <= -1:  # the sum is divided by itself
            return summed(others, gather([*outer, (done, ONE)]))
    loose = frozenset((g, e) for g, e in m if not (g.free | e.free) & {*xs})
    result, left = times({loose: Fraction(1)}, {UNIT: Fraction(1)}), list(xs)
    while left:  # independent sums are factors
        part = {left.pop()}
        while grown := {y for y in left for g, e in m if y in g.free | e.free and (g.free | e.free) & part}:
            part, left = part | grown, [y for y in left if y not in grown]
        inside = frozenset((g, e) for g, e in m if (g.free | e.free) & part)
        term = close_binders("sum", sorted(part, key=_text), reify({inside: Fraction(1)}))
        result = times(result, gather([(term, ONE)]))
    return result


def _distributed(h: Term, factors: Iterable[tuple[Term, Term]]) -> Poly | None:
    """Sum a product over all spin configurations: sum_h prod_j f(j, h_j) = prod_j [f(j, +1) + f(j, -1)]; else None."""
    j, s = (Term("var", (), (_Bound("?", next(_fresh)), sort)) for sort in (h.data[1].over, SPIN))
    f: Poly = {UNIT: Fraction(1)}
    for g, e in factors:
        if g.op != "prod" or h in e.free:
            return None
        ys, body = open_binders(g)
        for y in (y for y in ys if y.data[1] == j.data[1]):
            single = substitute(body, {Term("at", (h, y)): s, y: j})
            if h in single.free:  # h occurs at other sites too
                continue
            rest = reduce(lambda t, z: Term("prod", (z, t)), [z for z in ys if z != y], single)
            f = times(f, power(normal(rest), e))
            break
        else:
            return None
    return multiplied(j, normal(Term("sum", (s, reify(f)))))


def multiplied(x: Term, p: Poly) -> Poly:
    """Multiply over a variable: factor by factor; a constant becomes a power with the size of the type as exponent."""
    if len(p := divided(p)) != 1:
        common, rest = content(p)
        if x not in reify(rest).free:
            return times(multiplied(x, common), gather([(reify(rest), close_binders("sum", [x], ONE))]))
        return times(multiplied(x, common), gather([(close_binders("prod", [x], reify(rest)), ONE)]))
    ((m, c),) = p.items()
    size = close_binders("sum", [x], ONE)
    result = power({UNIT: c}, size)
    for g, e in m:
        xs, base = open_binders(g) if g.op == "prod" else ([], g)
        for k, c in normal(e).items():
            bound = frozenset((u, v) for u, v in k if x in u.free | v.free)
            outside = reify({k - bound: c})
            if x in g.free or bound:
                g_x = close_binders("prod", [x, *xs], base ** reify({bound: Fraction(1)}))
                result = times(result, gather([(g_x, outside)]))
            else:
                result = times(result, gather([(g, reify(normal(outside * size)))]))
    return result


def logarithm(p: Poly) -> Poly:
    """Take the logarithm: of products, powers, numbers and products over a type, factor by factor."""
    if len(p := divided(p)) != 1:
        common, rest = content(p)
        return plus(logarithm(common), _generator(Term("log", [reify(p)])) if rest == p else logarithm(rest))
    ((m, c),) = p.items()
    if c < 0:
        raise ProofError(f"the logarithm of what is negative: {reify(p)}")
    logs = [times(_generator(Term("log", [lift(q)])), {UNIT: Fraction(k)}) for q, k in primes(c)]
    for g, e in m:
        xs, body = open_binders(g) if g.op == "prod" else ([], g)
        log = reduce(lambda t, x: Term("sum", (x, t)), xs, Term("log", [body]))
        logs.append(times(normal(log) if xs else _generator(log), normal(e)))
    return plus(*logs)


def _generator(g: Term) -> Poly:
    return {frozenset({(g, ONE)}): Fraction(1)}


@lru_cache(maxsize=100_000)
def normal(t: Term) -> Poly:
    """Return the normal form, which is kept, and so can't be written to."""
    return MappingProxyType(dict(_normal(t)))


def _normal(t: Term) -> Poly:
    if t.op == "num":
        return {UNIT: t.data} if t.data else {}
    if t.op in ("var", "at", "app"):
        return {frozenset({(t, ONE)}): Fraction(1)}
    if t.op in ("sum", "prod") and t.args[0].data[1] == SPIN:
        at = [normal(substitute(t.args[1], {t.args[0]: lift(s)})) for s in (1, -1)]
        return plus(*at) if t.op == "sum" else times(*at)
    if t.op in ("sum", "prod"):
        return summed(t.args[:1], normal(t.args[1])) if t.op == "sum" else multiplied(t.args[0], normal(t.args[1]))
    if t.op == "gap":
        return normal(t.args[0] - 1 - Term("log", t.args))
    if t.op == "pow" and (t.args[1].op != "num" or t.args[1].data != abs(t.args[1].data).__floor__()):
        base, e = t.args
        if base.op == "mul" and min(map(sign, base.args)) == 2:
            return reduce(times, [normal(a**e) for a in base.args])
        if base.op == "pow" and sign(base.args[0]) == 2:
            return normal(base.args[0] ** (base.args[1] * e))
    p = [normal(a) for a in t.args]
    if t.op == "log":
        return logarithm(p[0])
    return power(p[0], reify(p[1])) if t.op == "pow" else reduce(times if t.op == "mul" else plus, p)


def difference(left: Term, right: Term) -> Poly:
    """Return left - right times the sums in its denominators: empty if and only if the normal forms agree."""
    p = normal(left - right)
    for g in {g for m in p for g, _ in m if g.op == "add"}:
        lowest = min(normal(dict(m).get(g, ZERO)).get(UNIT, Fraction(0)).__floor__() for m in p) if p else 0
        p = times(p, {frozenset({(g, lift(-lowest))}): Fraction(1)}) if lowest < 0 else p
    return p
