"""Partition functions, free energies, expectations and exact samples: Eqs. 1, 2, 4, 7 and 8. Everything in units of kT."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import FloatOverflowError, InputError
from .numbers.exact import Exact
from .polynomial import SpinPolynomial
from .rbm import RBM
from .rg import RGOperator, coarse_weight, marginal_weight
from .sites import require_known
from .weight import BoltzmannWeight, exp

_LOG_MAX = float(np.log(np.finfo(np.float64).max))


def boltzmann_factor(H: SpinPolynomial | RBM) -> BoltzmannWeight:
    """e^{-H}, of a Hamiltonian or of the joint energy of an RBM."""
    if isinstance(H, RBM):
        H = H.energy()
    if not isinstance(H, SpinPolynomial):
        raise InputError(f"expected a Hamiltonian (SpinPolynomial) or an RBM, got a {type(H).__name__}")
    return exp(-H)


def _traced(H: SpinPolynomial | RBM) -> BoltzmannWeight:
    """Tr e^{-H} as a weight on no spins; an RBM's larger layer is summed in closed form."""
    if isinstance(H, RBM):
        small, large = ("visible", "hidden") if H.n_visible <= H.n_hidden else ("hidden", "visible")
        rest = marginal_weight(H, large)
        return rest.trace(getattr(H, small))
    weight = boltzmann_factor(H)
    return weight.trace(weight.sites)


def partition_function(H: SpinPolynomial | RBM) -> Any:
    """Z = Tr e^{-H} (Eq. 2); for an RBM Z' = Tr_vh e^{-E}, which normalises Eq. 11.

    Returns
    -------
    float or Exact

    Raises
    ------
    FloatOverflowError
        If Z is beyond 1.8e308: use `log_partition_function`.
    EnumerationTooLarge
        If there are too many spins to sum over.
    """
    traced = _traced(H)
    if traced.kind == "float" and traced.values > _LOG_MAX:
        raise FloatOverflowError(
            f"Z = e**{float(traced.values):.6g} is beyond float64; write log_partition_function(H), which is "
            f"{float(traced.values)!r}"
        )
    return traced.ring.value(traced.values)


def log_partition_function(H: SpinPolynomial | RBM) -> Any:
    """log Z (Eq. 4 without its sign), in the log domain for floats and as an `Exact` otherwise."""
    traced = _traced(H)
    return traced.ring.log_value(traced.values)


def free_energy(H: SpinPolynomial | RBM) -> Any:
    """F = -log Z, in units of kT (Eq. 4 for visible, Eq. 7 for coarse-grained spins)."""
    return -log_partition_function(H)


def delta_f(T: RGOperator, H: SpinPolynomial) -> Any:
    """Delta F = F^h - F^v = log Z - log Z', with Z' = Tr_vh e^{T - H} (Eqs. 4, 7 and 8; claim C1).

    Zero weights are legal.

    Returns
    -------
    float or Exact
    """
    E = T.joint_energy(H)
    if E is not None:
        return log_partition_function(H) - log_partition_function(E)
    coarse = coarse_weight(T, H)
    traced = coarse.trace(coarse.sites)
    return log_partition_function(H) - traced.ring.log_value(traced.values)


def expectation(f: SpinPolynomial, H: SpinPolynomial | RBM | BoltzmannWeight) -> Any:
    """<f> = sum_s f(s) e^{-H(s)} / Z under the Boltzmann distribution (Eq. 1).

    Parameters
    ----------
    f : SpinPolynomial
        On sites of H; integer coefficients adapt to the kind of H.
    H : SpinPolynomial, RBM or BoltzmannWeight
        Hamiltonian, joint energy, or an unnormalised distribution.

    Returns
    -------
    float or Exact
    """
    if not isinstance(f, SpinPolynomial):
        raise InputError(f"f is a {type(f).__name__}: expected a SpinPolynomial, such as SpinPolynomial({{(0, 1): 1}})")
    weight = H if isinstance(H, BoltzmannWeight) else boltzmann_factor(H)
    require_known(f.sites, weight.sites, "the observable")
    if f.kind == "exact":
        weight = weight.as_kind("exact")
    p = weight.probability()
    total: Any = 0.0 if p.kind == "float" else Exact(0)
    for members, c in f.couplings.items():
        marginal = p.trace(site for site in p.sites if site not in members)
        total = total + c * _parity(marginal)
    return total


def _parity(marginal: BoltzmannWeight) -> Any:
    """<prod of all spins> under a normalised weight."""
    flat = marginal.values.reshape(-1)
    signs = [1 - 2 * (k.bit_count() & 1) for k in range(flat.size)]
    if marginal.kind == "float":
        return float(np.dot(signs, np.exp(flat)))
    return sum((Exact.from_element(entry if s > 0 else -entry) for s, entry in zip(signs, flat, strict=True)), Exact(0))


def sample(
    H: SpinPolynomial | RBM | BoltzmannWeight, n: int, rng: np.random.Generator | int | None = None
) -> NDArray[np.int8]:
    """Draw n exact independent configurations from e^{-H}/Z (Eq. 1).

    Parameters
    ----------
    H : SpinPolynomial, RBM or BoltzmannWeight
        With numbers for couplings: floats or exact constants.
    n : int
    rng : numpy.random.Generator or seed

    Returns
    -------
    ndarray of int8, shape (n, n_sites)
        Spins in the order of the sites of H; visible, then hidden for an RBM.
    """
    if not isinstance(n, int | np.integer) or n < 0:
        raise InputError(f"n is {n!r}: expected a nonnegative int, the number of configurations")
    weight = H if isinstance(H, BoltzmannWeight) else boltzmann_factor(H)
    p = weight.probability()
    flat = p.values.reshape(-1)
    if p.kind == "float":
        probabilities = np.exp(flat)
    else:
        probabilities = np.array([float(Exact.from_element(entry)) for entry in flat])
    cumulated = np.cumsum(probabilities)
    generator = np.random.default_rng(rng)
    index = np.searchsorted(cumulated, generator.random(n) * cumulated[-1], side="right")
    shifts = np.arange(len(p.sites) - 1, -1, -1)
    return (1 - 2 * (index[:, None] >> shifts & 1)).astype(np.int8)
