"""Variational RG operators T(v, h): Eqs. 6, 8, 9 and 18, for exact and inexact, positive and delta-function ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, NotExactRGError, SiteError, a_type
from .hypothesis_entry import drawable
from .marginals import marginal_weight, require_marginal
from .numbers.kinds import common_kind
from .numbers.signs import exponential
from .polynomial import SpinPolynomial, require_polynomial
from .rbm import RBM
from .sites import (
    Site,
    describe,
    require_disjoint,
    require_enumerable,
    require_known,
    require_same,
    site_tuple,
    spin_array,
)
from .weight import BoltzmannWeight, exp, log


@drawable
@dataclass(frozen=True, eq=False, init=False, repr=False)
class RGOperator:
    """A coarse-graining step, given by e^{T(v, h)} >= 0 with visible spins v and hidden (coarse-grained) spins h.

    Parameters
    ----------
    weight : BoltzmannWeight
        e^T, over the visible and the hidden sites; kept with its axes in that order. Zeros are legal: decimation and
        the majority rule have them.
    visible, hidden : sequences of sites

    Attributes
    ----------
    visible, hidden : tuple
    parts : tuple or None
        (E, H) if the operator was made from them (Eq. 18).

    Raises
    ------
    SiteError
        If the two layers overlap, or are not exactly the sites of the weight.
    """

    visible: tuple[Site, ...]
    hidden: tuple[Site, ...]
    parts: tuple[SpinPolynomial | RBM, SpinPolynomial] | None
    _weight: BoltzmannWeight | None

    def __init__(self, weight: BoltzmannWeight, visible: Iterable[Site], hidden: Iterable[Site]) -> None:
        if not isinstance(weight, BoltzmannWeight):
            raise InputError(f"the weight is {a_type(weight)}: expected e^T as a BoltzmannWeight; write exp(T)")
        layers = site_tuple(visible, "visible"), site_tuple(hidden, "hidden")
        require_same(weight.sites, sum(layers, ()), "e^T and the layers")
        self._set(*layers, None, weight)

    def _set(
        self,
        visible: tuple[Site, ...],
        hidden: tuple[Site, ...],
        parts: tuple[SpinPolynomial | RBM, SpinPolynomial] | None,
        weight: BoltzmannWeight | None,
    ) -> None:
        require_disjoint(visible, hidden, "the visible and the hidden sites")
        if weight is not None:
            weight = weight.ordered(visible + hidden)
        for name, value in (("visible", visible), ("hidden", hidden), ("parts", parts), ("_weight", weight)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_energy(cls, E: SpinPolynomial | RBM, H: SpinPolynomial) -> RGOperator:
        """Eq. 18: T = -E + H, for the joint energy of any Boltzmann machine. Nothing is evaluated until it is needed.

        Parameters
        ----------
        E : SpinPolynomial or RBM
            Energy over the visible and the hidden sites.
        H : SpinPolynomial
            Hamiltonian of the data; its sites are the visible ones, the rest of E's are hidden.

        Raises
        ------
        SiteError
            If an RBM's visible layer is not the set of sites of H.
        MixedKindsError
            If one is exact and the other has floats.
        """
        require_polynomial(H, "H")
        if isinstance(E, RBM):
            require_same(E.visible, H.sites, "the visible layer of E and H")
            hidden = E.hidden
        else:
            require_polynomial(E, "E")
            hidden = tuple(site for site in E.sites if site not in set(H.sites))
            # Visible spins that do not occur in E are summed over all the same.
            E = SpinPolynomial(E.couplings, H.sites + hidden) if len(E.sites) < len(H.sites + hidden) else E
        common_kind((E.kind, H.kind), "T = -E + H")
        self = cls.__new__(cls)
        self._set(H.sites, hidden, (E, H), None)
        return self

    @classmethod
    def from_conditional(cls, p: BoltzmannWeight | RBM, hidden: Iterable[Site] | None = None) -> RGOperator:
        """Exact RG step e^T = p(h|v): any conditional distribution, or that of an RBM (claim C6).

        Parameters
        ----------
        p : BoltzmannWeight or RBM
            Over visible and hidden sites, with Tr_h p = 1 for every v.
        hidden : sequence of sites, optional
            By default the sites of the form ``("h", ...)``.

        Raises
        ------
        NotExactRGError
            If Tr_h p is not one everywhere; it names the worst configuration.
        """
        if isinstance(p, RBM):
            joint = exp(-p.energy())
            return cls(joint / joint.trace(p.hidden), p.visible, p.hidden)
        if hidden is None:
            names: tuple[Site, ...] = tuple(s for s in p.sites if isinstance(s, tuple) and s[:1] == ("h",))
            if not names:
                raise SiteError(f'no site of {list(p.sites)} has the form ("h", j): write hidden=[...]')
        else:
            names = site_tuple(hidden, "hidden")
            require_known(names, p.sites, "hidden")
        operator = cls(p, tuple(site for site in p.sites if site not in set(names)), names)
        require_exact_rg(operator)
        return operator

    @cached_property
    def weight(self) -> BoltzmannWeight:
        """e^T over the visible and the hidden sites; EnumerationTooLarge where that is too large a table."""
        if self._weight is not None:
            return self._weight
        n = len(self.visible) + len(self.hidden)
        require_enumerable(n, self.kind, what="e^T", instead="T.log_trace(v) needs no table.")
        return exp(self.exponent)

    @cached_property
    def traced(self) -> BoltzmannWeight:
        """Tr_h e^T on the visible sites; write ``trace_condition(T)``."""
        if self.parts is None:
            return self.weight.trace(self.hidden)
        energy, hamiltonian = self.parts
        instead = "T.log_trace(v) and approx.trace_condition(T) evaluate Tr_h e^T at samples."
        require_marginal(energy, self.hidden, instead=instead)
        return (marginal_weight(energy, self.hidden) * exp(hamiltonian)).ordered(self.visible)

    @property
    def exponent(self) -> SpinPolynomial:
        """T itself; ZeroWeightError for a delta-function operator."""
        if self.parts is None:
            return log(self.weight)
        energy, hamiltonian = self.parts
        return hamiltonian - _polynomial(energy)

    @property
    def kind(self) -> str:
        """Number kind of the couplings."""
        if self.parts is None:
            return self.weight.kind
        return common_kind((part.kind for part in self.parts), "T = -E + H")

    def energy(self, H: SpinPolynomial) -> SpinPolynomial:
        """Eq. 18 backwards: the joint energy E = H - T; ZeroWeightError where T is -infinity."""
        require_polynomial(H, "H")
        require_same(H.sites, self.visible, "H and the visible layer")
        return H - self.exponent

    def joint_energy(self, H: SpinPolynomial) -> SpinPolynomial | RBM | None:
        """Return the E that the operator was made from, if it was made with this H; nothing is computed."""
        if self.parts is None:
            return None
        energy, hamiltonian = self.parts
        return energy if H is hamiltonian or H == hamiltonian else None

    def compose(self, other: RGOperator) -> RGOperator:
        """First this step, then the other: e^{T12(v, k)} = Tr_h e^{T1(v, h)} e^{T2(h, k)} (claim C8).

        Raises
        ------
        SiteError
            Unless the other's visible sites are this one's hidden sites, and its hidden sites are new.
        """
        require_operator(other)
        require_same(self.hidden, other.visible, "the first step's hidden and the second step's visible layer")
        require_disjoint(self.visible, other.hidden, "the first visible and the last hidden layer")
        require_enumerable(
            len(self.visible) + len(self.hidden) + len(other.hidden),
            common_kind((self.kind, other.kind), "a composed step"),
            what="the product e^T1 e^T2",
            instead="Keep the steps apart: rg_hamiltonian(T2, rg_hamiltonian(T1, H)).",
        )
        return RGOperator((self.weight * other.weight).trace(self.hidden), self.visible, other.hidden)

    def relabel(self, mapping: Mapping[Site, Site]) -> RGOperator:
        """Rename sites; those that the mapping leaves out keep their names."""
        require_known(mapping, self.visible + self.hidden, "the mapping")
        visible, hidden = (tuple(mapping.get(s, s) for s in part) for part in (self.visible, self.hidden))
        if self.parts is None:
            return RGOperator(self.weight.relabel(mapping), visible, hidden)
        energy, hamiltonian = self.parts
        joint = {s: t for s, t in mapping.items() if s in set(energy.sites)}
        data = {s: t for s, t in mapping.items() if s in set(hamiltonian.sites)}
        return RGOperator.from_energy(energy.relabel(joint), hamiltonian.relabel(data))

    def log_trace(self, v: Any) -> NDArray[Any]:
        """log Tr_h e^{T(v, h)} for samples v: zero everywhere exactly if the step is exact (Eq. 9).

        Works at 1600 + 400 spins: hidden spins that do not interact with each other are summed one by one.

        Parameters
        ----------
        v : array_like, shape (n_samples, n_visible)
            Spins, in the order of `visible`.

        Returns
        -------
        ndarray, shape (n_samples,)
            float64 (-inf where the trace vanishes), or sympy expressions.

        Raises
        ------
        SpinError
            For spins that are not +1 or -1.
        EnumerationTooLarge
            If more than 16 hidden spins interact with each other.
        """
        from .log_trace import log_trace

        return log_trace(self, spin_array(v, len(self.visible)))

    def __eq__(self, other: object) -> bool:
        """Decide whether both have the same layers and the same e^T; floats compare bit for bit."""
        if not isinstance(other, RGOperator):
            return NotImplemented
        if set(self.visible) != set(other.visible) or set(self.hidden) != set(other.hidden):
            return False
        if self.parts is not None and other.parts is not None:
            return self.parts == other.parts or self.exponent == other.exponent
        return self.weight == other.weight

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if self.weight.is_short if self.parts is None else all(map(_is_short, self.parts)):
            return self.as_code()
        return f"<RGOperator {len(self.visible)} visible -> {len(self.hidden)} hidden, {self.kind}>"

    def as_code(self) -> str:
        """Write the call that makes this operator, however long: what hypothesis prints."""
        if self.parts is None:
            return f"RGOperator({self.weight.as_code()}, {list(self.visible)!r}, {list(self.hidden)!r})"
        return f"RGOperator.from_energy({', '.join(part.as_code() for part in self.parts)})"

    def _repr_latex_(self) -> str:
        return self.weight._repr_latex_().replace(r"$\displaystyle", r"$\displaystyle e^{T} =")


def _polynomial(energy: SpinPolynomial | RBM) -> SpinPolynomial:
    """Return an energy as a polynomial."""
    return energy.energy() if isinstance(energy, RBM) else energy


def _is_short(energy: SpinPolynomial | RBM) -> bool:
    """Whether an energy is printed as code."""
    return 0 < energy.w.size <= 64 if isinstance(energy, RBM) else len(energy.couplings) <= 40


def require_operator(T: Any) -> None:
    """InputError unless T is an RG operator."""
    if not isinstance(T, RGOperator):
        raise InputError(f"T is {a_type(T)}: expected an RGOperator; write RGOperator.from_energy(E, H)")


def rg_hamiltonian(T: RGOperator, H: SpinPolynomial) -> SpinPolynomial:
    """Eq. 6: H^RG(h) = -log Tr_v e^{T(v, h)} e^{-H(v)}, the two factors multiplied as weights.

    Raises
    ------
    ZeroWeightError
        If some h is unreachable under a delta-function T: H^RG is +infinity there.
    SiteError
        Unless H lives on the visible sites.
    EnumerationTooLarge
        Where the table over all spins is out of reach.
    """
    return -log(coarse_weight(T, H))


def coarse_weight(T: RGOperator, H: SpinPolynomial) -> BoltzmannWeight:
    """e^{-H^RG} of Eq. 6 as a weight on the hidden spins; it may vanish."""
    require_operator(T)
    require_polynomial(H, "H")
    require_same(H.sites, T.visible, "H and the visible layer")
    return (T.weight * exp(-H)).trace(T.visible)


def trace_condition(T: RGOperator) -> BoltzmannWeight:
    """Tr_h e^{T(v, h)} as a weight on the visible spins (Eq. 9 demands that it is one)."""
    require_operator(T)
    return T.traced


def is_exact_rg(T: RGOperator) -> bool:
    """Eq. 9: decide whether Tr_h e^{T(v, h)} = 1 for every v.

    Exact couplings are decided exactly. Floats are compared within the rounding of the sum: 64 units in the last place
    of the largest exponent that occurs in e^T or e^H.
    """
    return not _violations(T).any()


def _violations(T: RGOperator) -> NDArray[np.bool_]:
    """Where Tr_h e^T differs from one."""
    q = trace_condition(T)
    if q.kind != "float":
        return ~q.ring.equal(q.values, q.ring.one)
    # T = -E + H may be a small difference of large energies.
    exponents = [T.weight.values] if T.parts is None else [T.weight.values, exp(T.parts[1]).as_kind("float").values]
    largest = sum(float(np.abs(x[np.isfinite(x)]).max(initial=0.0)) for x in exponents)
    rounding = 64 * np.finfo(np.float64).eps * (1 + largest)
    return np.asarray(~(np.abs(q.values) <= rounding))


def require_exact_rg(T: RGOperator) -> None:
    """NotExactRGError, naming the configuration where Tr_h e^T is farthest from one, unless the step is exact."""
    violations = _violations(T)
    if not violations.any():
        return
    q = trace_condition(T)
    flat = q.values.ravel()
    candidates = np.flatnonzero(violations.ravel())
    index = int(max(candidates, key=lambda k: _distance(q, flat[k])))
    value = q.ring.value(flat[index])
    configuration = describe(q.sites, index)
    raise NotExactRGError(
        f"Tr_h e^T = {value} at v = {configuration}: expected 1 for every v (Eq. 9). Divide e^T by trace_condition(T) to "
        "make the step exact",
        configuration,
        value,
    )


def _distance(q: BoltzmannWeight, entry: Any) -> float:
    """How far a trace is from one; symbols are put at one value to have an order."""
    import flint

    value = q.ring.value(entry)
    if isinstance(value, float):
        return abs(value - 1.0)
    return abs(float(value.ball(53, {s: exponential(s, flint.fmpq(2)) for s in value.symbols}).mid()) - 1.0)
