"""Carry out a plan: log Z, expectations and samples of a Hamiltonian by the engine that was chosen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from .engines.model import Model
from .errors import InputError
from .marginals import marginal_weight
from .numbers.exact import Exact
from .numbers.field import common_field
from .numbers.ring import EXACT
from .planning import DEFAULT_LIMIT, Plan, plan, plan_model
from .polynomial import SpinPolynomial
from .rbm import RBM
from .weight import BoltzmannWeight, exp


def total_weight(H: SpinPolynomial | RBM, engine: str = "auto", limit: int = DEFAULT_LIMIT) -> tuple[str, Any]:
    """Z = Tr e^{-H}: ("float", log Z) or ("exact", Z as a field element)."""
    if isinstance(H, SpinPolynomial):
        model = Model.of(H)
        planned = plan_model(model, "free_energy", engine=engine, limit=limit)
    else:
        planned = plan(H, "free_energy", engine=engine, limit=limit)
        if planned.engine == "layer":
            return _layer_total(H)
        H = H.energy()
        model = Model.of(H)
    if planned.engine == "table":
        return _traced(exp(-H))
    if model.kind == "exact":
        return "exact", _exact_total(model, planned, limit)
    return "float", _float_total(model, planned, limit)


def _layer_total(rbm: RBM) -> tuple[str, Any]:
    """Z' with the larger layer summed in closed form."""
    if rbm.kind == "float":
        from .engines.layer import log_partition_function

        return "float", log_partition_function(rbm)
    return _traced(marginal_weight(rbm, "hidden" if rbm.n_visible <= rbm.n_hidden else "visible"))


def _traced(weight: BoltzmannWeight) -> tuple[str, Any]:
    """Sum a table."""
    total = weight.trace(weight.sites)
    return ("float", float(total.values)) if total.kind == "float" else ("exact", total.values.item())


def _float_total(model: Model, planned: Plan, limit: int) -> float:
    """Log Z in float64."""
    engine = planned.engine
    constant = model.constant or 0.0
    if engine == "torus":
        from .kaufman import log_partition_function

        assert model.torus is not None
        return constant + float(log_partition_function(*model.torus, model.uniform_coupling))
    if engine == "planar":
        from .engines import planar

        return constant + planar.log_partition_function(
            model.edges, model.edge_couplings, model.n, positions=model.grid_positions
        )
    if engine == "enumeration":
        from .engines import enumeration

        return enumeration.log_partition_function(model.n, model.masks, model.log_couplings)
    from .engines.elimination import eliminate

    return float(eliminate(model.n, model.tables(), order=planned.order, limit=limit))


def _exact_total(model: Model, planned: Plan, limit: int) -> Any:
    """Z as a field element."""
    if planned.engine == "uniform":
        return _uniform_total(model, limit)
    from .engines.elimination import eliminate

    return eliminate(model.n, model.tables(), EXACT, planned.order, limit=limit).item()


def _uniform_total(model: Model, limit: int) -> Any:
    """sum_k g[k] e^{J (n_bonds - 2k)}, and with a field sum_km g[k][m] e^{J (n_bonds - 2k) + h (n - 2m)}."""
    from .engines.uniform import density_by_elimination

    J, h, bonds = model.uniform_coupling, model.uniform_field, model.bonds
    density: Any = density_by_elimination(model.n, bonds, magnetization=bool(h), limit=limit)
    rows = density if h else [[count] for count in density]
    if _is_atom(J) and (not h or _is_atom(h)):
        total = _laurent(J, h, rows, len(bonds), model.n)
    else:
        x, y = J.exp().element(), h.exp().element()
        terms = (
            flint.fmpq(count) * x ** (len(bonds) - 2 * k) * y ** (model.n - 2 * m if h else 0)
            for k, row in enumerate(rows)
            for m, count in enumerate(row)
            if count
        )
        total = sum(terms, flint.fmpq(0))
    return total if model.constant is None else total * model.constant.exp().element()


def _is_atom(x: Exact) -> bool:
    """Whether this is one symbol, with coefficient one."""
    return len(x.terms) == 1 and x.symbols == set(x.terms) and x.terms[next(iter(x.terms))] == 1


