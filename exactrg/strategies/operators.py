"""RG operators: exact ones and others, positive ones and delta functions, single steps and composed ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from ..counts import require_count
from ..errors import InputError
from ..operators import decimation, kadanoff, majority
from ..rg import RGOperator, is_exact_rg
from ..sites import Site
from .functions import MAX_TABLE, Numbers, boltzmann_weights, draw_sites, spin_polynomials
from .machines import rbms
from .numbers import couplings, require_kind

Sites = Sequence[Site]
Operators = st.SearchStrategy[RGOperator]
Step = Callable[[Sites, int, str], Operators]


@st.composite
def rg_operators(
    draw: st.DrawFn,
    *,
    visible: Sequence[Site] | None = None,
    max_visible: int = 3,
    max_hidden: int = 2,
    exact: bool | None = None,
    zeros: bool | None = None,
    kind: str = "float",
    elements: Numbers = None,
) -> RGOperator:
    """Coarse-graining steps e^T of all sorts, hidden spins ("h", 0), ("h", 1), ...; they shrink to a decimation.

    Exact ones (Eq. 9) are decimations, majority rules, Kadanoff's kernels, conditional distributions of RBMs and
    compositions of two of them. The others are T = -E + H of Eq. 18, for RBMs and for many-body energies, and tables.

    Parameters
    ----------
    visible : sequence of sites, optional
        By default 0, 1, ..., up to ``max_visible`` of them.
    max_visible, max_hidden : int
        Together at most 10.
    exact : bool, optional
        Only operators with Tr_h e^T = 1 for every v, or only others. By default both.
    zeros : bool, optional
        Only operators that vanish somewhere (delta functions), or only positive ones. By default both.
    kind, elements
        As for `spin_polynomials`; decimations and majority rules adapt to every kind.
    """
    require_kind(kind)
    sites = draw_sites(draw, visible, max_visible, "max_visible")
    require_count("max_hidden", max_hidden, 1)
    require_count("the number of visible and hidden sites", len(sites) + max_hidden, 1, MAX_TABLE)
    for name, value in (("exact", exact), ("zeros", zeros)):
        if value not in (None, True, False):
            raise InputError(f"{name}={value!r}: expected True, False, or None for both")
    if not sites:
        raise InputError("visible is empty: expected at least one site")
    numbers = couplings(kind=kind) if elements is None else elements
    count = draw(st.integers(1, max_hidden))
    sorts = []
    if exact is not False:
        steps = _exact_steps(zeros, kind, numbers)
        sorts += [step(sites, count, "h") for step in steps]
        sorts.append(_compositions(sites, count, steps, kind))
    if exact is not True and zeros is not True:
        sorts += [_energies(sites, count, kind, numbers)]
    if exact is not True and zeros is not False:
        sorts += [_tables(sites, count, kind)]
    operators = st.one_of(sorts)
    if exact is False:
        operators = operators.filter(lambda T: not is_exact_rg(T))
    if zeros is True:
        operators = operators.filter(lambda T: bool(T.weight.zeros()))
    return draw(operators)


def _exact_steps(zeros: bool | None, kind: str, numbers: st.SearchStrategy[Any]) -> list[Step]:
    """Return the named exact steps, as functions of the visible sites, the most hidden ones and their name."""

    def kernels(sites: Sites, count: int, name: str) -> Operators:
        return st.builds(lambda blocks, p: _blockwise(sites, name, kadanoff, blocks, p), _blocks(sites, count), numbers)

    def conditionals(sites: Sites, count: int, name: str) -> Operators:
        machines = rbms(visible=sites, hidden=_hidden(name, count), kind=kind, elements=numbers)
        return machines.map(RGOperator.from_conditional)

    deltas: list[Step] = [_decimations, _majorities] if zeros is not False else []
    return deltas + ([conditionals, kernels] if zeros is not True else [])


def _hidden(name: str, count: int) -> list[Site]:
    return [(name, j) for j in range(count)]


def _decimations(sites: Sites, count: int, name: str) -> Operators:
    kept = st.lists(st.sampled_from(sites), unique=True, min_size=1, max_size=min(count, len(sites)))
    return kept.map(lambda keep: decimation(sites, keep, hidden=_hidden(name, len(keep))))


def _majorities(sites: Sites, count: int, name: str) -> Operators:
    ties = st.sampled_from(("first", "random"))
    return st.builds(lambda blocks, tie: _blockwise(sites, name, majority, blocks, tie), _blocks(sites, count), ties)


def _blocks(sites: Sites, count: int) -> st.SearchStrategy[list[list[Site]]]:
    """Partitions of the sites into at most ``count`` blocks."""
    labels = st.lists(st.integers(0, count - 1), min_size=len(sites), max_size=len(sites))
    return labels.map(
        lambda label: [[s for s, k in zip(sites, label, strict=True) if k == j] for j in sorted(set(label))]
    )


def _blockwise(
    sites: Sites, name: str, rule: Callable[..., RGOperator], blocks: list[list[Site]], rest: Any
) -> RGOperator:
    """Apply a rule to blocks, the visible sites in their own order."""
    step = rule(blocks, rest, hidden=_hidden(name, len(blocks)))
    return RGOperator(step.weight, sites, step.hidden)


@st.composite
def _compositions(draw: st.DrawFn, sites: Sites, count: int, steps: list[Step], kind: str) -> RGOperator:
    """Two exact steps, one after the other."""
    # Two conditional distributions of symbolic RBMs have entries that fill pages.
    firsts = [step for step in steps if step.__name__ != "conditionals"] if kind == "symbolic" else steps
    first = draw(st.one_of([step(sites, 2, "m") for step in firsts]))
    return first.compose(draw(st.one_of([step(first.hidden, count, "h") for step in steps])))


@st.composite
def _energies(draw: st.DrawFn, sites: Sites, count: int, kind: str, numbers: st.SearchStrategy[Any]) -> RGOperator:
    """T = -E + H (Eq. 18) for RBMs and for other joint energies."""
    hidden = _hidden("h", count)
    E = draw(
        st.one_of(
            rbms(visible=sites, hidden=hidden, kind=kind, elements=numbers),
            spin_polynomials(sites=[*sites, *hidden], kind=kind, elements=numbers),
        )
    )
    return RGOperator.from_energy(E, draw(spin_polynomials(sites=sites, kind=kind, elements=numbers)))


def _tables(sites: Sites, count: int, kind: str) -> Operators:
    """Any nonnegative function of both layers."""
    hidden = _hidden("h", count)
    return boltzmann_weights(sites=[*sites, *hidden], kind=kind).map(lambda weight: RGOperator(weight, sites, hidden))
