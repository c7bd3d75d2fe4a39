"""Models as documents: polynomials, RBMs, DBNs, weights and RG operators, in the three number kinds.

Float parameters are arrays; exact ones are text, in the grammar of `exactrg.files.exact_text`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from ..dbn import DBN
from ..errors import FileFormatError, InputError, a_type
from ..numbers.kinds import as_kind
from ..numbers.logs import symbols_of
from ..polynomial import SpinPolynomial
from ..rbm import RBM
from ..rg import RGOperator
from ..weight import BoltzmannWeight
from .document import Described, Document, require_schema
from .exact_text import ExactReader, exact_text

SCHEMA = "exactrg-model"
SCHEMA_VERSION = 1
_OTHERS = {"exactrg-samples": "samples", "exactrg-chains": "chains"}

Model: TypeAlias = SpinPolynomial | RBM | DBN | BoltzmannWeight | RGOperator
_ASSUMPTIONS = frozenset(
    name
    for known in ({"prime": True}, {"even": True}, {"irrational": True}, {"zero": True}, {"algebraic": True})
    for name in sympy.Symbol("x", real=True, **known).assumptions0
)
_MAX_DEPTH = 8


def model_document(model: Model) -> Document:
    """Return what a file of a model holds; InputError for what no file can hold."""
    writer = _Writer()
    fields: dict[str, Any] = {"model": writer.describe(model, "")}
    fields["symbols"] = [{"name": s.name, "assumptions": _assumptions(s)} for s in writer.symbols]
    return Document(SCHEMA, SCHEMA_VERSION, fields, writer.arrays)


def check_model(schema: str, version: int, fields: Mapping[str, Any], arrays: Described) -> None:
    """Check the header of a file of a model, before any array is read."""
    if schema in _OTHERS:
        raise FileFormatError(f"a file of {_OTHERS[schema]}, not of a model; write approx.read_{_OTHERS[schema]}(path)")
    require_schema((schema, version), (SCHEMA, SCHEMA_VERSION))
    if not isinstance(fields.get("model"), dict) or not isinstance(fields.get("symbols"), list):
        raise FileFormatError("the header lacks 'model' or 'symbols'")


def document_model(document: Document) -> Model:
    """Return the model that a document holds; errors as ExactRGError of any kind."""
    reader = _Reader(document)
    model = reader.build(document.fields["model"], "")
    if reader.unused:
        raise FileFormatError(f"the array {min(reader.unused)!r} belongs to nothing")
    return model


def _assumptions(symbol: Any) -> dict[str, bool]:
    """Return what a symbol was declared to be."""
    if type(symbol) is not sympy.Symbol:
        raise InputError(f"the {type(symbol).__name__} {symbol} has no name that a file could keep; write a Symbol")
    return {name: value for name, value in symbol.assumptions0.items() if value is not None}


class _Writer:
    """Collects the arrays and symbols of the parts of a model."""

    def __init__(self) -> None:
        self.arrays: dict[str, Any] = {}
        self.symbols: dict[Any, int] = {}
        self._checked: set[str] = set()

    def describe(self, model: Any, prefix: str) -> dict[str, Any]:
        """Return the description of a model; its arrays are named ``prefix`` + ..."""
        if isinstance(model, SpinPolynomial):
            return self._polynomial(model, prefix)
        if isinstance(model, RBM):
            return self._rbm(model, prefix)
        if isinstance(model, DBN):
            return {"type": "DBN", "rbms": [self._rbm(rbm, f"{prefix}rbm{k}_") for k, rbm in enumerate(model.rbms)]}
        if isinstance(model, BoltzmannWeight):
            return self._weight(model, prefix)
        if isinstance(model, RGOperator):
            return self._operator(model, prefix)
        raise InputError(
            f"{a_type(model)} cannot be saved: expected a SpinPolynomial, RBM, DBN, BoltzmannWeight or "
            "RGOperator; samples are written by approx.write_samples"
        )

    def _polynomial(self, f: SpinPolynomial, prefix: str) -> dict[str, Any]:
        number = {site: k for k, site in enumerate(f.sites)}
        sets = [sorted(number[site] for site in members) for members in f.couplings]
        self.arrays[f"{prefix}lengths"] = np.array([len(s) for s in sets], np.int64)
        self.arrays[f"{prefix}members"] = np.array([k for s in sets for k in s], np.int64)
        description = {"type": "SpinPolynomial", "kind": f.kind, "sites": _sites(f.sites)}
        return description | self._numbers(f.kind, "coefficients", np.array(list(f.couplings.values()), object), prefix)

    def _rbm(self, rbm: RBM, prefix: str) -> dict[str, Any]:
        description: dict[str, Any] = {"type": "RBM", "kind": rbm.kind}
        description |= {"visible": _sites(rbm.visible), "hidden": _sites(rbm.hidden)}
        for name, values in (("w", rbm.w), ("b", rbm.b), ("c", rbm.c), ("constant", np.array([rbm.constant]))):
            description |= self._numbers(rbm.kind, name, values, prefix)
        return description

    def _weight(self, weight: BoltzmannWeight, prefix: str) -> dict[str, Any]:
        description = {"type": "BoltzmannWeight", "kind": weight.kind, "sites": _sites(weight.sites)}
        if weight.kind == "float":
            self.arrays[f"{prefix}logarithms"] = weight.values.reshape(-1)
            return description
        values = np.empty(weight.values.size, dtype=object)
        values[:] = [weight.ring.value(value) for value in weight.values.reshape(-1)]
        BoltzmannWeight(weight.sites, values.reshape(weight.values.shape))  # it has to be seen to be nonnegative again
        return description | self._numbers("exact", "values", values, prefix)

    def _operator(self, T: RGOperator, prefix: str) -> dict[str, Any]:
        if T.parts is None:
            layers = {"visible": _sites(T.visible), "hidden": _sites(T.hidden)}
            return {"type": "RGOperator", **layers, "weight": self.describe(T.weight, f"{prefix}weight_")}
        energy, hamiltonian = T.parts
        return {
            "type": "RGOperator",
            "energy": self.describe(energy, f"{prefix}energy_"),
            "hamiltonian": self.describe(hamiltonian, f"{prefix}hamiltonian_"),
        }

    def _numbers(self, kind: str, name: str, values: NDArray[Any], prefix: str) -> dict[str, Any]:
        """Store floats as an array; return exact numbers and integers as a list of texts."""
        if kind == "float":
            self.arrays[prefix + name] = values.astype(np.float64)
            return {}
        return {name: [self._text(value) for value in values.reshape(-1).tolist()]}

    def _text(self, value: Any) -> str:
        number = as_kind(value, "exact")
        for symbol in sorted(symbols_of(number.terms), key=lambda s: s.sort_key()):
            self.symbols.setdefault(symbol, len(self.symbols))
        text = exact_text(number, self.symbols)
        if text not in self._checked:  # what is written can be read
            try:
                self._checked.add(text)
                same = ExactReader(list(self.symbols)).read(text) == number
            except FileFormatError as error:
                raise InputError(f"this number is beyond what a file can hold: {error}") from None
            if not same:
                raise InputError(f"the number {text[:100]} did not survive being written and read")
        return text


class _Reader:
    """Builds models from descriptions that are checked part by part."""

    def __init__(self, document: Document) -> None:
        self._arrays = document.arrays
        self.unused = set(document.arrays)
        self._exact = ExactReader([_symbol(entry) for entry in document.fields["symbols"]])
        self._depth = 0

    def build(self, description: Any, prefix: str) -> Any:
        """Return the model of a description."""
        builders: dict[str, Callable[[dict[str, Any], str], Any]] = {
            "SpinPolynomial": self._polynomial,
            "RBM": self._rbm,
            "DBN": self._dbn,
            "BoltzmannWeight": self._weight,
            "RGOperator": self._operator,
        }
        kind = description.get("type") if isinstance(description, dict) else None
        if not isinstance(kind, str) or kind not in builders:
            raise FileFormatError(f"a model of unknown type {str(kind)[:100]!r}")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise FileFormatError(f"models nested more than {_MAX_DEPTH} deep")
        model = builders[kind](description, prefix)
        self._depth -= 1
        return model

    def _polynomial(self, description: dict[str, Any], prefix: str) -> SpinPolynomial:
        sites = _known_sites(description, "sites")
        lengths, members = (self._array(prefix, name, "int64", (-1,)) for name in ("lengths", "members"))
        if (lengths < 0).any() or (lengths > len(members)).any() or int(lengths.sum()) != len(members):
            raise FileFormatError("the lengths of the sets of sites do not add up")
        if len(members) and not (0 <= members.min() and members.max() < len(sites)):
            raise FileFormatError(f"a set of sites names a site beyond the {len(sites)} there are")
        numbers = self._numbers(description, "coefficients", (len(lengths),), prefix)
        couplings: dict[frozenset[Any], Any] = {}
        for stop, length, number in zip(np.cumsum(lengths).tolist(), lengths.tolist(), numbers, strict=True):
            couplings[frozenset(sites[k] for k in members[stop - length : stop].tolist())] = number
        f = SpinPolynomial(couplings, sites)
        if len(f.couplings) != len(lengths) or sum(map(len, f.couplings)) != len(members):
            raise FileFormatError("a set of sites occurs twice, or has a coefficient of zero")
        if not couplings and description.get("kind") in ("float", "exact"):
            return SpinPolynomial.from_coefficients([], f.sites, description["kind"])
        return _of_kind(f, description)

    def _rbm(self, description: dict[str, Any], prefix: str) -> RBM:
        visible, hidden = _known_sites(description, "visible"), _known_sites(description, "hidden")
        n, m = len(visible), len(hidden)
        w, b, c, constant = (
            self._numbers(description, name, shape, prefix)
            for name, shape in (("w", (n, m)), ("b", (m,)), ("c", (n,)), ("constant", (1,)))
        )
        return _of_kind(RBM(w, b, c, constant.tolist()[0], visible=visible, hidden=hidden), description)

    def _dbn(self, description: dict[str, Any], prefix: str) -> DBN:
        parts = description.get("rbms")
        if not isinstance(parts, list) or not all(isinstance(p, dict) and p.get("type") == "RBM" for p in parts):
            raise FileFormatError("a DBN without a list of RBMs")
        rbms = [self._rbm(part, f"{prefix}rbm{k}_") for k, part in enumerate(parts)]
        return DBN(rbms, hidden=[rbm.hidden for rbm in rbms])

    def _weight(self, description: dict[str, Any], prefix: str) -> BoltzmannWeight:
        sites = _known_sites(description, "sites")
        if len(sites) > 32:
            raise FileFormatError(f"a table over {len(sites)} sites")
        shape = (2,) * len(sites)
        if description.get("kind") != "float":
            values = self._numbers({**description, "kind": "exact"}, "values", (2 ** len(sites),), prefix)
            weight = BoltzmannWeight(sites, values.reshape(shape))
            if description.get("kind") == "neutral" and not any(value.symbols for value in values):
                return BoltzmannWeight.of(sites, "neutral", weight.values)
            return _of_kind(weight, description)
        values = self._array(prefix, "logarithms", "float64", (2 ** len(sites),))
        if np.isnan(values).any() or np.isposinf(values).any():
            raise FileFormatError("the logarithm of a weight is NaN or infinite")
        return BoltzmannWeight.of(sites, "float", values.reshape(shape))

    def _operator(self, description: dict[str, Any], prefix: str) -> RGOperator:
        if "weight" in description:
            weight = self.build(description["weight"], f"{prefix}weight_")
            return RGOperator(weight, _known_sites(description, "visible"), _known_sites(description, "hidden"))
        energy = self.build(description.get("energy"), f"{prefix}energy_")
        return RGOperator.from_energy(energy, self.build(description.get("hamiltonian"), f"{prefix}hamiltonian_"))

    def _numbers(self, description: dict[str, Any], name: str, shape: tuple[int, ...], prefix: str) -> Any:
        """Return numbers of the declared kind as an array of a shape."""
        if description.get("kind") == "float":
            return self._array(prefix, name, "float64", shape)
        texts = description.get(name)
        if not isinstance(texts, list) or len(texts) != math.prod(shape):
            raise FileFormatError(f"{name} is no list of {math.prod(shape)} numbers")
        read = _integer if description.get("kind") == "neutral" else self._exact.read
        numbers = np.empty(len(texts), dtype=object)
        numbers[:] = [read(text) for text in texts]
        return numbers.reshape(shape)

    def _array(self, prefix: str, name: str, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
        """Return an array of a dtype and shape, where -1 stands for any length."""
        array = self._arrays.get(prefix + name)
        if array is None or array.dtype != np.dtype(dtype) or len(array.shape) != len(shape):
            raise FileFormatError(f"there is no array {prefix + name!r} of {dtype} with {len(shape)} dimensions")
        if any(n not in (-1, m) for n, m in zip(shape, array.shape, strict=True)):
            raise FileFormatError(f"{prefix + name} has shape {array.shape}, expected {shape}")
        self.unused.discard(prefix + name)
        return array


def _of_kind(model: Any, description: dict[str, Any]) -> Any:
    """Return the model if its numbers are of the kind that its description says."""
    if model.kind != description.get("kind"):
        raise FileFormatError(f"{model.kind} numbers, described as {str(description.get('kind'))[:100]!r}")
    return model


def _integer(text: Any) -> int:
    if not isinstance(text, str) or not text.removeprefix("-").isdigit() or not text.isascii() or len(text) > 4000:
        raise FileFormatError(f"expected an integer as text, got {str(text)[:100]!r}")
    return int(text)


def _symbol(entry: Any) -> Any:
    """Return the symbol that a file declares."""
    name, assumptions = (entry.get("name"), entry.get("assumptions")) if isinstance(entry, dict) else (None, None)
    if not isinstance(name, str) or len(name) > 1000 or not isinstance(assumptions, dict):
        raise FileFormatError(f"{str(entry)[:100]} declares no symbol")
    if not all(key in _ASSUMPTIONS and isinstance(value, bool) for key, value in assumptions.items()):
        raise FileFormatError(f"the symbol {name[:100]!r} has unknown assumptions")
    try:
        symbol = sympy.Symbol(name, **assumptions)
    except ValueError as error:  # InconsistentAssumptions
        raise FileFormatError(f"the symbol {name[:100]!r} has assumptions that contradict each other") from error
    if not symbol.is_real:
        raise FileFormatError(f"the symbol {name[:100]!r} is not declared real")
    return symbol


def _sites(sites: Iterable[Any]) -> list[Any]:
    return [_site_json(site) for site in sites]


def _site_json(site: Any, depth: int = 0) -> Any:
    """Return a site as a JSON value; tuples become lists."""
    if site is None or isinstance(site, bool | str):
        return site
    if isinstance(site, Integral):
        return int(site)
    if isinstance(site, float) and math.isfinite(site):
        return float(site)
    if isinstance(site, tuple) and depth < _MAX_DEPTH:
        return [_site_json(part, depth + 1) for part in site]
    raise InputError(
        f"the site {site!r} cannot be stored: expected ints, strings, finite floats, None and tuples of them; write "
        ".relabel(mapping)"
    )


def _known_sites(description: dict[str, Any], name: str) -> tuple[Any, ...]:
    listed = description.get(name)
    if not isinstance(listed, list):
        raise FileFormatError(f"{name} is no list of sites")
    return tuple(_site(value) for value in listed)


def _site(value: Any, depth: int = 0) -> Any:
    """Return the site that a JSON value stands for."""
    if isinstance(value, list) and depth < _MAX_DEPTH:
        return tuple(_site(part, depth + 1) for part in value)
    if isinstance(value, list | dict) or (isinstance(value, float) and not math.isfinite(value)):
        raise FileFormatError(f"{str(value)[:100]} is no site")
    return value
