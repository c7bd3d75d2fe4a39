from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approx.contrastive_divergence import DivergedError
from approx.errors import SamplesFileError
from approx.fit import fit_dbn, fit_rbm, pass_up
from approx.recipes import Recipe
from approx.reconstruction import reconstruct
from approx.samples_file import StoredSamples, pack_spins, write_samples
from approx.training_checkpoint import read_machine
from exactrg import RBM, exp, ising, kl_divergence, rectangle, sample
from exactrg.errors import InputError
from exactrg.maximum_likelihood import fit_maximum_likelihood

pytestmark = pytest.mark.jit


def spins(n_samples=300, n_sites=12, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n_samples, n_sites))


def same(a, b):
    return all(np.array_equal(x, y) for x, y in ((a.w, b.w), (a.b, b.b), (a.c, b.c)))


def test_it_learns_the_distribution_of_a_small_known_machine():
    rng = np.random.default_rng(8)
    truth = RBM(rng.normal(0, 0.7, (5, 2)), rng.normal(0, 0.3, 2), rng.normal(0, 0.3, 5))
    data = sample(truth, 20000, rng=1)[:, :5]
    schedule = {"learning_rate": ((0, 1.0), (30, 0.1)), "l1": 0.0, "average_last": 10, "weight_scale": 0.1}
    fitted = fit_rbm(data, 3, rng=2, epochs=60, steps=5, reconstruction="samples", **schedule).rbm
    start = fit_rbm(data, 3, rng=2, epochs=0, weight_scale=0.1, l1=0.0).rbm
    assert kl_divergence(truth, fitted) < 0.004 < 1.0 < kl_divergence(truth, start)


def test_ising_data_and_what_maximum_likelihood_makes_of_them():
    H = ising(rectangle(3, 3, periodic=False), J=0.5)
    data = sample(H, 20000, rng=3)
    options = {"learning_rate": ((0, 0.2), (40, 0.03)), "l1": 0.0, "average_last": 20, "weight_scale": 0.1}
    by_cd = fit_rbm(data, 6, rng=4, epochs=60, **options).rbm
    best = fit_maximum_likelihood(H, 6, rng=5, max_iterations=400)
    assert best.kl < 0.02 and best.kl == pytest.approx(kl_divergence(exp(-H), best.rbm), abs=1e-9)
    assert best.kl < kl_divergence(exp(-H), by_cd) < 0.12


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not():
    data = spins()
    runs = [fit_rbm(data, 5, rng=seed, epochs=3, threads=t).rbm for seed, t in ((1, 1), (1, 2), (2, 1))]
    assert same(runs[0], runs[1]) and not same(runs[0], runs[2])


def test_spins_bits_and_files_of_samples_are_the_same_data():
    data = spins()
    stored = StoredSamples(pack_spins(data), data.shape[1], {}, {"K": 0.408})
    a, b, c = (fit_rbm(d, 4, rng=0, epochs=2) for d in (data, (1 + data) / 2, stored))
    assert same(a.rbm, b.rbm) and same(a.rbm, c.rbm)
    assert c.provenance["data"]["provenance"] == {"K": 0.408} and a.provenance["data"]["provenance"] == {}
    assert a.provenance["data"]["sha256"] == c.provenance["data"]["sha256"]


@pytest.mark.parametrize("changes", [{}, {"average_last": 3, "persistent": True, "momentum": ((0, 0.1), (3, 0.8))}])
def test_a_checkpoint_goes_on_to_the_same_bits(tmp_path, changes):
    data, path = spins(), tmp_path / "run"
    whole = fit_rbm(data, 5, rng=1, epochs=6, **changes)

    def stop(record):
        if record.epoch == 4:
            raise KeyboardInterrupt

    parts = fit_rbm(data, 5, rng=1, epochs=6, checkpoint=path, progress=stop, **changes)
    assert parts.interrupted and len(parts.history) == 4 and not same(parts.rbm, whole.rbm)
    resumed = fit_rbm(data, 5, rng=1, epochs=6, checkpoint=path, **changes)
    assert same(resumed.rbm, whole.rbm) and not resumed.interrupted
    assert [r.reconstruction_error for r in resumed.history] == [r.reconstruction_error for r in whole.history]
    again = fit_rbm(data, 5, rng=1, epochs=6, checkpoint=path, **changes)  # nothing is left to do
    assert same(again.rbm, whole.rbm)


