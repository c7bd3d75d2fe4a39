"""Figs. 1 and 2 of the paper with the exact numbers behind them; ``exactrg reproduce`` writes them.

Fig. 1 has the Hamiltonian of the block spins, which the paper only names, for three operators T that are exact RG steps;
Fig. 2 the couplings of Eq. 24, and how far its network is from an exact RG of the whole chain.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from . import __version__

FIGURE1_COUPLING = Fraction(3, 2)
"""e^K: K = log(3/2) = 0.4055 is near the paper's 0.408 and exact."""


def figure1_numbers(weight: Fraction = FIGURE1_COUPLING) -> dict[str, Any]:
    """H^RG of the 2 x 2 block spins of the 4 x 4 torus (Eq. 6), exactly, for decimation, majority rule and Kadanoff's T.

    Parameters
    ----------
    weight : Fraction
        e^K for the coupling K of the torus (Eq. 25).

    Returns
    -------
    dict
        JSON values. For each operator: whether Eq. 9 holds, Delta F, and K_S of a pair of neighbours, of a pair on a
        diagonal, and of all four, as exact expressions and as floats. Everything is decided, nothing is rounded.
    """
    import sympy

    from . import decimation, delta_f, is_exact_rg, ising, kadanoff, majority, rg_hamiltonian, square

    K = sympy.log(sympy.Rational(weight.numerator, weight.denominator))
    H = ising(square(4), K)
    blocks = [[4 * (2 * r + a) + 2 * c + b for a in (0, 1) for b in (0, 1)] for r in (0, 1) for c in (0, 1)]
    hidden = [("h", j) for j in range(4)]
    operators = {
        "decimation": decimation(H.sites, [block[0] for block in blocks], hidden=hidden),
        "majority rule": majority(blocks, tie="random", hidden=hidden),
        "Kadanoff, p = log 2": kadanoff(blocks, sympy.log(2), hidden=hidden),
    }
    kinds = {"constant": [], "neighbours": [0, 1], "diagonal": [0, 3], "four spins": [0, 1, 2, 3]}
    results = {}
    for name, T in operators.items():
        couplings = rg_hamiltonian(T, H).couplings
        found = {kind: -couplings.get(frozenset(hidden[j] for j in group), 0) for kind, group in kinds.items()}
        results[name] = {
            "exact_rg": is_exact_rg(T),
            "delta_f": str(delta_f(T, H)),
            "couplings": {kind: float(value) for kind, value in found.items()},
            "exact": {kind: str(value) for kind, value in found.items()},
        }
    return {
        "figure": "1",
        "software": f"exactrg {__version__}",
        "lattice": "4 x 4 torus, blocks of 2 x 2 spins",
        "K": {"exact": str(K), "value": math.log(weight)},
        "operators": results,
    }


