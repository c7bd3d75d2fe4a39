"""What `approx.exactness` found, as JSON values and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .estimate import Estimate
from .exactness import Exactness, LayerGain


def numbers(found: Exactness, gains: Sequence[LayerGain]) -> dict[str, Any]:
    """What is written down about one network, as JSON values; pairs are a value and its standard error."""
    both = found.both_ways
    return {
        "log_q": {
            "mean": _pair(found.log_q_mean),
            "sd": found.spread,
            "quantiles": {str(q): value for q, value in found.quantiles.items()},
            "samples": int(found.log_q.size),
        },
        "log_z": {"ising": _pair(found.log_z), "forward": _pair(both.forward), "reverse": _pair(both.reverse)},
        "from_ising": None
        if found.from_ising is None
        else [*_pair(found.from_ising), found.from_ising.effective_samples],
        "effective": {"forward": both.forward.effective_samples, "reverse": both.reverse.effective_samples},
        "chains": int(both.weights.size),
        "temperatures": both.steps,
        "sweeps": both.sweeps,
        "forward_minus_reverse": list(found.disagreement),
        "delta_f": _pair(found.delta_f),
        "kl": _pair(found.kl),
        "kl_twice": [_pair(e) for e in found.kl_twice],
        "jensen": list(found.jensen),
        "reverse_kl": _pair(found.reverse_kl),
        "reverse_kl_of_chains": _pair(found.reverse_kl_of_chains),
        "observables": {who: {what: _pair(e) for what, e in row.items()} for who, row in found.observables.items()},
        "layers": [
            {
                "layer": g.layer,
                "log_z": _pair(g.log_z),
                "forward": _pair(g.both_ways.forward),
                "reverse": _pair(g.both_ways.reverse),
                "gain": _pair(g.gain),
                "bound": _pair(g.bound),
            }
            for g in gains
        ],
    }


def _pair(e: Estimate) -> list[float]:
    return [float(e.value), float(e.stderr)]


def text_of(pair: Sequence[float]) -> str:
    """Write a value with the digits that its error leaves; an exact one has two decimals."""
    value, stderr = pair
    return f"{value:.2f}" if stderr == 0.0 else str(Estimate(value, stderr))
