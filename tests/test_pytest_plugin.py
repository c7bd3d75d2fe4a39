"""The plugin in pytest runs of its own, loaded by name: an installed entry point would load it too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(folder, code, *options, ini=""):
    (folder / "test_it.py").write_text(code)
    (folder / "pytest.ini").write_text("[pytest]\n" + ini)
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_ADDOPTS", None)
    command = [sys.executable, "-m", "pytest", "-p", "exactrg.pytest_plugin", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_the_entry_point_is_the_plugin():
    text = (ROOT / "pyproject.toml").read_text()
    block = text.split("[project.entry-points.pytest11]")[1].split("[")[0]
    assert block.split() == ["exactrg", "=", '"exactrg.pytest_plugin"']


def test_a_run_that_does_not_use_it_imports_nothing_and_prints_nothing(tmp_path):
    code = (
        "import sys\ndef test_it():\n    heavy = ('numpy', 'scipy', 'sympy', 'numba', 'flint', 'networkx', 'hypothesis')\n"
        "    assert not [m for m in heavy if m in sys.modules]\n"
        "    ours = {m for m in sys.modules if m.startswith('exactrg')}\n"
        "    assert ours == {'exactrg', 'exactrg.lazy', 'exactrg.pytest_plugin'}\n"
    )
    status, text = run(tmp_path, code)
    assert status == 0 and "exactrg" not in text, text


DRAWS = "def test_a(exactrg_rng, exactrg_rate):\n    print('drew', exactrg_rng.random(), exactrg_rate)\n"


def drawn(text):
    return re.findall(r"drew (\S+) (\S+)", text)


def test_each_test_has_its_own_numbers_whatever_the_order(tmp_path):
    code = DRAWS + "import pytest\n@pytest.mark.parametrize('x', [1, 2])\n" + DRAWS.replace("test_a(", "test_b(x, ")
    everything = drawn(run(tmp_path, code, "-s")[1])
    assert len({x for x, _ in everything}) == 3 and {rate for _, rate in everything} == {"1e-06"}
    assert drawn(run(tmp_path, code, "-s", "-k", "test_b and 2")[1]) == everything[2:]


def test_options_go_before_the_ini_file(tmp_path):
    first = run(tmp_path, DRAWS, "-s", ini="exactrg_seed = 7\nexactrg_rate = 1e-3\n")[1]
    assert "exactrg: seed 7, rate 0.001" in first
    second = run(tmp_path, DRAWS, "-s", "--exactrg-seed=7", "--exactrg-rate=1e-3")[1]
    third = run(tmp_path, DRAWS, "-s", "--exactrg-seed=8", ini="exactrg_seed = 7\n")[1]
    assert drawn(first) == drawn(second) != drawn(third)


def test_a_failure_says_how_to_repeat_it_even_if_the_seed_was_drawn(tmp_path):
    code = DRAWS + "    assert False\ndef test_other():\n    assert False\n"
    status, text = run(tmp_path, code, "--exactrg-seed=random", "--exactrg-rate=0.01")
    assert status == 1
    (command,) = re.findall(r"repeat with: pytest (.*)", text)
    nodeid, seed, rate = re.fullmatch(r'"(\S+)" --exactrg-seed=(\d+) --exactrg-rate=(\S+)', command).groups()
    assert nodeid == "test_it.py::test_a" and rate == "0.01"
    assert drawn(run(tmp_path, code, nodeid, f"--exactrg-seed={seed}", f"--exactrg-rate={rate}")[1]) == drawn(text)


@pytest.mark.parametrize(
    "option", ["--exactrg-seed=-1", "--exactrg-seed=x", "--exactrg-rate=0", "--exactrg-rate=often"]
)
def test_bad_options(tmp_path, option):
    status, text = run(tmp_path, DRAWS, option)
    assert status == 4 and f"{option}: expected" in text


def test_an_assertion_of_the_kit_inside(tmp_path):
    code = (
        "import numpy as np\nfrom exactrg.testing import assert_samples_from\n"
        "def test_fair(exactrg_rng, exactrg_rate):\n"
        "    spins = exactrg_rng.choice([1, -1], (2000, 1))\n    assert_samples_from(spins, [1, 1], rate=exactrg_rate)\n"
        "def test_biased(exactrg_rng, exactrg_rate):\n"
        "    spins = exactrg_rng.choice([1, -1], (2000, 1))\n    assert_samples_from(spins, [2, 1], rate=exactrg_rate)\n"
    )
    status, text = run(tmp_path, code)
    assert status == 1 and "1 failed, 1 passed" in text and "worst cells" in text
