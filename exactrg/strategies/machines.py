"""Restricted Boltzmann machines (Eq. 10) and stacks of them (section II)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from ..counts import require_count
from ..dbn import DBN
from ..rbm import RBM
from ..sites import Site, site_tuple
from .functions import Numbers, draw_sites
from .numbers import couplings, require_kind


@st.composite
def rbms(
    draw: st.DrawFn,
    *,
    visible: Sequence[Site] | None = None,
    hidden: Sequence[Site] | None = None,
    max_visible: int = 3,
    max_hidden: int = 3,
    biases: bool = True,
    kind: str = "float",
    elements: Numbers = None,
) -> RBM:
    """RBMs, E = sum_j b_j h_j + sum_ij v_i w_ij h_j + sum_i c_i v_i + constant (Eq. 10); they shrink to one zero weight.

    Parameters
    ----------
    visible, hidden : sequences of sites, optional
        By default 0, 1, ... and ("h", 0), ("h", 1), ..., as many as the next two arguments allow.
    max_visible, max_hidden : int
    biases : bool
        Whether b, c and the constant are drawn; they are zero otherwise.
    kind, elements
        As for `spin_polynomials`.
    """
    require_kind(kind)
    below = draw_sites(draw, visible, max_visible, "max_visible")
    require_count("max_hidden", max_hidden, 1)
    above = [("h", j) for j in range(draw(st.integers(1, max_hidden)))] if hidden is None else site_tuple(hidden)
    numbers = couplings(kind=kind) if elements is None else elements

    def vector(n: int) -> list[Any]:
        return draw(st.lists(numbers, min_size=n, max_size=n))

    w = [vector(len(above)) for _ in below]
    if not biases:
        return RBM(w, visible=below, hidden=above)
    return RBM(w, vector(len(above)), vector(len(below)), draw(numbers), visible=below, hidden=above)


@st.composite
def dbns(
    draw: st.DrawFn,
    *,
    visible: Sequence[Site] | None = None,
    max_layers: int = 3,
    max_units: int = 3,
    biases: bool = True,
    kind: str = "float",
    elements: Numbers = None,
) -> DBN:
    """Deep belief networks of up to ``max_layers`` RBMs; they shrink to one RBM.

    Parameters
    ----------
    visible : sequence of sites, optional
        By default 0, 1, ..., up to ``max_units`` of them.
    max_layers : int
        Most RBMs.
    max_units : int
        Most units in one layer.
    biases, kind, elements
        As for `rbms`.
    """
    require_count("max_layers", max_layers, 1)
    require_count("max_units", max_units, 1)
    bottom = draw_sites(draw, visible, max_units, "max_units")
    sizes = [len(bottom), *draw(st.lists(st.integers(1, max_units), min_size=1, max_size=max_layers))]
    layers = [bottom, *(range(n) for n in sizes[1:])]
    parts = [
        draw(rbms(visible=lower, hidden=[("h", j) for j in upper], biases=biases, kind=kind, elements=elements))
        for lower, upper in pairwise(layers)
    ]
    return DBN(parts)