def figure2_numbers(J: float = 1.0, steps: int = 4, n: int = 16) -> dict[str, Any]:
    """Couplings of Eq. 24 level by level, and what the network of Fig. 2B misses of the visible layer.

    Parameters
    ----------
    J : float
        Coupling of the chain, in kT.
    steps : int
        Number of decimations.
    n : int
        Spins of the ring on which the network is compared with the chain by enumeration.

    Returns
    -------
    dict
        JSON values: level, J, lattice spacing, correlation length (in spacings of level 0); KL of Eq. 16 for the first
        RBM against the whole ring, and for its hidden units against the decimated ring.
    """
    from . import decimated_ring, ising, kl_divergence, rbm_hamiltonian, ring
    from .decimation_network import decimation_rbm
    from .one_dimension import correlation_length, rg_flow

    flow = [float(x) for x in rg_flow(J, steps)]
    levels = [
        {"level": k, "J": x, "spacing": 2**k, "correlation_length": 2**k * float(correlation_length(x))}
        for k, x in enumerate(flow)
    ]
    rbm = decimation_rbm(n, J)
    hidden = rbm_hamiltonian(rbm, "visible")
    kept = decimated_ring(n, J).relabel({2 * j: ("h", j) for j in range(n // 2)})
    return {
        "figure": "2",
        "software": f"exactrg {__version__}",
        "J": J,
        "levels": levels,
        "network": {
            "n": n,
            "kl_visible": kl_divergence(ising(ring(n), J), rbm),
            "kl_hidden": kl_divergence(kept, hidden),
        },
    }


def draw_figure1(numbers: dict[str, Any]) -> Any:
    """Draw blocks of blocks of an exact sample, and the couplings of the block spins; return the figure."""
    from . import ising, sample, square
    from .plots import blank_figure, plot_blocks, plot_coupling_groups

    K = numbers["K"]["value"]
    figure = blank_figure((11.5, 3.2))
    first, *middle, last = figure.subplots(1, 4, width_ratios=(1, 1, 1, 2))
    spins = np.asarray(sample(ising(square(8), K), 13, rng=5)[-1]).reshape(8, 8)
    origins = (
        "exact sample; filled: up, open: down",
        "majority of each block of A",
        "majority of each block of B",
    )
    for ax, spacing, origin in zip((first, *middle), ("a", "2a", "4a"), origins, strict=True):
        plot_blocks(spins, ax, spacing=spacing)
        ax.set_xlabel(origin, fontsize="small")
        ax.set_anchor("N")
        spins = majority_of_blocks(spins, np.random.default_rng(1))
    groups = {
        name: {kind: x for kind, x in found["couplings"].items() if kind != "constant"}
        for name, found in numbers["operators"].items()
    }
    plot_coupling_groups(groups, last)
    last.set_title("exact couplings of block spins", fontsize="medium")
    exact = sum(found["exact_rg"] for found in numbers["operators"].values())
    last.set_xlabel(
        f"4 × 4 torus, $K$ = {numbers['K']['exact']}; {exact} of {len(groups)} operators obey Eq. 9", fontsize="small"
    )
    for ax, letter in zip((first, *middle, last), "ABCD", strict=True):
        _panel(ax, letter)
    return figure


def draw_figure2(numbers: dict[str, Any]) -> Any:
    """Draw the decimated chain, its network and its flow; return the figure."""
    from . import decimate, decimation_dbn
    from .plots import blank_figure, plot_decimation, plot_flow, plot_network

    flow = [row["J"] for row in numbers["levels"]]
    steps = min(3, len(flow) - 1)
    figure = blank_figure((10.5, 5.6))
    figure.get_layout_engine().set(w_pad=0.15)
    axes = figure.subplot_mosaic("AB;CC", height_ratios=(1.5, 1))
    plot_decimation(flow[: steps + 1], axes["A"])
    plot_network(decimation_dbn(2 ** (steps + 1), numbers["J"], steps), axes["B"])
    network = numbers["network"]
    axes["A"].set_xlabel("open spins are summed out in the next step", fontsize="small")
    axes["B"].set_xlabel(
        f"ring of {network['n']}: hidden 1 is the decimated ring (KL = {network['kl_hidden']:.1g} nats),\n"
        f"visible is not the ring (KL = {network['kl_visible']:.3f} nats)",
        fontsize="small",
    )
    plot_flow(decimate, axes["C"], starts=(numbers["J"],), steps=len(flow) - 1)
    for level, J in enumerate(flow):
        axes["C"].annotate(f"$J^{{({level})}}$", (math.tanh(J), 1), (0, 6), textcoords="offset points", ha="center")
    for letter, ax in axes.items():
        _panel(ax, letter)
    return figure


def majority_of_blocks(spins: Any, rng: np.random.Generator) -> Any:
    """Majority of each 2 x 2 block of a configuration (Ly, Lx), ties at random."""
    rows, columns = spins.shape
    sums = spins.reshape(rows // 2, 2, columns // 2, 2).sum(axis=(1, 3), dtype=np.int64)
    return np.where(sums == 0, rng.choice((-1, 1), size=sums.shape), np.sign(sums)).astype(np.int8)


def figure1_rows(numbers: dict[str, Any]) -> list[list[Any]]:
    """Rows of the table, a header first."""
    rows: list[list[Any]] = [["operator", "coupling", "value", "exact"]]
    for name, found in numbers["operators"].items():
        rows += [[name, kind, found["couplings"][kind], found["exact"][kind]] for kind in found["couplings"]]
    return rows


def figure2_rows(numbers: dict[str, Any]) -> list[list[Any]]:
    """Rows of the table, a header first; the network's KL stands with its level: visible 0, hidden 1."""
    levels, network = numbers["levels"], numbers["network"]
    beside = [[network["n"], network["kl_visible"]], [network["n"], network["kl_hidden"]]]
    beside += [["", ""]] * (len(levels) - 2)
    return [[*levels[0], "network_n", "network_kl"], *([*a.values(), *b] for a, b in zip(levels, beside, strict=False))]


FIGURES: dict[str, tuple[Callable[[], dict[str, Any]], Callable[[Any], Any], Callable[[Any], list[list[Any]]]]] = {
    "fig1": (figure1_numbers, draw_figure1, figure1_rows),
    "fig2": (figure2_numbers, draw_figure2, figure2_rows),
}


def figure_files(name: str) -> dict[str, bytes]:
    """Compute and draw "fig1" or "fig2": name.json, name.csv, name.png and name.svg, the same bytes each time."""
    from .plots import figure_bytes

    compute, draw, rows = FIGURES[name]
    numbers = compute()
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows(numbers))
    texts = {f"{name}.json": json.dumps(numbers, indent=1).encode(), f"{name}.csv": table.getvalue().encode()}
    return texts | figure_bytes(draw(numbers), name)


def _panel(ax: Any, letter: str) -> None:
    ax.set_title(letter, loc="left", fontweight="bold")
