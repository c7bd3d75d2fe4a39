"""The exact scalar: c_0 + sum_k c_k log(a_k), with decidable equality.

Couplings of H^RG, free energies, partition functions and divergences with exact couplings are all of this one type.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import flint
from sympy.core.sympify import _sympy_converter

from ..errors import FloatOverflowError, InputError, SymbolsLeftError, UndecidedError
from ..hypothesis_entry import drawable
from .decide import vanishes
from .element import Element
from .field import ZERO
from .logs import UNIT, Terms, add_terms, exp_terms, log_terms, symbols_of, whole_multiple
from .nested import rational_value
from .printed import Printed
from .rounded import Rounded
from .signs import ANY_SIGN, ball, poly_ball, possible_signs, require_positive, sign

_MAX_POWERS = 500


@drawable
class Exact(Printed, Rounded):
    """An exact real scalar c_0 + sum_k c_k log(a_k) whose ``==`` is a proof or a refutation.

    The c_k are rational functions, and the a_k polynomials, of exponentials of real symbols, positive rationals and
    their roots. Everything that sympy can do with the value is one conversion away: the object turns into a sympy
    expression wherever one is expected, and attributes that it does not have itself (``.subs``, ``.free_symbols``,
    ...) are those of the expression. ``==`` decides with a sympy expression on either side; between two sympy expressions
    it compares how they are written.

    Parameters
    ----------
    value : int, fractions.Fraction, sympy expression, str or Exact
        Sums, products, powers, exp, log and hyperbolic functions of real symbols and rationals. A text such as
        ``"J/2 + log(3/2)"`` is read exactly, and its names are real symbols.

    Raises
    ------
    CouplingError
        If the value is not of that form (a symbol that is not real, pi, a complex number).
    MixedKindsError
        If there is a float in it.

    Examples
    --------
    >>> import sympy
    >>> Exact(sympy.log(12)) == 2 * sympy.log(2) + sympy.log(3)
    True
    >>> J = sympy.Symbol("J", real=True)
    >>> Exact(sympy.log(sympy.cosh(2 * J)) / 2) == sympy.atanh(sympy.tanh(J) ** 2)
    True
    """

    __slots__ = ("_expression", "terms")
    terms: Terms

    def __init__(self, value: Any = 0) -> None:
        if not isinstance(value, Exact):
            from .parse import parse
            from .text import read

            value = parse(read(value) if isinstance(value, str) else value)
        self.terms = value.terms
        self._expression: Any = None

    @classmethod
    def from_terms(cls, terms: Mapping[Any, Any]) -> Exact:
        """Build from a formal sum (see `exactrg.numbers.logs`)."""
        scalar = cls.__new__(cls)
        scalar.terms = dict(terms)
        scalar._expression = None
        return scalar

    @classmethod
    def from_element(cls, value: Any) -> Exact:
        """Embed a field element (no logarithm)."""
        return cls.from_terms({UNIT: value} if value else {})

    @classmethod
    def log_of(cls, value: Any) -> Exact:
        """Logarithm of a field element that is known to be positive."""
        return cls.from_terms(log_terms(value))

    def element(self) -> Any:
        """Return the field element that this is; InputError if logarithms are left."""
        if any(atom != UNIT for atom in self.terms):
            raise InputError(f"expected a number without logarithms, got {self}")
        return self.terms.get(UNIT, flint.fmpq(0))

    def exp(self) -> Exact:
        """E to this, if the coefficients of all logarithms are rational; CouplingError otherwise."""
        return Exact.from_element(exp_terms(self.terms))

    def log(self) -> Exact:
        """Logarithm of a number without logarithms; NotPositiveError unless it is positive."""
        value = self.element()
        require_positive(value, lambda: f"the argument of log({self})")
        return Exact.log_of(value)

    def diff(self, symbol: Any) -> Exact:
        """Exact derivative with respect to a real symbol."""
        from .calculus import derivative

        return Exact.from_terms(derivative(self.terms, symbol))

    # Arithmetic. What leaves the type (log times log, pi, ...) continues as a sympy expression.

    def __add__(self, other: Any) -> Any:
        other = _operand(other)
        if not isinstance(other, Exact):
            return other if other is NotImplemented else self.to_sympy() + other
        terms = dict(self.terms)
        add_terms(terms, other.terms)
        return Exact.from_terms(terms)

    __radd__ = __add__

    def __neg__(self) -> Exact:
        return Exact.from_terms({atom: -c for atom, c in self.terms.items()})

    def __pos__(self) -> Exact:
        return self

    def __sub__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        other = _operand(other)
        if not isinstance(other, Exact):
            return other if other is NotImplemented else self.to_sympy() * other
        left, right = self, other
        if any(atom != UNIT for atom in left.terms):
            left, right = right, left
        if any(atom != UNIT for atom in left.terms):
            return self.to_sympy() * other.to_sympy()
        terms: Terms = {}
        add_terms(terms, right.terms, left.element())
        return Exact.from_terms(terms)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        other = _operand(other)
        if other is NotImplemented:
            return other
        if not isinstance(other, Exact) or any(atom != UNIT for atom in other.terms):
            return self.to_sympy() / other
        divisor = other.element()
        if not divisor:
            raise ZeroDivisionError(f"{self} / 0")
        return self * Exact.from_element(1 / divisor)

    def __rtruediv__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else other / self

    def __pow__(self, exponent: Any) -> Any:
        if isinstance(exponent, Exact):
            exponent = exponent.to_sympy()
        try:
            power = operator.index(exponent)
        except TypeError:
            return self.to_sympy() ** exponent
        if any(atom != UNIT for atom in self.terms):
            return self if power == 1 else self.to_sympy() ** power
        if power < 0 and not self:
            raise ZeroDivisionError(f"{self} ** {power}")
        return Exact.from_element(self.element() ** power)

    def __rpow__(self, base: Any) -> Any:
        return base ** self.to_sympy()

    # Comparison.

    def __eq__(self, other: object) -> bool:
        other = _operand(other)
        if not isinstance(other, Exact):
            return NotImplemented  # a sympy expression that is no exact number compares itself with .to_sympy()
        return self.terms == other.terms or vanishes((self - other).terms)

    def __hash__(self) -> int:
        # Equal values may be written over different atoms: only rationals hash by value.
        value = self.terms.get(UNIT, ZERO)
        if isinstance(value, Element):
            value = rational_value(value)
        if value is None or not vanishes({atom: c for atom, c in self.terms.items() if atom != UNIT}):
            return 0
        return hash(value)

    def __bool__(self) -> bool:
        return not vanishes(self.terms)

    def sign(self) -> int:
        """Return 1, 0 or -1; UndecidedError if that depends on the symbols' values."""
        return int(self._decided(lambda sign: sign))

    def signs(self) -> frozenset[int]:
        """Return signs that hold all those that this has: {0, 1} where it is nonnegative and may vanish."""
        if vanishes(self.terms):
            return frozenset((0,))
        if not self.symbols:
            return frozenset((self._sign_of_number(),))
        if set(self.terms) == {UNIT}:
            return possible_signs(self.terms[UNIT])
        # A sum of logarithms has the sign of its exponential minus one, and so have its multiples.
        multiple = whole_multiple(self.terms, _MAX_POWERS)
        return ANY_SIGN if multiple is None else possible_signs(exp_terms(multiple) - 1)

    def _decided(self, question: Callable[[int], Any]) -> Any:
        """Return the answer that all possible signs have in common; UndecidedError if they differ."""
        answers = {question(sign) for sign in self.signs()}
        if len(answers) > 1:
            raise UndecidedError(
                f"the sign of {self} may depend on {sorted(map(str, self.symbols))}; substitute numbers, or compare "
                "with == only"
            )
        return answers.pop()

    def _sign_of_number(self) -> int:
        """Sign of a number that is not zero and has no symbols."""
        if set(self.terms) == {UNIT} and (known := sign(self.terms[UNIT])) is not None:
            return known
        precision = 64
        while True:
            value = self.ball(precision)
            if value > 0 or value < 0:
                return 1 if value > 0 else -1
            precision *= 2

    def __lt__(self, other: Any) -> Any:
        return _compare(self, other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return _compare(self, other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return _compare(self, other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return _compare(self, other, operator.ge)

    def __abs__(self) -> Exact:
        signs = self.signs()
        if {-1, 1} <= signs:
            self._decided(lambda sign: sign)  # an UndecidedError
        return -self if -1 in signs else self

    # Conversion.

    @property
    def symbols(self) -> set[Any]:
        """The symbols that occur."""
        return symbols_of(self.terms)

    def ball(self, precision: int = 53, exponentials: Mapping[Any, Any] | None = None) -> Any:
        """Return a `flint.arb` that contains the value where e^symbol = exponentials[symbol]."""
        point = exponentials or {}
        missing = self.symbols - set(point)
        if missing:
            raise SymbolsLeftError(
                f"{self} depends on {sorted(map(str, missing))}; substitute numbers with .subs first"
            )
        with flint.ctx.workprec(precision + 16):
            total = flint.arb(0)
            for atom, coefficient in self.terms.items():
                value = ball(coefficient.reduced() if isinstance(coefficient, Element) else coefficient, point)
                if atom != UNIT:
                    is_poly = hasattr(atom, "poly")
                    argument = poly_ball(atom.field, atom.poly, point) if is_poly else flint.arb(point.get(atom, atom))
                    value *= argument.log()
                total += value
            return total

    def __float__(self) -> float:
        if vanishes(self.terms):
            return 0.0
        precision = 64
        while True:
            value = self.ball(precision)
            if value.rel_accuracy_bits() >= 53:
                if math.isinf(number := float(value.mid())):
                    raise FloatOverflowError("the number is beyond 1.8e308; write .log(), or log_partition_function(H)")
                return number
            precision *= 2

    def to_sympy(self) -> Any:
        """Return the value as a sympy expression."""
        if self._expression is None:
            from .render import expression

            self._expression = expression(self.terms)
        return self._expression

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.to_sympy(), name)

    def __reduce__(self) -> Any:
        return (Exact.from_terms, (self.terms,))


# Sympy calls what is in this dict wherever it is given an Exact, but not in ``==``, where it would compare how two things
# are written: with `_sympy_`, or a converter of the public dict, ``expression == Exact`` never reaches `Exact.__eq__`.
_sympy_converter[Exact] = Exact.to_sympy


def _operand(value: Any) -> Any:
    """Exact where possible; a sympy expression where only sympy can go on; NotImplemented for the rest."""
    if isinstance(value, Exact):
        return value
    if isinstance(value, str):
        return NotImplemented
    import sympy

    from ..errors import MixedKindsError

    try:
        return Exact(value)
    except MixedKindsError:
        raise
    except InputError:
        return value if isinstance(value, sympy.Basic) else NotImplemented


def _compare(left: Exact, right: Any, relation: Any) -> Any:
    """Decide an order through the sign of the difference; sympy has the last word on what is no exact number."""
    right = _operand(right)
    if isinstance(right, Exact):
        return (left - right)._decided(lambda sign: relation(sign, 0))
    return right if right is NotImplemented else relation(left.to_sympy(), right)
