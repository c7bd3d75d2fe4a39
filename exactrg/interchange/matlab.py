"""RBMs and their stacks in the Matlab files of Hinton and Salakhutdinov's code, which the paper used.

Their units are 0/1, p = exp(x W y + a x + b y)/Z. A layer is three matrices: ``vishid``, ``hidbiases`` (or
``hidrecbiases``), ``visbiases``; then ``hidpen``, ``penrecbiases``, ``hidgenbiases``; then ``hidpen2``,
``penrecbiases2``, ``hidgenbiases2``. ``hidtop`` belongs to linear units of their autoencoder, which are no RBM of this
kind.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..dbn import DBN
from ..errors import ExactRGError, FileFormatError, InputError
from ..files.atomic import atomic_file
from ..rbm import RBM
from .matfile import read_matrices
from .packages import require_float

_LAYERS = (
    ("vishid", ("hidrecbiases", "hidbiases"), "visbiases"),
    ("hidpen", ("penrecbiases", "penbiases"), "hidgenbiases"),
    ("hidpen2", ("penrecbiases2", "penbiases2"), "hidgenbiases2"),
)
_NAMES = frozenset(name for weights, hidden, visible in _LAYERS for name in (weights, *hidden, visible))

Path = str | os.PathLike[str]


def from_mat(path: Path | Sequence[Path]) -> RBM | DBN:
    """Return the RBM of a Matlab file, or the DBN if there is more than one layer, exactly as a model of spins.

    Parameters
    ----------
    path : path, or sequence of paths
        Layers may be in one file or in several, such as mnistvh.mat, mnisthp.mat and mnisthp2.mat.

    Raises
    ------
    FileFormatError
        If a file is no Matlab file of level 5 (save -v6 or -v7), a layer is missing or incomplete, or its matrices do
        not fit.
    FileAccessError
        If a file cannot be read.
    """
    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    found: dict[str, NDArray[np.float64]] = {}
    for one in paths:
        matrices = read_matrices(one, _NAMES | {"hidtop"})
        if "hidtop" in matrices:
            raise FileFormatError(f"{os.fspath(one)}: hidtop has linear hidden units, which are no RBM over spins")
        if twice := sorted(found.keys() & matrices.keys()):
            raise FileFormatError(f"{os.fspath(one)}: {twice[0]} is in another file, too")
        found |= matrices
    listed = ", ".join(os.fspath(one) for one in paths)
    try:
        rbms = [_layer(found, *names) for names in _LAYERS if names[0] in found]
        if not rbms or [names[0] in found for names in _LAYERS] != [k < len(rbms) for k in range(len(_LAYERS))]:
            raise FileFormatError("expected vishid, hidrecbiases (or hidbiases) and visbiases, then the next layers")
        return rbms[0] if len(rbms) == 1 else DBN(rbms)
    except ExactRGError as error:
        raise FileFormatError(f"{listed}: {error}") from error


def _layer(found: dict[str, NDArray[np.float64]], weights: str, hidden: Sequence[str], visible: str) -> RBM:
    names = [name for name in hidden if name in found]
    if len(names) != 1 or visible not in found:
        raise FileFormatError(f"{weights} needs {visible} and one of {' and '.join(hidden)}")
    for name, size in ((names[0], found[weights].shape[1]), (visible, found[weights].shape[0])):
        if found[name].size != size or 1 not in found[name].shape:
            raise FileFormatError(f"{name} has shape {found[name].shape}, expected (1, {size})")
    return RBM.from_binary_units(found[weights], found[names[0]].reshape(-1), found[visible].reshape(-1))


def to_mat(model: RBM | DBN, path: Path, *, overwrite: bool = False) -> None:
    """Write an RBM, or a DBN of at most three, as a Matlab file of that kind; constants and the names of sites are lost.

    Raises
    ------
    InputError
        For exact couplings, more than three layers, or another model.
    OutputExistsError, FileAccessError
        As for `exactrg.save`.
    """
    rbms = (model,) if isinstance(model, RBM) else model.rbms if isinstance(model, DBN) else ()
    if not 0 < len(rbms) <= len(_LAYERS):
        raise InputError(f"expected an RBM, or a DBN of at most {len(_LAYERS)} RBMs, got {model!r}"[:300])
    from scipy.io import savemat

    variables: dict[str, NDArray[np.float64]] = {}
    for rbm, (weights, hidden, visible) in zip(rbms, _LAYERS, strict=False):
        require_float(rbm.kind, "a Matlab file")
        units = rbm.to_binary_units()
        bias = "hidbiases" if len(rbms) == 1 else hidden[0]
        variables |= {weights: units.weights, bias: units.hidden_bias, visible: units.visible_bias}
    buffer = io.BytesIO()
    savemat(buffer, {name: np.atleast_2d(np.asarray(v, np.float64)) for name, v in variables.items()}, format="5")
    with atomic_file(path, overwrite=overwrite) as file:
        file.write(buffer.getvalue())
