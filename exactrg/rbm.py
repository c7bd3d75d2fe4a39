"""Restricted Boltzmann machines: Eq. 10 and its conversion from 0/1 units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .hypothesis_entry import drawable
from .numbers.exact import Exact
from .numbers.kinds import as_coupling, common_kind, normalize
from .polynomial import HasEnergy, SpinPolynomial
from .sites import Site, require_disjoint, require_known, site_tuple

Array = NDArray[Any]


class BinaryUnits(NamedTuple):
    """Parameters over 0/1 units x, y in Hinton's sign: p = exp(sum x W y + sum a x + sum b y - constant) / Z."""

    weights: Array
    hidden_bias: Array
    visible_bias: Array
    constant: Any


@drawable
@dataclass(frozen=True, eq=False, init=False, repr=False)
class RBM(HasEnergy):
    """E(v, h) = sum_j b_j h_j + sum_ij v_i w_ij h_j + sum_i c_i v_i + constant, with p = e^{-E}/Z' (Eqs. 10, 11).

    The sign is the paper's: a positive w disfavours alignment. The constant is ours: without one, Tr_h e^T = 1 (Eq. 9)
    can never hold (claim C7). In sums with polynomials a machine stands for its energy: T = -rbm + H (Eq. 18).

    Parameters
    ----------
    w : array_like, shape (n_visible, n_hidden)
        Floats, or exact couplings.
    b : array_like, shape (n_hidden,), optional
        Hidden biases, zero by default.
    c : array_like, shape (n_visible,), optional
        Visible biases, zero by default.
    constant : number, optional
    visible, hidden : sequences of sites, optional
        By default ``range(n_visible)`` and ``("h", 0), ("h", 1), ...``.

    Attributes
    ----------
    w, b, c : ndarray
        float64, or object arrays of `Exact`; int64 zeros if neutral.
    constant : float, Exact or 0
    visible, hidden : tuple
    kind : str
        "float", "exact", or "neutral" if all parameters are zero.

    Raises
    ------
    InputError
        For parameters of the wrong shape.
    CouplingError, MixedKindsError
        For parameters that are no numbers of one kind, and among exact ones for a rational without a logarithm, integers
        included. Integers alone are floats.
    SiteError
        For repeated sites, or sites that are visible and hidden.
    """

    w: Array
    b: Array
    c: Array
    constant: Any
    visible: tuple[Site, ...]
    hidden: tuple[Site, ...]
    kind: str

    def __init__(
        self,
        w: Any,
        b: Any = None,
        c: Any = None,
        constant: Any = 0,
        *,
        visible: Iterable[Site] | None = None,
        hidden: Iterable[Site] | None = None,
    ) -> None:
        shape = _shape(w)
        if len(shape) != 2:
            raise InputError(f"w has shape {shape}: expected a matrix, (n_visible, n_hidden); write [[w0, w1], ...]")
        n, m = shape
        parts = [
            _numbers(w, (n, m), "w"),
            _numbers(b, (m,), "b"),
            _numbers(c, (n,), "c"),
            _numbers(constant, (), "constant"),
        ]
        kind = common_kind((k for k, _ in parts), "an RBM")
        if kind == "neutral" and any(np.any(values != 0) for _, values in parts):
            kind = "float"  # e**1 is no exact number
        sites = tuple(range(n)) if visible is None else site_tuple(visible, "visible")
        others = tuple(("h", j) for j in range(m)) if hidden is None else site_tuple(hidden, "hidden")
        if (len(sites), len(others)) != (n, m):
            raise InputError(
                f"{len(sites)} visible and {len(others)} hidden sites for w of shape {shape}: expected {n} and {m}"
            )
        require_disjoint(sites, others, "the visible and the hidden sites")
        arrays = [_as_array(v, kind, name) for name, (_, v) in zip(("w", "b", "c", "constant"), parts, strict=True)]
        for name, value in zip(("w", "b", "c"), arrays, strict=False):
            value.flags.writeable = False
            object.__setattr__(self, name, value)
        object.__setattr__(self, "constant", arrays[3].item())
        object.__setattr__(self, "visible", sites)
        object.__setattr__(self, "hidden", others)
        object.__setattr__(self, "kind", kind)

    @property
    def n_visible(self) -> int:
        """Number of visible units, N."""
        return len(self.visible)

    @property
    def n_hidden(self) -> int:
        """Number of hidden units, M."""
        return len(self.hidden)

    @property
    def sites(self) -> tuple[Site, ...]:
        """Visible sites, then hidden ones."""
        return self.visible + self.hidden

    def energy(self) -> SpinPolynomial:
        """Eq. 10 as a polynomial over the visible and then the hidden sites."""
        couplings: dict[frozenset[Site], Any] = {frozenset(): self.constant}
        couplings |= {frozenset((h,)): value for h, value in zip(self.hidden, self.b.tolist(), strict=True)}
        couplings |= {frozenset((v,)): value for v, value in zip(self.visible, self.c.tolist(), strict=True)}
        for v, row in zip(self.visible, self.w.tolist(), strict=True):
            couplings |= {frozenset((v, h)): value for h, value in zip(self.hidden, row, strict=True)}
        return SpinPolynomial(couplings, self.sites)

    def __reduce__(self) -> Any:
        rebuild = partial(RBM, visible=self.visible, hidden=self.hidden)
        return (rebuild, (self.w, self.b, self.c, self.constant))

    def relabel(self, mapping: Mapping[Site, Site]) -> RBM:
        """Rename sites; those that the mapping leaves out keep their names."""
        require_known(mapping, self.sites, "the mapping")
        visible, hidden = ([mapping.get(site, site) for site in part] for part in (self.visible, self.hidden))
        return RBM(self.w, self.b, self.c, self.constant, visible=visible, hidden=hidden)

    def transpose(self) -> RBM:
        """Exchange the visible and the hidden layer; the energy function stays the same."""
        return RBM(self.w.T, self.c, self.b, self.constant, visible=self.hidden, hidden=self.visible)

    @classmethod
    def from_binary_units(
        cls,
        weights: Any,
        hidden_bias: Any = None,
        visible_bias: Any = None,
        constant: Any = 0,
        *,
        visible: Iterable[Site] | None = None,
        hidden: Iterable[Site] | None = None,
    ) -> RBM:
        """Convert an RBM over 0/1 units in Hinton's sign, exactly: x = (1 + v)/2, y = (1 + h)/2.

        ``E = constant - sum x W y - sum a x - sum b y`` becomes w = -W/4, b_j = -(b_j/2 + sum_i W_ij/4),
        c_i = -(a_i/2 + sum_j W_ij/4) and the constant is lowered by sum a/2 + sum b/2 + sum W/4.

        Parameters
        ----------
        weights : array_like, shape (n_visible, n_hidden)
        hidden_bias, visible_bias : array_like, optional
        constant : number, optional
        visible, hidden : sequences of sites, optional
        """
        units = cls(weights, hidden_bias, visible_bias, constant, visible=visible, hidden=hidden)
        if units.kind == "neutral":
            return units
        W, b, a = units.w, units.b, units.c
        quarter, half = _fraction(units.kind, 4), _fraction(units.kind, 2)
        return cls(
            -W * quarter,
            -(b * half + W.sum(axis=0) * quarter),
            -(a * half + W.sum(axis=1) * quarter),
            units.constant - (a.sum() * half + b.sum() * half + W.sum() * quarter),
            visible=units.visible,
            hidden=units.hidden,
        )

    def to_binary_units(self) -> BinaryUnits:
        """Convert to 0/1 units in Hinton's sign, exactly; the inverse of `from_binary_units`."""
        w, b, c = self.w, self.b, self.c
        return BinaryUnits(
            -4 * w,
            2 * (w.sum(axis=0) - b),
            2 * (w.sum(axis=1) - c),
            self.constant + w.sum() - b.sum() - c.sum(),
        )

    def __eq__(self, other: object) -> bool:
        """Decide whether both have the same layers and the same energy function."""
        if not isinstance(other, RBM):
            return NotImplemented
        return (
            set(self.visible) == set(other.visible)
            and set(self.hidden) == set(other.hidden)
            and self.energy() == other.energy()
        )

    __hash__ = None  # type: ignore[assignment]

    def _repr_latex_(self) -> str:
        return self.energy()._repr_latex_().replace(r"$\displaystyle", r"$\displaystyle E =", 1)

    def __repr__(self) -> str:
        if not 0 < self.w.size <= 64:
            return f"<RBM {self.n_visible} visible x {self.n_hidden} hidden, {self.kind}>"
        return self.as_code()

    def as_code(self, **layers: tuple[Site, ...] | None) -> str:
        """Write the call that makes this RBM, without what is zero; with its layers, or those given that are not None."""
        if not layers:
            layers = {
                "visible": None if self.visible == tuple(range(self.n_visible)) else self.visible,
                "hidden": None if self.hidden == tuple(("h", j) for j in range(self.n_hidden)) else self.hidden,
            }
        arguments = [repr(self.w.tolist())]
        for name, values in (("b", self.b), ("c", self.c)):
            if np.any(values != 0):
                arguments.append(f"{name}={values.tolist()!r}")
        if self.constant != 0:
            arguments.append(f"constant={self.constant!r}")
        arguments += [f"{name}={list(sites)!r}" for name, sites in layers.items() if sites is not None]
        return f"RBM({', '.join(arguments)})"


