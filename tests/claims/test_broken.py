"""Check the checker: for every claim, a plausible error in one ingredient makes `verify` reach another verdict.

The systems are the first ones of those on which test_verdicts.py finds the ledger's verdicts, without the errors.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
import sympy
from claims import wrong, wrong_records
from claims.wrong import Patch, everywhere, ingredient, within

from exactrg import (
    DBN,
    RBM,
    BoltzmannWeight,
    Exact,
    RGOperator,
    decimation,
    delta_f,
    expectation,
    free_energy,
    ising,
    kadanoff,
    kl_divergence,
    log,
    partition_function,
    rg_hamiltonian,
    ring,
    square,
    trace_condition,
)
from exactrg import decimation_network as network
from exactrg.claims import claims, examples, figure3, mapping, rbms, steps, variational_rg
from exactrg.claims import decimation_network as claimed_network
from exactrg.claims.ledger import Cases, decide
from exactrg.claims.systems import scalar_weight
from exactrg.decimation_in_field import decimate_in_field
from exactrg.infinite import is_critical
from exactrg.marginals import marginal_weight
from exactrg.one_dimension import decimate, inverse_correlation_length
from exactrg.operators import decorated_rbm, noisy_copy
from exactrg.rg import coarse_weight

FEW = 24


class Break(NamedTuple):
    """An error, and a claim whose verdict it changes."""

    claim: str
    name: str
    patch: Patch


BREAKS = [
    Break("1", "P = e^{+H}/Z", ingredient("P", lambda s, P: (scalar_weight(sympy.Integer(1)) / s.a).probability())),
    Break("1", "P not normalised", within(BoltzmannWeight, "probability", lambda right: lambda weight: weight)),
    Break(
        "2",
        "constant of H dropped",
        everywhere(partition_function, lambda right: lambda H: right(wrong.without_constant(H))),
    ),
    Break(
        "3",
        "log drops the constant",
        everywhere(log, lambda right: lambda weight: wrong.without_constant(right(weight))),
    ),
    Break("3", "log not divided by 2^N", everywhere(log, lambda right: lambda w: right(w) * 2 ** len(w.sites))),
    Break("4", "F = +log Z", everywhere(free_energy, wrong.other_sign)),
    Break("5", "H^RG made without its constant", everywhere(rg_hamiltonian, wrong.no_constant_in_h_rg)),
    Break("5", "H^RG cut at fields", everywhere(rg_hamiltonian, wrong.rg_up_to(1))),
    Break("5-orders", "H^RG cut at pairs", everywhere(rg_hamiltonian, wrong.rg_up_to(2))),
    Break("6", "e^{T + H}", ingredient("coarse", lambda s, coarse: (s.T.weight / s.a).trace(s.visible))),
    Break("6", "e^{T + H} in the package", everywhere(coarse_weight, wrong.opposite_hamiltonian)),
    Break("7", "F^v - F^h", everywhere(delta_f, wrong.other_sign)),
    Break("8", "mean of q for q", ingredient("is_exact", wrong.mean_q_is_one)),
    Break(
        "8-if",
        "mean over h for Tr_h in Z'",
        ingredient("delta_f", lambda s, d: d + len(s.hidden) * Exact(sympy.log(2))),
    ),
    Break(
        "8-if", "exact in the mean only", within(variational_rg, "made_exact", lambda right: wrong.divided_by_the_mean)
    ),
    Break(
        "8-min", "|Delta F| minimised", ingredient("delta_f", lambda s, d: d * d.sign() if not d.symbols else Exact(0))
    ),
    Break("8-min", "constants of T dropped", within(variational_rg, "_raised", lambda right: lambda s, t: s)),
    Break("8-observables", "mean over h for Tr_h", everywhere(trace_condition, wrong.averaged)),
    Break(
        "8-lin-tegmark",
        "log Z~ left out",
        within(variational_rg, "log_partition_function", lambda right: lambda H: Exact(0)),
    ),
    Break("8-lin-tegmark", "mean of q for q", ingredient("is_exact", wrong.mean_q_is_one)),
    Break("9", "T - log E_P[q]", within(variational_rg, "made_exact", lambda right: wrong.divided_by_the_mean)),
    Break("9-rbm", "mean over h for Tr_h", everywhere(trace_condition, wrong.averaged)),
    Break("10", "no constant from 0/1 units", within(RBM, "to_binary_units", wrong.no_conversion_constant)),
    Break("10", "w = +W/4", within(RBM, "to_binary_units", wrong.positive_quarter)),
    Break("11", "divided by Z, not Z'", ingredient("Z_joint", lambda s, right: s.Z)),
    Break("12", "Tr over the visible layer", ingredient("p_visible", wrong.of_the_other_layer)),
    Break("12", "the data for the model", ingredient("p_visible", lambda s, right: s.P)),
    Break("13", "Tr over the hidden layer", ingredient("p_hidden", wrong.of_the_other_layer)),
    Break("13", "e^{T + H}", everywhere(coarse_weight, wrong.opposite_hamiltonian)),
    Break("14", "visible biases left out", everywhere(marginal_weight, wrong.without_outer_biases)),
    Break("15", "hidden biases left out", everywhere(marginal_weight, wrong.without_outer_biases)),
    Break("15", "w reshaped, not transposed", within(RBM, "transpose", wrong.reshaped_transpose)),
    Break("16", "KL reversed", everywhere(kl_divergence, wrong.reversed_kl)),
    Break("17", "p without its normalisation", ingredient("kl", lambda s, kl: kl + s.delta_f)),
    Break("16", "KL of one spin", ingredient("kl", wrong.of_one_spin)),
    Break("17", "log(p/P)", ingredient("kl", lambda s, kl: -kl)),
    Break("17-capacity", "sign of K lost", within(rbms, "_matching_rbm", wrong.unsigned_match)),
    Break("17-capacity", "without a constant", within(rbms, "_matching_rbm", wrong.no_constant_in_match)),
    Break("B", "signs lost", within(DBN, "receptive_fields", wrong.absolute_fields)),
    Break(
        "B", "top layer alone", within(DBN, "receptive_fields", lambda right: lambda dbn: [rbm.w for rbm in dbn.rbms])
    ),
    Break("18", "T = -E - H", wrong.minus_e_minus_h),
    Break("18-family", "E read into w, b and c", within(RGOperator, "energy", wrong.restricted_energy)),
    Break("19", "divided by Z, not Z'", ingredient("Z_joint", lambda s, right: s.Z)),
    Break("20", "T = -E - H", wrong.minus_e_minus_h),
    Break("20", "Tr over the hidden layer", ingredient("p_hidden", wrong.of_the_other_layer)),
    Break("21", "T = -E - H", wrong.minus_e_minus_h),
    Break("21", "constant of H^RG dropped", everywhere(rg_hamiltonian, wrong.no_constant_in_h_rg)),
    Break("21-general", "T = -E - H", wrong.minus_e_minus_h),
    Break(
        "21-general", "interactions within layers lost", everywhere(marginal_weight, wrong.without_layer_interactions)
    ),
    Break("22", "T = -E - H", wrong.minus_e_minus_h),
    Break("22", "p(v|h) for p(h|v)", ingredient("conditional", lambda s, right: s.p / s.p_hidden)),
    Break("22-exact", "exact in the mean only", within(mapping, "made_exact", lambda right: wrong.divided_by_the_mean)),
    Break("22-exact", "unnormalised KL", ingredient("kl", lambda s, kl: kl + s.log_Z)),
    Break("23", "H = +J sum", everywhere(ising, wrong.antiferromagnet)),
    Break("23", "a bond of ring(2) lost", everywhere(ring, lambda right: wrong.single_bonds)),
    Break("24", "every other spin is not the first half", everywhere(decimation, wrong.keeps_the_first_half)),
    Break("24", "a bond of ring(2) lost", everywhere(ring, lambda right: wrong.single_bonds)),
    Break("24", "constant of H^RG dropped", everywhere(rg_hamiltonian, wrong.no_constant_in_h_rg)),
    Break("24-field", "no field on removed spins", everywhere(ising, wrong.field_on_kept_spins)),
    Break("24-field", "cosh(2K + h) twice", within(examples, "_log_cosh", lambda right: lambda x: right(x + x))),
    Break("25", "double bonds of square(2) lost", everywhere(square, lambda right: wrong.single_bond_torus)),
    Break("25", "H = +J sum", everywhere(ising, wrong.antiferromagnet)),
    Break("24-general", "a block of one bond less", everywhere(decimate, wrong.one_bond_less)),
    Break("24-general", "constant of a block dropped", everywhere(decimate, wrong.no_block_constant)),
    Break("24-odd", "the last bond closed twice", within(examples, "chain", lambda right: ring)),
    Break("24-odd", "J' = J", everywhere(decimate, wrong.unchanged_coupling)),
    Break("24-semigroup", "constant per spin, not per block", everywhere(decimate, wrong.constant_per_spin)),
    Break("24-xi", "a block of one bond less", everywhere(decimate, wrong.one_bond_less)),
    Break("24-xi", "xi of 2J", everywhere(inverse_correlation_length, lambda right: lambda J: right(2 * Exact(J)))),
    Break("24-field-general", "h' = h", everywhere(decimate_in_field, wrong.unchanged_field)),
    Break("2C", "J' = J", everywhere(decimate, wrong.unchanged_coupling)),
    Break("2C", "h' = h", everywhere(decimate_in_field, wrong.unchanged_field)),
    Break("2B-hidden", "J^(0) in all layers", within(network, "rg_flow", wrong.no_flow)),
    Break("2B-visible", "weights read as couplings", within(claimed_network, "_coupled", wrong.weights_as_couplings)),
    Break("2B", "H taken from the machine", within(claimed_network.Network, "H", wrong.hamiltonian_of_the_machine)),
    Break("2B-kl", "KL reversed", everywhere(kl_divergence, wrong.reversed_kl)),
    Break(
        "2B-kl", "F^v of another ring", within(claimed_network, "delta_f", lambda right: lambda T, H: right(T, 2 * H))
    ),
    Break("2B-upward", "J^(0) in all layers", within(network, "rg_flow", wrong.no_flow)),
    Break(
        "2B-sum",
        "the first layer alone",
        within(claimed_network, "summed_energy", lambda right: lambda dbn: dbn.rbms[0].energy()),
    ),
    Break("2B-weights", "copies without errors", everywhere(noisy_copy, wrong.perfect_copy)),
    Break("2B-copy", "copies without errors", everywhere(noisy_copy, wrong.perfect_copy)),
    Break("2B-copy", "e^{w h v} for e^{2 w h v}", everywhere(noisy_copy, wrong.doubled_weight)),
    Break("decorated", "log 2 + |K| left out", everywhere(decorated_rbm, wrong.no_decoration_constant)),
    Break("decorated", "fields of the other sign", everywhere(decorated_rbm, wrong.opposite_fields)),
    Break("25-onsager", "the triangular lattice", everywhere(is_critical, wrong.on_the_triangular_lattice)),
    Break("25-critical", "critical within 2 per cent", everywhere(is_critical, wrong.roughly_critical)),
    *(
        Break(f"{id}-{recipe}", name, within(figure3, "recorded_runs", patch))
        for recipe in ("paper", "compact")
        for id, name, patch in (
            ("3B-C", "a scattered middle layer", wrong_records.scattered_middle_layer),
            ("3B-D", "the other recipe's runs", wrong_records.recipes_exchanged),
            ("3D-size", "the other recipe's runs", wrong_records.recipes_exchanged),
            ("3D", "the other recipe's runs", wrong_records.recipes_exchanged),
            ("3-L1", "the other recipe's runs", wrong_records.recipes_exchanged),
            ("3-data", "another control", wrong_records.other_control),
            ("3-data", "the recipe as its control", wrong_records.recipe_as_control),
            ("3E", "noise for what is kept", wrong_records.drawn_for_kept),
            ("3E-spins", "noise for what is kept", wrong_records.drawn_for_kept),
        )
    ),
    *(
        Break(f"{id}-compact", name, within(figure3, "recorded_runs", patch))
        for id, name, patch in (
            ("3B-D", "the control without L1", wrong_records.control_as_recipe("no-L1")),
            ("3D-size", "shuffled radii", wrong_records.shuffled_radii),
            ("3D", "shuffled radii", wrong_records.shuffled_radii),
            ("3D", "the control K = 0", wrong_records.control_as_recipe("K=0")),
            ("3E", "the control K = 0", wrong_records.control_as_recipe("K=0")),
            ("3-L1", "the recipe as its control", wrong_records.recipe_as_control),
            ("3-permuted", "pixels not put back", wrong_records.pixels_left_in_disorder),
        )
    ),
    Break(
        "3-permuted-paper", "the other recipe's runs", within(figure3, "recorded_runs", wrong_records.recipes_exchanged)
    ),
    Break("III-schemes", "KL reversed", everywhere(kl_divergence, wrong.reversed_kl)),
    Break("III-schemes", "F^v - F^h", everywhere(delta_f, wrong.other_sign)),
    Break("C1", "F^v - F^h", everywhere(delta_f, wrong.other_sign)),
    Break("C1", "mean over h for Tr_h", everywhere(trace_condition, wrong.averaged)),
    Break("C2", "q of the wrong layer", ingredient("q", lambda s, q: s.T.weight.trace(s.visible))),
    Break("C2", "T = -E - H", wrong.minus_e_minus_h),
    Break("C3", "KL reversed", everywhere(kl_divergence, wrong.reversed_kl)),
    Break("C3", "F^v - F^h", everywhere(delta_f, wrong.other_sign)),
    Break("C4", "q constant in the mean", ingredient("q_is_constant", wrong.mean_q_is_one)),
    Break("C4", "Z/Z'", ingredient("Z_joint", lambda s, right: 1 / right)),
    Break("C5", "mean of q for q", ingredient("is_exact", wrong.mean_q_is_one)),
    Break("C5", "KL alone", ingredient("delta_f", lambda s, right: Exact(0))),
    Break("C5", "Delta F alone", ingredient("kl", lambda s, right: Exact(0))),
    Break("C5-kl", "q constant for q = 1", ingredient("is_exact", lambda s, right: s.q_is_constant)),
    Break("C6", "the data for the model", ingredient("p_visible", lambda s, right: s.P)),
    Break(
        "C7", "an RBM with a constant", within(steps, "symbolic_rbm", lambda right: lambda n, m, constant: right(n, m))
    ),
    Break("C7", "mean over h for Tr_h", everywhere(trace_condition, wrong.averaged)),
    Break("C8", "mean over the middle layer", within(RGOperator, "compose", wrong.averaging_compose)),
    Break("C8", "first step forgotten", within(RGOperator, "compose", wrong.forgets_the_first_fields)),
    Break("C8", "F^v - F^h", everywhere(delta_f, wrong.other_sign)),
    Break("C9", "KL reversed", everywhere(kl_divergence, wrong.reversed_kl)),
    Break(
        "C9", "data passed up taken for the model's p(h)", ingredient("p_hidden", lambda s, right: wrong.passed_up(s))
    ),
    Break("C10", "Hinton's sign upwards", within(RGOperator, "from_conditional", wrong.hinton_upward)),
    Break("C10", "q constant in the mean", ingredient("q_is_constant", wrong.mean_q_is_one)),
    Break("C10-converse", "p(h) not normalised", ingredient("p_hidden", lambda s, right: s.coarse)),
    Break("C11", "2cosh p for each spin", everywhere(kadanoff, wrong.plain_cosh)),
    Break("C11", "p of the other sign", everywhere(kadanoff, lambda right: lambda blocks, p: right(blocks, -p))),
    Break("C12", "Hinton's sign", everywhere(expectation, wrong.other_sign)),
]


LEDGER = {claim.id: claim for claim in claims()}


@pytest.mark.parametrize("broken", BREAKS, ids=lambda b: f"{b.claim}: {b.name}")
def test_an_error_changes_the_verdict(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.patch(monkeypatch)
    verdict = decide(LEDGER[broken.claim], Cases(seed=0, count=FEW))
    assert not verdict.as_expected, verdict


def test_the_table_has_every_claim() -> None:
    assert {b.claim for b in BREAKS} == {claim.id for claim in claims() if claim.expected != "pending"}
