"""What `st.from_type` draws for each of our types: every kind of number."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ..dbn import DBN
from ..numbers.exact import Exact
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..rg import RGOperator
from ..weight import BoltzmannWeight
from .functions import boltzmann_weights, spin_polynomials
from .machines import dbns, rbms
from .numbers import KINDS, couplings
from .operators import rg_operators

_STRATEGIES: dict[type, Any] = {
    BoltzmannWeight: boltzmann_weights,
    DBN: dbns,
    Exact: couplings,
    RBM: rbms,
    RGOperator: rg_operators,
    SpinPolynomial: spin_polynomials,
}


def strategy_of(cls: type) -> st.SearchStrategy[Any]:
    """Return the strategy of a type, over the kinds of numbers that it can have."""
    kinds = KINDS[1:] if cls is Exact else KINDS
    return st.one_of([_STRATEGIES[cls](kind=kind) for kind in kinds])
