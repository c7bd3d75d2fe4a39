"""The page of `approx.exactness`: networks measured one after another, a table, a plot, and the numbers as JSON."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from exactrg.dbn import DBN
from exactrg.errors import InputError, a_type
from exactrg.files.atomic import write_atomically
from exactrg.files.store import load
from exactrg.hamiltonians import ising
from exactrg.lattices import square
from exactrg.polynomial import SpinPolynomial
from exactrg.rbm import RBM

from .exactness import SAMPLES, LayerGain, exactness, exactness_of_stack
from .exactness_numbers import numbers, text_of
from .sampling import sample
from .streams import child
from .training_checkpoint import read_machine
from .workers import usable_threads

LATTICE, COUPLING = 40, 0.408
COMMAND = "python -m approx.exactness"
_HELD_OUT = 100  # what random numbers are for


@dataclass(frozen=True, eq=False)
class Network:
    """A network to be measured.

    Parameters
    ----------
    run : str
        What it is called, and what networks along one training share.
    epoch : int or None
        Of its only layer; None at the end of training.
    dbn : DBN
    """

    run: str
    epoch: int | None
    dbn: DBN

    @property
    def name(self) -> str:
        """How it stands in the table."""
        return self.run if self.epoch is None else f"{self.run}, epoch {self.epoch}"


def read_networks(path: Path) -> list[Network]:
    """Read a model, or all networks of a run of `approx.figure3`: those of the epochs that were kept, and the stack.

    Raises
    ------
    InputError
        If it is neither.
    SamplesFileError, FileFormatError
        If a file is damaged.
    """
    if not path.is_dir():
        model = load(path)
        if not isinstance(model, RBM | DBN):
            raise InputError(f"{path} is {a_type(model)}: expected an RBM or a DBN")
        return [Network(path.stem, None, model if isinstance(model, DBN) else DBN([model]))]
    layers = sorted(path.glob("layers.?"))
    if not layers:
        raise InputError(
            f"{path} has no layers.0: expected a run of `python -m approx.figure3`, compact-seed1 for example"
        )
    kept = {int(file.name.rpartition("-")[2]): file for file in path.glob("layers.0.epoch-*")}
    along = [Network(path.name, epoch, DBN([read_machine(kept[epoch])])) for epoch in sorted(kept)]
    return [*along, Network(path.name, None, DBN(read_machine(file) for file in layers))]


def page(results: Sequence[dict[str, Any]], picture: str) -> str:
    """Write the page."""
    whole = [r for r in results if r["epoch"] is None]
    parts = [_HEAD.format(command=COMMAND, picture=picture, samples=results[0]["log_q"]["samples"])]
    parts += ["## How far from exact\n", _table(*_distances(results)), _NOTES]
    if whole:
        parts += ["## The RBM's own samples\n", _table(*_observables(whole)), _OWN]
        parts += ["## What each layer adds\n", _table(*_layers(whole)), _STACK]
    return "\n".join(parts)


def _distances(results: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    head = ["network", "E log q", "sd log q", "Delta F", "KL(P\\|\\|p)", "KL(p\\|\\|P)", "log Z' forward", "reverse", "from P",
            "forward - reverse", "C3: two routes differ by", "chains x temperatures", "s"]  # fmt: skip
    rows = [
        [
            r["network"], text_of(r["log_q"]["mean"]), f"{r['log_q']['sd']:.1f}", text_of(r["delta_f"]), text_of(r["kl"]),
            text_of(r["reverse_kl"]),
            f"{text_of(r['log_z']['forward'])} ({r['effective']['forward']:.0f})",
            f"{text_of(r['log_z']['reverse'])} ({r['effective']['reverse']:.0f})",
            "{} ({:.0f})".format(text_of(r["from_ising"][:2]), r["from_ising"][2]) if r["from_ising"] else "",
            "{:.2f} ({:.1f} sigma)".format(*r["forward_minus_reverse"]),
            "{:.2f} ({:.1f} sigma)".format(*r["jensen"]),
            f"{r['chains']} x {r['temperatures']}", f"{r['seconds']:.0f}",
        ]
        for r in results
    ]  # fmt: skip
    return head, rows


def _observables(results: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    first = results[0]["observables"]
    head = ["observable", "exact", "Ising samples"]
    head += [f"{r['network']}: {who}" for r in results for who in ("annealed", "chains from data")]
    rows = []
    for what in first["samples"]:
        row = [
            what,
            f"{first['exact'][what][0]:.4f}" if what in first["exact"] else "",
            text_of(first["samples"][what]),
        ]
        rows.append(row + [text_of(r["observables"][who][what]) for r in results for who in ("annealed", "chains")])
    return head, rows


def _layers(results: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    head = ["network", "layer", "log Z", "annealed forward", "reverse", "gain", "KL(P\\|\\|stack) at most"]
    return head, [
        [
            r["network"],
            str(g["layer"]),
            text_of(g["log_z"]) if g["log_z"][1] == 0.0 else "",
            *(_beside(g[way], g["log_z"]) for way in ("forward", "reverse")),
            text_of(g["gain"]) if g["layer"] > 1 else "",
            text_of(g["bound"]),
        ]
        for r in results
        for g in r["layers"]
    ]


def _beside(estimate: Sequence[float], exact: Sequence[float]) -> str:
    """Return an estimate, and how many standard errors it is from what is exact."""
    away = f" ({(estimate[0] - exact[0]) / estimate[1]:+.1f} sigma)" if exact[1] == 0.0 else ""
    return text_of(estimate) + away


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


_HEAD = """# Is it an exact RG?

