"""Hypothesis profiles (CI runs the same examples every time), interrupts, and what is left out of a run without JIT."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("local", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# A shell lets the jobs that it starts with & ignore interrupts, and so would the processes that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked ``jit`` under NUMBA_DISABLE_JIT: kernels are a hundred times slower there."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0"):
        return
    left_out = [item for item in items if item.get_closest_marker("jit")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("jit")]
