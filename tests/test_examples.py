"""The notebooks of examples/ run without an error, and an error in a cell is seen."""

from __future__ import annotations

from pathlib import Path

from notebooks import executed

EXAMPLES = Path(__file__).parent.parent / "examples"
NOTEBOOKS = sorted(path for path in EXAMPLES.glob("*.py") if path.read_text("utf-8").startswith("# ---\n# jupyter:"))


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
