"""What the conversions share: optional packages, and numbers that other packages can hold."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import InputError, MissingPackageError, a_type
from ..rbm import RBM


def package(module: str, distribution: str) -> Any:
    """Import a module of an optional package; MissingPackageError says how to install it."""
    try:
        return import_module(module)
    except ImportError:
        raise MissingPackageError(f"this conversion needs {distribution}; write: pip install {distribution}") from None


def require_float(kind: str, what: str) -> None:
    """InputError for a model with exact couplings, which other packages cannot hold."""
    if kind == "exact":
        raise InputError(f"{what} holds float64 only: write the couplings as floats, float(coupling), first")


def require_rbm(rbm: Any) -> None:
    """InputError unless the argument is an RBM."""
    if not isinstance(rbm, RBM):
        raise InputError(f"expected an RBM, got {a_type(rbm)}")
