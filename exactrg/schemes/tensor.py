"""Tensor renormalization of the square-lattice Ising model: what TRG and HOTRG have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..blas import one_blas_thread
from ..counts import require_count
from ..errors import InputError
from ..numbers.kinds import normalize
from .scheme import Bound

Tensor = NDArray[np.float64]
_STEPS = 50


@dataclass(frozen=True)
class TensorScheme(ABC):
    """A scheme that keeps a tensor T[left, up, right, down] instead of couplings, cut to a bond dimension.

    Parameters
    ----------
    bond_dimension : int
        States kept, at least 2.
    """

    bond_dimension: int

    lattice: ClassVar[str] = "square"
    bound: ClassVar[Bound] = None

    def __post_init__(self) -> None:
        require_count("bond_dimension", self.bond_dimension, 2)

    @property
    def label(self) -> str:
        """Name in tables."""
        return f"{type(self).__name__}, {self.bond_dimension}"

    @abstractmethod
    def halve(self, tensor: Tensor) -> Tensor:
        """Replace every two tensors by one; after two steps the lattice is the square one with twice the spacing."""


def ising_tensor(K: float) -> Tensor:
    """Tensor of the square-lattice Ising model, e^{2K} taken out: Z = e^{2KN} Tr of the product of N of them.

    A bond is e^{K (s s' - 1)} = sum_a W[s, a] W[s', a] with W = (sqrt(1 + x), +-sqrt(1 - x)) / sqrt 2 and
    x = e^{-2K}, so that nothing overflows for any K >= 0.
    """
    x = math.exp(-2 * K)
    even, odd = math.sqrt((1 + x) / 2), math.sqrt(-math.expm1(-2 * K) / 2)
    w = np.array([[even, odd], [even, -odd]])
    pair = np.einsum("sa,sb->sab", w, w)
    return np.tensordot(pair, pair, axes=(0, 0))


def log_partition_function(scheme: TensorScheme, K: Any) -> float:
    """Log Z per site of the infinite square lattice: that of a torus of 2^25 x 2^25 sites.

    Parameters
    ----------
    scheme : TRG or HOTRG
    K : float
        Of either sign: the square lattice maps -K to K.
    """
    return _log_z_per_site(scheme, _coupling(K), _STEPS)[0]


def torus_log_partition_function(scheme: TensorScheme, K: Any, size: int) -> float:
    """Log Z of the torus of size x size sites, size a power of 2; exact while nothing is cut.

    Raises
    ------
    InputError
        If the size is no power of 2 (at least 2).
    """
    doublings = _doublings(size)
    return float(_log_z_per_site(scheme, _coupling(K), 2 * doublings)[0] * size**2)


def scaling_dimensions(scheme: TensorScheme, K: Any, size: int) -> dict[str, float]:
    """Scaling dimensions from the transfer matrix of the size x size torus: x = log(lambda_0 / lambda) / (2 pi).

    At K_c conformal invariance makes them 1/8 for the spin and 1 for the energy, so that y = 2 - x; both have
    corrections from the size, which must be small enough for the bond dimension.

    Returns
    -------
    dict
        "spin" and "energy", from the second and the third largest eigenvalue, whose they are near K_c.
    """
    _, tensor = _log_z_per_site(scheme, _coupling(K), 2 * _doublings(size))
    values = np.sort(np.abs(np.linalg.eigvals(np.trace(tensor, axis1=0, axis2=2))))[::-1]
    spin, energy = np.log(values[0] / values[1:3]) / (2 * np.pi)
    return {"spin": float(spin), "energy": float(energy)}


def critical_coupling(scheme: TensorScheme) -> float:
    """Coupling where the tensor's flow turns from disorder to order, by bisection to 1e-7.

    Where two eigenvalues of the transfer matrix are degenerate at large sizes there is order.
    """
    low, high = 0.3, 0.6
    while high - low > 1e-7:
        K = (low + high) / 2
        ordered = scaling_dimensions(scheme, K, 2**22)["spin"] < 1 / 8
        low, high = (low, K) if ordered else (K, high)
    return (low + high) / 2


def _log_z_per_site(scheme: TensorScheme, K: float, steps: int) -> tuple[float, Tensor]:
    """Coarse-grain; return log Z per site of the torus of 2^steps sites and the last tensor, scaled to 1."""
    tensor, result, weight = ising_tensor(K), 2 * K, 1.0
    with one_blas_thread():  # the matrices are small, and the bits must not depend on the number of threads
        for step in range(steps + 1):
            scale = float(np.abs(tensor).max())
            tensor = tensor / scale
            result += weight * math.log(scale)
            if step < steps:
                tensor = scheme.halve(tensor)
                weight /= 2
    return result + weight * math.log(float(np.einsum("abab", tensor))), tensor


def _coupling(K: Any) -> float:
    return abs(float(normalize(K)[1]))


def _doublings(size: Any) -> int:
    size = require_count("size", size, 2)
    if size & (size - 1):
        raise InputError(f"size={size}: expected a power of 2, the side of a torus that doubling reaches")
    return size.bit_length() - 1