@pytest.mark.parametrize("average", [0, 2])
def test_a_checkpoint_holds_the_machine_so_far(tmp_path, average):
    path = tmp_path / "run"
    result = fit_rbm(spins(), 3, rng=1, epochs=3, average_last=average, checkpoint=path)
    assert same(read_machine(path), result.rbm) and read_machine(path).constant == result.rbm.constant
    write_samples(tmp_path / "samples", StoredSamples(pack_spins(spins()), 12, {}, {}))
    with pytest.raises(SamplesFileError, match="no checkpoint of training"):
        read_machine(tmp_path / "samples")


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    data, path = spins(), tmp_path / "run"
    fit_rbm(data, 5, rng=1, epochs=3, checkpoint=path)
    for other, match in (
        ({"rng": 2}, "entropy"), ({"l1": 0.5}, "recipe"), ({"n_hidden": 6}, "n_hidden"),
        ({"data": spins(seed=1)}, "data"), ({"epochs": 2}, "3 epochs"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=match):
            fit_rbm(**({"data": data, "n_hidden": 5, "rng": 1, "epochs": 3, "checkpoint": path} | other))
    with open(path, "r+b") as file:
        file.seek(700)
        byte = file.read(1)
        file.seek(700)
        file.write(bytes([byte[0] ^ 4]))
    with pytest.raises(SamplesFileError):
        fit_rbm(data, 5, rng=1, epochs=3, checkpoint=path)


def test_an_interrupt_in_the_middle_of_an_epoch_keeps_the_last_whole_one(monkeypatch):
    from approx.contrastive_divergence import ContrastiveDivergence

    data, calls = spins(), []
    update = ContrastiveDivergence._update

    def interrupted(self, *arguments):
        calls.append(1)
        if len(calls) == 8:  # three batches an epoch
            raise KeyboardInterrupt
        update(self, *arguments)

    expected = fit_rbm(data, 4, rng=0, epochs=2)
    monkeypatch.setattr(ContrastiveDivergence, "_update", interrupted)
    found = fit_rbm(data, 4, rng=0, epochs=5)
    assert found.interrupted and len(found.history) == 2 and same(found.rbm, expected.rbm)
    calls[:] = [1] * 7
    with pytest.raises(KeyboardInterrupt):
        fit_rbm(data, 4, rng=0, epochs=5)


def test_evaluations_at_chosen_epochs_are_exact_where_they_can_be():
    data = spins(200, 6)
    found = fit_rbm(data, 3, rng=0, epochs=4, evaluate_every=2)
    assert [r.log_likelihood is not None for r in found.history] == [False, True, False, True]
    probability = exp(-found.rbm.energy()).trace(found.rbm.hidden).probability()
    index = (data < 0) @ (1 << np.arange(5, -1, -1))
    exact = np.mean(np.log(np.asarray(probability.table, float).reshape(-1)[index]))
    last = found.history[-1]
    assert last.log_likelihood == pytest.approx(exact, abs=1e-5) and last.log_likelihood_error == 0
    assert last.seconds_left == 0 and "log-likelihood" in str(last)
    assert same(found.rbm, fit_rbm(data, 3, rng=0, epochs=4).rbm)


def test_annealed_log_likelihoods_agree_with_exact_ones(monkeypatch):
    from approx import training_history

    data = spins(200, 6)
    exact = fit_rbm(data, 3, rng=0, epochs=2, evaluate_every=2).history[-1]
    monkeypatch.setattr(training_history, "MAX_EXACT", 0)
    annealed = fit_rbm(data, 3, rng=0, epochs=2, evaluate_every=2).history[-1]
    assert 0 < annealed.log_likelihood_error < 0.1
    assert abs(annealed.log_likelihood - exact.log_likelihood) < 4 * annealed.log_likelihood_error


def test_the_pseudo_likelihood_is_the_sum_of_conditionals():
    from approx.contrastive_divergence import Parameters
    from approx.training_history import log_weights, pseudo_likelihoods

    rng = np.random.default_rng(0)
    parameters = Parameters(*(rng.normal(size=shape).astype(np.float32) for shape in ((3, 2), 3, 2)))
    x = rng.integers(0, 2, 3).astype(float)
    exact = 0.0
    for i in range(3):
        both = np.array([x, x])
        both[:, i] = [0, 1]
        log_p = log_weights(parameters, both)
        exact += log_p[int(x[i])] - np.logaddexp(*log_p)
    found = pseudo_likelihoods(parameters, np.tile(x, (3, 1)), np.arange(3))
    assert found.mean() == pytest.approx(exact)


def test_a_stack_is_trained_layer_by_layer(tmp_path):
    data, records = spins(), []
    found = fit_dbn(data, (12, 6, 3), rng=5, epochs=3, progress=records.append)
    assert found.dbn.sizes == (12, 6, 3) and len(records) == 6 and not found.interrupted
    first = fit_rbm(data, 6, rng=np.random.SeedSequence(5, spawn_key=(0,)), epochs=3)
    assert same(first.rbm, found.dbn.rbms[0])
    up = pass_up(first.rbm, (data > 0).astype(np.uint8), first.recipe, np.random.SeedSequence(0))
    assert np.abs(up - (1 - np.tanh(data @ first.rbm.w + first.rbm.b)) / 2).max() < 1e-5
    parts = fit_dbn(data, (12, 6, 3), rng=5, epochs=3, checkpoint=tmp_path / "stack")
    resumed = fit_dbn(data, (12, 6, 3), rng=5, epochs=3, checkpoint=tmp_path / "stack")
    assert sorted(os.listdir(tmp_path)) == ["stack.0", "stack.1"]
    assert all(
        same(a, b) and same(a, c) for a, b, c in zip(found.dbn.rbms, parts.dbn.rbms, resumed.dbn.rbms, strict=True)
    )


@pytest.mark.parametrize("when", [1, 2])
def test_an_interrupted_stack_keeps_the_layers_that_it_has(when):
    data, seen = spins(), []

    def stop(record):
        seen.append(record)
        if len(seen) == 3 + when:  # after an epoch of the second RBM
            raise KeyboardInterrupt

    whole = fit_dbn(data, (12, 6, 3), rng=5, epochs=3)
    found = fit_dbn(data, (12, 6, 3), rng=5, epochs=3, progress=stop)
    assert found.interrupted and not whole.interrupted and same(found.dbn.rbms[0], whole.dbn.rbms[0])
    assert found.dbn.sizes == (12, 6, 3) and len(found.layers[1].history) == when


def test_a_stack_interrupted_between_layers_says_so(monkeypatch):
    from approx import fit

    train, calls = fit.fit_rbm, []

    def once(*arguments, **options):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return train(*arguments, **options)

    monkeypatch.setattr(fit, "fit_rbm", once)
    found = fit_dbn(spins(), (12, 6, 3), rng=5, epochs=2)
    assert found.interrupted and found.dbn.sizes == (12, 6)


def test_samples_passed_up_have_the_probabilities_as_means():
    rbm = RBM(np.full((2, 3), 0.4), [0.3, -1, 0.0])
    units = np.tile(np.array([[1, 0]], np.uint8), (20000, 1))
    means = pass_up(rbm, units, Recipe(), np.random.SeedSequence(1))[0]
    drawn = pass_up(rbm, units, Recipe(upward="samples"), np.random.SeedSequence(1))
    assert drawn.dtype == np.uint8 and np.abs(drawn.mean(0) - means).max() < 5 * 0.5 / np.sqrt(20000)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(1, 5), st.integers(1, 4))
