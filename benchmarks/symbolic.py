"""exactrg against sympy expressions, sympy.polys rings and symengine, on symbolic and on exact-rational tasks.

    python benchmarks/symbolic.py [--only TASK ...] [--limit SECONDS] [--json]

We start from public objects, so that conversions are included. The peers take the direct way that their user would:
they expand both sides and compare. Where that leaves something out, it is in their favour, and each file says what.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial

import symbolic_claims
import symbolic_rbm
import symbolic_sums
from common import Contender, Task, main


def import_seconds(statement: str, _: object) -> float:
    """Time an import statement in a fresh process; the warm-up leaves bytecode, as installing does."""
    program = f"from time import perf_counter as now; start = now(); {statement}; print(now() - start)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


STACK = ("sympy", "networkx", "numpy")

# The first of a task is what ratios refer to: all our names against what they stand on.
IMPORTS = Task(
    "imports",
    "Seconds to import, in a fresh process (our names may cost 1.25 times what they stand on; bare: 0.15 s)",
    (1,),
    (
        Contender("import sympy, networkx, numpy", partial(import_seconds, "import sympy, networkx, numpy"), STACK),
        Contender("from exactrg import *", partial(import_seconds, "from exactrg import *"), ("exactrg",)),
        Contender("import exactrg", partial(import_seconds, "import exactrg"), ("exactrg",)),
    ),
    reports_seconds=True,
)

TASKS = (*symbolic_rbm.TASKS, *symbolic_sums.TASKS, *symbolic_claims.TASKS, IMPORTS)

if __name__ == "__main__":
    sys.exit(main(TASKS, __file__))
