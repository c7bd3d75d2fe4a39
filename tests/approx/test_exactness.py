"""Reports on small systems against exact numbers.

Each number is z standard errors from the truth; `test_errors_are_calibrated` holds the scores of 60 seeds to a standard
deviation of one. Of about 60 scores a run, a correct package has one beyond 5.5 in fewer than one of 10,000 runs.
"""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

import approx
import exactrg
from approx import exactness_report
from approx.errors import SamplesFileError
from approx.exactness import Exactness, draw_hidden, exactness, exactness_of_stack
from approx.exactness_measures import exact_observables, observables, weighted_mean
from approx.fit import fit_dbn
from exactrg import DBN, RBM, RGOperator, SpinPolynomial, exp, ising, rectangle, rg_hamiltonian, square
from exactrg.errors import InputError, SiteError

pytestmark = pytest.mark.jit

MOST = 5.5


def random_rbm(n, m, seed, scale, **sites):
    rng = np.random.default_rng(seed)
    w, b, c = rng.normal(scale=scale, size=(n, m)), rng.normal(scale=0.3, size=m), rng.normal(scale=0.2, size=n)
    return RBM(w, b, c, 0.4, **sites)


SYSTEMS = {
    "3x3": (random_rbm(9, 4, 1, 0.3), ising(square(3), 0.4)),
    "4x4": (random_rbm(16, 3, 2, 0.25), ising(square(4), 0.35)),
    "4x3 in a field": (random_rbm(12, 5, 3, 0.4), ising(rectangle(4, 3), 0.3, 0.1)),
    "other order": (
        random_rbm(3, 2, 4, 0.6, visible=["c", "a", "b"]),
        SpinPolynomial({("a", "b"): -0.7, ("b", "c"): 0.4, ("a",): 0.2}, ["a", "b", "c"]),
    ),
}


def exact_numbers(rbm, H):
    T = RGOperator.from_energy(rbm, H)
    P = exp(-H).probability().table.astype(float)
    order = [rbm.visible.index(site) for site in H.sites]
    p = exp(-exactrg.rbm_hamiltonian(rbm, "hidden")).probability().table.astype(float).transpose(order)
    q = exactrg.trace_condition(T)
    log_q = np.log(q.table.astype(float).transpose([q.sites.index(site) for site in H.sites]))
    h = H.table.astype(float)
    return {
        "log q": float((P * log_q).sum()),
        "log Z'": float(exactrg.log_partition_function(rbm)),
        "Delta F": float(exactrg.delta_f(T, H)),
        "KL": float(exactrg.kl_divergence(H, rbm)),
        "reverse KL": float(exactrg.kl_divergence(rbm, H)),
        "spread": math.sqrt(float((P * log_q**2).sum() - (P * log_q).sum() ** 2)),
        "energy": float((p * h).sum()) / h.ndim,
        "specific heat": float((p * h**2).sum() - (p * h).sum() ** 2) / h.ndim,
        "energy of P": float((P * h).sum()) / h.ndim,
    }


def scores(found: Exactness, exact):
    both, seen = found.both_ways, found.observables
    pairs = {
        "log q": [found.log_q_mean],
        "log Z'": [both.forward, both.reverse],
        "Delta F": [found.delta_f],
        "KL": [found.kl, *found.kl_twice],
        "reverse KL": [found.reverse_kl, found.reverse_kl_of_chains],
        "energy": [seen["annealed"]["energy"], seen["chains"]["energy"]],
        "specific heat": [seen["annealed"]["specific heat"], seen["chains"]["specific heat"]],
        "energy of P": [seen["samples"]["energy"]],
    }
    return {f"{name} {k}": (e.value - exact[name]) / e.stderr for name, es in pairs.items() for k, e in enumerate(es)}


@pytest.mark.parametrize("name", SYSTEMS)
def test_small_systems(name):
    rbm, H = SYSTEMS[name]
    exact = exact_numbers(rbm, H)
    found = exactness(rbm, H, rng=1, n=512, sweeps=256, threads=1)
    z = scores(found, exact)
    assert max(map(abs, z.values())) < MOST, z
    assert found.log_z.stderr == 0 and found.log_z.method == "exact"
    assert found.spread == pytest.approx(exact["spread"], rel=0.1)
    assert abs(found.jensen[1]) < MOST and abs(found.disagreement[1]) < MOST
    assert sorted(found.quantiles.values()) == list(found.quantiles.values())
    assert all(e.stderr < 0.2 for e in (found.kl, found.reverse_kl, found.delta_f))


def test_log_z_from_the_samples_themselves():
    rbm, H = SYSTEMS["4x4"]
    found = exactness(rbm, H, rng=1, n=256, sweeps=16, ising_steps=64, threads=1)
    exact = float(exactrg.log_partition_function(rbm))
    assert found.from_ising is not None and abs(found.from_ising.value - exact) < MOST * found.from_ising.stderr < 1
    with pytest.raises(InputError, match="on a torus"):
        rbm, H = SYSTEMS["other order"]
        exactness(rbm, H, rng=1, n=128, sweeps=16, ising_steps=8, threads=1)


