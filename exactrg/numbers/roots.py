"""Square roots of exact numbers that may vanish: the root of sinh(J)^2 is sinh J, which has a sign of its own."""

from __future__ import annotations

from .element import Element
from .exact import Exact


def square_root(value: Exact) -> Exact:
    """Return a number whose square this is, of either sign; NotPositiveError unless it is a square times a positive number.

    Even powers in the square-free factorisation come out as polynomials, the rest as a radical.
    """
    element = value.element()
    element = element.reduced() if isinstance(element, Element) else element
    if not isinstance(element, Element):
        return (value.log() / 2).exp()
    field, one = element.field, element.field.one
    content, factors = (element.num * element.den).factor_squarefree()
    root, rest = one, field.context.constant(content)
    for factor, power in factors:
        root *= factor ** (int(power) // 2)
        rest *= factor ** (int(power) % 2)
    radical = (Exact.from_element(Element(field, rest, one)).log() / 2).exp()
    return radical * Exact.from_element(Element(field, field.reduce(root), element.den))
