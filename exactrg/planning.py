"""Which way to sum over configurations: the cheapest engine that applies, chosen before any work."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import networkx as nx
import numpy as np

from .counts import require_count
from .engines.model import Model, torus_sides
from .errors import EnumerationTooLarge, InputError, LatticeError, a_type
from .polynomial import SpinPolynomial
from .rbm import RBM
from .sites import MAX_TABLE_SPINS
from .weight import BoltzmannWeight

Task = Literal["free_energy", "expectation", "sample", "density_of_states"]

ENGINES = ("table", "layer", "enumeration", "elimination", "planar", "torus", "uniform")
DEFAULT_LIMIT = 2 * 2**30

_MAX_ENUMERATION = 40
_MAX_PATIENCE = 300.0  # seconds; a sum that takes longer has to be asked for by the name of its engine
_MAX_SAMPLED_TABLE = 20
_MOST_WEIGHTS = 20_000  # of an RBM whose joint energy is looked at
_SECONDS_A_SPIN = 2e-5  # to set up and to start one step of an elimination
# Nanoseconds an operation takes, and those that a call takes anyway; measured, see docs/decisions.md.
_COST = {
    ("table", "float"): (4.0, 5e4),
    ("table", "exact"): (4e3, 1e5),
    ("layer", "float"): (4.0, 2e5),
    ("layer", "exact"): (4e3, 1e5),
    ("enumeration", "float"): (0.6, 2e6),
    ("elimination", "float"): (1.5, 5e5),
    ("elimination", "exact"): (8e3, 5e5),
    ("planar", "float"): (1.5e5, 5e6),
    ("torus", "float"): (1e3, 1e6),
    ("uniform", "exact"): (150.0, 5e5),
}


@dataclass(frozen=True)
class Plan:
    """How a sum would be done.

    Attributes
    ----------
    engine : str
        "table" (a dense table), "layer" (an RBM's smaller layer enumerated, the larger in closed form), "enumeration"
        (blocks of configurations contracted), "elimination" (one spin at a time), "planar" (a Pfaffian), "torus"
        (Kaufman), or "uniform" (integer counts by energy).
    width : int
        Largest number of spins that are summed or held together.
    operations : int
        Estimated multiply-adds.
    bytes : int
        Estimated peak memory.
    seconds : float
        Rough estimate on one core, once compiled.
    reason : str
        Why this one.
    order : tuple of int
        The elimination order that was found, where there is one.
    """

    engine: str
    width: int
    operations: int
    bytes: int
    seconds: float
    reason: str
    order: tuple[int, ...] = field(default=(), repr=False)


def plan(
    H: SpinPolynomial | RBM | nx.Graph,
    task: Task = "free_energy",
    *,
    engine: str = "auto",
    limit: int = DEFAULT_LIMIT,
    magnetization: bool = False,
) -> Plan:
    """Choose the engine for Z, an expectation, samples or a density of states: its width, bytes and operations.

    Parameters
    ----------
    H : SpinPolynomial, RBM or networkx graph
        A graph for the task "density_of_states".
    task : str
        "free_energy", "expectation", "sample" or "density_of_states".
    engine : str
        "auto", or the one that must be taken.
    limit : int
        Bytes that tables may take.
    magnetization : bool
        Whether a density of states also counts by magnetisation.

    Raises
    ------
    EnumerationTooLarge
        If no engine that applies fits into the limit; carries the smallest width found and its memory.
    InputError
        For an unknown task or engine, one that does not apply here, or a limit that is no positive int.
    """
    limit = require_count("limit", limit, 1)
    if task == "density_of_states":
        if not isinstance(H, nx.Graph):
            raise InputError(f"the density of states of {a_type(H)}: expected a networkx graph such as square(4)")
        return _chosen(_density_candidates(H, limit, magnetization), engine, len(H))
    if task not in ("free_energy", "expectation", "sample"):
        raise InputError(f"task={task!r}: expected 'free_energy', 'expectation', 'sample' or 'density_of_states'")
    if isinstance(H, RBM):
        return _chosen(_rbm_candidates(H, task, limit), engine, len(H.sites))
    if isinstance(H, SpinPolynomial):
        return plan_model(Model.of(H), task, engine=engine, limit=limit)
    instead = "write trace(weight), its sum" if isinstance(H, BoltzmannWeight) else "write ising(graph, J)"
    raise InputError(f"a sum over the configurations of {a_type(H)}: expected a SpinPolynomial or an RBM; {instead}")


def plan_model(model: Model, task: Task, *, engine: str = "auto", limit: int = DEFAULT_LIMIT) -> Plan:
    """`plan` for a Hamiltonian whose sites are numbered already."""
    return _chosen(_candidates(model, task, require_count("limit", limit, 1)), engine, model.n)


_Candidates = dict[str, Callable[[], Plan]]


def _chosen(candidates: _Candidates, engine: str, n: int) -> Plan:
    """Return the plan of the engine that was asked for, or the cheapest for n spins."""
    if engine not in ("auto", *ENGINES):
        raise InputError(f"engine={engine!r}: expected 'auto' or one of {', '.join(ENGINES)}")
    if engine == "auto":
        # Planning the next engine takes about this long.
        return _cheapest(candidates, patience=2e-3 + 2e-4 * n)
    if engine not in candidates:
        raise InputError(f"the engine {engine!r} does not apply here; those that do: {', '.join(candidates)}")
    return candidates[engine]()


def _cheapest(candidates: _Candidates, patience: float) -> Plan:
    """Return the cheapest plan; later ones cost more to plan, and are skipped once one takes less than ``patience``."""
    best: Plan | None = None
    refusal: EnumerationTooLarge | None = None
    for make in candidates.values():
        try:
            found = make()
        except EnumerationTooLarge as error:
            refusal = error if refusal is None or error.n < refusal.n else refusal
            continue
        except InputError:
            continue
        if best is None or found.seconds < best.seconds:
            best = found
        if best.seconds < patience:
            break
    if best is not None and best.seconds > _MAX_PATIENCE:
        instead = f"It would take about {best.seconds:.0f} seconds: write engine={best.engine!r} for it, or use approx."
        limit = best.width - math.ceil(math.log2(best.seconds / _MAX_PATIENCE))
        refusal, best = EnumerationTooLarge(best.width, limit, bytes_per_entry=0, what="a sum", instead=instead), None
    if best is None:
        assert refusal is not None
        raise refusal
    return best


def _priced(engine: str, kind: str, width: int, operations: int, size: int, reason: str) -> Plan:
    per_operation, overhead = _COST[engine, kind]
    return Plan(engine, width, operations, size, (operations * per_operation + overhead) * 1e-9, reason)


def _table(n: int, kind: str, most: int) -> Plan:
    entry = 8 if kind == "float" else 200
    if n > most:
        raise EnumerationTooLarge(
            n, most, bytes_per_entry=entry, instead="approx has estimates for systems of any size."
        )
    return _priced("table", kind, n, max(1, n) * 2**n, 2 * entry * 2**n, f"all 2**{n} configurations in one table")


def _candidates(model: Model, task: str, limit: int) -> _Candidates:
    """Return engines that apply to a Hamiltonian, cheap to plan first."""
    kind, n = model.kind, model.n
    most = min(MAX_TABLE_SPINS[kind], _MAX_SAMPLED_TABLE if task == "sample" else MAX_TABLE_SPINS[kind])
    found: _Candidates = {"table": lambda: _table(n, kind, most)}
    if kind == "float":
        if task == "free_energy" and model.torus:
            found["torus"] = lambda: _torus(model)
        if task != "sample" and n <= _MAX_ENUMERATION:
            found["enumeration"] = lambda: _enumeration(model)
        makers: _Candidates = {"elimination": lambda: _elimination(model, limit)}
        if task != "sample" and model.is_zero_field_pairs and n > 2:
            makers["planar"] = lambda: _planar(model)
        # Looking for an elimination order is what takes long in a large graph, unless it is nearly a tree or a ring.
        found |= dict(sorted(makers.items(), reverse=n > 256 and 2 * len(model.edges) > 3 * n))
    else:
        if task == "free_energy" and _is_uniform(model):
            found["uniform"] = lambda: _uniform(n, model.bonds, bool(model.uniform_field), limit)
        found["elimination"] = lambda: _elimination(model, limit)
    return found


def _is_uniform(model: Model) -> bool:
    """Pairs with one coupling, and one field (or none) on all spins."""
    return (
        all(len(scope) <= 2 for scope in model.scopes)
        and model.uniform_coupling is not None
        and model.uniform_field is not None
    )


def _torus(model: Model) -> Plan:
    assert model.torus is not None
    m, n = model.torus
    return _priced("torus", "float", min(m, n), 4 * (m + n), 8 * (m + n), f"uniform {m} x {n} torus: Kaufman's formula")


def _enumeration(model: Model) -> Plan:
    from .engines.enumeration_blocks import Blocks, checked_masks, echelon_basis

    masks = checked_masks(model.n, model.masks)
    kept = sum(echelon_basis(masks))
    blocks = Blocks.split(kept, masks)
    rank = kept.bit_count()
    size = 16 * blocks.size + 8 * int(blocks.shapes[2][0] * blocks.shapes[2][1])
    return _priced("enumeration", "float", rank, 2**rank, size, f"2**{rank} configurations, contracted in blocks")


def _elimination(model: Model, limit: int) -> Plan:
    from .engines.orders import elimination_order

    # An exact table entry is an object of a few hundred bits, and takes a microsecond.
    entry, nanoseconds = (8, 1.0) if model.kind == "float" else (256, 1e3)
    order = elimination_order(model.n, model.scopes, limit=limit, bytes_per_entry=entry, nanoseconds=nanoseconds)
    reason = f"spins summed one at a time, at most {order.width} at once"
    found = _priced("elimination", model.kind, order.width, order.operations, order.bytes, reason)
    return replace(found, order=order.order, seconds=found.seconds + model.n * _SECONDS_A_SPIN)


def _planar(model: Model) -> Plan:
    if model.grid_positions is None and not nx.check_planarity(nx.Graph(model.edges.tolist()))[0]:
        raise InputError("the graph is not planar; use the engine 'elimination'")
    operations = model.n
    return _priced("planar", "float", round(model.n**0.5), operations, 10_000 * model.n, "planar graph in zero field")


def _uniform(n: int, bonds: list[tuple[int, int]], magnetization: bool, limit: int) -> Plan:
    from .engines.orders import elimination_order
    from .engines.uniform import FACTOR_BYTES, entry_bytes

    require_room_for_counts(n, len(bonds), magnetization=magnetization, limit=limit)
    # One polynomial with a slot of n bits for each energy (and magnetisation) is one big integer.
    entry = entry_bytes(n, len(bonds), magnetization)
    order = elimination_order(
        n, bonds, limit=limit, bytes_per_entry=entry, bytes_per_factor=FACTOR_BYTES, nanoseconds=500.0
    )
    reason = "uniform couplings: counts by energy as packed polynomials"
    return _priced("uniform", "exact", order.width, order.operations * (1 + entry // 256), order.bytes, reason)


def require_room_for_counts(n: int, n_bonds: int, *, magnetization: bool = False, limit: int = DEFAULT_LIMIT) -> None:
    """Refuse a density of states whose integers alone are beyond the limit in bytes, before there is a graph.

    Raises
    ------
    EnumerationTooLarge
    """
    from .engines.uniform import entry_bytes

    size = entry_bytes(n, n_bonds, magnetization)
    if size > limit:
        most = int((n ** (3 if magnetization else 2) * limit / size) ** (1 / 3 if magnetization else 1 / 2))
        raise EnumerationTooLarge(
            n,
            min(most, n - 1),
            bytes_per_entry=0,
            what="a density of states",
            instead=f"Its integers alone take {size:,} bytes: pass a larger limit in bytes, or write "
            "kaufman.log_partition_function(m, n, K) for a torus, or approx for estimates, of any size.",
        )


def _rbm_candidates(H: RBM, task: str, limit: int) -> _Candidates:
    """Return the closed form over one layer, or whatever sums its joint energy."""
    kind = "float" if H.kind == "float" else "exact"
    small, large = sorted((H.n_visible, H.n_hidden))
    found: _Candidates = {}
    if task == "free_energy":
        entry = 8 if kind == "float" else 200

        def layer() -> Plan:
            if small > MAX_TABLE_SPINS[kind]:
                raise EnumerationTooLarge(
                    small,
                    MAX_TABLE_SPINS[kind],
                    bytes_per_entry=entry,
                    what=f"the smaller layer of an RBM of {H.n_visible} + {H.n_hidden} units",
                    instead="approx.free_energy(rbm) estimates it with an error bar.",
                )
            reason = f"{large} units in closed form, {small} enumerated"
            return _priced("layer", kind, small, large * 2**small, 3 * entry * 2**small, reason)

        found["layer"] = layer
        if small <= 24 and H.n_visible + H.n_hidden > 400:
            return found
    # A large RBM with few weights, such as `decorated_rbm`, is summed like a lattice.
    if (np.count_nonzero(H.w) if kind == "float" else H.w.size) <= _MOST_WEIGHTS:
        found |= _candidates(Model.of(H.energy()), task, limit)
    if not found:
        raise EnumerationTooLarge(
            small,
            MAX_TABLE_SPINS[kind],
            what="a sum over the smaller layer of this RBM",
            instead="approx has the same function for it.",
        )
    return found


def _density_candidates(graph: nx.Graph, limit: int, magnetization: bool) -> _Candidates:
    """Return ways to count configurations by energy."""
    require_room_for_counts(len(graph), graph.number_of_edges(), magnetization=magnetization, limit=limit)
    n, bonds = graph_bonds(graph)
    sides = None if magnetization else torus_sides(n, bonds)
    found: _Candidates = {}
    if sides:
        m, k = sides
        found["torus"] = lambda: Plan(
            "torus",
            min(m, k),
            (m * k) ** 2,
            m * k * m * k // 4,
            1e-6 * (m * k) ** 2,
            f"{m} x {k} torus: Kaufman's products",
        )
    if n <= _MAX_ENUMERATION:
        found["enumeration"] = lambda: _priced(
            "enumeration", "float", n, 2 ** (n - 1), 2**20, f"2**{n} configurations counted"
        )
    found["uniform"] = lambda: _uniform(n, bonds, magnetization, limit)
    return found


def graph_bonds(graph: nx.Graph) -> tuple[int, list[tuple[int, int]]]:
    """Number the sites of a graph in their order; return how many, and all bonds, parallel ones repeated."""
    if graph.is_directed():
        raise LatticeError("expected an undirected graph, got a directed one; write graph.to_undirected()")
    number = {site: k for k, site in enumerate(graph.nodes)}
    return len(number), [(number[i], number[j]) for i, j in graph.edges()]
