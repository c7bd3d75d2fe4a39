"""What a failing test shows: shrunk examples, whatever the seed, as code that makes them again."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import exactrg
from exactrg import DBN, RBM, BoltzmannWeight, RGOperator, SpinPolynomial, strategies
from exactrg.strategies import KINDS

# Explaining traces every line, which costs ten times the test.
quick = settings(max_examples=25, deadline=None, database=None, phases=[Phase.generate, Phase.shrink])
OF_A_KIND = ["couplings", "spin_polynomials", "ising_hamiltonians", "boltzmann_weights", "rbms", "dbns", "rg_operators"]
SCOPE = {public: getattr(exactrg, public) for public in exactrg.__all__}


class Found(Exception):
    """A drawn object has the property."""


def shrunk(strategy: SearchStrategy[Any], condition: Callable[[Any], Any], number: int) -> Any:
    """What ``@given`` ends with, for one seed."""
    seen: list[Any] = []

    @seed(number)
    @settings(quick, max_examples=200, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def search(x: Any) -> None:
        if condition(x):
            seen.append(x)
            raise Found

    with pytest.raises(Found):
        search()
    return seen[-1]


@pytest.mark.parametrize(
    ("condition", "least"),
    [
        (lambda s: s.shape[1] >= 3, [[1, 1, 1]]),
        (lambda s: len(s) >= 3, [[1], [1], [1]]),
        (lambda s: (s.sum(axis=1) < 0).any(), [[-1]]),
        (lambda s: len(s) > 1 and (s[0] != s[1]).any(), [[1], [-1]]),
        (lambda s: len(s) > 2 and (s[2] < 0).all(), [[1], [1], [-1]]),
        (lambda s: s.shape[1] > 2 and (s[0, :-1] != s[0, 1:]).sum() >= 2, [[1, -1, 1]]),
        (lambda s: s.shape[1] > 2 and s[-1, -1] < 0, [[1, 1, -1]]),
    ],
)
def test_configurations_shrink_to_the_smallest_for_every_seed(condition: Any, least: list[list[int]]) -> None:
    for number in range(6):
        assert shrunk(strategies.configurations(), condition, number).tolist() == least


def test_wide_configurations_are_balanced() -> None:
    """No site prefers +1, however many there are."""
    down: list[Any] = []

    @settings(quick, max_examples=200, phases=[Phase.generate], derandomize=True)
    @given(strategies.configurations(n_sites=40))
    def collect(spins: Any) -> None:
        assert spins.shape[1] == 40 and spins.dtype == np.int8 and spins.flags.c_contiguous
        down.append((spins < 0).mean(axis=0))

    collect()
    share = np.mean(down, axis=0)
    assert 0.3 < share.min() and share.max() < 0.7


def test_positive_exact_operators_shrink_to_one_visible_spin() -> None:
    operators = strategies.rg_operators(exact=True, zeros=False)
    for number in range(3):
        assert repr(shrunk(operators, lambda T: True, number)) == (
            "RGOperator(BoltzmannWeight([0, ('h', 0)], [[0.5, 0.5], [0.5, 0.5]]), [0], [('h', 0)])"
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OF_A_KIND)
@settings(quick, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_reprs_are_code(name: str, kind: str, data: st.DataObject) -> None:
    """eval(repr(x)) == x, with the public names of exactrg in scope and nothing else."""
    x = data.draw(getattr(strategies, name)(kind=kind))
    again = eval(repr(x), SCOPE)
    assert type(again) is type(x) and again == x and repr(again) == repr(x)
    assert name == "rg_operators" or getattr(again, "kind", kind) == getattr(x, "kind", kind)
    if kind == "float" and isinstance(x, BoltzmannWeight):
        assert (again.values == x.values).all()


@quick
@given(strategies.configurations())
def test_configurations_print_as_numpy_does(spins: Any) -> None:
    np.testing.assert_array_equal(eval(repr(spins), {"array": np.array, "int8": np.int8}), spins)


def test_a_falsifying_example_is_code() -> None:
    @settings(quick, max_examples=100, report_multiple_bugs=False)
    @given(
        graph=strategies.lattices(),
        rbm=strategies.rbms(kind="symbolic"),
        T=strategies.rg_operators(),
        p=strategies.boltzmann_weights(),
        dbn=strategies.dbns(kind="exact"),
    )
    def wrong(graph: nx.Graph, rbm: RBM, T: RGOperator, p: BoltzmannWeight, dbn: DBN) -> None:
        assert graph.number_of_edges() < 4 or not rbm.w.any()

    with pytest.raises(AssertionError) as caught:
        wrong()
    text = caught.value.__notes__[0].partition(": ")[2]
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    drawn = {argument.arg: ast.unparse(argument.value) for argument in call.keywords}
    assert drawn["rbm"] == "RBM([[Exact('J')]])" and drawn["p"] == "BoltzmannWeight([0], [1.0, 1.0])"
    assert drawn["graph"] in {"ring(4)", "diamond(1)", "square(2, False)", "chain(5)"}
    assert drawn["T"] == "RGOperator(BoltzmannWeight([0, ('h', 0)], [[1, 0], [0, 1]]), [0], [('h', 0)])"
    assert drawn["dbn"] == "DBN([RBM([[Exact(0)]])])"


def printed(strategy: SearchStrategy[Any]) -> tuple[Any, str]:
    """The first example, and the argument in hypothesis's falsifying example; large ones take long to shrink."""
    seen: list[Any] = []

    @settings(quick, max_examples=1, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def wrong(x: Any) -> None:
        seen.append(x)
        raise Found

    with pytest.raises(Found) as caught:
        wrong()
    call = ast.parse(caught.value.__notes__[0].partition(": ")[2], mode="eval").body
    assert isinstance(call, ast.Call)
    return seen[-1], ast.unparse(call.keywords[0].value)


def test_large_examples_are_whole_where_their_repr_is_a_summary() -> None:
    """At any size that strategies draw; a summary would be no example."""
    ones = st.just(1.0)
    many = {(i, j): 1.0 for i in range(10) for j in range(i)}
    large = [
        strategies.boltzmann_weights(sites=range(8)),
        strategies.rg_operators(visible=range(7), exact=False, zeros=True),
        strategies.rbms(visible=range(9), hidden=list("abcdefgh"), elements=ones),
        strategies.dbns(visible=range(65), elements=ones),
        st.just(SpinPolynomial(many)),
        st.just(RGOperator.from_energy(SpinPolynomial(many), SpinPolynomial({(0,): 1.0}))),
    ]
    for strategy in large:
        x, code = printed(strategy)
        assert "..." in repr(x) or repr(x).startswith("<")
        assert eval(code, SCOPE) == x and eval(x.as_code(), SCOPE) == x
