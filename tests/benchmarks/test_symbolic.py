"""The symbolic benchmark: all contenders solve the same task, and their answers are right on small sizes."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from importlib import import_module
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
NEEDED = {"sympy", "networkx", "numpy", "flint", "mpmath", "exactrg"}  # by the package itself


@pytest.fixture
def symbolic(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("symbolic")


def brute_force(bonds: list[tuple[int, int]], x: list[Fraction]) -> str:
    """Z by summing over configurations, each bond with its own e^K."""
    n = 1 + max(max(bond) for bond in bonds)
    total = sum(
        prod(y ** (s[i] * s[j]) for (i, j), y in zip(bonds, x, strict=True)) for s in product((1, -1), repeat=n)
    )
    return f"{float(total):.10g}"


def expected(task: str, size: int) -> str:
    """Decisions are true; Z is a number at e^{K_k} = (k+3)/(k+2)."""
    if task == "lattice":
        sites = list(product(range(size), repeat=2))
        bonds = [(size * i + j, size * i + j + 1) for i, j in sites if j + 1 < size]
        bonds += [(size * i + j, size * i + j + size) for i, j in sites if i + 1 < size]
        return brute_force(bonds, [Fraction(3, 2)] * len(bonds))
    if task == "ring":
        return brute_force([(k, (k + 1) % size) for k in range(size)], [Fraction(k + 3, k + 2) for k in range(size)])
    return "True"


@pytest.mark.parametrize("name", ["eq21", "normalization", "lattice", "ring", "radicals", "claims"])
def test_contenders_agree(symbolic: Any, name: str) -> None:
    task = next(task for task in symbolic.TASKS if task.name == name)
    tested = [contender for contender in task.contenders if NEEDED.issuperset(contender.needs)]
    assert len(tested) >= 2
    for size in task.sizes[:2]:
        for contender in tested:
            result = contender.run(task.prepare(size, 1))
            assert contender.answer(result) == expected(name, size), (contender.name, size)


def test_every_task_is_tested_or_timed_from_outside(symbolic: Any) -> None:
    names = [task.name for task in symbolic.TASKS]
    assert names == ["eq21", "normalization", "lattice", "ring", "radicals", "claims", "imports"]
    assert {task.contenders[0].name for task in symbolic.TASKS[:-1]} == {"exactrg"}


@pytest.mark.parametrize("module", ["sympy", None])
def test_different_sides_are_not_equal(symbolic: Any, module: str | None) -> None:
    rbm = symbolic.symbolic_rbm

    def broken(n: int, run: int) -> list[tuple[Any, Any]]:
        sides = rbm.sides_of_exponentials(n, run) if module else rbm.sides_in_ring(n, run)
        return [(left, 2 * right) for left, right in sides]

    assert not rbm.sides_agree(broken, module, (2, 0))
    assert not rbm.totals_agree(broken, module, (2, 0))


def test_sums_of_logarithms_that_do_not_vanish(symbolic: Any) -> None:
    claims = symbolic.symbolic_claims
    assert claims.zero_to_50_digits([(Fraction(1, 3), Fraction(8)), (Fraction(-1), Fraction(2))])
    assert not claims.zero_to_50_digits([(Fraction(1, 3), Fraction(8)), (Fraction(-1), Fraction(3))])
    weights = claims.random_weights(2, 0)
    assert not claims.claims_direct(weights, Fraction, lambda terms: False)


def test_import_seconds(symbolic: Any) -> None:
    assert 0 < symbolic.import_seconds("import math", None) < 60
    with pytest.raises(subprocess.CalledProcessError):
        symbolic.import_seconds("import no_such_module_anywhere", None)
