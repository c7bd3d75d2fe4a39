"""A scikit-learn transformer around contrastive divergence; needs the extra `sklearn`."""

from __future__ import annotations

import warnings
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from exactrg.counts import require_count
from exactrg.errors import InputError
from exactrg.rbm import RBM

from .errors import MissingPackageError

try:
    from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    raise MissingPackageError("approx.BernoulliRBM needs scikit-learn; write: pip install 'exactrg[sklearn]'") from None

from exactrg.blas import one_blas_thread

from .contrastive_divergence import ContrastiveDivergence, Parameters
from .recipes import Recipe, Schedule, Units
from .tiles import TileThreads
from .training_history import pseudo_likelihoods

Array = npt.NDArray[Any]


class BernoulliRBM(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """RBM over 0/1 units, p = exp(x W y + a x + b y) / Z, trained by (persistent) contrastive divergence.

    Parameters and attributes have the names of `sklearn.neural_network.BernoulliRBM` where it has them.

    Parameters
    ----------
    n_components : int
        Hidden units.
    learning_rate, momentum, l1, l2, weight_scale, steps, persistent
        See `approx.recipes.Recipe`.
    positive, reconstruction, negative : {"samples", "probabilities"}
        See `approx.recipes.Recipe`.
    batch_size : int
        All samples if there are fewer.
    n_iter : int
        Passes over the data in `fit`.
    n_threads : int, optional
        All usable cores, 4 at most, if left out. No bit depends on it.
    verbose : bool or int
        Print the reconstruction error of each epoch.
    random_state : int, RandomState or None
        An int gives the same bits every time.

    Attributes
    ----------
    components_ : ndarray of float32, shape (n_components, n_features)
    intercept_hidden_ : ndarray of float32, shape (n_components,)
    intercept_visible_ : ndarray of float32, shape (n_features,)
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only for data with names.
    """

    def __init__(
        self,
        n_components: int = 256,
        *,
        learning_rate: Schedule = 0.1,
        momentum: Schedule = 0.5,
        l1: float = 0.0,
        l2: float = 0.0,
        weight_scale: float = 0.01,
        steps: int = 1,
        persistent: bool = False,
        positive: Units = "probabilities",
        reconstruction: Units = "probabilities",
        negative: Units = "probabilities",
        batch_size: int = 100,
        n_iter: int = 10,
        n_threads: int | None = None,
        verbose: bool | int = 0,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.l1 = l1
        self.l2 = l2
        self.weight_scale = weight_scale
        self.steps = steps
        self.persistent = persistent
        self.positive = positive
        self.reconstruction = reconstruction
        self.negative = negative
        self.batch_size = batch_size
        self.n_iter = n_iter
        self.n_threads = n_threads
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> BernoulliRBM:
        """Train from new weights for ``n_iter`` epochs on values in [0, 1], shape (n_samples, n_features).

        Other real values are legal, as in scikit-learn, with a warning.
        """
        values = self._validated(X, reset=True)
        self._begin(values)
        self._train(values, self.n_iter)
        return self

    def partial_fit(self, X: Any, y: Any = None) -> BernoulliRBM:
        """Go on for one epoch over X, with the weights, velocities and chains of the call before."""
        first = not hasattr(self, "components_")
        values = self._validated(X, reset=first)
        if first:
            self._begin(values)
        self._train(values, 1)
        return self

    def transform(self, X: Any) -> Array:
        """Probabilities of the hidden units, p(y_j = 1 | x), shape (n_samples, n_components)."""
        check_is_fitted(self)
        values = self._validated(X, reset=False)
        with np.errstate(over="ignore"):
            fields = values @ self.components_.T + self.intercept_hidden_
            return np.asarray(0.5 * (1.0 + np.tanh(0.5 * fields)), dtype=values.dtype)

    def score_samples(self, X: Any) -> npt.NDArray[np.float64]:
        """Log-pseudo-likelihood of each sample in nats, estimated from one unit of each.

        The unit is a hash of the sample, so that a sample's score does not depend on the others.
        """
        check_is_fitted(self)
        values = self._validated(X, reset=False).astype(np.float32)
        units = np.array([crc32(row.tobytes()) % values.shape[1] for row in values])
        return pseudo_likelihoods(self._parameters(), values.astype(np.float64), units)

    def to_rbm(self) -> RBM:
        """Convert to an `exactrg.RBM` over spins +-1, in the paper's sign, constant included."""
        check_is_fitted(self)
        return self._parameters().to_rbm()

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])

    def _validated(self, X: Any, *, reset: bool) -> Array:
        return np.asarray(validate_data(self, X, reset=reset, dtype=(np.float64, np.float32)))

    def _begin(self, values: Array) -> None:
        """Make weights, and forget what was learned before."""
        self._seed = np.random.SeedSequence(int(check_random_state(self.random_state).randint(2**31)))
        self._state: tuple[Parameters, Parameters, Array, int] | None = None

    def _train(self, values: Array, epochs: int) -> None:
        if values.min() < 0 or values.max() > 1:
            warnings.warn(
                "X has values outside [0, 1], but the visible units are 0 or 1; scale X, or write (1 + spins) / 2 for "
                "spins +1/-1",
                stacklevel=3,
            )
        done = self._state[3] if self._state else 0
        recipe = Recipe(
            epochs=done + epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            momentum=self.momentum,
            l1=self.l1,
            l2=self.l2,
            weight_scale=self.weight_scale,
            steps=self.steps,
            persistent=self.persistent,
            positive=self.positive,
            reconstruction=self.reconstruction,
            negative=self.negative,
        )
        n_components = require_count("n_components", self.n_components, 1)
        if self._state and self._n_features_out != n_components:
            raise InputError(
                f"n_components={n_components}, but {self._n_features_out} were trained: expected the same; write "
                "fit to start again"
            )
        data = np.ascontiguousarray(values, np.float32)
        with one_blas_thread(), TileThreads(self.n_threads) as threads:
            training = ContrastiveDivergence(data, n_components, recipe, self._seed, threads)
            if self._state:
                training.parameters, training.velocity, training.chain, training.epoch = self._state
            while training.epoch < recipe.epochs:
                error = training.run_epoch()
                if self.verbose:
                    print(f"[BernoulliRBM] epoch {training.epoch}, reconstruction error {error:.5f}")
        self._state = (training.parameters, training.velocity, training.chain, training.epoch)
        weights, self.intercept_visible_, self.intercept_hidden_ = training.parameters.arrays()
        self.components_ = weights.T

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _parameters(self) -> Parameters:
        return Parameters(np.ascontiguousarray(self.components_.T), self.intercept_visible_, self.intercept_hidden_)
