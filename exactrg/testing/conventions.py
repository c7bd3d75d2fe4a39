"""RBMs as other people write them: +-1 or 0/1 units, either sign of the energy; exact sums over one layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logsumexp

from ..errors import EnumerationTooLarge, InputError, a_type
from .tables import MAX_SPINS, Floats, configurations, epsilon, numbers, require_units


@dataclass(frozen=True, eq=False)
class Machine:
    """E(v, h) = sign * (sum_ij v_i w_ij h_j + sum_j b_j h_j + sum_i c_i v_i), p = e^{-E} / Z'.

    Parameters
    ----------
    w, b, c : ndarray
        Shapes (n_visible, n_hidden), (n_hidden,), (n_visible,).
    units : {"spins", "binary"}
    sign : {1, -1}
        +1 is the paper's Eq. 10; -1 Hinton's.
    eps : float
        Spacing at 1 of the numbers that the parameters were given in.
    """

    w: Floats
    b: Floats
    c: Floats
    units: str
    sign: int
    eps: float

    @classmethod
    def of(cls, w: Any, b: Any, c: Any, units: str, sign: int) -> Machine:
        """Check what a user wrote."""
        require_units(units)
        if np.ndim(sign) or sign not in (1, -1):
            raise InputError(f"sign={sign!r}: expected 1 for E = +(v w h + b h + c v) or -1 for E = -(...)")
        if hasattr(w, "w"):
            raise InputError(f"w is {a_type(w)}: expected its arrays; write rbm.w, rbm.b, rbm.c")
        weights = numbers(w, "w")
        if weights.ndim != 2:
            raise InputError(
                f"w has shape {weights.shape}: expected (n_visible, n_hidden); write w.T if it is transposed"
            )
        biases = []
        for name, given, size in (("b", b, weights.shape[1]), ("c", c, weights.shape[0])):
            bias = np.zeros(size) if given is None else numbers(given, name)
            if bias.shape != (size,):
                layer = "hidden" if name == "b" else "visible"
                raise InputError(f"{name} has shape {bias.shape}: expected ({size},), the {layer} biases for this w")
            biases.append(bias)
        if not all(np.isfinite(part).all() for part in (weights, *biases)):
            raise InputError("w, b and c must be finite, got NaN or infinity")
        return cls(
            weights,
            biases[0],
            biases[1],
            units,
            int(sign),
            max(epsilon(part) for part in (w, b, c) if part is not None),
        )

    @property
    def n_visible(self) -> int:
        """Number of visible units."""
        return self.w.shape[0]

    @property
    def n_hidden(self) -> int:
        """Number of hidden units."""
        return self.w.shape[1]

    def transposed(self) -> Machine:
        """Exchange the layers."""
        return Machine(self.w.T, self.c, self.b, self.units, self.sign, self.eps)

    def visible_states(self) -> Floats:
        """All visible configurations, as floats."""
        return configurations(self.n_visible, units=self.units).astype(np.float64)

    def fields(self, v: Floats) -> Floats:
        """sign * (b_j + sum_i v_i w_ij): the energy that hidden unit j has per unit."""
        return self.sign * (self.b + v @ self.w)

    def free_energy(self, v: Floats) -> Floats:
        """F(v) = -log Tr_h e^{-E(v, h)}."""
        x = -self.fields(v)
        units = np.logaddexp(x, -x) if self.units == "spins" else np.logaddexp(0.0, x)
        return np.asarray(self.sign * (v @ self.c) - units.sum(axis=1))

    def up(self, v: Floats) -> Floats:
        """p(h_j = 1 | v), shape (n, n_hidden)."""
        return np.asarray(expit(-(2 if self.units == "spins" else 1) * self.fields(v)))

    def log_partition(self) -> float:
        """log Z', summed over the smaller layer."""
        small = self if self.n_visible <= self.n_hidden else self.transposed()
        if small.n_visible > MAX_SPINS:
            raise EnumerationTooLarge(
                small.n_visible,
                MAX_SPINS,
                what="a sum over one layer",
                instead="Test a smaller machine of the same code.",
            )
        return float(logsumexp(-small.free_energy(small.visible_states())))

    def rounding(self, v: Floats, eps: float) -> Floats:
        """Largest rounding error of F(v): dot products of N + 1 terms, a log cosh, a sum of M + 1 terms, done twice."""
        v = np.abs(v)
        size = v @ np.abs(self.c) + (np.abs(self.b) + v @ np.abs(self.w) + np.log(2.0)).sum(axis=1)
        return np.asarray((self.n_visible + self.n_hidden + 6) * max(eps, self.eps) * size)

    def log_partition_rounding(self, eps: float) -> float:
        """Largest rounding error of log Z': that of the exponents, and a random walk over the terms added one by one."""
        everything = self.rounding(np.ones((1, self.n_visible)), eps)[0]
        return float(everything + max(eps, self.eps) * 2.0 ** (min(self.n_visible, self.n_hidden) / 2 + 2))
