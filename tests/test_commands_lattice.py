"""The commands dos and flow, through the entry point."""

import json
import math
import sys
from itertools import pairwise

import pytest

import exactrg
from exactrg import one_dimension
from exactrg.cli import main


def test_dos_prints_the_counts(capsys):
    assert main(["dos", "4", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [int(x) for x in lines[1].split()] == [0, 2]
    assert [int(x) for x in lines[2].split()] == [4, 32]
    assert main(["dos", "4", "4", "--json"]) == 0
    assert sum(json.loads(capsys.readouterr().out)) == 2**16
    assert main(["dos", "2", "3", "--open", "--magnetization", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts[0] == [1, 0, 0, 0, 0, 0, 1]
    assert len(counts) == 8


@pytest.mark.parametrize("engine", ["torus", "enumeration", "uniform"])
def test_dos_by_a_named_engine(engine, capsys):
    outputs = []
    for options in ([], ["--engine", engine]):
        assert main(["dos", "4", "3", "--json", *options]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
    assert main(["dos", "9", "3", "--open", "--engine", "uniform", "--limit", "1000"]) == 2
    assert "within 1000 bytes" in capsys.readouterr().err
    assert main(["dos", "3", "3", "--open", "--engine", "torus"]) == 2
    assert "'torus'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["500", "500"], ["100000", "100000"], ["500", "500", "--open"], ["90", "90", "--magnetization"]]
)
def test_a_large_lattice_is_refused_before_it_is_made(arguments, monkeypatch, capsys):
    monkeypatch.setattr(exactrg, "rectangle", None)
    assert main(["dos", *arguments]) == 2
    error = capsys.readouterr().err
    assert "bytes" in error and "kaufman" in error and "approx" in error and error.count("\n") == 1


def test_too_little_memory_is_one_line_and_no_verdict(monkeypatch, capsys):
    def exhausted(*_, **__):
        raise MemoryError

    monkeypatch.setattr(exactrg, "density_of_states", exhausted)
    assert main(["dos", "4", "4"]) == 2
    error = capsys.readouterr().err
    assert "not enough memory" in error and error.count("\n") == 1


def test_a_terminal_sees_that_it_counts(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert main(["dos", "2", "2", "--json"]) == 0
    output, shown = capsys.readouterr()
    assert "counting" in shown and json.loads(output) == [2, 0, 0, 0, 12, 0, 0, 0, 2]


def test_flow_by_floats_and_exactly(capsys):
    assert main(["flow", "1.0", "--steps", "3", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    for lower, upper in pairwise(rows):
        assert math.isclose(math.tanh(upper["J"]), math.tanh(lower["J"]) ** 2, rel_tol=1e-13)
        assert math.isclose(upper["correlation_length"], lower["correlation_length"] / 2, rel_tol=1e-13)
    assert main(["flow", "log(3)", "--steps", "1"]) == 0
    assert "-log(3) + log(41)/2" in capsys.readouterr().out  # e^(2J') = cosh 2J = 41/9


@pytest.mark.parametrize(
    "arguments",
    [
        ["flow", "x+1"],
        ["flow", "l\udcc3g(3)"],
        ["flow", "log(3).x"],
        ["flow", "1/0"],
        ["flow", "log(1.5)"],
        ["flow", "J"],
        ["flow", "9**9**9"],
        ["flow", "1.0", "--block", "0"],
        ["dos", "1", "4"],
        ["dos", "4", "4", "--limit", "0"],
    ],
)
def test_bad_arguments_exit_with_two_and_one_line(arguments, capsys):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("exactrg: ") and error.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["__import__('pathlib').Path('made').touch()", "open('made', 'w')", "log(open('made', 'w'))"]
)
def test_a_coupling_is_read_and_never_evaluated(text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["flow", text]) == 2
    assert "expected a float such as 0.4, or an exact number such as log(3/2)" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        (["log(3)", "--steps", "30"], "--steps 11 at most"),
        (["log(3)", "--block", "10", "--steps", "4"], "--steps 3 at most"),
        (["log(2)/3", "--steps", "99"], "--steps 9 at most"),
        (["0.4", "--steps", "1000000000"], "at most 100000"),
        (["log(1)", "--steps", "100001"], "at most 100000"),
        (["1099511627776*log(3)", "--steps", "0"], "bits, expected at most 4096"),
    ],
)
def test_a_flow_of_too_many_steps_is_refused_at_once(arguments, most, monkeypatch, capsys):
    monkeypatch.setattr(one_dimension, "rg_flow", None)
    assert main(["flow", *arguments]) == 2
    error = capsys.readouterr().err
    assert most in error and error.count("\n") == 1


@pytest.mark.parametrize(("coupling", "steps"), [("log(3)", 11), ("log(3/2)", 10), ("log(2)/3", 9), ("log(1)", 50)])
def test_the_longest_flows(coupling, steps, capsys):
    assert main(["flow", coupling, "--steps", str(steps), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == steps + 1