@pytest.mark.slow
def test_errors_are_calibrated():
    rbm, H = SYSTEMS["3x3"]
    exact = exact_numbers(rbm, H)
    z = [list(scores(exactness(rbm, H, rng=seed, n=256, sweeps=64, threads=1), exact).values()) for seed in range(60)]
    assert np.all(np.std(z, axis=0) < 1.4) and np.all(np.std(z, axis=0) > 0.7)
    assert np.all(np.abs(np.mean(z, axis=0)) < 0.6)


def test_a_wrong_machine_is_caught():
    """Power: weights 30% too small."""
    rbm, H = SYSTEMS["3x3"]
    z = scores(exactness(RBM(0.7 * rbm.w, rbm.b, rbm.c, 0.4), H, rng=1, sweeps=64, threads=1), exact_numbers(rbm, H))
    assert abs(z["KL 0"]) > MOST and abs(z["log Z' 0"]) > MOST


def test_an_exact_machine():
    """N=2, M=1 matches every H exactly (FACTS: cosh 2w = e^{2|K|}), up to a constant: q is constant."""
    K = 0.5
    w = math.acosh(math.exp(2 * K)) / 2
    rbm, H = RBM([[w], [w]]), SpinPolynomial({(0, 1): -K}, range(2))
    found = exactness(rbm, H, rng=1, sweeps=32, threads=1)
    assert found.spread < 1e-12
    assert abs(found.kl.value) < MOST * found.kl.stderr and found.delta_f.value == pytest.approx(
        -found.log_q[0], abs=0.3
    )


def test_the_same_bits_on_any_number_of_threads():
    rbm, H = SYSTEMS["3x3"]
    v = approx.sample(H, 200, 1)
    one, two = (exactness(rbm, H, v, rng=2, n=300, sweeps=32, threads=threads) for threads in (1, 3))
    assert one.kl == two.kl and one.reverse_kl == two.reverse_kl and one.observables == two.observables
    assert one.kl != exactness(rbm, H, v, rng=3, n=300, sweeps=32, threads=1).kl


def test_the_bound_of_a_stack_holds():
    H = ising(square(3), 0.4)
    dbn = DBN([random_rbm(9, 5, 5, 0.4), random_rbm(5, 3, 6, 0.5), random_rbm(3, 2, 7, 0.5)])
    first = exactness(dbn.rbms[0], H, rng=1, n=512, sweeps=64, threads=1)
    layers = exactness_of_stack(dbn, first, approx.sample(H, 4096, 2), rng=1, threads=1)
    assert [g.layer for g in layers] == [1, 2, 3] and layers[1].log_z.stderr == 0
    two, three = (float(exactrg.kl_divergence(H, DBN(dbn.rbms[:k]))) for k in (2, 3))
    assert two < layers[1].bound.value + MOST * layers[1].bound.stderr
    assert three < layers[2].bound.value + MOST * layers[2].bound.stderr
    # The gain is a difference of exact divergences of the exact hidden data (C10).
    T = dbn.upward()[0]
    data = rg_hamiltonian(T, H)
    below = dbn.rbms[0].transpose().relabel(dict(zip(dbn.rbms[0].hidden, dbn.layers[1], strict=True)))
    gain = exactrg.kl_divergence(data, below) - exactrg.kl_divergence(data, dbn.rbms[1])
    assert abs(layers[1].gain.value - float(gain)) < MOST * layers[1].gain.stderr


def test_hidden_spins_are_drawn_from_the_conditional():
    rbm = random_rbm(3, 2, 8, 1.0)
    v = np.tile([[1, -1, 1]], (40_000, 1)).astype(np.int8)
    means = draw_hidden(rbm, v, np.random.default_rng(1)).mean(axis=0)
    assert np.allclose(means, -np.tanh(v[0] @ rbm.w + rbm.b), rtol=0, atol=0.03)


def test_observables_of_a_lattice():
    H = ising(square(5), 0.3)
    rng = np.random.default_rng(1)
    configs, weights = rng.choice([-1, 1], size=(6, 2, 25)).astype(np.int8), rng.dirichlet(np.ones(6))
    found = observables(H, configs, weights)
    bonds = [
        np.mean([s[y, x] * s[y, (x + 2) % 5] + s[y, x] * s[(y + 2) % 5, x] for y in range(5) for x in range(5)]) / 2
        for s in configs.reshape(-1, 5, 5)
    ]
    assert found["correlation 2"].value == pytest.approx(weights @ np.reshape(bonds, (6, 2)).mean(axis=1))
    assert "correlation 3" not in found
    energies = H.evaluate(configs.reshape(-1, 25)).reshape(6, 2)
    mean = weights @ energies.mean(axis=1)
    assert found["energy"].value == pytest.approx(mean / 25)
    assert found["specific heat"].value == pytest.approx(weights @ ((energies - mean) ** 2).mean(axis=1) / 25)


