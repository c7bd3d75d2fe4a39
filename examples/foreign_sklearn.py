"""scikit-learn's BernoulliRBM against the exact machine: python examples/foreign_sklearn.py

0/1 units in Hinton's sign, E = -(v W h + b h + c v), with components_ of shape (n_hidden, n_visible), the transpose of ours.
`RBM.from_binary_units` converts to +-1 exactly.
"""

from __future__ import annotations

import numpy as np
import sklearn
from sklearn.neural_network import BernoulliRBM
from verdicts import Verdicts

from exactrg import RBM, exp, rbm_hamiltonian, sample
from exactrg.testing import (
    assert_gradient,
    assert_means,
    assert_rbm_marginals,
    assert_samples_from,
    assert_stationary,
    configurations,
)

HINTON = {"units": "binary", "sign": -1}
N_VISIBLE, N_HIDDEN, CHAINS, REPEATS = 6, 4, 50, 500


def machine(batch_size: int = CHAINS) -> BernoulliRBM:
    """A machine with known, large parameters; its random stream goes on from call to call."""
    rng = np.random.default_rng(0)
    rbm = BernoulliRBM(N_HIDDEN, batch_size=batch_size, learning_rate=1.0, random_state=np.random.RandomState(1))
    rbm.components_ = rng.normal(size=(N_HIDDEN, N_VISIBLE))
    rbm.intercept_hidden_, rbm.intercept_visible_ = rng.normal(size=N_HIDDEN), rng.normal(size=N_VISIBLE)
    rbm.n_features_in_ = N_VISIBLE
    return rbm


def main() -> Verdicts:
    table = Verdicts("scikit-learn", sklearn.__version__, "0/1 units, E = -(v W h + b h + c v), components_ transposed")
    rbm = machine()
    parameters = rbm.components_.T, rbm.intercept_hidden_, rbm.intercept_visible_
    exact = RBM.from_binary_units(*parameters)
    marginal = exp(-rbm_hamiltonian(exact, over="hidden")).probability().table
    data = np.random.default_rng(2).integers(0, 2, (CHAINS, N_VISIBLE)).astype(float)

    table.check(
        "_free_energy and transform are the exact ones",
        lambda: assert_rbm_marginals(
            *parameters, free_energy=rbm._free_energy, hidden_given_visible=rbm.transform, **HINTON
        ),
    )
    table.check(
        "_free_energy, if its parameters were those of the paper's Eq. 10",
        lambda: assert_rbm_marginals(*parameters, free_energy=rbm._free_energy),
        expected="fails",
    )
    table.check(
        "gibbs leaves the exact visible marginal alone",
        lambda: assert_stationary(
            lambda v, rng: rbm.gibbs(v.astype(float)), marginal, n=100_000, units="binary", rng=3
        ),
    )
    table.check(
        "gibbs, 30 steps from random states, reaches it",
        lambda: assert_samples_from(burn_in(rbm, 30), marginal, units="binary"),
    )

    states = configurations(N_VISIBLE, units="binary").astype(float)
    pseudo = np.log(flip_ratios(marginal)).sum(axis=0)
    bounds = (N_VISIBLE * np.log(flip_ratios(marginal).min()), 0.0)
    repeats = [rbm.score_samples(states) for _ in range(4000)]
    table.check(
        "score_samples is the pseudo-likelihood, on average",
        lambda: assert_means(repeats, pseudo, bounds=bounds, name="score"),
    )
    table.check(
        "score_samples is the log likelihood",
        lambda: assert_means(repeats, np.log(marginal.ravel()), bounds=bounds, name="score"),
        expected="fails",
        note="it is the pseudo-likelihood of one random unit per call, as its docstring says",
    )
    fixed = BernoulliRBM(N_HIDDEN, random_state=0)
    fixed.__dict__.update({k: v for k, v in rbm.__dict__.items() if k.endswith("_")}, random_state=0)
    again = [fixed.score_samples(states) for _ in range(4000)]
    table.check(
        "score_samples, on average over calls, with random_state=0",
        lambda: assert_means(again, pseudo, bounds=bounds, name="score"),
        expected="fails",
        note="an integer random_state is started afresh at every call: the same units are flipped, and nothing averages out",
    )

    hidden = (sample(exact, 2 * REPEATS * CHAINS, rng=7)[:, N_VISIBLE:] + 1) / 2.0
    states_of_chains = iter(hidden.reshape(2 * REPEATS, CHAINS, N_HIDDEN))
    table.check(
        "the update of _fit is the likelihood's gradient, if its persistent chains are exactly distributed",
        lambda: assert_gradient(
            lambda rng: update(data, next(states_of_chains), rng),
            *parameters,
            data,
            **HINTON,
            n=REPEATS,
            chains=CHAINS,
            rng=4,
        ),
    )
    table.check(
        "the same for a last mini-batch of half the batch_size",
        lambda: assert_gradient(
            lambda rng: update(data[: CHAINS // 2], next(states_of_chains), rng),
            *parameters,
            data[: CHAINS // 2],
            **HINTON,
            n=REPEATS,
            rng=5,
        ),
        expected="fails",
        note="both sums are divided by the rows of the data, but the second has batch_size rows: the model's term counts twice",
    )
    return table


def burn_in(rbm: BernoulliRBM, steps: int) -> np.ndarray:
    v = np.random.default_rng(6).integers(0, 2, (20_000, N_VISIBLE)).astype(float)
    for _ in range(steps):
        v = rbm.gibbs(v).astype(float)
    return v


def flip_ratios(p: np.ndarray) -> np.ndarray:
    """p(v_i | all others), one row for each unit."""
    return np.stack([(p / p.sum(axis=i, keepdims=True)).ravel() for i in range(N_VISIBLE)])


def update(data: np.ndarray, hidden: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """What one step of learning adds to the parameters, from these states of the persistent chains."""
    rbm = machine()
    rbm.h_samples_ = hidden.copy()
    before = rbm.components_.copy(), rbm.intercept_hidden_.copy(), rbm.intercept_visible_.copy()
    rbm._fit(data, np.random.RandomState(rng.integers(2**32)))
    w, b, c = (
        x - y for x, y in zip((rbm.components_, rbm.intercept_hidden_, rbm.intercept_visible_), before, strict=True)
    )
    return w.T, b, c


if __name__ == "__main__":
    main().close()
