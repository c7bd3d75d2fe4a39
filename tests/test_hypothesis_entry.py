"""The entry point: types are known to hypothesis whichever is imported first, and nothing heavy is loaded for it.

A dist-info folder made from this checkout's pyproject.toml stands for an installed package: `importlib.metadata` finds
it on the path, as it finds one that pip wrote.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import exactrg

PACKAGE = Path(exactrg.__file__).parent.parent
HEAVY = {"numpy", "scipy", "sympy", "networkx", "numba", "flint", "mpmath", "matplotlib"}
TYPES = ("RBM", "DBN", "SpinPolynomial", "RGOperator", "BoltzmannWeight", "Exact")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with the metadata of exactrg and its entry points, as pip would write them."""
    source = Path(__file__).parent.parent / "pyproject.toml"
    groups = tomllib.loads(source.read_text("utf-8"))["project"]["entry-points"]
    info = tmp_path / "exactrg-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: exactrg\nVersion: 0\n")
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in names.items()) for group, names in groups.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return tmp_path


def run(code: str, folder: Path, **environment: str) -> str:
    """What a fresh interpreter prints that finds the package and its metadata."""
    path = os.pathsep.join([str(folder), str(PACKAGE)])
    clean = {k: v for k, v in os.environ.items() if k != "HYPOTHESIS_NO_PLUGINS"}
    env = {**clean, "PYTHONPATH": path, **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_hypothesis_loads_nothing_heavy(installed: Path) -> None:
    """Our entry point runs, and no module of another package comes with it that a bare hypothesis has not."""
    code = "import sys, hypothesis.strategies; print(' '.join(sys.modules))"
    ours, bare = (set(run(code, installed, **env).split()) for env in ({}, {"HYPOTHESIS_NO_PLUGINS": "1"}))
    assert "exactrg.hypothesis_entry" in ours and "exactrg.hypothesis_entry" not in bare
    assert {name.partition(".")[0] for name in ours} & HEAVY == {name.partition(".")[0] for name in bare} & HEAVY
    assert {name for name in ours - bare if not name.startswith("exactrg")} <= {"__future__"}
    own = {name for name in ours if name.startswith("exactrg")}
    assert own == {"exactrg", "exactrg.lazy", "exactrg.hypothesis_entry"}


@pytest.mark.parametrize("first", ["exactrg", "hypothesis"])
def test_types_are_drawn_in_either_order_of_imports(first: str, installed: Path) -> None:
    """None of our strategies is imported by the test."""
    imports = [
        f"from exactrg import {', '.join(TYPES)}",
        "from hypothesis import Phase, find, settings, strategies as st",
    ]
    code = "\n".join(imports if first == "exactrg" else imports[::-1])
    code += f"""
once = settings(database=None, max_examples=1, phases=[Phase.generate])
quick = settings(database=None, phases=[Phase.generate, Phase.shrink], deadline=None)
for cls in ({", ".join(TYPES)}):
    x = find(st.from_type(cls), lambda x: True, settings=once)
    assert type(x) is cls
    print(type(x).__name__, eval(repr(x)) == x)
print(find(st.from_type(RBM), lambda m: m.w.any() and m.kind == "exact", settings=quick))
print(find(st.builds(lambda m: m, m=st.from_type(DBN)), lambda d: len(d.rbms) == 2, settings=quick))
"""
    assert run(code, installed).splitlines() == [
        *(f"{name} True" for name in TYPES),
        "RBM([[Exact('log(2)')]])",
        "DBN([RBM([[0.0]]), RBM([[0.0]])])",
    ]


def test_all_kinds_are_drawn(installed: Path) -> None:
    code = """
from hypothesis import Phase, find, settings, strategies as st
from exactrg import SpinPolynomial
quick = settings(database=None, phases=[Phase.generate, Phase.shrink], deadline=None)
for wanted in (lambda f: f.couplings and f.kind == "float", lambda f: f.couplings and f.kind == "exact",
               lambda f: any(getattr(c, "symbols", ()) for c in f.couplings.values())):
    print(find(st.from_type(SpinPolynomial), wanted, settings=quick))
"""
    floats, exact, symbolic = run(code, installed).splitlines()
    assert "1.0" in floats and "Exact('log(2)')" in exact and "Exact('J')" in symbolic


def test_without_plugins_nothing_is_registered(installed: Path) -> None:
    code = """
from exactrg import RBM
from hypothesis import errors, strategies as st
try:
    st.from_type(RBM).example()
except Exception as error:
    print(type(error).__name__)
"""
    assert run(code, installed, HYPOTHESIS_NO_PLUGINS="1") != run(code, installed) == ""
