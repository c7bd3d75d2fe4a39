"""exactrg settles, exactly, whether variational renormalization and deep networks of RBMs are the same construction.

The couplings carry the number system: floats give floats, real sympy symbols and logs of rationals give exact answers
whose ``==`` is a decision. `approx` has the same nouns for systems that cannot be summed.

Importing this package loads nothing: every public name is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazy_names

__version__ = "0.1.0"

# What type checkers and editors see of the lazy names below.
if TYPE_CHECKING:
    from . import infinite as infinite
    from . import interchange as interchange
    from . import kaufman as kaufman
    from . import one_dimension as one_dimension
    from . import schemes as schemes
    from . import strategies as strategies
    from . import testing as testing
    from .claims import Claim as Claim
    from .claims import Verdict as Verdict
    from .claims import claims as claims
    from .claims import verify as verify
    from .dbn import DBN as DBN
    from .decimated import decimated_hamiltonian as decimated_hamiltonian
    from .decimation_network import decimation_dbn as decimation_dbn
    from .decimation_network import decimation_rbm as decimation_rbm
    from .divergence import kl_divergence as kl_divergence
    from .energies import energy_distribution as energy_distribution
    from .errors import CouplingError as CouplingError
    from .errors import EnumerationTooLarge as EnumerationTooLarge
    from .errors import ExactRGError as ExactRGError
    from .errors import ExecutorError as ExecutorError
    from .errors import FileAccessError as FileAccessError
    from .errors import FileFormatError as FileFormatError
    from .errors import ZeroWeightError as ZeroWeightError
    from .executors import run_jobs as run_jobs
    from .files.store import load as load
    from .files.store import save as save
    from .hamiltonians import ising as ising
    from .infinite import critical_coupling as critical_coupling
    from .information import entropy as entropy
    from .information import mutual_information as mutual_information
    from .information import step_information as step_information
    from .lattices import chain as chain
    from .lattices import diamond as diamond
    from .lattices import rectangle as rectangle
    from .lattices import ring as ring
    from .lattices import square as square
    from .lattices import triangular as triangular
    from .marginals import rbm_hamiltonian as rbm_hamiltonian
    from .maximum_likelihood import fit_maximum_likelihood as fit_maximum_likelihood
    from .maximum_likelihood import kl_gradient as kl_gradient
    from .numbers.exact import Exact as Exact
    from .one_dimension import decimate as decimate
    from .one_dimension import decimate_in_field as decimate_in_field
    from .one_dimension import decimated_chain as decimated_chain
    from .one_dimension import decimated_ring as decimated_ring
    from .one_dimension import rg_flow as rg_flow
    from .operators import decimation as decimation
    from .operators import decorated_rbm as decorated_rbm
    from .operators import kadanoff as kadanoff
    from .operators import majority as majority
    from .operators import noisy_copy as noisy_copy
    from .planning import plan as plan
    from .polynomial import SpinPolynomial as SpinPolynomial
    from .rbm import RBM as RBM
    from .rg import RGOperator as RGOperator
    from .rg import is_exact_rg as is_exact_rg
    from .rg import rg_hamiltonian as rg_hamiltonian
    from .rg import trace_condition as trace_condition
    from .schemes.fixed_points import fixed_points as fixed_points
    from .thermodynamics import delta_f as delta_f
    from .thermodynamics import density_of_states as density_of_states
    from .thermodynamics import expectation as expectation
    from .thermodynamics import free_energy as free_energy
    from .thermodynamics import log_partition_function as log_partition_function
    from .thermodynamics import partition_function as partition_function
    from .thermodynamics import sample as sample
    from .truncation import truncate as truncate
    from .weight import BoltzmannWeight as BoltzmannWeight
    from .weight import exp as exp
    from .weight import log as log
    from .weight import trace as trace

_MODULE_OF = {
    "BoltzmannWeight": "weight",
    "CouplingError": "errors",
    "DBN": "dbn",
    "EnumerationTooLarge": "errors",
    "Exact": "numbers.exact",
    "ExactRGError": "errors",
    "ExecutorError": "errors",
    "FileAccessError": "errors",
    "FileFormatError": "errors",
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
    "energy_distribution": "energies",
    "entropy": "information",
    "exp": "weight",
    "expectation": "thermodynamics",
    "fit_maximum_likelihood": "maximum_likelihood",
    "fixed_points": "schemes.fixed_points",
    "free_energy": "thermodynamics",
    "is_exact_rg": "rg",
    "ising": "hamiltonians",
    "kadanoff": "operators",
    "kl_divergence": "divergence",
    "kl_gradient": "maximum_likelihood",
    "load": "files.store",
    "log": "weight",
    "log_partition_function": "thermodynamics",
    "majority": "operators",
    "mutual_information": "information",
    "noisy_copy": "operators",
    "partition_function": "thermodynamics",
    "rbm_hamiltonian": "marginals",
    "rectangle": "lattices",
    "rg_flow": "one_dimension",
    "rg_hamiltonian": "rg",
    "plan": "planning",
    "ring": "lattices",
    "run_jobs": "executors",
    "sample": "thermodynamics",
    "save": "files.store",
    "square": "lattices",
    "step_information": "information",
    "trace": "weight",
    "trace_condition": "rg",
    "triangular": "lattices",
    "truncate": "truncation",
    "verify": "claims",
}

_MODULES = ("infinite", "interchange", "kaufman", "one_dimension", "schemes", "strategies", "testing")

# `from exactrg import *` needs no hypothesis.
__all__ = sorted({*_MODULE_OF, *_MODULES} - {"strategies"})

__getattr__, __dir__ = lazy_names(__name__, _MODULE_OF, _MODULES)
