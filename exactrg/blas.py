"""One thread for numpy's BLAS while our own tiles run side by side: OpenBLAS with 1 and 2 threads gives different bits."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any

_PAIRS = (
    ("scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"),
    ("scipy_openblas_get_num_threads", "scipy_openblas_set_num_threads"),
    ("openblas_get_num_threads64_", "openblas_set_num_threads64_"),
    ("openblas_get_num_threads", "openblas_set_num_threads"),
    ("MKL_Get_Max_Threads", "MKL_Set_Num_Threads"),
    ("bli_thread_get_num_threads", "bli_thread_set_num_threads"),
)

_lock = Lock()
_inside = 0
_before = 0


@contextmanager
def one_blas_thread() -> Iterator[bool]:
    """Run numpy's matrix products on the calling thread alone; the number of threads is put back at the end.

    The setting belongs to the process: other threads' products are on one thread meanwhile too.

    Yields
    ------
    bool
        Whether the BLAS could be told. If not (Accelerate, a BLAS linked in another way), its own number of threads
        stays as it is; where that is fixed, so are the bits.
    """
    global _inside, _before
    control = blas_threads()
    if control is None:
        yield False
        return
    get, put = control
    with _lock:
        if _inside == 0:
            _before = get()
            put(1)
        _inside += 1
    try:
        yield True
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                put(_before)


@cache
def blas_threads() -> tuple[Callable[[], int], Callable[[int], Any]] | None:
    """Functions that read and set the number of threads of the BLAS that numpy loaded, if it has a known name."""
    core = import_module("numpy._core._multiarray_umath")
    try:  # a symbol is looked for in the libraries that this one was linked with, too
        library = ctypes.CDLL(core.__file__)
    except (OSError, TypeError):
        return None
    for names in _PAIRS:
        try:
            get, put = (getattr(library, name) for name in names)
        except AttributeError:
            continue
        get.restype, get.argtypes = ctypes.c_int, []
        put.restype, put.argtypes = None, [ctypes.c_int]
        return get, put
    return None
