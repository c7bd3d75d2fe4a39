"""Contrastive divergence of RBMs over 0/1 units in float32, tile by tile, without an allocation in the loop.

All random numbers are functions of (seed, epoch, tile), so that an epoch can be done again, or later, to the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import ExactRGError
from exactrg.rbm import RBM

from .recipes import Recipe, at_epoch
from .tiles import TileThreads, tile_bounds

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Stream = npt.NDArray[np.uint32]

SMALL_BATCH = 4e6
"""Multiplications of a product below which other threads cost more than they bring."""

_WEIGHTS, _ORDER, _HIDDEN, _VISIBLE, _CHAIN = range(5)  # what random numbers are for


class DivergedError(ExactRGError, ArithmeticError):
    """Training whose parameters left the finite numbers.

    Attributes
    ----------
    epoch : int
        The epoch after which they had, counted from 1.
    """

    def __init__(self, epoch: int, learning_rate: float) -> None:
        super().__init__(
            f"the parameters are not finite after epoch {epoch} at a learning rate of {learning_rate:g}; write a smaller "
            "learning_rate, or l2"
        )
        self.epoch = epoch


@dataclass(eq=False)
class Parameters:
    """Parameters of an RBM over 0/1 units in Hinton's sign, p = exp(x W y + a x + b y) / Z, or their velocities.

    Parameters
    ----------
    weights : ndarray of float32, shape (n_visible, n_hidden)
    visible_bias, hidden_bias : ndarray of float32
    """

    weights: Floats
    visible_bias: Floats
    hidden_bias: Floats

    @classmethod
    def zeros(cls, n_visible: int, n_hidden: int) -> Parameters:
        """All zero."""
        return cls(*(np.zeros(shape, np.float32) for shape in ((n_visible, n_hidden), n_visible, n_hidden)))

    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Weights, visible and hidden biases."""
        return self.weights, self.visible_bias, self.hidden_bias

    def copy(self) -> Parameters:
        """Arrays of its own."""
        return Parameters(*(array.copy() for array in self.arrays()))

    def finite(self) -> bool:
        """Whether no entry is infinite or NaN."""
        return all(bool(np.isfinite(array).all()) for array in self.arrays())

    def to_rbm(self) -> RBM:
        """Convert to spins +-1 in the paper's sign, constant included."""
        weights, visible, hidden = (array.astype(np.float64) for array in self.arrays())
        return RBM.from_binary_units(weights, hidden, visible)


