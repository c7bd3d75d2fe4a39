"""Fig. 3: do blocks emerge by themselves, and are they there because of the data and of L1?"""

from __future__ import annotations

import copy
import json
import re
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from approx import figure3_exactness
from approx.errors import StuckChainsError
from approx.figure3 import TABLES, main, run_figure3
from approx.figure3_measures import compression_curve, majority_blocks, torus_energies
from approx.figure3_record import collect, differences, page
from approx.figure3_runs import CONTROLS, Experiment, Network
from approx.fit import fit_rbm
from approx.multispin import unpack
from approx.perfect import perfect_states
from approx.receptive_fields import locality
from approx.recipes import recipe_of
from exactrg import DBN, RBM
from exactrg.claims import figure3 as claimed
from exactrg.claims.figure3 import Run
from exactrg.errors import ExactRGError, InputError

pytestmark = pytest.mark.jit


def ising_samples(L, K, n, seed):
    return unpack(perfect_states(-(-n // 1024), L, L, K, 0.0, seed, threads=2), n)


def blocks(data, L, **changes):
    fields = fit_rbm(data, 64, rng=1, epochs=25, threads=2, **changes).rbm.w
    return fields, locality(fields, (L, L), window=7)


def test_blocks_follow_the_data_and_need_l1():
    """Small network, 256-64: controls with permuted pixels, without L1 and by the paper's own recipe."""
    L = 16
    data = ising_samples(L, 0.408, 10_000, 5)
    assert blocks(data, L)[1].compact_share() > 0.85
    order = np.random.default_rng(0).permutation(L * L)
    fields, scattered = blocks(data[:, order], L)
    assert scattered.compact_share() < 0.05
    back = np.empty_like(fields)
    back[order] = fields
    assert locality(back, (L, L), window=7).compact_share() > 0.85
    assert blocks(data, L, l1=0.0)[1].compact_share() < 0.05
    assert blocks(data, L, recipe="paper")[1].compact_share() < 0.1


def test_without_couplings_no_unit_grows_beyond_single_sites():
    L = 16
    _, found = blocks(ising_samples(L, 0.0, 10_000, 5), L)
    assert np.median(found.participation_ratio) < 3


class Killed(Exception):
    """What kill -9 leaves behind: files, and no chance to tidy up."""


@pytest.fixture
def small(monkeypatch):
    """Fewer samples and epochs than a quick run has."""
    monkeypatch.setattr(Experiment, "n_samples", 1500)
    monkeypatch.setattr(Experiment, "n_held_out", 300)
    monkeypatch.setattr(Experiment, "training", property(lambda e: recipe_of(e.recipe, epochs=3)))


def numbers(measures):
    """All but when and how fast, as JSON says it."""
    return json.loads(json.dumps({name: value for name, value in measures.items() if name not in ("run", "sha256")}))


def stop_at(layer, epoch, error):
    """A progress callback that ends the run."""
    layers = [0]

    def report(experiment, record):
        layers[0] += record.epoch == 1
        if (layers[0], record.epoch) == (layer, epoch):
            raise error

    return report


def test_a_stopped_run_ends_with_the_bits_of_one_that_was_not(small, tmp_path):
    options = {"quick": True, "figures": False, "threads": 2}
    (whole,) = run_figure3("compact", tmp_path / "whole", **options)
    for where, error in (((1, 2), KeyboardInterrupt()), ((1, 1), Killed())):
        with pytest.raises(type(error)):
            run_figure3("compact", tmp_path / "stopped", progress=stop_at(*where, error), **options)
    assert not list((tmp_path / "stopped").glob("*/measures.json"))
    (again,) = run_figure3("compact", tmp_path / "stopped", **options | {"threads": 1})
    assert numbers(again) == numbers(whole)
    for name in TABLES:
        both = [(tmp_path / run / "quick-compact-seed1" / name).read_bytes() for run in ("whole", "stopped")]
        assert both[0] == both[1]
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_finished_run_is_read_and_a_damaged_one_measured_again(small, tmp_path):
    options = {"quick": True, "figures": False, "threads": 1}
    (first,) = run_figure3("paper", tmp_path, **options)
    own = tmp_path / "quick-paper-seed1"
    path = own / "measures.json"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"seconds": ', b'"seconds": 1'))  # what a run is no function of
    (again,) = run_figure3("paper", tmp_path, **options)
    assert again["run"] != first["run"] and numbers(again) == numbers(first)
    altered = whole.replace(b'"window": 7', b'"window": 8', 1)
    deep, foreign = b"[" * 100_000, b'{"experiment": [], "schema": "x", "schema_version": 1}'
    for content in (b"", b"{}", b"[1]", deep, foreign, altered, whole.replace(b'"seed": 1', b'"seed": 2')):
        assert content != whole
        path.write_bytes(content)
        (found,) = run_figure3("paper", tmp_path, **options)
        assert numbers(found) == numbers(first) and numbers(json.loads(path.read_bytes())) == numbers(first)
    (own / "exactness.csv").unlink()
    run_figure3("paper", tmp_path, **options)
    assert {path.name for path in own.glob("*.csv")} == set(TABLES)


def test_layers_that_cannot_be_annealed_are_said_to_be(small, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise StuckChainsError("two states", np.zeros((1, 2)))

    monkeypatch.setattr(figure3_exactness, "exactness_of_stack", refuse)
    (found,) = run_figure3("compact", tmp_path, quick=True, figures=False, threads=1)
    assert found["exactness"]["layers"] == [] and found["exactness"]["refused"] == "two states"
    assert found["exactness"]["kl"][0] > 0


def test_controls_change_one_thing(small, tmp_path):
    runs = run_figure3("compact", tmp_path, quick=True, figures=False, controls=CONTROLS, threads=2)
    recipe, free, permuted, without = (run["experiment"] for run in runs)
    assert [run["control"] for run in (recipe, free, permuted, without)] == ["", "K=0", "permuted", "no-L1"]
    assert (recipe["K"], free["K"], permuted["K"], without["K"]) == (0.408, 0.0, 0.408, 0.408)
    data = [run["provenance"][0]["data"] for run in runs]
    assert data[0] == data[3] and len({d["sha256"] for d in data}) == 3
    assert all("in_pixel_order" in layer for layer in runs[2]["layers"])
    assert not any("in_pixel_order" in layer for run in (runs[0], runs[1], runs[3]) for layer in run["layers"])
    spins = {Experiment(recipe="compact", seed=1, control=c, quick=True).name for c in ("", *CONTROLS)}
    assert spins == {path.parent.name for path in tmp_path.glob("*/measures.json")}


def test_pixels_are_put_back_where_they_were(small):
    experiment = Experiment(recipe="compact", seed=3, control="permuted", quick=True)
    plain = Experiment(recipe="compact", seed=3, quick=True)
    order = experiment.order()
    assert sorted(order) == list(range(256)) and not np.array_equal(order, plain.order())
    assert np.array_equal(experiment.held_out(), plain.held_out()[:, order])
    rng = np.random.default_rng(0)
    dbn = DBN(RBM(rng.normal(size=(n, m))) for n, m in ((256, 64), (64, 16)))
    shuffled = DBN([RBM(dbn.rbms[0].w[order]), *dbn.rbms[1:]])
    found = Network(experiment, shuffled, (), False).fields_on_the_lattice()
    for field, back in zip(dbn.receptive_fields(), found, strict=True):
        assert np.allclose(field, back, atol=1e-12)
    means = [curve_of(plain, dbn), curve_of(experiment, shuffled)]
    assert means[0] == pytest.approx(means[1])


def curve_of(experiment, dbn):
    curve = compression_curve(dbn, experiment.held_out(), experiment.order(), 16, rng=0)
    return [row[way][name] for row in curve for way in ("means", "spins", "majority") for name in sorted(row[way])]


def test_the_compression_curve_of_a_copying_network():
    """25 blocks of 2 x 2 equal spins, each unit the sum of its block: nothing is lost at depth 1."""
    L = 10
    coarse = np.random.default_rng(0).choice([-1, 1], (200, 5, 5))
    v = np.kron(coarse, np.ones((1, 2, 2), int)).reshape(200, 100).astype(np.int8)
    block = (np.arange(100) // 20) * 5 + np.arange(100) % 10 // 2
    w = np.where(block[:, None] == np.arange(25), -10.0, 0.0)
    noise = RBM(np.random.default_rng(1).normal(0, 1, (25, 4)))
    first, second = compression_curve(DBN([RBM(w), noise]), v, np.arange(100), L, rng=0)
    for way in ("means", "spins", "drawn", "majority"):
        assert first[way] == pytest.approx({"magnetization": 1.0, "energy": 1.0, "agreement": 1.0})
    assert (first["compression"], second["compression"], second["units"]) == (4.0, 25.0, 4)
    assert second["majority"]["agreement"] < 0.5 and abs(second["means"]["magnetization"]) < 0.99


def test_majority_blocks_and_energies_by_hand():
    v = np.array([[1, 1, -1, -1], [1, -1, -1, -1], [1, -1, 1, 1], [1, -1, 1, -1]], float).reshape(1, 16)
    found = {tuple(majority_blocks(v, 4, 2, seed).reshape(4, 4)[::2, ::2].reshape(-1)) for seed in range(20)}
    assert found == {(1, -1, 1, 1), (1, -1, -1, 1)}  # the block of sum 0 is drawn
    for spins in np.random.default_rng(0).choice([-1.0, 1.0], (5, 9)):
        bonds = [(3 * y + x, 3 * y + (x + 1) % 3) for y in range(3) for x in range(3)]
        bonds += [(3 * y + x, 3 * ((y + 1) % 3) + x) for y in range(3) for x in range(3)]
        assert torus_energies(spins[None], 3) == pytest.approx([-sum(spins[a] * spins[b] for a, b in bonds)])
    with pytest.raises(InputError, match="do not tile"):
        majority_blocks(v, 4, 3, 0)


def test_the_command_says_what_is_quick_and_what_is_wrong(small, tmp_path, capsys):
    arguments = ["--quick", "--no-figures", "--out", str(tmp_path), "--threads", "1"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "QUICK: 16 x 16 spins, not the paper's network" in out and "layer 3: 4 units" in out
    (tmp_path / "quick-compact-seed1" / "measures.json").unlink()
    (tmp_path / "quick-compact-seed1" / "layers.0").write_bytes(b"broken")
    assert main(arguments) == 2
    assert "layers.0" in capsys.readouterr().err
    with pytest.raises(InputError, match="unknown control 'K=1'"):
        Experiment(recipe="compact", seed=1, control="K=1")
    with pytest.raises(InputError, match="unknown recipe 'printed'"):
        run_figure3("printed", tmp_path)


def test_without_matplotlib_nothing_is_trained(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ExactRGError, match="pip install exactrg"):
        run_figure3("compact", tmp_path, quick=True)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def record():
    return json.loads(resources.files("exactrg.claims").joinpath("figure3.json").read_bytes())


def test_the_page_is_generated(record):
    root = Path(__file__).parents[2]
    there = (root / "docs" / "figure3.md").read_text("utf-8")
    pictures = re.findall(r"\]\((figure3-\w+\.png)\)", there)
    assert page(record, pictures) == there, "run: python -m approx.figure3_record"
    assert all((root / "docs" / name).exists() for name in pictures)


def test_a_repeated_run_that_differs_is_noticed(record):
    run = record["runs"][0]
    assert differences(run, run) == []
    for layer in (0, 2):
        other = copy.deepcopy(run)
        other["layers"][layer]["radius"] = [1.1 * r for r in other["layers"][layer]["radius"]]
        assert len(differences(other, run)) >= 1
    other = copy.deepcopy(run)
    other["reconstructions"][-1]["means"]["magnetization"] -= 0.02
    assert len(differences(other, run)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["compact", "paper"])
def test_the_recorded_networks_are_trained_again(record, recipe, tmp_path):
    """`python -m approx.figure3 --recipe RECIPE`, then the same verdicts as from the record."""
    run_figure3(recipe, tmp_path, figures=False)
    (again,) = collect(tmp_path)["runs"]
    known = [r for r in record["runs"] if Run.of(r).recipe == recipe and not Run.of(r).control and Run.of(r).seed == 1]
    assert differences(again, known[0]) == []
    judges = (claimed.blocks, claimed.of_one_size, claimed.growing, claimed.macroscopic, claimed.as_kadanoff)
    for judge in judges:
        assert judge(Run.of(again)) == judge(Run.of(known[0]))