def test_any_legal_data_give_a_finite_machine(seed, n_samples, n_visible, n_hidden):
    rng = np.random.default_rng(seed)
    data = rng.choice([0.0, 1.0, 0.25], (n_samples, n_visible))
    data[:, 0] = rng.choice([0.0, 1.0])  # a constant column
    rbm = fit_rbm(data, n_hidden, rng=seed, epochs=3, batch_size=2, learning_rate=0.5).rbm
    assert all(np.isfinite(x).all() for x in (rbm.w, rbm.b, rbm.c, rbm.constant))


def test_weights_that_overflow_and_data_that_never_change():
    with pytest.raises(DivergedError, match="after epoch"):
        fit_rbm(spins(), 4, rng=0, epochs=50, learning_rate=1e10, l2=1.0)
    rbm = fit_rbm(np.ones((20, 3), np.int8), 2, rng=0, epochs=50, batch_size=5, learning_rate=0.5).rbm
    assert np.isfinite(rbm.w).all() and np.all(rbm.c < 0)  # the paper's sign: c < 0 favours spin +1


@pytest.mark.parametrize(
    "data, match",
    [
        (np.where(np.eye(9) > 0, np.nan, 1.0), "NaN"),
        (np.full((9, 3), np.inf), "NaN or infinite"),
        (np.full((9, 3), 2), "between 2 and 2"),
        (np.full((9, 3), -0.5), "expected spins"),
        (np.array([[-1, 0]] * 9), "expected spins"),
        (np.ones((1, 3)), "two samples"),
        (np.ones((9, 0)), "one unit or more"),
        (np.ones(9), "shape"),
        (np.array([["a"]] * 9), "numbers"),
        (np.ones((9, 2), complex), "numbers"),
    ],
)
def test_bad_data_are_refused(data, match):
    with pytest.raises(InputError, match=match):
        fit_rbm(data, 2, rng=0, batch_size=2)


