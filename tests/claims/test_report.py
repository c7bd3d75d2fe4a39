"""The page of verdicts: whole, valid, self-contained; in a browser, every formula is drawn and nothing is complained of."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from exactrg.claims import Verdict, claims
from exactrg.claims.derivations import derivations_of, script_path
from exactrg.claims.reach import AUDIT, SCRIPTS
from exactrg.claims.report import html_report, math
from exactrg.errors import MissingFileError

VOID = {"meta", "link", "br", "img"}


class Page(HTMLParser):
    """Identifiers, links, texts; errors for tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [values["id"]] if values.get("id") else []
        self.links += [values["href"]] if tag == "a" and values.get("href") else []
        self.sources += [
            x for name, x in values.items() if name in ("src", "srcset") or (tag == "link" and name == "href") if x
        ]

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page() -> str:
    """All claims, with the verdicts of the ledger and one that differs."""
    verdicts = [
        Verdict(c, c.expected, "1 explicit example", 1, 0.5, "a <b> & c" * (c.expected != "proved")) for c in claims()
    ]
    verdicts[0] = replace(verdicts[0], verdict="refuted", counterexample="N = M = 1")
    return html_report(verdicts, seed=7)


def test_every_claim_has_its_article_and_every_link_its_target(page: str) -> None:
    found = Page(page)
    assert len(found.ids) == len(set(found.ids))
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)
    assert len([id for id in found.ids if id.startswith("claim-")]) == len(claims())
    assert page.count("<article") == len(claims())
    assert found.sources == ["data:,"]  # nothing is fetched
    assert "http://" not in page.replace("http://www.w3.org/1998/Math/MathML", "") and "<script" not in page


def test_what_is_shown(page: str) -> None:
    assert page.startswith("<!DOCTYPE html>") and '<html lang="en">' in page
    assert "a &lt;b&gt; &amp; c" in page and "a <b>" not in page
    assert "The ledger says: proved." in page and "NOT as in the ledger: 1" in page
    assert "seed 7" in page and re.search(r"sympy \d", page)
    for claim in claims():
        assert f">{claim.id} <span" in page or claim.id != claim.id.strip()
    assert "<dt>Coq</dt><dd>Mapping.C7, Spins.C7_paper (proofs/audit)</dd>" in page
    assert page.count("<dt>Coq</dt>") == len(AUDIT)
    assert page.count("<details>") == sum(len(ids) for ids in SCRIPTS.values())


def test_tables_regions_and_headings_have_names(page: str) -> None:
    assert len(re.findall("<table", page)) == len(re.findall('<table[^>]* aria-label="[^"]+"', page)) > 50
    wide = re.findall('<div class="wide"[^>]*>', page)
    names = [re.fullmatch('<div class="wide" role="region" tabindex="0" aria-label="([^"]+)">', tag) for tag in wide]
    assert len(wide) > 150 and all(names) and len({name[1] for name in names if name}) == len(wide)
    headings = [re.sub("<[^>]*>", "", text) for text in re.findall("<h3[^>]*>(.*?)</h3>", page)]
    assert len(headings) == len(claims())
    for claim, heading in zip(claims(), headings, strict=True):
        assert all(name in heading for name in claim.equation)
        assert ("Eq. 8" in heading) == ("8" in claim.equation and len(claim.equation) < 3)
    assert "8 (Eq. 8) ✗ refuted" in headings and "C1 ✓ proved" in headings


def test_every_formula_is_mathml_without_leftovers(page: str) -> None:
    formulas = re.findall(r"<math .*?</math>", page, flags=re.DOTALL)
    assert len(formulas) > 300
    for formula in formulas:
        tree = ElementTree.fromstring(formula)
        assert not list(tree.iter("{http://www.w3.org/1998/Math/MathML}merror"))
        assert "\\" not in "".join(tree.itertext()), formula
        assert tree.attrib["alttext"]


def test_script_letters_are_characters() -> None:
    assert "<mi>𝒵</mi>" in math(r"\mathcal Z") and "<mi>𝔼</mi>" in math(r"\mathbb E")
    assert "<mi>ℰ</mi>" in math(r"\mathcal E")
    assert 'alttext="a &lt; b"' in math("a < b")


def test_a_claim_shows_the_derivations_of_all_its_parts() -> None:
    by_id = {claim.id: claim for claim in claims()}
    assert [d.part for d in derivations_of(by_id["C3"])] == [0, 1]
    assert derivations_of(by_id["3B-C-paper"]) == []
    with pytest.raises(MissingFileError, match=r"nothing\.py: not found"):
        script_path("proofs/nothing.py")


def test_the_wheel_brings_every_script() -> None:
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {f"proofs/{name}.py": f"exactrg/proof/scripts/{name}.py" for name in sorted(SCRIPTS)}


@pytest.mark.parametrize("width", [900, 500])  # 500 is Chromium's least
def test_in_a_browser(width: int, page: str, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium here; Debian: apt-get install chromium")
    probe = """<script>
const boxes = [...document.querySelectorAll("math")].map(m => m.getBoundingClientRect());
document.querySelectorAll("details").forEach(d => d.open = true);
const drawn = [...document.querySelectorAll("math")].filter(m => m.getBoundingClientRect().width > 0).length;
const links = [...document.querySelectorAll("a")].filter(a => document.getElementById(a.hash.slice(1)));
const root = document.documentElement;
document.title = JSON.stringify({formulas: boxes.length, drawn: drawn, links: links.length,
  all: document.querySelectorAll("a").length, width: window.innerWidth,
  wide: root.scrollWidth > root.clientWidth});
</script></body>"""
    (tmp_path / "page.html").write_text(page.replace("</body>", probe), "utf-8")
    command = [
        browser,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--window-size={width},900",
    ]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", (tmp_path / "page.html").as_uri()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
    assert "CONSOLE" not in done.stderr
    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title is not None
    found = json.loads(title[1])
    assert found["drawn"] == found["formulas"] > 300 and found["width"] == width
    assert found["links"] == found["all"] and not found["wide"]


def test_formulas_within_text_are_formulas() -> None:
    shown = math(r"x && \text{where $s^2$ = 1, for $e^{J}$}")
    assert "$" not in shown.split(">", 1)[1] and "<msup><mi>s</mi><mn>2</mn></msup>" in shown
    assert shown.count("<mtext>") == 2


def test_arrows_are_relations_and_so_have_space() -> None:
    for arrow in ("iff", "Rightarrow", "to"):
        assert re.search(r"<mo[^>]*>&#x02\w+;</mo>", math(rf"a \{arrow} b")), arrow


def test_functions_have_space_and_primes_are_not_exponents() -> None:
    shown = math(r"\log Z' = \log(x)")
    assert '<mo form="prefix" lspace="0.17em" rspace="0.17em">log</mo>' in shown
    assert '<mo form="prefix" lspace="0.17em" rspace="0">log</mo><mo stretchy="false">&#x00028;</mo>' in shown
    assert '<mi>Z</mi><mo form="postfix" lspace="0" rspace="0">&#x02032;</mo>' in shown and "<msup>" not in shown
