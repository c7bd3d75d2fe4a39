from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactrg import RBM, log_partition_function, rbm_hamiltonian
from exactrg.errors import EnumerationTooLarge, InputError
from exactrg.testing import FailedAssertion, assert_rbm_marginals, configurations


class Summed:
    """An RBM summed configuration by configuration, in any convention; shares no code with the package."""

    def __init__(self, rng, n, m, units, sign, scale=1.0):
        self.w, self.b, self.c = (scale * rng.normal(size=s) for s in ((n, m), m, n))
        self.values = (1, -1) if units == "spins" else (1, 0)
        self.sign = sign
        self.v = list(itertools.product(self.values, repeat=n))
        self.h = list(itertools.product(self.values, repeat=m))
        self.joint = np.array([[math.exp(-self.energy(v, h)) for h in self.h] for v in self.v])

    def energy(self, v, h):
        couplings = sum(v[i] * self.w[i, j] * h[j] for i in range(len(v)) for j in range(len(h)))
        return self.sign * (couplings + np.dot(self.b, h) + np.dot(self.c, v))

    def quantities(self):
        z, up = self.joint.sum(), np.array(self.h) == 1
        down = np.array(self.v) == 1
        return {
            "free_energy": -np.log(self.joint.sum(axis=1)),
            "visible_marginal": self.joint.sum(axis=1) / z,
            "hidden_marginal": self.joint.sum(axis=0) / z,
            "hidden_given_visible": self.joint @ up / self.joint.sum(axis=1)[:, None],
            "visible_given_hidden": self.joint.T @ down / self.joint.sum(axis=0)[:, None],
            "log_partition": math.log(z),
        }


conventions = st.tuples(st.sampled_from(["spins", "binary"]), st.sampled_from([1, -1]))


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 3), conventions, st.integers(0, 2**32), st.floats(0.0, 3.0))
def test_sums_over_all_configurations_pass_and_every_changed_one_fails(n, m, convention, seed, scale):
    units, sign = convention
    rng = np.random.default_rng(seed)
    summed = Summed(rng, n, m, units, sign, scale)
    right = summed.quantities()
    parameters = (summed.w, summed.b, summed.c)
    report = assert_rbm_marginals(*parameters, **right, units=units, sign=sign)
    assert report.passed and [c.name for c in report.comparisons] == list(right)
    for name, tolerance in ((c.name, c.tolerance) for c in report.comparisons):
        wrong = np.array(right[name], float)
        where = tuple(rng.integers(0, s) for s in wrong.shape)
        wrong[where] += 1e-6 + 2 * tolerance
        with pytest.raises(FailedAssertion) as caught:
            assert_rbm_marginals(*parameters, units=units, sign=sign, **{**right, name: wrong})
        failed = [c for c in caught.value.report.comparisons if not c.passed]
        assert [(c.name, c.wrong) for c in failed] == [(name, 1)]