Written by `{command}`; do not edit. Everything is in nats; log q(v) = log Tr_h e^T = H - H_RBM is zero for every v if the
step is exact (Eq. 9). P is the Ising model on the 40 x 40 torus at K = 0.408 (1600 spins), p the first RBM's visible
marginal (1600 + 400 units). {samples:,} samples of P by coupling from the past, none of them used in training; log Z of P by
Kaufman's formula; log Z' of p by annealed importance sampling from independent spins to p (forward) and, from chains that
began where the forward ones ended, back to them (reverse). The networks are those of Fig. 3, seed 1:

    python -m approx.figure3 --recipe compact --keep-epochs 1 2 5 10 20 --out figure3
    python -m approx.figure3 --recipe paper --keep-epochs 1 2 5 10 20 50 100 --out figure3
    python -m approx.exactness --networks figure3/compact-seed1 figure3/paper-seed1 --chains 128 --ising-temperatures 2048

![Distance from an exact RG along training]({picture})
"""

_NOTES = """
How to read it. Errors are one standard error; they do not cover a part of the space that no chain has seen. After the logs
of Z', in brackets: how many of the chains' weights are effective. Forward estimates are too low, if anything, and reverse
ones too high. Both would miss a part of p's space that annealing does not lead to; "from P" anneals from the samples of P
themselves, half of them with each sign of the magnetisation, and is too low if few weights are effective. Delta F and the
divergences are those of the forward estimate: add forward - reverse, with its sign turned, for those of the reverse one.
Where two estimates are more than about three sigma apart, take them as an interval. The constant of E is free: adding
-Delta F to it makes Delta F = 0 and the mean of log q equal to -KL(P||p), but leaves the sd of log q and both divergences as
they are; these say how far from exact the step is. The two routes to KL(P||p) = -Delta F - E_P[log q] (claim C3) take
forward annealing with one half of the samples, and reverse annealing with the other half; Kaufman's log Z, the temperatures
and the places where the reverse chains begin are all that they share.
"""

_OWN = """
Energy and specific heat are per site in kT, magnetisation per site. "Exact" are Kaufman's energy, specific heat and nearest
correlation of the 40 x 40 torus, and Toeplitz determinants for the other correlations, which are those of the infinite lattice.
"Annealed" chains are weighted; "chains from data" start at samples of P, half of them with each sign of the magnetisation,
and keep their sign for longer than they were run: where the two differ, trust the annealed ones.
"""

_STACK = """
The gain is E[log p_l(h) - log p_(l-1)(h)] over p(h|v) applied to samples of P, layer by layer; the bound is
KL(P||p_1) less all gains. "log Z" is a sum over all 2^25 configurations of the top layer; in brackets after the annealed
values is how many of their standard errors they are from it.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure networks and write the page, its numbers and its plot."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument(
        "--networks", nargs="+", type=Path, default=[], metavar="PATH",
        help="folders of runs of `python -m approx.figure3`, or models of `exactrg train`",
    )  # fmt: skip
    parser.add_argument(
        "--records", nargs="+", type=Path, default=[], help="JSON of earlier runs, to join; of one network the last"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/exactness.md"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chains", type=int, default=512)
    parser.add_argument("--sweeps", type=int, default=2000)
    parser.add_argument("--temperatures", type=int, default=8192, help="at most")
    parser.add_argument(
        "--ising-temperatures", type=int, default=0, help="of a third estimate of log Z', from P itself"
    )
    parser.add_argument("--threads", type=int, default=None)
    given = parser.parse_args(arguments)
    networks = [network for path in given.networks for network in read_networks(path)]
    record = given.out.with_suffix(".json")
    earlier = (result for path in given.records for result in json.loads(path.read_bytes()))
    results: list[dict[str, Any]] = list({result["network"]: result for result in earlier}.values())
    H = ising(square(LATTICE), COUPLING)
    if networks:
        v = held_out(H, SAMPLES, given.seed, usable_threads(given.threads))
    for network in networks:
        results.append(measure(network, H, v, given))
        write_atomically(record, (json.dumps(results, indent=1) + "\n").encode())
    if not results:
        parser.error("nothing to measure: write --networks FILE ..., or --records FILE ...")
    results.sort(key=lambda r: (r["run"], r["epoch"] or math.inf))
    write_atomically(record, (json.dumps(results, indent=1) + "\n").encode())
    write_page(results, given.out)
    return 0


