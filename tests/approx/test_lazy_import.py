from __future__ import annotations

import os
import subprocess
import sys

import approx


def test_importing_loads_nothing_and_every_name_resolves():
    code = "import sys, approx; print(sorted({'numpy', 'numba', 'sympy', 'networkx'} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    shown = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
    assert all(getattr(approx, name) is not None for name in approx.__all__)
    assert set(approx.__all__) <= set(dir(approx))


def test_no_public_function_hides_behind_a_module_of_its_name():
    import pkgutil

    assert not {module.name for module in pkgutil.iter_modules(approx.__path__)} & set(approx.__all__)
