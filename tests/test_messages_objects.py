"""What sites, spins, polynomials and weights refuse, word by word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from messages import (
    BEYOND,
    DIFFERENT,
    DISJOINT,
    EXPECTED,
    HUGE,
    MIXED,
    SYMBOLS,
    UNITS,
    ZEROS,
    Case,
    check,
    wrong,
)
from oracle_numbers import J
from sympy import exp

from exactrg import BoltzmannWeight, SpinPolynomial, log, trace
from exactrg import exp as weight_of
from exactrg.errors import (
    CouplingError,
    EnumerationTooLarge,
    FloatOverflowError,
    InputError,
    MixedKindsError,
    NotPositiveError,
    SiteError,
    SpinError,
    ZeroWeightError,
)
from exactrg.sites import require_disjoint, require_enumerable, require_known, require_same, site_tuple, spin_array
from exactrg.walsh import walsh_hadamard
from exactrg.weight import product

FLOAT, EXACT = SpinPolynomial({(0, 1): 0.5}), SpinPolynomial({(0, 1): J})
WEIGHT = BoltzmannWeight([0, 1], [[1.0, 2.0], [3.0, 4.0]])
LARGE = BoltzmannWeight.from_logs(range(14), np.zeros((2,) * 14))
STEEP = BoltzmannWeight.from_logs([0], [5e3, 0.0])
STEEPEST = SpinPolynomial({(0,): 1e308})

CASES: list[Case] = [
    # sites
    (lambda: site_tuple("ab"), SiteError, "sites is 'ab': expected a sequence of sites; write ['ab']"),
    (lambda: site_tuple(wrong(3), "keep"), SiteError, "keep is 3: expected a sequence of sites; write [3]"),
    (
        lambda: site_tuple([wrong([1])]),
        SiteError,
        "sites contains [1], which is not hashable; write a tuple instead of a list",
    ),
    (lambda: site_tuple([0, 0], "a block"), SiteError, "a block contains 0 twice: expected distinct sites"),
    (lambda: site_tuple([], "keep", empty=False), SiteError, "keep is empty: expected at least one site"),
    (
        lambda: require_known([5], range(5), "keep"),
        SiteError,
        "keep names the unknown site 5; the sites are 0, 1, 2, 3, 4",
    ),
    (lambda: require_known([5, "x"], [], "keep"), SiteError, "keep names the unknown site 5; the sites are none"),
    (
        lambda: require_known([9, 8], range(8), "keep"),
        SiteError,
        "keep names the unknown site 9; the sites are 0, 1, 2, 3, 4, 5, 6, 7",
    ),
    (
        lambda: require_known([10], range(9), "keep"),
        SiteError,
        "keep names the unknown site 10; the sites are 0, 1, 2, 3, 4, 5, 6, 7, ...",
    ),
    (lambda: require_disjoint([0, 1], [1, 2], "the layers"), SiteError, "the layers share the site 1" + DISJOINT),
    (
        lambda: require_same([0, 1], [0], "the layers"),
        SiteError,
        "the layers live on different sites (2 and 1; 1 is in one of them only)" + DIFFERENT,
    ),
    (
        lambda: require_enumerable(27, "float", instead="Use less."),
        EnumerationTooLarge,
        "a table over 27 spins has 2**27 = 134,217,728 entries and would take 1 GiB; the limit is 26 spins. Use less.",
    ),
    (
        lambda: require_enumerable(21, "exact", what="a sum", instead="Use less."),
        EnumerationTooLarge,
        "a sum over 21 spins has 2**21 = 2,097,152 entries and would take 400 MiB; the limit is 20 spins. Use less.",
    ),
    (
        lambda: require_enumerable(21, "neutral", instead="Use less."),
        EnumerationTooLarge,
        "a table over 21 spins has 2**21 = 2,097,152 entries and would take 400 MiB; the limit is 20 spins. Use less.",
    ),
    (
        lambda: spin_array([[1], [1, -1]], 2),
        SpinError,
        "ragged configurations: expected rows of one length, (n_samples, 2)",
    ),
    (
        lambda: spin_array([1, -1, 1], 2),
        SpinError,
        "configurations of shape (3,): expected (n_samples, 2), in the order of .sites",
    ),
    (
        lambda: spin_array([[["a"]]], 1),
        SpinError,
        "configurations of shape (1, 1, 1): expected (n_samples, 1), in the order of .sites",
    ),
    (lambda: spin_array([["a"]], 1), SpinError, "configurations of dtype <U1: expected int8 spins of +1 and -1"),
    (lambda: spin_array([[0, 1]], 2), SpinError, "spins must be +1 or -1, got values such as 0" + UNITS),
    (lambda: spin_array([[True, True]], 2), SpinError, "spins must be +1 or -1, got values such as True" + UNITS),
    (lambda: spin_array([[True, False]], 2), SpinError, "spins must be +1 or -1, got values such as False" + UNITS),
    (lambda: spin_array([[1, -3, 5]], 3), SpinError, "spins must be +1 or -1, got values such as -3"),
    (lambda: spin_array([[0.5, 1.0]], 2), SpinError, "spins must be +1 or -1, got values such as 0.5"),
    # polynomial
    (
        lambda: SpinPolynomial({(0, 0): 1}),
        SiteError,
        "the set of sites (0, 0) contains 0 twice: expected distinct sites",
    ),
    (
        lambda: SpinPolynomial({(0, 1): 1, (1, 0): 2}),
        SiteError,
        "the set of sites {0, 1} occurs twice: expected one coefficient for each set",
    ),
    (
        lambda: SpinPolynomial({"ab": 1}),
        SiteError,
        "the set of sites 'ab' is 'ab': expected a sequence of sites; write ['ab']",
    ),
    (lambda: SpinPolynomial({(0, 1): 1}, [0]), SiteError, "a coupling names the unknown site 1; the sites are 0"),
    (lambda: SpinPolynomial({}, "ab"), SiteError, "sites is 'ab': expected a sequence of sites; write ['ab']"),
    (lambda: SpinPolynomial({(0,): 0.5, (1,): J}), MixedKindsError, "a spin polynomial" + MIXED),
    (lambda: FLOAT + EXACT, MixedKindsError, "a sum of spin polynomials" + MIXED),
    (lambda: FLOAT * J, MixedKindsError, "a multiple of a spin polynomial" + MIXED),
    (lambda: FLOAT / J, MixedKindsError, "a multiple of a spin polynomial" + MIXED),
    (lambda: EXACT / J, CouplingError, "1/J is outside the exact numbers" + EXPECTED),
    (lambda: STEEPEST * 10, FloatOverflowError, "the coefficient of (0,)" + BEYOND),
    (lambda: STEEPEST + STEEPEST, FloatOverflowError, "the coefficient of (0,)" + BEYOND),
    (lambda: STEEPEST / 1e-9, FloatOverflowError, "the coefficient of (0,)" + BEYOND),
    (lambda: (STEEPEST + 1e308).evaluate([[1]]), FloatOverflowError, "a value of this spin polynomial" + BEYOND),
    (lambda: (STEEPEST + 1e308).table, FloatOverflowError, "a value of this spin polynomial" + BEYOND),
    (lambda: SpinPolynomial({(0,): 10**400}).table, FloatOverflowError, HUGE),
    (lambda: SpinPolynomial({(0,): 10**400, (): 0.5}), FloatOverflowError, HUGE),
    (lambda: weight_of(SpinPolynomial({(0,): 10**400})), FloatOverflowError, HUGE),
    (
        lambda: SpinPolynomial({}, np.array(3)),
        SiteError,
        "sites is array(3): expected a sequence of sites; write [array(3)]",
    ),
    (
        lambda: SpinPolynomial({}, range(21)).table,
        EnumerationTooLarge,
        "the table of a spin polynomial over 21 spins has 2**21 = 2,097,152 entries and would take 400 MiB; the "
        "limit is 20 spins. Use .evaluate(configs).",
    ),
    (
        lambda: SpinPolynomial({(0,): 0.5}, range(27)).table,
        EnumerationTooLarge,
        "the table of a spin polynomial over 27 spins has 2**27 = 134,217,728 entries and would take 1 GiB; the "
        "limit is 26 spins. Use .evaluate(configs).",
    ),
    (lambda: FLOAT.relabel({2: 3}), SiteError, "the mapping names the unknown site 2; the sites are 0, 1"),
    (lambda: FLOAT.relabel({0: 1}), SiteError, "the mapping's result contains 1 twice: expected distinct sites"),
    (lambda: FLOAT.evaluate([[0, 1]]), SpinError, "spins must be +1 or -1, got values such as 0" + UNITS),
    # weight
    (
        lambda: BoltzmannWeight(range(27), 1),
        EnumerationTooLarge,
        "a Boltzmann weight over 27 spins has 2**27 = 134,217,728 entries and would take 1 GiB; the limit is 26 spins. "
        "log_partition_function(H) and approx.sample(H, ...) need no table.",
    ),
    (
        lambda: BoltzmannWeight([0], [[1], [1, 2]]),
        InputError,
        "the table is ragged: expected shape (2,)*1, one axis a site",
    ),
    (
        lambda: BoltzmannWeight([0, 1], [1, 2]),
        InputError,
        "a table of shape (2,) over 2 sites: expected (2,)*2, one axis a site, index 0 for spin +1",
    ),
    (
        lambda: BoltzmannWeight([0], [1, -2]),
        NotPositiveError,
        "the weight -2 is negative: expected nonnegative numbers",
    ),
    (
        lambda: BoltzmannWeight([0], [1.0, -2.5]),
        NotPositiveError,
        "the weight -2.5 is negative: expected nonnegative numbers",
    ),
    (
        lambda: BoltzmannWeight([0], np.array([-0.5, 1], dtype=object)),
        NotPositiveError,
        "the weight -0.5 is negative: expected nonnegative numbers",
    ),
    (
        lambda: BoltzmannWeight([0], [1.0, np.nan]),
        CouplingError,
        "the table contains NaN or infinity: expected finite nonnegative numbers",
    ),
    (lambda: BoltzmannWeight([0], [0.5, exp(J)]), MixedKindsError, "a table" + MIXED),
    (
        lambda: BoltzmannWeight([0], [exp(J), exp(J) - 2]),
        NotPositiveError,
        "the weight exp(J) - 2: expected a number that is nonnegative" + SYMBOLS,
    ),
    (
        lambda: BoltzmannWeight([0], [1, sympy.Rational(-1, 2)]),
        NotPositiveError,
        "the weight -1/2 is negative: expected a nonnegative number",
    ),
    (lambda: BoltzmannWeight([0], [1, sympy.log(2)]), InputError, "expected a number without logarithms, got log(2)"),
    (lambda: BoltzmannWeight("a", [1, 2]), SiteError, "sites is 'a': expected a sequence of sites; write ['a']"),
    (
        lambda: BoltzmannWeight.from_logs(range(27), 0),
        EnumerationTooLarge,
        "a Boltzmann weight over 27 spins has 2**27 = 134,217,728 entries and would take 1 GiB; the limit is 26 spins. "
        "log_partition_function(H) and approx.sample(H, ...) need no table.",
    ),
    (
        lambda: BoltzmannWeight.from_logs([0], [0.0]),
        InputError,
        "logarithms of shape (1,) over 1 sites: expected (2,)*1",
    ),
    (
        lambda: BoltzmannWeight.from_logs([0], [0.0, np.inf]),
        CouplingError,
        "the logarithms contain NaN or +infinity: expected finite numbers, or -inf for a zero",
    ),
    (
        lambda: STEEP.table,
        FloatOverflowError,
        "a weight of e**5000 is beyond float64; use log(weight), log_partition_function or weight.probability(), "
        "which stay in the log domain",
    ),
    (lambda: WEIGHT * BoltzmannWeight([0], [exp(J), 1]), MixedKindsError, "a product of Boltzmann weights" + MIXED),
    (
        lambda: LARGE * LARGE.relabel({k: -k - 1 for k in range(14)}),
        EnumerationTooLarge,
        "a product of Boltzmann weights over 28 spins has 2**28 = 268,435,456 entries and would take 2 GiB; the "
        "limit is 26 spins. Trace out spins of the factors first, or add their exponents: log_partition_function(H) and "
        "approx.sample(H, ...) need no table.",
    ),
    (
        lambda: WEIGHT / BoltzmannWeight([0, 1], [[1, 1], [1, 0]]),
        ZeroWeightError,
        "division by a Boltzmann weight: it vanishes at {0: -1, 1: -1}" + ZEROS,
    ),
    (
        lambda: 1 / BoltzmannWeight([0], [0, 0]),
        ZeroWeightError,
        "division by a Boltzmann weight: it vanishes at {0: 1} and elsewhere" + ZEROS,
    ),
    (
        lambda: BoltzmannWeight([0], [0, 0]).probability(),
        ZeroWeightError,
        "the weight vanishes everywhere: expected a positive sum",
    ),
    (lambda: WEIGHT.trace("ab"), SiteError, "over is 'ab': expected a sequence of sites; write ['ab']"),
    (lambda: WEIGHT.trace([0, 0]), SiteError, "over contains 0 twice: expected distinct sites"),
    (lambda: WEIGHT.trace([5]), SiteError, "over names the unknown site 5; the sites are 0, 1"),
    (lambda: WEIGHT.relabel({5: 0}), SiteError, "the mapping names the unknown site 5; the sites are 0, 1"),
    (lambda: WEIGHT.relabel({0: 1}), SiteError, "the mapping's result contains 1 twice: expected distinct sites"),
    (
        lambda: product([WEIGHT, BoltzmannWeight([0, 1], [[exp(J), 1], [1, 1]])]),
        MixedKindsError,
        "a product of Boltzmann weights" + MIXED,
    ),
    (
        lambda: weight_of(wrong(3)),
        InputError,
        "exp of an int: expected a SpinPolynomial; for an RBM write exp(-rbm)",
    ),
    (
        lambda: weight_of(SpinPolynomial({(0,): 0.5}, range(27))),
        EnumerationTooLarge,
        "a Boltzmann weight over 27 spins has 2**27 = 134,217,728 entries and would take 1 GiB; the limit is 26 "
        "spins. log_partition_function(H) and approx.sample(H, ...) need no table.",
    ),
    (
        lambda: weight_of(SpinPolynomial({(0,): 1e308, (): 1e308})),
        FloatOverflowError,
        "the exponent of a weight is beyond 1.8e308; expected a smaller sum of couplings",
    ),
    (
        lambda: weight_of(SpinPolynomial({(0,): sympy.Rational(1, 2)})),
        CouplingError,
        "e**(1/2) is not rational: write sympy.log(sympy.Rational(p, q)) for an exact coupling with e**coupling = "
        "p/q, 0.5 for a float64 one, or a real Symbol",
    ),
    (lambda: log(wrong(3)), InputError, "log of an int: expected a BoltzmannWeight; write exp(f) first"),
    (
        lambda: log(BoltzmannWeight([0], [1, 0])),
        ZeroWeightError,
        "the logarithm of a Boltzmann weight: it vanishes at {0: -1}" + ZEROS,
    ),
    (lambda: trace(wrong(3)), InputError, "trace of an int: expected a BoltzmannWeight; write exp(-H)"),
    (
        lambda: trace(STEEP),
        FloatOverflowError,
        "a weight of e**5000 is beyond float64; use log(weight), log_partition_function or weight.probability(), "
        "which stay in the log domain",
    ),
    # walsh
    (lambda: walsh_hadamard(np.zeros(3)), ValueError, "the first axis has length 3, expected a power of two"),
    (lambda: walsh_hadamard(np.zeros(0)), ValueError, "the first axis has length 0, expected a power of two"),
]


@pytest.mark.parametrize(("call", "error", "message"), CASES, ids=[message[:60] for *_, message in CASES])
def test_what_is_refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    check(call, error, message)
