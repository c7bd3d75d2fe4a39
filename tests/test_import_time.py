"""What an import loads, by the set of modules: times vary, sets do not."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["numba", "matplotlib", "sklearn", "IPython", "pandas", "torch", "hypothesis", "pytest"]
PUBLIC = [
    *("BoltzmannWeight", "DBN", "EnumerationTooLarge", "Exact", "ExactRGError", "RBM", "RGOperator"),
    *("SpinPolynomial", "ZeroWeightError", "chain", "decorated_rbm", "decimation", "delta_f", "diamond"),
    *("exp", "expectation", "free_energy", "is_exact_rg", "ising", "kadanoff", "kl_divergence", "log"),
    *("log_partition_function", "majority", "partition_function", "rbm_hamiltonian", "rectangle"),
    *("rg_hamiltonian", "ring", "sample", "square", "trace", "trace_condition", "triangular", "claims"),
    *("verify", "Claim", "Verdict"),
]


def modules_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after some code."""
    code += "\nimport sys; print(' '.join({name.partition('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_bare_import_loads_nothing() -> None:
    assert not modules_after("import exactrg") & {*HEAVY, "numpy", "scipy", "sympy", "networkx", "flint", "mpmath"}


def test_all_public_names_load_nothing_heavy() -> None:
    names = ", ".join(PUBLIC)
    loaded = modules_after(f"from exactrg import {names}")
    assert {"sympy", "networkx", "numpy"} <= loaded
    assert not loaded & {*HEAVY, "tqdm", "rich"}


def test_a_first_symbolic_result_needs_no_compiler() -> None:
    code = (
        "from exactrg import *; import sympy; J = sympy.Symbol('J', real=True); print(free_energy(ising(ring(4), J)))"
    )
    assert "numba" not in modules_after(code)


@pytest.mark.parametrize("name", PUBLIC)
def test_names_are_listed(name: str) -> None:
    import exactrg

    assert name in exactrg.__all__ and name in dir(exactrg)


def test_unknown_names() -> None:
    import exactrg

    with pytest.raises(AttributeError, match="module 'exactrg' has no attribute 'nonsense'"):
        exactrg.nonsense


def test_type_checkers_see_every_lazy_name() -> None:
    import ast
    from pathlib import Path

    import exactrg

    tree = ast.parse(Path(exactrg.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}  # type: ignore[attr-defined]
    assert seen == {**exactrg._MODULE_OF, **dict.fromkeys(exactrg._MODULES)}
