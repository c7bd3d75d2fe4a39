"""Someone's free energy or log Z against the exact one (Eqs. 2, 4 and 7)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..counts import require_count
from ..errors import CouplingError, InputError
from ..numbers.exact import Exact
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..thermodynamics import log_partition_function
from ..weight import BoltzmannWeight
from .reports import require_passed
from .tables import array_of, epsilon, numbers, require_one_of, require_rate, require_real


@dataclass(frozen=True)
class FreeEnergyReport:
    """What `assert_free_energy` compared.

    Parameters
    ----------
    quantity : str
    value, exact : object
        Someone's and ours: floats, or exact numbers.
    tolerance : float
        Largest difference that rounding explains; 0 if the comparison is a decision.
    passed : bool
    hint : str
        What would make them agree, where something simple does.
    """

    quantity: str
    value: Any
    exact: Any
    tolerance: float
    passed: bool
    hint: str = ""

    @property
    def detects(self) -> float:
        """The smallest error that is surely seen: twice the tolerance."""
        return 2 * self.tolerance

    def __str__(self) -> str:
        seen = f"rounding allows {self.tolerance:.3g}, would see {self.detects:.3g}"
        decided = seen if self.tolerance else "decided exactly"
        text = f"{self.quantity} = {self.value}, exactly {self.exact} ({decided})"
        return text + (f"; {self.hint}" if self.hint else "")


def assert_free_energy(
    value: Any,
    H: SpinPolynomial | RBM | NDArray[Any],
    *,
    quantity: str = "free_energy",
    beta: float = 1.0,
    terms: int | None = None,
    rate: float = 1e-6,
) -> FreeEnergyReport:
    """Assert that F = -log(Z) / beta, or log Z, with Z = Tr e^{-beta H}, is the exact one (Eqs. 2 and 4).

    Parameters
    ----------
    value : number
        Someone's answer: a float (float32 is compared as such), or exact: an `Exact`, a rational, a sympy expression.
    H : SpinPolynomial, RBM or array
        Energy in units of kT, or in other units with their ``beta``; an array holds the energies of all configurations,
        in any shape.
    quantity : {"free_energy", "log_partition_function"}
    beta : float
        Inverse temperature. Exact couplings have 1.
    terms : int, optional
        How many roundings a configuration's energy and its sum go through; by default couplings and sites together. Raise
        it for a method that rounds more often.
    rate : float
        Checked and not used, so that all assertions take it: nothing is random here, and a right answer never fails.

    Returns
    -------
    FreeEnergyReport
        With the smallest error that would have been seen, as ``detects``.

    Raises
    ------
    FailedAssertion
        An AssertionError with the report: it says so if the sign, a factor of N, a missing constant or N log 2 explains it.
    InputError, CouplingError
        For a value or an H that is no number, or floats with an exact H.
    EnumerationTooLarge
        Where no engine sums H.

    Notes
    -----
    The tolerance is terms * eps * (1 + sum of the absolute couplings) for log Z, and eps |log Z|.
    """
    require_quantity(quantity)
    require_rate(rate)
    beta = require_real("beta", beta, "a positive number", lambda x: 0 < x < inf)
    if terms is not None:
        require_count("terms", terms, 1, 10**9)
    if isinstance(H, SpinPolynomial | RBM) and H.kind == "exact":
        report = _decided(value, H, quantity, beta)
    else:
        report = _compared(value, H, quantity, beta, terms)
    return require_passed(report, "the free energy is wrong" if quantity == "free_energy" else "log Z is wrong")


def require_quantity(quantity: Any) -> None:
    """InputError unless the quantity is known."""
    require_one_of("quantity", quantity, {"free_energy": "", "log_partition_function": ""})


def is_energy(H: Any) -> bool:
    """Whether this is, or was meant to be, an energy, and no number."""
    return (
        isinstance(H, SpinPolynomial | RBM | BoltzmannWeight)
        or hasattr(H, "adjacency")
        or array_of(H, "the energies").ndim > 0
    )


def exact_log_z(H: Any, beta: float = 1.0) -> tuple[float, int, float, int]:
    """Return log Z, the number of terms in H, the sum of their sizes, and the number of sites."""
    if isinstance(H, BoltzmannWeight):
        raise InputError("H is a BoltzmannWeight, e^{-H}: expected an energy; write -log(weight)")
    if isinstance(H, RBM):
        H = H.energy()
    if isinstance(H, SpinPolynomial):
        sizes = [abs(float(beta * coupling)) for coupling in H.couplings.values()]
        return float(log_partition_function(H * float(beta))), len(sizes), sum(sizes), len(H.sites)
    from scipy.special import logsumexp

    energies = beta * numbers(H, "the energies")
    if not energies.size or np.isnan(energies).any() or np.isneginf(energies).any() or np.isposinf(energies).all():
        raise InputError("the energies of all configurations must be numbers above -infinity, and not all infinite")
    if energies.size & (energies.size - 1):
        raise InputError(f"{energies.size} energies: expected those of all configurations, 2**n of n spins")
    size = float(np.abs(energies[np.isfinite(energies)]).max())
    return float(logsumexp(-energies)), 1, size, energies.size.bit_length() - 1


def _compared(value: Any, H: Any, quantity: str, beta: float, terms: int | None) -> FreeEnergyReport:
    given = numbers(value, "the value")
    if given.shape != ():
        raise InputError(f"the value has shape {given.shape}: expected one number")
    log_z, count, size, n = exact_log_z(H, beta)
    factor = -1.0 / beta if quantity == "free_energy" else 1.0
    count = count + n if terms is None else terms
    scale = epsilon(value) * (count * (1.0 + size) + abs(log_z))
    exact, tolerance = factor * log_z, abs(factor) * scale
    passed = bool(abs(float(given) - exact) <= tolerance)
    hint = "" if passed else _hint(float(given), log_z, factor, tolerance, n, _constant(H), beta)
    return FreeEnergyReport(quantity, float(given), exact, tolerance, passed, hint)


def _decided(value: Any, H: SpinPolynomial | RBM, quantity: str, beta: float) -> FreeEnergyReport:
    if beta != 1:
        raise InputError(f"beta={beta!r} with exact couplings: expected 1; multiply H by an integer or a rational")
    if value is None or isinstance(value, bool | np.bool_ | str):
        raise InputError(f"the value is {value!r}: expected a number, such as Exact(...) or a sympy expression")
    if isinstance(value, float | np.floating):
        raise CouplingError(f"the value {value!r} is a float and H is exact: give an exact value, or an H with floats")
    given = value if isinstance(value, Exact) else Exact(value)
    log_z = log_partition_function(H)
    exact = -log_z if quantity == "free_energy" else log_z
    passed = bool(given == exact)
    hint = "the sign is the other one" if not passed and given == -exact else ""
    return FreeEnergyReport(quantity, given, exact, 0.0, passed, hint)


def _constant(H: Any) -> float:
    """Return the constant term of an energy."""
    if isinstance(H, RBM):
        return float(H.constant)
    return float(H.couplings.get(frozenset(), 0.0)) if isinstance(H, SpinPolynomial) else 0.0


def _hint(value: float, log_z: float, factor: float, tolerance: float, n: int, constant: float, beta: float) -> str:
    """Say which simple change makes the value right."""
    exact = factor * log_z
    explanations = {
        "the sign is the other one": -exact,
        f"it is right for one of the {n} sites: multiply by {n}": exact / max(n, 1),
        "it is right but for the sign, for one site": -exact / max(n, 1),
        f"it is right if Tr is an average over configurations: {n} log 2 is missing": factor * (log_z - n * log(2.0)),
        f"it lacks the constant {constant:g} of H": exact - constant if factor < 0 else exact + beta * constant,
        "it is log Z: F = -log(Z) / beta": log_z,
        "it is -log Z: divide by beta": -log_z,
    }
    return next((text for text, other in explanations.items() if abs(value - other) <= tolerance), "")
