"""Exact maximum likelihood for small RBMs: what contrastive divergence approximates, with gradients by enumeration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blas import one_blas_thread
from .divergence import Distribution, distribution
from .errors import EnumerationTooLarge, InputError, SpinError
from .numbers.kinds import common_kind
from .rbm import RBM
from .seeds import random_generator
from .sites import require_same
from .walsh import spin_configurations

Floats = NDArray[np.float64]

MAX_VISIBLE = 20
"""Visible spins whose configurations are summed at every step."""


@dataclass(frozen=True, eq=False)
class Gradient:
    """D_KL(P || p) of an RBM's visible marginal p, and its derivatives.

    Parameters
    ----------
    kl : float
        In nats.
    w, b, c : ndarray
        Derivatives: <v_i h_j>_P - <v_i h_j>_p, and likewise for h_j and v_i (claim C12, in the paper's sign).
    """

    kl: float
    w: Floats
    b: Floats
    c: Floats

    @property
    def largest(self) -> float:
        """Largest absolute derivative."""
        return float(max(np.abs(part).max() for part in (self.w, self.b, self.c)))


@dataclass(frozen=True, eq=False)
class MaximumLikelihood:
    """An RBM of (locally) maximum likelihood.

    Parameters
    ----------
    rbm : RBM
        With the sites of the target as visible ones.
    gradient : Gradient
        At the machine: its KL divergence and how flat it is there.
    iterations : int
    converged : bool
        Whether the optimiser reached its tolerance.
    """

    rbm: RBM
    gradient: Gradient
    iterations: int
    converged: bool

    @property
    def kl(self) -> float:
        """D_KL(P || p) in nats."""
        return self.gradient.kl


def kl_gradient(p: Distribution | NDArray[Any], rbm: RBM) -> Gradient:
    """D_KL(P || p) (Eq. 16) of an RBM and its full gradient, summed over all configurations.

    Parameters
    ----------
    p : SpinPolynomial, RBM, DBN, BoltzmannWeight, or array of +-1, shape (n_samples, n_visible)
        The target P: an energy, a machine's visible marginal, a weight, or the empirical distribution of samples (with
        columns in the order of ``rbm.visible``).
    rbm : RBM
        With float parameters.

    Returns
    -------
    Gradient

    Raises
    ------
    EnumerationTooLarge
        For more than 20 visible spins.
    SpinError, SiteError, InputError
        If the target does not fit the machine, or has exact couplings.
    """
    target = _target(p, rbm.visible)
    if rbm.kind == "exact":
        raise InputError("this RBM has exact couplings, expected floats; substitute numbers for its symbols")
    return _gradient(target, spin_configurations(rbm.n_visible).astype(np.float64), rbm.w, rbm.b, rbm.c)


def fit_maximum_likelihood(
    p: Distribution | NDArray[Any],
    n_hidden: int,
    *,
    rng: int | np.random.Generator | np.random.SeedSequence = 0,
    start: RBM | None = None,
    max_iterations: int = 1000,
    tolerance: float = 1e-8,
) -> MaximumLikelihood:
    """Minimise D_KL(P || p) over all RBMs with so many hidden units: maximum likelihood, with no sampling anywhere.

    The minimum is a local one: the function is not convex; compare several seeds.

    Parameters
    ----------
    p : SpinPolynomial, RBM, DBN, BoltzmannWeight, or array of +-1, shape (n_samples, n_visible)
        The target, as for `kl_gradient`; an array has the sites ``range(n_visible)``.
    n_hidden : int
    rng : int, Generator or SeedSequence
        For the start: weights 0.1 * normal, zero biases.
    start : RBM, optional
        Where to start instead, over the sites of the target; the result has its hidden sites.
    max_iterations : int
    tolerance : float
        Largest derivative that counts as zero.

    Returns
    -------
    MaximumLikelihood

    Raises
    ------
    EnumerationTooLarge, SpinError, SiteError, InputError
        As for `kl_gradient`.

    Notes
    -----
    L-BFGS (J. Nocedal, Math. Comp. 35, 773 (1980)) on the exact gradient.
    """
    from scipy.optimize import minimize

    n_hidden, max_iterations = int(n_hidden), int(max_iterations)
    if n_hidden < 1 or max_iterations < 1:
        raise InputError(f"n_hidden={n_hidden} and max_iterations={max_iterations}: expected at least 1 each")
    sites = start.visible if start is not None else _sites(p)
    target = _target(p, sites)
    n = len(sites)
    if start is None:
        start = RBM(0.1 * random_generator(rng).standard_normal((n, n_hidden)), visible=sites)
    elif start.kind == "exact" or start.n_hidden != n_hidden:
        raise InputError(f"start is {start!r}: expected floats and {n_hidden} hidden units")
    parts = [np.asarray(part, np.float64) for part in (start.w, start.b, start.c)]
    configs = spin_configurations(n).astype(np.float64)

    def split(x: Floats) -> tuple[Floats, Floats, Floats]:
        size = n * n_hidden
        return x[:size].reshape(n, n_hidden), x[size : size + n_hidden], x[size + n_hidden :]

    def objective(x: Floats) -> tuple[float, Floats]:
        found = _gradient(target, configs, *split(x))
        return found.kl, np.concatenate([found.w.ravel(), found.b, found.c])

    options = {"maxiter": max_iterations, "maxfun": 100 * max_iterations + 1, "gtol": tolerance, "ftol": 0.0}
    with one_blas_thread():  # the products are narrow, and the bits would depend on the number of threads
        found = minimize(
            objective, np.concatenate([part.ravel() for part in parts]), jac=True, method="L-BFGS-B", options=options
        )
        w, b, c = split(np.asarray(found.x, np.float64))
        gradient = _gradient(target, configs, w, b, c)
    rbm = RBM(w, b, c, visible=sites, hidden=start.hidden)
    return MaximumLikelihood(rbm, gradient, int(found.nit), bool(gradient.largest <= tolerance))


def _sites(p: Any) -> tuple[Any, ...]:
    """Sites of a target: those of a distribution, 0..n-1 for samples."""
    if isinstance(p, np.ndarray | list | tuple):
        shape = np.shape(p)
        if len(shape) != 2:
            raise SpinError(f"samples have shape {shape}, expected (n_samples, n_visible)")
        return tuple(range(shape[1]))
    if isinstance(p, RBM):
        return p.visible
    return tuple(p.layers[0] if hasattr(p, "layers") else p.sites)


def _target(p: Any, sites: tuple[Any, ...]) -> Floats:
    """Probabilities of all configurations of the sites."""
    n = len(sites)
    if n > MAX_VISIBLE:
        raise EnumerationTooLarge(
            n, MAX_VISIBLE, what="a sum over visible spins", instead="Write approx.fit_rbm(samples, n_hidden, rng=0)."
        )
    if isinstance(p, np.ndarray | list | tuple):
        spins = np.asarray(p)
        if spins.ndim != 2 or spins.shape[1] != n or not len(spins) or not np.all((spins == 1) | (spins == -1)):
            raise SpinError(f"samples of shape {spins.shape}: expected +1/-1 of shape (n_samples, {n}), at least one")
        index = (spins < 0) @ (1 << np.arange(n - 1, -1, -1))
        return np.bincount(index, minlength=1 << n) / len(spins)
    weight = distribution(p)
    common_kind((weight.kind, "float"), "the target and the RBM")
    require_same(weight.sites, sites, "the target and the RBM")
    log_weights = np.asarray(weight.as_kind("float").aligned(sites), np.float64).reshape(-1)
    probabilities = np.exp(log_weights - log_weights.max())
    return np.asarray(probabilities / probabilities.sum())


def _gradient(target: Floats, configs: Floats, w: Floats, b: Floats, c: Floats) -> Gradient:
    """KL divergence and gradient over all configurations, in the log domain."""
    fields = configs @ w + b
    size = np.abs(fields)
    log_p = (size + np.log1p(np.exp(-2.0 * size))).sum(axis=1) - configs @ c  # log 2cosh of the fields
    log_p -= log_p.max()
    log_p -= np.log(np.exp(log_p).sum())
    hidden = -np.tanh(fields)
    excess = target - np.exp(log_p)
    support = target > 0
    kl = float(np.sum(target[support] * (np.log(target[support]) - log_p[support])))
    return Gradient(max(0.0, kl), configs.T @ (excess[:, None] * hidden), excess @ hidden, excess @ configs)
