from __future__ import annotations

import time
from pathlib import Path

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from exactrg import Exact, ising, log_partition_function, rectangle
from exactrg.errors import FileFormatError
from exactrg.files import exact_text as exact_text_module
from exactrg.files.exact_text import ExactReader, exact_text

J, K = sympy.symbols("J K", real=True)
SYMBOLS = {J: 0, K: 1}


def read(text):
    return ExactReader([J, K]).read(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-3/7", sympy.Rational(-3, 7)),
        ("1/2*s0 - s1", J / 2 - K),
        ("1/2*log(1 + exp(4*s0)) - s0", sympy.log(1 + sympy.exp(4 * J)) / 2 - J),
        ("2/3*log(12)", 2 * sympy.log(12) / 3),
        ("log(2^(1/2) + 1)", sympy.log(1 + sympy.sqrt(2))),
        ("((2^(1/2) + 1)^(1/2))", sympy.sqrt(1 + sympy.sqrt(2))),
        ("(exp(s0) - 1)/(exp(s0) + 1)*s1", Exact(sympy.tanh(J / 2)) * Exact(K)),
        ("log(exp(1/2*s0 + s1) + 3*5^(2/3))", sympy.log(sympy.exp(J / 2 + K) + 3 * sympy.Integer(5) ** sympy.Rational(2, 3))),
        ("log((exp(s0) + 1)^(1/3) + 1)", sympy.log(sympy.cbrt(sympy.exp(J) + 1) + 1)),
        ("log(exp(2*s0) - exp(s0) + 1)", sympy.log(sympy.exp(2 * J) - sympy.exp(J) + 1)),
    ],
)  # fmt: skip
def test_the_grammar_means_what_it_says(text, value):
    value = Exact(value)
    assert read(text) == value
    assert read(exact_text(value, SYMBOLS)) == value


rationals = st.fractions(min_value=-3, max_value=3, max_denominator=6)


@st.composite
def numbers(draw):
    """Random combinations of symbols and of logs of positive sums of exponentials."""
    total = Exact(draw(rationals)) + draw(rationals) * Exact(J) + draw(rationals) * Exact(K)
    for _ in range(draw(st.integers(0, 2))):
        terms = [Exact(draw(rationals)) * Exact(J) + Exact(draw(st.integers(-2, 2))) * Exact(K) for _ in range(3)]
        argument = sum(term.exp() for term in terms) + draw(st.integers(0, 3))
        if draw(st.booleans()):
            argument = (argument.log() / draw(st.integers(2, 3))).exp() + 1
        total = total + draw(rationals) * argument.log()
    return total


@given(numbers())
def test_numbers_survive_the_text(value):
    text = exact_text(value, SYMBOLS)
    again = read(text)
    assert again == value
    assert again.terms.keys() == value.terms.keys()
    assert read(exact_text(again, SYMBOLS)) == value


def test_a_change_of_the_text_changes_the_number():
    value = Exact(sympy.log(1 + sympy.exp(4 * J)) / 2 - J)
    text = exact_text(value, SYMBOLS)
    for old, new in (("4", "5"), ("1/2", "1/3"), (" - ", " + "), ("s0", "s1")):
        assert old in text and read(text.replace(old, new, 1)) != value


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x", "s2", "s99999999", "1.5", "1e5", "2**3", "1/0", "--1", "1 +", "()", "(1", "1)", "log()", "log 2",
        "exp(s0)", "s0*s1", "log(0)", "log(-1)", "log(1 - exp(s0))", "log(s0)", "(0 - 1)^(1/2)", "2^(1/0)", "2^(3/2)",
        "2^2", "((exp(s0) + 1)^(3/2))", "(exp(-1*s0))", "(exp(0*s0))", "(1)/(0)", "(1)/(exp(s0) - exp(s0))", "1\n", "\u0661",
        "(exp(70000*s0))", "(exp(1/70000*s0))", "(exp(1/65521*s0) + exp(1/65519*s0))", "((((((((1))))))))",
        "log(exp(60000*s0) - exp(s0) + 1)", "import os", "s0.diff", "lambda: 1", "log(exp(s0)) " * 2,
    ],
)  # fmt: skip
def test_everything_else_is_refused(text):
    with pytest.raises(FileFormatError):
        read(text)


def test_a_short_text_cannot_stand_for_a_large_number():
    symbols = sympy.symbols("a:2000", real=True)
    sums = [" + ".join(f"exp(s{k})" for k in range(start, start + 80)) for start in range(0, 800, 80)]
    few = "*".join(f"({text})^(1/2)*({text})^(1/2)" for text in sums[:4])  # 80**4 terms
    many = "*".join(f"({text})^(1/2)*({text})^(1/2)" for text in sums)
    for text, words in ((few, "terms"), (many, "roots")):
        start = time.perf_counter()
        with pytest.raises(FileFormatError, match=rf"more than \d+ {words}"):
            ExactReader(symbols).read(f"({text})")
        assert time.perf_counter() - start < 10
    with pytest.raises(FileFormatError, match="exponents"):
        ExactReader(symbols).read("(" + " + ".join(f"exp(s{k})" for k in range(2000)) + ")")


def test_large_numbers_are_read_as_fast_as_they_are_made():
    value = log_partition_function(ising(rectangle(3, 4), J, K))
    start = time.perf_counter()
    assert read(exact_text(value, SYMBOLS)) == value
    assert time.perf_counter() - start < 5


def test_the_documented_grammar_is_that_of_the_module():
    grammar = [line.strip() for line in exact_text_module.__doc__.splitlines() if line.startswith("    ")]
    documented = (Path(__file__).parents[2] / "docs" / "files.md").read_text().splitlines()
    assert len(grammar) == 9 and set(grammar) <= {line.strip() for line in documented}
    example = "1/2*log(exp(4*s0) + 1) - 1/2*log(2) - s0"
    assert f"`{example}`" in "\n".join(documented) and read(example) == Exact(sympy.log(sympy.cosh(2 * J)) / 2)
