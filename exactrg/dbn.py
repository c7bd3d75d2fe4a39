"""Deep belief networks: stacks of RBMs (section II), directed downwards below an undirected top RBM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from numpy.typing import NDArray

from .errors import InputError
from .hypothesis_entry import drawable
from .marginals import marginal_weight
from .numbers.kinds import common_kind
from .rbm import RBM
from .rg import RGOperator
from .sites import Site, renamed, require_enumerable, site_tuple
from .weight import BoltzmannWeight, exp


@drawable
@dataclass(frozen=True, eq=False, init=False, repr=False)
class DBN:
    """A stack of RBMs: p(v, h1, ..., hL) = p_L(h_{L-1}, h_L) prod_{l<L} p_l(h_{l-1} | h_l).

    Parameters
    ----------
    rbms : sequence of RBM
        From the bottom up; the visible layer of each has as many units as the hidden layer of the one below.
    hidden : sequence of sequences of sites, optional
        Names of the hidden units, layer by layer; unit j of layer l is ``("h", l, j)`` by default.

    Attributes
    ----------
    rbms : tuple of RBM
        Relabelled so that layers share their sites: layer 0 keeps the sites of the first RBM.
    layers : tuple of tuples of sites

    Raises
    ------
    InputError
        If the stack is empty, or two layers do not fit.
    SiteError
        For names that occur twice.
    """

    rbms: tuple[RBM, ...]
    layers: tuple[tuple[Any, ...], ...]

    def __init__(self, rbms: Iterable[RBM], *, hidden: Iterable[Iterable[Site]] | None = None) -> None:
        given = tuple(rbms) if isinstance(rbms, Iterable) else (rbms,)
        if not given or not all(isinstance(rbm, RBM) for rbm in given):
            raise InputError(f"a DBN of {given!r}: expected a sequence of at least one RBM, from the bottom up")
        for k, (lower, upper) in enumerate(pairwise(given)):
            if lower.n_hidden != upper.n_visible:
                raise InputError(
                    f"RBM {k} has {lower.n_hidden} hidden and RBM {k + 1} has {upper.n_visible} visible units: expected the "
                    "same number"
                )
        common_kind((rbm.kind for rbm in given), "a DBN")
        names = _default_names(given) if hidden is None else [site_tuple(layer, "a hidden layer") for layer in hidden]
        if [len(layer) for layer in names] != [rbm.n_hidden for rbm in given]:
            raise InputError(
                f"hidden names layers of {[len(layer) for layer in names]} units: expected "
                f"{[rbm.n_hidden for rbm in given]}, one name for each hidden unit"
            )
        layers = [given[0].visible, *names]
        site_tuple((site for layer in layers for site in layer), "a DBN")
        stacked = tuple(
            RBM(rbm.w, rbm.b, rbm.c, rbm.constant, visible=layers[k], hidden=layers[k + 1])
            for k, rbm in enumerate(given)
        )
        object.__setattr__(self, "rbms", stacked)
        object.__setattr__(self, "layers", tuple(layers))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of units of each layer, visible first."""
        return tuple(len(layer) for layer in self.layers)

    def receptive_fields(self) -> list[NDArray[Any]]:
        """Effective receptive fields of appendix B: r1 = W1, r_l = r_(l-1) W_l, one column a hidden unit.

        Returns
        -------
        list of ndarray, shapes (n_visible, n_l)
            In the paper's sign of w; the sign of a hidden unit is a gauge.
        """
        fields = [self.rbms[0].w]
        for rbm in self.rbms[1:]:
            fields.append(fields[-1] @ rbm.w)
        return fields

    def relabel(self, mapping: Mapping[Site, Site]) -> DBN:
        """Rename sites of any layer; those that the mapping leaves out keep their names."""
        names = renamed([site for layer in self.layers for site in layer], mapping)
        bottom, *hidden = [[names[site] for site in layer] for layer in self.layers]
        first = self.rbms[0]
        # The layers above the first RBM are named by the stack.
        lowest = RBM(first.w, first.b, first.c, first.constant, visible=bottom, hidden=hidden[0])
        return DBN([lowest, *self.rbms[1:]], hidden=hidden)

    def upward(self) -> list[RGOperator]:
        """Return the upward pass, p_l(h_l | h_(l-1)) for each layer: always exact RG steps (claim C10)."""
        return [RGOperator.from_conditional(rbm) for rbm in self.rbms]

    def joint_weight(self) -> BoltzmannWeight:
        """Return the unnormalised joint distribution of all layers."""
        self._require_enumerable(sum(self.sizes), "the joint weight of a DBN")
        weight = exp(-self.rbms[-1].energy())
        for rbm in reversed(self.rbms[:-1]):
            joint = exp(-rbm.energy())
            weight = weight * (joint / joint.trace(rbm.visible))
        return weight

    def visible_weight(self) -> BoltzmannWeight:
        """Return the unnormalised visible marginal, summed from the top down."""
        widest = max([sum(pair) for pair in pairwise(self.sizes[:-1])] + [self.sizes[-2]])
        self._require_enumerable(widest, "the visible marginal of a DBN")
        weight = marginal_weight(self.rbms[-1], "hidden")
        for rbm in reversed(self.rbms[:-1]):
            joint = exp(-rbm.energy())
            weight = (weight * (joint / joint.trace(rbm.visible))).trace(rbm.hidden)
        return weight

    def _require_enumerable(self, n: int, what: str) -> None:
        kind = common_kind((rbm.kind for rbm in self.rbms), "a DBN")
        instead = "Write fewer units a layer; approx takes the RBMs of dbn.rbms one by one."
        require_enumerable(n, "float" if kind == "neutral" else kind, what=what, instead=instead)

    def __eq__(self, other: object) -> bool:
        """Decide whether both stack the same RBMs: the same layers and the same energy functions."""
        return self.rbms == other.rbms if isinstance(other, DBN) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _summary(self) -> str:
        return f"<DBN {'-'.join(map(str, self.sizes))}>"

    def __repr__(self) -> str:
        sizes = [rbm.w.size for rbm in self.rbms]
        return self.as_code() if all(sizes) and sum(sizes) <= 64 else self._summary()

    def as_code(self) -> str:
        """Write the call that makes this stack, however long: what hypothesis prints."""
        # Hidden layers are named by the stack.
        bottom = None if self.layers[0] == tuple(range(self.sizes[0])) else self.layers[0]
        parts = [rbm.as_code(visible=None if k else bottom) for k, rbm in enumerate(self.rbms)]
        named = self.layers[1:] == tuple(_default_names(self.rbms))
        names = "" if named else f", hidden={[list(layer) for layer in self.layers[1:]]!r}"
        return f"DBN([{', '.join(parts)}]{names})"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle p(v, h) = p_L(h_{{L-1}}, h_L) \prod_{{l<L}} p_l(h_{{l-1}} | h_l),\ {self._summary()}$"


def _default_names(rbms: Sequence[RBM]) -> list[tuple[Site, ...]]:
    """Unit j of hidden layer l is ("h", l, j)."""
    return [tuple(("h", k, j) for j in range(rbm.n_hidden)) for k, rbm in enumerate(rbms, start=1)]
