"""How far networks are from an exact RG step: along training, and layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exactrg.plots import COLOURS, axes_or_new

from ..exactness_numbers import text_of
from .style import LINES, MARKERS, bare, put_ticks


def plot_exactness(results: Sequence[Mapping[str, Any]], ax: Any = None) -> Any:
    """Draw how far the first RBM is from an exact RG step, against the epoch of training, for each run.

    Error bars are standard errors, or the difference of forward and reverse annealing where that is larger.

    Parameters
    ----------
    results : sequence of mapping
        As `approx.exactness_report.numbers` makes them; stacks without an epoch are left out.
    ax : matplotlib axes, optional
    """
    ax = axes_or_new(ax, (5.2, 3.6))
    along = [r for r in results if r["epoch"] is not None]
    for k, run in enumerate(sorted({r["run"] for r in along})):
        own = sorted((r for r in along if r["run"] == run), key=lambda r: r["epoch"])
        epochs = [r["epoch"] for r in own]
        for line, key, label in ((0, "kl", r"$D_{KL}(P \| p)$"), (1, "reverse_kl", r"$D_{KL}(p \| P)$")):
            values = [r[key][0] for r in own]
            errors = [max(r[key][1], abs(r["forward_minus_reverse"][0])) for r in own]
            style = {"color": COLOURS[k], "marker": MARKERS[k], "fillstyle": "none", "capsize": 2}
            ax.errorbar(epochs, values, errors, ls=LINES[line], label=f"{run}: {label}", **style)
        spread = [r["log_q"]["sd"] for r in own]
        ax.plot(epochs, spread, LINES[3] + MARKERS[k], color=COLOURS[k], label=rf"{run}: sd of $\log q$")
    ax.set(xscale="log", yscale="log", xlabel="epoch of layer 1", ylabel="nats")
    for axis in (ax.xaxis, ax.yaxis):
        put_ticks(axis, [x * 10.0**k for k in range(-3, 6) for x in (1, 2, 5)])
    if along:
        ax.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=3)
    return ax


def plot_exactness_table(found: Mapping[str, Any], ax: Any = None) -> Any:
    """Write how far a network is from an exact RG step as a table: Eqs. 8, 9 and 16, and what each layer adds.

    Parameters
    ----------
    found : mapping
        As `approx.exactness_numbers.numbers` makes it: ``measures["exactness"]``.
    ax : matplotlib axes, optional
    """
    ax = axes_or_new(ax, (11, 1.8))
    head = ["layer", r"$\log Z$, annealed", "and back", "summed", "gain", r"$D_{KL}(P \| \mathrm{stack})$ at most"]
    rows = [
        [
            str(layer["layer"]), text_of(layer["forward"]), text_of(layer["reverse"]),
            text_of(layer["log_z"]) if layer["log_z"][1] == 0.0 else "",
            text_of(layer["gain"]) if layer["layer"] > 1 else "",
            text_of(layer["bound"]),
        ]
        for layer in found["layers"]
    ]  # fmt: skip
    if rows:
        table = ax.table(rows, colLabels=head, cellLoc="center", edges="horizontal", bbox=(0, 0.2, 1, 0.8))
        table.auto_set_font_size(False)
        table.set_fontsize("small")
    else:
        ax.text(0.5, 0.6, found["refused"], ha="center", va="center", wrap=True, fontsize="small")
    ax.set_xlabel(
        rf"nats; first RBM: $\log\,\mathrm{{Tr}}_h\, e^T$ varies by {found['log_q']['sd']:.1f} over samples (0 if exact), "
        rf"$\Delta F$ = {text_of(found['delta_f'])}, $D_{{KL}}(P \| p)$ = {text_of(found['kl'])}, "
        rf"$D_{{KL}}(p \| P)$ = {text_of(found['reverse_kl'])}",
        fontsize="small",
    )
    return bare(ax)
