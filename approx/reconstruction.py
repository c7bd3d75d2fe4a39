"""Up through a deep belief network and down again: what the top layer keeps of a configuration (Fig. 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.dbn import DBN
from exactrg.errors import InputError, SpinError, a_type
from exactrg.rbm import RBM

from .samples_file import StoredSamples
from .streams import Seed, seed_sequence

if TYPE_CHECKING:
    from .fit import FitResult, StackResult

Floats = npt.NDArray[np.float64]


def reconstruct(
    dbn: DBN | RBM | FitResult | StackResult,
    v: Any,
    *,
    rng: Seed | None = None,
    depth: int | None = None,
    binary: bool = False,
) -> npt.NDArray[Any]:
    """Pass configurations up to a layer, the top one by default, by p(h|v), and down again by p(v|h), layer by layer.

    Parameters
    ----------
    dbn : DBN, RBM, StackResult or FitResult
        With float parameters; what `fit_dbn` and `fit_rbm` return stands for the machine in it.
    v : array of +-1, shape (n_samples, n_visible) or (n_visible,); or StoredSamples
    rng : int, numpy.random.SeedSequence or numpy.random.Generator, optional
        Draw the spins of every layer. If left out, nothing is drawn: each layer passes on its mean spins
        tanh(field), given those of the layer before.
    depth : int, optional
        Number of RBMs to go up, from the bottom; all of them if left out.
    binary : bool
        Whether the layer at which the way turns keeps its most likely spins, +1 or -1, instead of mean spins: what a
        compression to that many spins can keep. With `rng` they are spins anyway.

    Returns
    -------
    ndarray
        Mean spins in [-1, 1] (float64), or drawn spins (int8) with `rng`; the shape of v.

    Raises
    ------
    InputError
        If the parameters are symbols, or the stack is not that deep.
    SpinError
        If v are no spins of the visible layer.

    Notes
    -----
    Means over 0/1 units, as the reference of the paper (Hinton and Salakhutdinov, Science 313, 504 (2006)) passes them
    on, are the same: a unit is linear in its spin.
    """
    rbms = _stack(dbn)
    if any(rbm.kind == "exact" for rbm in rbms):
        raise InputError("this network has exact couplings, expected floats; substitute numbers for its symbols")
    if depth is not None and require_count("depth", depth, 1) > len(rbms):
        raise InputError(f"depth must be at most {len(rbms)}, the number of RBMs, got {depth}")
    rbms = rbms[:depth]
    spins = v.configs() if isinstance(v, StoredSamples) else np.asarray(v)
    n_visible = rbms[0].n_visible
    if spins.ndim not in (1, 2) or spins.shape[-1] != n_visible:
        raise SpinError(f"v has shape {spins.shape}, expected (n_samples, {n_visible})")
    if not np.all((spins == 1) | (spins == -1)):
        raise SpinError("v must be spins +1/-1; write 2 * bits - 1 for bits 0 and 1")
    generator = None if rng is None else np.random.default_rng(seed_sequence(rng))
    values: Floats = spins.astype(np.float64)
    for rbm in rbms:
        values = _pass(values, rbm.w, rbm.b, generator)
    if binary:
        values = np.where(values < 0, -1.0, 1.0)
    for rbm in reversed(rbms):
        values = _pass(values, rbm.w.T, rbm.c, generator)
    return values if generator is None else values.astype(np.int8)


def _stack(machine: Any) -> tuple[RBM, ...]:
    """Return the RBMs of a network, or of what a training returned."""
    if isinstance(machine, RBM):
        return (machine,)
    if isinstance(machine, DBN):
        return machine.rbms
    from .fit import FitResult, StackResult

    if isinstance(machine, FitResult):
        return (machine.rbm,)
    if isinstance(machine, StackResult):
        return machine.rbms
    raise InputError(f"expected a DBN, an RBM, or the result of fit_dbn or fit_rbm, got {a_type(machine)}")


def _pass(values: Floats, w: Floats, bias: Floats, generator: np.random.Generator | None) -> Floats:
    """Mean spins of the next layer, -tanh(field) in the sign of Eq. 10, or spins drawn from them."""
    mean = -np.tanh(values @ w + bias)
    if generator is None:
        return np.asarray(mean)
    return np.where(2.0 * generator.random(mean.shape) - 1.0 < mean, 1.0, -1.0)