def test_exact_observables():
    H = ising(square(4), 0.35)
    exact = exact_observables(H)
    assert exact["energy"] == pytest.approx(float(exactrg.expectation(H, H)) / 16)
    P, h = exp(-H).probability().table.astype(float), H.table.astype(float)
    assert exact["specific heat"] == pytest.approx((float((P * h**2).sum()) - float((P * h).sum()) ** 2) / 16)
    assert exact["correlation 1"] == pytest.approx(float(exactrg.expectation(SpinPolynomial({(0, 1): 1}), H)))
    assert "correlation 2" not in exact and exact_observables(ising(square(4), 0.3, 0.1)) == {}
    assert set(exact_observables(ising(square(40), 0.3))) >= {"correlation 2", "correlation 8"}


def test_weighted_means_have_honest_errors():
    rng = np.random.default_rng(1)
    found = np.array([weighted_mean(rng.normal(size=(50, 3)).cumsum(axis=1)) for _ in range(500)])
    assert found[:, 0].std() == pytest.approx(found[:, 1].mean(), rel=0.1)
    assert weighted_mean(np.ones((1, 4)))[1] == math.inf


def small_run(folder):
    """What `approx.figure3` leaves of a run with 16-4-2 units, 3 epochs, and the second kept."""
    folder.mkdir()
    layers, kept = folder / "layers", folder / "layers.0.epoch-0002"

    def keep(record):
        if record.epoch == 2 and not kept.exists():
            shutil.copy(folder / "layers.0", kept)

    data = approx.sample(ising(square(4), 0.4), 300, 1)
    return fit_dbn(data, (16, 4, 2), rng=1, epochs=3, threads=1, checkpoint=layers, progress=keep)


def test_page_and_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(exactness_report, "LATTICE", 4)
    monkeypatch.setattr(exactness_report, "SAMPLES", 64)
    run, model = tmp_path / "tiny-seed1", tmp_path / "other.npz"
    trained = small_run(run)
    exactrg.save(random_rbm(16, 4, 1, 0.2), model)
    first, last = exactness_report.read_networks(run)
    assert (first.name, last.name) == ("tiny-seed1, epoch 2", "tiny-seed1") and last.dbn == trained.dbn
    options = ["--chains", "128", "--sweeps", "16", "--threads", "1"]
    pytest.importorskip("matplotlib").use("Agg")
    out = tmp_path / "page.md"
    assert exactness_report.main(["--networks", str(run), str(model), "--out", str(out), *options]) == 0
    results = json.loads((tmp_path / "page.json").read_text())
    assert [(r["run"], r["epoch"], len(r["layers"])) for r in results] == [
        ("other", None, 0), ("tiny-seed1", 2, 0), ("tiny-seed1", None, 2),
    ]  # fmt: skip
    text = out.read_text()
    assert text.count("\n| tiny-seed1") == 2 + 2 and "page.png" in text and (tmp_path / "page.png").exists()
    for layer in results[2]["layers"][1:]:
        assert all(abs(layer[way][0] - layer["log_z"][0]) < MOST * layer[way][1] for way in ("forward", "reverse"))
    merged = tmp_path / "again.md"
    assert exactness_report.main(["--records", str(tmp_path / "page.json"), "--out", str(merged)]) == 0
    assert merged.read_text() == text.replace("page.png", "again.png")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: exactness("rbm", ising(square(3), 0.4)), InputError, "expected an RBM"),
        (lambda: exactness(random_rbm(4, 2, 1, 0.1), ising(square(3), 0.4)), SiteError, "different sites"),
        (lambda: exactness(random_rbm(9, 2, 1, 0.1), ising(square(3), 0.4), np.ones((2, 9))), InputError, "4 or more"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_what_is_no_network(tmp_path):
    with pytest.raises(InputError, match=r"no layers\.0: expected a run of"):
        exactness_report.read_networks(tmp_path)
    exactrg.save(ising(square(3), 0.4), tmp_path / "H.npz")
    with pytest.raises(InputError, match="expected an RBM or a DBN"):
        exactness_report.read_networks(tmp_path / "H.npz")
    shutil.copy(tmp_path / "H.npz", tmp_path / "layers.0")
    with pytest.raises(SamplesFileError):
        exactness_report.read_networks(tmp_path)


def test_the_page_is_that_of_its_numbers():
    docs = Path(__file__).parents[2] / "docs"
    results = json.loads((docs / "exactness.json").read_bytes())
    there = (docs / "exactness.md").read_text("utf-8")
    assert exactness_report.page(results, "exactness.png") == there, "run: python -m approx.exactness"
    assert (docs / "exactness.png").exists()


def test_networks_are_measured_on_samples_that_they_were_not_trained_on():
    H = ising(square(8), 0.3)
    v = exactness_report.held_out(H, 1000, 1, 2)
    trained = [approx.sample(H, 1000, 1, method=method) for method in ("auto", "metropolis", "perfect")]
    seen = {row.tobytes() for configs in trained for row in configs}
    assert len(seen) > 1900 and not seen & {row.tobytes() for row in v}
    assert np.array_equal(v, exactness_report.held_out(H, 1000, 1, 1))
