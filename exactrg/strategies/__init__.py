"""Hypothesis strategies for lattices, functions of spins, RBMs, DBNs and RG operators, in three kinds of numbers.

``kind`` is "float", "exact" (couplings are logarithms of rationals) or "symbolic" (with real symbols J and K). Objects
are small enough to be summed, and printed as code that makes them again. Sizes can be bounded by arguments.
With exactrg installed, ``st.from_type(RBM)`` and the like draw the same objects, of all kinds.
"""

from .functions import boltzmann_weights, ising_hamiltonians, spin_polynomials
from .lattices import configurations, lattices
from .machines import dbns, rbms
from .numbers import KINDS, couplings
from .operators import rg_operators

__all__ = [
    "KINDS",
    "boltzmann_weights",
    "configurations",
    "couplings",
    "dbns",
    "ising_hamiltonians",
    "lattices",
    "rbms",
    "rg_operators",
    "spin_polynomials",
]
