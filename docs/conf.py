"""Sphinx: the pages of docs/, the notebooks of examples/ and proofs/ (executed), and the API from docstrings.

The source folder is the repository, so that links between its files work there and on the site alike.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from docutils import nodes

import exactrg
from exactrg.claims.report import math

ROOT = Path(__file__).parent.parent

project = "exactrg"
author = "The exactrg founders"
release = exactrg.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
root_doc = "docs/index"
include_patterns = [
    "docs/*.md",
    "docs/api/*.md",
    "examples/*.py",
    "proofs/*.py",
    "proofs/*.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
]
# Scripts that are no notebooks.
exclude_patterns = [
    str(path.relative_to(ROOT))
    for folder in ("examples", "proofs")
    for path in (ROOT / folder).glob("*.py")
    if not path.read_text("utf-8").startswith("# ---\n# jupyter:")
]

source_suffix = {".md": "myst-nb", ".py": "myst-nb"}
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "force"  # a cache would not see that the package has changed
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True}
autodoc_typehints = "none"  # the docstrings say more
autodoc_class_signature = "mixed"
napoleon_numpy_docstring, napoleon_google_docstring = True, False
napoleon_use_ivar = True
python_maximum_signature_line_length = 88
add_module_names = False
suppress_warnings = ["ref.python"]  # some names are public in a package and in its module

html_theme = "furo"
html_title = f"exactrg {release}"
html_show_sourcelink = html_show_copyright = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]


def formula(self: Any, node: Any, block: bool) -> None:
    """Write a formula as MathML, as the report of `exactrg verify --html` does: no script, no network."""
    latex = node.astext().replace("{aligned}", "{align*}")  # the one that latex2mathml knows
    text = math(latex, block=block)
    self.body.append(f'<div class="math">{text}</div>' if block else text)
    raise nodes.SkipNode


def mend(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Undo what napoleon reads into a property ("type: text"), and keep |K| from being read as a substitution."""
    if what == "property" and "---" not in (text := inspect.getdoc(obj) or ""):
        lines[:] = [*text.splitlines(), ""]
    for k, line in enumerate(lines):
        if "|" in line and not line.lstrip().startswith((">>>", "...")):
            parts = line.split("`")
            lines[k] = "`".join(part if inside % 2 else part.replace("|", "\\|") for inside, part in enumerate(parts))


def setup(app: Any) -> None:
    """Register the renderer of formulas, and what prepares docstrings."""
    app.connect("autodoc-process-docstring", mend, priority=900)
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(lambda self, node: formula(self, node, False), None),
        block_renderers=(lambda self, node: formula(self, node, True), None),
    )


html_math_renderer = "mathml"
