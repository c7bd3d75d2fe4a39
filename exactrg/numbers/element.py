"""Elements of an exact field: fractions of polynomials in its generators, with a decided ``==``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flint

if TYPE_CHECKING:
    from .field import Field


class Element:
    """A fraction num/den of polynomials; ``==`` decides equality (cross-multiplied, in the unique form).

    Fractions are not reduced eagerly: all entries of a table e^f share one monomial denominator, and sums of those
    need no gcd at all. `reduced` cancels.
    """

    __slots__ = ("den", "field", "num")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, field: Field, num: Any, den: Any) -> None:
        self.field = field
        self.num = num
        self.den = den

    def _with(self, other: Any, operation: Callable[[Element, Element], Any]) -> Any:
        """Apply an operation after lifting both operands to one field."""
        if not isinstance(other, Element):
            try:
                other = flint.fmpq(other)
            except TypeError:
                return NotImplemented
            constant = self.field.context.constant
            return operation(self, Element(self.field, constant(other.p), constant(other.q)))
        field = self.field | other.field
        return operation(field.convert(self), field.convert(other))

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Element) or other.field is not self.field:
            return self._with(other, Element.__mul__)
        a, b, c, d = self.num, self.den, other.num, other.den
        if len(b) > 1:
            g = b.gcd(c)
            if not g.is_one():
                b, c = b // g, c // g
        if len(d) > 1:
            g = d.gcd(a)
            if not g.is_one():
                d, a = d // g, a // g
        return Element(self.field, self.field.reduce(a * c), self.field.reduce(b * d))

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Element) or other.field is not self.field:
            return self._with(other, Element.__add__)
        a, b, c, d = self.num, self.den, other.num, other.den
        if b is d or b == d:
            return Element(self.field, a + c, b)
        g = b.gcd(d)
        b, d = b // g, d // g
        reduce = self.field.reduce
        return Element(self.field, reduce(a * d + c * b), reduce(reduce(b * d) * g))

    def __neg__(self) -> Element:
        return Element(self.field, -self.num, self.den)

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def inverse(self) -> Element:
        """Return 1/self; ZeroDivisionError for zero."""
        if not self:
            raise ZeroDivisionError("the inverse of an exact zero")
        return Element(self.field, self.den, self.num)

    def __truediv__(self, other: Any) -> Any:
        return self * (other.inverse() if isinstance(other, Element) else 1 / flint.fmpq(other))

    def __rtruediv__(self, other: Any) -> Any:
        return self.inverse() * other

    def __pow__(self, exponent: int) -> Any:
        base = self if exponent >= 0 else self.inverse()
        value = Element(self.field, self.field.one, self.field.one)
        for bit in bin(abs(exponent))[2:]:
            value = value * value
            if bit == "1":
                value = value * base
        return value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Element) or other.field is not self.field:
            result = self._with(other, Element.__eq__)
            return bool(result) if result is not NotImplemented else NotImplemented
        if self.den is other.den:
            return bool(self.field.vanishes(self.num - other.num))
        reduce, vanishes = self.field.reduce, self.field.vanishes
        return bool(vanishes(reduce(self.num * other.den) - reduce(other.num * self.den)))

    __rmul__, __radd__ = __mul__, __add__

    def __bool__(self) -> bool:
        return not self.field.vanishes(self.num)

    def reduced(self) -> Any:
        """Cancel the gcd of numerator and denominator; a plain `flint.fmpq` if that leaves a rational number."""
        if not self:
            return flint.fmpq(0)
        g = self.num.gcd(self.den)
        if int(self.den.leading_coefficient()) < 0:
            g = -g
        value = self if g.is_one() else Element(self.field, self.num // g, self.den // g)
        if value.num.is_constant() and value.den.is_constant():
            return flint.fmpq(int(value.num.leading_coefficient()), int(value.den.leading_coefficient()))
        return value

    def __reduce__(self) -> Any:
        return (_restore, (self.field, self.num.to_dict(), self.den.to_dict()))

    def __repr__(self) -> str:
        return f"Element({self.num} / {self.den})"


def _restore(field: Field, num: dict[Any, int], den: dict[Any, int]) -> Element:
    """Rebuild a pickled element."""
    return Element(field, field.context.from_dict(num), field.context.from_dict(den))
