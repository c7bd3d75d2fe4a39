"""``exactrg verify --html``: the verdicts as one self-contained page, with proofs in MathML; nothing is fetched."""

from __future__ import annotations

import html
import platform
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib import metadata
from importlib.resources import files
from typing import Any

from .derivations import derivations_of
from .ledger import Verdict
from .tables import summary

_SIGNS = {
    "proved": "✓",
    "reproduced": "✓",
    "refuted": "✗",
    "not reproduced": "✗",
    "incomplete": "◐",
    "ill-posed": "◐",
    "pending": "…",
}
_TONES = {"✓": "good", "✗": "bad", "◐": "partly", "…": "open"}
_RELATIONS = {"=": "=", "<=": r"\le", "<": "<"}
_VERSIONS = ("numpy", "scipy", "sympy", "networkx", "python-flint", "numba")


def html_report(verdicts: Sequence[Verdict], *, seed: int = 0) -> str:
    """Write the page: a table of all verdicts, then each claim with its formula, how it was decided, and its proof.

    Parameters
    ----------
    verdicts : sequence of Verdict
    seed : int
        Of the random systems, for the page to say.

    Returns
    -------
    str
        HTML without scripts; formulas are MathML with their LaTeX as text for screen readers.
    """
    style = files(__package__).joinpath("report.css").read_text("utf-8")
    rows = "\n".join(map(_row, verdicts))
    claims = "\n".join(map(_claim, verdicts))
    counts = Counter(v.verdict for v in verdicts)
    badges = " ".join(f"<li>{_badge(name)} <b>{count}</b></li>" for name, count in counts.items())
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>exactrg verify: {html.escape(summary(verdicts))}</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#claims">Skip to the claims</a>
<header>
<h1>Variational RG and deep learning: what is true</h1>
<p>Every numbered equation and claim of <cite>Mehta and Schwab, An exact mapping between the variational renormalization
group and deep learning</cite> (arXiv:1410.3831), decided by exactrg. {html.escape(_sentence(summary(verdicts)))}</p>
<ul class="counts">{badges}</ul>
</header>
<nav aria-labelledby="overview">
<h2 id="overview">Overview</h2>
{_wide("All verdicts")}<table aria-label="Claims, their verdicts, how far these reach, and what they cost">
<thead><tr><th scope="col">Claim</th><th scope="col">Equation</th><th scope="col">Verdict</th>
<th scope="col">Reach</th><th scope="col">Cases</th><th scope="col">Seconds</th></tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
</nav>
<main id="claims">
<h2>Claims</h2>
{claims}
</main>
<footer>
<h2>How this page was made</h2>
<p><code>exactrg verify --html</code>, seed {seed}, {time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}; {_versions()}.</p>
</footer>
</body>
</html>
"""


def _row(v: Verdict) -> str:
    claim = v.claim
    numbers = f"<td>{v.cases}</td><td>{v.seconds:.2f}</td>" if v.cases else "<td></td><td></td>"
    return (
        f'<tr><th scope="row"><a href="#{_anchor(claim.id)}">{html.escape(claim.id)}</a></th>'
        f"<td>{html.escape(', '.join(claim.equation))}</td><td>{_badge(v.verdict)}</td>"
        f"<td>{html.escape(_short(claim))}</td>{numbers}</tr>"
    )


def _claim(v: Verdict) -> str:
    claim = v.claim
    parts = [f"<p>{html.escape(claim.statement)}</p>"]
    if claim.formula:
        parts.append(f"{_wide(f'Formula of claim {claim.id}')}{math(claim.formula, block=True)}</div>")
    if not v.as_expected:
        parts.append(f'<p class="differs"><b>The ledger says: {html.escape(claim.expected)}.</b></p>')
    if v.counterexample:
        parts.append(f"<h4>Counterexample</h4>\n<pre>{html.escape(v.counterexample)}</pre>")
    if claim.corrected and v.verdict not in ("proved", "reproduced", "pending"):
        parts.append(f"<h4>True instead</h4>\n<p>{html.escape(_sentence(claim.corrected))}</p>")
    facts = [("Scope", claim.scope), ("Decided by", v.decided_by), ("Reach", claim.reach)]
    if claim.audit:
        facts.append(("Coq", f"{', '.join(claim.audit)} (proofs/audit)"))
    if v.cases:
        facts.append(("Cost", f"{v.cases} decision{'s' if v.cases > 1 else ''} in {v.seconds:.2f} s"))
    items = "".join(f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in facts)
    if claim.functions:
        names = ", ".join(f"<code>{html.escape(name)}</code>" for name in claim.functions)
        items += f"<dt>In exactrg</dt><dd>{names}</dd>"
    parts.append(f"<dl>{items}</dl>")
    if proofs := derivations_of(claim):
        count = f" {{}} of {len(proofs)}" if len(proofs) > 1 else ""
        steps = "\n".join(_derivation(d, f"claim {claim.id}{count.format(k)}") for k, d in enumerate(proofs, start=1))
        source = html.escape(claim.derivation)
        parts.append(f"<details><summary>Proof ({source}, checked by the kernel)</summary>\n{steps}\n</details>")
    anchor = _anchor(claim.id)
    where = "".join(f'<span class="equation">({html.escape(text)})</span> ' for text in _equations(claim))
    heading = f'<h3 id="{anchor}">{html.escape(claim.id)} {where}{_badge(v.verdict)}</h3>'
    body = "\n".join(parts)
    back = '<p class="back"><a href="#overview">Overview</a></p>'
    return f'<article aria-labelledby="{anchor}">\n{heading}\n{body}\n{back}\n</article>'


def _derivation(d: Any, name: str) -> str:
    """Write one derivation as a table of steps: relation, term, reason."""
    from ..proof.latex import Printer, statement_latex

    show = Printer(d.names)
    shown = f"{_wide(f'What is proved for {name}')}{math(statement_latex(d.statement, d.names), block=True)}</div>"
    if d.rule == "counterexample":
        values = (f"<li>{math(f'{show(v(*v.params))} = {show(v.body)}')}</li>" for v in d.model.values())
        return f"{shown}\n<p>Refuted: it fails for</p>\n<ul>{''.join(values)}</ul>"
    if d.rule != "chain":
        return f"{shown}\n<p>By {d.rule}.</p>"
    rows = [f"<tr><td></td><td>{math(show(d.statement.lhs))}</td><td></td></tr>"]
    rows += [
        f"<tr><td>{math(_RELATIONS[s.relation])}</td><td>{math(show(s.term))}</td><td>{html.escape(s.why)}</td></tr>"
        for s in d.steps
    ]
    body = "\n".join(rows)
    label = html.escape(f"Steps of the proof for {name}: relation, term, reason")
    table = f'<table class="steps" aria-label="{label}"><tbody>\n{body}\n</tbody></table>'
    return f"{shown}\n{_wide(f'Proof for {name}')}{table}</div>"


def _wide(name: str) -> str:
    """Open a region that scrolls sideways where the window is narrow: by the keyboard too, hence the tabindex."""
    return f'<div class="wide" role="region" tabindex="0" aria-label="{html.escape(name)}">'


def _equations(claim: Any) -> list[str]:
    """Name the equations of a claim, in one text: "Eqs. 8, 9, text"; none where its name is all there is."""
    numbers = [name for name in claim.equation if name.isdigit()]
    named = [f"Eq{'s' * (len(numbers) > 1)}. {', '.join(numbers)}"] if numbers else []
    named += [name for name in claim.equation if not name.isdigit() and name != claim.id]
    return [", ".join(named)] if named else []


def math(latex: str, *, block: bool = False) -> str:
    """Return MathML of a formula, with its LaTeX as alternative text."""
    from latex2mathml.converter import convert

    plain = _TEXT.sub(lambda match: re.sub(r"\$(.*?)\$", r"}\1\\text{", match[0]), latex)  # formulas in text
    mathml = str(convert(plain, display="block" if block else "inline"))
    mathml = mathml.replace("<mi>&#x027FA;</mi>", "<mo>&#x027FA;</mo>")  # \iff, a relation
    mathml = re.sub(r'<mi mathvariant="(script|double-struck)">([A-Z])</mi>', _letter, mathml)
    mathml = _FUNCTION.sub(_operator, mathml)
    mathml = _PRIME.sub(r'<mrow>\1<mo form="postfix" lspace="0" rspace="0">&#x02032;</mo></mrow>', mathml)
    return mathml.replace("<math ", f'<math alttext="{html.escape(latex)}" ', 1)


_TEXT = re.compile(r"\\text\{(?:[^{}$]|\$[^$]*\$)*\}")
_PRIME = re.compile(r"<msup>(<mi>[^<]*</mi>)<mi>&#x02032;</mi></msup>")  # as an exponent it is hardly seen
_FUNCTION = re.compile(r"<mi>([a-z]{2,})</mi>(?=(<(?:mrow><)?mo[^>]*>(?:[(\[]|&#x000(?:28|5B);))?)")


def _operator(match: re.Match[str]) -> str:
    """Write log, cosh, ... as operators, which get their space where no bracket follows."""
    after = "0" if match[2] else "0.17em"
    return f'<mo form="prefix" lspace="0.17em" rspace="{after}">{match[1]}</mo>'


def _letter(match: re.Match[str]) -> str:
    """Write a script or double-struck capital as the character that it is: browsers ignore mathvariant."""
    style, letter = match[1].upper(), match[2]
    try:
        return f"<mi>{unicodedata.lookup(f'MATHEMATICAL {style} CAPITAL {letter}')}</mi>"
    except KeyError:
        return f"<mi>{unicodedata.lookup(f'{style} CAPITAL {letter}')}</mi>"


def _badge(verdict: str) -> str:
    sign = _SIGNS[verdict]
    return f'<span class="badge {_TONES[sign]}"><span aria-hidden="true">{sign}</span> {verdict}</span>'


def _anchor(id: str) -> str:
    return "claim-" + "".join(c if c.isalnum() or c in "-_" else "_" for c in id)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _short(claim: Any) -> str:
    """Say how far a verdict reaches in a few words, for the table."""
    return str(claim.reach).split(" in proofs/")[0].split(" (")[0] + (", in part" if claim.part else "")


def _versions() -> str:
    found: Iterable[str] = (f"{name} {metadata.version(name)}" for name in _VERSIONS)
    from .. import __version__

    return ", ".join([f"exactrg {__version__}", f"Python {platform.python_version()}", *found])
