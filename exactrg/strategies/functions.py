"""Functions of spins: Hamiltonians (Eqs. 3, 23 and 25) and Boltzmann weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from ..counts import require_count
from ..errors import InputError, a_type
from ..hamiltonians import ising
from ..polynomial import SpinPolynomial
from ..sites import Site, site_tuple
from ..weight import BoltzmannWeight
from .lattices import lattices
from .numbers import couplings, positives, require_kind

Numbers = st.SearchStrategy[Any] | None

MAX_TABLE = 10
"""Most spins of a table whose entries are drawn one by one."""


def draw_sites(draw: st.DrawFn, sites: Sequence[Site] | None, largest: int, name: str) -> tuple[Site, ...]:
    """Return the sites that were asked for, or range(n) with n from 1 to ``largest``."""
    if sites is not None:
        return site_tuple(sites)
    require_count(name, largest, 1)
    return tuple(range(draw(st.integers(1, largest))))


@st.composite
def spin_polynomials(
    draw: st.DrawFn,
    *,
    sites: Sequence[Site] | None = None,
    max_sites: int = 4,
    max_terms: int = 6,
    max_order: int | None = None,
    kind: str = "float",
    elements: Numbers = None,
) -> SpinPolynomial:
    """Functions sum_S f_S prod_{i in S} s_i with many-body terms and constants (Eqs. 3 and 5); they shrink to zero.

    Parameters
    ----------
    sites : sequence, optional
        By default 0, 1, ..., up to ``max_sites`` of them.
    max_sites, max_terms : int
    max_order : int, optional
        Most spins in one term, as many as there are by default.
    kind : str
        "float", "exact" or "symbolic", see `couplings`.
    elements : SearchStrategy, optional
        What draws the coefficients, instead of ``couplings(kind=kind)``.
    """
    require_kind(kind)
    known = draw_sites(draw, sites, max_sites, "max_sites")
    require_count("max_terms", max_terms)
    order = len(known) if max_order is None else min(require_count("max_order", max_order), len(known))
    members = st.frozensets(st.sampled_from(known), max_size=order) if known else st.just(frozenset())
    numbers = couplings(kind=kind) if elements is None else elements
    terms = draw(st.dictionaries(members, numbers, max_size=max_terms))
    # A zero keeps the kind where no coefficient does: sums over the states of a float function are floats.
    return SpinPolynomial(terms or {frozenset(): 0 * draw(numbers)}, known)


@st.composite
def ising_hamiltonians(
    draw: st.DrawFn,
    *,
    graphs: nx.Graph | st.SearchStrategy[nx.Graph] | None = None,
    fields: bool = True,
    kind: str = "float",
    elements: Numbers = None,
) -> SpinPolynomial:
    """Ising Hamiltonians of Eqs. 3, 23 and 25: one J and one h, or one for every bond and site; they shrink to zero.

    Parameters
    ----------
    graphs : networkx graph or SearchStrategy, optional
        By default ``lattices()``.
    fields : bool
        Whether there may be a field.
    kind, elements
        As for `spin_polynomials`.
    """
    require_kind(kind)
    if graphs is not None and not isinstance(graphs, nx.Graph | st.SearchStrategy):
        raise InputError(f"graphs is {a_type(graphs)}: expected a lattice, or a strategy such as lattices()")
    graph = graphs if isinstance(graphs, nx.Graph) else draw(lattices() if graphs is None else graphs)
    numbers = couplings(kind=kind) if elements is None else elements
    uniform = draw(st.sampled_from((True, False)))

    def values(places: Any) -> Any:
        return draw(numbers) if uniform and places else {place: draw(numbers) for place in places}

    H = ising(graph, values(graph.edges), values(graph.nodes) if fields else 0)
    return H + 0 * draw(numbers) if H.kind == "neutral" else H


@st.composite
def boltzmann_weights(
    draw: st.DrawFn,
    *,
    sites: Sequence[Site] | None = None,
    max_sites: int = 3,
    zeros: bool = True,
    kind: str = "float",
    elements: Numbers = None,
) -> BoltzmannWeight:
    """Nonnegative functions of spins, positive somewhere, given by their tables; they shrink to 1 everywhere.

    Parameters
    ----------
    sites : sequence, optional
        At most 10; by default 0, 1, ..., up to ``max_sites`` of them.
    max_sites : int
    zeros : bool
        Whether the weight may vanish at some configurations.
    kind : str
        "float", "exact" (rationals) or "symbolic" (sums of exponentials of J and K).
    elements : SearchStrategy, optional
        What draws the positive entries.
    """
    require_kind(kind)
    known = draw_sites(draw, sites, max_sites, "max_sites")
    require_count("the number of sites", len(known), 1, MAX_TABLE)
    count = 2 ** len(known)
    entries = positives(kind=kind) if elements is None else elements
    # One entry stays positive, so that the weight can be normalised. Drawn first, so that fewer sites keep the zeros.
    vanishing = draw(st.sets(st.integers(0, count - 1), max_size=count - 1)) if zeros else set()
    table = np.empty(count, dtype=object)
    table[:] = draw(st.lists(entries, min_size=count, max_size=count))
    table[list(vanishing)] *= 0
    return BoltzmannWeight(known, table.reshape((2,) * len(known)))
