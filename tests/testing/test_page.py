"""docs/testing.md: its example runs, and its tables name what there is."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from exactrg import testing

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "testing.md"
TEXT = PAGE.read_text("utf-8")


def test_the_examples_run():
    results = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert results.attempted >= 5 and results.failed == 0


def test_every_assertion_is_in_the_table():
    section = TEXT.split("\n## Assertions\n")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `(assert_\w+)\(", section, flags=re.M))
    assert named == {name for name in testing.__all__ if name.startswith("assert_")}


def test_every_example_is_named_and_exists():
    named = set(re.findall(r"python examples/(\w+\.py)", TEXT))
    scripts = {path.name for path in (ROOT / "examples").glob("*.py")}
    assert named >= {name for name in scripts if name.startswith(("foreign_", "metropolis_"))} and named <= scripts


def test_names_are_lazy_and_seen_by_type_checkers():
    import ast

    tree = ast.parse(Path(testing.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    assert {a.name: node.module for node in block.body for a in node.names} == testing._MODULE_OF
    assert all(
        getattr(testing, name).__module__ == f"exactrg.testing.{testing._MODULE_OF[name]}" for name in testing.__all__
    )
    assert set(testing.__all__) <= set(dir(testing))
