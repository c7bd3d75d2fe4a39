"""The scikit-learn face; scikit-learn is an extra, so that these tests run where it is installed."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import approx
from approx.contrastive_divergence import DivergedError
from approx.fit import fit_rbm
from exactrg.errors import InputError

pytestmark = pytest.mark.jit

pytest.importorskip("sklearn")

BernoulliRBM = approx.BernoulliRBM
clone = pytest.importorskip("sklearn.base").clone
LogisticRegression = pytest.importorskip("sklearn.linear_model").LogisticRegression
make_pipeline = pytest.importorskip("sklearn.pipeline").make_pipeline
check_estimator = pytest.importorskip("sklearn.utils.estimator_checks").check_estimator


def bars(n=400, seed=0):
    """4 x 4 images with one row or one column of ones, and which of the two."""
    rng = np.random.default_rng(seed)
    images, kind = np.zeros((n, 4, 4)), rng.integers(0, 2, n)
    for image, k, line in zip(images, kind, rng.integers(0, 4, n), strict=True):
        image[(line, slice(None)) if k else (slice(None), line)] = 1
    return images.reshape(n, 16), kind


@pytest.mark.filterwarnings("ignore")
def test_it_is_a_scikit_learn_estimator():
    check_estimator(BernoulliRBM(n_components=4, n_threads=1))


def test_partial_fit_is_fit_epoch_by_epoch():
    X, _ = bars()
    options = {"n_components": 8, "random_state": 3, "batch_size": 50, "persistent": True, "n_threads": 1}
    whole = BernoulliRBM(n_iter=4, momentum=((0, 0.1), (2, 0.8)), **options).fit(X)
    parts = BernoulliRBM(momentum=((0, 0.1), (2, 0.8)), **options)
    for _ in range(4):
        parts.partial_fit(X)
    assert np.array_equal(whole.components_, parts.components_)
    copied = pickle.loads(pickle.dumps(parts)).partial_fit(X)
    assert np.array_equal(copied.components_, parts.partial_fit(X).components_)
    assert np.array_equal(clone(whole).fit(X).components_, whole.components_)


def test_it_is_the_machine_of_fit_rbm():
    X, _ = bars()
    model = BernoulliRBM(8, random_state=1, batch_size=100, n_iter=3).fit(X)
    rbm = fit_rbm(X, 8, rng=model._seed, epochs=3, l1=0.0).rbm
    assert np.array_equal(model.to_rbm().w, rbm.w)
    up = (1 - np.tanh((2 * X - 1) @ rbm.w + rbm.b)) / 2
    assert np.abs(model.transform(X) - up).max() < 1e-5
    assert list(model.get_feature_names_out())[:2] == ["bernoullirbm0", "bernoullirbm1"]


def test_a_pipeline_of_two_is_a_deep_belief_network():
    (X, y), (X_new, y_new) = bars(600), bars(300, seed=1)
    layers = [
        BernoulliRBM(n, learning_rate=0.5, n_iter=60, batch_size=20, random_state=0, weight_scale=0.1) for n in (16, 12)
    ]
    pipeline = make_pipeline(*layers, LogisticRegression(C=100.0, max_iter=1000)).fit(X, y)
    assert pipeline.score(X_new, y_new) > 0.9 > LogisticRegression().fit(X, y).score(X_new, y_new)


def test_the_score_of_data_rises_and_that_of_noise_does_not():
    X, _ = bars()
    noise = np.random.default_rng(0).integers(0, 2, X.shape)
    model = BernoulliRBM(16, learning_rate=0.5, n_iter=50, batch_size=20, random_state=0)
    before = clone(model).set_params(n_iter=0).fit(X).score_samples(X).mean()
    model.fit(X)
    assert model.score_samples(X).mean() > before + 3 and model.score_samples(noise).mean() < before
    assert np.array_equal(model.score_samples(X)[5:9], model.score_samples(X[5:9]))


def test_values_outside_the_unit_interval_are_warned_about():
    with pytest.warns(UserWarning, match="outside"):
        BernoulliRBM(2, n_iter=1).fit(np.array([[-1.0, 1.0], [1.0, 1.0]]))


@pytest.mark.parametrize("X", [np.ones((1, 3)), np.ones((5, 3)), np.zeros((5, 3))])
def test_one_row_constant_columns_and_batches_beyond_the_data_are_legal(X):
    model = BernoulliRBM(2, random_state=0, batch_size=100).fit(X)
    assert np.isfinite(model.components_).all() and np.isfinite(model.score_samples(X)).all()


def test_what_cannot_be_learned_is_refused():
    X = bars(50)[0]
    with pytest.raises(ValueError, match="NaN"):
        BernoulliRBM(2).fit(np.where(X > 0, np.nan, X))
    for bad in ({"learning_rate": -1}, {"l1": -1}, {"momentum": 1}, {"steps": 0}):
        with pytest.raises(InputError, match=next(iter(bad))):
            BernoulliRBM(2, **bad).fit(X)
    with pytest.raises(DivergedError, match="smaller learning_rate"):
        BernoulliRBM(2, learning_rate=1e10, l2=1.0, n_iter=50, random_state=0).fit(X)
    with pytest.raises(ValueError, match="features"):
        BernoulliRBM(2, n_iter=1).fit(X).transform(X[:, :3])


def test_counts_of_components_are_checked_and_stay():
    X = np.random.default_rng(0).integers(0, 2, (50, 6)).astype(float)
    for n_components in (0, -1, "many", 2.5):
        with pytest.raises(InputError, match="n_components must be an int of at least 1"):
            BernoulliRBM(n_components=n_components).fit(X)
    model = BernoulliRBM(n_components=2, n_iter=1, random_state=0).fit(X).set_params(n_components=3)
    with pytest.raises(InputError, match="n_components=3, but 2 were trained"):
        model.partial_fit(X)
    assert model.fit(X).components_.shape == (3, 6)
