"""LaTeX for notebooks. Long expressions are cut: a page of couplings helps no one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .numbers.exact import Exact

MAX_TERMS = 24


def site_latex(site: Any) -> str:
    """Return the spin on a site: s_{3}, or h_{2} for the site ("h", 2)."""
    if isinstance(site, tuple) and len(site) == 2 and isinstance(site[0], str):
        return f"{site[0]}_{{{site[1]}}}"
    return f"s_{{{site}}}"


def number_latex(value: Any) -> str:
    """Return a number or an exact scalar as LaTeX, in brackets where it is a sum."""
    import sympy

    if isinstance(value, Exact) and (summary := value.summary()):
        return rf"\text{{({summary})}}"
    expression = sympy.sympify(value) if not isinstance(value, float) else sympy.Float(value, 6)
    text = sympy.latex(expression)
    return rf"\left({text}\right)" if expression.is_Add else str(text)


def polynomial_latex(couplings: Mapping[frozenset[Any], Any], sites: Sequence[Any]) -> str:
    """Return sum_S f_S prod s_i, low orders first."""
    order = {site: k for k, site in enumerate(sites)}
    keyed = sorted(couplings, key=lambda members: (len(members), sorted(order[s] for s in members)))
    parts = [
        number_latex(couplings[members])
        + r"\,"
        + "".join(site_latex(s) for s in sorted(members, key=order.__getitem__))
        for members in keyed[:MAX_TERMS]
    ]
    if len(keyed) > MAX_TERMS:
        parts.append(rf"\cdots\;({len(keyed)}\text{{ terms}})")
    text = " + ".join(parts).replace("+ -", "- ") or "0"
    return f"$\\displaystyle {text}$"


def table_latex(rows: Sequence[tuple[Mapping[Any, int], Any]], total: int, name: str) -> str:
    """Return weights by configuration as an array."""
    lines = [
        " & ".join(["".join("+" if s > 0 else "-" for s in configuration.values()), number_latex(value)])
        for configuration, value in rows
    ]
    if total > len(rows):
        lines.append(rf"\vdots & \text{{{total} configurations}}")
    header = ",".join(site_latex(site) for site in rows[0][0]) if rows else ""
    body = r" \\ ".join(lines)
    return rf"$\displaystyle \begin{{array}}{{c|l}} {header} & {name} \\ \hline {body} \end{{array}}$"
