"""Partition functions and expectations by summing over every configuration, for any couplings and many-body terms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import CouplingError, InputError

from .enumeration_blocks import (
    Blocks,
    Integers,
    Masks,
    checked_masks,
    checked_size,
    echelon_basis,
    spanned,
)

Table = npt.NDArray[np.float64]

# Linear tables hold weights of at most 1, and what underflows in them is below 2**24 * 2**-1022 altogether: a sum above
# this bound is right to double precision, a smaller one is done again in the log domain.
_SAFE = 1e-200
_CUT = 60.0  # 2**24 terms below exp(-60) of the largest are 1.5e-19 of the sum


def log_partition_function(n: int, masks: npt.ArrayLike, log_couplings: npt.ArrayLike, *, threads: int = 1) -> float:
    """Logarithm of Z = sum_s exp(g(s)), g(s) = sum_k log_couplings[k] prod_{i in masks[k]} s_i, over n spins (Eq. 2).

    Flips that leave g unchanged (the global one in zero field) are factored out, three blocks of up to eight spins are
    contracted as matrices, and the remaining spins are enumerated; nothing is updated from one configuration to the
    next, so that no error builds up. A configuration takes about 0.15 ns where terms have at most two spins, a few ns
    where many-body terms join everything; a thread takes about 4 MiB.

    Parameters
    ----------
    n : int
        Number of spins, at most 40.
    masks : array_like of int, shape (n_terms,)
        Bit i is set if spin i is in the product; 0 is a constant term. Repeated masks add up.
    log_couplings : array_like of float, shape (n_terms,)
        Coefficients of g = -H, in units of kT.
    threads : int
        Number of threads. The result has the same bits for any number.

    Returns
    -------
    float
        log Z; its error is a few 1e-16 of the larger of log Z and the sum of the absolute couplings.

    Raises
    ------
    EnumerationTooLarge
        If n > 40.
    CouplingError
        If a coupling is NaN or infinite, or their sum comes near overflow.
    SiteError
        If a mask has a bit at n or beyond.
    """
    n = checked_size(n)
    checked, couplings = _checked_terms(n, masks, log_couplings)
    total, _ = _sum(n, checked, couplings, np.zeros(0, dtype=np.uint64), require_count("threads", threads, 1))
    return total


def expectations(
    n: int, masks: npt.ArrayLike, log_couplings: npt.ArrayLike, observable_masks: npt.ArrayLike, *, threads: int = 1
) -> Table:
    """Expectations <prod_{i in m} s_i> = sum_s exp(g(s)) prod_{i in m} s_i / Z for every observable mask m.

    All observables come from one pass: the contraction that gives Z gives the marginals of its three tables as well, at
    about four times the cost. Observables that change sign under a flip that leaves g unchanged are exactly 0.

    Parameters
    ----------
    n, masks, log_couplings, threads
        See `log_partition_function`.
    observable_masks : array_like of int, shape (n_observables,)
        Bit i is set if spin i is in the product.

    Returns
    -------
    ndarray of float, shape (n_observables,)
        Absolute errors are about 1e-16 times the larger of 1 and the largest |g| (rounding of g itself).

    Raises
    ------
    EnumerationTooLarge, CouplingError, SiteError
        See `log_partition_function`.
    """
    n = checked_size(n)
    checked, couplings = _checked_terms(n, masks, log_couplings)
    return _sum(n, checked, couplings, checked_masks(n, observable_masks), require_count("threads", threads, 1))[1]


def _checked_terms(n: int, masks: Any, log_couplings: Any) -> tuple[Masks, Table]:
    """Return the terms with a coupling, as arrays of masks and of finite floats."""
    checked = checked_masks(n, masks)
    try:
        couplings = np.array(log_couplings, dtype=np.float64)
    except (TypeError, ValueError):
        raise CouplingError(f"log_couplings must be floats, got {log_couplings!r:.80}") from None
    if couplings.shape != checked.shape:
        raise InputError(f"one coupling to a mask: got {couplings.shape} couplings for {checked.shape} masks")
    with np.errstate(over="ignore"):
        if not np.isfinite(4 * np.abs(couplings).sum()):
            raise CouplingError(
                "log_couplings must be finite, and so must their sum; got a NaN, an infinity or an overflow"
            )
    return checked[couplings != 0], couplings[couplings != 0]


def _sum(n: int, masks: Masks, couplings: Table, observables: Masks, threads: int) -> tuple[float, Table]:
    """Log of the sum over all configurations, and the expectations of the observables."""
    basis = echelon_basis(masks)
    kept = sum(basis)
    invariant = np.array([spanned(mask, basis) for mask in observables.tolist()], dtype=bool)
    blocks = Blocks.split(kept, np.concatenate([masks, observables[invariant]]))
    contraction = _Contraction(blocks, blocks.place(masks), couplings, blocks.place(observables[invariant]))
    parts = blocks.map_outer(contraction.parts, threads)
    top = max(part.top for part in parts)
    scales = [math.exp(part.top - top) for part in parts]
    z = math.fsum(scale * part.z for scale, part in zip(scales, parts, strict=True))
    values = np.zeros(invariant.size)
    values[invariant] = sum(scale * part.sums for scale, part in zip(scales, parts, strict=True)) / z
    return top + math.log(z) + (n - kept.bit_count()) * math.log(2), np.clip(values, -1.0, 1.0)


@dataclass
class _Part:
    """Sums of exp(g) and of exp(g) times the observables, both in units of exp(top)."""

    top: float
    z: float
    sums: Table

    def add(self, top: float, z: float) -> float:
        """Add z exp(top) to z and return exp(top) in the new unit, for the observables."""
        if top > self.top:
            scale = math.exp(self.top - top)
            self.top, self.z, self.sums = top, self.z * scale, self.sums * scale
        scale = math.exp(top - self.top)
        self.z += z * scale
        return scale


@dataclass(frozen=True)
class _Contraction:
    """The terms of g and the observables, placed on blocks."""

    blocks: Blocks
    terms: tuple[Integers, Integers]
    couplings: Table
    observables: tuple[Integers, Integers]

    def parts(self, chunks: list[range]) -> list[_Part]:
        """Sum over the blocks, and over the outer configurations of each chunk."""
        logs, weights = np.empty(self.blocks.size), np.empty(self.blocks.size)
        product = np.empty(self.blocks.shapes[2])
        with np.errstate(under="ignore"):
            return [self._part(chunk, logs, weights, product) for chunk in chunks]

    def _part(self, configurations: range, logs: Table, weights: Table, product: Table) -> _Part:
        from . import enumeration_kernels as kernels

        slots, _ = self.observables
        part = _Part(-math.inf, 0.0, np.zeros(slots.size))
        for outer in configurations:
            kernels.scatter(outer, *self.terms, self.couplings, logs)
            for table in self.blocks.tables(logs):
                kernels.walsh_hadamard(table.reshape(-1))
            top, z = _contract(self.blocks, logs, weights, product, marginals=slots.size > 0)
            scale = part.add(top, z)
            if slots.size:
                for table in self.blocks.tables(weights):
                    kernels.walsh_hadamard(table.reshape(-1))
                kernels.gather(outer, *self.observables, weights, scale, part.sums)
        return part


def _contract(blocks: Blocks, logs: Table, weights: Table, product: Table, *, marginals: bool) -> tuple[float, float]:
    """Sum exp(X[q, a] + Y[a, b] + W[q, b]) over the blocks as z exp(top); return top and z.

    With ``marginals``, ``weights`` is left with the marginals of (q, a), (a, b) and (q, b) in units of exp(top).
    """
    from . import enumeration_kernels as kernels

    top = 0.0
    for log_table, table in zip(blocks.tables(logs), blocks.tables(weights), strict=True):
        largest = float(log_table.max())
        np.subtract(log_table, largest, out=table)
        np.exp(table, out=table)
        top += largest
    x, y, w = blocks.tables(weights)
    kernels.multiply(x, y, product)
    product *= w
    z = float(product.sum())
    if z < _SAFE:
        return _contract_logs(blocks, logs, weights, product)
    if marginals:
        x_rest, y_rest = np.empty_like(x), np.empty_like(y)
        kernels.multiply(w, np.ascontiguousarray(y.T), x_rest)
        kernels.multiply(np.ascontiguousarray(x.T), w, y_rest)
        x *= x_rest
        y *= y_rest
        w[:] = product
    return top, z


def _contract_logs(blocks: Blocks, logs: Table, weights: Table, product: Table) -> tuple[float, float]:
    """Do the same in the log domain, marginals always: find the largest term, then add what is not negligible."""
    from . import enumeration_kernels as kernels

    x, y, w = blocks.tables(logs)
    kernels.max_plus(x, y, product)
    product += w
    top = float(product.max())
    weights[:] = 0.0
    return top, kernels.sum_near_maximum(x, y, w, product, top, _CUT, *blocks.tables(weights))
