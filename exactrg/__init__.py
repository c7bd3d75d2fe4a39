"""exactrg settles, exactly, whether variational renormalization and deep networks of RBMs are the same construction.

The couplings carry the number system: floats give floats, real sympy symbols and logs of rationals give exact answers
whose ``==`` is a decision. `approx` has the same nouns for systems that cannot be summed.

Importing this package loads nothing: every public name is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_MODULE_OF = {
    "BoltzmannWeight": "weight",
    "CouplingError": "errors",
    "DBN": "dbn",
    "EnumerationTooLarge": "errors",
    "Exact": "numbers.exact",
    "ExactRGError": "errors",
    "RBM": "rbm",
    "RGOperator": "rg",
    "SpinPolynomial": "polynomial",
    "ZeroWeightError": "errors",
    "Claim": "claims",
    "Verdict": "claims",
    "chain": "lattices",
    "claims": "claims",
    "decimate": "one_dimension",
    "decimate_in_field": "one_dimension",
    "decimated_chain": "one_dimension",
    "decimated_hamiltonian": "decimated",
    "decimated_ring": "one_dimension",
    "decorated_rbm": "operators",
    "decimation": "operators",
    "decimation_dbn": "decimation_network",
    "decimation_rbm": "decimation_network",
    "critical_coupling": "infinite",
    "delta_f": "thermodynamics",
    "density_of_states": "thermodynamics",
    "diamond": "lattices",
    "entropy": "information",
    "exp": "weight",
    "expectation": "thermodynamics",
    "free_energy": "thermodynamics",
    "is_exact_rg": "rg",
    "ising": "hamiltonians",
    "kadanoff": "operators",
    "kl_divergence": "divergence",
    "log": "weight",
    "log_partition_function": "thermodynamics",
    "majority": "operators",
    "mutual_information": "information",
    "noisy_copy": "operators",
    "partition_function": "thermodynamics",
    "rbm_hamiltonian": "rg",
    "rectangle": "lattices",
    "rg_flow": "one_dimension",
    "rg_hamiltonian": "rg",
    "plan": "planning",
    "ring": "lattices",
    "sample": "thermodynamics",
    "square": "lattices",
    "step_information": "information",
    "trace": "weight",
    "trace_condition": "rg",
    "triangular": "lattices",
    "truncate": "truncation",
    "verify": "claims",
}

_MODULES = ("infinite", "kaufman", "one_dimension", "testing")

__all__ = sorted([*_MODULE_OF, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'exactrg' has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
