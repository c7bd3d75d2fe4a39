"""Decimation from the definition at sizes where no table over all spins exists: sums over clusters of removed spins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import networkx as nx

from .numbers.element import Element
from .numbers.exact import Exact
from .polynomial import SpinPolynomial, require_polynomial
from .sites import Site, require_known, site_tuple
from .weight import exp, log


def decimated_hamiltonian(H: SpinPolynomial, keep: Iterable[Site]) -> SpinPolynomial:
    """H^RG(kept) = -log Tr_removed e^{-H}: Eq. 6 for decimation, summed over each cluster of removed spins on its own.

    Removed spins that interact, directly or through other removed spins, form a cluster; its sum depends on the kept
    spins that interact with it. So a ring of any length, or every second site of any square lattice, takes no table
    over all spins.

    Parameters
    ----------
    H : SpinPolynomial
    keep : sequence of sites
        Those that survive, in the order of the sites of the result.

    Returns
    -------
    SpinPolynomial
        Over the kept sites, constant included: ``rg_hamiltonian(decimation(H.sites, keep), H)`` up to their names.

    Raises
    ------
    SiteError
        For an unknown or repeated site.
    EnumerationTooLarge
        If a cluster and its neighbours are more than 26 spins (20 for exact couplings).

    Examples
    --------
    >>> from exactrg import ising, square
    >>> H = decimated_hamiltonian(ising(square(4), 0.3), [0, 2, 5, 7, 8, 10, 13, 15])
    >>> max(map(len, H.couplings))
    4
    """
    require_polynomial(H, "H")
    kept = site_tuple(keep, "keep")
    require_known(kept, H.sites, "keep")
    survivors = set(kept)
    removed = nx.Graph()
    removed.add_nodes_from(site for site in H.sites if site not in survivors)
    for members in H.couplings:
        nx.add_path(removed, members - survivors)
    place = {site: k for k, site in enumerate(H.sites)}
    clusters = [sorted(cluster, key=place.__getitem__) for cluster in nx.connected_components(removed)]
    number = {site: k for k, cluster in enumerate(clusters) for site in cluster}
    terms: list[dict[frozenset[Site], Any]] = [{} for _ in clusters]
    total: dict[frozenset[Site], Any] = {}
    for members, coefficient in H.couplings.items():
        inside = members - survivors
        (terms[number[next(iter(inside))]] if inside else total)[members] = coefficient
    known: dict[Any, Any] = {}
    for cluster, couplings in zip(clusters, terms, strict=True):
        around = {site for members in couplings for site in members} & survivors
        sites = cluster + sorted(around, key=place.__getitem__)
        local = {site: k for k, site in enumerate(sites)}
        numbered = {frozenset(local[site] for site in members): c for members, c in couplings.items()}
        # Clusters that look alike, as on a uniform lattice, are summed once.
        key = len(cluster), len(sites), frozenset((members, _written(c)) for members, c in numbered.items())
        if key not in known:
            known[key] = _log_trace(numbered, len(cluster), len(sites), H.kind)
        for members, coefficient in known[key].items():
            outside = frozenset(sites[k] for k in members)
            total[outside] = total[outside] - coefficient if outside in total else -coefficient
    return SpinPolynomial(total, kept)


def _written(coefficient: Any) -> Any:
    """Return how a coefficient is written, as a key; those that `exp` will reject are not hashable."""
    if not isinstance(coefficient, Exact):
        return coefficient
    return frozenset((atom, id(c) if isinstance(c, Element) else c) for atom, c in coefficient.terms.items())


def _log_trace(couplings: dict[frozenset[int], Any], removed: int, n: int, kind: str) -> Any:
    """Couplings of log Tr e^{-H} over the first spins of n, on the others."""
    weight = exp(-SpinPolynomial(couplings, range(n))).as_kind(kind)
    return log(weight.trace(range(removed))).couplings
