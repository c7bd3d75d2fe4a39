"""The network of Fig. 2B: a stack of RBMs on zig-zag chains whose weights are the decimated couplings J^(n) of Eq. 24.

Layer by layer, hidden unit j stands for the spin 2j of the layer below and is coupled to its neighbours, 2j - 1 and
2j + 1. So the hidden units and every second spin below form a ring, and summing the layer below leaves the hidden
units with J^(n+1). Every other spin below is coupled to nothing, and that is why the network is no exact RG step for
the whole layer; ``exactrg verify --only "Fig. 2B"`` decides what it does and does not realise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .counts import require_count
from .dbn import DBN
from .errors import InputError
from .one_dimension import rg_flow
from .polynomial import SpinPolynomial
from .rbm import RBM
from .transfer_matrix import chain_couplings, log_two_cosh


def decimation_rbm(n: int, J: Any) -> RBM:
    """One layer of Fig. 2B: n visible and n/2 hidden units on a zig-zag ring of bonds J, and every other visible free.

    The constant (n/2) log 2 makes up for the free spins, so that the hidden marginal is e^{-H^RG} of the decimated ring,
    constant included, and Delta F = 0 on the ring of n spins with coupling J.

    Parameters
    ----------
    n : int
        Even, at least 2; n = 2 has a double bond.
    J : number
        In kT, float or exact. The weights are -J in the sign of Eq. 10.

    Returns
    -------
    RBM
        ``marginal_weight(rbm, "visible")`` is ``exp(-decimated_ring(n, J))`` with the site 2j called ``("h", j)``.

    Raises
    ------
    InputError
        If n is odd or below 2.
    """
    n = require_count("n", n, 2)
    if n % 2:
        raise InputError(f"a ring of n = {n} spins: expected an even n, half of it is decimated")
    kind, J, _ = chain_couplings(J)
    m, zero = n // 2, J - J
    w = np.full((n, m), zero, dtype=object if kind == "exact" else np.float64)
    for j in range(m):
        for hidden in (j, (j + 1) % m):
            w[2 * j + 1, hidden] = w[2 * j + 1, hidden] - J
    return RBM(w, constant=m * log_two_cosh(zero))


def decimation_dbn(n: int, J: Any, layers: int) -> DBN:
    """The network of Fig. 2B for a ring of n spins: `layers` zig-zag RBMs with the weights J^(0), J^(1), ... of Eq. 24.

    Parameters
    ----------
    n : int
        Number of visible spins, a multiple of 2**layers.
    J : number
        Coupling of the ring, float or exact.
    layers : int
        Number of RBMs, at least 1.

    Returns
    -------
    DBN
        Of n, n/2, n/4, ... units; unit j of a hidden layer stands for spin 2j of the layer below.

    Raises
    ------
    InputError
        If n is no positive multiple of 2**layers.
    """
    n, layers = require_count("n", n, 2), require_count("layers", layers, 1)
    # Nothing as large as 2**layers is made before it is known to divide n.
    if n >> layers << layers != n or not n >> layers:
        raise InputError(f"n = {n} spins and {layers} layers: expected n to be a multiple of 2**{layers}")
    flow = rg_flow(J, layers - 1)
    return DBN(decimation_rbm(n >> level, coupling) for level, coupling in enumerate(flow))


def summed_energy(dbn: DBN) -> SpinPolynomial:
    """Sum of the energies of all layers: the Boltzmann machine that a stack of RBMs is *not*.

    Its layers share units, so that a hidden layer feels the one above too. The hidden layers of `decimation_dbn` lose
    their rings in it from n = 8 on.
    """
    total = dbn.rbms[0].energy()
    for rbm in dbn.rbms[1:]:
        total = total + rbm.energy()
    return total
