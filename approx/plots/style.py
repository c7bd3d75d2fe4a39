"""What the figures of this package share: marks that can be told apart in grey, ticks, bare frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exactrg.plots import pyplot

MARKERS, LINES = ("o", "s", "^", "x"), ("-", "--", "-.", ":")


def put_ticks(axis: Any, ticks: Sequence[float]) -> None:
    """Put these ticks, those of them that it reaches, on an axis, as plain numbers."""
    from matplotlib.ticker import FixedLocator, NullLocator

    axis.set(major_locator=FixedLocator(ticks), minor_locator=NullLocator(), major_formatter="{x:g}")


def bare(ax: Any) -> Any:
    """Take ticks and frame away from a picture."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def colours(name: str) -> Any:
    """Return a colour map with white gaps."""
    return pyplot().get_cmap(name).with_extremes(bad="white")
