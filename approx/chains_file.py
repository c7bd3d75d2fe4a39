"""Files of Markov chains: spins, random streams, what was recorded, and the Hamiltonian, so that a file goes on by itself.

A file has the container format of `exactrg.files.archive` with the schema "exactrg-chains", version 1; docs/files.md
has it byte by byte. The Hamiltonian is there as in a file of a model, its arrays with the prefix ``model_``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.errors import ExactRGError, FileAccessError, FileFormatError, a_type
from exactrg.files.archive import archive_members, read_archive, write_archive
from exactrg.files.atomic import access, atomic_file
from exactrg.files.document import Described, Document, require_schema
from exactrg.files.models import document_model, model_document
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM

from . import multispin
from .chains import MarkovChains
from .choice import choose, make_sampler
from .graph_samplers import Chains
from .problem import Problem
from .samplers import BitParallel, Sampler, Tempered
from .samples_file import unpack_spins
from .streams import LATTICES_PER_BLOCK, WORDS
from .tempering import Ladders

SCHEMA = "exactrg-chains"
SCHEMA_VERSION = 1

_COUNTS = {"n_chains": 1, "n_replicas": 1, "n_sites": 1, "n_draws": 0, "n_steps": 0, "parity": 0, "kernels": 0}
_MODEL = "model_"


def write_chains(path: str | os.PathLike[str], chains: MarkovChains, *, overwrite: bool = False) -> None:
    """Write Markov chains to a file, whole or not at all.

    Parameters
    ----------
    path : path
        The file; its name need not end in .npz.
    chains : MarkovChains
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    OutputExistsError
        If the file exists and may not be replaced.
    InputError
        If H has sites that no file can hold; nothing is written.
    FileAccessError
        If the disk is full or the folder missing; an existing file is untouched and no temporary file is left.
    """
    members = archive_members(_document(chains))
    with atomic_file(path, overwrite=overwrite) as file:
        write_archive(file, members)


def read_chains(path: str | os.PathLike[str]) -> MarkovChains:
    """Read Markov chains that `write_chains` wrote, after checking all that the file claims; ``.run`` goes on with them.

    Raises
    ------
    FileFormatError
        If the file is truncated, altered, of another format or version, or declares other sizes than it has.
    FileAccessError
        If it cannot be read; MissingFileError if it is not there.
    """
    with access(path, "read"), open(path, "rb") as file:
        try:
            return _chains(read_archive(file, _check))
        except FileAccessError:
            raise
        except ExactRGError as error:
            raise FileFormatError(f"{os.fspath(path)}: {error}") from error


def _document(chains: MarkovChains) -> Document:
    """Return what a file of these chains holds."""
    model, sampler = model_document(chains.H), chains.sampler
    replicas = chains.replicas()
    n_chains, n_replicas, n_sites = replicas.shape
    fields = {
        "n_chains": n_chains,
        "n_replicas": n_replicas,
        "n_sites": n_sites,
        "n_draws": len(chains.recorded),
        "n_steps": chains.n_steps,
        "parity": chains.state.parity if isinstance(chains.state, Ladders) else 0,
        "method": chains.plan.method,
        "kernel": chains.plan.kernel,
        "kernels": chains.kernels,
        "provenance": dict(chains.provenance),
    }
    arrays: dict[str, npt.NDArray[Any]] = {
        "spins": np.packbits(replicas < 0, axis=2),
        "streams": chains.state[1] if isinstance(sampler, BitParallel) else chains.state.streams,
        "recorded": chains.recorded,
        "energies": chains.energies,
        "magnetizations": chains.magnetizations,
    }
    if isinstance(sampler, Tempered):
        arrays["factors"] = sampler.factors
    arrays |= {f"{_MODEL}{name}": array for name, array in model.arrays.items()}
    return Document(SCHEMA, SCHEMA_VERSION, {**fields, **model.fields}, arrays)


def _check(schema: str, version: int, fields: Mapping[str, Any], arrays: Described) -> None:
    """Check the header, before any array is read."""
    require_schema((schema, version), (SCHEMA, SCHEMA_VERSION))
    for name, least in _COUNTS.items():
        if type(fields.get(name)) is not int or not least <= fields[name] < 1 << 48:
            raise FileFormatError(f"{name} must be an integer of at least {least}, got {str(fields.get(name))[:50]}")
    kinds = {"method": str, "kernel": str, "provenance": dict, "model": dict, "symbols": list}
    if wrong := [name for name, kind in kinds.items() if not isinstance(fields.get(name), kind)]:
        raise FileFormatError(f"the header lacks {', '.join(wrong)}")
    n_chains, n_replicas, n_sites, n_draws = (fields[f"n_{what}"] for what in ("chains", "replicas", "sites", "draws"))
    parallel = fields["kernel"] == "bit-parallel"
    expected: dict[str, tuple[str, list[int]]] = {
        "spins": ("uint8", [n_chains, n_replicas, -(-n_sites // 8)]),
        "streams": ("uint64", [n_chains // LATTICES_PER_BLOCK, 5, WORDS] if parallel else [n_chains, 4]),
        "recorded": ("int64", [n_draws]),
        "energies": ("float64", [n_chains, n_draws]),
        "magnetizations": ("int64", [n_chains, n_draws]),
    }
    if fields["method"] == "tempering":
        expected["factors"] = ("float64", [n_replicas])
    for name, (dtype, shape) in expected.items():
        if name not in arrays or (arrays[name]["dtype"], arrays[name]["shape"]) != (dtype, shape):
            raise FileFormatError(f"{name} is described as {dict(arrays.get(name, {}))}, expected {dtype} of {shape}")
    if others := [name for name in arrays if name not in expected and not name.startswith(_MODEL)]:
        raise FileFormatError(f"the array {min(others)!r} belongs to nothing")


def _chains(document: Document) -> MarkovChains:
    """Return the chains that a document holds; errors as ExactRGError of any kind."""
    fields, arrays = document.fields, dict(document.arrays)
    model = {name.removeprefix(_MODEL): arrays.pop(name) for name in document.arrays if name.startswith(_MODEL)}
    H = document_model(Document(document.schema, document.version, fields, model))
    if not isinstance(H, SpinPolynomial | RBM) or (H.kind != "float" and (isinstance(H, RBM) or H.couplings)):
        raise FileFormatError(f"chains of {a_type(H)}, expected a SpinPolynomial or an RBM of floats")
    problem = Problem.of(H)
    if problem.n_sites != fields["n_sites"]:
        raise FileFormatError(f"spins of {fields['n_sites']} sites, and a Hamiltonian over {problem.n_sites}")
    plan = choose(problem, fields["method"])
    if (plan.method, plan.kernel) != (fields["method"], fields["kernel"]) or plan.method == "perfect":
        raise FileFormatError(
            f"no chains run by {fields['method'][:50]!r} on the kernel {fields['kernel'][:50]!r} here"
        )
    sampler = make_sampler(problem, plan, lambda: _factors(arrays["factors"]))
    state = _state(sampler, fields, arrays)
    _check_series(fields, arrays)
    recorded, energies, magnetizations = (arrays[name] for name in ("recorded", "energies", "magnetizations"))
    return MarkovChains(
        problem=problem,
        plan=plan,
        sampler=sampler,
        state=state,
        n_steps=fields["n_steps"],
        recorded=recorded,
        energies=energies,
        magnetizations=magnetizations,
        kernels=fields["kernels"],
        provenance=fields["provenance"],
    )


def _factors(factors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if not (np.isfinite(factors).all() and factors[0] >= 0 and (np.diff(factors) > 0).all()):
        raise FileFormatError("the factors of the replicas do not increase from 0 or more")
    return factors


def _state(sampler: Sampler, fields: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Any:
    """Return spins and streams as the sampler has them."""
    shape = (fields["n_chains"], fields["n_replicas"], fields["n_sites"])
    if shape[0] != sampler.n_chains or (shape[1] > 1 and not isinstance(sampler, Tempered)) or fields["parity"] > 1:
        raise FileFormatError(f"{shape[0]} chains of {shape[1]} replicas and parity {fields['parity']} do not fit here")
    spins = unpack_spins(arrays["spins"].reshape(shape[0] * shape[1], -1), shape[2])
    if isinstance(sampler, BitParallel):
        return multispin.pack(spins, sampler.rectangle.Lx, sampler.rectangle.Ly), arrays["streams"]
    if not arrays["streams"].any(axis=1).all():
        raise FileFormatError("a random stream of zeros, which would stay zero")
    if isinstance(sampler, Tempered):
        return Ladders(spins.reshape(shape), arrays["streams"], fields["parity"])
    return Chains(spins, arrays["streams"])


def _check_series(fields: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    recorded = arrays["recorded"]
    if (np.diff(recorded, prepend=0) <= 0).any() or recorded[-1:].sum() > fields["n_steps"]:
        raise FileFormatError(f"draws were not recorded one after another within {fields['n_steps']} steps")
    m = arrays["magnetizations"]
    if not np.isfinite(arrays["energies"]).all() or ((m < -fields["n_sites"]) | (m > fields["n_sites"])).any():
        raise FileFormatError(f"energies that are not finite, or magnetisations beyond {fields['n_sites']} spins")