def _fraction(kind: str, divisor: int) -> Any:
    """Return 1/divisor in the numbers of a kind."""
    return Exact(1) / divisor if kind == "exact" else 1 / divisor


def _shape(values: Any) -> tuple[int, ...]:
    """Shape of nested sequences; InputError if they are ragged."""
    try:
        return np.asarray(values).shape
    except ValueError:
        raise InputError("w is ragged: expected rows of one length, (n_visible, n_hidden)") from None


def _numbers(values: Any, shape: tuple[int, ...], name: str) -> tuple[str, Array]:
    """Return (kind, numbers) of a parameter array; zeros where it is left out."""
    if values is None:
        return "neutral", np.zeros(shape, dtype=object)
    array = np.asarray(values) if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    if array.shape != shape:
        raise InputError(f"{name} has shape {array.shape}: expected {shape}")
    if array.dtype.kind == "f" and np.isfinite(array).all():
        return "float", array.astype(np.float64)
    pairs = [normalize(value) for value in array.reshape(-1).tolist()]
    kind = common_kind((k for k, _ in pairs), name)
    result = np.empty(len(pairs), dtype=object)
    result[:] = [number for _, number in pairs]
    return kind, result.reshape(shape)


def _as_array(values: Array, kind: str, name: str) -> Array:
    """Bring the numbers of one parameter to the kind of all."""
    if values.dtype == np.float64 or kind == "neutral":
        return values.astype(np.float64 if kind == "float" else np.int64)
    result = np.empty(values.size, dtype=object)
    result[:] = [
        as_coupling(value, kind, partial(_entry, name, index))
        for index, value in zip(np.ndindex(values.shape), values.reshape(-1), strict=True)
    ]
    return result.reshape(values.shape).astype(np.float64 if kind == "float" else object)


def _entry(name: str, index: tuple[int, ...]) -> str:
    """Name one number of a parameter: w[0, 1], or the constant."""
    return f"{name}[{', '.join(map(str, index))}]" if index else f"the {name}"
