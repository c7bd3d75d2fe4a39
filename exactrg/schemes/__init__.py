"""Renormalization schemes beyond exact decimation: variational, approximate and tensor ones, and the tools they share.

A scheme is a frozen object that maps couplings to couplings with a log constant (`Scheme`); the couplings carry the
number system, as everywhere. `fixed_points`, `linearize`, `flow` and `log_partition_function` work for every scheme.
"""

from __future__ import annotations

from .checkerboard import Checkerboard
from .enclosures import certified_fixed_point
from .fixed_points import FixedPoint, critical_coupling, fixed_points, is_fixed_point, linearize
from .flows import flow, log_partition_function
from .hotrg import HOTRG
from .kadanoff_bound import KadanoffBound
from .kadanoff_optimum import StationaryPoint, optimal_p, stationary_fixed_point
from .migdal_kadanoff import MigdalKadanoff
from .niemeijer_van_leeuwen import NiemeijerVanLeeuwen
from .reference import exact_log_partition_function, triangular_log_partition_function
from .scheme import Scheme, Start, Step
from .trg import TRG

__all__ = [
    "HOTRG",
    "TRG",
    "Checkerboard",
    "FixedPoint",
    "KadanoffBound",
    "MigdalKadanoff",
    "NiemeijerVanLeeuwen",
    "Scheme",
    "Start",
    "StationaryPoint",
    "Step",
    "certified_fixed_point",
    "critical_coupling",
    "exact_log_partition_function",
    "fixed_points",
    "flow",
    "is_fixed_point",
    "linearize",
    "log_partition_function",
    "optimal_p",
    "stationary_fixed_point",
    "triangular_log_partition_function",
]
