"""LaTeX of terms, statements and derivations."""

from __future__ import annotations

import re
import runpy
from fractions import Fraction
from pathlib import Path

import pytest

from exactrg.claims.formal import BOOK, EXACT, STATEMENTS, P, Z, a, e, h, p_v, q, v
from exactrg.claims.formal_latex import LATEX
from exactrg.claims.formal_spins import hs, j, n, nxt, s1, s2, transfer, x
from exactrg.proof import Prod, Script, Sum, Term, gap, lift, log, step
from exactrg.proof.latex import Printer, statement_latex

PROOFS = Path(__file__).parents[2] / "proofs"
show = Printer(LATEX)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (lift(Fraction(-1, 2)), r"\tfrac{-1}{2}"),
        (a(v) / Z(), r"\frac{e^{-H(v)}}{Z}"),
        (Sum(v, h, e(v, h)), r"\sum_{v, h} e^{-E(v,h)}"),
        (Sum(v, a(v)) * Z(), r"\left(\sum_{v} e^{-H(v)}\right)\, Z"),
        (Z() * Sum(v, a(v)), r"Z\, \sum_{v} e^{-H(v)}"),
        (Sum(v, P(v) - p_v(v)), r"\sum_{v} \left(P(v) - p(v)\right)"),
        (Z() - (P(v) - 1), r"Z - \left(P(v) - 1\right)"),
        (-log(Z()) + 2 * log(P(v) * q(v)), r"-\log Z + 2\, \log\left[P(v)\, q(v)\right]"),
        (a(v) ** 2, r"\left(e^{-H(v)}\right)^{2}"),
        (P(v) ** -2, r"\frac{1}{P(v)^{2}}"),
        ((P(v) + 1) ** Fraction(1, 2), r"\sqrt{P(v) + 1}"),
        (Prod(j, x() ** (hs[j] * hs[nxt(j)])), r"\prod_{j} x^{h_{j}\, h_{j{+}1}}"),
        (P(v) / p_v(v) * (Z() / q(v)), r"\frac{P(v)}{p(v)}\, \frac{Z}{q(v)}"),
        (gap(P(v)) * q(v), r"\operatorname{gap} P(v)\, q(v)"),
        (transfer(n, s1, s2), r"V^{n}(s_{1},s_{2})"),
    ],
)
def test_terms(term: Term, text: str) -> None:
    assert show(term) == text


def test_assumptions_come_first() -> None:
    assert statement_latex(STATEMENTS["8-if"][0], LATEX) == r"q(v) = 1 \;\Rightarrow\; \Delta F = 0"
    assert show(EXACT.lhs) == "q(v)"


def test_a_chain_shows_every_step_with_its_reason() -> None:
    script = Script(STATEMENTS, BOOK, LATEX)
    text = script.chain("1", step(Sum(v, a(v)) / Z(), "50% & more"), step(1, "Z > 0"))._repr_latex_()
    assert text.startswith(r"$$\begin{aligned}") and text.endswith(r"\end{aligned}$$")
    assert r"\frac{\sum_{v} e^{-H(v)}}{Z} && \text{50\% \& more}" in text and r"= 1 && \text{Z > 0}" in text


def test_reasons_have_formulas() -> None:
    script = Script(STATEMENTS, BOOK, LATEX)
    text = script.chain("1", step(1, "e^{-H^RBM}, Tr_h and 50%"))._repr_latex_()
    assert r"\text{$e^{-H^{RBM}}$, $\mathrm{Tr}_h$ and 50\%}" in text


def test_every_derivation_renders_with_balanced_braces_and_known_names() -> None:
    for name in ("mapping", "decimation", "exactness"):
        for d in runpy.run_path(str(PROOFS / f"{name}.py"))["proofs"].derivations:
            text = d._repr_latex_()
            bare = re.sub(r"\\[{}|&%#_]", "", text)
            assert bare.count("{") == bare.count("}") and bare.startswith("$$") and bare.count("$") % 2 == 0, text
            assert len(re.findall(r"\\left[(\[]", text)) == len(re.findall(r"\\right[)\]]", text)), text
            assert re.search(r"<\d>", text) is None, text
