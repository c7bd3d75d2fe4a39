"""scikit-learn's BernoulliRBM: p = exp(x W y + a x + b y)/Z over 0/1 units, components_ = W transposed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError, a_type
from ..rbm import RBM
from .packages import package, require_float, require_rbm


def from_sklearn(estimator: Any) -> RBM:
    """Return the RBM over spins that a fitted BernoulliRBM is: x = (1 + v)/2, y = (1 + h)/2.

    Parameters
    ----------
    estimator : sklearn.neural_network.BernoulliRBM or approx.BernoulliRBM

    Raises
    ------
    InputError
        If it is not fitted, or no such RBM.
    """
    names = ("components_", "intercept_hidden_", "intercept_visible_")
    parts = [getattr(estimator, name, None) for name in names]
    if any(part is None for part in parts):
        raise InputError(f"{a_type(estimator)} without {', '.join(names)}: expected a fitted BernoulliRBM")
    components, hidden, visible = (np.asarray(part, np.float64) for part in parts)
    return RBM.from_binary_units(components.T, hidden, visible)


def to_sklearn(rbm: RBM) -> Any:
    """Return a fitted sklearn.neural_network.BernoulliRBM with the distribution of an RBM; its constant is lost.

    Raises
    ------
    InputError
        For exact couplings.
    MissingPackageError
        Without scikit-learn.
    """
    require_rbm(rbm)
    require_float(rbm.kind, "a scikit-learn RBM")
    units = rbm.to_binary_units()
    estimator = package("sklearn.neural_network", "scikit-learn").BernoulliRBM(n_components=rbm.n_hidden)
    estimator.components_ = np.ascontiguousarray(units.weights.T, np.float64)
    estimator.intercept_hidden_ = np.array(units.hidden_bias, np.float64)
    estimator.intercept_visible_ = np.array(units.visible_bias, np.float64)
    estimator.h_samples_ = np.zeros((estimator.batch_size, rbm.n_hidden))
    estimator.n_features_in_ = rbm.n_visible
    estimator._n_features_out = rbm.n_hidden
    return estimator
