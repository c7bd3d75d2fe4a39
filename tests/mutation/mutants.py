"""Make the mutants of a file with mutmut's operators and trampolines: one file that holds them all."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import ndiff
from pathlib import Path

import libcst as cst
from mutmut.mutation.file_mutation import mutate_file_contents

UNDERSTOOD = {"classmethod", "staticmethod"}  # mutmut mutates these as they are and skips other decorated functions


class Undecorate(cst.CSTTransformer):
    """Rewrite `@property def f` as `def f` and `f = property(f)`."""

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.BaseStatement]:
        decorators = [d.decorator for d in updated_node.decorators]
        if not decorators or any(isinstance(d, cst.Name) and d.value in UNDERSTOOD for d in decorators):
            return updated_node
        return cst.FlattenSentinel([updated_node.with_changes(decorators=()), _applied(updated_node.name, decorators)])


def _applied(name: cst.Name, decorators: Sequence[cst.BaseExpression]) -> cst.SimpleStatementLine:
    value: cst.BaseExpression = name
    for decorator in reversed(decorators):
        value = cst.Call(decorator, [cst.Arg(value)])
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(name)], value)])


@dataclass(frozen=True)
class Mutant:
    """One change of one function."""

    module: str
    name: str  # mutmut's, for the trampoline
    before: str
    after: str

    @property
    def function(self) -> str:
        """The trampoline that leads to it."""
        return f"{self.module}.{self.name.rsplit('__mutmut_', 1)[0]}"

    @property
    def place(self) -> str:
        """Where it is, readable: module.function."""
        function = self.name.rsplit("__mutmut_", 1)[0].removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
        return f"{self.module.removeprefix('exactrg.')}.{function}"


def mutate(root: Path, path: str) -> list[Mutant]:
    """Rewrite a file of the copy under root with all its mutants inside; return them."""
    source = cst.parse_module((root / path).read_text("utf-8")).visit(Undecorate()).code
    mutated = mutate_file_contents(path, source)
    (root / path).write_text(mutated.code, "utf-8")
    lines = mutated.code.splitlines()
    functions = {
        node.name: lines[node.lineno - 1 : node.end_lineno]
        for node in ast.walk(ast.parse(mutated.code))
        if isinstance(node, ast.FunctionDef)
    }
    module = path.removesuffix(".py").replace("/", ".")
    mutants = []
    for name in mutated.mutant_names:
        original = name.rsplit("__mutmut_", 1)[0] + "__mutmut_orig"
        changed = list(ndiff(_body(functions[original], original), _body(functions[name], name)))
        before, after = (" / ".join(line[2:].strip() for line in changed if line[:2] == sign) for sign in ("- ", "+ "))
        mutants.append(Mutant(module, name, before, after))
    return mutants


def _body(lines: list[str], name: str) -> list[str]:
    return [line.replace(name, "f") for line in lines]
