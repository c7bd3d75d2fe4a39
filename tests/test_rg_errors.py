"""RG operators: what is refused, word by word, at once and with what to write instead."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from messages import DIFFERENT, DISJOINT, MIXED, UNITS, ZEROS, Case, check, wrong
from oracle_numbers import J

from exactrg import (
    RBM,
    BoltzmannWeight,
    RGOperator,
    SpinPolynomial,
    entropy,
    is_exact_rg,
    ising,
    kl_divergence,
    rbm_hamiltonian,
    rg_hamiltonian,
    ring,
    trace_condition,
)
from exactrg.errors import (
    EnumerationTooLarge,
    InputError,
    MixedKindsError,
    NotExactRGError,
    SiteError,
    SpinError,
    ZeroWeightError,
)
from exactrg.marginals import marginal_weight

FLOAT = SpinPolynomial({(0, 1): 0.5})
WEIGHT = BoltzmannWeight([0, 1, "h"], np.ones((2, 2, 2)))
STEP = RGOperator(WEIGHT, [0, 1], ["h"])
COUPLED = RGOperator.from_energy(SpinPolynomial({(k, k + 1): 0.5 for k in range(17)}), SpinPolynomial({(0,): 0.5}))
WIDE = RGOperator.from_energy(SpinPolynomial({(0, 1): 0.5}, range(2)), SpinPolynomial({}, [0, *range(3, 27)]))
LIMIT = " over 27 spins has 2**27 = 134,217,728 entries and would take 1 GiB; the limit is 26 spins. "
UP = RGOperator(BoltzmannWeight([0, "h"], [[1, 0], [1, 0]]), [0], ["h"])

CASES: list[Case] = [
    (
        lambda: RGOperator(wrong(FLOAT), [0], [1]),
        InputError,
        "the weight is a SpinPolynomial: expected e^T as a BoltzmannWeight; write exp(T)",
    ),
    (
        lambda: RGOperator(WEIGHT, [0, 1], [1, "h"]),
        SiteError,
        "the visible and the hidden sites share the site 1" + DISJOINT,
    ),
    (
        lambda: RGOperator(WEIGHT, [0], ["h"]),
        SiteError,
        "e^T and the layers live on different sites (3 and 2; 1 is in one of them only)" + DIFFERENT,
    ),
    (lambda: RGOperator(WEIGHT, [0, 0, 1], ["h"]), SiteError, "visible contains 0 twice: expected distinct sites"),
    (lambda: RGOperator(WEIGHT, "ab", ["h"]), SiteError, "visible is 'ab': expected a sequence of sites; write ['ab']"),
    (lambda: RGOperator(WEIGHT, [0, 1], "h"), SiteError, "hidden is 'h': expected a sequence of sites; write ['h']"),
    (
        lambda: RGOperator.from_energy(RBM([[0.5]]), wrong(3)),
        InputError,
        "H is an int: expected a SpinPolynomial; write ising(graph, J)",
    ),
    (
        lambda: RGOperator.from_energy(wrong(WEIGHT), FLOAT),
        InputError,
        "E is a BoltzmannWeight: expected a SpinPolynomial; write ising(graph, J)",
    ),
    (
        lambda: RGOperator.from_energy(RBM([[0.5]]), FLOAT),
        SiteError,
        "the visible layer of E and H live on different sites (1 and 2; 1 is in one of them only)" + DIFFERENT,
    ),
    (lambda: RGOperator.from_energy(RBM([[J], [J]]), FLOAT), MixedKindsError, "T = -E + H" + MIXED),
    (
        lambda: RGOperator.from_conditional(WEIGHT),
        SiteError,
        "no site of [0, 1, 'h'] has the form (\"h\", j): write hidden=[...]",
    ),
    (
        lambda: RGOperator.from_conditional(WEIGHT, hidden=["x"]),
        SiteError,
        "hidden names the unknown site 'x'; the sites are 0, 1, 'h'",
    ),
    (
        lambda: RGOperator.from_conditional(WEIGHT, hidden="h"),
        SiteError,
        "hidden is 'h': expected a sequence of sites; write ['h']",
    ),
    (
        lambda: RGOperator.from_conditional(WEIGHT / 4, hidden=["h"]),
        NotExactRGError,
        "Tr_h e^T = 0.5 at v = {0: 1, 1: 1}: expected 1 for every v (Eq. 9). Divide e^T by trace_condition(T) to "
        "make the step exact",
    ),
    (
        lambda: RGOperator.from_energy(RBM(np.zeros((14, 14))), SpinPolynomial({(0,): 0.5}, range(14))).weight,
        EnumerationTooLarge,
        "e^T over 28 spins has 2**28 = 268,435,456 entries and would take 2 GiB; the limit is 26 spins. "
        "T.log_trace(v) needs no table.",
    ),
    *(
        (
            lambda call=call: call(RGOperator.from_energy(RBM(np.zeros((27, 1))), SpinPolynomial({}, range(27)))),
            EnumerationTooLarge,
            "a marginal of an RBM"
            + LIMIT
            + "T.log_trace(v) and approx.trace_condition(T) evaluate Tr_h e^T at samples.",
        )
        for call in (trace_condition, is_exact_rg)
    ),
    (
        lambda: trace_condition(
            RGOperator.from_energy(SpinPolynomial({(0,): 0.5}, range(27)), SpinPolynomial({}, [0]))
        ),
        EnumerationTooLarge,
        "the weight e^{-E}" + LIMIT + "T.log_trace(v) and approx.trace_condition(T) evaluate Tr_h e^T at samples.",
    ),
    *(
        (
            lambda p=p: kl_divergence(p, p),
            EnumerationTooLarge,
            what + LIMIT + "approx.kl_divergence(p, q) estimates it with an error bar.",
        )
        for p, what in (
            (RBM(np.zeros((27, 1))), "a marginal of an RBM"),
            (SpinPolynomial({(0,): 0.5}, range(27)), "the weight e^{-E}"),
        )
    ),
    (
        lambda: entropy(SpinPolynomial({(0,): 0.5}, range(27))),
        EnumerationTooLarge,
        "the weight e^{-E}"
        + LIMIT
        + "log_partition_function(H), expectation(f, H) and approx.sample(H, ...) need no table.",
    ),
    (
        lambda: WIDE.compose(RGOperator.from_energy(SpinPolynomial({(1, 2): 0.5}), SpinPolynomial({}, WIDE.hidden))),
        EnumerationTooLarge,
        "the product e^T1 e^T2" + LIMIT + "Keep the steps apart: rg_hamiltonian(T2, rg_hamiltonian(T1, H)).",
    ),
    (lambda: STEP.energy(wrong(3)), InputError, "H is an int: expected a SpinPolynomial; write ising(graph, J)"),
    (
        lambda: STEP.energy(SpinPolynomial({(0,): 0.5})),
        SiteError,
        "H and the visible layer live on different sites (1 and 2; 1 is in one of them only)" + DIFFERENT,
    ),
    (
        lambda: STEP.compose(STEP),
        SiteError,
        "the first step's hidden and the second step's visible layer live on different sites (1 and 2; 0 is in one of "
        "them only)" + DIFFERENT,
    ),
    (
        lambda: STEP.compose(RGOperator(BoltzmannWeight(["h", 0], np.ones((2, 2))), ["h"], [0])),
        SiteError,
        "the first visible and the last hidden layer share the site 0" + DISJOINT,
    ),
    (
        lambda: STEP.compose(wrong(None)),
        InputError,
        "T is a NoneType: expected an RGOperator; write RGOperator.from_energy(E, H)",
    ),
    *(
        (
            lambda function=function: function(np.ones((2, 2))),
            InputError,
            "T is an ndarray: expected an RGOperator; write RGOperator.from_energy(E, H)",
        )
        for function in (trace_condition, is_exact_rg, lambda T: rg_hamiltonian(T, SpinPolynomial({(0,): 0.5})))
    ),
    (lambda: STEP.relabel({5: 6}), SiteError, "the mapping names the unknown site 5; the sites are 0, 1, 'h'"),
    (lambda: STEP.log_trace([[0, 1]]), SpinError, "spins must be +1 or -1, got values such as 0" + UNITS),
    (
        lambda: rg_hamiltonian(STEP, wrong(3)),
        InputError,
        "H is an int: expected a SpinPolynomial; write ising(graph, J)",
    ),
    (
        lambda: rg_hamiltonian(STEP, SpinPolynomial({(0,): 0.5})),
        SiteError,
        "H and the visible layer live on different sites (1 and 2; 1 is in one of them only)" + DIFFERENT,
    ),
    (
        lambda: rg_hamiltonian(UP, SpinPolynomial({(0,): 0.5})),
        ZeroWeightError,
        "the logarithm of a Boltzmann weight: it vanishes at {'h': -1}" + ZEROS,
    ),
    (
        lambda: rbm_hamiltonian(RBM([[0.5]]), "both"),
        SiteError,
        'over=\'both\': expected "visible" or "hidden" for an RBM, or a sequence of sites',
    ),
    (
        lambda: rbm_hamiltonian(FLOAT, "hidden"),
        SiteError,
        'over=\'hidden\': expected "visible" or "hidden" for an RBM, or a sequence of sites',
    ),
    (
        lambda: rbm_hamiltonian(wrong(3), [0]),
        InputError,
        "E is an int: expected a SpinPolynomial; write ising(graph, J)",
    ),
    (lambda: rbm_hamiltonian(FLOAT, wrong(3)), SiteError, "over is 3: expected a sequence of sites; write [3]"),
    (
        lambda: marginal_weight(RBM(np.zeros((27, 1))), "hidden"),
        EnumerationTooLarge,
        "a marginal of an RBM"
        + LIMIT
        + "RGOperator.from_energy(E, H).log_trace(v) is log Tr_h e^{-E + H} at samples v, "
        "without a table.",
    ),
    (lambda: marginal_weight(FLOAT, [5]), SiteError, "over names the unknown site 5; the sites are 0, 1"),
    (
        lambda: COUPLED.log_trace([[1]]),
        EnumerationTooLarge,
        "a sum over interacting hidden spins over 17 spins has 2**17 = 131,072 entries and would take 1 MiB; the "
        "limit is 16 spins. For one v, put its spins into -T and write log_partition_function of the polynomial that is left.",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), CASES, ids=[message[:60] for *_, message in CASES])
def test_bad_operators(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    check(call, error, message)


@pytest.mark.parametrize("n", [40, 63, 1600])
def test_too_large_at_once(n: int) -> None:
    H = ising(ring(n), 0.4)
    rbm = RBM(np.zeros((n, n)))
    T = RGOperator.from_energy(rbm, H)
    after = RGOperator.from_energy(RBM(np.zeros((n, 1)), visible=T.hidden, hidden=["k"]), SpinPolynomial({}, T.hidden))
    tracemalloc.start()
    start = time.process_time()
    for operation in (
        lambda: T.weight,
        lambda: rg_hamiltonian(T, H),
        lambda: trace_condition(T),
        lambda: is_exact_rg(T),
        lambda: rbm_hamiltonian(rbm, over="visible"),
        lambda: T.compose(after),
    ):
        with pytest.raises(EnumerationTooLarge, match=r"spins has 2\*\*\d+"):
            operation()
    assert time.process_time() - start < 1 and tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()
