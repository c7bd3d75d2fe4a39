"""rbms (PyTorch) against the exact machine: pip install rbms; python examples/foreign_rbms.py

0/1 units in Hinton's sign, E = -(v W h + b h + c v), with W of shape (n_visible, n_hidden) as ours. All in float64 here.
"""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import torch
from rbms.bernoulli_bernoulli.classes import BBRBM
from rbms.partition_function.ais import compute_partition_function_ais
from rbms.partition_function.exact import compute_partition_function
from verdicts import Verdicts

from exactrg import RBM, exp, log_partition_function, rbm_hamiltonian, sample
from exactrg.testing import (
    assert_free_energy_estimate,
    assert_gradient,
    assert_rbm_marginals,
    assert_stationary,
    configurations,
)

HINTON = {"units": "binary", "sign": -1}
N_VISIBLE, N_HIDDEN, CHAINS = 6, 4, 50


def tensor(x: np.ndarray) -> torch.Tensor:
    return torch.tensor(np.asarray(x), dtype=torch.float64)


def machine(scale: float = 1.0) -> tuple[BBRBM, tuple[np.ndarray, ...]]:
    """The machine, and its w, b (hidden) and c (visible)."""
    rng = np.random.default_rng(0)
    w, b, c = (scale * rng.normal(size=s) for s in ((N_VISIBLE, N_HIDDEN), N_HIDDEN, N_VISIBLE))
    return BBRBM(tensor(w), tensor(c), tensor(b)), (w, b, c)


def marginals(scale: float) -> object:
    rbm, parameters = machine(scale)
    return assert_rbm_marginals(
        *parameters,
        free_energy=lambda v: rbm.compute_energy_visibles(tensor(v)).numpy(),
        hidden_given_visible=lambda v: rbm.sample_hiddens({"visible": tensor(v)})["hidden_mag"].numpy(),
        visible_given_hidden=lambda h: rbm.sample_visibles({"hidden": tensor(h)})["visible_mag"].numpy(),
        log_partition=compute_partition_function(rbm, tensor(configurations(N_HIDDEN, units="binary"))),
        **HINTON,
    )


def chains(v: np.ndarray, h: np.ndarray) -> dict[str, torch.Tensor]:
    """Its dictionary of chains; weights are logarithms of importance for chains, and plain for data."""
    return {"visible": tensor(v), "hidden_mag": tensor(h), "weights": torch.ones(len(v), dtype=torch.float64)}


def main() -> Verdicts:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    table = Verdicts("rbms", version("rbms"), "0/1 units, E = -(v W h + b h + c v)")
    rbm, parameters = machine()
    exact = RBM.from_binary_units(*parameters)
    marginal = exp(-rbm_hamiltonian(exact, over="hidden")).table
    table.check("energies, conditionals and log Z", lambda: marginals(1.0))
    table.check(
        "the same with weights of 5",
        lambda: marginals(5.0),
        expected="fails",
        note="log(1 + e^x) is replaced by x from x = 10 on, which is 4.5e-5 too small there",
    )

    def gibbs(v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        state = rbm.init_chains(len(v), start_v=tensor(v))
        return rbm.sample_state(n_steps=1, chains=state)["visible"].numpy()

    table.check(
        "sample_state leaves the exact visible marginal alone",
        lambda: assert_stationary(gibbs, marginal, n=100_000, units="binary", rng=1),
    )
    data = np.random.default_rng(2).integers(0, 2, (CHAINS, N_VISIBLE)).astype(float)

    def gradient(rng: np.random.Generator, centered: bool) -> list[np.ndarray]:
        v = (sample(exact, CHAINS, rng)[:, :N_VISIBLE] + 1) / 2.0
        for p in rbm.parameters():
            p.grad = torch.zeros_like(p)
        both = [chains(x, 1 / (1 + np.exp(-(x @ parameters[0] + parameters[1])))) for x in (data, v)]
        rbm.compute_gradient(*both, centered=centered)
        return [p.grad.numpy().copy() for p in (rbm.weight_matrix, rbm.hbias, rbm.vbias)]

    for centered in (False, True):
        table.check(
            f"compute_gradient is the likelihood's, from exactly drawn chains, centered={centered}",
            lambda centered=centered: assert_gradient(
                lambda rng: gradient(rng, centered),
                *parameters,
                data,
                **HINTON,
                chains=1 if centered else CHAINS,
                rng=3,
            ),
            expected="fails" if centered else "passes",
            note="the default: derivatives of centered parameters, taken back; another ascent direction, not the gradient",
        )

    values = np.array([compute_partition_function_ais(200, 50, rbm) for _ in range(200)])
    table.check(
        "annealed importance sampling: log Z, with the spread of 200 runs for its missing error bar",
        lambda: assert_free_energy_estimate(
            np.stack([values, np.full(len(values), values.std(ddof=1))], axis=1), log_partition_function(exact)
        ),
    )
    return table


if __name__ == "__main__":
    main().close()
