"""Models of other packages have the same probabilities here and there: every configuration is summed, in the test."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import exactrg
from exactrg import RBM, SpinPolynomial, ising, square
from exactrg.errors import EnumerationTooLarge, InputError, LatticeError, MissingPackageError
from exactrg.interchange import (
    from_dimod,
    from_networkx,
    from_rbms,
    from_sklearn,
    to_dimod,
    to_networkx,
    to_rbms,
    to_sklearn,
)

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
dyadic = st.integers(-64, 64).map(lambda k: k / 16)


def spins(n):
    return itertools.product((1, -1), repeat=n)


def energy(H, sites, configuration):
    """Sum of coefficient times product, in rational numbers."""
    spin = dict(zip(sites, configuration, strict=True))
    return sum(Fraction(c) * math.prod(spin[s] for s in members) for members, c in H.couplings.items())


@st.composite
def polynomials(draw, order):
    n = draw(st.integers(1, 4))
    sets = draw(st.lists(st.frozensets(st.integers(0, n - 1), max_size=order), max_size=8, unique=True))
    return SpinPolynomial({s: draw(dyadic) for s in sets}, range(n))


@QUICK
@given(polynomials(order=4) | polynomials(order=2), st.sampled_from(["SPIN", "BINARY"]))
def test_dimod_has_the_same_energies(H, vartype):
    dimod = pytest.importorskip("dimod")
    model = to_dimod(H, vartype)
    quadratic = all(len(members) < 3 for members in H.couplings)
    assert isinstance(model, dimod.BinaryQuadraticModel if quadratic else dimod.BinaryPolynomial)
    for configuration in spins(len(H.sites)):
        units = [(1 + s) // 2 if vartype == "BINARY" else s for s in configuration]
        theirs = model.energy(dict(zip(H.sites, units, strict=True)))
        assert theirs == energy(H, H.sites, configuration)  # dyadic numbers: nothing is rounded
    back = from_dimod(model)
    assert back.couplings == H.couplings and (not quadratic or back.sites == H.sites)


def test_dimod_s_own_solver_and_conversions_agree():
    dimod = pytest.importorskip("dimod")
    bqm = dimod.BinaryQuadraticModel({"a": 1.5, "b": -0.5, "c": 0.25}, {"ab": -1.0, "bc": 2.0}, 0.75, "BINARY")
    H = from_dimod(bqm)
    assert H.sites == ("a", "b", "c") and H == from_dimod(bqm.change_vartype("SPIN", inplace=False))
    found = {tuple(record.sample[v] for v in "abc"): record.energy for record in dimod.ExactSolver().sample(bqm).data()}
    assert all(energy(H, "abc", s) == found[tuple((1 + x) // 2 for x in s)] for s in spins(3))
    poly = dimod.BinaryPolynomial({"abc": -1.0, "d": 0.5, "": 2.0}, "SPIN")
    H = from_dimod(poly)
    assert H.sites == ("a", "b", "c", "d")
    assert H.couplings == {frozenset("abc"): -1.0, frozenset("d"): 0.5, frozenset(): 2.0}
    # dimod's sign: a positive J disfavours alignment, the opposite of ising's.
    assert from_dimod(dimod.BinaryQuadraticModel({}, {(0, 1): 1.0}, "SPIN")) == ising(nx.path_graph(2), -1.0)


def test_dimod_models_are_rounded_once_and_may_be_exact():
    dimod = pytest.importorskip("dimod")
    third = 1 / 3
    bqm = dimod.BinaryQuadraticModel({}, {(0, k): third for k in range(1, 8)}, 0, "BINARY")
    H = from_dimod(bqm)
    assert H.couplings[frozenset((0,))] == float(7 * Fraction(third) / 4)
    exact = dimod.BinaryQuadraticModel({0: Fraction(1, 3)}, {}, Fraction(0), "BINARY", dtype=object)
    assert from_dimod(exact).couplings == {frozenset((0,)): Fraction(1, 6), frozenset(): Fraction(1, 6)}
    J = sympy.Symbol("J", real=True)
    with pytest.raises(InputError, match="float64 only"):
        to_dimod(ising(square(2), J))
    with pytest.raises(InputError, match="SPIN"):
        to_dimod(ising(square(2), 0.5), "POTTS")
    with pytest.raises(InputError, match="got a dict"):
        from_dimod({(0, 1): 1.0})
    with pytest.raises(EnumerationTooLarge):
        from_dimod(dimod.BinaryPolynomial({tuple(range(21)): 1.0}, "BINARY"))
    rbm = RBM([[0.5, -0.25]], [1.0, 0.0], [0.125], 2.0)
    assert from_dimod(to_dimod(rbm)) == rbm.energy()


@QUICK
@given(polynomials(order=2))
def test_graphs_keep_couplings_fields_and_order(H):
    graph = to_networkx(H)
    assert tuple(graph.nodes) == H.sites
    back = from_networkx(graph)
    assert back == H and back.sites == H.sites
    for i, j, data in graph.edges(data=True):
        assert H.couplings[frozenset((i, j))] == -data["J"]


def test_graphs_with_symbols_parallel_bonds_and_bad_ones(tmp_path):
    J, h = sympy.symbols("J h", real=True)
    H = ising(square(3), J, h) + sympy.log(2)
    assert from_networkx(to_networkx(H)) == H
    pair = nx.MultiGraph()
    pair.add_edge("x", "y", weight=0.25)
    pair.add_edge("x", "y", weight=0.5)
    assert from_networkx(pair, J="weight") == SpinPolynomial({("x", "y"): -0.75})
    H = ising(square(3), 0.1, 0.7)
    nx.write_graphml(to_networkx(H), tmp_path / "g")
    assert from_networkx(nx.read_graphml(tmp_path / "g", node_type=int)) == H
    with pytest.raises(LatticeError, match="no attribute 'J'"):
        from_networkx(nx.path_graph(2))
    with pytest.raises(LatticeError, match="networkx graph"):
        from_networkx([(0, 1)])
    with pytest.raises(InputError, match="more than two spins"):
        to_networkx(SpinPolynomial({(0, 1, 2): 1.0}))


def binary_probabilities(weights, hidden, visible):
    """p(x) of p = exp(x W y + a x + b y)/Z, x = 1 first."""
    rows = []
    for x in itertools.product((1, 0), repeat=len(visible)):
        fields = np.asarray(x) @ weights + hidden
        rows.append(np.dot(x, visible) + sum(math.log1p(math.exp(f)) for f in fields))
    values = np.exp(np.array(rows) - max(rows))
    return values / values.sum()


def probabilities(rbm):
    """p(v) of Eq. 10, spin +1 first."""
    rows = []
    for v in spins(rbm.n_visible):
        fields = np.asarray(v) @ np.asarray(rbm.w) + rbm.b
        rows.append(-np.dot(v, rbm.c) + sum(math.log(2 * math.cosh(f)) for f in fields))
    values = np.exp(np.array(rows) - max(rows))
    return values / values.sum()


def parameters(seed, n=4, m=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, m)), rng.normal(size=m), rng.normal(size=n)


def test_scikit_learn_s_rbm_is_the_same_distribution():
    neural = pytest.importorskip("sklearn.neural_network")
    data = (np.random.default_rng(0).random((50, 4)) < 0.3).astype(float)
    fitted = neural.BernoulliRBM(3, n_iter=3, random_state=0, learning_rate=0.5).fit(data)
    rbm = from_sklearn(fitted)
    expected = binary_probabilities(fitted.components_.T, fitted.intercept_hidden_, fitted.intercept_visible_)
    assert np.allclose(probabilities(rbm), expected, rtol=1e-13, atol=0)
    x = np.array(list(itertools.product((1, 0), repeat=4)), float)
    theirs = np.exp(-fitted._free_energy(x))
    assert np.allclose(probabilities(rbm), theirs / theirs.sum(), rtol=1e-12, atol=0)
    again = to_sklearn(rbm)
    assert np.allclose(again.components_, fitted.components_, rtol=1e-13, atol=1e-15)
    assert np.allclose(again.transform(x), fitted.transform(x), rtol=1e-12, atol=0)
    assert again.gibbs(x).shape == (16, 4) and again.score_samples(x).shape == (16,)
    again.partial_fit(x)
    assert list(again.get_feature_names_out()) == list(fitted.get_feature_names_out())
    with pytest.raises(InputError, match="fitted"):
        from_sklearn(neural.BernoulliRBM())
    with pytest.raises(InputError, match="expected an RBM"):
        to_sklearn(fitted)
    J = sympy.Symbol("J", real=True)
    with pytest.raises(InputError, match="float64 only"):
        to_sklearn(RBM([[J]]))


def test_our_own_transformer_converts_the_same_way():
    pytest.importorskip("sklearn")
    from approx import BernoulliRBM

    data = (np.random.default_rng(0).random((50, 4)) < 0.3).astype(float)
    fitted = BernoulliRBM(3, n_iter=2, batch_size=10, random_state=0).fit(data)
    parts = (np.asarray(p, float) for p in (fitted.components_.T, fitted.intercept_hidden_, fitted.intercept_visible_))
    assert np.allclose(probabilities(from_sklearn(fitted)), binary_probabilities(*parts), rtol=1e-12, atol=0)


class Tensor:
    """An array that numpy can read only after .detach().cpu(), as a tensor on a GPU."""

    def __init__(self, values):
        self._values, self.shape = values, values.shape

    def detach(self):
        return self

    def cpu(self):
        return self._values


def test_rbms_objects_and_files_are_the_same_distribution(tmp_path):
    weights, hidden, visible = parameters(1)
    names = ("weight_matrix", "hbias", "vbias")
    parts = dict(zip(names, map(Tensor, (weights, hidden, visible)), strict=True))
    rbm = from_rbms(SimpleNamespace(**parts))
    expected = binary_probabilities(weights, hidden, visible)
    assert np.allclose(probabilities(rbm), expected, rtol=1e-13, atol=0)
    with pytest.raises(InputError, match="BBRBM"):
        from_rbms(SimpleNamespace(weight_matrix=np.zeros((2, 21, 3)), hbias=hidden, vbias=visible))
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "run.h5", "w") as file:  # the layout of rbms/io.py
        for update in (1, 10, 9):
            for name, values in zip(names, (weights, hidden, visible), strict=True):
                file[f"update_{update}/params/{name}"] = (values * (1 if update == 10 else 0)).astype(np.float32)
            file[f"update_{update}/time"] = 1.0
        file["model_type"] = "BBRBM"
        file["parallel_chains"] = np.zeros((5, 4))
    single = [values.astype(np.float32).astype(float) for values in (weights, hidden, visible)]
    assert np.allclose(probabilities(from_rbms(tmp_path / "run.h5")), binary_probabilities(*single), rtol=1e-13, atol=0)
    assert not from_rbms(str(tmp_path / "run.h5"), update=9).w.any()
    to_rbms(rbm, tmp_path / "out.h5")
    assert np.allclose(from_rbms(tmp_path / "out.h5").w, rbm.w, rtol=1e-14, atol=1e-16)


def test_rbms_itself_agrees(tmp_path):
    torch = pytest.importorskip("torch")
    rbms_io = pytest.importorskip("rbms.io")
    from rbms.bernoulli_bernoulli.classes import BBRBM

    weights, hidden, visible = parameters(2)
    theirs = BBRBM(*(torch.tensor(a, dtype=torch.float64) for a in (weights, visible, hidden)))
    x = torch.tensor(list(itertools.product((1, 0), repeat=4)), dtype=torch.float64)
    logs = -theirs.compute_energy_visibles(x).numpy()
    values = np.exp(logs - logs.max())
    assert np.allclose(probabilities(from_rbms(theirs)), values / values.sum(), rtol=1e-12, atol=0)
    to_rbms(from_rbms(theirs), tmp_path / "x.h5")
    back = rbms_io.load_params(str(tmp_path / "x.h5"), 0, torch.device("cpu"), torch.float64)
    assert torch.allclose(back.weight_matrix, theirs.weight_matrix) and torch.allclose(back.vbias, theirs.vbias)


def test_a_missing_package_is_named(monkeypatch):
    import sys

    for name in ("dimod", "sklearn.neural_network", "h5py"):
        monkeypatch.setitem(sys.modules, name, None)
    for convert, words in (
        (lambda: to_dimod(ising(square(2), 0.5)), "pip install dimod"),
        (lambda: to_sklearn(RBM([[0.5]])), "pip install scikit-learn"),
        (lambda: from_rbms("x.h5"), "pip install h5py"),
    ):
        with pytest.raises(MissingPackageError, match=words):
            convert()
    assert set(exactrg.interchange.__all__) <= {*dir(exactrg.interchange)}
    with pytest.raises(AttributeError):
        exactrg.interchange.from_word
