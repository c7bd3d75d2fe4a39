"""Tensor renormalization with the higher-order singular value decomposition, HOTRG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .tensor import Tensor, TensorScheme


@dataclass(frozen=True)
class HOTRG(TensorScheme):
    """Join two tensors vertically and project the doubled horizontal bond on its most important states; turn around.

    No bound on log Z. The model is symmetric under reflections, so that the left and the right bond have one projector.

    Parameters
    ----------
    bond_dimension : int
        States kept, at least 2; time grows as its seventh power and memory as its fifth.

    Notes
    -----
    Z. Y. Xie, J. Chen, M. P. Qin, J. W. Zhu, L. P. Yang and T. Xiang, Phys. Rev. B 86, 045139 (2012).
    """

    def halve(self, tensor: Tensor) -> Tensor:
        """One step; the lattice is turned by 90 degrees, so that the next one joins the other pairs."""
        projector = self._projector(tensor)
        # l, l' and r, r': left and right legs of the upper and the lower tensor, with x between them. Pairwise products
        # in this order cost at most bond_dimension^7.
        upper = np.tensordot(projector, tensor, (0, 0))  # l', left, up, r, x
        both = np.tensordot(upper, tensor, ((0, 4), (0, 1)))  # left, up, r, r', down
        joined = np.tensordot(both, projector, ((2, 3), (0, 1)))  # left, up, down, right
        return np.ascontiguousarray(joined.transpose(1, 3, 2, 0))  # up, right, down, left

    def _projector(self, tensor: Tensor) -> Tensor:
        """Leading eigenvectors of M M^T, M the joined pair as a matrix from its two left legs to all others."""
        n = tensor.shape[0]
        upper = np.tensordot(tensor, tensor, ((1, 2), (1, 2)))  # l, x; m, y
        lower = np.tensordot(tensor, tensor, ((2, 3), (2, 3)))  # l', x; m', y
        gram = np.tensordot(upper, lower, ((1, 3), (1, 3))).transpose(0, 2, 1, 3).reshape(n * n, n * n)
        vectors = np.linalg.eigh((gram + gram.T) / 2)[1]
        kept = vectors[:, ::-1][:, : self.bond_dimension]
        return kept.reshape(n, n, -1)