@pytest.mark.parametrize(
    "options, match",
    [
        ({"batch_size": 301}, "larger than the data"), ({"learning_rate": -0.1}, "learning_rate"),
        ({"momentum": 1.0}, "momentum"), ({"l1": -1}, "l1"), ({"l2": float("nan")}, "l2"), ({"epochs": -1}, "epochs"),
        ({"batch_size": 0}, "batch_size"), ({"recipe": "best"}, "unknown recipe"), ({"lerning_rate": 1}, "unknown"),
        ({"negative": "maybe"}, "negative"), ({"n_hidden": 0}, "n_hidden"), ({"threads": 0}, "threads"),
        ({"learning_rate": ((1, 0.1),)}, "from 0"), ({"momentum": ((0, 0.1), (0, 0.2))}, "ascending"), ({"rng": -1}, "rng"),
    ],
)  # fmt: skip
def test_bad_options_are_refused(options, match):
    with pytest.raises(InputError, match=match):
        fit_rbm(**({"data": spins(), "n_hidden": 2, "rng": 0, "epochs": 1} | options))


def test_stacks_that_do_not_fit_are_refused():
    for sizes, match in (
        ((6, 4), r"sizes=\(6, 4\) for data of 12 columns: .*write sizes=\(12, 6, 4\) if"),
        ((), r"write sizes=\(12, n_hidden\)"),
        ((12,), "at least one hidden"),
        ((12, 0), "each size"),
    ):
        with pytest.raises(InputError, match=match):
            fit_dbn(spins(), sizes, rng=0, epochs=1)
    with pytest.raises(InputError, match="sizes is 4: expected the units of every layer"):
        fit_dbn(spins(), 4, rng=0)
    for recipe in (3, None):
        with pytest.raises(InputError, match="expected 'compact', 'paper', a Recipe, or one of these for each RBM"):
            fit_dbn(spins(), (12, 4), rng=0, recipe=recipe)
    with pytest.raises(InputError, match="1 recipes for 2"):
        fit_dbn(spins(), (12, 4, 2), rng=0, recipe=["paper"])


def test_results_stand_for_their_machines():
    data = spins()
    stack = fit_dbn(data, (12, 4, 2), rng=5, epochs=1)
    assert stack.rbms == stack.dbn.rbms
    fields = stack.receptive_fields()
    assert [f.shape for f in fields] == [(12, 4), (12, 2)]
    assert all(np.array_equal(a, b) for a, b in zip(fields, stack.dbn.receptive_fields(), strict=True))
    assert np.array_equal(reconstruct(stack, data), reconstruct(stack.dbn, data))
    assert np.array_equal(reconstruct(stack, StoredSamples(pack_spins(data), 12)), reconstruct(stack, data))
    single = fit_rbm(data, 4, rng=5, epochs=1)
    assert np.array_equal(reconstruct(single, data, rng=1), reconstruct(single.rbm, data, rng=1))
    with pytest.raises(InputError, match="result of fit_dbn or fit_rbm, got a list"):
        reconstruct([single.rbm], data)
