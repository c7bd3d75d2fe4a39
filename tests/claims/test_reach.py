"""How far verdicts reach, and that the pinned definitions are those of the package."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from rich.console import Console

from exactrg import RBM, decimate, decimate_in_field, rbm_hamiltonian
from exactrg.claims import claims, tables
from exactrg.claims import formal as F
from exactrg.claims import formal_spins as S
from exactrg.claims.ledger import Cases, decide
from exactrg.claims.reach import RANDOM_ONLY, reach
from exactrg.claims.systems import System
from exactrg.proof import Definition, Term
from exactrg.proof.mutation import Reals

LEDGER = {claim.id: claim for claim in claims()}
DRAWN = Cases(3, 6)


@pytest.mark.parametrize(
    ("id", "text"),
    [
        ("20", "proved for all sizes in proofs/mapping.py"),
        ("8", "settled for all sizes in proofs/exactness.py"),
        ("25-critical", "proved for all sizes in proofs/critical_point.py: log(1 + sqrt 2)/2 > 0.43525"),
        ("3", "decided for these sizes"),
        ("2B", "settled by a counterexample"),
    ],
)
def test_reach_says_how_far(id: str, text: str) -> None:
    assert LEDGER[id].reach.startswith(text)


def test_reach_names_what_a_verdict_rests_on() -> None:
    verdict = decide(LEDGER["4"], DRAWN)
    assert reach(LEDGER["4"], verdict.decided_by) == "proved for all sizes in proofs/marginals.py"
    bare = replace(LEDGER["4"], derivation="")
    assert reach(bare, verdict.decided_by) == f"decided for these sizes ({verdict.decided_by})"
    assert reach(replace(bare, holds=None)) == "pending"
    assert reach(replace(bare, outcomes=("reproduced", "not reproduced"))).startswith("measured")


def test_records_and_tables_say_it() -> None:
    verdict = decide(LEDGER["4"], DRAWN)
    record = tables.record(verdict)
    assert (record["reach"], record["derivation"]) == (LEDGER["4"].reach, "proofs/marginals.py")
    assert "Reach: proved for all sizes in proofs/marginals.py." in tables.ledger_page([LEDGER["4"]])
    audited = tables.record(replace(verdict, claim=LEDGER["C7"]))
    assert (audited["audit"], record["audit"]) == (["Mapping.C7", "Spins.C7_paper"], [])
    assert "Coq: `Mapping.C7`, `Spins.C7_paper`." in tables.ledger_page([LEDGER["C7"]])
    assert "Coq: `" not in tables.ledger_page([LEDGER["4"]])
    console = Console(width=250, record=True, file=io.StringIO())
    console.print(tables.terminal_table([verdict]))
    assert "all sizes" in console.export_text()


def test_claims_without_symbols_are_known() -> None:
    for claim in claims():
        if (
            claim.holds is None
            or (claim.derivation and claim.id not in RANDOM_ONLY)
            or claim.outcomes != ("proved", "refuted")
        ):
            continue
        symbolic = any(getattr(case, "origin", "given") == "symbolic" for case in claim.cases(DRAWN))
        assert symbolic == (claim.id not in RANDOM_ONLY), claim.id


def real(value: Any) -> mpmath.mpf:
    return mpmath.mpf(sympy.N(sympy.sympify(value), 40))


def table(weight: Any, order: tuple[Any, ...]) -> Any:
    return [real(weight.ring.value(x)) for x in weight.aligned(order).reshape(-1)]


def model_of(s: System) -> Reals:
    """The types of the two layers and the two positive functions of a system of the package."""
    model = Reals("formal", F.BOOK)
    rows, columns = 2 ** len(s.visible), 2 ** len(s.hidden)
    model.known |= {F.V: rows, F.H: columns}
    model.known |= {("a", k): x for k, x in enumerate(table(s.a, s.visible))}
    joint = table(s.joint, s.visible + s.hidden)
    model.known |= {("e", k // columns, k % columns): x for k, x in enumerate(joint)}
    return model


@pytest.mark.parametrize("k", range(4))
def test_the_pinned_definitions_are_those_of_the_package(k: int) -> None:
    s = [s for s in DRAWN.energies if len(s.visible) + len(s.hidden) <= 5][k]
    with mpmath.workdps(40):
        model = model_of(s)

        def close(term: Term, expected: Any, **at: int) -> None:
            value = model(term, {("v", F.V): at.get("v"), ("h", F.H): at.get("h")})
            assert abs(value - expected) < mpmath.mpf(10) ** -30 * (1 + abs(value)), term

        close(F.Z(), real(s.Z.to_sympy()))
        close(F.Z_joint(), real(s.Z_joint.to_sympy()))
        close(F.Delta_F(), real(s.delta_f.to_sympy()))
        close(F.KL(), real(s.kl.to_sympy() if hasattr(s.kl, "to_sympy") else s.kl))
        close(F.mean_q(), real(s.mean_q.to_sympy()))
        for name, weight in ((F.P, s.P), (F.q, s.q), (F.p_v, s.p_visible)):
            for v, x in enumerate(table(weight, s.visible)):
                close(name(F.v), x, v=v)
        for name, weight in ((F.coarse, s.coarse), (F.p_h, s.p_hidden)):
            for h, x in enumerate(table(weight, s.hidden)):
                close(name(F.h), x, h=h)
        both = s.visible + s.hidden
        for name, weight in ((F.t, s.T.weight), (F.p, s.p), (F.conditional, s.conditional)):
            values = np.array(table(weight, both), dtype=object).reshape(2 ** len(s.visible), -1)
            for (v, h), x in np.ndenumerate(values):
                close(name(F.v, F.h), x, v=v, h=h)


def test_the_pinned_rbm_is_the_package_s() -> None:
    """Eq. 10's sign: b(j) = e^{-b_j}."""
    rng = np.random.default_rng(5)
    w, b, c = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=2)
    E = RBM(w, b, c).energy()
    H = rbm_hamiltonian(RBM(w, b, c), "hidden")
    model = Reals("rbm", S.BOOK)
    model.known |= {S.I: 2, S.J: 3}
    model.known |= {("b", j): mpmath.exp(-x) for j, x in enumerate(b)}
    model.known |= {("c", i): mpmath.exp(-x) for i, x in enumerate(c)}
    model.known |= {("w", i, j): mpmath.exp(-x) for (i, j), x in np.ndenumerate(w)}
    vs, hs = S.vs.data, S.hs.data
    for visible in model.range(S.vs.data[1]):
        for hidden in model.range(S.hs.data[1]):
            energy = -mpmath.log(model(S.rbm(S.vs, S.hs), {vs: visible, hs: hidden}))
            assert float(energy) == pytest.approx(float(E.evaluate(np.array([[*visible, *hidden]]))[0]), abs=1e-12)
        marginal = S.STATEMENTS["14"][1].rhs
        value = -mpmath.log(model(marginal, {vs: visible}))
        assert float(value) == pytest.approx(float(H.evaluate(np.array([visible]))[0]), abs=1e-12)


@pytest.mark.parametrize("J", [0.3, -0.8, 1.7])
def test_the_pinned_decimation_is_the_package_s(J: float) -> None:
    model = Reals("decimation", S.BOOK)
    model.known[("x",)], model.known[("z",)] = mpmath.exp(J), mpmath.exp(0.4)
    coarse, log_A = decimate(J)
    value = {
        name: float(mpmath.log(model(d(), {}))) for name, d in {"J'": S.y, "K'": S.y_field, "f": S.f_field}.items()
    }
    assert value["J'"] == pytest.approx(float(coarse)) and float(log_A) == pytest.approx(np.log(2) + value["J'"])
    K, h, log_A = decimate_in_field(J, 0.4)
    assert value["K'"] == pytest.approx(float(K)) and 0.4 + 2 * value["f"] == pytest.approx(float(h))
    assert float(mpmath.log(model(S.A_field(), {}))) == pytest.approx(float(log_A))
    assert isinstance(S.y, Definition)
