"""The notebooks of examples/ run without an error, the first steps print what their page says, and the site has its pages."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest
from notebooks import executed

ROOT = Path(__file__).parent.parent
DOCS, EXAMPLES = ROOT / "docs", ROOT / "examples"
NOTEBOOKS = sorted(path for path in EXAMPLES.glob("*.py") if path.read_text("utf-8").startswith("# ---\n# jupyter:"))


@pytest.mark.jit
def test_the_notebooks_run_and_a_wrong_cell_is_seen(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("# %%\n1 / 0\n", "utf-8")
    assert len(NOTEBOOKS) == 6
    *notebooks, error = executed([*NOTEBOOKS, wrong])
    for path, notebook in zip(NOTEBOOKS, notebooks, strict=True):
        assert not isinstance(notebook, Exception), f"{path.name}: {notebook}"
        outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        assert [o.text for o in outputs if o.get("name") == "stderr"] == [], path.name
        pictures = sum("image/png" in output.get("data", {}) for output in outputs)
        assert outputs and pictures >= path.read_text("utf-8").count("plt.subplots("), path.name
    assert "ZeroDivisionError" in str(error)


def test_the_first_steps_print_what_the_page_says() -> None:
    results = doctest.testfile(str(DOCS / "first_steps.md"), module_relative=False, encoding="utf-8")
    assert results.attempted >= 15 and results.failed == 0


def test_the_site_names_pages_that_exist_and_has_all_of_them() -> None:
    index = (DOCS / "index.md").read_text("utf-8")
    trees = re.findall(r"```{toctree}\n(.*?)```", index, flags=re.S)
    entries = [line for tree in trees for line in tree.splitlines() if line and not line.startswith(":")]
    named: set[Path] = set()
    for entry in entries:
        found = {path for suffix in (".md", ".py") for path in DOCS.glob(f"{entry}{suffix}")}
        assert found, entry
        named |= {path.resolve() for path in found}
    pages = {*DOCS.glob("*.md"), *NOTEBOOKS} - {DOCS / "index.md"}
    assert {path.resolve() for path in pages} - named == set(), "add them to docs/index.md"


def test_the_reference_names_modules_that_exist() -> None:
    for page in (DOCS / "api").glob("*.md"):
        (module,) = re.findall(r"automodule:: (\S+)", page.read_text("utf-8"))
        assert import_module(module).__doc__