def _laurent(J: Exact, h: Exact, rows: Sequence[Sequence[int]], n_bonds: int, n: int) -> Any:
    """Write the counts straight into the coefficients of a Laurent polynomial in e^J (and e^h)."""
    symbols = [next(iter(x.terms)) for x in (J, h) if x.terms]
    field = common_field((symbol, 1) for symbol in symbols)
    places = [field.index[symbol] for symbol in symbols]
    terms = {}
    for k, row in enumerate(rows):
        for m, count in enumerate(row):
            if count:
                exponents = [0] * len(symbols)
                exponents[places[0]] = 2 * (n_bonds - k)
                if len(symbols) > 1:
                    exponents[places[1]] = 2 * (n - m)
                terms[tuple(exponents)] = count
    shift = field.power(symbols[0], Fraction(-n_bonds))
    if len(symbols) > 1:
        shift = shift * field.power(symbols[1], Fraction(-n))
    return type(shift)(field, field.context.from_dict(terms) * shift.num, shift.den)


def float_means(
    model: Model, scopes: Sequence[tuple[int, ...]], planned: Plan, limit: int = DEFAULT_LIMIT
) -> NDArray[np.float64]:
    """<prod_{i in S} s_i> for sets of spins, in float64."""
    if planned.engine == "enumeration":
        from .engines import enumeration

        observables = [sum(1 << spin for spin in scope) for scope in scopes]
        return np.asarray(enumeration.expectations(model.n, model.masks, model.log_couplings, observables))
    if planned.engine == "planar":
        return _planar_means(model, scopes)
    return np.array([parity(np.exp(table)) for table in _marginals(model, scopes, planned, limit, None)])


def exact_means(
    model: Model, scopes: Sequence[tuple[int, ...]], planned: Plan, limit: int = DEFAULT_LIMIT
) -> list[Any]:
    """<prod_{i in S} s_i> for sets of spins, as field elements."""
    return [parity(table) for table in _marginals(model, scopes, planned, limit, EXACT)]


def _marginals(model: Model, scopes: Sequence[tuple[int, ...]], planned: Plan, limit: int, numbers: Any) -> Any:
    """Tables of the marginals of sets of spins, by elimination."""
    from .engines.elimination import Elimination

    # The order that was planned does where the sets join no spins that no term joins.
    joined = {(), *model.scopes}.issuperset(scope for scope in scopes if len(scope) > 1)
    order = planned.order if joined else None
    elimination = Elimination(model.n, model.tables(), numbers, order, sets=scopes, limit=limit)
    return elimination.marginals(scopes)[1]


def parity(table: NDArray[Any]) -> Any:
    """sum_s p(s) prod s."""
    flat = table.reshape(-1)
    return sum(x if k.bit_count() % 2 == 0 else -x for k, x in enumerate(flat[1:], start=1)) + flat[0]


def unpaired(scopes: Iterable[Collection[Any]]) -> list[Collection[Any]]:
    """Return the sets of spins that the planar engine has no mean of: four spins, six, ...; odd ones have mean zero."""
    return [scope for scope in scopes if len(scope) > 2 and len(scope) % 2 == 0]


def _planar_means(model: Model, scopes: Sequence[tuple[int, ...]]) -> NDArray[np.float64]:
    """Bonds all at once, other pairs one by one; odd products vanish without a field."""
    from .engines import planar

    if many := unpaired(scopes):
        raise InputError(
            f"the planar engine has pair correlations only, not {len(many[0])} spins; use engine='elimination'"
        )
    place = {tuple(edge): k for k, edge in enumerate(model.edges.tolist())}
    bonds = (
        planar.edge_expectations(model.edges, model.edge_couplings, model.n, positions=model.grid_positions)
        if any(s in place for s in scopes)
        else ()
    )
    means = np.zeros(len(scopes))
    for k, scope in enumerate(scopes):
        if len(scope) == 2:
            known = place.get(scope)
            means[k] = (
                planar.pair_correlation(model.edges, model.edge_couplings, model.n, *scope)
                if known is None
                else bonds[known]
            )
        elif not scope:
            means[k] = 1.0
    return means
