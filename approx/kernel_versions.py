"""Versions of the bits: a number rises when a change of the code changes what a seed gives.

Whatever goes on with a file compares them: the bits of a run that was never interrupted are promised for the same
version only. tests/files/test_kernel_versions.py fails where bits change and the number does not.
"""

from __future__ import annotations

SAMPLING = 1
"""Of Markov chains, exact draws and what chooses between them."""

TRAINING = 1
"""Of contrastive divergence."""
