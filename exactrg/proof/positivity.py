"""What is positive, or nonnegative, at sight: the side conditions of logarithms, roots, divisions and inequalities."""

from __future__ import annotations

from .terms import NAT, Term


def natural(e: Term) -> bool:
    """Whether an exponent is 0, 1, 2, ... at sight."""
    if e.op == "num":
        return bool(e.data >= 0 and e.data.denominator == 1)
    if e.op in ("sum", "prod"):
        return natural(e.args[1])
    return e.data[1] == NAT if e.op == "var" else e.op in ("add", "mul", "pow") and all(map(natural, e.args))


def sign(t: Term) -> int:
    """Return 2 for what is positive at sight, 1 for what is nonnegative at sight, 0 for the rest."""
    if t.op == "num":
        return 2 if t.data > 0 else int(t.data == 0)
    if t.op in ("var", "app"):
        return 2 if t.data[1] in (NAT, "+") else 0
    if t.op == "gap":
        return int(sign(t.args[0]) == 2)
    if t.op in ("sum", "prod"):
        return sign(t.args[1])
    signs = [sign(a) for a in t.args] or [0]
    if t.op == "pow":
        even = t.args[1].op == "num" and t.args[1].data > 0 and t.args[1].data % 2 == 0
        return 2 if signs[0] == 2 else int(even or (signs[0] == 1 and natural(t.args[1])))
    if t.op not in ("add", "mul"):
        return 0
    return 0 if min(signs) == 0 else max(signs) if t.op == "add" else min(signs)
