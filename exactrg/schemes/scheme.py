"""What a renormalization scheme is: a map of named couplings with its additive constant."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, Protocol

from .jets import numbers

Bound = Literal["above", "below", "exact"] | None
"""Side of the exact log Z on which a scheme's log Z is proven to be."""


class Step(NamedTuple):
    """Result of one step: the new couplings, and the log constant for each site of the finer lattice."""

    couplings: tuple[Any, ...]
    constant: Any


class Start(NamedTuple):
    """A model in a scheme's couplings: log Z per site = constant + (the scheme's log Z per site) / volume."""

    couplings: tuple[Any, ...]
    constant: Any = 0.0
    volume: int = 1


class Scheme(Protocol):
    """A renormalization scheme: log Z per site obeys f(K) = constant(K) + f(K') / volume.

    Attributes
    ----------
    names : tuple of str
        The couplings, in the order of the tuples that `step` takes and returns.
    odd : tuple of str
        Those of them that change sign with all spins; while they vanish they stay zero.
    d, volume : int
        Dimension and number of sites of a block: the scale factor is b = volume^(1/d).
    lattice : str
        "square", "triangular" or "hypercubic".
    bound : "above", "below", "exact" or None
        Side of the exact log Z that the scheme's log Z is proven to be on.
    label : str
        Name in tables.
    """

    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def odd(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def d(self) -> int: ...  # noqa: D102
    @property
    def volume(self) -> int: ...  # noqa: D102
    @property
    def lattice(self) -> str: ...  # noqa: D102
    @property
    def bound(self) -> Bound: ...  # noqa: D102
    @property
    def label(self) -> str: ...  # noqa: D102

    def nearest_neighbour(self, K: Any) -> Start:
        """Return the nearest-neighbour Ising model without a field in the scheme's couplings."""
        ...

    def step(self, couplings: Any) -> Step:
        """One step, for floats, exact couplings, balls or jets."""
        ...


def starting_point(scheme: Scheme, couplings: Any) -> Start:
    """Read a number as the coupling of the nearest-neighbour model, and a tuple as the scheme's couplings."""
    if isinstance(couplings, tuple | list):
        return Start(numbers(couplings, scheme.names))
    (K,) = numbers((couplings,), ("K",))
    return scheme.nearest_neighbour(K)
