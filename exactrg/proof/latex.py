"""Derivations in LaTeX: aligned chains with a reason beside each step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from .terms import Term

if TYPE_CHECKING:
    from .derivation import Derivation
    from .statements import Statement

Names = Mapping[str, str]  # how a name is printed: a template with <0>, <1>, ... for its arguments
_RELATION = {"=": "=", "<=": r"\le", "<": "<"}


class Printer:
    """LaTeX of terms; names without a template are printed as they are."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def __call__(self, t: Term, level: int = 0) -> str:
        """Return LaTeX; ``level`` 0 stands alone, 1 in a sum, 2 in a product, 3 under a power."""
        render: dict[str, Callable[[Term], tuple[str, int]]] = {
            "add": self._add,
            "mul": self._mul,
            "pow": self._pow,
            "sum": self._big,
            "prod": self._big,
        }
        text, own = render.get(t.op, self._leaf)(t)
        return text if own >= level else rf"\left({text}\right)"

    def _leaf(self, t: Term) -> tuple[str, int]:
        if t.op == "num":
            n, d = t.data.numerator, t.data.denominator
            return (str(n), 4 if n >= 0 else 0) if d == 1 else (rf"\tfrac{{{n}}}{{{d}}}", 2 if n >= 0 else 0)
        if t.op == "at":
            return rf"{self(t.args[0])}_{{{self(t.args[1])}}}", 3
        if t.op in ("log", "gap"):
            word = r"\log" if t.op == "log" else r"\operatorname{gap}"
            if t.args[0].op in ("num", "var", "app"):
                return f"{word} {self(t.args[0], 2)}", 2
            return rf"{word}\left[{self(t.args[0])}\right]", 2
        name = t.data[0]
        if name in self.names:
            text = self.names[name]
            for k, a in enumerate(t.args):
                text = text.replace(f"<{k}>", self(a))
            return text, 2 if "^" in text or "\\cosh" in text or text[0].isdigit() else 3
        head = name.rstrip("'0123456789")
        digits = name[len(head) :].strip("'")
        text = head + "'" * name.count("'") + (f"_{{{digits}}}" if digits else "")
        return text + (f"({', '.join(map(self, t.args))})" if t.args else ""), 3

    def _add(self, t: Term) -> tuple[str, int]:
        text = self(t.args[0])
        for a in t.args[1:]:
            minus = _negative(a)
            text += f" + {self(a, 1)}" if minus is None else f" - {self(minus, 2)}"
        return text, 0

    def _mul(self, t: Term) -> tuple[str, int]:
        if (minus := _negative(t)) is not None:
            return f"-{self(minus, 2)}", 0
        # Runs of factors, each over what it is divided by; a sum over a type may stand open only at the end.
        runs: list[tuple[list[Term], list[Term]]] = [([], [])]
        for f in t.args:
            under = _inverse(f)
            if under is None and runs[-1][1]:
                runs.append(([], []))
            runs[-1][under is not None].append(f if under is None else under)
        parts = [
            text
            for k, (above, below) in enumerate(runs)
            for text in (self._fraction(above, below) if below else self._factors(above, last=k == len(runs) - 1))
        ]
        open_end = not runs[-1][1] and runs[-1][0][-1].op in ("sum", "prod")
        return r"\, ".join(parts), 1 if open_end else 2

    def _factors(self, factors: list[Term], last: bool) -> list[str]:
        big = [f.op in ("sum", "prod") for f in factors]
        parts = [self(f, 1 if big[k] and last and k == len(big) - 1 else 2) for k, f in enumerate(factors)]
        return [rf"\left({part}\right)" if k and part[0].isdigit() else part for k, part in enumerate(parts)]

    def _fraction(self, above: list[Term], below: list[Term]) -> list[str]:
        above = [f for f in above if f != Term("num", (), Fraction(1))]
        top, under = (
            self(fs[0]) if len(fs) == 1 else r"\, ".join(self._factors(fs, last=True)) or "1" for fs in (above, below)
        )
        return [rf"\frac{{{top}}}{{{under}}}"]

    def _pow(self, t: Term) -> tuple[str, int]:
        base, e = t.args
        if (under := _inverse(t)) is not None:
            return rf"\frac{{1}}{{{self(under)}}}", 2
        if e == Term("num", (), Fraction(1, 2)):
            return rf"\sqrt{{{self(base)}}}", 3
        exponent = str(e.data) if e.op == "num" else self(e)
        return rf"{self(base, 3)}^{{{exponent}}}", 2

    def _big(self, t: Term) -> tuple[str, int]:
        xs, body = [], t
        while body.op == t.op:
            xs.append(self(body.args[0]))
            body = body.args[1]
        return rf"\{t.op}_{{{', '.join(xs)}}} {self(body, 2)}", 1


