"""The decision whether a formal sum of logarithms vanishes."""

from __future__ import annotations

from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import J, K, Pair, positives

from exactrg import Exact
from exactrg.errors import UndecidedError
from exactrg.numbers import decide
from exactrg.numbers.decide import vanishes, vanishing
from exactrg.numbers.logs import UNIT, log_terms

integers = st.integers(2, 60)
coefficients = st.integers(-3, 3)


@given(st.dictionaries(integers, coefficients, max_size=5))
def test_integers_by_unique_factorisation(terms: dict[int, int]) -> None:
    """sum c log n = 0 exactly if prod n^c = 1."""
    product = Fraction(1)
    for n, c in terms.items():
        product *= Fraction(n) ** c
    assert vanishes({n: flint.fmpq(c) for n, c in terms.items()}) == (product == 1)


@given(st.lists(st.tuples(positives(depth=2), coefficients), max_size=4))
def test_sums_of_logarithms_against_exponentials(terms: list[tuple[Pair, int]]) -> None:
    """sum c log a = 0 exactly if prod a^c = 1, which the field decides."""
    total, product = Exact(0), Exact(1)
    for a, c in terms:
        total, product = total + c * a.exact.log(), product * a.exact**c
    assert vanishes(total.terms) == (product == 1)
    assert vanishes((total - product.log()).terms)


@given(positives(symbolic=False, depth=3), positives(symbolic=False, depth=3), coefficients)
def test_a_constant_never_cancels_logarithms(a: Pair, b: Pair, c: int) -> None:
    """Baker: 1 and logarithms are independent, even where the difference is 10^-40."""
    with mpmath.workdps(60):
        near = mpmath.nstr(a.log().value({}), 40)
    value = a.exact.log() - Exact(sympy.Rational(near))
    assert (value == 0) == (a.exact == 1 and sympy.Rational(near) == 0)
    assert c * b.exact.log() + 1 != 0


def test_a_logarithm_of_one_in_disguise() -> None:
    z = Exact(sympy.sqrt(3 + 2 * sympy.sqrt(2)))
    value = (z - sympy.sqrt(2)).log()
    assert set(value.terms) and value == 0 and (z - sympy.sqrt(2) + 1).log() != 0
    assert (z * Exact(sympy.exp(J)) - sympy.sqrt(2) * sympy.exp(J)).log() == J


def test_many_radicals() -> None:
    """Six units of Q(sqrt 2, sqrt 3, sqrt 5) with three relations between them."""
    r2, r3, r5 = (Exact(sympy.sqrt(n)) for n in (2, 3, 5))
    units = [1 + r2, 2 + r3, (1 + r5) / 2, r2 + r3, 5 + 2 * r2 * r3, 3 + 2 * r2]
    logs = [u.log() for u in units]
    assert logs[4] == 2 * logs[3] and logs[5] == 2 * logs[0]
    assert logs[4] + logs[5] - 2 * logs[3] - 2 * logs[0] == 0
    assert sum(logs, Exact(0)) != 3 * logs[0] + 3 * logs[3] + logs[1]
    assert sum(logs, Exact(0)) == 3 * logs[0] + 3 * logs[3] + logs[1] + logs[2]
    assert logs[0] + logs[1] + logs[2] != 0


def test_large_exponents() -> None:
    r = Exact(sympy.sqrt(2))
    assert ((1 + r) ** 2000).log() == 2000 * (1 + r).log()
    assert ((1 + r) ** 2000 + 1).log() != 2000 * (1 + r).log()


def test_field_coefficients() -> None:
    x = Exact(sympy.exp(J))
    r = Exact(sympy.sqrt(x.to_sympy() + 1))
    a, b = (1 + r).log(), (x / (1 + r)).log()
    assert x * (a + b) == x * J
    assert r * a + r * b - r * J == 0
    assert r * a + r * b - x * J != 0


@pytest.mark.parametrize("symbols", [True, False])
def test_what_cannot_be_decided_says_so(monkeypatch: pytest.MonkeyPatch, symbols: bool) -> None:
    """With relations of one digit only, a relation of three digits stays open: an error, not an answer."""
    monkeypatch.setattr(decide, "_short_relations", lambda logs, precision: [])
    monkeypatch.setattr(decide, "_MAX_PRECISION", 256)
    r = Exact(sympy.sqrt(2)) + (sympy.exp(K) if symbols else 0)
    with pytest.raises(UndecidedError, match="fewer radicals"):
        vanishes(((1 + r) ** 3).log().terms | {a: -3 * c for a, c in (1 + r).log().terms.items()})
    assert not vanishes({**(1 + r).log().terms, 2: flint.fmpq(1)})


