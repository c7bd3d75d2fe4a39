"""Assertions for other people's code: numpy arrays in, the exact answer beside them, a report out.

Deterministic assertions allow for rounding, and say how much; stochastic ones take the probability of a false alarm and
say how small an error they would have seen. Each returns a frozen report, and raises AssertionError with its text.
Importing this package loads nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .estimates import EstimateReport as EstimateReport
    from .estimates import assert_free_energy_estimate as assert_free_energy_estimate
    from .free_energies import FreeEnergyReport as FreeEnergyReport
    from .free_energies import assert_free_energy as assert_free_energy
    from .gradients import GradientReport as GradientReport
    from .gradients import assert_gradient as assert_gradient
    from .marginals import MarginalsReport as MarginalsReport
    from .marginals import assert_rbm_marginals as assert_rbm_marginals
    from .means import MeansReport as MeansReport
    from .means import assert_means as assert_means
    from .rbm_gradients import rbm_gradient as rbm_gradient
    from .reports import FailedAssertion as FailedAssertion
    from .sampling import SamplerReport as SamplerReport
    from .sampling import assert_samples_from as assert_samples_from
    from .sampling import assert_stationary as assert_stationary
    from .statistics import Statistic as Statistic
    from .steps import ExactRGReport as ExactRGReport
    from .steps import assert_exact_rg as assert_exact_rg
    from .tables import configurations as configurations

_MODULE_OF = {
    "EstimateReport": "estimates",
    "ExactRGReport": "steps",
    "FailedAssertion": "reports",
    "FreeEnergyReport": "free_energies",
    "GradientReport": "gradients",
    "MarginalsReport": "marginals",
    "MeansReport": "means",
    "SamplerReport": "sampling",
    "Statistic": "statistics",
    "assert_exact_rg": "steps",
    "assert_free_energy": "free_energies",
    "assert_free_energy_estimate": "estimates",
    "assert_gradient": "gradients",
    "assert_means": "means",
    "assert_rbm_marginals": "marginals",
    "assert_samples_from": "sampling",
    "assert_stationary": "sampling",
    "configurations": "tables",
    "rbm_gradient": "rbm_gradients",
}

__all__ = sorted(_MODULE_OF)

__getattr__, __dir__ = lazy_names(__name__, _MODULE_OF)