def _negative(t: Term) -> Term | None:
    """Return -t, if t is written with a minus sign."""
    if t.op == "num" and t.data < 0:
        return Term("num", (), -t.data)
    if t.op == "mul" and t.args[0].op == "num" and t.args[0].data < 0:
        rest = t.args[1:] if t.args[0].data == -1 else (Term("num", (), -t.args[0].data), *t.args[1:])
        return rest[0] if len(rest) == 1 else Term("mul", rest)
    return None


def _inverse(t: Term) -> Term | None:
    """Return what a factor divides by."""
    if t.op == "pow" and t.args[1].op == "num" and t.args[1].data < 0:
        e = -t.args[1].data
        return t.args[0] if e == 1 else Term("pow", (t.args[0], Term("num", (), e)))
    return None


def statement_latex(s: Statement, names: Names) -> str:
    """Return a statement with its assumptions."""
    show = Printer(names)
    text = f"{show(s.lhs)} {_RELATION[s.relation]} {show(s.rhs)}"
    given = r",\ ".join(statement_latex(g, names) for g in s.given)
    return rf"{given} \;\Rightarrow\; {text}" if given else text


def derivation_latex(d: Derivation) -> str:
    """Return a finished derivation: the chain with its reasons, or the statement with its rule."""
    show = Printer(d.names)
    if d.rule != "chain":
        refuted = d.rule == "counterexample"
        text = statement_latex(d.statement, d.names)
        values = r",\quad ".join(f"{show(v(*v.params))} = {show(v.body)}" for v in d.model.values()) if refuted else ""
        head = r"\text{refuted:}\quad" if refuted else ""
        why = r"\text{since it fails for}\quad" if refuted else rf"\text{{by {d.rule}}}"
        return rf"$$\begin{{aligned}} & {head} {text} \\ & {why} {values} \end{{aligned}}$$"
    rows = [rf"& {show(d.statement.lhs)} \\ &\quad {_RELATION[d.steps[0].relation]} {show(d.steps[0].term)}"]
    rows += [rf"&\quad {_RELATION[s.relation]} {show(s.term)}" for s in d.steps[1:]]
    rows = [rf"{row} && \text{{{_plain(s.why)}}}" for row, s in zip(rows, d.steps, strict=True)]
    listed = r",\ ".join(statement_latex(g, d.names) for g in d.statement.given)
    given = [rf"& \text{{given that }} {listed}:"] if listed else []
    return r"$$\begin{aligned} " + " \\\\\n".join([*given, *rows]) + r" \end{aligned}$$"


def _plain(text: str) -> str:
    """Write a reason for LaTeX's text mode; words with exponents and indices become formulas."""
    words = []
    for word in re.findall(r"(?:[^\s{]|\{[^}]*\})+", text):  # spaces within braces belong to a word
        bare = word.rstrip(",;:.")
        if "^" in bare or "_" in bare:
            formula = re.sub(r"\^([A-Za-z]{2,})", r"^{\1}", bare).replace("Tr", r"\mathrm{Tr}")
            words.append(f"${formula}${word[len(bare) :]}")
        else:
            words.append(re.sub(r"([&%#{}])", r"\\\1", word))
    return " ".join(words)
