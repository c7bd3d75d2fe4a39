"""`exactrg reproduce` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exactrg.cli import main


@pytest.mark.jit
def test_fig_2_and_a_quick_fig_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "figures"
    assert main(["reproduce", "fig3", "fig2", "--quick", "--out", str(out), "--json"]) == 0
    output, errors = capsys.readouterr()
    written = json.loads(output)
    assert errors == "" and list(written) == ["fig3", "fig2"]
    kinds = {Path(path).suffix for paths in written.values() for path in paths}
    assert kinds == {".json", ".csv", ".png", ".svg"}
    for paths in written.values():
        assert all(Path(path).stat().st_size > 100 for path in paths)
    (measures,) = (path for path in written["fig3"] if path.endswith("measures.json"))
    assert json.loads(Path(measures).read_text())["experiment"]["quick"] is True
    before = {path: Path(path).read_bytes() for path in written["fig3"]}
    assert main(["reproduce", "fig3", "--quick", "--out", str(out)]) == 0  # read, not repeated
    assert "QUICK" in capsys.readouterr().out
    assert {path: Path(path).read_bytes() for path in written["fig3"]} == before


def test_a_file_where_the_folder_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    assert main(["reproduce", "fig2", "--out", str(tmp_path / "taken")]) == 2
    assert "taken" in capsys.readouterr().err
