"""``save`` and ``load`` of models."""

from __future__ import annotations

import os

from ..errors import ExactRGError, FileAccessError, FileFormatError
from .archive import archive_members, read_archive, write_archive
from .atomic import access, as_path, atomic_file
from .models import Model, check_model, document_model, model_document
from .safetensors import read_safetensors, safetensors_bytes

_ZIP = b"PK\x03\x04"


def save(model: Model, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a model to a file, whole or not at all.

    Parameters
    ----------
    model : SpinPolynomial, RBM, DBN, BoltzmannWeight or RGOperator
        Of any number kind: floats keep their bits, exact numbers and symbols are kept as text.
    path : path
        A name that ends in .safetensors gives a safetensors file, any other name the container of the samples, which
        `numpy.load` opens too.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    InputError
        If the model cannot be stored: sites other than ints, strings and tuples, exact numbers of excessive size.
    OutputExistsError
        If the file exists and may not be replaced.
    FileAccessError
        If it cannot be written (no such folder, read-only, disk full); what was there before is intact.

    Examples
    --------
    >>> import tempfile, exactrg
    >>> H = exactrg.ising(exactrg.ring(4), 0.3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     exactrg.save(H, f"{folder}/ring.npz")
    ...     exactrg.load(f"{folder}/ring.npz") == H
    True
    """
    document = model_document(model)
    if as_path(path).suffix == ".safetensors":
        parts = safetensors_bytes(document)
        with atomic_file(path, overwrite=overwrite) as file:
            file.writelines(parts)
        return
    members = archive_members(document)
    with atomic_file(path, overwrite=overwrite) as file:
        write_archive(file, members)


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model that `save` wrote, after checking all that the file claims.

    Raises
    ------
    FileFormatError
        If the file is truncated, altered, of another format or version, holds anything but plain numbers and text, or
        declares other sizes than it has.
    FileAccessError
        If it cannot be read; MissingFileError if it is not there.
    """
    with access(path, "read"), open(path, "rb") as file:
        try:
            read = read_archive if file.read(4) == _ZIP else read_safetensors
            return document_model(read(file, check_model))
        except FileAccessError:
            raise
        except ExactRGError as error:
            raise FileFormatError(f"{os.fspath(path)}: {error}") from error
