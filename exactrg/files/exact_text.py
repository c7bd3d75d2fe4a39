"""Exact numbers as text, and back through a grammar of our own: nothing in a file is ever evaluated as code.

``1/2*log(1 + exp(4*s0)) - s0`` is J' of Eq. 24 up to a constant, with s0 the first symbol of the file. The grammar, with
at most one space around ``+`` and ``-`` in sums::

    value       = "0" | [-] term { (+|-) term }
    term        = coefficient [* atom] | atom
    atom        = symbol | "log(" polynomial ")"
    coefficient = rational | "(" polynomial ")" [ "/(" polynomial ")" ]
    polynomial  = [-] monomial { (+|-) monomial }
    monomial    = factor { * factor }
    factor      = integer | "exp(" combination ")" | (integer | "(" polynomial ")") "^(" rational ")"
    combination = [rational *] symbol { + [rational *] symbol }
    rational    = integer [ / integer ]

Exponents are positive, those of integers and polynomials below one, and all of them bounded, so that a short text
cannot stand for a large number. A polynomial in a logarithm or under a root must be shown to be positive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import lcm
from operator import add
from typing import Any

import flint
import sympy

from ..errors import ExactRGError, FileFormatError
from ..numbers.element import Element
from ..numbers.exact import Exact
from ..numbers.field import ONE, Field, Polynomial, common_field
from ..numbers.logs import UNIT, Terms, add_terms, log_terms, rational_exponent
from ..numbers.signs import require_positive

MAX_DEGREE = 1 << 16
"""Largest numerator, denominator and exponent of a root of e^symbol."""

_MAX_NESTED, _MAX_ROOTS, _MAX_SIZE = 6, 8, 1 << 20
_HARD_DEGREE, _HARD_TERMS = 500, 500
_TOKEN = re.compile(r" ?[+-] ?|[0-9]+|s[0-9]+|exp|log|[()*/^]")

Powers = list[tuple[Any, Fraction]]


def exact_text(value: Exact, symbols: Mapping[Any, int]) -> str:
    """Write an exact number, its symbols as s0, s1, ... by their place in ``symbols``."""
    parts = []
    for atom, coefficient in value.terms.items():
        factor = _coefficient_text(coefficient, symbols)
        if atom == UNIT:
            parts.append(factor)
            continue
        name = f"s{symbols[atom]}" if isinstance(atom, sympy.Symbol) else f"log({_base_text(atom, symbols)})"
        parts.append({"1": name, "-1": f"-{name}"}.get(factor, f"{factor}*{name}"))
    return _sum(parts)


def _sum(parts: Sequence[str]) -> str:
    return " + ".join(parts).replace("+ -", "- ") or "0"


def _base_text(base: Any, symbols: Mapping[Any, int]) -> str:
    return str(base) if isinstance(base, int) else _polynomial_text(base.field, base.poly, symbols)


def _coefficient_text(value: Any, symbols: Mapping[Any, int]) -> str:
    value = value.reduced() if isinstance(value, Element) else value
    if not isinstance(value, Element):
        return str(value)
    num, den = (_polynomial_text(value.field, poly, symbols) for poly in (value.num, value.den))
    return f"({num})" if den == "1" else f"({num})/({den})"


def _polynomial_text(field: Field, poly: Any, symbols: Mapping[Any, int]) -> str:
    monomials = []
    for exponents, coefficient in poly.to_dict().items():
        linear, factors = [], [str(coefficient)]
        for e, root in zip(exponents, field.roots, strict=True):
            power = Fraction(int(e), root.degree)
            if not power:
                continue
            if isinstance(root.base, sympy.Symbol):
                linear.append(f"{power}*s{symbols[root.base]}" if power != 1 else f"s{symbols[root.base]}")
            else:
                base = _base_text(root.base, symbols)
                factors.append(f"{base if isinstance(root.base, int) else f'({base})'}^({power})")
        factors += [f"exp({' + '.join(linear)})"] if linear else []
        if len(factors) > 1 and factors[0] in ("1", "-1"):
            factors[:2] = [factors[0][:-1] + factors[1]]
        monomials.append("*".join(factors))
    return _sum(monomials)


class ExactReader:
    """Reader of the texts of one file.

    Parameters
    ----------
    symbols : sequence of sympy.Symbol
        What s0, s1, ... stand for.
    """

    def __init__(self, symbols: Sequence[Any]) -> None:
        self._symbols = symbols
        self._known: dict[str, Exact] = {}

    def read(self, text: Any) -> Exact:
        """Return the number that a text of `exact_text` stands for; FileFormatError for any other text."""
        if not isinstance(text, str):
            raise FileFormatError(f"expected an exact number as text, got {str(text)[:100]!r}")
        if text not in self._known:
            try:
                self._known[text] = _Parser(text, self._symbols).value()
            except FileFormatError:
                raise
            except (ExactRGError, ArithmeticError, ValueError) as error:
                raise FileFormatError(f"{text[:100]!r} is no exact number: {error}") from error
        return self._known[text]


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str, symbols: Sequence[Any]) -> None:
        self._text, self._symbols = text, symbols
        self._tokens: list[str] = []
        place = 0
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise self._error(f"unexpected {text[place : place + 10]!r}")
            self._tokens.append(match.group().strip(" "))
            place = match.end()
        self._tokens.append("")
        self._next, self._depth = 0, 0

    def value(self) -> Exact:
        """Parse the whole text."""
        terms: Terms = {}
        self._signed(lambda sign: add_terms(terms, *self._term(sign)))
        if self._tokens[self._next]:
            raise self._error(f"unexpected {self._tokens[self._next]!r}")
        return Exact.from_terms(terms)

    def _error(self, problem: str) -> FileFormatError:
        return FileFormatError(f"{self._text[:100]!r} is no exact number: {problem}")

    def _take(self, *expected: str) -> str:
        token = self._tokens[self._next]
        if token not in expected:
            raise self._error(f"expected {' or '.join(expected)}, got {token or 'the end'}")
        self._next += 1
        return token

    def _at(self, *tokens: str) -> bool:
        return tuple(self._tokens[self._next : self._next + len(tokens)]) == tokens

    def _signed(self, part: Callable[[int], None]) -> None:
        """Parse a sum, calling ``part`` with the sign before each of its terms."""
        sign = -1 if self._at("-") and self._take("-") else 1
        part(sign)
        while self._tokens[self._next] in ("+", "-"):
            part(1 if self._take("+", "-") == "+" else -1)

    def _integer(self) -> Any:
        token = self._tokens[self._next]
        if not token.isdigit():
            raise self._error(f"expected an integer, got {token or 'the end'}")
        self._next += 1
        return flint.fmpz(token)

    def _rational(self) -> Any:
        p = self._integer()
        if not self._at("/"):
            return flint.fmpq(p)
        self._take("/")
        q = self._integer()
        if not q:
            raise self._error("a zero denominator")
        return flint.fmpq(p, q)

    def _exponent(self) -> Fraction:
        r = self._rational()
        if max(int(r.p), int(r.q)) > MAX_DEGREE or not r:
            raise self._error(f"the exponent {str(r)[:50]} is not between 1/{MAX_DEGREE} and {MAX_DEGREE}")
        return Fraction(int(r.p), int(r.q))

    def _symbol(self) -> Any:
        token = self._tokens[self._next]
        if token[:1] != "s" or len(token) > 7 or int(token[1:]) >= len(self._symbols):
            raise self._error(f"expected one of {len(self._symbols)} symbols, got {token or 'the end'}")
        self._next += 1
        return self._symbols[int(token[1:])]

    def _term(self, sign: int) -> tuple[Terms, Any]:
        """Return a formal sum of logarithms, and the factor before it."""
        coefficient: Any = flint.fmpq(sign)
        token = self._tokens[self._next]
        if token.isdigit():
            coefficient *= self._rational()
        elif token == "(":
            coefficient = self._parenthesis() * coefficient
            if self._at("/"):
                self._take("/")
                divisor = self._parenthesis()
                if not divisor:
                    raise self._error("a zero denominator")
                coefficient = coefficient / divisor
        if token.isdigit() or token == "(":
            if not self._at("*"):
                return {UNIT: ONE}, coefficient
            self._take("*")
        if self._at("log"):
            self._take("log")
            return log_terms(self._positive(self._parenthesis())), coefficient
        return {self._symbol(): ONE}, coefficient

    def _parenthesis(self) -> Any:
        self._depth += 1
        if self._depth > _MAX_NESTED:
            raise self._error(f"more than {_MAX_NESTED} nested parentheses")
        self._take("(")
        value = self._polynomial()
        self._take(")")
        self._depth -= 1
        return value

    def _polynomial(self) -> Any:
        """Return a field element: the sum of the monomials in the one field that holds all of them."""
        monomials: list[tuple[Any, Powers]] = []
        self._signed(lambda sign: monomials.append(self._monomial(sign)))
        degrees: dict[Any, int] = {}
        for _, powers in monomials:
            for base, e in powers:
                degrees[base] = lcm(degrees.get(base, 1), e.denominator)
                if degrees[base] > MAX_DEGREE:
                    raise self._error(f"a root of a degree beyond {MAX_DEGREE}")
        if any(e * degrees[base] > MAX_DEGREE for _, powers in monomials for base, e in powers):
            raise self._error(f"a power beyond {MAX_DEGREE}")
        if len(monomials) * len(degrees) > _MAX_SIZE:
            raise self._error(f"more than {_MAX_SIZE} exponents")
        field = common_field(degrees.items())
        values = [reduce(self._times, (field.power(*power) for power in powers), c) for c, powers in monomials]
        while len(values) > 1:  # in pairs: adding many terms one by one would be quadratic
            values = [reduce(add, values[k : k + 2]) for k in range(0, len(values), 2)]
        return values[0]

    def _monomial(self, sign: int) -> tuple[Any, Powers]:
        """Return the coefficient and the powers that a monomial is the product of."""
        coefficient, powers = flint.fmpq(sign), []
        while True:
            if self._at("exp"):
                self._take("exp")
                powers += self._combination()
            elif self._at("("):
                base = log_terms(self._positive(self._parenthesis()))
                e = self._power()
                powers += [(atom, e * rational_exponent(atom, f)) for atom, f in base.items()]
            else:
                number = self._integer()
                if self._at("^") and number > 1:
                    powers.append((int(number), self._power()))
                else:
                    coefficient *= number
            if not self._at("*"):
                break
            self._take("*")
        if sum(isinstance(base, Polynomial) for base, _ in powers) > _MAX_ROOTS:
            raise self._error(f"more than {_MAX_ROOTS} roots of polynomials in a product")
        return coefficient, powers

    def _power(self) -> Fraction:
        self._take("^")
        self._take("(")
        e = self._exponent()
        self._take(")")
        if e >= 1:
            raise self._error(f"the power {e}: expected a root, below one")
        return e

    def _combination(self) -> Powers:
        self._take("(")
        powers = []
        while True:
            e = Fraction(1)
            if self._tokens[self._next].isdigit():
                e = self._exponent()
                self._take("*")
            powers.append((self._symbol(), e))
            if self._take("+", ")") == ")":
                return powers

    def _positive(self, value: Any) -> Any:
        """Return the value if it can be shown to be positive at a bounded cost."""
        if isinstance(value, Element) and not all(c > 0 for poly in (value.num, value.den) for c in poly.coeffs()):
            for poly in (value.num, value.den):
                if len(poly) > _HARD_TERMS or max(poly.degrees()) > _HARD_DEGREE:
                    raise self._error("a logarithm or root of a large polynomial with negative coefficients")
        require_positive(value, "a logarithm or root")
        return value

    def _times(self, a: Any, b: Any) -> Any:
        """Multiply, where the product cannot have too many terms."""
        if isinstance(a, Element) and isinstance(b, Element):
            roots = max((len(base.poly) for base in a.field.polynomial_radicals), default=1)
            if len(a.num) * len(b.num) * roots > _MAX_SIZE:
                raise self._error(f"more than {_MAX_SIZE} terms")
        return a * b
