"""Information in a distribution of spins, and what a coarse-graining step loses of it: entropies, mutual information, KL.

Everything in nats: exact (an `Exact`, whose ``==`` decides) for exact couplings, float64 otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .divergence import Distribution, distribution, kl_divergence
from .numbers.element import Element
from .numbers.exact import Exact
from .polynomial import SpinPolynomial
from .rg import RGOperator
from .sites import Site, require_known, site_tuple
from .thermodynamics import delta_f
from .weight import BoltzmannWeight, exp


def entropy(p: Distribution) -> Any:
    """Shannon entropy -sum_v p(v) log p(v), in nats; 0 log 0 is 0.

    Parameters
    ----------
    p : SpinPolynomial, RBM, DBN or BoltzmannWeight
        An energy, a machine (its visible marginal), or an unnormalised weight. It is normalised inside.

    Returns
    -------
    float or Exact

    Raises
    ------
    ZeroWeightError
        If the weight vanishes everywhere.
    """
    weight = distribution(p)
    total = weight.total()
    values = weight.values.ravel()
    if weight.kind == "float":
        logs = values[np.isfinite(values)] - float(total.values)
        return max(0.0, -float(np.sum(np.exp(logs) * logs)))
    # S = log Z - sum w log w / Z, with one term for all equal weights.
    energy = sum((count * Exact.from_element(w) * Exact.log_of(w) for w, count in _distinct(values)))
    Z = total.values.item()
    return Exact.log_of(Z) - energy / Exact.from_element(Z)


def _distinct(values: NDArray[Any]) -> Iterable[tuple[Any, int]]:
    """Positive exact weights that are written differently, and how often each occurs."""
    found: dict[Any, tuple[Any, int]] = {}
    for value in values:
        if value:
            parts = (value.num, value.den) if isinstance(value, Element) else (value,)
            key = tuple(frozenset(x.to_dict().items()) if isinstance(value, Element) else x for x in parts)
            found[key] = (value, found[key][1] + 1 if key in found else 1)
    return found.values()


def mutual_information(joint: Distribution, sites: Iterable[Site]) -> Any:
    """I(A; B) = S(A) + S(B) - S(A, B) between some sites A and all others B, in nats.

    Parameters
    ----------
    joint : SpinPolynomial, RBM, DBN or BoltzmannWeight
        As for `entropy`.
    sites : sequence of sites
        A.

    Returns
    -------
    float or Exact
        Zero exactly if A and B are independent.

    Raises
    ------
    SiteError
        For an unknown or repeated site.
    """
    weight = distribution(joint)
    ours = site_tuple(sites)
    require_known(ours, weight.sites, "sites")
    others = [site for site in weight.sites if site not in set(ours)]
    total = entropy(weight.trace(others)) + entropy(weight.trace(ours)) - entropy(weight)
    return max(0.0, total) if weight.kind == "float" else total


@dataclass(frozen=True)
class StepInformation:
    """What a coarse-graining step does to information, in nats: see `step_information`.

    Attributes
    ----------
    data_entropy : float or Exact
        S(P) of the data P = e^{-H}/Z (Eq. 1).
    visible_entropy, hidden_entropy, joint_entropy : float or Exact
        S(v), S(h) and S(v, h) under p(v, h) = e^{T-H}/Z' (Eq. 11).
    kl : float, Exact or sympy.oo
        D_KL(P || p_v) (Eq. 16): zero exactly if the step keeps the distribution of the visible spins, infinite if it
        gives weight zero to a configuration of the data.
    delta_f : float or Exact
        F^h - F^v (Eq. 8).
    """

    data_entropy: Any
    visible_entropy: Any
    hidden_entropy: Any
    joint_entropy: Any
    kl: Any
    delta_f: Any

    @property
    def mutual_information(self) -> Any:
        """I(v; h), what the hidden spins know about the visible ones."""
        return self.visible_entropy + self.hidden_entropy - self.joint_entropy

    @property
    def lost(self) -> Any:
        """S(v | h) = S(v) - I(v; h), what nobody can recover of the visible spins from the hidden ones."""
        return self.joint_entropy - self.hidden_entropy

    @property
    def noise(self) -> Any:
        """S(h | v) = S(h) - I(v; h), the randomness that the step adds: zero for decimation."""
        return self.joint_entropy - self.visible_entropy


def step_information(T: RGOperator, H: SpinPolynomial) -> StepInformation:
    """Entropies before and after a step, the mutual information of its layers, and the divergence from the data.

    For an exact step (Eq. 9) the visible marginal is the data's, kl and delta_f vanish, and S(v) = I(v; h) + lost.

    Parameters
    ----------
    T : RGOperator
        Zero weights are legal.
    H : SpinPolynomial
        Hamiltonian of the data, on the visible sites of T.

    Returns
    -------
    StepInformation

    Raises
    ------
    SiteError
        Unless H lives on the visible sites.
    ZeroWeightError
        If e^{T-H} vanishes everywhere.
    """
    change = delta_f(T, H)
    data = exp(-H)
    joint: BoltzmannWeight = T.weight * data
    visible, hidden = joint.trace(T.hidden), joint.trace(T.visible)
    return StepInformation(
        data_entropy=entropy(data),
        visible_entropy=entropy(visible),
        hidden_entropy=entropy(hidden),
        joint_entropy=entropy(joint),
        # An exact step leaves the data as they are: decided without any logarithm.
        kl=Exact(0) if joint.kind == "exact" and visible == data else kl_divergence(data, visible),
        delta_f=change,
    )
