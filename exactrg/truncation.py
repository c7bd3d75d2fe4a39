"""Truncation of an effective Hamiltonian: which couplings of H^RG are kept, and what is dropped (Eq. 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .divergence import kl_divergence
from .errors import InputError, a_type
from .polynomial import SpinPolynomial
from .sites import Site, require_known, site_tuple


@dataclass(frozen=True)
class Truncation:
    """A Hamiltonian split into what is kept and what is dropped; both live on all of its sites and add up to it.

    Attributes
    ----------
    kept, dropped : SpinPolynomial
    """

    kept: SpinPolynomial
    dropped: SpinPolynomial

    @property
    def exact(self) -> bool:
        """Whether nothing is dropped."""
        return not any(bool(value) for value in self.dropped.couplings.values())

    @property
    def divergence(self) -> Any:
        """D_KL(full || kept), what the truncation costs, in nats; a table over all sites."""
        return kl_divergence(self.kept + self.dropped, self.kept)

    def dropped_orders(self) -> dict[int, int]:
        """Number of dropped couplings by their number of spins."""
        return dict(sorted(Counter(map(len, self.dropped.couplings)).items()))

    def __str__(self) -> str:
        orders = ", ".join(f"{count} of {order} spins" for order, count in self.dropped_orders().items())
        return f"{len(self.kept.couplings)} couplings kept, dropped: {orders or 'none'}"


def truncate(
    H: SpinPolynomial,
    keep: Iterable[Iterable[Site]] = (),
    *,
    orders: Iterable[int] | None = None,
) -> Truncation:
    """Keep named couplings, and all couplings of some orders, of a Hamiltonian such as H^RG; say what is dropped.

    Parameters
    ----------
    H : SpinPolynomial
    keep : iterable of sets of sites
        Couplings that are kept by name; the empty set is the constant.
    orders : iterable of int, optional
        Numbers of spins whose couplings are all kept: (0, 2) keeps the constant and the pairs.

    Returns
    -------
    Truncation
        With ``H == kept + dropped``.

    Raises
    ------
    SiteError
        For an unknown site in ``keep``.
    InputError
        For an order that is no int of at least 0, or where nothing is named at all.

    Examples
    --------
    >>> from exactrg import decimated_hamiltonian, ising, square
    >>> H = decimated_hamiltonian(ising(square(4), 0.3), [0, 2, 5, 7, 8, 10, 13, 15])
    >>> print(truncate(H, orders=(0, 2)))
    25 couplings kept, dropped: 8 of 4 spins
    """
    if not isinstance(H, SpinPolynomial):
        raise InputError(f"H is {a_type(H)}: expected a SpinPolynomial; write rg_hamiltonian(T, H)")
    named = {frozenset(site_tuple(members, "a coupling to keep")) for members in keep}
    require_known((site for members in named for site in members), H.sites, "keep")
    sizes = set() if orders is None else set(orders)
    if any(isinstance(k, bool) or not isinstance(k, int) or k < 0 for k in sizes):
        raise InputError(
            f"orders is {sorted(sizes, key=str)}: expected ints of at least 0, numbers of spins; write (0, 1, 2)"
        )
    if not named and orders is None:
        raise InputError("nothing to keep: write orders=(0, 1, 2), or name couplings, keep=[(0, 1)]")
    parts: tuple[dict[Any, Any], dict[Any, Any]] = ({}, {})
    for members, value in H.couplings.items():
        parts[members in named or len(members) in sizes][members] = value
    dropped, kept = (SpinPolynomial(part, H.sites) for part in parts)
    return Truncation(kept, dropped)
