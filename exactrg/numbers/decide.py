"""The decision behind ``==`` of exact scalars: does a formal sum of logarithms vanish identically?

Logarithms of multiplicatively independent positive numbers are linearly independent, together with 1, over the
algebraic numbers (Baker 1966), and logarithms of polynomials that are independent modulo constants are so over the
rational functions (Ostrowski 1946). So a sum vanishes exactly if all its coefficients do, once it is written over
independent atoms. Integers and polynomials without radicals become independent by a coprime base. Where radicals are
involved, multiplicative relations are proposed by lattice reduction at a random point, each one is verified in the
field, and a ball that excludes zero refutes; raising the precision ends in one or the other.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

import flint
import numpy as np
import sympy
from numpy.typing import NDArray

from ..errors import UndecidedError
from .coprime import coprime_base, valuations
from .element import Element
from .field import ZERO, Field, Polynomial
from .logs import UNIT, Terms, add_terms, exp_terms, symbols_of
from .signs import ball, exponential, poly_ball

_MAX_PRECISION = 2**14


def vanishes(terms: Mapping[Any, Any]) -> bool:
    """Decide whether sum_a coefficient_a log(a) is zero for all real values of the symbols."""
    terms = {atom: c for atom, c in terms.items() if c}
    if not terms or UNIT in terms:
        return not terms
    polynomials = [atom for atom in terms if isinstance(atom, Polynomial)]
    if any(p.field.radicals for p in polynomials):
        return _vanishes_with_radicals(terms)
    if len(terms) == 1 or any(isinstance(atom, sympy.Symbol) for atom in terms):
        return False
    field = Field.of(())
    for p in polynomials:
        field = field | p.field
    integers = [(atom, c) for atom, c in terms.items() if isinstance(atom, int)]
    if _excluded_by_a_ball(integers):
        return False
    return _vanish_over_base(
        [(p.within(field), terms[p]) for p in polynomials], lambda p, q: p.gcd(q), lambda p: p.is_constant()
    ) and _vanish_over_base(integers, math.gcd, lambda n: n == 1)


def vanishing(rows: NDArray[Any], atoms: list[Any]) -> NDArray[np.bool_]:
    """Which rows of integers n have sum_a n_a log(a) = 0: floats at one point pass over most, `vanishes` decides the rest."""
    symbols = sorted(symbols_of(dict.fromkeys(atoms)), key=str)
    # e^(symbol / degree) is a small integer, so that polynomials have integer values.
    degree = math.lcm(*(root.degree for atom in atoms if isinstance(atom, Polynomial) for root in atom.field.roots))
    point = {s: 2 + k * k % 7 for k, s in enumerate(symbols)}
    if any(s.is_nonpositive for s in symbols) and any(isinstance(a, Polynomial) and a.field.radicals for a in atoms):
        # Radicals may have no real value at such a point.
        return np.array([vanishes({a: flint.fmpq(int(n)) for a, n in zip(atoms, row, strict=True)}) for row in rows])
    logs = np.array([_log_float(atom, point, degree) for atom in atoms])
    numbers = rows.astype(np.float64)
    found = np.abs(numbers @ logs) <= 1e-9 * (np.abs(numbers) @ (np.abs(logs) + 1e-3))
    for k in np.flatnonzero(found):
        found[k] = vanishes({atoms[j]: flint.fmpq(int(rows[k, j])) for j in np.flatnonzero(rows[k])})
    return found


def _log_float(atom: Any, point: Mapping[Any, int], degree: int) -> float:
    """Logarithm of an atom in floats, where e^(symbol / degree) = point[symbol]."""
    if isinstance(atom, sympy.Symbol):
        return degree * math.log(point[atom])
    if not isinstance(atom, Polynomial):
        return math.log(atom)
    if not atom.field.radicals:
        values = [point[root.base] ** (degree // root.degree) for root in atom.field.roots]
        return math.log(max(1, abs(int(atom.poly(*values)))))
    generators = [_log_float(root.base, point, degree) / root.degree for root in atom.field.roots]
    logs = np.array(atom.poly.monoms(), dtype=np.float64) @ np.array(generators)
    coefficients = [int(c) for c in atom.poly.coeffs()]
    logs += [math.log(abs(c)) for c in coefficients]
    signs = [1 if c > 0 else -1 for c in coefficients]
    top = float(logs.max())
    return top + math.log(max(1e-300, float(np.dot(signs, np.exp(logs - top)))))


def _excluded_by_a_ball(terms: list[tuple[int, Any]]) -> bool:
    """Whether a ball around the sum of logarithms of integers leaves zero out: most refutations need no base."""
    if any(isinstance(c, Element) for _, c in terms):
        return False
    with flint.ctx.workprec(128):
        return not sum((flint.arb(c) * flint.arb(n).log() for n, c in terms), flint.arb(0)).contains(0)


def _vanish_over_base(terms: list[tuple[Any, Any]], gcd: Any, is_unit: Any) -> bool:
    """Rewrite over a coprime base and look whether every coefficient cancels."""
    base = coprime_base([atom for atom, _ in terms], gcd, is_unit)
    totals: list[Any] = [ZERO] * len(base)
    for atom, coefficient in terms:
        for k, e in enumerate(valuations(atom, base)):
            if e:
                totals[k] = totals[k] + coefficient * e
    return not any(totals)


def _vanishes_with_radicals(terms: Terms) -> bool:
    """Alternate refutation by balls and elimination of verified relations, at rising precision."""
    precision = 128
    rng = random.Random(1410_3831)
    while precision <= _MAX_PRECISION:
        # Symbols that cancel are not in the point.
        terms = {atom: c.reduced() if isinstance(c, Element) else c for atom, c in terms.items()}
        point = {s: exponential(s, flint.fmpq(rng.randint(2, 99), rng.randint(2, 99))) for s in symbols_of(terms)}
        atoms = list(terms)
        logs = [_log_ball(atom, point, precision) for atom in atoms]
        with flint.ctx.workprec(precision + 32):
            if not sum((ball(terms[a], point) * x for a, x in zip(atoms, logs, strict=True)), flint.arb(0)).contains(0):
                return False
            candidates = _short_relations(logs, precision)
        for exponents in candidates:
            relation = {a: flint.fmpq(n) for a, n in zip(atoms, exponents, strict=True) if n}
            if exp_terms(relation) == 1:
                # log(pivot) is a combination of the others: eliminate it.
                pivot = max(relation, key=lambda a: abs(relation[a]))
                add_terms(terms, relation, -terms[pivot] / relation[pivot])
                break
        else:
            precision *= 2
        if not terms:
            return True
    raise UndecidedError(
        f"could not decide whether a sum of {len(terms)} logarithms of numbers with radicals vanishes, up to "
        f"{_MAX_PRECISION} bits; write the couplings with fewer radicals, or compare the weights instead of their logs"
    )


def _log_ball(atom: Any, point: Mapping[Any, Any], precision: int) -> Any:
    """Ball of the logarithm that an atom stands for, of a radius below 2**-precision."""
    working = precision + 32
    while working <= 4 * _MAX_PRECISION:
        with flint.ctx.workprec(working):
            if isinstance(atom, Polynomial):
                value = poly_ball(atom.field, atom.poly, point).log()
            else:
                value = flint.arb(point[atom] if isinstance(atom, sympy.Symbol) else atom).log()
            if value.is_finite() and value.rad() < flint.arb(2) ** -precision:
                return value
        working *= 2
    raise UndecidedError(f"no digit of the logarithm of {atom} is known at {working // 2} bits")


def _short_relations(logs: list[Any], precision: int) -> list[list[int]]:
    """Integer vectors n, shortest first, with sum n log(a) = 0 as far as the precision shows (LLL)."""
    size = len(logs)
    shift = flint.arb(2) ** precision
    rows = [
        [int(i == j) for j in range(size)] + [int((x * shift).mid().floor().unique_fmpz())] for i, x in enumerate(logs)
    ]
    reduced = flint.fmpz_mat(rows).lll().tolist()
    bound = 2 ** min(14, precision // (2 * size) + 1)
    vectors = [[int(x) for x in row[:size]] for row in reduced if all(abs(int(x)) <= bound for x in row)]
    return sorted((v for v in vectors if any(v)), key=lambda v: sum(map(abs, v)))
