"""Exact numbers as text that a person reads and types: ``log(3/2)``, ``J/2 + log(cosh(2*K))``. Every name is a real symbol.

Python's grammar, read by the parser of Python and by nothing that evaluates.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import sympy

from ..errors import CouplingError

_FUNCTIONS = {f.__name__: f for f in (sympy.exp, sympy.log, sympy.cosh, sympy.sinh, sympy.tanh, sympy.coth)}
_FUNCTIONS |= {f.__name__: f for f in (sympy.sqrt, sympy.acosh, sympy.asinh, sympy.atanh)}
_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MAX_POWER = 10_000
_MAX_BITS = 1 << 17
_EXPECTED = f"expected numbers, symbols, + - * / ** and {', '.join(_FUNCTIONS)}, such as 'J/2 + log(3/2)'"


def read(text: str) -> Any:
    """Return the sympy expression that a text stands for; CouplingError if it is none."""
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise CouplingError(f"cannot read {text[:80]!r}: {_EXPECTED}") from None


def write(expression: Any) -> str:
    """Write an expression as code: a number, a text that `read` understands, or, for other symbols, sympy's own form."""
    if expression.is_Integer:
        return str(expression)
    text = str(expression)
    try:
        readable = read(text).free_symbols == expression.free_symbols
    except CouplingError:
        readable = False
    return repr(text) if readable else sympy.srepr(expression)


def _value(node: ast.AST) -> Any:
    """Evaluate a syntax tree; long sums and products are chains to the left."""
    chain = []
    while isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        chain.append((_OPERATIONS[type(node.op)], node.right))
        node = node.left
    value = _leaf(node)
    for operation, right in reversed(chain):
        value = operation(value, _value(right))
    return value


def _leaf(node: ast.AST) -> Any:
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as number):
            return sympy.sympify(number)
        case ast.Name(id=name):
            return sympy.Symbol(name, real=True)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(op=ast.Pow(), left=base, right=exponent):
            value, power = _value(base), _value(exponent)
            if power.is_Rational and abs(power) <= _MAX_POWER and _bits(value) * abs(power) <= _MAX_BITS:
                return value**power
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_value(argument))
    raise CouplingError(f"cannot read {ast.unparse(node)[:80]!r}: {_EXPECTED}")


def _bits(value: Any) -> int:
    """Bits of a rational: towers of powers are refused before they are built."""
    return max(int(value.p).bit_length(), int(value.q).bit_length()) if value.is_Rational else 0
