"""Site tuples and configurations: the checks that every object makes at its boundary."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import EnumerationTooLarge, SiteError, SpinError

Site: TypeAlias = Hashable

MAX_TABLE_SPINS = {"float": 26, "exact": 20, "neutral": 20}
"""Largest number of spins in one dense table: 512 MiB of float64, or 2**20 exact entries."""

_ENTRY_BYTES = {"float": 8, "exact": 200, "neutral": 200}


def plain(site: Any) -> Any:
    """Return a numpy scalar as the Python number or text that it stands for, inside tuples too; other sites as they are.

    They are equal and hash alike, but a numpy scalar compares itself with a tuple entry by entry.
    """
    if isinstance(site, np.generic):
        return site.item()
    return tuple(map(plain, site)) if type(site) is tuple else site


def site_tuple(sites: Iterable[Site], what: str = "sites", *, empty: bool = True) -> tuple[Site, ...]:
    """Return the sites as a tuple of distinct hashables; SiteError otherwise."""
    if isinstance(sites, str) or not isinstance(sites, Iterable) or (isinstance(sites, np.ndarray) and not sites.ndim):
        raise SiteError(f"{what} is {sites!r}: expected a sequence of sites; write [{sites!r}]")
    result = tuple(map(plain, sites))
    seen: set[Site] = set()
    for site in result:
        try:
            repeated = site in seen
        except TypeError:
            raise SiteError(
                f"{what} contains {site!r}, which is not hashable; write a tuple instead of a list"
            ) from None
        if repeated:
            raise SiteError(f"{what} contains {site!r} twice: expected distinct sites")
        seen.add(site)
    if not result and not empty:
        raise SiteError(f"{what} is empty: expected at least one site")
    return result


def renamed(sites: Sequence[Site], mapping: Mapping[Site, Site]) -> dict[Site, Site]:
    """Return the new name of every site; SiteError for unknown sites, and for names that would occur twice."""
    require_known(mapping, sites, "the mapping")
    return dict(
        zip(sites, site_tuple((mapping.get(site, site) for site in sites), "the mapping's result"), strict=True)
    )


def require_known(sites: Iterable[Site], known: Sequence[Site], what: str) -> None:
    """SiteError if a site is not among the known ones."""
    if not isinstance(sites, Iterable):
        raise SiteError(f"{what} is {sites!r}: expected sites of {', '.join(map(repr, known[:8])) or 'none'}")
    members = set(known)
    unknown = [site for site in sites if site not in members]
    if unknown:
        listed = ", ".join(map(repr, known[:8])) + (", ..." if len(known) > 8 else "")
        raise SiteError(f"{what} names the unknown site {unknown[0]!r}; the sites are {listed or 'none'}")


def require_disjoint(left: Iterable[Site], right: Iterable[Site], what: str) -> None:
    """SiteError if the two sets of sites overlap."""
    common = set(left) & set(right)
    if common:
        raise SiteError(
            f"{what} share the site {next(iter(common))!r}: expected disjoint sets; use .relabel(mapping), or "
            'other names, such as hidden=[("h2", 0), ...]'
        )


def require_same(left: Sequence[Site], right: Sequence[Site], what: str) -> None:
    """SiteError unless both are the same set of sites."""
    if set(left) != set(right):
        odd = next(iter(set(left) ^ set(right)))
        raise SiteError(
            f"{what} live on different sites ({len(left)} and {len(right)}; {odd!r} is in one of them only): expected "
            "the same set of sites; use .relabel(mapping)"
        )


def require_enumerable(n: int, kind: str, *, instead: str, what: str = "a table") -> None:
    """EnumerationTooLarge if a dense table over n spins is out of reach; called before anything is allocated."""
    if n > MAX_TABLE_SPINS[kind]:
        raise EnumerationTooLarge(
            n, MAX_TABLE_SPINS[kind], bytes_per_entry=_ENTRY_BYTES[kind], what=what, instead=instead
        )


def spin_array(configs: Any, n: int) -> NDArray[np.int8]:
    """Return configurations as an int8 array (n_samples, n) of +1 and -1.

    Raises
    ------
    SpinError
        For 0/1 units, other values, floats that are no integers, or a wrong shape.
    """
    try:
        array = np.asarray(configs)
    except ValueError:
        raise SpinError(f"ragged configurations: expected rows of one length, (n_samples, {n})") from None
    if array.ndim == 1:
        array = array[None, :]
    if array.ndim != 2 or array.shape[1] != n:
        raise SpinError(
            f"configurations of shape {np.shape(configs)}: expected (n_samples, {n}), in the order of .sites"
        )
    if array.dtype.kind not in "iufb":
        raise SpinError(f"configurations of dtype {array.dtype}: expected int8 spins of +1 and -1")
    if array.dtype.kind == "b" or not np.all(np.abs(array) == 1):
        hint = "; these are 0/1 units, write 2 * units - 1" if np.isin(array, (0, 1)).all() else ""
        odd = array[np.abs(array) != 1]
        raise SpinError(f"spins must be +1 or -1, got values such as {odd[0] if odd.size else True}{hint}")
    return np.asarray(array, np.int8)


def describe(sites: Sequence[Site], index: int) -> dict[Site, int]:
    """Return the configuration at a flat table index as {site: spin}."""
    n = len(sites)
    return {site: 1 - 2 * (index >> (n - 1 - k) & 1) for k, site in enumerate(sites)}
