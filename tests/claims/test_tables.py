"""The ledger as tables: terminal, JSON, LaTeX and Markdown."""

from __future__ import annotations

import io
import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from exactrg import Claim, Verdict
from exactrg.claims import claims, tables
from exactrg.claims.ledger import Cases, decide

DRAWN = Cases(0, 6)
IDS = ["8", "C5", "5", "8-min"]
LATER = Claim("later", ("Fig. 9",), "Not yet.", "pending")
VERDICTS = [decide(claim, DRAWN) for claim in (*claims(), LATER) if claim.id in (*IDS, "later")]


def rendered(verdicts: list[Verdict], width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(tables.terminal_table(verdicts, width))
    file: Any = console.file
    return str(file.getvalue())


@pytest.mark.parametrize("width", [200, 130, 129, 80, 60])
def test_statements_and_verdicts_are_whole_at_every_width(width: int) -> None:
    every = [Verdict(claim, claim.expected, "1 explicit example", 1, 0.5) for claim in claims()]
    lines = rendered(every, width).splitlines()
    assert max(map(len, lines)) <= width and ("decided by" in lines[1]) == (width >= 130)
    cells = [[part.strip() for part in re.split("[│┃]", line)[1:-1]] for line in lines if "│" in line]
    for column, texts in ((1, [v.claim.id for v in every]), (3, [v.verdict for v in every])):
        assert "".join(row[column] for row in cells) == "".join(texts)
    found = "".join(row[2] for row in cells).replace(" ", "")
    assert all(v.claim.statement.replace(" ", "") in found for v in every)


def wrong(verdict: Verdict) -> Verdict:
    return replace(verdict, verdict="proved" if verdict.verdict != "proved" else "refuted")


def test_the_terminal_shows_what_is_false_and_what_is_true_instead() -> None:
    text = " ".join(re.sub("[│┃]", " ", rendered(VERDICTS)).split())
    assert "N = M = 1" in text and "N=1, M=1" in text
    assert "q = (8/5, 2/5), Delta F = 0, KL(P||p) = " in text
    assert "true instead: C5: Tr_h e^T = 1 for every v if and only if Delta F = 0 and KL(P||p) = 0" in text
    assert "ill-posed" in text and "incomplete" in text and "not yet decided" in text
    assert "ledger:" not in text


def test_a_verdict_that_differs_is_marked() -> None:
    assert "(ledger: refuted)" in rendered([wrong(VERDICTS[1])])


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_table_fits_the_terminal(width: int) -> None:
    assert max(map(len, rendered(VERDICTS, width).splitlines())) <= width


def test_summary_counts_and_names_what_differs() -> None:
    assert tables.summary(VERDICTS) == (
        "4 claims decided: 1 incomplete, 1 refuted, 1 ill-posed, 1 proved; 1 pending; all as in the ledger"
    )
    assert tables.summary([wrong(VERDICTS[1])]).endswith("1 claim decided: 1 proved; NOT as in the ledger: 8")
    assert tables.summary([]) == "0 claims decided; all as in the ledger"


def test_a_record_has_the_fields_of_verdict_and_claim() -> None:
    for verdict in VERDICTS:
        record = json.loads(json.dumps(tables.record(verdict)))
        public = {f.name for f in fields(Verdict)} - {"claim"}
        public |= {"id", "equation", "statement", "expected", "scope", "corrected"}
        assert public <= set(record)
        assert isinstance(record["equation"], list) and all(isinstance(e, str) for e in record["equation"])
        assert record["as_expected"] is True and isinstance(record["cases"], int)
        for name in ("id", "statement", "expected", "scope", "corrected"):
            assert record[name] == getattr(verdict.claim, name)


def balanced(text: str) -> None:
    """Braces, dollars, \\left and \\right, and environments pair up, row by row."""
    bare = re.sub(r"\\[{}$&%#_\\]", "", text)  # escaped characters, and line ends
    depth = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0, text
    assert depth == 0 and bare.count("$") % 2 == 0, text
    assert len(re.findall(r"\\left(?![a-z])", text)) == len(re.findall(r"\\right(?![a-z])", text)), text


def test_latex_is_balanced_for_every_claim() -> None:
    verdicts = [Verdict(claim, claim.expected, "", 7, 0.0) for claim in claims()]
    page = tables.latex_table(verdicts)
    assert page.startswith(r"\begin{longtable}") and page.endswith(r"\end{longtable}")
    assert re.findall(r"\\begin\{(\w+)", page) == re.findall(r"\\end\{(\w+)", page)
    balanced(page)
    rows = [line for line in page.splitlines() if "midrule" not in line and line.endswith(r"\\")]
    assert len(rows) == len(claims())
    for row in rows:
        balanced(row)
        assert len(re.findall(r"(?<!\\)&", row)) == 3, row


def test_latex_escapes_text() -> None:
    claim = Claim("x", ("text",), r"50% of {A_B} & c^2 ~ $ # \d", "pending")
    balanced(tables.latex_table([Verdict(claim, "pending", "", 0, 0.0)]))
    assert r"50\% of \{A\_B\} \& c\^{}2 \~{} \$ \# \textbackslash d" in tables.latex_table(
        [Verdict(claim, "pending", "", 0, 0.0)]
    )


def test_markdown_tables_keep_their_shape() -> None:
    lines = tables.equation_table(claims()).splitlines()
    assert len(lines) == len(claims()) + 2
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 for line in lines)


def test_ledger_page_has_everything() -> None:
    page = tables.ledger_page(claims())
    for claim in claims():
        assert f"## {claim.id}: {claim.expected}\n" in page
        assert claim.statement in page and claim.corrected in page and claim.formula in page


def test_ledger_page_says_how_many_systems_of_which_sizes() -> None:
    """Wherever a claim is not proved for all sizes alone; the counts are those of the verdict."""
    page = tables.ledger_page(claims())
    assert not re.search(r"these sizes(?! \()|supported by (?!\d)|a counterexample\.", page)
    assert "supported by 200 random rational systems with layers of up to 5." in page
    assert (
        "as corrected decided for these sizes (symbols on 10 systems with N up to 6 and M up to 3; 200 random" in page
    )
    for claim in claims():
        if claim.id in ("24-xi", "2B-copy", "5"):
            (reach,) = re.findall(r"these sizes \((.*)\)\.\n", tables.ledger_page([claim]))
            assert re.sub(" with [^;]*", "", reach) == decide(claim, Cases()).decided_by


def test_main_renews_both_files(tmp_path: Path) -> None:
    (tmp_path / "proofs").mkdir()
    (tmp_path / "README.md").write_text(f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n", "utf-8")
    tables.main(tmp_path)
    page = (tmp_path / "README.md").read_text("utf-8")
    assert page.startswith("before\n") and page.endswith("\nafter\n") and "old" not in page
    assert tables.insert_table(page, claims()) == page
    assert (tmp_path / "proofs" / "LEDGER.md").read_text("utf-8") == tables.ledger_page(claims())