class ContrastiveDivergence:
    """An RBM in training: parameters, velocities, and one epoch after another.

    Parameters
    ----------
    data : ndarray, shape (n_samples, n_visible)
        0/1 as uint8, or float32 in [0, 1]; see `approx.training_data`.
    n_hidden : int
    recipe : Recipe
    seed : numpy.random.SeedSequence
        Root of all random numbers.
    threads : TileThreads
        No bit depends on their number.

    Attributes
    ----------
    parameters, velocity : Parameters
    average : Parameters or None
        Mean over the updates of the last epochs, once these have begun.
    chain : ndarray of float32, shape (batch_size, n_hidden)
        Hidden units of the persistent chains.
    epoch : int
        Epochs that are done.
    """

    def __init__(
        self,
        data: npt.NDArray[Any],
        n_hidden: int,
        recipe: Recipe,
        seed: np.random.SeedSequence,
        threads: TileThreads,
    ) -> None:
        self.data, self.recipe, self.seed, self.threads = data, recipe, seed, threads
        n_visible, size = data.shape[1], recipe.batch_size
        self.parameters = Parameters.zeros(n_visible, n_hidden)
        weights = self.parameters.weights
        self._generator(_WEIGHTS).standard_normal(dtype=np.float32, out=weights)
        weights *= np.float32(recipe.weight_scale)
        self.velocity = Parameters.zeros(n_visible, n_hidden)
        self.average: Parameters | None = None
        self.epoch = 0
        self._tiles = tile_bounds(n_visible)
        self._small = size * n_visible * n_hidden < SMALL_BATCH
        # The first half of the rows belongs to the data, the second one to the model: one product makes both parts of
        # the gradient.
        self._visible = np.empty((2 * size, n_visible), np.float32)
        self._hidden = np.empty((2 * size, n_hidden), np.float32)
        self.chain = np.empty((size, n_hidden), np.float32)
        self.chain[...] = self._generator(_CHAIN).random(self.chain.shape, dtype=np.float32) < 0.5
        self._parts = np.empty(len(self._tiles) * size * n_hidden, np.float32)
        self._gradient = np.empty((n_visible, n_hidden), np.float32)
        self._squares, self._hidden_squares = np.empty(n_visible, np.float32), np.zeros(n_hidden, np.float32)

    def run_epoch(self) -> float:
        """One pass over the shuffled data.

        Returns
        -------
        float
            Reconstruction error: mean of (x - x')^2 over samples and visible units, x' the negative phase of x.

        Raises
        ------
        DivergedError
            If the parameters are not finite afterwards.
        """
        recipe, n_samples = self.recipe, len(self.data)
        rate, momentum = at_epoch(recipe.learning_rate, self.epoch), at_epoch(recipe.momentum, self.epoch)
        order = self._generator(_ORDER, self.epoch).permutation(n_samples)
        self._squares[:] = 0.0
        averaging = self.epoch >= recipe.epochs - recipe.average_last
        if averaging and self.average is None:
            self.average = self.parameters.copy()
        batches = [order[start : start + recipe.batch_size] for start in range(0, n_samples, recipe.batch_size)]
        before = (self.epoch + recipe.average_last - recipe.epochs) * len(batches)
        hidden_stream = self._stream(_HIDDEN, 0)
        visible_streams = [self._stream(_VISIBLE, tile) for tile in range(len(self._tiles))]
        self._run(lambda tile: self._up(batches[0], tile))
        for number, (batch, following) in enumerate(zip_longest(batches, batches[1:]), start=1):
            share = 1.0 / (before + number) if averaging else 0.0
            self._update(batch, following, rate, momentum, share, hidden_stream, visible_streams)
        self.epoch += 1
        if not self.parameters.finite():
            raise DivergedError(self.epoch, rate)
        return float(self._squares.sum(dtype=np.float64)) / self.data.size

    def result(self) -> Parameters:
        """Averaged parameters if the recipe wants them and their epochs have begun, else the present ones."""
        return (self.average or self.parameters).copy()

    def _update(
        self,
        batch: Rows,
        following: Rows | None,
        rate: float,
        momentum: float,
        share: float,
        hidden_stream: Stream,
        visible_streams: list[Stream],
    ) -> None:
        """One mini-batch, whose first product is done: k steps of the negative phase, new weights, the next `_up`."""
        from . import cd_kernels as kernels

        n, recipe = len(batch), self.recipe
        weights, visible_bias, hidden_bias = self.parameters.arrays()
        both_visible, both_hidden, states = self._visible[: 2 * n], self._hidden[: 2 * n], self.chain[:n]
        x, x_model, y, y_model = both_visible[:n], both_visible[n:], both_hidden[:n], both_hidden[n:]
        parts, speed = self._parts_of(n), self.velocity
        per_sample, factor = np.float32(rate / n), np.float32(momentum)
        lasso, ridge = np.float32(rate * recipe.l1), np.float32(rate * recipe.l2)

        def down_and_up(tile: int) -> None:
            start, stop = self._tiles[tile]
            own = weights[start:stop]
            np.matmul(states, own.T, out=x_model[:, start:stop])
            kernels.to_probabilities(x_model, visible_bias, start, stop)
            if recipe.reconstruction == "samples":
                kernels.draw(x_model, x_model, visible_streams[tile], start, stop)
            if last:
                kernels.learn_bias(
                    x, x_model, visible_bias, speed.visible_bias, self._squares, start, stop, per_sample, factor
                )
            np.matmul(x_model[:, start:stop], own, out=parts[tile])

        def learn(tile: int) -> None:
            start, stop = self._tiles[tile]
            gradient, own = self._gradient[start:stop], weights[start:stop]
            np.matmul(both_visible[:, start:stop].T, both_hidden, out=gradient)
            kernels.update_weights(own, speed.weights[start:stop], gradient, per_sample, factor, lasso, ridge)
            if share and self.average is not None:
                kernels.update_average(self.average.weights[start:stop], own, np.float32(share))
            if following is not None:
                self._up(following, tile)

        def draw(probabilities: Floats, out: Floats) -> None:
            kernels.draw(probabilities, out, hidden_stream, 0, len(hidden_bias))

        kernels.add_to_probabilities(parts, hidden_bias, y)
        if not recipe.persistent:
            draw(y, states)
        if recipe.positive == "samples" and recipe.persistent:
            draw(y, y)
        elif recipe.positive == "samples":
            y[...] = states
        for step in range(1, recipe.steps + 1):
            last = step == recipe.steps
            self._run(down_and_up)
            kernels.add_to_probabilities(parts, hidden_bias, y_model)
            if not last or recipe.persistent:
                draw(y_model, states)
        if recipe.negative == "samples" and recipe.persistent:
            y_model[...] = states
        elif recipe.negative == "samples":
            draw(y_model, y_model)
        kernels.learn_bias(
            y, y_model, hidden_bias, speed.hidden_bias, self._hidden_squares, 0, len(hidden_bias), per_sample, factor
        )
        kernels.negate(y_model)
        self._run(learn)
        if share and self.average is not None:
            for mean, value in zip(self.average.arrays()[1:], self.parameters.arrays()[1:], strict=True):
                mean += np.float32(share) * (value - mean)

    def _up(self, batch: Rows, tile: int) -> None:
        """Read a tile's units of the data, and make its part of the fields of the hidden units."""
        from . import cd_kernels as kernels

        start, stop = self._tiles[tile]
        kernels.gather(self.data, batch, self._visible, start, stop)
        np.matmul(
            self._visible[: len(batch), start:stop],
            self.parameters.weights[start:stop],
            out=self._parts_of(len(batch))[tile],
        )

    def _parts_of(self, n: int) -> Floats:
        """Fields of the hidden units of n samples from each tile, shape (tiles, n, n_hidden)."""
        n_hidden = len(self.parameters.hidden_bias)
        return self._parts[: len(self._tiles) * n * n_hidden].reshape(len(self._tiles), n, n_hidden)

    def _run(self, task: Callable[[int], None]) -> None:
        def quiet(tile: int) -> None:
            with np.errstate(over="ignore", invalid="ignore"):  # an overflow is noticed at the end of the epoch
                task(tile)

        if self._small:
            for tile in range(len(self._tiles)):
                quiet(tile)
        else:
            self.threads.run(quiet, len(self._tiles))

    def _child(self, *key: int) -> np.random.SeedSequence:
        return np.random.SeedSequence(self.seed.entropy, spawn_key=(*self.seed.spawn_key, *key))

    def _generator(self, *key: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(self._child(*key)))

    def _stream(self, kind: int, tile: int) -> Stream:
        """Return the state of sixteen generators for a tile of this epoch."""
        return self._child(kind, self.epoch, tile).generate_state(64, np.uint32).reshape(4, 16).astype(np.uint32)
