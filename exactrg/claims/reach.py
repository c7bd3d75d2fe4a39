"""How far each verdict reaches: proved for all sizes, decided for these sizes, or supported by so many random systems."""

from __future__ import annotations

from typing import Any

# Scripts in proofs/ and the claims that they prove as pinned in `formal`, for any number of visible and hidden spins.
SCRIPTS: dict[str, tuple[str, ...]] = {
    "mapping": ("18", "19", "20", "21", "21-general", "22", "22-exact"),
    "marginals": ("1", "2", "4", "6", "7", "10", "11", "12", "13", "14", "15", "C2"),
    "divergence": ("16", "17", "C1", "C3", "C4", "C9"),
    "exactness": ("8", "8-if", "8-min", "8-observables", "8-lin-tegmark", "9", "9-rbm", "C5", "C5-kl", "C7"),
    "composition": ("C6", "C8", "C10", "C10-converse"),
    "derivatives": ("C12",),
    "kadanoff": ("C11",),
    "receptive_fields": ("B",),
    "decimation": (
        "5-orders",
        "23",
        "24",
        "24-general",
        "24-odd",
        "24-semigroup",
        "24-xi",
        "24-field",
        "24-field-general",
        "2C",
    ),
    "network": ("2B-hidden", "2B-upward", "2B-weights", "2B-copy", "decorated", "17-capacity"),
    "critical_point": ("25-onsager", "25-critical"),
}

# What is proved, where it is not the whole claim; the rest is decided as the verdict says.
PARTS: dict[str, str] = {
    "6": "H^RG = -log of it, where T > -infinity",
    "8-lin-tegmark": "Z is kept, and the visible marginal is that of H + K",
    "24-general": "V^b, tanh J' = tanh^b J and A_b^2, for every b",
    "24-field": "what is left of each removed spin, on any ring; a kept spin has two such neighbours",
    "24-field-general": "the invariant, for b = 2",
    "2C": "0 < tanh^(b+1) J < tanh^b J for every b and J > 0, so that 0 < J' < J",
    "24-semigroup": "the coupling, for all b and c",
    "24-xi": "log tanh^b J = b log tanh J for J > 0 and every b",
    "B": "three layers of weights of any sizes, any signs",
    "2B-hidden": "the marginals of both layers of one layer of weights, on any ring",
    "2B-upward": "p(h|v) is exact, and takes any ring to Tr_v e^{-E}, which 2B-hidden decimates",
    "2B-copy": "the step is exact, for any spins copied",
    "decorated": "any graph, in terms of w with cosh 2w = e^{2|K|}, without fields",
    "17-capacity": "every target of two spins, in terms of w with cosh 2w = e^{2|K|}",
    "25-onsager": "sinh 2J = 1 at e^{2J} = 1 + sqrt 2; tanh J* = e^{-2J} gives sinh 2J sinh 2J* = 1 for every J > 0",
    "25-critical": "log(1 + sqrt 2)/2 > 0.43525, the critical point of the infinite lattice",
}

# Decided on random systems alone.
RANDOM_ONLY = frozenset({"B"})

_SCRIPT = {claim: f"proofs/{script}.py" for script, claims in SCRIPTS.items() for claim in claims}


def derived(id: str) -> dict[str, str]:
    """Return the fields of a claim that say where it is proved, and which part."""
    return {"derivation": _SCRIPT[id], "part": PARTS.get(id, "")} if id in _SCRIPT else {}


def reach(claim: Any, decided_by: str = "") -> str:
    """Say how far a verdict reaches; ``decided_by`` is the one of a `Verdict`, if there is one."""
    if claim.holds is None:
        return "pending"
    if claim.outcomes != ("proved", "refuted"):
        return "measured, on the runs that are named"
    if claim.derivation and not claim.part:
        return f"{'proved' if claim.expected == 'proved' else 'settled'} for all sizes in {claim.derivation}"
    shown = f" ({decided_by})" if decided_by else ""
    if claim.id in RANDOM_ONLY:
        here = f"supported by random systems{shown}"
    elif claim.expected != "proved" and not claim.exists:
        here = f"settled by a counterexample{shown}"
    else:
        here = f"decided for these sizes{shown}"
    if claim.derivation:
        return f"proved for all sizes in {claim.derivation}: {claim.part}; the rest is {here}"
    return here
