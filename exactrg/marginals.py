"""One layer summed out of a joint energy: Eqs. 14 and 15."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import SiteError
from .polynomial import SpinPolynomial, require_polynomial
from .rbm import RBM
from .sites import Site, require_enumerable, require_known, site_tuple
from .weight import BoltzmannWeight, exp, log, product


def rbm_hamiltonian(E: SpinPolynomial | RBM, over: Iterable[Site] | str) -> SpinPolynomial:
    """Eqs. 14 and 15: H^RBM = -log Tr e^{-E}, summed over one layer, so that p = e^{-H^RBM}/Z' with the same Z' for both.

    For an RBM the sum over a layer is the product of 2cosh(field) over its units; any other energy is summed as it is.

    Parameters
    ----------
    E : SpinPolynomial or RBM
    over : "visible", "hidden" (for an RBM), or the sites to sum over
    """
    return -log(marginal_weight(E, over))


_NO_TABLE = "RGOperator.from_energy(E, H).log_trace(v) is log Tr_h e^{-E + H} at samples v, without a table."


def marginal_weight(E: SpinPolynomial | RBM, over: Iterable[Site] | str) -> BoltzmannWeight:
    """Tr e^{-E} over some sites, as a weight on the others."""
    summed = require_marginal(E, over)
    if not isinstance(E, RBM):
        return exp(-E).trace(summed)
    if not _is_layer(E, summed):
        return exp(-E.energy()).trace(summed)
    # One factor a unit: sum_u e^{-u field} = 2cosh(field).
    layer = E if set(summed) == set(E.hidden) else E.transpose()
    outer = {frozenset((s,)): -value for s, value in zip(layer.visible, layer.c.tolist(), strict=True)}
    factors = [exp(SpinPolynomial({frozenset(): -layer.constant, **outer}, layer.visible))]
    for unit, bias, column in zip(layer.hidden, layer.b.tolist(), layer.w.T.tolist(), strict=True):
        field = {frozenset((unit,)): bias}
        field |= {frozenset((unit, s)): value for s, value in zip(layer.visible, column, strict=True)}
        factors.append(exp(-SpinPolynomial(field, (unit, *layer.visible))).trace([unit]))
    return product(factors)


def require_marginal(
    E: SpinPolynomial | RBM, over: Iterable[Site] | str, *, instead: str = _NO_TABLE
) -> tuple[Site, ...]:
    """Return the sites that `marginal_weight` sums over; EnumerationTooLarge, with what to write instead, if it cannot."""
    if isinstance(over, str):
        if not isinstance(E, RBM) or over not in ("visible", "hidden"):
            raise SiteError(f'over={over!r}: expected "visible" or "hidden" for an RBM, or a sequence of sites')
        summed = E.visible if over == "visible" else E.hidden
    else:
        summed = site_tuple(over, "over")
    if not isinstance(E, RBM):
        require_polynomial(E, "E")
    require_known(summed, E.sites, "over")
    layer = isinstance(E, RBM) and _is_layer(E, summed)
    require_enumerable(
        len(E.sites) - len(summed) if layer else len(E.sites),
        "float" if E.kind == "neutral" else E.kind,
        what="a marginal of an RBM" if layer else "the weight e^{-E}",
        instead=instead,
    )
    return summed


def _is_layer(rbm: RBM, sites: tuple[Site, ...]) -> bool:
    return set(sites) in (set(rbm.visible), set(rbm.hidden))
