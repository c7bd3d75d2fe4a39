"""The typed errors: every one says what was given, what was expected, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ExactRGError(Exception):
    """Base class of every error that exactrg and approx raise on purpose."""


class InputError(ExactRGError, ValueError):
    """An argument that has no meaning here (shape, dtype, range, site set)."""


class CouplingError(InputError):
    """A coupling that is no float and no rational combination of real symbols and logs of positive rationals."""


class MixedKindsError(CouplingError):
    """Floats and exact couplings met in one expression."""


class LatticeError(InputError):
    """A graph that no spin Hamiltonian lives on: self-loops, missing sites, sides that are too small."""


class SiteError(InputError):
    """Unknown, repeated or overlapping sites."""


class SpinError(InputError):
    """Configurations that are not made of +1 and -1, or have the wrong shape."""


class NotPositiveError(InputError):
    """A weight that is negative, or that cannot be shown to be nonnegative."""


class ZeroWeightError(ExactRGError, ValueError):
    """The logarithm of (or a division by) a Boltzmann weight that vanishes.

    Attributes
    ----------
    configurations : tuple of dict
        Some configurations (site -> spin) where the weight is zero, at most four.
    """

    def __init__(self, message: str, configurations: Sequence[dict[Any, int]] = ()) -> None:
        super().__init__(message)
        self.configurations = tuple(configurations)


class NotExactRGError(ExactRGError, ValueError):
    """An operator that was claimed to satisfy Eq. 9, Tr_h e^T = 1, and does not.

    Attributes
    ----------
    configuration : dict
        The visible configuration (site -> spin) where Tr_h e^T is farthest from one.
    value : object
        Tr_h e^T there.
    """

    def __init__(self, message: str, configuration: dict[Any, int], value: Any) -> None:
        super().__init__(message)
        self.configuration = configuration
        self.value = value


class FloatOverflowError(ExactRGError, OverflowError):
    """A float answer beyond 1.8e308; the message names the function that returns its logarithm."""


class UndecidedError(ExactRGError):
    """An exact comparison (an order, a sign) that has no answer for all values of the symbols."""


class EnumerationTooLarge(ExactRGError, MemoryError):
    """More configurations than can be summed; raised before anything is allocated.

    Attributes
    ----------
    n : int
        Number of spins (or the width) that the sum runs over.
    configurations : int
        2**n.
    bytes : int
        Memory that the sum would take.
    limit : int
        Largest n (or number of bytes) that is accepted.
    """

    def __init__(self, n: int, limit: int, *, bytes_per_entry: int = 8, what: str = "", instead: str = "") -> None:
        self.n = n
        self.limit = limit
        self.configurations = 2**n
        self.bytes = self.configurations * bytes_per_entry
        what = what or "a table"
        message = (
            f"{what} over {n} spins has 2**{n} = {_magnitude(self.configurations)} entries and would take "
            f"{_memory(self.bytes)}; the limit is {limit} spins."
        )
        super().__init__(message + (f" {instead}" if instead else ""))


def _magnitude(count: int) -> str:
    """Write a count in full while it is short, as a power of ten after that."""
    return f"{count:,}" if count < 10**15 else f"about 10**{len(str(count)) - 1}"


def _memory(size: int) -> str:
    """Write bytes in a unit that a reader can picture."""
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB"):
        if size < 1024 or unit == "PiB":
            return f"{size:,} {unit}" if size < 10**9 else f"about 10**{len(str(size)) - 1} PiB"
        size //= 1024
    raise AssertionError("unreachable")
