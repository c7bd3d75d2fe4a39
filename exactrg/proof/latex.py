"""Derivations in LaTeX: aligned chains with a reason beside each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .terms import Term

if TYPE_CHECKING:
    from .derivation import Derivation
    from .kernel import Statement

# How names are printed: a template with {0}, {1}, ... for the arguments. Unknown names are printed as they are.
NAMES: dict[str, str] = {}
_RELATION = {"=": "=", "<=": r"\le", "<": "<"}


def term_latex(t: Term, level: int = 0) -> str:
    """Return LaTeX; ``level`` 0 stands alone, 1 in a sum, 2 in a product, 3 under a power."""
    render: dict[str, Callable[[Term], tuple[str, int]]] = {
        "add": _add,
        "mul": _mul,
        "pow": _pow,
        "sum": _big,
        "prod": _big,
    }
    if t.op in render:
        text, own = render[t.op](t)
        return text if own >= level else rf"\left({text}\right)"
    if t.op == "num":
        text = str(t.data) if t.data.denominator == 1 else rf"\tfrac{{{t.data.numerator}}}{{{t.data.denominator}}}"
        return text if t.data >= 0 and (level < 3 or t.data.denominator == 1) else rf"\left({text}\right)"
    if t.op == "var":
        return _name(t.data[0])
    if t.op == "at":
        return rf"{term_latex(t.args[0])}_{{{term_latex(t.args[1])}}}"
    if t.op in ("log", "gap"):
        text = rf"\{'log' if t.op == 'log' else 'operatorname{gap}'}\left[{term_latex(t.args[0])}\right]"
        return text if level < 3 else rf"\left({text}\right)"
    args = [term_latex(a) for a in t.args]
    if t.data[0] in NAMES:
        text = NAMES[t.data[0]]
        for k, a in enumerate(args):
            text = text.replace(f"<{k}>", a)
        return rf"\left({text}\right)" if level == 3 and ("^" in text or "_" in text) else text
    return _name(t.data[0]) + (f"({', '.join(args)})" if args else "")


def _name(name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    head = name.rstrip("'0123456789")
    digits = name[len(head) :].strip("'")
    return head + ("'" * name.count("'")) + (f"_{{{digits}}}" if digits else "")


def _negative(t: Term) -> Term | None:
    """-t, if t is written with a minus sign."""
    if t.op == "num" and t.data < 0:
        return Term("num", (), -t.data)
    if t.op == "mul" and t.args[0].op == "num" and t.args[0].data < 0:
        rest = t.args[1:] if t.args[0].data == -1 else (Term("num", (), -t.args[0].data), *t.args[1:])
        return rest[0] if len(rest) == 1 else Term("mul", rest)
    return None


def _add(t: Term) -> tuple[str, int]:
    text = term_latex(t.args[0], 1)
    for a in t.args[1:]:
        minus = _negative(a)
        text += f" + {term_latex(a, 1)}" if minus is None else f" - {term_latex(minus, 2)}"
    return text, 0


def _mul(t: Term) -> tuple[str, int]:
    minus = _negative(t)
    if minus is not None:
        return f"-{term_latex(minus, 2)}", 1
    below = [_inverse(f) for f in t.args if _inverse(f) is not None]
    above = [f for f in t.args if _inverse(f) is None]
    last = len(above) - 1
    big = [f.op in ("sum", "prod") for f in above]
    text = r"\, ".join(term_latex(f, 2 if k == last and not below else 3 if big[k] else 2) for k, f in enumerate(above))
    if not below:
        return text or "1", 1 if big and big[-1] else 2
    alone = term_latex(above[0]) if len(above) == 1 else text
    under = term_latex(below[0]) if len(below) == 1 and below[0] else r"\, ".join(term_latex(f, 2) for f in below if f)
    return rf"\frac{{{alone or '1'}}}{{{under}}}", 2


def _inverse(t: Term) -> Term | None:
    """Return what a factor divides by."""
    if t.op == "pow" and t.args[1].op == "num" and t.args[1].data < 0:
        e = -t.args[1].data
        return t.args[0] if e == 1 else Term("pow", (t.args[0], Term("num", (), e)))
    return None


def _pow(t: Term) -> tuple[str, int]:
    base, e = t.args
    if (under := _inverse(t)) is not None:
        return rf"\frac{{1}}{{{term_latex(under)}}}", 2
    if e.op == "num" and e.data == e.data.__class__(1, 2):
        return rf"\sqrt{{{term_latex(base)}}}", 3
    exponent = str(e.data) if e.op == "num" else term_latex(e)
    return rf"{term_latex(base, 3)}^{{{exponent}}}", 2


def _big(t: Term) -> tuple[str, int]:
    symbol = r"\sum" if t.op == "sum" else r"\prod"
    xs, body = [], t
    while body.op == t.op:
        xs.append(term_latex(body.args[0]))
        body = body.args[1]
    return rf"{symbol}_{{{', '.join(xs)}}} {term_latex(body, 1)}", 1


def statement_latex(s: Statement) -> str:
    """Return a statement with its assumptions."""
    text = f"{term_latex(s.lhs)} {_RELATION[s.relation]} {term_latex(s.rhs)}"
    given = ",\\ ".join(statement_latex(g) for g in s.given)
    return rf"{given} \;\Rightarrow\; {text}" if given else text


def derivation_latex(d: Derivation) -> str:
    """Return a finished derivation: the chain with its reasons, or the statement with its rule."""
    if d.rule != "chain":
        values = [f"{term_latex(v(*v.params))} = {term_latex(v.body)}" for v in d.model.values()]
        why = f"{d.rule}: " if d.rule == "counterexample" else f"by {d.rule}"
        text = statement_latex(d.statement)
        if d.rule == "counterexample":
            text = rf"\text{{refuted:}}\quad {text}"
        listed = r",\ ".join(values)
        return rf"$$\begin{{aligned}}& {text}\\ &\text{{{why}}}\ {listed}\end{{aligned}}$$"
    rows = [rf"{term_latex(d.statement.lhs)} &{_RELATION[d.steps[0].relation]} {term_latex(d.steps[0].term)}"]
    rows += [rf"&{_RELATION[s.relation]} {term_latex(s.term)}" for s in d.steps[1:]]
    rows = [rf"{row} && \text{{{_plain(s.why)}}}" for row, s in zip(rows, d.steps, strict=True)]
    given = (
        [rf"\text{{Given }} {', '.join(map(statement_latex, d.statement.given))}:\quad&"] if d.statement.given else []
    )
    return "$$\\begin{aligned}" + " \\\\\n".join([*given, *rows]) + "\\end{aligned}$$"


def _plain(text: str) -> str:
    """Escape a reason for LaTeX's text mode."""
    for character in "&%#_":
        text = text.replace(character, rf"\{character}")
    return text.replace("^", r"\^{}")
