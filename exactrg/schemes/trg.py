"""The tensor renormalization group of Levin and Nave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .tensor import Tensor, TensorScheme


@dataclass(frozen=True)
class TRG(TensorScheme):
    """Cut every tensor in two by its singular values, and join four halves around every second plaquette.

    The lattice turns by 45 degrees and has half as many tensors. The cost is that of a singular value decomposition of
    size bond_dimension^2. No bound on log Z.

    Parameters
    ----------
    bond_dimension : int
        Singular values kept, at least 2.

    Notes
    -----
    M. Levin and C. P. Nave, Phys. Rev. Lett. 99, 120601 (2007).
    """

    def halve(self, tensor: Tensor) -> Tensor:
        """One step; the legs of the result point left-up, up-right, right-down and down-left."""
        left_up, right_down = self._cut(tensor)
        up_right, down_left = self._cut(tensor.transpose(1, 2, 3, 0))
        # Around a plaquette: its left upper corner gives its right and down legs to the inside, and so on.
        top = np.tensordot(right_down, down_left, (0, 1))  # down, a; down, b
        bottom = np.tensordot(left_up, up_right, (0, 1))  # up, c; up, e
        return np.tensordot(top, bottom, ((0, 2), (2, 0)))

    def _cut(self, tensor: Tensor) -> tuple[Tensor, Tensor]:
        """Split between the first two and the last two legs; what is zero to rounding is left out."""
        a, b, c, d = tensor.shape
        u, s, v = np.linalg.svd(tensor.reshape(a * b, c * d), full_matrices=False)
        kept = min(self.bond_dimension, int(np.count_nonzero(s > s[0] * 1e-15)))
        root = np.sqrt(s[:kept])
        return (u[:, :kept] * root).reshape(a, b, kept), (v[:kept].T * root).reshape(c, d, kept)
