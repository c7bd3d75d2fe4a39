"""The typed errors: every one says what was given, what was expected, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2, log10
from typing import Any


class ExactRGError(Exception):
    """Base class of every error that exactrg and approx raise on purpose."""

    def __reduce__(self) -> Any:
        return (_restore, (type(self), self.args, self.__dict__))


def _restore(kind: type[ExactRGError], args: tuple[Any, ...], attributes: dict[str, Any]) -> ExactRGError:
    """Rebuild a pickled error, whatever its constructor takes: errors travel between processes."""
    builtin: Any = kind
    while builtin.__module__ != "builtins":  # its __new__ is the only one that Python accepts here
        builtin = builtin.__base__
    error = builtin.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


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


class FileFormatError(ExactRGError, OSError):
    """A file that is truncated, altered, of another format or version, or claims more than it holds."""


class FileAccessError(ExactRGError, OSError):
    """A file that cannot be read or written (no such folder, read-only, disk full); what was there before is intact."""


class MissingFileError(FileAccessError, FileNotFoundError):
    """A file that is not there."""


class OutputExistsError(ExactRGError, FileExistsError):
    """A file that would have to be replaced, and may not be."""


class MissingPackageError(ExactRGError, ImportError):
    """An optional package that a conversion needs."""


class ExecutorError(ExactRGError, RuntimeError):
    """An executor that has been shut down, or has lost its workers; its jobs can be run again on another one."""


class SymbolsLeftError(InputError, TypeError):
    """A float, an int or a decimal was asked for of a number that depends on symbols."""


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

    def __init__(self, n: int, limit: int, *, instead: str, bytes_per_entry: int = 8, what: str = "a table") -> None:
        self.n = n
        self.limit = limit
        self._bytes_per_entry = bytes_per_entry
        message = f"{what} over {n} spins has 2**{n}{_about(n)} entries"
        if bytes_per_entry:
            message += f" and would take {_memory(n, bytes_per_entry)}"
        super().__init__(f"{message}; the limit is {limit} spins. {instead}")

    @property
    def configurations(self) -> int:
        """2**n."""
        return 1 << self.n

    @property
    def bytes(self) -> int:
        """Memory that the sum would take."""
        return self._bytes_per_entry << self.n


def _about(n: int) -> str:
    """Write 2**n in full while it is short."""
    return f" = {1 << n:,}" if n < 50 else f", about 10**{int(n * log10(2))},"


def _memory(n: int, bytes_per_entry: int) -> str:
    """Write bytes_per_entry * 2**n in a unit that a reader can picture, without computing a huge number."""
    exponent = n + log2(bytes_per_entry)
    for unit, power in (("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if exponent >= power:
            size = exponent - power
            return f"{2**size:,.0f} {unit}" if size < 40 else f"about 10**{int(size * log10(2))} {unit}"
    return f"{bytes_per_entry << n} bytes"


def a_type(value: object) -> str:
    """Name the type of a value with its article: "a float", "an int", "an RBM"."""
    name = type(value).__name__
    return f"an {name}" if name.startswith(("RBM", "RG", "nd")) or name[0] in "aeiouAEIOU" else f"a {name}"
