"""The exact scalar: c_0 + sum_k c_k log(a_k), with decidable equality.

Couplings of H^RG, free energies, partition functions and divergences with exact couplings are all of this one type.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import flint

from ..errors import FloatOverflowError, InputError, UndecidedError
from ..hypothesis_entry import drawable
from .decide import vanishes
from .element import Element
from .field import ZERO
from .logs import UNIT, Terms, add_terms, exp_terms, log_terms, symbols_of
from .nested import rational_value
from .signs import ball, poly_ball, require_positive, sign

_MAX_SHOWN = 4000


@drawable
class Exact:
    """An exact real scalar c_0 + sum_k c_k log(a_k) whose ``==`` is a proof or a refutation.

    The c_k are rational functions, and the a_k polynomials, of exponentials of real symbols, positive rationals and
    their roots. Everything that sympy can do with the value is one conversion away: the object turns into a sympy
    expression wherever one is expected, and attributes that it does not have itself (``.subs``, ``.free_symbols``,
    ...) are those of the expression.

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
        if isinstance(exponent, int) and not any(atom != UNIT for atom in self.terms):
            return Exact.from_element(self.element() ** exponent)
        return self.to_sympy() ** exponent

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
        if vanishes(self.terms):
            return 0
        if set(self.terms) <= {UNIT}:
            known = sign(self.terms[UNIT])
            if known is not None:
                return known
        if self.symbols:
            raise UndecidedError(
                f"the sign of {self} may depend on {sorted(map(str, self.symbols))}; substitute numbers, or compare "
                "with == only"
            )
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
        return -self if self.sign() < 0 else self

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
            raise TypeError(f"{self} depends on {sorted(map(str, missing))}; substitute numbers with .subs first")
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

    _sympy_ = to_sympy

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.to_sympy(), name)

    def __reduce__(self) -> Any:
        return (Exact.from_terms, (self.terms,))

    def summary(self) -> str | None:
        """Return what is printed instead of an expression of more than 4000 characters; None for shorter ones."""
        from .render import length

        size = length(self.terms)
        if size <= _MAX_SHOWN:
            return None
        symbols = sorted(map(str, self.symbols))
        about = f"in {', '.join(symbols)}" if symbols else f"about {self.ball(32).str(6, radius=False)}"
        return f"a number of some {size} characters, {about}; write .to_sympy() for all of it"

    def _repr_latex_(self) -> str:
        import sympy

        summary = self.summary()
        text = sympy.latex(self.to_sympy()) if summary is None else rf"\text{{{summary}}}"
        return f"$\\displaystyle {text}$"

    def __str__(self) -> str:
        return self.summary() or str(self.to_sympy())

    def __repr__(self) -> str:
        from .text import write

        return f"<Exact: {self.summary()}>" if self.summary() else f"Exact({write(self.to_sympy())})"


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
        return relation((left - right).sign(), 0)
    return right if right is NotImplemented else relation(left.to_sympy(), right)