def test_relations_are_verified_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check of the checker: proposed relations that are wrong change no answer."""
    honest = decide._short_relations
    wrong = lambda logs, precision: [[1] * len(logs), [1, *[-1] * (len(logs) - 1)], *honest(logs, precision)]  # noqa: E731
    monkeypatch.setattr(decide, "_short_relations", wrong)
    r = Exact(sympy.sqrt(3))
    assert (2 + r).log() * 2 == (7 + 4 * r).log()
    assert (2 + r).log() * 2 + (1 + r).log() != (7 + 4 * r).log()


def test_rows_that_vanish() -> None:
    x = Exact(sympy.exp(J))
    atoms = [next(iter(((x + k) ** e).log().terms)) for k, e in ((1, 1), (2, 1), (1, 2))] + [2, 6, 3, J]
    zero = [[0] * 7, [2, 0, -1, 0, 0, 0, 0], [0, 0, 0, 1, -1, 1, 0], [2, 0, -1, 1, -1, 1, 0]]
    rows = np.array([*zero, [1, 1, -1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 1, -1, 2, 0]])
    assert vanishing(rows, atoms).tolist() == [True, True, True, True, False, False, False]
    assert vanishing(rows.astype(object), atoms).tolist() == vanishing(rows, atoms).tolist()
    assert not vanishes({UNIT: flint.fmpq(1), 2: flint.fmpq(1)})


def test_coefficients_with_symbols_of_logarithms_with_radicals() -> None:
    """log(1 + sqrt 2) = -log(sqrt 2 - 1), times functions of symbols."""
    x, r = Exact(sympy.exp(J)), Exact(sympy.sqrt(2))
    plus, minus = (1 + r).log(), (r - 1).log()
    assert x * plus + x * minus == 0 and (x + 1) * plus == plus - x * minus
    assert (x / (x + 1)) * plus + (1 / (x + 1)) * plus + minus == 0
    assert x * plus + minus != 0 and x * plus + minus * Exact(sympy.exp(K)) != 0
    assert x * (x + r).log() + (1 / (x + r)).log() * x == 0 and x * (x + r).log() + (1 / (x + r)).log() != 0


def test_near_misses_at_every_precision() -> None:
    """sqrt(2) and its convergents: differences from 10^-10 to 10^-150, in and outside logarithms."""
    r = Exact(sympy.sqrt(2))
    p, q = 1, 1
    for k in range(200):
        if k % 25 == 13:
            near = sympy.Rational(p, q)
            below = 2 * q * q > p * p
            assert (r > near) == below and (r - near).sign() == (1 if below else -1)
            assert (1 + r).log() != Exact(1 + near).log()
            assert ((1 + r).log() > Exact(1 + near).log()) == below
        p, q = p + 2 * q, p + q


@given(positives(depth=4))
def test_floats_of_atoms(a: Pair) -> None:
    """The float filter's logarithm of each atom, where e^(symbol / degree) is a small integer."""
    degree, point = 6, {J: 2, K: 3}
    at = {s: degree * mpmath.log(x) for s, x in point.items()}
    terms = log_terms(a.exact.element())
    if all(degree % root.degree == 0 for atom in terms if hasattr(atom, "field") for root in atom.field.roots):
        found = sum(float(Fraction(int(c.p), int(c.q))) * decide._log_float(n, point, degree) for n, c in terms.items())
        assert found == pytest.approx(float(mpmath.log(a.value(at))), rel=1e-9, abs=1e-9)


def test_rows_that_vanish_with_radicals() -> None:
    """Walsh coefficients over dependent atoms: sqrt(2) - 1, 1 + sqrt(2), 3 + 2 sqrt(2)."""
    r, x = Exact(sympy.sqrt(2)), Exact(sympy.exp(J))
    values = [1 + r, r - 1, 3 + 2 * r, x + r, x * (x + r)]
    atoms = list({atom: None for v in values for atom in log_terms(v.element())})
    rows = np.array([[int(log_terms(v.element()).get(atom, flint.fmpq(0)).p) for atom in atoms] for v in values])
    combinations = np.array([[1, 1, 0, 0, 0], [2, 0, -1, 0, 0], [0, 2, 1, 0, 0], [1, 0, 1, 0, 0], [0, 0, 0, 1, -1]])
    assert vanishing(combinations @ rows, atoms).tolist() == [True, True, True, False, False]


def test_what_floats_cannot_tell_apart() -> None:
    n, x = 10**12, Exact(sympy.exp(J))
    assert vanishing(np.array([[1, -1], [0, 0], [1, 0]]), [n, n + 1]).tolist() == [False, True, False]
    atoms = [*log_terms((n * x + 1).element()), *log_terms((n * x + 2).element())]
    assert vanishing(np.array([[1, -1], [0, 0]]), [a for a in atoms if hasattr(a, "poly")]).tolist() == [False, True]


def test_coefficients_with_symbols_of_logarithms_of_integers() -> None:
    """The factors of a product of large primes are found by gcds, whatever stands in front of the logarithms."""
    p, q, x = 2**61 - 1, 2**89 - 1, Exact(sympy.exp(J))
    logs = {n: Exact(sympy.log(n)) for n in (p, q, p * q)}
    assert x * logs[p * q] == x * logs[p] + x * logs[q]
    assert x / (x + 1) * logs[p * q] - logs[q] + logs[q] / (x + 1) == x / (x + 1) * logs[p]
    assert x * logs[p * q] != x * logs[p] + logs[q] and x * logs[p * q] != x * logs[p] + 2 * x * logs[q]


def test_symbols_that_cancel_once_a_relation_is_eliminated() -> None:
    r, x = 1 + Exact(sympy.sqrt(2)) / 2, Exact(sympy.exp(-J))
    zero = x * r.log() - x * (r**2).log() / 2
    assert len(zero.terms) > 1 and zero == 0
    assert zero + sympy.log(2) / 10**50 != 0 and zero + x * sympy.log(2) != 0
