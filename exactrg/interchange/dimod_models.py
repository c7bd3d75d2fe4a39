"""dimod's quadratic models and polynomials: the same energy, sum of bias times product, over spins or 0/1 units.

dimod's sign is that of `SpinPolynomial` (E = +sum h s + sum J s s + offset), the opposite of `ising`'s J and h. A binary
unit is x = (1 + s)/2. Products expand into all subsets, in rational arithmetic, rounded once at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any

from ..errors import EnumerationTooLarge, InputError, a_type
from ..numbers.exact import Exact
from ..numbers.kinds import as_kind, common_kind, normalize
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..sites import Site
from .packages import package, require_float

_MAX_ORDER = 20
Terms = Mapping[frozenset[Site], Any]


def from_dimod(model: Any) -> SpinPolynomial:
    """H = the energy of a dimod model, so that p = e^{-H}/Z at its temperature one.

    Parameters
    ----------
    model : dimod.BinaryQuadraticModel or dimod.BinaryPolynomial
        Of vartype SPIN, or BINARY with x = (1 + s)/2. Numbers of object models may be exact.

    Returns
    -------
    SpinPolynomial
        Over the variables of a quadratic model in their order; those of a polynomial are sorted.

    Raises
    ------
    InputError
        For anything else.
    EnumerationTooLarge
        For a product of more than 20 binary units: it has 2**n terms in spins.
    """
    vartype = getattr(getattr(model, "vartype", None), "name", None)
    if vartype not in ("SPIN", "BINARY"):
        raise InputError(
            f"expected a dimod BinaryQuadraticModel or BinaryPolynomial, got {a_type(model)}; constrained and "
            "discrete models have no form in spins"
        )
    if isinstance(model, Mapping):
        terms = {frozenset(members): bias for members, bias in model.items()}
        sites = _sorted({site for members in terms for site in members})
    else:
        terms = {frozenset((i, j)): bias for (i, j), bias in model.quadratic.items()}
        terms |= {frozenset((i,)): bias for i, bias in model.linear.items()}
        terms[frozenset()] = model.offset
        sites = list(model.variables)
    numbers = {members: normalize(bias) for members, bias in terms.items()}
    exact = common_kind((kind for kind, _ in numbers.values()), "a dimod model") == "exact"
    values = {m: as_kind(number, "exact") if exact else Fraction(number) for m, (_, number) in numbers.items()}
    if vartype == "BINARY":
        values = _expanded(values, lambda n, k: Fraction(1, 2**n))
    return SpinPolynomial(values if exact else {members: float(value) for members, value in values.items()}, sites)


def to_dimod(H: SpinPolynomial | RBM, vartype: str = "SPIN") -> Any:
    """Return the energy H as a dimod model with the same energies, offset included.

    Parameters
    ----------
    H : SpinPolynomial or RBM
        With float couplings.
    vartype : {"SPIN", "BINARY"}
        BINARY replaces s by 2x - 1.

    Returns
    -------
    dimod.BinaryQuadraticModel or dimod.BinaryPolynomial
        A quadratic model if no product has more than two spins.

    Raises
    ------
    InputError
        For exact couplings, or another vartype.
    EnumerationTooLarge
        For a product of more than 20 spins in binary units.
    MissingPackageError
        Without dimod.
    """
    energy = H.energy() if isinstance(H, RBM) else H
    if not isinstance(energy, SpinPolynomial) or vartype not in ("SPIN", "BINARY"):
        raise InputError(
            f'to_dimod({type(H).__name__}, {vartype!r}): expected a SpinPolynomial or RBM, and "SPIN" or "BINARY"'
        )
    require_float(energy.kind, "a dimod model")
    dimod = package("dimod", "dimod")
    values: Terms = {members: Fraction(value) for members, value in energy.couplings.items()}
    if vartype == "BINARY":
        values = _expanded(values, lambda n, k: (-1) ** (n - k) * 2**k)
    floats = {members: float(value) for members, value in values.items()}
    if max(map(len, floats), default=0) > 2:
        return dimod.BinaryPolynomial({tuple(members): value for members, value in floats.items()}, vartype)
    bqm = dimod.BinaryQuadraticModel(vartype)
    for site in energy.sites:
        bqm.add_variable(site)
    for members, value in floats.items():
        if len(members) == 2:
            bqm.add_quadratic(*members, value)
        elif members:
            bqm.add_linear(*members, value)
        else:
            bqm.offset += value
    return bqm


def _expanded(terms: Terms, factor: Any) -> dict[frozenset[Site], Any]:
    """Replace each product of n units by its sum over subsets of k of them, times factor(n, k)."""
    total: dict[frozenset[Site], Any] = {}
    for members, value in terms.items():
        n = len(members)
        if n > _MAX_ORDER:
            raise EnumerationTooLarge(
                n,
                _MAX_ORDER,
                what="the product of binary units or spins, expanded,",
                instead="Write products of fewer of them.",
            )
        for k in range(n + 1):
            scale = factor(n, k)
            for subset in combinations(members, k):
                part = value * (Exact(scale) if isinstance(value, Exact) else scale)
                key = frozenset(subset)
                total[key] = total[key] + part if key in total else part
    return total


def _sorted(sites: Iterable[Site]) -> list[Site]:
    """Return sites in an order that does not depend on hashes."""
    known = list(sites)
    try:
        return sorted(known)  # type: ignore[type-var]
    except TypeError:
        return sorted(known, key=repr)