def held_out(H: SpinPolynomial, n: int, seed: int, threads: int) -> npt.NDArray[np.int8]:
    """Draw from the past, from other random numbers than the samples that a network of the same seed was trained on."""
    return sample(H, n, child(np.random.SeedSequence(seed), _HELD_OUT), method="perfect", threads=threads)


def measure(network: Network, H: Any, v: npt.NDArray[np.int8], given: argparse.Namespace) -> dict[str, Any]:
    """Measure one network."""
    dbn, start = network.dbn, time.perf_counter()
    found = exactness(
        dbn.rbms[0], H, v, rng=given.seed, n=given.chains, sweeps=given.sweeps, max_steps=given.temperatures,
        ising_steps=given.ising_temperatures, threads=given.threads,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    gains: Sequence[LayerGain] = ()
    if len(dbn.rbms) > 1:
        gains = exactness_of_stack(dbn, found, v, rng=given.seed, n=given.chains, threads=given.threads)
    result = {"network": network.name, "run": network.run, "epoch": network.epoch, "seconds": round(seconds, 1)}
    result |= numbers(found, gains)
    print(f"{result['network']}: KL {found.kl}, sd of log q {found.spread:.2f}, {seconds:.0f} s", flush=True)
    return result


def write_page(results: Sequence[dict[str, Any]], out: Path) -> None:
    """Write the page and its plot."""
    from exactrg.plots import figure_bytes

    from .plots import plot_exactness

    picture = out.with_suffix(".png")
    files = figure_bytes(plot_exactness(results).figure, picture.stem, dpi=120)
    write_atomically(picture, files[picture.name])
    write_atomically(out, page(results, picture.name).encode())
