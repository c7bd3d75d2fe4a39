"""Hypothesis profiles, and the oracle on the import path. CI runs the same examples every time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# The oracle and the strategies are modules next to this file: `from oracle import ...`.
sys.path.append(str(Path(__file__).parent))

settings.register_profile("local", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
