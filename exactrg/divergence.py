"""Relative entropy between distributions of spins: Eqs. 16 and 17."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .dbn import DBN
from .errors import InputError, a_type
from .marginals import marginal_weight, require_marginal
from .numbers.exact import Exact
from .numbers.kinds import common_kind
from .numbers.logs import Terms, add_terms, log_terms
from .polynomial import SpinPolynomial
from .rbm import RBM
from .sites import require_same
from .weight import BoltzmannWeight

Distribution = SpinPolynomial | RBM | DBN | BoltzmannWeight


def kl_divergence(p: Distribution, q: Distribution) -> Any:
    """D_KL(p || q) = sum_v p(v) log(p(v)/q(v)) in nats (Eq. 16); zero exactly if p = q (Eq. 17).

    Parameters
    ----------
    p, q : SpinPolynomial, RBM, DBN or BoltzmannWeight
        An energy, a machine (its visible marginal), or an unnormalised weight; both over the same sites. They are
        normalised inside.

    Returns
    -------
    float, Exact or sympy.oo
        Infinity (of the kind of the input) where q vanishes and p does not; 0 log 0 is 0.

    Raises
    ------
    SiteError
        If the sites differ.
    """
    instead = "approx.kl_divergence(p, q) estimates it with an error bar."
    left, right = distribution(p, instead=instead), distribution(q, instead=instead)
    require_same(left.sites, right.sites, "the two distributions")
    kind = common_kind((left.kind, right.kind), "a divergence")
    left, right = left.as_kind(kind).probability(), right.as_kind(kind).probability()
    ours, theirs = left.values.ravel(), right.aligned(left.sites).ravel()
    support = ~left.ring.vanishes(ours)
    if right.ring.vanishes(theirs[support]).any():
        if kind == "float":
            return math.inf
        import sympy

        return sympy.oo
    ours, theirs = ours[support], theirs[support]
    if kind == "float":
        return max(0.0, float(np.sum(np.exp(ours) * (ours - theirs))))
    terms: Terms = {}
    for a, b in zip(ours, theirs, strict=True):
        add_terms(terms, log_terms(a), a)
        add_terms(terms, log_terms(b), -a)
    return Exact.from_terms(terms)


_NO_TABLE = "log_partition_function(H), expectation(f, H) and approx.sample(H, ...) need no table."


def distribution(p: Distribution, *, instead: str = _NO_TABLE) -> BoltzmannWeight:
    """Return an unnormalised weight on the visible spins; ``instead`` is what an EnumerationTooLarge says to write."""
    if isinstance(p, BoltzmannWeight):
        return p
    if isinstance(p, SpinPolynomial | RBM):
        summed = require_marginal(p, "hidden" if isinstance(p, RBM) else (), instead=instead)
        return marginal_weight(p, summed)
    if isinstance(p, DBN):
        return p.visible_weight()
    raise InputError(f"{a_type(p)} is no distribution: expected an energy, an RBM, a DBN or a BoltzmannWeight")