def test_our_own_rbm_passes_and_the_order_is_that_of_a_raveled_table():
    rng = np.random.default_rng(1)
    weights, b, a = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4)
    rbm = RBM.from_binary_units(weights, b, a)
    assert_rbm_marginals(
        weights,
        b,
        a,
        units="binary",
        sign=-1,
        free_energy=rbm_hamiltonian(rbm, over="hidden").table,
        log_partition=log_partition_function(rbm),
    )
    assert_rbm_marginals(
        rbm.w, rbm.b, rbm.c, free_energy=rbm_hamiltonian(rbm, over="hidden").table, up_to_constant=True
    )
    with pytest.raises(FailedAssertion, match=f"but for the constant {rbm.constant:.6g}"):
        assert_rbm_marginals(rbm.w, rbm.b, rbm.c, free_energy=rbm_hamiltonian(rbm, over="hidden").table)
    assert configurations(2).tolist() == [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    assert configurations(2, units="binary").tolist() == [[1, 1], [1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize("said", list(itertools.product(("spins", "binary"), (1, -1))))
@pytest.mark.parametrize("meant", list(itertools.product(("spins", "binary"), (1, -1))))
def test_a_mistaken_convention_is_named(said, meant):
    summed = Summed(np.random.default_rng(2), 3, 3, *meant)

    def free_energy(v):
        values = set(np.unique(v).tolist())
        assert values <= {0.0, 1.0} or values <= {-1.0, 1.0}
        return np.array([-math.log(sum(math.exp(-summed.energy(x, h)) for h in summed.h)) for x in v])

    parameters = (summed.w, summed.b, summed.c)
    if said == meant:
        assert_rbm_marginals(*parameters, free_energy=free_energy, units=said[0], sign=said[1])
        return
    with pytest.raises(FailedAssertion, match=f"it is right for units='{meant[0]}', sign={meant[1]}"):
        assert_rbm_marginals(*parameters, free_energy=free_energy, units=said[0], sign=said[1])
    with pytest.raises(FailedAssertion, match="w transposed"):
        assert_rbm_marginals(summed.w.T, summed.b, summed.c, free_energy=free_energy, units=meant[0], sign=meant[1])


def test_a_missing_normalisation_and_a_convention_up_to_a_constant_are_named():
    summed = Summed(np.random.default_rng(5), 3, 2, "binary", -1)
    right, parameters = summed.quantities(), (summed.w, summed.b, summed.c)
    for name in ("visible_marginal", "hidden_marginal"):
        with pytest.raises(FailedAssertion, match="right but for its normalisation: it sums to 3"):
            assert_rbm_marginals(*parameters, units="binary", sign=-1, **{name: 3 * right[name]})
        with pytest.raises(FailedAssertion, match="it is right for units='binary', sign=-1"):
            assert_rbm_marginals(*parameters, **{name: right[name]})
    with pytest.raises(FailedAssertion, match="it is right for units='binary', sign=-1"):
        assert_rbm_marginals(*parameters, free_energy=right["free_energy"] + 7.0, up_to_constant=True)


def test_single_precision_is_allowed_its_rounding_and_no_more():
    rng = np.random.default_rng(3)
    w, b, c = (rng.normal(size=s).astype(np.float32) for s in ((6, 4), 4, 6))

    def free_energy(v):
        fields = v.astype(np.float32) @ w + b
        return v.astype(np.float32) @ c - np.logaddexp(fields, -fields).sum(axis=1)

    report = assert_rbm_marginals(w, b, c, free_energy=free_energy)
    assert 1e-7 < report.comparisons[0].tolerance < 1e-3
    with pytest.raises(FailedAssertion):
        assert_rbm_marginals(w, b, c, free_energy=lambda v: free_energy(v) * (1 + np.float32(1e-3)))
    # the same errors in numbers that claim double precision
    doubles = [part.astype(float) for part in (w, b, c)]
    with pytest.raises(FailedAssertion):
        assert_rbm_marginals(*doubles, free_energy=lambda v: free_energy(v).astype(float))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({}, InputError, "nothing to compare"),
        ({"free_energy": np.zeros(3)}, InputError, "free_energy has shape"),
        ({"w": np.zeros(3), "log_partition": 1.0}, InputError, "n_visible, n_hidden"),
        ({"b": np.zeros(3), "log_partition": 1.0}, InputError, "hidden biases"),
        ({"c": np.zeros(3), "log_partition": 1.0}, InputError, "visible biases"),
        ({"c": [0.0, np.nan], "log_partition": 1.0}, InputError, "finite"),
        ({"units": "bits", "log_partition": 1.0}, InputError, "'binary' for 0/1"),
        ({"sign": 0, "log_partition": 1.0}, InputError, "sign=0"),
        ({"w": np.zeros((30, 30)), "c": None, "b": None, "free_energy": len}, EnumerationTooLarge, "2\\*\\*30"),
        ({"w": np.zeros((30, 30)), "c": None, "b": None, "log_partition": 1.0}, EnumerationTooLarge, "2\\*\\*30"),
    ],
)
def test_bad_input(changes, error, words):
    arguments = {"w": np.zeros((2, 1)), "b": np.zeros(1), "c": np.zeros(2), **changes}
    with pytest.raises(error, match=words):
        assert_rbm_marginals(**arguments)
