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
    "network": (
        "2B-hidden",
        "2B-visible",
        "2B-upward",
        "2B",
        "2B-sum",
        "2B-weights",
        "2B-copy",
        "decorated",
        "17-capacity",
    ),
    "network_divergence": ("2B-kl",),
    "schemes": ("III-schemes",),
    "expansions": ("3", "5", "18-family"),
    "critical_point": ("25", "25-onsager", "25-critical"),
}

# What is proved, where it is not the whole claim; the rest is decided as the verdict says.
PARTS: dict[str, str] = {
    "3": "one spin after the other, f(v,s) = A(v) + s B(v) in exactly one way; products over sets are orthogonal for every N",
    "5": "the constant is positive wherever removed spins are coupled to kept spins alone",
    "25": "Z = Tr V^2 and Tr V^3, for tori of two and three rows of any width",
    "2B-kl": "Delta F = 0 and KL = sum_j (log 2 - S_j) on any ring; log 2 - S = P(v1 = v3) (2J tanh 2J - log cosh 2J) for "
    "any rest of the ring; 2J tanh 2J > log cosh 2J for J > 0, and both are even in J",
    "6": "H^RG = -log of it, where T > -infinity",
    "24-general": "V^b, tanh J' = tanh^b J and A_b^2, for every b",
    "24-field": "what is left of each removed spin, on any ring; a kept spin has two such neighbours",
    "24-field-general": "the invariant, for b = 2; V^b = alpha V + beta, one factor V after the other, keeps it for every b",
    "2C": "0 < tanh^(b+1) J < tanh^b J for every b and J > 0, so that 0 < J' < J",
    "24-semigroup": "the coupling, for all b and c",
    "24-xi": "log tanh^b J = b log tanh J for J > 0 and every b",
    "B": "three layers of weights of any sizes, any signs",
    "2B-upward": "p(h|v) is exact, and takes any ring to Tr_v e^{-E}, which 2B-hidden decimates",
    "2B-copy": "the step is exact, for any spins copied",
    "25-onsager": "sinh 2J = 1 at e^{2J} = 1 + sqrt 2; tanh J* = e^{-2J} gives sinh 2J sinh 2J* = 1 for every J > 0",
    "25-critical": "log(1 + sqrt 2)/2 > 0.43525, the critical point of the infinite lattice",
}

# Theorems of proofs/audit, "file.name", that prove a claim again in Coq, or the part of it that the README there names.
AUDIT: dict[str, tuple[str, ...]] = {
    "8": ("Counterexamples.Eq_8_forwards_fails", "Counterexamples.Eq_8_forwards_fails_without_constant"),
    "8-if": ("Mapping.Eq_8_backwards",),
    "8-min": ("Counterexamples.Delta_F_is_unbounded",),
    "9-rbm": ("Mapping.C7_never_exact", "Spins.C7_paper"),
    "14": ("Mapping.Eq_14",),
    "15": ("Mapping.Eq_15",),
    "19": ("Mapping.Eq_19",),
    "20": ("Mapping.Eq_20",),
    "21": ("Mapping.Eq_21",),
    "21-general": ("Mapping.Eq_21",),
    "22": ("Mapping.Eq_22",),
    "24": ("Ring.Eq_24", "Ring.Eq_24_exponential", "Ring.Eq_24_kept_spins", "Ring.Eq_24_partition_function"),
    "2C": ("Ring.Eq_24_flow",),
    "C1": ("Mapping.C1",),
    "C2": ("Mapping.C2",),
    "C3": ("Mapping.C3",),
    "C4": ("Mapping.C4",),
    "C5": ("Mapping.C5",),
    "C5-kl": ("Counterexamples.KL_alone_is_not_enough",),
    "C6": ("Mapping.C6",),
    "C7": ("Mapping.C7", "Spins.C7_paper"),
    "C8": ("Steps.C8_hamiltonian", "Steps.C8_exact", "Steps.C8_free_energy"),
    "C9": ("Steps.C9",),
    "C10": ("Steps.C10",),
    "C11": ("Steps.C11",),
}

# Decided on random systems alone.
RANDOM_ONLY = frozenset({"B"})

_SCRIPT = {claim: f"proofs/{script}.py" for script, claims in SCRIPTS.items() for claim in claims}


def derived(id: str) -> dict[str, Any]:
    """Return the fields of a claim that say where it is proved, which part, and by which theorems of the audit."""
    return {"derivation": _SCRIPT.get(id, ""), "part": PARTS.get(id, ""), "audit": AUDIT.get(id, ())}


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
        here = f"supported by {decided_by or 'random systems'}"
    elif claim.expected != "proved" and not claim.exists:
        corrected = shown and claim.repaired is not None
        here = f"settled by a counterexample{', and as corrected decided for these sizes' if corrected else ''}{shown}"
    else:
        here = f"decided for these sizes{shown}"
    if claim.derivation:
        return f"proved for all sizes in {claim.derivation}: {claim.part}; the rest is {here}"
    return here
