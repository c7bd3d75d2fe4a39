"""Named RG operators: decimation, the majority rule, Kadanoff's kernel; and exact RBMs for pairwise Hamiltonians."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, Literal

import numpy as np

from .errors import CouplingError, InputError, UndecidedError
from .numbers.exact import Exact
from .numbers.kinds import normalize
from .numbers.roots import square_root
from .polynomial import SpinPolynomial, require_polynomial
from .rbm import RBM
from .rg import RGOperator
from .sites import Site, require_disjoint, require_enumerable, require_known, site_tuple
from .weight import BoltzmannWeight, exp


def _hidden_sites(count: int, visible: Iterable[Site], hidden: Iterable[Site] | None) -> tuple[Site, ...]:
    """Name the hidden sites ("h", 0), ... by default, and check their number."""
    names = tuple(("h", j) for j in range(count)) if hidden is None else site_tuple(hidden, "hidden")
    if len(names) != count:
        raise InputError(f"{len(names)} hidden sites for {count} coarse-grained spins: expected as many")
    require_disjoint(visible, names, "the visible and the hidden sites")
    return names


def _blocks(blocks: Iterable[Iterable[Site]]) -> tuple[tuple[Site, ...], ...]:
    """Check that blocks are nonempty and disjoint."""
    if not isinstance(blocks, Iterable):
        raise InputError(f"blocks is {blocks!r}: expected a sequence of blocks; write [[0, 1], [2, 3]]")
    result = tuple(site_tuple(block, "a block", empty=False) for block in blocks)
    site_tuple((site for block in result for site in block), "the list of blocks")
    if not result:
        raise InputError("no blocks: expected at least one; write [[0, 1], [2, 3]]")
    return result


_DECIMATED = "decimated_hamiltonian(H, keep) makes H^RG of a decimation without this table."
_SMALLER = "Write fewer or smaller blocks, or RGOperator.from_energy(E, H), whose .log_trace(v) needs no table."


def _require_enumerable(
    blocks: Iterable[Sequence[Site]], hidden: Sequence[Site], instead: str, kind: str = "neutral"
) -> None:
    """EnumerationTooLarge before any table is made."""
    require_enumerable(sum(map(len, blocks)) + len(hidden), kind, what="the table of an RG operator", instead=instead)


def _blockwise(
    blocks: tuple[tuple[Site, ...], ...], names: tuple[Site, ...], kernels: Iterable[BoltzmannWeight]
) -> RGOperator:
    """Multiply one kernel for each block into an operator."""
    weight = BoltzmannWeight((), np.array(1))
    for kernel in kernels:
        weight = weight * kernel
    return RGOperator(weight, (site for block in blocks for site in block), names)


def decimation(sites: Iterable[Site], keep: Iterable[Site], *, hidden: Iterable[Site] | None = None) -> RGOperator:
    """Decimation: e^T = prod_(kept i) delta(h_i, v_i), the step of Eq. 24 and Fig. 2A. It is exact (Eq. 9).

    Parameters
    ----------
    sites : sequence
        All visible sites.
    keep : sequence
        Those that survive, in the order of the hidden sites.
    hidden : sequence, optional
        Names of the hidden sites; by default ``("h", 0), ("h", 1), ...``.

    Raises
    ------
    SiteError
        For unknown or repeated sites.
    EnumerationTooLarge
        Beyond 20 spins, visible and hidden together; `decimated_hamiltonian` has no such limit.
    """
    everything, kept = site_tuple(sites), site_tuple(keep, "keep", empty=False)
    require_known(kept, everything, "keep")
    names = _hidden_sites(len(kept), everything, hidden)
    _require_enumerable([everything], names, _DECIMATED)
    weight = BoltzmannWeight(everything, np.ones((2,) * len(everything), dtype=int))
    for site, name in zip(kept, names, strict=True):
        weight = weight * BoltzmannWeight((site, name), [[1, 0], [0, 1]])
    return RGOperator(weight, everything, names)


def majority(
    blocks: Iterable[Iterable[Site]],
    tie: Literal["random", "first", "error"] = "random",
    *,
    hidden: Iterable[Site] | None = None,
) -> RGOperator:
    """Majority rule: h_j is the sign of the sum of its block. It is exact (Eq. 9).

    Parameters
    ----------
    blocks : sequence of sequences of sites
        Disjoint blocks of any sizes.
    tie : "random", "first" or "error"
        In a block of even size with a vanishing sum: either sign with probability 1/2, the sign of the first spin, or
        an InputError at once.
    hidden : sequence, optional
        By default ``("h", 0), ("h", 1), ...``.
    """
    if tie not in ("random", "first", "error"):
        raise InputError(f'tie={tie!r}: expected "random", "first" or "error"')
    checked = _blocks(blocks)
    if tie == "error" and (even := [block for block in checked if len(block) % 2 == 0]):
        raise InputError(f'the block {even[0]} can tie; expected odd blocks, or write tie="random" or tie="first"')
    names = _hidden_sites(len(checked), (s for block in checked for s in block), hidden)
    _require_enumerable(checked, names, _SMALLER)

    def kernel(block: tuple[Site, ...], name: Site) -> BoltzmannWeight:
        table = np.empty((2,) * (len(block) + 1), dtype=object)
        for spins in product((1, -1), repeat=len(block)):
            winner = sum(spins) or (spins[0] if tie == "first" else 0)
            share = Fraction(1, 2) if winner == 0 else int(winner > 0)
            index = tuple((1 - s) // 2 for s in spins)
            table[(*index, 0)], table[(*index, 1)] = share, 1 - share
        weight = BoltzmannWeight((*block, name), table)
        # Shares of one half are no couplings: they adapt to floats like the zeros and ones do.
        return BoltzmannWeight.of(weight.sites, "neutral", weight.values)

    return _blockwise(checked, names, [kernel(block, name) for block, name in zip(checked, names, strict=True)])


def kadanoff(blocks: Iterable[Iterable[Site]], p: Any, *, hidden: Iterable[Site] | None = None) -> RGOperator:
    """Kadanoff's kernel T = sum_j [p h_j sum_{i in j} v_i - log 2cosh(p sum_{i in j} v_i)], exact for every p (claim C11).

    Parameters
    ----------
    blocks : sequence of sequences of sites
    p : number
        Its strength: 0 forgets the visible spins, infinity is the majority rule. Float or exact.
    hidden : sequence, optional
    """
    checked = _blocks(blocks)
    kind, strength = normalize(p)
    if kind == "neutral" and strength:
        strength = float(strength)
    names = _hidden_sites(len(checked), (s for block in checked for s in block), hidden)
    _require_enumerable(checked, names, _SMALLER, "float" if kind == "neutral" else kind)

    def kernel(block: tuple[Site, ...], name: Site) -> BoltzmannWeight:
        factor = exp(SpinPolynomial({(site, name): strength for site in block}, (*block, name)))
        return factor / factor.trace([name])

    return _blockwise(checked, names, [kernel(block, name) for block, name in zip(checked, names, strict=True)])


def noisy_copy(
    sites: Iterable[Site], keep: Iterable[Site], w: Any, *, hidden: Iterable[Site] | None = None
) -> RGOperator:
    """Decimation with finite weights: e^T = prod_(kept i) e^{w h_i v_i} / 2cosh w, exact (Eq. 9) for every w and every H.

    Each hidden spin is a copy of its kept spin that is wrong with probability 1/(1 + e^{2w}). It is `decimation` in the
    limit of infinite w only; at finite w the copies of an Ising chain have longer-range couplings (Fig. 2B).

    Parameters
    ----------
    sites, keep, hidden
        As for `decimation`.
    w : number
        Float or exact.
    """
    everything, kept = site_tuple(sites), site_tuple(keep, "keep", empty=False)
    require_known(kept, everything, "keep")
    names = _hidden_sites(len(kept), everything, hidden)
    _require_enumerable([everything], names, _DECIMATED)
    copies = kadanoff([[site] for site in kept], w, hidden=names)
    others = BoltzmannWeight(everything, np.ones((2,) * len(everything), dtype=int))
    return RGOperator(others * copies.weight, everything, names)


def decorated_rbm(H: SpinPolynomial) -> RBM:
    """RBM whose visible marginal is e^{-H} exactly, for any pairwise H: one hidden unit a bond, and a constant.

    Summing h of e^{-h (w1 v_i + w2 v_j)} gives 2cosh(w1 v_i + w2 v_j) = A e^{K v_i v_j} with
    cosh 2w = e^{2|K|}, w1 = w, w2 = -sgn(K) w in the paper's sign (E = + v w h) up to the gauge of h, and A = 2 e^{|K|}.
    With exact couplings e^{2w} = e^{2|K|} + sqrt(e^{4|K|} - 1) must be in the ring, and the sign of K known. Both hold for
    constants, for a symbol declared positive, and for the log cosh(2J)/2 of Eq. 24, whose w is J.

    Parameters
    ----------
    H : SpinPolynomial
        Fields, pair couplings and a constant.

    Returns
    -------
    RBM
        M = number of bonds, so it does not coarse-grain. ``marginal_weight(rbm, "hidden") == exp(-H)``.

    Raises
    ------
    InputError
        For an interaction of more than two spins.
    CouplingError
        For an exact coupling whose w is outside the exact numbers, or whose sign depends on symbols.
    """
    require_polynomial(H, "H")
    bonds = [members for members in H.couplings if len(members) == 2]
    if many := [members for members in H.couplings if len(members) > 2]:
        raise InputError(
            f"the interaction of {sorted(many[0], key=str)} has more than two spins: expected a pairwise H"
        )
    exact = H.kind == "exact"
    zero = Exact(0) if exact else 0.0
    index = {site: k for k, site in enumerate(H.sites)}
    w: list[list[Any]] = [[zero] * len(bonds) for _ in H.sites]
    constant = H.couplings.get(frozenset(), zero)
    for j, members in enumerate(bonds):
        coupling = -H.couplings[members]
        first, second = sorted(members, key=index.__getitem__)
        size = _size(coupling)
        positive = bool(size == coupling)
        strength = _decoration_exact(size) if exact else _decoration(float(size))
        w[index[first]][j], w[index[second]][j] = strength, strength if positive else -strength
        # 2cosh(w1 v_i + w2 v_j) = 2 e^{|K|} e^{K v_i v_j}: take out log 2 + |K|.
        constant = constant + size + (_log_two() if exact else float(np.log(2.0)))
    c = [H.couplings.get(frozenset((site,)), zero) for site in H.sites]
    hidden = [("h", j) for j in range(len(bonds))]
    return RBM(
        np.array(w, dtype=object).reshape(len(H.sites), len(bonds)), None, c, constant, visible=H.sites, hidden=hidden
    )


def _size(coupling: Any) -> Any:
    """|K|; CouplingError if the sign depends on symbols."""
    try:
        return abs(coupling)
    except UndecidedError:
        raise CouplingError(
            f"the decoration of K = {coupling} depends on the sign of K: expected one that is known for all values of its "
            "symbols; write Symbol(name, positive=True), or numbers"
        ) from None


def _decoration(size: float) -> float:
    """w with cosh 2w = e^{2 size}: w = size + log(1 + sqrt(1 - e^{-4 size})) / 2, which never overflows."""
    return size + 0.5 * float(np.log1p(np.sqrt(-np.expm1(-4.0 * size))))


def _decoration_exact(size: Exact) -> Exact:
    """Return the same for an exact coupling, w = log(e^{2|K|} + sqrt(e^{4|K|} - 1)) / 2."""
    from .errors import ExactRGError

    try:
        # Either root will do: it turns w into -w, a gauge of h.
        root = square_root((4 * size).exp() - 1)
        return ((2 * size).exp() + root).log() / 2
    except ExactRGError as error:
        raise CouplingError(
            f"the coupling {size} has no exact decoration, cosh 2w = e^(2|K|): {error}; write K = log(cosh(2w))/2"
        ) from None


def _log_two() -> Exact:
    import sympy

    return Exact(sympy.log(2))
