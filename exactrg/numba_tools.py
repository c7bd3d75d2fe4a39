"""Compile kernels with numba, cached on disk where the package folder (or NUMBA_CACHE_DIR) can be written.

`numba.njit(cache=True)` raises at import where neither the package folder nor the user's cache folder is writable
(a read-only install without HOME); `njit` falls back to compiling in memory there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def njit(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Compile a function with `numba.njit`, with a disk cache if there is a place for one.

    Parameters
    ----------
    function : callable, optional
        The kernel; left out when used as ``@njit(parallel=True)``.
    **options
        Passed on to `numba.njit`. ``fastmath`` is refused: it changes bits between machines.

    Returns
    -------
    callable
        The compiled dispatcher, or the plain function under ``NUMBA_DISABLE_JIT=1``.
    """
    if options.get("fastmath"):
        raise ValueError("fastmath changes results between CPUs; write the kernel so that it vectorises without it")
    if function is None:
        return lambda kernel: njit(kernel, **options)
    try:
        return numba.njit(**{"cache": True, **options})(function)
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
        return numba.njit(**{**options, "cache": False})(function)
