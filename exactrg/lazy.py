"""Names of a package that are imported on first use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, module_of: Mapping[str, str], modules: Collection[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package, in which ``__all__`` is defined.

    Parameters
    ----------
    package : str
        ``__name__`` of the package.
    module_of : mapping of str to str
        In which module of the package each public name is.
    modules : collection of str
        Modules that are public names themselves.
    """
    names = vars(sys.modules[package])

    def attribute(name: str) -> Any:
        if name in modules:
            return import_module(f".{name}", package)
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = names[name] = getattr(import_module(f".{module_of[name]}", package), name)
        return value

    def listed() -> list[str]:
        return sorted({*names, *names["__all__"], *modules})

    return attribute, listed
