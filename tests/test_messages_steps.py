"""What named operators, truncation, divergences and thermodynamics refuse, word by word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
from messages import DIFFERENT, DISJOINT, FINITE, MIXED, SYMBOLS, Case, check, wrong
from oracle_numbers import J

from exactrg import (
    BoltzmannWeight,
    RGOperator,
    SpinPolynomial,
    decimate,
    decimated_chain,
    decimated_hamiltonian,
    decimated_ring,
    decimation,
    decorated_rbm,
    delta_f,
    density_of_states,
    entropy,
    expectation,
    kadanoff,
    kl_divergence,
    majority,
    mutual_information,
    noisy_copy,
    partition_function,
    rg_flow,
    sample,
    truncate,
)
from exactrg.errors import (
    CouplingError,
    EnumerationTooLarge,
    FloatOverflowError,
    InputError,
    LatticeError,
    MixedKindsError,
    NotPositiveError,
    SiteError,
    ZeroWeightError,
)
from exactrg.one_dimension import correlation_length, inverse_correlation_length
from exactrg.thermodynamics import boltzmann_factor

FLOAT, EXACT = SpinPolynomial({(0, 1): 0.5}), SpinPolynomial({(0, 1): J})
SMALLER = "Write fewer or smaller blocks, or RGOperator.from_energy(E, H), whose .log_trace(v) needs no table."
NOTHING = RGOperator(BoltzmannWeight([0, "h"], np.zeros((2, 2), dtype=int)), [0], ["h"])

CASES: list[Case] = [
    (lambda: decimation([0, 0], [0]), SiteError, "sites contains 0 twice: expected distinct sites"),
    (lambda: decimation([0, 1], []), SiteError, "keep is empty: expected at least one site"),
    (lambda: decimation([0, 1], [2]), SiteError, "keep names the unknown site 2; the sites are 0, 1"),
    (lambda: decimation([0, 1], "a"), SiteError, "keep is 'a': expected a sequence of sites; write ['a']"),
    (
        lambda: decimation([0, 1], [0], hidden=["a", "b"]),
        InputError,
        "2 hidden sites for 1 coarse-grained spins: expected as many",
    ),
    (
        lambda: decimation([0, 1], [0], hidden="a"),
        SiteError,
        "hidden is 'a': expected a sequence of sites; write ['a']",
    ),
    (
        lambda: decimation([0, 1], [0], hidden=[0]),
        SiteError,
        "the visible and the hidden sites share the site 0" + DISJOINT,
    ),
    (
        lambda: decimation(range(20), [0]),
        EnumerationTooLarge,
        "the table of an RG operator over 21 spins has 2**21 = 2,097,152 entries and would take 400 MiB; the limit "
        "is 20 spins. decimated_hamiltonian(H, keep) makes H^RG of a decimation without this table.",
    ),
    (lambda: majority([]), InputError, "no blocks: expected at least one; write [[0, 1], [2, 3]]"),
    (lambda: majority([[]]), SiteError, "a block is empty: expected at least one site"),
    (lambda: majority([[0], [0]]), SiteError, "the list of blocks contains 0 twice: expected distinct sites"),
    (lambda: majority(["ab"]), SiteError, "a block is 'ab': expected a sequence of sites; write ['ab']"),
    (
        lambda: majority([[0, 1]], tie="error"),
        InputError,
        'the block (0, 1) can tie; expected odd blocks, or write tie="random" or tie="first"',
    ),
    (
        lambda: majority([[0, 1]], tie=wrong("none")),
        InputError,
        'tie=\'none\': expected "random", "first" or "error"',
    ),
    (
        lambda: majority([range(20)]),
        EnumerationTooLarge,
        "the table of an RG operator over 21 spins has 2**21 = 2,097,152 entries and would take 400 MiB; the limit "
        "is 20 spins. " + SMALLER,
    ),
    (
        lambda: kadanoff([range(26)], 0.5),
        EnumerationTooLarge,
        "the table of an RG operator over 27 spins has 2**27 = 134,217,728 entries and would take 1 GiB; the limit "
        "is 26 spins. " + SMALLER,
    ),
    (
        lambda: kadanoff([range(20)], J),
        EnumerationTooLarge,
        "the table of an RG operator over 21 spins has 2**21 = 2,097,152 entries and would take 400 MiB; the limit "
        "is 20 spins. " + SMALLER,
    ),
    (
        lambda: kadanoff([range(26)], 0),
        EnumerationTooLarge,
        "the table of an RG operator over 27 spins has 2**27 = 134,217,728 entries and would take 1 GiB; the limit "
        "is 26 spins. " + SMALLER,
    ),
    (lambda: kadanoff([[0]], np.inf), CouplingError, "the coupling inf" + FINITE),
    (lambda: noisy_copy([0, 1], [], 0.5), SiteError, "keep is empty: expected at least one site"),
    (lambda: noisy_copy([0, 1], [2], 0.5), SiteError, "keep names the unknown site 2; the sites are 0, 1"),
    (
        lambda: noisy_copy(range(20), [0], 0.5),
        EnumerationTooLarge,
        "the table of an RG operator over 21 spins has 2**21 = 2,097,152 entries and would take 400 MiB; the limit "
        "is 20 spins. decimated_hamiltonian(H, keep) makes H^RG of a decimation without this table.",
    ),
    (lambda: decorated_rbm(wrong(3)), InputError, "H is an int: expected a SpinPolynomial; write ising(graph, J)"),
    (
        lambda: decorated_rbm(SpinPolynomial({(0, 1, 2): 0.5})),
        InputError,
        "the interaction of [0, 1, 2] has more than two spins: expected a pairwise H",
    ),
    (
        lambda: decorated_rbm(SpinPolynomial({(0, "a", 1): 0.5})),
        InputError,
        "the interaction of [0, 1, 'a'] has more than two spins: expected a pairwise H",
    ),
    (
        lambda: decorated_rbm(EXACT),
        CouplingError,
        "the decoration of K = -J depends on the sign of K: expected one that is known for all values of its symbols; write "
        "Symbol(name, positive=True), or numbers",
    ),
    (
        lambda: decimated_hamiltonian(wrong(3), [0]),
        InputError,
        "H is an int: expected a SpinPolynomial; write ising(graph, J)",
    ),
    (lambda: decimated_hamiltonian(FLOAT, "a"), SiteError, "keep is 'a': expected a sequence of sites; write ['a']"),
    (lambda: decimated_hamiltonian(FLOAT, [2]), SiteError, "keep names the unknown site 2; the sites are 0, 1"),
    (lambda: truncate(wrong(3)), InputError, "H is an int: expected a SpinPolynomial; write rg_hamiltonian(T, H)"),
    (lambda: truncate(FLOAT), InputError, "nothing to keep: write orders=(0, 1, 2), or name couplings, keep=[(0, 1)]"),
    (lambda: truncate(FLOAT, ["a"]), SiteError, "a coupling to keep is 'a': expected a sequence of sites; write ['a']"),
    (lambda: truncate(FLOAT, [[2]]), SiteError, "keep names the unknown site 2; the sites are 0, 1"),
    (
        lambda: truncate(FLOAT, orders=[True, wrong(1.5)]),
        InputError,
        "orders is [1.5, True]: expected ints of at least 0, numbers of spins; write (0, 1, 2)",
    ),
    (
        lambda: truncate(FLOAT, orders=[-1, wrong("x")]),
        InputError,
        "orders is [-1, 'x']: expected ints of at least 0, numbers of spins; write (0, 1, 2)",
    ),
    (
        lambda: kl_divergence(FLOAT, wrong(3)),
        InputError,
        "an int is no distribution: expected an energy, an RBM, a DBN or a BoltzmannWeight",
    ),
    (
        lambda: kl_divergence(FLOAT, SpinPolynomial({(0,): 0.5})),
        SiteError,
        "the two distributions live on different sites (2 and 1; 1 is in one of them only)" + DIFFERENT,
    ),
    (lambda: kl_divergence(FLOAT, EXACT), MixedKindsError, "a divergence" + MIXED),
    (
        lambda: entropy(BoltzmannWeight([0], [0, 0])),
        ZeroWeightError,
        "the weight vanishes everywhere: expected a positive sum",
    ),
    (lambda: mutual_information(FLOAT, [2]), SiteError, "sites names the unknown site 2; the sites are 0, 1"),
    (lambda: mutual_information(FLOAT, "a"), SiteError, "sites is 'a': expected a sequence of sites; write ['a']"),
    (
        lambda: partition_function(wrong(3)),
        InputError,
        "a sum over the configurations of an int: expected a SpinPolynomial or an RBM; write ising(graph, J)",
    ),
    (
        lambda: partition_function(wrong(BoltzmannWeight([0], [1, 2]))),
        InputError,
        "a sum over the configurations of a BoltzmannWeight: expected a SpinPolynomial or an RBM; write trace(weight), its sum",
    ),
    (
        lambda: partition_function(SpinPolynomial({(): -1000.0})),
        FloatOverflowError,
        "Z = e**1000 is beyond float64; write log_partition_function(H), which is 1000.0",
    ),
    (lambda: boltzmann_factor(wrong(3)), InputError, "expected a Hamiltonian (SpinPolynomial) or an RBM, got an int"),
    (
        lambda: delta_f(NOTHING, SpinPolynomial({(0,): 0.5})),
        ZeroWeightError,
        "e^{T - H} vanishes everywhere: expected a positive Z'",
    ),
    (
        lambda: expectation(wrong(3), FLOAT),
        InputError,
        "f is an int: expected a SpinPolynomial, such as SpinPolynomial({(0, 1): 1})",
    ),
    (
        lambda: expectation(SpinPolynomial({(2,): 1}), FLOAT),
        SiteError,
        "the observable names the unknown site 2; the sites are 0, 1",
    ),
    (lambda: expectation(SpinPolynomial({(0,): J}), FLOAT), MixedKindsError, "an expectation" + MIXED),
    (
        lambda: sample(FLOAT, 10**15),
        InputError,
        f"1,000,000,000,000,000 configurations of {len(FLOAT.sites)} spins, a byte each, fit no memory; draw them in parts",
    ),
    (lambda: sample(FLOAT, -1), InputError, "n is -1: expected a nonnegative int, the number of configurations"),
    (
        lambda: sample(FLOAT, wrong(1.5)),
        InputError,
        "n is 1.5: expected a nonnegative int, the number of configurations",
    ),
    (lambda: sample(EXACT, 1), CouplingError, "samples need numbers for ['J']: substitute logs of rationals or floats"),
    (
        lambda: sample(wrong(3), 1),
        InputError,
        "expected a Hamiltonian (SpinPolynomial), an RBM or a BoltzmannWeight, got an int",
    ),
    (
        lambda: expectation(FLOAT, wrong(3)),
        InputError,
        "expected a Hamiltonian (SpinPolynomial), an RBM or a BoltzmannWeight, got an int",
    ),
    (
        lambda: density_of_states(nx.Graph([(0, 0)])),
        LatticeError,
        "edge (0, 0) is a self-loop, which no spin Hamiltonian has; leave it out",
    ),
    (lambda: decimate(0.5, 0), InputError, "b must be an int of at least 1, got 0"),
    (lambda: rg_flow(0.5, -1), InputError, "steps must be an int of at least 0, got -1"),
    (lambda: decimated_ring(1, 0.5), InputError, "n must be an int of at least 2, got 1"),
    (lambda: decimated_ring(4, 0.5, 0), InputError, "b must be an int of at least 1, got 0"),
    (lambda: decimated_chain(0, 0.5), InputError, "n must be an int of at least 1, got 0"),
    (lambda: decimated_chain(4, 0.5, wrong(1.5)), InputError, "b must be an int of at least 1, got 1.5"),
    (
        lambda: correlation_length(400.0),
        FloatOverflowError,
        "the correlation length is beyond 1.8e308; its logarithm is 2|J| - log 2",
    ),
    (
        lambda: inverse_correlation_length(J),
        NotPositiveError,
        "the argument of log((exp(2*J) - 1)/(exp(2*J) + 1)): expected a number that is positive" + SYMBOLS,
    ),
    (
        lambda: decimate(1e308, 4),
        FloatOverflowError,
        "the constant of a block is beyond 1.8e308; write weaker couplings or a smaller block",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), CASES, ids=[message[:60] for *_, message in CASES])
def test_what_is_refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    check(call, error, message)
