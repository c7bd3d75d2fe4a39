"""Partition functions, free energies, expectations and exact samples: Eqs. 1, 2, 4, 7 and 8. Everything in units of kT."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from .counts import require_count
from .engines.model import Model, torus_sides
from .errors import CouplingError, EnumerationTooLarge, FloatOverflowError, InputError, ZeroWeightError, a_type
from .numbers.exact import Exact
from .numbers.kinds import common_kind
from .planning import DEFAULT_LIMIT, Plan, graph_bonds, plan, plan_model
from .polynomial import SpinPolynomial
from .rbm import RBM
from .rg import RGOperator, coarse_weight, require_operator
from .seeds import random_generator
from .sites import Site, require_known
from .summation import exact_means, float_means, parity, total_weight, unpaired
from .weight import BoltzmannWeight, exp

_LOG_MAX = float(np.log(np.finfo(np.float64).max))
_PIECE = 1 << 16  # configurations that are drawn at a time


def boltzmann_factor(H: SpinPolynomial | RBM) -> BoltzmannWeight:
    """e^{-H}, of a Hamiltonian or of the joint energy of an RBM."""
    if isinstance(H, RBM):
        H = H.energy()
    if not isinstance(H, SpinPolynomial):
        raise InputError(f"expected a Hamiltonian (SpinPolynomial) or an RBM, got {a_type(H)}")
    return exp(-H)


def partition_function(H: SpinPolynomial | RBM, *, engine: str = "auto", limit: int = DEFAULT_LIMIT) -> Any:
    """Z = Tr e^{-H} (Eq. 2); for an RBM Z' = Tr_vh e^{-E}, which normalises Eq. 11.

    Parameters
    ----------
    H : SpinPolynomial or RBM
    engine : str
        "auto" takes the cheapest that applies; `plan` says which, and names the others.
    limit : int
        Bytes that tables may take.

    Returns
    -------
    float or Exact

    Raises
    ------
    FloatOverflowError
        If Z is beyond 1.8e308: use `log_partition_function`.
    EnumerationTooLarge
        If no engine that applies fits into the limit.
    InputError
        If the engine does not apply to this H.
    """
    kind, total = total_weight(H, engine, limit)
    if kind == "exact":
        return Exact.from_element(total)
    if total > _LOG_MAX:
        raise FloatOverflowError(
            f"Z = e**{total:.6g} is beyond float64; write log_partition_function(H), which is {total!r}"
        )
    return float(np.exp(total))


def log_partition_function(H: SpinPolynomial | RBM, *, engine: str = "auto", limit: int = DEFAULT_LIMIT) -> Any:
    """Log Z (Eq. 4 without its sign), in the log domain for floats and as an `Exact` otherwise.

    Parameters and errors are those of `partition_function`.
    """
    kind, total = total_weight(H, engine, limit)
    return total if kind == "float" else Exact.log_of(total)


def free_energy(H: SpinPolynomial | RBM, *, engine: str = "auto", limit: int = DEFAULT_LIMIT) -> Any:
    """F = -log Z, in units of kT (Eq. 4 for visible, Eq. 7 for coarse-grained spins).

    Parameters and errors are those of `partition_function`.
    """
    return -log_partition_function(H, engine=engine, limit=limit)


def delta_f(T: RGOperator, H: SpinPolynomial) -> Any:
    """Delta F = F^h - F^v = log Z - log Z', with Z' = Tr_vh e^{T - H} (Eqs. 4, 7 and 8; claim C1).

    Zero weights are legal.

    Returns
    -------
    float or Exact
    """
    require_operator(T)
    E = T.joint_energy(H)
    if E is not None:
        return _difference(log_partition_function(H), log_partition_function(E))
    coarse = coarse_weight(T, H)
    traced = coarse.trace(coarse.sites)
    if traced.zeros():
        raise ZeroWeightError("e^{T - H} vanishes everywhere: expected a positive Z'", coarse.zeros())
    return _difference(log_partition_function(H), traced.ring.log_value(traced.values))


def _difference(left: Any, right: Any) -> Any:
    """Subtract; the exact log Z of a Hamiltonian without couplings adapts to floats."""
    return float(left) - float(right) if isinstance(left, float) or isinstance(right, float) else left - right


def expectation(
    f: SpinPolynomial,
    H: SpinPolynomial | RBM | BoltzmannWeight,
    *,
    engine: str = "auto",
    limit: int = DEFAULT_LIMIT,
) -> Any:
    """<f> = sum_s f(s) e^{-H(s)} / Z under the Boltzmann distribution (Eq. 1).

    Parameters
    ----------
    f : SpinPolynomial
        On sites of H; integer coefficients adapt to the kind of H.
    H : SpinPolynomial, RBM or BoltzmannWeight
        Hamiltonian, joint energy, or an unnormalised distribution.
    engine, limit
        As for `partition_function`.

    Returns
    -------
    float or Exact
    """
    if not isinstance(f, SpinPolynomial):
        raise InputError(f"f is {a_type(f)}: expected a SpinPolynomial, such as SpinPolynomial({{(0, 1): 1}})")
    _require_distribution(H)
    require_known(f.sites, H.sites, "the observable")
    common_kind((f.kind, H.kind), "an expectation")
    if isinstance(H, RBM):
        H = _energy(H, require_count("limit", limit, 1))
    if isinstance(H, SpinPolynomial):
        model = Model.of(H)
        planned = plan_model(model, "expectation", engine=engine, limit=limit)
        if engine == "auto" and planned.engine == "planar" and unpaired(f.couplings):
            planned = plan_model(model, "expectation", engine="elimination", limit=limit)
        if planned.engine != "table":
            return _expectation_by_engine(f, H.sites, model, planned, limit)
        H = exp(-H)
    p = H.as_kind(f.kind).probability()
    total: Any = 0.0 if p.kind == "float" else Exact(0)
    for members, c in f.couplings.items():
        marginal = p.trace(site for site in p.sites if site not in members)
        mean = float(parity(np.exp(marginal.values))) if p.kind == "float" else parity(marginal.values)
        total = total + c * (mean if p.kind == "float" else Exact.from_element(mean))
    return total


def _require_distribution(H: Any) -> None:
    if not isinstance(H, SpinPolynomial | RBM | BoltzmannWeight):
        raise InputError(f"expected a Hamiltonian (SpinPolynomial), an RBM or a BoltzmannWeight, got {a_type(H)}")


def _expectation_by_engine(f: SpinPolynomial, sites: tuple[Site, ...], model: Model, planned: Plan, limit: int) -> Any:
    """Sum the means of all products in f."""
    number = {site: k for k, site in enumerate(sites)}
    scopes = [tuple(sorted(number[site] for site in members)) for members in f.couplings]
    if model.kind == "exact":
        means = [Exact.from_element(mean) for mean in exact_means(model, scopes, planned, limit)]
        if f.kind == "float":  # H = 0 adapts
            return float(np.dot(list(f.couplings.values()), [float(mean) for mean in means]))
        return sum((c * mean for c, mean in zip(f.couplings.values(), means, strict=True)), Exact(0))
    return float(np.dot(list(f.couplings.values()), float_means(model, scopes, planned, limit)))


def sample(
    H: SpinPolynomial | RBM | BoltzmannWeight,
    n: int,
    rng: np.random.Generator | int | None = None,
    *,
    engine: str = "auto",
    limit: int = DEFAULT_LIMIT,
) -> NDArray[np.int8]:
    """Draw n exact independent configurations from e^{-H}/Z (Eq. 1).

    Parameters
    ----------
    H : SpinPolynomial, RBM or BoltzmannWeight
        With numbers for couplings: floats or exact constants.
    n : int
    rng : numpy.random.Generator or seed
    engine, limit
        As for `partition_function`.

    Returns
    -------
    ndarray of int8, shape (n, n_sites)
        Spins in the order of the sites of H; visible, then hidden for an RBM.
    """
    if not isinstance(n, int | np.integer) or n < 0:
        raise InputError(f"n is {n!r}: expected a nonnegative int, the number of configurations")
    _require_distribution(H)
    _require_room(int(n), len(H.sites))
    generator = random_generator(rng)
    if isinstance(H, RBM):
        H = _energy(H, require_count("limit", limit, 1))
    if isinstance(H, SpinPolynomial):
        if H.kind == "exact":
            H = _as_floats(H)
        model = Model.of(H)
        planned = plan_model(model, "sample", engine=engine, limit=limit)
        if planned.engine == "elimination":
            from .engines.sampling import sample as sample_by_elimination

            return sample_by_elimination(model.n, model.tables(), int(n), generator, order=planned.order, limit=limit)
        H = exp(-H)
    flat = H.probability().values.ravel()
    probabilities = np.exp(flat) if H.kind == "float" else np.array([float(Exact.from_element(x)) for x in flat])
    cumulated = np.cumsum(probabilities)
    last = np.flatnonzero(probabilities)[-1]
    shifts = np.arange(len(H.sites) - 1, -1, -1)
    spins = np.empty((n, len(H.sites)), np.int8)
    for start in range(0, n, _PIECE):
        piece = spins[start : start + _PIECE]
        index = np.searchsorted(cumulated, generator.random(len(piece)) * cumulated[-1], side="right")
        # A sum that rounds up may leave the last draw behind the last entry of positive weight.
        index = np.minimum(index, last)
        piece[:] = 1 - 2 * (index[:, None] >> shifts & 1)
    return spins


def _require_room(n: int, n_sites: int) -> None:
    """Refuse configurations for which the system has no memory; what it gives is not touched here."""
    try:
        np.empty((n, n_sites), np.int8)
    except (MemoryError, ValueError):  # ValueError: beyond the address space
        raise InputError(
            f"{n:,} configurations of {n_sites:,} spins, a byte each, fit no memory; draw them in parts"
        ) from None


def _energy(rbm: RBM, limit: int) -> SpinPolynomial:
    """Return the joint energy, unless every order of summation has a table beyond the limit; then say so at once."""
    if rbm.kind == "float" and rbm.w.size:
        # No order is narrower than the least number of neighbours of a spin; beyond 20, no engine enumerates either.
        width = min(int(np.count_nonzero(rbm.w, axis=axis).min()) for axis in (0, 1))
        if width > 20 and limit >> width == 0:
            raise EnumerationTooLarge(
                width,
                limit.bit_length() - 4,
                what=f"a sum over an RBM of {rbm.n_visible} + {rbm.n_hidden} units",
                instead="approx has the same function for it.",
            )
    return rbm.energy()


def _as_floats(H: SpinPolynomial) -> SpinPolynomial:
    """Round exact constants; CouplingError for symbols, which have no samples."""
    if symbols := {symbol for c in H.couplings.values() for symbol in c.symbols}:
        raise CouplingError(
            f"samples need numbers for {sorted(map(str, symbols))}: substitute logs of rationals or floats"
        )
    return SpinPolynomial({members: float(c) for members, c in H.couplings.items()}, H.sites)


def density_of_states(
    graph: nx.Graph, *, magnetization: bool = False, engine: str = "auto", limit: int = DEFAULT_LIMIT
) -> list[int] | list[list[int]]:
    """Count the configurations of an Ising model by energy: Z(K) = sum_k g[k] e^{K (n_edges - 2k)} (Eqs. 2 and 25).

    Parameters
    ----------
    graph : networkx.Graph or MultiGraph
        Parallel bonds count as often as they are there.
    magnetization : bool
        Whether to count by magnetisation too.
    engine, limit
        As for `partition_function`.

    Returns
    -------
    list of int, or list of list of int
        g[k] configurations with k unsatisfied bonds, k = 0..n_edges; or g[k][m], m of them spins down.

    Raises
    ------
    LatticeError
        For a self-loop.
    EnumerationTooLarge
        If no engine fits into the limit.
    """
    chosen = plan(graph, "density_of_states", engine=engine, limit=limit, magnetization=magnetization).engine
    n, bonds = graph_bonds(graph)
    if chosen == "torus":
        from .torus_density import density_of_states as torus_density

        sides = torus_sides(n, bonds)
        assert sides is not None
        return torus_density(*sides)
    if chosen == "enumeration":
        from .engines.integer_density import integer_density

        return integer_density(n, bonds, magnetization=True) if magnetization else integer_density(n, bonds)
    from .engines.uniform import density_by_elimination

    return density_by_elimination(n, bonds, magnetization=magnetization, limit=limit)
