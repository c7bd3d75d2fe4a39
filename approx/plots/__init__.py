"""Figures of trained networks, samples and chains: Fig. 3, curves of training, histograms, autocorrelation.

The only part of this package that draws. Every function takes the axes to draw on (new ones if None) and returns them;
matplotlib (``pip install exactrg[plot]``) is imported at the first call. Layers and curves differ by marker and line
style as well as by colour, and the colours of fields grow monotonically in lightness, so that all can be read in grey.
"""

from __future__ import annotations

from .chains import plot_autocorrelation, plot_histogram
from .curves import plot_compression, plot_radii, plot_training
from .exactness import plot_exactness, plot_exactness_table
from .fields import mosaic, plot_layers, plot_receptive_fields, plot_reconstructions
from .figure3 import figure3_files, plot_figure3

__all__ = [
    "figure3_files",
    "mosaic",
    "plot_autocorrelation",
    "plot_compression",
    "plot_exactness",
    "plot_exactness_table",
    "plot_figure3",
    "plot_histogram",
    "plot_layers",
    "plot_radii",
    "plot_receptive_fields",
    "plot_reconstructions",
    "plot_training",
]
